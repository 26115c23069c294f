package unleashedsim

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// completion is what the completion of a sales order will do, checked before
// anything of it is done.
type completion struct {
	twin       *Twin
	order      *SalesOrder
	booking    *booking
	shipments  []*SalesShipment
	assemblies []*Assembly
}

// planCompletion dispatches the open shipments of an order and ships what is left
// on one more. Tracked products need their numbers, on the shipment or else on the
// order's line. Products that assemble themselves are built where they are short.
func (t *Twin) planCompletion(o *SalesOrder) (*completion, error) {
	if !o.open() {
		return nil, refused("Sales order %s is already %s.", o.OrderNumber, o.OrderStatus)
	}
	c := &completion{twin: t, order: o, booking: t.newBooking()}
	for s := range t.shipmentsOfOrder(o.Guid) {
		if s.ShipmentStatus != Dispatched && s.ShipmentStatus != Deleted {
			next := *s
			c.shipments = append(c.shipments, &next)
		}
	}
	if rest := c.rest(); len(rest.SalesShipmentLines) > 0 {
		c.shipments = append(c.shipments, rest)
	}
	for _, s := range c.shipments {
		s.setStatus(Dispatched)
		if s.DispatchDate.IsZero() {
			s.DispatchDate = t.today()
		}
		if err := c.assemble(s); err != nil {
			return nil, err
		}
		if err := t.bookShipment(c.booking, s); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// rest is a shipment of what no shipment holds.
func (c *completion) rest() *SalesShipment {
	t, o := c.twin, c.order
	s := &SalesShipment{OrderNumber: o.OrderNumber, Stamp: Stamp{Mark: t.newMark()}}
	t.fillFromOrder(s, o)
	left := t.outstanding(o)
	value := decimal.Zero
	for i := range o.SalesOrderLines {
		ordered := &o.SalesOrderLines[i]
		quantity, open := left[ordered.LineNumber]
		if !open {
			continue
		}
		line := SalesShipmentLine{SalesOrderLineNumber: ordered.LineNumber}
		line.ShipmentQty.put(quantity)
		line.BatchNumbers, line.SerialNumbers = c.unshippedNumbers(ordered)
		t.fillShipmentLine(&line, ordered, t.products.get(ordered.Product.Guid), len(s.SalesShipmentLines))
		value = value.Add(line.CommercialMonetaryValue.Decimal)
		s.SalesShipmentLines = append(s.SalesShipmentLines, line)
	}
	s.TotalCommercialValue.put(value)
	return s
}

// unshippedNumbers is what a line of the order names and no shipment has taken.
func (c *completion) unshippedNumbers(ordered *SalesOrderLine) (batches []BatchNumber, serials []SerialNumber) {
	taken, gone := map[string]decimal.Decimal{}, map[string]bool{}
	for s := range c.twin.shipmentsOfOrder(c.order.Guid) {
		for _, line := range s.SalesShipmentLines {
			if s.ShipmentStatus == Deleted || line.SalesOrderLineNumber != ordered.LineNumber {
				continue
			}
			for _, batch := range line.BatchNumbers {
				taken[batch.Number] = taken[batch.Number].Add(batch.Quantity.Decimal)
			}
			for _, serial := range line.SerialNumbers {
				gone[serial.Identifier] = true
			}
		}
	}
	for _, batch := range ordered.BatchNumbers {
		batch.Guid = c.twin.newGUID()
		batch.Quantity.put(batch.Quantity.Decimal.Sub(taken[batch.Number]))
		if batch.Quantity.Decimal.IsPositive() {
			batches = append(batches, batch)
		}
	}
	serials = slices.DeleteFunc(slices.Clone(ordered.SerialNumbers), func(s SerialNumber) bool { return gone[s.Identifier] })
	for i := range serials {
		serials[i].Guid = c.twin.newGUID()
	}
	return batches, serials
}

// assemble plans an assembly for each line whose product assembles itself and is
// short.
func (c *completion) assemble(s *SalesShipment) error {
	for _, line := range s.SalesShipmentLines {
		product := c.twin.products.get(line.Product.Guid)
		if product == nil || !c.twin.assembles(product.Guid) {
			continue
		}
		short := c.booking.short(product, s.Warehouse, line.ShipmentQty.Decimal)
		if !short.IsPositive() {
			continue
		}
		a := &Assembly{AutoAssembly: true, Product: product.brief(), SourceWarehouse: s.Warehouse, DestinationWarehouse: s.Warehouse, SalesOrderNumber: Text(c.order.OrderNumber), AssemblyStatus: Completed}
		a.Mark = c.twin.newMark()
		a.Quantity.put(short)
		if err := c.twin.explode(a); err != nil {
			return err
		}
		if err := c.twin.settleAssembly(a); err != nil {
			return err
		}
		if err := c.twin.bookAssembly(c.booking, a); err != nil {
			return fmt.Errorf("assembling for sales order %s: %w", c.order.OrderNumber, err)
		}
		c.assemblies = append(c.assemblies, a)
	}
	return nil
}

// carryOut moves the stock, saves the shipments, completes the order and invoices
// it.
func (c *completion) carryOut() *SalesOrder {
	t := c.twin
	c.booking.commit()
	next := *c.order
	next.SalesOrderLines = slices.Clone(next.SalesOrderLines)
	for _, a := range c.assemblies {
		t.saveAssembly(a)
		for i := range next.SalesOrderLines {
			line := &next.SalesOrderLines[i]
			if line.Product != nil && line.Product.Guid == a.Product.Guid {
				line.Assembly = &AssemblyBrief{Guid: a.Guid, AssemblyNumber: a.AssemblyNumber, AssemblyStatus: a.AssemblyStatus}
			}
		}
	}
	next.OrderStatus, next.CustomOrderStatus, next.CompletedDate = Completed, "", Instant{t.now()}
	for _, s := range c.shipments {
		if s.ShipmentNumber != "" || !t.knobs.CompleteWithoutShipment {
			t.saveShipment(s, &next)
		}
	}
	t.storeOrder(&next)
	if !t.knobs.CompleteWithoutInvoice {
		t.invoice(&next)
	}
	return &next
}
