package unleashed

import (
	"context"
	"fmt"
	"maps"
	"slices"
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

// keptShipment is what a sales order does not say of one of its shipments.
type keptShipment struct {
	left dispatched     // nil while it has not left
	open map[string]any // what is answered of one that may leave yet
}

// dispatches keeps the shipments of orders, by order number and GUID.
type dispatches struct {
	list  *component.Catalogue[map[string]keptShipment]
	since time.Time
}

// lookDispatched answers an object from order line number to the quantity that
// is on dispatched shipments.
func lookDispatched(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	shipments, err := keptShipments(ctx, c, args)
	if err != nil {
		return nil, err
	}
	sums := dispatched{}
	for _, one := range shipments {
		for line, quantity := range one.left {
			sums[line] = sums[line].Add(quantity)
		}
	}
	answer := make(map[string]any, len(sums))
	for line, quantity := range sums {
		answer[line] = quantity.String()
	}
	return answer, nil
}

// lookOpenShipments answers the shipments of an order that may leave yet.
func lookOpenShipments(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	shipments, err := keptShipments(ctx, c, args)
	if err != nil {
		return nil, err
	}
	answer := []any{}
	for _, guid := range slices.Sorted(maps.Keys(shipments)) {
		if open := shipments[guid].open; open != nil {
			answer = append(answer, maps.Clone(open))
		}
	}
	return answer, nil
}

// keptShipments are those of an order, by GUID: out of the list, where that reaches back
// far enough.
func keptShipments(ctx context.Context, c *connection.Connection, args map[string]any) (map[string]keptShipment, error) {
	number, all := fmt.Sprint(args["OrderNumber"]), dispatchesOf(c)
	if all.reaches(args) {
		found, err := all.list.Find(ctx, number)
		return found[number], err
	}
	asked := map[string]keptShipment{}
	_, err := eachRecord(ctx, c, "SalesShipments", time.Time{}, []string{"orderNumber", number}, func(record map[string]any) {
		addShipment(asked, record, number)
	})
	return asked, err
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
		known := map[string]map[string]keptShipment{}
		d.list = component.NewCatalogue(c.Book().Options.Now, dispatchesFresh, func(ctx context.Context, since time.Time, put func(string, map[string]keptShipment)) (time.Time, error) {
			if since.IsZero() {
				since = d.since
			}
			return eachRecord(ctx, c, "SalesShipments", since, nil, func(record map[string]any) {
				number := fmt.Sprint(record["OrderNumber"])
				// A copy, since an answer may still be reading the one before.
				shipments := maps.Clone(known[number])
				if shipments == nil {
					shipments = map[string]keptShipment{}
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

// addShipment takes a shipment in. Only dispatched ones are final.
func addShipment(into map[string]keptShipment, record map[string]any, number string) {
	guid := fmt.Sprint(record["Guid"])
	switch {
	case fmt.Sprint(record["OrderNumber"]) != number:
		return
	case record["ShipmentStatus"] == statusDispatched:
	case into[guid].left != nil:
		return
	case record["ShipmentStatus"] == "Deleted":
		delete(into, guid)
		return
	default:
		into[guid] = keptShipment{open: fieldsOf(record, []string{"Guid", "ShipmentNumber", "CreatedOn"})}
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
	into[guid] = keptShipment{left: sums}
}
