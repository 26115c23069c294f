package scenarios

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const (
	stockMaster = "main_stock_master"
	asMaster    = "general.use_unleashed_as_stock_master"
	setOnHand   = "/api/Product/BulkOnHandStockUpdate"
)

// mastered is a world in which Unleashed is the master, and both agree.
func mastered(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World)) {
	t.Helper()
	world.Bubble(t, world.Options{Seed: small, Settings: settings}, func(t *testing.T, w *world.World) {
		w.Set(asMaster, true)
		for range 2 {
			require.True(t, w.Once(t, stockMaster).Of("stock_master").Clean())
			<-time.After(time.Hour)
		}
		require.Zero(t, w.Mintsoft.Journal.Count("POST", setOnHand), "the seed agrees")
		w.Forget()
		test(t, w)
	})
}

// free is what Mintsoft has of an SKU: free of total.
func free(t *testing.T, w *world.World, sku string) string {
	t.Helper()
	item := w.Mintsoft.Stock(sku, mainWarehouse(t, w))
	return fmt.Sprintf("%d of %d", item.OnHand, item.StockLevel)
}

// set are the rows that were sent to Mintsoft.
func set(w *world.World) []string {
	var rows []string
	for _, e := range w.Mintsoft.Journal.Find("POST", setOnHand) {
		var body []struct {
			SKU      string
			Quantity json.Number
		}
		if json.Unmarshal(e.Body, &body) != nil {
			rows = append(rows, "no list")
		}
		for _, row := range body {
			rows = append(rows, row.SKU+" "+row.Quantity.String())
		}
	}
	slices.Sort(rows)
	return rows
}

func TestUnleashedIsTheStockMaster(t *testing.T) {
	t.Parallel()
	allocate := func(t *testing.T, w *world.World) {
		w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Client: demo(w), Warehouse: mainWarehouse(t, w), Number: "M-1", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-BLUE", Quantity: 30}}})
	}
	for name, c := range map[string]struct {
		value   string
		arrange func(t *testing.T, w *world.World)
		want    string
	}{
		"its total": {"StockLevel", func(t *testing.T, w *world.World) {
			allocate(t, w)
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
		}, "170 of 200"},
		"what is free of it": {"OnHand", func(t *testing.T, w *world.World) {
			allocate(t, w)
			addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "50" })
		}, "190 of 220"},
		"never below zero": {"StockLevel", func(t *testing.T, w *world.World) {
			allocate(t, w)
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "10", "4.10")
		}, "0 of 30"},
		"nothing": {"StockLevel", func(_ *testing.T, w *world.World) { w.Unleashed.SetStock("MUG-BLUE", "MAIN", "0", "0") }, "0 of 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mastered(t, map[string]any{"general.stock_sync_value_type": c.value}, func(t *testing.T, w *world.World) {
				c.arrange(t, w)
				require.True(t, w.Once(t, stockMaster).Of("stock_master").Clean())
				assert.Equal(t, c.want, free(t, w, "MUG-BLUE"))
				assert.Len(t, set(w), 1, "only what differs")
				assert.Empty(t, w.Writes("unleashed"))
				<-time.After(time.Hour)
				w.Forget()
				w.Once(t, stockMaster)
				assert.Empty(t, w.Writes("mintsoft"))
			})
		})
	}
	t.Run("and the stock sync is off", func(t *testing.T) {
		mastered(t, nil, func(t *testing.T, w *world.World) {
			fiveLess(t, w)
			rows := w.Once(t, stockMaster, stockSync)
			assert.Equal(t, "off", rows.Of("stock_sync").State)
			assert.Empty(t, w.Writes("unleashed"))
			w.Set(asMaster, false)
			rows = w.Once(t, stockMaster, stockSync)
			assert.Equal(t, "off", rows.Of("stock_master").State)
			assert.Equal(t, "235", onHand(w, "MUG-BLUE"))
		})
	})
	t.Run("what Mintsoft changed by itself is put right once a day", func(t *testing.T) {
		mastered(t, nil, func(t *testing.T, w *world.World) {
			fiveLess(t, w)
			w.Once(t, stockMaster)
			assert.Equal(t, "235 of 235", free(t, w, "MUG-BLUE"))
			<-time.After(24 * time.Hour)
			w.Once(t, stockMaster)
			assert.Equal(t, "240 of 240", free(t, w, "MUG-BLUE"))
		})
	})
	t.Run("what left and is not posted is not sold again", func(t *testing.T) {
		mastered(t, nil, func(t *testing.T, w *world.World) {
			ref := addOrder(w, "SO-1", nil)
			w.Once(t, "main_order_import")
			<-time.After(time.Hour)
			despatchOrder(t, w, ref)
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
			w.Once(t, stockMaster)
			assert.Equal(t, "198 of 198", free(t, w, "MUG-BLUE"))
			w.Once(t, "main_order_despatch")
			<-time.After(time.Hour)
			w.Once(t, stockMaster)
			assert.Equal(t, "198 of 198", free(t, w, "MUG-BLUE"))
			assert.Equal(t, "198", onHand(w, "MUG-BLUE"))
			assert.Len(t, set(w), 1)
		})
	})
	t.Run("in calls of a hundred", func(t *testing.T) {
		world.Bubble(t, manySKUs(250), func(t *testing.T, w *world.World) {
			w.Set(asMaster, true)
			fill(t, w)
			w.Once(t, stockMaster)
			for _, p := range w.Unleashed.Products() {
				if strings.HasPrefix(p.ProductCode, "SKU-") {
					w.Unleashed.SetStock(p.ProductCode, "MAIN", "90", "2.50")
				}
			}
			<-time.After(time.Hour)
			rows := w.Once(t, stockMaster)
			assert.Equal(t, 3, w.Mintsoft.Journal.Count("POST", setOnHand))
			assert.Len(t, set(w), 250)
			assert.EqualValues(t, 3, rows.Of("stock_master").Created)
			assert.Equal(t, "90 of 90", free(t, w, "SKU-00275"))
		})
	})
}

