package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestALostLedgerBringsNothingBack: Mintsoft may let the number of an order be used
// again that was cancelled or merged, so that it would take the order once more.
func TestALostLedgerBringsNothingBack(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(t *testing.T, w *world.World, before map[string]string){
		"lost":                   func(t *testing.T, w *world.World, _ map[string]string) { w.LoseLedger(t) },
		"reset":                  func(t *testing.T, w *world.World, _ map[string]string) { w.Reset(t, world.Main) },
		"replaced by an old one": func(t *testing.T, w *world.World, before map[string]string) { w.Killed(t, before) },
	} {
		lost := func(t *testing.T, end func(t *testing.T, w *world.World), then func(t *testing.T, w *world.World, row runner.Row)) {
			t.Helper()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber, k.DeletedFreesNumber = true, true })
				before := w.LedgerFiles(t)
				<-time.After(3 * time.Hour)
				end(t, w)
				<-time.After(time.Hour)
				lose(t, w, before)
				w.Forget()
				row := w.Once(t, "main_order_import").Of("order_import")
				assert.Empty(t, w.Writes("mintsoft"))
				then(t, w, row)
			})
		}
		t.Run(name+"/an order that was cancelled", func(t *testing.T) {
			lost(t, func(t *testing.T, w *world.World) { w.Mintsoft.Cancel(pickable(t, w, "SO-1")) }, func(t *testing.T, w *world.World, _ runner.Row) {
				assert.Contains(t, letterOf(t, w, "SO-1").Reason, "was made from this record but is cancelled; `mintleash release`")
			})
		})
		t.Run(name+"/orders that were merged", func(t *testing.T) {
			lost(t, func(t *testing.T, w *world.World) { w.Mintsoft.Merge(pickable(t, w, "SO-1"), pickable(t, w, "SO-2")) }, func(t *testing.T, w *world.World, row runner.Row) {
				require.True(t, row.Clean(), "%+v", row)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
	t.Run("and what is new is not looked for", func(t *testing.T) {
		despatching(t, nil, func(t *testing.T, w *world.World) {
			<-time.After(time.Hour)
			w.Forget()
			pickable(t, w, "SO-1")
			assert.Zero(t, w.Mintsoft.Journal.Count("GET", "/api/Order/Search"))
		})
	})
	t.Run("nor what is older where the client had no order at first", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"general.order_status_to_import": []any{"Placed"}}}, func(t *testing.T, w *world.World) {
			require.Empty(t, w.Mintsoft.Orders())
			addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Status = unleashedsim.Parked })
			<-time.After(time.Hour)
			running := w.Forever(t, "main_order_import")
			addOrder(w, "SO-2", nil)
			<-time.After(time.Hour)
			require.Len(t, w.Mintsoft.Orders(), 1)
			w.Unleashed.SetStatus("SO-1", unleashedsim.Placed)
			<-time.After(time.Hour)
			running.Stop(t)
			assert.Len(t, w.Mintsoft.Orders(), 2)
			assert.Zero(t, w.Mintsoft.Journal.Count("GET", "/api/Order/Search"), "what is there is ours")
		})
	})
}

