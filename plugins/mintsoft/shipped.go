package mintsoft

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// shippedOperations tell what left with an order.
var shippedOperations = []component.Operation{
	{
		Name: "order.parts", Summary: "Reads all orders that share a number with the order `Order`, the parts of a split and itself, afresh. Null stands for one that cannot be found.",
		Required: []string{"Order"}, Look: lookParts, Success: bareAnswer,
	},
	{
		Name: "order.alike", Summary: "Answers the other parts of the split order `Order`: a list of `ID`, and of those with the same goods `OtherLines` (these are of other lines of their SKUs), `Left`, `Earlier` (it left before this one), `TrackingNumber` and `Parcels`, as `order.shipments` answers them. Of the lines `Ordered` (`SKU`, and `Lines`, by which items name it) only those that are `Own` count; items of the others and of none of them are left out.",
		Required: []string{"Order"}, Look: lookAlike, Success: bareAnswer,
	},
	{
		Name: "order.as_imported", Summary: "Answers an object from `unleashed_line` to the quantity that was sent last for the record with the id `Source`, or carried back from Mintsoft since, out of the ledger; null when it is not known any more. What a request that broke off asked for counts for a line of which `Items` (`sku`, `quantity`, `line`), those that Mintsoft has, hold it.",
		Required: []string{"Source", "Items"}, Look: lookImported, Success: "no call is made",
	},
	{
		Name: "order.shipped", Summary: "Answers what left with the order `Order`, a list of `ItemID`, `SKU`, `Line` (its name-value `unleashed_line`), `Quantity` and, when `Tracked`, `Lots` (`Quantity`, `BatchNo`, `SerialNo`, `ExpiryDate`; as scanned, else as reserved). Components are put together again to the bundles of the list `Ordered` (`SKU`, `Quantity`, what is `Gone` of it, and the `Line` that the bundle stands for), unless such a bundle once left with nothing beside it.",
		Required: []string{"Order"}, Look: lookShipped, Success: bareAnswer,
	},
	{
		Name: "order.fold", Summary: "Puts components among `Items` (`sku`, `quantity`, `line`, `price`) together again, to the bundles that Mintsoft was given of `Sources`, out of the ledger: a bundle that is not there stands on its line for its components, without `price`. Answers `Items`, and `Notes` on goods that were taken for components beside others that are none.",
		Required: []string{"Items"}, Look: lookFolded, Success: bareAnswer,
	},
	{
		Name: "order.shipments", Summary: "Reads the consignments of an order.", Method: "GET", Path: "/api/Order/{ID}/Shipments", Success: bareAnswer,
	},
}

// shippedItem is what left of one item of an order.
type shippedItem struct {
	ItemID   string
	SKU      string
	Line     any
	Quantity int64
	Lots     []lot
}

// place is the line that an item stands for, with its product.
func (i shippedItem) place() string { return fmt.Sprint(i.Line, "/", i.SKU) }

// lot is goods of one batch or serial number.
type lot struct {
	OrderItemID int64 `json:"OrderItemId"`
	Quantity    int64
	BatchNo     *string
	SerialNo    *string
	ExpiryDate  *string
	BestBefore  *string
}

// lookShipped answers what left with an order. An item doesn't say how much of it
// left: on a part that was despatched it is all of it.
func lookShipped(ctx context.Context, c *connection.Connection, source component.Source, args map[string]any) (any, error) {
	listed, _ := args["Order"].(map[string]any)
	order, err := withItems(ctx, c, listed)
	if err != nil {
		return nil, err
	}
	items, err := shippedItems(order)
	if err != nil {
		return nil, &apihttp.Error{System: "mintsoft", Operation: "order.shipped", Outcome: apihttp.Rejected, Message: err.Error()}
	}
	if tracked, _ := args["Tracked"].(bool); tracked {
		if err := addLots(ctx, c, idOf(order, "ID"), items); err != nil {
			return nil, err
		}
	}
	if items, err = shippedBundles(ctx, c, source, order, items, args); err != nil {
		return nil, err
	}
	answer := make([]any, len(items))
	for i, item := range items {
		answer[i] = map[string]any{"ItemID": item.ItemID, "SKU": item.SKU, "Line": item.Line, "Quantity": number(item.Quantity), "Lots": shownLots(item.Lots)}
	}
	return answer, nil
}

