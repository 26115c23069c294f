package unleashedsim

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	shipmentGUID = "b7d01c22-3f44-4c55-9e66-0a1b2c3d4e5f"
	shipment     = `{"Guid":"` + shipmentGUID + `","OrderNumber":"WEB-1","ShipmentStatus":"Placed","SalesShipmentLines":[{"Guid":"d0c10000-0000-4000-8000-000000000001","SalesOrderLineNumber":1,"Product":{"ProductCode":"MUG"},"ShipmentQty":2}]}`
)

func placed(t *testing.T, knobs ...func(*Knobs)) *world {
	w := newWorld(t, knobs...)
	w.SetStock("MUG", "MAIN", "10", "4")
	w.must(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	return w
}

func TestShipmentIsDispatched(t *testing.T) {
	w := placed(t)
	made := w.send(http.MethodPost, "/SalesShipments", "", shipment)
	assert.Equal(t, 201, made.status)
	assert.Equal(t, "SS-00000001", made.at("ShipmentNumber"))
	assert.Equal(t, orderGUID, made.at("OrderGuid"))
	assert.Equal(t, "20.0000", text(made.at("TotalCommercialValue")))
	assert.Equal(t, "10", w.Stock("MUG", "MAIN").OnHand.String(), "nothing moves before it is dispatched")

	sent := w.must(http.MethodPut, "/SalesShipments/"+shipmentGUID, "", with(shipment, `"Placed"`, `"Dispatched","TrackingNumber":"TRK1","DispatchDate":"2026-03-02","ShippingCompany":{"Name":"Swift Couriers"}`))
	assert.Equal(t, Dispatched, sent.at("ShipmentStatus"))
	assert.Equal(t, "4", text(sent.at("ShipmentStatusEnum")))
	assert.Equal(t, "TRK1", sent.at("TrackingNumber"))
	assert.Equal(t, "Swift Couriers", sent.at("ShippingCompany"), "written as a name")
	assert.Contains(t, sent.raw, `"DispatchDate":"\/Date(1772409600000)\/"`)
	assert.Equal(t, "8", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Equal(t, "1", w.Stock("MUG", "MAIN").Allocated.String(), "one of three is left to ship")
	o, _ := w.OrderByNumber("WEB-1")
	assert.Equal(t, Placed, o.OrderStatus, "the order stays open")

	assert.Equal(t, 400, w.send(http.MethodPut, "/SalesShipments/"+shipmentGUID, "", shipment).status, "dispatched is final")
	assert.Equal(t, 400, w.send(http.MethodDelete, "/SalesShipments/"+shipmentGUID, "", "").status)
	assert.Equal(t, 400, w.send(http.MethodDelete, "/SalesOrders/"+orderGUID, "", "").status)
	w.Turn(func(k *Knobs) { k.TrackingAfterDispatch, k.ShippingCompanyAsObject = true, true })
	late := w.must(http.MethodPut, "/SalesShipments/"+shipmentGUID, "", with(shipment, `"ShipmentStatus":"Placed"`, `"TrackingNumber":"TRK2"`))
	assert.Equal(t, "TRK2", late.at("TrackingNumber"))
	assert.Equal(t, Dispatched, late.at("ShipmentStatus"))
	assert.Equal(t, "Swift Couriers", late.at("ShippingCompany", "Name"), "written as an object")
}

func TestShipmentIsRefused(t *testing.T) {
	for name, pairs := range map[string][]string{
		"for an order that is unknown":         {"WEB-1", "WEB-2"},
		"in a status that is unknown":          {`"Placed"`, `"Gone"`},
		"without a status":                     {`"ShipmentStatus":"Placed",`, ""},
		"with more than was ordered":           {`"ShipmentQty":2`, `"ShipmentQty":4`},
		"with nothing":                         {`"ShipmentQty":2`, `"ShipmentQty":0`},
		"for a line that the order lacks":      {`"SalesOrderLineNumber":1`, `"SalesOrderLineNumber":2`},
		"with another product than the line's": {`"MUG"`, `"TEA"`},
		"by a carrier that is unknown":         {`"Placed"`, `"Placed","ShippingCompany":"Slow Couriers"`},
		"without lines":                        {`[{`, `[],"Ignored":[{`},
	} {
		t.Run(name, func(t *testing.T) {
			w := placed(t)
			given := w.send(http.MethodPost, "/SalesShipments", "", with(shipment, pairs...))
			assert.Equal(t, 400, given.status, given.raw)
			assert.Empty(t, w.Shipments())
		})
	}
}

func TestShipmentsTogetherNeverExceedTheOrder(t *testing.T) {
	w := placed(t)
	w.must(http.MethodPost, "/SalesShipments", "", shipment)
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesShipments", "", shipment).status, "the GUID exists")
	second := with(shipment, shipmentGUID, customerGUID)
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesShipments", "", second).status, "two and two are more than three")
	w.must(http.MethodDelete, "/SalesShipments/"+shipmentGUID, "", "")
	w.clock.pass(time.Second)
	assert.Equal(t, 201, w.send(http.MethodPost, "/SalesShipments", "", second).status, "a deleted shipment holds nothing")
	assert.Equal(t, []string{Placed, Deleted}, w.get("/SalesShipments", "orderNumber=WEB-1").column("ShipmentStatus"))
	assert.Equal(t, 400, w.send(http.MethodPut, "/SalesOrders/"+orderGUID, "",
		with(update, `{"OrderStatus"`, `{"SalesOrderLines":[{"Guid":"`+lineGUID+`","LineNumber":1,"Product":{"ProductCode":"MUG"},"OrderQuantity":1,"UnitPrice":10,"LineTotal":10,"LineTax":2}],"OrderStatus"`)).status,
		"the order cannot shrink below its shipments")
}

func TestShipmentLineIsDeleted(t *testing.T) {
	w := placed(t)
	w.must(http.MethodPost, "/SalesShipments", "", shipment)
	w.must(http.MethodDelete, "/SalesShipments/Lines/d0c10000-0000-4000-8000-000000000001", "", "")
	assert.Empty(t, w.get("/SalesShipments/"+shipmentGUID, "").at("SalesShipmentLines"))
}

func TestShortStock(t *testing.T) {
	w := placed(t)
	w.SetStock("MUG", "MAIN", "1", "4")
	w.Turn(func(k *Knobs) { k.ShortSalesRefused = true })
	sent := with(shipment, Placed, Dispatched)
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesShipments", "", sent).status)
	w.Turn(func(k *Knobs) { k.ShortSalesRefused = false })
	w.must(http.MethodPost, "/SalesShipments", "", sent)
	assert.Equal(t, "-1", w.Stock("MUG", "MAIN").OnHand.String())
}

func TestDispatchOfEverythingMayComplete(t *testing.T) {
	for completes, status := range map[bool]string{false: Placed, true: Completed} {
		w := placed(t, func(k *Knobs) { k.DispatchAllCompletes = completes })
		w.AddShipment(ShipmentSpec{Order: "WEB-1", Status: Dispatched})
		o, _ := w.OrderByNumber("WEB-1")
		assert.Equal(t, status, o.OrderStatus)
		assert.Equal(t, "7", w.Stock("MUG", "MAIN").OnHand.String())
	}
}

func TestShipmentFilters(t *testing.T) {
	w := placed(t)
	w.AddShipment(ShipmentSpec{Order: "WEB-1", Status: Dispatched, Lines: []ShipmentLineSpec{{Line: 1, Quantity: "1"}}})
	w.clock.pass(time.Hour)
	w.AddShipment(ShipmentSpec{Order: "WEB-1", Status: Placed, Lines: []ShipmentLineSpec{{Line: 1, Quantity: "1"}}})
	for query, numbers := range map[string][]string{
		"":                                   {"SS-00000002", "SS-00000001"},
		"shipmentStatus=dispatched":          {"SS-00000001"},
		"modifiedSince=2026-03-01T09:00:00":  {"SS-00000002"},
		"startDate=2026-03-01T09:00:00":      {"SS-00000002"},
		"endDate=2026-03-01T09:00:00":        {"SS-00000001"},
		"warehouseCode=SHOP":                 {},
		"orderNumber=WEB-1&warehouseCode=NO": {"SS-00000002", "SS-00000001"},
		"orderNumber=WEB-9":                  {},
		"orderBy=ShipmentNumber&sort=asc":    {"SS-00000001", "SS-00000002"},
	} {
		assert.Equal(t, numbers, w.get("/SalesShipments", query).column("ShipmentNumber"), query)
	}
}

func TestTrackedShipmentNeedsItsNumbers(t *testing.T) {
	for name, c := range map[string]struct {
		numbers string
		status  int
	}{
		"without batches it stays":             {``, 400},
		"with too little of a batch":           {`,"BatchNumbers":[{"Number":"L1","Quantity":1}]`, 400},
		"with a batch that is unknown":         {`,"BatchNumbers":[{"Number":"L9","Quantity":2}]`, 400},
		"with more of a batch than there is":   {`,"BatchNumbers":[{"Number":"L2","Quantity":2}]`, 400},
		"with batches that sum up":             {`,"BatchNumbers":[{"Number":"L1","Quantity":1},{"Number":"L2","Quantity":1}]`, 201},
		"a serial number is no batch of its":   {`,"SerialNumbers":[{"Identifier":"A"},{"Identifier":"B"}]`, 400},
		"a number of 51 characters is refused": {`,"BatchNumbers":[{"Number":"012345678901234567890123456789012345678901234567890","Quantity":2}]`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.SetStock("LOT", "MAIN", "6", "2", w.Batch("L1", "5", "2027-01-31"), w.Batch("L2", "1", ""))
			w.AddOrder(OrderSpec{Number: "WEB-1", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "LOT", Quantity: "3"}}})
			given := w.send(http.MethodPost, "/SalesShipments", "", with(shipment, `"MUG"`, `"LOT"`, Placed, Dispatched, `"ShipmentQty":2`, `"ShipmentQty":2`+c.numbers))
			require.Equal(t, c.status, given.status, given.raw)
			if c.status == 400 {
				assert.Nil(t, given.at("DebugInformation"))
				assert.Equal(t, "6", w.Stock("LOT", "MAIN").OnHand.String(), "nothing moved")
				return
			}
			assert.Equal(t, "4", w.Batches("LOT", "MAIN")["L1"].String())
			assert.NotContains(t, w.Batches("LOT", "MAIN"), "L2")
			assert.Nil(t, w.get("/SalesShipments", "").at("Items", 0, "SalesShipmentLines", 0, "BatchNumbers"))
			assert.Len(t, w.get("/SalesShipments", "serialBatch=true").at("Items", 0, "SalesShipmentLines", 0, "BatchNumbers"), 2)
		})
	}
}

func TestSerialNumbersLeaveOnce(t *testing.T) {
	w := newWorld(t)
	w.SetSerials("GEAR", "MAIN", "60", "S1", "S2", "S3")
	w.AddOrder(OrderSpec{Number: "WEB-1", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "GEAR", Quantity: "3"}}})
	body := func(guid, serial string) string {
		return with(shipment, shipmentGUID, guid, `"MUG"`, `"GEAR"`, Placed, Dispatched, `"ShipmentQty":2`, `"ShipmentQty":1,"SerialNumbers":[{"Identifier":"`+serial+`"}]`)
	}
	w.must(http.MethodPost, "/SalesShipments", "", body(shipmentGUID, "S2"))
	assert.Equal(t, []string{"S1", "S3"}, w.Serials("GEAR", "MAIN"))
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesShipments", "", body(customerGUID, "S2")).status, "it has left already")
}
