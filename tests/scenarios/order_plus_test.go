package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// withPlus is an order whose own number looks like that of a merged one, and its order
// in Mintsoft. The other one whose number is in it stands there too.
func withPlus(t *testing.T, w *world.World) (id int) {
	t.Helper()
	pickable(t, w, "SO-1", line("MUG-BLUE", "2"))
	id = pickable(t, w, "SO-1+B", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
	require.Len(t, w.Mintsoft.Orders(), 2)
	return id
}

// A number may have the sign by which Mintsoft joins the numbers of merged orders.
func TestNumbersWithAPlus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]any
		do       func(t *testing.T, w *world.World, id int)
		linked   bool // with a lost ledger nobody could tell
	}{
		"a deleted one is cancelled": {nil, func(t *testing.T, w *world.World, id int) {
			w.Unleashed.DeleteOrder("SO-1+B")
			w.Once(t, "main_order_import")
			o, _ := w.Mintsoft.Order(id)
			assert.Equal(t, mintsoftsim.StatusCancelled, o.OrderStatusID)
			assert.Empty(t, w.Logged("needs a look"))
		}, false},
		"one that is merged is not": {nil, func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.Merge(id, w.Mintsoft.OrdersByNumber("SO-1")[0].ID)
			w.Unleashed.DeleteOrder("SO-1+B")
			w.Forget()
			w.Once(t, "main_order_import")
			assert.Empty(t, w.Writes("mintsoft"))
			assert.NotEmpty(t, w.Logged("needs a look", "merged it into order", "SO-1+B+SO-1"))
		}, false},
		"the one whose number is in it is not merged into it": {nil, func(t *testing.T, w *world.World, _ int) {
			w.Mintsoft.DeleteOrder(w.Mintsoft.OrdersByNumber("SO-1")[0].ID)
			w.Unleashed.DeleteOrder("SO-1")
			w.Once(t, "main_order_import")
			assert.Empty(t, w.Logged("needs a look"))
		}, false},
		"it despatches": {nil, func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.Despatch(id, "TRK-1")
			despatch(t, w)
			requireUpstream(t, w, "SO-1+B", "Completed", "Dispatched: 3 x MUG-BLUE + 2 x MUG-RED TRK-1")
			requireUpstream(t, w, "SO-1", "Placed")
		}, false},
		"it despatches with what it is merged with": {nil, func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.Merge(w.Mintsoft.OrdersByNumber("SO-1")[0].ID, id)
			w.Mintsoft.Despatch(w.Mintsoft.Orders()[0].ID, "TRK-1")
			despatch(t, w)
			requireUpstream(t, w, "SO-1+B", "Completed", "Dispatched: 3 x MUG-BLUE + 2 x MUG-RED TRK-1")
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
		}, true},
		"its edits go back, of all its parts": {map[string]any{"general.in_flight_order_update": true}, func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.EditItems(id, map[string]int{"MUG-RED": 5})
			w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1})
			w.Once(t, "main_order_update")
			assert.Equal(t, []string{"3 x MUG-BLUE at 6", "5 x MUG-RED at 6"}, ordered(w, "SO-1+B")[:2])
			assert.Empty(t, w.Logged("needs a look"))
		}, true},
	} {
		for ledger, lose := range map[string]bool{"": false, ", with a lost ledger": true} {
			if lose && c.linked {
				continue
			}
			t.Run(name+ledger, func(t *testing.T) {
				t.Parallel()
				despatching(t, c.settings, func(t *testing.T, w *world.World) {
					id := withPlus(t, w)
					<-time.After(time.Hour)
					if lose {
						w.LoseLedger(t)
						w.Once(t, "main_order_despatch")
					}
					c.do(t, w, id)
					assert.Empty(t, w.DeadLetters(t))
				})
			})
		}
	}
}

// A lost answer leaves an order that is found by its whole number, and one that was not
// made is not taken for the one that has its number in its own.
func TestLostAnswersOfNumbersWithAPlus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		number string
		fault  twin.Fault
	}{
		"it was made":          {"SO-1+B", closeAfter("PUT", "/api/Order")},
		"it was not":           {"SO-1+B", twin.Fault{Method: "PUT", Path: "/api/Order", Times: 1, CloseBefore: true}},
		"nor one inside of it": {"SO-1", twin.Fault{Method: "PUT", Path: "/api/Order", Times: 1, CloseBefore: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				if c.number == "SO-1" {
					pickable(t, w, "SO-1+B")
				}
				w.Mintsoft.Faults.Add(c.fault)
				pickable(t, w, c.number)
				assert.Empty(t, w.DeadLetters(t))
				o, _ := w.Unleashed.OrderByNumber(c.number)
				made := w.Mintsoft.Orders()
				assert.Equal(t, o.Guid.String(), *made[len(made)-1].ExternalOrderReference)
			})
		})
	}
}

func TestPrefixWithAPlus(t *testing.T) {
	t.Parallel()
	o := following()
	o.Settings["general.orders_prefix"] = "U+"
	world.Bubble(t, o, func(t *testing.T, w *world.World) {
		ref := ship(w, three(w, "SO-3"), parts(map[int]string{1: "2", 2: "3"})...)
		shipmentImport.run(t, w)
		reship(w, ref)
		shipmentImport.run(t, w)
		made, _ := w.Mintsoft.OrderByNumber("U+" + ref)
		assert.Equal(t, asReshipped, itemsOf(w, made.ID))
		w.Unleashed.SetShipmentStatus(ref, unleashedsim.Deleted)
		shipmentImport.run(t, w)
		made, _ = w.Mintsoft.Order(made.ID)
		assert.Equal(t, mintsoftsim.StatusCancelled, made.OrderStatusID)
		assert.Empty(t, w.DeadLetters(t))
	})
}
