package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const stockSync = "main_stock_sync"

// counted runs the stock sync once, and answers its row of the summary.
func counted(t *testing.T, w *world.World) world.Rows {
	t.Helper()
	return w.Once(t, stockSync)
}

// adjusted are the lines that the stock sync wrote, the oldest first: what an SKU is
// set to, and the value of all of it.
func adjusted(w *world.World) []string {
	var lines []string
	all := w.Unleashed.StockAdjustments()
	slices.Reverse(all)
	for _, a := range all {
		if a.AdjustmentReason == "Opening balance" {
			continue
		}
		for _, line := range a.StockAdjustmentLines {
			lines = append(lines, fmt.Sprintf("%s %s (%s)", line.Product.ProductCode, line.NewQuantity.Decimal, line.NewActualValue.Decimal))
		}
	}
	return lines
}

// onHand is what Unleashed has of an SKU.
func onHand(w *world.World, sku string) string {
	return w.Unleashed.Stock(sku, "MAIN").OnHand.String()
}

// settled is a world in which both services agree on every SKU and a run has seen it.
func settledStock(t *testing.T, o world.Options, test func(t *testing.T, w *world.World)) {
	t.Helper()
	if o.Seed.Products == 0 {
		o.Seed = small
	}
	world.Bubble(t, o, func(t *testing.T, w *world.World) {
		for range 2 { // the second does not look at the seed again
			counted(t, w)
			<-time.After(time.Hour)
		}
		require.Empty(t, adjusted(w), "the seed agrees")
		w.Forget()
		test(t, w)
	})
}

// move books goods in or out of the warehouse.
func move(t *testing.T, w *world.World, sku string, quantity int, lot ...mintsoftsim.Lot) {
	t.Helper()
	w.Mintsoft.AdjustStock(sku, mainWarehouse(t, w), quantity, lot...)
}

func TestOnlyWhatDiffersIsAdjusted(t *testing.T) {
	t.Parallel()
	t.Run("absolutely, with the value of all of it", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			move(t, w, "MUG-BLUE", -5)
			move(t, w, "SOAP-BAR", 20)
			move(t, w, "BOX-S", -900)
			move(t, w, "MUG-RED", 1)
			move(t, w, "MUG-RED", -1)
			rows := counted(t, w)
			assert.ElementsMatch(t, []string{"MUG-BLUE 235 (963.5)", "SOAP-BAR 520 (598)", "BOX-S 0 (0)"}, adjusted(w))
			assert.Equal(t, "235", onHand(w, "MUG-BLUE"))
			assert.Equal(t, "4.1", w.Unleashed.Stock("MUG-BLUE", "MAIN").AverageCost.String())
			assert.EqualValues(t, 4, rows.Of("stock_sync").Read, "SKUs that were compared")
			assert.EqualValues(t, 1, rows.Of("stock_sync").Created)
			assert.Equal(t, 1, w.Unleashed.Journal.Count("GET", "/StockOnHand"))
			assert.Len(t, w.Writes("unleashed"), 1)
			assert.Equal(t, 4, w.Mintsoft.Journal.Count("GET", "/api/Product/Inventory/Bulk"), "one page, a second look, and an empty page behind each")

			<-time.After(time.Hour)
			w.Forget()
			counted(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("the first run compares everything, later ones what changed", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "77", "4.10")
			for range 2 {
				counted(t, w)
				assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
				<-time.After(time.Hour)
			}
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "77", "4.10")
			counted(t, w)
			assert.Equal(t, "77", onHand(w, "MUG-BLUE"), "nothing moved in Mintsoft")
			(flow{pipeline: "stock_sync"}).full(t, w)
			counted(t, w)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"), "a full run")
		})
	})
	t.Run("it is told who asks for an SKU", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			move(t, w, "MUG-BLUE", -5)
			counted(t, w)
			events := w.Events(t, "MUG-BLUE")
			last := events[len(events)-1]
			assert.Equal(t, "created", last.Kind)
			assert.Regexp(t, `^unleashed stock_adjustment\.create SA-\d+: 240(\.0+)? → 235: Mintsoft StockLevel 235$`, last.Summary)
		})
	})
	t.Run("a few hundred in adjustments of 200 lines", func(t *testing.T) {
		settledStock(t, world.Options{Seed: small, Settings: map[string]any{"general.stock_sync_guard": 100}}, func(t *testing.T, w *world.World) {
			for i := range 450 {
				sku := numbered("MANY", i)
				w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: sku, ProductDescription: sku, DefaultPurchasePrice: unleashedsim.Number("2")})
				w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: sku, Name: sku})
				<-time.After(4 * time.Second / 450)
			}
			<-time.After(4 * time.Second)
			for i := range 450 {
				move(t, w, numbered("MANY", i), 3)
			}
			counted(t, w)
			var lines []int
			for _, a := range w.Unleashed.StockAdjustments() {
				if a.AdjustmentReason == "Mintsoft" {
					lines = append(lines, len(a.StockAdjustmentLines))
				}
			}
			slices.Sort(lines)
			assert.Equal(t, []int{50, 200, 200}, lines)
			assert.Equal(t, "3", onHand(w, "MANY-449"))
		})
	})
}

