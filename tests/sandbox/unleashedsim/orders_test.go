package unleashedsim

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOrderAnswerHasEveryMemberWithItsScale(t *testing.T) {
	w := newWorld(t)
	given := w.send(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	assert.Equal(t, 201, given.status)
	for _, part := range []string{
		`"OrderQuantity":3.0000`, `"UnitPrice":10.0000`, `"LineTotal":30.00000000`, `"LineTax":6.000`, `"TaxRate":0.200000`, `"SubTotal":30.000`, `"BCTotal":36.000`,
		`"OrderDate":"\/Date(1772323200000)\/"`, `"RequiredDate":null`, `"CompletedDate":null`, `"CustomOrderStatus":null`, `"LineType":null`, `"CreatedBy":"api@unleashedsoftware.com"`,
		`"LastModifiedOn":"\/Date(1772353800000)\/"`, `"AllocateProduct":true`, `"BatchNumbers":null`, `"ExchangeRate":1.000000`,
	} {
		assert.Contains(t, given.raw, part)
	}
	assert.Equal(t, "Main Warehouse", given.at("Warehouse", "WarehouseName"))
	assert.Equal(t, "Harbour Cafe", given.at("Customer", "CustomerName"))
	assert.Equal(t, "Blue mug", given.at("SalesOrderLines", 0, "Product", "ProductDescription"))
	assert.Equal(t, given.raw, w.get("/SalesOrders/"+orderGUID, "serialBatch=true").raw, "a single read is the same bare object")
}

func TestOrderIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		says  string
	}{
		"when a line total is off by a cent and a bit": {[]string{`"LineTotal":30.00`, `"LineTotal":30.02`, `"SubTotal":30.00`, `"SubTotal":30.02`, `"Total":36.00`, `"Total":36.02`}, "LineTotal"},
		"when a line total is missing":                 {[]string{`"LineTotal":30.00,`, ""}, "LineTotal"},
		"when a line tax is wrong":                     {[]string{`"LineTax":6.00`, `"LineTax":5.00`}, "LineTax"},
		"when the sub-total is wrong":                  {[]string{`"SubTotal":30.00`, `"SubTotal":31.00`}, "SubTotal"},
		"when the tax total is wrong":                  {[]string{`"TaxTotal":6.00`, `"TaxTotal":6.02`}, "TaxTotal"},
		"when the total is wrong":                      {[]string{`"Total":36.00`, `"Total":36.02`}, "Total"},
		"when the total is missing":                    {[]string{`,"Total":36.00`, ""}, "Total"},
		"without a customer":                           {[]string{`"Customer":{"CustomerCode":"HARBOUR01"},`, ""}, "Customer"},
		"with a customer that is unknown":              {[]string{"HARBOUR01", "HARBOUR"}, "Customer"},
		"with a product that is unknown":               {[]string{`"MUG"`, `"mug"`}, "Product"},
		"with a warehouse that is unknown":             {[]string{`"MAIN"`, `"MOON"`}, "Warehouse"},
		"with a tax that is unknown":                   {[]string{"UK20", "UK21"}, "Tax"},
		"with a status that is unknown":                {[]string{`"Placed"`, `"Open"`}, "OrderStatus"},
		"with a custom status that is unknown":         {[]string{`"OrderStatus":"Placed"`, `"OrderStatus":"Parked","CustomOrderStatus":"Never"`}, "CustomOrderStatus"},
		"with a delivery method that is unknown":       {[]string{`"Comments":"Reception"`, `"DeliveryMethod":"Pigeon"`}, "DeliveryMethod"},
		"with an order group that is unknown":          {[]string{`"Comments":"Reception"`, `"SalesOrderGroup":"Fair"`}, "SalesOrderGroup"},
		"with a number of 21 characters":               {[]string{`"WEB-1"`, `"WEB-11111111111111111"`}, "OrderNumber"},
		"with a post code of 51 characters":            {[]string{`"Comments":"Reception"`, `"DeliveryPostCode":"` + strings.Repeat("é", 51) + `"`}, "DeliveryPostCode"},
		"without a quantity":                           {[]string{`"OrderQuantity":3,`, ""}, "OrderQuantity"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			given := w.send(http.MethodPost, "/SalesOrders/"+orderGUID, "", with(order, c.pairs...))
			assert.Equal(t, 400, given.status, given.raw)
			assert.Contains(t, given.at("Description"), c.says)
			assert.Empty(t, w.Orders())
		})
	}
}

