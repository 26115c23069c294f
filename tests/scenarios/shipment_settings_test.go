package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// shipmentSettings are the options by which shipments are chosen and followed; what
// becomes of their fields is told by the tests beside the pipeline.
var shipmentSettings = []setting{
	{key: "shipment_import.enabled", arrange: oneShipment, look: numbers, sides: []side{{true, "SS-00000001"}, {false, ""}}},
	{
		key: "shipment_import.status_to_import",
		arrange: func(_ *testing.T, w *world.World) {
			for i, status := range []string{unleashedsim.Parked, unleashedsim.Placed, "Picking"} {
				w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: orderImport.add(w, i), Status: status})
			}
		},
		look:  numbers,
		sides: []side{{[]string{"Placed"}, "SS-00000002"}, {[]string{"Parked", "Picking"}, "SS-00000001, SS-00000003"}},
	},
	{
		key: "shipment_import.enable_splitting_post_import",
		arrange: func(t *testing.T, w *world.World) {
			ref, _ := imported(t, w)
			reship(w, ref)
		},
		look:  ofOrders(order),
		sides: []side{{false, "SS-00000001: NEW, " + asImported + ", Ada Quay, Whitby"}, {true, "SS-00000001: NEW, " + asReshipped + ", Ada Quay, Whitby"}},
	},
	{key: "general.orders_prefix", arrange: oneShipment, look: numbers, sides: []side{{"", "SS-00000001"}, {"UNL-", "UNL-SS-00000001"}}},
	{
		key: "general.import_orders_since",
		arrange: func(t *testing.T, w *world.World) {
			oneShipment(t, w)
			<-time.After(40 * 24 * time.Hour)
			shipmentImport.add(w, 2)
		},
		look:  numbers,
		sides: []side{{"", "SS-00000002"}, {"2026-03-01", "SS-00000001, SS-00000002"}},
	},
	{
		key: "general.enable_serial_batch_tracking", arrange: batched, look: sent("PUT", "/api/Order", "RequestedBatchNo"),
		sides: []side{{true, `"RequestedBatchNo":"A2409" "RequestedBatchNo":"A2411"`}, {false, ""}},
	},
	{
		key: "general.frequency", lasting: time.Hour + time.Minute,
		look:  func(_ *testing.T, w *world.World) string { return fmt.Sprint(reads(w, "/SalesShipments")) },
		sides: []side{{"15m", "5"}, {"30m", "3"}},
	},
	{
		key: "unleashed.warehouse_code",
		arrange: func(t *testing.T, w *world.World) {
			oneShipment(t, w)
			shipAll(w, addOrder(w, "AT-SHOP", func(o *unleashedsim.OrderSpec) { o.Warehouse = "SHOP" }))
		},
		look:  numbers,
		sides: []side{{"MAIN", "SS-00000001"}, {"SHOP", "SS-00000002"}},
	},
}

func TestShipmentSettings(t *testing.T) {
	t.Parallel()
	onBothSides(t, shipmentSettings, shipmentImport.options(), shipmentImport.stream())
}

// batched adds a shipment of two batches, and its product to Mintsoft.
func batched(_ *testing.T, w *world.World) {
	ship(w, addOrder(w, "TEA", func(o *unleashedsim.OrderSpec) { o.Lines = []unleashedsim.LineSpec{{SKU: "TEA-ASSAM", Quantity: "3"}} }),
		unleashedsim.ShipmentLineSpec{Line: 1, Quantity: "3", Batches: map[string]string{"A2409": "1", "A2411": "2"}})
	w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
}

// oneShipment adds a shipment that is imported unless a setting says otherwise.
func oneShipment(_ *testing.T, w *world.World) { shipmentImport.add(w, 1) }
