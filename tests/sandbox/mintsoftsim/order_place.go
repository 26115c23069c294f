package mintsoftsim

import "slices"

// place allocates stock to a new order and gives it its status. A client whose
// policy is to split gets a second part for what is short.
func (t *Twin) place(o *orderRecord, client *Client, now Date, user string) {
	t.allocate(o, client, now, user)
	if client.HoldingPolicy == SplitOrder && o.short() && o.reservedAny() {
		t.splitShort(o, now, user)
	}
	t.setStatus(o, t.stockStatus(o, client), now)
	if o.rules.Status != 0 {
		o.before = o.OrderStatusID
		t.setStatus(o, o.rules.Status, now)
	}
}

// allocate reserves what is there for each line, and lets the rest wait. An order
// of a client who decides by hand gets all or nothing.
func (t *Twin) allocate(o *orderRecord, client *Client, now Date, user string) {
	why := change{now: now, user: user, reason: "Order allocated", order: o.ID}
	byHand := client.HoldingPolicy == Manual || client.HoldingPolicy == ""
	if byHand && !t.covers(o) {
		t.unallocate(o, why)
		return
	}
	for _, it := range o.items {
		t.reserve(o, it, it.Quantity-it.Allocated, it.wish, why)
	}
	if byHand && o.short() {
		t.unallocate(o, why)
		return
	}
	for _, it := range o.items {
		t.wait(it, it.Quantity-it.Allocated, why)
	}
}

// covers says whether what is free is enough for what an order still lacks.
func (t *Twin) covers(o *orderRecord) bool {
	lacking := map[stockKey]int{}
	for _, it := range o.items {
		for _, n := range it.needs {
			key := stockKey{n.product.ID, it.warehouse}
			lacking[key] += (it.Quantity - it.Allocated) * n.per
			if t.available(n.product, it.warehouse, wish{}) < lacking[key] {
				return false
			}
		}
	}
	return true
}

// unallocate gives back everything that an order has reserved or waits for.
func (t *Twin) unallocate(o *orderRecord, why change) {
	for _, it := range o.items {
		if it.Allocated > 0 {
			t.release(it, it.Allocated, why)
		}
		t.wait(it, 0, why)
	}
}

// stockStatus is the status that the stock gives an order.
func (t *Twin) stockStatus(o *orderRecord, client *Client) int {
	switch {
	case !o.short():
		return StatusNew
	case client.HoldingPolicy == Manual || client.HoldingPolicy == "":
		return StatusHolding
	}
	return StatusOnBackOrder
}

// short says whether a line is not covered by stock.
func (o *orderRecord) short() bool {
	return slices.ContainsFunc(o.items, func(it *itemRecord) bool { return it.Allocated < it.Quantity })
}

func (o *orderRecord) reservedAny() bool {
	return slices.ContainsFunc(o.items, func(it *itemRecord) bool { return it.Allocated > 0 })
}
