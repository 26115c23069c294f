package mintsoft

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// given is what the warehouse was given of a record.
type given struct {
	items []orderItem // of the last request that made or changed its order
	// agreed are the lines that a flow carried back from the warehouse since.
	agreed map[string]agreedLine
}

type agreedLine struct {
	sku      string
	quantity decimal.Decimal
}

// lookImported answers what the warehouse was given of a record, line by line.
func lookImported(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	g, err := lastGiven(ctx, c, fmt.Sprint(args["Source"]))
	if g == nil {
		return nil, err
	}
	lines := map[string]any{}
	for line, quantity := range g.lines() {
		lines[line] = quantity.String()
	}
	return lines, nil
}

// lastGiven reads the ledger; nil when it is not known any more.
func lastGiven(ctx context.Context, c *connection.Connection, source string) (*given, error) {
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
		done = done || slices.Contains([]string{delivery.Created.String(), delivery.Updated.String()}, e.Kind) || e.Kind == delivery.Adopted.String() && strings.HasSuffix(e.Summary, delivery.AsSent)
		if !done || e.Kind != ledger.EventSent || len(e.Detail) == 0 {
			continue
		}
		var body struct{ OrderItems []orderItem }
		if err := component.DecodeJSON(e.Detail, &body); err != nil {
			continue // a body that was cut says nothing
		}
		g := &given{items: body.OrderItems, agreed: map[string]agreedLine{}}
		agreed, err := l.AgreedLines(ctx, source)
		if err != nil {
			return nil, err
		}
		for line, a := range agreed {
			if !a.At.After(e.At) {
				continue
			}
			quantity, err := decimal.NewFromString(a.Quantity)
			if err != nil {
				return nil, fmt.Errorf("the agreed quantity of line %s of %s: %w", line, source, err)
			}
			g.agreed[line] = agreedLine{a.SKU, quantity}
		}
		return g, nil
	}
	return nil, nil
}

// lines sums what was given by the line that it stands for.
func (g *given) lines() map[string]decimal.Decimal {
	sums := map[string]decimal.Decimal{}
	for _, item := range g.items {
		if line := item.value(lineName); line != "" {
			sums[line] = sums[line].Add(item.Quantity)
		}
	}
	for line, agreed := range g.agreed {
		sums[line] = agreed.quantity
	}
	return sums
}

// ordered are the lines that were given; nothing where it is not known any more.
func (g *given) ordered() []orderedLine {
	if g == nil {
		return nil
	}
	skus := map[string]string{}
	for _, item := range g.items {
		skus[item.value(lineName)] = item.SKU
	}
	for line, agreed := range g.agreed {
		skus[line] = agreed.sku
	}
	sums := g.lines()
	var lines []orderedLine
	for _, line := range slices.Sorted(maps.Keys(sums)) {
		lines = append(lines, orderedLine{skus[line], line, sums[line].IntPart(), sums[line].IntPart()})
	}
	return lines
}

// of says how much was given of an item. What a flow carried back is known of whole
// lines, not of their batches.
func (g *given) of(item orderItem) decimal.Decimal {
	if agreed, isAgreed := g.agreed[item.value(lineName)]; isAgreed && item.value("lot") == "" && strings.EqualFold(agreed.sku, item.SKU) {
		return agreed.quantity
	}
	for _, one := range g.items {
		if one.key() == item.key() {
			return one.Quantity
		}
	}
	return decimal.Zero
}

// agreeOn keeps what steps have made of whole lines, for the next lastGiven.
func agreeOn(ctx context.Context, c *connection.Connection, source any, steps []itemStep) error {
	if source == nil || len(steps) == 0 {
		return nil
	}
	lines := map[string]ledger.AgreedLine{}
	for _, step := range steps {
		if step.item.value("lot") == "" {
			lines[step.item.value(lineName)] = ledger.AgreedLine{SKU: step.item.SKU, Quantity: step.wants.String()}
		}
	}
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error { return tx.Agree(fmt.Sprint(source), lines) })
}
