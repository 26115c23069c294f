package mintsoftsim

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// asnOf is the ASN that the path names.
func (t *Twin) asnOf(c *call) (*asnRecord, error) {
	a := t.asns.byID[c.ids["id"]]
	if a == nil || !c.sees(a.ClientID) {
		return nil, notFound("ASN not found")
	}
	return a, nil
}

func (t *Twin) getASN(c *call) (any, error) {
	a, err := t.asnOf(c)
	if err != nil {
		return nil, err
	}
	return a.view(true, true), nil
}

// listASNs answers a page in an order that is neither that of the ids nor that of
// the changes: a record that changes turns up elsewhere.
func (t *Twin) listASNs(c *call) (any, error) {
	from, limit, err := t.page(c, 100)
	if err != nil {
		return nil, err
	}
	statuses, err := statusList(c.text("ASNStatusId"))
	if err != nil {
		return nil, err
	}
	client, warehouse, recent := c.clientFilter("ClientId"), c.int("WarehouseId"), t.since(c, "SinceLastUpdated")
	begin, end := c.date("BookedInStartInterval", t.options.Zone), c.date("BookedInEndInterval", t.options.Zone)
	rows := filter(t.asns.all, func(a *asnRecord) bool {
		return (len(statuses) == 0 || slices.Contains(statuses, a.ASNStatusID)) && (client == 0 || a.ClientID == client) &&
			(warehouse == 0 || a.WarehouseID == warehouse) && recent(a.LastUpdated) &&
			(begin.IsZero() || !a.BookedInDate.IsZero() && !a.BookedInDate.Before(begin.Time)) &&
			(end.IsZero() || !a.BookedInDate.IsZero() && !a.BookedInDate.After(end.Time))
	})
	t.asns.listing++
	rows = t.shuffled(rows)
	items := c.flag("IncludeASNItems")
	rows = rows[min(from, len(rows)):min(from+limit, len(rows))]
	return views(rows, func(a *asnRecord) ASN { return a.view(items, t.knobs.ASNAllocationsOnList) }), nil
}

// shuffled puts ASNs in the order of the list, the same for the same history.
func (t *Twin) shuffled(asns []*asnRecord) []*asnRecord {
	reading := 0
	if t.knobs.ASNListReshuffles {
		reading = t.asns.listing
	}
	places := make(map[*asnRecord]uint64, len(asns))
	for _, a := range asns {
		digest := sha256.Sum256(fmt.Appendf(nil, "%d %d %d", a.ID, a.LastUpdated.UnixNano(), reading))
		places[a] = binary.BigEndian.Uint64(digest[:])
	}
	return slices.SortedFunc(maps.Keys(places), func(a, b *asnRecord) int { return cmp.Compare(places[a], places[b]) })
}

