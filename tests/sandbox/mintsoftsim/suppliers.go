package mintsoftsim

import "strings"

// ProductSupplier is who a client buys from.
type ProductSupplier struct {
	Name          string
	ContactName   *string
	ContactNumber *string
	AddressLine1  *string
	AddressLine2  *string
	AddressLine3  *string
	Town          *string
	County        *string
	Postcode      *string
	CountryID     *int `json:"CountryId"`
	Country       *Country
	ContactEmail  *string
	Active        bool
	Code          *string
	CurrencyID    *int `json:"CurrencyId"`
	Currency      *Currency
	ClientID      int `json:"ClientId"`
	entity
}

func (t *Twin) listSuppliers(c *call) (any, error) {
	from, limit, err := t.page(c, 100)
	if err != nil {
		return nil, err
	}
	client := c.clientFilter("ClientId")
	return window(from, limit, func(yield func(*ProductSupplier) bool) {
		for _, s := range t.suppliers {
			if (client == 0 || s.ClientID == client) && !yield(s) {
				return
			}
		}
	}), nil
}

// createSupplier adds one; no rule of uniqueness is known.
func (t *Twin) createSupplier(c *call) (any, error) {
	d := c.document()
	client, err := t.client(c, d.int("ClientId"))
	if err == nil && strings.TrimSpace(d.str("Name")) == "" {
		err = refusal("Name is required")
	}
	if err != nil {
		return result(0, "", err)
	}
	s := &ProductSupplier{ClientID: client.ID, Active: true, entity: entity{ID: next(&t.ids.supplier)}}
	t.assign(map[string]any{
		"Name": &s.Name, "ContactName": &s.ContactName, "ContactNumber": &s.ContactNumber, "AddressLine1": &s.AddressLine1, "AddressLine2": &s.AddressLine2,
		"AddressLine3": &s.AddressLine3, "Town": &s.Town, "County": &s.County, "Postcode": &s.Postcode, "CountryId": &s.CountryID,
		"ContactEmail": &s.ContactEmail, "Active": &s.Active, "Code": &s.Code, "CurrencyId": &s.CurrencyID,
	}, d)
	if s.CountryID != nil {
		s.Country = t.reference.country(*s.CountryID, "")
	}
	if s.CurrencyID != nil {
		s.Currency = t.reference.currency(*s.CurrencyID, "")
	}
	s.touch(c.now, c.user.Username)
	t.suppliers = append(t.suppliers, s)
	return done(s.ID, "Supplier created"), nil
}
