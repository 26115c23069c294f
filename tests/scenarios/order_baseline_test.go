package scenarios

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// What Mintsoft was given is known after anything that may come between a write and
// what is remembered of it.
func TestWhatWasGivenIsKnownAfterACrash(t *testing.T) {
	t.Parallel()
	for _, then := range []int{3, 6} {
		t.Run(fmt.Sprint("the warehouse goes on to ", then), func(t *testing.T) {
			t.Parallel()
			updating(t, map[string]any{"general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World, id int) {
				var left map[string]string
				w.Unleashed.Server.Faults.Before("PUT", "/SalesOrders/*", 1, func() { left = w.LedgerFiles(t) })
				<-time.After(time.Minute)
				w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5})
				w.Once(t, "main_order_update")
				require.NotEmpty(t, left)
				w.Killed(t, left)
				update(t, w)
				<-time.After(time.Hour)
				w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": then})
				update(t, w)
				assert.Equal(t, fmt.Sprintf("%d x MUG-BLUE at 6", then), ordered(w, "SO-1")[0])
			})
		})
	}
	t.Run("a line cannot be deleted", func(t *testing.T) {
		t.Parallel()
		updating(t, map[string]any{"general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World, id int) {
			w.Unleashed.Server.Faults.Add(refuses("DELETE", "/SalesOrders/Lines/*"))
			w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5, "MUG-RED": 0})
			update(t, w)
			assert.Len(t, w.DeadLetters(t), 1)
			w.Unleashed.Server.Faults.Clear()
			<-time.After(time.Hour)
			w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 6})
			update(t, w)
			assert.Equal(t, []string{"6 x MUG-BLUE at 6", "total 43.2"}, ordered(w, "SO-1"))
		})
	})
}

