package unleashedsim

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Statuses of purchase orders beyond those of all documents. Complete is the
// final one by default.
const (
	Costed     = "Costed"
	Unapproved = "Unapproved"
	Receipted  = "Receipted"
	Complete   = "Complete"
)

// PurchaseOrder with its lines.
type PurchaseOrder struct {
	PurchaseOrderLines     []PurchaseOrderLine
	OrderNumber            string `max:"20"`
	OrderDate              Day
	RequiredDate           Day
	ReceivedDate           Day
	CompletedDate          Instant
	DeliveryDate           Day
	SupplierInvoiceDate    Day
	OrderStatus            string
	CustomOrderStatus      Text
	Supplier               *SupplierBrief
	SupplierRef            Text
	Warehouse              *Warehouse
	Currency               *Currency
	ExchangeRate           Rate
	TaxCode                Text
	TaxRate                Rate
	Tax                    *Tax
	XeroTaxCode            Text
	DiscountRate           Quantity
	SubTotal               Amount
	TaxTotal               Amount
	Total                  Amount
	BCSubTotal             Amount
	BCTaxTotal             Amount
	BCTotal                Amount
	TotalVolume            Quantity
	TotalWeight            Quantity
	Comments               Text
	DeliveryName           Text
	DeliveryStreetAddress  Text
	DeliveryStreetAddress2 Text
	DeliverySuburb         Text
	DeliveryCity           Text
	DeliveryRegion         Text
	DeliveryCountry        Text
	DeliveryPostCode       Text
	Printed                bool
	SalesOrders            []json.RawMessage
	Stamp
}

// SupplierBrief is a supplier as purchase orders hold it.
type SupplierBrief struct {
	Guid         uuid.UUID
	SupplierCode string
	SupplierName string
}

// PurchaseOrderLine is a product on order.
type PurchaseOrderLine struct {
	LineNumber          int
	Product             *ProductBrief
	DueDate             Day
	DeliveryDate        Day
	OrderQuantity       Quantity
	ReceiptQuantity     Quantity
	UnitPrice           Quantity
	DiscountRate        Quantity
	DiscountedUnitPrice Quantity
	LineTotal           LineAmount
	LineTax             Amount
	LineTaxCode         Text
	LineTaxRate         Rate
	BCUnitPrice         Quantity
	BCSubTotal          Amount
	Comments            Text
	Volume              Quantity
	Weight              Quantity
	UnitOfMeasure       *Named
	SerialNumbers       []SerialNumber
	BatchNumbers        []BatchNumber
	Guid                uuid.UUID
	LastModifiedOn      Instant
}

func (l PurchaseOrderLine) outstanding() decimal.Decimal {
	return l.OrderQuantity.Decimal.Sub(l.ReceiptQuantity.Decimal)
}

func (o *PurchaseOrder) final() bool {
	switch o.OrderStatus {
	case Complete, Completed, Deleted:
		return true
	}
	return false
}

// changeable refuses a change of what is receipted or final.
func (o *PurchaseOrder) changeable() error {
	if o.final() || o.OrderStatus == Receipted {
		return refused("Purchase order %s is already %s and cannot be changed.", o.OrderNumber, o.OrderStatus)
	}
	return nil
}

// settlePurchase checks a purchase order, finds what it refers to and fills in
// what it leaves out. Totals of the order that are missing are filled in when
// optional is set.
func (t *Twin) settlePurchase(o *PurchaseOrder, rule TotalsRule, optional bool) error {
	if o.Supplier == nil {
		return invalid("Supplier", "A supplier is needed.")
	}
	supplier, err := resolve(t.suppliers, "Supplier", o.Supplier.Guid, o.Supplier.SupplierCode)
	if err != nil {
		return err
	}
	o.Supplier = &SupplierBrief{Guid: supplier.Guid, SupplierCode: supplier.SupplierCode, SupplierName: supplier.SupplierName}
	if o.Warehouse, err = t.warehouse("Warehouse", o.Warehouse); err != nil {
		return err
	}
	if o.Currency == nil {
		o.Currency = supplier.Currency
	}
	if o.Currency, err = resolve(t.currencies, "Currency", o.Currency.Guid, o.Currency.CurrencyCode); err != nil {
		return err
	}
	if o.Tax == nil && o.TaxCode != "" {
		o.Tax = &Tax{TaxCode: string(o.TaxCode)}
	}
	if o.Tax, err = t.tax(o.Tax, string(supplier.TaxCode)); err != nil {
		return err
	}
	o.TaxCode, o.TaxRate, o.XeroTaxCode = Text(o.Tax.TaxCode), o.Tax.TaxRate, Text(o.Tax.TaxCode)
	if o.CustomOrderStatus != "" && !t.statuses[string(o.CustomOrderStatus)] {
		return invalid("CustomOrderStatus", "There is no custom status %q.", o.CustomOrderStatus)
	}
	if o.OrderNumber == "" {
		o.OrderNumber = t.nextNumber("PO", func(number string) bool { return t.purchases.taken(number, o.Guid) })
	}
	if t.purchases.taken(o.OrderNumber, o.Guid) {
		return invalid("OrderNumber", "Purchase order %s already exists.", o.OrderNumber)
	}
	if o.OrderDate.IsZero() {
		o.OrderDate = t.today()
	}
	o.ExchangeRate.fill(decimal.NewFromInt(1))
	o.DiscountRate.fill(decimal.Zero)
	o.SalesOrders = []json.RawMessage{}
	return t.settlePurchaseLines(o, rule, optional)
}

