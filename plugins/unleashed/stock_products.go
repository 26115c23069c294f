package unleashed

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

const (
	// stockStore is where the ledger keeps what one run of a stock flow tells the next.
	stockStore = "stock"
	// codesEach is how many products are asked for by code, one a call; of more the
	// whole list is read.
	codesEach = 20
)

// productIndex says which product an SKU is: by the links that the products left,
// else by code.
type productIndex struct {
	id      map[string]string // by SKU
	sku     map[string]string // by id in lower case, of linked products
	learned map[string]string // by SKU, of products without a link
	fresh   bool              // something was learned
	wanted  map[string]bool
}

func productsKey(ctx context.Context, c *connection.Connection) (string, error) {
	identity, err := c.Identity(ctx)
	return "products/" + identity.Accounts, err
}

func productIDs(ctx context.Context, c *connection.Connection) (*productIndex, error) {
	k := &productIndex{id: map[string]string{}, sku: map[string]string{}, learned: map[string]string{}}
	key, err := productsKey(ctx, c)
	if err != nil {
		return nil, err
	}
	raw, exists, err := c.Book().Ledger.Get(ctx, stockStore, key)
	if err != nil {
		return nil, err
	}
	if exists {
		if err := json.Unmarshal(raw, &k.learned); err != nil {
			return nil, fmt.Errorf("decoding the products of the ledger: %w", err)
		}
	}
	maps.Copy(k.id, k.learned)
	links, err := c.Book().Ledger.LinksOfKind(ctx, strings.TrimPrefix(key, "products/"), "product")
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		k.id[link.TargetRef] = link.SourceID
		k.sku[strings.ToLower(link.SourceID)] = link.TargetRef
	}
	return k, nil
}

// skuOf is what Mintsoft calls a product: its code was perhaps changed here.
func (k *productIndex) skuOf(id, code string) string {
	if sku, linked := k.sku[strings.ToLower(id)]; linked {
		return sku
	}
	return code
}

// learn remembers a product without a link, so that the next run can read it by id.
func (k *productIndex) learn(sku, id string) {
	if k.id[sku] == id {
		return
	}
	if _, linked := k.sku[strings.ToLower(id)]; linked {
		return
	}
	k.id[sku], k.learned[sku], k.fresh = id, id, true
}

// read takes in which product each SKU is by what was just read: one that was deleted and
// made again under its code has another id than its link.
func (k *productIndex) read(ids map[string]any) {
	for sku, id := range ids {
		if text, isText := id.(string); isText && text != "" {
			k.id[sku] = text
		}
	}
}

func (k *productIndex) asked(sku string, asked []string) bool {
	if k.wanted == nil {
		k.wanted = make(map[string]bool, len(asked))
		for _, s := range asked {
			k.wanted[s] = true
		}
	}
	return k.wanted[sku]
}

// resolve finds products by their code. The filter matches beginnings, so codes are
// compared once more.
func (k *productIndex) resolve(ctx context.Context, c *connection.Connection, skus []string) error {
	unknown := slices.DeleteFunc(slices.Clone(skus), func(sku string) bool { return k.id[sku] != "" })
	if len(unknown) > codesEach {
		return k.resolveAll(ctx, c, unknown)
	}
	for _, sku := range unknown {
		if err := k.codes(ctx, c, unleashedapi.NewQuery("productCode", sku, "includeObsolete", "true", "brief", "true"), func(code string) bool { return code == sku }); err != nil {
			return err
		}
	}
	return nil
}

func (k *productIndex) resolveAll(ctx context.Context, c *connection.Connection, skus []string) error {
	wanted := make(map[string]bool, len(skus))
	for _, sku := range skus {
		wanted[sku] = true
	}
	return k.codes(ctx, c, unleashedapi.NewQuery("includeObsolete", "true", "brief", "true"), func(code string) bool { return wanted[code] })
}

func (k *productIndex) codes(ctx context.Context, c *connection.Connection, query unleashedapi.Query, wanted func(code string) bool) error {
	for page := 1; ; page++ {
		list, err := c.Unleashed.List(ctx, "Products", query, page, wholePage)
		if err != nil {
			return fmt.Errorf("reading the products of Unleashed: %w", err)
		}
		for _, raw := range list.Items {
			var product struct{ Guid, ProductCode string } //nolint:revive // the vendor's names
			if err := json.Unmarshal(raw, &product); err != nil {
				return fmt.Errorf("decoding a product of Unleashed: %w", err)
			}
			if wanted(product.ProductCode) {
				k.learn(product.ProductCode, product.Guid)
			}
		}
		if page >= list.Pages {
			return nil
		}
	}
}

// keep saves what was learned for the next run.
func (k *productIndex) keep(ctx context.Context, c *connection.Connection) error {
	if !k.fresh {
		return nil
	}
	key, err := productsKey(ctx, c)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(k.learned)
	if err != nil {
		return err
	}
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error { return tx.Set(stockStore, key, raw, 0) })
}
