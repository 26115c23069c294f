package unleashed

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// States of purchase orders, as far as receipts are concerned. A status that is
// not listed is neither.
const (
	purchaseOpen     = "open"
	purchaseReceived = "received"
	purchaseDeleted  = "deleted"
)

// purchaseStates are the documented statuses; the final one is spelt in two ways.
var purchaseStates = map[string]string{
	"Parked": purchaseOpen, "Placed": purchaseOpen, "Costed": purchaseOpen, "Unapproved": purchaseOpen,
	"Receipted": purchaseReceived, "Complete": purchaseReceived, "Completed": purchaseReceived, "Deleted": purchaseDeleted,
}

// splitNumber is the number of what a partial receipt split off: that of its base
// with a suffix (documented for the browser).
var splitNumber = regexp.MustCompile(`^(.+)/([1-9][0-9]{0,3})$`)

// baseNumber is the number of an order without the suffix of a split.
func baseNumber(number string) string {
	if match := splitNumber.FindStringSubmatch(number); match != nil {
		return match[1]
	}
	return number
}

// lookFamily answers the family of the purchase order with a number, and with a Guid
// where that is given. Each order says its State and whether it Follows the asked one
// (or is it), each line how much of it was Receipted.
func lookFamily(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	guid, _ := args["Guid"].(string)
	family, number, err := familyOf(ctx, c, fmt.Sprint(args["OrderNumber"]), guid)
	if err != nil {
		return nil, err
	}
	answer, follows := make([]any, 0, len(family)), false
	for _, order := range family {
		follows = follows || order["OrderNumber"] == number
		order["Follows"] = follows
		if state, known := purchaseStates[fmt.Sprint(order["OrderStatus"])]; known {
			order["State"] = state
		}
		for _, line := range purchaseLines(order) {
			line["Receipted"] = json.Number(receiptedOf(order, line).String())
		}
		answer = append(answer, order)
	}
	return answer, nil
}

// familyOf is the purchase order with a number together with the order that it was
// split off and those that were split off either, in the order of their numbers; an
// empty list when there is none. Where a GUID is given and none of them has it,
// somebody has changed the number, and the family is that of the order with the GUID,
// under the number that it has now.
func familyOf(ctx context.Context, c *connection.Connection, number, guid string) ([]map[string]any, string, error) {
	family, err := readFamily(ctx, c, number)
	if err != nil || guid == "" || slices.ContainsFunc(family, func(order map[string]any) bool { return order["Guid"] == guid }) {
		return family, number, err
	}
	made, err := readRecord(ctx, c, "PurchaseOrders", guid)
	if err != nil || made == nil {
		return family, number, err
	}
	number = fmt.Sprint(made["OrderNumber"])
	family, err = readFamily(ctx, c, number)
	return family, number, err
}

// readFamily reads the orders of a family. A number with a suffix is that of a
// split only when there is an order without it, for the same goods' way: people
// number orders 2026/1 and 2026/2, too.
func readFamily(ctx context.Context, c *connection.Connection, number string) ([]map[string]any, error) {
	own, err := readPurchase(ctx, c, number)
	if err != nil || own == nil {
		return nil, err
	}
	match := splitNumber.FindStringSubmatch(number)
	var base map[string]any
	if match != nil {
		if base, err = readPurchase(ctx, c, match[1]); err != nil {
			return nil, err
		}
	}
	if base == nil || !related(base, own) {
		return withSplits(ctx, c, []map[string]any{own}, number, 0, nil)
	}
	place, err := strconv.Atoi(match[2])
	if err != nil {
		return nil, fmt.Errorf("reading the number %s: %w", number, err)
	}
	return withSplits(ctx, c, []map[string]any{base}, match[1], place, own)
}

// withSplits appends what was split off a base, own being one of them at its
// place, 0 when it is the base itself. Splits of own may carry a second suffix.
func withSplits(ctx context.Context, c *connection.Connection, family []map[string]any, base string, place int, own map[string]any) ([]map[string]any, error) {
	first := family[0]
	for n := 1; ; n++ {
		if n == place {
			family = append(family, own)
			nested, err := withSplits(ctx, c, []map[string]any{own}, fmt.Sprint(own["OrderNumber"]), 0, nil)
			if err != nil {
				return nil, err
			}
			family = append(family, nested[1:]...)
			continue
		}
		split, err := readPurchase(ctx, c, fmt.Sprintf("%s/%d", base, n))
		switch {
		case err != nil:
			return nil, err
		case split != nil && related(first, split):
			family = append(family, split)
		case n > place:
			return family, nil
		}
	}
}

// readPurchase asks for an order by its number, which is compared once more
// though the filter is documented as exact; nil when there is none.
func readPurchase(ctx context.Context, c *connection.Connection, number string) (found map[string]any, err error) {
	_, err = eachRecord(ctx, c, "PurchaseOrders", time.Time{}, []string{"orderNumber", number, "serialBatch", "true"}, func(record map[string]any) {
		if record["OrderNumber"] == number {
			found = record
		}
	})
	return found, err
}

// related says whether two orders are of one supplier for one warehouse, as the
// parts of a split are.
func related(a, b map[string]any) bool {
	for _, member := range []string{"Supplier", "Warehouse"} {
		one, _ := a[member].(map[string]any)
		other, _ := b[member].(map[string]any)
		if one["Guid"] != other["Guid"] {
			return false
		}
	}
	return true
}

// purchaseLines are the lines of a purchase order, to be changed in place.
func purchaseLines(order map[string]any) []map[string]any {
	return component.Objects(order["PurchaseOrderLines"])
}

// receiptedOf is how much of a line was receipted. An order that was receipted in
// the browser may say nothing about its lines: then all of them were.
func receiptedOf(order, line map[string]any) decimal.Decimal {
	if line["ReceiptQuantity"] == nil && purchaseStates[fmt.Sprint(order["OrderStatus"])] == purchaseReceived {
		return quantityOf(line["OrderQuantity"])
	}
	return quantityOf(line["ReceiptQuantity"])
}

// quantityOf reads a quantity; null and what is none count as 0.
func quantityOf(value any) decimal.Decimal {
	quantity, err := decimal.NewFromString(fmt.Sprint(value))
	if err != nil {
		return decimal.Zero
	}
	return quantity
}

// placeOf names what a line orders, in whatever order of a family it stands: a line
// that is split off gets another GUID and keeps its product and number (assumed).
func placeOf(line map[string]any) string {
	product, _ := line["Product"].(map[string]any)
	return fmt.Sprint(product["Guid"], "/", line["LineNumber"])
}

// skuOf is the code of a line's product.
func skuOf(line map[string]any) string {
	product, _ := line["Product"].(map[string]any)
	code, isText := product["ProductCode"].(string)
	if !isText {
		return fmt.Sprintf("line %v", line["LineNumber"])
	}
	return code
}
