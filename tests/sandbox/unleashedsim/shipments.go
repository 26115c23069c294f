package unleashedsim

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Dispatched is the final status of a shipment.
const Dispatched = "Dispatched"

// shipmentStatuses and their numbers; only that of Dispatched was seen.
var shipmentStatuses = map[string]int{
	Parked: 0, Placed: 1, "Picking": 2, "Packed": 3, Dispatched: 4, "Picked": 5, "Sent": 6, Deleted: 7,
}

// SalesShipment is what leaves, or left, for a sales order.
type SalesShipment struct {
	SalesShipmentLines     []SalesShipmentLine
	OrderNumber            string `max:"20"`
	OrderGuid              uuid.UUID
	ShipmentNumber         string
	ShipmentStatus         string
	ShipmentStatusEnum     int
	DispatchDate           Day
	TrackingNumber         Text
	ShippingCompany        ShippingCompany
	Comments               Text
	NumberOfPackages       *int
	ShipmentWeight         Quantity
	CustomerRef            Text
	DeliveryName           Text
	DeliveryStreetAddress  Text
	DeliveryStreetAddress2 Text
	DeliverySuburb         Text
	DeliveryCity           Text
	DeliveryRegion         Text
	DeliveryCountry        Text
	DeliveryPostCode       Text
	DeliveryInstruction    Text
	Incoterm               Text
	TotalCommercialValue   Quantity
	Customer               *CustomerBrief
	Warehouse              *Warehouse
	Stamp
}

// SalesShipmentLine belongs to the line of the order that SalesOrderLineNumber
// names.
type SalesShipmentLine struct {
	LineNumber              int
	SalesOrderLineNumber    int
	Product                 *ProductBrief
	ShipmentQty             Quantity
	UnitCost                Amount
	CommercialMonetaryValue Quantity
	SerialNumbers           []SerialNumber
	BatchNumbers            []BatchNumber
	CreatedOn               Instant
	CreatedBy               Text
	LastModifiedBy          Text
	Guid                    uuid.UUID
	LastModifiedOn          Instant
}

// ShippingCompany is read as a name or as an object with Guid or Name, and written
// as a name, or as an object when the account does that.
type ShippingCompany struct {
	Guid uuid.UUID
	Name string

	asObject bool        // shows it so
	given    CompanyForm // by a body
}

// MarshalJSON implements json.Marshaler.
func (s ShippingCompany) MarshalJSON() ([]byte, error) {
	if s.Name == "" || !s.asObject {
		return Text(s.Name).MarshalJSON()
	}
	return json.Marshal(map[string]any{"Guid": s.Guid, "Name": s.Name})
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *ShippingCompany) UnmarshalJSON(raw []byte) error {
	*s = ShippingCompany{}
	if strings.HasPrefix(string(raw), "{") {
		type object ShippingCompany
		err := json.Unmarshal(raw, (*object)(s))
		s.given = CompanyObject
		return err
	}
	var name Text
	err := name.UnmarshalJSON(raw)
	if s.Name = string(name); name != "" {
		s.given = CompanyName
	}
	return err
}

func (s *SalesShipment) setStatus(status string) {
	s.ShipmentStatus, s.ShipmentStatusEnum = status, shipmentStatuses[status]
}

// shipmentsOfOrder lists the shipments of an order, deleted ones too, in the order
// of their making.
func (t *Twin) shipmentsOfOrder(order uuid.UUID) iter.Seq[*SalesShipment] {
	return func(yield func(*SalesShipment) bool) {
		for _, guid := range t.shipmentsOf[order] {
			if s := t.shipments.get(guid); s != nil && !yield(s) {
				return
			}
		}
	}
}

// sumByLine adds up the shipments of an order by order line.
func (t *Twin) sumByLine(order uuid.UUID, counts func(*SalesShipment) bool) map[int]decimal.Decimal {
	sums := map[int]decimal.Decimal{}
	for s := range t.shipmentsOfOrder(order) {
		if !counts(s) {
			continue
		}
		for _, line := range s.SalesShipmentLines {
			sums[line.SalesOrderLineNumber] = sums[line.SalesOrderLineNumber].Add(line.ShipmentQty.Decimal)
		}
	}
	return sums
}

// heldByLine is what the shipments of an order hold, but for one of them.
func (t *Twin) heldByLine(order, except uuid.UUID) map[int]decimal.Decimal {
	return t.sumByLine(order, func(s *SalesShipment) bool { return s.Guid != except && s.ShipmentStatus != Deleted })
}

func listShipments(c *call) (answer, error) {
	t := c.twin
	numbers, err := c.query.flag("serialBatch", false)
	if err != nil {
		return answer{}, err
	}
	write := func(s *SalesShipment) json.RawMessage { return t.renderShipment(s, numbers) }
	s := newSieve[*SalesShipment](c)
	if number := c.query.text("orderNumber"); number != "" {
		// Overrides all other filters.
		var found []*SalesShipment
		if order := t.orders.find(number); order != nil {
			found = slices.SortedFunc(t.shipmentsOfOrder(order.Guid), func(a, b *SalesShipment) int {
				return b.LastModifiedOn.Compare(a.LastModifiedOn.Time)
			})
		}
		return pageOf(c, slices.Values(found), s, write)
	}
	s.from("startDate", createdOn[*SalesShipment])
	s.to("endDate", createdOn[*SalesShipment])
	s.modifiedSince(modified[*SalesShipment])
	s.oneOf("shipmentStatus", func(s *SalesShipment) string { return s.ShipmentStatus })
	s.exact("warehouseCode", func(s *SalesShipment) string { return s.Warehouse.WarehouseCode })
	rows := ordered(c, t.shipments.all(), map[string]func(a, b *SalesShipment) int{
		"":               byTime(modified[*SalesShipment]),
		"shipmentnumber": byText(func(s *SalesShipment) string { return s.ShipmentNumber }),
	})
	return pageOf(c, rows, s, write)
}

func getShipment(c *call) (answer, error) {
	numbers, err := c.query.flag("serialBatch", false)
	if err != nil {
		return answer{}, err
	}
	shipment, err := existing(c.twin.shipments, "shipment", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	return ok(c.twin.renderShipment(shipment, numbers))
}

// renderShipment writes a shipment, with batches and serial numbers where they are
// asked for.
func (t *Twin) renderShipment(s *SalesShipment, numbers bool) json.RawMessage {
	return render(t, s, numbersVariant(numbers), func(s *SalesShipment) any {
		view := *s
		view.Customer = t.currentCustomer(s.Customer)
		view.ShippingCompany.asObject = t.knobs.ShippingCompanyAsObject
		view.SalesShipmentLines = slices.Clone(s.SalesShipmentLines)
		for i := range view.SalesShipmentLines {
			line := &view.SalesShipmentLines[i]
			line.Product = t.current(line.Product)
			if !numbers {
				line.BatchNumbers, line.SerialNumbers = nil, nil
			}
		}
		return view
	})
}
