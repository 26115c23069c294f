package mintsoftsim

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkBooks compares the counters of the stock with what they are made of.
func (f *tenant) checkBooks() {
	f.t.Helper()
	f.mut.Lock()
	defer f.mut.Unlock()
	type sums struct{ stock, allocated, onOrder, required int }
	want := map[stockKey]*sums{}
	at := func(product, warehouse int) *sums {
		key := stockKey{product, warehouse}
		if want[key] == nil {
			want[key] = &sums{}
		}
		return want[key]
	}
	for _, o := range f.orders.all {
		for _, it := range o.items {
			assert.GreaterOrEqual(f.t, it.Allocated, 0)
			if shipped(o.OrderStatusID) {
				assert.Zero(f.t, it.Allocated+it.OnBackOrder, "order %d", o.ID)
			} else {
				assert.LessOrEqual(f.t, it.Allocated+it.OnBackOrder, it.Quantity, "order %d", o.ID)
			}
			if o.OrderStatusID == StatusOnBackOrder {
				assert.Equal(f.t, it.Quantity, it.Allocated+it.OnBackOrder, "order %d", o.ID)
			}
			if o.OrderStatusID == StatusNew {
				assert.Equal(f.t, it.Quantity, it.Allocated, "order %d", o.ID)
			}
			if o.OrderStatusID == StatusCancelled || o.OrderStatusID == StatusHolding {
				assert.Zero(f.t, it.Allocated+it.OnBackOrder, "order %d in status %d", o.ID, o.OrderStatusID)
			}
			for _, n := range it.needs {
				at(n.product.ID, it.warehouse).required += it.OnBackOrder * n.per
			}
			for _, a := range it.allocations {
				assert.Equal(f.t, o.ID, a.OrderID)
				if !a.Despatched {
					at(a.ProductID, it.warehouse).allocated += a.Quantity
				}
			}
		}
	}
	for _, a := range f.asns.all {
		for _, it := range a.items {
			at(it.ProductID, a.WarehouseID).onOrder += it.OnOrder
		}
	}
	for _, row := range f.stock.flows {
		s := at(row.ProductID, row.WarehouseID)
		switch row.Flow {
		case flowIn:
			s.stock += row.Quantity
		case flowOut, flowScrap:
			s.stock -= row.Quantity
		}
		assert.Equal(f.t, row.StockLevel, row.OnHand+row.Allocated, "flow %d", row.ID)
	}
	for key, inv := range f.stock.inventories {
		stock, allocated, quarantined := 0, 0, 0
		for _, l := range inv.lots {
			assert.Positive(f.t, l.quantity)
			assert.LessOrEqual(f.t, l.allocated, l.quantity)
			if l.quarantined {
				quarantined += l.quantity
				continue
			}
			stock, allocated = stock+l.quantity, allocated+l.allocated
		}
		name := fmt.Sprintf("%s in %d", inv.product.SKU, inv.warehouse)
		assert.Equal(f.t, stock, inv.stockLevel, name)
		assert.Equal(f.t, allocated, inv.allocated, name)
		assert.GreaterOrEqual(f.t, inv.onHand(), 0, name)
		assert.Equal(f.t, at(key.product, key.warehouse).allocated, inv.allocated, name)
		assert.Equal(f.t, at(key.product, key.warehouse).onOrder, inv.onOrder, name)
		assert.Equal(f.t, at(key.product, key.warehouse).required, inv.required, name)
		assert.Equal(f.t, at(key.product, key.warehouse).stock, inv.stockLevel, name)
		assert.Equal(f.t, quarantined, inv.quarantined(), name)
	}
}

// TestTheBooksBalance does random things to a tenant, through the API and by hand,
// and compares the books after each.
func TestTheBooksBalance(t *testing.T) {
	for _, policy := range []string{Manual, PlaceOnBackOrder, SplitOrder} {
		t.Run(policy, func(t *testing.T) {
			f := newTenant(t, func(k *Knobs) { k.InvoiceAfter = time.Hour })
			f.reference.clients[0].HoldingPolicy = policy
			f.AddBundle(Product{ClientID: f.demo, SKU: "SET"}, map[string]int{"RED": 2, "BLUE": 1})
			r := rand.New(rand.NewPCG(7, uint64(len(policy))))
			for step := range 250 {
				f.randomStep(r, step)
				f.clock.advance(time.Minute)
				f.checkBooks()
				require.False(t, t.Failed(), "step %d", step)
			}
		})
	}
}

func (f *tenant) randomStep(r *rand.Rand, step int) {
	f.t.Helper()
	skus := []string{"RED", "BLUE", "SERUM"}
	sku, quantity := skus[r.IntN(len(skus))], 1+r.IntN(6)
	order := 0
	if orders := f.Orders(); len(orders) > 0 {
		order = orders[r.IntN(len(orders))].ID
	}
	path := fmt.Sprintf("/api/Order/%d", order)
	lot := Lot{}
	if sku == "SERUM" {
		lot = Lot{BatchNo: fmt.Sprintf("LOT-%d", r.IntN(3)), BestBefore: Date{time.Date(2028, 1, 1+r.IntN(3), 0, 0, 0, 0, time.UTC)}}
	}
	switch r.IntN(16) {
	case 0, 1, 2:
		f.call("PUT", "/api/Order", f.order(fmt.Sprintf("R-%d", step), items(item(sku, quantity), item("SET", 1+r.IntN(2)), item("RED", 1))))
	case 3, 4:
		f.AdjustStock(sku, f.main, quantity*2, lot)
	case 5:
		f.call("POST", "/api/Warehouse/StockMovement?Action=1", map[string]any{"ProductId": 501 + r.IntN(3), "WarehouseId": f.main, "Quantity": quantity})
	case 6:
		f.call("GET", path+"/Cancel", nil)
	case 7:
		f.call("GET", path+"/MarkDespatched?TrackingNumber=T"+fmt.Sprint(step), nil)
	case 8:
		f.call("PUT", path+"/Items", item(sku, quantity))
	case 9, 10:
		f.randomItem(r, order, path)
	case 11:
		f.call("POST", "/api/Warehouse/StockMovement?Action=7", map[string]any{"ProductId": 501, "WarehouseId": f.main, "Quantity": 1})
	case 12:
		id := f.createASN(fmt.Sprintf("PO-%d", step), map[string]any{"Items": []any{item("RED", 3), item("BLUE", 2)}})
		f.ConfirmASN(id)
		if r.IntN(2) == 0 {
			f.BookIn(id, Received{SKU: "RED", Quantity: quantity})
		}
	case 13:
		f.call("POST", "/api/Product/BulkOnHandStockUpdate?ClientId=3", []any{map[string]any{"SKU": "BLUE", "WarehouseId": f.main, "Quantity": quantity}})
	case 14:
		f.call("GET", path+"/MarkAwaitingPayment", nil)
	case 15:
		f.call("GET", path+"/MarkPaymentReceived", nil)
	}
}

func (f *tenant) randomItem(r *rand.Rand, order int, path string) {
	o, exists := f.Order(order)
	if !exists || len(o.OrderItems) == 0 {
		return
	}
	it := o.OrderItems[r.IntN(len(o.OrderItems))]
	line := fmt.Sprintf("%s/Items/%d", path, it.ID)
	switch r.IntN(3) {
	case 0:
		f.call("POST", line, map[string]any{"Quantity": 1 + r.IntN(6)})
	case 1:
		f.call("DELETE", line, nil)
	case 2:
		f.call("POST", path+"/SplitOrderItems", []any{map[string]any{"OrderItemId": it.ID, "QuantityToDespatch": 1}})
	}
}