func TestARowThatMintsoftRefusesIsADeadLetterOfItsOwn(t *testing.T) {
	t.Parallel()
	mastered(t, nil, func(t *testing.T, w *world.World) {
		w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
		w.Unleashed.SetStock("MUG-RED", "MAIN", "12.5", "4.10")
		w.Unleashed.SetStock("TEAPOT", "MAIN", "9", "4.10")
		w.Unleashed.SetStock("BOWL-S", "MAIN", "1", "4.10")
		w.Mintsoft.Faults.Before("POST", setOnHand, 1, func() {
			w.Mintsoft.EditProduct("BOWL-S", func(p *mintsoftsim.Product) { p.SKU = "BOWL-XS" })
		})
		rows := w.Once(t, stockMaster)
		assert.Equal(t, "200 of 200", free(t, w, "MUG-BLUE"))
		assert.EqualValues(t, 2, rows.Of("stock_master").DeadLettered)
		assert.EqualValues(t, 1, rows.Of("stock_master").Skips["Mintsoft has no product with this SKU"])
		assert.Contains(t, letterOf(t, w, "MUG-RED").Reason, "12.5 would be free")
		assert.Contains(t, letterOf(t, w, "BOWL-S").Reason, "Product not found")

		w.Mintsoft.EditProduct("BOWL-XS", func(p *mintsoftsim.Product) { p.SKU = "BOWL-S" })
		w.Unleashed.SetStock("MUG-RED", "MAIN", "12", "4.10")
		<-time.After(time.Hour)
		w.Once(t, stockMaster)
		assert.Equal(t, "1 of 1", free(t, w, "BOWL-S"), "looked at again though it did not change")
		assert.Equal(t, "12 of 12", free(t, w, "MUG-RED"))
		assert.Empty(t, w.DeadLetters(t))
		events := w.Events(t, "BOWL-S")
		assert.Equal(t, "mintsoft stock.set stock: 150 → 1: Unleashed QtyOnHand 1", events[len(events)-1].Summary)
	})
}

