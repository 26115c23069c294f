package unleashedsim

import (
	"encoding/json"

	"github.com/google/uuid"
)

// Currency of documents and customers.
type Currency struct {
	CurrencyCode    string
	Description     Text
	DefaultBuyRate  Rate
	DefaultSellRate Rate
	Mark

	id int // customers name it
}

// Tax is a tax code and its rate, a fraction.
type Tax struct {
	TaxCode            string
	Description        Text
	TaxRate            Rate
	CanApplyToExpenses bool
	CanApplyToRevenue  bool
	Obsolete           bool
	Mark
}

// Named is a record of the lists that hold a name and nothing else: delivery
// methods, shipping companies and units of measure.
type Named struct {
	Name     string
	Obsolete bool
	Mark
}

// SalesOrderGroup is a group that orders name.
type SalesOrderGroup struct {
	GroupName string
	Obsolete  bool
	Mark
}

// ProductGroup is a group of products.
type ProductGroup struct {
	GroupName       string
	ParentGroupGuid *uuid.UUID
	Mark
}

// ProductBrand is a brand of products.
type ProductBrand struct {
	BrandName string
	Mark
}

// Salesperson of orders and customers.
type Salesperson struct {
	FullName string
	Email    string
	Obsolete bool
	Mark
}

// PaymentTerm says when an invoice is due.
type PaymentTerm struct {
	PaymentTermDescription string
	Type                   string
	Days                   *int
	Obsolete               bool
	Mark
}

// Company is the account itself.
type Company struct {
	CompanyName  string
	BaseCurrency string
	TimeZone     string
	Mark
}

// lists is the reference data of an account.
type lists struct {
	currencies  *table[*Currency]
	taxes       *table[*Tax]
	methods     *table[*Named]
	carriers    *table[*Named]
	units       *table[*Named]
	groups      *table[*SalesOrderGroup]
	categories  *table[*ProductGroup]
	brands      *table[*ProductBrand]
	salespeople *table[*Salesperson]
	terms       *table[*PaymentTerm]
	companies   *table[*Company]
	warehouses  *table[*Warehouse]
	suppliers   *table[*Supplier]
	// reasons are those for stock adjustments, statuses the custom ones for
	// sales orders, purchase orders and assemblies; neither has a list in the API.
	reasons, statuses map[string]bool
	base              *Currency
	untaxed           *Tax
}

func newLists() lists {
	name := func(n *Named) string { return n.Name }
	return lists{
		currencies:  newTable(func(c *Currency) string { return c.CurrencyCode }, byKey),
		taxes:       newTable(func(t *Tax) string { return t.TaxCode }, byKey),
		methods:     newTable(name, byKey),
		carriers:    newTable(name, byKey),
		units:       newTable(name, byKey),
		groups:      newTable(func(g *SalesOrderGroup) string { return g.GroupName }, byKey),
		categories:  newTable(func(g *ProductGroup) string { return g.GroupName }, byKey),
		brands:      newTable(func(b *ProductBrand) string { return b.BrandName }, byKey),
		salespeople: newTable(func(s *Salesperson) string { return s.Email }, byKey),
		terms:       newTable(func(p *PaymentTerm) string { return p.PaymentTermDescription }, byKey),
		companies:   newTable(func(c *Company) string { return c.CompanyName }, byKey),
		warehouses:  newTable(func(w *Warehouse) string { return w.WarehouseCode }, byKey),
		suppliers:   newTable(func(s *Supplier) string { return s.SupplierCode }, byKey),
		reasons:     map[string]bool{openingReason: true},
		statuses:    map[string]bool{},
	}
}

// openingReason is the adjustment reason that an account has from the start.
const openingReason = "Opening balance"

func (t *Twin) addBuiltIns() {
	t.base = &Currency{CurrencyCode: "GBP", Description: "Pound sterling", Mark: t.newMark(), id: 1}
	t.base.DefaultBuyRate.Set("1")
	t.base.DefaultSellRate.Set("1")
	save(t, t.currencies, t.base)
	// The tax of accounts and customers without tax has the zero GUID.
	t.untaxed = &Tax{TaxCode: "None", Description: "No tax", CanApplyToExpenses: true, CanApplyToRevenue: true}
	t.untaxed.TaxRate.Set("0")
	save(t, t.taxes, t.untaxed)
	save(t, t.units, &Named{Name: "EA", Mark: t.newMark()})
	save(t, t.companies, &Company{CompanyName: "Example Trading", BaseCurrency: "GBP", TimeZone: t.zone.String(), Mark: t.newMark()})
}

func (t *Twin) newMark() Mark { return Mark{Guid: t.newGUID()} }

// reference answers a page of a small list.
func reference[D document](rows func(*Twin) *table[D]) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		s := newSieve[D](c)
		s.modifiedSince(modified[D])
		return pageOf(c, rows(c.twin).all(), s, whole[D](c.twin))
	}
}

// singleOf answers one record of a table as it is.
func singleOf[D document](kind string, rows func(*Twin) *table[D]) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		d, err := existing(rows(c.twin), kind, c.guids[0])
		if err != nil {
			return answer{}, err
		}
		return ok(whole[D](c.twin)(d))
	}
}

// whole writes a document as it is.
func whole[D document](t *Twin) func(D) json.RawMessage {
	return func(d D) json.RawMessage { return render(t, d, "", func(d D) any { return d }) }
}

// paymentTerms has no block about pages in the vendor's own sample.
func paymentTerms(c *call) (answer, error) {
	return unpaged(c.twin.terms.all(), whole[*PaymentTerm](c.twin))
}

// existing finds what a path names.
func existing[D document](rows *table[D], kind string, guid uuid.UUID) (D, error) {
	var none D
	if d := rows.get(guid); d != none {
		return d, nil
	}
	return none, missing(kind, guid)
}

// resolve finds what a body refers to, by GUID or else by code.
func resolve[D document](rows *table[D], field string, guid uuid.UUID, code string) (D, error) {
	var none D
	if guid != uuid.Nil {
		if d := rows.get(guid); d != none {
			return d, nil
		}
		return none, invalid(field, "There is none with the GUID %s.", guid)
	}
	if code == "" {
		return none, invalid(field, "A GUID or a code is needed.")
	}
	if d := rows.find(code); d != none {
		return d, nil
	}
	return none, invalid(field, "There is none with the code %q.", code)
}

// nameIn checks that a name that a body uses exists, and adds it when the account
// does that.
func nameIn[D document](t *Twin, rows *table[D], field, name string, add func(Mark) D) (D, error) {
	var none D
	if name == "" {
		return none, nil
	}
	if d := rows.find(name); d != none {
		return d, nil
	}
	if !t.knobs.UnknownNamesCreated {
		return none, invalid(field, "There is no %q.", name)
	}
	d := add(t.newMark())
	save(t, rows, d)
	return d, nil
}

func named(name string) func(Mark) *Named {
	return func(m Mark) *Named { return &Named{Name: name, Mark: m} }
}

// added saves a record whose key must be free.
func added[D document](t *Twin, rows *table[D], d D) error {
	if key := rows.key(d); key == "" || rows.taken(key, d.mark().Guid) {
		return refused("The code %q is missing or already exists.", key)
	}
	save(t, rows, d)
	return nil
}
