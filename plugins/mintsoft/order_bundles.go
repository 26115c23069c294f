package mintsoft

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// orderedLine is what is known of a line that an order was made from.
type orderedLine struct {
	sku      string
	line     any
	quantity int64
	open     int64 // of the quantity, what has not left
}

// besides says in words which goods are taken for the components of a bundle that
// stands beside them.
type besides struct {
	text string
	// exactly says that there are no more of them than the bundles hold.
	exactly bool
}

// bundled puts bundles together again. Whether an order shows a bundle that was
// ordered, its components or both is not known. Components carry no line of ours:
// those of a bundle that is there are left out when all of them are, and those of one
// that is not make it, line by line and no more than was ordered. Where the items are
// the whole of what was ordered, goods that are ordered for themselves and stand for no
// line are no components of a bundle that is there; beside one that once left with nothing
// beside it all are goods.
func bundled(ctx context.Context, c *connection.Connection, items []shippedItem, ordered []orderedLine, whole bool) ([]shippedItem, []besides, error) {
	loose := looseOf(items)
	if len(loose) == 0 {
		return items, nil, nil
	}
	bundles, parts, err := orderedBundles(ctx, c, ordered)
	if err != nil {
		return nil, nil, err
	}
	goods := map[string]int64{}
	if whole {
		for _, line := range ordered {
			goods[line.sku] += line.open
		}
	}
	shown, onLine := map[string]int64{}, map[string]int64{}
	for _, item := range items {
		shown[item.SKU] += item.Quantity
		onLine[item.place()] += item.Quantity
		if item.Line != nil {
			goods[item.SKU] -= item.Quantity
		}
	}
	take := func(sku string, sets int64) {
		for _, p := range parts[sku] {
			loose[p.sku] -= sets * p.each
			items = without(items, p.sku, sets*p.each)
		}
	}
	var beside []besides
	for i, line := range bundles {
		sets := shown[line.sku]
		if sets == 0 || slices.ContainsFunc(bundles[:i], func(one orderedLine) bool { return one.sku == line.sku }) ||
			slices.ContainsFunc(parts[line.sku], func(p part) bool { return loose[p.sku]-max(goods[p.sku], 0) < sets*p.each }) {
			continue
		}
		for _, p := range parts[line.sku] {
			text := fmt.Sprintf("%d x %s beside bundle %s are taken for its components", sets*p.each, p.sku, line.sku)
			beside = append(beside, besides{text, loose[p.sku] == sets*p.each})
		}
		take(line.sku, sets)
	}
	restore := func(line orderedLine, quantity int64) {
		for _, place := range []string{shippedItem{SKU: line.sku, Line: line.line}.place(), shippedItem{SKU: line.sku}.place()} {
			there := min(onLine[place], quantity)
			onLine[place] -= there
			quantity -= there
		}
		if sets := min(setsOf(parts[line.sku], loose), quantity); sets > 0 {
			items = append(items, shippedItem{SKU: line.sku, Line: line.line, Quantity: sets})
			take(line.sku, sets)
		}
	}
	for _, line := range bundles {
		restore(line, line.open)
	}
	for _, line := range bundles {
		restore(line, line.quantity-line.open)
	}
	return items, beside, nil
}

// orderedBundles are the lines that are bundles, with the parts of each product; one that
// once left with nothing beside it is none here.
func orderedBundles(ctx context.Context, c *connection.Connection, ordered []orderedLine) (bundles []orderedLine, parts map[string][]part, err error) {
	parts = map[string][]part{}
	bare := map[string]bool{}
	for _, line := range ordered {
		if _, known := parts[line.sku]; known {
			continue
		}
		if parts[line.sku], err = partsOf(ctx, c, line.sku); err != nil {
			return nil, nil, err
		}
		if bare[line.sku], err = leavesAlone(ctx, c, line.sku); err != nil {
			return nil, nil, err
		}
	}
	bundles = slices.DeleteFunc(slices.Clone(ordered), func(line orderedLine) bool { return len(parts[line.sku]) == 0 || bare[line.sku] })
	// One that holds all that another does would never be made after it.
	slices.SortStableFunc(bundles, func(a, b orderedLine) int { return cmp.Compare(pieces(parts[b.sku]), pieces(parts[a.sku])) })
	return bundles, parts, nil
}

