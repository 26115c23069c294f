package unleashed

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// awaited are the SKUs that were asked for and are no product yet: nothing moves there when
// they become one.
type awaited struct {
	key   string
	SKUs  map[string]time.Time `json:"skus"`  // when it became one, zero before
	Since time.Time            `json:"since"` // what changed before was looked at
}

func awaitedOf(ctx context.Context, c *connection.Connection) (*awaited, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	a := &awaited{key: "awaited/" + identity.Pair, SKUs: map[string]time.Time{}}
	raw, exists, err := c.Book().Ledger.Get(ctx, stockStore, a.key)
	if err == nil && exists {
		err = json.Unmarshal(raw, a)
	}
	return a, err
}

func (a *awaited) keep(ctx context.Context, c *connection.Connection) error {
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error { return tx.Set(stockStore, a.key, raw, 0) })
}

// await remembers SKUs that are no product.
func await(ctx context.Context, c *connection.Connection, skus []string) error {
	if len(skus) == 0 {
		return nil
	}
	a, err := awaitedOf(ctx, c)
	if err != nil {
		return err
	}
	if len(a.SKUs) == 0 {
		a.Since = c.Book().Options.Now().Add(-clockSkew)
	}
	before := maps.Clone(a.SKUs)
	for _, sku := range skus {
		a.SKUs[sku] = time.Time{}
	}
	if maps.Equal(before, a.SKUs) {
		return nil
	}
	return a.keep(ctx, c)
}

// lookAwaited answers the awaited SKUs that became a product: until a run that began
// later asks, since one that dies is repeated. A message that is not a whole run of its
// own changes nothing.
func lookAwaited(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	found := []any{}
	since, err := time.Parse(time.RFC3339Nano, fmt.Sprint(args["Since"]))
	if s.Record.ID != wholeStock || s.Again || err != nil {
		return found, nil // a run of everything has no moment, and counts them anyway
	}
	a, err := awaitedOf(ctx, c)
	if err != nil || len(a.SKUs) == 0 {
		return found, err
	}
	maps.DeleteFunc(a.SKUs, func(_ string, at time.Time) bool { return !at.IsZero() && at.Before(since) })
	now := c.Book().Options.Now()
	asOf, err := eachRecord(ctx, c, "Products", a.Since, []string{"includeObsolete", "true"}, func(record map[string]any) {
		code := fmt.Sprint(record["ProductCode"])
		if at, waits := a.SKUs[code]; waits && at.IsZero() {
			a.SKUs[code] = now
		}
	})
	if err != nil {
		return nil, err
	}
	if asOf.IsZero() {
		asOf = now
	}
	a.Since = asOf.Add(-clockSkew)
	for _, sku := range slices.Sorted(maps.Keys(a.SKUs)) {
		if !a.SKUs[sku].IsZero() {
			found = append(found, sku)
		}
	}
	return found, a.keep(ctx, c)
}
