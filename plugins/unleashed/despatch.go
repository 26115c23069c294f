package unleashed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// linkShipment is the kind of the link to the shipment that an order left with.
const linkShipment = "sales_shipment"

// linkAdopted is the kind of the link from a shipment that a person posted to the order
// that it counts for: to one, while a merged order may have one of each sales order.
const linkAdopted = "adopted_shipment"

// despatchOperations make shipments leave and orders complete. Neither can be
// undone upstream but by a credit note.
var despatchOperations = []component.Operation{
	{
		Name: "sales_order.with_shipments", Summary: "Reads sales orders afresh, each with all its shipments, for the list `Orders`: by the GUID `Source` of an order or of one of its shipments (`Kind` says which, where it is known), else by the exact number `OrderNumber`, or `ShipmentNumber` of one of its shipments. Answers a list of `Order` and `Shipments` (`ImportedAs` is the id of the order that one was imported as, out of the ledger), null for one that there is not, by its GUID 14 seconds later either.",
		Required: []string{"Orders"}, Look: lookWithShipments, Success: "HTTP 200", Await: shown,
	},
	{
		Name: "sales_shipment.taken", Summary: "Answers the shipments that the orders with the ids `Orders` left with, or may have left with when a process died, out of the ledger: a list of `Order`, `Guid`, `ShipmentNumber` and whether it is `Done`.",
		Required: []string{"Orders"}, Look: lookTaken, Success: "no call is made",
	},
	{
		Name: "sales_shipment.adopt", Summary: "Remembers that the order of the message left with the shipment `Guid` (`ShipmentNumber`), which a person posted.",
		Required: []string{"Guid"}, Look: adoptShipment, Success: "no call is made",
	},
	{
		Name: "shipping_company.find", Summary: "Answers the shipping company with this `Name`, whatever its case, out of a list that is read once and kept fresh.",
		Required: []string{"Name"}, Look: lookShippingCompany, Success: "HTTP 200; null when there is none",
	},
	{
		Name: "sales_shipment.dispatch", Summary: "Makes a shipment leave: `TrackingNumber`, `ShippingCompany`, `DispatchDate`, `Comments` and `SalesShipmentLines` (`SalesOrderLineNumber`, `ShipmentQty`, batches and serial numbers) are set together with its status. The lines of an open shipment that are not among these are deleted before; where there is no shipment with this `Guid`, it is made as it left, unless the order has other shipments than those `Seen` (GUID to status), but for those of other parts that leave room for it in what was `Open` (line to quantity). One that is no longer as it was decided upon waits for another decision, where it may be parked.",
		Method: "PUT", Path: "/SalesShipments/{Guid}", Aside: []string{argSeen, argOpen}, Required: []string{"OrderNumber", "SalesShipmentLines"},
		Write: true, Kind: delivery.Step, LinkKind: linkShipment, Deduplicates: true,
		Target: salesOrder, Chosen: "Guid",
		Success: "HTTP 200, or 201 for a new one, and its ShipmentStatus says so", Found: "its ShipmentStatus is Dispatched, with these Comments, or with this tracking number and these lines",
		Find: findDispatched, Do: dispatch, Effect: reached("SalesShipments", "ShipmentStatus", statusDispatched), Current: currentShipment, Waits: isStale, Hint: aboutShipment,
	},
	completeOrder(),
}

// lookWithShipments reads what a despatch is decided by. Nothing of it is
// remembered: what is decided cannot be undone.
func lookWithShipments(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	asked, _ := args["Orders"].([]any)
	answer, unseen := make([]any, 0, len(asked)), false
	for _, entry := range asked {
		which, _ := entry.(map[string]any)
		order, err := readOrder(ctx, c, which)
		if err != nil {
			return nil, err
		}
		if order == nil {
			answer, unseen = append(answer, nil), unseen || member(which, "Source") != ""
			continue
		}
		shipments, err := shipmentsOf(ctx, c, fmt.Sprint(order["OrderNumber"]))
		if err != nil {
			return nil, err
		}
		if err := markImported(ctx, c, shipments); err != nil {
			return nil, err
		}
		answer = append(answer, map[string]any{"Order": order, "Shipments": shipments})
	}
	if unseen {
		return answer, apihttp.ErrNotFound
	}
	return answer, nil
}

// markImported says of shipments which orders they were imported as, so that none is
// taken for the parcel of another.
func markImported(ctx context.Context, c *connection.Connection, shipments []any) error {
	identity, err := c.Identity(ctx)
	if err != nil {
		return err
	}
	for _, shipment := range component.Objects(shipments) {
		link, exists, err := c.Book().Ledger.LinkBySource(ctx, identity.Accounts, ledger.LinkOrder, member(shipment, "Guid"))
		if err != nil {
			return err
		}
		if exists {
			shipment["ImportedAs"] = link.TargetID
		}
	}
	return nil
}

