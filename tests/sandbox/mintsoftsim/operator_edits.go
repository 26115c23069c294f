package mintsoftsim

import (
	"fmt"
	"slices"
)

// EditItems sets quantities by SKU in the web pages: 0 removes a line, an SKU that
// the order does not have adds one. Orders that were sent or cancelled cannot be
// edited.
func (t *Twin) EditItems(order int, quantities map[string]int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		if !slices.Contains(t.knobs.CancelFrom, o.OrderStatusID) {
			return wrongStatus("edited", o.OrderStatusID)
		}
		for sku, quantity := range quantities {
			if err := t.editItem(o, sku, quantity, now); err != nil {
				return err
			}
		}
		o.OrderValue, o.TotalVat = Number{}, Number{}
		t.value(o)
		t.itemsChanged(o, now, warehouseUser)
		return nil
	})
}

func (t *Twin) editItem(o *orderRecord, sku string, quantity int, now Date) error {
	it := o.bySKU(sku)
	why := change{now: now, user: warehouseUser, reason: "Order edited", order: o.ID}
	switch {
	case it == nil:
		made, err := t.newItem(now, o, document{"SKU": sku, "Quantity": integer(quantity)}, warehouseUser)
		if err != nil {
			return err
		}
		o.items = append(o.items, made...)
	case quantity == 0 && len(o.items) == 1:
		return fmt.Errorf("order %d needs at least one item", o.ID)
	case quantity == 0:
		t.removeItem(o, it, why)
	default:
		t.setQuantity(it, quantity, why)
		it.touch(now, warehouseUser)
	}
	return nil
}

// EditOrder changes the header of an order in the web pages. Its lines, status and
// ids stay as they are.
func (t *Twin) EditOrder(order int, edit func(*Order)) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		edited := o.Order
		edit(&edited)
		edited.OrderItems, edited.OrderStatusID, edited.ClientID, edited.entity = nil, o.OrderStatusID, o.ClientID, o.entity
		t.orders.unindex(o)
		o.Order = edited
		t.orders.index(o)
		o.touch(now, warehouseUser)
		return nil
	})
}

// EditItem changes the money and the details of a line, as the channel that sold it
// or the web pages fill them in. Its product, quantity and ids stay as they are.
func (t *Twin) EditItem(order int, sku string, edit func(*OrderItem)) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		it := o.bySKU(sku)
		if it == nil {
			return fmt.Errorf("order %d has no %s", o.ID, sku)
		}
		edited := it.OrderItem
		edit(&edited)
		edited.entity, edited.OrderID, edited.ProductID, edited.SKU, edited.Quantity = it.entity, it.OrderID, it.ProductID, it.SKU, it.Quantity
		edited.Allocated, edited.OnBackOrder = it.Allocated, it.OnBackOrder
		it.OrderItem = edited
		it.touch(now, warehouseUser)
		o.touch(now, warehouseUser)
		return nil
	})
}

