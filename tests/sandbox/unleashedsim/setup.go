package unleashedsim

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// AddTax adds a tax code with its rate as a fraction, such as 0.2.
func (t *Twin) AddTax(code, rate string) {
	t.act(func() error {
		tax := &Tax{TaxCode: code, Description: Text(code), CanApplyToExpenses: true, CanApplyToRevenue: true, Mark: t.newMark()}
		tax.TaxRate.put(decimal.RequireFromString(rate))
		return added(t, t.taxes, tax)
	})
}

// AddCurrency adds a currency.
func (t *Twin) AddCurrency(code string) {
	t.act(func() error {
		return added(t, t.currencies, &Currency{CurrencyCode: code, Description: Text(code), Mark: t.newMark(), id: len(t.currencies.rows) + 1})
	})
}

// AddDeliveryMethod adds a method that orders and customers can name.
func (t *Twin) AddDeliveryMethod(name string) {
	t.act(func() error { return added(t, t.methods, named(name)(t.newMark())) })
}

// AddShippingCompany adds a carrier that shipments can name.
func (t *Twin) AddShippingCompany(name string) {
	t.act(func() error { return added(t, t.carriers, named(name)(t.newMark())) })
}

// AddUnit adds a unit of measure.
func (t *Twin) AddUnit(name string) {
	t.act(func() error { return added(t, t.units, named(name)(t.newMark())) })
}

// AddSalesOrderGroup adds a group that orders can name.
func (t *Twin) AddSalesOrderGroup(name string) {
	t.act(func() error { return added(t, t.groups, &SalesOrderGroup{GroupName: name, Mark: t.newMark()}) })
}

// AddProductGroup adds a group that products can name.
func (t *Twin) AddProductGroup(name string) {
	t.act(func() error { return added(t, t.categories, &ProductGroup{GroupName: name, Mark: t.newMark()}) })
}

// AddBrand adds a brand that products can name.
func (t *Twin) AddBrand(name string) {
	t.act(func() error { return added(t, t.brands, &ProductBrand{BrandName: name, Mark: t.newMark()}) })
}

// AddSalesperson adds a salesperson.
func (t *Twin) AddSalesperson(name, email string) {
	t.act(func() error {
		return added(t, t.salespeople, &Salesperson{FullName: name, Email: email, Mark: t.newMark()})
	})
}

// AddPaymentTerm adds a term of days after the invoice.
func (t *Twin) AddPaymentTerm(description string, days int) {
	t.act(func() error {
		return added(t, t.terms, &PaymentTerm{PaymentTermDescription: description, Type: "DaysAfter", Days: &days, Mark: t.newMark()})
	})
}

// AddAdjustmentReason adds a reason that stock adjustments can name.
func (t *Twin) AddAdjustmentReason(name string) {
	t.act(func() error {
		t.reasons[name] = true
		return nil
	})
}

// AddCustomStatus adds a custom status of orders: at most ten of at most 15
// characters, each an extension of Parked.
func (t *Twin) AddCustomStatus(name string) {
	t.act(func() error {
		if len(name) > 15 || len(t.statuses) >= 10 {
			return fmt.Errorf("a custom status %q is too long, or there are ten", name)
		}
		t.statuses[name] = true
		return nil
	})
}
