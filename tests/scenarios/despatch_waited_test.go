package scenarios

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// outageFrom lets Unleashed fail from a request on, until its faults are cleared.
func outageFrom(w *world.World, method, path string) {
	w.Unleashed.Server.Faults.Add(twin.Fault{Method: method, Path: path, Status: http.StatusServiceUnavailable, Times: 1})
	w.Unleashed.Server.Faults.Before(method, path, 1, func() {
		w.Unleashed.Server.Faults.Add(twin.Fault{Path: "*", Status: http.StatusServiceUnavailable})
	})
}

func raised(w *world.World, number string) {
	w.Unleashed.EditOrder(number, func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("5") })
}

// TestWhatWaitedIsDecidedOnceMore: people go on working in Unleashed while its API is
// down or its quota is used up. A step that cannot be undone is taken by what stands
// there then.
func TestWhatWaitedIsDecidedOnceMore(t *testing.T) {
	t.Parallel()
	half := []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}
	for name, test := range map[string]struct {
		quantity   string
		from, path string
		meanwhile  func(w *world.World)
		stands     []string
	}{
		"the completion of an order that was raised": {
			"2", "POST", "/SalesOrders/*/Complete", func(w *world.World) { raised(w, "SO-1") },
			[]string{"Placed", "Dispatched: 2 x MUG-BLUE TRK-1"},
		},
		"a shipment that a person posted": {
			"4", "POST", "/SalesShipments", func(w *world.World) {
				w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Dispatched, Tracking: "TRK-1", Lines: half})
			},
			[]string{"Placed", "Dispatched: 2 x MUG-BLUE TRK-1"},
		},
		"a shipment of an order that a person completed": {
			"2", "POST", "/SalesShipments", func(w *world.World) { w.Unleashed.CompleteOrder("SO-1") },
			[]string{"Completed", "Dispatched: 2 x MUG-BLUE"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1", line("MUG-BLUE", test.quantity))
				if test.quantity == "4" {
					id = w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})
				}
				w.Mintsoft.Despatch(id, "TRK-1")
				outageFrom(w, test.from, test.path)
				running := w.Forever(t, "main_order_despatch")
				<-time.After(time.Hour)
				test.meanwhile(w)
				<-time.After(time.Hour)
				w.Unleashed.Server.Faults.Clear()
				<-time.After(time.Hour)
				running.Stop(t)
				requireUpstream(t, w, "SO-1", test.stands...)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
	t.Run("a completion that waited for the quota of a month", func(t *testing.T) {
		despatching(t, nil, func(t *testing.T, w *world.World) {
			w.Set("general.frequency", "1h")
			w.Mintsoft.Despatch(pickable(t, w, "SO-1"), "TRK-1")
			w.Unleashed.Server.Faults.Before("POST", "/SalesOrders/*/Complete", 1, func() {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.MonthlyQuota = 1 })
			})
			running := w.Forever(t, "main_order_despatch")
			<-time.After(30 * time.Hour)
			raised(w, "SO-1")
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.MonthlyQuota = 0 })
			<-time.After(3 * time.Hour)
			running.Stop(t)
			requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 2 x MUG-BLUE TRK-1")
		})
	})
	t.Run("the completion of an order that was exported", func(t *testing.T) {
		exporting(t, exportSettings, func(t *testing.T, w *world.World) {
			sentElsewhere(w, "WEB-1", nil)
			outageFrom(w, "POST", "/SalesOrders/*/Complete")
			running := w.Forever(t, exportSent.stream())
			<-time.After(3 * time.Hour)
			raised(w, "WEB-1")
			<-time.After(time.Hour)
			w.Unleashed.Server.Faults.Clear()
			<-time.After(time.Hour)
			running.Stop(t)
			o, _ := w.Unleashed.OrderByNumber("WEB-1")
			assert.Equal(t, unleashedsim.Placed, o.OrderStatus)
			assert.NotEmpty(t, w.Logged("needs a look", "2 x MUG-BLUE left, and sales order WEB-1 has 5"))
		})
	})
}

