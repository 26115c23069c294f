package mintsoftsim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUpdatingTheHeader(t *testing.T) {
	f := newTenant(t)
	id := f.createID("A-1", map[string]any{"ExternalOrderReference": "r-1", "Comments": "as ordered"})
	f.createID("A-2", map[string]any{"ExternalOrderReference": "r-2"})
	path := fmt.Sprintf("/api/Order/%d", id)
	f.must("POST", path, map[string]any{"FirstName": "Kim", "Comments": "ignored", "WarehouseId": 4, "CountryId": 11, "CourierService": "DEMO 48"})
	o, _ := f.Order(id)
	assert.Equal(t, []any{"Kim", "as ordered", 3, 11, "DEMO 48", "1 Sample Street"}, []any{o.FirstName, read(o.Comments), o.WarehouseID, o.CountryID, o.CourierServiceName, o.Address1})
	f.must("POST", path, map[string]any{"ExternalOrderReference": "r-9", "OrderNumber": "A-9"})
	assert.Len(t, f.get("/api/Order/Search?OrderNumber=r-9&exactMatch=true").list(t), 1)
	assert.Empty(t, f.get("/api/Order/Search?OrderNumber=r-1&exactMatch=true").list(t))
	assert.Contains(t, f.refused("POST", path, map[string]any{"OrderNumber": "A-2"}), "already exists")
	assert.Contains(t, f.refused("POST", path, map[string]any{"ExternalOrderReference": "r-2"}), "already exists")
	assert.Contains(t, f.refused("POST", path, map[string]any{"CourierService": "Pigeon"}), "CourierService")
	assert.Contains(t, f.refused("POST", path, map[string]any{"PostCode": "123456789012345678901"}), "PostCode")
	assert.Equal(t, 404, f.call("POST", "/api/Order/1", map[string]any{}).status)
	f.SetOrderStatus(id, StatusPickingStarted)
	assert.NotEmpty(t, f.refused("POST", path, map[string]any{"FirstName": "No"}))
	f.EditOrder(id, func(o *Order) { o.FirstName = "By hand" })
	o, _ = f.Order(id)
	assert.Equal(t, "By hand", o.FirstName)
}

func TestEditingItems(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 5)
	f.AdjustStock("BLUE", f.main, 5)
	id := f.createID("A-1", items(item("RED", 2)))
	path := fmt.Sprintf("/api/Order/%d/Items", id)
	line := intOf(t, f.get(path).list(t)[0]["ID"])
	f.must("POST", fmt.Sprintf("%s/%d", path, line), map[string]any{"Quantity": 4, "UnitPrice": 3})
	assert.Equal(t, 4, f.Stock("RED", f.main).Allocated, "the quantity is absolute")
	f.must("PUT", path, item("BLUE", 9))
	assert.Equal(t, StatusOnBackOrder, f.status(id), "what was added is not there")
	f.checkBooks()
	blue := intOf(t, f.get(path).list(t)[1]["ID"])
	f.must("POST", fmt.Sprintf("%s/%d", path, blue), map[string]any{"Quantity": 5})
	assert.Equal(t, StatusNew, f.status(id))
	f.must("DELETE", fmt.Sprintf("%s/%d", path, blue), nil)
	assert.Zero(t, f.Stock("BLUE", f.main).Allocated)
	assert.NotEmpty(t, f.refused("DELETE", fmt.Sprintf("%s/%d", path, line), nil), "an order keeps a line")
	assert.NotEmpty(t, f.refused("POST", fmt.Sprintf("%s/%d", path, line), map[string]any{"Quantity": 0}))
	assert.NotEmpty(t, f.refused("POST", fmt.Sprintf("%s/%d", path, line), map[string]any{"SKU": "BLUE"}))
	assert.Contains(t, f.refused("PUT", path, item("NONE", 1)), "NONE")
	assert.Equal(t, 404, f.call("DELETE", path+"/1", nil).status)
	f.checkBooks()
	f.EditItems(id, map[string]int{"RED": 1, "SERUM": 3})
	o, _ := f.Order(id)
	assert.Equal(t, []any{1, "SERUM", 3, 4}, []any{o.OrderItems[0].Quantity, o.OrderItems[1].SKU, o.OrderItems[1].OnBackOrder, o.TotalItems})
	f.EditItems(id, map[string]int{"SERUM": 0})
	assert.Equal(t, StatusNew, f.status(id))
	f.Print(id)
	assert.NotEmpty(t, f.refused("PUT", path, item("BLUE", 1)), "what is printed is not edited through the API")
	f.EditItems(id, map[string]int{"RED": 2})
	f.checkBooks()
}

