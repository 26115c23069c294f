package unleashed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/Jeffail/gabs/v2"
	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// lineOperations change the lines of open documents. They set absolute quantities,
// so repeating one is harmless. A document that is not as it was decided upon any more
// is left alone, and waits for another decision where it may be parked.
var lineOperations = []component.Operation{
	{
		Name: "sales_order.set_lines", Summary: "Sets quantities of an open sales order: `Lines` (`Guid`, `OrderQuantity`, and what it `Was`), lines to add, `Added` (`Guid`, `Product`, `OrderQuantity`, `UnitPrice`), and lines to delete, `Removed` (`Guid`, `Was`). Totals are counted anew. A line whose quantity changes loses its batches and serial numbers. `AsOf` is when what the warehouse has was read; long after it, or where a line is no more what it was, another decision is waited for, where it may be parked. `Agreed`, a list of `line`, `sku` and `quantity`, is what the warehouse holds of them, for `order.as_imported`.",
		Method: "PUT", Path: "/SalesOrders/{Guid}", Required: []string{"OrderNumber"}, Aside: []string{"Agreed", "AsOf"},
		Write: true, Kind: delivery.Update, Target: salesOrder, Success: "HTTP 200", Do: setOrderLines, Current: currentOf("SalesOrders"), Waits: isStale,
	},
	{
		Name: "sales_shipment.set_lines", Summary: "Sets quantities of an open shipment, `Lines` (`Guid`, `ShipmentQty`, `Was`; a new one without `Guid`, with `SalesOrderLineNumber` and `Product`), and deletes those of `Removed`. Lines of its order are raised or added (`Added`, as in `sales_order.set_lines`, with `LineNumber`) where they hold less than their shipments. The rest as in `sales_order.set_lines`; in `Agreed` a line that is new is named by its number.",
		Method: "PUT", Path: "/SalesShipments/{Guid}", Required: []string{"OrderNumber", "OrderGuid"}, Aside: []string{"Agreed", "AsOf"},
		Write: true, Kind: delivery.Update, Target: salesOrder, Success: "HTTP 200", Do: setShipmentLines, Current: currentOf("SalesShipments"), Waits: isStale,
	},
	{
		Name: "record.agree", Summary: "Remembers what both systems hold of lines of the record `Guid`: `Agreed`, a list of `line`, `sku` and `quantity`, for `order.as_imported`.",
		Required: []string{"Guid", "Agreed"}, Look: agree, Success: "no call is made",
	},
	{
		Name: "record.settle", Summary: "Looks whether a `set_lines` of the record `Guid` whose end is not known reached it, and remembers for `order.as_imported` the lines that stand as they were sent. Answers the ids of those that hold neither that nor what they were before, which a person has changed. Without such an edit no call is made.",
		Required: []string{"Guid"}, Look: settle, Success: "HTTP 200",
	},
}

// setOrderLines changes an open order: quantities and new lines in one update,
// then lines that go, one by one, since whether an update deletes what it leaves
// out is not known.
func setOrderLines(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	guid, edit := fmt.Sprint(args["Guid"]), newLineEdit("sales_order.set_lines", "SalesOrder", "OrderQuantity", args)
	if err := edit.inTime(c); err != nil {
		return delivery.Answer{}, err
	}
	if err := edit.put(ctx, c, guid, func(order *gabs.Container) error { return addOrderLines(edit.operation, order, edit.added) }); err != nil {
		return delivery.Answer{}, err
	}
	if err := edit.remove(ctx, c, guid, args); err != nil {
		return delivery.Answer{}, err
	}
	return rememberOwn(ctx, c, "SalesOrders", guid, args["Agreed"])
}

