package unleashedsim

import (
	"encoding/json"
	"slices"

	"github.com/google/uuid"
)

// Contact is a person of a customer.
type Contact struct {
	Guid            uuid.UUID
	FirstName       Text
	LastName        Text
	EmailAddress    Text
	PhoneNumber     Text
	MobilePhone     Text
	OfficePhone     Text
	DDINumber       Text
	FaxNumber       Text
	TollFreeNumber  Text
	Website         Text
	Notes           Text
	DeliveryAddress Text
	ForInvoicing    bool
	ForShipping     bool
	ForOrdering     bool
	IsDefault       bool
}

// settleContacts gives a customer its primary contact, from the customer's own
// name and e-mail when there is none, and checks them all.
func (t *Twin) settleContacts(d *Customer) error {
	d.Contacts = slices.Clone(d.Contacts)
	if d.Contacts == nil {
		d.Contacts = []Contact{}
	}
	if len(d.Contacts) == 0 && (d.ContactFirstName != "" || d.ContactLastName != "" || d.Email != "") {
		d.Contacts = append(d.Contacts, Contact{
			FirstName: d.ContactFirstName, LastName: d.ContactLastName, EmailAddress: d.Email,
			PhoneNumber: d.PhoneNumber, MobilePhone: d.MobileNumber, IsDefault: true,
		})
	}
	if len(d.Contacts) > 0 && !slices.ContainsFunc(d.Contacts, func(c Contact) bool { return c.IsDefault }) {
		d.Contacts[0].IsDefault = true
	}
	seen := map[[3]Text]bool{}
	for i := range d.Contacts {
		contact := &d.Contacts[i]
		if contact.Guid == uuid.Nil {
			contact.Guid = t.newGUID()
		}
		who := [3]Text{contact.FirstName, contact.LastName, contact.EmailAddress}
		if who == ([3]Text{}) {
			return invalid("Contacts", "A contact needs a first name, a last name or an e-mail address.")
		}
		if seen[who] {
			return invalid("Contacts", "The contact %s %s %s already exists.", who[0], who[1], who[2])
		}
		seen[who] = true
	}
	return nil
}

func listContacts(c *call) (answer, error) {
	customer, err := existing(c.twin.customers, "customer", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	return unpaged(slices.Values(customer.Contacts), func(contact Contact) json.RawMessage { return encode(contact) })
}

func postContact(c *call) (answer, error) {
	var contact Contact
	if err := c.read(&contact); err != nil {
		return answer{}, err
	}
	if contact.Guid == uuid.Nil {
		contact.Guid = c.twin.newGUID()
	}
	return c.changeContacts(created, func(contacts []Contact, _ int) ([]Contact, error) {
		if slices.ContainsFunc(contacts, func(other Contact) bool { return other.Guid == contact.Guid }) {
			return nil, invalid("Guid", "The contact %s already exists.", contact.Guid)
		}
		return append(contacts, contact), nil
	}, &contact)
}

func putContact(c *call) (answer, error) {
	var contact Contact
	if err := c.read(&contact); err != nil {
		return answer{}, err
	}
	contact.Guid = c.guids[1]
	return c.changeContacts(ok, func(contacts []Contact, at int) ([]Contact, error) {
		if at < 0 {
			return nil, missing("contact", contact.Guid)
		}
		contacts[at] = contact
		return contacts, nil
	}, &contact)
}

func deleteContact(c *call) (answer, error) {
	return c.changeContacts(ok, func(contacts []Contact, at int) ([]Contact, error) {
		if at < 0 {
			return nil, missing("contact", c.guids[1])
		}
		return slices.Delete(contacts, at, at+1), nil
	}, nil)
}

// changeContacts changes the contacts of the customer that the path names. The
// change is told where the contact is that the path names, if it does.
func (c *call) changeContacts(done func([]byte) (answer, error), change func([]Contact, int) ([]Contact, error), shown *Contact) (answer, error) {
	customer, err := existing(c.twin.customers, "customer", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	next := *customer
	at := -1
	if len(c.guids) > 1 {
		at = slices.IndexFunc(next.Contacts, func(other Contact) bool { return other.Guid == c.guids[1] })
	}
	if next.Contacts, err = change(slices.Clone(next.Contacts), at); err != nil {
		return answer{}, err
	}
	if err := c.twin.storeCustomer(&next); err != nil {
		return answer{}, err
	}
	if shown == nil {
		return done(nil)
	}
	return done(encode(shown))
}
