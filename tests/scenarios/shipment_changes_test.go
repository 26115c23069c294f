package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// reship changes a shipment of two lines: more of the first, none of the second, and
// the third, which it did not have.
func reship(w *world.World, shipment string) {
	w.Unleashed.EditShipment(shipment, func(s *unleashedsim.SalesShipment) {
		s.SalesShipmentLines = append(s.SalesShipmentLines[:1], unleashedsim.SalesShipmentLine{
			SalesOrderLineNumber: 3, Product: &unleashedsim.ProductBrief{ProductCode: "PLATE-26"}, ShipmentQty: unleashedsim.Number("1"),
		})
		s.SalesShipmentLines[0].ShipmentQty.Set("4")
	})
}

// following are the options of a world that follows its shipments.
func following() world.Options {
	o := shipmentImport.options()
	o.Settings = map[string]any{"general.import_orders": false, "shipment_import.enabled": true, "shipment_import.enable_splitting_post_import": true}
	return o
}

// imported is a shipment of two lines that was imported, and its order in Mintsoft.
func imported(t *testing.T, w *world.World) (shipment string, order mintsoftsim.Order) {
	t.Helper()
	shipment = ship(w, three(w, "SO-3"), parts(map[int]string{1: "2", 2: "3"})...)
	shipmentImport.run(t, w)
	order, exists := w.Mintsoft.OrderByNumber(shipment)
	require.True(t, exists)
	require.Equal(t, "2 x MUG-BLUE + 3 x MUG-RED", itemsOf(w, order.ID))
	return shipment, order
}

// itemsOf are the items of an order in words.
func itemsOf(w *world.World, id int) string {
	o, _ := w.Mintsoft.Order(id)
	var items []string
	for _, it := range o.OrderItems {
		items = append(items, fmt.Sprintf("%d x %s", it.Quantity, it.SKU))
	}
	return strings.Join(items, " + ")
}

// changesOf are the changes of a record that were recorded and not sent.
func changesOf(t *testing.T, w *world.World, ref string) (changed []ledger.Event) {
	t.Helper()
	for _, e := range w.Events(t, ref) {
		if e.Kind == "changed" {
			changed = append(changed, e)
		}
	}
	return changed
}

const (
	asImported  = "2 x MUG-BLUE + 3 x MUG-RED"
	asReshipped = "4 x MUG-BLUE + 1 x PLATE-26"
)

func TestShipmentThatChangesAfterItsImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		do      func(w *world.World, id int)
		follows bool
	}{
		"nobody touched it":     {func(*world.World, int) {}, true},
		"it is on hold":         {func(w *world.World, id int) { w.Mintsoft.SetOrderStatus(id, mintsoftsim.StatusHolding) }, true},
		"it waits for stock":    {func(w *world.World, id int) { w.Mintsoft.SetOrderStatus(id, mintsoftsim.StatusOnBackOrder) }, true},
		"it waits for a person": {func(w *world.World, id int) { w.Mintsoft.Hold(id, mintsoftsim.StatusAwaitingConfirmation) }, false},
		"it is printed":         {func(w *world.World, id int) { w.Mintsoft.Print(id) }, false},
		"it is picked":          {func(w *world.World, id int) { w.Mintsoft.Pick(id) }, false},
		"it has left":           {func(w *world.World, id int) { w.Mintsoft.Despatch(id, "TRACK-1") }, false},
		"it is cancelled":       {func(w *world.World, id int) { w.Mintsoft.Cancel(id) }, false},
		"it has an odd status":  {func(w *world.World, id int) { w.Mintsoft.SetOrderStatus(id, 77) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, following(), func(t *testing.T, w *world.World) {
				ref, made := imported(t, w)
				test.do(w, made.ID)
				reship(w, ref)
				w.Forget()
				row := shipmentImport.run(t, w).Of("shipment_import")
				assert.True(t, row.Clean(), "%+v", row)

				if test.follows {
					assert.EqualValues(t, 1, row.Updated)
					assert.Equal(t, asReshipped, itemsOf(w, made.ID))
					assert.Len(t, w.Writes("mintsoft"), 3, "one for each line")
				} else {
					assert.Equal(t, asImported, itemsOf(w, made.ID))
					assert.Empty(t, w.Writes("mintsoft"))
					assert.NotEmpty(t, w.Logged("needs a look", ref, "changing MUG-BLUE from 2 to 4; adding 1 x PLATE-26; removing 3 x MUG-RED", "decide there"), "what could not be changed is said")
					events := w.Events(t, ref)
					assert.Contains(t, events[len(events)-1].Summary, "changing MUG-BLUE from 2 to 4")
				}
				require.Len(t, w.Mintsoft.Orders(), 1)

				// Nothing is left to do.
				w.Forget()
				shipmentImport.full(t, w)
				shipmentImport.run(t, w)
				assert.Empty(t, w.Writes("mintsoft"))
			})
		})
	}
	t.Run("when shipments are not followed it is recorded with what differs", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) {
				s.SalesShipmentLines = s.SalesShipmentLines[:1]
				s.SalesShipmentLines[0].ShipmentQty.Set("4")
			})
			w.Forget()
			row := shipmentImport.run(t, w).Of("shipment_import")
			assert.EqualValues(t, 1, row.Skipped)
			assert.Empty(t, w.Writes("mintsoft"))
			assert.Equal(t, asImported, itemsOf(w, made.ID))
			changed := changesOf(t, w, ref)
			require.Len(t, changed, 1)
			assert.Contains(t, changed[0].Summary, "OrderItems[0].Quantity 2 → 4")
			assert.Contains(t, changed[0].Summary, `OrderItems[1].SKU "MUG-RED" → (none)`)
		})
	})
	t.Run("what changes besides its items is recorded, also after they followed", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			reship(w, ref)
			shipmentImport.run(t, w)
			require.Equal(t, asReshipped, itemsOf(w, made.ID))
			sendTo(w, ref, "York", "United Kingdom")
			w.Forget()
			shipmentImport.run(t, w)
			assert.Empty(t, w.Writes("mintsoft"))
			changed := changesOf(t, w, ref)
			require.Len(t, changed, 1)
			assert.Contains(t, changed[0].Summary, `Town "Whitby" → "York"`)
			assert.NotContains(t, changed[0].Summary, "FirstName", "what is the same is not said")
		})
	})
	t.Run("what a person added in Mintsoft stays", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			w.Mintsoft.EditItems(made.ID, map[string]int{"SOAP-BAR": 1})
			reship(w, ref)
			shipmentImport.run(t, w)
			assert.Equal(t, "4 x MUG-BLUE + 1 x SOAP-BAR + 1 x PLATE-26", itemsOf(w, made.ID))
		})
	})
	t.Run("when nothing of it is left a person decides", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			addProduct(w, "SERVICE", func(p *unleashedsim.Product) { p.NeverDiminishing = true })
			order := addOrder(w, "SO-S", func(o *unleashedsim.OrderSpec) { o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "SERVICE"}) })
			ref := ship(w, order, parts(map[int]string{1: "2", 2: "1"})...)
			shipmentImport.run(t, w)
			w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines = s.SalesShipmentLines[1:] })
			w.Forget()
			shipmentImport.run(t, w)
			assert.Empty(t, w.Writes("mintsoft"))
			assert.NotEmpty(t, w.Logged("needs a look", ref, "nothing of it is to be picked any more"))
		})
	})
	t.Run("what changes besides the items of a split order is recorded", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			w.Mintsoft.Split(made.ID, map[string]int{"MUG-BLUE": 1})
			sendTo(w, ref, "York", "United Kingdom")
			shipmentImport.run(t, w)
			assert.Empty(t, w.Logged("needs a look", ref))
			assert.Len(t, changesOf(t, w, ref), 1)
		})
	})
	for name, do := range map[string]func(w *world.World, id int, other string){
		"merged": func(w *world.World, id int, other string) {
			o, _ := w.Mintsoft.OrderByNumber(other)
			w.Mintsoft.Merge(id, o.ID)
		},
		"split": func(w *world.World, id int, _ string) { w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1}) },
	} {
		t.Run("a "+name+" order is left alone, and the change is reported", func(t *testing.T) {
			world.Bubble(t, following(), func(t *testing.T, w *world.World) {
				other := shipmentImport.add(w, 1)
				ref, made := imported(t, w)
				do(w, made.ID, other)
				stood := itemsOf(w, made.ID)
				reship(w, ref)
				w.Forget()
				row := shipmentImport.run(t, w).Of("shipment_import")
				assert.True(t, row.Clean(), "%+v", row)
				assert.Empty(t, w.Writes("mintsoft"))
				assert.Equal(t, stood, itemsOf(w, made.ID))
				assert.NotEmpty(t, w.Logged("needs a look", ref, "it changed, but Mintsoft has "+name, "MUG-BLUE is 2 there, now 4; PLATE-26 is 0 there, now 1; MUG-RED is 3 there, now 0", "decide there"))
			})
		})
	}
}

