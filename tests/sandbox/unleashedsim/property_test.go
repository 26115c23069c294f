package unleashedsim

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
)

// TestStockBookHolds does a thousand random things, of which the service refuses
// some, and counts the book anew after each: on hand from the movements that were
// accepted, allocated and on purchase from the documents, lots against on hand.
func TestStockBookHolds(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newWorld(t)
			g := &gambler{world: w, rand: rand.New(rand.NewPCG(seed, 1))}
			w.AddProduct(Product{ProductCode: "SET", ProductDescription: "Set"})
			w.AddBill("SET", seed%2 == 0, Component{SKU: "MUG", Quantity: "2"}, Component{SKU: "TEA", Quantity: "1"})
			for step := range 200 {
				what := g.act()
				w.clock.pass(time.Second)
				g.check(fmt.Sprintf("step %d: %s", step, what))
			}
		})
	}
}

type gambler struct {
	*world
	rand *rand.Rand
}

func (g *gambler) pick(from ...string) string { return from[g.rand.IntN(len(from))] }

func (g *gambler) count() string { return fmt.Sprint(1 + g.rand.IntN(6)) }

// act does one thing through the API or as a person and says what. A person who
// asks for the impossible panics, which leaves everything as it was.
func (g *gambler) act() (what string) {
	defer func() {
		if refusal := recover(); refusal != nil {
			what += fmt.Sprint(": ", refusal)
		}
	}()
	sku, warehouse := g.pick("MUG", "TEA", "SET"), g.pick("MAIN", "SHOP")
	switch what = g.pick("stock", "lots", "order", "order", "ship", "complete", "delete", "buy", "receive", "transfer", "assemble", "edit"); what {
	case "stock":
		g.SetStock(sku, warehouse, g.count(), "3")
	case "lots":
		g.SetStock("LOT", warehouse, "5", "2", g.Batch("L1", "3", ""), g.Batch("L2", "2", ""))
	case "order":
		line := LineSpec{SKU: sku, Quantity: g.count()}
		if g.rand.IntN(4) == 0 {
			line = LineSpec{SKU: "LOT", Quantity: "2", Batches: map[string]string{"L1": "1", "L2": "1"}}
		}
		g.AddOrder(OrderSpec{Status: g.pick(Parked, Placed, Placed, Backordered, Completed), Customer: "HARBOUR01", Warehouse: warehouse, Lines: []LineSpec{line, {SKU: "TEA", Quantity: g.count()}}})
	case "ship":
		g.AddShipment(ShipmentSpec{Order: g.anyOrder(), Status: g.pick(Parked, "Picking", Dispatched), Lines: []ShipmentLineSpec{{Line: 1 + g.rand.IntN(2), Quantity: g.count()}}})
	case "complete":
		g.CompleteOrder(g.anyOrder())
	case "delete":
		g.DeleteOrder(g.anyOrder())
	case "edit":
		g.EditOrder(g.anyOrder(), func(o *SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set(g.count()) })
	case "buy":
		g.AddPurchase(PurchaseSpec{Supplier: "CLAYCO", Warehouse: warehouse, Lines: []LineSpec{{SKU: sku, Quantity: g.count(), Price: "3"}}})
	case "receive":
		orders := g.PurchaseOrders()
		o := orders[g.rand.IntN(len(orders))]
		what += g.send("POST", "/PurchaseOrders/"+o.Guid.String()+"/Receipt", "", `{"PurchaseOrderLines":[{"LineNumber":1,"ReceiptQuantity":`+g.count()+`}]}`).raw
	case "transfer":
		r := g.AddTransfer(TransferSpec{Source: "MAIN", Destination: "SHOP", Lines: []TransferLineSpec{{SKU: sku, Quantity: g.count()}}})
		g.CompleteTransfer(r.TransferOrderNumber)
	case "assemble":
		a := g.AddAssembly(Assembly{Product: &ProductBrief{ProductCode: "SET"}, Quantity: Number(g.count())})
		g.CompleteAssembly(a.AssemblyNumber)
	}
	return what
}

func (g *gambler) anyOrder() string {
	orders := g.Orders()
	return orders[g.rand.IntN(len(orders))].OrderNumber
}

