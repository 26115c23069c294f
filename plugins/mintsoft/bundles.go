package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// part is a component of a bundle.
type part struct {
	sku   string
	each  int64
	share decimal.Decimal // of the bundle's worth; all come to 1
}

// bundleMemory keeps what bundles consist of, which changes seldom.
type bundleMemory struct {
	turn component.Turn // one reads at a time
	read map[string]time.Time
	kept map[string][]part

	mut  sync.Mutex
	told map[string]time.Time // what was said of them
}

func bundlesOf(c *connection.Connection) *bundleMemory {
	return c.Local("mintsoft bundles", func() any {
		return &bundleMemory{turn: component.NewTurn(), read: map[string]time.Time{}, kept: map[string][]part{}, told: map[string]time.Time{}}
	}).(*bundleMemory)
}

// tells says whether something is to be said, and not for the second time on a day.
func (m *bundleMemory) tells(what string, now time.Time) bool {
	m.mut.Lock()
	defer m.mut.Unlock()
	if at, told := m.told[what]; told && now.Sub(at) < 24*time.Hour {
		return false
	}
	m.told[what] = now
	return true
}

const bundlesFresh = 10 * time.Minute

// partsOf answers what a bundle consists of; nothing for a product that is none.
func partsOf(ctx context.Context, c *connection.Connection, sku string) ([]part, error) {
	found, err := catalogueOf(c).Find(ctx, sku)
	product := found[sku]
	if err != nil || product["Bundle"] != true {
		return nil, err
	}
	memory := bundlesOf(c)
	if err := memory.turn.Take(ctx); err != nil {
		return nil, err
	}
	defer memory.turn.Give()
	now := c.Book().Options.Now()
	if at, known := memory.read[sku]; known && now.Sub(at) < bundlesFresh {
		return memory.kept[sku], nil
	}
	parts, err := readParts(ctx, c, sku, idOf(product, "ID"))
	if err == nil {
		memory.read[sku], memory.kept[sku] = now, parts
	}
	return parts, err
}

func readParts(ctx context.Context, c *connection.Connection, sku, id string) ([]part, error) {
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{Operation: "product.bundle", Method: "GET", Path: "/api/Product/" + url.PathEscape(id) + "/Bundle"})
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var bundle struct {
		Components []struct {
			SKU                    string
			Product                *struct{ SKU string }
			Quantity               int64
			PercentageOfSalesValue decimal.NullDecimal
		}
	}
	if err := json.Unmarshal(response.Body, &bundle); err != nil {
		return nil, fmt.Errorf("decoding the bundle %s: %w", sku, err)
	}
	var parts []part
	percent, units := decimal.Zero, int64(0)
	for _, one := range bundle.Components {
		if one.SKU == "" && one.Product != nil {
			one.SKU = one.Product.SKU
		}
		if one.Quantity > 0 {
			parts = append(parts, part{sku: one.SKU, each: one.Quantity, share: one.PercentageOfSalesValue.Decimal})
			percent, units = percent.Add(one.PercentageOfSalesValue.Decimal), units+one.Quantity
		}
	}
	return shared(parts, percent, units), nil
}

// shared turns percentages that come to a hundred into shares; others say nothing,
// and the worth is shared by the number of pieces. What rounding leaves is the last
// one's.
func shared(parts []part, percent decimal.Decimal, units int64) []part {
	rest := decimal.NewFromInt(1)
	for i := range parts {
		share := decimal.NewFromInt(parts[i].each).DivRound(decimal.NewFromInt(units), 6)
		if percent.Equal(decimal.NewFromInt(100)) {
			share = parts[i].share.Shift(-2)
		}
		if i == len(parts)-1 {
			share = rest
		}
		parts[i].share, rest = share, rest.Sub(share)
	}
	return parts
}
