package mintsoftsim

import (
	"slices"
	"strings"
)

// What a client has done with an order that is short of stock.
const (
	Manual           = "Manual"           // the order is held
	PlaceOnBackOrder = "PlaceOnBackOrder" // the whole order waits
	SplitOrder       = "SplitOrder"       // what is there goes, the rest waits
)

// Client is a merchant of the tenant.
type Client struct {
	ShortName                  string
	Name                       string
	Code                       *string
	BrandName                  *string
	ContactName                *string
	ContactNumber              *string
	AddressLine1               *string
	AddressLine2               *string
	AddressLine3               *string
	Town                       *string
	County                     *string
	Postcode                   *string
	PPINumber                  *string
	VATNumber                  *string
	EORINumber                 *string
	UKIMSNumber                *string
	VOECNumber                 *string
	DefaultMIDCode             *string
	VatExempt                  bool
	NIREORINumber              *string
	IOSSNumber                 *string
	CountryID                  *int `json:"CountryId"`
	ContactEmail               *string
	PackagingInstructions      *string
	CurrencyID                 *int `json:"CurrencyId"`
	Active                     string
	OnStop                     bool
	AccountingIntegrationType  *string
	CustomerRegistrationNumber *string
	entity

	// HoldingPolicy is what becomes of an order that is short of stock: Manual
	// (default), PlaceOnBackOrder or SplitOrder.
	HoldingPolicy string `json:"-"`
	// BackOrdersByHand: stock that arrives is not given to waiting orders by itself.
	BackOrdersByHand bool `json:"-"`
}

// Warehouse of the tenant.
type Warehouse struct {
	Name                                string
	Code                                *string
	Details                             *string
	AllowTransfersIn                    bool
	AllowAllocatedTransfers             bool
	AllowUnassignedLocations            bool
	AllocateBasedOnLocationTypePriority bool
	IncludeAllocatedStockInReplenPoint  bool
	VerifyLocationsWhenPicking          bool
	Active                              bool
	Type                                string
	PrependWarehouseName                bool
	AddressLine1                        string
	AddressLine2                        *string
	City                                string
	County                              *string
	PostCode                            string
	CompanyName                         string
	ContactName                         string
	ContactNumber                       string
	ContactEmail                        string
	CountryID                           int `json:"CountryId"`
	ClientID                            int `json:"ClientId"`
	entity
	WarehouseReferenceFields []WarehouseReferenceField

	// BinLocations: stock lies in locations, and cannot be set for the warehouse as a
	// whole.
	BinLocations bool `json:"-"`
}

// WarehouseReferenceField is a custom field of a warehouse.
type WarehouseReferenceField struct {
	WarehouseID int `json:"WarehouseId"`
	Name        string
	Value       *string
	Connection  *string
	entity
}

// Location is a shelf of a warehouse.
type Location struct {
	Name               string
	LocationTypeID     int `json:"LocationTypeId"`
	SimpleLocationName *string
	PickSequence       int
	LocationName       string
	WarehouseID        int `json:"WarehouseId"`
	entity
}

// LocationType is what a location is for.
type LocationType struct {
	Name string
	entity
}

// Channel is where a client's orders come from.
type Channel struct {
	Name        string
	Description *string
	Active      bool
	Logo        *string
	ClientID    int `json:"ClientId"`
	entity
}

// CourierService is a delivery service of a carrier.
type CourierService struct {
	CourierServiceTypeID int `json:"CourierServiceTypeId"`
	Name                 string
	TrackingURL          *string
	ActiveB              bool
	entity
}

// CourierServiceType is a family of courier services.
type CourierServiceType struct {
	Name   string
	Active bool
	entity
}

// ExternalCourierServiceName is a phrase that is mapped to a courier service.
type ExternalCourierServiceName struct {
	CourierServiceID int `json:"CourierServiceId"`
	Source           *string
	Name             string
	ExtraCode1       *string
	ExtraCode2       *string
	ClientID         *int `json:"ClientId"`
	entity
}

// listClients is for admins; a client user is answered as with a bad key.
func (t *Twin) listClients(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	from, limit, err := t.page(c, 100)
	if err != nil {
		return nil, err
	}
	recent := t.since(c, "sinceLastUpdated")
	return window(from, limit, func(yield func(*Client) bool) {
		for _, client := range t.reference.clients {
			if recent(client.LastUpdated) && !yield(client) {
				return
			}
		}
	}), nil
}

