package mintsoftsim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStockLevels(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	f.AdjustStock("RED", f.north, 5)
	f.AdjustStock("BLUE", f.main, 1)
	f.create("A-1", items(item("RED", 4)))
	f.Quarantine("RED", f.main, 2)
	levels := func(query string) (got []string) {
		for _, row := range f.get("/api/Product/StockLevels?" + query).list(t) {
			got = append(got, fmt.Sprint(row["SKU"], " ", row["WarehouseId"], " ", row["Level"], " of ", row["TotalStockLevel"]))
		}
		return got
	}
	assert.Equal(t, []string{"RED 3 4 of 8", "RED 4 5 of 5", "BLUE 3 1 of 1"}, levels(""), "a row for each warehouse; quarantine is in neither number")
	assert.Equal(t, []string{"RED 0 9 of 13", "BLUE 0 1 of 1"}, levels("WarehouseId=0"), "all warehouses summed")
	assert.Equal(t, []string{"RED 4 5 of 5"}, levels("WarehouseId=4"))
	assert.Equal(t, []string{"BLUE 3 1 of 1"}, levels("SKU=BLUE"))
	assert.Equal(t, []string{"BLUE 3 1 of 1"}, levels("ProductId=502"))
	row := f.get("/api/Product/StockLevels?WarehouseId=3&SKU=RED").list(t)[0]
	assert.Equal(t, []any{}, row["Breakdown"], "empty when it was not asked for")
	row = f.get("/api/Product/StockLevels?WarehouseId=3&SKU=RED&Breakdown=true").list(t)[0]
	require.Len(t, row["Breakdown"], 2)
	assert.Equal(t, "Quarantine", row["Breakdown"].([]any)[1].(map[string]any)["Type"])
}

func TestStockDeltas(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	f.AdjustStock("BLUE", f.main, 10)
	f.clock.advance(time.Hour)
	at := "2026-06-01T11:00:00"
	f.create("A-1", items(item("BLUE", 1)))
	assert.Equal(t, "[502]", f.get("/api/Product/StockLevels/UpdatedSince?FromDate="+at).raw, "an allocation changes the level")
	assert.Equal(t, 400, f.get("/api/Product/StockLevels/UpdatedSince").status)
	rows := f.get("/api/Product/StockLevelsByWarehouse?WarehouseId=3&LastUpdatedSince=" + at).list(t)
	require.Len(t, rows, 1)
	assert.Equal(t, 400, f.get("/api/Product/StockLevelsByWarehouse?WarehouseId=3").status)
	assert.Len(t, f.get("/api/Product/Inventory/Bulk?LastUpdatedSince="+at).list(t), 1)
	assert.Equal(t, "[]", f.get("/api/Product/UpdatedSince?FromDate="+at).raw, "stock is not the product's")
	f.Turn(func(k *Knobs) { k.StockTouchesProduct = true })
	f.AdjustStock("RED", f.main, 1)
	assert.Equal(t, "[501]", f.get("/api/Product/UpdatedSince?FromDate="+at).raw)
}

