package unleashed

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// customerOperations find and make the customers of orders that come from
// elsewhere.
var customerOperations = []component.Operation{
	{
		Name: "customer.match", Summary: "Answers the customer of an order: the one named exactly `Channel`, else the one with this `Email`, else the one with one of these `Names` and this `PostCode`, whatever the case, out of a list that is read once and kept fresh. Retired ones are left out; of several the first by code is answered, with how many `Others` there are. Where there is none and a `Guid` is given to make it under, that is answered as `New`, or the one that another buyer was answered just before who has the same `Email`, or one of the `Names` at the `PostCode`; it is `Retired` when there is such a customer that is.",
		Look: lookCustomer, Success: "HTTP 200; null when there is none",
	},
	create("customer.create", "Customers", "/{Guid}", "Creates a customer under a GUID of ours.", "CustomerCode"),
}

// customer is what an order needs to know of one.
type customer struct {
	guid, code, name, taxCode, currency string
	emails, names, postCodes            []string // folded
}

// customers keeps them by e-mail address and by name.
type customers = component.Catalogue[[]customer]

func customersOf(c *connection.Connection) *customers {
	return c.Local("unleashed customers", func() any {
		known, keys := map[string][]customer{}, map[string][]string{}
		return component.NewCatalogue(c.Book().Options.Now, 10*time.Minute, func(ctx context.Context, since time.Time, put func(string, []customer)) (time.Time, error) {
			filters := []string{"includeObsolete", "true", "includeAllContacts", "true"}
			return eachRecord(ctx, c, "Customers", since, filters, func(record map[string]any) {
				next := customerOf(record)
				changed := keys[next.guid]
				keys[next.guid] = nil
				if retired, _ := record["Obsolete"].(bool); retired {
					keys[next.guid] = []string{"retired/" + next.guid}
				} else {
					keys[next.guid] = next.keys()
				}
				for _, key := range slices.Concat(changed, keys[next.guid]) {
					// A copy, since an answer may still be reading the one before.
					others := slices.DeleteFunc(slices.Clone(known[key]), func(other customer) bool { return other.guid == next.guid })
					if slices.Contains(keys[next.guid], key) {
						others = append(others, next)
					}
					known[key] = others
					put(key, others)
				}
			})
		})
	}).(*customers)
}

func customerOf(record map[string]any) customer {
	of := customer{
		guid: fmt.Sprint(record["Guid"]), code: member(record, "CustomerCode"), name: member(record, "CustomerName"), taxCode: member(record, "TaxCode"),
	}
	if currency, isObject := record["Currency"].(map[string]any); isObject {
		of.currency = member(currency, "CurrencyCode")
	}
	of.emails = folded(of.emails, member(record, "Email"))
	of.names = folded(of.names, of.name)
	of.names = folded(of.names, member(record, "ContactFirstName")+" "+member(record, "ContactLastName"))
	for _, contact := range component.Objects(record["Contacts"]) {
		of.emails = folded(of.emails, member(contact, "EmailAddress"))
	}
	for _, address := range component.Objects(record["Addresses"]) {
		of.postCodes = folded(of.postCodes, strings.ReplaceAll(member(address, "PostalCode"), " ", ""))
	}
	return of
}

func (c customer) keys() []string {
	keys := make([]string, 0, len(c.emails)+len(c.names))
	for _, email := range c.emails {
		keys = append(keys, "email/"+email)
	}
	for _, name := range c.names {
		keys = append(keys, "name/"+name)
	}
	return keys
}

// lookCustomer answers whose an order is. A customer that the list lacks is asked
// for as what changed since, so that one that was just made is found.
func lookCustomer(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	list, names := customersOf(c), component.List(args["Names"])
	channel, email, postCode := member(args, "Channel"), fold(member(args, "Email")), fold(strings.ReplaceAll(member(args, "PostCode"), " ", ""))
	if channel != "" {
		found, err := matched(ctx, list, "name/"+fold(channel), func(one customer) bool { return one.name == channel })
		if err != nil || found != nil {
			return found, err
		}
		return newCustomer(ctx, c, args, []string{"channel/" + channel})
	}
	var keys []string // that a customer is known by which is made of this buyer
	if email != "" {
		found, err := matched(ctx, list, "email/"+email, nil)
		if err != nil || found != nil {
			return found, err
		}
		keys = append(keys, "email/"+email)
	}
	for _, name := range names {
		if postCode == "" {
			break
		}
		key := "name/" + fold(fmt.Sprint(name))
		found, err := matched(ctx, list, key, func(one customer) bool { return slices.Contains(one.postCodes, postCode) })
		if err != nil || found != nil {
			return found, err
		}
		keys = append(keys, key+"/"+postCode)
	}
	return newCustomer(ctx, c, args, keys)
}

// newCustomer answers the GUID that a customer is to be made under, null where the
// buyer brings none.
func newCustomer(ctx context.Context, c *connection.Connection, args map[string]any, keys []string) (any, error) {
	guid := member(args, "Guid")
	if guid == "" {
		return nil, nil
	}
	guid = newcomersOf(c).guidOf(c.Book().Options.Now(), guid, keys)
	retired, err := customersOf(c).Find(ctx, "retired/"+guid)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Guid": nil, "New": guid, "Retired": len(retired["retired/"+guid]) > 0}, nil
}

// matched answers the first by code of the customers under a key that are right.
func matched(ctx context.Context, list *customers, key string, right func(customer) bool) (any, error) {
	found, err := list.Find(ctx, key)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(found[key])
	if right != nil {
		all = slices.DeleteFunc(all, func(one customer) bool { return !right(one) })
	}
	if len(all) == 0 {
		return nil, nil
	}
	one := slices.MinFunc(all, func(a, b customer) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.guid, b.guid)) })
	return map[string]any{
		"Guid": one.guid, "CustomerCode": one.code, "CustomerName": one.name, "TaxCode": one.taxCode, "CurrencyCode": one.currency, "Others": int64(len(all) - 1),
	}, nil
}

// fold makes texts that differ in case or in white space around them equal.
func fold(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// folded adds a text to a list unless it is blank or there.
func folded(list []string, text string) []string {
	if text = fold(text); text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// member is a text of an object, empty when it is missing or none.
func member(object map[string]any, name string) string {
	text, _ := object[name].(string)
	return text
}
