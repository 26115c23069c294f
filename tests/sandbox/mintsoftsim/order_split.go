package mintsoftsim

import (
	"slices"
	"strings"
)

// OrderSplit relates two parts of an order.
type OrderSplit struct {
	OrderID      int `json:"OrderId"`
	Order        *Order
	SplitOrderID int `json:"SplitOrderId"`
	SplitOrder   *Order
	entity
}

func (t *Twin) splitItems(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	moves := map[*itemRecord]int{}
	for _, d := range c.documents() {
		it := o.item(d.int("OrderItemId"))
		if it == nil || d.int("QuantityToDespatch") < 1 || d.int("QuantityToDespatch") > it.Quantity-moves[it] {
			return refused("The items to split are not valid"), nil
		}
		moves[it] += d.int("QuantityToDespatch")
	}
	if t.knobs.SplitNamedStays {
		for _, it := range o.items {
			moves[it] = it.Quantity - moves[it]
		}
	}
	part, err := t.split(o, moves, c.now, c.user.Username)
	if err != nil {
		return result(0, "", err)
	}
	if t.knobs.SplitAnswersOldID {
		part = o
	}
	return done(part.ID, "Order split"), nil
}

// split moves quantities to a new part, which is allocated by itself.
func (t *Twin) split(o *orderRecord, moves map[*itemRecord]int, now Date, user string) (*orderRecord, error) {
	if !slices.Contains(t.knobs.CancelFrom, o.OrderStatusID) {
		return nil, wrongStatus("split", o.OrderStatusID)
	}
	moved, total := 0, 0
	for _, it := range o.items {
		moved, total = moved+moves[it], total+it.Quantity
	}
	if moved == 0 || moved == total {
		return nil, refusal("A split needs items on both orders")
	}
	part := t.newPart(o, moves, now, user)
	client := byID(t.reference.clients, o.ClientID)
	t.allocate(part, client, now, user)
	t.setStatus(part, t.stockStatus(part, client), now)
	if slices.Contains([]int{StatusNew, StatusHolding, StatusOnBackOrder}, o.OrderStatusID) {
		t.setStatus(o, t.stockStatus(o, client), now)
	}
	return part, nil
}

// splitShort moves what is not in stock to a part that waits for it.
func (t *Twin) splitShort(o *orderRecord, now Date, user string) {
	moves := map[*itemRecord]int{}
	for _, it := range o.items {
		moves[it] = it.Quantity - it.Allocated
	}
	part := t.newPart(o, moves, now, user)
	why := change{now: now, user: user, reason: "Order split", order: part.ID}
	for _, it := range part.items {
		t.wait(it, it.Quantity, why)
	}
	t.setStatus(part, StatusOnBackOrder, now)
}

// newPart makes the order that quantities move to, with the same number, and
// counts the parts.
func (t *Twin) newPart(o *orderRecord, moves map[*itemRecord]int, now Date, user string) *orderRecord {
	part := &orderRecord{Order: o.Order}
	part.entity = entity{ID: next(&t.ids.order)}
	part.OrderStatusID, part.OrderValue, part.TotalVat, part.AtNewDate = 0, Number{}, Number{}, Date{}
	part.ShippingTotalExVat, part.ShippingTotalVat, part.DiscountTotalExVat, part.DiscountTotalVat = nil, nil, nil, nil
	if !t.knobs.PartsCopyReference {
		part.ExternalOrderReference = nil
	}
	part.OrderNameValues = []OrderNameValue{}
	for _, nv := range o.OrderNameValues {
		if t.knobs.PartsLoseNameValues {
			break
		}
		part.putNameValue(&t.ids, nv.Name, read(nv.Value), now, user)
	}
	why := change{now: now, user: user, reason: "Order split", order: o.ID}
	for _, it := range slices.Clone(o.items) {
		if moves[it] == 0 {
			continue
		}
		part.items = append(part.items, t.moveItem(part, it, moves[it], now, user))
		if moves[it] == it.Quantity {
			t.removeItem(o, it, why)
		} else {
			t.setQuantity(it, it.Quantity-moves[it], why)
			it.touch(now, user)
		}
	}
	o.OrderValue, o.TotalVat = Number{}, Number{}
	t.value(o)
	t.value(part)
	t.orders.put(part)
	part.touch(now, user)
	relation := &OrderSplit{OrderID: o.ID, SplitOrderID: part.ID, entity: entity{ID: next(&t.ids.split)}}
	relation.touch(now, user)
	o.splits, part.splits = append(o.splits, relation), append(part.splits, relation)
	t.countParts(o, now, user)
	return part
}

// moveItem copies a line to another part, with the fields that the client put
// there.
func (t *Twin) moveItem(part *orderRecord, it *itemRecord, quantity int, now Date, user string) *itemRecord {
	moved := &itemRecord{OrderItem: it.OrderItem, product: it.product, needs: it.needs, wish: it.wish, warehouse: it.warehouse}
	moved.entity = entity{ID: next(&t.ids.item)}
	moved.OrderID, moved.Quantity, moved.Allocated, moved.OnBackOrder = part.ID, quantity, 0, 0
	moved.OrderItemNameValues = slices.Clone(it.OrderItemNameValues)
	for i := range moved.OrderItemNameValues {
		moved.OrderItemNameValues[i].ID = next(&t.ids.nameValue)
	}
	moved.touch(now, user)
	return moved
}

// countParts tells every part of an order how many there are.
func (t *Twin) countParts(o *orderRecord, now Date, user string) {
	var parts []*orderRecord
	for _, other := range t.orders.byNumber[strings.ToLower(o.OrderNumber)] {
		if other.ClientID == o.ClientID {
			parts = append(parts, other)
		}
	}
	for i, part := range parts {
		part.Part, part.NumberOfParts = i+1, len(parts)
		part.touch(now, user)
	}
}

func (t *Twin) listSplits(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	rows := []OrderSplit{}
	for _, s := range o.splits {
		row := *s
		if t.knobs.SplitsNestOrders {
			row.Order, row.SplitOrder = t.nested(s.OrderID), t.nested(s.SplitOrderID)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (t *Twin) nested(id int) *Order {
	o := t.orders.byID[id]
	if o == nil {
		return nil
	}
	shown := o.view(false)
	return &shown
}