// TestAWarehouseWithBinLocationsIsOneFailure and no dead letter for each product.
func TestAWarehouseWithBinLocationsIsOneFailure(t *testing.T) {
	t.Parallel()
	mastered(t, nil, func(t *testing.T, w *world.World) {
		for _, level := range w.Unleashed.Products() {
			if !level.NeverDiminishing && !level.IsBatchTracked && !level.IsSerialized {
				w.Unleashed.SetStock(level.ProductCode, "MAIN", "77", "4.10")
			}
		}
		w.Mintsoft.SetBinLocations(mainWarehouse(t, w), true)
		row := w.Once(t, stockMaster).Of("stock_master")
		assert.Equal(t, "failed", row.State)
		assert.Contains(t, row.Error, "rows were refused: Bulk on hand updates are not supported in warehouses with bin locations")
		assert.Empty(t, w.DeadLetters(t))

		w.Mintsoft.SetBinLocations(mainWarehouse(t, w), false)
		<-time.After(time.Hour)
		row = w.Once(t, stockMaster).Of("stock_master")
		assert.True(t, row.Clean(), "%+v", row)
		assert.Equal(t, "77 of 77", free(t, w, "MUG-BLUE"))
	})
}

func TestAStockNumberIsNeverSentToMintsoftLater(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]twin.Fault{
		"an outage":                              {Status: 503, Times: 1},
		"a lost answer":                          {CloseBefore: true, Times: 1},
		"a lost answer after it was carried out": {CloseAfter: true, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mastered(t, nil, func(t *testing.T, w *world.World) {
				w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
				fault.Method, fault.Path = "POST", setOnHand
				w.Mintsoft.Faults.Add(fault)
				assert.Equal(t, "failed", w.Once(t, stockMaster).Of("stock_master").State)
				assert.Empty(t, w.DeadLetters(t))
				w.Unleashed.SetStock("MUG-BLUE", "MAIN", "150", "4.10")
				<-time.After(time.Hour)
				assert.True(t, w.Once(t, stockMaster).Of("stock_master").Clean())
				assert.Equal(t, "150 of 150", free(t, w, "MUG-BLUE"))
			})
		})
	}
}

func TestWhatMintsoftAllocatesWhileTheRunLooksCounts(t *testing.T) {
	t.Parallel()
	mastered(t, nil, func(t *testing.T, w *world.World) {
		w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
		w.Mintsoft.Faults.Before("GET", "/api/Product/Inventory/Bulk", 2, func() {
			w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Client: demo(w), Warehouse: 3, Number: "M-1", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-BLUE", Quantity: 30}}})
		})
		w.Once(t, stockMaster)
		assert.Equal(t, "170 of 200", free(t, w, "MUG-BLUE"))
	})
}

// TestWhatLeavesWhileAMastersRunLooksIsNotSoldAgain has an order leave after
// Unleashed's stock was read, and be posted or not by the time that it is compared.
func TestWhatLeavesWhileAMastersRunLooksIsNotSoldAgain(t *testing.T) {
	t.Parallel()
	t.Run("and is posted before the run looks at that", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
			flows := []string{stockMaster, "main_order_import", "main_order_despatch"}
			w.Set(asMaster, true)
			ref := addOrder(w, "SO-1", nil)
			for range 2 {
				w.Once(t, flows...)
				<-time.After(time.Hour)
			}
			<-time.After(time.Until(time.Date(2026, 3, 2, 23, 20, 0, 0, time.UTC)))
			running := w.Forever(t, flows...)
			<-time.After(30 * time.Minute)
			w.Forget()
			despatchOrder(t, w, ref) // ten minutes before the first run of the day, which waits for its posting
			w.Unleashed.Faults.Add(twin.Fault{Method: "*", Path: "/SalesShipments/*", Delay: 10 * time.Second, Times: 1})
			<-time.After(20 * time.Minute)
			running.Stop(t)
			assert.Equal(t, "238", onHand(w, "MUG-BLUE"))
			assert.Equal(t, "238 of 238", free(t, w, "MUG-BLUE"))
			assert.Empty(t, set(w))
		})
	})
	for name, at := range map[string]int{"before Mintsoft is counted": 1, "before it is counted again": 2} {
		t.Run(name, func(t *testing.T) {
			mastered(t, nil, func(t *testing.T, w *world.World) {
				ref := addOrder(w, "SO-1", nil)
				w.Once(t, "main_order_import")
				<-time.After(time.Hour)
				w.Once(t, stockMaster)
				<-time.After(time.Hour)
				w.Unleashed.SetStock("MUG-BLUE", "MAIN", "250", "4.10")
				w.Mintsoft.Faults.Before("GET", "/api/Product/Inventory/Bulk", at, func() { despatchOrder(t, w, ref) })
				w.Forget()
				row := w.Once(t, stockMaster).Of("stock_master")
				assert.Empty(t, set(w))
				assert.EqualValues(t, 1, row.Skips["it moved while the run looked: it waits for the next one"])
				<-time.After(time.Hour)
				w.Once(t, stockMaster)
				assert.Equal(t, "248 of 248", free(t, w, "MUG-BLUE"))
			})
		})
	}
}