// TestAPartThatWasPostedByHandUnderOneOfItsNumbers: of several parcels a person types
// one, and not always as the carrier writes it.
func TestAPartThatWasPostedByHandUnderOneOfItsNumbers(t *testing.T) {
	t.Parallel()
	for typed, parcels := range map[string][]string{"TRK-1": {"TRK-1", "TRK-1B"}, "trk-1b": {"TRK-1", "TRK-1B"}, "TRK 1 ": {"TRK1"}, "TRK-2; TRK-1": {"TRK-1"}, "TRK-1;TRK-2": {"TRK-1;TRK-2"}} {
		t.Run(typed, func(t *testing.T) {
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1", line("MUG-BLUE", "4"))
				w.Mintsoft.Despatch(w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2}), parcels...)
				w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Dispatched, Tracking: typed, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
				despatch(t, w)
				o, _ := w.Unleashed.OrderByNumber("SO-1")
				assert.Equal(t, unleashedsim.Placed, o.OrderStatus)
				assert.Len(t, w.Unleashed.ShipmentsOf("SO-1"), 1)
			})
		})
	}
}

// TestPartsThatLeaveTogether are in nobody's way: there is room for each.
func TestPartsThatLeaveTogether(t *testing.T) {
	t.Parallel()
	const parts = 6
	despatching(t, nil, func(t *testing.T, w *world.World) {
		ids := []int{pickable(t, w, "SO-1", line("MUG-BLUE", strconv.Itoa(parts)))}
		for range parts - 1 {
			ids = append(ids, w.Mintsoft.Split(ids[0], map[string]int{"MUG-BLUE": 1}))
		}
		for i, id := range ids {
			w.Mintsoft.Despatch(id, fmt.Sprintf("TRK-%d", i))
		}
		despatch(t, w)
		assert.Len(t, w.Unleashed.ShipmentsOf("SO-1"), parts)
		o, _ := w.Unleashed.OrderByNumber("SO-1")
		assert.Equal(t, unleashedsim.Completed, o.OrderStatus)
		assert.Empty(t, w.DeadLetters(t))
	})
}

// TestAProcessThatDiedWhileAPartLeft: nothing on the shipment tells of it, neither the
// comments, which the account does not keep, nor a tracking number. What was meant does.
func TestAProcessThatDiedWhileAPartLeft(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ShipmentCommentsDropped = true })
		id := pickable(t, w, "SO-1", line("MUG-BLUE", "10"))
		w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "4"}}})
		w.Mintsoft.Despatch(w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 4}))
		var left map[string]string
		w.Unleashed.Server.Faults.Before("PUT", "/SalesShipments/*", 1, func() { left = w.LedgerFiles(t) })
		despatch(t, w)
		require.NotEmpty(t, left)
		w.Killed(t, left)
		<-time.After(time.Hour)
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 4 x MUG-BLUE")
		assert.Empty(t, w.DeadLetters(t))
	})
}

// TestASiblingTookTheShipmentAfterACrash: the process dies before the despatch of one of two
// parts that look the same arrives. Afterwards the other one leaves with the open shipment.
func TestASiblingTookTheShipmentAfterACrash(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		for _, tracking := range [][]string{nil, {"TRK-1"}} {
			t.Run(fmt.Sprintf("comments dropped %v, tracking %v", silent, tracking), func(t *testing.T) {
				t.Parallel()
				despatching(t, nil, func(t *testing.T, w *world.World) {
					w.Edit(t, "order_despatch", "threads: 8", "threads: 1") // which is first is not left to chance
					w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ShipmentCommentsDropped = silent })
					w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InvoiceAfter = -1 })
					id := pickable(t, w, "SO-1", line("MUG-BLUE", "6"))
					other, part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2}), w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})
					w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
					w.Mintsoft.Despatch(part, tracking...)
					var before map[string]string
					w.Unleashed.Faults.Before("PUT", "/SalesShipments/*", 1, func() { before = w.LedgerFiles(t) })
					w.Unleashed.Faults.Add(twin.Fault{Path: "/SalesShipments/*", Skip: 1, CloseBefore: true}) // after the look before the write
					despatch(t, w)
					w.Unleashed.Faults.Clear()
					w.Killed(t, before)
					require.Equal(t, []string{"SO-1: Placed", "Parked: 2 x MUG-BLUE"}, upstream(w, "SO-1"))
					<-time.After(10 * time.Minute)
					w.Mintsoft.Despatch(other, tracking...)
					<-time.After(time.Minute)
					w.Mintsoft.EditOrder(part, func(o *mintsoftsim.Order) { o.Comments = nil }) // it comes after the other one in the list
					for range 2 {
						despatch(t, w)
						<-time.After(10 * time.Minute)
					}
					assert.Equal(t, map[string]int{"MUG-BLUE": 4}, dispatchedOf(w, "SO-1"))
					assert.Empty(t, w.DeadLetters(t))
				})
			})
		}
	}
}
