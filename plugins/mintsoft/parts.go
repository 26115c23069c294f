package mintsoft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
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
	var numbers []string
	if numberOfParts(order) > 1 {
		identity, err := c.Identity(ctx)
		if err != nil {
			return nil, err
		}
		if numbers, err = numbersOf(ctx, c.Book().Ledger, identity.Accounts, order); err != nil {
			return nil, err
		}
		for _, one := range numbers {
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
	merged := len(numbers) > 1 // each of its numbers counts its own parts
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
