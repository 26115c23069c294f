package unleashed

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// dispatchesFresh is how old the list of what has left may be. It decides what the
// warehouse is told to send, once; asking for what changed costs one call.
const dispatchesFresh = 5 * time.Second

// shipmentWindow is how far back the list of dispatched shipments is read. For
// an older order its shipments are asked for one by one.
const shipmentWindow = 90 * 24 * time.Hour

// dispatched is what has left by order line number; a sales order itself does
// not say it.
type dispatched map[string]decimal.Decimal

// dispatches keeps what has left, by order number and shipment.
type dispatches struct {
	list  *component.Catalogue[map[string]dispatched]
	since time.Time
}

// lookDispatched answers an object from order line number to the quantity that
// is on dispatched shipments.
func lookDispatched(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	number := fmt.Sprint(args["OrderNumber"])
	all := dispatchesOf(c)
	byShipment := map[string]dispatched{}
	if !all.reaches(args) {
		if _, err := eachRecord(ctx, c, "SalesShipments", time.Time{}, []string{"orderNumber", number}, func(record map[string]any) {
			addShipment(byShipment, record, number)
		}); err != nil {
			return nil, err
		}
	} else {
		found, err := all.list.Find(ctx, number)
		if err != nil {
			return nil, err
		}
		byShipment = found[number]
	}
	sums := dispatched{}
	for _, shipment := range byShipment {
		for line, quantity := range shipment {
			sums[line] = sums[line].Add(quantity)
		}
	}
	answer := make(map[string]any, len(sums))
	for line, quantity := range sums {
		answer[line] = quantity.String()
	}
	return answer, nil
}

// reaches says whether the list holds all shipments of an order: nothing of it can have
// left before it was made. Its date may be any, since people edit it.
func (d *dispatches) reaches(order map[string]any) bool {
	for _, name := range []string{"CreatedOn", "OrderDate"} {
		text, _ := order[name].(string)
		if date, err := unleashedapi.ParseDate(text); err == nil && date.Before(d.since) || err != nil && name == "CreatedOn" {
			return false
		}
	}
	return true
}

func dispatchesOf(c *connection.Connection) *dispatches {
	return c.Local("unleashed dispatches", func() any {
		d := &dispatches{since: c.Book().Options.Now().Add(-shipmentWindow)}
		known := map[string]map[string]dispatched{}
		d.list = component.NewCatalogue(c.Book().Options.Now, dispatchesFresh, func(ctx context.Context, since time.Time, put func(string, map[string]dispatched)) (time.Time, error) {
			if since.IsZero() {
				since = d.since
			}
			return eachRecord(ctx, c, "SalesShipments", since, nil, func(record map[string]any) {
				number := fmt.Sprint(record["OrderNumber"])
				// A copy, since an answer may still be reading the one before.
				shipments := maps.Clone(known[number])
				if shipments == nil {
					shipments = map[string]dispatched{}
				}
				addShipment(shipments, record, number)
				known[number] = shipments
				put(number, shipments)
			})
		})
		d.list.Quiet = true
		return d
	}).(*dispatches)
}

// addShipment takes a shipment in if it has left. Only dispatched ones are final.
func addShipment(into map[string]dispatched, record map[string]any, number string) {
	if record["ShipmentStatus"] != "Dispatched" || fmt.Sprint(record["OrderNumber"]) != number {
		return
	}
	lines, _ := record["SalesShipmentLines"].([]any)
	sums := dispatched{}
	for _, entry := range lines {
		line, isObject := entry.(map[string]any)
		if !isObject {
			continue
		}
		if quantity, err := decimal.NewFromString(fmt.Sprint(line["ShipmentQty"])); err == nil {
			key := fmt.Sprint(line["SalesOrderLineNumber"])
			sums[key] = sums[key].Add(quantity)
		}
	}
	into[fmt.Sprint(record["Guid"])] = sums
}