func TestTotalsMayBeOffByOneCent(t *testing.T) {
	w := newWorld(t)
	body := with(order, `"LineTotal":30.00`, `"LineTotal":30.01`, `"SubTotal":30.00`, `"SubTotal":30.01`, `"Total":36.00`, `"Total":36.01`)
	assert.Equal(t, 201, w.send(http.MethodPost, "/SalesOrders", "", body).status)
}

func TestTotalsMayBeRecomputed(t *testing.T) {
	w := newWorld(t, func(k *Knobs) { k.Totals = TotalsRecomputed })
	given := w.must(http.MethodPost, "/SalesOrders", "", with(order, `"TaxTotal":6.00`, `"TaxTotal":10`, `"UK20"`, `"None"`))
	assert.Equal(t, "0.000", text(given.at("TaxTotal")))
	assert.Equal(t, "30.000", text(given.at("Total")))
}

func TestOrderDefaults(t *testing.T) {
	w := newWorld(t)
	given := w.must(http.MethodPost, "/SalesOrders", "", `{"Customer":{"CustomerCode":"HARBOUR01"},"SubTotal":10,"TaxTotal":2,"Total":12,
		"SalesOrderLines":[{"Product":{"ProductCode":"MUG"},"OrderQuantity":1,"LineTotal":10,"LineTax":2}]}`)
	assert.Equal(t, Parked, given.at("OrderStatus"))
	assert.Equal(t, "SO-00000001", given.at("OrderNumber"))
	assert.Equal(t, "MAIN", given.at("Warehouse", "WarehouseCode"))
	assert.Equal(t, "UK20", given.at("Tax", "TaxCode"), "the customer's")
	assert.Equal(t, "GBP", given.at("Currency", "CurrencyCode"))
	assert.Equal(t, "10.0000", text(given.at("SalesOrderLines", 0, "UnitPrice")), "the product's")
	assert.Equal(t, "1", text(given.at("SalesOrderLines", 0, "LineNumber")))
	assert.NotEqual(t, "00000000-0000-0000-0000-000000000000", given.at("Guid"))
}

func TestCreateStatuses(t *testing.T) {
	w := newWorld(t, func(k *Knobs) { k.CreateStatuses = []string{Parked, Completed} })
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesOrders", "", order).status)
	assert.Equal(t, 201, w.send(http.MethodPost, "/SalesOrders", "", with(order, "Placed", Parked)).status)
}

func TestCustomStatusExtendsParked(t *testing.T) {
	w := newWorld(t)
	given := w.must(http.MethodPost, "/SalesOrders", "", with(order, `"OrderStatus":"Placed"`, `"CustomOrderStatus":"Ready"`))
	assert.Equal(t, Parked, given.at("OrderStatus"))
	assert.Equal(t, "Ready", given.at("CustomOrderStatus"))
	assert.Equal(t, []string{"WEB-1"}, w.get("/SalesOrders", "customOrderStatus=Ready&orderStatus=Completed").column("OrderNumber"), "it overrides the status")
}

