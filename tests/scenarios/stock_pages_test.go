package scenarios

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestAPageThatIsNotFullIsNotTheEnd: the pages of Mintsoft's inventory are counted in
// products, of which those that never had stock show no row.
func TestAPageThatIsNotFullIsNotTheEnd(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
		w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InventoryCountsAll = true })
		for i := range 500 {
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: fmt.Sprintf("NEVER-%03d", i), Name: "A thing"})
		}
		addProduct(w, "LAST", nil)
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "LAST", Name: "A thing"})
		move(t, w, "LAST", 7)
		counted(t, w)
		assert.Equal(t, "7", onHand(w, "LAST"))
	})
}
