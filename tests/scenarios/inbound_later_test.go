package scenarios

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestWhatWasSplitOff is about a purchase order of which a part was receipted in
// Unleashed while its ASN is still open.
func TestWhatWasSplitOff(t *testing.T) {
	t.Parallel()
	const pipeline = "purchase_order_import"
	// split imports an order for ten, receipts four and answers its ASN's id.
	split := func(t *testing.T, w *world.World) int {
		t.Helper()
		addPurchase(w, "PO-7", nil)
		purchaseOrderImport.run(t, w)
		w.Unleashed.ReceiptPurchase("PO-7", map[string]string{"MUG-BLUE": "4"})
		row := purchaseOrderImport.run(t, w).Of(pipeline)
		assert.EqualValues(t, 1, row.Parked)
		parked := w.Parked(t, pipeline)
		require.Len(t, parked, 1)
		assert.Equal(t, []string{"PO-7/1", pipeline}, []string{parked[0].Record.Ref, parked[0].WaitFor})
		assert.Contains(t, parked[0].Reason, "of PO-7 is still open and expects these goods")
		assert.Empty(t, asnsOf(t, w, "PO-7/1"))
		return asnOf(t, w, "PO-7").ID
	}
	// imported wants the rest to be expected by an ASN of its own.
	imported := func(t *testing.T, w *world.World) {
		t.Helper()
		assert.Equal(t, []string{"PO-7/1: NEW, 6 x MUG-BLUE, from Clay Company"}, asnsOf(t, w, "PO-7/1"))
		assert.Empty(t, w.Parked(t, pipeline))
		assert.Empty(t, w.DeadLetters(t))
	}
	for name, end := range map[string]func(w *world.World, id int){
		"is imported once the base is booked in": func(w *world.World, id int) {
			w.Mintsoft.BookIn(id, mintsoftsim.Received{SKU: "MUG-BLUE", Quantity: 4})
		},
		"is imported once the base is booked in, though its list does not tell": func(w *world.World, id int) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ASNBookingQuiet = true })
			w.Mintsoft.BookIn(id)
		},
		"is imported once somebody deletes the base's ASN": func(w *world.World, id int) { w.Mintsoft.DeleteASN(id) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
				id := split(t, w)
				for range 3 {
					<-time.After(time.Hour)
					row := purchaseOrderImport.run(t, w).Of(pipeline)
					assert.EqualValues(t, 1, row.Parked, "it is tried after each run")
				}
				end(w, id)
				purchaseOrderImport.run(t, w)
				imported(t, w)
			})
		})
	}
	t.Run("a running sync imports it by itself", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			id := split(t, w)
			running := w.Forever(t, purchaseOrderImport.stream())
			<-time.After(40 * time.Minute)
			assert.Empty(t, asnsOf(t, w, "PO-7/1"))
			w.Mintsoft.BookIn(id)
			<-time.After(40 * time.Minute)
			running.Stop(t)
			imported(t, w)
		})
	})
	for _, order := range [][]string{{"PO-7", "PO-7/1"}, {"PO-7/1", "PO-7"}} {
		t.Run("waits for a base that is new itself, "+order[0]+" first", func(t *testing.T) {
			world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
				for _, number := range order {
					addPurchase(w, number, nil)
					<-time.After(time.Second)
				}
				for range 2 {
					purchaseOrderImport.run(t, w)
					assert.Empty(t, asnsOf(t, w, "PO-7/1"), "PO-7 is open")
				}
				w.Mintsoft.BookIn(asnOf(t, w, "PO-7").ID)
				purchaseOrderImport.run(t, w)
				asnOf(t, w, "PO-7/1")
			})
		})
	}
	t.Run("waits for an earlier part too", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			w.Mintsoft.BookIn(split(t, w))
			purchaseOrderImport.run(t, w)
			imported(t, w)
			w.Unleashed.ReceiptPurchase("PO-7/1", map[string]string{"MUG-BLUE": "1"})
			row := purchaseOrderImport.run(t, w).Of(pipeline)
			assert.EqualValues(t, 1, row.Parked)
			assert.Empty(t, asnsOf(t, w, "PO-7/2"))
			w.Mintsoft.BookIn(asnOf(t, w, "PO-7/1").ID)
			purchaseOrderImport.run(t, w)
			assert.Equal(t, []string{"PO-7/2: NEW, 5 x MUG-BLUE, from Clay Company"}, asnsOf(t, w, "PO-7/2"))
		})
	})
	t.Run("is a dead letter when the base stays open for months", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			split(t, w)
			<-time.After(91 * 24 * time.Hour)
			purchaseOrderImport.run(t, w)
			<-time.After(2 * time.Hour) // a run may have mended it
			purchaseOrderImport.run(t, w)
			assert.Contains(t, letterOf(t, w, "PO-7/1").Reason, "still open")
			assert.Empty(t, w.Parked(t, pipeline))
		})
	})
	t.Run("a number that only looks like it waits for nothing", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			addPurchase(w, "2026/1", nil)
			addPurchase(w, "2026/2", nil)
			row := purchaseOrderImport.run(t, w).Of(pipeline)
			assert.EqualValues(t, 2, row.Created)
			assert.Zero(t, row.Parked)
		})
	})
}

