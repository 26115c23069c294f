package mintsoftsim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWarehouseTransfers(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	body := func(changes map[string]any) map[string]any {
		b := map[string]any{
			"ClientId": f.demo, "SourceWarehouseId": f.main, "DestinationWarehouseId": f.north, "Reference": "T-1", "GoodsInType": "Pallet",
			"CourierService": "DEMO 48", "Items": []any{item("RED", 4)},
		}
		for name, value := range changes {
			b[name] = value
		}
		return b
	}
	for says, change := range map[string]map[string]any{
		"same warehouse": {"DestinationWarehouseId": f.main}, "Warehouse not found": {"SourceWarehouseId": 99}, "Invalid GoodsInType": {"GoodsInType": "Bag"},
		"CourierService": {"CourierService": "Pigeon"}, "NONE": {"Items": []any{item("NONE", 1)}}, "Items": {"Items": []any{}}, "ClientId": {"ClientId": nil},
	} {
		assert.Contains(t, f.refused("PUT", "/api/WarehouseTransfer", body(change)), says)
	}
	id := intOf(t, f.must("PUT", "/api/WarehouseTransfer", body(nil)).object(t)["ID"])
	path := fmt.Sprintf("/api/WarehouseTransfer/%d", id)
	f.must("POST", path, map[string]any{"Comments": "fragile"})
	assert.Empty(t, f.Orders(), "nothing moves before it is confirmed")
	f.must("GET", path+"/Confirm", nil)
	tr := f.get(path).object(t)
	assert.Equal(t, TransferConfirmed, tr["WarehouseTransferStatus"])
	assert.Equal(t, "fragile", tr["Comments"])
	order, asn := intOf(t, tr["OrderId"]), intOf(t, tr["ASNId"])
	o, _ := f.Order(order)
	assert.Equal(t, []any{f.main, "DEMO 48", StatusNew, 4}, []any{o.WarehouseID, o.CourierServiceName, o.OrderStatusID, o.OrderItems[0].Quantity})
	assert.Equal(t, []any{f.north, ASNAwaitingDelivery}, []any{f.readASN(asn).WarehouseID, f.readASN(asn).ASNStatusID})
	f.Despatch(order)
	f.BookIn(asn)
	assert.Equal(t, [2]int{6, 4}, [2]int{f.Stock("RED", f.main).StockLevel, f.Stock("RED", f.north).StockLevel})
	for _, step := range []string{"GET /Confirm", "GET /Cancel", "DELETE "} {
		method, end, _ := cut(step + " ")
		assert.NotEmpty(t, f.refused(method, path+end, nil), step)
	}
	f.checkBooks()

	f.clock.advance(time.Hour)
	second := intOf(t, f.must("PUT", "/api/WarehouseTransfer", body(nil)).object(t)["ID"])
	rows := f.get("/api/WarehouseTransfer/List?IncludeWarehouseTransferItems=true").list(t)
	require.Len(t, rows, 2)
	assert.Equal(t, "North", rows[0]["DestinationWarehouse"])
	assert.Len(t, rows[0]["Items"], 1)
	assert.Nil(t, f.get("/api/WarehouseTransfer/List").list(t)[0]["Items"])
	assert.Len(t, f.get("/api/WarehouseTransfer/List?WarehouseTransferStatuses=NEW").list(t), 1)
	assert.Len(t, f.get("/api/WarehouseTransfer/List?SinceLastUpdated=2026-06-01T11:00:00").list(t), 1)
	assert.Empty(t, f.get(fmt.Sprintf("/api/WarehouseTransfer/List?SourceWarehouseId=%d", f.north)).list(t))
	f.must("GET", fmt.Sprintf("/api/WarehouseTransfer/%d/Cancel", second), nil)
	assert.Equal(t, 404, f.get("/api/WarehouseTransfer/1").status)
	third := intOf(t, f.must("PUT", "/api/WarehouseTransfer", body(nil)).object(t)["ID"])
	f.must("DELETE", fmt.Sprintf("/api/WarehouseTransfer/%d", third), nil)
	assert.Equal(t, 404, f.get(fmt.Sprintf("/api/WarehouseTransfer/%d", third)).status)
}

func TestReturns(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	order := f.createID("A-1", items(item("RED", 4)))
	f.Despatch(order)
	f.clock.advance(time.Hour)
	id := f.AddReturn(order, map[string]int{"RED": 1}, true)
	f.AddReturn(order, map[string]int{"RED": 2}, false)
	assert.Equal(t, 7, f.Stock("RED", f.main).StockLevel)
	assert.Len(t, f.get("/api/Return/List").list(t), 2)
	assert.Len(t, f.get("/api/Return/List?Confirmed=true&WarehouseId=3&IncludeReturnItems=true").list(t), 2)
	assert.Empty(t, f.get("/api/Return/List?Confirmed=false").list(t))
	assert.Empty(t, f.get("/api/Return/List?ExternalOnly=true").list(t))
	assert.Empty(t, f.get("/api/Return/List?SinceLastUpdated=2026-06-01T12:00:00").list(t))
	r := f.get(fmt.Sprintf("/api/Return/%d", id)).object(t)
	assert.Equal(t, "A-1", r["OrderNumber"])
	assert.Len(t, f.get(fmt.Sprintf("/api/Return/%d/Items", id)).list(t), 1)
	assert.Equal(t, 404, f.get("/api/Return/1").status)
	assert.Len(t, f.get("/api/Return/Reasons").list(t), 3)
}
