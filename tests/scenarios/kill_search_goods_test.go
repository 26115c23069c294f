package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var exportKillings = []killing{
	{
		name: "orders that have left are exported", streams: []string{"order_export"}, settings: with(exportSettings, "order_export.group_by_channel", false),
		before: func(t *testing.T, w *world.World) {
			w.Once(t, "main_order_export")
			sentElsewhere(w, "WEB-1", nil)
			boughtBy(w, "WEB-2", "new@buyer.example", "New Buyer", "Bo", "", "M1 1AA")
			boughtBy(w, "WEB-3", "new@buyer.example", "New Buyer", "Bo", "", "M1 1AA")
			boughtBy(w, "WEB-4", "other@buyer.example", "Other Buyer", "Cy", "", "M2 1AA")
		},
		after: func(_ *testing.T, w *world.World) {
			boughtBy(w, "WEB-5", "new@buyer.example", "New Buyer", "Bo", "", "M1 1AA")
		},
	},
	{
		name: "orders are exported before they leave", streams: []string{"order_export", "order_despatch"},
		settings: with(exportSettings, "order_export.statuses", []string{"NEW", "DESPATCHED"}),
		before: func(t *testing.T, w *world.World) {
			w.Once(t, "main_order_export")
			soldElsewhere(w, "WEB-1", nil)
			boughtBy(w, "WEB-2", "new@buyer.example", "New Buyer", "Bo", "", "M1 1AA")
			o := soldElsewhere(w, "WEB-3", func(o *mintsoftsim.OrderSpec) {
				o.Items = items(priced("MUG-BLUE", 2, "10", "2"), priced("MUG-RED", 1, "10", "2"))
			})
			w.Mintsoft.Split(o.ID, map[string]int{"MUG-BLUE": 1})
		},
		after: func(_ *testing.T, w *world.World) {
			leaves(w, "WEB-1")
			leaves(w, "WEB-3")
		},
	},
	{
		name: "an order leaves while its export breaks off", streams: []string{"order_export", "order_despatch"},
		settings: with(exportSettings, "order_export.statuses", []string{"NEW", "DESPATCHED"}),
		before: func(t *testing.T, w *world.World) {
			w.Once(t, "main_order_export")
			soldElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) { o.More["RequiredDeliveryDate"] = "2026-03-05T00:00:00" })
		},
		meanwhile: func(_ *testing.T, w *world.World) { leaves(w, "WEB-1") },
	},
	{
		name: "bundles are exported", streams: []string{"order_export"}, settings: with(exportSettings, "order_export.group_sales_by_bundle", true),
		before: func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = mintsoftsim.BundleBoth })
			w.Once(t, "main_order_export")
			breakfasts(w, priced("BREAKFAST", 2, "40", "8"), priced("MUG-BLUE", 1, "10", "2"))
			boughtBy(w, "WEB-2", "new@buyer.example", "", "Bo", "Buyer", "M1 1AA")
		},
	},
	{
		name: "orders are exported where none is made as placed", streams: []string{"order_export"},
		settings: joined(exportSettings, map[string]any{"order_export.statuses": []string{"NEW", "DESPATCHED"}, "order_export.group_by_channel": true}),
		before: func(t *testing.T, w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) {
				k.CreateStatuses = []string{unleashedsim.Parked, unleashedsim.Completed}
				k.RepostRefused = true
			})
			w.Once(t, "main_order_export")
			soldElsewhere(w, "WEB-1", nil)
			sentElsewhere(w, "WEB-2", nil)
		},
		after: func(_ *testing.T, w *world.World) { leaves(w, "WEB-1") },
	},
	{
		name: "an exported order is cancelled", streams: []string{"order_export"}, settings: with(exportSettings, "order_export.statuses", []string{"NEW"}),
		before: func(t *testing.T, w *world.World) {
			soldElsewhere(w, "WEB-1", nil)
			w.Once(t, "main_order_export")
			<-time.After(time.Minute)
			w.Mintsoft.Cancel(webOrder(w, "WEB-1").ID)
		},
	},
	{
		name: "batches are exported", streams: []string{"order_export"}, settings: with(exportSettings, byLot, true),
		before: func(t *testing.T, w *world.World) {
			w.Once(t, "main_order_export")
			stock(w, "TEA-ASSAM", mintsoftsim.Lot{BatchNo: "A2409"}, 2)
			stock(w, "TEA-ASSAM", mintsoftsim.Lot{BatchNo: "A2411"}, 5)
			o := soldElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) {
				o.Items = items(priced("TEA-ASSAM", 3, "8", "1.60"), priced("MUG-BLUE", 1, "10", "2"))
			})
			w.Mintsoft.ScanAll(o.ID)
			w.Mintsoft.Despatch(o.ID, "TRACK-1")
		},
	},
}