func TestProductsThatMintsoftLacks(t *testing.T) {
	t.Parallel()
	const pipeline = "purchase_order_import"
	forNew := func(w *world.World, number string, skus ...string) string {
		return addPurchase(w, number, func(o *unleashedsim.PurchaseSpec) {
			for _, sku := range skus {
				o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: addProduct(w, sku, nil), Quantity: "3"}, unleashedsim.LineSpec{SKU: sku, Quantity: "1"})
			}
		})
	}
	creating := purchaseOrderImport
	creating.settings = map[string]any{"purchase_order_import.enabled": true, "purchase_order_import.create_products": true, "general.sync_new_products": false}
	t.Run("are waited for, and received once product_sync has brought them", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := forNew(w, "PO-NEW", "NEW-1")
			row := purchaseOrderImport.run(t, w).Of(pipeline)
			assert.EqualValues(t, 1, row.Parked)
			assert.Zero(t, row.DeadLettered)
			assert.Empty(t, asnsOf(t, w, ref))
			w.Once(t, "main_product_sync", "main_purchase_order_import")
			assert.Equal(t, []string{"PO-NEW: NEW, 10 x MUG-BLUE + 3 x NEW-1 + 1 x NEW-1, from Clay Company"}, asnsOf(t, w, ref))
			assert.Empty(t, w.Parked(t, pipeline))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("are a dead letter at once when nobody brings them", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			w.Set("general.sync_new_products", false)
			ref := forNew(w, "PO-NEW", "NEW-1")
			purchaseOrderImport.run(t, w)
			assert.Contains(t, letterOf(t, w, ref).Reason, "NEW-1")
		})
	})
	t.Run("are made first with create_products, each once, as product_sync makes them", func(t *testing.T) {
		world.Bubble(t, creating.options(), func(t *testing.T, w *world.World) {
			ref := forNew(w, "PO-NEW", "NEW-1", "NEW.2 & more")
			row := creating.run(t, w).Of(pipeline)
			assert.True(t, row.Clean(), "%+v", row)
			assert.Equal(t, 2, w.Mintsoft.Journal.Count("PUT", "/api/Product"))
			assert.Equal(t, []string{productSync.delivered("NEW-1")}, productSync.stands(t, w, "NEW-1"))
			assert.Len(t, asnOf(t, w, ref).Items, 5)

			// product_sync finds them as its own.
			w.Set("general.sync_new_products", true)
			w.Once(t, "main_product_sync")
			assert.Equal(t, []string{productSync.delivered("NEW-1")}, productSync.stands(t, w, "NEW-1"))
			w.Forget()
			w.Once(t, "main_product_sync", "main_purchase_order_import")
			assert.Empty(t, w.Writes("mintsoft"))
		})
	})
	t.Run("are recorded with what was cut of them", func(t *testing.T) {
		world.Bubble(t, creating.options(), func(t *testing.T, w *world.World) {
			ref := forNew(w, "PO-NEW", "NEW-1")
			w.Unleashed.EditProduct("NEW-1", func(p *unleashedsim.Product) { p.ProductDescription = strings.Repeat("x", 120) })
			creating.run(t, w)
			require.Len(t, asnsOf(t, w, ref), 1)
			assert.Contains(t, fmt.Sprint(w.Events(t, ref)), "Name of product NEW-1 was cut to the length that Mintsoft holds")
		})
	})
	t.Run("are found again when the answer is lost, or the ledger", func(t *testing.T) {
		world.Bubble(t, creating.options(), func(t *testing.T, w *world.World) {
			ref := forNew(w, "PO-NEW", "NEW-1")
			w.Mintsoft.Faults.Add(closeAfter("PUT", "/api/Product"))
			creating.run(t, w)
			w.LoseLedger(t)
			creating.run(t, w)
			assert.Len(t, productSync.stands(t, w, "NEW-1"), 1)
			assert.Len(t, asnsOf(t, w, ref), 1)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("end in a dead letter when Mintsoft refuses one, and go on after the mend", func(t *testing.T) {
		world.Bubble(t, creating.options(), func(t *testing.T, w *world.World) {
			ref := forNew(w, "PO-NEW", "NEW-1", "NEW-2")
			w.Unleashed.EditProduct("NEW-2", func(p *unleashedsim.Product) { p.ICCCountryCode = "QQ" })
			next := creating.add(w, 1)
			row := creating.run(t, w).Of(pipeline)
			assert.Equal(t, "delivered", row.State)
			creating.requireDelivered(t, w, next)
			letter := letterOf(t, w, ref)
			assert.Equal(t, []string{"rejected", "mintsoft", "product.create"}, []string{letter.Class, letter.System, letter.Operation})
			assert.Empty(t, asnsOf(t, w, ref))

			w.Unleashed.EditProduct("NEW-2", func(p *unleashedsim.Product) { p.ICCCountryCode = "GB" })
			w.Replay(t)
			<-time.After(time.Minute) // Mintsoft needs seconds to show a new product
			creating.run(t, w)
			assert.Len(t, asnsOf(t, w, ref), 1)
			assert.Empty(t, w.DeadLetters(t))
			assert.Empty(t, w.Parked(t, pipeline))
		})
	})
	t.Run("a dry run makes neither, and shows both", func(t *testing.T) {
		world.Bubble(t, creating.options(), func(t *testing.T, w *world.World) {
			forNew(w, "PO-NEW", "NEW-1")
			_, planned := w.DryRun(t, creating.stream())
			var operations []string
			for _, write := range planned {
				operations = append(operations, write.Operation)
			}
			assert.Equal(t, []string{"product.create", "asn.create"}, operations)
			assert.Empty(t, w.Writes("mintsoft"))
		})
	})
	t.Run("hold only their own half of a transfer or an assembly", func(t *testing.T) {
		options := assemblyOrder.options()
		options.Settings = map[string]any{"assembly_import.create_order_to_pick": true, "assembly_import.create_asn_to_receive": true}
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			sku := addProduct(w, "NEW-1", nil)
			ref := addAssembly(w, "ASM-1", func(a *unleashedsim.Assembly) { a.Product.ProductCode = sku })
			row := assemblyOrder.run(t, w).Of("assembly_import")
			assert.EqualValues(t, 1, row.Created)
			assert.EqualValues(t, 1, row.Parked)
			w.Once(t, "main_product_sync", "main_assembly_import")
			assert.Len(t, orderImport.stands(t, w, ref), 1)
			assert.Equal(t, []string{"ASM-1: NEW, 4 x NEW-1, from Assembly in Main Warehouse"}, asnsOf(t, w, ref))
			assert.Empty(t, w.DeadLetters(t))
			assert.Empty(t, w.Parked(t, "assembly_import"))
		})
	})
}
