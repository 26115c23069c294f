package scenarios

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// What a person did in Unleashed stays when an edit of another line is carried
// there, and at each change of the order after that.
func TestEditsOfBothSidesOnDifferentLines(t *testing.T) {
	t.Parallel()
	updating(t, nil, func(t *testing.T, w *world.World, id int) {
		<-time.After(time.Hour)
		w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[1].OrderQuantity.Set("1") })
		w.Once(t, "main_order_import")
		w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5})
		update(t, w)
		stands := []string{"5 x MUG-BLUE at 6", "1 x MUG-RED at 6", "total 43.2"}
		assert.Equal(t, stands, ordered(w, "SO-1"))

		<-time.After(time.Hour)
		w.Once(t, "main_order_import")
		w.Mintsoft.EditOrder(id, func(*mintsoftsim.Order) {})
		update(t, w)
		assert.Equal(t, stands, ordered(w, "SO-1"))
		assert.Equal(t, "5 x MUG-BLUE + 2 x MUG-RED", itemsOf(w, id))
		assert.Empty(t, w.Logged("needs a look"))
	})
}

// A line that both sides have changed is reported until a person has brought them
// in line; edits after that are carried again.
func TestEditsAfterAConflictIsSettled(t *testing.T) {
	t.Parallel()
	updating(t, nil, func(t *testing.T, w *world.World, id int) {
		setInUnleashed := func(quantity string) {
			<-time.After(time.Hour)
			w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set(quantity) })
			w.Once(t, "main_order_import")
		}
		edit := func(quantity int) {
			<-time.After(time.Hour)
			w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": quantity})
			update(t, w)
		}
		setInUnleashed("4")
		edit(5)
		assert.NotEmpty(t, w.Logged("needs a look", "SKU MUG-BLUE was changed on both sides: Mintsoft has 5, Unleashed 4"))
		assert.Equal(t, "4 x MUG-BLUE at 6", ordered(w, "SO-1")[0])

		setInUnleashed("5")
		w.Mintsoft.EditOrder(id, func(*mintsoftsim.Order) {})
		update(t, w)
		edit(7)
		assert.Equal(t, "7 x MUG-BLUE at 6", ordered(w, "SO-1")[0])
	})
}

// Shipments that are followed, and edits of the warehouse that are carried back.
func TestEditsOfAShipmentAndItsOrder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lowers    bool
		warehouse map[string]int
		person    string // quantity of MUG-RED in the shipment
		items     string
		shipped   string
		looks     bool
	}{
		"a line that is held back is not put back by the echo of the other": {
			warehouse: map[string]int{"MUG-BLUE": 3, "MUG-RED": 1}, items: "3 x MUG-BLUE + 1 x MUG-RED", shipped: "3 + 2", looks: true,
		},
		"each side changes a line": {
			lowers: true, warehouse: map[string]int{"MUG-BLUE": 3}, person: "1", items: "3 x MUG-BLUE + 1 x MUG-RED", shipped: "3 + 1",
		},
		"both change the same line": {
			lowers: true, warehouse: map[string]int{"MUG-RED": 1}, person: "4", items: "2 x MUG-BLUE + 1 x MUG-RED", shipped: "2 + 4", looks: true,
		},
		"both change the same line alike": {
			lowers: true, warehouse: map[string]int{"MUG-RED": 1}, person: "1", items: "2 x MUG-BLUE + 1 x MUG-RED", shipped: "2 + 1",
		},
		"the warehouse takes a line away": {
			lowers: true, warehouse: map[string]int{"MUG-RED": 0}, items: "2 x MUG-BLUE", shipped: "2",
		},
	} {
		for order, streams := range map[string][]string{
			"imports first": {"main_shipment_import", "main_order_update"},
			"updates first": {"main_order_update", "main_shipment_import"},
		} {
			t.Run(name+", "+order, func(t *testing.T) {
				t.Parallel()
				world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{
					"general.import_orders": false, "shipment_import.enabled": true, "shipment_import.enable_splitting_post_import": true,
					"general.in_flight_order_update": true, "general.allow_negative_adjustments": test.lowers,
				}}, func(t *testing.T, w *world.World) {
					run := func() {
						<-time.After(time.Minute)
						for _, stream := range streams {
							w.Once(t, stream)
						}
					}
					run()
					addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
						o.Lines = []unleashedsim.LineSpec{line("MUG-BLUE", "3"), line("MUG-RED", "5")}
					})
					ref := w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}, {Line: 2, Quantity: "2"}}}).ShipmentNumber
					run()
					made, exists := w.Mintsoft.OrderByNumber(ref)
					require.True(t, exists)

					<-time.After(time.Hour)
					w.Mintsoft.EditItems(made.ID, test.warehouse)
					if test.person != "" {
						w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[1].ShipmentQty.Set(test.person) })
					}
					for range 3 {
						run()
						assert.Equal(t, test.items, itemsOf(w, made.ID))
					}
					shipment := w.Unleashed.ShipmentsOf("SO-1")[0]
					shipped := ""
					for _, l := range shipment.SalesShipmentLines {
						if shipped != "" {
							shipped += " + "
						}
						shipped += l.ShipmentQty.Decimal.String()
					}
					assert.Equal(t, test.shipped, shipped)
					assert.Equal(t, test.looks, len(w.Logged("needs a look"))+len(w.DeadLetters(t)) > 0)
				})
			})
		}
	}
}

