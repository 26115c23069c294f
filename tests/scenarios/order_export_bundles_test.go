package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestExportedBundles sells two breakfasts, of two mugs and a plate each, and a mug
// beside them, in each way in which Mintsoft may show them.
func TestExportedBundles(t *testing.T) {
	const (
		whole = "WEB-1: Completed, 2 x BREAKFAST at 40 taxed UK20 + 1 x MUG-BLUE at 10 taxed UK20, 108 for Harbour Cafe"
		apart = "WEB-1: Completed, 4 x MUG-BLUE at 13.3333 taxed UK20 + 2 x PLATE-26 at 13.3333 taxed UK20 + 1 x MUG-BLUE at 10 taxed UK20, 108 for Harbour Cafe"
		loose = "WEB-1: Completed, 4 x MUG-BLUE at 0 taxed UK20 + 2 x PLATE-26 at 0 taxed UK20 + 1 x MUG-BLUE at 10 taxed UK20, 12 for Harbour Cafe"
	)
	for shows, c := range map[string]struct{ on, off string }{
		mintsoftsim.BundleLine:       {whole, apart},
		mintsoftsim.BundleBoth:       {whole, apart},
		mintsoftsim.BundleComponents: {loose, loose}, // which bundle it was, nobody says
	} {
		for grouped, want := range map[bool]string{true: c.on, false: c.off} {
			t.Run(shows+map[bool]string{true: ", grouped", false: ", not grouped"}[grouped], func(t *testing.T) {
				t.Parallel()
				exporting(t, with(exportSettings, "order_export.group_sales_by_bundle", grouped), func(t *testing.T, w *world.World) {
					w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = shows })
					breakfasts(w, priced("BREAKFAST", 2, "40", "8"), priced("MUG-BLUE", 1, "10", "2"))
					export(t, w)
					assert.Equal(t, []string{want}, allExported(w))
				})
			})
		}
	}
	t.Run("a worth that cannot be shared to the cent is the first component's", func(t *testing.T) {
		exporting(t, exportSettings, func(t *testing.T, w *world.World) {
			breakfasts(w, priced("BREAKFAST", 1, "0.33", "0.07"))
			export(t, w)
			assert.Equal(t, []string{"WEB-1: Completed, 2 x MUG-BLUE at 0.165 taxed UK20 + 1 x PLATE-26 at 0 taxed UK20, 0.4 for Harbour Cafe"}, allExported(w))
		})
	})
	t.Run("a component that Unleashed does not know is named", func(t *testing.T) {
		exporting(t, exportSettings, func(t *testing.T, w *world.World) {
			breakfasts(w, priced("BREAKFAST", 1, "40", "8"))
			w.Unleashed.EditProduct("PLATE-26", func(p *unleashedsim.Product) { p.ProductCode = "PLATE-27" })
			w.Once(t, exportSent.stream())
			assert.Contains(t, letterOf(t, w, "WEB-1").Reason, "SKU PLATE-26 is no product of Unleashed")

			w.Unleashed.EditProduct("PLATE-27", func(p *unleashedsim.Product) { p.ProductCode = "PLATE-26" })
			w.Replay(t)
			assert.Len(t, allExported(w), 1)
		})
	})
	t.Run("goods of a component that stand beside a bundle stay", func(t *testing.T) {
		exporting(t, with(exportSettings, "order_export.group_sales_by_bundle", true), func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = mintsoftsim.BundleBoth })
			breakfasts(w, priced("BREAKFAST", 1, "40", "8"), priced("MUG-BLUE", 1, "0", "0"))
			export(t, w)
			assert.Equal(t, []string{"WEB-1: Completed, 1 x BREAKFAST at 40 taxed UK20 + 1 x MUG-BLUE at 0 taxed UK20, 48 for Harbour Cafe"}, allExported(w))
		})
	})
}

// breakfasts sends an order for items, after the bundle BREAKFAST was made of two
// mugs and a plate.
func breakfasts(w *world.World, sold ...mintsoftsim.ItemSpec) {
	w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "BREAKFAST", Name: "Breakfast"}, map[string]int{"MUG-BLUE": 2, "PLATE-26": 1})
	addProduct(w, "BREAKFAST", nil)
	stocked(w, "BREAKFAST")
	sentElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) { o.Items = sold })
}
