package unleashed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// shipmentPosted is what is posted of an order that was made from a shipment: nothing
// before the shipment is dispatched, all of it then. Of an order with parts the shipment
// leaves with the first of them, so what the others left with is counted.
func (a *postings) shipmentPosted(ctx context.Context, source, document map[string]any, since time.Time, summed map[string]bool) (posted, error) {
	called := a.products.calledIn(document)
	shipment, err := a.shipment(ctx, source)
	if err != nil {
		return posted{}, err
	}
	p := ended(shipment, "ShipmentStatus")
	p.unseen = shipment == nil && isKnown(source)
	dispatched := shipment["ShipmentStatus"] == statusDispatched
	if dispatched && document["parts"] != true {
		p.settled = "it is dispatched in Unleashed"
	}
	p.quantities = sumLines(shipment["SalesShipmentLines"], "ShipmentQty", called)
	if p.settled != "" {
		return p, nil
	}
	// Completing the order ships what is left by another shipment.
	order, err := a.order(ctx, map[string]any{"number": shipment["OrderNumber"]})
	if err != nil {
		return posted{}, err
	}
	if p.settled = ended(order, "OrderStatus").settled; p.settled == "" {
		p.quantities = nil
		if dispatched {
			p.quantities, err = a.partsPosted(ctx, shipment, document, since, summed, called)
		}
	}
	return p, err
}

// partsPosted sums up the shipments that the parts of an order left with: the one that
// it was made from, and those that were made for a part.
func (a *postings) partsPosted(ctx context.Context, shipment, document map[string]any, since time.Time, summed map[string]bool, called calling) (map[string]decimal.Decimal, error) {
	others, err := a.shipmentsOf(ctx, fmt.Sprint(shipment["OrderNumber"]))
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, id := range component.Texts(document["records"]) {
		ours = append(ours, "Mintsoft order "+id)
	}
	quantities := map[string]decimal.Decimal{}
	for _, other := range append(component.Objects(others), shipment) {
		guid := strings.ToLower(member(other, "Guid"))
		if summed[guid] || other["ShipmentStatus"] != statusDispatched {
			continue
		}
		if guid != strings.ToLower(member(shipment, "Guid")) {
			is, err := a.isOfParts(ctx, other, strings.Join(ours, "\n"), since)
			if err != nil {
				return nil, err
			}
			if !is {
				continue
			}
		}
		summed[guid] = true
		for sku, quantity := range sumLines(other["SalesShipmentLines"], "ShipmentQty", called) {
			quantities[sku] = quantities[sku].Add(quantity)
		}
	}
	return quantities, nil
}

// isOfParts says whether a shipment was made for a part of an order: it carries the mark
// of one, or a person made it, since the order stands in the warehouse and for no order
// of its own.
func (a *postings) isOfParts(ctx context.Context, shipment map[string]any, ours string, since time.Time) (bool, error) {
	if comments := member(shipment, "Comments"); marks.MatchString(comments) {
		return !anothers(comments, ours), nil
	}
	if at, err := unleashedapi.ParseDate(member(shipment, "LastModifiedOn")); err == nil && at.Before(since.Add(-clockSkew)) {
		return false, nil
	}
	identity, err := a.conn.Identity(ctx)
	if err != nil {
		return false, err
	}
	_, linked, err := a.conn.Book().Ledger.LinkBySource(ctx, identity.Accounts, ledger.LinkOrder, member(shipment, "Guid"))
	return !linked, err
}

// numbersBack is how far back the shipments are read that a number may be of: what is
// asked for has changed since it was imported, by its despatch at the latest.
const numbersBack = 30 * 24 * time.Hour

// shipmentNumbered is the GUID of the shipment with a number, which the service has no
// filter for; empty when there is none.
func shipmentNumbered(ctx context.Context, c *connection.Connection, number string) (string, error) {
	list := c.Local("unleashed shipment numbers", func() any {
		first := c.Book().Options.Now().Add(-numbersBack)
		return component.NewCatalogue(c.Book().Options.Now, time.Hour, func(ctx context.Context, since time.Time, put func(string, string)) (time.Time, error) {
			if since.IsZero() {
				since = first
			}
			return eachRecord(ctx, c, "SalesShipments", since, nil, func(record map[string]any) {
				put(fmt.Sprint(record["ShipmentNumber"]), member(record, "Guid"))
			})
		})
	}).(*component.Catalogue[string])
	found, err := list.Find(ctx, number)
	return found[number], err
}
