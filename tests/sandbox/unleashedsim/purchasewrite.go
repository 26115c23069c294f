package unleashedsim

import (
	"slices"

	"github.com/google/uuid"
)

// openPurchaseStatuses are those that a caller may give a purchase order.
var openPurchaseStatuses = []string{Parked, Placed, Costed, Unapproved}

func postPurchase(c *call) (answer, error) {
	t := c.twin
	var next PurchaseOrder
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if err := c.identify(&next.Guid); err != nil {
		return answer{}, err
	}
	if old := t.purchases.get(next.Guid); old != nil {
		return answer{}, refused("Purchase order %s already exists.", old.OrderNumber)
	}
	if next.OrderStatus == "" {
		next.OrderStatus = Parked
	}
	next.ReceivedDate, next.CompletedDate, next.Printed = Day{}, Instant{}, false
	for i := range next.PurchaseOrderLines {
		next.PurchaseOrderLines[i].ReceiptQuantity = Quantity{}
	}
	return c.storePurchase(&next, false, created)
}

// putPurchase replaces the header of an open order, and its lines by their GUIDs.
func putPurchase(c *call) (answer, error) {
	old, err := c.openPurchase()
	if err != nil {
		return answer{}, err
	}
	var next PurchaseOrder
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if next.Guid != uuid.Nil && next.Guid != old.Guid {
		return answer{}, invalid("Guid", "The path says %s, the body says %s.", old.Guid, next.Guid)
	}
	keepOmitted(c, &next, old)
	next.Stamp, next.OrderNumber, next.Currency = old.Stamp, old.OrderNumber, old.Currency
	next.ReceivedDate, next.CompletedDate, next.Printed = old.ReceivedDate, old.CompletedDate, old.Printed
	next.PurchaseOrderLines = mergeLines(c.twin, old.PurchaseOrderLines, next.PurchaseOrderLines, func(l *PurchaseOrderLine) *uuid.UUID { return &l.Guid })
	keepReceipts(next.PurchaseOrderLines, old.PurchaseOrderLines)
	return c.storePurchase(&next, true, ok)
}

// keepReceipts leaves what was received to the receipts.
func keepReceipts(lines, old []PurchaseOrderLine) {
	for i := range lines {
		lines[i].ReceiptQuantity = Quantity{}
		if at := slices.IndexFunc(old, func(l PurchaseOrderLine) bool { return l.Guid == lines[i].Guid }); at >= 0 {
			lines[i].ReceiptQuantity = old[at].ReceiptQuantity
		}
	}
}

// storePurchase checks and saves what a request makes of an order.
func (c *call) storePurchase(next *PurchaseOrder, optional bool, done func([]byte) (answer, error)) (answer, error) {
	if !slices.Contains(openPurchaseStatuses, next.OrderStatus) {
		return answer{}, invalid("OrderStatus", "A purchase order cannot be put to %q.", next.OrderStatus)
	}
	if err := c.twin.settlePurchase(next, c.twin.knobs.Totals, optional); err != nil {
		return answer{}, err
	}
	for _, line := range next.PurchaseOrderLines {
		if line.outstanding().IsNegative() {
			return answer{}, invalid("PurchaseOrderLines", "Line %d has %s received already.", line.LineNumber, line.ReceiptQuantity.Decimal)
		}
	}
	c.twin.storePurchase(next)
	return done(c.twin.renderPurchase(next, true, true))
}

// openPurchase is the order that the path names, which must not be receipted or
// final.
func (c *call) openPurchase() (*PurchaseOrder, error) {
	order, err := existing(c.twin.purchases, "purchase order", c.guids[0])
	if err != nil {
		return nil, err
	}
	return order, order.changeable()
}

func deletePurchase(c *call) (answer, error) {
	order, err := c.openPurchase()
	if err != nil {
		return answer{}, err
	}
	next := *order
	next.OrderStatus, next.CustomOrderStatus = Deleted, ""
	c.twin.storePurchase(&next)
	return ok(nil)
}

func postPurchaseLine(c *call) (answer, error) {
	var line PurchaseOrderLine
	if err := c.read(&line); err != nil {
		return answer{}, err
	}
	line.ReceiptQuantity = Quantity{}
	return c.changePurchaseLines(created, func(lines []PurchaseOrderLine, _ int) []PurchaseOrderLine { return append(lines, line) })
}

func putPurchaseLine(c *call) (answer, error) {
	var line PurchaseOrderLine
	if err := c.read(&line); err != nil {
		return answer{}, err
	}
	return c.changePurchaseLines(ok, func(lines []PurchaseOrderLine, at int) []PurchaseOrderLine {
		line.Guid, line.LineNumber, line.ReceiptQuantity = lines[at].Guid, lines[at].LineNumber, lines[at].ReceiptQuantity
		if line.Product == nil {
			line.Product = lines[at].Product
		}
		lines[at] = line
		return lines
	})
}

func deletePurchaseLine(c *call) (answer, error) {
	return c.changePurchaseLines(ok, func(lines []PurchaseOrderLine, at int) []PurchaseOrderLine { return slices.Delete(lines, at, at+1) })
}

// changePurchaseLines changes the lines of the open order that the path names, and
// counts its totals anew; the change is told where the line is that the path
// names, if it names one.
func (c *call) changePurchaseLines(done func([]byte) (answer, error), change func([]PurchaseOrderLine, int) []PurchaseOrderLine) (answer, error) {
	old, err := c.openPurchase()
	if err != nil {
		return answer{}, err
	}
	at, err := lineOf(c, old.PurchaseOrderLines, func(l PurchaseOrderLine) uuid.UUID { return l.Guid })
	if err != nil {
		return answer{}, err
	}
	next := *old
	next.PurchaseOrderLines = change(slices.Clone(old.PurchaseOrderLines), at)
	next.SubTotal, next.TaxTotal, next.Total = Amount{}, Amount{}, Amount{}
	return c.storePurchase(&next, true, done)
}
