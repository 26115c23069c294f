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

// orderUpdate is the flow of orders that were imported, and edited in the warehouse
// since.
var orderUpdate = flow{
	pipeline: "order_update", bare: true,
	settings: map[string]any{"general.in_flight_order_update": true},
	source:   "mintsoft", list: "/api/Order/List",
	target: "unleashed", create: call{"PUT", "/SalesOrders/*"}, repeats: true,
	steps: []string{"sales_order.set_lines"},

	add: func(w *world.World, n int) string { return addOrder(w, numbered("SO", n), nil) },
	arrive: func(t *testing.T, w *world.World, ref string) {
		w.Beside(t, "*_order_import")
		setMugs(w, ref, 5)
	},
	// An order that is as it was imported is not delivered.
	stands: func(_ *testing.T, w *world.World, ref string) []string {
		lines := ordered(w, ref)
		if lines[0] == "2 x MUG-BLUE at 10" {
			return nil
		}
		return []string{strings.Join(lines, ", ")}
	},
	delivered: func(string) string { return "5 x MUG-BLUE at 10, total 60" },

	change:  func(w *world.World, ref string) { setMugs(w, ref, 7) },
	changed: func(string) string { return "7 x MUG-BLUE at 10, total 84" },
}

// setMugs edits the only item of an order in the warehouse.
func setMugs(w *world.World, ref string, quantity int) {
	made, _ := w.Mintsoft.OrderByNumber(ref)
	w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-BLUE": quantity})
}

// updating is a world in which the warehouse edits orders.
func updating(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World, id int)) {
	t.Helper()
	all := map[string]any{"general.in_flight_order_update": true}
	for key, value := range settings {
		all[key] = value
	}
	despatching(t, all, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
		w.Once(t, "main_order_update")
		w.Forget()
		test(t, w, id)
	})
}

// update is a run of the flow, and of the import that reads what it wrote.
func update(t *testing.T, w *world.World) world.Rows {
	t.Helper()
	<-time.After(time.Minute)
	rows := w.Once(t, "main_order_update")
	w.Once(t, "main_order_import")
	return rows
}

// ordered is what an order of Unleashed asks for.
func ordered(w *world.World, number string) []string {
	o, _ := w.Unleashed.OrderByNumber(number)
	var lines []string
	for _, l := range o.SalesOrderLines {
		lines = append(lines, fmt.Sprintf("%s x %s at %s", l.OrderQuantity.Decimal, l.Product.ProductCode, l.UnitPrice.Decimal))
	}
	return append(lines, "total "+o.Total.Decimal.String())
}

func TestItemsThatTheWarehouseEdited(t *testing.T) {
	t.Parallel()
	raised := []string{"5 x MUG-BLUE at 6", "2 x MUG-RED at 6", "total 50.4"}
	for name, c := range map[string]struct {
		items    map[string]int
		negative bool
		expected []string
		report   string
	}{
		"nothing":                    {map[string]int{"MUG-BLUE": 3}, false, nil, ""},
		"raised":                     {map[string]int{"MUG-BLUE": 5}, false, raised, ""},
		"lowered":                    {map[string]int{"MUG-BLUE": 1}, false, nil, "allow_negative_adjustments is off"},
		"lowered, as is allowed":     {map[string]int{"MUG-BLUE": 1}, true, []string{"1 x MUG-BLUE at 6", "2 x MUG-RED at 6", "total 21.6"}, ""},
		"removed":                    {map[string]int{"MUG-RED": 0}, false, nil, "SKU MUG-RED was lowered from 2 to 0"},
		"removed, as is allowed":     {map[string]int{"MUG-RED": 0}, true, []string{"3 x MUG-BLUE at 6", "total 21.6"}, ""},
		"one raised and one lowered": {map[string]int{"MUG-BLUE": 5, "MUG-RED": 1}, false, raised, "SKU MUG-RED was lowered from 2 to 1"},
		"an unknown product added":   {map[string]int{"ONLY-HERE": 1}, true, nil, "SKU ONLY-HERE was added in Mintsoft and is no product of Unleashed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			updating(t, map[string]any{"general.allow_negative_adjustments": c.negative}, func(t *testing.T, w *world.World, id int) {
				before := ordered(w, "SO-1")
				w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "ONLY-HERE", Name: "Only here"})
				<-time.After(time.Minute)
				w.Mintsoft.EditItems(id, c.items)
				row := update(t, w).Of("order_update")
				assert.True(t, row.Clean(), "what is held back is no failure: %+v", row)
				if c.expected == nil {
					assert.Equal(t, before, ordered(w, "SO-1"))
					assert.Empty(t, w.Writes("unleashed"))
				} else {
					assert.Equal(t, c.expected, ordered(w, "SO-1"))
				}
				if c.report != "" {
					assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(id))), c.report)
				}
				assert.Empty(t, w.DeadLetters(t))

				// Our own write does not come back as a change, nor is it made again.
				w.Forget()
				<-time.After(time.Hour)
				w.Mintsoft.EditOrder(id, func(*mintsoftsim.Order) {})
				update(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				assert.Empty(t, changesOf(t, w, "SO-1"))
			})
		})
	}
}