func TestAPersonCannotPutAnOrderToAFinalStatus(t *testing.T) {
	w := newWorld(t)
	w.AddOrder(OrderSpec{Number: "SO-1", Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG"}}})
	for _, status := range []string{Completed, Deleted, "Open"} {
		assert.Panics(t, func() { w.SetStatus("SO-1", status) }, status)
	}
	assert.Equal(t, Backordered, w.SetStatus("SO-1", Backordered).OrderStatus)
	w.CompleteOrder("SO-1")
	assert.Panics(t, func() { w.SetStatus("SO-1", Placed) }, "a completed order is final")
}

func TestRepostedOrder(t *testing.T) {
	w := newWorld(t)
	w.must(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	again := w.send(http.MethodPost, "/SalesOrders/"+orderGUID, "", with(order, `"Comments":"Reception",`, ""))
	assert.Equal(t, 201, again.status)
	assert.Nil(t, again.at("Comments"))
	assert.Len(t, w.Orders(), 1)
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesOrders", "", with(order, orderGUID, customerGUID)).status, "the number belongs to another")
	w.Turn(func(k *Knobs) { k.RepostRefused = true })
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesOrders/"+orderGUID, "", order).status)
	w.Turn(func(k *Knobs) { k.RepostRefused = false })
	w.CompleteOrder("WEB-1")
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesOrders/"+orderGUID, "", order).status, "a completed order is final")
}

const update = `{"OrderStatus":"Backordered","Tax":{"TaxCode":"UK20"},"Warehouse":{"WarehouseCode":"MAIN"}}`

func TestPutReplacesWhatItMayChange(t *testing.T) {
	w := newWorld(t)
	w.must(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	given := w.must(http.MethodPut, "/SalesOrders/"+orderGUID, "", with(update, `{"OrderStatus"`, `{"OrderNumber":"OTHER","Customer":{"CustomerCode":"HARBOUR02"},"OrderStatus"`))
	assert.Equal(t, Backordered, given.at("OrderStatus"))
	assert.Nil(t, given.at("Comments"), "left out, so blank")
	assert.Nil(t, given.at("SourceId"))
	assert.Nil(t, given.at("CustomerRef"))
	assert.Equal(t, "WEB-1", given.at("OrderNumber"), "not changeable")
	assert.Equal(t, "HARBOUR01", given.at("Customer", "CustomerCode"), "not changeable")
	assert.Len(t, given.at("SalesOrderLines"), 1)

	w.Turn(func(k *Knobs) { k.OmittedKept = true })
	w.must(http.MethodPut, "/SalesOrders/"+orderGUID, "", with(update, `{"OrderStatus"`, `{"Comments":"Back door","OrderStatus"`))
	assert.Equal(t, "Back door", w.must(http.MethodPut, "/SalesOrders/"+orderGUID, "", update).at("Comments"))
}

func TestPutIsRefused(t *testing.T) {
	w := newWorld(t)
	w.must(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	for _, body := range []string{`{}`, with(update, Backordered, Deleted), with(update, Backordered, "Open"), with(update, "MAIN", "MOON"), with(update, `{"OrderStatus"`, `{"Guid":"`+customerGUID+`","OrderStatus"`)} {
		assert.Equal(t, 400, w.send(http.MethodPut, "/SalesOrders/"+orderGUID, "", body).status, body)
	}
	assert.Equal(t, 404, w.send(http.MethodPut, "/SalesOrders/"+customerGUID, "", update).status)
	w.CompleteOrder("WEB-1")
	assert.Equal(t, 400, w.send(http.MethodPut, "/SalesOrders/"+orderGUID, "", update).status)
}

func TestLinesOfAPut(t *testing.T) {
	w := newWorld(t)
	w.must(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	const more = `,"SalesOrderLines":[{"LineNumber":2,"Product":{"ProductCode":"TEA"},"OrderQuantity":2,"UnitPrice":3,"LineTotal":6,"LineTax":1.2}]}`
	added := w.must(http.MethodPut, "/SalesOrders/"+orderGUID, "", strings.TrimSuffix(update, "}")+more)
	assert.Len(t, added.at("SalesOrderLines"), 2, "a line that is left out stays")
	assert.Equal(t, "43.200", text(added.at("Total")), "totals that are left out are counted")

	const changed = `,"SalesOrderLines":[{"Guid":"` + lineGUID + `","LineNumber":1,"Product":{"ProductCode":"MUG"},"OrderQuantity":4,"UnitPrice":10,"LineTotal":40,"LineTax":8}]}`
	w.Turn(func(k *Knobs) { k.OmittedLinesDeleted = true })
	given := w.must(http.MethodPut, "/SalesOrders/"+orderGUID, "", strings.TrimSuffix(update, "}")+changed)
	assert.Len(t, given.at("SalesOrderLines"), 1, "or goes")
	assert.Equal(t, "4.0000", text(given.at("SalesOrderLines", 0, "OrderQuantity")))
	assert.Equal(t, lineGUID, given.at("SalesOrderLines", 0, "Guid"))
}

func TestChargeLines(t *testing.T) {
	w := newWorld(t)
	const charge = `,{"LineNumber":2,"LineType":"Charge","Comments":"Carriage","OrderQuantity":1,"UnitPrice":5,"LineTotal":5,"LineTax":1}]`
	body := with(order, "]", charge, `"SubTotal":30.00,"TaxTotal":6.00,"Total":36.00`, `"SubTotal":35,"TaxTotal":7,"Total":42`)
	given := w.must(http.MethodPost, "/SalesOrders", "", body)
	assert.Equal(t, Charge, given.at("SalesOrderLines", 1, "LineType"))
	assert.Nil(t, given.at("SalesOrderLines", 1, "Product"))
	w.Turn(func(k *Knobs) { k.ChargesRefused = true })
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesOrders", "", with(body, orderGUID, customerGUID, "WEB-1", "WEB-2")).status)
}

func TestDeletedOrders(t *testing.T) {
	w := newWorld(t)
	w.must(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	w.must(http.MethodDelete, "/SalesOrders/"+orderGUID, "", "")
	assert.Empty(t, w.get("/SalesOrders", "").column("OrderNumber"))
	for _, query := range []string{"orderStatus=Deleted", "orderStatus=placed,deleted", "orderNumber=WEB-1", "sourceId=sync:1&orderStatus=Parked"} {
		assert.Equal(t, []string{Deleted}, w.get("/SalesOrders", query).column("OrderStatus"), query)
	}
	assert.Equal(t, Deleted, w.get("/SalesOrders/"+orderGUID, "").at("OrderStatus"), "it is still readable")
	again := w.send(http.MethodDelete, "/SalesOrders/"+orderGUID, "", "")
	assert.Equal(t, 400, again.status)
	assert.Contains(t, again.at("Description"), "already Deleted")
}

func TestOrderLineIsDeleted(t *testing.T) {
	w := newWorld(t)
	w.AddOrder(OrderSpec{Number: "SO-1", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG"}, {SKU: "TEA"}}})
	o, _ := w.OrderByNumber("SO-1")
	w.must(http.MethodDelete, "/SalesOrders/Lines/"+o.SalesOrderLines[0].Guid.String(), "", "")
	o, _ = w.OrderByNumber("SO-1")
	require.Len(t, o.SalesOrderLines, 1)
	assert.Equal(t, "3.6", o.Total.Decimal.String())
	assert.Equal(t, 404, w.send(http.MethodDelete, "/SalesOrders/Lines/"+customerGUID, "", "").status)
}

func TestOrderFilters(t *testing.T) {
	w := newWorld(t)
	w.AddOrder(OrderSpec{Number: "A", Status: Placed, Customer: "HARBOUR01", Date: "2026-02-01", Lines: []LineSpec{{SKU: "MUG"}}})
	w.AddOrder(OrderSpec{Number: "B", Status: Parked, Customer: "HARBOUR02", Warehouse: "SHOP", Date: "2026-02-10", SourceID: "web:9", Lines: []LineSpec{{SKU: "MUG"}}})
	w.AddOrder(OrderSpec{Number: "C", Status: Backordered, Customer: "HARBOUR01", Date: "2026-02-20", Lines: []LineSpec{{SKU: "MUG"}}})
	w.clock.pass(time.Hour)
	w.AddOrder(OrderSpec{Number: "D", Status: Completed, Customer: "HARBOUR01", Date: "2026-02-25", Lines: []LineSpec{{SKU: "MUG"}}})
	w.SetStatus("B", "Ready")
	customer, _ := w.Customer("HARBOUR02")
	for query, numbers := range map[string][]string{
		"":                                        {"B", "D", "C", "A"},
		"orderStatus=Placed,Backordered":          {"C", "A"},
		"orderStatus=Parked":                      {"B"},
		"customOrderStatus=Ready":                 {"B"},
		"customerCode=HARBOUR":                    {"B", "D", "C", "A"},
		"customerCode=HARBOUR02":                  {"B"},
		"customerId=" + customer.Guid.String():    {"B"},
		"warehouseCode=SHOP":                      {"B"},
		"warehouseCode=SH":                        {},
		"orderNumber=A&warehouseCode=SHOP":        {"A"},
		"orderNumber=a":                           {},
		"sourceId=web:9&customerCode=HARBOUR01":   {"B"},
		"startDate=2026-02-10&endDate=2026-02-20": {"B", "C"},
		"completedAfter=2026-03-01":               {"D"},
		"completedBefore=2026-03-01":              {},
		"modifiedSince=2026-03-01T09:30:00":       {"B", "D"},
	} {
		assert.ElementsMatch(t, numbers, w.get("/SalesOrders", query).column("OrderNumber"), query)
	}
	assert.Equal(t, "B", w.get("/SalesOrders", "").column("OrderNumber")[0], "what was modified last comes first")
	assert.Equal(t, 400, w.get("/SalesOrders", "customerId=HARBOUR01").status)
}
