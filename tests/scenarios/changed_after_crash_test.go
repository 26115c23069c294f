package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// died leaves the ledger as it was when the process died in a write that the service did.
func died(t *testing.T, w *world.World, method, path, stream string) {
	t.Helper()
	var left map[string]string
	w.Mintsoft.Server.Faults.Before(method, path, 1, func() { left = w.LedgerFiles(t) })
	w.Once(t, stream)
	require.NotEmpty(t, left)
	w.Killed(t, left)
	<-time.After(time.Hour)
}

// TestWhatChangesBetweenACrashAndTheStart: what the process that died made is known by
// what it was sent, and what the record says since is a change.
func TestWhatChangesBetweenACrashAndTheStart(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world.World){
		"the prefix of numbers": func(w *world.World) { w.Set("general.orders_prefix", "UNL-") },
		"the number": func(w *world.World) {
			w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.OrderNumber = "SO-1A" })
		},
		"a quantity": func(w *world.World) {
			w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("5") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				addOrder(w, "SO-1", nil)
				died(t, w, "PUT", "/api/Order", "main_order_import")
				change(w)
				row := w.Once(t, "main_order_import").Of("order_import")
				assert.True(t, row.Clean(), "%+v", row)
				assert.EqualValues(t, 1, row.Created)
				require.Len(t, w.Mintsoft.Orders(), 1)
				assert.Equal(t, "SO-1", w.Mintsoft.Orders()[0].OrderNumber)
				assert.Equal(t, "2 x MUG-BLUE", itemsOf(w, w.Mintsoft.Orders()[0].ID))
				assert.Len(t, append(changesOf(t, w, "SO-1"), changesOf(t, w, "SO-1A")...), 1)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
	t.Run("a product's code", func(t *testing.T) {
		t.Parallel()
		world.Bubble(t, productSync.options(), func(t *testing.T, w *world.World) {
			w.Once(t, "main_product_sync")
			<-time.After(time.Hour)
			sku := addProduct(w, "NEW-1", nil)
			before := len(w.Mintsoft.Products())
			died(t, w, "PUT", "/api/Product", "main_product_sync")
			w.Unleashed.EditProduct(sku, func(p *unleashedsim.Product) { p.ProductCode = "NEW-2" })
			row := w.Once(t, "main_product_sync").Of("product_sync")
			assert.Len(t, w.Mintsoft.Products(), before+1)
			assert.Contains(t, fmt.Sprint(row.Skips), "its code was changed from NEW-1 to NEW-2")
		})
	})
	t.Run("the lines of a shipment", func(t *testing.T) {
		t.Parallel()
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			ref := shipmentImport.add(w, 1)
			died(t, w, "PUT", "/api/Order", "main_shipment_import")
			shipmentImport.change(w, ref)
			w.Once(t, "main_shipment_import")
			assert.Equal(t, []string{shipmentImport.changed(ref)}, shipmentImport.stands(t, w, ref))
		})
	})
}
