package scenarios

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// raisedAndLowered lets the warehouse lower lines too.
var raisedAndLowered = map[string]any{"general.in_flight_order_update": true, "general.allow_negative_adjustments": true}

// Two shipments of one sales order are edited one after the other, and what is written
// last is not always what was edited last.
func TestEditsOfTwoShipmentsOfOneOrder(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]int{"the first one is slow": 0, "the second one is slow": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shipping(t, raisedAndLowered, func(t *testing.T, w *world.World) {
				w.Once(t, "main_order_update")
				_, a := shippable(t, w, map[int]string{1: "2"})
				_, b := shippable(t, w, map[int]string{2: "3"})
				ids, skus := []int{a, b}, []string{"MUG-BLUE", "MUG-RED"}
				for _, i := range []int{first, 1 - first} {
					<-time.After(time.Minute)
					w.Mintsoft.EditItems(ids[i], map[string]int{skus[i]: 4})
				}
				<-time.After(time.Minute)
				w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: fmt.Sprintf("/api/Order/%d", ids[first]), Delay: 10 * time.Second, Times: 1})
				w.Once(t, "main_order_update")
				requireUpstream(t, w, "SO-1", "Placed", "Placed: 4 x MUG-BLUE", "Placed: 4 x MUG-RED")
			})
		})
	}
	t.Run("a dead letter is replayed after the other one was written", func(t *testing.T) {
		t.Parallel()
		shipping(t, raisedAndLowered, func(t *testing.T, w *world.World) {
			w.Once(t, "main_order_update")
			_, a := shippable(t, w, map[int]string{1: "2"})
			_, b := shippable(t, w, map[int]string{2: "3"})
			running := w.Forever(t, "main_order_update")
			<-time.After(time.Minute)
			fault := refuses("PUT", "/SalesShipments/*")
			fault.Times = 1
			w.Unleashed.Server.Faults.Add(fault)
			w.Mintsoft.EditItems(a, map[string]int{"MUG-BLUE": 4})
			<-time.After(20 * time.Minute)
			require.Len(t, w.DeadLetters(t), 1)
			w.Mintsoft.EditItems(b, map[string]int{"MUG-RED": 4})
			<-time.After(20 * time.Minute)
			requireUpstream(t, w, "SO-1", "Placed", "Placed: 2 x MUG-BLUE", "Placed: 4 x MUG-RED")
			letter := w.DeadLetters(t)[0]
			w.Ask(t, func(tx *ledger.Tx) error { return tx.SetDeadLetterState(letter.ID, ledger.StateReplaying) })
			<-time.After(20 * time.Minute)
			running.Stop(t)
			requireUpstream(t, w, "SO-1", "Placed", "Placed: 4 x MUG-BLUE", "Placed: 4 x MUG-RED")
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

// An edit of the warehouse waits, and by the time that it can be written it is not what
// was decided upon any more.
func TestEditsThatWaited(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit      map[string]int
		outage    bool // of the whole account, and not of the write alone
		meanwhile func(w *world.World, id int)
		want      []string
		says      string
	}{
		"a person changed the line": {
			map[string]int{"MUG-BLUE": 5}, false,
			func(w *world.World, _ int) {
				w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("9") })
			},
			[]string{"9 x MUG-BLUE at 6", "2 x MUG-RED at 6"}, "SKU MUG-BLUE was changed on both sides: Mintsoft has 5, Unleashed 9",
		},
		"a person changed another line": {
			map[string]int{"MUG-BLUE": 5}, false,
			func(w *world.World, _ int) {
				w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[1].OrderQuantity.Set("9") })
			},
			[]string{"5 x MUG-BLUE at 6", "9 x MUG-RED at 6"}, "",
		},
		"a person raised a line that goes": {
			map[string]int{"MUG-BLUE": 5, "MUG-RED": 0}, false,
			func(w *world.World, _ int) {
				w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[1].OrderQuantity.Set("9") })
			},
			[]string{"5 x MUG-BLUE at 6", "9 x MUG-RED at 6"}, "SKU MUG-RED was changed on both sides: Mintsoft has 0, Unleashed 9",
		},
		"a person completed the order": {
			map[string]int{"MUG-BLUE": 5}, false,
			func(w *world.World, _ int) { w.Unleashed.CompleteOrder("SO-1") },
			[]string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6"}, "",
		},
		"a person added a line too": {
			map[string]int{"BOWL-S": 2}, false,
			func(w *world.World, _ int) {
				w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) {
					o.SalesOrderLines = append(o.SalesOrderLines, unleashedsim.SalesOrderLine{
						LineNumber: 3, Product: &unleashedsim.ProductBrief{ProductCode: "PLATE-26"}, OrderQuantity: unleashedsim.Number("1"),
					})
				})
			},
			[]string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6", "1 x PLATE-26 at 11.5", "2 x BOWL-S at 7.25"}, "",
		},
		"the warehouse took it back": {
			map[string]int{"MUG-BLUE": 5}, true,
			func(w *world.World, id int) {
				<-time.After(3 * time.Hour)
				w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 3})
				<-time.After(time.Hour)
			},
			[]string{"3 x MUG-BLUE at 6", "2 x MUG-RED at 6"}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			updating(t, map[string]any{"general.allow_negative_adjustments": true}, func(t *testing.T, w *world.World, id int) {
				running := w.Forever(t, "main_order_update")
				<-time.After(time.Minute)
				w.Unleashed.Server.Faults.Add(twin.Fault{Method: "PUT", Path: "/SalesOrders/*", Status: http.StatusServiceUnavailable})
				if test.outage {
					w.Unleashed.Server.Faults.Before("PUT", "/SalesOrders/*", 1, func() {
						w.Unleashed.Server.Faults.Add(twin.Fault{Path: "*", Status: http.StatusServiceUnavailable})
					})
				}
				w.Mintsoft.EditItems(id, test.edit)
				<-time.After(16 * time.Minute)
				test.meanwhile(w, id)
				<-time.After(5 * time.Minute)
				w.Unleashed.Server.Faults.Clear()
				<-time.After(time.Hour)
				running.Stop(t)
				lines := ordered(w, "SO-1")
				assert.Equal(t, test.want, lines[:len(lines)-1])
				assert.Empty(t, w.DeadLetters(t))
				assert.Equal(t, test.says != "", len(w.Logged("needs a look", test.says)) > 0)
			})
		})
	}
}

// The orders that are merged go their own ways.
func TestEditsOfMergedOrdersAreFiledApart(t *testing.T) {
	t.Parallel()
	despatching(t, raisedAndLowered, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1", line("MUG-BLUE", "2"))
		w.Mintsoft.Merge(id, pickable(t, w, "SO-2", line("MUG-RED", "2")))
		update(t, w)
		fault := refuses("PUT", "/SalesOrders/*")
		fault.Times = 1
		w.Unleashed.Server.Faults.Add(fault)
		w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 3, "MUG-RED": 3})
		update(t, w)
		require.Len(t, w.DeadLetters(t), 1)
		w.Replay(t)
		assert.Equal(t, []string{"3 x MUG-BLUE at 6", "3 x MUG-RED at 6"}, []string{ordered(w, "SO-1")[0], ordered(w, "SO-2")[0]})
		assert.Empty(t, w.DeadLetters(t))
	})
}
