package scenarios

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestExportedBundles sells two breakfasts, of two mugs and a plate each, and a mug
// beside them, in each way in which Mintsoft may show them.
func TestExportedBundles(t *testing.T) {
	t.Parallel()
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

// TestExportedBatches sends tea of two batches: an order of a tracked product can be
// completed only with them.
func TestExportedBatches(t *testing.T) {
	t.Parallel()
	send := func(t *testing.T, tracking bool, scan func(w *world.World, id int), then func(t *testing.T, w *world.World)) {
		exporting(t, with(exportSettings, "general.enable_serial_batch_tracking", tracking), func(t *testing.T, w *world.World) {
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
			w.Mintsoft.AdjustStock("TEA-ASSAM", webWarehouse(w), 2, mintsoftsim.Lot{BatchNo: "A2409"})
			w.Mintsoft.AdjustStock("TEA-ASSAM", webWarehouse(w), 5, mintsoftsim.Lot{BatchNo: "A2411"})
			o := soldElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) {
				o.Items = items(priced("TEA-ASSAM", 3, "8", "1.60"), priced("MUG-BLUE", 1, "10", "2"))
			})
			scan(w, o.ID)
			w.Mintsoft.Despatch(o.ID, "TRACK-1")
			w.Once(t, exportSent.stream())
			then(t, w)
		})
	}
	t.Run("with tracking they are named", func(t *testing.T) {
		send(t, true, func(w *world.World, id int) { w.Mintsoft.ScanAll(id) }, func(t *testing.T, w *world.World) {
			o, _ := w.Unleashed.OrderByNumber("WEB-1")
			assert.Equal(t, unleashedsim.Completed, o.OrderStatus)
			left := map[string]string{}
			for _, batch := range o.SalesOrderLines[0].BatchNumbers {
				left[batch.Number] = batch.Quantity.Decimal.String()
			}
			assert.Equal(t, map[string]string{"A2409": "2", "A2411": "1"}, left)
			assert.Empty(t, o.SalesOrderLines[1].BatchNumbers)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("as they were reserved, where nothing was scanned", func(t *testing.T) {
		send(t, true, func(*world.World, int) {}, func(t *testing.T, w *world.World) {
			o, _ := w.Unleashed.OrderByNumber("WEB-1")
			assert.Equal(t, unleashedsim.Completed, o.OrderStatus)
			assert.Len(t, o.SalesOrderLines[0].BatchNumbers, 2)
		})
	})
	t.Run("batches that are not all of it are told", func(t *testing.T) {
		one := func(w *world.World, id int) {
			w.Mintsoft.Pick(id, mintsoftsim.Scan{SKU: "TEA-ASSAM", Quantity: 1, Lot: mintsoftsim.Lot{BatchNo: "A2411"}})
		}
		send(t, true, one, func(t *testing.T, w *world.World) {
			assert.Contains(t, letterOf(t, w, "WEB-1").Reason, "order WEB-1, SKU TEA-ASSAM: 3 left, and Mintsoft knows the batches or serial numbers 1 x A2411")
			assert.Empty(t, allExported(w))
		})
	})
	t.Run("without tracking Unleashed refuses the completion", func(t *testing.T) {
		send(t, false, func(w *world.World, id int) { w.Mintsoft.ScanAll(id) }, func(t *testing.T, w *world.World) {
			assert.Equal(t, "sales_order.complete", letterOf(t, w, "WEB-1").Operation)
			o, _ := w.Unleashed.OrderByNumber("WEB-1")
			assert.Equal(t, unleashedsim.Placed, o.OrderStatus)
		})
	})
}

// TestExportedBatchesOfComponents sends two tea sets and a tea beside them, each way in
// which Mintsoft may show them: the lots of a bundle go with its components.
func TestExportedBatchesOfComponents(t *testing.T) {
	t.Parallel()
	send := func(t *testing.T, shows string, grouped bool, scan func(w *world.World, id int), then func(t *testing.T, w *world.World)) {
		settings := with(with(exportSettings, "general.enable_serial_batch_tracking", true), "order_export.group_sales_by_bundle", grouped)
		exporting(t, settings, func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = shows })
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
			w.Mintsoft.AdjustStock("TEA-ASSAM", webWarehouse(w), 3, mintsoftsim.Lot{BatchNo: "A2409"})
			w.Mintsoft.AdjustStock("TEA-ASSAM", webWarehouse(w), 5, mintsoftsim.Lot{BatchNo: "A2411"})
			w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "TEASET", Name: "Tea set"}, map[string]int{"TEA-ASSAM": 2, "MUG-BLUE": 1})
			addProduct(w, "TEASET", nil)
			stocked(w, "TEASET")
			o := soldElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) {
				o.Items = items(priced("TEASET", 2, "20", "4"), priced("TEA-ASSAM", 1, "8", "1.60"))
			})
			scan(w, o.ID)
			w.Mintsoft.Despatch(o.ID, "TRACK-1")
			w.Once(t, exportSent.stream())
			then(t, w)
		})
	}
	all := func(w *world.World, id int) { w.Mintsoft.ScanAll(id) }
	for shows := range map[string]bool{mintsoftsim.BundleLine: true, mintsoftsim.BundleBoth: true, mintsoftsim.BundleComponents: true} {
		for name, scan := range map[string]func(w *world.World, id int){"scanned": all, "reserved": func(*world.World, int) {}} {
			t.Run(shows+", "+name, func(t *testing.T) {
				t.Parallel()
				send(t, shows, false, scan, func(t *testing.T, w *world.World) {
					o, _ := w.Unleashed.OrderByNumber("WEB-1")
					assert.Equal(t, unleashedsim.Completed, o.OrderStatus)
					left := map[string]decimal.Decimal{}
					for _, line := range o.SalesOrderLines {
						for _, batch := range line.BatchNumbers {
							left[batch.Number] = left[batch.Number].Add(batch.Quantity.Decimal)
						}
					}
					assert.Equal(t, "A2409 3, A2411 2", fmt.Sprintf("A2409 %s, A2411 %s", left["A2409"], left["A2411"]))
					assert.Empty(t, w.DeadLetters(t))
				})
			})
		}
	}
	t.Run("a bundle that goes as itself has none", func(t *testing.T) {
		send(t, mintsoftsim.BundleLine, true, all, func(t *testing.T, w *world.World) {
			o, _ := w.Unleashed.OrderByNumber("WEB-1")
			assert.Equal(t, unleashedsim.Completed, o.OrderStatus)
			assert.Empty(t, o.SalesOrderLines[0].BatchNumbers)
			assert.Len(t, o.SalesOrderLines[1].BatchNumbers, 1)
		})
	})
	t.Run("batches that are not all of it are told before the order is made", func(t *testing.T) {
		one := func(w *world.World, id int) {
			w.Mintsoft.Pick(id, mintsoftsim.Scan{SKU: "TEA-ASSAM", Quantity: 1, Lot: mintsoftsim.Lot{BatchNo: "A2409"}})
		}
		send(t, mintsoftsim.BundleLine, false, one, func(t *testing.T, w *world.World) {
			assert.Contains(t, letterOf(t, w, "WEB-1").Reason, "SKU TEA-ASSAM: 4 left, and Mintsoft knows the batches or serial numbers 1 x A2409")
			assert.Empty(t, allExported(w))
		})
	})
}
