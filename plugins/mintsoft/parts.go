package mintsoft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// lookParts reads an order with all its parts. The order itself is read first: what
// a list said of it may be older than a split, and then its items would look like
// all that is left. Parts that do not agree on how many they are get a null beside
// them, so that nobody takes some for all, or an item for two.
func lookParts(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	listed, _ := args["Order"].(map[string]any)
	ids := []string{idOf(listed, "ID")}
	whole, err := readWhole(ctx, c, ids[0])
	if err != nil {
		return nil, err
	}
	parts := []any{whole}
	order, _ := whole.(map[string]any)
	number := text(order["OrderNumber"])
	if numberOfParts(order) > 1 {
		for one := range strings.SplitSeq(number, "+") {
			rows, err := searchOrders(ctx, c, one, order["ClientId"])
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				if id := fmt.Sprint(row.ID); !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	}
	for _, id := range ids[1:] {
		part, err := readWhole(ctx, c, id)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	merged := strings.Contains(number, "+") // each of its numbers counts its own parts
	if slices.ContainsFunc(parts, func(part any) bool {
		record, _ := part.(map[string]any)
		count := numberOfParts(record)
		return count > len(parts) || !merged && count != len(parts)
	}) {
		parts = append(parts, nil)
	}
	return parts, nil
}

// numberOfParts is how many orders share the number of one; 1 when it does not say.
func numberOfParts(order map[string]any) int {
	if count, err := strconv.Atoi(idOf(order, "NumberOfParts")); err == nil {
		return max(count, 1)
	}
	return 1
}

// readWhole reads an order with its items; nil when there is none.
func readWhole(ctx context.Context, c *connection.Connection, id string) (any, error) {
	raw, err := currentOrder(ctx, c, map[string]any{"ID": id})
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var order any
	return order, component.DecodeJSON(raw, &order)
}

func lookImported(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	given, err := importedOf(ctx, c, fmt.Sprint(args["Source"]))
	if given == nil {
		return nil, err
	}
	return given, err
}

// importedOf answers what the warehouse was given of a record: the items of the
// last request that made or changed its order, and the lines that a flow carried
// back from there since; nil when it is not known any more.
func importedOf(ctx context.Context, c *connection.Connection, source string) (map[string]any, error) {
	l := c.Book().Ledger
	events, err := l.Events(ctx, source)
	if err != nil {
		return nil, err
	}
	// A request counts once its success stands behind it. An order that was found and
	// adopted may have been made of an older version, unless its answer was lost.
	done := false
	for _, e := range slices.Backward(events) {
		if !strings.HasPrefix(e.Summary, "mintsoft order.create") && !strings.HasPrefix(e.Summary, "mintsoft order.set_items") {
			continue
		}
		done = done || slices.Contains([]string{"created", "updated"}, e.Kind) || e.Kind == "adopted" && strings.HasSuffix(e.Summary, delivery.AsSent)
		if !done || e.Kind != "sent" || len(e.Detail) == 0 {
			continue
		}
		var body map[string]any
		if err := component.DecodeJSON(e.Detail, &body); err != nil {
			continue // a body that was cut says nothing
		}
		sums := sumByLine(body["OrderItems"])
		agreed, err := l.AgreedLines(ctx, source)
		for line, a := range agreed {
			if a.At.After(e.At) {
				sums[line] = a.Quantity
			}
		}
		return sums, err
	}
	return nil, nil
}

// sumByLine sums items by the line that they stand for.
func sumByLine(list any) map[string]any {
	items, _ := list.([]any)
	sums := map[string]decimal.Decimal{}
	for _, entry := range items {
		item, _ := entry.(map[string]any)
		line := nameValue(item["OrderItemNameValues"], lineName)
		quantity, err := decimal.NewFromString(fmt.Sprint(item["Quantity"]))
		if line == nil || err != nil {
			continue
		}
		sums[fmt.Sprint(line)] = sums[fmt.Sprint(line)].Add(quantity)
	}
	answer := make(map[string]any, len(sums))
	for line, quantity := range sums {
		answer[line] = quantity.String()
	}
	return answer
}
