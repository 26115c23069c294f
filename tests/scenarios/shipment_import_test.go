package scenarios

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var shipmentImport = flow{
	pipeline: "shipment_import",
	settings: map[string]any{"general.import_orders": false, "shipment_import.enabled": true},
	source:   "unleashed", list: "/SalesShipments",
	target: "mintsoft", create: call{"PUT", "/api/Order"},

	add:       func(w *world.World, n int) string { return shipAll(w, addOrder(w, numbered("SO", n), nil)) },
	stands:    orderImport.stands,
	delivered: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, Whitby" },

	// What changes after the import is recorded, not sent, unless the shipment is to
	// be followed.
	change:  func(w *world.World, ref string) { sendTo(w, ref, "York", "United Kingdom") },
	changed: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, Whitby" },
	remove:  func(w *world.World, ref string) { w.Unleashed.SetShipmentStatus(ref, unleashedsim.Deleted) },
	removed: func(ref string) string { return ref + ": CANCELLED, 2 x MUG-BLUE, Ada Quay, Whitby" },

	editedBefore: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, York" },
	usurp:        orderImport.usurp,
	vacate:       orderImport.vacate,

	refusals: []refusal{
		{
			name: "Mintsoft does not know the courier",
			add: func(w *world.World, n int) string {
				w.Unleashed.AddDeliveryMethod("Pigeon")
				return shipAll(w, addOrder(w, numbered("SO-PIGEON", n), func(o *unleashedsim.OrderSpec) { o.Method = "Pigeon" }))
			},
			mend:  orderImport.refusals[0].mend,
			class: "rejected", system: "mintsoft", operation: "order.create",
			words: []string{"CourierService 'Pigeon' could not be found", "map the phrase 'Pigeon'"},
		},
		{
			name: "the quantity is a fraction",
			add: func(w *world.World, n int) string {
				return ship(w, addOrder(w, numbered("SO-HALF", n), nil), unleashedsim.ShipmentLineSpec{Line: 1, Quantity: "1.5"})
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("1") })
			},
			class: "unmappable", system: "unleashed", operation: "choose_lines",
			words: []string{"SS-", "SKU MUG-BLUE", "1.5"},
		},
		{
			name: "the country is none",
			add: func(w *world.World, n int) string {
				return shipAll(w, addOrder(w, numbered("SO-LOST", n), func(o *unleashedsim.OrderSpec) { o.Delivery.Country = "Atlantis" }))
			},
			mend:  func(w *world.World, ref string) { sendTo(w, ref, "Whitby", "UK") },
			class: "unmappable", system: "unleashed", operation: "map_order",
			words: []string{"SS-", "DeliveryCountry Atlantis", "SO-LOST-"},
		},
		{
			name: "neither side knows the SKU",
			add: func(w *world.World, n int) string {
				return ofGhost(w, n, func(sku string) string { return shipAll(w, forNew(w, numbered("SO-GHOST", n), sku)) })
			},
			mend:  mendGhosts,
			class: "rejected", system: "mintsoft", operation: "order.create",
			words: []string{"GHOST", "could not be found"},
		},
	},
}

// ship adds a shipment that is wanted, of some lines of an order, and answers its
// number; shipAll adds one of all that is left.
func ship(w *world.World, order string, lines ...unleashedsim.ShipmentLineSpec) string {
	return w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: order, Status: unleashedsim.Placed, Lines: lines}).ShipmentNumber
}

func shipAll(w *world.World, order string) string { return ship(w, order) }

// sendTo changes where an order goes, and a shipment of it takes it over.
func sendTo(w *world.World, shipment, city, country string) {
	w.Unleashed.EditOrder(orderOf(w, shipment), func(o *unleashedsim.SalesOrder) {
		o.DeliveryCity, o.DeliveryCountry = unleashedsim.Text(city), unleashedsim.Text(country)
	})
	w.Unleashed.EditShipment(shipment, func(*unleashedsim.SalesShipment) {})
}

// orderOf is the number of the order that a shipment is of.
func orderOf(w *world.World, shipment string) string {
	all := w.Unleashed.Shipments()
	return all[slices.IndexFunc(all, func(s unleashedsim.SalesShipment) bool { return s.ShipmentNumber == shipment })].OrderNumber
}

