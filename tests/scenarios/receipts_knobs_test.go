package scenarios

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestReceiptBodies sends each of the bodies that Unleashed may want, in an account
// that takes any and in one that takes none.
func TestReceiptBodies(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"lines", "purchase_order", "none"} {
		for name, c := range map[string]struct {
			came          int
			knob          unleashedsim.ReceiptBody
			want, refused string
		}{
			"all of it, any body": {came: 10, knob: unleashedsim.ReceiptAnyBody, want: "PO-1 Receipted: 10/10 MUG-BLUE, 5/5 MUG-RED"},
			"a part, any body":    {came: 6, knob: unleashedsim.ReceiptAnyBody, want: "PO-1 Receipted: 6/6 MUG-BLUE, 5/5 MUG-RED; PO-1/1 Placed: 0/4 MUG-BLUE"},
			"all of it, no body":  {came: 10, knob: unleashedsim.ReceiptNoBody, want: "PO-1 Receipted: 10/10 MUG-BLUE, 5/5 MUG-RED", refused: "A receipt has no body.; choose another Body"},
			"a part, no body":     {came: 6, knob: unleashedsim.ReceiptNoBody, refused: "A receipt has no body.; choose another Body"},
		} {
			switch {
			case body == "none" && c.came == 6:
				c.refused = "only a part came: SKU MUG-BLUE: 6 of 10"
			case body == "none":
				c.refused = ""
			}
			if c.refused != "" {
				c.want = "PO-1 Placed: 0/10 MUG-BLUE, 0/5 MUG-RED"
			}
			t.Run(body+": "+name, func(t *testing.T) {
				t.Parallel()
				world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
					w.Edit(t, "purchase_order_receipt", `root.Body = "lines"`, fmt.Sprintf("root.Body = %q", body))
					w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptBody = c.knob })
					asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) {
						o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "MUG-RED", Quantity: "5"})
					})
					w.Mintsoft.BookIn(asn, came("MUG-BLUE", c.came), came("MUG-RED", 5))
					w.Once(t, receipting)
					assert.Equal(t, c.want, received(w, "PO-1"))
					if c.refused != "" {
						letter := letterOf(t, w, "PO-1")
						assert.Equal(t, "rejected", letter.Class)
						assert.Contains(t, letter.Reason, c.refused)
						return
					}
					assert.Empty(t, w.DeadLetters(t))
					requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
				})
			})
		}
	}
	t.Run("an account that takes another body for all of it is found out", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptBody = unleashedsim.ReceiptBodyIgnored })
			asn := expecting(t, w, "PO-1", nil)
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 6))
			w.Once(t, receipting)
			assert.Contains(t, letterOf(t, w, "PO-1").Reason, "Unleashed receipted more of purchase order PO-1 than it was asked to: SKU MUG-BLUE: 10, expected 6")
			assert.Equal(t, 1, strings.Count(letterOf(t, w, "PO-1").Reason, "choose another Body"))
			w.Replay(t)
			assert.Empty(t, w.DeadLetters(t), "there is nothing left to do here")
			assert.Equal(t, 1, receiptsSent(w))
		})
	})
	t.Run("so is one that does so on a later order of a family", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptBody = unleashedsim.ReceiptBodyIgnored })
			asn := expecting(t, w, "PO-1", nil)
			w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.PurchaseOrderLines[0].OrderQuantity.Set("6") })
			addPurchase(w, "PO-1/1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "4" })
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 8))
			w.Once(t, receipting)
			assert.Contains(t, letterOf(t, w, "PO-1").Reason, "Unleashed receipted more of purchase order PO-1/1 than it was asked to: SKU MUG-BLUE: 4, expected 2")
		})
	})
}

var receiptKnobs = []knob[mintsoftsim.Knobs]{
	{"the list shows lots", func(k *mintsoftsim.Knobs) { k.ASNAllocationsOnList = true }},
	{"the list is never the same", func(k *mintsoftsim.Knobs) { k.ASNListReshuffles = true }},
	{"booking in changes no ASN", func(k *mintsoftsim.Knobs) { k.ASNBookingQuiet = true }},
	{"differences are hidden", func(k *mintsoftsim.Knobs) { k.DifferencesHidden = true }},
	{"an ASN wants all of its header", func(k *mintsoftsim.Knobs) { k.ASNHeaderRequired = true }},
	{"booking in completes", func(k *mintsoftsim.Knobs) { k.BookInCompletes = true }},
	{"putting away books", func(k *mintsoftsim.Knobs) { k.PutAwayWaits = true }},
	{"since is exclusive", func(k *mintsoftsim.Knobs) { k.SinceExclusive = true }},
	{"bad dates are refused", func(k *mintsoftsim.Knobs) { k.BadDatesRefused = true }},
}

