package mintsoftsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// AddClient adds a merchant. Ids begin at 3.
func (t *Twin) AddClient(c Client) Client {
	return made(t, c, func(c *Client, now Date) error {
		if c.HoldingPolicy == "" {
			c.HoldingPolicy = Manual
		}
		if c.Active == "" {
			c.Active = "True"
		}
		c.entity = entity{ID: next(&t.ids.client)}
		c.touch(now, systemUser)
		t.reference.clients = append(t.reference.clients, c)
		return nil
	})
}

// AddWarehouse adds a warehouse, with an address where none is given. Ids begin at
// 3.
func (t *Twin) AddWarehouse(w Warehouse) Warehouse {
	return made(t, w, func(w *Warehouse, now Date) error {
		for field, usual := range map[*string]string{
			&w.Type: "Standard", &w.AddressLine1: "Unit 1", &w.City: "Sampleton", &w.PostCode: "SA1 1AA", &w.CompanyName: w.Name,
			&w.ContactName: "Goods in", &w.ContactNumber: "0", &w.ContactEmail: "ops@example.test",
		} {
			if *field == "" {
				*field = usual
			}
		}
		if w.CountryID == 0 {
			w.CountryID = 1
		}
		w.Active, w.AllowTransfersIn, w.AllowUnassignedLocations = true, true, true
		w.entity = entity{ID: next(&t.ids.warehouse)}
		w.touch(now, systemUser)
		t.reference.warehouses = append(t.reference.warehouses, w)
		return nil
	})
}

// AddLocation adds a shelf to a warehouse. Kind is 1 goods in, 2 bulk, 3 pick, 4
// unassigned.
func (t *Twin) AddLocation(warehouse int, name string, kind int) Location {
	return made(t, Location{}, func(l *Location, now Date) error {
		if byID(t.reference.warehouses, warehouse) == nil || byID(t.reference.locationTypes, kind) == nil {
			return fmt.Errorf("location %s: there is no warehouse %d or no kind %d", name, warehouse, kind)
		}
		*l = Location{Name: name, LocationName: name, SimpleLocationName: &name, LocationTypeID: kind, WarehouseID: warehouse, entity: entity{ID: next(&t.ids.location)}}
		l.touch(now, systemUser)
		t.reference.locations = append(t.reference.locations, l)
		return nil
	})
}

// AddChannel adds a channel to a client. A client's first is its default.
func (t *Twin) AddChannel(client int, name string) Channel {
	ch := Channel{Name: name, Active: true, ClientID: client}
	return made(t, ch, func(ch *Channel, now Date) error {
		if byID(t.reference.clients, client) == nil {
			return fmt.Errorf("channel %s: there is no client %d", name, client)
		}
		ch.entity = entity{ID: next(&t.ids.channel)}
		ch.touch(now, systemUser)
		t.reference.channels = append(t.reference.channels, ch)
		return nil
	})
}

// AddCourier adds a courier service; the tracking number is put at the end of its
// tracking URL. AUTO takes the first one.
func (t *Twin) AddCourier(name, trackingURL string) CourierService {
	s := CourierService{Name: name, TrackingURL: optional(trackingURL), ActiveB: true}
	return made(t, s, func(s *CourierService, now Date) error {
		kind := &CourierServiceType{Name: name, Active: true, entity: systemEntity(len(t.reference.courierTypes) + 1)}
		t.reference.courierTypes = append(t.reference.courierTypes, kind)
		s.CourierServiceTypeID, s.entity = kind.ID, entity{ID: next(&t.ids.courier)}
		s.touch(now, systemUser)
		t.reference.couriers = append(t.reference.couriers, s)
		return nil
	})
}

// MapCourier maps a phrase to a courier service, for a client or, with 0, for all.
func (t *Twin) MapCourier(courier int, phrase string, client int) {
	t.act(func(now Date) error {
		p := &ExternalCourierServiceName{CourierServiceID: courier, Name: phrase, entity: entity{ID: len(t.reference.phrases) + 1}}
		if client != 0 {
			p.ClientID = &client
		}
		p.touch(now, systemUser)
		t.reference.phrases = append(t.reference.phrases, p)
		return nil
	})
}

// AddProduct adds a product, visible at once.
func (t *Twin) AddProduct(p Product) Product {
	t.act(func(now Date) error {
		_, err := t.seedProduct(&p, now)
		return err
	})
	return p
}

func (t *Twin) seedProduct(p *Product, now Date) (*productRecord, error) {
	if byID(t.reference.clients, p.ClientID) == nil || p.SKU == "" || t.sku(p.ClientID, p.SKU) != nil {
		return nil, fmt.Errorf("product %q: it needs a client and an SKU that is new to it", p.SKU)
	}
	p.entity = entity{ID: next(&t.ids.product)}
	p.touch(now, systemUser)
	record := &productRecord{Product: *p}
	t.putProduct(record)
	return record, nil
}