func TestSplitting(t *testing.T) {
	tests := map[string]struct {
		knobs             func(*Knobs)
		stays, goes       int
		newID, ref, nests bool
	}{
		"the named go":                {nil, 3, 2, true, true, false},
		"the named stay":              {func(k *Knobs) { k.SplitNamedStays = true }, 2, 3, true, true, false},
		"the old id is answered":      {func(k *Knobs) { k.SplitAnswersOldID = true }, 3, 2, false, true, false},
		"the reference is not copied": {func(k *Knobs) { k.PartsCopyReference = false }, 3, 2, true, false, false},
		"orders are nested":           {func(k *Knobs) { k.SplitsNestOrders = true }, 3, 2, true, true, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t)
			if test.knobs != nil {
				f.Turn(test.knobs)
			}
			f.AdjustStock("RED", f.main, 10)
			id := f.createID("A-1", map[string]any{"ExternalOrderReference": "ref", "ShippingTotalExVat": 5}, items(map[string]any{"SKU": "RED", "Quantity": 5, "UnitPrice": 2}))
			o, _ := f.Order(id)
			path := fmt.Sprintf("/api/Order/%d", id)
			split := f.must("POST", path+"/SplitOrderItems", []any{map[string]any{"OrderItemId": o.OrderItems[0].ID, "QuantityToDespatch": 2}}).object(t)
			parts := f.OrdersByNumber("A-1")
			require.Len(t, parts, 2)
			assert.Equal(t, []int{test.stays, test.goes}, []int{parts[0].OrderItems[0].Quantity, parts[1].OrderItems[0].Quantity})
			assert.Equal(t, []int{StatusNew, StatusNew}, []int{parts[0].OrderStatusID, parts[1].OrderStatusID})
			assert.Equal(t, test.newID, intOf(t, split["ID"]) == parts[1].ID)
			assert.Equal(t, test.ref, parts[1].ExternalOrderReference != nil)
			assert.Equal(t, fmt.Sprint(2*test.goes)+".0", fmt.Sprint(f.read(parts[1].ID)["OrderValue"]))
			assert.Nil(t, parts[1].ShippingTotalExVat, "shipping stays with the first part")
			rows := f.get(path + "/Splits").list(t)
			require.Len(t, rows, 1)
			assert.Equal(t, parts[1].ID, intOf(t, rows[0]["SplitOrderId"]))
			assert.Equal(t, test.nests, rows[0]["SplitOrder"] != nil)
			assert.Len(t, f.get("/api/Order/Search?OrderNumber=A-1&exactMatch=true").list(t), 2, "parts share the number")
			f.checkBooks()
			assert.NotEmpty(t, f.refused("POST", path+"/SplitOrderItems", []any{map[string]any{"OrderItemId": o.OrderItems[0].ID, "QuantityToDespatch": 9}}))
			f.Despatch(parts[1].ID, "T-2")
			assert.Equal(t, StatusNew, f.status(id), "parts go by themselves")
			assert.Equal(t, id, intOf(t, f.get("/api/Order/GetOrderId?orderNumber=A-1").object(t)["OrderId"]), "the first part has the number")
		})
	}
}

func TestMerging(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	a, b := f.createID("A"), f.createID("B", items(item("BLUE", 1)))
	f.Merge(a, b)
	assert.Equal(t, 404, f.get(fmt.Sprintf("/api/Order/%d", b)).status, "the absorbed one is gone")
	o := f.read(a)
	assert.Equal(t, "A+B", o["OrderNumber"])
	require.Len(t, o["OrderItems"], 2)
	values := o["OrderNameValues"].([]any)
	assert.Equal(t, "MergedOrder", values[len(values)-1].(map[string]any)["Name"])
	assert.Equal(t, StatusOnBackOrder, f.status(a))
	assert.Len(t, f.OrdersByNumber("B"), 1)
	f.AdjustStock("BLUE", f.main, 1)
	assert.Equal(t, StatusNew, f.status(a))
	f.checkBooks()
}