// three is an order of three lines.
func three(w *world.World, number string) string {
	return addOrder(w, number, func(o *unleashedsim.OrderSpec) {
		o.Lines = []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "5", Price: "10"}, {SKU: "MUG-RED", Quantity: "4", Price: "8"}, {SKU: "PLATE-26", Quantity: "2", Price: "15"}}
	})
}

// parts are lines of a shipment, by the lines of its order.
func parts(quantities map[int]string) []unleashedsim.ShipmentLineSpec {
	var lines []unleashedsim.ShipmentLineSpec
	for line := 1; line <= 3; line++ {
		if quantity, shipped := quantities[line]; shipped {
			lines = append(lines, unleashedsim.ShipmentLineSpec{Line: line, Quantity: quantity})
		}
	}
	return lines
}

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
	before = "2 x MUG-BLUE + 3 x MUG-RED"
	after  = "4 x MUG-BLUE + 1 x PLATE-26"
)

func TestShipmentThatChangesAfterItsImport(t *testing.T) {
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
					assert.Equal(t, after, itemsOf(w, made.ID))
					assert.Len(t, w.Writes("mintsoft"), 3, "one for each line")
				} else {
					assert.Equal(t, before, itemsOf(w, made.ID))
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
			assert.Equal(t, before, itemsOf(w, made.ID))
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
			require.Equal(t, after, itemsOf(w, made.ID))
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
	for name, do := range map[string]func(w *world.World, id int, other string){
		"merged": func(w *world.World, id int, other string) {
			o, _ := w.Mintsoft.OrderByNumber(other)
			w.Mintsoft.Merge(id, o.ID)
		},
		"split": func(w *world.World, id int, _ string) { w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1}) },
	} {
		t.Run("a "+name+" order is left alone, and the change is recorded", func(t *testing.T) {
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
				assert.Len(t, changesOf(t, w, ref), 1)
			})
		})
	}
}

func TestFollowingAShipmentSurvivesLostAnswers(t *testing.T) {
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
				assert.Equal(t, after, itemsOf(w, made.ID))
				assert.Len(t, w.Writes("mintsoft"), 3, "nothing is done twice")
			})
		})
	}
	t.Run("a lost ledger changes nothing about it", func(t *testing.T) {
		world.Bubble(t, following(), func(t *testing.T, w *world.World) {
			ref, made := imported(t, w)
			w.LoseLedger(t)
			reship(w, ref)
			shipmentImport.run(t, w)
			assert.Equal(t, after, itemsOf(w, made.ID))
			require.Len(t, w.Mintsoft.Orders(), 1)
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
			assert.Equal(t, after, itemsOf(w, made.ID))
			assert.Empty(t, w.DeadLetters(t))
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
			assert.Equal(t, before, itemsOf(w, made.ID))
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

func TestShipmentDeletedAfterItsImport(t *testing.T) {
	for name, test := range map[string]struct {
		do        func(w *world.World, id int)
		cancelled bool
	}{
		"nobody touched it":       {func(*world.World, int) {}, true},
		"it is held":              {func(w *world.World, id int) { w.Mintsoft.Hold(id, mintsoftsim.StatusAwaitingConfirmation) }, true},
		"it is printed":           {func(w *world.World, id int) { w.Mintsoft.Print(id) }, false},
		"it is picked":            {func(w *world.World, id int) { w.Mintsoft.Pick(id) }, false},
		"it has left":             {func(w *world.World, id int) { w.Mintsoft.Despatch(id, "TRACK-1") }, false},
		"it is cancelled by hand": {func(w *world.World, id int) { w.Mintsoft.Cancel(id) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
				ref, made := imported(t, w)
				test.do(w, made.ID)
				touched, _ := w.Mintsoft.Order(made.ID)
				w.Unleashed.SetShipmentStatus(ref, unleashedsim.Deleted)
				w.Forget()
				row := shipmentImport.run(t, w).Of("shipment_import")
				assert.True(t, row.Clean(), "%+v", row)
				now, _ := w.Mintsoft.Order(made.ID)
				if test.cancelled {
					assert.Equal(t, mintsoftsim.StatusCancelled, now.OrderStatusID)
					assert.Empty(t, w.Logged("needs a look"))
					return
				}
				assert.Equal(t, touched.OrderStatusID, now.OrderStatusID)
				assert.Empty(t, w.Writes("mintsoft"))
				assert.NotEmpty(t, w.Logged("needs a look", ref, "decide there"))
			})
		})
	}
	t.Run("before it was imported nothing happens", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			ref := shipmentImport.add(w, 1)
			w.Unleashed.SetShipmentStatus(ref, unleashedsim.Deleted)
			row := shipmentImport.run(t, w).Of("shipment_import")
			assert.EqualValues(t, 1, row.Skipped)
			assert.Empty(t, w.Writes("mintsoft"))
		})
	})
	t.Run("with its sales order each of its shipments goes", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			order := three(w, "SO-3")
			refs := []string{ship(w, order, parts(map[int]string{1: "2"})...), ship(w, order, parts(map[int]string{1: "1", 3: "2"})...)}
			shipmentImport.run(t, w)
			w.Unleashed.DeleteOrder(order)
			shipmentImport.run(t, w)
			for _, ref := range refs {
				o, _ := w.Mintsoft.OrderByNumber(ref)
				assert.Equal(t, mintsoftsim.StatusCancelled, o.OrderStatusID, ref)
			}
		})
	})
	t.Run("an equal number alone is no reason to cancel, also with a lost ledger", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			ours, foreign := shipmentImport.add(w, 1), shipmentImport.add(w, 2)
			shipmentImport.usurp(t, w, foreign)
			shipmentImport.run(t, w)
			w.LoseLedger(t)
			w.Unleashed.SetShipmentStatus(ours, unleashedsim.Deleted)
			w.Unleashed.SetShipmentStatus(foreign, unleashedsim.Deleted)
			shipmentImport.run(t, w)
			assert.Equal(t, []string{shipmentImport.removed(ours)}, shipmentImport.stands(t, w, ours))
			o, _ := w.Mintsoft.OrderByNumber(foreign)
			assert.NotEqual(t, mintsoftsim.StatusCancelled, o.OrderStatusID)
		})
	})
}