// check counts allocated and on purchase from the documents alone, and holds the
// lots against what is on hand.
func (g *gambler) check(after string) {
	allocated, purchased := map[[2]string]decimal.Decimal{}, map[[2]string]decimal.Decimal{}
	for _, o := range g.Orders() {
		dispatched, picking := map[int]decimal.Decimal{}, map[int]decimal.Decimal{}
		for _, s := range g.ShipmentsOf(o.OrderNumber) {
			for _, l := range s.SalesShipmentLines {
				switch s.ShipmentStatus {
				case Dispatched:
					dispatched[l.SalesOrderLineNumber] = dispatched[l.SalesOrderLineNumber].Add(l.ShipmentQty.Decimal)
				case "Picking":
					picking[l.SalesOrderLineNumber] = picking[l.SalesOrderLineNumber].Add(l.ShipmentQty.Decimal)
				}
			}
		}
		for _, l := range o.SalesOrderLines {
			at := [2]string{l.Product.ProductCode, o.Warehouse.WarehouseCode}
			require.False(g.t, l.OrderQuantity.Decimal.LessThan(dispatched[l.LineNumber].Add(picking[l.LineNumber])), after)
			switch o.OrderStatus {
			case Placed:
				allocated[at] = allocated[at].Add(l.OrderQuantity.Decimal.Sub(dispatched[l.LineNumber]))
			case Parked, Backordered:
				allocated[at] = allocated[at].Add(picking[l.LineNumber])
			case Completed:
				require.True(g.t, l.OrderQuantity.Decimal.Equal(dispatched[l.LineNumber]), "%s: a completed order has left", after)
			}
		}
	}
	for _, o := range g.PurchaseOrders() {
		for _, l := range o.PurchaseOrderLines {
			at := [2]string{l.Product.ProductCode, o.Warehouse.WarehouseCode}
			if o.OrderStatus == Placed {
				purchased[at] = purchased[at].Add(l.OrderQuantity.Decimal.Sub(l.ReceiptQuantity.Decimal))
			} else {
				require.True(g.t, l.OrderQuantity.Decimal.Equal(l.ReceiptQuantity.Decimal), after)
			}
		}
	}
	total := map[string]decimal.Decimal{}
	for _, sku := range []string{"MUG", "TEA", "SET", "LOT"} {
		for _, warehouse := range []string{"MAIN", "SHOP"} {
			at, stock := [2]string{sku, warehouse}, g.Stock(sku, warehouse)
			require.Equal(g.t, allocated[at].String(), stock.Allocated.String(), "%s: %s allocated in %s", after, sku, warehouse)
			require.Equal(g.t, purchased[at].String(), stock.OnPurchase.String(), "%s: %s on purchase in %s", after, sku, warehouse)
			require.False(g.t, stock.AverageCost.IsNegative(), after)
			total[sku] = total[sku].Add(stock.OnHand)
			if sku != "LOT" {
				continue
			}
			sum := decimal.Zero
			for _, quantity := range g.Batches(sku, warehouse) {
				sum = sum.Add(quantity)
			}
			require.Equal(g.t, stock.OnHand.String(), sum.String(), "%s: the lots in %s are what is on hand", after, warehouse)
		}
		row := g.get("/StockOnHand", "productId="+guidOf(g.world, sku))
		if len(row.column("QtyOnHand")) == 1 {
			require.Equal(g.t, total[sku].StringFixed(4), row.column("QtyOnHand")[0], after)
		}
	}
}

// TestGoodsAreNeitherMadeNorLost moves goods about in every way that keeps their
// number, and counts what came in less what went out.
func TestGoodsAreNeitherMadeNorLost(t *testing.T) {
	w := newWorld(t)
	g := &gambler{world: w, rand: rand.New(rand.NewPCG(7, 7))}
	w.SetStock("MUG", "MAIN", "1000", "4")
	expected := decimal.NewFromInt(1000)
	for range 150 {
		count := g.count()
		n := decimal.RequireFromString(count)
		switch g.pick("sell", "ship", "buy", "transfer") {
		case "sell":
			w.AddOrder(OrderSpec{Status: Completed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG", Quantity: count}}})
			expected = expected.Sub(n)
		case "ship":
			o := w.AddOrder(OrderSpec{Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG", Quantity: "6"}}})
			w.AddShipment(ShipmentSpec{Order: o.OrderNumber, Status: Dispatched, Lines: []ShipmentLineSpec{{Line: 1, Quantity: count}}})
			expected = expected.Sub(n)
		case "buy":
			o := w.AddPurchase(PurchaseSpec{Supplier: "CLAYCO", Lines: []LineSpec{{SKU: "MUG", Quantity: count, Price: "4"}}})
			w.must("POST", "/PurchaseOrders/"+o.Guid.String()+"/Receipt", "", "")
			expected = expected.Add(n)
		case "transfer":
			r := w.AddTransfer(TransferSpec{Source: "MAIN", Destination: "SHOP", Lines: []TransferLineSpec{{SKU: "MUG", Quantity: count}}})
			w.CompleteTransfer(r.TransferOrderNumber)
		}
		onHand := w.Stock("MUG", "MAIN").OnHand.Add(w.Stock("MUG", "SHOP").OnHand)
		require.Equal(t, expected.String(), onHand.String())
		require.Equal(t, "4", w.Stock("MUG", "MAIN").AverageCost.String())
	}
}