func TestInventory(t *testing.T) {
	f := newTenant(t)
	shelf, bulk := f.AddLocation(f.north, "A-01", 3), f.AddLocation(f.north, "B-01", 2)
	f.AdjustStock("RED", f.north, 3, Lot{LocationID: shelf.ID})
	f.AdjustStock("RED", f.north, 4, Lot{LocationID: bulk.ID})
	f.AdjustStock("RED", f.main, 5)
	f.create("A-1", map[string]any{"WarehouseId": f.north}, items(item("RED", 4)))
	f.create("A-2", map[string]any{"WarehouseId": f.north}, items(item("BLUE", 2)))
	rows := f.get("/api/Product/501/Inventory").list(t)
	require.Len(t, rows, 2)
	assert.Equal(t, "7 4 3", fmt.Sprint(rows[1]["StockLevel"], " ", rows[1]["Allocated"], " ", rows[1]["OnHand"]))
	assert.Nil(t, rows[1]["Breakdown"])
	assert.Len(t, f.get("/api/Product/501/Inventory?breakdown=true").list(t)[1]["Breakdown"], 2)

	list := f.get(fmt.Sprintf("/api/Product/Inventory/Bulk?WarehouseId=%d", f.north)).list(t)
	require.Len(t, list, 2)
	assert.Equal(t, "Demo Client North", fmt.Sprint(list[0]["ClientName"], " ", list[0]["WarehouseName"]))
	assert.Equal(t, 2, intOf(t, list[1]["RequiredByBackOrder"]))
	page := f.get("/api/Product/Inventory/Bulk?Limit=1").list(t)
	assert.Len(t, page, 2, "a page counts products, not rows")
	assert.Len(t, f.get("/api/Product/Inventory/Bulk?SKU=BLUE").list(t), 1)
	assert.Empty(t, f.get("/api/Product/Inventory/Bulk?SKU=BLU").list(t))
	assert.Empty(t, f.get(fmt.Sprintf("/api/Product/Inventory/Bulk?ClientId=%d", f.other)).list(t))
	assert.Equal(t, 404, f.get("/api/Product/99/Inventory").status)

	f.Turn(func(k *Knobs) { k.InventoryByLocation = true })
	rows = f.get("/api/Product/501/Inventory").list(t)
	require.Len(t, rows, 3)
	total := 0
	for _, row := range rows {
		assert.Equal(t, intOf(t, row["StockLevel"]), intOf(t, row["OnHand"])+intOf(t, row["Allocated"]))
		total += intOf(t, row["StockLevel"])
	}
	assert.Equal(t, 12, total)

	locations := f.get(fmt.Sprintf("/api/Warehouse/%d/Location/All", f.north)).list(t)
	assert.Len(t, locations, 2)
	assert.Equal(t, "B-01", f.get(fmt.Sprintf("/api/Warehouse/%d/Location/%d", f.north, bulk.ID)).object(t)["Name"])
	assert.Equal(t, bulk.ID, intOf(t, f.get(fmt.Sprintf("/api/Warehouse/%d/Location/LookupLocationId?Location=b-01", f.north)).object(t)["ID"]))
	assert.Equal(t, 404, f.get(fmt.Sprintf("/api/Warehouse/%d/Location/%d", f.main, bulk.ID)).status)
	assert.Len(t, f.get("/api/Warehouse/LocationTypes").list(t), 4)

	report := f.get(fmt.Sprintf("/api/Reports/ProductsInLocationReport?warehouseId=%d&showOrderAllocations=true", f.north)).list(t)
	require.Len(t, report, 3)
	assert.Equal(t, "A-1 3", fmt.Sprint(report[0]["AllocatedOrder"], " ", report[0]["Quantity"]))
	assert.Equal(t, "A-1 1", fmt.Sprint(report[1]["AllocatedOrder"], " ", report[1]["Quantity"]))
	assert.Equal(t, "BULK", report[2]["LocationType"])
	assert.Len(t, f.get("/api/Reports/ProductsInLocationReport?locationTypeId=4").list(t), 1)
}

func TestSettingFreeStock(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	f.create("A-1", items(item("RED", 4)))
	f.create("A-2", items(item("BLUE", 2)))
	f.AddBundle(Product{ClientID: f.demo, SKU: "SET"}, map[string]int{"RED": 1})
	rows := f.call("POST", "/api/Product/BulkOnHandStockUpdate?ClientId=3", []any{
		map[string]any{"SKU": "RED", "WarehouseId": f.main, "Quantity": 250}, map[string]any{"ProductId": 502, "WarehouseId": f.main, "Quantity": 5},
		map[string]any{"SKU": "NOPE", "WarehouseId": f.main, "Quantity": 1}, map[string]any{"SKU": "RED", "WarehouseId": f.north, "Quantity": 1},
		map[string]any{"SKU": "RED", "WarehouseId": f.main, "Quantity": -1}, map[string]any{"SKU": "RED", "WarehouseId": 99, "Quantity": 1},
		map[string]any{"SKU": "SET", "WarehouseId": f.main, "Quantity": 1},
	}).list(t)
	want := []struct {
		done bool
		says string
	}{{true, ""}, {true, ""}, {false, "not found"}, {false, "bin locations"}, {false, "Quantity"}, {false, "Warehouse"}, {false, "bundle"}}
	for i, w := range want {
		assert.Equal(t, w.done, rows[i]["Success"])
		assert.Contains(t, rows[i]["Message"], w.says)
	}
	stock := f.Stock("RED", f.main)
	assert.Equal(t, [3]int{254, 4, 250}, [3]int{stock.StockLevel, stock.Allocated, stock.OnHand}, "the free stock is set")
	assert.Equal(t, 3, f.Stock("BLUE", f.main).OnHand, "the order that waits takes its share")
	f.must("POST", "/api/Product/BulkOnHandStockUpdate?ClientId=3", []any{map[string]any{"SKU": "RED", "WarehouseId": f.main, "Quantity": 0}})
	assert.Equal(t, 4, f.Stock("RED", f.main).StockLevel)
	f.checkBooks()
	assert.Equal(t, 400, f.call("POST", "/api/Product/BulkOnHandStockUpdate", []any{}).status, "an admin names the client")
	many := make([]any, 101)
	for i := range many {
		many[i] = map[string]any{"SKU": "RED", "WarehouseId": f.main, "Quantity": i}
	}
	assert.Equal(t, 400, f.call("POST", "/api/Product/BulkOnHandStockUpdate?ClientId=3", many).status, "100 rows at most")
	f.must("POST", "/api/Product/BulkOnHandStockUpdate?ClientId=3", many[:100])
	assert.Equal(t, 99, f.Stock("RED", f.main).OnHand)
}