// TestSplitOrderOfAShipmentThatDidNotChange has nothing to report of what the warehouse
// did, or shows in another way.
func TestSplitOrderOfAShipmentThatDidNotChange(t *testing.T) {
	t.Parallel()
	for _, shown := range bundlesShown {
		t.Run("a bundle is shown as "+shown, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, following(), func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = shown })
				w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "GIFTSET", Name: "Gift set"}, map[string]int{"BOWL-S": 2, "BOX-S": 1})
				order := addOrder(w, "SO-3", func(o *unleashedsim.OrderSpec) {
					o.Lines = []unleashedsim.LineSpec{line("GIFTSET", "2"), line("MUG-RED", "5")}
				})
				ref := ship(w, order, parts(map[int]string{1: "2", 2: "3"})...)
				shipmentImport.run(t, w)
				made, _ := w.Mintsoft.OrderByNumber(ref)
				w.Mintsoft.Split(made.ID, map[string]int{"MUG-RED": 1})
				sendTo(w, ref, "York", "United Kingdom")
				shipmentImport.run(t, w)
				assert.Empty(t, w.Logged("needs a look", ref))
				w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("1") })
				shipmentImport.run(t, w)
				assert.Len(t, w.Logged("needs a look", ref, "(GIFTSET is 2 there, now 1): decide there"), 1)
			})
		})
	}
	t.Run("the warehouse lowered it", func(t *testing.T) {
		t.Parallel()
		o := following()
		o.Settings["general.in_flight_order_update"] = true
		world.Bubble(t, o, func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			w.Once(t, "main_order_update")
			w.Mintsoft.Split(made.ID, map[string]int{"MUG-BLUE": 1})
			w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-RED": 1})
			for _, town := range []string{"York", "Leeds"} {
				sendTo(w, ref, town, "United Kingdom")
				w.Once(t, "main_shipment_import")
				w.Once(t, "main_order_update")
			}
			assert.Len(t, w.Logged("needs a look", "MUG-RED"), 1)
			assert.Len(t, w.Logged("needs a look", "SKU MUG-RED was lowered from 3 to 1 in Mintsoft"), 1)
			w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("4") })
			w.Once(t, "main_shipment_import")
			sendTo(w, ref, "Hull", "United Kingdom")
			w.Once(t, "main_shipment_import")
			assert.Len(t, w.Logged("needs a look", ref, "(MUG-BLUE is 2 there, now 4): decide there"), 1)
			w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-RED": 3})
			w.Once(t, "main_order_update")
			w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-RED": 1})
			w.Once(t, "main_order_update")
			assert.Len(t, w.Logged("needs a look", "SKU MUG-RED was lowered from 3 to 1 in Mintsoft"), 2, "it is another change")
		})
	})
}

