package world_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestLoopback goes over real sockets and real time, with the ledger in
// PostgreSQL where there is one.
func TestLoopback(t *testing.T) {
	w := world.New(t, world.Options{Seed: sandbox.Options{Products: 25, Orders: 12}, Loopback: true})
	w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ProductVisibleAfter = 0 })

	rows := w.Once(t)
	assert.EqualValues(t, 14, rows.Of("product_sync").Created, "products that Mintsoft lacked")
	assert.EqualValues(t, 12, rows.Of("order_import").Created)
	for _, row := range rows {
		assert.True(t, row.Clean(), "%+v", row)
	}
	require.Len(t, w.Mintsoft.Orders(), 12)

	w.Forget()
	w.Once(t)
	assert.Empty(t, w.Writes("mintsoft"), "nothing changed")

	w.AddOrders(1)
	running := w.Forever(t)
	assert.Eventually(t, func() bool { return len(w.Mintsoft.Orders()) == 13 }, 20*time.Second, 20*time.Millisecond)
	assert.Less(t, running.Stop(t), 2*time.Second)
}

func TestBubble(t *testing.T) {
	t.Run("an hour takes no time, and the streams use it", func(t *testing.T) {
		began := time.Now()
		world.Bubble(t, world.Options{Seed: sandbox.Options{Products: 25}}, func(t *testing.T, w *world.World) {
			running := w.Forever(t, "main_order_import")
			<-time.After(time.Hour)
			assert.GreaterOrEqual(t, w.Unleashed.Journal.Count("GET", "/SalesOrders"), 4, "one run each 15 minutes")
			running.Stop(t)
		})
		assert.Less(t, time.Since(began), 30*time.Second)
	})
	t.Run("a setting that was changed holds from the next run on", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: sandbox.Options{Products: 25}}, func(t *testing.T, w *world.World) {
			w.Set("general.orders_prefix", "UNL-")
			w.AddOrders(1)
			w.Once(t, "main_order_import")
			_, exists := w.Mintsoft.OrderByNumber("UNL-SO-00000001")
			assert.True(t, exists)
		})
	})
}
