package mintsoft

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// exportOperations tell what orders that were not made by us are about.
var exportOperations = []component.Operation{
	{
		Name: "order.lines", Summary: "Answers the lines of the order `Order`, each with `SKU`, `Quantity` and the `Item` that has its money. A bundle stands as one line, whether the order shows the bundle or the bundle beside its components; with `Apart` its components stand in its place, each with the `Bundle`, how many of it are in one (`Each`) and its `Share` of the bundle's worth; the `First` of them may carry it all. With `Tracked` a line tells its `Lots` too, as `order.shipped` does; a component's are those of its product.",
		Required: []string{"Order"}, Look: lookOrderLines, Success: bareAnswer,
	},
	{
		Name: "order.other_parts", Summary: "Answers the other parts of the order `Order`, which was split: a list with `ID`, `Part` and the `Lines` (`SKU`, `Quantity`), bundles as in `order.lines`. Parts that cannot be read are left out.",
		Required: []string{"Order"}, Look: lookOtherParts, Success: bareAnswer,
	},
	{
		Name: "transfer.orders", Summary: "Answers the id of the transfer between Mintsoft's own warehouses that made the order `Order`, out of a list that is read once and kept fresh.",
		Required: []string{"Order"}, Look: lookTransferOrder, Success: "HTTP 200; null when none did",
	},
}

// orderLine is an item of an order, or a component of a bundle in its place.
type orderLine struct {
	sku      string
	quantity int64
	item     map[string]any

	bundle string // that it is a component of
	each   int64
	share  decimal.Decimal
	first  bool

	lots []lot
}

// lookOrderLines answers what an order is about. Whether Mintsoft shows a bundle,
// its components or both is not known: components that stand beside their bundle
// are left out, and what shows nothing but components has no bundle any more.
func lookOrderLines(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	listed, _ := args["Order"].(map[string]any)
	order, err := withItems(ctx, c, listed)
	if err != nil {
		return nil, err
	}
	apart, _ := args["Apart"].(bool)
	lines, err := soldLines(ctx, c, order, apart)
	if err != nil {
		return nil, err
	}
	if tracked, _ := args["Tracked"].(bool); tracked {
		if err := tellLots(ctx, c, order, lines); err != nil {
			return nil, err
		}
	}
	answer := make([]any, len(lines))
	for i, line := range lines {
		fields := map[string]any{
			"SKU": line.sku, "Quantity": number(line.quantity), "Item": line.item, "Bundle": nil, "Each": number(line.each),
			"Share": json.Number(line.share.String()), "First": line.first, "Lots": shownLots(line.lots),
		}
		if line.bundle != "" {
			fields["Bundle"] = line.bundle
		}
		answer[i] = fields
	}
	return answer, nil
}

// soldLines are the lines of an order with bundles as themselves, or taken apart.
func soldLines(ctx context.Context, c *connection.Connection, order map[string]any, apart bool) ([]orderLine, error) {
	lines, err := linesOf(order)
	if err != nil {
		return nil, &apihttp.Error{System: "mintsoft", Operation: "order.lines", Outcome: apihttp.Rejected, Message: err.Error()}
	}
	bundles := map[string][]part{}
	for _, line := range lines {
		if bundles[line.sku], err = partsOf(ctx, c, line.sku); err != nil {
			return nil, err
		}
	}
	lines = besideBundles(lines, bundles)
	if apart {
		lines = takenApart(lines, bundles)
	}
	return lines, nil
}

// lookOtherParts answers what the rest of a split order is about.
func lookOtherParts(ctx context.Context, c *connection.Connection, source component.Source, args map[string]any) (any, error) {
	answer := []any{}
	listed, _ := args["Order"].(map[string]any)
	if numberOfParts(listed) < 2 {
		return answer, nil
	}
	parts, err := lookParts(ctx, c, source, args)
	if err != nil {
		return nil, err
	}
	apart, _ := args["Apart"].(bool)
	for _, part := range parts.([]any) {
		order, isObject := part.(map[string]any)
		if !isObject || idOf(order, "ID") == idOf(listed, "ID") {
			continue
		}
		lines, err := soldLines(ctx, c, order, apart)
		if err != nil {
			return nil, err
		}
		shown := make([]any, len(lines))
		for i, line := range lines {
			shown[i] = map[string]any{"SKU": line.sku, "Quantity": number(line.quantity)}
		}
		answer = append(answer, map[string]any{"ID": order["ID"], "Part": order["Part"], "Lines": shown})
	}
	return answer, nil
}

func linesOf(order map[string]any) ([]orderLine, error) {
	rows, _ := order["OrderItems"].([]any)
	var lines []orderLine
	for _, row := range rows {
		item, isObject := row.(map[string]any)
		if !isObject {
			continue
		}
		line := orderLine{sku: component.Text(item["SKU"]), item: item, each: 1, share: decimal.NewFromInt(1), first: true}
		quantity, err := decimal.NewFromString(component.Text(item["Quantity"]))
		if err != nil || !quantity.IsInteger() || quantity.IsNegative() {
			return nil, fmt.Errorf("order %v, SKU %s: quantity %v, expected a whole number of at least 0", order["OrderNumber"], line.sku, item["Quantity"])
		}
		if line.quantity = quantity.IntPart(); line.quantity > 0 {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// worthless says whether an item carries no money, as components do beside their
// bundle.
func worthless(item map[string]any) bool {
	return !slices.ContainsFunc([]string{"Price", "PriceNet", "Vat", "Tax"}, func(name string) bool {
		amount, err := decimal.NewFromString(component.Text(item[name]))
		return item[name] != nil && (err != nil || !amount.IsZero())
	})
}

// besideBundles leaves out the components that stand beside their bundle: all of
// them are there, for each bundle, and carry no money. Other goods of the same SKU
// stay.
func besideBundles(lines []orderLine, bundles map[string][]part) []orderLine {
	lines = slices.Clone(lines)
	for _, line := range slices.Clone(lines) {
		parts := bundles[line.sku]
		shown := len(parts) > 0 && !slices.ContainsFunc(parts, func(p part) bool {
			there := int64(0)
			for _, other := range lines {
				if other.sku == p.sku && worthless(other.item) {
					there += other.quantity
				}
			}
			return there < p.each*line.quantity
		})
		if !shown {
			continue
		}
		for _, p := range parts {
			taking := p.each * line.quantity
			for i := range lines {
				if lines[i].sku == p.sku && worthless(lines[i].item) {
					taken := min(taking, lines[i].quantity)
					lines[i].quantity -= taken
					taking -= taken
				}
			}
		}
	}
	return slices.DeleteFunc(lines, func(line orderLine) bool { return line.quantity == 0 })
}

func takenApart(lines []orderLine, bundles map[string][]part) []orderLine {
	var apart []orderLine
	for _, line := range lines {
		parts := bundles[line.sku]
		if len(parts) == 0 {
			apart = append(apart, line)
			continue
		}
		for i, p := range parts {
			apart = append(apart, orderLine{
				sku: p.sku, quantity: line.quantity * p.each, item: line.item, bundle: line.sku, each: p.each, share: p.share, first: i == 0,
			})
		}
	}
	return apart
}
