package unleashed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Jeffail/gabs/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

const statusDispatched = "Dispatched"

// despatchOperations make shipments leave and orders complete. Neither can be
// undone upstream but by a credit note.
var despatchOperations = []component.Operation{
	{
		Name: "sales_order.with_shipments", Summary: "Reads sales orders afresh, each with all its shipments, for the list `Orders`: by the GUID `Source` of an order or of one of its shipments (`Kind` says which, where it is known), else by the exact number `OrderNumber`. Answers a list of `Order` and `Shipments`, null for one that there is not.",
		Required: []string{"Orders"}, Look: lookWithShipments, Success: "HTTP 200",
	},
	{
		Name: "shipping_company.find", Summary: "Answers the shipping company with this `Name`, whatever its case, out of a list that is read once and kept fresh.",
		Required: []string{"Name"}, Look: lookShippingCompany, Success: "HTTP 200; null when there is none",
	},
	{
		Name: "sales_shipment.dispatch", Summary: "Makes an open shipment leave: `TrackingNumber`, `ShippingCompany`, `DispatchDate` and `SalesShipmentLines` (`SalesOrderLineNumber`, `ShipmentQty`, batches and serial numbers) are set together with its status. Lines of it that are not among these are deleted before.",
		Method: "PUT", Path: "/SalesShipments/{Guid}", Required: []string{"OrderNumber", "SalesShipmentLines"},
		Write: true, Kind: delivery.Step, LookFirst: true, Deduplicates: true, Target: salesOrder,
		Success: "HTTP 200", Found: "its ShipmentStatus is Dispatched, with this tracking number",
		Find: findDispatched, Do: dispatch, Current: currentOf("SalesShipments"),
	},
	withTarget(salesOrder, create("sales_shipment.create", "SalesShipments", "", "Creates a shipment under a GUID of ours.", "ShipmentNumber")),
	complete("sales_order.complete", "SalesOrders", "OrderStatus", "OrderNumber", "Completes a sales order: what has not shipped is shipped, and all is invoiced.", "Completed"),
}

// salesOrder is what despatches of one order change.
func salesOrder(args map[string]any) string { return "SalesOrders/" + fmt.Sprint(args["OrderNumber"]) }

func withTarget(target func(map[string]any) string, op component.Operation) component.Operation {
	op.Target = target
	return op
}

// lookWithShipments reads what a despatch is decided by. Nothing of it is
// remembered: what is decided cannot be undone.
func lookWithShipments(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	asked, _ := args["Orders"].([]any)
	answer := make([]any, 0, len(asked))
	for _, entry := range asked {
		which, _ := entry.(map[string]any)
		order, err := readOrder(ctx, c, which)
		if err != nil {
			return nil, err
		}
		if order == nil {
			answer = append(answer, nil)
			continue
		}
		shipments, err := shipmentsOf(ctx, c, fmt.Sprint(order["OrderNumber"]))
		if err != nil {
			return nil, err
		}
		answer = append(answer, map[string]any{"Order": order, "Shipments": shipments})
	}
	return answer, nil
}

