package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const (
	importing  = "main_purchase_order_import"
	receipting = "main_purchase_order_receipt"
	overOption = "purchase_order_import.over_receipt"
)

// receipts are a world in which purchase orders become ASNs and are receipted.
func receipts(settings map[string]any) world.Options {
	o := purchaseOrderImport.options()
	o.Settings = map[string]any{"purchase_order_import.enabled": true, "purchase_order_import.update_purchase_order": true}
	maps.Copy(o.Settings, settings)
	return o
}

// expecting imports a purchase order of ten mugs, unless it is changed, and
// answers the id of its ASN.
func expecting(t *testing.T, w *world.World, number string, change func(*unleashedsim.PurchaseSpec)) (asn int) {
	t.Helper()
	addPurchase(w, number, change)
	w.Once(t, importing, receipting)
	return asnOf(t, w, number).ID
}

// came are goods of an ASN.
func came(sku string, quantity int) mintsoftsim.Received {
	return mintsoftsim.Received{SKU: sku, Quantity: quantity}
}

// received describes a purchase order and what was split off it: how much of
// each line was receipted, of how much.
func received(w *world.World, base string) string {
	var orders []string
	for _, o := range familyOf(w, base) {
		var lines []string
		for _, l := range o.PurchaseOrderLines {
			lines = append(lines, fmt.Sprintf("%s/%s %s", l.ReceiptQuantity.Decimal, l.OrderQuantity.Decimal, l.Product.ProductCode))
		}
		orders = append(orders, fmt.Sprintf("%s %s: %s", o.OrderNumber, o.OrderStatus, strings.Join(lines, ", ")))
	}
	return strings.Join(orders, "; ")
}

// familyOf is a purchase order and what was split off it.
func familyOf(w *world.World, base string) (family []unleashedsim.PurchaseOrder) {
	for number := base; ; number = fmt.Sprintf("%s/%d", base, len(family)) {
		o, known := w.Unleashed.PurchaseByNumber(number)
		if !known {
			return family
		}
		family = append(family, o)
	}
}

// openASNs are those of which goods are expected still.
func openASNs(w *world.World) (open []mintsoftsim.ASN) {
	for _, a := range w.Mintsoft.ASNs() {
		if !slices.Contains([]int{mintsoftsim.ASNBookedIn, mintsoftsim.ASNDiscrepancy, mintsoftsim.ASNComplete}, a.ASNStatusID) {
			open = append(open, a)
		}
	}
	return open
}

// requireSameStock wants both services to have as much of each product.
func requireSameStock(t *testing.T, w *world.World, skus ...string) {
	t.Helper()
	for _, sku := range skus {
		require.Equal(t, fmt.Sprint(w.Mintsoft.Stock(sku, mainWarehouse(t, w)).StockLevel), w.Unleashed.Stock(sku, "MAIN").OnHand.String(), sku)
	}
}

// receiptsSent is how often Unleashed was asked for a receipt.
func receiptsSent(w *world.World) int {
	return w.Unleashed.Journal.Count("POST", "/PurchaseOrders/*/Receipt")
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy string
		came   []mintsoftsim.Received
		want   string
		reason string // of the dead letter
	}{
		"all of it, uncounted": {want: "PO-1 Receipted: 10/10 MUG-BLUE"},
		"all of it, counted":   {came: []mintsoftsim.Received{came("MUG-BLUE", 10)}, want: "PO-1 Receipted: 10/10 MUG-BLUE"},
		"less":                 {came: []mintsoftsim.Received{came("MUG-BLUE", 6)}, want: "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Placed: 0/4 MUG-BLUE"},
		"more":                 {policy: "error", came: []mintsoftsim.Received{came("MUG-BLUE", 12)}, want: "PO-1 Placed: 0/10 MUG-BLUE", reason: "SKU MUG-BLUE: ordered 10, booked in 12"},
		"more, which raises":   {policy: "increase_order", came: []mintsoftsim.Received{came("MUG-BLUE", 12)}, want: "PO-1 Receipted: 12/12 MUG-BLUE"},
		"more, which is cut":   {policy: "cap", came: []mintsoftsim.Received{came("MUG-BLUE", 12)}, want: "PO-1 Receipted: 10/10 MUG-BLUE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{}
			if c.policy != "" {
				settings[overOption] = c.policy
			}
			world.Bubble(t, receipts(settings), func(t *testing.T, w *world.World) {
				asn := expecting(t, w, "PO-1", nil)
				w.Mintsoft.BookIn(asn, c.came...)
				row := w.Once(t, receipting).Of(receipting)
				assert.Equal(t, c.want, received(w, "PO-1"), "%+v", row)
				if c.reason != "" {
					letter := letterOf(t, w, "PO-1")
					assert.Equal(t, "rejected", letter.Class)
					assert.Contains(t, letter.Reason, c.reason)
					return
				}
				assert.True(t, row.Clean(), "%+v", row)
				if c.policy != "cap" {
					requireSameStock(t, w, "MUG-BLUE")
				}
			})
		})
	}
}

// ran is a run of the receipts that wants nothing to be filed.
func ran(t *testing.T, w *world.World) {
	t.Helper()
	row := w.Once(t, receipting).Of(receipting)
	require.True(t, row.Clean(), "%+v", row)
}

