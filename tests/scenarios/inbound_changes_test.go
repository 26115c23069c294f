package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestChangedAfterItsImport wants what differs to be told, and nothing to be sent.
func TestChangedAfterItsImport(t *testing.T) {
	t.Parallel()
	says := map[string]string{
		"purchase_order_import":                "mintsoft asn.create: changed after it was created: Items[0].Quantity 10 → 12",
		"assembly_import to pick":              "mintsoft order.create: changed after it was created: OrderItems[0].Quantity 5 → 7",
		"assembly_import to receive":           "mintsoft asn.create: changed after it was created: Items[0].Quantity 4 → 5",
		"warehouse_transfer_import to pick":    "mintsoft order.create: changed after it was created: OrderItems[0].Quantity 6 → 8",
		"warehouse_transfer_import to receive": "mintsoft asn.create: changed after it was created: Items[0].Quantity 6 → 8",
	}
	for _, f := range inbound {
		t.Run(f.pipeline+f.half, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
				ref := f.put(t, w, 1)
				f.run(t, w)
				f.change(w, ref)
				w.Forget()
				row := f.run(t, w).Of(f.pipeline)
				assert.EqualValues(t, 1, row.Skipped)
				assert.Empty(t, w.Writes("mintsoft"))
				f.requireDelivered(t, w, ref)
				assert.Equal(t, []string{says[f.pipeline+f.half]}, eventsOf(t, w, ref, "changed"))
			})
		})
	}
	t.Run("each half by itself", func(t *testing.T) {
		options := assemblyOrder.options()
		options.Settings = map[string]any{"assembly_import.create_order_to_pick": true, "assembly_import.create_asn_to_receive": true}
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			ref := assemblyOrder.add(w, 1)
			assemblyOrder.run(t, w)
			assemblyOrder.change(w, ref)
			assemblyOrder.run(t, w)
			assert.Equal(t, []string{says["assembly_import to pick"]}, eventsOf(t, w, ref, "changed"), "the ASN stays as it is")
		})
	})
	t.Run("also a line that is gone, and one that came", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			more := unleashedsim.LineSpec{SKU: "BOX-S", Quantity: "3"}
			ref := addPurchase(w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines = append(o.Lines, more) })
			purchaseOrderImport.run(t, w)
			w.Unleashed.EditPurchase(ref, func(o *unleashedsim.PurchaseOrder) { o.PurchaseOrderLines = o.PurchaseOrderLines[:1] })
			purchaseOrderImport.run(t, w)
			changed := eventsOf(t, w, ref, "changed")
			require.Len(t, changed, 1)
			assert.Contains(t, changed[0], `Items[1].SKU "BOX-S" → (none)`)
		})
	})
	t.Run("what was receipted by hand", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := purchaseOrderImport.add(w, 1)
			purchaseOrderImport.run(t, w)
			w.Unleashed.ReceiptPurchase(ref, map[string]string{"MUG-BLUE": "10"})
			row := purchaseOrderImport.run(t, w).Of("purchase_order_import")
			assert.EqualValues(t, 1, row.Skipped)
			purchaseOrderImport.requireDelivered(t, w, ref)
			assert.Contains(t, eventsOf(t, w, ref, "skipped"), "status Receipted is not imported")
		})
	})
}

func TestDeletedAfterItsImport(t *testing.T) {
	t.Parallel()
	says := map[string]string{
		"purchase_order_import":                "it was deleted in Unleashed, but stands in Mintsoft as ASN ",
		"assembly_import to pick":              "it was deleted in Unleashed, but stands in Mintsoft as order ",
		"assembly_import to receive":           "it was deleted in Unleashed, but stands in Mintsoft as ASN ",
		"warehouse_transfer_import to pick":    "it was deleted in Unleashed, but stands in Mintsoft as order ",
		"warehouse_transfer_import to receive": "it was deleted in Unleashed, but stands in Mintsoft as ASN ",
	}
	for _, f := range inbound {
		for name, lose := range map[string]bool{"with its link": false, "with a lost ledger": true} {
			t.Run(f.pipeline+f.half+" "+name, func(t *testing.T) {
				t.Parallel()
				world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
					ref, never := f.put(t, w, 1), f.put(t, w, 2)
					f.remove(w, never)
					f.run(t, w)
					if lose {
						w.LoseLedger(t)
					}
					f.remove(w, ref)
					w.Forget()
					row := f.run(t, w).Of(f.pipeline)
					assert.True(t, row.Clean(), "%+v", row)
					assert.Empty(t, w.Writes("mintsoft"))
					f.requireDelivered(t, w, ref)
					skipped := eventsOf(t, w, ref, "skipped")
					require.Len(t, skipped, 1)
					assert.Contains(t, skipped[0], says[f.pipeline+f.half])
					assert.Contains(t, skipped[0], "(status 1): decide there")
					assert.Len(t, w.Logged("needs a look", ref, "decide there"), 1)
					assert.Empty(t, w.Logged("needs a look", never), "nobody has to look at what was never imported")
				})
			})
		}
	}
	t.Run("while it was parked", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := addPurchase(w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].SKU = addProduct(w, "NEW-1", nil) })
			purchaseOrderImport.run(t, w)
			require.Len(t, w.Parked(t, "purchase_order_import"), 1)
			<-time.After(time.Hour)
			w.Unleashed.DeletePurchase(ref)
			purchaseOrderImport.run(t, w)
			assert.Empty(t, w.Parked(t, "purchase_order_import"))
			assert.Empty(t, asnsOf(t, w, ref))
		})
	})
	t.Run("when its order was cancelled by hand already", func(t *testing.T) {
		world.Bubble(t, transferOrder.options(), func(t *testing.T, w *world.World) {
			ref := transferOrder.add(w, 1)
			transferOrder.run(t, w)
			o, _ := w.Mintsoft.OrderByNumber(ref)
			w.Mintsoft.Cancel(o.ID)
			transferOrder.remove(w, ref)
			transferOrder.run(t, w)
			assert.Equal(t, []string{"it was deleted, and nothing of it stands in Mintsoft"}, eventsOf(t, w, ref, "skipped"))
			assert.Empty(t, w.Logged("needs a look", ref))
		})
	})
}

// eventsOf are the summaries of the events of one kind.
func eventsOf(t *testing.T, w *world.World, ref, kind string) []string {
	t.Helper()
	var found []string
	for _, e := range w.Events(t, ref) {
		if e.Kind == kind {
			found = append(found, e.Summary)
		}
	}
	return found
}
