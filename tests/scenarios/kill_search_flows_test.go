package scenarios

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// killings are a scenario for each flow, and for each way of it that writes otherwise.
var killings = slices.Concat(orderKillings, askedKillings, exportKillings, inboundKillings, stockKillings)

// orderKillings are those of products, customers, orders and shipments.
var orderKillings = []killing{
	{
		name: "products", streams: []string{"product_sync"},
		before: func(t *testing.T, w *world.World) {
			w.Once(t, "main_product_sync")
			addProduct(w, "NEW-1", nil)
			addProduct(w, "NEW-2", nil)
			w.Unleashed.EditProduct("MUG-BLUE", func(p *unleashedsim.Product) { p.Barcode, p.Weight = "777", unleashedsim.Number("2") })
			w.Unleashed.EditProduct("BOWL-S", func(p *unleashedsim.Product) { p.Obsolete = true })
		},
		after: func(_ *testing.T, w *world.World) {
			w.Unleashed.EditProduct("NEW-1", func(p *unleashedsim.Product) { p.ProductCode = "NEW-1B" })
			w.Unleashed.DeleteProduct("NEW-2")
			w.Unleashed.EditProduct("BOWL-S", func(p *unleashedsim.Product) { p.Obsolete = false })
		},
	},
	{
		name: "customers", streams: []string{"customer_sync", "order_import"},
		settings: map[string]any{"customer_sync.interval": "15m"},
		before: func(_ *testing.T, w *world.World) {
			w.Unleashed.AddCustomer(unleashedsim.Customer{CustomerCode: "CUST", CustomerName: "A customer", Email: "a@customer.example"})
			addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Customer = "CUST" })
			addOrder(w, "SO-2", nil)
		},
		after: func(_ *testing.T, w *world.World) {
			w.Unleashed.EditCustomer("CUST", func(c *unleashedsim.Customer) { c.Email = "b@customer.example" })
			addOrder(w, "SO-3", func(o *unleashedsim.OrderSpec) { o.Customer = "CUST" })
		},
	},
	{
		name: "orders are imported", streams: []string{"product_sync", "order_import", "order_despatch"},
		before: func(t *testing.T, w *world.World) {
			pickable(t, w, "SO-1")
			pickable(t, w, "SO-2", line("MUG-RED", "2"))
			addOrder(w, "SO-3", nil)
			addProduct(w, "NEW-1", nil)
			addOrder(w, "SO-4", func(o *unleashedsim.OrderSpec) { o.Lines = append(o.Lines, line("NEW-1", "1")) })
			w.Unleashed.DeleteOrder("SO-1")
			w.Unleashed.EditOrder("SO-2", edit(0, "3"))
		},
		after: func(_ *testing.T, w *world.World) {
			w.Unleashed.DeleteOrder("SO-4")
			leaves(w, "SO-3")
		},
	},
	{
		name: "parts of orders leave", streams: []string{"order_import", "order_despatch"},
		before: func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
			whole := pickable(t, w, "SO-2")
			part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1, "MUG-RED": 2})
			w.Once(t, "*_order_import", "*_order_despatch")
			w.Mintsoft.Despatch(part, "TRK-2")
			w.Mintsoft.Despatch(whole, "TRK-1")
		},
		after: func(_ *testing.T, w *world.World) { leaves(w, "SO-1") },
	},
	{
		name: "two parts that look the same leave one after the other", streams: []string{"order_import", "order_despatch"},
		before: func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("MUG-BLUE", "4"))
			part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})
			w.Once(t, "*_order_import", "*_order_despatch")
			w.Mintsoft.Despatch(part)
		},
		meanwhile: func(_ *testing.T, w *world.World) { leaves(w, "SO-1") },
	},
	{
		name: "merged orders leave", streams: []string{"order_import", "order_despatch"},
		before: func(t *testing.T, w *world.World) { mergedOf(t, w, func() {}) },
	},
	{
		name: "batches leave", streams: []string{"order_import", "order_despatch"}, settings: map[string]any{byLot: true},
		before: func(t *testing.T, w *world.World) {
			stock(w, "TEA-ASSAM", mintsoftsim.Lot{BatchNo: "A2409"}, 20)
			stock(w, "TEA-ASSAM", mintsoftsim.Lot{BatchNo: "A2411"}, 20)
			id := pickable(t, w, "SO-1", line("TEA-ASSAM", "25"), line("MUG-BLUE", "1"))
			w.Mintsoft.ScanAll(id)
			w.Mintsoft.Despatch(id, "TRK-1")
		},
	},
	{
		name: "bundles leave", streams: []string{"order_import", "order_despatch", "order_update"}, settings: raisedAndLowered,
		before: func(t *testing.T, w *world.World) {
			bundles(w, mintsoftsim.BundleBoth)
			w.Mintsoft.Despatch(pickable(t, w, "SO-1", line("GIFTSET", "1"), line("BIGSET", "2"), line("BOWL-S", "1")), "TRK-1")
			pickable(t, w, "SO-2", line("GIFTSET", "2"))
			w.Once(t, "main_order_update")
		},
		after: func(_ *testing.T, w *world.World) { leaves(w, "SO-2") },
	},
	{
		name: "the warehouse edits orders", streams: []string{"order_import", "order_update", "order_despatch"}, settings: raisedAndLowered,
		before: func(t *testing.T, w *world.World) {
			one := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
			two := pickable(t, w, "SO-2", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
			w.Once(t, "main_order_update")
			<-time.After(time.Minute)
			w.Mintsoft.EditItems(one, map[string]int{"MUG-BLUE": 5, "BOWL-S": 1})
			w.Mintsoft.EditItems(two, map[string]int{"MUG-BLUE": 2, "MUG-RED": 0})
		},
		meanwhile: func(_ *testing.T, w *world.World) {
			w.Mintsoft.EditItems(inWarehouse(w, "SO-1"), map[string]int{"MUG-BLUE": 4, "BOWL-S": 2})
		},
		after: func(_ *testing.T, w *world.World) {
			w.Mintsoft.EditItems(inWarehouse(w, "SO-2"), map[string]int{"MUG-BLUE": 3})
			leaves(w, "SO-1")
		},
	},
	{
		name: "the warehouse edits orders of which the list hides the items", streams: []string{"order_import", "order_update", "order_despatch"}, settings: raisedAndLowered,
		before: func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ListHidesItems = true })
			one := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
			two := pickable(t, w, "SO-2", line("MUG-BLUE", "3"))
			w.Once(t, "main_order_update")
			<-time.After(time.Minute)
			w.Mintsoft.EditItems(one, map[string]int{"MUG-BLUE": 5, "MUG-RED": 1})
			w.Mintsoft.Despatch(two, "TRK-2")
		},
		after: func(_ *testing.T, w *world.World) { leaves(w, "SO-1") },
	},
	{
		name: "lowered items that are only reported", streams: []string{"order_import", "order_update"}, settings: map[string]any{"general.in_flight_order_update": true},
		before: func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
			w.Once(t, "main_order_update")
			<-time.After(time.Minute)
			w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5, "MUG-RED": 1})
		},
	},
	{
		name: "shipments are imported and followed", streams: []string{"shipment_import", "order_despatch"}, settings: followed,
		may: "main_shipment_import SS-", // that what was followed differs from what was made
		before: func(t *testing.T, w *world.World) {
			changed, _ := imported(t, w)
			reship(w, changed)
			three(w, "SO-1")
			ship(w, "SO-1", parts(map[int]string{1: "2", 2: "4"})...)
			ship(w, "SO-1", parts(map[int]string{1: "3", 3: "2"})...)
		},
		after: func(_ *testing.T, w *world.World) {
			for _, s := range w.Unleashed.ShipmentsOf("SO-1") {
				leaves(w, s.ShipmentNumber)
			}
		},
	},
	{
		name: "a shipment changes again", streams: []string{"shipment_import", "order_despatch"}, settings: followed, may: "main_shipment_import SS-",
		before: func(t *testing.T, w *world.World) {
			changed, _ := imported(t, w)
			reship(w, changed)
		},
		meanwhile: func(_ *testing.T, w *world.World) {
			number := w.Unleashed.ShipmentsOf("SO-3")[0].ShipmentNumber
			w.Unleashed.EditShipment(number, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("3") })
		},
		after: func(_ *testing.T, w *world.World) { leaves(w, w.Unleashed.ShipmentsOf("SO-3")[0].ShipmentNumber) },
	},
	{
		name: "the warehouse edits the order of a shipment", streams: []string{"shipment_import", "order_update", "order_despatch"},
		settings: joined(followed, raisedAndLowered),
		before: func(t *testing.T, w *world.World) {
			_, o := imported(t, w)
			w.Once(t, "main_order_update")
			<-time.After(time.Minute)
			w.Mintsoft.EditItems(o.ID, map[string]int{"MUG-BLUE": 3, "PLATE-26": 1})
		},
		after: func(_ *testing.T, w *world.World) { leaves(w, w.Unleashed.ShipmentsOf("SO-3")[0].ShipmentNumber) },
	},
	{
		name: "open shipments leave", streams: []string{"order_import", "order_despatch"},
		before: func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"), line("MUG-RED", "2"))
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: parts(map[int]string{1: "1", 2: "2"})})
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: parts(map[int]string{1: "2"})})
			part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1, "MUG-RED": 2})
			w.Mintsoft.Despatch(part, "TRK-1", "TRK-1B")
		},
		meanwhile: func(_ *testing.T, w *world.World) { leaves(w, "SO-1") },
	},
	{
		name: "a part leaves that a person has posted", streams: []string{"order_import", "order_despatch"},
		may:      "shipment of SO-1 TrackingNumber: TRK-", // either may be the one that was posted
		settings: map[string]any{"general.disable_sales_order_completion_after_despatch": true},
		before: func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("MUG-BLUE", "4"))
			part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Dispatched, Lines: parts(map[int]string{1: "2"})})
			w.Mintsoft.Despatch(part, "TRK-1")
			w.Mintsoft.Despatch(id, "TRK-2")
		},
	},
	{
		name: "merged orders are edited", streams: []string{"order_import", "order_update", "order_despatch"}, settings: raisedAndLowered,
		before: func(t *testing.T, w *world.World) {
			a := pickable(t, w, "SO-1")
			w.Mintsoft.Merge(a, pickable(t, w, "SO-2", line("MUG-RED", "2"), line("BOWL-S", "1")))
			w.Once(t, "main_order_update")
			<-time.After(time.Minute)
			w.Mintsoft.EditItems(a, map[string]int{"MUG-BLUE": 4, "MUG-RED": 1})
		},
		after: func(_ *testing.T, w *world.World) { leaves(w, "SO-1") },
	},
	{
		name: "an order is edited and leaves before that is known", streams: []string{"order_import", "order_update", "order_despatch"}, settings: raisedAndLowered,
		before: func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1", line("MUG-BLUE", "3"))
			w.Once(t, "main_order_update")
			<-time.After(time.Minute)
			w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 5})
			w.Mintsoft.Despatch(id, "TRK-1")
		},
	},
	{
		name: "events", streams: []string{"webhooks", "product_sync", "order_import"},
		settings: map[string]any{"general.use_webhooks": true, "unleashed.webhook_signature_key": webhookOther},
		before: func(t *testing.T, w *world.World) {
			pickable(t, w, "SO-1")
			addProduct(w, "NEW-1", nil)
			w.Once(t, "main_product_sync")
			subscribe(t, w)
			running := w.Forever(t, "main_webhooks")
			<-time.After(time.Minute)
			addOrder(w, "SO-2", nil)
			w.Unleashed.DeleteOrder("SO-1")
			w.Unleashed.DeleteProduct("NEW-1")
			w.Unleashed.DeliverWebhooks(t.Context())
			running.Stop(t)
		},
	},
}

