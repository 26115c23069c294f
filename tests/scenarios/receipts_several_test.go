package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

func TestTwoASNsOfOnePurchaseOrder(t *testing.T) {
	t.Parallel()
	for _, keeps := range []bool{false, true} {
		for _, first := range []int{6, 4} {
			for _, threads := range []string{"1", "4"} {
				t.Run(fmt.Sprintf("%d came with the first, on %s threads (kept whole: %v)", first, threads, keeps), func(t *testing.T) {
					t.Parallel()
					world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
						w.Edit(t, "purchase_order_receipt", "threads: 4", "threads: "+threads)
						w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = keeps })
						asn := expecting(t, w, "PO-1", nil)
						w.Mintsoft.EditASN(asn, map[string]int{"MUG-BLUE": first})
						line := asnOf(t, w, "PO-1").Items[0].SourceLineID
						other := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Warehouse: mainWarehouse(t, w), Reference: "PO-1", Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 10 - first, SourceLineID: *line}}})
						<-time.After(time.Minute)
						w.Mintsoft.BookIn(asn)
						w.Mintsoft.BookIn(other.ID)
						for range 2 { // the one that came too late waits to be counted again
							<-time.After(time.Minute)
							w.Once(t, receipting)
						}
						requireSameStock(t, w, "MUG-BLUE")
						assert.Equal(t, "250", onHand(w, "MUG-BLUE"))
						assert.Empty(t, w.DeadLetters(t))
						assert.Equal(t, 2, receiptsSent(w))
					})
				})
			}
		}
	}
}

func TestTheASNsOfAFamilyAtOnce(t *testing.T) {
	t.Parallel()
	for _, threads := range []string{"1", "4"} {
		for _, c := range [][3]int{{6, 4}, {5, 4}, {6, 3}, {5, 3}, {4, 4}, {7, 4, 1}, {7, 3}} { // what came with each, and how many are refused
			t.Run(fmt.Sprintf("%d of 6 and %d of 4 came, on %s threads", c[0], c[1], threads), func(t *testing.T) {
				t.Parallel()
				world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
					w.Edit(t, "purchase_order_receipt", "threads: 4", "threads: "+threads)
					for i, number := range []string{"PO-1/1", "PO-1"} {
						addPurchase(w, number, func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = []string{"4", "6"}[i] })
						w.Once(t, importing)
					}
					one, two := asnOf(t, w, "PO-1").ID, asnOf(t, w, "PO-1/1").ID
					<-time.After(time.Minute)
					w.Mintsoft.BookIn(one, came("MUG-BLUE", c[0]))
					w.Mintsoft.BookIn(two, came("MUG-BLUE", c[1]))
					for range 2 {
						<-time.After(time.Minute)
						w.Once(t, receipting)
					}
					if len(w.DeadLetters(t)) > 0 {
						w.Replay(t) // the other is receipted by now, and what it left open may be filled
					}
					if c[2] == 0 {
						requireSameStock(t, w, "MUG-BLUE")
						assert.Empty(t, w.DeadLetters(t))
						return
					}
					assert.Len(t, w.DeadLetters(t), 1)
					assert.Equal(t, fmt.Sprint(240+c[1]), onHand(w, "MUG-BLUE"), "the order of the other is not filled with what came too much")
				})
			})
		}
	}
}

func TestABookingThatMovesFromOneLineToAnother(t *testing.T) {
	t.Parallel()
	world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
		w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true })
		asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) {
			o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "MUG-RED", Quantity: "10"})
		})
		<-time.After(time.Minute)
		w.Mintsoft.BookIn(asn, came("MUG-BLUE", 5), came("MUG-RED", 3))
		w.Once(t, receipting)
		<-time.After(time.Hour)
		w.Mintsoft.CorrectASN(asn, "MUG-BLUE", 3)
		w.Mintsoft.CorrectASN(asn, "MUG-RED", 5)
		for range 2 {
			w.Once(t, receipting)
			assert.Contains(t, received(w, "PO-1"), "5/10 MUG-BLUE, 5/10 MUG-RED")
		}
		assert.Equal(t, 2, receiptsSent(w))
	})
}

// TestAnASNOfALineThatWasSplitOff: the receipt of one line moves the other to an order that
// is split off, where it has another GUID. What an ASN that nobody knows booked in of it by
// the former one is told.
func TestAnASNOfALineThatWasSplitOff(t *testing.T) {
	t.Parallel()
	world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
		asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) {
			o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "MUG-RED", Quantity: "8", Price: "4.00"})
		})
		p, _ := w.Unleashed.PurchaseByNumber("PO-1")
		w.Mintsoft.BookIn(asn, came("MUG-BLUE", 10))
		<-time.After(time.Minute)
		w.Once(t, receipting)
		bookASN(w, "PO-1", "MUG-RED", 8, 8, p.PurchaseOrderLines[1].Guid.String())
		<-time.After(time.Hour)
		w.Once(t, receipting)
		assert.NotEmpty(t, w.Logged("needs a look", "it carries no line of purchase order PO-1, which was split, and its goods were booked in (8 x MUG-RED): if it was made from it, receipt them in Unleashed, on PO-1/1"))

		// That is the mend.
		w.Unleashed.ReceiptPurchase("PO-1/1", map[string]string{"MUG-RED": "8"})
		<-time.After(time.Hour)
		w.Once(t, receipting, "main_stock_sync")
		assert.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE; PO-1/1 Receipted: 8/8 MUG-RED", received(w, "PO-1"))
		requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
		assert.Empty(t, w.DeadLetters(t))
	})
}
