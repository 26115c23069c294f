package mintsoftsim

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// newItems makes the lines of a request. They have no order id yet.
func (t *Twin) newItems(now Date, o *orderRecord, asked []document, user string) ([]*itemRecord, error) {
	if len(asked) == 0 {
		return nil, refusal("An order needs OrderItems")
	}
	var items []*itemRecord
	for _, d := range asked {
		made, err := t.newItem(now, o, d, user)
		if err != nil {
			return nil, err
		}
		items = append(items, made...)
	}
	return items, nil
}

// newItem makes a line; the knob says how many a bundle gives.
func (t *Twin) newItem(now Date, o *orderRecord, d document, user string) ([]*itemRecord, error) {
	p := t.product(now, o.ClientID, d.int("ProductId"), d.str("SKU"))
	switch {
	case p == nil:
		return nil, refusal(fmt.Sprintf("Product with SKU '%s' could not be found", d.str("SKU")))
	case d.int("Quantity") < 1:
		return nil, refusal(fmt.Sprintf("The Quantity of SKU '%s' must be at least 1", p.SKU))
	case d.int("WarehouseId") != 0 && t.warehouse(d.int("WarehouseId"), "") == nil:
		return nil, refusal("Warehouse of an item could not be found")
	}
	it := t.line(o, p, d.int("Quantity"), now, user)
	it.Price, it.Vat, it.Discount, it.Details = d.amount("UnitPrice"), d.amount("UnitPriceVat"), d.amount("Discount"), d.text("Details")
	if id := d.int("WarehouseId"); id != 0 {
		it.warehouse = id
	}
	it.wish = wish{batch: d.str("RequestedBatchNo"), serial: d.str("RequestedSerialNo"), bestBefore: d.date("RequestedBBEDate", t.options.Zone)}
	if it.wish.any() && t.knobs.RequestedLot == LotRefuse && t.available(p, it.warehouse, it.wish) < it.Quantity {
		return nil, refusal(fmt.Sprintf("There is not enough stock available of the requested batch or serial number for SKU '%s'", p.SKU))
	}
	if t.knobs.RequestedLot == LotIgnore {
		it.wish = wish{}
	}
	for _, value := range d.list("OrderItemNameValues") {
		if utf8.RuneCountInString(value.str("Name")) > 100 {
			return nil, refusal("The field Name must be a string with a maximum length of 100.")
		}
		nv := OrderItemNameValue{Name: value.str("Name"), Value: value.text("Value"), entity: entity{ID: next(&t.ids.nameValue)}}
		nv.touch(now, user)
		it.OrderItemNameValues = append(it.OrderItemNameValues, nv)
	}
	if !p.Bundle || t.knobs.BundleLines == BundleLine {
		return []*itemRecord{it}, nil
	}
	return t.unfold(o, it, now, user), nil
}

func (t *Twin) line(o *orderRecord, p *productRecord, quantity int, now Date, user string) *itemRecord {
	it := &itemRecord{
		OrderItem: OrderItem{
			OrderID: o.ID, ProductID: p.ID, SKU: p.SKU, Quantity: quantity, OrderItemNameValues: []OrderItemNameValue{}, entity: entity{ID: next(&t.ids.item)},
		},
		product: p, needs: needsOf(p), warehouse: o.WarehouseID,
	}
	it.touch(now, user)
	return it
}

// unfold shows the components of a bundle as lines of their own.
func (t *Twin) unfold(o *orderRecord, bundle *itemRecord, now Date, user string) []*itemRecord {
	var lines []*itemRecord
	if t.knobs.BundleLines == BundleBoth {
		bundle.needs = nil
		lines = append(lines, bundle)
	}
	for _, part := range bundle.product.components {
		it := t.line(o, part.product, part.quantity*bundle.Quantity, now, user)
		it.warehouse = bundle.warehouse
		lines = append(lines, it)
	}
	return lines
}

