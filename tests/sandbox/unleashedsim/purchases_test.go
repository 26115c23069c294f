package unleashedsim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	purchaseGUID = "91f5a7d0-2222-4b33-8c44-5d66e7f80911"
	bought1      = "aa100000-0000-4000-8000-000000000001"
	bought2      = "aa100000-0000-4000-8000-000000000002"
	purchase     = `{"Guid":"` + purchaseGUID + `","OrderStatus":"Placed","OrderDate":"2026-03-01","Supplier":{"SupplierCode":"CLAYCO"},"Warehouse":{"WarehouseCode":"MAIN"},"TaxCode":"UK20","TaxRate":0.2,
"PurchaseOrderLines":[{"Guid":"` + bought1 + `","LineNumber":1,"Product":{"ProductCode":"MUG"},"OrderQuantity":100,"UnitPrice":4,"LineTotal":400,"LineTax":80},
{"Guid":"` + bought2 + `","LineNumber":2,"Product":{"ProductCode":"TEA"},"OrderQuantity":10,"UnitPrice":1,"LineTotal":10,"LineTax":2}],"SubTotal":410,"TaxTotal":82,"Total":492}`
)

func bought(t *testing.T, knobs ...func(*Knobs)) *world {
	w := newWorld(t, knobs...)
	w.must(http.MethodPost, "/PurchaseOrders/"+purchaseGUID, "", purchase)
	return w
}

func (w *world) purchaseLine(number string, line int) (found PurchaseOrderLine) {
	o, known := w.PurchaseByNumber(number)
	require.True(w.t, known, number)
	for _, l := range o.PurchaseOrderLines {
		if l.LineNumber == line {
			return l
		}
	}
	require.Fail(w.t, "no such line")
	return found
}

func TestPurchaseOrderIsCreated(t *testing.T) {
	w := newWorld(t)
	given := w.send(http.MethodPost, "/PurchaseOrders", "", purchase)
	assert.Equal(t, 201, given.status)
	assert.Equal(t, "PO-00000001", given.at("OrderNumber"))
	assert.Equal(t, "Clay Co", given.at("Supplier", "SupplierName"))
	assert.Equal(t, "492.000", text(given.at("BCTotal")))
	assert.Nil(t, given.at("PurchaseOrderLines", 0, "ReceiptQuantity"))
	assert.Equal(t, "100", w.Stock("MUG", "MAIN").OnPurchase.String())
	assert.Empty(t, w.get("/StockOnHand", "").column("ProductCode"), "what is on purchase never moved")
	assert.Equal(t, 400, w.send(http.MethodPost, "/PurchaseOrders", "", purchase).status)
}

func TestPurchaseOrderIsRefused(t *testing.T) {
	for name, pairs := range map[string][]string{
		"without a supplier":              {`"Supplier":{"SupplierCode":"CLAYCO"},`, ""},
		"from a supplier that is unknown": {"CLAYCO", "CLAY"},
		"when a total is wrong":           {`"Total":492`, `"Total":493`},
		"when a line total is wrong":      {`"LineTotal":400`, `"LineTotal":401`},
		"as receipted":                    {`"Placed"`, `"Receipted"`},
		"with the same line twice":        {`"LineNumber":2`, `"LineNumber":1`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, 400, newWorld(t).send(http.MethodPost, "/PurchaseOrders", "", with(purchase, pairs...)).status)
		})
	}
}

func TestReceiptWithoutBodyReceivesEverything(t *testing.T) {
	w := bought(t)
	w.SetStock("MUG", "MAIN", "100", "6")
	given := w.send(http.MethodPost, "/PurchaseOrders/"+purchaseGUID+"/Receipt", "", "")
	assert.Equal(t, 200, given.status)
	assert.Equal(t, Receipted, given.at("OrderStatus"))
	assert.Equal(t, "100.0000", text(given.at("PurchaseOrderLines", 0, "ReceiptQuantity")))
	stock := w.Stock("MUG", "MAIN")
	assert.Equal(t, "200", stock.OnHand.String())
	assert.Equal(t, "5", stock.AverageCost.String(), "weighted with what was there")
	assert.Equal(t, "0", stock.OnPurchase.String())
	assert.Equal(t, 400, w.send(http.MethodPost, "/PurchaseOrders/"+purchaseGUID+"/Receipt", "", "").status, "it is receipted already")
	assert.Equal(t, 400, w.send(http.MethodDelete, "/PurchaseOrders/"+purchaseGUID, "", "").status)

	done := w.must(http.MethodPost, "/PurchaseOrders/"+purchaseGUID+"/Complete", "", "")
	assert.Equal(t, Complete, done.at("OrderStatus"))
	assert.Equal(t, "200", w.Stock("MUG", "MAIN").OnHand.String(), "no quantity changes")
	mug, _ := w.Product("MUG")
	assert.Equal(t, "4", mug.LastCost.Decimal.String())
	assert.Equal(t, 400, w.send(http.MethodPost, "/PurchaseOrders/"+purchaseGUID+"/Complete", "", "").status)
}

