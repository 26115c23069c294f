package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// bundling is a world with bundles, shown as it is said.
func bundling(t *testing.T, shown string, settings map[string]any, test func(t *testing.T, w *world.World)) {
	t.Helper()
	despatching(t, settings, func(t *testing.T, w *world.World) {
		bundles(w, shown)
		test(t, w)
	})
}

// bundles are some of which one holds all that another does.
func bundles(w *world.World, shown string) {
	w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = shown })
	addProduct(w, "BIGSET", nil)
	addProduct(w, "SIXPACK", nil)
	for sku, holds := range map[string]map[string]int{
		"GIFTSET": {"MUG-BLUE": 2, "BOX-S": 1}, "BIGSET": {"MUG-BLUE": 2, "BOX-S": 1, "BOWL-S": 1}, "SIXPACK": {"BOWL-S": 6},
	} {
		w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: sku, Name: sku}, holds)
	}
	<-time.After(time.Minute)
}

var bundlesShown = []string{mintsoftsim.BundleLine, mintsoftsim.BundleBoth, mintsoftsim.BundleComponents}

// Bundles that have components in common are no edits, and each leaves on its line.
func TestBundlesWithComponentsInCommon(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines []unleashedsim.LineSpec
		left  string
	}{
		"one holds all that the other does": {[]unleashedsim.LineSpec{line("GIFTSET", "1"), line("BIGSET", "1")}, "1 x GIFTSET + 1 x BIGSET"},
		"one bundle on two lines":           {[]unleashedsim.LineSpec{line("GIFTSET", "1"), line("GIFTSET", "2")}, "1 x GIFTSET + 2 x GIFTSET"},
		"goods of a component besides":      {[]unleashedsim.LineSpec{line("BIGSET", "2"), line("BOWL-S", "3")}, "2 x BIGSET + 3 x BOWL-S"},
	} {
		for _, shown := range bundlesShown {
			for _, lost := range []bool{false, true} {
				t.Run(name+", shown as "+shown+map[bool]string{true: ", with an empty ledger"}[lost], func(t *testing.T) {
					t.Parallel()
					bundling(t, shown, raisedAndLowered, func(t *testing.T, w *world.World) {
						id := pickable(t, w, "SO-1", test.lines...)
						before := ordered(w, "SO-1")
						if lost {
							w.LoseLedger(t)
							w.Once(t, "main_order_import", "main_order_despatch", "main_order_update")
						}
						w.Mintsoft.EditOrder(id, func(*mintsoftsim.Order) {})
						update(t, w)
						assert.Equal(t, before, ordered(w, "SO-1"))
						if !lost {
							assert.Empty(t, w.Logged("needs a look"))
						}
						w.Mintsoft.Despatch(id, "TRK-1")
						despatch(t, w)
						requireUpstream(t, w, "SO-1", "Completed", "Dispatched: "+test.left+" TRK-1")
						assert.Empty(t, w.DeadLetters(t))
					})
				})
			}
		}
	}
	t.Run("the parts of a split leave with one each", func(t *testing.T) {
		t.Parallel()
		bundling(t, mintsoftsim.BundleComponents, nil, func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("GIFTSET", "1"), line("BIGSET", "1"))
			part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2, "BOX-S": 1, "BOWL-S": 1})
			w.Mintsoft.Despatch(part, "TRK-1")
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 1 x BIGSET TRK-1")
			w.Mintsoft.Despatch(id, "TRK-2")
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 1 x BIGSET TRK-1", "Dispatched: 1 x GIFTSET TRK-2")
		})
	})
}

// A bundle of an order that was merged into another is no news of it.
func TestBundleOfAMergedOrder(t *testing.T) {
	t.Parallel()
	for _, shown := range bundlesShown {
		t.Run(shown, func(t *testing.T) {
			t.Parallel()
			bundling(t, shown, raisedAndLowered, func(t *testing.T, w *world.World) {
				a := pickable(t, w, "SO-1", line("MUG-BLUE", "2"))
				w.Mintsoft.Merge(a, pickable(t, w, "SO-2", line("BIGSET", "1")))
				for range 2 {
					<-time.After(time.Hour)
					w.Mintsoft.EditOrder(a, func(*mintsoftsim.Order) {})
					update(t, w)
				}
				assert.Empty(t, w.Writes("unleashed"))
				assert.Empty(t, w.Logged("needs a look"))
			})
		})
	}
}

// Goods that make a whole set of the components of the bundle that they are beside.
func TestGoodsThatEqualABundle(t *testing.T) {
	t.Parallel()
	const says = "6 x BOWL-S beside bundle SIXPACK are taken for its components"
	for name, test := range map[string]struct {
		known bool // a bundle of that kind has left with nothing beside it
		edits []int
		bowls string
		looks bool
	}{
		"just a set":                       {true, []int{6}, "6", false},
		"more than a set":                  {true, []int{10}, "10", false},
		"first less and then more":         {true, []int{5, 7}, "7", false},
		"more, and none has left till now": {false, []int{10}, "4", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bundling(t, mintsoftsim.BundleLine, raisedAndLowered, func(t *testing.T, w *world.World) {
				if test.known {
					w.Mintsoft.Despatch(pickable(t, w, "SO-0", line("SIXPACK", "1")), "TRK-0")
					w.Once(t, "main_product_sync", "main_order_despatch")
				}
				id := pickable(t, w, "SO-1", line("SIXPACK", "1"))
				for _, bowls := range test.edits {
					<-time.After(time.Hour)
					w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": bowls})
					update(t, w)
				}
				assert.Contains(t, ordered(w, "SO-1"), test.bowls+" x BOWL-S at 7.25")
				assert.Equal(t, test.looks, len(w.Logged("needs a look", says)) > 0)
				w.Mintsoft.Despatch(id, "TRK-1")
				despatch(t, w)
				requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 1 x SIXPACK + "+test.bowls+" x BOWL-S TRK-1")
			})
		})
	}
	t.Run("it is told where edits are not looked at", func(t *testing.T) {
		t.Parallel()
		bundling(t, mintsoftsim.BundleLine, nil, func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("SIXPACK", "1"))
			w.Mintsoft.EditItems(id, map[string]int{"BOWL-S": 6})
			w.Mintsoft.Despatch(id, "TRK-1")
			despatch(t, w)
			assert.Len(t, w.Logged("needs a look", says), 1)
		})
	})
}