func (t *Twin) editable(o *orderRecord) error {
	if !slices.Contains(t.knobs.EditableFrom, o.OrderStatusID) {
		return refusal("The order cannot be edited in status " + orderStatusName(o.OrderStatusID))
	}
	return nil
}

func (t *Twin) addItem(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	if err := t.editable(o); err != nil {
		return result(0, "", err)
	}
	items, err := t.newItem(c.now, o, c.document(), c.user.Username)
	if err != nil {
		return result(0, "", err)
	}
	o.items = append(o.items, items...)
	t.itemsChanged(o, c.now, c.user.Username)
	return done(items[0].ID, "Item added"), nil
}

// changeItem sets the quantity of a line, as an absolute number, and what else is
// given.
func (t *Twin) changeItem(c *call) (any, error) {
	o, it, err := t.itemOf(c)
	if err != nil {
		return nil, err
	}
	d := c.document()
	err = t.editable(o)
	switch {
	case err != nil:
	case d.str("SKU") != "" && !t.equal(d.str("SKU"), it.SKU), d.int("ProductId") != 0 && d.int("ProductId") != it.ProductID:
		err = refusal("The product of an item cannot be changed")
	case d["Quantity"] != nil && d.int("Quantity") < 1:
		err = refusal("The Quantity must be at least 1")
	default:
		t.assign(map[string]any{"UnitPrice": &it.Price, "UnitPriceVat": &it.Vat, "Discount": &it.Discount, "Details": &it.Details}, d)
		if d["Quantity"] != nil {
			t.setQuantity(it, d.int("Quantity"), change{now: c.now, user: c.user.Username, reason: "Order item changed", order: o.ID, item: it.ID})
		}
		it.touch(c.now, c.user.Username)
		t.itemsChanged(o, c.now, c.user.Username)
	}
	return result(c.ids["itemid"], "Item updated", err)
}

func (t *Twin) deleteItem(c *call) (any, error) {
	o, it, err := t.itemOf(c)
	if err != nil {
		return nil, err
	}
	if err = t.editable(o); err == nil && len(o.items) == 1 {
		err = refusal("The last item of an order cannot be deleted")
	}
	if err == nil {
		t.removeItem(o, it, change{now: c.now, user: c.user.Username, reason: "Order item deleted", order: o.ID, item: it.ID})
		t.itemsChanged(o, c.now, c.user.Username)
	}
	return result(c.ids["itemid"], "Item deleted", err)
}

func (t *Twin) itemOf(c *call) (*orderRecord, *itemRecord, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, nil, err
	}
	it := o.item(c.ids["itemid"])
	if it == nil {
		return nil, nil, notFound("Order item not found")
	}
	return o, it, nil
}

// setQuantity changes a line; what is not wanted any more stops waiting first, then
// is released.
func (t *Twin) setQuantity(it *itemRecord, quantity int, why change) {
	it.Quantity = quantity
	t.wait(it, min(it.OnBackOrder, max(0, quantity-it.Allocated)), why)
	if it.Allocated > quantity {
		t.release(it, it.Allocated-quantity, why)
	}
}

func (t *Twin) removeItem(o *orderRecord, it *itemRecord, why change) {
	t.setQuantity(it, 0, why)
	o.items = slices.DeleteFunc(o.items, func(other *itemRecord) bool { return other == it })
}

// itemsChanged allocates anew and sums up, after lines were edited. Held orders
// stay held.
func (t *Twin) itemsChanged(o *orderRecord, now Date, user string) {
	o.total()
	o.touch(now, user)
	t.allocate(o, byID(t.reference.clients, o.ClientID), now, user)
	if slices.Contains([]int{StatusNew, StatusHolding, StatusOnBackOrder}, o.OrderStatusID) {
		t.setStatus(o, t.stockStatus(o, byID(t.reference.clients, o.ClientID)), now)
	}
}
