package unleashed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/Jeffail/gabs/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// argLots are lines of a sales order with the batches and serial numbers that left,
// which an order lacks that was made before anything had.
const argLots = "Lots"

// completeOrder describes the completion of a sales order.
func completeOrder() component.Operation {
	op := complete("sales_order.complete", "SalesOrders", "OrderStatus", "OrderNumber",
		"Completes a sales order: what has not shipped is shipped, and all is invoiced. One that does not hold what it did when that was `Decided` (a list of `SKU` and `Quantity`), or is not of this `Warehouse` (its code), waits for another decision, where it may be parked. Lines without batches and serial numbers are given those of `Lots` before, a list of lines (`Guid`, `Product`, `OrderQuantity`, `BatchNumbers`, `SerialNumbers`).", "Completed")
	op.Hint = aboutCompletion
	return op
}

// nameLots gives the lines of an order their lots, in a write of its own where some lack
// them.
func nameLots(ctx context.Context, c *connection.Connection, operation, resource string, order, args map[string]any) error {
	lots := component.Objects(args[argLots])
	if !giveLots(order, lots) {
		return nil
	}
	_, err := replace(ctx, c, operation, resource, fmt.Sprint(args["Guid"]), func(record *gabs.Container) error {
		document, _ := record.Data().(map[string]any)
		giveLots(document, lots)
		return nil
	})
	return err
}

// giveLots gives the lines of an order that have no lots those of lines that hold the
// same goods, and says whether there were any. What a person gave one stays.
func giveLots(order map[string]any, lots []map[string]any) bool {
	given, free := false, component.Objects(order["SalesOrderLines"])
	for _, lot := range lots {
		holds := func(line map[string]any) bool {
			return skuOf(line) == skuOf(lot) && quantityOf(line["OrderQuantity"]).Equal(quantityOf(lot["OrderQuantity"]))
		}
		// That the service keeps the GUID that we gave a line is not documented.
		at := slices.IndexFunc(free, func(line map[string]any) bool { return line["Guid"] == lot["Guid"] && holds(line) })
		if at < 0 {
			at = slices.IndexFunc(free, holds)
		}
		if at < 0 {
			continue
		}
		if line := free[at]; len(component.List(line["BatchNumbers"]))+len(component.List(line["SerialNumbers"])) == 0 {
			line["BatchNumbers"], line["SerialNumbers"], given = lot["BatchNumbers"], lot["SerialNumbers"], true
		}
		free = slices.Delete(free, at, at+1)
	}
	return given
}

// aboutCompletion says how to mend a completion that wants batches or serial numbers.
func aboutCompletion(refusal *apihttp.Error, args map[string]any) string {
	said := strings.ToLower(refusal.Error())
	if !strings.Contains(said, "batch") && !strings.Contains(said, "serial") {
		return ""
	}
	return fmt.Sprintf("give sales order %v its batches or serial numbers in Unleashed, or turn general.enable_serial_batch_tracking on, then replay", args["OrderNumber"])
}
