package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestUnwantedBeforeItsAnswerIsKnown: what may have been made is looked for by what was
// sent, and then reported or cancelled as what is linked.
func TestUnwantedBeforeItsAnswerIsKnown(t *testing.T) {
	t.Parallel()
	edit := func(change func(*unleashedsim.SalesOrder)) func(*world.World) {
		return func(w *world.World) { w.Unleashed.EditOrder("SO-1", change) }
	}
	moved := edit(func(o *unleashedsim.SalesOrder) { o.Warehouse = shop() })
	placed := world.Options{Seed: small, Settings: map[string]any{"general.order_status_to_import": []any{"Placed"}}}
	for lost, lose := range map[string]func(t *testing.T, w *world.World){
		"the process died": func(t *testing.T, w *world.World) { died(t, w, "PUT", "/api/Order", "main_order_import") },
		"the dead letter says so": func(t *testing.T, w *world.World) {
			w.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", CloseAfter: true, Times: 1})
			w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Order/Search", Status: 400, Body: `{"Message":"no"}`, Times: 1})
			w.Once(t, "main_order_import")
			require.Equal(t, "ambiguous", letterOf(t, w, "SO-1").Class)
		},
	} {
		for name, c := range map[string]struct {
			change func(*world.World)
			status int
		}{
			"moved":                      {moved, mintsoftsim.StatusNew},
			"parked":                     {edit(func(o *unleashedsim.SalesOrder) { o.OrderStatus = unleashedsim.Parked }), mintsoftsim.StatusNew},
			"emptied":                    {edit(func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("0") }), mintsoftsim.StatusNew},
			"moved, with another prefix": {func(w *world.World) { w.Set("general.orders_prefix", "UNL-"); moved(w) }, mintsoftsim.StatusNew},
			"deleted":                    {func(w *world.World) { w.Unleashed.DeleteOrder("SO-1") }, mintsoftsim.StatusCancelled},
			"moved and deleted":          {func(w *world.World) { moved(w); w.Unleashed.DeleteOrder("SO-1") }, mintsoftsim.StatusCancelled},
		} {
			t.Run(lost+", "+name, func(t *testing.T) {
				t.Parallel()
				world.Bubble(t, placed, func(t *testing.T, w *world.World) {
					addOrder(w, "SO-1", nil)
					lose(t, w)
					c.change(w)
					w.Once(t, "main_order_import")
					w.Once(t, "main_order_import")
					require.Len(t, w.Mintsoft.Orders(), 1)
					assert.Equal(t, c.status, w.Mintsoft.Orders()[0].OrderStatusID)
					assert.Empty(t, w.DeadLetters(t))
					if c.status == mintsoftsim.StatusNew {
						assert.Len(t, w.Logged("needs a look", "SO-1", "stands in Mintsoft as order "), 1)
					}
				})
			})
		}
	}
	t.Run("nobody can tell yet", func(t *testing.T) {
		t.Parallel()
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			ref := addOrder(w, "SO-1", nil)
			w.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", CloseAfter: true, Times: 1})
			w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Order/Search", Status: 500, Times: 200})
			w.Once(t, "main_order_import")
			require.Len(t, w.Mintsoft.Orders(), 1)
			moved(w)
			w.Once(t, "main_order_import")
			assert.Empty(t, eventsOf(t, w, ref, "skipped"), "it waits for the search")
			for range 3 {
				w.Once(t, "main_order_import")
			}
			assert.Len(t, w.Logged("needs a look", ref, "stands in Mintsoft as order "), 1)
		})
	})
	t.Run("between two connections", func(t *testing.T) {
		t.Parallel()
		world.Bubble(t, shared(), func(t *testing.T, w *world.World) {
			addOrder(w, "SO-1", nil)
			died(t, w, "PUT", "/api/Order", "main_order_import")
			w.Forget()
			w.Once(t, "shop_order_import")
			assert.Zero(t, w.Mintsoft.Journal.Count("GET", "/api/Order/Search"), "what the other meant is its own")
			moved(w)
			w.Once(t, "main_order_import")
			assert.Len(t, w.Logged("needs a look", "SO-1", "warehouse SHOP is not this connection's, but it stands in Mintsoft as order "), 1)
		})
	})
	for name, c := range map[string]struct {
		flow   flow
		path   string
		change func(*world.World, string)
	}{
		"a purchase order is moved": {purchaseOrderImport, "/api/ASN", func(w *world.World, ref string) {
			w.Unleashed.EditPurchase(ref, func(o *unleashedsim.PurchaseOrder) { o.Warehouse = shop() })
		}},
		"a part of a purchase order is receipted": {purchaseOrderImport, "/api/ASN", func(w *world.World, ref string) {
			w.Unleashed.ReceiptPurchase(ref, map[string]string{"MUG-BLUE": "4"})
		}},
		"a purchase order is receipted": {purchaseOrderImport, "/api/ASN", func(w *world.World, ref string) { w.Unleashed.CompletePurchase(ref) }},
		"a shipment is parked": {shipmentImport, "/api/Order", func(w *world.World, ref string) {
			w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.ShipmentStatus = unleashedsim.Parked })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, c.flow.options(), func(t *testing.T, w *world.World) {
				ref := c.flow.put(t, w, 1)
				died(t, w, "PUT", c.path, "main_"+c.flow.pipeline)
				c.change(w, ref)
				c.flow.run(t, w)
				require.Len(t, c.flow.stands(t, w, ref), 1)
				assert.Len(t, w.Logged("needs a look", ref, "stands in Mintsoft as "), 1)
			})
		})
	}
}
