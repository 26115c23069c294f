package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/world"
)

func TestStockThin(t *testing.T) {
	world.Bubble(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
		w.Mintsoft.AdjustStock("MUG-BLUE", mainWarehouse(t, w), -5)
		rows := w.Once(t, "main_stock_sync")
		t.Log(rows)
		assert.Equal(t, "235", w.Unleashed.Stock("MUG-BLUE", "MAIN").OnHand.String())
		for _, l := range w.DeadLetters(t) { t.Log(l.Record.Ref, l.Reason) }
		for _, a := range w.Unleashed.StockAdjustments()[:3] { t.Log(a.AdjustmentNumber, a.AdjustmentReason, len(a.StockAdjustmentLines)) }
		t.Log(w.Calls("unleashed"), w.Calls("mintsoft"))
	})
}