var receiptedKnobs = []knob[unleashedsim.Knobs]{
	{"the rest stays on the order", func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true }},
	{"the final status is Completed", func(k *unleashedsim.Knobs) { k.PurchaseFinalStatus = unleashedsim.Completed }},
	{"errors are items", func(k *unleashedsim.Knobs) { k.ErrorShape = unleashedsim.ItemsShape }},
	{"totals are recomputed", func(k *unleashedsim.Knobs) { k.Totals = unleashedsim.TotalsRecomputed }},
	{"what is completed may be completed again", func(k *unleashedsim.Knobs) { k.CompleteTwiceAccepted = true }},
	{"nothing is beyond the last page", func(k *unleashedsim.Knobs) { k.PageBeyondEnd = unleashedsim.EmptyPage }},
	{"omitted members stay", func(k *unleashedsim.Knobs) { k.OmittedKept = true }},
	{"unknown members are refused", func(k *unleashedsim.Knobs) { k.UnknownMembersRefused = true }},
}

// TestReceiptsUnderEveryKnob has a purchase order come in short, one in full
// through the put-away, and a transfer that is adjusted.
func TestReceiptsUnderEveryKnob(t *testing.T) {
	t.Parallel()
	story := func(t *testing.T, turn func(w *world.World)) {
		world.Bubble(t, receipts(map[string]any{asASNs: true, difference: "adjust", overOption: "increase_order"}), func(t *testing.T, w *world.World) {
			turn(w)
			w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
			addPurchase(w, "PO-1", nil)
			addPurchase(w, "PO-2", nil)
			ref := addTransfer(w, "SHOP", "MAIN", nil)
			flows := []string{"main_*_import", "main_*_receipt", "main_*_completion"}
			w.Set("general.import_orders", false)
			w.Once(t, flows...)
			short, whole, transferred := asnOf(t, w, "PO-1").ID, asnOf(t, w, "PO-2").ID, asnOf(t, w, ref).ID
			for _, id := range []int{short, whole, transferred} {
				w.Mintsoft.ConfirmASN(id)
			}
			w.Mintsoft.Receive(short, came("MUG-BLUE", 6))
			w.Mintsoft.Receive(whole, came("MUG-BLUE", 11))
			w.Mintsoft.Receive(transferred, came("MUG-BLUE", 5))
			<-time.After(afterwards)
			w.Once(t, flows...)

			<-time.After(afterwards)
			w.Mintsoft.BookIn(short)
			w.Mintsoft.AwaitPutAway(whole)
			w.Mintsoft.BookIn(transferred)
			w.Once(t, flows...)
			<-time.After(afterwards)
			w.Mintsoft.CompletePutAway(whole)
			w.Once(t, flows...)

			part := "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Placed: 0/4 MUG-BLUE"
			if w.Unleashed.Knobs().ReceiptKeepsOrder {
				part = "PO-1 Placed: 6/10 MUG-BLUE"
			}
			assert.Equal(t, part, received(w, "PO-1"))
			assert.Equal(t, "PO-2 Receipted: 11/11 MUG-BLUE", received(w, "PO-2"))
			assert.Equal(t, "Completed: 5 x MUG-BLUE", transfer(t, w, ref))
			requireSameStock(t, w, "MUG-BLUE")
			assert.Empty(t, w.DeadLetters(t))
			assert.Equal(t, 2, receiptsSent(w))
		})
	}
	t.Run("as it is assumed", func(t *testing.T) { story(t, func(*world.World) {}) })
	for _, k := range receiptKnobs {
		t.Run("mintsoft: "+k.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(w *world.World) { w.Mintsoft.Turn(k.turn) })
		})
	}
	for _, k := range receiptedKnobs {
		t.Run("unleashed: "+k.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(w *world.World) { w.Unleashed.Turn(k.turn) })
		})
	}
}

// TestNoBookingIsMissed reads a list of several pages that is in another order each
// time.
func TestNoBookingIsMissed(t *testing.T) {
	t.Parallel()
	for name, quiet := range map[string]bool{"bookings change the ASN": false, "bookings change nothing": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ASNListReshuffles, k.ASNBookingQuiet = true, quiet })
				const many = 130
				for n := range many {
					addPurchase(w, numbered("PO", n), nil)
				}
				w.Once(t, importing, receipting)
				var ids []int
				for _, a := range w.Mintsoft.ASNs() {
					ids = append(ids, a.ID)
					w.Mintsoft.ConfirmASN(a.ID)
					w.Mintsoft.Receive(a.ID, came("MUG-BLUE", 10))
				}
				<-time.After(afterwards)
				w.Once(t, receipting)
				<-time.After(afterwards)
				for _, id := range ids {
					w.Mintsoft.BookIn(id)
				}
				w.Once(t, receipting)
				assert.Equal(t, many, receiptsSent(w))
				requireSameStock(t, w, "MUG-BLUE")

				// Read again, they cost nothing but the lists.
				w.Forget()
				<-time.After(afterwards)
				row := w.Once(t, receipting).Of(receipting)
				assert.Zero(t, row.Read, "%+v", row)
				assert.Empty(t, w.Calls("unleashed"))
			})
		})
	}
}
