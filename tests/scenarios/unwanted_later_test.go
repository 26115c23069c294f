package scenarios

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// shop is the other warehouse.
func shop() *unleashedsim.Warehouse { return &unleashedsim.Warehouse{WarehouseCode: "SHOP"} }

// depot is one that no connection knows.
func depot() *unleashedsim.Warehouse { return &unleashedsim.Warehouse{WarehouseCode: "DEPOT"} }

// TestUnwantedAfterItsImport: what stands in Mintsoft would be sent although Unleashed
// does not want it any more, or has changed it where nobody looks.
func TestUnwantedAfterItsImport(t *testing.T) {
	t.Parallel()
	placed := map[string]any{"general.order_status_to_import": []any{"Placed"}}
	custom := map[string]any{"general.custom_order_status_to_import": []any{"Ready"}}
	ready := func(w *world.World) string {
		w.Unleashed.AddCustomStatus("Ready")
		w.Unleashed.AddCustomStatus("On hold")
		ref := orderImport.add(w, 1)
		w.Unleashed.SetStatus(ref, "Ready")
		return ref
	}
	wanted := func(w *world.World) string { return orderImport.add(w, 1) }
	withService := func(w *world.World) string {
		addProduct(w, "SERVICE", func(p *unleashedsim.Product) { p.NeverDiminishing = true })
		return addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
			o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "SERVICE", Price: "6"})
		})
	}
	edit := func(change func(*unleashedsim.SalesOrder)) func(*world.World, string) {
		return func(w *world.World, ref string) { w.Unleashed.EditOrder(ref, change) }
	}
	reship := func(change func(*unleashedsim.SalesShipment)) func(*world.World, string) {
		return func(w *world.World, ref string) { w.Unleashed.EditShipment(ref, change) }
	}
	repurchase := func(change func(*unleashedsim.PurchaseOrder)) func(*world.World, string) {
		return func(w *world.World, ref string) { w.Unleashed.EditPurchase(ref, change) }
	}
	retransfer := func(change func(*unleashedsim.Transfer)) func(*world.World, string) {
		return func(w *world.World, ref string) {
			w.Unleashed.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: "DEPOT"})
			w.Unleashed.EditTransfer(ref, change)
		}
	}
	for name, c := range map[string]struct {
		flow     flow
		settings map[string]any
		add      func(*world.World) string
		change   func(*world.World, string)
		words    string
	}{
		"an order was moved": {orderImport, nil, wanted, edit(func(o *unleashedsim.SalesOrder) { o.Warehouse = shop() }), "warehouse SHOP is not this connection's, but it stands in Mintsoft as order "},
		"an order was moved and completed": {orderImport, nil, wanted, func(w *world.World, ref string) {
			edit(func(o *unleashedsim.SalesOrder) { o.Warehouse = shop() })(w, ref)
			w.Unleashed.CompleteOrder(ref)
		}, "warehouse SHOP is not this connection's, but it stands in Mintsoft as order "},
		"an order was parked, with another quantity": {orderImport, placed, wanted, edit(func(o *unleashedsim.SalesOrder) {
			o.OrderStatus = unleashedsim.Parked
			o.SalesOrderLines[0].OrderQuantity.Set("9")
		}), "status Parked is not imported, but it stands in Mintsoft as order "},
		"an order is held by its custom status": {orderImport, custom, ready, func(w *world.World, ref string) { w.Unleashed.SetStatus(ref, "On hold") },
			"custom status On hold is not imported, but it stands in Mintsoft as order "},
		"an order was emptied": {orderImport, nil, wanted, edit(func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("0") }),
			"it orders nothing, but it stands in Mintsoft as order "},
		"an order was emptied of its goods": {orderImport, nil, withService, edit(func(o *unleashedsim.SalesOrder) { o.SalesOrderLines = o.SalesOrderLines[1:] }),
			"no line has stock to pick, but it stands in Mintsoft as order "},
		"a shipment was moved": {shipmentImport, nil, nil, func(w *world.World, ref string) {
			edit(func(o *unleashedsim.SalesOrder) { o.Warehouse = shop() })(w, numbered("SO", 1))
			reship(func(*unleashedsim.SalesShipment) {})(w, ref) // it shows its order as that is now
		},
			"warehouse SHOP is not this connection's, but it stands in Mintsoft as order "},
		"a shipment was moved and dispatched": {shipmentImport, nil, nil, func(w *world.World, ref string) {
			edit(func(o *unleashedsim.SalesOrder) { o.Warehouse = shop() })(w, numbered("SO", 1))
			reship(func(s *unleashedsim.SalesShipment) { s.ShipmentStatus = "Dispatched" })(w, ref)
		},
			"warehouse SHOP is not this connection's, but it stands in Mintsoft as order "},
		"a shipment was parked": {shipmentImport, nil, nil, reship(func(s *unleashedsim.SalesShipment) { s.ShipmentStatus = unleashedsim.Parked }),
			"status Parked is not imported, but it stands in Mintsoft as order "},
		"a shipment was emptied of its goods": {shipmentImport, nil, func(w *world.World) string {
			return ship(w, withService(w), parts(map[int]string{1: "2", 2: "1"})...)
		}, reship(func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines = s.SalesShipmentLines[1:] }),
			"no line has stock to pick, but it stands in Mintsoft as order "},
		"a purchase order was moved": {purchaseOrderImport, nil, nil, repurchase(func(o *unleashedsim.PurchaseOrder) { o.Warehouse = shop() }),
			"warehouse SHOP is not this connection's, but it stands in Mintsoft as ASN "},
		"a purchase order was moved and receipted": {purchaseOrderImport, nil, nil, func(w *world.World, ref string) {
			repurchase(func(o *unleashedsim.PurchaseOrder) { o.Warehouse = shop() })(w, ref)
			w.Unleashed.CompletePurchase(ref)
		}, "warehouse SHOP is not this connection's, but it stands in Mintsoft as ASN "},
		"a transfer to pick was moved": {transferOrder, nil, nil, retransfer(func(r *unleashedsim.Transfer) { r.SourceWarehouse, r.DestinationWarehouse = shop(), depot() }),
			"from SHOP to DEPOT: no half of it is imported here, but it stands in Mintsoft as order "},
		"a transfer to receive was moved and completed": {transferASN, nil, nil, func(w *world.World, ref string) {
			retransfer(func(r *unleashedsim.Transfer) {
				r.SourceWarehouse, r.DestinationWarehouse = &unleashedsim.Warehouse{WarehouseCode: "MAIN"}, depot()
			})(w, ref)
			w.Unleashed.CompleteTransfer(ref)
		}, "from MAIN to DEPOT: no half of it is imported here, but it stands in Mintsoft as ASN "},
		"a purchase order was emptied": {purchaseOrderImport, nil, nil, repurchase(func(o *unleashedsim.PurchaseOrder) { o.PurchaseOrderLines[0].OrderQuantity.Set("0") }),
			"nothing is outstanding, but it stands in Mintsoft as ASN "},
		"a purchase order was parked": {purchaseOrderImport, nil, nil, repurchase(func(o *unleashedsim.PurchaseOrder) { o.OrderStatus = unleashedsim.Parked }),
			"status Parked is not imported, but it stands in Mintsoft as ASN "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := c.flow.options()
			for key, value := range c.settings {
				options.Settings = with(options.Settings, key, value)
			}
			world.Bubble(t, options, func(t *testing.T, w *world.World) {
				add := c.add
				if add == nil {
					add = func(w *world.World) string { return c.flow.put(t, w, 1) }
				}
				ref := add(w)
				c.flow.run(t, w)
				before := c.flow.stands(t, w, ref)
				require.Len(t, before, 1)
				c.change(w, ref)
				w.Forget()
				row := c.flow.run(t, w).Of(c.flow.pipeline)
				assert.True(t, row.Clean(), "%+v", row)
				assert.EqualValues(t, 1, row.Skipped)
				assert.Empty(t, w.Writes("mintsoft"))
				assert.Equal(t, before, c.flow.stands(t, w, ref))
				assert.Len(t, w.Logged("needs a look", ref, c.words), 1)

				w.Forget()
				assert.Zero(t, c.flow.run(t, w).Of(c.flow.pipeline).Read)
				assert.Empty(t, w.Writes("mintsoft"))
				assert.Len(t, w.Logged("needs a look", ref, c.words), 1, "once is enough")
			})
		})
	}
	t.Run("what has left, or was completed, is no news", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small, Settings: placed}, func(t *testing.T, w *world.World) {
			left, done := orderImport.add(w, 1), orderImport.add(w, 2)
			orderImport.run(t, w)
			o, _ := w.Mintsoft.OrderByNumber(left)
			w.Mintsoft.Despatch(o.ID, "T-1")
			edit(func(o *unleashedsim.SalesOrder) { o.OrderStatus = unleashedsim.Parked })(w, left)
			w.Unleashed.CompleteOrder(done)
			orderImport.run(t, w)
			assert.Empty(t, w.Logged("needs a look"))
		})
	})
}