// statusList reads ids that are separated by semicolons.
func statusList(text string) ([]int, error) {
	var ids []int
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" || part == "0" {
			continue
		}
		id, err := strconv.Atoi(part)
		if err != nil {
			return nil, &failure{status: 400, message: invalidRequest, state: map[string][]string{"ASNStatusId": {"expected ids, separated by semicolons"}}}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (t *Twin) createASN(c *call) (any, error) {
	a, err := t.newASN(c, c.document())
	if err != nil {
		return result(0, "", err)
	}
	return done(a.ID, "ASN Successfully created"), nil
}

func (t *Twin) newASN(c *call, d document) (*asnRecord, error) {
	if !c.user.admin() && d.int("ClientId") != 0 {
		return nil, refusal("Client Users cannot specify a ClientId")
	}
	client, err := t.client(c, d.int("ClientId"))
	if err != nil {
		return nil, err
	}
	a := &asnRecord{ASN: ASN{ClientID: client.ID, ClientShortName: client.ShortName}}
	if a.WarehouseID = d.int("WarehouseId"); t.warehouse(a.WarehouseID, "") == nil {
		return nil, refusal("Warehouse not found")
	}
	for _, name := range []string{"WarehouseId", "Supplier", "EstimatedDelivery", "Comments", "Quantity"} {
		if t.knobs.ASNHeaderRequired && d.str(name) == "" && d.int(name) == 0 {
			return nil, refusal(name + " is required")
		}
	}
	if err := t.describeASN(a, d); err != nil {
		return nil, err
	}
	if len(d.list("Items")) == 0 {
		return nil, refusal("An ASN needs Items")
	}
	for _, line := range d.list("Items") {
		it, err := t.newASNItem(c, a, line)
		if err != nil {
			return nil, err
		}
		a.items = append(a.items, it)
	}
	a.ID = next(&t.ids.asn)
	for _, it := range a.items {
		it.ASNID = a.ID
	}
	t.setASNStatus(a, ASNNew)
	a.touch(c.now, c.user.Username)
	if t.asns.byID == nil {
		t.asns.byID = map[int]*asnRecord{}
	}
	t.asns.all = append(t.asns.all, a)
	t.asns.byID[a.ID] = a
	return a, nil
}

// describeASN sets the header. The reference is not unique.
func (t *Twin) describeASN(a *asnRecord, d document) error {
	if kind := d.str("GoodsInType"); kind != "" || a.GoodsInType == nil && !t.knobs.GoodsInTypeOptional {
		if !slices.Contains(goodsInTypes, kind) {
			return refusal(fmt.Sprintf("Invalid GoodsInType: '%s'", kind))
		}
	}
	if id := d.int("ProductSupplierId"); id != 0 {
		s := byID(t.suppliers, id)
		if s == nil || s.ClientID != a.ClientID {
			return refusal("Product supplier not found")
		}
		a.ProductSupplierID, a.ProductSupplier = &id, &s.Name
	}
	t.assign(map[string]any{
		"POReference": &a.POReference, "Supplier": &a.Supplier, "EstimatedDelivery": &a.EstimatedDelivery, "Comments": &a.Comments,
		"GoodsInType": &a.GoodsInType, "Quantity": &a.Quantity,
	}, d)
	return nil
}

func (t *Twin) newASNItem(c *call, a *asnRecord, d document) (*asnItem, error) {
	p := t.product(c.now, a.ClientID, d.int("ProductId"), d.str("SKU"))
	switch {
	case p == nil:
		return nil, refusal(fmt.Sprintf("Product with SKU '%s' could not be found", d.str("SKU")))
	case d.int("Quantity") < 1:
		return nil, refusal(fmt.Sprintf("The Quantity of SKU '%s' must be at least 1", p.SKU))
	}
	it := &asnItem{product: p, ASNItem: ASNItem{
		ASNID: a.ID, ProductID: p.ID, QuantityExpected: d.int("Quantity"), SourceLineID: d.text("SourceLineId"), SSCCNumber: d.text("SSCCNumber"),
		ASNItemAllocations: []*ASNItemAllocation{}, entity: entity{ID: next(&t.ids.asnItem)},
	}}
	it.touch(c.now, c.user.Username)
	return it, nil
}

func (t *Twin) setASNStatus(a *asnRecord, status int) {
	a.ASNStatusID, a.ASNStatus = status, t.reference.asnStatuses[status-1]
	a.Shipped = a.Shipped || status == ASNShipped
}

var (
	asnExpected = []int{ASNAwaitingDelivery, ASNPartiallyBooked, ASNBookedInPartial, ASNDelivered, ASNShipped, ASNAwaitingDeliveryLate}
	asnUnbooked = []int{ASNNew, ASNAwaitingApproval, ASNAwaitingDelivery, ASNDelivered, ASNShipped, ASNAwaitingDeliveryLate}
)

func wrongASNStatus(what string, a *asnRecord) error {
	return refusal(fmt.Sprintf("The ASN cannot be %s in status %s", what, a.ASNStatus.Name))
}

func (t *Twin) updateASN(c *call) (any, error) {
	a, err := t.asnOf(c)
	if err != nil {
		return nil, err
	}
	return result(a.ID, "ASN updated", t.changeASN(c, a, c.document()))
}

// changeASN changes the header while nothing was booked; the knob says what items
// in the request do.
func (t *Twin) changeASN(c *call, a *asnRecord, d document) error {
	if !slices.Contains(asnUnbooked, a.ASNStatusID) {
		return wrongASNStatus("changed", a)
	}
	if !c.user.admin() && d.int("ClientId") != 0 {
		return refusal("Client Users cannot specify a ClientId")
	}
	items := a.items
	if lines := d.list("Items"); len(lines) > 0 && t.knobs.ASNItems != ItemsIgnored {
		var err error
		if items, err = t.changedItems(c, a, lines); err != nil {
			return err
		}
	}
	if err := t.describeASN(a, d); err != nil {
		return err
	}
	t.expect(a, 0, c.now, c.user.Username)
	a.items = items
	if a.ASNStatusID != ASNNew && a.ASNStatusID != ASNAwaitingApproval {
		t.expect(a, 1, c.now, c.user.Username)
	}
	a.touch(c.now, c.user.Username)
	return nil
}

func (t *Twin) changedItems(c *call, a *asnRecord, lines []document) ([]*asnItem, error) {
	var items []*asnItem
	if t.knobs.ASNItems == ItemsAdded {
		items = slices.Clone(a.items)
	}
	for _, line := range lines {
		it, err := t.newASNItem(c, a, line)
		if err != nil {
			return nil, err
		}
		if old := a.same(it); old != nil && t.knobs.ASNItems == ItemsReplaced {
			it.ID = old.ID
		}
		items = append(items, it)
	}
	return items, nil
}

// same finds the line that a new one stands for.
func (a *asnRecord) same(it *asnItem) *asnItem {
	for _, old := range a.items {
		if it.SourceLineID != nil && read(old.SourceLineID) == *it.SourceLineID || it.SourceLineID == nil && old.ProductID == it.ProductID {
			return old
		}
	}
	return nil
}

func (t *Twin) deleteASN(c *call) (any, error) {
	a, err := t.asnOf(c)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(asnUnbooked, a.ASNStatusID) || a.booked() {
		if t.knobs.ASNDeleteForbidden {
			return nil, &failure{status: 403}
		}
		return result(0, "", wrongASNStatus("deleted", a))
	}
	t.removeASN(a, c.now, c.user.Username)
	return done(a.ID, "ASN deleted"), nil
}

func (t *Twin) removeASN(a *asnRecord, now Date, user string) {
	t.expect(a, 0, now, user)
	delete(t.asns.byID, a.ID)
	t.asns.all = slices.DeleteFunc(t.asns.all, func(other *asnRecord) bool { return other == a })
}

func (t *Twin) addASNAction(c *call) (any, error) {
	a, err := t.asnOf(c)
	if err != nil {
		return nil, err
	}
	a.actions = append(a.actions, c.document())
	return done(a.ID, "Connect action added"), nil
}
