package unleashed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// orderWindow is how far back the list of sales orders is read; an order that did
// not change since is asked for by its number.
const orderWindow = 30 * 24 * time.Hour

// orderFields are what a shipment takes from its order.
var orderFields = []string{
	"Guid", "OrderNumber", "CreatedOn", "Customer", "CustomerRef", "Comments", "SourceId", "SalesOrderGroup", "RequiredDate", "Currency",
	"DeliveryContact", "DeliveryName", "DeliveryStreetAddress", "DeliveryStreetAddress2", "DeliverySuburb", "DeliveryCity", "DeliveryRegion",
	"DeliveryCountry", "DeliveryPostCode", "DeliveryInstruction", "DeliveryMethod",
}

// orderLineFields are what a line of a shipment takes from the line that it ships.
var orderLineFields = []string{"LineNumber", "Product", "OrderQuantity", "UnitPrice", "DiscountRate", "LineTotal", "LineTax", "Comments"}

// lookOrder answers the sales order with a number, out of a list that is read
// once and kept fresh. One that is missing there, or lacks one of the LineNumbers
// that somebody just added to it, is asked for. Codes are compared once more,
// though the filter is documented as exact.
func lookOrder(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	number := fmt.Sprint(args["OrderNumber"])
	kept, err := ordersOf(c).Find(ctx, number)
	if err != nil {
		return nil, err
	}
	if raw, exists := kept[number]; exists {
		var order map[string]any
		if err := component.DecodeJSON(raw, &order); err != nil {
			return nil, fmt.Errorf("decoding sales order %s: %w", number, err)
		}
		if hasLines(order, args["LineNumbers"]) {
			return order, nil
		}
	}
	var found any
	_, err = eachRecord(ctx, c, "SalesOrders", time.Time{}, []string{"orderNumber", number}, func(record map[string]any) {
		if record["OrderNumber"] == number {
			found = slimOrder(record)
		}
	})
	return found, err
}

// ordersOf keeps the orders of our warehouse as text, since as objects they would
// take several times the memory.
func ordersOf(c *connection.Connection) *component.Catalogue[json.RawMessage] {
	return c.Local("unleashed sales orders", func() any {
		window := c.Book().Options.Now().Add(-orderWindow)
		list := component.NewCatalogue(c.Book().Options.Now, time.Minute, func(ctx context.Context, since time.Time, put func(string, json.RawMessage)) (time.Time, error) {
			if since.IsZero() {
				since = window
			}
			var broken error
			asOf, err := eachRecord(ctx, c, "SalesOrders", since, []string{"warehouseCode", c.Config.Unleashed.WarehouseCode}, func(record map[string]any) {
				raw, err := json.Marshal(slimOrder(record))
				if err != nil {
					broken = fmt.Errorf("encoding sales order %v: %w", record["OrderNumber"], err)
				}
				put(fmt.Sprint(record["OrderNumber"]), raw)
			})
			if err == nil {
				err = broken
			}
			return asOf, err
		})
		list.Quiet = true
		return list
	}).(*component.Catalogue[json.RawMessage])
}

func slimOrder(record map[string]any) map[string]any {
	order := fieldsOf(record, orderFields)
	lines, _ := record["SalesOrderLines"].([]any)
	slim := make([]any, 0, len(lines))
	for _, entry := range lines {
		if line, isObject := entry.(map[string]any); isObject {
			slim = append(slim, fieldsOf(line, orderLineFields))
		}
	}
	order["SalesOrderLines"] = slim
	return order
}

func fieldsOf(record map[string]any, names []string) map[string]any {
	some := make(map[string]any, len(names))
	for _, name := range names {
		if value := record[name]; value != nil {
			some[name] = value
		}
	}
	return some
}

// hasLines says whether an order has all lines of a list of line numbers.
func hasLines(order map[string]any, numbers any) bool {
	wanted, _ := numbers.([]any)
	lines, _ := order["SalesOrderLines"].([]any)
	return !slices.ContainsFunc(wanted, func(number any) bool {
		return !slices.ContainsFunc(lines, func(line any) bool {
			return fmt.Sprint(line.(map[string]any)["LineNumber"]) == fmt.Sprint(number)
		})
	})
}
