package scenarios

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/world"
)

// TestARunThatWasAskedForIsMadeOnceItEndsWell, whatever keeps the first try from it: a
// full run finds what only Unleashed changed, and one that is let through passes its
// guard.
func TestARunThatWasAskedForIsMadeOnceItEndsWell(t *testing.T) {
	t.Parallel()
	ask := func(t *testing.T, w *world.World, trigger ledger.Trigger) {
		trigger.Stream = stockSync
		w.Ask(t, func(tx *ledger.Tx) error { return tx.AddTrigger(trigger) })
	}
	lost := twin.Fault{Method: "POST", Path: "/StockAdjustments/*", CloseBefore: true, Times: 1}
	for name, interrupt := range map[string]func(t *testing.T, w *world.World, running *world.Running) *world.Running{
		"an outage": func(_ *testing.T, w *world.World, running *world.Running) *world.Running {
			w.Unleashed.Faults.Add(twin.Fault{Method: "*", Path: "*", Status: http.StatusServiceUnavailable, Times: 30})
			return running
		},
		"a stop": func(t *testing.T, w *world.World, running *world.Running) *world.Running {
			w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Order/List", Delay: 20 * time.Second, Times: 1})
			<-time.After(10 * time.Second)
			running.Stop(t)
			<-time.After(time.Minute)
			return w.Forever(t, stockSync)
		},
		"a crash": func(t *testing.T, w *world.World, running *world.Running) *world.Running {
			var left map[string]string
			w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/StockAdjustments/*", Status: http.StatusServiceUnavailable, Times: 1})
			w.Unleashed.Faults.Before("POST", "/StockAdjustments/*", 1, func() { left = w.LedgerFiles(t) })
			<-time.After(5 * time.Second)
			running.Stop(t)
			w.Killed(t, left)
			w.Unleashed.Faults.Clear()
			return w.Forever(t, stockSync)
		},
	} {
		t.Run("full: "+name, func(t *testing.T) {
			settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
				w.Unleashed.SetStock("MUG-BLUE", "MAIN", "77", "4.10")
				running := w.Forever(t, stockSync)
				<-time.After(time.Minute)
				ask(t, w, ledger.Trigger{Full: true})
				running = interrupt(t, w, running)
				<-time.After(3 * time.Hour)
				running.Stop(t)
				assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
			})
		})
	}
	t.Run("full: a single run that failed", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "77", "4.10")
			ask(t, w, ledger.Trigger{Full: true})
			w.Unleashed.Faults.Add(lost)
			require.Equal(t, "failed", counted(t, w).Of("stock_sync").State)
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
		})
	})
	t.Run("let through: a single run that failed", func(t *testing.T) {
		world.Bubble(t, manySKUs(100), func(t *testing.T, w *world.World) {
			skus := fill(t, w)
			for range 2 {
				counted(t, w)
				<-time.After(time.Hour)
			}
			for _, sku := range skus[:60] {
				move(t, w, sku, -1)
			}
			counted(t, w)
			require.Len(t, w.DeadLetters(t), 1, "the guard's")
			<-time.After(time.Hour)
			ask(t, w, ledger.Trigger{Accept: true})
			w.Unleashed.Faults.Add(lost)
			counted(t, w)
			<-time.After(time.Hour)
			counted(t, w)
			assert.Len(t, adjusted(w), 60)
		})
	})
}