func (t *Twin) settlePurchaseLines(o *PurchaseOrder, rule TotalsRule, optional bool) error {
	amounts := make([]money, 0, len(o.PurchaseOrderLines))
	if o.PurchaseOrderLines == nil {
		o.PurchaseOrderLines = []PurchaseOrderLine{}
	}
	numbers := map[int]bool{}
	for i := range o.PurchaseOrderLines {
		line := &o.PurchaseOrderLines[i]
		name := fmt.Sprintf("PurchaseOrderLines[%d]", i)
		product, err := t.product(name+".Product", line.Product)
		if err != nil {
			return err
		}
		line.Product, line.UnitOfMeasure = product.brief(), product.UnitOfMeasure
		if !line.OrderQuantity.Valid {
			return invalid(name+".OrderQuantity", "A quantity is needed.")
		}
		if line.LineNumber == 0 {
			line.LineNumber = nextLine(numbers, i)
		}
		if numbers[line.LineNumber] {
			return invalid(name+".LineNumber", "Line %d is there twice.", line.LineNumber)
		}
		numbers[line.LineNumber] = true
		if line.LineTaxRate, err = t.lineRate(line.LineTaxCode, name+".LineTaxCode", o.TaxRate); err != nil {
			return err
		}
		t.mint(&line.Guid, &line.LastModifiedOn)
		line.DiscountRate.fill(decimal.Zero)
		line.UnitPrice.fill(product.DefaultPurchasePrice.Decimal)
		line.DiscountedUnitPrice.put(line.UnitPrice.Decimal.Mul(decimal.NewFromInt(1).Sub(line.DiscountRate.Decimal)))
		line.BCUnitPrice.put(inBase(line.UnitPrice.Decimal, o.ExchangeRate.Decimal))
		amounts = append(amounts, money{
			name: name, quantity: line.OrderQuantity.Decimal, price: line.UnitPrice.Decimal, discount: line.DiscountRate.Decimal,
			rate: line.LineTaxRate.Decimal, total: &line.LineTotal, tax: &line.LineTax,
		})
	}
	if err := (grand{&o.SubTotal, &o.TaxTotal, &o.Total}).settle(rule, amounts, optional); err != nil {
		return err
	}
	for i := range o.PurchaseOrderLines {
		line := &o.PurchaseOrderLines[i]
		line.BCSubTotal.put(inBase(line.LineTotal.Decimal, o.ExchangeRate.Decimal))
	}
	o.BCSubTotal.put(inBase(o.SubTotal.Decimal, o.ExchangeRate.Decimal))
	o.BCTaxTotal.put(inBase(o.TaxTotal.Decimal, o.ExchangeRate.Decimal))
	o.BCTotal.put(inBase(o.Total.Decimal, o.ExchangeRate.Decimal))
	return nil
}

// storePurchase saves an order and what it has on purchase: all that is open and
// not Parked, less what was received.
func (t *Twin) storePurchase(o *PurchaseOrder) {
	save(t, t.purchases, o)
	next := map[place]decimal.Decimal{}
	if !o.final() && o.OrderStatus != Parked && o.OrderStatus != Receipted {
		for _, line := range o.PurchaseOrderLines {
			if left := line.outstanding(); left.IsPositive() && t.stocked(line.Product.Guid) {
				where := place{line.Product.Guid, o.Warehouse.Guid}
				next[where] = next[where].Add(left)
			}
		}
	}
	t.hold(t.book.purchased, func(p *position) *decimal.Decimal { return &p.onPurchase }, o.Guid, next)
}

// onReceipt says whether a product is on an order that is receipted and not
// completed.
func (t *Twin) onReceipt(product uuid.UUID) bool {
	for o := range t.purchases.all() {
		if o.OrderStatus != Receipted {
			continue
		}
		for _, line := range o.PurchaseOrderLines {
			if line.Product.Guid == product {
				return true
			}
		}
	}
	return false
}
