package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

func TestReceiptOfWhatWasSplit(t *testing.T) {
	t.Parallel()
	t.Run("the rest of a purchase order gets an ASN of its own, and is receipted by itself", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", nil)
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 6))
			ran(t, w)
			w.Once(t, importing)
			rest := asnOf(t, w, "PO-1/1").ID
			w.Mintsoft.BookIn(rest, came("MUG-BLUE", 3))
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 3/3 MUG-BLUE; PO-1/2 Placed: 0/1 MUG-BLUE", received(w, "PO-1"))
			requireSameStock(t, w, "MUG-BLUE")

			// Looked at again, none of them has anything due.
			w.Mintsoft.CompleteASN(asn)
			w.Mintsoft.CompleteASN(rest)
			w.Forget()
			ran(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			w.Once(t, importing)
			w.Mintsoft.BookIn(asnOf(t, w, "PO-1/2").ID)
			ran(t, w)
			assert.Contains(t, received(w, "PO-1"), "PO-1/2 Receipted: 1/1 MUG-BLUE")
			requireSameStock(t, w, "MUG-BLUE")
		})
	})
	for name, streams := range map[string][]string{"": {receipting}, ", which has an ASN by then": {importing, receipting}} {
		t.Run("a split by hand: the rest of the ASN goes to what was split off"+name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
				asn := expecting(t, w, "PO-1", nil)
				w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "6"})
				w.Mintsoft.BookIn(asn)
				w.Once(t, streams...)
				assert.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE", received(w, "PO-1"))
				requireSameStock(t, w, "MUG-BLUE")
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
	for name, c := range map[string]struct {
		policy string
		came   int
		split  int // the number of the line that was split off
		want   string
	}{
		"":                        {"error", 10, 1, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE"},
		", whatever the policy":   {"increase_order", 10, 1, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE"},
		", without a cut":         {"cap", 10, 1, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE"},
		", of less":               {"error", 8, 1, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 2/2 MUG-BLUE; PO-1/2 Placed: 0/2 MUG-BLUE"},
		", of more":               {"increase_order", 12, 1, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 6/6 MUG-BLUE"},
		", of more, which is cut": {"cap", 12, 1, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE"},
		", to another line":       {"increase_order", 10, 2, "PO-1 Placed: 0/6 MUG-BLUE; PO-1/1 Placed: 0/5 MUG-RED, 0/4 MUG-BLUE"},
	} {
		t.Run("a split by hand before anything came: each order is receipted"+name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, receipts(map[string]any{overOption: c.policy}), func(t *testing.T, w *world.World) {
				asn := expecting(t, w, "PO-1", nil)
				w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.PurchaseOrderLines[0].OrderQuantity.Set("6") })
				addPurchase(w, "PO-1/1", func(o *unleashedsim.PurchaseSpec) {
					o.Lines[0].Quantity = "4"
					if c.split == 2 {
						o.Lines = append([]unleashedsim.LineSpec{{SKU: "MUG-RED", Quantity: "5"}}, o.Lines...)
					}
				})
				w.Mintsoft.BookIn(asn, came("MUG-BLUE", c.came))
				w.Once(t, receipting)
				assert.Equal(t, c.want, received(w, "PO-1"))
				if c.split == 2 {
					assert.Contains(t, letterOf(t, w, "PO-1").Reason, "SKU MUG-BLUE: ordered 6, booked in 10, and 4 x MUG-BLUE stand open on line 2 of PO-1/1")
					return
				}
				assert.Empty(t, w.DeadLetters(t))
				w.Forget()
				w.Mintsoft.CompleteASN(asn)
				w.Once(t, receipting)
				assert.Empty(t, w.Writes("unleashed"), "nothing is due any more")
			})
		})
	}
	for policy, want := range map[string]string{"error": "PO-1 Placed: 0/6", "increase_order": "PO-1 Receipted: 8/8", "cap": "PO-1 Receipted: 6/6"} {
		t.Run("what came too much is not taken from an order that has an ASN of its own, with "+policy, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, receipts(map[string]any{overOption: policy}), func(t *testing.T, w *world.World) {
				addPurchase(w, "PO-1/1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "4" })
				w.Once(t, importing, receipting)
				asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "6" })
				w.Mintsoft.BookIn(asn, came("MUG-BLUE", 8))
				w.Once(t, receipting)
				assert.Equal(t, want+" MUG-BLUE; PO-1/1 Placed: 0/4 MUG-BLUE", received(w, "PO-1"))
				if policy == "error" {
					assert.Contains(t, letterOf(t, w, "PO-1").Reason, "purchase order PO-1, SKU MUG-BLUE: ordered 6, booked in 8; raise the line")
				}
				<-time.After(afterwards)
				w.Mintsoft.BookIn(asnOf(t, w, "PO-1/1").ID)
				w.Once(t, receipting)
				assert.Equal(t, want+" MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE", received(w, "PO-1"), "it is none of that one's")
				if policy == "error" {
					w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.PurchaseOrderLines[0].OrderQuantity.Set("8") })
					w.Replay(t)
					assert.Equal(t, "PO-1 Receipted: 8/8 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE", received(w, "PO-1"))
				}
				assert.Empty(t, w.DeadLetters(t))
			})
		})
		t.Run("the ASNs of a family that are booked in at once are receipted each, with "+policy, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, receipts(map[string]any{overOption: policy}), func(t *testing.T, w *world.World) {
				addPurchase(w, "PO-1/1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "4" })
				w.Once(t, importing, receipting)
				asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "6" })
				w.Mintsoft.BookIn(asn)
				w.Mintsoft.BookIn(asnOf(t, w, "PO-1/1").ID)
				w.Once(t, receipting)
				assert.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE", received(w, "PO-1"))
				for _, l := range w.DeadLetters(t) {
					t.Error(l.Reason)
				}
			})
		})
	}
	t.Run("a process that dies between two receipts of one ASN sends the other once", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", nil)
			w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.PurchaseOrderLines[0].OrderQuantity.Set("6") })
			addPurchase(w, "PO-1/1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "4" })
			w.Mintsoft.BookIn(asn)
			var left map[string]string
			w.Unleashed.Faults.Before("POST", "/PurchaseOrders/*/Receipt", 2, func() { left = w.LedgerFiles(t) })
			w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/PurchaseOrders/*/Receipt", Skip: 1, Status: 503, Times: 1})
			ran(t, w)
			w.Killed(t, left)
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE", received(w, "PO-1"))
			requireSameStock(t, w, "MUG-BLUE")
		})
	})
	t.Run("each of a family has a line without stock, which is receipted with it", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "FREIGHT", ProductDescription: "Freight", NeverDiminishing: true})
			freight := unleashedsim.LineSpec{SKU: "FREIGHT", Quantity: "1", Price: "9.00"}
			asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines = append(o.Lines, freight) })
			w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.PurchaseOrderLines[0].OrderQuantity.Set("6") })
			addPurchase(w, "PO-1/1", func(o *unleashedsim.PurchaseSpec) {
				o.Lines[0].Quantity = "4"
				o.Lines = append(o.Lines, freight)
			})
			w.Mintsoft.BookIn(asn)
			w.Once(t, receipting)
			assert.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE, 1/1 FREIGHT; PO-1/1 Receipted: 4/4 MUG-BLUE, 1/1 FREIGHT", received(w, "PO-1"))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("two ASNs of one family that are booked in at once are receipted once", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", nil)
			w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "6"})
			o, _ := w.Unleashed.PurchaseByNumber("PO-1/1")
			bookASN(w, "PO-1/1", "MUG-BLUE", 4, 4, o.PurchaseOrderLines[0].Guid.String())
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 6))
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE", received(w, "PO-1"))
			assert.Equal(t, 1, receiptsSent(w))
			requireSameStock(t, w, "MUG-BLUE")
		})
	})
	t.Run("a line that moved whole to what was split off is found by its product", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) {
				o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "MUG-RED", Quantity: "5"}, unleashedsim.LineSpec{SKU: "MUG-BLUE", Quantity: "3"})
			})
			w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-RED": "5"})
			w.Mintsoft.BookIn(asn)
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 5/5 MUG-RED; PO-1/1 Receipted: 10/10 MUG-BLUE, 3/3 MUG-BLUE", received(w, "PO-1"))
			requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
		})
	})
	t.Run("what was receipted before it had an ASN counts for nobody", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			addPurchase(w, "PO-1", nil)
			w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "6"})
			w.Mintsoft.AdjustStock("MUG-BLUE", mainWarehouse(t, w), 6)
			w.Once(t, importing, receipting)
			w.Mintsoft.BookIn(asnOf(t, w, "PO-1/1").ID)
			ran(t, w)
			t.Log(w.Events(t, "PO-1"), w.DeadLetters(t))
			assert.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE", received(w, "PO-1"))
			requireSameStock(t, w, "MUG-BLUE")
		})
	})
	t.Run("numbers that only look like those of splits are orders of their own", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			addPurchase(w, "2026/1", nil)
			addPurchase(w, "2026/2", nil)
			w.Once(t, importing, receipting)
			w.Unleashed.ReceiptPurchase("2026/1", map[string]string{"MUG-BLUE": "10"})
			w.Mintsoft.BookIn(asnOf(t, w, "2026/2").ID, came("MUG-BLUE", 7))
			ran(t, w)
			assert.Contains(t, received(w, "2026/2"), "2026/2 Receipted: 7/7 MUG-BLUE")
		})
	})
}