// inboundKillings are those of what comes into the warehouse.
var inboundKillings = []killing{
	{
		name: "purchase orders are imported", streams: []string{"product_sync", "purchase_order_import", "purchase_order_receipt"},
		settings: joined(receipted, map[string]any{"purchase_order_import.create_products": true, "general.asns_import_as_awaiting_delivery": true}),
		before: func(_ *testing.T, w *world.World) {
			addPurchase(w, "PO-1", nil)
			addProduct(w, "NEW-1", nil)
			addPurchase(w, "PO-2", func(o *unleashedsim.PurchaseSpec) {
				o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "NEW-1", Quantity: "3", Price: "2"})
			})
		},
		after: func(t *testing.T, w *world.World) {
			w.Mintsoft.BookIn(asnOf(t, w, "PO-1").ID)
			w.Mintsoft.BookIn(asnOf(t, w, "PO-2").ID, came("MUG-BLUE", 4), came("NEW-1", 3))
		},
	},
	{
		name: "purchase orders are receipted", streams: []string{"purchase_order_import", "purchase_order_receipt"},
		settings: joined(receipted, map[string]any{overOption: "increase_order"}),
		before: func(t *testing.T, w *world.World) {
			two := func(o *unleashedsim.PurchaseSpec) {
				o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "MUG-RED", Quantity: "5", Price: "2"})
			}
			w.Mintsoft.BookIn(expecting(t, w, "PO-1", two), came("MUG-BLUE", 4), came("MUG-RED", 5))
			w.Mintsoft.BookIn(expecting(t, w, "PO-2", two), came("MUG-BLUE", 12), came("MUG-RED", 5))
			w.Mintsoft.BookIn(expecting(t, w, "PO-3", nil))
		},
		after: func(_ *testing.T, w *world.World) { completeASN(w, "PO-3") },
	},
	{
		name: "a receipt that is kept open", streams: []string{"purchase_order_import", "purchase_order_receipt"}, settings: receipted,
		before: func(t *testing.T, w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true })
			id := expecting(t, w, "PO-1", nil)
			booksInPart(w, id, 4)
			w.Once(t, receipting)
			w.Mintsoft.BookIn(id, came("MUG-BLUE", 3))
		},
		meanwhile: func(_ *testing.T, w *world.World) { completeASN(w, "PO-1") },
	},
	{
		name: "more than was ordered, which is refused", streams: []string{"purchase_order_import", "purchase_order_receipt"}, settings: receipted,
		before: func(t *testing.T, w *world.World) {
			w.Mintsoft.BookIn(expecting(t, w, "PO-1", nil), came("MUG-BLUE", 12))
		},
		after: func(_ *testing.T, w *world.World) {
			w.Unleashed.EditPurchase("PO-1", func(o *unleashedsim.PurchaseOrder) { o.PurchaseOrderLines[0].OrderQuantity.Set("12") })
		},
	},
	{
		name: "batches are receipted", streams: []string{"purchase_order_import", "purchase_order_receipt"}, settings: joined(receipted, map[string]any{byLot: true}),
		before: func(t *testing.T, w *world.World) {
			w.Mintsoft.BookIn(expectingTracked(t, w, true), lot("B-1", 4, "2028-01-31"), lot("B-2", 3, ""))
		},
	},
	{
		name: "assemblies", streams: []string{"assembly_import"},
		settings: map[string]any{"assembly_import.create_order_to_pick": true, "assembly_import.create_asn_to_receive": true},
		before: func(_ *testing.T, w *world.World) {
			addAssembly(w, "ASM-1", nil)
			addAssembly(w, "ASM-2", nil)
		},
		after: func(_ *testing.T, w *world.World) {
			w.Unleashed.EditAssembly("ASM-1", func(a *unleashedsim.Assembly) { a.AssemblyLines[0].Quantity.Set("6") })
			w.Unleashed.DeleteAssembly("ASM-2")
		},
	},
	{
		name: "transfers in and out", streams: []string{"warehouse_transfer_import", "warehouse_transfer_completion"}, settings: transferred,
		before: func(_ *testing.T, w *world.World) {
			w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
			addTransfer(w, "SHOP", "MAIN", nil)
			addTransfer(w, "MAIN", "SHOP", nil)
		},
		after: func(_ *testing.T, w *world.World) { bookEverything(w, 0) },
	},
	{
		name: "transfers of which less came are held", streams: []string{"warehouse_transfer_import", "warehouse_transfer_completion"}, settings: transferred,
		before: lessCame,
		after: func(_ *testing.T, w *world.World) {
			for _, r := range w.Unleashed.Transfers() {
				w.Unleashed.EditTransfer(r.TransferOrderNumber, func(r *unleashedsim.Transfer) { r.TransferDetails[0].TransferQuantity.Set("5") })
			}
		},
	},
	{
		name: "transfers of which less came are adjusted", streams: []string{"warehouse_transfer_import", "warehouse_transfer_completion"},
		settings: with(transferred, difference, "adjust"), before: lessCame,
		may: "main_warehouse_transfer_import TX-", // that the lines were changed, before the transfer is complete
	},
	{
		name: "a purchase order that was split, of which the rest came", streams: []string{"purchase_order_import", "purchase_order_receipt"},
		settings: joined(receipted, map[string]any{overOption: "cap"}),
		may:      "logged: .*more was booked in", // the next look says so in other words
		before: func(t *testing.T, w *world.World) {
			id := expecting(t, w, "PO-1", nil)
			booksInPart(w, id, 4)
			w.Once(t, importing, receipting)
			<-time.After(time.Minute)
			w.Mintsoft.BookIn(id, came("MUG-BLUE", 8))
		},
		after: func(_ *testing.T, w *world.World) { completeASN(w, "PO-1") },
	},
	{
		name: "more of a purchase order comes while its receipt breaks off", streams: []string{"purchase_order_import", "purchase_order_receipt"}, settings: receipted,
		before: func(t *testing.T, w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true })
			booksInPart(w, expecting(t, w, "PO-1", nil), 4)
		},
		meanwhile: func(t *testing.T, w *world.World) { w.Mintsoft.BookIn(asnOf(t, w, "PO-1").ID, came("MUG-BLUE", 3)) },
	},
}