func TestWhatMintsoftSoldElsewhereIsNotSoldAgain(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"StockLevel", "OnHand"} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			mastered(t, map[string]any{"order_export.enabled": true, "general.stock_sync_value_type": value}, func(t *testing.T, w *world.World) {
				sell(t, w, "M-1")
				w.Unleashed.SetStock("MUG-BLUE", "MAIN", "250", "4.10")
				w.Once(t, stockMaster)
				assert.Equal(t, "246 of 246", free(t, w, "MUG-BLUE"), "M-1 is not posted")
				w.Set("order_export.enabled", false)
				<-time.After(time.Hour)
				w.Once(t, stockMaster)
				assert.Equal(t, "250 of 250", free(t, w, "MUG-BLUE"), "nobody posts it any more")
			})
		})
	}
}

func TestAMastersRunRemembersWhatWasReceivedBefore(t *testing.T) {
	t.Parallel()
	o := openDocument{settings: map[string]any{"purchase_order_import.enabled": true}}.options()
	settledStock(t, o, func(t *testing.T, w *world.World) {
		w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true })
		addPurchase(w, "PO-1", nil)
		w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "4"})
		move(t, w, "MUG-BLUE", 4)
		w.Once(t, importing)
		asn := asnOf(t, w, "PO-1").ID
		<-time.After(time.Hour)
		w.Set("purchase_order_import.enabled", false)
		w.Set(asMaster, true)
		for _, day := range []struct {
			happens func()
			want    string
		}{
			{func() {}, "244 of 244"},
			{func() { booksInPart(w, asn, 3) }, "247 of 247"},
			{func() { w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "3"}) }, "247 of 247"},
			{func() {
				w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.PurchaseOrderLines[0].OrderQuantity.Set("12") })
			}, "247 of 247"},
			{func() { w.Mintsoft.Receive(asn, came("MUG-BLUE", 2)); w.Mintsoft.PartBook(asn) }, "249 of 249"},
		} {
			day.happens()
			for range 2 {
				w.Once(t, stockMaster)
				<-time.After(12 * time.Hour)
			}
			assert.Equal(t, day.want, free(t, w, "MUG-BLUE"))
		}
	})
}

func TestAProductThatWasMadeAgainIsTheSameToAMaster(t *testing.T) {
	t.Parallel()
	mastered(t, nil, func(t *testing.T, w *world.World) {
		w.Unleashed.SetStock("MUG-BLUE", "MAIN", "70", "4.10")
		w.Once(t, stockMaster)
		assert.Equal(t, "70 of 70", free(t, w, "MUG-BLUE"))
		w.Unleashed.DeleteProduct("MUG-BLUE")
		w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "MUG-BLUE", ProductDescription: "Mug, made again"})
		w.Unleashed.SetStock("MUG-BLUE", "MAIN", "50", "4.10")
		<-time.After(time.Hour)
		w.Once(t, stockMaster)
		assert.Equal(t, "50 of 50", free(t, w, "MUG-BLUE"))
	})
}

func TestAMastersRunInADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	mastered(t, nil, func(t *testing.T, w *world.World) {
		w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
		before := free(t, w, "MUG-BLUE")
		_, planned := w.DryRun(t, stockMaster)
		require.Len(t, planned, 1)
		assert.Equal(t, "mintsoft", planned[0].System)
		assert.Contains(t, fmt.Sprint(planned[0].Changes), "MUG-BLUE")
		assert.Empty(t, w.Writes("mintsoft"))
		assert.Equal(t, before, free(t, w, "MUG-BLUE"))
		w.Once(t, stockMaster)
		assert.NotEqual(t, before, free(t, w, "MUG-BLUE"))
	})
}
