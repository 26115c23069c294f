package unleashedsim

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

func postShipment(c *call) (answer, error) {
	t := c.twin
	var next SalesShipment
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if err := c.identify(&next.Guid); err != nil {
		return answer{}, err
	}
	if old := t.shipments.get(next.Guid); old != nil {
		return answer{}, refused("Shipment %s already exists.", old.ShipmentNumber)
	}
	next.ShipmentNumber = ""
	if next.ShipmentStatus == Dispatched && t.inert(StepDispatch) {
		next.ShipmentStatus = Placed
	}
	if t.knobs.ShipmentCommentsDropped {
		next.Comments = ""
	}
	shipment, err := t.storeShipment(&next)
	if err != nil {
		return answer{}, err
	}
	return created(t.renderShipment(shipment, true))
}

// putShipment replaces an open shipment. Once it is Dispatched it cannot change.
func putShipment(c *call) (answer, error) {
	t := c.twin
	old, err := existing(t.shipments, "shipment", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	var next SalesShipment
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if next.Guid != uuid.Nil && next.Guid != old.Guid {
		return answer{}, invalid("Guid", "The path says %s, the body says %s.", old.Guid, next.Guid)
	}
	if old.ShipmentStatus == Dispatched && t.knobs.TrackingAfterDispatch {
		tracking := next.TrackingNumber
		return ok(t.renderShipment(t.changeShipment(old, func(s *SalesShipment) { s.TrackingNumber = tracking }), true))
	}
	if err := old.changeable(); err != nil {
		return answer{}, err
	}
	keepOmitted(c, &next, old)
	if next.ShipmentStatus == Dispatched && t.inert(StepDispatch) {
		next.ShipmentStatus = old.ShipmentStatus
	}
	if t.knobs.ShipmentCommentsDropped {
		next.Comments = old.Comments
	}
	next.Stamp, next.ShipmentNumber, next.OrderNumber = old.Stamp, old.ShipmentNumber, old.OrderNumber
	if len(next.SalesShipmentLines) == 0 {
		return answer{}, invalid("SalesShipmentLines", "The lines are needed.")
	}
	next.SalesShipmentLines = mergeLines(t, old.SalesShipmentLines, next.SalesShipmentLines, func(l *SalesShipmentLine) *uuid.UUID { return &l.Guid })
	shipment, err := t.storeShipment(&next)
	if err != nil {
		return answer{}, err
	}
	return ok(t.renderShipment(shipment, true))
}

func (s *SalesShipment) changeable() error {
	if s.ShipmentStatus == Dispatched || s.ShipmentStatus == Deleted {
		return refused("Shipment %s is already %s and cannot be changed.", s.ShipmentNumber, s.ShipmentStatus)
	}
	return nil
}

func deleteShipment(c *call) (answer, error) {
	shipment, err := existing(c.twin.shipments, "shipment", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if err := shipment.changeable(); err != nil {
		return answer{}, err
	}
	c.twin.changeShipment(shipment, func(s *SalesShipment) { s.setStatus(Deleted) })
	return ok(nil)
}

func deleteShipmentLine(c *call) (answer, error) {
	for shipment := range c.twin.shipments.all() {
		i := slices.IndexFunc(shipment.SalesShipmentLines, func(l SalesShipmentLine) bool { return l.Guid == c.guids[0] })
		if i < 0 {
			continue
		}
		if err := shipment.changeable(); err != nil {
			return answer{}, err
		}
		c.twin.changeShipment(shipment, func(s *SalesShipment) {
			s.SalesShipmentLines = slices.Delete(slices.Clone(s.SalesShipmentLines), i, i+1)
		})
		return ok(nil)
	}
	return answer{}, missing("shipment line", c.guids[0])
}

// changeShipment saves a changed copy of a shipment and counts anew what its order
// allocates.
func (t *Twin) changeShipment(old *SalesShipment, change func(*SalesShipment)) *SalesShipment {
	next := *old
	change(&next)
	save(t, t.shipments, &next)
	if order := t.orders.get(next.OrderGuid); order != nil {
		t.allocate(order)
	}
	return &next
}

// storeShipment checks a shipment against its order and saves it; one that is to
// be Dispatched takes its stock.
func (t *Twin) storeShipment(s *SalesShipment) (*SalesShipment, error) {
	order := t.orders.find(s.OrderNumber)
	if order == nil {
		return nil, invalid("OrderNumber", "There is no sales order %q.", s.OrderNumber)
	}
	if !order.open() {
		return nil, refused("Sales order %s is %s.", order.OrderNumber, order.OrderStatus)
	}
	if _, known := shipmentStatuses[s.ShipmentStatus]; !known || s.ShipmentStatus == Deleted {
		return nil, invalid("ShipmentStatus", "A shipment cannot be %q.", s.ShipmentStatus)
	}
	if len(s.SalesShipmentLines) == 0 {
		return nil, invalid("SalesShipmentLines", "At least one line is needed.")
	}
	if err := t.settleCarrier(s); err != nil {
		return nil, err
	}
	if err := t.settleShipmentLines(s, order); err != nil {
		return nil, err
	}
	t.fillFromOrder(s, order)
	b := t.newBooking()
	if s.ShipmentStatus == Dispatched {
		if err := t.bookShipment(b, s); err != nil {
			return nil, err
		}
		if s.DispatchDate.IsZero() {
			s.DispatchDate = t.today()
		}
	}
	b.commit()
	t.saveShipment(s, order)
	if s.ShipmentStatus == Dispatched && t.knobs.DispatchAllCompletes && len(t.undispatched(order)) == 0 {
		plan, err := t.planCompletion(order)
		if err != nil {
			return nil, err
		}
		plan.carryOut()
	}
	return s, nil
}

func (t *Twin) saveShipment(s *SalesShipment, order *SalesOrder) {
	if s.ShipmentNumber == "" {
		s.ShipmentNumber = t.nextNumber("SS", func(number string) bool { return t.shipments.find(number) != nil })
	}
	if t.shipments.get(s.Guid) == nil {
		t.shipmentsOf[order.Guid] = append(t.shipmentsOf[order.Guid], s.Guid)
	}
	s.setStatus(s.ShipmentStatus)
	save(t, t.shipments, s)
	t.allocate(order)
}

// fillFromOrder copies what a shipment shows of its order.
func (t *Twin) fillFromOrder(s *SalesShipment, o *SalesOrder) {
	s.OrderGuid, s.Customer, s.Warehouse, s.CustomerRef = o.Guid, o.Customer, o.Warehouse, o.CustomerRef
	s.DeliveryName, s.DeliveryStreetAddress, s.DeliveryStreetAddress2 = o.DeliveryName, o.DeliveryStreetAddress, o.DeliveryStreetAddress2
	s.DeliverySuburb, s.DeliveryCity, s.DeliveryRegion = o.DeliverySuburb, o.DeliveryCity, o.DeliveryRegion
	s.DeliveryCountry, s.DeliveryPostCode, s.DeliveryInstruction = o.DeliveryCountry, o.DeliveryPostCode, o.DeliveryInstruction
}

// settleCarrier finds the shipping company by GUID or name.
func (t *Twin) settleCarrier(s *SalesShipment) error {
	company := s.ShippingCompany
	if wanted := t.knobs.ShippingCompanyWritten; wanted != CompanyEither && company.given != CompanyEither && company.given != wanted {
		return invalid("ShippingCompany", "The value is no %s.", wanted)
	}
	if company.Guid != uuid.Nil {
		carrier, err := resolve(t.carriers, "ShippingCompany", company.Guid, "")
		if err != nil {
			return err
		}
		s.ShippingCompany = ShippingCompany{Guid: carrier.Guid, Name: carrier.Name}
		return nil
	}
	carrier, err := nameIn(t, t.carriers, "ShippingCompany", company.Name, named(company.Name))
	if err != nil || carrier == nil {
		return err
	}
	s.ShippingCompany = ShippingCompany{Guid: carrier.Guid, Name: carrier.Name}
	return nil
}

// settleShipmentLines holds the lines against those of the order: the product must
// be the same, and all shipments together may not exceed what was ordered.
func (t *Twin) settleShipmentLines(s *SalesShipment, order *SalesOrder) error {
	held := t.heldByLine(order.Guid, s.Guid)
	value := decimal.Zero
	for i := range s.SalesShipmentLines {
		line := &s.SalesShipmentLines[i]
		name := fmt.Sprintf("SalesShipmentLines[%d]", i)
		ordered := order.line(line.SalesOrderLineNumber)
		if ordered == nil || ordered.Product == nil {
			return invalid(name+".SalesOrderLineNumber", "Sales order %s has no product on line %d.", order.OrderNumber, line.SalesOrderLineNumber)
		}
		product, err := t.product(name+".Product", line.Product)
		if err != nil {
			return err
		}
		if product.Guid != ordered.Product.Guid {
			return invalid(name+".Product", "Line %d of sales order %s is product %s, not %s.", ordered.LineNumber, order.OrderNumber, ordered.Product.ProductCode, product.ProductCode)
		}
		if !line.ShipmentQty.Decimal.IsPositive() {
			return invalid(name+".ShipmentQty", "A quantity above 0 is needed.")
		}
		held[ordered.LineNumber] = held[ordered.LineNumber].Add(line.ShipmentQty.Decimal)
		if held[ordered.LineNumber].GreaterThan(ordered.OrderQuantity.Decimal) {
			return invalid(name+".ShipmentQty", "Line %d of sales order %s has %s ordered, its shipments come to %s.", ordered.LineNumber, order.OrderNumber, ordered.OrderQuantity.Decimal, held[ordered.LineNumber])
		}
		if len(line.BatchNumbers)+len(line.SerialNumbers) > 0 {
			if err := t.settleNumbers(product, name, line.ShipmentQty.Decimal, &line.BatchNumbers, &line.SerialNumbers); err != nil {
				return err
			}
		}
		t.fillShipmentLine(line, ordered, product, i)
		value = value.Add(line.CommercialMonetaryValue.Decimal)
	}
	s.TotalCommercialValue.put(value)
	return nil
}

func (t *Twin) fillShipmentLine(line *SalesShipmentLine, ordered *SalesOrderLine, product *Product, i int) {
	line.Product, line.LineNumber = product.brief(), i+1
	line.UnitCost.put(t.book.average(product.Guid))
	net := decimal.NewFromInt(1).Sub(ordered.DiscountRate.Decimal).Mul(ordered.UnitPrice.Decimal)
	line.CommercialMonetaryValue.put(net.Mul(line.ShipmentQty.Decimal))
	t.mint(&line.Guid, &line.LastModifiedOn)
	if line.CreatedOn.IsZero() {
		line.CreatedOn, line.CreatedBy = line.LastModifiedOn, Text(t.actor)
	}
	line.LastModifiedBy = Text(t.actor)
}

// bookShipment takes what a shipment holds out of its warehouse.
func (t *Twin) bookShipment(b *booking, s *SalesShipment) error {
	for i, line := range s.SalesShipmentLines {
		product := t.products.get(line.Product.Guid)
		if product == nil {
			return refused("Product %s is deleted.", line.Product.ProductCode)
		}
		if err := b.add(fmt.Sprintf("SalesShipmentLines[%d]", i), movement{
			product: product, warehouse: s.Warehouse, quantity: line.ShipmentQty.Decimal.Neg(),
			batches: line.BatchNumbers, serials: line.SerialNumbers, sale: true,
		}, t.knobs.ShortSalesRefused); err != nil {
			return err
		}
	}
	return nil
}

// undispatched is what has not left yet of each stocked line.
func (t *Twin) undispatched(o *SalesOrder) []int {
	gone := t.sumByLine(o.Guid, func(s *SalesShipment) bool { return s.ShipmentStatus == Dispatched })
	var lines []int
	for _, line := range o.SalesOrderLines {
		if line.Product != nil && t.stocked(line.Product.Guid) && gone[line.LineNumber].LessThan(line.OrderQuantity.Decimal) {
			lines = append(lines, line.LineNumber)
		}
	}
	return lines
}
