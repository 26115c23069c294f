package mintsoft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// lookParts reads an order with all its parts. Fewer than it says it has are made
// up with null, so that nobody takes some for all.
func lookParts(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	record, _ := args["Order"].(map[string]any)
	ids := []string{idOf(record, "ID")}
	expected := int64(1)
	if _, err := fmt.Sscan(fmt.Sprint(record["NumberOfParts"]), &expected); err == nil && expected > 1 {
		for number := range strings.SplitSeq(text(record["OrderNumber"]), "+") {
			rows, err := searchOrders(ctx, c, number, record["ClientId"])
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
	parts := make([]any, 0, len(ids))
	for _, id := range ids {
		part, err := readWhole(ctx, c, id)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	for int64(len(parts)) < expected {
		parts = append(parts, nil)
	}
	return parts, nil
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

// lookImported answers what the warehouse was given of a record: the items of the
// last request that made or changed its order, or that agreed with it since.
func lookImported(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	events, err := c.Book().Ledger.Events(ctx, fmt.Sprint(args["Source"]))
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
		done = done || slices.Contains([]string{"created", "updated", "agreed"}, e.Kind) || e.Kind == "adopted" && strings.HasSuffix(e.Summary, delivery.AsSent)
		if !done || (e.Kind != "sent" && e.Kind != "agreed") || len(e.Detail) == 0 {
			continue
		}
		var body map[string]any
		if err := component.DecodeJSON(e.Detail, &body); err != nil {
			continue // a body that was cut says nothing
		}
		return sumByLine(body["OrderItems"]), nil
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
