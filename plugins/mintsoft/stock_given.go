package mintsoft

import (
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
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
// components are put together again where their bundle was ordered.
func (d *document) leftWith(ctx context.Context, c *connection.Connection, items []orderItem) (map[string]int64, error) {
	var rows, ordered []any
	for _, item := range items {
		row := map[string]any{"sku": item.SKU, "quantity": item.Quantity.String(), "line": nil}
		if item.ours() {
			row["line"] = item.value(lineName)
			ordered = append(ordered, item.SKU)
		}
		rows = append(rows, row)
	}
	for _, skus := range d.Given {
		for sku := range skus {
			if !slices.Contains(ordered, any(sku)) {
				ordered = append(ordered, sku)
			}
		}
	}
	folded, err := lookFolded(ctx, c, component.Source{}, map[string]any{"Items": rows, "SKUs": ordered})
	if err != nil {
		return nil, err
	}
	quantities := map[string]int64{}
	for _, entry := range folded.([]any) {
		row := entry.(map[string]any)
		quantity, err := wholeQuantity(row["quantity"])
		if err != nil {
			return nil, err
		}
		quantities[text(row["sku"])] += quantity
	}
	return quantities, nil
}
