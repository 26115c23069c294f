package unleashedsim

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// AddProduct adds a product; code and description are needed.
func (t *Twin) AddProduct(p Product) Product {
	return made(t, p, func(p *Product) error {
		p.Mark = t.newMark()
		return t.storeProduct(p)
	})
}

// AddCustomer adds a customer; code and name are needed.
func (t *Twin) AddCustomer(c Customer) Customer {
	return made(t, c, func(c *Customer) error {
		c.Mark = t.newMark()
		return t.storeCustomer(c)
	})
}

// Number is a quantity or price from its text; it panics when that is none.
func Number(text string) Quantity {
	return fixed[four](decimal.RequireFromString(text))
}

// OrderSpec describes a sales order that is to be added; its totals are counted.
type OrderSpec struct {
	Number                string // the next of the account when empty
	Status                string // Parked when empty; Completed ships and invoices, Deleted deletes
	CustomStatus          string
	Customer, Warehouse   string // codes; the default warehouse when empty
	Date, Required        string // days such as 2026-03-01; today when empty
	CustomerRef, SourceID string
	Group, Method         string
	Comments, Instruction string
	Tax                   string // code; the customer's when empty
	Currency              string
	Delivery              Delivered
	Contact               *DeliveryContact
	Lines                 []LineSpec
}

// Delivered is where an order goes.
type Delivered struct {
	Name, Street, Street2, Suburb, City, Region, Country, PostCode string
}

// LineSpec is a product line, or a charge when Charge names it.
type LineSpec struct {
	SKU                       string
	Charge                    string
	Quantity, Price, Discount string // 1, the product's price and 0 when empty
	Comments                  string
	Batches                   map[string]string // number to quantity
	Serials                   []string
}

// AddOrder adds a sales order.
func (t *Twin) AddOrder(spec OrderSpec) (added SalesOrder) {
	t.act(func() error {
		o, err := t.orderOf(spec)
		if err != nil {
			return err
		}
		if err := t.nameOrder(o); err != nil {
			return err
		}
		if err := t.settleOrder(o, TotalsRecomputed, true); err != nil {
			return err
		}
		switch spec.Status {
		case Completed:
			plan, err := t.planCompletion(o)
			if err != nil {
				return err
			}
			o = plan.carryOut()
		case Deleted:
			t.storeOrder(o)
			if err := t.deleteOrder(o); err != nil {
				return err
			}
			o = t.orders.get(o.Guid)
		default:
			t.storeOrder(o)
		}
		added = *o
		return nil
	})
	return added
}

func (t *Twin) orderOf(spec OrderSpec) (*SalesOrder, error) {
	o := &SalesOrder{
		OrderNumber: spec.Number, OrderStatus: spec.Status, CustomOrderStatus: Text(spec.CustomStatus), AllocateProduct: true,
		Customer: &CustomerBrief{CustomerCode: spec.Customer}, CustomerRef: Text(spec.CustomerRef), SourceId: Text(spec.SourceID),
		SalesOrderGroup: Text(spec.Group), DeliveryMethod: Text(spec.Method), Comments: Text(spec.Comments), DeliveryInstruction: Text(spec.Instruction),
		DeliveryName: Text(spec.Delivery.Name), DeliveryStreetAddress: Text(spec.Delivery.Street), DeliveryStreetAddress2: Text(spec.Delivery.Street2),
		DeliverySuburb: Text(spec.Delivery.Suburb), DeliveryCity: Text(spec.Delivery.City), DeliveryRegion: Text(spec.Delivery.Region),
		DeliveryCountry: Text(spec.Delivery.Country), DeliveryPostCode: Text(spec.Delivery.PostCode), DeliveryContact: spec.Contact,
		Stamp: Stamp{Mark: t.newMark()},
	}
	switch spec.Status {
	case Completed, Deleted:
		o.OrderStatus = Placed // until it is what it shall be
	case "", Parked, Placed, Backordered:
	default:
		return nil, fmt.Errorf("an order cannot be added as %q", spec.Status)
	}
	if spec.Warehouse != "" {
		o.Warehouse = &Warehouse{WarehouseCode: spec.Warehouse}
	}
	if spec.Tax != "" {
		o.Tax = &Tax{TaxCode: spec.Tax}
	}
	if spec.Currency != "" {
		o.Currency = &Currency{CurrencyCode: spec.Currency}
	}
	if spec.Date != "" {
		o.OrderDate = t.Day(spec.Date)
	}
	if spec.Required != "" {
		o.RequiredDate = t.Day(spec.Required)
	}
	for _, given := range spec.Lines {
		line := SalesOrderLine{Comments: Text(given.Comments), BatchNumbers: batchesOf(given.Batches), SerialNumbers: serialsOf(given.Serials)}
		if given.Charge != "" {
			line.LineType, line.Comments = Charge, Text(given.Charge)
		} else {
			line.Product = &ProductBrief{ProductCode: given.SKU}
		}
		line.OrderQuantity.Set(orElse(given.Quantity, "1"))
		if given.Price != "" {
			line.UnitPrice.Set(given.Price)
		}
		line.DiscountRate.Set(orElse(given.Discount, "0"))
		o.SalesOrderLines = append(o.SalesOrderLines, line)
	}
	return o, nil
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// PurchaseSpec describes a purchase order that is to be added; its totals are
// counted.
type PurchaseSpec struct {
	Number              string // the next of the account when empty
	Status              string // Placed when empty
	CustomStatus        string
	Supplier, Warehouse string // codes
	Date, Delivery      string // days
	Reference, Comments string
	Tax                 string
	Lines               []LineSpec
}

// AddPurchase adds a purchase order that is not receipted yet.
func (t *Twin) AddPurchase(spec PurchaseSpec) PurchaseOrder {
	o := PurchaseOrder{
		OrderNumber: spec.Number, OrderStatus: orElse(spec.Status, Placed), CustomOrderStatus: Text(spec.CustomStatus),
		Supplier: &SupplierBrief{SupplierCode: spec.Supplier}, SupplierRef: Text(spec.Reference), Comments: Text(spec.Comments), TaxCode: Text(spec.Tax),
	}
	return made(t, o, func(o *PurchaseOrder) error {
		o.Mark = t.newMark()
		if spec.Warehouse != "" {
			o.Warehouse = &Warehouse{WarehouseCode: spec.Warehouse}
		}
		if spec.Date != "" {
			o.OrderDate = t.Day(spec.Date)
		}
		if spec.Delivery != "" {
			o.DeliveryDate = t.Day(spec.Delivery)
		}
		for _, given := range spec.Lines {
			line := PurchaseOrderLine{Product: &ProductBrief{ProductCode: given.SKU}, Comments: Text(given.Comments), BatchNumbers: batchesOf(given.Batches), SerialNumbers: serialsOf(given.Serials)}
			line.UnitPrice.Set(orElse(given.Price, "0"))
			line.DiscountRate.Set(orElse(given.Discount, "0"))
			line.OrderQuantity.Set(orElse(given.Quantity, "1"))
			o.PurchaseOrderLines = append(o.PurchaseOrderLines, line)
		}
		if err := t.settlePurchase(o, TotalsRecomputed, true); err != nil {
			return err
		}
		t.storePurchase(o)
		return nil
	})
}
