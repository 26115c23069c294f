package unleashedsim

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestStockRows(t *testing.T) {
	w := placed(t)
	w.SetStock("MUG", "SHOP", "2.5", "6")
	given := w.get("/StockOnHand", "")
	assert.Equal(t, []string{"MUG"}, given.column("ProductCode"), "what never moved is not there")
	total := given.at("Items", 0).(map[string]any)
	for member, value := range map[string]string{
		"QtyOnHand": "12.5000", "AllocatedQty": "3.0000", "AvailableQty": "9.5000", "OnPurchase": "0.0000", "AvgCost": "4.4000", "TotalCost": "55.0000",
		"WarehouseId": "null", "WarehouseCode": "null", "Warehouse": "null", "DaysSinceLastSale": "null", "ProductGroupName": "Kitchen", "Guid": guidOf(w, "MUG"), "ProductGuid": guidOf(w, "MUG"),
	} {
		assert.Equal(t, value, text(total[member]), member)
	}
	shop := w.get("/StockOnHand", "warehouseCode=SHOP").at("Items", 0).(map[string]any)
	for member, value := range map[string]string{"QtyOnHand": "2.5000", "AllocatedQty": "0.0000", "AvgCost": "6.0000", "WarehouseCode": "SHOP", "Warehouse": "Shop"} {
		assert.Equal(t, value, text(shop[member]), member)
	}
}

func TestStockFilters(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "5", "4")
	w.clock.pass(time.Hour)
	w.SetStock("TEA", "SHOP", "9", "1")
	for query, codes := range map[string][]string{
		"":                                  {"MUG", "TEA"},
		"warehouseCode=MAIN":                {"MUG"},
		"warehouseCode=MOON":                {},
		"warehouseName=Shop":                {"TEA"},
		"productId=" + guidOf(w, "TEA"):     {"TEA"},
		"productId=" + guidOf(w, "CARE"):    {},
		"modifiedSince=2026-03-01T09:00:00": {"TEA"},
		"orderBy=QtyOnHand&sort=desc":       {"TEA", "MUG"},
	} {
		assert.Equal(t, codes, w.get("/StockOnHand", query).column("ProductCode"), query)
	}
	assert.Equal(t, 501, w.get("/StockOnHand", "asAtDate=2026-01-01").status, "not simulated, and said so")
}

func TestStockOfOneProduct(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "5", "4")
	w.SetStock("MUG", "SHOP", "1", "4")
	single := w.get("/StockOnHand/"+guidOf(w, "MUG"), "")
	assert.Equal(t, "6.0000", text(single.at("QtyOnHand")))
	assert.Equal(t, 404, w.get("/StockOnHand/"+guidOf(w, "TEA"), "").status)
	all := w.get("/StockOnHand/"+guidOf(w, "MUG")+"/AllWarehouses", "")
	assert.Equal(t, []string{"MAIN", "SHOP"}, all.column("WarehouseCode"))
	w.Turn(func(k *Knobs) { k.AllWarehousesBare = true })
	assert.Equal(t, byte('['), w.get("/StockOnHand/"+guidOf(w, "MUG")+"/AllWarehouses", "").raw[0])
}