// shelf finds a product by SKU, whoever's it is.
func (t *Twin) shelf(sku string) (*productRecord, error) {
	for _, c := range t.reference.clients {
		if p := t.sku(c.ID, sku); p != nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("there is no product %s", sku)
}

// onProduct runs what a person does to a product.
func (t *Twin) onProduct(sku string, do func(p *productRecord, why change) error) {
	t.act(func(now Date) error {
		p, err := t.shelf(sku)
		if err != nil {
			return err
		}
		return do(p, change{now: now, user: warehouseUser})
	})
}

// EditProduct changes a product in the web pages; its SKU too.
func (t *Twin) EditProduct(sku string, edit func(*Product)) {
	t.onProduct(sku, func(p *productRecord, why change) error {
		edited := p.Product
		edit(&edited)
		t.unindexSKU(p)
		edited.entity = p.entity
		p.Product = edited
		t.indexSKU(p)
		p.touch(why.now, why.user)
		return nil
	})
}

// DeleteProduct deletes a product that nothing refers to.
func (t *Twin) DeleteProduct(sku string) {
	t.onProduct(sku, func(p *productRecord, _ change) error { return t.removeProduct(p) })
}

// AdjustStock books goods in (above 0) or out (below 0), of a lot when one is
// given. Goods that arrive go to the orders that wait for them.
func (t *Twin) AdjustStock(sku string, warehouse, quantity int, lot ...Lot) {
	t.onProduct(sku, func(p *productRecord, why change) error {
		why.reason = "Stock adjustment"
		var what Lot
		if len(lot) > 0 {
			what = lot[0]
		}
		if t.warehouse(warehouse, "") == nil || p.Bundle || quantity == 0 {
			return fmt.Errorf("the stock of %s in warehouse %d cannot be changed by %d", sku, warehouse, quantity)
		}
		if quantity < 0 {
			return t.stockOut(p, warehouse, -quantity, flowOut, what.wish(), why)
		}
		t.stockIn(p, warehouse, quantity, what, why)
		t.fillBackOrders(p, warehouse, why.now)
		return nil
	})
}

// SetStock sets the free stock of an SKU in a warehouse, as counting it would. It
// works on untracked stock.
func (t *Twin) SetStock(sku string, warehouse, quantity int) {
	t.onProduct(sku, func(p *productRecord, why change) error {
		why.reason = "Stock count"
		if t.warehouse(warehouse, "") == nil || p.Bundle || quantity < 0 {
			return fmt.Errorf("the stock of %s in warehouse %d cannot be %d", sku, warehouse, quantity)
		}
		return t.setUnits(p, warehouse, quantity, why)
	})
}

// SetBinLocations says whether the stock of a warehouse lies in locations.
func (t *Twin) SetBinLocations(warehouse int, on bool) {
	t.act(func(now Date) error {
		w := t.warehouse(warehouse, "")
		if w == nil {
			return fmt.Errorf("there is no warehouse %d", warehouse)
		}
		w.BinLocations = on
		w.touch(now, warehouseUser)
		return nil
	})
}

// Quarantine takes goods out of the stock, or back into it with a quantity below
// 0.
func (t *Twin) Quarantine(sku string, warehouse, quantity int) {
	t.onProduct(sku, func(p *productRecord, why change) error {
		why.reason = "Quarantine"
		return t.quarantine(p, warehouse, max(quantity, -quantity), wish{}, quantity > 0, why)
	})
}

// AddReturn books in goods that came back for an order, confirmed, and answers the
// id. With restock they are stock again.
func (t *Twin) AddReturn(order int, quantities map[string]int, restock bool) int {
	var id int
	t.onOrder(order, func(o *orderRecord, now Date) error {
		r := &returnRecord{warehouse: o.WarehouseID, Return: Return{
			OrderID: &o.ID, OrderNumber: &o.OrderNumber, Confirmed: true, CreatedAt: now, ClientID: o.ClientID, Reference: &o.OrderNumber,
			entity: entity{ID: next(&t.ids.returned)},
		}}
		for sku, quantity := range quantities {
			it := o.bySKU(sku)
			if it == nil || quantity > it.Quantity {
				return fmt.Errorf("order %d has no %d of %s to return", o.ID, quantity, sku)
			}
			reason := returnReasons()[0]
			line := ReturnItem{
				OrderItemID: &it.ID, ProductID: it.ProductID, Quantity: quantity, ReturnReasonID: reason.ID, Action: &reason.StockAction, StockAction: &reason.StockAction,
				ReturnedToStock: restock, ReturnID: r.ID, SKU: it.SKU, ReturnReasonName: &reason.Name, ProductName: it.product.Name, entity: entity{ID: next(&t.ids.returnItem)},
			}
			line.touch(now, warehouseUser)
			r.items = append(r.items, line)
			if restock {
				t.stockIn(it.product, o.WarehouseID, quantity, Lot{}, change{now: now, user: warehouseUser, reason: "Return confirmed", order: o.ID})
				t.fillBackOrders(it.product, o.WarehouseID, now)
			}
		}
		r.touch(now, warehouseUser)
		t.returns.all = append(t.returns.all, r)
		id = r.ID
		return nil
	})
	return id
}
