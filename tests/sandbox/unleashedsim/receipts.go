package unleashedsim

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// received is what came of one line.
type received struct {
	line     *PurchaseOrderLine
	quantity decimal.Decimal
	batches  []BatchNumber
	serials  []SerialNumber
}

// receiptPurchase books in what came. Its body is not known: none is all that is
// outstanding; otherwise the order, or its lines alone, with a ReceiptQuantity
// each, and a line that is left out did not come.
func receiptPurchase(c *call) (answer, error) {
	t := c.twin
	order, err := c.openPurchase()
	if err != nil {
		return answer{}, err
	}
	next := *order
	next.PurchaseOrderLines = slices.Clone(order.PurchaseOrderLines)
	came, err := c.readReceipt(&next)
	if err != nil {
		return answer{}, err
	}
	if t.inert(StepReceipt) {
		return ok(t.renderPurchase(order, true, true))
	}
	if err := t.receipt(&next, came); err != nil {
		return answer{}, err
	}
	return ok(t.renderPurchase(t.purchases.get(next.Guid), true, true))
}

func (c *call) readReceipt(o *PurchaseOrder) ([]received, error) {
	if len(bytes.TrimSpace(c.raw)) == 0 || c.twin.knobs.ReceiptBody == ReceiptBodyIgnored {
		return everything(o), nil
	}
	if c.twin.knobs.ReceiptBody == ReceiptNoBody {
		return nil, refused("A receipt has no body.")
	}
	var given PurchaseOrder
	if err := c.read(&given); err != nil {
		return nil, err
	}
	if len(given.PurchaseOrderLines) == 0 {
		return everything(o), nil
	}
	var came []received
	for i, line := range given.PurchaseOrderLines {
		at := slices.IndexFunc(o.PurchaseOrderLines, func(l PurchaseOrderLine) bool {
			if line.Guid != uuid.Nil {
				return l.Guid == line.Guid
			}
			return l.LineNumber == line.LineNumber
		})
		name := fmt.Sprintf("PurchaseOrderLines[%d]", i)
		if at < 0 {
			return nil, invalid(name, "Purchase order %s has no such line.", o.OrderNumber)
		}
		if !line.ReceiptQuantity.Valid || line.ReceiptQuantity.Decimal.IsNegative() {
			return nil, invalid(name+".ReceiptQuantity", "A quantity of at least 0 is needed.")
		}
		came = append(came, received{&o.PurchaseOrderLines[at], line.ReceiptQuantity.Decimal, line.BatchNumbers, line.SerialNumbers})
	}
	return came, nil
}

// everything is all that is outstanding, with the numbers that the lines name.
func everything(o *PurchaseOrder) []received {
	var came []received
	for i := range o.PurchaseOrderLines {
		line := &o.PurchaseOrderLines[i]
		came = append(came, received{line, line.outstanding(), line.BatchNumbers, line.SerialNumbers})
	}
	return came
}

// receipt books in what came of an order and saves it. More than is outstanding is
// refused. Less splits the rest off to an order of its own, unless the account
// leaves it where it is.
func (t *Twin) receipt(o *PurchaseOrder, came []received) error {
	b := t.newBooking()
	sums := map[uuid.UUID]decimal.Decimal{}
	total := decimal.Zero
	for i, part := range came {
		line := part.line
		sums[line.Guid] = sums[line.Guid].Add(part.quantity)
		if sums[line.Guid].GreaterThan(line.outstanding()) {
			return invalid("ReceiptQuantity", "Product %s: %s is more than the %s that are outstanding.", line.Product.ProductCode, sums[line.Guid], line.outstanding())
		}
		total = total.Add(part.quantity)
		if part.quantity.IsZero() {
			continue
		}
		product := t.products.get(line.Product.Guid)
		if product == nil {
			return refused("Product %s is deleted.", line.Product.ProductCode)
		}
		if err := b.add(fmt.Sprintf("PurchaseOrderLines[%d]", i), movement{
			product: product, warehouse: o.Warehouse, quantity: part.quantity,
			cost: inBase(line.DiscountedUnitPrice.Decimal, o.ExchangeRate.Decimal), batches: part.batches, serials: part.serials,
		}, false); err != nil {
			return err
		}
	}
	if !total.IsPositive() {
		return refused("Nothing of purchase order %s is receipted.", o.OrderNumber)
	}
	b.commit()
	for _, part := range came {
		line := part.line
		if line.ReceiptQuantity.Decimal.IsZero() {
			line.BatchNumbers, line.SerialNumbers = part.batches, part.serials
		} else {
			line.BatchNumbers = append(slices.Clone(line.BatchNumbers), part.batches...)
			line.SerialNumbers = append(slices.Clone(line.SerialNumbers), part.serials...)
		}
		line.ReceiptQuantity.put(line.ReceiptQuantity.Decimal.Add(part.quantity))
	}
	o.ReceivedDate = t.today()
	open := slices.ContainsFunc(o.PurchaseOrderLines, func(l PurchaseOrderLine) bool { return l.outstanding().IsPositive() })
	switch {
	case !open:
		o.OrderStatus, o.CustomOrderStatus = Receipted, ""
	case !t.knobs.ReceiptKeepsOrder:
		return t.splitPurchase(o)
	}
	t.storePurchase(o)
	return nil
}