func TestPartialReceiptSplits(t *testing.T) {
	w := bought(t)
	given := w.must(http.MethodPost, "/PurchaseOrders/"+purchaseGUID+"/Receipt", "", `{"PurchaseOrderLines":[{"Guid":"`+bought1+`","ReceiptQuantity":60}]}`)
	assert.Equal(t, Receipted, given.at("OrderStatus"))
	assert.Len(t, given.at("PurchaseOrderLines"), 1)
	assert.Equal(t, "60.0000", text(given.at("PurchaseOrderLines", 0, "OrderQuantity")))
	assert.Equal(t, "240.000", text(given.at("SubTotal")))
	rest, known := w.PurchaseByNumber("PO-00000001/1")
	require.True(t, known)
	assert.Equal(t, Placed, rest.OrderStatus)
	assert.NotEqual(t, purchaseGUID, rest.Guid.String())
	assert.Equal(t, "40", w.purchaseLine("PO-00000001/1", 1).OrderQuantity.Decimal.String())
	assert.Equal(t, "10", w.purchaseLine("PO-00000001/1", 2).OrderQuantity.Decimal.String())
	assert.Equal(t, "40", w.Stock("MUG", "MAIN").OnPurchase.String())
	w.must(http.MethodPost, "/PurchaseOrders/"+rest.Guid.String()+"/Receipt", "", `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":40}]}`)
	_, known = w.PurchaseByNumber("PO-00000001/2")
	assert.True(t, known, "the next part counts on")
	assert.Equal(t, "100", w.Stock("MUG", "MAIN").OnHand.String())
}

func TestPartialReceiptMayStayOnTheOrder(t *testing.T) {
	w := bought(t, func(k *Knobs) { k.ReceiptKeepsOrder, k.PurchaseFinalStatus = true, Completed })
	path := "/PurchaseOrders/" + purchaseGUID
	given := w.must(http.MethodPost, path+"/Receipt", "", `{"PurchaseOrderLines":[{"Guid":"`+bought1+`","ReceiptQuantity":60}]}`)
	assert.Equal(t, Placed, given.at("OrderStatus"))
	assert.Equal(t, "60.0000", text(given.at("PurchaseOrderLines", 0, "ReceiptQuantity")))
	assert.Equal(t, 400, w.send(http.MethodPost, path+"/Receipt", "", `{"PurchaseOrderLines":[{"Guid":"`+bought1+`","ReceiptQuantity":41}]}`).status)
	assert.Equal(t, Receipted, w.must(http.MethodPost, path+"/Receipt", "", "").at("OrderStatus"))
	assert.Equal(t, "100", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Equal(t, Completed, w.must(http.MethodPost, path+"/Complete", "", "").at("OrderStatus"))
	assert.Len(t, w.PurchaseOrders(), 1)
}

func TestReceiptIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"of more than was ordered":       `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":101}]}`,
		"of more in two parts":           `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":60},{"LineNumber":1,"ReceiptQuantity":60}]}`,
		"of nothing":                     `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":0}]}`,
		"without a quantity":             `{"PurchaseOrderLines":[{"LineNumber":1}]}`,
		"of a line that the order lacks": `{"PurchaseOrderLines":[{"LineNumber":9,"ReceiptQuantity":1}]}`,
		"of batches for a plain product": `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":1,"BatchNumbers":[{"Number":"L","Quantity":1}]}]}`,
		"below zero":                     `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":-1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := bought(t)
			assert.Equal(t, 400, w.send(http.MethodPost, "/PurchaseOrders/"+purchaseGUID+"/Receipt", "", body).status)
			assert.Equal(t, "0", w.Stock("MUG", "MAIN").OnHand.String())
		})
	}
	w := bought(t, func(k *Knobs) { k.ReceiptBody = ReceiptNoBody })
	assert.Equal(t, 400, w.send(http.MethodPost, "/PurchaseOrders/"+purchaseGUID+"/Receipt", "", `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":1}]}`).status)
	assert.Equal(t, 200, w.send(http.MethodPost, "/PurchaseOrders/"+purchaseGUID+"/Receipt", "", "").status)
}

