package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const lotsOption = "general.enable_serial_batch_tracking"

// expectingTracked imports a purchase order of ten units of a tracked product that
// is new to both.
func expectingTracked(t *testing.T, w *world.World, batches bool) (asn int) {
	t.Helper()
	w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "LOT-1", ProductDescription: "Tracked", IsBatchTracked: batches, IsSerialized: !batches})
	w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "LOT-1", Name: "Tracked", HasBatchNumber: batches, HasSerialNumber: !batches})
	return expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines = []unleashedsim.LineSpec{{SKU: "LOT-1", Quantity: "10"}} })
}

// lot is goods of a batch.
func lot(batch string, quantity int, expiry string) mintsoftsim.Received {
	l := mintsoftsim.Lot{BatchNo: batch}
	if day, err := time.Parse(time.DateOnly, expiry); err == nil {
		l.BestBefore = mintsoftsim.Date{Time: day}
	}
	return mintsoftsim.Received{SKU: "LOT-1", Quantity: quantity, Lot: l}
}

// inBatches is what a warehouse of Unleashed has of the tracked product.
func inBatches(w *world.World) map[string]string {
	left := map[string]string{}
	for number, quantity := range w.Unleashed.Batches("LOT-1", "MAIN") {
		left[number] = quantity.String()
	}
	return left
}