// AddBundle adds a bundle of products of the same client, by SKU.
func (t *Twin) AddBundle(p Product, components map[string]int) Product {
	t.act(func(now Date) error {
		var parts []component
		for _, sku := range slices.Sorted(maps.Keys(components)) {
			product := t.sku(p.ClientID, sku)
			if product == nil {
				return fmt.Errorf("bundle %s: there is no product %s", p.SKU, sku)
			}
			parts = append(parts, component{product: product, quantity: components[sku]})
		}
		record, err := t.seedProduct(&p, now)
		if err != nil {
			return err
		}
		t.makeBundle(record, parts)
		p = record.Product
		return nil
	})
	return p
}

// OrderSpec is an order to be added. Zero fields take the usual: the tenant's first
// client and warehouse, a British address, AUTO, the client's first channel.
type OrderSpec struct {
	Client, Warehouse int
	Number, Reference string
	Courier, Channel  string
	Country           string
	At                time.Time // when it was created
	Items             []ItemSpec
	NameValues        map[string]string
	// More are further members of the request, by their names there.
	More map[string]string
}

// ItemSpec is a line of an OrderSpec.
type ItemSpec struct {
	SKU           string
	Quantity      int
	Price, Vat    decimal.Decimal // for one, net and tax
	Batch, Serial string
	NameValues    map[string]string
}

// AddOrder creates an order as PUT Order would, at its own time.
func (t *Twin) AddOrder(spec OrderSpec) Order {
	var made Order
	t.act(func(now Date) error {
		c := &call{now: now, user: &User{Username: "import"}}
		if !spec.At.IsZero() {
			c.now = Date{spec.At.In(t.options.Zone).Truncate(tick)}
		}
		o, _, err := t.newOrder(c, t.orderDocument(spec))
		if err != nil {
			return fmt.Errorf("adding order %s: %w", spec.Number, err)
		}
		made = o.view(true)
		return nil
	})
	return made
}

func (t *Twin) orderDocument(spec OrderSpec) document {
	if spec.Client == 0 && len(t.reference.clients) > 0 {
		spec.Client = t.reference.clients[0].ID
	}
	if spec.Warehouse == 0 && len(t.reference.warehouses) > 0 {
		spec.Warehouse = t.reference.warehouses[0].ID
	}
	d := document{
		"ClientId": integer(spec.Client), "WarehouseId": integer(spec.Warehouse), "OrderNumber": spec.Number, "CourierService": "AUTO", "Country": "GB",
		"FirstName": "Alex", "LastName": "Example", "Address1": "1 Sample Street", "Town": "Sampleton", "PostCode": "SA1 1AA",
		"OrderNameValues": nameValues(spec.NameValues),
	}
	for name, value := range map[string]string{"ExternalOrderReference": spec.Reference, "CourierService": spec.Courier, "Channel": spec.Channel, "Country": spec.Country} {
		if value != "" {
			d[name] = value
		}
	}
	for name, value := range spec.More {
		d[name] = value
	}
	var items []any
	for _, it := range spec.Items {
		line := document{
			"SKU": it.SKU, "Quantity": integer(it.Quantity), "UnitPrice": json.Number(it.Price.String()), "UnitPriceVat": json.Number(it.Vat.String()),
			"OrderItemNameValues": nameValues(it.NameValues),
		}
		if it.Batch != "" {
			line["RequestedBatchNo"] = it.Batch
		}
		if it.Serial != "" {
			line["RequestedSerialNo"] = it.Serial
		}
		items = append(items, line)
	}
	d["OrderItems"] = items
	return d
}

func nameValues(values map[string]string) []any {
	var list []any
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, document{"Name": name, "Value": values[name]})
	}
	return list
}

// ASNSpec is an ASN to be added. Zero fields take the usual: the tenant's first
// client and warehouse, one carton.
type ASNSpec struct {
	Client, Warehouse int
	Reference         string
	Supplier          string
	At                time.Time
	Items             []ASNItemSpec
}

// ASNItemSpec is a line of an ASNSpec.
type ASNItemSpec struct {
	SKU          string
	Quantity     int
	SourceLineID string
}

// AddASN creates an ASN as PUT ASN would, at its own time.
func (t *Twin) AddASN(spec ASNSpec) ASN {
	var made ASN
	t.act(func(now Date) error {
		c := &call{now: now, user: &User{Username: "import"}}
		if !spec.At.IsZero() {
			c.now = Date{spec.At.In(t.options.Zone).Truncate(tick)}
		}
		order := t.orderDocument(OrderSpec{Client: spec.Client, Warehouse: spec.Warehouse})
		d := document{
			"ClientId": order["ClientId"], "WarehouseId": order["WarehouseId"], "POReference": spec.Reference, "Supplier": spec.Supplier,
			"GoodsInType": "Carton", "Quantity": integer(1),
		}
		var items []any
		for _, it := range spec.Items {
			items = append(items, document{"SKU": it.SKU, "Quantity": integer(it.Quantity), "SourceLineId": it.SourceLineID})
		}
		d["Items"] = items
		a, err := t.newASN(c, d)
		if err != nil {
			return fmt.Errorf("adding ASN %s: %w", spec.Reference, err)
		}
		made = a.view(true, true)
		return nil
	})
	return made
}
