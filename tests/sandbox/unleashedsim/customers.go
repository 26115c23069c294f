package unleashedsim

import (
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/shopspring/decimal"
)

// Customer of an account.
type Customer struct {
	Addresses                        []Address
	Contacts                         []Contact
	CustomerCode                     string `max:"500"`
	CustomerName                     string `max:"500"`
	CurrencyId                       int
	Email                            Text
	EmailCC                          Text
	Website                          Text
	PhoneNumber                      Text
	FaxNumber                        Text
	MobileNumber                     Text
	DDINumber                        Text
	TollFreeNumber                   Text
	ContactFirstName                 Text
	ContactLastName                  Text
	GSTVATNumber                     Text
	BankName                         Text
	BankBranch                       Text
	BankAccount                      Text
	Currency                         *Currency
	Taxable                          bool
	TaxCode                          Text
	TaxRate                          Rate
	PaymentTerm                      string
	SellPriceTier                    string
	SellPriceTierReference           *struct{ Guid uuid.UUID }
	CustomerType                     string
	CustomerTypeGuid                 *uuid.UUID
	DiscountRate                     Quantity
	StopCredit                       bool
	HasCreditLimit                   bool
	CreditLimit                      Quantity
	SalesPerson                      *Salesperson
	SalesOrderGroup                  Text
	DeliveryMethod                   Text
	DeliveryInstruction              Text
	DefaultWarehouse                 *Warehouse
	PrintPackingSlipInsteadOfInvoice bool
	PrintInvoice                     bool
	XeroContactId                    Text
	XeroSalesAccount                 Text
	XeroCostOfGoodsAccount           Text
	SourceId                         Text
	Notes                            Text
	Reminder                         Text
	Obsolete                         bool
	Stamp
}

// Address of a customer or supplier.
type Address struct {
	Guid                uuid.UUID
	AddressType         string
	AddressName         Text
	StreetAddress       Text
	StreetAddress2      Text
	Suburb              Text
	City                Text
	Region              Text
	Country             Text
	PostalCode          Text
	DeliveryInstruction Text
	IsDefault           bool
}

// CustomerBrief is a customer as documents hold it.
type CustomerBrief struct {
	Guid           uuid.UUID
	CustomerCode   string
	CustomerName   string
	CurrencyId     int
	LastModifiedOn Instant
}

func (c *Customer) brief() *CustomerBrief {
	return &CustomerBrief{Guid: c.Guid, CustomerCode: c.CustomerCode, CustomerName: c.CustomerName, CurrencyId: c.CurrencyId, LastModifiedOn: c.LastModifiedOn}
}

// currentCustomer is a document's customer as it is called now.
func (t *Twin) currentCustomer(b *CustomerBrief) *CustomerBrief {
	if c := t.customers.get(b.Guid); c != nil {
		return c.brief()
	}
	return b // deleted since
}

func listCustomers(c *call) (answer, error) {
	all, err := c.query.flag("includeAllContacts", false)
	if err != nil {
		return answer{}, err
	}
	s := newSieve[*Customer](c)
	s.prefix("customerCode", func(d *Customer) string { return d.CustomerCode })
	s.prefix("customerName", func(d *Customer) string { return d.CustomerName })
	s.prefix("contactEmail", func(d *Customer) string { return string(d.Email) })
	s.exact("currency", func(d *Customer) string { return d.Currency.CurrencyCode })
	s.exact("customerType", func(d *Customer) string { return d.CustomerType })
	s.contains("customer", func(d *Customer) []string { return []string{d.CustomerCode, d.CustomerName} })
	s.modifiedSince(modified[*Customer])
	s.hides("includeObsolete", false, func(d *Customer) bool { return d.Obsolete })
	rows := ordered(c, c.twin.customers.all(), map[string]func(a, b *Customer) int{
		"":               byText(func(d *Customer) string { return d.CustomerCode }),
		"lastmodifiedon": byTime(modified[*Customer]),
		"createdon":      byTime(createdOn[*Customer]),
	})
	return pageOf(c, rows, s, func(d *Customer) json.RawMessage { return c.twin.renderCustomer(d, all) })
}