func TestReceiptOfBatches(t *testing.T) {
	t.Parallel()
	settings := func(more ...map[string]any) map[string]any {
		all := map[string]any{lotsOption: true}
		for _, m := range more {
			for key, value := range m {
				all[key] = value
			}
		}
		return all
	}
	t.Run("batches come with their expiry, those of several shelves together", func(t *testing.T) {
		for name, turn := range map[string]func(*mintsoftsim.Knobs){
			"which the list leaves out": func(*mintsoftsim.Knobs) {},
			"which the list shows":      func(k *mintsoftsim.Knobs) { k.ASNAllocationsOnList = true },
		} {
			t.Run(name, func(t *testing.T) {
				world.Bubble(t, receipts(settings()), func(t *testing.T, w *world.World) {
					w.Mintsoft.Turn(turn)
					asn := expectingTracked(t, w, true)
					w.Mintsoft.BookIn(asn, lot("B-1", 4, "2028-01-31"), lot("B-2", 3, ""), lot("B-1", 3, "2028-01-31"))
					ran(t, w)
					assert.Equal(t, "PO-1 Receipted: 10/10 LOT-1", received(w, "PO-1"))
					assert.Equal(t, map[string]string{"B-1": "7", "B-2": "3"}, inBatches(w))
					o, _ := w.Unleashed.PurchaseByNumber("PO-1")
					require.Len(t, o.PurchaseOrderLines[0].BatchNumbers, 2)
					assert.Equal(t, w.Unleashed.Day("2028-01-31"), o.PurchaseOrderLines[0].BatchNumbers[0].ExpiryDate)
					assert.True(t, o.PurchaseOrderLines[0].BatchNumbers[1].ExpiryDate.IsZero())
				})
			})
		}
	})
	t.Run("only what was not receipted before goes with the rest", func(t *testing.T) {
		world.Bubble(t, receipts(settings()), func(t *testing.T, w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true })
			asn := expectingTracked(t, w, true)
			w.Mintsoft.BookIn(asn, lot("B-1", 4, ""), lot("B-2", 6, ""))
			w.Unleashed.ReceiptPurchaseLots("PO-1", "LOT-1", "4", w.Unleashed.Batch("B-1", "4", ""))
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 10/10 LOT-1", received(w, "PO-1"))
			assert.Equal(t, map[string]string{"B-1": "4", "B-2": "6"}, inBatches(w))
		})
	})
	t.Run("a cut receipt takes the first ones", func(t *testing.T) {
		world.Bubble(t, receipts(settings(map[string]any{overOption: "cap"})), func(t *testing.T, w *world.World) {
			asn := expectingTracked(t, w, true)
			w.Mintsoft.BookIn(asn, lot("B-1", 8, ""), lot("B-2", 5, ""))
			ran(t, w)
			assert.Equal(t, map[string]string{"B-1": "8", "B-2": "2"}, inBatches(w))
		})
	})
	t.Run("what was booked in without a batch is named", func(t *testing.T) {
		world.Bubble(t, receipts(settings()), func(t *testing.T, w *world.World) {
			asn := expectingTracked(t, w, true)
			w.Mintsoft.BookIn(asn, lot("B-1", 8, ""), came("LOT-1", 2))
			w.Forget()
			w.Once(t, receipting)
			letter := letterOf(t, w, "PO-1")
			assert.Equal(t, "unmappable", letter.Class)
			assert.Contains(t, letter.Reason, "purchase order PO-1, SKU LOT-1: 10 booked in, its batches are 8 x B-1; correct them in Mintsoft")
			assert.Empty(t, w.Writes("unleashed"))
		})
	})
	t.Run("a batch that is too long for Unleashed is not cut", func(t *testing.T) {
		world.Bubble(t, receipts(settings()), func(t *testing.T, w *world.World) {
			asn := expectingTracked(t, w, true)
			long := strings.Repeat("B", 51)
			w.Mintsoft.BookIn(asn, lot(long, 10, ""))
			w.Once(t, receipting)
			assert.Contains(t, letterOf(t, w, "PO-1").Reason, "SKU LOT-1: "+long+" is longer than the 50 characters")
		})
	})
	t.Run("serial numbers are all of the quantity", func(t *testing.T) {
		world.Bubble(t, receipts(settings()), func(t *testing.T, w *world.World) {
			asn := expectingTracked(t, w, false)
			var goods []mintsoftsim.Received
			for _, serial := range []string{"S-1", "S-2", "S-3"} {
				goods = append(goods, mintsoftsim.Received{SKU: "LOT-1", Quantity: 1, Lot: mintsoftsim.Lot{SerialNo: serial}})
			}
			w.Mintsoft.BookIn(asn, goods...)
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 3/3 LOT-1; PO-1/1 Placed: 0/7 LOT-1", received(w, "PO-1"))
			assert.Equal(t, []string{"S-1", "S-2", "S-3"}, w.Unleashed.Serials("LOT-1", "MAIN"))
		})
	})
	t.Run("without tracking none is sent, and what Unleashed says about it has its mend", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expectingTracked(t, w, true)
			w.Mintsoft.BookIn(asn, lot("B-1", 10, ""))
			w.Once(t, receipting)
			letter := letterOf(t, w, "PO-1")
			assert.Equal(t, "rejected", letter.Class)
			assert.Contains(t, letter.Reason, "Batch quantities of product LOT-1 are 0, the line has 10")
			assert.Contains(t, letter.Reason, lotsOption)

			w.Set(lotsOption, true)
			w.Replay(t)
			assert.Equal(t, map[string]string{"B-1": "10"}, inBatches(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestReceiptOfWhatHasNoStock(t *testing.T) {
	t.Parallel()
	order := func(o *unleashedsim.PurchaseSpec) {
		o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "GIFTWRAP", Quantity: "1", Price: "2"})
	}
	options := receipts(nil)
	options.Seed.Products++ // a service is the last one but one
	t.Run("it is receipted with the last of the goods", func(t *testing.T) {
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", order)
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 6))
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Placed: 0/4 MUG-BLUE, 0/1 GIFTWRAP", received(w, "PO-1"))
			w.Once(t, importing)
			w.Mintsoft.BookIn(asnOf(t, w, "PO-1/1").ID)
			ran(t, w)
			assert.Contains(t, received(w, "PO-1"), "PO-1/1 Receipted: 4/4 MUG-BLUE, 1/1 GIFTWRAP")
			requireSameStock(t, w, "MUG-BLUE")
		})
	})
	t.Run("a line that was added after the import stays open, and so does it", func(t *testing.T) {
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", order)
			w.Unleashed.EditPurchase("PO-1", func(o *unleashedsim.PurchaseOrder) {
				added := o.PurchaseOrderLines[0]
				added.Guid, added.LineNumber, added.Product = [16]byte{}, 0, &unleashedsim.ProductBrief{ProductCode: "MUG-RED"}
				o.PurchaseOrderLines = append(o.PurchaseOrderLines, added)
			})
			w.Mintsoft.BookIn(asn)
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE; PO-1/1 Placed: 0/1 GIFTWRAP, 0/10 MUG-RED", received(w, "PO-1"))
		})
	})
}
