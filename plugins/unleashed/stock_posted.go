package unleashed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// Kinds of documents that move stock.
const (
	kindOrder    = "sales_order"
	kindShipment = "shipment"
	kindTransfer = "transfer"
	kindAssembly = "assembly"
	kindPurchase = "purchase"
	kindExport   = "export"
)

// kindOfResource is which kind a record of a resource is.
var kindOfResource = map[string]string{
	"SalesOrders": kindOrder, "SalesShipments": kindShipment, "WarehouseStockTransfers": kindTransfer, "Assemblies": kindAssembly, "PurchaseOrders": kindPurchase,
}

// postingSteps are the writes that post a whole record of the other system; of receipts
// all that there are do, since an ASN may be receipted on several orders.
var postingSteps = []string{"sales_shipment.dispatch", "sales_shipment.create", "sales_order.complete", receiptName, "transfer.complete"}

// posted is what stands here of a document: how much of each SKU, and when it is
// settled, why: nothing more of it will be posted.
type posted struct {
	settled    string
	quantities map[string]decimal.Decimal
	// before is what had been received before the document, for the next look at it.
	before map[string]decimal.Decimal
	// takenBack is how much of what left once and was taken back is posted all the same.
	takenBack map[string]decimal.Decimal
	// unallocated says that nothing of the document is put by: what is available is still
	// with all of it.
	unallocated bool
	// exported says that an order which was made elsewhere stands open as a sales order of
	// ours; unsure, why nobody can tell yet whether it ever will; and givenUp, that a person
	// decided that it will not.
	exported, givenUp bool
	unsure            string
	// unseen says that a record that was known by its id is answered as missing, which it
	// may be for a moment only.
	unseen bool
}

// lookPosted answers an object from the keys of Documents to what is posted of each.
// What we posted ourselves is in the ledger; for the rest the service is asked, since
// a person may have posted it, or deleted it.
func lookPosted(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	list, _ := args["Documents"].([]any)
	found := make(map[string]posted, len(list))
	var unknown []map[string]any
	for _, entry := range list {
		document, _ := entry.(map[string]any)
		ours, err := postedByUs(ctx, c, document)
		if err != nil {
			return nil, err
		}
		key := fmt.Sprint(document["key"])
		switch {
		case document["settled"] == true:
			found[key] = posted{settled: "it is settled"}
		case ours:
			found[key] = posted{settled: "it is posted"}
		default:
			unknown = append(unknown, document)
		}
	}
	all, err := newPostings(ctx, c, unknown)
	if err != nil {
		return nil, err
	}
	for _, document := range unknown {
		p, err := all.postedOf(ctx, document)
		if err != nil {
			return nil, fmt.Errorf("reading what is posted of %v: %w", document["number"], err)
		}
		found[fmt.Sprint(document["key"])] = p
	}
	for _, entry := range list {
		document, _ := entry.(map[string]any)
		key := fmt.Sprint(document["key"])
		found[key] = found[key].less(document)
	}
	answer, unseen := make(map[string]any, len(found)), false
	for key, p := range found {
		told := map[string]any{"settled": nil, "quantities": textsOf(p.quantities), "before": textsOf(p.before), "taken_back": textsOf(p.takenBack), "unallocated": p.unallocated, "exported": p.exported, "unsure": nil, "given_up": p.givenUp}
		if p.settled != "" {
			told["settled"] = p.settled
		}
		if p.unsure != "" {
			told["unsure"] = p.unsure
		}
		answer[key] = told
		unseen = unseen || p.unseen
	}
	if unseen {
		return answer, apihttp.ErrNotFound
	}
	return answer, nil
}

// less takes what was taken back off what is posted, since it does not count as left. Of
// what is settled all may be posted: that stays so beside other parts.
func (p posted) less(document map[string]any) posted {
	takenBack, _ := document["taken_back"].(map[string]any)
	p.takenBack = make(map[string]decimal.Decimal, len(takenBack))
	quantities := maps.Clone(p.quantities)
	for sku, value := range takenBack {
		p.takenBack[sku] = quantityOf(value)
		if p.settled != "" {
			continue
		}
		p.takenBack[sku] = decimal.Min(p.takenBack[sku], quantities[sku])
		if p.takenBack[sku].IsPositive() {
			quantities[sku] = quantities[sku].Sub(p.takenBack[sku])
		}
	}
	p.quantities = quantities
	return p
}