// TestUnwantedAfterItWasSplit: the first part, to which the record is linked, says nothing
// of the others.
func TestUnwantedAfterItWasSplit(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(w *world.World, id int){
		"the first part has left":     func(w *world.World, id int) { w.Mintsoft.Despatch(id, "T-1") },
		"the first part is cancelled": func(w *world.World, id int) { w.Mintsoft.Cancel(id) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
				w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1})
				first(w, id)
				w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.Warehouse = shop() })
				w.Once(t, "main_order_import")
				assert.Len(t, w.Logged("needs a look", "SO-1", fmt.Sprintf("stands in Mintsoft as order %d (SO-1, status ", id), ", one of 2 parts): decide there"), 1)
			})
		})
	}
}

// TestDeletedAfterItWasMoved wants the order cancelled where it was imported.
func TestDeletedAfterItWasMoved(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		ref := orderImport.add(w, 1)
		never := addOrder(w, "SO-SHOP", func(o *unleashedsim.OrderSpec) { o.Warehouse = "SHOP" })
		orderImport.run(t, w)
		w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.Warehouse = shop() })
		w.Unleashed.DeleteOrder(ref)
		w.Unleashed.DeleteOrder(never)
		w.Forget()
		row := orderImport.run(t, w).Of("order_import")
		assert.EqualValues(t, 1, row.Updated)
		assert.Equal(t, []string{orderImport.removed(ref)}, orderImport.stands(t, w, ref))
		assert.Equal(t, []string{"warehouse SHOP is not this connection's"}, eventsOf(t, w, never, "skipped")[1:])
		assert.Zero(t, w.Mintsoft.Journal.Count("GET", "/api/Order/Search"), "what is elsewhere is known by its link alone")
	})
}

