package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestExportedOrderIsCancelled leaves the sales order alone, and says that it is there.
func TestExportedOrderIsCancelled(t *testing.T) {
	t.Parallel()
	const says = "it was cancelled, and sales order WEB-1, which was made of it, is %s: bring that in line in Unleashed"
	nothing := func(*testing.T, *world.World, int) {}
	sent := func(_ *testing.T, w *world.World, id int) { w.Mintsoft.Despatch(id, "TRACK-1") }
	takenBack := func(_ *testing.T, w *world.World, id int) { w.Mintsoft.TakeBack(id, mintsoftsim.StatusNew) }
	undated := func(t *testing.T, w *world.World, id int) {
		takenBack(t, w, id)
		w.Mintsoft.EditOrder(id, func(o *mintsoftsim.Order) { o.DespatchDate = mintsoftsim.Date{} })
	}
	for name, c := range map[string]struct {
		settings        map[string]any
		before, between func(t *testing.T, w *world.World, id int)
		is              string // what is reported, where it is
	}{
		"while it is open in Unleashed":                                     {bothWays, nothing, nothing, "Placed"},
		"and the ledger is lost":                                            {bothWays, nothing, func(t *testing.T, w *world.World, _ int) { w.LoseLedger(t) }, "Placed"},
		"when it is deleted there":                                          {bothWays, nothing, func(_ *testing.T, w *world.World, _ int) { w.Unleashed.DeleteOrder("WEB-1") }, ""},
		"after it had left":                                                 {exportSettings, sent, takenBack, "Completed"},
		"after it had left, which it shows no more":                         {exportSettings, sent, undated, "Completed"},
		"after it had left, and the ledger is lost":                         {exportSettings, sent, func(t *testing.T, w *world.World, id int) { takenBack(t, w, id); w.LoseLedger(t) }, "Completed"},
		"after it had left, which it shows no more, and the ledger is lost": {exportSettings, sent, func(t *testing.T, w *world.World, id int) { undated(t, w, id); w.LoseLedger(t) }, "Completed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exporting(t, c.settings, func(t *testing.T, w *world.World) {
				id, never := soldElsewhere(w, "WEB-1", nil).ID, soldElsewhere(w, "WEB-2", func(o *mintsoftsim.OrderSpec) { o.Items = items(priced("MUG-BLUE", 1, "10", "2")) }).ID
				w.Mintsoft.Cancel(never)
				c.before(t, w, id)
				export(t, w)
				<-time.After(afterwards)
				c.between(t, w, id)
				w.Mintsoft.Cancel(id)
				w.Forget()
				export(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				reports := w.Logged("needs a look", "")
				if c.is == "" {
					assert.Empty(t, reports)
					return
				}
				require.Len(t, reports, 1)
				assert.Contains(t, reports[0], fmt.Sprintf(says, c.is))
			})
		})
	}
	t.Run("and one that never was costs no call, where only what has left is exported", func(t *testing.T) {
		t.Parallel()
		exporting(t, exportSettings, func(t *testing.T, w *world.World) {
			export(t, w)
			w.Mintsoft.Cancel(soldElsewhere(w, "WEB-1", nil).ID)
			w.Forget()
			export(t, w)
			assert.Empty(t, w.Calls("unleashed"))
		})
	})
}
