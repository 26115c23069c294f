package unleashedsim

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Invoice of a completed sales order. The API only reads invoices.
type Invoice struct {
	InvoiceLines        []InvoiceLine
	InvoiceNumber       string
	OrderNumber         string
	QuoteNumber         Text
	InvoiceDate         Day
	DueDate             Day
	InvoiceStatus       string
	Customer            *CustomerBrief
	Comments            Text
	Currency            *Currency
	ExchangeRate        Rate
	DeliveryAddress     InvoiceAddress
	PostalAddress       InvoiceAddress
	DeliveryInstruction Text
	PaymentTerm         string
	PaymentReceived     bool
	SubTotal            Amount
	TaxTotal            Amount
	Total               Amount
	BCSubTotal          Amount
	BCTaxTotal          Amount
	BCTotal             Amount
	Stamp
}

// InvoiceAddress has other names than the address of an order.
type InvoiceAddress struct {
	AddressName         Text
	StreetAddress       Text
	StreetAddress2      Text
	Suburb              Text
	City                Text
	Region              Text
	Country             Text
	PostalCode          Text
	DeliveryInstruction Text
}

// InvoiceLine is a line of the order that was invoiced.
type InvoiceLine struct {
	LineNumber      int
	LineType        Text
	Product         *ProductBrief
	OrderQuantity   Quantity
	InvoiceQuantity Quantity
	UnitPrice       Quantity
	DiscountRate    Quantity
	LineTotal       Amount
	LineTax         Amount
	TaxRate         Rate
	Comments        Text
	SerialNumbers   []SerialNumber
	BatchNumbers    []BatchNumber
	Guid            uuid.UUID
	LastModifiedOn  Instant
}

// invoice makes the invoice of an order that was completed.
func (t *Twin) invoice(o *SalesOrder) {
	customer := t.customers.get(o.Customer.Guid)
	next := Invoice{
		OrderNumber: o.OrderNumber, InvoiceDate: t.today(), DueDate: t.today(), InvoiceStatus: Completed,
		Customer: o.Customer, Comments: o.Comments, Currency: o.Currency, ExchangeRate: o.ExchangeRate, DeliveryInstruction: o.DeliveryInstruction,
		SubTotal: o.SubTotal, TaxTotal: o.TaxTotal, Total: o.Total, BCSubTotal: o.BCSubTotal, BCTaxTotal: o.BCTaxTotal, BCTotal: o.BCTotal,
		DeliveryAddress: InvoiceAddress{
			AddressName: o.DeliveryName, StreetAddress: o.DeliveryStreetAddress, StreetAddress2: o.DeliveryStreetAddress2, Suburb: o.DeliverySuburb,
			City: o.DeliveryCity, Region: o.DeliveryRegion, Country: o.DeliveryCountry, PostalCode: o.DeliveryPostCode, DeliveryInstruction: o.DeliveryInstruction,
		},
		Stamp: Stamp{Mark: t.newMark()},
	}
	if customer != nil {
		next.PaymentTerm = customer.PaymentTerm
		if i := slices.IndexFunc(customer.Addresses, func(a Address) bool { return a.AddressType == "Postal" }); i >= 0 {
			a := customer.Addresses[i]
			next.PostalAddress = InvoiceAddress{a.AddressName, a.StreetAddress, a.StreetAddress2, a.Suburb, a.City, a.Region, a.Country, a.PostalCode, a.DeliveryInstruction}
		}
	}
	if term := t.terms.find(next.PaymentTerm); term != nil && term.Days != nil {
		due := t.today().In(t.zone).AddDate(0, 0, *term.Days)
		next.DueDate = startOf(due.Year(), due.Month(), due.Day(), t.zone)
	}
	for _, line := range o.SalesOrderLines {
		next.InvoiceLines = append(next.InvoiceLines, InvoiceLine{
			LineNumber: line.LineNumber, LineType: line.LineType, Product: line.Product, OrderQuantity: line.OrderQuantity, InvoiceQuantity: line.OrderQuantity,
			UnitPrice: line.UnitPrice, DiscountRate: line.DiscountRate, LineTotal: fixed[three](line.LineTotal.Decimal), LineTax: line.LineTax, TaxRate: line.TaxRate,
			Comments: line.Comments, SerialNumbers: line.SerialNumbers, BatchNumbers: line.BatchNumbers, Guid: t.newGUID(), LastModifiedOn: Instant{t.now()},
		})
	}
	next.InvoiceNumber = t.nextNumber("SI", func(number string) bool { return t.invoices.find(number) != nil })
	save(t, t.invoices, &next)
}

func listInvoices(c *call) (answer, error) {
	numbers, err := c.query.flag("serialBatch", false)
	if err != nil {
		return answer{}, err
	}
	write := func(i *Invoice) json.RawMessage { return c.twin.renderInvoice(i, numbers) }
	s := newSieve[*Invoice](c)
	if number := c.query.text("invoiceNumber"); number != "" {
		return pageOf(c, only(c.twin.invoices.find(number)), s, write)
	}
	s.exact("customerCode", func(i *Invoice) string { return i.Customer.CustomerCode })
	s.exact("orderNumber", func(i *Invoice) string { return i.OrderNumber })
	s.from("startDate", createdOn[*Invoice])
	s.to("endDate", createdOn[*Invoice])
	s.modifiedSince(func(i *Invoice) time.Time { return i.LastModifiedOn.Time })
	if !s.oneOf("invoiceStatus", func(i *Invoice) string { return i.InvoiceStatus }) {
		s.add(func(i *Invoice) bool { return i.InvoiceStatus != Deleted })
	}
	return pageOf(c, c.twin.invoices.all(), s, write)
}

func getInvoice(c *call) (answer, error) {
	numbers, err := c.query.flag("serialBatch", false)
	if err != nil {
		return answer{}, err
	}
	invoice, err := existing(c.twin.invoices, "invoice", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	return ok(c.twin.renderInvoice(invoice, numbers))
}

func (t *Twin) renderInvoice(i *Invoice, numbers bool) json.RawMessage {
	return render(t, i, numbersVariant(numbers), func(i *Invoice) any {
		view := *i
		view.Customer = t.currentCustomer(i.Customer)
		view.InvoiceLines = slices.Clone(i.InvoiceLines)
		for n := range view.InvoiceLines {
			line := &view.InvoiceLines[n]
			line.Product = t.current(line.Product)
			if !numbers {
				line.BatchNumbers, line.SerialNumbers = nil, nil
			}
		}
		return view
	})
}