// lookFolded puts the bundles together that the items of an order show as their
// components.
func lookFolded(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	rows, _ := args["Items"].([]any)
	items := make([]shippedItem, 0, len(rows))
	prices := map[string]any{}
	for i, row := range rows {
		fields, _ := row.(map[string]any)
		quantity, err := wholeQuantity(fields["quantity"])
		if err != nil {
			return nil, &apihttp.Error{System: "mintsoft", Operation: "order.fold", Outcome: apihttp.Rejected, Message: fmt.Sprintf("SKU %v: %v", fields["sku"], err)}
		}
		id := fmt.Sprint(i)
		prices[id] = fields["price"]
		items = append(items, shippedItem{ItemID: id, SKU: component.Text(fields["sku"]), Line: fields["line"], Quantity: quantity})
	}
	items, notes, err := foldedBundles(ctx, c, items, component.List(args["Sources"]))
	if err != nil {
		return nil, err
	}
	folded := make([]any, len(items))
	for i, item := range items {
		folded[i] = map[string]any{"sku": item.SKU, "quantity": number(item.Quantity), "line": item.Line, "price": prices[item.ItemID]}
	}
	return map[string]any{"Items": folded, "Notes": notes}, nil
}

func wholeQuantity(value any) (int64, error) {
	quantity, err := decimal.NewFromString(component.Text(value))
	if err != nil || !quantity.IsInteger() {
		return 0, fmt.Errorf("quantity %v, expected a whole number", value)
	}
	return quantity.IntPart(), nil
}

// shownLots are lots as answers carry them.
func shownLots(lots []lot) []any {
	shown := make([]any, len(lots))
	for i, l := range lots {
		expiry := l.ExpiryDate
		if expiry == nil {
			expiry = l.BestBefore
		}
		shown[i] = map[string]any{"Quantity": number(l.Quantity), "BatchNo": value(l.BatchNo), "SerialNo": value(l.SerialNo), "ExpiryDate": value(expiry)}
	}
	return shown
}

func number(n int64) json.Number { return json.Number(fmt.Sprint(n)) }

// value is a text, or null for one that is missing or empty.
func value(text *string) any {
	if text == nil || *text == "" {
		return nil
	}
	return *text
}

func shippedItems(order map[string]any) ([]shippedItem, error) {
	rows, _ := order["OrderItems"].([]any)
	var items []shippedItem
	for _, row := range rows {
		fields, isObject := row.(map[string]any)
		if !isObject {
			continue
		}
		item := shippedItem{ItemID: idOf(fields, "ID"), SKU: component.Text(fields["SKU"]), Line: nameValue(fields["OrderItemNameValues"], lineName)}
		var err error
		if item.Quantity, err = wholeQuantity(fields["Quantity"]); err != nil {
			return nil, fmt.Errorf("order %v, SKU %s: %w", order["OrderNumber"], item.SKU, err)
		}
		if item.Quantity > 0 {
			items = append(items, item)
		}
	}
	return items, nil
}

// addLots adds the batches and serial numbers that were scanned; an item without
// any scan gets those that were reserved for it.
func addLots(ctx context.Context, c *connection.Connection, id string, items []shippedItem) error {
	scanned, err := readLots(ctx, c, id, "BarcodeVerifiedOrderItems")
	if err != nil {
		return err
	}
	var reserved map[string][]lot
	for i, item := range items {
		if lots := scanned[item.ItemID]; len(lots) > 0 {
			items[i].Lots = lots
			continue
		}
		if reserved == nil {
			if reserved, err = readLots(ctx, c, id, "Allocations"); err != nil {
				return err
			}
		}
		items[i].Lots = reserved[item.ItemID]
	}
	return nil
}

// readLots reads lots by the item that they are for. Rows without batch and serial
// number say nothing.
func readLots(ctx context.Context, c *connection.Connection, id, from string) (map[string][]lot, error) {
	rows, err := readPlaced(ctx, c, id, from)
	if err != nil {
		return nil, err
	}
	lots := map[string][]lot{}
	for _, row := range rows {
		if value(row.BatchNo) != nil || value(row.SerialNo) != nil {
			lots[row.item()] = append(lots[row.item()], row.lot)
		}
	}
	return lots, nil
}