func TestWhatCannotBeAdjustedIsReported(t *testing.T) {
	t.Parallel()
	t.Run("an SKU that only one side knows is never zeroed", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "ONLY.HERE", Name: "Only here"})
			<-time.After(5 * time.Second)
			move(t, w, "ONLY.HERE", 4)
			rows := counted(t, w)
			skips := rows.Of("stock_sync").Skips
			assert.EqualValues(t, 1, skips["Unleashed has no product with this code"])
			assert.EqualValues(t, 14, skips["Mintsoft does not count it"], "the products that the warehouse does not have")
			assert.Equal(t, "75", onHand(w, "BOWL-L"))
			assert.Empty(t, w.DeadLetters(t))
			for _, sku := range []string{"ONLY.HERE", "BOWL-L"} {
				events := w.Events(t, sku)
				require.NotEmpty(t, events, sku)
				assert.Equal(t, "skipped", events[len(events)-1].Kind)
			}
		})
	})
	t.Run("a product without any cost", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			for _, sku := range []string{"FREE", "CHEAP"} {
				w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: sku, ProductDescription: sku})
				w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: sku, Name: sku})
			}
			w.Unleashed.EditProduct("CHEAP", func(p *unleashedsim.Product) { p.DefaultPurchasePrice = unleashedsim.Number("1.25") })
			<-time.After(5 * time.Second)
			move(t, w, "FREE", 4)
			move(t, w, "CHEAP", 4)
			rows := counted(t, w)
			assert.Equal(t, []string{"CHEAP 4 (5)"}, adjusted(w))
			assert.EqualValues(t, 1, rows.Of("stock_sync").DeadLettered)
			letter := letterOf(t, w, "FREE")
			assert.Equal(t, "rejected", letter.Class)
			assert.Contains(t, letter.Reason, "SKU FREE: none of AvgCost, AverageLandPrice, LastCost and DefaultPurchasePrice")

			// It is looked at again without having moved, and its dead letter ends by itself.
			<-time.After(time.Hour)
			w.Unleashed.EditProduct("FREE", func(p *unleashedsim.Product) { p.DefaultPurchasePrice = unleashedsim.Number("2") })
			counted(t, w)
			assert.Equal(t, []string{"CHEAP 4 (5)", "FREE 4 (8)"}, adjusted(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("its dead letter ends when nothing differs any more", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "FREE", ProductDescription: "Free"})
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "FREE", Name: "Free"})
			<-time.After(5 * time.Second)
			move(t, w, "FREE", 4)
			counted(t, w)
			require.Len(t, w.DeadLetters(t), 1)
			w.Unleashed.SetStock("FREE", "MAIN", "4", "3")
			<-time.After(time.Hour)
			counted(t, w)
			assert.Empty(t, w.DeadLetters(t))
			assert.Empty(t, adjusted(w))
		})
	})
	t.Run("a replay counts it afresh", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "FREE", ProductDescription: "Free"})
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "FREE", Name: "Free"})
			<-time.After(5 * time.Second)
			move(t, w, "FREE", 4)
			counted(t, w)
			w.Unleashed.EditProduct("FREE", func(p *unleashedsim.Product) { p.DefaultPurchasePrice = unleashedsim.Number("2") })
			move(t, w, "FREE", 1)
			w.Replay(t)
			assert.Equal(t, []string{"FREE 5 (10)"}, adjusted(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestWhatWasToBeExportedIsAdjustedOnceNobodyExports(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{Settings: map[string]any{"order_export.enabled": true}}, func(t *testing.T, w *world.World) {
		sell(t, w, "M-1")
		counted(t, w)
		require.Equal(t, "240", onHand(w, "MUG-BLUE"))
		w.Set("order_export.enabled", false)
		<-time.After(time.Hour)
		counted(t, w)
		assert.Equal(t, "236", onHand(w, "MUG-BLUE"), "looked at although it did not move again")
	})
}

func TestWhatTheFirstCostIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stock, landed, bought string
		want                  string
	}{
		"the average of what is in stock":        {"4.10", "", "9", "MUG-BLUE 235 (963.5)"},
		"the default purchase price of an empty": {"0", "", "9", "MUG-BLUE 235 (2115)"},
	} {
		t.Run(name, func(t *testing.T) {
			settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
				w.Unleashed.SetStock("MUG-BLUE", "MAIN", "240", c.stock)
				w.Unleashed.EditProduct("MUG-BLUE", func(p *unleashedsim.Product) { p.DefaultPurchasePrice = unleashedsim.Number(c.bought) })
				move(t, w, "MUG-BLUE", -5)
				counted(t, w)
				assert.Equal(t, []string{c.want}, adjusted(w))
			})
		})
	}
}