func (t *Twin) listWarehouses(c *call) (any, error) {
	return filter(t.reference.warehouses, func(w *Warehouse) bool { return w.ClientID == 0 || c.sees(w.ClientID) }), nil
}

func (t *Twin) listLocations(c *call) (any, error) {
	return filter(t.reference.locations, func(l *Location) bool { return l.WarehouseID == c.ids["warehouseid"] }), nil
}

func (t *Twin) getLocation(c *call) (any, error) {
	if l := byID(t.reference.locations, c.ids["locationid"]); l != nil && l.WarehouseID == c.ids["warehouseid"] {
		return l, nil
	}
	return nil, notFound("Location not found")
}

func (t *Twin) lookUpLocation(c *call) (any, error) {
	for _, l := range t.reference.locations {
		if l.WarehouseID == c.ids["warehouseid"] && strings.EqualFold(l.Name, c.text("Location")) {
			return l, nil
		}
	}
	return nil, notFound("Location not found")
}

func (t *Twin) listChannels(c *call) (any, error) {
	return filter(t.reference.channels, func(ch *Channel) bool { return c.sees(ch.ClientID) }), nil
}

func (t *Twin) getCourier(c *call) (any, error) {
	if s := byID(t.reference.couriers, c.ids["id"]); s != nil {
		return s, nil
	}
	return nil, notFound("Courier service not found")
}

func (t *Twin) listPhrases(c *call) (any, error) {
	return filter(t.reference.phrases, func(p *ExternalCourierServiceName) bool {
		return p.CourierServiceID == c.ids["id"] && (p.ClientID == nil || c.sees(*p.ClientID))
	}), nil
}

// filter keeps what passes; its answer is never null.
func filter[T any](list []T, keep func(T) bool) []T {
	kept := []T{}
	for _, record := range list {
		if keep(record) {
			kept = append(kept, record)
		}
	}
	return kept
}

// warehouse resolves an id, else a name or a code; nil when there is none.
func (t *Twin) warehouse(id int, name string) *Warehouse {
	if id != 0 {
		return byID(t.reference.warehouses, id)
	}
	for _, w := range t.reference.warehouses {
		if name != "" && (strings.EqualFold(w.Name, name) || w.Code != nil && strings.EqualFold(*w.Code, name)) {
			return w
		}
	}
	return nil
}

// courier resolves an id, an exact name, a phrase that is mapped for the client or
// for all, or AUTO, for which the first active service is taken.
func (t *Twin) courier(id int, name string, client int) *CourierService {
	if id != 0 {
		return byID(t.reference.couriers, id)
	}
	for _, s := range t.reference.couriers {
		if s.ActiveB && (strings.EqualFold(s.Name, name) || strings.EqualFold(name, "AUTO")) {
			return s
		}
	}
	for _, p := range t.reference.phrases {
		if strings.EqualFold(p.Name, name) && (p.ClientID == nil || *p.ClientID == client) {
			return byID(t.reference.couriers, p.CourierServiceID)
		}
	}
	return nil
}

// channel resolves an id or a name among a client's channels; its first when there
// is neither.
func (t *Twin) channel(id int, name string, client int) *Channel {
	i := slices.IndexFunc(t.reference.channels, func(ch *Channel) bool {
		return ch.ClientID == client && (id == 0 || ch.ID == id) && (id != 0 || name == "" || strings.EqualFold(ch.Name, name))
	})
	if i < 0 {
		return nil
	}
	return t.reference.channels[i]
}

// client resolves the client of a write. Client users have theirs; admins must
// name one.
func (t *Twin) client(c *call, id int) (*Client, error) {
	switch {
	case !c.user.admin():
		id = c.user.ClientID
	case id == 0 && t.knobs.Multichannel && len(t.reference.clients) > 0:
		return t.reference.clients[0], nil
	case id == 0:
		return nil, refusal("ClientId is required")
	}
	if client := byID(t.reference.clients, id); client != nil {
		return client, nil
	}
	return nil, refusal("Client not found")
}

// every is a whole list; its answer is never null.
func every[T any](list []T) []T { return filter(list, func(T) bool { return true }) }
