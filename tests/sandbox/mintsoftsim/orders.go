package mintsoftsim

import (
	"slices"
	"strings"
)

// systemUser is who did what nobody did.
const systemUser = "SYSTEM"

// orderFile holds the orders of all clients, by ascending id.
type orderFile struct {
	all         []*orderRecord
	byID        map[int]*orderRecord
	byNumber    map[string][]*orderRecord
	byReference map[string][]*orderRecord
	byTracking  map[string][]*orderRecord
	reserved    []reservation // of orders that are gone
	waiting     []*orderRecord
	uninvoiced  []*orderRecord
	invoiced    int
}

type reservation struct {
	client            int
	number, reference string
}

func newOrderFile() orderFile {
	return orderFile{
		byID: map[int]*orderRecord{}, byNumber: map[string][]*orderRecord{}, byReference: map[string][]*orderRecord{}, byTracking: map[string][]*orderRecord{},
	}
}

func (f *orderFile) put(o *orderRecord) {
	f.all = append(f.all, o)
	f.byID[o.ID] = o
	f.index(o)
}

func (f *orderFile) index(o *orderRecord) {
	o.fold()
	for key, by := range f.keys(o) {
		if key.text != "" {
			by[key.text] = append(by[key.text], o)
		}
	}
}

func (f *orderFile) unindex(o *orderRecord) {
	for key, by := range f.keys(o) {
		by[key.text] = slices.DeleteFunc(by[key.text], func(other *orderRecord) bool { return other == o })
		if len(by[key.text]) == 0 {
			delete(by, key.text)
		}
	}
}

type indexKey struct{ kind, text string }

func (f *orderFile) keys(o *orderRecord) map[indexKey]map[string][]*orderRecord {
	return map[indexKey]map[string][]*orderRecord{
		{"number", o.number}: f.byNumber, {"reference", o.reference}: f.byReference, {"tracking", o.tracking}: f.byTracking,
	}
}

// remove takes an order out of the file; its id is not found any more.
func (t *Twin) remove(o *orderRecord) {
	f := &t.orders
	f.unindex(o)
	delete(f.byID, o.ID)
	here := func(other *orderRecord) bool { return other == o }
	f.all, f.waiting, f.uninvoiced = slices.DeleteFunc(f.all, here), slices.DeleteFunc(f.waiting, here), slices.DeleteFunc(f.uninvoiced, here)
	if !t.knobs.DeletedFreesNumber {
		f.reserved = append(f.reserved, reservation{o.ClientID, o.OrderNumber, read(o.ExternalOrderReference)})
	}
}

// duplicate answers the order that has a number or a reference already. Only
// others than those that share the number of the order itself count: parts do.
func (t *Twin) duplicate(client int, number, reference string, self *orderRecord) (holder *orderRecord, err error) {
	for _, o := range t.orders.byNumber[strings.ToLower(number)] {
		if t.holds(o, client, self) && t.equal(o.OrderNumber, number) {
			return o, refusal("Order Number already exists")
		}
	}
	for _, o := range t.orders.byReference[strings.ToLower(reference)] {
		if reference != "" && t.holds(o, client, self) && t.equal(read(o.ExternalOrderReference), reference) {
			return o, refusal("External Order Reference already exists")
		}
	}
	for _, r := range t.orders.reserved {
		if r.client != client && !t.knobs.Multichannel {
			continue
		}
		if t.equal(r.number, number) || reference != "" && t.equal(r.reference, reference) {
			return nil, refusal("Order Number already exists")
		}
	}
	return nil, nil
}

// holds says whether an order keeps others from using its number.
func (t *Twin) holds(o *orderRecord, client int, self *orderRecord) bool {
	switch {
	case o.ClientID != client && !t.knobs.Multichannel:
		return false
	case o.OrderStatusID == StatusCancelled && t.knobs.CancelledFreesNumber:
		return false
	}
	return self == nil || o != self && o.number != self.number
}

func (t *Twin) equal(a, b string) bool {
	return a == b || !t.knobs.CaseSensitive && strings.EqualFold(a, b)
}

// orderOf is the order that the path names.
func (t *Twin) orderOf(c *call) (*orderRecord, error) {
	o := t.orders.byID[c.ids["id"]]
	if o == nil || !c.sees(o.ClientID) {
		return nil, notFound("Order not found")
	}
	return o, nil
}

// view is an order as an answer shows it.
func (o *orderRecord) view(items bool) Order {
	shown := o.Order
	shown.OrderItems = nil
	if items {
		shown.OrderItems = o.lines()
	}
	return shown
}

