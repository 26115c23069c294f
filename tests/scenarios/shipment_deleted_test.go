package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

func TestShipmentDeletedAfterItsImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		do        func(w *world.World, id int)
		cancelled bool
	}{
		"nobody touched it":       {func(*world.World, int) {}, true},
		"it is held":              {func(w *world.World, id int) { w.Mintsoft.Hold(id, mintsoftsim.StatusAwaitingConfirmation) }, true},
		"it is printed":           {func(w *world.World, id int) { w.Mintsoft.Print(id) }, false},
		"it is picked":            {func(w *world.World, id int) { w.Mintsoft.Pick(id) }, false},
		"it has left":             {func(w *world.World, id int) { w.Mintsoft.Despatch(id, "TRACK-1") }, false},
		"it is cancelled by hand": {func(w *world.World, id int) { w.Mintsoft.Cancel(id) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
				ref, made := imported(t, w)
				test.do(w, made.ID)
				touched, _ := w.Mintsoft.Order(made.ID)
				w.Unleashed.SetShipmentStatus(ref, unleashedsim.Deleted)
				w.Forget()
				row := shipmentImport.run(t, w).Of("shipment_import")
				assert.True(t, row.Clean(), "%+v", row)
				now, _ := w.Mintsoft.Order(made.ID)
				if test.cancelled {
					assert.Equal(t, mintsoftsim.StatusCancelled, now.OrderStatusID)
					assert.Empty(t, w.Logged("needs a look"))
					return
				}
				assert.Equal(t, touched.OrderStatusID, now.OrderStatusID)
				assert.Empty(t, w.Writes("mintsoft"))
				assert.NotEmpty(t, w.Logged("needs a look", ref, "decide there"))
			})
		})
	}
	t.Run("before it was imported nothing happens", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			ref := shipmentImport.add(w, 1)
			w.Unleashed.SetShipmentStatus(ref, unleashedsim.Deleted)
			row := shipmentImport.run(t, w).Of("shipment_import")
			assert.EqualValues(t, 1, row.Skipped)
			assert.Empty(t, w.Writes("mintsoft"))
		})
	})
	t.Run("with its sales order each of its shipments goes", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			order := three(w, "SO-3")
			refs := []string{ship(w, order, parts(map[int]string{1: "2"})...), ship(w, order, parts(map[int]string{1: "1", 3: "2"})...)}
			shipmentImport.run(t, w)
			w.Unleashed.DeleteOrder(order)
			shipmentImport.run(t, w)
			for _, ref := range refs {
				o, _ := w.Mintsoft.OrderByNumber(ref)
				assert.Equal(t, mintsoftsim.StatusCancelled, o.OrderStatusID, ref)
			}
		})
	})
	t.Run("an equal number alone is no reason to cancel, also with a lost ledger", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			ours, foreign := shipmentImport.add(w, 1), shipmentImport.add(w, 2)
			shipmentImport.usurp(t, w, foreign)
			shipmentImport.run(t, w)
			w.LoseLedger(t)
			w.Unleashed.SetShipmentStatus(ours, unleashedsim.Deleted)
			w.Unleashed.SetShipmentStatus(foreign, unleashedsim.Deleted)
			shipmentImport.run(t, w)
			assert.Equal(t, []string{shipmentImport.removed(ours)}, shipmentImport.stands(t, w, ours))
			o, _ := w.Mintsoft.OrderByNumber(foreign)
			assert.NotEqual(t, mintsoftsim.StatusCancelled, o.OrderStatusID)
		})
	})
}