// readOrder reads one sales order; nil when there is none.
func readOrder(ctx context.Context, c *connection.Connection, which map[string]any) (map[string]any, error) {
	source, _ := which["Source"].(string)
	number := which["OrderNumber"]
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

// lookShippingCompany finds a carrier by name.
func lookShippingCompany(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	list := c.Local("unleashed shipping companies", func() any {
		companies := component.NewCatalogue(c.Book().Options.Now, time.Hour, func(ctx context.Context, _ time.Time, put func(string, map[string]any)) (time.Time, error) {
			page, err := c.Unleashed.List(ctx, "ShippingCompanies", unleashedapi.Query{}, 1, 0)
			if err != nil {
				return time.Time{}, err
			}
			for _, raw := range page.Items {
				var company map[string]any
				if err := component.DecodeJSON(raw, &company); err != nil {
					return time.Time{}, fmt.Errorf("decoding a shipping company: %w", err)
				}
				put(strings.ToLower(fmt.Sprint(company["Name"])), fieldsOf(company, []string{"Guid", "Name"}))
			}
			return page.Date, nil
		})
		companies.Quiet = true // an unknown carrier is left out, and said
		return companies
	}).(*component.Catalogue[map[string]any])
	name := strings.ToLower(fmt.Sprint(args["Name"]))
	found, err := list.Find(ctx, name)
	if company, exists := found[name]; err == nil && exists {
		return company, nil
	}
	return nil, err
}

// dispatch sets a shipment to Dispatched in one write. Whether a PUT keeps the
// lines that it leaves out is not known, so those that did not leave are deleted
// before, while the shipment is open still.
func dispatch(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	const operation = "sales_shipment.dispatch"
	guid := fmt.Sprint(args["Guid"])
	leaving := map[string]map[string]any{}
	lines, _ := args["SalesShipmentLines"].([]any)
	for _, entry := range lines {
		if line, isObject := entry.(map[string]any); isObject {
			leaving[fmt.Sprint(line["SalesOrderLineNumber"])] = line
		}
	}
	shipment, err := readRecord(ctx, c, "SalesShipments", guid)
	switch {
	case err != nil:
		return delivery.Answer{}, err
	case shipment == nil:
		return delivery.Answer{}, refuse(operation, "shipment %s does not exist any more", guid)
	case shipment["ShipmentStatus"] == statusDispatched:
		return delivery.Answer{}, refuse(operation, "shipment %v is dispatched already", shipment["ShipmentNumber"])
	}
	if err := dropLines(ctx, c, shipment, leaving); err != nil {
		return delivery.Answer{}, err
	}
	return replace(ctx, c, operation, "SalesShipments", guid, func(record *gabs.Container) error {
		for _, name := range []string{"TrackingNumber", "ShippingCompany", "DispatchDate"} {
			if args[name] != nil {
				_, _ = record.Set(args[name], name)
			}
		}
		_, _ = record.Set(statusDispatched, "ShipmentStatus")
		for _, line := range record.Search("SalesShipmentLines").Children() {
			number := fmt.Sprint(line.Search("SalesOrderLineNumber").Data())
			left, exists := leaving[number]
			if !exists {
				return refuse(operation, "shipment %v still has order line %s, which did not leave", shipment["ShipmentNumber"], number)
			}
			delete(leaving, number)
			for _, name := range []string{"ShipmentQty", "BatchNumbers", "SerialNumbers"} {
				if left[name] != nil {
					_, _ = line.Set(left[name], name)
				}
			}
		}
		for number := range leaving {
			return refuse(operation, "shipment %v lacks order line %s, which left", shipment["ShipmentNumber"], number)
		}
		return nil
	})
}

// dropLines deletes the lines of an open shipment that do not leave, and those
// that share an order line with another.
func dropLines(ctx context.Context, c *connection.Connection, shipment map[string]any, leaving map[string]map[string]any) error {
	lines, _ := shipment["SalesShipmentLines"].([]any)
	kept := map[string]bool{}
	for _, entry := range lines {
		line, isObject := entry.(map[string]any)
		if !isObject {
			continue
		}
		number := fmt.Sprint(line["SalesOrderLineNumber"])
		if _, leaves := leaving[number]; leaves && !kept[number] {
			kept[number] = true
			continue
		}
		_, err := c.Unleashed.Call(ctx, unleashedapi.Call{
			Operation: "sales_shipment.delete_line", Method: "DELETE", Path: "/SalesShipments/Lines/" + fmt.Sprint(line["Guid"]), Write: true,
		})
		if err != nil && !errors.Is(err, apihttp.ErrNotFound) {
			return err
		}
	}
	return nil
}

// findDispatched says whether a shipment has left already.
func findDispatched(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
	shipment, err := readRecord(ctx, c, "SalesShipments", fmt.Sprint(args["Guid"]))
	if err != nil || shipment == nil || shipment["ShipmentStatus"] != statusDispatched {
		return delivery.Found{}, err
	}
	found := delivery.Found{Exists: true, ID: fmt.Sprint(args["Guid"])}
	found.Ref, _ = shipment["ShipmentNumber"].(string)
	tracking, _ := shipment["TrackingNumber"].(string)
	if wanted, _ := args["TrackingNumber"].(string); wanted == tracking {
		found.Ours, found.Detail = true, "it is dispatched already"
		return found, nil
	}
	found.Detail = fmt.Sprintf("shipment %s was dispatched meanwhile with tracking number %q", found.Ref, tracking)
	return found, nil
}
