package scenarios

import (
	"fmt"
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

// byHand posts two of the first SKU on each of the lines, as a person would.
func byHand(w *world.World, lines []int, beside ...unleashedsim.ShipmentLineSpec) {
	for _, line := range lines {
		w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{
			Order: "SO-1", Status: unleashedsim.Dispatched, Tracking: "TRK-1",
			Lines: append([]unleashedsim.ShipmentLineSpec{{Line: line, Quantity: "2"}}, beside...),
		})
	}
}

// Of two lines with one SKU a person may have posted what left on the other one. The
// parcel tells that it is the same.
func TestShipmentByHandOnTheOtherLineOfItsSKU(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{true, false} {
		for _, on := range []int{1, 2} {
			t.Run(fmt.Sprintf("named:%v on:%d", named, on), func(t *testing.T) {
				t.Parallel()
				despatching(t, nil, func(t *testing.T, w *world.World) {
					id := pickable(t, w, "SO-1", line("MUG-BLUE", "2"), line("MUG-BLUE", "2"), line("PLATE-26", "1"))
					edits := []int{0} // the first line goes
					if !named {
						edits = []int{0, 0, 2}
					}
					for _, quantity := range edits {
						w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": quantity})
					}
					byHand(w, []int{on}, unleashedsim.ShipmentLineSpec{Line: 3, Quantity: "1"})
					w.Mintsoft.Despatch(id, "TRK-1")
					w.Forget()
					row := despatch(t, w).Of("order_despatch")
					assert.True(t, row.Clean(), "%+v", row)
					assert.Empty(t, w.Writes("unleashed"))
				})
			})
		}
	}
}

// What a person posted counts for one part each, also where nothing in Mintsoft says
// which line of its SKU an item is of.
func TestPartsByHandOfLinesWithOneSKU(t *testing.T) {
	t.Parallel()
	type turn struct {
		on                              []int
		named, reversed, together, lost bool
	}
	var turns []turn
	for _, on := range [][]int{{1}, {2}, {1, 2}, {2, 2}} {
		for _, named := range []bool{true, false} {
			for _, reversed := range []bool{true, false} {
				turns = append(turns, turn{on: on, named: named, reversed: reversed}, turn{on: on, named: named, reversed: reversed, lost: true}, turn{on: on, named: named, reversed: reversed, together: true})
			}
		}
	}
	for _, c := range turns {
		t.Run(strings.Trim(fmt.Sprintf("%+v", c), "{}"), func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1", line("MUG-BLUE", "2"), line("MUG-BLUE", "4"), line("PLATE-26", "1"))
				if !c.named {
					for _, quantity := range []int{0, 0, 6} {
						w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": quantity})
					}
				}
				left := []int{w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2}), w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})}
				if c.reversed {
					slices.Reverse(left)
				}
				byHand(w, c.on)
				w.Mintsoft.Despatch(left[0], "TRK-1")
				if c.together { // each is judged while the other one is
					w.Mintsoft.Server.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Order/*", Delay: time.Second, Times: 20})
				} else {
					despatch(t, w)
				}
				if c.lost { // and what left before is not read again
					<-time.After(24 * time.Hour)
					w.LoseLedger(t)
					w.Once(t, "main_order_despatch")
				}
				<-time.After(time.Hour)
				w.Mintsoft.Despatch(left[1], "TRK-1")
				for range 3 {
					despatch(t, w)
					require.Len(t, w.Unleashed.ShipmentsOf("SO-1"), 2)
					for _, part := range left {
						w.Mintsoft.EditOrder(part, func(o *mintsoftsim.Order) { o.Comments = nil })
					}
				}
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}
