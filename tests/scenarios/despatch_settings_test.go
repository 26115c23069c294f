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

// despatchSettings are the keys that the flow reads, with what stands in Unleashed
// on either side of each.
var despatchSettings = []setting{
	{
		key: "general.import_orders", run: leftAndRead, look: posted,
		sides: []side{{true, "SO-1: Completed; Dispatched: 2 x MUG-BLUE TRK-SO-1"}, {false, "SO-1: Placed"}},
	},
	{
		key: "shipment_import.enabled", with: map[string]any{"general.import_orders": false}, run: leftAndRead, look: posted,
		sides: []side{{true, "SO-1: Completed; Dispatched: 2 x MUG-BLUE TRK-SO-1"}, {false, "SO-1: Placed"}},
	},
	{
		key: "general.disable_sales_order_completion_after_despatch", run: leftAndRead, look: posted,
		sides: []side{{false, "SO-1: Completed; Dispatched: 2 x MUG-BLUE TRK-SO-1"}, {true, "SO-1: Placed; Dispatched: 2 x MUG-BLUE TRK-SO-1"}},
	},
	{
		key: "unleashed.warehouse_code", run: leftAndRead, look: posted,
		sides: []side{
			{"MAIN", "SO-1: Completed; Dispatched: 2 x MUG-BLUE TRK-SO-1"},
			{"SHOP", "SO-1: Placed; order SO-1 left here, and sales order SO-1 is of warehouse MAIN in Unleashed; correct it there, then replay"},
		},
	},
	{
		key: "mintsoft.warehouse", run: leftAndRead, look: posted,
		sides: []side{{"MAIN", "SO-1: Completed; Dispatched: 2 x MUG-BLUE TRK-SO-1"}, {"SHOP", "SO-1: Placed"}},
	},
	{
		key: "mintsoft.client", run: leftAndRead, look: posted,
		arrange: func(_ *testing.T, w *world.World) {
			w.Mintsoft.AddChannel(w.Mintsoft.AddClient(mintsoftsim.Client{ShortName: "OTHER", Name: "Other"}).ID, "Unleashed")
		},
		sides: []side{{"DEMO", "SO-1: Completed; Dispatched: 2 x MUG-BLUE TRK-SO-1"}, {"OTHER", "SO-1: Placed"}},
	},
	{
		// It matters where a merge leaves nothing but the number.
		key: "general.orders_prefix",
		run: func(t *testing.T, w *world.World) {
			w.Once(t, "main_order_import", "main_order_despatch")
			for _, number := range []string{"SO-1", "SO-2"} {
				addOrder(w, number, nil)
			}
			w.Once(t, "main_order_import")
			var ids []int
			for _, o := range w.Mintsoft.Orders() {
				ids = append(ids, o.ID)
			}
			w.Mintsoft.Merge(ids[0], ids[1])
			w.LoseLedger(t)
			w.Once(t, "main_order_despatch")
			w.Mintsoft.Despatch(ids[0], "TRK")
			despatch(t, w)
			assert.Equal(t, []string{"SO-2: Completed", "Dispatched: 2 x MUG-BLUE TRK"}, upstream(w, "SO-2"))
		},
		look: posted,
		sides: []side{
			{"", "SO-1: Completed; Dispatched: 2 x MUG-BLUE TRK"}, {"UNL-", "SO-1: Completed; Dispatched: 2 x MUG-BLUE TRK"},
		},
	},
	{
		key: "general.frequency", flows: []flow{orderDespatch}, lasting: 70 * time.Minute,
		look: func(_ *testing.T, w *world.World) string {
			return fmt.Sprint(w.Mintsoft.Journal.Count("GET", "/api/Order/List"))
		},
		sides: []side{{"15m", "5"}, {"30m", "3"}},
	},
}

func TestDespatchSettings(t *testing.T) { onBothSides(t, despatchSettings, world.Options{Seed: small}) }

// leftAndRead sends an order after the connection ran for the first time.
func leftAndRead(t *testing.T, w *world.World) {
	t.Helper()
	w.Once(t, "main_order_despatch")
	orderDespatch.add(w, 1)
	despatched(w, "SO-1", line("MUG-BLUE", "2"))
	despatch(t, w)
}

// posted is what became of the first order.
func posted(t *testing.T, w *world.World) string {
	said := upstream(w, "SO-1")
	for _, letter := range w.DeadLetters(t) {
		if letter.Record.Ref == "SO-1" {
			said = append(said, letter.Reason)
		}
	}
	return strings.Join(said, "; ")
}

func TestOrderThatWasImportedAsCompleted(t *testing.T) {
	t.Parallel()
	despatching(t, map[string]any{"general.order_status_to_import": []string{"Completed"}}, func(t *testing.T, w *world.World) {
		// Where its completion has shipped all of it nothing is to be picked.
		w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.CompleteWithoutShipment = true })
		addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Status = unleashedsim.Completed })
		before := upstream(w, "SO-1")
		w.Once(t, "main_order_import")
		made, exists := w.Mintsoft.OrderByNumber("SO-1")
		require.True(t, exists)
		w.Forget()
		w.Mintsoft.Despatch(made.ID, "TRK-1")
		despatch(t, w)
		assert.Empty(t, w.Writes("unleashed"))
		assert.Equal(t, before, upstream(w, "SO-1"))
		assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(made.ID))), "sales order SO-1 is completed")
	})
}

// Lines that were added to the order in Unleashed keep it open; those of the
// warehouse alone are a person's business.
func TestLinesThatWereAddedMeanwhile(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1")
		bowl, _ := w.Unleashed.Product("BOWL-S")
		w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) {
			added := o.SalesOrderLines[0]
			added.LineNumber, added.Product = 2, &unleashedsim.ProductBrief{Guid: bowl.Guid, ProductCode: "BOWL-S"}
			added.Guid[0]++
			o.SalesOrderLines = append(o.SalesOrderLines, added)
		})
		w.Mintsoft.Despatch(id, "TRK-1")
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 2 x MUG-BLUE TRK-1")
		assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(id))), "2 of 4 shipped")
		assert.Empty(t, w.DeadLetters(t))
	})
}

// An order that somebody touches between the despatch and its completion.
func TestOrderThatChangesBeforeItsCompletion(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1")
		w.Mintsoft.Despatch(id, "TRK-1")
		raise := func() {
			w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("3") })
		}
		w.Unleashed.Server.Faults.Before("POST", "/SalesShipments", 1, raise)
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 2 x MUG-BLUE TRK-1")
		assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(id))), "is not completed after all: SKU MUG-BLUE has not wholly left")
		assert.Empty(t, w.DeadLetters(t))
	})
}

// What a despatch costs of the monthly quota.
func TestCostOfADespatch(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderDespatch.options(), func(t *testing.T, w *world.World) {
		orderDespatch.add(w, 1)
		orderDespatch.run(t, w) // it reads the products and the carriers
		for n := range 5 {
			orderDespatch.add(w, n+2)
		}
		w.Forget()
		<-time.After(time.Minute)
		row := orderDespatch.run(t, w).Of("order_despatch")
		require.True(t, row.Clean(), "%+v", row)
		assert.LessOrEqual(t, len(w.Calls("unleashed")), 5*9+2, strings.Join(w.Calls("unleashed"), "\n"))
		assert.LessOrEqual(t, len(w.Calls("mintsoft")), 5+2, strings.Join(w.Calls("mintsoft"), "\n"))
	})
}
