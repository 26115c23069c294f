package scenarios

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// writeBacks are the flows that write back what was booked in.
var writeBacks = []flow{purchaseOrderReceipt, transferCompletion}

var purchaseOrderReceipt = flow{
	pipeline: "purchase_order_receipt", bare: true,
	settings: map[string]any{"purchase_order_import.update_purchase_order": true},
	source:   "mintsoft", list: "/api/ASN/List", lists: 2, // what changed, and what was booked in
	target: "unleashed", create: call{"POST", "/PurchaseOrders/*/Receipt"}, nameless: true,
	steps: []string{"purchase_order.receipt"},

	add: func(w *world.World, n int) string { return bookPurchase(w, numbered("PO", n), 10) },
	// An order that is not receipted is not delivered.
	stands: func(_ *testing.T, w *world.World, ref string) []string {
		if o, known := w.Unleashed.PurchaseByNumber(ref); !known || o.OrderStatus == unleashedsim.Placed {
			return nil
		}
		return []string{received(w, ref)}
	},
	delivered: func(ref string) string { return ref + " Receipted: 10/10 MUG-BLUE" },

	// What happens to an ASN that is booked in for good changes nothing of what was
	// receipted.
	change:  completeASN,
	changed: func(ref string) string { return ref + " Receipted: 10/10 MUG-BLUE" },
	remove:  completeASN,
	removed: func(ref string) string { return ref + " Receipted: 10/10 MUG-BLUE" },

	refusals: []refusal{
		{
			name: "more came than was ordered",
			add:  func(w *world.World, n int) string { return bookPurchase(w, numbered("PO-MORE", n), 12) },
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditPurchase(ref, func(o *unleashedsim.PurchaseOrder) { o.PurchaseOrderLines[0].OrderQuantity.Set("12") })
			},
			class: "rejected", system: "mintsoft", operation: "refuse_difference",
			words: []string{"PO-MORE-", "SKU MUG-BLUE: ordered 10, booked in 12"},
		},
		{
			name: "Unleashed wants batches",
			add: func(w *world.World, n int) string {
				w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: numbered("LOT", n), ProductDescription: "Tracked", IsBatchTracked: true})
				w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: numbered("LOT", n), Name: "Tracked"})
				return bookPurchaseOf(w, numbered("PO-LOT", n), numbered("LOT", n), 10)
			},
			class: "rejected", system: "unleashed", operation: "purchase_order.receipt",
			words: []string{"Batch quantities of product LOT-", "general.enable_serial_batch_tracking"},
		},
	},
}

var transferCompletion = flow{
	pipeline: "warehouse_transfer_completion", bare: true,
	settings: map[string]any{asASNs: true, "warehouse_transfer.frequency": "5m"},
	source:   "mintsoft", list: "/api/ASN/List", lists: 2,
	target: "unleashed", create: call{"POST", "/WarehouseStockTransfers/*/Complete"}, nameless: true,
	steps: []string{"transfer.complete"},

	add: func(w *world.World, _ int) string { return bookTransfer(w, "100") },
	stands: func(t *testing.T, w *world.World, ref string) []string {
		if r, known := w.Unleashed.TransferByNumber(ref); !known || r.TransferStatus == unleashedsim.Parked {
			return nil
		}
		return []string{transfer(t, w, ref)}
	},
	delivered: func(string) string { return "Completed: 6 x MUG-BLUE" },

	change:  completeASN,
	changed: func(string) string { return "Completed: 6 x MUG-BLUE" },
	remove:  completeASN,
	removed: func(string) string { return "Completed: 6 x MUG-BLUE" },

	refusals: []refusal{{
		name: "the source has too little",
		add: func(w *world.World, _ int) string {
			w.Unleashed.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: "BARE", WarehouseName: "Bare"})
			return bookTransferFrom(w, "BARE")
		},
		mend:  func(w *world.World, _ string) { w.Unleashed.SetStock("MUG-BLUE", "BARE", "6", "4.10") },
		class: "rejected", system: "unleashed", operation: "transfer.complete",
		words: []string{"Product MUG-BLUE: 0 on hand in warehouse BARE, 6 needed"},
	}},
}

// bookPurchase adds a purchase order of ten mugs whose ASN is booked in.
func bookPurchase(w *world.World, number string, came int) string {
	return bookPurchaseOf(w, number, "MUG-BLUE", came)
}

func bookPurchaseOf(w *world.World, number, sku string, quantity int) string {
	addPurchase(w, number, func(o *unleashedsim.PurchaseSpec) { o.Lines[0].SKU = sku })
	o, _ := w.Unleashed.PurchaseByNumber(number)
	bookASN(w, number, sku, 10, quantity, o.PurchaseOrderLines[0].Guid.String())
	return number
}

// bookTransfer adds a transfer of six mugs from the shop whose ASN is booked in.
func bookTransfer(w *world.World, stock string) string {
	w.Unleashed.SetStock("MUG-BLUE", "SHOP", stock, "4.10")
	return bookTransferFrom(w, "SHOP")
}

func bookTransferFrom(w *world.World, source string) string {
	number := addTransfer(w, source, "MAIN", nil)
	r, _ := w.Unleashed.TransferByNumber(number)
	bookASN(w, number, "MUG-BLUE", 6, 6, r.TransferDetails[0].Guid.String())
	return number
}

// bookASN has goods booked in for a line of Unleashed, as if its ASN were made by a
// ledger that is lost.
func bookASN(w *world.World, reference, sku string, expected, came int, line string) {
	a := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: reference, Items: []mintsoftsim.ASNItemSpec{{SKU: sku, Quantity: expected, SourceLineID: line}}})
	w.Mintsoft.BookIn(a.ID, mintsoftsim.Received{SKU: sku, Quantity: came})
}

// completeASN ends the ASN of a reference.
func completeASN(w *world.World, reference string) {
	for _, a := range w.Mintsoft.ASNsByReference(reference) {
		w.Mintsoft.CompleteASN(a.ID)
	}
}

// TestWriteBackThatAloneFailsIsPoison has the others go on meanwhile.
func TestWriteBackThatAloneFailsIsPoison(t *testing.T) {
	t.Parallel()
	for _, f := range writeBacks {
		t.Run(f.pipeline, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
				f.settle(t, w)
				refs := f.several(t, w, 1, 5)
				fails := f.create
				if o, known := w.Unleashed.PurchaseByNumber(refs[1]); known {
					fails.path = "/PurchaseOrders/" + o.Guid.String() + "/Receipt"
				} else if r, known := w.Unleashed.TransferByNumber(refs[1]); known {
					fails.path = "/WarehouseStockTransfers/" + r.Guid.String() + "/Complete"
				}
				w.Unleashed.Faults.Add(twin.Fault{Method: fails.method, Path: fails.path, Status: 500})
				running := w.Forever(t, f.stream())
				<-time.After(time.Minute)
				f.requireDelivered(t, w, append(slices.Clone(refs[:1]), refs[2:]...)...)

				<-time.After(30 * time.Minute)
				assert.Equal(t, "poison", letterOf(t, w, refs[1]).Class)
				running.Stop(t)
				w.Unleashed.Faults.Clear()
				w.Replay(t)
				f.requireDelivered(t, w, refs...)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}