// addOrderLines adds the lines that are not there yet and counts the totals anew.
func addOrderLines(operation string, order *gabs.Container, added []any) error {
	there, taken, last := map[string]bool{}, map[string]bool{}, int64(0)
	for _, line := range order.Search("SalesOrderLines").Children() {
		there[fmt.Sprint(line.Search("Guid").Data())] = true
		taken[fmt.Sprint(line.Search("LineNumber").Data())] = true
		if n, err := whole(line.Search("LineNumber").Data()); err == nil {
			last = max(last, n)
		}
	}
	for _, entry := range added {
		line, isObject := entry.(map[string]any)
		if !isObject || there[fmt.Sprint(line["Guid"])] {
			continue
		}
		if taken[fmt.Sprint(line["LineNumber"])] {
			return stale(operation, "line %v was added meanwhile", line["LineNumber"])
		}
		if line["LineNumber"] == nil {
			last++
			line["LineNumber"] = json.Number(fmt.Sprint(last))
		}
		line["LineTaxCode"] = order.Search("Tax", "TaxCode").Data()
		if err := order.ArrayAppend(line, "SalesOrderLines"); err != nil {
			return err
		}
	}
	return countTotals(order)
}

// countTotals computes what the service validates: the amounts of each line, and
// their sums.
func countTotals(order *gabs.Container) error {
	rate, err := numeric(order.Search("TaxRate").Data())
	if err != nil {
		return err
	}
	sub, tax := decimal.Zero, decimal.Zero
	for _, line := range order.Search("SalesOrderLines").Children() {
		values := map[string]decimal.Decimal{}
		for _, name := range []string{"OrderQuantity", "UnitPrice", "DiscountRate", "LineTotal", "LineTax"} {
			if values[name], err = numeric(line.Search(name).Data()); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		lineRate := rate
		if own := line.Search("TaxRate").Data(); own != nil {
			if lineRate, err = numeric(own); err != nil {
				return err
			}
		}
		total, lineTax := unleashedapi.LineAmounts(values["OrderQuantity"], values["UnitPrice"], values["DiscountRate"], lineRate)
		// A line that is not touched keeps its totals: they may be off by a cent.
		if !total.Equal(values["LineTotal"].Round(2)) || line.Search("LineTotal").Data() == nil {
			_, _ = line.Set(json.Number(total.String()), "LineTotal")
			_, _ = line.Set(json.Number(lineTax.String()), "LineTax")
		} else {
			total, lineTax = values["LineTotal"], values["LineTax"]
		}
		sub, tax = sub.Add(total), tax.Add(lineTax)
	}
	for name, value := range map[string]decimal.Decimal{"SubTotal": sub, "TaxTotal": tax, "Total": sub.Add(tax)} {
		if _, err := order.Set(json.Number(value.String()), name); err != nil {
			return err
		}
	}
	return nil
}

// setShipmentLines changes an open shipment. All shipments of an order together may
// not hold more than it orders, so the order is raised first.
func setShipmentLines(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	guid, orderGUID, edit := fmt.Sprint(args["Guid"]), fmt.Sprint(args["OrderGuid"]), newLineEdit("sales_shipment.set_lines", "SalesShipment", "ShipmentQty", args)
	if err := edit.inTime(c); err != nil {
		return delivery.Answer{}, err
	}
	if err := raiseOrder(ctx, c, edit, guid, orderGUID, fmt.Sprint(args["OrderNumber"])); err != nil {
		return delivery.Answer{}, err
	}
	if err := edit.put(ctx, c, guid, edit.addRows); err != nil {
		return delivery.Answer{}, err
	}
	if err := edit.remove(ctx, c, guid, args); err != nil {
		return delivery.Answer{}, err
	}
	if _, err := rememberOwn(ctx, c, "SalesOrders", orderGUID, nil); err != nil {
		return delivery.Answer{}, err
	}
	return rememberOwn(ctx, c, "SalesShipments", guid, args["Agreed"])
}

// raiseOrder raises the lines of an order to what its shipments will hold, and adds
// those that it lacks.
func raiseOrder(ctx context.Context, c *connection.Connection, edit lineEdit, shipment, guid, orderNumber string) error {
	held, asked, err := willHold(ctx, c, edit, shipment, orderNumber)
	if err != nil {
		return err
	}
	order, err := readRecord(ctx, c, "SalesOrders", guid)
	if err != nil {
		return err
	}
	if order == nil {
		return refuse(edit.operation, "sales order %s does not exist any more", orderNumber)
	}
	isShort := func(line map[string]any) (bool, error) {
		ordered, err := numeric(line["OrderQuantity"])
		of := fmt.Sprint(line["LineNumber"])
		if err != nil {
			return false, fmt.Errorf("%s: line %s: %w", edit.operation, of, err)
		}
		return asked[of] && held[of].GreaterThan(ordered), nil
	}
	short := len(edit.added) > 0
	for _, line := range component.Objects(order["SalesOrderLines"]) {
		is, err := isShort(line)
		if err != nil {
			return err
		}
		short = short || is
	}
	if !short {
		return nil
	}
	_, err = replace(ctx, c, edit.operation, "SalesOrders", guid, func(order *gabs.Container) error {
		document, _ := order.Data().(map[string]any)
		for _, line := range component.Objects(document["SalesOrderLines"]) {
			is, err := isShort(line)
			if err != nil {
				return err
			}
			if is {
				setQuantity(line, "OrderQuantity", json.Number(held[fmt.Sprint(line["LineNumber"])].String()))
			}
		}
		return addOrderLines(edit.operation, order, edit.added)
	})
	return err
}

// willHold is what the shipments of an order will hold of each of its lines once one of
// them is edited, and of which lines that one is asked to hold something else.
func willHold(ctx context.Context, c *connection.Connection, edit lineEdit, shipment, orderNumber string) (held map[string]decimal.Decimal, asked map[string]bool, err error) {
	shipments, err := shipmentsOf(ctx, c, orderNumber)
	if err != nil {
		return nil, nil, err
	}
	held, asked = map[string]decimal.Decimal{}, map[string]bool{}
	for _, s := range component.Objects(shipments) {
		own := s["Guid"] == shipment
		if own {
			if err := edit.apply(s); err != nil {
				return nil, nil, err
			}
			if err := edit.addRows(gabs.Wrap(s)); err != nil {
				return nil, nil, err
			}
		} else if s["ShipmentStatus"] == "Deleted" {
			continue
		}
		for _, row := range component.Objects(s["SalesShipmentLines"]) {
			quantity, err := numeric(row["ShipmentQty"])
			if err != nil {
				return nil, nil, fmt.Errorf("%s: ShipmentQty of %v: %w", edit.operation, s["ShipmentNumber"], err)
			}
			of := fmt.Sprint(row["SalesOrderLineNumber"])
			asked[of] = asked[of] || own && lineWith(edit.lines, row["Guid"]) != nil
			if !own || lineWith(edit.removed, row["Guid"]) == nil {
				held[of] = held[of].Add(quantity)
			}
		}
	}
	return held, asked, nil
}

// deleteLine deletes a line of an open document; one that is gone is fine.
func deleteLine(ctx context.Context, c *connection.Connection, operation, path, guid string) error {
	_, err := c.Unleashed.Call(ctx, unleashedapi.Call{Operation: operation, Method: "DELETE", Path: path + guid, Write: true})
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil
	}
	return err
}

// byLine are the lines of a shipment by the number of their order line.
func byLine(list any) map[string]map[string]any {
	objects := map[string]map[string]any{}
	for _, entry := range component.List(list) {
		if object, isObject := entry.(map[string]any); isObject {
			objects[fmt.Sprint(object["SalesOrderLineNumber"])] = object
		}
	}
	return objects
}

// numeric reads a number as it is written; null is zero.
func numeric(value any) (decimal.Decimal, error) {
	if value == nil {
		return decimal.Zero, nil
	}
	return decimal.NewFromString(fmt.Sprint(value))
}

func whole(value any) (int64, error) {
	n, err := numeric(value)
	return n.IntPart(), err
}
