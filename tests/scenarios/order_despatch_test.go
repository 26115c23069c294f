package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// pickable adds an order to Unleashed, imports it and answers its id in Mintsoft.
func pickable(t *testing.T, w *world.World, number string, lines ...unleashedsim.LineSpec) int {
	t.Helper()
	addOrder(w, number, func(o *unleashedsim.OrderSpec) {
		if len(lines) > 0 {
			o.Lines = lines
		}
	})
	w.Once(t, "main_order_import")
	made, exists := w.Mintsoft.OrderByNumber(number)
	require.True(t, exists, number)
	return made.ID
}

// line is a line of an order.
func line(sku, quantity string) unleashedsim.LineSpec {
	return unleashedsim.LineSpec{SKU: sku, Quantity: quantity, Price: "6"}
}

func requireUpstream(t *testing.T, w *world.World, number string, expected ...string) {
	t.Helper()
	require.Equal(t, append([]string{number + ": " + expected[0]}, expected[1:]...), upstream(w, number))
}

func TestWhatLeftIsDispatchedAndCompleted(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1")
		row := despatch(t, w).Of("order_despatch")
		assert.Zero(t, row.Updated+row.Created, "nothing has left: %+v", row)
		w.Mintsoft.Despatch(id, "TRK-1")
		row = despatch(t, w).Of("order_despatch")
		assert.True(t, row.Clean(), "%+v", row)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")

		// INVOICED follows by itself, and is the same despatch.
		w.Forget()
		<-time.After(time.Hour)
		w.Mintsoft.Invoice(id, true)
		despatch(t, w)
		assert.Empty(t, w.Writes("unleashed"))
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
		assert.Empty(t, w.DeadLetters(t))

		w.LoseLedger(t)
		w.Once(t, "main_order_despatch")
		w.Mintsoft.EditOrder(id, func(o *mintsoftsim.Order) { o.Comments = nil })
		w.Forget()
		despatch(t, w)
		assert.Empty(t, w.Writes("unleashed"), "an empty ledger posts nothing twice")
	})
}

func TestOnePartAfterAnother(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
		part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1, "MUG-RED": 2})
		w.Mintsoft.Despatch(part, "TRK-2")
		row := despatch(t, w).Of("order_despatch")
		assert.True(t, row.Clean(), "%+v", row)
		requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 1 x MUG-BLUE + 2 x MUG-RED TRK-2")
		assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(part))), "3 of 5 shipped")

		w.Mintsoft.Despatch(id, "TRK-1", "TRK-1B")
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 1 x MUG-BLUE + 2 x MUG-RED TRK-2", "Dispatched: 2 x MUG-BLUE TRK-1, TRK-1B")
		assert.Empty(t, w.DeadLetters(t))
	})
}

func TestShipmentThatIsOpenIsTheOneThatLeaves(t *testing.T) {
	t.Parallel()
	ship := func(quantities ...string) unleashedsim.ShipmentSpec {
		spec := unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed}
		for i, quantity := range quantities {
			if quantity != "" {
				spec.Lines = append(spec.Lines, unleashedsim.ShipmentLineSpec{Line: i + 1, Quantity: quantity})
			}
		}
		return spec
	}
	for name, c := range map[string]struct {
		open     []unleashedsim.ShipmentSpec
		expected []string
		letter   string
	}{
		"it fits":                          {[]unleashedsim.ShipmentSpec{ship("3", "2")}, []string{"Completed", "Dispatched: 3 x MUG-BLUE + 2 x MUG-RED TRK-1"}, ""},
		"none is open":                     {nil, []string{"Completed", "Dispatched: 3 x MUG-BLUE + 2 x MUG-RED TRK-1"}, ""},
		"several are open and none fits":   {[]unleashedsim.ShipmentSpec{ship("3"), ship("", "2")}, []string{"Placed", "Placed: 2 x MUG-RED", "Placed: 3 x MUG-BLUE"}, "SS-"},
		"one is open and holds less of it": {[]unleashedsim.ShipmentSpec{ship("1")}, []string{"Placed", "Placed: 1 x MUG-BLUE"}, "SS-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
				for _, spec := range c.open {
					w.Unleashed.AddShipment(spec)
				}
				w.Mintsoft.Despatch(id, "TRK-1")
				despatch(t, w)
				requireUpstream(t, w, "SO-1", c.expected...)
				if c.letter != "" {
					letter := letterOf(t, w, "SO-1")
					assert.Contains(t, letter.Reason, c.letter)
					assert.Equal(t, "unmappable", letter.Class)
				} else {
					assert.Empty(t, w.DeadLetters(t))
				}
			})
		})
	}
	t.Run("a part of it leaves: the rest is taken off", func(t *testing.T) {
		despatching(t, nil, func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
			w.Unleashed.AddShipment(ship("3", "2"))
			part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1})
			w.Mintsoft.Despatch(part, "TRK-2")
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 1 x MUG-BLUE TRK-2")
			w.Mintsoft.Despatch(id, "TRK-1")
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 1 x MUG-BLUE TRK-2", "Dispatched: 2 x MUG-BLUE + 2 x MUG-RED TRK-1")
		})
	})
}

