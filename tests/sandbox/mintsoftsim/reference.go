package mintsoftsim

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Country as the service names it. ID, Code and Code3 are the same in every
// account.
type Country struct {
	Name  string
	Code  string
	Code3 string
	entity
}

// Currency of an amount.
type Currency struct {
	Name   string
	Code   string
	Symbol string
	entity
}

// OrderStatus is one of the 23 statuses of an order.
type OrderStatus struct {
	Name         string
	ExternalName string
	entity
}

// ASNStatus is one of the 13 statuses of an advance shipping notice.
type ASNStatus struct {
	Name       string
	Colour     string
	TextColour string
	entity
}

// EnumPair is a value of one of the service's fixed lists.
type EnumPair struct {
	ID   int
	Name string
}

// The statuses of an order.
const (
	StatusNew = iota + 1
	StatusPrinted
	StatusCancelled
	StatusDespatched
	StatusInvoiced
	StatusInvoiceFailed
	StatusHolding
	StatusFailed
	StatusOnBackOrder
	StatusAwaitingConfirmation
	StatusAwaitingDocumentation
	StatusAwaitingPayment
	StatusQueryRaised
	StatusPackAndHold
	StatusAwaitingPicking
	StatusPickingStarted
	StatusPicked
	StatusFraudRisk
	StatusPickingSkipped
	StatusPacked
	StatusAwaitingReplen
	StatusProcessing
	StatusRebinned
)

// The statuses of an advance shipping notice.
const (
	ASNNew = iota + 1
	ASNAwaitingApproval
	ASNAwaitingDelivery
	ASNBookedIn
	ASNDiscrepancy
	ASNComplete
	ASNPartiallyBooked
	ASNBookedInPartial
	ASNDelivered
	ASNShipped
	ASNAwaitingDeliveryLate
	ASNAwaitingPutAway
	ASNRobotPutAway
)

var (
	orderStatusNames = strings.Fields(`NEW PRINTED CANCELLED DESPATCHED INVOICED INVOICEFAILED HOLDING FAILED ONBACKORDER AWAITINGCONFIRMATION
		AWAITINGDOCUMENTATION AWAITINGPAYMENT QUERYRAISED PACKANDHOLD AWAITINGPICKING PICKINGSTARTED PICKED FRAUDRISK PICKINGSKIPPED PACKED
		AWAITINGREPLEN PROCESSING REBINNED`)
	asnStatusNames = strings.Fields(`NEW AWAITNGAPPROVAL AWAITINGDELIVERY BOOKEDIN DISCREPANCY COMPLETE PARTIALLYBOOKED BOOKEDIN-PARTIAL DELIVERED
		SHIPPED AWAITINGDELIVERY_LATE AWAITINGPUTAWAY ROBOTPUTAWAY`)
	goodsInTypes = strings.Fields(`TwentyFtContainer FortyFtContainer Pallet Carton FortyFtContainerHC FortyFiveFtContainer FortyFiveFtContainerHC`)
)

//go:embed countries.txt
var countryFile string

// reference is what every tenant has, and what its settings add.
type reference struct {
	countries     []*Country
	byCountry     map[string]*Country // code, three-letter code and name, lower case
	currencies    []*Currency
	orderStatuses []*OrderStatus
	asnStatuses   []*ASNStatus

	clients       []*Client
	warehouses    []*Warehouse
	locationTypes []*LocationType
	locations     []*Location
	channels      []*Channel
	couriers      []*CourierService
	courierTypes  []*CourierServiceType
	phrases       []*ExternalCourierServiceName
}

// founded is when the reference data of every tenant was written.
var founded = Date{time.Date(2012, 5, 5, 22, 16, 35, 487e6, time.UTC)}

func systemEntity(id int) entity {
	return entity{ID: id, LastUpdated: founded, LastUpdatedByUser: "SYSTEM"}
}

