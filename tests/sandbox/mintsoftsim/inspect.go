package mintsoftsim

import (
	"slices"
	"strings"
)

// Orders are copies of all orders with their items, or of those in some statuses, the
// oldest first.
func (t *Twin) Orders(statuses ...int) []Order {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.settle(t.now())
	var copies []Order
	for _, o := range t.orders.all {
		if len(statuses) == 0 || slices.Contains(statuses, o.OrderStatusID) {
			copies = append(copies, o.copied())
		}
	}
	return copies
}

func (o *orderRecord) copied() Order {
	c := o.view(true)
	c.OrderNameValues = slices.Clone(c.OrderNameValues)
	return c
}

// Order is a copy of one by its id.
func (t *Twin) Order(id int) (Order, bool) {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.settle(t.now())
	o := t.orders.byID[id]
	if o == nil {
		return Order{}, false
	}
	return o.copied(), true
}

// OrdersByNumber are copies of all parts with a number, and of orders that were
// merged from it.
func (t *Twin) OrdersByNumber(number string) []Order {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.settle(t.now())
	var found []Order
	for _, o := range t.orders.all {
		if strings.Contains("+"+o.number+"+", "+"+strings.ToLower(number)+"+") {
			found = append(found, o.copied())
		}
	}
	return found
}

// OrderByNumber is the first of OrdersByNumber.
func (t *Twin) OrderByNumber(number string) (Order, bool) {
	found := t.OrdersByNumber(number)
	if len(found) == 0 {
		return Order{}, false
	}
	return found[0], true
}

// Products are copies of all products.
func (t *Twin) Products() []Product {
	t.mut.Lock()
	defer t.mut.Unlock()
	copies := make([]Product, len(t.products.all))
	for i, p := range t.products.all {
		copies[i] = p.Product
	}
	return copies
}

// Product is a copy of the first client's product with an SKU.
func (t *Twin) Product(sku string) (Product, bool) {
	t.mut.Lock()
	defer t.mut.Unlock()
	p, err := t.shelf(sku)
	if err != nil {
		return Product{}, false
	}
	return p.Product, true
}

// Stock is what there is of an SKU in a warehouse; zero when it was never there.
func (t *Twin) Stock(sku string, warehouse int) InventoryItem {
	t.mut.Lock()
	defer t.mut.Unlock()
	p, err := t.shelf(sku)
	if err != nil {
		return InventoryItem{}
	}
	inv := t.stock.inventories[stockKey{p.ID, warehouse}]
	if inv == nil {
		return InventoryItem{}
	}
	row := inv.view()
	row.Breakdown = inv.breakdown()
	return row
}

// ASNs are copies of all ASNs with their items, the oldest first.
func (t *Twin) ASNs() []ASN {
	t.mut.Lock()
	defer t.mut.Unlock()
	copies := make([]ASN, len(t.asns.all))
	for i, a := range t.asns.all {
		copies[i] = a.copied()
	}
	return copies
}

func (a *asnRecord) copied() ASN {
	c := a.view(true, true)
	for i := range c.Items {
		lots := make([]*ASNItemAllocation, len(c.Items[i].ASNItemAllocations))
		for j, lot := range c.Items[i].ASNItemAllocations {
			lots[j] = new(ASNItemAllocation)
			*lots[j] = *lot
		}
		c.Items[i].ASNItemAllocations = lots
	}
	return c
}

// ASNsByReference are copies of the ASNs with a POReference, which is not unique.
func (t *Twin) ASNsByReference(reference string) []ASN {
	var found []ASN
	for _, a := range t.ASNs() {
		if read(a.POReference) == reference {
			found = append(found, a)
		}
	}
	return found
}

// Flow is a copy of the stock's whole history.
func (t *Twin) Flow() []StockFlow {
	t.mut.Lock()
	defer t.mut.Unlock()
	rows := make([]StockFlow, len(t.stock.flows))
	for i, row := range t.stock.flows {
		rows[i] = *row
	}
	return rows
}

// Suppliers are copies of all product suppliers.
func (t *Twin) Suppliers() []ProductSupplier {
	t.mut.Lock()
	defer t.mut.Unlock()
	rows := make([]ProductSupplier, len(t.suppliers))
	for i, s := range t.suppliers {
		rows[i] = *s
	}
	return rows
}
