package scenarios

import (
	"fmt"
	"net/http"
	"slices"
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

func TestCarrierOfADespatch(t *testing.T) {
	t.Parallel()
	for courier, c := range map[string]struct{ carrier, said string }{
		"Swift Couriers": {" Swift Couriers", ""},
		"SWIFT COURIERS": {" Swift Couriers", ""},
		"Next day":       {"", "carrier Next day is no shipping company of Unleashed and was left out"},
	} {
		t.Run(courier, func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				var ids []int
				for _, number := range []string{"SO-1", "SO-2"} {
					ids = append(ids, pickable(t, w, number))
					w.Mintsoft.EditOrder(ids[len(ids)-1], func(o *mintsoftsim.Order) { o.CourierServiceName = courier })
					w.Mintsoft.Despatch(ids[len(ids)-1], "TRK-"+number)
				}
				w.Forget()
				despatch(t, w)
				requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-SO-1"+c.carrier)
				requireUpstream(t, w, "SO-2", "Completed", "Dispatched: 2 x MUG-BLUE TRK-SO-2"+c.carrier)
				assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(ids[0]))), c.said)
				assert.Equal(t, 1, w.Unleashed.Journal.Count("GET", "/ShippingCompanies"))
			})
		})
	}
}

func TestSeveralParcelsOrNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tracking []string
		expected string
	}{
		"several":          {[]string{"TRK-1", "TRK-2", "TRK-1", "TRK-3"}, " TRK-1, TRK-2, TRK-3"},
		"none":             {nil, ""},
		"several as one":   {[]string{"TRK-1,TRK-2"}, " TRK-1, TRK-2"},
		"blank ones count": {[]string{" ", "TRK-2"}, " TRK-2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1")
				w.Mintsoft.Despatch(id, c.tracking...)
				despatch(t, w)
				requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE"+c.expected)
			})
		})
	}
}

// Two parts that look the same, and have no tracking number, are two.
func TestPartsThatLookTheSame(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{false, true} {
		for _, tracking := range [][]string{nil, {"TRK-1"}} {
			t.Run(fmt.Sprint("open shipments ", open, tracking), func(t *testing.T) {
				t.Parallel()
				despatching(t, nil, func(t *testing.T, w *world.World) {
					id := pickable(t, w, "SO-1", line("MUG-BLUE", "6"))
					a, b := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2}), w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})
					for range 3 {
						if open {
							w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
						}
					}
					w.Mintsoft.Despatch(a, tracking...)
					despatch(t, w)
					w.Mintsoft.Despatch(b, tracking...)
					despatch(t, w)
					for _, lose := range []bool{false, true} {
						if lose {
							w.LoseLedger(t)
							w.Once(t, "main_order_despatch")
						}
						for _, part := range []int{a, b} {
							w.Mintsoft.EditOrder(part, func(o *mintsoftsim.Order) { o.Comments = nil })
						}
						despatch(t, w)
						left := 0
						for _, s := range w.Unleashed.ShipmentsOf("SO-1") {
							if s.ShipmentStatus == unleashedsim.Dispatched {
								left++
							}
						}
						require.Equal(t, 2, left, "ledger lost: %v", lose)
					}
					w.Mintsoft.Despatch(id)
					despatch(t, w)
					assert.Equal(t, "SO-1: Completed", upstream(w, "SO-1")[0])
					assert.Empty(t, w.DeadLetters(t))
				})
			})
		}
	}
}

