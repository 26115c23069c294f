package mintsoft

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
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

// lookAlike answers the other parts of a split order, so that one parcel is not taken for
// two that look the same. Of those that hold the same goods it is told whether they are
// of other lines, and of those that have left, in which parcels and whether it was before
// this one. The goods are those of one sales order where a merged one stands for several.
func lookAlike(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	found, err := lookParts(ctx, c, s, args)
	if err != nil {
		return nil, err
	}
	parts, others := component.List(found), []any{}
	order, exists := parts[0].(map[string]any)
	if !exists {
		return others, nil
	}
	goods, err := shippedItems(order)
	if err != nil {
		return nil, &apihttp.Error{System: "mintsoft", Operation: "order.alike", Outcome: apihttp.Rejected, Message: err.Error()}
	}
	ordered := component.Objects(component.List(args["Ordered"]))
	components, err := ownComponents(ctx, c, parts, ordered)
	if err != nil {
		return nil, err
	}
	goods = ownItems(goods, ordered, components)
	bySKU := func(i shippedItem) string { return i.SKU }
	for _, part := range component.Objects(parts[1:]) {
		told := map[string]any{"ID": part["ID"], "Left": false, "Earlier": false, "OtherLines": false}
		others = append(others, told)
		// A quantity that is none is not the same either.
		items, err := shippedItems(part)
		status, _ := strconv.Atoi(idOf(part, "OrderStatusId"))
		items = ownItems(items, ordered, components)
		if err != nil || !sameBy(bySKU, goods, items) || status == statusCancelled {
			continue
		}
		named := !slices.ContainsFunc(slices.Concat(goods, items), func(i shippedItem) bool { return i.Line == nil })
		told["OtherLines"] = named && !sameBy(shippedItem.place, goods, items)
		if !slices.Contains(shippedStatuses, status) {
			continue
		}
		if told["Parcels"], err = consignmentsOf(ctx, c, idOf(part, "ID")); err != nil {
			return nil, err
		}
		told["TrackingNumber"], told["Left"], told["Earlier"] = part["TrackingNumber"], true, leftBefore(part, order)
	}
	return others, nil
}

// ownComponents are the SKUs of the components of a sales order's bundles that no part
// shows as such.
func ownComponents(ctx context.Context, c *connection.Connection, parts []any, ordered []map[string]any) ([]string, error) {
	shown := map[string]bool{}
	for _, part := range component.Objects(parts) {
		items, _ := shippedItems(part) // what has no quantity shows no bundle either
		for _, item := range items {
			shown[item.SKU] = true
		}
	}
	var components []string
	for _, line := range ordered {
		sku := component.Text(line["SKU"])
		if own, _ := line["Own"].(bool); !own || shown[sku] {
			continue
		}
		bundle, err := partsOf(ctx, c, sku)
		if err != nil {
			return nil, err
		}
		for _, part := range bundle {
			components = append(components, part.sku)
		}
	}
	return components, nil
}

// ownItems leaves out the items of other sales orders and those that are of none: an
// item is of the line that it was made from, else of one with its SKU, else of a bundle
// that it is a component of.
func ownItems(items []shippedItem, ordered []map[string]any, components []string) []shippedItem {
	var own []shippedItem
	for _, item := range items {
		of := func(line map[string]any) bool {
			return item.Line != nil && slices.Contains(component.Texts(line["Lines"]), component.Text(item.Line))
		}
		if !slices.ContainsFunc(ordered, of) {
			of = func(line map[string]any) bool { return component.Text(line["SKU"]) == item.SKU }
		}
		isOwn := func(line map[string]any) bool { own, _ := line["Own"].(bool); return own && of(line) }
		if slices.ContainsFunc(ordered, isOwn) || !slices.ContainsFunc(ordered, of) && slices.Contains(components, item.SKU) {
			own = append(own, item)
		}
	}
	return own
}

// sameBy says whether two parts hold as much of everything that is told apart by what.
func sameBy(what func(shippedItem) string, a, b []shippedItem) bool {
	sums := func(items []shippedItem) map[string]int64 {
		sums := map[string]int64{}
		for _, item := range items {
			sums[what(item)] += item.Quantity
		}
		return sums
	}
	return maps.Equal(sums(a), sums(b))
}

// leftBefore says which of two parts left first; of two that left at once one is.
func leftBefore(a, b map[string]any) bool {
	at := func(part map[string]any) string { text, _ := part["DespatchDate"].(string); return text }
	id := func(part map[string]any) int { id, _ := strconv.Atoi(idOf(part, "ID")); return id }
	return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(id(a), id(b))) < 0
}

// consignmentsOf reads the consignments of an order, which there may be none of.
func consignmentsOf(ctx context.Context, c *connection.Connection, id string) (any, error) {
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{Operation: "order.shipments", Method: "GET", Path: "/api/Order/" + url.PathEscape(id) + "/Shipments"})
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var consignments any
	return consignments, component.DecodeJSON(response.Body, &consignments)
}
