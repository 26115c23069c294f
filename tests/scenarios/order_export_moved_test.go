package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// Goods whose order was exported while it was open, and split or merged after that,
// are sold once: a person brings the sales orders in line, and a replay goes on.
func TestGoodsThatMovedAfterTheirExport(t *testing.T) {
	t.Parallel()
	const held = "it was split or merged after an export, and sales order "
	t.Run("an order is split", func(t *testing.T) {
		t.Parallel()
		exporting(t, bothWays, func(t *testing.T, w *world.World) {
			first := soldElsewhere(w, "WEB-1", nil)
			export(t, w)
			<-time.After(afterwards)
			second := w.Mintsoft.Split(first.ID, map[string]int{"MUG-BLUE": 1})
			w.Mintsoft.Despatch(second, "TRACK-2")
			w.Once(t, exportSent.stream())
			assert.Equal(t, []string{"WEB-1: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, allExported(w))
			assert.Contains(t, letterOf(t, w, "WEB-1").Reason, held+"WEB-1 still has 2 x MUG-BLUE where it should have 1")

			w.Unleashed.EditOrder("WEB-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("1") })
			w.Replay(t)
			w.Mintsoft.Despatch(first.ID, "TRACK-1")
			export(t, w)
			assert.ElementsMatch(t, []string{
				"WEB-1: Completed, 1 x MUG-BLUE at 10 taxed UK20, 12 for Harbour Cafe", "WEB-1/2: Completed, 1 x MUG-BLUE at 10 taxed UK20, 12 for Harbour Cafe",
			}, allExported(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("two exported orders are merged", func(t *testing.T) {
		t.Parallel()
		exporting(t, bothWays, func(t *testing.T, w *world.World) {
			first, second := soldElsewhere(w, "WEB-1", nil), soldElsewhere(w, "WEB-2", nil)
			export(t, w)
			<-time.After(afterwards)
			w.Mintsoft.Merge(first.ID, second.ID)
			w.Mintsoft.Despatch(first.ID, "TRACK-1")
			w.Once(t, exportSent.stream())
			assert.Contains(t, letterOf(t, w, "WEB-1+WEB-2").Reason, held+"WEB-2 still has 2 x MUG-BLUE where it should have 0")
			assert.Empty(t, w.Unleashed.Invoices())

			w.Unleashed.DeleteOrder("WEB-2")
			w.Replay(t)
			assert.NotEmpty(t, w.Logged("needs a look", "4 x MUG-BLUE left, and sales order WEB-1 has 2: correct it to what left and complete it in Unleashed"))
			assert.Empty(t, w.Unleashed.Invoices())
		})
	})
	t.Run("a new order takes an exported one in", func(t *testing.T) {
		t.Parallel()
		exporting(t, bothWays, func(t *testing.T, w *world.World) {
			second := soldElsewhere(w, "WEB-2", nil)
			export(t, w)
			<-time.After(afterwards)
			first := soldElsewhere(w, "WEB-1", nil)
			w.Mintsoft.Merge(first.ID, second.ID)
			w.Mintsoft.Despatch(first.ID, "TRACK-1")
			w.Once(t, exportSent.stream())
			assert.Equal(t, []string{"WEB-2: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, allExported(w))

			w.Unleashed.DeleteOrder("WEB-2")
			w.Replay(t)
			assert.Contains(t, allExported(w), "WEB-1+WEB-2: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 2 x MUG-BLUE at 10 taxed UK20, 48 for Harbour Cafe")
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	for name, c := range map[string]struct {
		exported bool
		want     string
	}{
		"":                   {false, "WEB-1 was merged into it and is not known"},
		", and was exported": {true, "what was exported as sales order WEB-1 (Placed) was merged into it: complete that in Unleashed"},
	} {
		t.Run("an order of Unleashed takes one in that was sold elsewhere"+name, func(t *testing.T) {
			t.Parallel()
			exporting(t, bothWays, func(t *testing.T, w *world.World) {
				ref := orderImport.add(w, 1)
				w.Once(t, orderImport.stream())
				foreign := soldElsewhere(w, "WEB-1", nil)
				if c.exported {
					export(t, w)
				}
				before := allExported(w)
				w.Mintsoft.Merge(webOrder(w, ref).ID, foreign.ID)
				export(t, w)
				assert.Equal(t, before, allExported(w))
				assert.NotEmpty(t, w.Logged("needs a look", c.want))
			})
		})
	}
}

// TestAnOrderOfOursThatAnotherAbsorbed is not sold once more, also where nothing but its
// items says that it was ours.
func TestAnOrderOfOursThatAnotherAbsorbed(t *testing.T) {
	t.Parallel()
	exporting(t, bothWays, func(t *testing.T, w *world.World) {
		ref := orderImport.add(w, 1)
		w.Once(t, orderImport.stream())
		foreign := soldElsewhere(w, "WEB-1", nil)
		w.Mintsoft.Merge(foreign.ID, webOrder(w, ref).ID)
		w.LoseLedger(t)
		w.Mintsoft.Despatch(foreign.ID, "TRK-1")
		w.Once(t, exportSent.stream(), "main_order_despatch")
		assert.Empty(t, allExported(w))
		assert.Len(t, w.Logged("needs a look", "items of it are of an order"), 2)
	})
}

// TestExportedOrderThatLeavesAnotherWarehouse was moved in Mintsoft to the warehouse of
// another connection: the goods left there, and the sales order is still of the first.
func TestExportedOrderThatLeavesAnotherWarehouse(t *testing.T) {
	t.Parallel()
	o := shared()
	o.Settings = bothWays
	world.Bubble(t, o, func(t *testing.T, w *world.World) {
		w.Once(t, "*_order_export")
		other := webWarehouse(w) + 1
		w.Mintsoft.AdjustStock("MUG-BLUE", other, 5)
		id := soldElsewhere(w, "WEB-1", nil).ID
		<-time.After(time.Minute)
		w.Once(t, "*_order_export")
		<-time.After(afterwards)
		w.Mintsoft.EditOrder(id, func(o *mintsoftsim.Order) { o.WarehouseID = other })
		w.Mintsoft.Despatch(id, "TRACK-1")
		<-time.After(time.Minute)
		w.Once(t, "*_order_export")
		assert.Equal(t, []string{"WEB-1: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, allExported(w))
		assert.Len(t, w.Logged("needs a look", "it left warehouse SHOP, and sales order WEB-1 is of MAIN"), 1)
	})
}
