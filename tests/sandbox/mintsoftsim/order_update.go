package mintsoftsim

import "strings"

// updateOrder changes the fields of the header that are given; lines have their
// own operations. Warehouse, channel, client and comments are not touched.
func (t *Twin) updateOrder(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	return result(o.ID, "Order updated", t.changeHeader(o, c.document(), c.now, c.user.Username))
}

func (t *Twin) changeHeader(o *orderRecord, d document, now Date, user string) error {
	if err := t.editable(o); err != nil {
		return err
	}
	if err := t.storable(d); err != nil {
		return err
	}
	changed := *o
	if err := t.identify(o, &changed, d); err != nil {
		return err
	}
	if d.int("CountryId") != 0 || d.str("Country") != "" {
		if changed.Country = t.reference.country(d.int("CountryId"), d.str("Country")); changed.Country == nil {
			return refusal("Country could not be found")
		}
		changed.CountryID = changed.Country.ID
	}
	if d.int("CurrencyId") != 0 || d.str("Currency") != "" {
		if changed.Currency = t.reference.currency(d.int("CurrencyId"), d.str("Currency")); changed.Currency == nil {
			return refusal("Currency could not be found")
		}
		changed.CurrencyID = changed.Currency.ID
	}
	if d.int("CourierServiceId") != 0 || d.str("CourierService") != "" {
		if err := t.sendBy(&changed, d); err != nil {
			return err
		}
	}
	t.assign(changed.headerFields(), d)
	t.orders.unindex(o)
	*o = changed
	t.orders.index(o)
	o.touch(now, user)
	return nil
}

// identify changes number and reference, which stay unique.
func (t *Twin) identify(o, changed *orderRecord, d document) error {
	t.assign(map[string]any{"OrderNumber": &changed.OrderNumber, "ExternalOrderReference": &changed.ExternalOrderReference}, d)
	if strings.TrimSpace(changed.OrderNumber) == "" {
		return refusal("OrderNumber is required")
	}
	_, err := t.duplicate(o.ClientID, changed.OrderNumber, read(changed.ExternalOrderReference), o)
	return err
}

// putNameValue adds a custom field.
func (o *orderRecord) putNameValue(ids *ids, name, value string, now Date, user string) {
	nv := OrderNameValue{OrderID: o.ID, Name: name, Value: &value, entity: entity{ID: next(&ids.nameValue)}}
	nv.touch(now, user)
	o.OrderNameValues = append(o.OrderNameValues, nv)
}