var stockKillings = []killing{
	{
		name: "stock", streams: []string{"stock_sync"}, settings: map[string]any{"general.stock_sync_guard": 100},
		before: func(t *testing.T, w *world.World) {
			manyMoved(t, w, 210)
			move(t, w, "MUG-BLUE", -5)
			move(t, w, "BOX-S", -900)
		},
		after: func(t *testing.T, w *world.World) { move(t, w, "MUG-BLUE", 2) },
	},
	{
		name: "stock moves again", streams: []string{"stock_sync"}, may: "adjustment by Mintsoft of MUG-BLUE",
		before: func(t *testing.T, w *world.World) {
			counted(t, w)
			<-time.After(time.Hour)
			move(t, w, "MUG-BLUE", -5)
			move(t, w, "MUG-RED", 5)
		},
		meanwhile: func(t *testing.T, w *world.World) { move(t, w, "MUG-BLUE", -3) },
	},
	{
		name: "stock by lots, and what leaves and arrives", streams: []string{"order_import", "order_despatch", "purchase_order_import", "purchase_order_receipt", "stock_sync"},
		settings: joined(receipted, map[string]any{byLot: true}),
		before: func(t *testing.T, w *world.World) {
			stock(w, "TEA-ASSAM", teaLot("A2409"), 45)
			stock(w, "TEA-ASSAM", teaLot("A2501"), 5)
			id := pickable(t, w, "SO-1")
			of := func(o *unleashedsim.PurchaseSpec) { o.Lines[0].SKU = "PLATE-26" }
			w.Mintsoft.BookIn(expecting(t, w, "PO-1", of), came("PLATE-26", 7))
			w.Mintsoft.Despatch(id, "TRK-1")
			move(t, w, "MUG-RED", -4)
		},
	},
	{
		name: "Unleashed is the master of the stock", streams: []string{"stock_master"}, settings: map[string]any{asMaster: true, "general.stock_sync_guard": 100},
		before: func(t *testing.T, w *world.World) {
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
			w.Unleashed.SetStock("MUG-RED", "MAIN", "12.5", "4.10")
			addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines = []unleashedsim.LineSpec{line("BOWL-S", "200")} })
			w.Unleashed.CompleteOrder("SO-1") // of 150
			stock(w, "TEA-ASSAM", teaLot("A2409"), 45)
			manyMoved(t, w, 210)
			w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Client: demo(w), Warehouse: mainWarehouse(t, w), Number: "M-1", Items: []mintsoftsim.ItemSpec{{SKU: "PLATE-26", Quantity: 30}}})
			w.Unleashed.SetStock("PLATE-26", "MAIN", "10", "3.95")
		},
		after: func(_ *testing.T, w *world.World) { w.Unleashed.SetStock("MUG-RED", "MAIN", "12", "4.10") },
	},
	{
		name: "the stock of the master changes again, and something leaves", streams: []string{"order_import", "order_despatch", "stock_master"}, settings: map[string]any{asMaster: true},
		before: func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1")
			w.Once(t, stockMaster)
			<-time.After(time.Hour)
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "200", "4.10")
			w.Mintsoft.Despatch(id, "TRK-1")
		},
		meanwhile: func(_ *testing.T, w *world.World) { w.Unleashed.SetStock("MUG-RED", "MAIN", "77", "4.10") },
	},
	{
		name: "a full run of the stock", streams: []string{"stock_sync"},
		before: func(t *testing.T, w *world.World) {
			counted(t, w)
			<-time.After(time.Hour)
			w.Unleashed.SetStock("MUG-BLUE", "MAIN", "77", "4.10")
			w.Ask(t, fullRun(stockSync))
		},
	},
	{
		name: "the daily run of the stock", streams: []string{"stock_sync"}, settings: map[string]any{"general.stock_sync_once_per_day": true},
		before: func(t *testing.T, w *world.World) {
			counted(t, w)
			<-time.After(8 * time.Hour)
			fiveLess(t, w)
			<-time.After(20 * time.Hour)
		},
	},
	{
		name: "the daily run of the master", streams: []string{"stock_master"}, settings: map[string]any{asMaster: true},
		before: func(t *testing.T, w *world.World) {
			for range 2 {
				w.Once(t, stockMaster)
				<-time.After(time.Hour)
			}
			fiveLess(t, w)
			<-time.After(24 * time.Hour)
		},
	},
	{
		name: "goods leave and arrive while the count breaks off", streams: allPipelines, settings: joined(receipted, exportSettings, transferred),
		before:    goodsUnderWay,
		meanwhile: func(t *testing.T, w *world.World) { goodsMove(t, w) },
		may:       costs,
	},
	{
		name: "goods leave and arrive while a run of the master breaks off", streams: allPipelines, settings: joined(exportSettings, transferred, map[string]any{"purchase_order_import.update_purchase_order": true}),
		before: func(t *testing.T, w *world.World) {
			w.Set("purchase_order_import.enabled", true) // which the master does not allow
			goodsUnderWay(t, w)
			w.Set("purchase_order_import.enabled", false)
			w.Set(asMaster, true)
			w.Unleashed.SetStock("MUG-RED", "MAIN", "77", "4.10")
			w.Unleashed.SetStock("PLATE-26", "MAIN", "390", "3.95")
		},
		meanwhile: func(t *testing.T, w *world.World) { goodsMove(t, w) },
		may:       costs,
	},
}