// TestANightlyRunLooksOnce: where nothing ran for long, the ledger may be an older copy
// that was put back. One look at what changed in Mintsoft tells, so that a run each night
// does not search for each order of the day.
func TestANightlyRunLooksOnce(t *testing.T) {
	t.Parallel()
	const list, search = "/api/Order/List", "/api/Order/Search"
	placed := map[string]any{"general.order_status_to_import": []any{"Placed"}}
	night := func(t *testing.T, w *world.World) runner.Row {
		t.Helper()
		<-time.After(10 * time.Hour)
		w.Forget()
		return w.Once(t, "main_order_import").Of("order_import")
	}
	despatching(t, placed, func(t *testing.T, w *world.World) {
		merged := pickable(t, w, "SO-1")
		<-time.After(24 * time.Hour)
		old := w.LedgerFiles(t)
		for _, numbers := range [][]string{{"SO-2", "SO-3"}, {"SO-4"}} {
			for _, number := range numbers {
				addOrder(w, number, nil)
			}
			row := night(t, w)
			require.True(t, row.Clean(), "%+v", row)
			assert.EqualValues(t, len(numbers), row.Created)
			assert.Zero(t, w.Mintsoft.Journal.Count("GET", search), "the ledger knows all orders of ours that changed")
			assert.Equal(t, 1, w.Mintsoft.Journal.Count("GET", list))
		}
		require.True(t, night(t, w).Clean())
		assert.Zero(t, w.Mintsoft.Journal.Count("GET", list), "nobody asks where nothing is new")

		w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber, k.DeletedFreesNumber = true, true })
		w.Mintsoft.Merge(merged, inWarehouse(w, "SO-2"))
		w.Mintsoft.Cancel(inWarehouse(w, "SO-3"))
		w.Mintsoft.Cancel(inWarehouse(w, "SO-4"))
		w.Killed(t, old)
		w.Unleashed.SetStatus("SO-4", unleashedsim.Parked)
		w.Unleashed.SetStatus("SO-2", unleashedsim.Parked)
		require.False(t, night(t, w).Clean())
		assert.Empty(t, w.Writes("mintsoft"))
		assert.Contains(t, letterOf(t, w, "SO-3").Reason, "was made from this record but is cancelled; `mintleash release`")

		w.Unleashed.SetStatus("SO-2", unleashedsim.Placed)
		w.Unleashed.SetStatus("SO-4", unleashedsim.Placed)
		night(t, w)
		assert.Empty(t, w.Writes("mintsoft"), "what was not met in the first night is found in the next")
		assert.Contains(t, letterOf(t, w, "SO-4").Reason, "was made from this record but is cancelled; `mintleash release`")
	})
	t.Run("orders that were merged tell too", func(t *testing.T) {
		despatching(t, placed, func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber, k.DeletedFreesNumber = true, true })
			known := pickable(t, w, "SO-1")
			old := w.LedgerFiles(t)
			w.Mintsoft.Merge(known, pickable(t, w, "SO-2"))
			w.Killed(t, old)
			row := night(t, w)
			require.True(t, row.Clean(), "%+v", row)
			assert.Empty(t, w.Writes("mintsoft"))
			assert.NotZero(t, w.Mintsoft.Journal.Count("GET", search))
		})
	})
	t.Run("and it looks in the next night where nothing was new in the first", func(t *testing.T) {
		despatching(t, placed, func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber, k.DeletedFreesNumber = true, true })
			old := w.LedgerFiles(t)
			w.Mintsoft.Cancel(pickable(t, w, "SO-1"))
			w.Unleashed.SetStatus("SO-1", unleashedsim.Parked)
			w.Killed(t, old)
			require.True(t, night(t, w).Clean())
			w.Unleashed.SetStatus("SO-1", unleashedsim.Placed)
			night(t, w)
			assert.Empty(t, w.Writes("mintsoft"))
			assert.NotEmpty(t, letterOf(t, w, "SO-1").Reason)
		})
	})
	t.Run("a row that cannot be read is taken for an order that nobody knows", func(t *testing.T) {
		despatching(t, placed, func(t *testing.T, w *world.World) {
			pickable(t, w, "SO-1")
			<-time.After(24 * time.Hour)
			addOrder(w, "SO-2", nil)
			w.Mintsoft.Faults.Add(twin.Fault{Path: list, Status: 200, Body: `[{"ID": 7, "OrderStatusId": "NEW"}]`, Times: 1})
			row := night(t, w)
			assert.EqualValues(t, 1, row.Created, "%+v", row)
			assert.Positive(t, w.Mintsoft.Journal.Count("GET", search))
		})
	})
	t.Run("but a reset is no such gap", func(t *testing.T) {
		despatching(t, placed, func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber, k.DeletedFreesNumber = true, true })
			w.Mintsoft.Cancel(pickable(t, w, "SO-1"))
			night(t, w)
			<-time.After(10 * time.Hour)
			w.Mintsoft.DeleteOrder(pickable(t, w, "SO-2"))
			w.Reset(t, world.Main)
			night(t, w)
			assert.Contains(t, letterOf(t, w, "SO-1").Reason, "was made from this record but is cancelled")
		})
	})
}