func TestSeveralShipmentsOfOneOrder(t *testing.T) {
	world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
		order := three(w, "SO-3")
		first := ship(w, order, parts(map[int]string{1: "2", 2: "3"})...)
		second := ship(w, order, parts(map[int]string{1: "3", 2: "1"})...)
		shipmentImport.run(t, w)
		third := shipAll(w, order)
		shipmentImport.run(t, w)

		want := map[string]string{
			first: "2 x MUG-BLUE + 3 x MUG-RED, 44 net, 8.8 tax", second: "3 x MUG-BLUE + 1 x MUG-RED, 38 net, 7.6 tax", third: "2 x PLATE-26, 30 net, 6 tax",
		}
		require.Len(t, w.Mintsoft.Orders(), len(want))
		for ref, items := range want {
			o, exists := w.Mintsoft.OrderByNumber(ref)
			require.True(t, exists)
			assert.Equal(t, items, fmt.Sprintf("%s, %s net, %s tax", itemsOf(w, o.ID), o.OrderValue, o.TotalVat))
			var values []string
			for _, v := range o.OrderNameValues {
				values = append(values, v.Name+"="+text(v.Value))
			}
			assert.Subset(t, values, []string{"unleashed=shipment", "OrderNumber=SO-3", "CustomerCode=HARBOUR01"})
		}
		assert.Empty(t, w.DeadLetters(t))
	})
	t.Run("one with a line that was ordered a moment before", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			running := w.Forever(t, "main_shipment_import")
			order := addOrder(w, "SO-1", nil)
			shipAll(w, order)
			<-time.After(16 * time.Minute)
			w.Unleashed.EditOrder(order, func(o *unleashedsim.SalesOrder) {
				o.SalesOrderLines = append(o.SalesOrderLines, unleashedsim.SalesOrderLine{Product: &unleashedsim.ProductBrief{ProductCode: "PLATE-26"}, OrderQuantity: unleashedsim.Number("1")})
			})
			ref := shipAll(w, order)
			w.Ask(t, func(tx *ledger.Tx) error {
				return tx.AddTrigger(ledger.Trigger{Stream: shipmentImport.stream(), Now: true})
			})
			<-time.After(10 * time.Second)
			o, exists := w.Mintsoft.OrderByNumber(ref)
			require.True(t, exists)
			assert.Equal(t, "1 x PLATE-26", itemsOf(w, o.ID))
			running.Stop(t)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("of an order from long ago", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			order := addOrder(w, "SO-OLD", nil)
			<-time.After(60 * 24 * time.Hour)
			ref := shipAll(w, order)
			shipmentImport.run(t, w)
			shipmentImport.requireDelivered(t, w, ref)
		})
	})
}

