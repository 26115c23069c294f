package unleashedsim

import (
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Statuses of documents.
const (
	Parked      = "Parked"
	Placed      = "Placed"
	Backordered = "Backordered"
	Completed   = "Completed"
	Deleted     = "Deleted"
)

// Charge is the LineType of a line that is no product, such as carriage. The
// literal is an assumption.
const Charge = "Charge"

// SalesOrder with its lines.
type SalesOrder struct {
	SalesOrderLines           []SalesOrderLine
	OrderNumber               string `max:"20"`
	OrderDate                 Day
	RequiredDate              Day
	CompletedDate             Instant
	ReceivedDate              Day
	PaymentDueDate            Day
	OrderStatus               string `max:"20"`
	CustomOrderStatus         Text   `max:"15"`
	Customer                  *CustomerBrief
	CustomerRef               Text `max:"500"`
	Comments                  Text `max:"2048"`
	Warehouse                 *Warehouse
	DeliveryName              Text `max:"500"`
	DeliveryStreetAddress     Text `max:"500"`
	DeliveryStreetAddress2    Text `max:"500"`
	DeliverySuburb            Text `max:"500"`
	DeliveryCity              Text `max:"500"`
	DeliveryRegion            Text `max:"500"`
	DeliveryCountry           Text `max:"500"`
	DeliveryPostCode          Text `max:"50"`
	DeliveryInstruction       Text `max:"500"`
	DeliveryMethod            Text `max:"50"`
	DeliveryContact           *DeliveryContact
	Currency                  *Currency
	ExchangeRate              Rate
	DiscountRate              Quantity
	Tax                       *Tax
	TaxRate                   Rate
	XeroTaxCode               Text
	SubTotal                  Amount
	TaxTotal                  Amount
	Total                     Amount
	BCSubTotal                Amount
	BCTaxTotal                Amount
	BCTotal                   Amount
	TotalVolume               Quantity
	TotalWeight               Quantity
	SalesAccount              Text `max:"50"`
	SalesOrderGroup           Text `max:"50"`
	SalesPerson               *Salesperson
	AllocateProduct           bool
	SendAccountingJournalOnly bool
	SourceId                  Text `max:"500"`
	Stamp
}

// DeliveryContact is the person that an order goes to.
type DeliveryContact struct {
	Guid         uuid.UUID
	FirstName    Text `max:"500"`
	LastName     Text `max:"500"`
	EmailAddress Text `max:"500"`
	PhoneNumber  Text `max:"500"`
	MobilePhone  Text `max:"500"`
	OfficePhone  Text `max:"500"`
}

// SalesOrderLine is a product or a charge.
type SalesOrderLine struct {
	LineNumber                     int
	LineType                       Text
	Product                        *ProductBrief
	Assembly                       *AssemblyBrief
	DueDate                        Day
	OrderQuantity                  Quantity
	UnitPrice                      Quantity
	DiscountRate                   Quantity
	LineTotal                      LineAmount
	Volume                         Quantity
	Weight                         Quantity
	Comments                       Text `max:"1024"`
	UnitCost                       Cost
	AverageLandedPriceAtTimeOfSale Cost
	TaxRate                        Rate
	LineTax                        Amount
	XeroTaxCode                    Text
	BCUnitPrice                    Quantity
	BCLineTotal                    Amount
	BCLineTax                      Amount
	LineTaxCode                    Text `max:"50"`
	XeroSalesAccount               Text
	CostOfGoodsAccount             Text
	SerialNumbers                  []SerialNumber
	BatchNumbers                   []BatchNumber
	Guid                           uuid.UUID
	LastModifiedOn                 Instant
}

// AssemblyBrief is the assembly that was made for a line.
type AssemblyBrief struct {
	Guid           uuid.UUID
	AssemblyNumber string
	AssemblyStatus string
}

func (o *SalesOrder) open() bool {
	return o.OrderStatus != Completed && o.OrderStatus != Deleted
}

func (o *SalesOrder) line(number int) *SalesOrderLine {
	if i := slices.IndexFunc(o.SalesOrderLines, func(l SalesOrderLine) bool { return l.LineNumber == number }); i >= 0 {
		return &o.SalesOrderLines[i]
	}
	return nil
}

// settleOrder checks an order, finds what it refers to and fills in what it leaves
// out. Totals that are missing are filled in when optional is set.
func (t *Twin) settleOrder(o *SalesOrder, rule TotalsRule, optional bool) error {
	if err := t.settleParties(o); err != nil {
		return err
	}
	if err := t.settleStatus(o); err != nil {
		return err
	}
	if err := t.checkDelivery(o.DeliveryMethod, o.SalesOrderGroup); err != nil {
		return err
	}
	if o.OrderDate.IsZero() {
		o.OrderDate = t.today()
	}
	if o.PaymentDueDate.IsZero() {
		o.PaymentDueDate = o.OrderDate
	}
	o.DiscountRate.fill(decimal.Zero)
	return t.settleOrderLines(o, rule, optional)
}

// settleParties finds customer, warehouse, currency, tax and salesperson.
func (t *Twin) settleParties(o *SalesOrder) error {
	if o.Customer == nil {
		return invalid("Customer", "A customer is needed.")
	}
	customer, err := resolve(t.customers, "Customer", o.Customer.Guid, o.Customer.CustomerCode)
	if err != nil {
		return err
	}
	o.Customer = customer.brief()
	if o.Warehouse, err = t.warehouse("Warehouse", o.Warehouse); err != nil {
		return err
	}
	if o.Currency == nil {
		o.Currency = customer.Currency
	}
	if o.Currency, err = resolve(t.currencies, "Currency", o.Currency.Guid, o.Currency.CurrencyCode); err != nil {
		return err
	}
	o.ExchangeRate.fill(decimal.NewFromInt(1))
	if o.Tax, err = t.tax(o.Tax, string(customer.TaxCode)); err != nil {
		return err
	}
	o.TaxRate = o.Tax.TaxRate
	o.XeroTaxCode = Text(o.Tax.TaxCode)
	if o.SalesPerson != nil {
		o.SalesPerson, err = resolve(t.salespeople, "SalesPerson", o.SalesPerson.Guid, o.SalesPerson.Email)
	}
	return err
}

// tax finds the tax that a body names, else the one with a code, else None.
func (t *Twin) tax(given *Tax, code string) (*Tax, error) {
	if given != nil && (given.Guid != uuid.Nil || given.TaxCode != "") {
		return resolve(t.taxes, "Tax", given.Guid, given.TaxCode)
	}
	if code == "" {
		return t.untaxed, nil
	}
	return resolve(t.taxes, "Tax", uuid.Nil, code)
}

// settleStatus allows the statuses that are not final, which are reached by other
// ways, and custom statuses only as an extension of Parked.
func (t *Twin) settleStatus(o *SalesOrder) error {
	if o.CustomOrderStatus != "" && !t.statuses[string(o.CustomOrderStatus)] {
		return invalid("CustomOrderStatus", "There is no custom status %q.", o.CustomOrderStatus)
	}
	if o.OrderStatus == "" {
		o.OrderStatus = Parked
	}
	switch o.OrderStatus {
	case Parked:
	case Placed, Backordered:
		o.CustomOrderStatus = ""
	default:
		return invalid("OrderStatus", "A sales order cannot be put to %q.", o.OrderStatus)
	}
	return nil
}

// storeOrder saves an order and what it allocates.
func (t *Twin) storeOrder(o *SalesOrder) {
	event := "salesorder.created"
	if t.orders.get(o.Guid) != nil {
		event = "salesorder.updated"
	}
	if o.OrderStatus == Deleted {
		event = "salesorder.deleted"
	}
	save(t, t.orders, o)
	t.allocate(o)
	t.emit(event, o.Guid)
}