func TestPickingAndScanning(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("SERUM", f.main, 5, Lot{BatchNo: "LOT-1", BestBefore: Date{time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}})
	f.AdjustStock("SERUM", f.main, 5, Lot{BatchNo: "LOT-2", BestBefore: Date{time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)}})
	id := f.createID("A-1", items(item("SERUM", 3)))
	path := fmt.Sprintf("/api/Order/%d", id)
	f.Pick(id, Scan{SKU: "SERUM", Quantity: 1, Lot: Lot{BatchNo: "LOT-1"}, Box: 1}, Scan{SKU: "SERUM", Quantity: 2, Lot: Lot{BatchNo: "LOT-2"}, Box: 2})
	assert.Equal(t, StatusPicked, f.status(id))
	scans := f.get(path + "/BarcodeVerifiedOrderItems").list(t)
	require.Len(t, scans, 2)
	assert.Equal(t, "LOT-2", scans[1]["BatchNo"])
	lots := map[string]int{}
	for _, row := range f.get(path + "/Allocations").list(t) {
		lots[fmt.Sprint(row["BatchNo"])] += intOf(t, row["Quantity"])
	}
	assert.Equal(t, map[string]int{"LOT-1": 1, "LOT-2": 2}, lots, "what was scanned is what is reserved")
	boxes := f.get(path + "/BoxPackingList").object(t)["Boxes"].([]any)
	require.Len(t, boxes, 2)
	assert.Equal(t, "SERUM", boxes[0].(map[string]any)["Items"].([]any)[0].(map[string]any)["SKU"])
	f.checkBooks()
	f.Pack(id)
	assert.Equal(t, StatusPacked, f.status(id))
	f.Despatch(id, "T-1", "T-2")
	rows := f.get(path + "/Shipments").list(t)
	require.Len(t, rows, 2)
	assert.Equal(t, "T-2", rows[1]["Number"])
	assert.Equal(t, "T-1", f.read(id)["TrackingNumber"])
	f.checkBooks()

	id = f.createID("A-2", items(item("SERUM", 1)))
	f.ScanAll(id)
	assert.Len(t, f.get(fmt.Sprintf("/api/Order/%d/BarcodeVerifiedOrderItems", id)).list(t), 1)
	assert.Panics(t, func() { f.Pick(id, Scan{SKU: "SERUM", Quantity: 1, Lot: Lot{BatchNo: "LOT-9"}}) })
}

func TestNotesOnAnOrder(t *testing.T) {
	f := newTenant(t)
	id := f.createID("A-1")
	path := fmt.Sprintf("/api/Order/%d", id)
	f.must("POST", path+"/Comments", map[string]any{"Comment": "for all"})
	f.must("POST", path+"/Comments", map[string]any{"Comment": "for us", "Admin": true})
	assert.NotEmpty(t, f.refused("POST", path+"/Comments", map[string]any{"Comment": " "}))
	assert.Len(t, f.get(path+"/Comments").list(t), 2)
	f.must("PUT", path+"/Tag?Tag=a", nil)
	f.must("PUT", path+"/Tag?Tag=b", nil)
	f.must("PUT", path+"/Tag?Tag=a", nil)
	assert.Equal(t, "b,a", f.read(id)["Tags"])
	f.must("DELETE", path+"/Tag?Tag=b", nil)
	assert.Equal(t, "a", f.read(id)["Tags"])
	f.must("PUT", path+"/Shipments", map[string]any{"Number": "OWN-1"})
	assert.Equal(t, "OWN-1", f.read(id)["TrackingNumber"])
	assert.NotEmpty(t, f.refused("PUT", path+"/Shipments", map[string]any{}))
	f.key = clientKey
	assert.Len(t, f.get(path+"/Comments").list(t), 1, "clients do not see what is for the warehouse")
}

func TestStatusesThatAllowAStep(t *testing.T) {
	f := newTenant(t, func(k *Knobs) {
		k.EditableFrom, k.CancelFrom, k.DespatchFrom = []int{StatusPrinted}, []int{StatusPicked}, []int{StatusPacked}
	})
	f.AdjustStock("RED", f.main, 10)
	id := f.createID("A-1")
	path := fmt.Sprintf("/api/Order/%d", id)
	assert.NotEmpty(t, f.refused("POST", path, map[string]any{"FirstName": "Kim"}))
	assert.NotEmpty(t, f.refused("GET", path+"/Cancel", nil))
	assert.NotEmpty(t, f.refused("GET", path+"/MarkDespatched", nil))
	f.Print(id)
	f.must("POST", path, map[string]any{"FirstName": "Kim"})
	f.SetOrderStatus(id, StatusPicked)
	f.must("GET", path+"/Cancel", nil)
	other := f.createID("A-2")
	f.SetOrderStatus(other, StatusPacked)
	f.must("GET", fmt.Sprintf("/api/Order/%d/MarkDespatched", other), nil)
}

func TestAStatusThatNobodyKnows(t *testing.T) {
	f := newTenant(t)
	id := f.createID("A-1")
	f.SetOrderStatus(id, 24)
	assert.Equal(t, 24, intOf(t, f.read(id)["OrderStatusId"]))
	assert.Contains(t, f.refused("GET", fmt.Sprintf("/api/Order/%d/MarkDespatched", id), nil), "24")
}
