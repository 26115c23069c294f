package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/world"
)

func TestWhatMovesWhileTheRunLooksWaits(t *testing.T) {
	t.Parallel()
	t.Run("in Mintsoft", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			fiveLess(t, w)
			move(t, w, "MUG-RED", -1)
			w.Unleashed.Faults.Before("GET", "/StockOnHand", 1, func() { w.Mintsoft.AdjustStock("MUG-BLUE", 3, -1) })
			rows := counted(t, w)
			assert.Equal(t, []string{"MUG-RED 179 (733.9)"}, adjusted(w))
			assert.EqualValues(t, 1, rows.Of("stock_sync").Skips["it moved while the run looked: it waits for the next one"])
			<-time.After(15 * time.Minute)
			counted(t, w)
			assert.Equal(t, []string{"MUG-RED 179 (733.9)", "MUG-BLUE 234 (959.4)"}, adjusted(w))
		})
	})
	t.Run("in Mintsoft, before what a document touched is counted", func(t *testing.T) {
		settledStock(t, openDocument{}.options(), func(t *testing.T, w *world.World) {
			first, second := addOrder(w, "SO-1", nil), addOrder(w, "SO-2", nil)
			w.Once(t, "main_order_import")
			<-time.After(time.Minute)
			despatchOrder(t, w, first)
			for range 2 {
				counted(t, w)
				<-time.After(time.Hour)
			}
			w.Unleashed.CompleteOrder(first)
			leavesUncounted(t, w, 2, second)
			assert.Equal(t, "238", onHand(w, "MUG-BLUE"))
		})
	})
	t.Run("in Mintsoft, before everything is counted", func(t *testing.T) {
		o := manySKUs(100)
		o.Seed.Products-- // no documents of the seed
		world.Bubble(t, o, func(t *testing.T, w *world.World) {
			skus := fill(t, w)
			ref := addOrder(w, "SO-1", nil)
			w.Once(t, "main_order_import")
			for range 2 {
				counted(t, w)
				<-time.After(time.Hour)
			}
			for _, sku := range skus[:60] {
				move(t, w, sku, -1)
			}
			counted(t, w)
			require.Len(t, w.DeadLetters(t), 1, "of the guard")
			for _, sku := range skus[:60] {
				move(t, w, sku, 1)
			}
			<-time.After(time.Hour)
			leavesUncounted(t, w, 3, ref)
		})
	})
	t.Run("in Unleashed, by what is posted", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			ref := addOrder(w, "SO-1", nil)
			w.Once(t, "main_order_import")
			<-time.After(time.Minute)
			despatchOrder(t, w, ref)
			w.Unleashed.Faults.Before("GET", "/StockOnHand", 1, func() { w.Unleashed.CompleteOrder(ref) })
			counted(t, w)
			assert.Empty(t, adjusted(w), "what is not posted was counted, and is posted by now")
			<-time.After(15 * time.Minute)
			counted(t, w)
			assert.Equal(t, "238", onHand(w, "MUG-BLUE"))
			assert.Empty(t, adjusted(w))
		})
	})
}

// leavesUncounted runs the stock sync while an order leaves, after the documents were
// read and before the stock is the nth time.
func leavesUncounted(t *testing.T, w *world.World, nth int, ref string) {
	t.Helper()
	left := false
	w.Mintsoft.Faults.Before("GET", "/api/Product/Inventory/Bulk", nth, func() {
		left = w.Mintsoft.Journal.Count("GET", "/api/ASN/List") > 0
		despatchOrder(t, w, ref)
	})
	w.Forget()
	counted(t, w)
	assert.True(t, left, "after the documents were read")
	assert.Empty(t, adjusted(w), "%s is not posted", ref)
	<-time.After(time.Hour)
	counted(t, w)
	assert.Empty(t, adjusted(w))
}

// TestStockDoesNotWaitForExportsThatBeginLater: order_export.since is the day of going live.
func TestStockDoesNotWaitForExportsThatBeginLater(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"order_export.enabled": true}}, func(t *testing.T, w *world.World) {
		w.Set("order_export.since", time.Now().Add(30*24*time.Hour).Format(time.DateOnly))
		running := w.Forever(t, stockSync, "main_order_export")
		<-time.After(time.Hour)
		move(t, w, "MUG-BLUE", -7)
		<-time.After(time.Hour)
		running.Stop(t)
		assert.Equal(t, "233", onHand(w, "MUG-BLUE"))
		assert.Len(t, w.Logged("reads nothing yet"), 1)
	})
}