// TestMovedBetweenConnections: both read the orders of all warehouses, and each speaks of
// its own only.
func TestMovedBetweenConnections(t *testing.T) {
	t.Parallel()
	world.Bubble(t, shared(), func(t *testing.T, w *world.World) {
		moved := orderImport.add(w, 1)
		there := addOrder(w, "SO-SHOP", func(o *unleashedsim.OrderSpec) { o.Warehouse = "SHOP" })
		w.Once(t)
		w.Unleashed.EditOrder(there, func(o *unleashedsim.SalesOrder) { o.OrderStatus = unleashedsim.Backordered })
		w.Unleashed.EditOrder(moved, func(o *unleashedsim.SalesOrder) { o.Warehouse = shop() })
		w.Forget()
		rows := w.Once(t, "*_order_import")
		assert.EqualValues(t, 2, rows.Of("main_order_import").Skipped)
		assert.EqualValues(t, 2, rows.Of("shop_order_import").Skipped)
		assert.Empty(t, w.Writes("mintsoft"))
		o, _ := w.Mintsoft.OrderByNumber(moved)
		assert.Len(t, w.Logged("needs a look", moved, fmt.Sprintf("stands in Mintsoft as order %d (%s, status %d): decide there", o.ID, moved, mintsoftsim.StatusNew)), 1)
		assert.Empty(t, w.Logged("needs a look", there))
		assert.Equal(t, 1, w.Mintsoft.Journal.Count("GET", fmt.Sprintf("/api/Order/%d", o.ID)))
	})
}

// TestWrongAfterItsImport: what stands in Mintsoft is named, and the correction closes the
// dead letter by itself.
func TestWrongAfterItsImport(t *testing.T) {
	t.Parallel()
	for _, f := range []flow{orderImport, purchaseOrderImport} {
		t.Run(f.pipeline, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
				ref, quantity := f.put(t, w, 1), "2"
				set := func(to string) {
					if f.pipeline == "order_import" {
						w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set(to) })
						return
					}
					quantity = "10"
					w.Unleashed.EditPurchase(ref, func(o *unleashedsim.PurchaseOrder) { o.PurchaseOrderLines[0].OrderQuantity.Set(to) })
				}
				f.run(t, w)
				set("2.5")
				f.run(t, w)
				assert.Regexp(t, `correct it in Unleashed; it was sent before as (order|ASN) \d+$`, letterOf(t, w, ref).Reason)
				set(quantity)
				w.Forget()
				f.run(t, w)
				assert.Empty(t, w.DeadLetters(t))
				assert.Empty(t, w.Writes("mintsoft"))
				f.requireDelivered(t, w, ref)
			})
		})
	}
}
