package scenarios

import (
	"fmt"
	"strings"
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

// TestAnEditOfAShipmentThatBrokeOffIsTakenBack: the process dies after the first item of
// an edit, and the edit is taken back in Unleashed before the next one starts. What the
// warehouse edits itself stays its edit.
func TestAnEditOfAShipmentThatBrokeOffIsTakenBack(t *testing.T) {
	t.Parallel()
	set := func(w *world.World, ref, blue, red string) {
		w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) {
			s.SalesShipmentLines[0].ShipmentQty.Set(blue)
			s.SalesShipmentLines[1].ShipmentQty.Set(red)
		})
	}
	for _, first := range []string{"main_shipment_import", "main_order_update"} {
		for name, test := range map[string]struct {
			arrives    int // how many items
			warehouse  int // has so many of MUG-BLUE then
			back       bool
			later      int // and so many in the end
			items, row string
		}{
			"it is taken back": {arrives: 1, back: true, items: asImported, row: asImported},
			"nothing of it arrived, and it is taken back": {back: true, items: asImported, row: asImported},
			"all of it arrived, and it is taken back":     {arrives: 2, back: true, items: asImported, row: asImported},
			"it stands": {arrives: 1, items: "4 x MUG-BLUE + 5 x MUG-RED", row: "4 x MUG-BLUE + 5 x MUG-RED"},
			"it is taken back, and the warehouse has gone on":   {arrives: 1, warehouse: 6, back: true, items: "6 x MUG-BLUE + 3 x MUG-RED", row: "6 x MUG-BLUE + 3 x MUG-RED"},
			"nothing of it arrived, and the warehouse goes on":  {back: true, later: 4, items: "4 x MUG-BLUE + 3 x MUG-RED", row: "4 x MUG-BLUE + 3 x MUG-RED"},
			"it is taken back, and the warehouse wants it then": {arrives: 1, back: true, later: 4, items: "4 x MUG-BLUE + 3 x MUG-RED", row: "4 x MUG-BLUE + 3 x MUG-RED"},
		} {
			t.Run(first+", "+name, func(t *testing.T) {
				t.Parallel()
				o := following()
				o.Settings["general.in_flight_order_update"], o.Settings["general.allow_negative_adjustments"] = true, true
				world.Bubble(t, o, func(t *testing.T, w *world.World) {
					order := addOrder(w, "SO-3", func(o *unleashedsim.OrderSpec) {
						o.Lines = []unleashedsim.LineSpec{line("MUG-BLUE", "9"), line("MUG-RED", "9")}
					})
					ref := ship(w, order, parts(map[int]string{1: "2", 2: "3"})...)
					w.Once(t, "main_shipment_import")
					w.Once(t, "main_order_update")
					made, _ := w.Mintsoft.OrderByNumber(ref)
					<-time.After(time.Hour)
					set(w, ref, "4", "5")
					var left map[string]string
					w.Mintsoft.Server.Faults.Before("POST", "/api/Order/*/Items/*", max(test.arrives, 1), func() { left = w.LedgerFiles(t) })
					w.Once(t, "main_shipment_import")
					require.NotEmpty(t, left)
					w.Killed(t, left)
					stood := map[int]map[string]int{0: {"MUG-BLUE": 2, "MUG-RED": 3}, 1: {"MUG-RED": 3}, 2: {}}[test.arrives]
					if test.warehouse > 0 {
						stood["MUG-BLUE"] = test.warehouse
					}
					w.Mintsoft.EditItems(made.ID, stood)
					<-time.After(time.Hour)
					if test.back {
						set(w, ref, "2", "3")
					}
					run := func() {
						w.Once(t, first)
						<-time.After(time.Minute)
						for _, stream := range []string{"main_shipment_import", "main_order_update", "main_shipment_import"} {
							w.Once(t, stream)
						}
					}
					run()
					if test.later > 0 {
						<-time.After(time.Hour)
						w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-BLUE": test.later})
						run()
					}
					var rows []string
					for _, l := range w.Unleashed.ShipmentsOf("SO-3")[0].SalesShipmentLines {
						rows = append(rows, fmt.Sprintf("%s x %s", l.ShipmentQty.Decimal, l.Product.ProductCode))
					}
					assert.Equal(t, []string{test.items, test.row}, []string{itemsOf(w, made.ID), strings.Join(rows, " + ")})
					assert.Empty(t, w.DeadLetters(t))
					assert.Empty(t, w.Logged("needs a look"))
				})
			})
		}
	}
}