// TestOneShipmentByHandIsOnePart: a person posted one of two parts that look the same
// and went in one parcel. Which one that was does not matter, but that it was one.
func TestOneShipmentByHandIsOnePart(t *testing.T) {
	t.Parallel()
	type turn struct{ later, reversed, backdated, lost, killed, silent, open bool }
	var turns []turn
	for _, later := range []bool{false, true} {
		for _, reversed := range []bool{false, true} {
			turns = append(turns, turn{later: later, reversed: reversed}, turn{later: later, reversed: reversed, silent: true, open: true})
		}
		turns = append(turns, turn{later: later, backdated: true}, turn{later: later, lost: true}, turn{later: later, lost: true, silent: true, open: true},
			turn{later: later, killed: true}, turn{later: later, killed: true, silent: true, open: true})
	}
	for _, c := range turns {
		t.Run(strings.Trim(fmt.Sprintf("%+v", c), "{}"), func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ShipmentCommentsDropped = c.silent })
				half := unleashedsim.ShipmentSpec{Order: "SO-1", Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}}
				id := pickable(t, w, "SO-1", line("MUG-BLUE", "6"))
				left := []int{w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2}), w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})}
				if c.reversed {
					slices.Reverse(left)
				}
				if c.open {
					w.Unleashed.AddShipment(half)
				}
				half.Status, half.Tracking = unleashedsim.Dispatched, "trk-1"
				w.Unleashed.AddShipment(half)

				gone := func(parts int) {
					t.Helper()
					found := 0
					for _, s := range w.Unleashed.ShipmentsOf("SO-1") {
						if s.ShipmentStatus == unleashedsim.Dispatched {
							found++
						}
					}
					require.Equal(t, parts, found)
				}
				lose := func() {
					if c.lost {
						w.LoseLedger(t)
						w.Once(t, "main_order_despatch")
					}
				}
				w.Mintsoft.Despatch(left[0], "TRK-1")
				if c.later {
					despatch(t, w)
					gone(1)
					lose()
					<-time.After(time.Hour)
				}
				w.Mintsoft.Despatch(left[1], "TRK-1")
				if c.backdated {
					w.Mintsoft.EditOrder(left[1], func(o *mintsoftsim.Order) { o.DespatchDate = mintsoftsim.Date{} })
				}
				var before map[string]string
				if c.killed {
					method, path := "POST", "/SalesShipments"
					if c.open {
						method, path = "PUT", "/SalesShipments/*"
					}
					w.Unleashed.Server.Faults.Before(method, path, 1, func() { before = w.LedgerFiles(t) })
				}
				row := despatch(t, w).Of("order_despatch")
				assert.True(t, row.Clean(), "%+v", row)
				if c.killed {
					require.NotEmpty(t, before)
					w.Killed(t, before)
				}
				for range 2 {
					gone(2)
					lose()
					for _, part := range left {
						w.Mintsoft.EditOrder(part, func(o *mintsoftsim.Order) { o.Comments = nil })
					}
					despatch(t, w)
				}
				gone(2)
				w.Mintsoft.Despatch(id)
				despatch(t, w)
				gone(3)
				assert.Equal(t, "SO-1: Completed", upstream(w, "SO-1")[0])
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

// TestItemOfSeveralLines: a warehouse may put what was ordered on several lines together.
func TestItemOfSeveralLines(t *testing.T) {
	t.Parallel()
	t.Run("of one order", func(t *testing.T) {
		t.Parallel()
		despatching(t, nil, func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-BLUE", "2"), line("MUG-RED", "1"))
			for _, quantity := range []int{0, 0, 5} {
				w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": quantity})
			}
			w.Mintsoft.Despatch(id, "TRK-1")
			row := despatch(t, w).Of("order_despatch")
			assert.True(t, row.Clean(), "%+v", row)
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 3 x MUG-BLUE + 2 x MUG-BLUE + 1 x MUG-RED TRK-1")
		})
	})
	t.Run("of merged orders", func(t *testing.T) {
		t.Parallel()
		despatching(t, nil, func(t *testing.T, w *world.World) {
			id := mergedOf(t, w, func() {
				merged, _ := w.Mintsoft.OrderByNumber("SO-1+SO-2")
				for _, quantity := range []int{0, 3} {
					w.Mintsoft.EditItems(merged.ID, map[string]int{"MUG-BLUE": quantity})
				}
			})
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Placed")
			requireUpstream(t, w, "SO-2", "Placed")
			letter := letterOf(t, w, "SO-1+SO-2")
			assert.Equal(t, fmt.Sprint(id), letter.Record.ID)
			assert.Contains(t, letter.Reason, "order SO-2, SKU MUG-BLUE: 3 left, and 1 of 1 ordered are open in Unleashed; if some of it is of line 1 of sales order SO-1, post the shipments there by hand")
		})
	})
}

// The day is the account's in Unleashed, of a moment that Mintsoft tells in its own
// zone.
func TestDayOfADespatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mintsoft, unleashed, at, day string }{
		"winter, before midnight":        {"Europe/London", "Europe/London", "2026-03-05T23:59:00Z", "2026-03-05"},
		"winter, after midnight":         {"Europe/London", "Europe/London", "2026-03-06T00:01:00Z", "2026-03-06"},
		"summer, before midnight there":  {"Europe/London", "Europe/London", "2026-06-05T22:59:00Z", "2026-06-05"},
		"summer, after midnight there":   {"Europe/London", "Europe/London", "2026-06-05T23:01:00Z", "2026-06-06"},
		"the night the clocks change":    {"Europe/London", "Europe/London", "2026-03-29T00:30:00Z", "2026-03-29"},
		"it is the next day in Auckland": {"Europe/London", "Pacific/Auckland", "2026-06-05T13:00:00Z", "2026-06-06"},
		"and the day before in New York": {"Europe/London", "America/New_York", "2026-06-06T01:00:00Z", "2026-06-05"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{"mintsoft.time_zone": c.mintsoft, "unleashed.time_zone": c.unleashed}
			despatching(t, settings, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1")
				london, err := time.LoadLocation("Europe/London") // where the twin lives
				require.NoError(t, err)
				at, err := time.Parse(time.RFC3339, c.at)
				require.NoError(t, err)
				<-time.After(time.Until(at))
				w.Mintsoft.Despatch(id, "TRK-1")
				despatch(t, w)
				assert.Equal(t, c.day, w.Unleashed.ShipmentsOf("SO-1")[0].DispatchDate.In(london).Format(time.DateOnly))
			})
		})
	}
}