func TestReceiptMakesBatches(t *testing.T) {
	w := newWorld(t)
	o := w.AddPurchase(PurchaseSpec{Supplier: "CLAYCO", Lines: []LineSpec{{SKU: "LOT", Quantity: "5", Price: "2"}, {SKU: "GEAR", Quantity: "1", Price: "60"}}})
	path := "/PurchaseOrders/" + o.Guid.String()
	assert.Equal(t, 400, w.send(http.MethodPost, path+"/Receipt", "", "").status, "tracked products need their numbers")
	w.must(http.MethodPost, path+"/Receipt", "", `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":5,"BatchNumbers":[{"Number":"L1","Quantity":3,"ExpiryDate":"2027-01-31"},{"Number":"L2","Quantity":2}]},
		{"LineNumber":2,"ReceiptQuantity":1,"SerialNumbers":[{"Identifier":"S1"}]}]}`)
	assert.Equal(t, "3", w.Batches("LOT", "MAIN")["L1"].String())
	assert.Equal(t, []string{"S1"}, w.Serials("GEAR", "MAIN"))
	assert.Equal(t, []string{"S1"}, w.get("/SerialNumbers", "productCode=GEAR&warehouseCode=MAIN").column("Identifier"))
	lot := w.get("/BatchNumbers", "batchNumber=L1").at("Items", 0).(map[string]any)
	assert.Equal(t, "3.0000", text(lot["OriginalQty"]))
	assert.Equal(t, 200, w.get("/BatchNumbers/"+text(lot["Guid"]), "").status)
	assert.Len(t, w.get(path, "serialBatch=true").at("PurchaseOrderLines", 0, "BatchNumbers"), 2)
}

func TestPurchaseLinesAreChanged(t *testing.T) {
	w := bought(t)
	path := "/PurchaseOrders/" + purchaseGUID
	raised := w.must(http.MethodPut, path+"/Lines/"+bought1, "", `{"LineNumber":1,"Product":{"ProductCode":"MUG"},"OrderQuantity":120,"UnitPrice":4,"LineTotal":480,"LineTax":96}`)
	assert.Equal(t, "490.000", text(raised.at("SubTotal")), "the order's totals follow")
	assert.Equal(t, "120", w.Stock("MUG", "MAIN").OnPurchase.String())
	assert.Equal(t, 400, w.send(http.MethodPut, path+"/Lines/"+bought1, "", `{"OrderQuantity":130,"UnitPrice":4,"LineTotal":480,"LineTax":96}`).status)
	assert.Equal(t, 201, w.send(http.MethodPost, path+"/Lines", "", `{"Product":{"ProductCode":"LOT"},"OrderQuantity":1,"UnitPrice":2,"LineTotal":2,"LineTax":0.4}`).status)
	w.must(http.MethodDelete, path+"/Lines/"+bought2, "", "")
	o, _ := w.PurchaseByNumber("PO-00000001")
	assert.Len(t, o.PurchaseOrderLines, 2)
	assert.Equal(t, 404, w.send(http.MethodDelete, path+"/Lines/"+bought2, "", "").status)
	assert.Equal(t, 404, w.send(http.MethodDelete, "/PurchaseOrders/Lines/"+bought1, "", "").status, "the old path is gone")
}

func TestPurchaseHeaderIsReplaced(t *testing.T) {
	w := bought(t)
	path := "/PurchaseOrders/" + purchaseGUID
	given := w.must(http.MethodPut, path, "", `{"OrderStatus":"Costed","Supplier":{"SupplierCode":"CLAYCO"},"Warehouse":{"WarehouseCode":"MAIN"},"TaxCode":"UK20","Comments":"urgent"}`)
	assert.Equal(t, Costed, given.at("OrderStatus"))
	assert.Equal(t, "492.000", text(given.at("Total")))
	assert.Equal(t, 400, w.send(http.MethodPut, path, "", `{"OrderStatus":"Costed"}`).status, "the supplier is needed")
	w.must(http.MethodDelete, path, "", "")
	assert.Equal(t, Deleted, w.get(path, "").at("OrderStatus"))
	assert.Equal(t, "0", w.Stock("MUG", "MAIN").OnPurchase.String())
}

func TestPurchaseFilters(t *testing.T) {
	w := bought(t)
	w.AddPurchase(PurchaseSpec{Number: "P2", Status: Parked, CustomStatus: "Ready", Supplier: "CLAYCO", Warehouse: "SHOP", Date: "2026-02-01", Lines: []LineSpec{{SKU: "MUG"}}})
	for query, numbers := range map[string][]string{
		"":                             {"PO-00000001", "P2"},
		"orderStatus=Placed":           {"PO-00000001"},
		"customOrderStatus=Ready":      {"P2"},
		"orderNumber=P2&orderStatus=x": {"P2"},
		"warehouseCode=SHOP":           {"P2"},
		"supplierCode=clay":            {"PO-00000001", "P2"},
		"startDate=2026-02-15":         {"PO-00000001"},
		"completedAfter=2026-01-01":    {},
		"modifiedSince=2026-03-02":     {},
	} {
		assert.ElementsMatch(t, numbers, w.get("/PurchaseOrders", query).column("OrderNumber"), query)
	}
	brief := w.get("/PurchaseOrders", "orderNumber=P2").at("Items", 0, "PurchaseOrderLines", 0, "Product")
	assert.NotContains(t, brief, "ProductGroup")
	whole := w.get("/PurchaseOrders", "orderNumber=P2&brief=false").at("Items", 0, "PurchaseOrderLines", 0, "Product")
	assert.Contains(t, whole, "SupplierProductCode")
	assert.Contains(t, whole, "ProductGroup")
}