// costs are averages, which depend on whether goods leave or arrive first.
const costs = "Cost(Price)?: |AverageLand"

// allPipelines are those that are on.
var allPipelines = []string{"*"}

// goodsUnderWay has documents open on which goods leave and arrive.
func goodsUnderWay(t *testing.T, w *world.World) {
	t.Helper()
	w.Once(t)
	<-time.After(time.Minute)
	w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
	pickable(t, w, "SO-1")
	w.Mintsoft.Despatch(pickable(t, w, "SO-2"), "TRK-2")
	booksInPart(w, expecting(t, w, "PO-1", nil), 4)
	addTransfer(w, "SHOP", "MAIN", nil)
	soldElsewhere(w, "WEB-1", nil)
	w.Once(t, moving)
	if w.Mintsoft.Stock("MUG-RED", mainWarehouse(t, w)).StockLevel > 4 {
		move(t, w, "MUG-RED", -4)
	}
}

// goodsMove has them do so.
func goodsMove(t *testing.T, w *world.World) {
	t.Helper()
	leaves(w, "SO-1")
	leaves(w, "WEB-1")
	w.Mintsoft.BookIn(asnOf(t, w, "PO-1").ID, came("MUG-BLUE", 6))
	bookEverything(w, 0)
}

var (
	receipted   = receipts(nil).Settings
	transferred = map[string]any{"warehouse_transfer.import_as_orders_to_pick": true, asASNs: true, "warehouse_transfer.frequency": "5m"}
)

// lessCame has a mug of each of two transfers get lost.
func lessCame(t *testing.T, w *world.World) {
	t.Helper()
	w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
	addTransfer(w, "SHOP", "MAIN", nil)
	addTransfer(w, "SHOP", "MAIN", nil)
	w.Once(t, moving, completing)
	bookEverything(w, 1)
}

// bookEverything books what is expected, but for some of each.
func bookEverything(w *world.World, less int) {
	for _, a := range w.Mintsoft.ASNs() {
		if a.ASNStatusID == mintsoftsim.ASNNew {
			w.Mintsoft.BookIn(a.ID, came(a.Items[0].SKU, a.Items[0].QuantityExpected-less))
		}
	}
}

// manyMoved adds products of which Mintsoft has some and Unleashed has others.
func manyMoved(t *testing.T, w *world.World, n int) {
	t.Helper()
	for i := range n {
		sku := numbered("MANY", i)
		w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: sku, ProductDescription: sku, DefaultPurchasePrice: unleashedsim.Number("2")})
		w.Unleashed.SetStock(sku, "MAIN", "5", "2")
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: sku, Name: strings.ToLower(sku)})
		<-time.After(4 * time.Second / time.Duration(n))
	}
	<-time.After(4 * time.Second)
	for i := range n {
		move(t, w, numbered("MANY", i), 3)
	}
}
