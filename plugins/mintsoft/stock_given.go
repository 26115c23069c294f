package mintsoft

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
)

// readGiven keeps how much of each SKU the warehouse was given of each source.
func (d *document) readGiven(ctx context.Context, c *connection.Connection) error {
	d.Given = map[string]map[string]string{}
	for _, source := range d.Sources {
		if source.ID == "" {
			continue
		}
		g, err := lastGiven(ctx, c, source.ID)
		if err != nil {
			return err
		}
		if g == nil {
			continue
		}
		d.Given[source.ID] = map[string]string{}
		for sku, quantity := range g.skus() {
			d.Given[source.ID][sku] = quantity.String()
		}
	}
	return nil
}

// skus sums what was given by product.
func (g *given) skus() map[string]decimal.Decimal {
	sums := map[string]decimal.Decimal{}
	for _, item := range g.items {
		if _, isAgreed := g.agreed[item.value(lineName)]; !isAgreed {
			sums[item.SKU] = sums[item.SKU].Add(item.Quantity)
		}
	}
	for _, agreed := range g.agreed {
		sums[agreed.sku] = sums[agreed.sku].Add(agreed.quantity)
	}
	return sums
}

// leftWith is what left with an order by SKU, as its document will be posted:
// components are put together again where their bundle was ordered. Where it is not known
// what was, the items tell that stand for a line.
func (d *document) leftWith(ctx context.Context, c *connection.Connection, o shippedOrder) (map[string]int64, error) {
	var ordered []orderedLine
	for _, source := range d.Sources {
		if source.ID == "" {
			continue
		}
		g, err := lastGiven(ctx, c, source.ID)
		if err != nil {
			return nil, err
		}
		ordered = append(ordered, g.ordered()...)
	}
	known := len(ordered) > 0
	items := make([]shippedItem, 0, len(o.Items))
	for i, row := range o.Items {
		item := shippedItem{ItemID: fmt.Sprint(i), SKU: row.SKU, Quantity: row.Quantity.IntPart()}
		if row.ours() {
			item.Line = row.value(lineName)
			if !known {
				ordered = append(ordered, orderedLine{item.SKU, item.Line, item.Quantity, item.Quantity})
			}
		}
		items = append(items, item)
	}
	items, _, err := bundled(ctx, c, items, ordered, o.Parts <= 1)
	if err != nil {
		return nil, err
	}
	quantities := map[string]int64{}
	for _, item := range items {
		quantities[item.SKU] += item.Quantity
	}
	return quantities, nil
}