// TestAnEditThatBrokeOffIsNoNews: what the process wrote to Unleashed when it died does not
// come back as a change, unless a person has changed the order since.
func TestAnEditThatBrokeOffIsNoNews(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path string
		items        map[string]int
		person       func(o *unleashedsim.SalesOrder)
		news         int
	}{
		"of a quantity":          {method: "PUT", path: "/SalesOrders/*", items: map[string]int{"MUG-BLUE": 5}},
		"of a line that went":    {method: "DELETE", path: "/SalesOrders/Lines/*", items: map[string]int{"MUG-RED": 0}},
		"and a person goes on":   {method: "PUT", path: "/SalesOrders/*", items: map[string]int{"MUG-BLUE": 5}, person: edit(1, "3"), news: 1},
		"of both, and it is one": {method: "DELETE", path: "/SalesOrders/Lines/*", items: map[string]int{"MUG-BLUE": 5, "MUG-RED": 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			updating(t, raisedAndLowered, func(t *testing.T, w *world.World, id int) {
				var left map[string]string
				w.Unleashed.Server.Faults.Before(test.method, test.path, 1, func() { left = w.LedgerFiles(t) })
				w.Mintsoft.EditItems(id, test.items)
				w.Once(t, "main_order_update")
				require.NotEmpty(t, left)
				w.Killed(t, left)
				<-time.After(time.Hour)
				if test.person != nil {
					w.Unleashed.EditOrder("SO-1", test.person)
				}
				w.Once(t, "main_order_import", "main_order_update")
				w.Once(t, "main_order_import", "main_order_update")
				assert.Len(t, changesOf(t, w, "SO-1"), test.news)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

// TestARequestThatArrivesAfterTheNextStart: what a process sent before it died is waited
// for, and what is read before it arrives is read again, so that nothing is made twice.
func TestARequestThatArrivesAfterTheNextStart(t *testing.T) {
	t.Parallel()
	for _, k := range []killing{
		{
			name: "of an ASN", streams: []string{"purchase_order_import"}, settings: purchaseOrderImport.settings,
			before: func(_ *testing.T, w *world.World) {
				addPurchase(w, "PO-1", nil)
				addPurchase(w, "PO-2", nil) // for which the ASNs are read while the first is waited for
			},
		},
		{
			name: "of an item", streams: []string{"shipment_import"}, settings: followed, may: "main_shipment_import SS-",
			before: func(t *testing.T, w *world.World) {
				changed, _ := imported(t, w)
				reship(w, changed)
			},
		},
		{
			name: "of an item that is taken back", streams: []string{"shipment_import"}, settings: followed, may: "main_shipment_import SS-",
			before: func(t *testing.T, w *world.World) {
				changed, _ := imported(t, w)
				w.Unleashed.EditShipment(changed, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("3") })
			},
			meanwhile: func(_ *testing.T, w *world.World) {
				w.Unleashed.EditShipment(w.Unleashed.ShipmentsOf("SO-3")[0].ShipmentNumber, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("2") })
			},
		},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			undisturbed := k.play(t, kill{})
			for request := range undisturbed.calls {
				late := k.play(t, kill{Blow: world.Blow{Request: request + 1, Late: 5 * time.Second}})
				assert.Empty(t, differences(undisturbed, late, k.may), "request %d", request+1)
			}
		})
	}
}

// TestWhatAPersonChangesRightAfterUsIsNews: the version of our own edit is known by then.
func TestWhatAPersonChangesRightAfterUsIsNews(t *testing.T) {
	t.Parallel()
	updating(t, raisedAndLowered, func(t *testing.T, w *world.World, id int) {
		w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5})
		w.Once(t, "main_order_update")
		<-time.After(3 * time.Second)
		w.Unleashed.EditOrder("SO-1", edit(1, "3"))
		w.Once(t, "main_order_import")
		assert.Len(t, changesOf(t, w, "SO-1"), 1)
	})
}