func TestShipmentsCostNoLookUpEach(t *testing.T) {
	world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
		const count = 200
		for n := range count {
			shipmentImport.add(w, n)
		}
		row := shipmentImport.run(t, w).Of("shipment_import")
		require.EqualValues(t, count, row.Created)
		spent := map[string]int{}
		for _, c := range w.Calls("unleashed") {
			spent[strings.Join(strings.SplitN(c, "/", 3)[:2], "/")]++
		}
		assert.LessOrEqual(t, spent["GET /Customers"], runtime.GOMAXPROCS(0), "the customer of them all is asked for once, or by what runs at the same time")
		assert.LessOrEqual(t, spent["GET /SalesOrders"], 2)
		assert.Equal(t, count, shipmentImport.created(w))
		assert.LessOrEqual(t, row.Calls, int64(count+10), "under 0.05 calls a shipment, besides the one that makes its order")
	})
}

func TestShipmentSettings(t *testing.T) {
	batched := func(_ *testing.T, w *world.World) {
		ship(w, addOrder(w, "TEA", func(o *unleashedsim.OrderSpec) { o.Lines = []unleashedsim.LineSpec{{SKU: "TEA-ASSAM", Quantity: "3"}} }),
			unleashedsim.ShipmentLineSpec{Line: 1, Quantity: "3", Batches: map[string]string{"A2409": "1", "A2411": "2"}})
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
	}
	one := func(_ *testing.T, w *world.World) { shipmentImport.add(w, 1) }
	for _, s := range []setting{
		{key: "shipment_import.enabled", arrange: one, look: numbers, sides: []side{{true, "SS-00000001"}, {false, ""}}},
		{
			key: "shipment_import.status_to_import",
			arrange: func(_ *testing.T, w *world.World) {
				for i, status := range []string{unleashedsim.Parked, unleashedsim.Placed, "Picking"} {
					w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: orderImport.add(w, i), Status: status})
				}
			},
			look:  numbers,
			sides: []side{{[]string{"Placed"}, "SS-00000002"}, {[]string{"Parked", "Picking"}, "SS-00000001, SS-00000003"}},
		},
		{
			key: "shipment_import.enable_splitting_post_import",
			arrange: func(t *testing.T, w *world.World) {
				ref, _ := imported(t, w)
				reship(w, ref)
			},
			look:  ofOrders(order),
			sides: []side{{false, "SS-00000001: NEW, " + before + ", Ada Quay, Whitby"}, {true, "SS-00000001: NEW, " + after + ", Ada Quay, Whitby"}},
		},
		{key: "general.orders_prefix", arrange: one, look: numbers, sides: []side{{"", "SS-00000001"}, {"UNL-", "UNL-SS-00000001"}}},
		{
			key: "general.import_orders_since",
			arrange: func(t *testing.T, w *world.World) {
				one(t, w)
				<-time.After(40 * 24 * time.Hour)
				shipmentImport.add(w, 2)
			},
			look:  numbers,
			sides: []side{{"", "SS-00000002"}, {"2026-03-01", "SS-00000001, SS-00000002"}},
		},
		{
			key: "general.map_source_id_to_channel",
			arrange: func(_ *testing.T, w *world.World) {
				shipAll(w, addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.SourceID = "Amazon:17" }))
			},
			look:  ofOrders(func(o mintsoftsim.Order) string { return o.Channel.Name }),
			sides: []side{{true, "Amazon"}, {false, "Unleashed"}},
		},
		{
			key: "general.default_country",
			arrange: func(_ *testing.T, w *world.World) {
				shipAll(w, addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Delivery.Country = "" }))
			},
			look:  ofOrders(func(o mintsoftsim.Order) string { return o.Country.Code }),
			sides: []side{{"", ""}, {"GB", "GB"}},
		},
		{
			key: "general.connection_ioss", arrange: one, look: sent("PUT", "/api/Order", "IOSSNumber"),
			sides: []side{{"", ""}, {"IM3720000001", `"IOSSNumber":"IM3720000001"`}},
		},
		{
			key: "general.enable_serial_batch_tracking", arrange: batched, look: sent("PUT", "/api/Order", "RequestedBatchNo"),
			sides: []side{{true, `"RequestedBatchNo":"A2409" "RequestedBatchNo":"A2411"`}, {false, ""}},
		},
		{
			key: "general.frequency", lasting: time.Hour + time.Minute,
			look:  func(_ *testing.T, w *world.World) string { return fmt.Sprint(reads(w, "/SalesShipments")) },
			sides: []side{{"15m", "5"}, {"30m", "3"}},
		},
		{
			key: "unleashed.warehouse_code",
			arrange: func(t *testing.T, w *world.World) {
				one(t, w)
				shipAll(w, addOrder(w, "AT-SHOP", func(o *unleashedsim.OrderSpec) { o.Warehouse = "SHOP" }))
			},
			look:  numbers,
			sides: []side{{"MAIN", "SS-00000001"}, {"SHOP", "SS-00000002"}},
		},
		{
			key: "mintsoft.courier_service", arrange: one, look: ofOrders(func(o mintsoftsim.Order) string { return o.CourierServiceName }),
			sides: []side{{"AUTO", "SWIFT 48"}, {"Next day", "Next day"}},
		},
		{
			key: "mintsoft.channel", arrange: one, look: ofOrders(func(o mintsoftsim.Order) string { return o.Channel.Name }),
			sides: []side{{"Unleashed", "Unleashed"}, {"Wholesale", "Wholesale"}},
		},
	} {
		t.Run(s.key, func(t *testing.T) {
			t.Parallel()
			for _, side := range s.sides {
				t.Run(fmt.Sprint(side.value), func(t *testing.T) {
					world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
						if s.arrange != nil {
							s.arrange(t, w)
						}
						w.Set(s.key, side.value)
						s.flows = []flow{shipmentImport}
						s.carryOut(t, w)
						assert.Equal(t, side.want, s.look(t, w))
					})
				})
			}
		})
	}
}

