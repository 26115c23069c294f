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
// so repeating one is harmless.
var lineOperations = []component.Operation{
	{
		Name: "sales_order.set_lines", Summary: "Sets quantities of an open sales order: `Lines` (`Guid`, `OrderQuantity`), lines to add, `Added` (`Guid`, `Product`, `OrderQuantity`, `UnitPrice`), and GUIDs of lines to delete, `Removed`. Totals are counted anew. `Agreed`, a list of `line`, `sku` and `quantity`, is what the warehouse holds of them, for `order.as_imported`.",
		Method: "PUT", Path: "/SalesOrders/{Guid}", Required: []string{"OrderNumber"}, Aside: []string{"Agreed"},
		Write: true, Kind: delivery.Update, Target: salesOrder, Success: "HTTP 200", Do: setOrderLines, Current: currentOf("SalesOrders"),
	},
	{
		Name: "sales_shipment.set_lines", Summary: "Sets quantities of an open shipment, `Lines` (`SalesOrderLineNumber`, `ShipmentQty`), and deletes those of `Removed`. Lines of its order are raised or added (`Added`, as in `sales_order.set_lines`, with `LineNumber`) where they hold less than their shipments. `Agreed` as in `sales_order.set_lines`; a line that is new is named by its number.",
		Method: "PUT", Path: "/SalesShipments/{Guid}", Required: []string{"OrderNumber", "OrderGuid"}, Aside: []string{"Agreed"},
		Write: true, Kind: delivery.Update, Target: salesOrder, Success: "HTTP 200", Do: setShipmentLines, Current: currentOf("SalesShipments"),
	},
	{
		Name: "record.agree", Summary: "Remembers what both systems hold of lines of the record `Guid`: `Agreed`, a list of `line`, `sku` and `quantity`, for `order.as_imported`.",
		Required: []string{"Guid", "Agreed"}, Look: agree, Success: "no call is made",
	},
}

// setOrderLines changes an open order: quantities and new lines in one update,
// then lines that go, one by one, since whether an update deletes what it leaves
// out is not known.
func setOrderLines(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	const operation = "sales_order.set_lines"
	guid := fmt.Sprint(args["Guid"])
	wanted := byField(args["Lines"], "Guid")
	added := listOf(args["Added"])
	if len(wanted)+len(added) > 0 {
		_, err := replace(ctx, c, operation, "SalesOrders", guid, func(order *gabs.Container) error {
			for _, line := range order.Search("SalesOrderLines").Children() {
				id := fmt.Sprint(line.Search("Guid").Data())
				if change, exists := wanted[id]; exists {
					delete(wanted, id)
					if _, err := line.Set(change["OrderQuantity"], "OrderQuantity"); err != nil {
						return err
					}
				}
			}
			for id := range wanted {
				return refuse(operation, "line %s of sales order %v does not exist any more", id, args["OrderNumber"])
			}
			return addOrderLines(order, added)
		})
		if err != nil {
			return delivery.Answer{}, err
		}
	}
	if err := agreeBefore(ctx, c, guid, args); err != nil {
		return delivery.Answer{}, err
	}
	for _, line := range listOf(args["Removed"]) {
		if err := deleteLine(ctx, c, "sales_order.delete_line", "/SalesOrders/Lines/", fmt.Sprint(line)); err != nil {
			return delivery.Answer{}, err
		}
	}
	return rememberOwn(ctx, c, "SalesOrders", guid, args["Agreed"])
}