// suffix is what a split adds to the number of an order.
var suffix = regexp.MustCompile(`/\d+$`)

// splitPurchase leaves on an order what came and puts the rest onto a new one with
// the same number and a suffix.
func (t *Twin) splitPurchase(o *PurchaseOrder) error {
	rest := *o
	rest.Stamp = Stamp{Mark: t.newMark()}
	rest.ReceivedDate, rest.PurchaseOrderLines = Day{}, nil
	base := suffix.ReplaceAllString(o.OrderNumber, "")
	for n := 1; ; n++ {
		if rest.OrderNumber = fmt.Sprintf("%s/%d", base, n); t.purchases.find(rest.OrderNumber) == nil {
			break
		}
	}
	var came []PurchaseOrderLine
	for _, line := range o.PurchaseOrderLines {
		if left := line.outstanding(); left.IsPositive() {
			open := line
			open.Guid, open.ReceiptQuantity, open.BatchNumbers, open.SerialNumbers = uuid.Nil, Quantity{}, nil, nil
			open.OrderQuantity.put(left)
			rest.PurchaseOrderLines = append(rest.PurchaseOrderLines, open)
		}
		if line.ReceiptQuantity.Decimal.IsPositive() {
			line.OrderQuantity = line.ReceiptQuantity
			came = append(came, line)
		}
	}
	o.PurchaseOrderLines, o.OrderStatus, o.CustomOrderStatus = came, Receipted, ""
	for _, order := range []*PurchaseOrder{o, &rest} {
		if err := t.settlePurchase(order, TotalsRecomputed, true); err != nil {
			return err
		}
		t.storePurchase(order)
	}
	return nil
}

// completePurchase ends an order; what is not receipted yet is, all of it.
func completePurchase(c *call) (answer, error) {
	t := c.twin
	order, err := existing(t.purchases, "purchase order", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if order.final() && order.OrderStatus != Deleted && t.knobs.CompleteTwiceAccepted {
		return ok(t.renderPurchase(order, true, true))
	}
	if err := t.completePurchase(order); err != nil {
		return answer{}, err
	}
	return ok(t.renderPurchase(t.purchases.get(order.Guid), true, true))
}

func (t *Twin) completePurchase(order *PurchaseOrder) error {
	if order.final() {
		return refused("Purchase order %s is already %s.", order.OrderNumber, order.OrderStatus)
	}
	next := *order
	next.PurchaseOrderLines = slices.Clone(order.PurchaseOrderLines)
	if next.OrderStatus != Receipted {
		if err := t.receipt(&next, everything(&next)); err != nil {
			return err
		}
		next = *t.purchases.get(order.Guid)
	}
	next.OrderStatus, next.CompletedDate = t.knobs.PurchaseFinalStatus, Instant{t.now()}
	t.storePurchase(&next)
	for _, line := range next.PurchaseOrderLines {
		if product := t.products.get(line.Product.Guid); product != nil {
			changed := *product
			changed.LastCost.put(inBase(line.DiscountedUnitPrice.Decimal, next.ExchangeRate.Decimal))
			t.saveProduct(&changed)
		}
	}
	return nil
}