func TestReceiptByHandBefore(t *testing.T) {
	t.Parallel()
	for name, final := range map[string]string{"Complete": unleashedsim.Complete, "Completed": unleashedsim.Completed} {
		t.Run("whoever receipted it, it counts: "+name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.PurchaseFinalStatus = final })
				receipted, completed, less := expecting(t, w, "PO-1", nil), expecting(t, w, "PO-2", nil), expecting(t, w, "PO-3", nil)
				w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "10"})
				w.Unleashed.CompletePurchase("PO-2")
				w.Unleashed.CompletePurchase("PO-3")
				w.Mintsoft.BookIn(receipted)
				w.Mintsoft.BookIn(completed)
				w.Mintsoft.BookIn(less, came("MUG-BLUE", 8))
				w.Forget()
				ran(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				assert.Equal(t, "PO-2 "+final+": 10/10 MUG-BLUE", received(w, "PO-2"))
				assert.NotEmpty(t, w.Logged("needs a look", "PO-3", "SKU MUG-BLUE: receipted 10, booked in 8"))
			})
		})
	}
	t.Run("more than a receipted order had is over-received all the same", func(t *testing.T) {
		world.Bubble(t, receipts(map[string]any{overOption: "increase_order"}), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", nil)
			w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "10"})
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 12))
			w.Once(t, receipting)
			assert.Contains(t, letterOf(t, w, "PO-1").Reason, "SKU MUG-BLUE: ordered 10, booked in 12; none of its open lines can be raised")
		})
	})
	t.Run("a deleted one is a person's to sort out", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", nil)
			w.Unleashed.DeletePurchase("PO-1")
			w.Mintsoft.BookIn(asn)
			w.Once(t, receipting)
			letter := letterOf(t, w, "PO-1")
			assert.Equal(t, "rejected", letter.Class)
			assert.Contains(t, letter.Reason, "purchase order PO-1 is deleted in Unleashed, and 10 x MUG-BLUE was booked in of it")
		})
	})
}

func TestReceiptsHappenOnce(t *testing.T) {
	t.Parallel()
	for name, knob := range map[string]func(*unleashedsim.Knobs){
		"the rest is split off":       func(*unleashedsim.Knobs) {},
		"the rest stays on the order": func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true },
	} {
		want := "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Placed: 0/4 MUG-BLUE"
		if strings.Contains(name, "stays") {
			want = "PO-1 Placed: 6/10 MUG-BLUE"
		}
		part := func(t *testing.T, test func(t *testing.T, w *world.World, asn int)) {
			world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(knob)
				asn := expecting(t, w, "PO-1", nil)
				w.Mintsoft.BookIn(asn, came("MUG-BLUE", 6))
				test(t, w, asn)
				assert.Equal(t, want, received(w, "PO-1"))
				requireSameStock(t, w, "MUG-BLUE")
				assert.Empty(t, w.DeadLetters(t))
			})
		}
		for lost, fault := range map[string]twin.Fault{"is lost": {CloseAfter: true}, "cannot be read": {Garble: true}} {
			t.Run(name+": not again when its answer "+lost, func(t *testing.T) {
				t.Parallel()
				part(t, func(t *testing.T, w *world.World, _ int) {
					fault.Method, fault.Path, fault.Times = "POST", "/PurchaseOrders/*/Receipt", 1
					w.Unleashed.Faults.Add(fault)
					ran(t, w)
					assert.Equal(t, 1, receiptsSent(w))
				})
			})
		}
		t.Run(name+": again when it was never acted on", func(t *testing.T) {
			t.Parallel()
			part(t, func(t *testing.T, w *world.World, _ int) {
				w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/PurchaseOrders/*/Receipt", CloseBefore: true, Times: 1})
				ran(t, w)
				assert.Equal(t, 2, receiptsSent(w))
			})
		})
		t.Run(name+": not again when the process died while it was acted on", func(t *testing.T) {
			t.Parallel()
			part(t, func(t *testing.T, w *world.World, _ int) {
				var left map[string]string
				w.Unleashed.Faults.Before("POST", "/PurchaseOrders/*/Receipt", 1, func() { left = w.LedgerFiles(t) })
				ran(t, w)
				w.Killed(t, left)
				ran(t, w)
				assert.Equal(t, 1, receiptsSent(w))
			})
		})
		t.Run(name+": not again when the ledger is lost", func(t *testing.T) {
			t.Parallel()
			part(t, func(t *testing.T, w *world.World, asn int) {
				ran(t, w)
				w.LoseLedger(t)
				w.Once(t, receipting) // a new ledger begins to read from now on
				w.Mintsoft.CompleteASN(asn)
				row := w.Once(t, receipting).Of(receipting)
				assert.EqualValues(t, 1, row.Read)
				assert.EqualValues(t, 1, row.Skipped)
				assert.Equal(t, 1, receiptsSent(w))
			})
		})
		t.Run(name+": a look-up fails after a lost answer until it does not", func(t *testing.T) {
			t.Parallel()
			part(t, func(t *testing.T, w *world.World, _ int) {
				w.Unleashed.Faults.Add(closeAfter("POST", "/PurchaseOrders/*/Receipt"))
				w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: "/PurchaseOrders", Skip: 4, Status: 503, Times: 5})
				ran(t, w)
				assert.Equal(t, 1, receiptsSent(w))
			})
		})
	}
	t.Run("somebody who receipts a line meanwhile makes it a person's to sort out, whose replay sends the rest", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true })
			asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) {
				o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "MUG-RED", Quantity: "5"})
			})
			w.Mintsoft.BookIn(asn)
			w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/PurchaseOrders/*/Receipt", CloseBefore: true, Times: 1})
			w.Unleashed.Faults.Before("POST", "/PurchaseOrders/*/Receipt", 1, func() {
				w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-RED": "5"})
			})
			w.Once(t, receipting)
			letter := letterOf(t, w, "PO-1")
			assert.Equal(t, "ambiguous", letter.Class)
			assert.Contains(t, letter.Reason, "1 of 2 lines")
			w.Replay(t)
			assert.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE, 5/5 MUG-RED", received(w, "PO-1"))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}