func TestShipmentsAndOrdersExcludeEachOther(t *testing.T) {
	world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
		ref := shipmentImport.add(w, 1)
		rows := w.Once(t)
		assert.Equal(t, "off", rows.Of("order_import").State)
		assert.EqualValues(t, 1, rows.Of("shipment_import").Created)
		require.Len(t, w.Mintsoft.Orders(), 1, "the order arrives as its shipment only")
		shipmentImport.requireDelivered(t, w, ref)
	})
	t.Run("both on is a mistake in the file", func(t *testing.T) {
		_, err := connection.Parse("world.yaml", []byte(`connections:
  - name: main
    unleashed: {api_id: a, api_key: b, warehouse_code: MAIN}
    mintsoft: {api_key: c, warehouse: MAIN}
    general: {import_orders: true}
    shipment_import: {enabled: true}
`), func(string) (string, bool) { return "", false })
		assert.ErrorContains(t, err, "shipment_import.enabled: found true, expected false with general.import_orders: true")
	})
}

func TestReplayOfAShipmentKeepsItsBatches(t *testing.T) {
	world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
		w.Set("general.enable_serial_batch_tracking", true)
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
		ref := ship(w, addOrder(w, "TEA", func(o *unleashedsim.OrderSpec) {
			o.Lines, o.Delivery.Country = []unleashedsim.LineSpec{{SKU: "TEA-ASSAM", Quantity: "3"}}, "Atlantis"
		}), unleashedsim.ShipmentLineSpec{Line: 1, Quantity: "3", Batches: map[string]string{"A2409": "1", "A2411": "2"}})
		shipmentImport.run(t, w)
		require.NotEmpty(t, letterOf(t, w, ref).ID)
		sendTo(w, ref, "Whitby", "UK")
		w.Replay(t)
		assert.Equal(t, `"RequestedBatchNo":"A2409" "RequestedBatchNo":"A2411"`, sent("PUT", "/api/Order", "RequestedBatchNo")(t, w))
	})
}