// stockSettings are the keys that the stock sync reads. Each is shown on its sides.
var stockSettings = []setting{
	{
		key: "general.stock_sync", arrange: fiveLess,
		look:  func(_ *testing.T, w *world.World) string { return onHand(w, "MUG-BLUE") },
		sides: []side{{true, "235"}, {false, "240"}},
	},
	{
		key: "general.stock_sync_value_type",
		arrange: func(t *testing.T, w *world.World) {
			w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{
				Client: demo(w), Warehouse: mainWarehouse(t, w), Number: "M-1", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-BLUE", Quantity: 40}},
			})
		},
		look:  func(_ *testing.T, w *world.World) string { return onHand(w, "MUG-BLUE") },
		sides: []side{{"StockLevel", "240"}, {"OnHand", "200"}},
	},
	{
		key: "general.stock_adjustment_reason",
		arrange: func(t *testing.T, w *world.World) {
			w.Unleashed.AddAdjustmentReason("Warehouse")
			fiveLess(t, w)
		},
		look: func(_ *testing.T, w *world.World) string {
			return w.Unleashed.StockAdjustments()[0].AdjustmentReason
		},
		sides: []side{{"Mintsoft", "Mintsoft"}, {"Warehouse", "Warehouse"}},
	},
	{
		key: "mintsoft.client",
		arrange: func(t *testing.T, w *world.World) {
			second := w.Mintsoft.AddClient(mintsoftsim.Client{ShortName: "SECOND", Name: "Second merchant"})
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: second.ID, SKU: "TEAPOT", Name: "Pot"})
			<-time.After(5 * time.Second)
			move(t, w, "TEAPOT", 9)
			fiveLess(t, w)
		},
		look:  func(_ *testing.T, w *world.World) string { return onHand(w, "MUG-BLUE") + " " + onHand(w, "TEAPOT") },
		sides: []side{{"DEMO", "235 42"}, {"SECOND", "240 9"}},
	},
	{
		key: "mintsoft.warehouse", arrange: elsewhere,
		look:  func(_ *testing.T, w *world.World) string { return onHand(w, "MUG-BLUE") },
		sides: []side{{"MAIN", "235"}, {"SHOP", "7"}},
	},
	{
		key: "unleashed.warehouse_code", arrange: elsewhere,
		look: func(_ *testing.T, w *world.World) string {
			return onHand(w, "MUG-BLUE") + " " + w.Unleashed.Stock("MUG-BLUE", "SHOP").OnHand.String()
		},
		sides: []side{{"MAIN", "235 0"}, {"SHOP", "240 235"}},
	},
}

func fiveLess(t *testing.T, w *world.World) { move(t, w, "MUG-BLUE", -5) }

// elsewhere has seven mugs in the shop.
func elsewhere(t *testing.T, w *world.World) {
	fiveLess(t, w)
	w.Mintsoft.AdjustStock("MUG-BLUE", mainWarehouse(t, w)+1, 7)
}

func TestStockSettings(t *testing.T) {
	t.Parallel()
	onBothSides(t, stockSettings, world.Options{Seed: small}, stockSync)
}

func TestAStockRunInADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
		move(t, w, "MUG-BLUE", -5)
		_, planned := w.DryRun(t, stockSync)
		require.Len(t, planned, 1)
		require.Len(t, planned[0].Changes, 1)
		change := planned[0].Changes[0]
		assert.Equal(t, "MUG-BLUE", change.Field)
		assert.Equal(t, "240 → 235", strings.TrimSuffix(fmt.Sprint(change.Before), ".0000")+" → "+fmt.Sprint(change.After))
		assert.Empty(t, w.Writes("unleashed"))
		assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
		counted(t, w)
		assert.Equal(t, "235", onHand(w, "MUG-BLUE"))
	})
}

// TestALocationIsNotTakenForAllOfIt changes one of two locations of a product, of which
// the list of changes shows that one alone.
func TestALocationIsNotTakenForAllOfIt(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
		w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InventoryByLocation, k.InventoryRowsAlone = true, true })
		second := mintsoftsim.Lot{LocationID: w.Mintsoft.AddLocation(mainWarehouse(t, w), "B-1", 1).ID}
		move(t, w, "MUG-BLUE", 10, second)
		for range 2 {
			counted(t, w)
			<-time.After(time.Hour)
		}
		require.Equal(t, "250", onHand(w, "MUG-BLUE"))
		move(t, w, "MUG-BLUE", 1, second)
		row := counted(t, w).Of("stock_sync")
		assert.True(t, row.Clean(), "%+v", row)
		assert.Equal(t, "251", onHand(w, "MUG-BLUE"))
	})
}