func TestAllocationFollowsTheOrder(t *testing.T) {
	w := placed(t)
	allocated := func() string { return w.Stock("MUG", "MAIN").Allocated.String() }
	assert.Equal(t, "3", allocated())
	w.SetStatus("WEB-1", Parked)
	assert.Equal(t, "0", allocated())
	w.AddShipment(ShipmentSpec{Order: "WEB-1", Status: Placed, Lines: []ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
	assert.Equal(t, "2", allocated(), "what is picked is allocated")
	w.SetStatus("WEB-1", Placed)
	assert.Equal(t, "3", allocated())
	w.SetShipmentStatus("SS-00000001", Dispatched)
	assert.Equal(t, "1", allocated())
	w.EditOrder("WEB-1", func(o *SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("9") })
	assert.Equal(t, "7", allocated())
	w.CompleteOrder("WEB-1")
	assert.Equal(t, "0", allocated())
}

func TestAllocationKnobs(t *testing.T) {
	w := newWorld(t, func(k *Knobs) { k.ParkedAllocates, k.AllocationKeepsStock = true, true })
	w.SetStock("MUG", "MAIN", "10", "4")
	before := w.get("/StockOnHand", "").at("Items", 0, "LastModifiedOn")
	w.clock.pass(time.Hour)
	w.AddOrder(OrderSpec{Number: "SO-1", Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG"}}})
	assert.Equal(t, "1", w.Stock("MUG", "MAIN").Allocated.String())
	assert.Equal(t, before, w.get("/StockOnHand", "").at("Items", 0, "LastModifiedOn"))
	w.Turn(func(k *Knobs) { k.AllocationKeepsStock = false })
	w.AddOrder(OrderSpec{Number: "SO-2", Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG"}}})
	assert.NotEqual(t, before, w.get("/StockOnHand", "").at("Items", 0, "LastModifiedOn"))
}

func TestAssembledCountsWhatCouldBeBuilt(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "7", "4")
	w.AddProduct(Product{ProductCode: "SET", ProductDescription: "Gift set"})
	w.AddBill("SET", true, Component{SKU: "MUG", Quantity: "2"})
	w.SetStock("SET", "MAIN", "1", "9")
	assert.Equal(t, []string{"1.0000"}, w.get("/StockOnHand", "productId="+guidOf(w, "SET")).column("AvailableQty"))
	assert.Equal(t, []string{"4.0000"}, w.get("/StockOnHand", "isAssembled=true&productId="+guidOf(w, "SET")).column("AvailableQty"))
}

const (
	adjustmentGUID = "77c0a1d2-9b1c-4f60-8a5e-2233445566aa"
	adjustment     = `{"Guid":"` + adjustmentGUID + `","Warehouse":{"WarehouseCode":"MAIN"},"AdjustmentDate":"2026-03-01T08:30:00","AdjustmentReason":"Mintsoft","Status":"Completed",
"StockAdjustmentLines":[{"LineNumber":1,"Product":{"ProductCode":"MUG"},"NewQuantity":38,"NewActualValue":155.80}]}`
)

func TestAdjustmentSetsAbsoluteQuantities(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "10", "4")
	given := w.send(http.MethodPost, "/StockAdjustments/"+adjustmentGUID, "", adjustment)
	assert.Equal(t, 201, given.status)
	assert.Equal(t, "SA-00000002", given.at("AdjustmentNumber"))
	assert.Equal(t, "38.0000", text(given.at("StockAdjustmentLines", 0, "NewQuantity")))
	assert.Equal(t, "api@unleashedsoftware.com", given.at("ConfirmedBy"))
	stock := w.Stock("MUG", "MAIN")
	assert.Equal(t, "38", stock.OnHand.String())
	assert.Equal(t, "4.1", stock.AverageCost.String(), "value over quantity")
	mug, _ := w.Product("MUG")
	assert.Equal(t, "4.1", mug.AverageLandPrice.Decimal.String())
	assert.Equal(t, given.raw, w.get("/StockAdjustments/"+adjustmentGUID, "").raw)

	again := w.send(http.MethodPost, "/StockAdjustments/"+adjustmentGUID, "", adjustment)
	assert.Equal(t, 400, again.status)
	assert.Contains(t, again.at("Description"), "already exists")
}

func TestAdjustmentWithoutStatusIsParked(t *testing.T) {
	w := newWorld(t)
	given := w.must(http.MethodPost, "/StockAdjustments/"+adjustmentGUID, "", with(adjustment, `"Status":"Completed",`, ""))
	assert.Equal(t, Parked, given.at("Status"))
	assert.Nil(t, given.at("ConfirmedOn"))
	assert.Empty(t, w.get("/StockOnHand", "").column("ProductCode"), "it moves nothing")
	assert.Equal(t, 400, w.send(http.MethodPost, "/StockAdjustments/"+adjustmentGUID, "", adjustment).status)
	w.Turn(func(k *Knobs) { k.AdjustmentRepostReplaces = true })
	w.must(http.MethodPost, "/StockAdjustments/"+adjustmentGUID, "", adjustment)
	assert.Equal(t, "38", w.Stock("MUG", "MAIN").OnHand.String())
}

func TestAdjustmentIsRefused(t *testing.T) {
	for name, pairs := range map[string][]string{
		"for a reason that is unknown":      {`"Mintsoft"`, `"Because"`},
		"without a reason":                  {`"AdjustmentReason":"Mintsoft",`, ""},
		"in a status that is unknown":       {`"Status":"Completed"`, `"Status":"Placed"`},
		"for a product that is unknown":     {`"MUG"`, `"NOPE"`},
		"for a product without stock":       {`"MUG"`, `"CARE"`},
		"below zero":                        {`"NewQuantity":38`, `"NewQuantity":-1`},
		"without a value":                   {`,"NewActualValue":155.80`, ""},
		"in a warehouse that is unknown":    {`"MAIN"`, `"MOON"`},
		"for a tracked product, by no lot":  {`"MUG"`, `"LOT"`},
		"for lots that sum up to something": {`"MUG"`, `"LOT"`, `"NewActualValue"`, `"BatchNumbers":[{"Number":"L1","Quantity":37}],"NewActualValue"`},
		"twice for the same product":        {`"StockAdjustmentLines":[`, `"StockAdjustmentLines":[{"Product":{"ProductCode":"MUG"},"NewQuantity":1,"NewActualValue":1},`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			assert.Equal(t, 400, w.send(http.MethodPost, "/StockAdjustments/"+adjustmentGUID, "", with(adjustment, pairs...)).status)
			assert.Empty(t, w.StockAdjustments())
			assert.Equal(t, "0", w.Stock("MUG", "MAIN").OnHand.String())
		})
	}
	w := newWorld(t)
	assert.Equal(t, 405, w.send(http.MethodPut, "/StockAdjustments/"+adjustmentGUID, "", adjustment).status)
}

func TestAdjustmentSetsLots(t *testing.T) {
	w := newWorld(t)
	w.SetStock("LOT", "MAIN", "6", "2", w.Batch("L1", "5", ""), w.Batch("L2", "1", ""))
	w.must(http.MethodPost, "/StockAdjustments/"+adjustmentGUID, "", with(adjustment, `"MUG"`, `"LOT"`, `"NewActualValue"`, `"BatchNumbers":[{"Number":"L1","Quantity":30},{"Number":"L3","Quantity":8,"ExpiryDate":"2027-01-31"}],"NewActualValue"`))
	lots := w.Batches("LOT", "MAIN")
	assert.Len(t, lots, 2, "a lot that is left out is gone")
	assert.Equal(t, "30", lots["L1"].String())
	assert.Equal(t, "8", lots["L3"].String())
	assert.ElementsMatch(t, []string{"L1", "L3"}, w.get("/BatchNumbers", "productCode=LOT").column("BatchNumber"))
	assert.ElementsMatch(t, []string{"L1", "L2", "L3"}, w.get("/BatchNumbers", "available=false").column("BatchNumber"))
	assert.Equal(t, []string{"L3"}, w.get("/BatchNumbers", "expiryFrom=2027-01-01&expiryTo=2027-12-31").column("BatchNumber"))
	assert.Equal(t, []string{"L3"}, w.get("/BatchNumbers", "batchNumber=3").column("BatchNumber"))
}

func TestAdjustmentFilters(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "1", "4")
	w.clock.pass(time.Hour)
	w.SetStock("TEA", "SHOP", "1", "4")
	for query, numbers := range map[string][]string{
		"":                                   {"SA-00000002", "SA-00000001"},
		"productCode=MUG":                    {"SA-00000001"},
		"warehouseCode=SHOP":                 {"SA-00000002"},
		"modifiedSince=2026-03-01T09:00:00":  {"SA-00000002"},
		"adjustmentDate=2026-03-01T09:00:00": {"SA-00000002"},
	} {
		assert.Equal(t, numbers, w.get("/StockAdjustments", query).column("AdjustmentNumber"), query)
	}
}

func TestCostTouchesTheProductUnlessTurned(t *testing.T) {
	for keeps, n := range map[bool]int{false: 1, true: 0} {
		w := newWorld(t, func(k *Knobs) { k.CostKeepsProduct = keeps })
		w.clock.pass(time.Hour)
		w.SetStock("MUG", "MAIN", "1", "4")
		assert.Len(t, w.get("/Products", "modifiedSince=2026-03-01T09:00:00").column("ProductCode"), n)
		assert.Equal(t, "4.0000", text(w.get("/Products", "productCode=MUG").at("Items", 0, "AverageLandPrice")))
	}
}
