package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// tellLots adds which batches and serial numbers went out. They are asked for where
// Mintsoft keeps any of one of the products.
func tellLots(ctx context.Context, c *connection.Connection, order map[string]any, lines []orderLine) error {
	skus := make([]string, len(lines))
	items := make([]shippedItem, len(lines))
	for i, line := range lines {
		skus[i], items[i] = line.sku, shippedItem{ItemID: idOf(line.item, "ID")}
	}
	products, err := catalogueOf(c).Find(ctx, skus...)
	if err != nil {
		return err
	}
	tracked, apart := false, false
	for _, line := range lines {
		if products[line.sku]["HasBatchNumber"] == true || products[line.sku]["HasSerialNumber"] == true {
			tracked, apart = true, apart || line.bundle != ""
		}
	}
	switch {
	case !tracked:
		return nil
	case apart:
		return tellApart(ctx, c, order, lines, products)
	}
	if err := addLots(ctx, c, idOf(order, "ID"), items); err != nil {
		return err
	}
	for i := range lines {
		if lines[i].bundle == "" {
			lines[i].lots = items[i].Lots
		}
	}
	return nil
}

// placedLot is a lot with what tells its product: goods that are reserved name it, and
// have the id that what was scanned of them names
// (https://api.mintsoft.co.uk/swagger/ui/index, ProductInLocation).
type placedLot struct {
	lot
	ID                  int64
	ProductID           int64 `json:"ProductId"`
	ProductInLocationID int64 `json:"ProductInLocationId"`
}

func (p placedLot) item() string { return fmt.Sprint(p.OrderItemID) }

// tellApart adds the lots of lines of which some stand for components of a bundle. The
// bundle's item has the lots of all of them, or the items of the components have that
// stand beside it.
func tellApart(ctx context.Context, c *connection.Connection, order map[string]any, lines []orderLine, products map[string]map[string]any) error {
	scanned, err := readPlaced(ctx, c, idOf(order, "ID"), "BarcodeVerifiedOrderItems")
	if err != nil {
		return err
	}
	reserved, err := readPlaced(ctx, c, idOf(order, "ID"), "Allocations")
	if err != nil {
		return err
	}
	apart := newApart(order, lines, products)
	for _, row := range reserved {
		apart.placed[row.ID] = row.ProductID
	}
	told := map[[2]string]bool{}
	for i, row := range append(scanned, reserved...) {
		if value(row.BatchNo) == nil && value(row.SerialNo) == nil {
			continue
		}
		for _, sku := range apart.skusOf(row) {
			at := [2]string{row.item(), sku}
			if i >= len(scanned) && told[at] {
				continue // scanned is surer than reserved
			}
			told[at] = told[at] || i < len(scanned)
			apart.add(sku, row)
		}
	}
	for i := range lines {
		lines[i].lots = apart.take(i)
	}
	return nil
}

// apartLots deals lots out to the lines of an order.
type apartLots struct {
	lines    []orderLine
	products map[string]map[string]any
	skus     map[string]string // by item
	bundles  map[string]string // by the item of a bundle
	own      map[string]bool   // items that are lines themselves
	placed   map[int64]int64   // product by the reserved row
	of       map[string][]lot  // by item of a line, or by SKU of components
}

func newApart(order map[string]any, lines []orderLine, products map[string]map[string]any) *apartLots {
	a := &apartLots{lines: lines, products: products, skus: map[string]string{}, bundles: map[string]string{}, own: map[string]bool{}, placed: map[int64]int64{}, of: map[string][]lot{}}
	rows, _ := order["OrderItems"].([]any)
	for _, row := range rows {
		if item, isObject := row.(map[string]any); isObject {
			a.skus[idOf(item, "ID")] = component.Text(item["SKU"])
		}
	}
	for _, line := range lines {
		if line.bundle != "" {
			a.bundles[idOf(line.item, "ID")] = line.bundle
		} else {
			a.own[idOf(line.item, "ID")] = true
		}
	}
	return a
}

// skusOf is what a lot is of: its item's, or of a bundle the component whose product it
// is. Where nothing tells, it is given to each that is tracked: of one that is right,
// of several it is more than they need.
func (a *apartLots) skusOf(row placedLot) (skus []string) {
	if a.bundles[row.item()] == "" {
		return []string{a.skus[row.item()]}
	}
	product := row.ProductID
	if product == 0 {
		product = a.placed[row.ProductInLocationID]
	}
	for _, line := range a.lines {
		known := a.products[line.sku]
		switch {
		case idOf(line.item, "ID") != row.item():
		case idOf(known, "ID") == fmt.Sprint(product):
			return []string{line.sku}
		case known["HasBatchNumber"] == true || known["HasSerialNumber"] == true:
			skus = append(skus, line.sku)
		}
	}
	return skus
}

func (a *apartLots) add(sku string, row placedLot) {
	key := sku
	if a.own[row.item()] {
		key = "item " + row.item()
	}
	a.of[key] = append(a.of[key], row.lot)
}

// take is what a line has of the lots: all of its item's, or of the component's as much
// as it needs. The last line of a component has what is left, so that too much shows.
func (a *apartLots) take(i int) []lot {
	line := a.lines[i]
	if line.bundle == "" {
		return a.of["item "+idOf(line.item, "ID")]
	}
	last := true
	for _, other := range a.lines[i+1:] {
		last = last && (other.bundle == "" || other.sku != line.sku)
	}
	all, needed := a.of[line.sku], line.quantity
	var taken []lot
	for len(all) > 0 && (last || needed > 0) {
		part := all[0]
		if all[0].Quantity > needed && !last {
			part.Quantity = needed
			all[0].Quantity -= needed
		} else {
			all = all[1:]
		}
		needed -= part.Quantity
		taken = append(taken, part)
	}
	a.of[line.sku] = all
	return taken
}

func readPlaced(ctx context.Context, c *connection.Connection, id, from string) ([]placedLot, error) {
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{Operation: "order." + from, Method: "GET", Path: "/api/Order/" + url.PathEscape(id) + "/" + from})
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var rows []placedLot
	if err := json.Unmarshal(response.Body, &rows); err != nil {
		return nil, fmt.Errorf("decoding the %s of order %s: %w", from, id, err)
	}
	return rows, nil
}