func TestStockMovements(t *testing.T) {
	f := newTenant(t)
	shelf := f.AddLocation(f.main, "A-01", 3)
	body := func(changes map[string]any) map[string]any {
		b := map[string]any{"ProductId": 501, "WarehouseId": f.main, "Quantity": 3, "Comment": "marker-1"}
		for name, value := range changes {
			b[name] = value
		}
		return b
	}
	const path = "/api/Warehouse/StockMovement?Action="
	f.must("POST", path+"0", body(map[string]any{"Quantity": 10}))
	assert.Equal(t, 10, f.Stock("RED", f.main).OnHand)
	f.must("POST", path+"1", body(nil))
	assert.Equal(t, 7, f.Stock("RED", f.main).OnHand)
	assert.Contains(t, f.refused("POST", path+"1", body(map[string]any{"Quantity": 8})), "not enough stock available")
	f.must("POST", path+"7", body(map[string]any{"Quantity": 2}))
	assert.Equal(t, [2]int{5, 2}, [2]int{f.Stock("RED", f.main).StockLevel, f.Stock("RED", f.main).InQuarantine})
	assert.Contains(t, f.refused("POST", path+"7", body(map[string]any{"Quantity": 6})), "Unable to Quarantine")
	f.must("POST", path+"8", body(map[string]any{"Quantity": 1}))
	f.must("POST", path+"16", body(map[string]any{"Quantity": 1}))
	assert.Equal(t, [3]int{5, 1, 1}, [3]int{f.Stock("RED", f.main).StockLevel, f.Stock("RED", f.main).InQuarantine, f.Stock("RED", f.main).Scrapped})
	f.must("POST", path+"15", body(map[string]any{"DestinationWarehouseId": f.north}))
	assert.Equal(t, [2]int{2, 3}, [2]int{f.Stock("RED", f.main).StockLevel, f.Stock("RED", f.north).StockLevel})
	f.must("POST", path+"17", body(map[string]any{"Quantity": 1, "DestinationLocationId": shelf.ID}))
	assert.Len(t, f.get(fmt.Sprintf("/api/Warehouse/%d/StockMovements", f.main)).list(t), 2)
	assert.Len(t, f.get(fmt.Sprintf("/api/Warehouse/%d/StockMovements?productId=501", f.north)).list(t), 1)
	f.must("POST", path+"12", body(nil))
	assert.Equal(t, 3, f.Stock("RED", f.main).InTransition)
	f.must("POST", path+"13", body(nil))
	assert.NotEmpty(t, f.refused("POST", path+"13", body(nil)))

	assert.Contains(t, f.refused("POST", path+"4", body(nil)), "through orders")
	assert.Contains(t, f.refused("POST", path+"0", body(map[string]any{"ProductId": 1})), "Product")
	assert.Contains(t, f.refused("POST", path+"0", body(map[string]any{"WarehouseId": 1})), "Warehouse")
	assert.Contains(t, f.refused("POST", path+"0", body(map[string]any{"Quantity": 0})), "Quantity")
	assert.Contains(t, f.refused("POST", path+"15", body(map[string]any{"Quantity": 1, "DestinationWarehouseId": 99})), "Destination")

	rows := f.call("POST", "/api/Warehouse/BulkStockMovement?Action=1", []any{body(map[string]any{"Quantity": 1}), body(map[string]any{"Quantity": 99})}).list(t)
	assert.Equal(t, []any{true, false}, []any{rows[0]["Success"], rows[1]["Success"]}, "each row by itself")
	assert.Equal(t, 501, intOf(t, rows[1]["ID"]))
}