func (o *orderRecord) lines() []OrderItem {
	lines := make([]OrderItem, len(o.items))
	for i, it := range o.items {
		lines[i] = it.OrderItem
	}
	return lines
}

func (o *orderRecord) item(id int) *itemRecord {
	for _, it := range o.items {
		if it.ID == id {
			return it
		}
	}
	return nil
}

// total brings the sums of an order up to date.
func (o *orderRecord) total() {
	o.TotalItems = 0
	weight := Number{}
	for _, it := range o.items {
		o.TotalItems += it.Quantity
		weight.Decimal = weight.Add(it.product.Weight.Mul(whole(it.Quantity)))
	}
	o.TotalWeight = weight
}

// setStatus moves an order. Whoever calls touches it.
func (t *Twin) setStatus(o *orderRecord, status int, now Date) {
	if status == StatusNew && o.OrderStatusID != StatusNew {
		o.AtNewDate = now
	}
	if o.OrderStatusID == StatusOnBackOrder && status != StatusOnBackOrder {
		t.orders.waiting = slices.DeleteFunc(t.orders.waiting, func(other *orderRecord) bool { return other == o })
	}
	if status == StatusOnBackOrder && o.OrderStatusID != StatusOnBackOrder {
		t.orders.waiting = append(t.orders.waiting, o)
	}
	o.OrderStatusID = status
}

func (t *Twin) getOrder(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	return o.view(true), nil
}

func (t *Twin) listItems(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	return o.lines(), nil
}

// searchOrders looks for a text in numbers, references and tracking numbers,
// across clients, newest first.
func (t *Twin) searchOrders(c *call) (any, error) {
	wanted, exact := strings.ToLower(c.text("OrderNumber")), c.flag("exactMatch")
	rows := []Order{}
	for _, o := range t.candidates(wanted, exact) {
		if len(rows) == t.knobs.SearchLimit {
			break
		}
		if !c.sees(o.ClientID) || !t.hits(o, wanted, exact) {
			continue
		}
		row := o.view(exact && c.flag("includeOrderItems"))
		if t.knobs.SearchNullStatus {
			row.OrderStatusID, row.CourierServiceID, row.CourierServiceName = 0, 0, ""
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 && t.knobs.SearchNotFound {
		return nil, notFound("Order not found")
	}
	if t.knobs.SearchNullStatus {
		return nullStatus(rows)
	}
	return rows, nil
}

// candidates are the orders that may hit, newest first.
func (t *Twin) candidates(wanted string, exact bool) []*orderRecord {
	found := slices.Clone(t.orders.all)
	if exact {
		found = slices.Concat(t.orders.byNumber[wanted], t.orders.byReference[wanted], t.orders.byTracking[wanted])
		slices.SortFunc(found, func(a, b *orderRecord) int { return a.ID - b.ID })
		found = slices.Compact(found)
	}
	slices.Reverse(found)
	return found
}

func (t *Twin) hits(o *orderRecord, wanted string, exact bool) bool {
	texts := []string{o.number, o.reference, o.tracking}
	if t.knobs.SearchNumberOnly {
		texts = texts[:1]
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		switch {
		case exact:
			return text == wanted
		case t.knobs.SearchPrefix:
			return strings.HasPrefix(text, wanted)
		}
		return strings.Contains(text, wanted)
	})
}

// nullStatus takes status and courier out of rows, as some searches do.
func nullStatus(rows []Order) (any, error) {
	type bare struct {
		Order
		OrderStatusID      *int    `json:"OrderStatusId"`
		CourierServiceID   *int    `json:"CourierServiceId"`
		CourierServiceName *string `json:"CourierServiceName"`
	}
	bares := make([]bare, len(rows))
	for i, row := range rows {
		bares[i].Order = row
	}
	return bares, nil
}

// getOrderID answers the first part of the orders with a number.
func (t *Twin) getOrderID(c *call) (any, error) {
	client := c.clientFilter("clientId")
	for _, o := range t.orders.byNumber[strings.ToLower(c.text("orderNumber"))] {
		if (client == 0 || o.ClientID == client) && (c.int("warehouseId") == 0 || o.WarehouseID == c.int("warehouseId")) {
			return map[string]int{"OrderId": o.ID}, nil
		}
	}
	return nil, notFound("Order not found")
}

func (t *Twin) searchTracking(c *call) (any, error) {
	for _, o := range slices.Backward(t.orders.byTracking[strings.ToLower(c.text("TrackingNumber"))]) {
		if c.sees(o.ClientID) {
			return o.view(c.flag("includeOrderItems")), nil
		}
	}
	return nil, notFound("Order not found")
}