func getCustomer(c *call) (answer, error) {
	all, err := c.query.flag("includeAllContacts", false)
	if err != nil {
		return answer{}, err
	}
	customer, err := existing(c.twin.customers, "customer", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if err := c.twin.visible(customer.Guid); err != nil {
		return answer{}, err
	}
	return ok(c.twin.renderCustomer(customer, all))
}

// mostContacts is how many contacts are answered at most.
const mostContacts = 100

// renderCustomer writes a customer with all contacts or with the primary one.
func (t *Twin) renderCustomer(d *Customer, all bool) json.RawMessage {
	variant := ""
	if all {
		variant = "all contacts"
	}
	return render(t, d, variant, func(d *Customer) any {
		view := *d
		if !all {
			view.Contacts = slices.DeleteFunc(slices.Clone(d.Contacts), func(contact Contact) bool { return !contact.IsDefault })
		}
		view.Contacts = view.Contacts[:min(len(view.Contacts), mostContacts)]
		return view
	})
}

// postCustomer creates a customer, or replaces one: it is 201 either way.
func postCustomer(c *call) (answer, error) {
	next := Customer{Taxable: true}
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if err := c.identify(&next.Guid); err != nil {
		return answer{}, err
	}
	old := c.twin.customers.get(next.Guid)
	if old != nil {
		keepOmitted(c, &next, old)
		next.Stamp = old.Stamp
		if next.Contacts == nil {
			next.Contacts = old.Contacts // they have verbs of their own
		}
	}
	if err := c.twin.storeCustomer(&next); err != nil {
		return answer{}, err
	}
	return created(c.twin.renderCustomer(&next, true))
}

// storeCustomer checks a customer, resolves what it refers to and saves it.
func (t *Twin) storeCustomer(d *Customer) (err error) {
	if d.CustomerCode == "" {
		return invalid("CustomerCode", "Customer code is required.")
	}
	if d.CustomerName == "" {
		return invalid("CustomerName", "Customer name is required.")
	}
	if t.customers.taken(d.CustomerCode, d.Guid) {
		return invalid("CustomerCode", "Customer %s already exists.", d.CustomerCode)
	}
	if err := t.resolveCustomer(d); err != nil {
		return err
	}
	if err := t.settleContacts(d); err != nil {
		return err
	}
	d.Addresses = slices.Clone(d.Addresses)
	if d.Addresses == nil {
		d.Addresses = []Address{}
	}
	for i := range d.Addresses {
		if d.Addresses[i].Guid == uuid.Nil {
			d.Addresses[i].Guid = t.newGUID()
		}
	}
	event := "customer.created"
	if t.customers.get(d.Guid) != nil {
		event = "customer.updated"
	}
	t.saveCustomer(d)
	t.emit(event, d.Guid)
	return nil
}

// saveCustomer also forgets what documents wrote of the customer before.
func (t *Twin) saveCustomer(d *Customer) {
	save(t, t.customers, d)
	t.generation++
}

func (t *Twin) resolveCustomer(d *Customer) (err error) {
	given := d.Currency
	if d.Currency = t.base; given != nil {
		if d.Currency, err = resolve(t.currencies, "Currency", given.Guid, given.CurrencyCode); err != nil {
			return err
		}
	}
	d.CurrencyId = d.Currency.id
	if d.TaxCode != "" {
		tax, err := resolve(t.taxes, "TaxCode", uuid.Nil, string(d.TaxCode))
		if err != nil {
			return err
		}
		d.TaxRate = tax.TaxRate
	}
	if d.SalesPerson != nil {
		if d.SalesPerson, err = resolve(t.salespeople, "SalesPerson", d.SalesPerson.Guid, d.SalesPerson.Email); err != nil {
			return err
		}
	}
	if d.DefaultWarehouse != nil {
		if d.DefaultWarehouse, err = t.warehouse("DefaultWarehouse", d.DefaultWarehouse); err != nil {
			return err
		}
	}
	d.DiscountRate.fill(decimal.Zero)
	if err := t.checkDelivery(d.DeliveryMethod, d.SalesOrderGroup); err != nil {
		return err
	}
	return nil
}

// checkDelivery checks the names of a delivery method and an order group.
func (t *Twin) checkDelivery(method, group Text) error {
	if _, err := nameIn(t, t.methods, "DeliveryMethod", string(method), named(string(method))); err != nil {
		return err
	}
	_, err := nameIn(t, t.groups, "SalesOrderGroup", string(group), func(m Mark) *SalesOrderGroup {
		return &SalesOrderGroup{GroupName: string(group), Mark: m}
	})
	return err
}
