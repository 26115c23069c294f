package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestWhatLeftAndIsNotAllocatedIsNotFree to a master of what is free: only a placed order
// is taken off what Unleashed has available.
func TestWhatLeftAndIsNotAllocatedIsNotFree(t *testing.T) {
	t.Parallel()
	ordered := func(status string) func(w *world.World) string {
		return func(w *world.World) string {
			return addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity, o.Status = "6", status })
		}
	}
	for name, add := range map[string]func(w *world.World) string{
		"a placed order": ordered(unleashedsim.Placed),
		"a parked order": ordered(unleashedsim.Parked),
		"a transfer":     func(w *world.World) string { return addTransfer(w, "MAIN", "SHOP", nil) },
		"an assembly": func(w *world.World) string {
			return addAssembly(w, "ASM-1", func(a *unleashedsim.Assembly) { a.AssemblyLines[0].WastageQuantity = unleashedsim.Number("2") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := openDocument{settings: map[string]any{asMaster: true, asOrders: true, "assembly_import.create_order_to_pick": true, "general.stock_sync_value_type": "OnHand"}}.options()
			world.Bubble(t, o, func(t *testing.T, w *world.World) {
				w.Once(t, stockMaster)
				<-time.After(time.Hour)
				ref := add(w)
				w.Once(t, "main_warehouse_transfer_import", "main_order_import", "main_assembly_import")
				<-time.After(time.Minute)
				require.Equal(t, "234 of 240", free(t, w, "MUG-BLUE"))
				despatchOrder(t, w, ref)
				<-time.After(time.Hour)
				w.Once(t, stockMaster)
				assert.Equal(t, "234 of 234", free(t, w, "MUG-BLUE"), "six have left and must not be sold again")
			})
		})
	}
}