func newReference() reference {
	r := reference{byCountry: map[string]*Country{}}
	for line := range strings.Lines(countryFile) {
		c := &Country{}
		if _, err := fmt.Sscanf(line, "%d %s %s", &c.ID, &c.Code, &c.Code3); err != nil {
			panic(fmt.Errorf("reading countries.txt: %w", err))
		}
		c.entity = systemEntity(c.ID)
		c.Name = strings.TrimSpace(strings.SplitN(line, " ", 4)[3])
		r.countries = append(r.countries, c)
		for _, key := range []string{c.Code, c.Code3, c.Name} {
			// Two countries are there twice; the lower id is meant.
			if _, exists := r.byCountry[strings.ToLower(key)]; !exists {
				r.byCountry[strings.ToLower(key)] = c
			}
		}
	}
	r.byCountry["uk"] = r.byCountry["gb"]
	for i, currency := range []Currency{
		{Name: "United Kingdom Pound", Code: "GBP", Symbol: "£"}, {Name: "United States Dollar", Code: "USD", Symbol: "$"},
		{Name: "Euro", Code: "EUR", Symbol: "€"}, {Name: "Australia Dollar", Code: "AUD", Symbol: "$"},
		{Name: "New Zealand Dollar", Code: "NZD", Symbol: "$"}, {Name: "Canada Dollar", Code: "CAD", Symbol: "$"},
	} {
		currency.entity = systemEntity(i + 1)
		r.currencies = append(r.currencies, &currency)
	}
	for i, name := range orderStatusNames {
		status := &OrderStatus{Name: name, ExternalName: name, entity: systemEntity(i + 1)}
		if shipped(i + 1) {
			status.ExternalName = orderStatusNames[StatusDespatched-1]
		}
		r.orderStatuses = append(r.orderStatuses, status)
	}
	for i, name := range asnStatusNames {
		r.asnStatuses = append(r.asnStatuses, &ASNStatus{Name: name, Colour: "#FFFFFF", TextColour: "#000000", entity: systemEntity(i + 1)})
	}
	for i, name := range []string{"GOODS IN", "BULK", "PICK", "UNASSIGNED"} {
		r.locationTypes = append(r.locationTypes, &LocationType{Name: name, entity: systemEntity(i + 1)})
	}
	return r
}

// shipped says whether an order of a status has left the warehouse.
func shipped(status int) bool { return status >= StatusDespatched && status <= StatusInvoiceFailed }

// orderStatusName is a status by its name; the service may have ones that nobody
// has described.
func orderStatusName(status int) string {
	if status < 1 || status > len(orderStatusNames) {
		return strconv.Itoa(status)
	}
	return orderStatusNames[status-1]
}

func goodsInPairs() []EnumPair {
	pairs := make([]EnumPair, len(goodsInTypes))
	for i, name := range goodsInTypes {
		pairs[i] = EnumPair{ID: i + 1, Name: name}
	}
	return pairs
}

// country resolves an id, or a name in any of the spellings that the service
// takes.
func (r *reference) country(id int, name string) *Country {
	if id != 0 {
		return byID(r.countries, id)
	}
	return r.byCountry[strings.ToLower(strings.TrimSpace(name))]
}

// currency resolves an id or a code; GBP when there is neither.
func (r *reference) currency(id int, code string) *Currency {
	if id != 0 {
		return byID(r.currencies, id)
	}
	if code == "" {
		code = "GBP"
	}
	i := slices.IndexFunc(r.currencies, func(c *Currency) bool { return strings.EqualFold(c.Code, code) })
	if i < 0 {
		return nil
	}
	return r.currencies[i]
}

type identified interface{ id() int }

func (e entity) id() int { return e.ID }

// byID finds a record of a short list; nil when there is none.
func byID[T identified](list []T, id int) T {
	for _, record := range list {
		if record.id() == id {
			return record
		}
	}
	var none T
	return none
}