func textsOf(quantities map[string]decimal.Decimal) map[string]any {
	texts := make(map[string]any, len(quantities))
	for sku, quantity := range quantities {
		texts[sku] = quantity.String()
	}
	return texts
}

func (a *postings) postedOf(ctx context.Context, document map[string]any) (posted, error) {
	kind := kindOf(document)
	if document["direction"] == "in" {
		return receiptOf(ctx, a.conn, document, kind, a.products.calledIn(document))
	}
	sources, _ := document["sources"].([]any)
	created, _ := time.Parse(time.RFC3339, fmt.Sprint(document["created"]))
	whole := posted{quantities: map[string]decimal.Decimal{}}
	open, summed := false, map[string]bool{}
	for _, entry := range sources {
		source, _ := entry.(map[string]any)
		p, err := a.leftOf(ctx, kind, source, document, created, summed)
		if err != nil {
			return whole, err
		}
		whole.unseen = whole.unseen || p.unseen
		open = open || p.settled == ""
		whole.unallocated = whole.unallocated || p.settled == "" && (p.unallocated || kind == kindTransfer || kind == kindAssembly)
		whole.settled, whole.exported, whole.unsure, whole.givenUp = p.settled, p.exported, p.unsure, p.givenUp
		for sku, quantity := range p.quantities {
			whole.quantities[sku] = whole.quantities[sku].Add(quantity)
		}
	}
	if open {
		whole.settled = ""
	}
	return whole, nil
}

func kindOf(document map[string]any) string {
	if kind, _ := document["kind"].(string); kind != "" {
		return kind
	}
	resource, _ := document["resource"].(string)
	return kindOfResource[resource]
}

// recordsOf are the resources of Mintsoft that documents are of, by direction.
var recordsOf = map[string]string{"in": "ASNs", "out": "Orders"}

// postedByUs says whether every record of a document has a done step in the ledger, and
// no receipt that is not. A receipt is of what was booked in then.
// Orders and ASNs are numbered each by themselves, and by each tenant of a ledger that
// several share. What was made from several sources is always asked for: a step does
// not say which of them it was for, and one may have two.
func postedByUs(ctx context.Context, c *connection.Connection, document map[string]any) (bool, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return false, err
	}
	if sources, _ := document["sources"].([]any); len(sources) > 1 {
		return false, nil
	}
	var booked decimal.Decimal
	quantities, _ := document["quantities"].(map[string]any)
	for _, quantity := range quantities {
		booked = booked.Add(quantityOf(quantity))
	}
	records := component.Texts(document["records"])
	for _, id := range records {
		intents, err := c.Book().Ledger.Intents(ctx, id)
		if err != nil {
			return false, err
		}
		done := false
		for _, i := range intents {
			if i.Record.ID != id || i.Record.System == systemName || i.Record.Resource != recordsOf[fmt.Sprint(document["direction"])] ||
				i.System != systemName || !slices.Contains(postingSteps, i.Operation) || !strings.HasPrefix(i.Key, identity.Accounts+"/") {
				continue
			}
			if i.State != "done" && i.Operation == receiptName {
				return false, nil
			}
			done = done || i.State == "done" && (i.Operation != receiptName || bookedOf(i.Key).Equal(booked))
		}
		if !done {
			return false, nil
		}
	}
	return len(records) > 0, nil
}

// bookedOf is how much was booked in when a receipt was made, by its key.
func bookedOf(key string) decimal.Decimal { return quantityOf(key[strings.LastIndex(key, "/")+1:]) }

// leftOf reads what is posted of one source of an order that left. Shipments that were
// summed up for another source are not again.
func (a *postings) leftOf(ctx context.Context, kind string, source, document map[string]any, created time.Time, summed map[string]bool) (posted, error) {
	called := a.products.calledIn(document)
	switch kind {
	case kindTransfer, kindAssembly:
		return statusOf(ctx, a.conn, kind, source)
	case kindShipment:
		return a.shipmentPosted(ctx, source, document, created, summed)
	case kindExport:
		return a.exportPosted(ctx, source, document)
	}
	order, err := a.order(ctx, source)
	if err != nil {
		return posted{}, err
	}
	p, err := a.orderPosted(ctx, order, source, created, called)
	p.unseen = order == nil && isKnown(source)
	return p, err
}

