package mintsoft

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

const (
	// stockStore is where the ledger keeps what one run of a stock flow tells the next.
	stockStore = "stock"
	// bundlesFor is how long it is trusted which products are bundles.
	bundlesFor = 24 * time.Hour
)

// bundleList is which SKUs are bundles. A bundle has no row in the inventory, or one
// that does not say that it is one.
type bundleList struct {
	SKUs []string  `json:"skus"`
	At   time.Time `json:"at"`
	// Singly is when the list of all levels was last more than the service answers in
	// time: each bundle is asked for by itself then. The list is not paged and holds the
	// products of all clients, up to 200,000 rows.
	Singly time.Time `json:"singly,omitzero"`
}

func bundlesKey(ctx context.Context, c *connection.Connection) (string, error) {
	identity, err := c.Identity(ctx)
	return "bundles/" + identity.Pair, err
}

func knownBundles(ctx context.Context, c *connection.Connection) (list bundleList, err error) {
	key, err := bundlesKey(ctx, c)
	if err != nil {
		return list, err
	}
	raw, exists, err := c.Book().Ledger.Get(ctx, stockStore, key)
	if err == nil && exists {
		err = json.Unmarshal(raw, &list)
	}
	return list, err
}

// withBundles adds the bundles to what was read, or takes them out where they are
// not wanted. Their levels follow those of their components, so they are only read
// when something moved; which products are bundles is asked for now and then.
func withBundles(ctx context.Context, c *connection.Connection, q stockQuery, s *stock, all bool) error {
	known, err := knownBundles(ctx, c)
	if err != nil {
		return err
	}
	now := c.Book().Options.Now()
	stale := all || now.Sub(known.At) > bundlesFor
	moved := len(s.rows) > 0
	var levels []stockRow
	before := known.Singly
	if moved && (stale || q.bundles && len(known.SKUs) > 0) {
		if now.Sub(known.Singly) > bundlesFor {
			known.Singly = time.Time{}
		}
		if levels, err = bundleLevels(ctx, c, q, &known.Singly); err != nil {
			return err
		}
		known.SKUs = nil
		for _, level := range levels {
			known.SKUs = append(known.SKUs, level.sku)
		}
	}
	if moved && (stale || !known.Singly.Equal(before)) {
		known.At = now
		if err := keepBundles(ctx, c, known); err != nil {
			return err
		}
	}
	if len(known.SKUs) > 0 {
		s.drop(func(sku string) bool { return slices.Contains(known.SKUs, sku) })
	}
	if q.bundles {
		s.rows = append(s.rows, levels...)
	}
	return nil
}

func keepBundles(ctx context.Context, c *connection.Connection, list bundleList) error {
	key, err := bundlesKey(ctx, c)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error { return tx.Set(stockStore, key, raw, 0) })
}

// bundleLevels reads how many of each bundle there are: in one list, or bundle by bundle
// where that is too long for the service.
func bundleLevels(ctx context.Context, c *connection.Connection, q stockQuery, singly *time.Time) ([]stockRow, error) {
	if singly.IsZero() {
		levels, err := readBundles(ctx, c, q, "")
		if !errors.Is(err, apihttp.ErrTimeout) && !errors.Is(err, apihttp.ErrTooLarge) {
			return levels, err
		}
		*singly = c.Book().Options.Now()
	}
	var skus []string
	if err := catalogueOf(c).Each(ctx, func(sku string, product map[string]any) {
		if product["Bundle"] == true {
			skus = append(skus, sku)
		}
	}); err != nil {
		return nil, err
	}
	slices.Sort(skus)
	var levels []stockRow
	for _, sku := range skus {
		level, err := readBundles(ctx, c, q, sku)
		if err != nil {
			return nil, err
		}
		levels = append(levels, level...)
	}
	return levels, nil
}

// readBundles reads how many of each bundle there are, or of one. The list is not
// paged and holds every product, so only the bundles of it are kept.
func readBundles(ctx context.Context, c *connection.Connection, q stockQuery, sku string) ([]stockRow, error) {
	query := q.values()
	query.Del("ClientId") // no parameter of this list
	if sku != "" {
		query.Set("SKU", sku)
	}
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{Operation: "stock.bundles", Method: "GET", Path: "/api/Product/StockLevels", Query: query})
	if err != nil {
		return nil, fmt.Errorf("reading the stock levels of Mintsoft: %w", err)
	}
	var rows []stockRow
	decoder := json.NewDecoder(bytes.NewReader(response.Body))
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("decoding the stock levels of Mintsoft: %w", err)
	}
	for decoder.More() {
		var level struct {
			SKU                    string
			ProductID              int64 `json:"ProductId"`
			ClientID               int64 `json:"ClientId"`
			WarehouseID            int64 `json:"WarehouseId"`
			Level, TotalStockLevel count
			Bundle                 bool
		}
		if err := decoder.Decode(&level); err != nil {
			return nil, fmt.Errorf("decoding the stock levels of Mintsoft, SKU %s: %w", level.SKU, err)
		}
		if level.Bundle && q.ours(level.ClientID, level.WarehouseID) && level.SKU != "" && (sku == "" || level.SKU == sku) {
			rows = append(rows, stockRow{
				sku: level.SKU, product: level.ProductID, level: level.TotalStockLevel, free: level.Level, allocated: level.TotalStockLevel.less(level.Level), bundle: true,
			})
		}
	}
	return rows, nil
}