func TestStockHistory(t *testing.T) {
	f := newTenant(t)
	f.AdjustStock("RED", f.main, 10)
	id := f.createID("A-1", map[string]any{"ExternalOrderReference": "guid-1"}, items(item("RED", 4)))
	f.Despatch(id)
	f.Quarantine("BLUE", f.main, 0)
	const window = "FromDate=2026-06-01&ToDate=2026-06-02"
	flows := func(path string) (got []string) {
		for _, row := range f.get(path).list(t) {
			got = append(got, fmt.Sprint(row["Flow"], " ", row["Quantity"], " ", row["StockLevel"]))
		}
		return got
	}
	assert.Equal(t, []string{"IN 10 10", "ALLOCATE 4 10", "OUT 4 6"}, flows("/api/Product/501/StockFlow?"+window))
	assert.Empty(t, flows("/api/Product/501/StockFlow?FromDate=2026-06-02&ToDate=2026-06-03"))
	assert.Equal(t, []string{"IN 10 10", "OUT 4 6"}, flows("/api/Product/501/StockFlow/Filtered?"+window+"&Types=IN;OUT"))
	assert.Equal(t, []string{"IN 10 10"}, flows("/api/Product/0/StockFlow/Filtered?"+window+"&SKU=RED&IncludeOrders=false"))
	assert.Empty(t, flows("/api/Product/501/StockFlow/Filtered?"+window+"&WarehouseId=4"))
	assert.Equal(t, 404, f.get("/api/Product/0/StockFlow/Filtered?"+window+"&SKU=NONE").status)
	row := f.get("/api/Product/501/StockFlow?" + window + "&IncludeDetails=true").list(t)[2]
	assert.Len(t, row["StockFlowDetails"], 1)
	assert.Equal(t, id, intOf(t, row["OrderId"]))

	report := f.get("/api/Reports/ProductUsageReport?flow=OUT&includeDetails=true").list(t)
	require.Len(t, report, 1)
	assert.Equal(t, "guid-1", report[0]["ExternalOrderReference"])
	assert.Equal(t, "Main Warehouse", report[0]["Warehouse"])
	assert.Len(t, f.get("/api/Reports/ProductUsageReport?limit=2&pageNo=2").list(t), 1)
	assert.Empty(t, f.get("/api/Reports/ProductUsageReport?search=blue").list(t))
	f.Turn(func(k *Knobs) { k.FlowOutNegative = true })
	f.AdjustStock("RED", f.main, -1)
	assert.Contains(t, flows("/api/Product/501/StockFlow?"+window), "OUT -1 5")
}

func TestTheImpossiblePanics(t *testing.T) {
	f := newTenant(t)
	for name, do := range map[string]func(){
		"an unknown product": func() { f.AdjustStock("NONE", f.main, 1) }, "more than there is": func() { f.AdjustStock("RED", f.main, -1) },
		"an unknown order": func() { f.Despatch(1) }, "an unknown ASN": func() { f.BookIn(1) }, "a second product": func() { f.AddProduct(Product{ClientID: f.demo, SKU: "RED"}) },
		"an order for nothing": func() { f.AddOrder(OrderSpec{Number: "A-1"}) }, "an unknown warehouse": func() { f.AdjustStock("RED", 99, 1) },
	} {
		assert.Panics(t, do, name)
	}
	f.SetStock("RED", f.main, 5)
	f.SetStock("RED", f.main, 2)
	assert.Equal(t, 2, f.Stock("RED", f.main).OnHand, "the twin goes on")
}