// A bundle that was ordered and is shown as its components is no edit.
func TestBundlesAreNoEdits(t *testing.T) {
	t.Parallel()
	for _, shown := range []string{mintsoftsim.BundleLine, mintsoftsim.BundleBoth, mintsoftsim.BundleComponents} {
		t.Run(shown, func(t *testing.T) {
			t.Parallel()
			despatching(t, map[string]any{"general.in_flight_order_update": true, "general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = shown })
				w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "GIFTSET", Name: "Gift set"}, map[string]int{"MUG-BLUE": 2, "BOX-S": 1})
				<-time.After(time.Minute)
				addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
					o.Lines = []unleashedsim.LineSpec{{SKU: "GIFTSET", Quantity: "2", Price: "20"}}
				})
				w.Once(t, "main_order_import")
				made, exists := w.Mintsoft.OrderByNumber("SO-1")
				require.True(t, exists)
				for range 2 {
					<-time.After(time.Hour)
					w.Mintsoft.EditOrder(made.ID, func(*mintsoftsim.Order) {})
					update(t, w)
					assert.Equal(t, []string{"2 x GIFTSET at 20", "total 48"}, ordered(w, "SO-1"))
				}
				assert.Empty(t, w.Logged("needs a look"))

				w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-RED": 3})
				update(t, w)
				assert.Contains(t, ordered(w, "SO-1"), "2 x GIFTSET at 20")
				assert.Len(t, ordered(w, "SO-1"), 3, "a line for the mugs that were added")
			})
		})
	}
}

// Rows of a shipment whose quantity the warehouse changes.
func TestEditsOfRowsOfAShipment(t *testing.T) {
	t.Parallel()
	lots := []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "3", Batches: map[string]string{"A2409": "3"}}, {Line: 2, Quantity: "2"}}
	for name, test := range map[string]struct {
		tracking bool
		rows     []unleashedsim.ShipmentLineSpec
		edit     map[string]int
		want     string
		looks    bool
	}{
		"one with batches loses them":       {true, lots, map[string]int{"TEA-ASSAM": 4, "MUG-BLUE": 3}, "Placed: 4 x TEA-ASSAM + 3 x MUG-BLUE", false},
		"it is told where nobody gives new": {false, lots, map[string]int{"TEA-ASSAM": 4}, "Placed: 4 x TEA-ASSAM + 2 x MUG-BLUE", true},
		"one that stays keeps them":         {false, lots, map[string]int{"MUG-BLUE": 3}, "Placed: 3 x TEA-ASSAM [3 x A2409] + 3 x MUG-BLUE", false},
		"one of two for a line of the order, which a person has put in another order": {
			false, []unleashedsim.ShipmentLineSpec{{Line: 2, Quantity: "1"}, {Line: 2, Quantity: "3"}}, map[string]int{"MUG-BLUE": 2}, "Placed: 3 x MUG-BLUE + 2 x MUG-BLUE", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{
				"general.import_orders": false, "shipment_import.enabled": true, "general.enable_serial_batch_tracking": test.tracking, "general.in_flight_order_update": true,
			}}, func(t *testing.T, w *world.World) {
				stock(w, "TEA-ASSAM", mintsoftsim.Lot{BatchNo: "A2409"}, 20)
				w.Once(t, "main_shipment_import", "main_order_update")
				addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
					o.Lines = []unleashedsim.LineSpec{line("TEA-ASSAM", "5"), line("MUG-BLUE", "5")}
				})
				number := ship(w, "SO-1", test.rows...)
				w.Once(t, "main_shipment_import")
				made, exists := w.Mintsoft.OrderByNumber(number)
				require.True(t, exists)
				if test.rows[0].Line == test.rows[1].Line {
					w.Unleashed.EditShipment(number, func(s *unleashedsim.SalesShipment) { slices.Reverse(s.SalesShipmentLines) })
				}
				<-time.After(time.Minute)
				w.Mintsoft.EditItems(made.ID, test.edit)
				<-time.After(time.Minute)
				w.Once(t, "main_order_update")
				requireUpstream(t, w, "SO-1", "Placed", test.want)
				assert.Empty(t, w.DeadLetters(t))
				assert.Equal(t, test.looks, len(w.Logged("needs a look", "the batches or serial numbers of SKU TEA-ASSAM")) > 0)
				assert.Equal(t, []string{"5 x TEA-ASSAM at 6", "5 x MUG-BLUE at 6"}, ordered(w, "SO-1")[:2])
			})
		})
	}
}

// TestGoodsThatTheWarehouseAddsAndTheOrderHasElsewhere may be those, sent sooner, or
// more of them: they are not charged a second time.
func TestGoodsThatTheWarehouseAddsAndTheOrderHasElsewhere(t *testing.T) {
	t.Parallel()
	shipping(t, map[string]any{"general.in_flight_order_update": true}, func(t *testing.T, w *world.World) {
		w.Once(t, "main_order_update")
		number, id := shippable(t, w, map[int]string{1: "2"})
		before := ordered(w, "SO-1")
		<-time.After(time.Minute)
		w.Mintsoft.EditItems(id, map[string]int{"MUG-RED": 1})
		<-time.After(time.Minute)
		w.Once(t, "main_order_update")
		assert.Equal(t, before, ordered(w, "SO-1"))
		assert.NotEmpty(t, w.Logged("needs a look", "SKU MUG-RED was added in Mintsoft", "not in shipment "+number))
	})
}