// TestEditsGoOnAfterACrash: the process dies in the write of an edit, and before the next
// one looks the warehouse goes on, or a person changes the order.
func TestEditsGoOnAfterACrash(t *testing.T) {
	t.Parallel()
	bowls := func(quantity int) map[string]int { return map[string]int{"BOWL-S": quantity} }
	blue := func(quantity int) map[string]int { return map[string]int{"MUG-BLUE": quantity} }
	for name, test := range map[string]struct {
		before, after map[string]int
		raisesOnly    bool
		refused       bool   // the write never arrives
		person        string // sets MUG-BLUE to
		want          []string
		says          string
	}{
		"raised, and back":                    {before: blue(5), after: blue(3), want: []string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6"}},
		"lowered, and back":                   {before: blue(1), after: blue(3), want: []string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6"}},
		"added, and removed":                  {before: bowls(2), after: bowls(0), want: []string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6"}},
		"added, and removed, where none goes": {before: bowls(2), after: bowls(0), raisesOnly: true, want: []string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6", "2 x BOWL-S at 7.25"}, says: "SKU BOWL-S was lowered from 2 to 0 in Mintsoft"},
		"raised, and raised more":             {before: blue(5), after: blue(6), raisesOnly: true, want: []string{"6 x MUG-BLUE at 6", "2 x MUG-RED at 6"}},
		"added, and raised":                   {before: bowls(2), after: bowls(3), raisesOnly: true, want: []string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6", "3 x BOWL-S at 7.25"}},
		"never arrived, and back":             {before: blue(5), after: blue(3), refused: true, want: []string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6"}},
		"never arrived, and raised more":      {before: blue(5), after: blue(6), refused: true, want: []string{"6 x MUG-BLUE at 6", "2 x MUG-RED at 6"}},
		"changed by a person, and back":       {before: blue(5), after: blue(3), person: "7", want: []string{"7 x MUG-BLUE at 6", "2 x MUG-RED at 6"}, says: "SKU MUG-BLUE was changed on both sides: Mintsoft has 3, Unleashed 7"},
		"never arrived, and a person's":       {before: blue(5), after: blue(5), refused: true, person: "7", want: []string{"7 x MUG-BLUE at 6", "2 x MUG-RED at 6"}, says: "SKU MUG-BLUE was changed on both sides: Mintsoft has 5, Unleashed 7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			updating(t, map[string]any{"general.allow_negative_adjustments": !test.raisesOnly}, func(t *testing.T, w *world.World, id int) {
				var left map[string]string
				w.Unleashed.Server.Faults.Before("PUT", "/SalesOrders/*", 1, func() { left = w.LedgerFiles(t) })
				if test.refused {
					fault := refuses("PUT", "/SalesOrders/*")
					fault.Times = 1
					w.Unleashed.Server.Faults.Add(fault)
				}
				w.Mintsoft.EditItems(id, test.before)
				w.Once(t, "main_order_update")
				require.NotEmpty(t, left)
				w.Killed(t, left)
				w.Mintsoft.EditItems(id, test.after)
				if test.person != "" {
					w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set(test.person) })
				}
				for range 3 {
					w.Mintsoft.EditOrder(id, func(*mintsoftsim.Order) {})
					update(t, w)
				}
				lines := ordered(w, "SO-1")
				assert.Equal(t, test.want, lines[:len(lines)-1])
				assert.Empty(t, w.DeadLetters(t))
				assert.Len(t, w.Logged("needs a look", test.says), len(w.Logged("needs a look")))
				assert.Equal(t, test.says != "", len(w.Logged("needs a look")) > 0)
			})
		})
	}
}

// The same of a shipment, whose new rows are named by their numbers until they are there.
func TestEditsOfAShipmentGoOnAfterACrash(t *testing.T) {
	t.Parallel()
	for _, then := range []map[string]int{{"MUG-BLUE": 2, "BOWL-S": 0}, {"MUG-BLUE": 5, "BOWL-S": 3}} {
		t.Run(fmt.Sprint(then), func(t *testing.T) {
			t.Parallel()
			o := following()
			o.Settings["general.in_flight_order_update"], o.Settings["general.allow_negative_adjustments"] = true, true
			world.Bubble(t, o, func(t *testing.T, w *world.World) {
				_, made := imported(t, w)
				w.Once(t, "main_order_update")
				var left map[string]string
				w.Unleashed.Server.Faults.Before("PUT", "/SalesShipments/*", 1, func() { left = w.LedgerFiles(t) })
				<-time.After(time.Hour)
				w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-BLUE": 4, "BOWL-S": 2})
				w.Once(t, "main_order_update")
				require.NotEmpty(t, left)
				w.Killed(t, left)
				w.Mintsoft.EditItems(made.ID, then)
				for range 2 {
					w.Once(t, "main_shipment_import") // our own write is no change of Unleashed's
					<-time.After(time.Minute)
					w.Once(t, "main_order_update")
				}
				w.Once(t, "main_shipment_import")
				want := []string{fmt.Sprint(then["MUG-BLUE"], " x MUG-BLUE"), "3 x MUG-RED"}
				if then["BOWL-S"] > 0 {
					want = append(want, fmt.Sprint(then["BOWL-S"], " x BOWL-S"))
				}
				var rows []string
				for _, l := range w.Unleashed.Shipments()[0].SalesShipmentLines {
					rows = append(rows, fmt.Sprintf("%s x %s", l.ShipmentQty.Decimal, l.Product.ProductCode))
				}
				assert.Equal(t, want, rows)
				assert.Equal(t, strings.Join(want, " + "), itemsOf(w, made.ID))
				assert.Empty(t, w.Logged("needs a look"))
			})
		})
	}
}

func refuses(method, path string) twin.Fault {
	return twin.Fault{Method: method, Path: path, Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"Description":"Not now"}`}
}

// Lines that a person takes away in Unleashed, or puts another product on, while the
// warehouse edits.
func TestLinesThatGoInUnleashed(t *testing.T) {
	t.Parallel()
	drop := func(w *world.World, left int) {
		<-time.After(time.Hour)
		w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines = o.SalesOrderLines[:left] })
	}
	for name, test := range map[string]struct {
		do   func(t *testing.T, w *world.World, id int)
		want []string
		says string
	}{
		"one that the warehouse had added stays away": {
			func(t *testing.T, w *world.World, id int) {
				w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": 4})
				update(t, w)
				require.Len(t, ordered(w, "SO-1"), 4)
				drop(w, 2)
			},
			[]string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6"}, "",
		},
		"one that the warehouse had added, and changes": {
			func(t *testing.T, w *world.World, id int) {
				w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": 4})
				update(t, w)
				drop(w, 2)
				w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": 5})
			},
			[]string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6"}, "SKU BOWL-S was removed in Unleashed, and changed to 5 in Mintsoft",
		},
		"one that the warehouse raises": {
			func(_ *testing.T, w *world.World, id int) {
				drop(w, 1)
				w.Mintsoft.EditItems(id, map[string]int{"MUG-RED": 5})
			},
			[]string{"3 x MUG-BLUE at 6"}, "SKU MUG-RED was removed in Unleashed, and changed to 5 in Mintsoft",
		},
		"one of which the warehouse has another product": {
			func(_ *testing.T, w *world.World, id int) {
				w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) {
					o.SalesOrderLines[1].Product = &unleashedsim.ProductBrief{ProductCode: "PLATE-26"}
				})
				<-time.After(time.Hour)
				w.Mintsoft.EditItems(id, map[string]int{"MUG-RED": 5})
			},
			[]string{"3 x MUG-BLUE at 6", "2 x PLATE-26 at 6"}, "line 2 is SKU PLATE-26 in Unleashed and another product in Mintsoft",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			updating(t, nil, func(t *testing.T, w *world.World, id int) {
				test.do(t, w, id)
				w.Once(t, "main_order_import")
				w.Mintsoft.EditOrder(id, func(*mintsoftsim.Order) {})
				update(t, w)
				lines := ordered(w, "SO-1")
				assert.Equal(t, test.want, lines[:len(lines)-1])
				if test.says == "" {
					assert.Empty(t, w.Logged("needs a look"))
				} else {
					assert.NotEmpty(t, w.Logged("needs a look", test.says))
				}
			})
		})
	}
}

// The same for shipments, which Mintsoft's order follows besides.
func TestRowsOfShipmentsThatBothSidesEdit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		do    func(t *testing.T, w *world.World, run func(), ref string, id int)
		items string // in Mintsoft
		rows  string
	}{
		"a change that Mintsoft took in part is taken back": {
			func(t *testing.T, w *world.World, run func(), ref string, id int) {
				w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) {
					s.SalesShipmentLines[1].ShipmentQty.Set("4")
					s.SalesShipmentLines = append(s.SalesShipmentLines, unleashedsim.SalesShipmentLine{
						SalesOrderLineNumber: 4, Product: &unleashedsim.ProductBrief{ProductCode: "LATE-1"}, ShipmentQty: unleashedsim.Number("1"),
					})
				})
				run()
				require.Equal(t, "2 x MUG-BLUE + 4 x MUG-RED", itemsOf(w, id))
				<-time.After(time.Hour)
				w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) {
					s.SalesShipmentLines = s.SalesShipmentLines[:2]
					s.SalesShipmentLines[1].ShipmentQty.Set("2")
				})
			},
			"2 x MUG-BLUE + 2 x MUG-RED", "2 x MUG-BLUE + 2 x MUG-RED",
		},
		"a row gets another product after it was carried back": {
			func(t *testing.T, w *world.World, run func(), ref string, id int) {
				w.Mintsoft.EditItems(id, map[string]int{"MUG-RED": 4})
				run()
				<-time.After(time.Hour)
				w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) {
					l := &s.SalesShipmentLines[1]
					l.SalesOrderLineNumber, l.Product = 3, &unleashedsim.ProductBrief{ProductCode: "PLATE-26"}
				})
			},
			"2 x MUG-BLUE + 4 x PLATE-26", "2 x MUG-BLUE + 4 x PLATE-26",
		},
		"the order takes what was added, and the shipment not at first": {
			func(t *testing.T, w *world.World, run func(), _ string, id int) {
				fault := refuses("PUT", "/SalesShipments/*")
				fault.Times = 1
				w.Unleashed.Server.Faults.Add(fault)
				w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": 4})
				run()
				assert.Len(t, w.DeadLetters(t), 1)
				w.Replay(t)
			},
			"2 x MUG-BLUE + 2 x MUG-RED + 4 x BOWL-S", "2 x MUG-BLUE + 2 x MUG-RED + 4 x BOWL-S",
		},
		"a person takes away what was added": {
			func(_ *testing.T, w *world.World, run func(), ref string, id int) {
				w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": 4})
				run()
				<-time.After(time.Hour)
				w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines = s.SalesShipmentLines[:2] })
			},
			"2 x MUG-BLUE + 2 x MUG-RED + 4 x BOWL-S", "2 x MUG-BLUE + 2 x MUG-RED", // what is no item of ours is not taken out of Mintsoft
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{"general.in_flight_order_update": true, "general.allow_negative_adjustments": true}
			for key, value := range following().Settings {
				settings[key] = value
			}
			world.Bubble(t, world.Options{Seed: small, Settings: settings}, func(t *testing.T, w *world.World) {
				run := func() {
					<-time.After(time.Minute)
					w.Once(t, "main_order_update")
					w.Once(t, "main_shipment_import")
				}
				run()
				addProduct(w, "LATE-1", nil)
				addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
					o.Lines = []unleashedsim.LineSpec{line("MUG-BLUE", "3"), line("MUG-RED", "5"), line("PLATE-26", "5"), line("LATE-1", "1")}
				})
				ref := w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}, {Line: 2, Quantity: "2"}}}).ShipmentNumber
				run()
				made, exists := w.Mintsoft.OrderByNumber(ref)
				require.True(t, exists)
				<-time.After(time.Hour)
				test.do(t, w, run, ref, made.ID)
				for range 3 {
					<-time.After(time.Hour)
					w.Mintsoft.EditOrder(made.ID, func(*mintsoftsim.Order) {})
					run()
				}
				var rows []string
				for _, l := range w.Unleashed.ShipmentsOf("SO-1")[0].SalesShipmentLines {
					rows = append(rows, fmt.Sprintf("%s x %s", l.ShipmentQty.Decimal, l.Product.ProductCode))
				}
				assert.Equal(t, test.items, itemsOf(w, made.ID))
				assert.Equal(t, test.rows, strings.Join(rows, " + "))
			})
		})
	}
}

// What the warehouse edited stays where it is not known any more what it was given.
func TestEditsStayWhereWhatWasGivenIsForgotten(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(t *testing.T, w *world.World, ref string){
		"with the ledger": func(t *testing.T, w *world.World, _ string) { w.LoseLedger(t) },
		"past the retention": func(t *testing.T, w *world.World, ref string) {
			<-time.After(100 * 24 * time.Hour)
			running := w.Forever(t, "main_shipment_import")
			now := time.Now()
			_, err := running.Book.Ledger.Prune(t.Context(), now.Add(-90*24*time.Hour), now.Add(-30*24*time.Hour))
			require.NoError(t, err)
			running.Stop(t)
			w.Unleashed.EditShipment(ref, func(*unleashedsim.SalesShipment) {})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := following()
			o.Settings["general.in_flight_order_update"] = true
			world.Bubble(t, o, func(t *testing.T, w *world.World) {
				ref, made := imported(t, w)
				w.Mintsoft.EditItems(made.ID, map[string]int{"MUG-BLUE": 1})
				forget(t, w, ref)
				w.Forget()
				shipmentImport.run(t, w)
				assert.Equal(t, "1 x MUG-BLUE + 3 x MUG-RED", itemsOf(w, made.ID))
				assert.Empty(t, w.Writes("mintsoft"))
				assert.Contains(t, letterOf(t, w, ref).Reason, "not known any more what Mintsoft was given: it has 1, Unleashed has 2")

				w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("1") })
				w.Replay(t)
				assert.Empty(t, w.DeadLetters(t))
				assert.Equal(t, "1 x MUG-BLUE + 3 x MUG-RED", itemsOf(w, made.ID))
			})
		})
	}
}

// Goods that the warehouse adds beside a bundle are no components of it.
func TestGoodsBesideABundle(t *testing.T) {
	t.Parallel()
	despatching(t, map[string]any{"general.in_flight_order_update": true, "general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World) {
		w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "GIFTSET", Name: "Gift set"}, map[string]int{"BOWL-S": 2, "BOX-S": 1})
		<-time.After(time.Minute)
		addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
			o.Lines = []unleashedsim.LineSpec{{SKU: "GIFTSET", Quantity: "2", Price: "20"}}
		})
		w.Once(t, "main_order_import")
		made, _ := w.Mintsoft.OrderByNumber("SO-1")
		for sku, quantity := range map[string]int{"BOWL-S": 2, "BOX-S": 1} {
			<-time.After(time.Hour)
			w.Mintsoft.EditItems(made.ID, map[string]int{sku: quantity})
			update(t, w)
		}
		assert.Len(t, ordered(w, "SO-1"), 4, "bowls and a box were added: %v", ordered(w, "SO-1"))
	})
}