func TestFollowingAShipmentSurvivesLostAnswers(t *testing.T) {
	t.Parallel()
	for _, write := range []call{{"POST", "/api/Order/*/Items/*"}, {"PUT", "/api/Order/*/Items"}, {"DELETE", "/api/Order/*/Items/*"}} {
		t.Run(write.method, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, following(), func(t *testing.T, w *world.World) {
				ref, made := imported(t, w)
				reship(w, ref)
				w.Forget()
				w.Mintsoft.Faults.Add(closeAfter(write.method, write.path))
				row := shipmentImport.run(t, w).Of("shipment_import")
				assert.True(t, row.Clean(), "%+v", row)
				assert.Equal(t, asReshipped, itemsOf(w, made.ID))
				assert.Len(t, w.Writes("mintsoft"), 3, "nothing is done twice")
			})
		})
	}
	t.Run("with a lost ledger it is found by number and reference", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			w.Set("general.orders_prefix", "UNL-")
			ref := ship(w, three(w, "SO-3"), parts(map[int]string{1: "2", 2: "3"})...)
			shipmentImport.run(t, w)
			w.LoseLedger(t)
			reship(w, ref)
			w.Forget()
			shipmentImport.run(t, w)
			require.Len(t, w.Mintsoft.Orders(), 1)
			made, exists := w.Mintsoft.OrderByNumber("UNL-" + ref)
			require.True(t, exists)
			assert.Equal(t, asReshipped, itemsOf(w, made.ID))
			assert.Zero(t, shipmentImport.created(w))
		})
	})
	t.Run("what Mintsoft refuses is filed by line, and a replay finishes it", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.EditableFrom = nil })
			reship(w, ref)
			shipmentImport.run(t, w)
			letter := letterOf(t, w, ref)
			assert.Equal(t, []string{"rejected", "mintsoft", "order.set_items"}, []string{letter.Class, letter.System, letter.Operation})
			for _, words := range []string{"changing MUG-BLUE from 2 to 4: The order cannot be edited", "adding 1 x PLATE-26: ", "removing 3 x MUG-RED: "} {
				assert.Contains(t, letter.Reason, words)
			}
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.EditableFrom = mintsoftsim.DefaultKnobs().EditableFrom })
			w.Replay(t)
			assert.Equal(t, asReshipped, itemsOf(w, made.ID))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("what a person mended by hand closes it too", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.EditableFrom = nil })
			w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("4") })
			shipmentImport.run(t, w)
			letterOf(t, w, ref)
			w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-BLUE": 4})
			w.Forget()
			w.Replay(t)
			assert.Empty(t, w.Writes("mintsoft"), "there is nothing left to write")
			assert.Equal(t, "4 x MUG-BLUE + 3 x MUG-RED", itemsOf(w, made.ID))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("what is split at that moment is left alone", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			reship(w, ref)
			w.Forget()
			// The first read decides, the second is that of the write.
			w.Mintsoft.Faults.Before("GET", fmt.Sprintf("/api/Order/%d", made.ID), 2, func() { w.Mintsoft.Split(made.ID, map[string]int{"MUG-BLUE": 2}) })
			shipmentImport.run(t, w)
			assert.Empty(t, w.Writes("mintsoft"))
			assert.Equal(t, "3 x MUG-RED", itemsOf(w, made.ID))
			assert.Contains(t, letterOf(t, w, ref).Reason, "split or merged the order at this moment")
			w.Replay(t)
			assert.Empty(t, w.Writes("mintsoft"))
			assert.Empty(t, w.DeadLetters(t))
			assert.NotEmpty(t, w.Logged("needs a look", ref, "it changed, but Mintsoft has split it into 2 orders"))
		})
	})
	t.Run("a line for a product that comes later waits for it", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			sku := addProduct(w, "LATE-1", nil)
			ref := ship(w, addOrder(w, "SO-LATE", func(o *unleashedsim.OrderSpec) {
				o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: sku, Price: "6"})
			}), parts(map[int]string{1: "1"})...)
			shipmentImport.run(t, w)
			w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) {
				s.SalesShipmentLines = append(s.SalesShipmentLines, unleashedsim.SalesShipmentLine{
					SalesOrderLineNumber: 2, Product: &unleashedsim.ProductBrief{ProductCode: sku}, ShipmentQty: unleashedsim.Number("1"),
				})
			})
			row := shipmentImport.run(t, w).Of("shipment_import")
			assert.EqualValues(t, 1, row.Parked)
			w.Once(t, "main_product_sync", "main_shipment_import")
			o, _ := w.Mintsoft.OrderByNumber(ref)
			assert.Equal(t, "1 x MUG-BLUE + 1 x LATE-1", itemsOf(w, o.ID))
			assert.Empty(t, w.Parked(t, "shipment_import"))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("a dry run shows it line by line and does nothing", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			reship(w, ref)
			w.Forget()
			_, planned := w.DryRun(t, "main_shipment_import")
			assert.Empty(t, w.Writes("mintsoft"))
			assert.Equal(t, asImported, itemsOf(w, made.ID))
			write := plannedFor(t, planned, ref)
			assert.Equal(t, "order.set_items", write.Operation)
			var shown []string
			for _, c := range write.Changes {
				if strings.HasSuffix(c.Field, "SKU") || strings.HasSuffix(c.Field, "Quantity") {
					shown = append(shown, fmt.Sprintf("%s: %v → %v", c.Field, c.Before, c.After))
				}
			}
			assert.Equal(t, []string{
				"OrderItems[0].Quantity: 2 → 4",
				"OrderItems[1].Quantity: <nil> → 1", "OrderItems[1].SKU: <nil> → PLATE-26",
				"OrderItems[2].Quantity: 3 → <nil>", "OrderItems[2].SKU: MUG-RED → <nil>",
			}, shown)
		})
	})
}