func TestWhatLeftWhileNobodyLooked(t *testing.T) {
	t.Parallel()
	for _, failed := range []bool{false, true} {
		t.Run(fmt.Sprint("invoicing failed ", failed), func(t *testing.T) {
			despatching(t, nil, func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InvoiceAfter = -1 })
				id := pickable(t, w, "SO-1")
				w.Mintsoft.Despatch(id, "TRK-1")
				w.Mintsoft.Invoice(id, failed)
				<-time.After(24 * time.Hour)
				despatch(t, w)
				requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
			})
		})
	}
}

func TestUnleashedIsAwayDuringADespatch(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]twin.Fault{
		"it throttles":   {Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}, Times: 3},
		"it breaks down": {Status: http.StatusInternalServerError, Times: 5},
		"it hangs up":    {CloseBefore: true, Times: 5},
	} {
		for _, path := range []string{"/SalesOrders/*", "/SalesShipments", "/SalesShipments/*", "/ShippingCompanies", "/SalesOrders/*/Complete"} {
			t.Run(name+" "+path, func(t *testing.T) {
				t.Parallel()
				despatching(t, nil, func(t *testing.T, w *world.World) {
					id := pickable(t, w, "SO-1")
					part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1})
					fault := fault
					fault.Method, fault.Path = "*", path
					w.Unleashed.Server.Faults.Add(fault)
					w.Mintsoft.Despatch(id, "TRK-1")
					w.Mintsoft.Despatch(part, "TRK-2")
					row := despatch(t, w).Of("order_despatch")
					assert.True(t, row.Clean(), "%+v", row)
					assert.Empty(t, w.DeadLetters(t))
					requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 1 x MUG-BLUE TRK-1", "Dispatched: 1 x MUG-BLUE TRK-2")
				})
			})
		}
	}
}

// A line may name another product in Unleashed by the time that its goods leave, or
// the same one by another code.
func TestLineOfADespatchThatIsAnotherProduct(t *testing.T) {
	t.Parallel()
	exchange := func(w *world.World, sku string) {
		product, _ := w.Unleashed.Product(sku)
		w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) {
			o.SalesOrderLines[0].Product = &unleashedsim.ProductBrief{Guid: product.Guid, ProductCode: sku}
		})
	}
	t.Run("exchanged", func(t *testing.T) {
		t.Parallel()
		despatching(t, nil, func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1")
			exchange(w, "BOWL-S")
			w.Mintsoft.Despatch(id, "TRK-1")
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Placed")
			assert.Contains(t, letterOf(t, w, "SO-1").Reason, "SKU MUG-BLUE left, and line 1 of sales order SO-1 is SKU BOWL-S")
			exchange(w, "MUG-BLUE")
			w.Replay(t)
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("renamed", func(t *testing.T) {
		t.Parallel()
		despatching(t, nil, func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1")
			w.Unleashed.EditProduct("MUG-BLUE", func(p *unleashedsim.Product) { p.ProductCode = "MUG-NAVY" })
			exchange(w, "MUG-NAVY")
			w.Mintsoft.Despatch(id, "TRK-1")
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-NAVY TRK-1")
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestDryRunOfADespatchShowsTheShipment(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
		w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1"})
		part := w.Mintsoft.Split(id, map[string]int{"MUG-RED": 1})
		w.Mintsoft.Despatch(part, "TRK-2")
		<-time.After(time.Minute)
		w.Forget()
		_, planned := w.DryRun(t, "main_order_despatch")
		assert.Empty(t, w.Writes("unleashed"))
		write := plannedFor(t, planned, "SO-1")
		assert.Equal(t, []string{"sales_shipment.dispatch", "SalesOrders/SO-1"}, []string{write.Operation, write.Target})
		changes := map[string]string{}
		for _, c := range write.Changes {
			changes[c.Field] = fmt.Sprint(c.Before, " → ", c.After)
		}
		assert.Equal(t, "Parked → Dispatched", changes["ShipmentStatus"])
		assert.Contains(t, changes["TrackingNumber"], "→ TRK-2")
		assert.Contains(t, changes["Comments"], fmt.Sprintf("→ Mintsoft order %d", part))
		requireUpstream(t, w, "SO-1", "Placed", "Parked: 3 x MUG-BLUE + 2 x MUG-RED")
	})
}
