package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
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