// askedKillings are those of what people ask for, or what waits.
var askedKillings = []killing{
	{
		name: "what was refused is replayed", streams: []string{"order_import", "purchase_order_import"}, settings: map[string]any{"purchase_order_import.enabled": true},
		before: func(t *testing.T, w *world.World) {
			refused := []flow{orderImport, purchaseOrderImport}
			for _, f := range refused {
				r := f.refusals[len(f.refusals)-1]
				ref := r.add(w, 1)
				w.Once(t, f.stream())
				letterOf(t, w, ref)
				r.mend(w, ref)
				<-time.After(time.Minute)
			}
			replays(t, w)
		},
	},
	{
		name: "what was parked is made", streams: []string{"product_sync", "order_import", "purchase_order_import"}, settings: map[string]any{"purchase_order_import.enabled": true},
		before: func(t *testing.T, w *world.World) {
			addProduct(w, "NEW-1", nil)
			forNew(w, "SO-1", "NEW-1")
			addPurchase(w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].SKU = "NEW-1" })
			w.Once(t, "*_order_import", "*_purchase_order_import")
		},
	},
	{
		name: "a cancelled order is released", streams: []string{"order_import", "order_despatch"},
		before: func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber = true })
			w.Mintsoft.Cancel(pickable(t, w, "SO-1"))
			w.Once(t, "*_order_import", "*_order_despatch")
			<-time.After(time.Minute)
			w.Release(t, "SO-1")
		},
		after: func(_ *testing.T, w *world.World) { leaves(w, "SO-1") },
	},
	{
		name: "the ledger was lost", streams: allPipelines, settings: joined(receipts(nil).Settings, map[string]any{"order_export.enabled": true, "order_export.since": "2026-03-01"}),
		before: func(t *testing.T, w *world.World) {
			goodsUnderWay(t, w)
			<-time.After(time.Hour)
			w.LoseLedger(t)
		},
		after: func(t *testing.T, w *world.World) { goodsMove(t, w) },
		may:   costs,
	},
	{
		name: "a transfer between two connections", streams: []string{"warehouse_transfer_import", "warehouse_transfer_completion"}, shops: true, settings: transferred,
		before: func(_ *testing.T, w *world.World) {
			w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
			addTransfer(w, "SHOP", "MAIN", nil)
			addTransfer(w, "MAIN", "SHOP", nil)
		},
		after: func(_ *testing.T, w *world.World) { bookEverything(w, 0) },
	},
}

// replays is `deadletters replay --all` for a sync that runs next.
func replays(t *testing.T, w *world.World) {
	t.Helper()
	for _, letter := range w.DeadLetters(t) {
		w.Ask(t, func(tx *ledger.Tx) error { return tx.SetDeadLetterState(letter.ID, ledger.StateReplaying) })
	}
}

// followed are the settings of a world that follows its shipments.
var followed = following().Settings

// joined are several settings together.
func joined(settings ...map[string]any) map[string]any {
	all := map[string]any{}
	for _, some := range settings {
		maps.Copy(all, some)
	}
	return all
}

// leaves has what is ready of a number leave.
func leaves(w *world.World, number string) {
	for _, o := range w.Mintsoft.OrdersByNumber(number) {
		if o.OrderStatusID == mintsoftsim.StatusNew {
			w.Mintsoft.Despatch(o.ID, "TRK-"+number)
		}
	}
}
