package unleashedsim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompletionShipsAndInvoicesWhatIsLeft(t *testing.T) {
	w := placed(t)
	w.AddShipment(ShipmentSpec{Order: "WEB-1", Status: Dispatched, Lines: []ShipmentLineSpec{{Line: 1, Quantity: "1"}}})
	w.AddShipment(ShipmentSpec{Order: "WEB-1", Status: Placed, Lines: []ShipmentLineSpec{{Line: 1, Quantity: "1"}}})
	done := w.send(http.MethodPost, "/SalesOrders/"+orderGUID+"/Complete", "", "")
	assert.Equal(t, 200, done.status)
	assert.Equal(t, Completed, done.at("OrderStatus"))
	assert.Contains(t, done.raw, `"CompletedDate":"\/Date(1772353800000)\/"`)
	shipments := w.ShipmentsOf("WEB-1")
	require.Len(t, shipments, 3, "dispatched, open, and one for the rest")
	for _, s := range shipments {
		assert.Equal(t, Dispatched, s.ShipmentStatus)
	}
	assert.Equal(t, "7", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Equal(t, "0", w.Stock("MUG", "MAIN").Allocated.String())

	invoices := w.get("/Invoices", "orderNumber=WEB-1")
	assert.Equal(t, []string{"SI-00000001"}, invoices.column("InvoiceNumber"))
	assert.Equal(t, []string{"36.000"}, invoices.column("Total"))
	assert.Equal(t, 405, w.send(http.MethodPost, "/Invoices", "", "{}").status)

	again := w.send(http.MethodPost, "/SalesOrders/"+orderGUID+"/Complete", "", "")
	assert.Equal(t, 400, again.status)
	assert.Contains(t, again.at("Description"), "already Completed")
	w.Turn(func(k *Knobs) { k.CompleteTwiceAccepted = true })
	assert.Equal(t, 200, w.send(http.MethodPost, "/SalesOrders/"+orderGUID+"/Complete", "", "").status)
	assert.Len(t, w.Invoices(), 1)
}

func TestPostOfACompletedOrderCompletesIt(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "10", "4")
	given := w.send(http.MethodPost, "/SalesOrders", "", with(order, Placed, Completed))
	assert.Equal(t, 201, given.status)
	assert.Equal(t, Completed, given.at("OrderStatus"))
	assert.Equal(t, "7", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Len(t, w.ShipmentsOf("WEB-1"), 1)
}

func TestCompletionKnobs(t *testing.T) {
	w := placed(t, func(k *Knobs) { k.CompleteWithoutInvoice, k.CompleteWithoutShipment = true, true })
	w.CompleteOrder("WEB-1")
	assert.Empty(t, w.Invoices())
	assert.Empty(t, w.Shipments())
	assert.Equal(t, "7", w.Stock("MUG", "MAIN").OnHand.String(), "stock moves all the same")
}

func TestCompletionLeavesOutWhatHasNoStock(t *testing.T) {
	w := newWorld(t)
	w.AddOrder(OrderSpec{Number: "SO-1", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "CARE"}, {Charge: "Carriage", Price: "5"}, {SKU: "TEA", Quantity: "2"}}})
	w.CompleteOrder("SO-1")
	shipments := w.ShipmentsOf("SO-1")
	require.Len(t, shipments, 1)
	require.Len(t, shipments[0].SalesShipmentLines, 1)
	assert.Equal(t, 3, shipments[0].SalesShipmentLines[0].SalesOrderLineNumber)
	assert.Len(t, w.Invoices()[0].InvoiceLines, 3)
}

func TestTrackedLinesNeedTheirNumbersBeforeCompletion(t *testing.T) {
	w := newWorld(t)
	w.SetStock("LOT", "MAIN", "5", "2", w.Batch("L1", "5", ""))
	w.AddOrder(OrderSpec{Number: "BARE", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "LOT", Quantity: "2"}}})
	w.AddOrder(OrderSpec{Number: "FULL", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "LOT", Quantity: "2", Batches: map[string]string{"L1": "2"}}}})
	bare, _ := w.OrderByNumber("BARE")
	full, _ := w.OrderByNumber("FULL")
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesOrders/"+bare.Guid.String()+"/Complete", "", "").status)
	w.AddShipment(ShipmentSpec{Order: "FULL", Status: Dispatched, Lines: []ShipmentLineSpec{{Line: 1, Quantity: "1", Batches: map[string]string{"L1": "1"}}}})
	assert.Equal(t, 200, w.send(http.MethodPost, "/SalesOrders/"+full.Guid.String()+"/Complete", "", "").status, "the rest of the batch is taken")
	assert.Equal(t, "3", w.Batches("LOT", "MAIN")["L1"].String())
}

func TestARefusedCompletionChangesNothing(t *testing.T) {
	w := newWorld(t, func(k *Knobs) { k.ShortSalesRefused = true })
	w.SetStock("MUG", "MAIN", "5", "4")
	w.AddOrder(OrderSpec{Number: "SO-1", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG", Quantity: "3"}, {SKU: "MUG", Quantity: "3"}}})
	o, _ := w.OrderByNumber("SO-1")
	assert.Equal(t, 400, w.send(http.MethodPost, "/SalesOrders/"+o.Guid.String()+"/Complete", "", "").status, "both lines together are short")
	after, _ := w.OrderByNumber("SO-1")
	assert.Equal(t, o.LastModifiedOn, after.LastModifiedOn)
	assert.Equal(t, "5", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Empty(t, w.Shipments())
}

func TestAnOrderAssemblesWhatItLacks(t *testing.T) {
	w := newWorld(t)
	w.SetStock("MUG", "MAIN", "10", "4")
	w.SetStock("TEA", "MAIN", "10", "1")
	w.AddProduct(Product{ProductCode: "SET", ProductDescription: "Gift set"})
	w.AddBill("SET", true, Component{SKU: "MUG", Quantity: "2"}, Component{SKU: "TEA", Quantity: "1"})
	w.SetStock("SET", "MAIN", "1", "9")
	w.AddOrder(OrderSpec{Number: "SO-1", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "SET", Quantity: "3", Price: "30"}}})
	w.CompleteOrder("SO-1")
	assembly := w.Assemblies()[0]
	assert.True(t, assembly.AutoAssembly)
	assert.Equal(t, Completed, assembly.AssemblyStatus)
	assert.Equal(t, "2", assembly.Quantity.Decimal.String())
	assert.Equal(t, Text("SO-1"), assembly.SalesOrderNumber)
	assert.Equal(t, "6", w.Stock("MUG", "MAIN").OnHand.String())
	assert.Equal(t, "0", w.Stock("SET", "MAIN").OnHand.String())
	o, _ := w.OrderByNumber("SO-1")
	assert.Equal(t, assembly.AssemblyNumber, o.SalesOrderLines[0].Assembly.AssemblyNumber)
}