// TestEditInTheHourThatAutumnRepeats is dated before the edit that came before it.
func TestEditInTheHourThatAutumnRepeats(t *testing.T) {
	t.Parallel()
	despatching(t, map[string]any{"general.in_flight_order_update": true, "general.frequency": "1m"}, func(t *testing.T, w *world.World) {
		at := func(hour, minute int) {
			<-time.After(time.Until(time.Date(2026, 10, 25, hour, minute, 0, 0, time.UTC)))
		}
		at(0, 20)
		id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
		w.Once(t, "main_order_update")
		running := w.Forever(t, "main_order_update", "main_order_import")
		at(0, 45)
		w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5})
		at(0, 55)
		assert.Equal(t, "5 x MUG-BLUE at 6", ordered(w, "SO-1")[0])
		at(1, 15)
		w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 7})
		at(1, 25)
		assert.Equal(t, "7 x MUG-BLUE at 6", ordered(w, "SO-1")[0])
		running.Stop(t)
	})
}

func TestLineThatTheWarehouseAdded(t *testing.T) {
	t.Parallel()
	updating(t, nil, func(t *testing.T, w *world.World, id int) {
		w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": 4})
		update(t, w)
		product, known := w.Unleashed.Product("BOWL-S")
		require.True(t, known)
		lines := ordered(w, "SO-1")
		require.Len(t, lines, 4)
		assert.Equal(t, fmt.Sprintf("4 x BOWL-S at %s", product.DefaultSellPrice.Decimal), lines[2])
		assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(id))), fmt.Sprint("without a price, and takes the one of Unleashed: ", product.DefaultSellPrice.Decimal))

		w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": 6})
		update(t, w)
		assert.Equal(t, fmt.Sprintf("6 x BOWL-S at %s", product.DefaultSellPrice.Decimal), ordered(w, "SO-1")[2], "it is raised, not added again")
		assert.Len(t, ordered(w, "SO-1"), 4)

		// And it leaves with the order.
		w.Mintsoft.Despatch(id, "TRK-1")
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 3 x MUG-BLUE + 2 x MUG-RED + 6 x BOWL-S TRK-1")
		assert.Empty(t, w.DeadLetters(t))
	})
}

// TestASplitWhileItIsReadIsNoEdit splits an order after a list told of it and before
// its items are read, when what was told and what is read do not fit.
func TestASplitWhileItIsReadIsNoEdit(t *testing.T) {
	t.Parallel()
	for name, parts := range map[string]int{"for the first time": 1, "once more": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			updating(t, map[string]any{"general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World, id int) {
				before := ordered(w, "SO-1")
				path := fmt.Sprintf("/api/Order/%d", id)
				if parts == 2 {
					w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1})
					path = "/api/Order/Search"
				}
				w.Mintsoft.EditOrder(id, func(*mintsoftsim.Order) {})
				split := false
				w.Mintsoft.Faults.Before("GET", path, 1, func() {
					w.Mintsoft.Split(id, map[string]int{"MUG-RED": 2})
					split = true
				})
				update(t, w)
				require.True(t, split, "the moment never came")
				update(t, w)
				assert.Equal(t, before, ordered(w, "SO-1"))
				assert.Empty(t, w.Writes("unleashed"))
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

func TestEditsOfAllPartsCountTogether(t *testing.T) {
	t.Parallel()
	updating(t, map[string]any{"general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World, id int) {
		before := ordered(w, "SO-1")
		part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1})
		update(t, w)
		assert.Equal(t, before, ordered(w, "SO-1"), "a split is no edit")
		w.Mintsoft.EditItems(part, map[string]int{"MUG-BLUE": 4})
		update(t, w)
		assert.Equal(t, "6 x MUG-BLUE at 6", ordered(w, "SO-1")[0])

		w.Mintsoft.Cancel(part)
		update(t, w)
		assert.Equal(t, "6 x MUG-BLUE at 6", ordered(w, "SO-1")[0], "a cancelled part is no edit")
	})
}

func TestEditThatIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do     func(w *world.World, id int)
		reason string
	}{
		"a part has left": {func(w *world.World, id int) {
			w.Mintsoft.Despatch(w.Mintsoft.Split(id, map[string]int{"MUG-RED": 1}), "TRK-1")
		}, "a part of it has left"},
		"the sales order is completed": {func(w *world.World, _ int) { w.Unleashed.CompleteOrder("SO-1") }, "is Completed"},
		"both sides were edited": {func(w *world.World, _ int) {
			w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("4") })
		}, "changed on both sides"},
		"the option is off": {func(w *world.World, _ int) { w.Set("general.in_flight_order_update", false) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			updating(t, nil, func(t *testing.T, w *world.World, id int) {
				c.do(w, id)
				w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5})
				update(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(id))), c.reason)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
	t.Run("Unleashed alone was edited", func(t *testing.T) {
		updating(t, map[string]any{"general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World, id int) {
			w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("4") })
			w.Mintsoft.EditOrder(id, func(*mintsoftsim.Order) {})
			update(t, w)
			assert.Empty(t, w.Writes("unleashed"))
		})
	})
	for sku, quantity := range map[string]int{"MUG-BLUE": 5, "MUG-RED": 0} {
		t.Run(fmt.Sprint("with an empty ledger nobody knows who edited ", sku), func(t *testing.T) {
			updating(t, map[string]any{"general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World, id int) {
				w.LoseLedger(t)
				w.Once(t, "main_order_import", "main_order_update")
				w.Mintsoft.EditItems(id, map[string]int{sku: quantity})
				update(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				assert.NotEmpty(t, w.Logged("needs a look", "it is not known any more what Mintsoft was given of SKU "+sku))
			})
		})
	}
}

func TestEditOfAShipmentsOrder(t *testing.T) {
	t.Parallel()
	settings := map[string]any{
		"general.import_orders": false, "shipment_import.enabled": true, "shipment_import.enable_splitting_post_import": true,
		"general.in_flight_order_update": true, "general.allow_negative_adjustments": true,
	}
	world.Bubble(t, world.Options{Seed: small, Settings: settings}, func(t *testing.T, w *world.World) {
		run := func() {
			<-time.After(time.Minute)
			w.Once(t, "main_order_update")
			w.Once(t, "main_shipment_import")
		}
		run()
		addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
			o.Lines = []unleashedsim.LineSpec{line("MUG-BLUE", "3"), line("MUG-RED", "2")}
		})
		made := w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}, {Line: 2, Quantity: "2"}}})
		run()
		order, exists := w.Mintsoft.OrderByNumber(made.ShipmentNumber)
		require.True(t, exists)

		w.Mintsoft.EditItems(order.ID, map[string]int{"MUG-BLUE": 4, "MUG-RED": 1, "BOWL-S": 1})
		run()
		requireUpstream(t, w, "SO-1", "Placed", "Placed: 4 x MUG-BLUE + 1 x MUG-RED + 1 x BOWL-S")
		assert.Equal(t, "4 x MUG-BLUE at 6", ordered(w, "SO-1")[0], "the order is raised to what its shipment holds")
		assert.Equal(t, "2 x MUG-RED at 6", ordered(w, "SO-1")[1], "what the shipment leaves stays outstanding")
		run()
		assert.Equal(t, "4 x MUG-BLUE + 1 x MUG-RED + 1 x BOWL-S", itemsOf(w, order.ID), "nothing comes back to the warehouse")

		// A later change in Unleashed is followed, and finds the added item.
		<-time.After(time.Hour)
		w.Unleashed.EditShipment(made.ShipmentNumber, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("3") })
		run()
		run()
		assert.Equal(t, "3 x MUG-BLUE + 1 x MUG-RED + 1 x BOWL-S", itemsOf(w, order.ID))
		assert.Empty(t, w.DeadLetters(t))
	})
}
