package mintsoftsim

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// NewOrderResult answers the creation of an order, one for each order that it
// made.
type NewOrderResult struct {
	OrderID         int `json:"OrderId"`
	DropShipOrderID int `json:"DropShipOrderId"`
	OrderNumber     string
	Success         bool
	OrderStatusID   int `json:"OrderStatusId"`
	OrderStatus     *string
	Message         string
	OrderItems      []NewOrderResultItem
}

// NewOrderResultItem is the id that a line was given.
type NewOrderResultItem struct {
	SKU string
	ID  int
}

// RuleOutcome is what the tenant's rules decide about a new order. Zero values
// leave it as it is.
type RuleOutcome struct {
	WarehouseID      int
	CourierServiceID int
	Tags             []string
	// Status holds the order in it: AwaitingConfirmation, FraudRisk and so on.
	Status int
	// DropShip makes a second result, for an order that a supplier sends.
	DropShip bool
}

// SetOrderRule sets the function that stands for the tenant's order rules. It runs
// on each order that is created, before stock is allocated, and must not call the
// twin.
func (t *Twin) SetOrderRule(rule func(Order) RuleOutcome) {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.orderRule = rule
}

func whole(n int) decimal.Decimal { return decimal.NewFromInt(int64(n)) }

func (t *Twin) createOrder(c *call) (any, error) {
	results, err := t.newOrderResults(c)
	if err != nil {
		return nil, err
	}
	if t.knobs.CreateAnswersObject {
		return results[0], nil
	}
	return results, nil
}

func (t *Twin) newOrderResults(c *call) ([]NewOrderResult, error) {
	d := c.document()
	o, holder, err := t.newOrder(c, d)
	if no, isRefusal := errors.AsType[refusal](err); isRefusal {
		result := NewOrderResult{OrderNumber: d.str("OrderNumber"), Message: string(no)}
		if holder != nil && t.knobs.DuplicateNamesOrder {
			result.OrderID = holder.ID
		}
		return []NewOrderResult{result}, nil
	}
	if err != nil {
		return nil, err
	}
	status := orderStatusName(o.OrderStatusID)
	made := NewOrderResult{OrderID: o.ID, OrderNumber: o.OrderNumber, Success: true, OrderStatusID: o.OrderStatusID, OrderStatus: &status, Message: "Order Created"}
	for _, it := range o.items {
		made.OrderItems = append(made.OrderItems, NewOrderResultItem{SKU: it.SKU, ID: it.ID})
	}
	results := []NewOrderResult{made}
	if o.rules.DropShip {
		made.OrderID, made.DropShipOrderID, made.OrderItems = 0, next(&t.ids.order), []NewOrderResultItem{}
		results = append(results, made)
	}
	return results, nil
}

// newOrder makes an order, or says why not; holder is the order that has the
// number already.
func (t *Twin) newOrder(c *call, d document) (o, holder *orderRecord, err error) {
	client, err := t.client(c, d.int("ClientId"))
	if err != nil {
		return nil, nil, err
	}
	if holder, err = t.duplicate(client.ID, d.str("OrderNumber"), d.str("ExternalOrderReference"), nil); err != nil {
		return nil, holder, err
	}
	if source := d.sub("ConnectAction").str("SourceOrderId"); source != "" && t.sourceTaken(client.ID, source) {
		return nil, nil, refusal("Source Order Id already exists")
	}
	if err := t.complete(d); err != nil {
		return nil, nil, err
	}
	o = &orderRecord{Order: Order{ClientID: client.ID, OrderDate: c.now, Part: 1, NumberOfParts: 1, NumberOfParcels: 1, OrderNameValues: []OrderNameValue{}}}
	if err := t.address(o, d); err != nil {
		return nil, nil, err
	}
	t.assign(o.createFields(), d)
	if o.items, err = t.newItems(c.now, o, d.list("OrderItems"), c.user.Username); err != nil {
		return nil, nil, err
	}
	o.ID = next(&t.ids.order)
	o.OrderNumber, o.ExternalOrderReference = d.str("OrderNumber"), d.text("ExternalOrderReference")
	if o.OrderNumber == "" {
		o.OrderNumber = fmt.Sprintf("M%d", o.ID)
	}
	for _, value := range d.list("OrderNameValues") {
		o.putNameValue(&t.ids, value.str("Name"), value.str("Value"), c.now, c.user.Username)
	}
	if tags := tagList(d.str("Tags")); len(tags) > 0 {
		joined := strings.Join(tags, ",")
		o.Tags = &joined
	}
	if action := d.sub("ConnectAction"); action != nil {
		t.putAction(o, action, c.now, c.user.Username)
	}
	for _, it := range o.items {
		it.OrderID = o.ID
	}
	t.value(o)
	t.orders.put(o)
	o.touch(c.now, c.user.Username)
	t.applyRules(o)
	t.place(o, client, c.now, c.user.Username)
	return o, nil, nil
}

// complete refuses an order without what the service needs.
func (t *Twin) complete(d document) error {
	if t.knobs.AddressRequired {
		for _, name := range []string{"FirstName", "Address1", "PostCode"} {
			if strings.TrimSpace(d.str(name)) == "" {
				return refusal(name + " is required")
			}
		}
	}
	return t.storable(d)
}