// shippedBundles are bundles of what left of an order. Nothing but the order itself
// tells goods from components here, so those that are taken for components are told once
// a day.
func shippedBundles(ctx context.Context, c *connection.Connection, source component.Source, order map[string]any, items []shippedItem, args map[string]any) ([]shippedItem, error) {
	var ordered []orderedLine
	for _, entry := range component.List(args["Ordered"]) {
		fields, _ := entry.(map[string]any)
		quantity, err := decimal.NewFromString(component.Text(fields["Quantity"]))
		gone := decimal.Zero
		if fields["Gone"] != nil && err == nil {
			gone, err = decimal.NewFromString(component.Text(fields["Gone"]))
		}
		if err != nil {
			return nil, &apihttp.Error{System: "mintsoft", Operation: "order.shipped", Outcome: apihttp.Rejected, Message: fmt.Sprintf("the argument Ordered, SKU %v: %v", fields["SKU"], err)}
		}
		ordered = append(ordered, orderedLine{component.Text(fields["SKU"]), fields["Line"], quantity.IntPart(), max(quantity.Sub(gone).IntPart(), 0)})
	}
	if numberOfParts(order) == 1 && len(looseOf(items)) == 0 {
		return items, learnAlone(ctx, c, items)
	}
	items, beside, err := bundled(ctx, c, items, ordered, numberOfParts(order) == 1)
	if err != nil {
		return nil, err
	}
	for _, one := range beside {
		if memory := bundlesOf(c); memory.tells(one.text, c.Book().Options.Now()) {
			c.Book().Options.Log.Warn("needs a look", "stream", source.Stream, "record", source.Record.Ref, "reason", one.text)
		}
	}
	return items, nil
}

// foldedBundles are bundles of all that an order has, and notes on goods that were taken
// for components although more of them stand there than these.
func foldedBundles(ctx context.Context, c *connection.Connection, items []shippedItem, sources []any) ([]shippedItem, []any, error) {
	notes := []any{}
	var ordered []orderedLine
	for _, source := range sources {
		g, err := lastGiven(ctx, c, fmt.Sprint(source))
		if err != nil {
			return nil, nil, err
		}
		ordered = append(ordered, g.ordered()...)
	}
	items, beside, err := bundled(ctx, c, items, ordered, true)
	for _, one := range beside {
		if !one.exactly {
			notes = append(notes, one.text)
		}
	}
	return items, notes, err
}

// looseOf sums the items that are no line of ours.
func looseOf(items []shippedItem) map[string]int64 {
	loose := map[string]int64{}
	for _, item := range items {
		if item.Line == nil {
			loose[item.SKU] += item.Quantity
		}
	}
	return loose
}

func pieces(parts []part) int64 {
	n := int64(0)
	for _, p := range parts {
		n += p.each
	}
	return n
}

// setsOf says how many bundles loose components make.
func setsOf(parts []part, loose map[string]int64) int64 {
	sets := int64(-1)
	for _, p := range parts {
		if n := loose[p.sku] / p.each; sets < 0 || n < sets {
			sets = n
		}
	}
	return max(sets, 0)
}

// without takes a quantity of a SKU off the items that are no line of ours.
func without(items []shippedItem, sku string, quantity int64) []shippedItem {
	for i, item := range items {
		if item.SKU == sku && item.Line == nil {
			taken := min(item.Quantity, quantity)
			items[i].Quantity -= taken
			quantity -= taken
		}
	}
	return slices.DeleteFunc(items, func(item shippedItem) bool { return item.Quantity == 0 })
}

// alone is where the ledger keeps which bundles once left with nothing beside them:
// their components would have been shown by then, so what stands beside them in other
// orders are goods.
const (
	alone    = "bundles_alone"
	aloneFor = 365 * 24 * time.Hour // then it is learnt anew
)

func aloneKey(ctx context.Context, c *connection.Connection, sku string) (string, error) {
	identity, err := c.Identity(ctx)
	return identity.Accounts + "/" + strings.ToLower(sku), err
}

func leavesAlone(ctx context.Context, c *connection.Connection, sku string) (bool, error) {
	key, err := aloneKey(ctx, c, sku)
	if err != nil {
		return false, err
	}
	_, exists, err := c.Book().Ledger.Get(ctx, alone, key)
	return exists, err
}

// learnAlone remembers the bundles of an order that left whole, with nothing but its
// lines. Which products are bundles is not asked for on its account: the list of all
// products has to be known already.
func learnAlone(ctx context.Context, c *connection.Connection, items []shippedItem) error {
	if catalogueOf(c).AsOf().IsZero() {
		return nil
	}
	for _, item := range items {
		known, err := leavesAlone(ctx, c, item.SKU)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		parts, err := partsOf(ctx, c, item.SKU)
		if err != nil {
			return err
		}
		if len(parts) == 0 {
			continue
		}
		key, err := aloneKey(ctx, c, item.SKU)
		if err != nil {
			return err
		}
		if err := c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error { return tx.Set(alone, key, []byte("true"), aloneFor) }); err != nil {
			return err
		}
	}
	return nil
}
