package unleashedsim

import (
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// postOrder creates an order. An open one that exists is replaced.
func postOrder(c *call) (answer, error) {
	t := c.twin
	next := SalesOrder{AllocateProduct: true}
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if err := c.identify(&next.Guid); err != nil {
		return answer{}, err
	}
	old := t.orders.get(next.Guid)
	if old != nil {
		if t.knobs.RepostRefused || !old.open() {
			return answer{}, refused("Sales order %s already exists and is %s.", old.OrderNumber, old.OrderStatus)
		}
		keepOmitted(c, &next, old)
		next.Stamp = old.Stamp
		if next.OrderNumber == "" {
			next.OrderNumber = old.OrderNumber
		}
	}
	if err := t.nameOrder(&next); err != nil {
		return answer{}, err
	}
	if next.OrderStatus != "" && !slices.Contains(t.knobs.CreateStatuses, next.OrderStatus) {
		return answer{}, invalid("OrderStatus", "A sales order cannot be created as %q.", next.OrderStatus)
	}
	next.CompletedDate = Instant{}
	order, err := c.storeOrder(&next, old, false)
	if err != nil {
		return answer{}, err
	}
	return created(t.renderOrder(order, true))
}

// nameOrder gives an order its number.
func (t *Twin) nameOrder(o *SalesOrder) error {
	if o.OrderNumber == "" {
		o.OrderNumber = t.nextNumber("SO", func(number string) bool { return t.orders.taken(number, o.Guid) })
	}
	if t.orders.taken(o.OrderNumber, o.Guid) {
		return invalid("OrderNumber", "Sales order %s already exists.", o.OrderNumber)
	}
	return nil
}

// putOrder replaces what an update may change; the rest stays as it was.
func putOrder(c *call) (answer, error) {
	t := c.twin
	old, err := c.openOrder()
	if err != nil {
		return answer{}, err
	}
	var next SalesOrder
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if next.Guid != uuid.Nil && next.Guid != old.Guid {
		return answer{}, invalid("Guid", "The path says %s, the body says %s.", old.Guid, next.Guid)
	}
	keepOmitted(c, &next, old)
	next.Stamp = old.Stamp
	next.OrderNumber, next.OrderDate, next.Customer, next.Currency = old.OrderNumber, old.OrderDate, old.Customer, old.Currency
	next.ReceivedDate, next.PaymentDueDate, next.CompletedDate = old.ReceivedDate, old.PaymentDueDate, old.CompletedDate
	next.SalesAccount, next.AllocateProduct, next.SendAccountingJournalOnly = old.SalesAccount, old.AllocateProduct, old.SendAccountingJournalOnly
	if !slices.Contains([]string{Parked, Placed, Backordered, Completed}, next.OrderStatus) {
		return answer{}, invalid("OrderStatus", "A sales order cannot be put to %q.", next.OrderStatus)
	}
	next.SalesOrderLines = mergeLines(t, old.SalesOrderLines, next.SalesOrderLines, func(l *SalesOrderLine) *uuid.UUID { return &l.Guid })
	order, err := c.storeOrder(&next, old, true)
	if err != nil {
		return answer{}, err
	}
	return ok(t.renderOrder(order, true))
}

// mergeLines applies the lines of an update: a known GUID replaces its line, a new
// one adds a line. Lines that are left out stay, or go when the account does that.
func mergeLines[L any](t *Twin, old, given []L, guid func(*L) *uuid.UUID) []L {
	if given == nil {
		return slices.Clone(old)
	}
	if t.knobs.OmittedLinesDeleted {
		return given
	}
	merged := slices.Clone(old)
	for _, line := range given {
		i := slices.IndexFunc(merged, func(l L) bool { return *guid(&l) == *guid(&line) && *guid(&line) != uuid.Nil })
		if i < 0 {
			merged = append(merged, line)
			continue
		}
		merged[i] = line
	}
	return merged
}

// storeOrder checks and saves what a request makes of an order, and completes it
// when that is what it asks for.
func (c *call) storeOrder(next, old *SalesOrder, optional bool) (*SalesOrder, error) {
	t := c.twin
	if t.knobs.ChargesRefused && slices.ContainsFunc(next.SalesOrderLines, func(l SalesOrderLine) bool { return l.LineType != "" }) {
		return nil, invalid("SalesOrderLines", "Charges cannot be given.")
	}
	complete := next.OrderStatus == Completed
	if complete {
		next.OrderStatus = Placed
	}
	if err := t.settleOrder(next, t.knobs.Totals, optional); err != nil {
		return nil, err
	}
	if old != nil {
		if err := t.fitsShipments(next); err != nil {
			return nil, err
		}
	}
	if !complete {
		t.storeOrder(next)
		return next, nil
	}
	plan, err := t.planCompletion(next)
	if err != nil {
		return nil, err
	}
	return plan.carryOut(), nil
}

// fitsShipments refuses a change that takes away what shipments hold.
func (t *Twin) fitsShipments(o *SalesOrder) error {
	for number, held := range t.heldByLine(o.Guid, uuid.Nil) {
		line := o.line(number)
		if line == nil || line.OrderQuantity.Decimal.LessThan(held) {
			return invalid("SalesOrderLines", "Line %d has %s on shipments.", number, held)
		}
	}
	return nil
}

// openOrder is the order that the path names, which must still be open.
func (c *call) openOrder() (*SalesOrder, error) {
	order, err := existing(c.twin.orders, "sales order", c.guids[0])
	if err != nil {
		return nil, err
	}
	if !order.open() {
		return nil, refused("Sales order %s is %s and cannot be changed.", order.OrderNumber, order.OrderStatus)
	}
	return order, nil
}

func deleteOrder(c *call) (answer, error) {
	order, err := existing(c.twin.orders, "sales order", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if err := c.twin.deleteOrder(order); err != nil {
		return answer{}, err
	}
	return ok(nil)
}

// deleteOrder marks an open order that nothing left of as deleted, and its
// shipments with it.
func (t *Twin) deleteOrder(order *SalesOrder) error {
	if !order.open() {
		return refused("Sales order %s is already %s.", order.OrderNumber, order.OrderStatus)
	}
	for s := range t.shipmentsOfOrder(order.Guid) {
		if s.ShipmentStatus == Dispatched {
			return refused("Shipment %s of sales order %s is dispatched.", s.ShipmentNumber, order.OrderNumber)
		}
	}
	for s := range t.shipmentsOfOrder(order.Guid) {
		if s.ShipmentStatus != Deleted {
			t.changeShipment(s, func(next *SalesShipment) { next.setStatus(Deleted) })
		}
	}
	next := *order
	next.OrderStatus, next.CustomOrderStatus = Deleted, ""
	t.storeOrder(&next)
	return nil
}

// deleteOrderLine takes a line out of an open order and counts the totals anew.
func deleteOrderLine(c *call) (answer, error) {
	t := c.twin
	for order := range t.orders.all() {
		i := slices.IndexFunc(order.SalesOrderLines, func(l SalesOrderLine) bool { return l.Guid == c.guids[0] })
		if i < 0 {
			continue
		}
		if !order.open() {
			return answer{}, refused("Sales order %s is %s and cannot be changed.", order.OrderNumber, order.OrderStatus)
		}
		next := *order
		next.SalesOrderLines = slices.Delete(slices.Clone(order.SalesOrderLines), i, i+1)
		next.SubTotal, next.TaxTotal, next.Total = Amount{}, Amount{}, Amount{}
		if err := t.settleOrder(&next, TotalsRecomputed, true); err != nil {
			return answer{}, err
		}
		if err := t.fitsShipments(&next); err != nil {
			return answer{}, err
		}
		t.storeOrder(&next)
		return ok(nil)
	}
	return answer{}, missing("sales order line", c.guids[0])
}

// completeOrder ships and invoices what is left of an order.
func completeOrder(c *call) (answer, error) {
	t := c.twin
	order, err := existing(t.orders, "sales order", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if order.OrderStatus == Completed && t.knobs.CompleteTwiceAccepted {
		return ok(t.renderOrder(order, true))
	}
	plan, err := t.planCompletion(order)
	if err != nil {
		return answer{}, err
	}
	if t.inert(StepComplete) {
		return ok(t.renderOrder(order, true))
	}
	return ok(t.renderOrder(plan.carryOut(), true))
}

// outstanding is what is left to ship of each product line that has stock.
func (t *Twin) outstanding(o *SalesOrder) map[int]decimal.Decimal {
	left := map[int]decimal.Decimal{}
	held := t.heldByLine(o.Guid, uuid.Nil)
	for _, line := range o.SalesOrderLines {
		if line.Product == nil {
			continue
		}
		product := t.products.get(line.Product.Guid)
		if product == nil || product.NeverDiminishing {
			continue
		}
		if rest := line.OrderQuantity.Decimal.Sub(held[line.LineNumber]); rest.IsPositive() {
			left[line.LineNumber] = rest
		}
	}
	return left
}