// addOrderLines adds the lines that are not there yet and counts the totals anew.
func addOrderLines(order *gabs.Container, added []any) error {
	there, last := map[string]bool{}, int64(0)
	for _, line := range order.Search("SalesOrderLines").Children() {
		there[fmt.Sprint(line.Search("Guid").Data())] = true
		if n, err := whole(line.Search("LineNumber").Data()); err == nil {
			last = max(last, n)
		}
	}
	for _, entry := range added {
		line, isObject := entry.(map[string]any)
		if !isObject || there[fmt.Sprint(line["Guid"])] {
			continue
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
	const operation = "sales_shipment.set_lines"
	guid, orderGUID, orderNumber := fmt.Sprint(args["Guid"]), fmt.Sprint(args["OrderGuid"]), fmt.Sprint(args["OrderNumber"])
	wanted := byField(args["Lines"], "SalesOrderLineNumber")
	if err := raiseOrder(ctx, c, operation, guid, orderGUID, orderNumber, wanted, listOf(args["Added"])); err != nil {
		return delivery.Answer{}, err
	}
	if len(wanted) > 0 {
		_, err := replace(ctx, c, operation, "SalesShipments", guid, func(shipment *gabs.Container) error {
			for _, line := range shipment.Search("SalesShipmentLines").Children() {
				of := fmt.Sprint(line.Search("SalesOrderLineNumber").Data())
				if change, exists := wanted[of]; exists {
					delete(wanted, of)
					if _, err := line.Set(change["ShipmentQty"], "ShipmentQty"); err != nil {
						return err
					}
				}
			}
			for _, change := range wanted {
				if err := shipment.ArrayAppend(change, "SalesShipmentLines"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return delivery.Answer{}, err
		}
	}
	if err := agreeBefore(ctx, c, guid, args); err != nil {
		return delivery.Answer{}, err
	}
	for _, line := range listOf(args["Removed"]) {
		if err := deleteLine(ctx, c, "sales_shipment.delete_line", "/SalesShipments/Lines/", fmt.Sprint(line)); err != nil {
			return delivery.Answer{}, err
		}
	}
	if _, err := rememberOwn(ctx, c, "SalesOrders", orderGUID, nil); err != nil {
		return delivery.Answer{}, err
	}
	return rememberOwn(ctx, c, "SalesShipments", guid, args["Agreed"])
}

// raiseOrder raises the lines of an order to what its shipments will hold, and adds
// those that it lacks.
func raiseOrder(ctx context.Context, c *connection.Connection, operation, shipment, guid, orderNumber string, wanted map[string]map[string]any, added []any) error {
	shipments, err := shipmentsOf(ctx, c, orderNumber)
	if err != nil {
		return err
	}
	held := map[string]decimal.Decimal{}
	for _, entry := range shipments {
		s := entry.(map[string]any)
		if s["Guid"] == shipment || s["ShipmentStatus"] == "Deleted" {
			continue
		}
		for _, line := range listOf(s["SalesShipmentLines"]) {
			fields, _ := line.(map[string]any)
			quantity, err := decimal.NewFromString(fmt.Sprint(fields["ShipmentQty"]))
			if err != nil {
				return fmt.Errorf("%s: ShipmentQty of %v: %w", operation, s["ShipmentNumber"], err)
			}
			of := fmt.Sprint(fields["SalesOrderLineNumber"])
			held[of] = held[of].Add(quantity)
		}
	}
	order, err := readRecord(ctx, c, "SalesOrders", guid)
	if err != nil {
		return err
	}
	if order == nil {
		return refuse(operation, "sales order %s does not exist any more", orderNumber)
	}
	short := map[string]decimal.Decimal{}
	for _, line := range listOf(order["SalesOrderLines"]) {
		fields, _ := line.(map[string]any)
		of := fmt.Sprint(fields["LineNumber"])
		change, asked := wanted[of]
		if !asked {
			continue
		}
		ordered, err := numeric(fields["OrderQuantity"])
		shipped, other := numeric(change["ShipmentQty"])
		if err = errors.Join(err, other); err != nil {
			return fmt.Errorf("%s: line %s: %w", operation, of, err)
		}
		if needed := held[of].Add(shipped); needed.GreaterThan(ordered) {
			short[of] = needed
		}
	}
	if len(short)+len(added) == 0 {
		return nil
	}
	_, err = replace(ctx, c, operation, "SalesOrders", guid, func(order *gabs.Container) error {
		for _, line := range order.Search("SalesOrderLines").Children() {
			if needed, exists := short[fmt.Sprint(line.Search("LineNumber").Data())]; exists {
				if _, err := line.Set(json.Number(needed.String()), "OrderQuantity"); err != nil {
					return err
				}
			}
		}
		return addOrderLines(order, added)
	})
	return err
}

// deleteLine deletes a line of an open document; one that is gone is fine.
func deleteLine(ctx context.Context, c *connection.Connection, operation, path, guid string) error {
	_, err := c.Unleashed.Call(ctx, unleashedapi.Call{Operation: operation, Method: "DELETE", Path: path + guid, Write: true})
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil
	}
	return err
}

func listOf(value any) []any {
	list, _ := value.([]any)
	return list
}

// byField are the objects of a list by the text of one of their fields.
func byField(list any, name string) map[string]map[string]any {
	objects := map[string]map[string]any{}
	for _, entry := range listOf(list) {
		if object, isObject := entry.(map[string]any); isObject {
			objects[fmt.Sprint(object[name])] = object
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