// storable refuses what is too long or too much to be stored. The models of
// requests say nothing of it; the stored order's does.
func (t *Twin) storable(d document) error {
	stored := t.schema.Models["Order"]
	for _, name := range stored.limited {
		if limit := stored.Properties[name].MaxLength; utf8.RuneCountInString(d.str(name)) > limit {
			return refusal(fmt.Sprintf("The field %s must be a string with a maximum length of %d.", name, limit))
		}
	}
	if parcels := d.optionalInt("NumberOfParcels"); parcels != nil && (*parcels < 1 || *parcels > 1000) {
		return refusal("The field NumberOfParcels must be between 1 and 1000.")
	}
	for _, value := range d.list("OrderNameValues") {
		if utf8.RuneCountInString(value.str("Name")) > 100 {
			return refusal("The field Name must be a string with a maximum length of 100.")
		}
	}
	return nil
}

// address resolves the names of an order: where from, where to, how.
func (t *Twin) address(o *orderRecord, d document) error {
	warehouse := t.warehouse(d.int("WarehouseId"), d.str("Warehouse"))
	if warehouse == nil {
		return refusal("Warehouse could not be found")
	}
	o.WarehouseID = warehouse.ID
	if o.Country = t.reference.country(d.int("CountryId"), d.str("Country")); o.Country == nil {
		return refusal(fmt.Sprintf("Country '%s' could not be found", d.str("Country")))
	}
	o.CountryID = o.Country.ID
	if err := t.sendBy(o, d); err != nil {
		return err
	}
	if o.Currency = t.reference.currency(d.int("CurrencyId"), d.str("Currency")); o.Currency == nil {
		return refusal(fmt.Sprintf("Currency '%s' could not be found", d.str("Currency")))
	}
	o.CurrencyID = o.Currency.ID
	o.Channel = t.channel(d.int("ChannelId"), d.str("Channel"), o.ClientID)
	if o.Channel == nil && !t.knobs.UnknownChannelRefused {
		o.Channel = t.channel(0, "", o.ClientID)
	}
	if o.Channel == nil {
		return refusal(fmt.Sprintf("Channel '%s' could not be found", d.str("Channel")))
	}
	o.ChannelID = o.Channel.ID
	if recipient := d.str("RecipientType"); recipient != "" {
		o.RecipientType = &RecipientType{Name: recipient, entity: systemEntity(1)}
	}
	return nil
}

// sendBy sets the courier service; its id wins over its name.
func (t *Twin) sendBy(o *orderRecord, d document) error {
	courier := t.courier(d.int("CourierServiceId"), d.str("CourierService"), o.ClientID)
	if courier == nil {
		return refusal(fmt.Sprintf("CourierService '%s' could not be found", d.str("CourierService")))
	}
	o.CourierServiceTypeID, o.CourierServiceID, o.CourierServiceName = courier.CourierServiceTypeID, courier.ID, courier.Name
	return nil
}

// value computes the money of an order from what was said: lines and shipping
// without tax, tax as a sum.
func (t *Twin) value(o *orderRecord) {
	net, tax := decimal.Zero, decimal.Zero
	for _, it := range o.items {
		net, tax = net.Add(it.Price.Mul(whole(it.Quantity))), tax.Add(it.Vat.Mul(whole(it.Quantity)))
	}
	if o.OrderValue.IsZero() {
		o.OrderValue = Number{net}
	}
	o.ShippingNet, o.ShippingTax, o.DiscountNet, o.DiscountTax = o.ShippingTotalExVat, o.ShippingTotalVat, o.DiscountTotalExVat, o.DiscountTotalVat
	o.ShippingGross, o.DiscountGross = sum(o.ShippingNet, o.ShippingTax), sum(o.DiscountNet, o.DiscountTax)
	net = net.Add(orZero(o.ShippingNet)).Sub(orZero(o.DiscountNet))
	tax = tax.Add(orZero(o.ShippingTax)).Sub(orZero(o.DiscountTax))
	if o.TotalVat.IsZero() {
		o.TotalVat = Number{tax}
	}
	o.TotalOrderNet, o.TotalOrderTax, o.TotalOrderGross = number(net), number(o.TotalVat.Decimal), number(net.Add(o.TotalVat.Decimal))
	o.total()
}

func sum(a, b *Number) *Number {
	if a == nil && b == nil {
		return nil
	}
	return number(orZero(a).Add(orZero(b)))
}

func (t *Twin) applyRules(o *orderRecord) {
	if t.orderRule == nil {
		return
	}
	o.rules = t.orderRule(o.view(true))
	if w := t.warehouse(o.rules.WarehouseID, ""); w != nil {
		for _, it := range o.items {
			if it.warehouse == o.WarehouseID {
				it.warehouse = w.ID
			}
		}
		o.WarehouseID = w.ID
	}
	if s := byID(t.reference.couriers, o.rules.CourierServiceID); s != nil {
		o.CourierServiceTypeID, o.CourierServiceID, o.CourierServiceName = s.CourierServiceTypeID, s.ID, s.Name
	}
	if len(o.rules.Tags) > 0 {
		joined := strings.Join(append(tagList(read(o.Tags)), o.rules.Tags...), ",")
		o.Tags = &joined
	}
}