// lookTaken answers which shipments orders left with: by the link, which there is one of,
// by the writes and by what a person posted, of which a merged order has several. A write
// that nobody knows the outcome of counts too: should it not have been done, the shipment
// has not left.
func lookTaken(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	taken := []any{}
	for _, id := range component.Texts(args["Orders"]) {
		link, exists, err := c.Book().Ledger.LinkBySource(ctx, identity.Accounts, linkShipment, id)
		if err != nil {
			return nil, err
		}
		if exists {
			taken = append(taken, map[string]any{"Order": id, "Guid": link.TargetID, "ShipmentNumber": cmp.Or(link.TargetRef, link.TargetID), "Done": true})
		}
		links, err := c.Book().Ledger.LinksByRef(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, adopted := range links {
			if adopted.Pair == identity.Accounts && adopted.Kind == linkAdopted && adopted.TargetID == id {
				taken = append(taken, map[string]any{"Order": id, "Guid": adopted.SourceID, "ShipmentNumber": cmp.Or(adopted.SourceRef, adopted.SourceID), "Done": true})
			}
		}
		intents, err := c.Book().Ledger.Intents(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, intent := range intents {
			if intent.Record.ID != id || intent.TargetID == "" || exists && intent.TargetID == link.TargetID || !strings.HasPrefix(intent.Key, identity.Accounts+"/"+dispatchName+"/") {
				continue
			}
			if done := intent.State == "done"; done || intent.Unanswered() {
				taken = append(taken, map[string]any{"Order": id, "Guid": intent.TargetID, "ShipmentNumber": cmp.Or(intent.TargetRef, intent.TargetID), "Done": done})
			}
		}
	}
	return taken, nil
}

// leftWithAnother says whether the ledger knows of another order that left with a shipment.
func leftWithAnother(ctx context.Context, c *connection.Connection, s component.Source, shipment delivery.Found) (bool, error) {
	links, err := c.Book().Ledger.LinksByRef(ctx, shipment.ID)
	if err != nil {
		return false, err
	}
	for _, link := range links {
		if link.Kind == linkShipment && link.SourceID != s.Record.ID || link.Kind == linkAdopted && link.TargetID != s.Record.ID {
			return true, nil
		}
	}
	intents, err := c.Book().Ledger.Intents(ctx, shipment.Ref)
	return slices.ContainsFunc(intents, func(i ledger.Intent) bool {
		return i.State == "done" && i.Operation == dispatchName && i.TargetID == shipment.ID && i.Record.ID != s.Record.ID
	}), err
}

// adoptShipment links a shipment that a person posted to the order that it counts for.
func adoptShipment(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	return nil, c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error {
		return tx.PutLink(ledger.Link{
			Connection: c.Name, Pair: identity.Accounts, Kind: linkAdopted, SourceSystem: systemName, SourceID: member(args, "Guid"), SourceRef: member(args, "ShipmentNumber"),
			TargetSystem: s.Record.System, TargetID: s.Record.ID, TargetRef: s.Record.Ref,
		})
	})
}

// readOrder reads one sales order; nil when there is none.
func readOrder(ctx context.Context, c *connection.Connection, which map[string]any) (map[string]any, error) {
	source, _ := which["Source"].(string)
	number := which["OrderNumber"]
	if named := member(which, "ShipmentNumber"); source == "" && named != "" {
		var err error
		if source, err = shipmentNumbered(ctx, c, named); err != nil || source == "" {
			return nil, err
		}
	}
	if source != "" && which["Kind"] != "shipment" {
		order, err := readRecord(ctx, c, "SalesOrders", source)
		if err != nil || order != nil || which["Kind"] != nil {
			return order, err
		}
	}
	if source != "" {
		shipment, err := readRecord(ctx, c, "SalesShipments", source)
		if err != nil || shipment == nil {
			return nil, err
		}
		if guid, _ := shipment["OrderGuid"].(string); guid != "" {
			return readRecord(ctx, c, "SalesOrders", guid)
		}
		number = shipment["OrderNumber"]
	}
	if number == nil {
		return nil, nil
	}
	var found map[string]any
	_, err := eachRecord(ctx, c, "SalesOrders", time.Time{}, []string{"orderNumber", fmt.Sprint(number), "serialBatch", "true"}, func(record map[string]any) {
		if record["OrderNumber"] == fmt.Sprint(number) {
			found = record
		}
	})
	return found, err
}

// readRecord reads one record with its tracking; nil when there is none.
func readRecord(ctx context.Context, c *connection.Connection, resource, guid string) (map[string]any, error) {
	raw, err := readTracked(ctx, c, resource, guid)
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	document, err := unleashedapi.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("decoding %s of %s: %w", guid, resource, err)
	}
	record, _ := document.(map[string]any)
	return record, nil
}

// shipmentsOf reads the shipments of an order, oldest number first or not: the
// service doesn't say.
func shipmentsOf(ctx context.Context, c *connection.Connection, number string) ([]any, error) {
	shipments := []any{}
	_, err := eachRecord(ctx, c, "SalesShipments", time.Time{}, []string{"orderNumber", number, "serialBatch", "true"}, func(record map[string]any) {
		if record["OrderNumber"] == number {
			shipments = append(shipments, record)
		}
	})
	return shipments, err
}

// salesOrder is what the writes to a sales order and its shipments change, so that
// they wait for one another.
func salesOrder(args map[string]any) string { return "SalesOrders/" + fmt.Sprint(args["OrderNumber"]) }