func TestDespatchPostedByHand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do       func(w *world.World)
		expected []string
	}{
		"the shipment was dispatched": {func(w *world.World) {
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Dispatched, Tracking: "BY-HAND", Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
		}, []string{"Completed", "Dispatched: 2 x MUG-BLUE BY-HAND"}},
		"with the same tracking number": {func(w *world.World) {
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Dispatched, Tracking: "TRK-1", Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
		}, []string{"Completed", "Dispatched: 2 x MUG-BLUE TRK-1"}},
		"the order was completed": {func(w *world.World) { w.Unleashed.CompleteOrder("SO-1") }, []string{"Completed", "Dispatched: 2 x MUG-BLUE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1")
				c.do(w)
				w.Mintsoft.Despatch(id, "TRK-1")
				row := despatch(t, w).Of("order_despatch")
				assert.True(t, row.Clean(), "%+v", row)
				requireUpstream(t, w, "SO-1", c.expected...)
			})
		})
	}
}

func TestDespatchThatCannotBePosted(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		gone := pickable(t, w, "SO-GONE")
		more := pickable(t, w, "SO-MORE")
		other := pickable(t, w, "SO-OTHER")
		fine := pickable(t, w, "SO-FINE")
		w.Unleashed.EditOrder("SO-MORE", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("1") })
		w.Mintsoft.EditItems(other, map[string]int{"MUG-RED": 1})
		for _, id := range []int{gone, more, other, fine} {
			w.Mintsoft.Despatch(id, fmt.Sprint("TRK-", id))
		}
		w.Unleashed.DeleteOrder("SO-GONE")
		despatch(t, w)
		requireUpstream(t, w, "SO-FINE", "Completed", fmt.Sprintf("Dispatched: 2 x MUG-BLUE TRK-%d", fine))
		assert.Contains(t, letterOf(t, w, "SO-GONE").Reason, "deleted in Unleashed")
		for _, word := range []string{"SKU MUG-BLUE", "2 left", "1 of 1 ordered are open"} {
			assert.Contains(t, letterOf(t, w, "SO-MORE").Reason, word)
		}
		assert.Contains(t, letterOf(t, w, "SO-OTHER").Reason, "SKU MUG-RED left and is no line of it")

		w.Unleashed.EditOrder("SO-MORE", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("2") })
		w.Replay(t)
		requireUpstream(t, w, "SO-MORE", "Completed", fmt.Sprintf("Dispatched: 2 x MUG-BLUE TRK-%d", more))
		assert.Len(t, w.DeadLetters(t), 2)
	})
}

// TestDespatchThatIsTakenBack: what was posted stays, and somebody has to know.
func TestDespatchThatIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, status := range []int{mintsoftsim.StatusCancelled, mintsoftsim.StatusNew} {
		t.Run(fmt.Sprint("status ", status), func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"))
				part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1})
				w.Mintsoft.Despatch(part, "TRK-1")
				despatch(t, w)
				w.Mintsoft.TakeBack(part, status)
				w.Mintsoft.EditOrder(id, func(o *mintsoftsim.Order) { o.Comments = nil })
				w.Forget()
				despatch(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				assert.Len(t, w.Logged("needs a look"), 1)
				number := w.Unleashed.ShipmentsOf("SO-1")[0].ShipmentNumber
				assert.NotEmpty(t, w.Logged("needs a look", fmt.Sprintf("status %d has not left, but %s left for it", status, number)))
				assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(part))), "cannot be taken back")
			})
		})
	}
}

func TestOrderThatUnleashedDidNotMakeIsLeftAlone(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		pickable(t, w, "SO-1")
		foreign := w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Number: "SO-1-B", Reference: "WEB-1", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-BLUE", Quantity: 2}}})
		w.Mintsoft.EditOrder(foreign.ID, func(o *mintsoftsim.Order) { o.OrderNumber = "SO-1" })
		w.Mintsoft.Despatch(foreign.ID, "TRK-1")
		w.Forget()
		despatch(t, w)
		assert.Empty(t, w.Writes("unleashed"), "an equal number alone says nothing")
	})
}

func TestCompletionAfterDespatchIsASetting(t *testing.T) {
	t.Parallel()
	for off, status := range map[bool]string{false: "Completed", true: "Placed"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			despatching(t, map[string]any{"general.disable_sales_order_completion_after_despatch": off}, func(t *testing.T, w *world.World) {
				w.Mintsoft.Despatch(pickable(t, w, "SO-1"), "TRK-1")
				despatch(t, w)
				requireUpstream(t, w, "SO-1", status, "Dispatched: 2 x MUG-BLUE TRK-1")
			})
		})
	}
}

func TestAnswersOfADespatchThatAreLost(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/SalesShipments", "/SalesShipments/*", "/SalesOrders/*/Complete"} {
		for name, fault := range map[string]twin.Fault{"closed after": {CloseAfter: true}, "closed before": {CloseBefore: true}} {
			t.Run(path+" "+name, func(t *testing.T) {
				t.Parallel()
				despatching(t, nil, func(t *testing.T, w *world.World) {
					id := pickable(t, w, "SO-1")
					if path == "/SalesShipments/*" {
						w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
					}
					fault.Method, fault.Path, fault.Times = "POST", path, 1
					if path == "/SalesShipments/*" {
						fault.Method = "PUT"
					}
					w.Unleashed.Server.Faults.Add(fault)
					w.Mintsoft.Despatch(id, "TRK-1")
					row := despatch(t, w).Of("order_despatch")
					assert.True(t, row.Clean(), "%+v", row)
					requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
					assert.Empty(t, w.DeadLetters(t))
				})
			})
		}
	}
}
