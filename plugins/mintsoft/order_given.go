package mintsoft

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// given is what the warehouse was given of a record.
type given struct {
	items []orderItem // of the last request that made or changed its order
	// agreed are the lines that a flow carried back from the warehouse since.
	agreed map[string]agreedLine
	// begun are later requests that did not come to their end, as where the process died.
	begun []begunRequest
}

type agreedLine struct {
	sku      string
	quantity decimal.Decimal
	at       time.Time
}

type begunRequest struct {
	items []orderItem
	at    time.Time
}

// lookImported answers what the warehouse was given of a record, line by line. What a
// request that broke off brought there is known by the items that the warehouse has.
func lookImported(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	g, err := lastGiven(ctx, c, fmt.Sprint(args["Source"]))
	if g == nil {
		return nil, err
	}
	sums, has := g.lines(), map[string]decimal.Decimal{}
	for _, item := range component.Objects(args["Items"]) {
		quantity, err := decimal.NewFromString(component.Text(item["quantity"]))
		if err != nil {
			return nil, &apihttp.Error{System: "mintsoft", Operation: "order.as_imported", Outcome: apihttp.Rejected, Message: fmt.Sprintf("SKU %v: %v", item["sku"], err)}
		}
		line := component.Text(item["line"])
		has[line] = has[line].Add(quantity)
	}
	for _, item := range g.known() {
		line := item.value(lineName)
		if g.arrived(line, has[line], func(i orderItem) bool { return i.value(lineName) == line }) {
			sums[line] = has[line]
		}
	}
	lines := map[string]any{}
	for line, quantity := range sums {
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
	var begun []begunRequest
	for _, e := range slices.Backward(events) {
		if !strings.HasPrefix(e.Summary, "mintsoft order.create") && !strings.HasPrefix(e.Summary, "mintsoft order.set_items") {
			continue
		}
		done = done || slices.Contains([]string{delivery.Created.String(), delivery.Updated.String()}, e.Kind) || e.Kind == delivery.Adopted.String() && strings.HasSuffix(e.Summary, delivery.AsSent)
		if e.Kind != ledger.EventSent || len(e.Detail) == 0 {
			continue
		}
		var body struct{ OrderItems []orderItem }
		if err := component.DecodeJSON(e.Detail, &body); err != nil {
			continue // a body that was cut says nothing
		}
		if !done {
			begun = append(begun, begunRequest{body.OrderItems, e.At})
			continue
		}
		g := &given{items: body.OrderItems, agreed: map[string]agreedLine{}, begun: begun}
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
			g.agreed[line] = agreedLine{a.SKU, quantity, a.At}
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

// of says how much was given of an item that the warehouse has so much of. What a flow
// carried back is known of whole lines, not of their batches.
func (g *given) of(item orderItem, has decimal.Decimal) decimal.Decimal {
	if g.arrived(item.value(lineName), has, func(i orderItem) bool { return i.key() == item.key() }) {
		return has
	}
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

// arrived says whether the warehouse has of some items of a line what a request that broke
// off asked for, and nothing is known of the line since.
func (g *given) arrived(line string, has decimal.Decimal, isOne func(orderItem) bool) bool {
	return slices.ContainsFunc(g.begun, func(r begunRequest) bool {
		sum := decimal.Zero
		for _, item := range r.items {
			if isOne(item) {
				sum = sum.Add(item.Quantity)
			}
		}
		return sum.Equal(has) && !g.agreed[line].at.After(r.at)
	})
}

// known are all items that were given, or were to be.
func (g *given) known() []orderItem {
	var items []orderItem
	for _, request := range g.begun {
		items = append(items, request.items...)
	}
	return append(items, g.items...)
}

// settle keeps what requests that broke off have made of whole lines, so that what the
// warehouse makes of them later is its own.
func (g *given) settle(ctx context.Context, c *connection.Connection, source any, has []orderItem) error {
	if g == nil || len(g.begun) == 0 {
		return nil
	}
	var steps []itemStep
	for _, item := range g.known() {
		stands := decimal.Zero
		for _, one := range has {
			if one.key() == item.key() {
				stands = one.Quantity
			}
		}
		steps = append(steps, itemStep{item: item, wants: g.of(item, stands)})
	}
	return agreeOn(ctx, c, source, steps)
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
