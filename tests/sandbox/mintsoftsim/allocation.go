package mintsoftsim

import "slices"

// ProductInLocation is stock that is reserved for an order line, and stays as a
// record of what was sent.
type ProductInLocation struct {
	LocationID      int `json:"LocationId"`
	ProductID       int `json:"ProductId"`
	Quantity        int
	BestBefore      Date
	BatchNo         *string
	SerialNo        *string
	InventoryItemID int `json:"InventoryItemId"`
	Type            string
	StorageItemID   *int `json:"StorageItemId"`
	OrderID         int  `json:"OrderId"`
	OrderItemID     int  `json:"OrderItemId"`
	Despatched      bool
	entity

	from *lot
	inv  *inventory
}

// need is a product that a line takes from the shelf, and how many for each unit.
type need struct {
	product *productRecord
	per     int
}

// needsOf is the product itself, or the components of a bundle.
func needsOf(p *productRecord) []need {
	if !p.Bundle {
		return []need{{p, 1}}
	}
	needs := make([]need, len(p.components))
	for i, part := range p.components {
		needs[i] = need{part.product, part.quantity}
	}
	return needs
}

// reserve allocates up to so many units of a line; a bundle in whole sets. It
// answers how many.
func (t *Twin) reserve(o *orderRecord, it *itemRecord, units int, w wish, why change) int {
	for _, n := range it.needs {
		units = min(units, t.available(n.product, it.warehouse, w)/n.per)
	}
	if units <= 0 {
		return 0
	}
	for _, n := range it.needs {
		t.reserveFrom(t.inventoryOf(n.product, it.warehouse), o, it, units*n.per, w, why)
	}
	it.Allocated += units
	return units
}

func (t *Twin) reserveFrom(inv *inventory, o *orderRecord, it *itemRecord, quantity int, w wish, why change) {
	for _, l := range inv.oldestFirst() {
		n := min(l.free(), quantity)
		if n == 0 || !w.fits(l) {
			continue
		}
		l.allocated += n
		inv.allocated += n
		quantity -= n
		t.flow(inv, flowAllocate, n, l.Lot, why)
		a := &ProductInLocation{
			LocationID: l.LocationID, ProductID: inv.product.ID, Quantity: n, BestBefore: l.BestBefore, BatchNo: optional(l.BatchNo), SerialNo: optional(l.SerialNo),
			InventoryItemID: inv.ID, Type: "Allocation", OrderID: o.ID, OrderItemID: it.ID, from: l, inv: inv,
			entity: entity{ID: next(&t.ids.allocation)},
		}
		a.touch(why.now, why.user)
		it.allocations = append(it.allocations, a)
	}
}

// release gives units of a line back.
func (t *Twin) release(it *itemRecord, units int, why change) {
	for _, n := range it.needs {
		left := units * n.per
		for _, a := range slices.Backward(it.allocations) {
			if a.ProductID != n.product.ID || a.Despatched || left == 0 {
				continue
			}
			freed := min(a.Quantity, left)
			a.Quantity -= freed
			a.from.allocated -= freed
			a.inv.allocated -= freed
			left -= freed
			t.flow(a.inv, flowUnallocate, freed, a.from.Lot, why)
		}
	}
	it.allocations = slices.DeleteFunc(it.allocations, func(a *ProductInLocation) bool { return a.Quantity == 0 })
	it.Allocated -= units
}

// ship takes what a line has reserved out of the warehouse.
func (t *Twin) ship(it *itemRecord, why change) {
	for _, a := range it.allocations {
		if a.Despatched {
			continue
		}
		a.from.quantity -= a.Quantity
		a.from.allocated -= a.Quantity
		a.inv.stockLevel -= a.Quantity
		a.inv.allocated -= a.Quantity
		a.Despatched = true
		a.touch(why.now, why.user)
		t.flow(a.inv, flowOut, a.Quantity, a.from.Lot, why)
		a.inv.sweep()
	}
	it.Allocated = 0
}

// wait sets how many units of a line wait for stock.
func (t *Twin) wait(it *itemRecord, units int, why change) {
	if units == it.OnBackOrder {
		return
	}
	for _, n := range it.needs {
		inv := t.inventoryOf(n.product, it.warehouse)
		inv.required += (units - it.OnBackOrder) * n.per
		t.touchStock(inv, why)
	}
	it.OnBackOrder = units
}

// fillBackOrders gives stock that has arrived to the orders that wait for it, the
// oldest first.
func (t *Twin) fillBackOrders(p *productRecord, warehouse int, now Date) {
	for _, o := range slices.Clone(t.orders.waiting) {
		if client := byID(t.reference.clients, o.ClientID); client.BackOrdersByHand {
			continue
		}
		changed := false
		for _, it := range o.items {
			if it.OnBackOrder > 0 && it.warehouse == warehouse && slices.ContainsFunc(it.needs, func(n need) bool { return n.product == p }) {
				changed = t.fill(o, it, now) || changed
			}
		}
		if changed {
			t.afterFill(o, now)
		}
	}
}

// fill gives a waiting line what is there.
func (t *Twin) fill(o *orderRecord, it *itemRecord, now Date) bool {
	why := change{now: now, user: systemUser, reason: "Back order allocated", order: o.ID, item: it.ID}
	got := t.reserve(o, it, it.OnBackOrder, it.wish, why)
	if got == 0 {
		return false
	}
	t.wait(it, it.OnBackOrder-got, why)
	it.touch(now, systemUser)
	return true
}

// afterFill makes an order that waits no longer ready to pick.
func (t *Twin) afterFill(o *orderRecord, now Date) {
	if !slices.ContainsFunc(o.items, func(it *itemRecord) bool { return it.OnBackOrder > 0 }) {
		t.setStatus(o, StatusNew, now)
	}
	o.touch(now, systemUser)
}