// isKnown says whether the id of a source is; one that a merge absorbed may be known by
// its number only.
func isKnown(source map[string]any) bool {
	id, _ := source["id"].(string)
	return id != ""
}

// statusOf is for transfers and assemblies, which are posted in one step.
func statusOf(ctx context.Context, c *connection.Connection, kind string, source map[string]any) (posted, error) {
	id, number := fmt.Sprint(source["id"]), fmt.Sprint(source["number"])
	resource, status := "WarehouseStockTransfers", "TransferStatus"
	if kind == kindAssembly {
		resource, status = "Assemblies", "AssemblyStatus"
	}
	var record map[string]any
	var err error
	switch {
	case isKnown(source):
		record, err = readRecord(ctx, c, resource, id)
	case kind == kindAssembly:
		record, err = assemblyNumbered(ctx, c, number)
	default:
		record, err = transferNumbered(ctx, c, number)
	}
	p := ended(record, status)
	p.unseen = record == nil && isKnown(source)
	return p, err
}

// ended says that nothing more of a document will be posted.
func ended(record map[string]any, status string) posted {
	switch now, _ := record[status].(string); {
	case record == nil:
		return posted{settled: "it does not exist any more in Unleashed"}
	case now == "Completed", now == "Deleted":
		return posted{settled: "it is " + now + " in Unleashed"}
	}
	return posted{}
}

// orderPosted is what has been dispatched of a sales order since it stands in the
// warehouse: what had left before was never ordered there. Which that is, the dates
// tell; of what left at about that moment it is as much as the warehouse was not given
// of the order.
func (a *postings) orderPosted(ctx context.Context, order, source map[string]any, since time.Time, called calling) (posted, error) {
	given, known := source["given"].(map[string]any)
	p := ended(order, "OrderStatus")
	p.unallocated = order["OrderStatus"] == "Parked"
	p.quantities = map[string]decimal.Decimal{}
	ordered := sumLines(order["SalesOrderLines"], "OrderQuantity", called)
	switch {
	case p.settled != "" && known:
		for sku, quantity := range given {
			p.quantities[sku] = quantityOf(quantity)
		}
		return p, nil
	case p.settled != "":
		p.quantities = ordered
		return p, nil
	}
	shipments, err := a.shipmentsOf(ctx, fmt.Sprint(order["OrderNumber"]))
	if err != nil {
		return posted{}, err
	}
	earlier, unclear := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for _, entry := range shipments {
		shipment, _ := entry.(map[string]any)
		if shipment["ShipmentStatus"] != statusDispatched {
			continue
		}
		to := p.quantities
		switch at, err := unleashedapi.ParseDate(fmt.Sprint(shipment["LastModifiedOn"])); {
		case err == nil && at.Before(since.Add(-clockSkew)):
			to = earlier
		case err == nil && known && at.Before(since.Add(clockSkew)):
			to = unclear
		}
		for sku, quantity := range sumLines(shipment["SalesShipmentLines"], "ShipmentQty", called) {
			to[sku] = to[sku].Add(quantity)
		}
	}
	for sku, quantity := range unclear {
		before := ordered[sku].Sub(quantityOf(given[sku])).Sub(earlier[sku])
		if after := quantity.Sub(decimal.Max(before, decimal.Zero)); after.IsPositive() {
			p.quantities[sku] = p.quantities[sku].Add(after)
		}
	}
	return p, nil
}

// clockSkew is how far the clocks of both services may differ.
const clockSkew = 5 * time.Minute

// sumLines adds up the lines of a document by SKU.
func sumLines(list any, field string, called calling) map[string]decimal.Decimal {
	sums := map[string]decimal.Decimal{}
	entries, _ := list.([]any)
	for _, entry := range entries {
		line, _ := entry.(map[string]any)
		sku := called(line)
		sums[sku] = sums[sku].Add(quantityOf(line[field]))
	}
	return sums
}
