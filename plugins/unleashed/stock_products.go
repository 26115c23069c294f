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

// productIndex says which product an SKU is: the one with this code, else the one that is
// linked to it, whose code was changed here.
type productIndex struct {
	id      map[string]string // by SKU
	sku     map[string]string // by id in lower case, of linked products
	given   map[string]string // by id in lower case, as the caller just read it
	learned map[string]string // by SKU, found by code
	looked  map[string]bool   // SKUs that were looked for by code
	fresh   bool              // something was learned or forgotten
}

func productsKey(ctx context.Context, c *connection.Connection) (string, error) {
	identity, err := c.Identity(ctx)
	return "products/" + identity.Accounts, err
}

func productIDs(ctx context.Context, c *connection.Connection) (*productIndex, error) {
	k := &productIndex{id: map[string]string{}, sku: map[string]string{}, given: map[string]string{}, learned: map[string]string{}, looked: map[string]bool{}}
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
	links, err := c.Book().Ledger.LinksOfKind(ctx, strings.TrimPrefix(key, "products/"), ledger.LinkProduct)
	if err != nil {
		return nil, err
	}
	// Of several links to an SKU the one written last is right, as for product_sync.
	slices.SortStableFunc(links, func(a, b ledger.Link) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	for _, link := range links {
		k.id[link.TargetRef] = link.SourceID
		k.sku[strings.ToLower(link.SourceID)] = link.TargetRef
	}
	return k, nil
}

// linked is the SKU that a product is linked to, unless that is another's by now.
func (k *productIndex) linked(id string) string {
	if sku := k.sku[strings.ToLower(id)]; strings.EqualFold(k.id[sku], id) {
		return sku
	}
	return ""
}

// calling says which SKU a line of a record is for in a document of Mintsoft.
type calling func(line map[string]any) string

// calledIn is the code of a line's product where the document has that, else the SKU that
// the product is linked to: its code was perhaps changed since.
func (k *productIndex) calledIn(document map[string]any) calling {
	quantities, _ := document["quantities"].(map[string]any)
	expected, _ := document["expected"].(map[string]any)
	return func(line map[string]any) string {
		code := skuOf(line)
		product, _ := line["Product"].(map[string]any)
		sku, linked := k.sku[strings.ToLower(fmt.Sprint(product["Guid"]))]
		if quantities[code] != nil || expected[code] != nil || !linked {
			return code
		}
		return sku
	}
}

// learn takes in that a product has an SKU as its code, which ends a link to another, and
// remembers it, so that the next run can read it by id.
func (k *productIndex) learn(sku, id string) {
	if former := k.linked(id); former != sku {
		delete(k.id, former)
	}
	k.looked[sku] = true
	if k.id[sku] == id {
		return
	}
	k.id[sku], k.learned[sku], k.fresh = id, id, true
}

// read takes in which product each SKU is by what was just read.
func (k *productIndex) read(ids map[string]any) {
	for sku, id := range ids {
		if text, isText := id.(string); isText && text != "" {
			k.id[sku], k.given[strings.ToLower(text)] = text, sku
		}
	}
}

// name says which SKU each row is of. A code that is asked for, or was learned, is the SKU;
// a link to another counts only while no product has that one as its code.
func (k *productIndex) name(ctx context.Context, c *connection.Connection, rows []stockRow, asked map[string]bool) (map[string]stockRow, error) {
	named := make(map[string]stockRow, len(rows))
	var renamed []stockRow
	var former []string
	for _, row := range rows {
		sku, given := k.given[strings.ToLower(row.ProductGUID)]
		linked := k.linked(row.ProductGUID)
		switch {
		case given:
			named[sku] = row
		case linked == "" || linked == row.ProductCode || asked[row.ProductCode] || k.learned[row.ProductCode] == row.ProductGUID:
			k.learn(row.ProductCode, row.ProductGUID)
			named[row.ProductCode] = row
		default:
			renamed, former = append(renamed, row), append(former, linked)
		}
	}
	if err := k.look(ctx, c, former); err != nil {
		return nil, err
	}
	for _, row := range renamed {
		sku := k.linked(row.ProductGUID)
		if sku == "" {
			sku = row.ProductCode
		}
		named[sku] = row
	}
	return named, nil
}

// resolve finds the products of SKUs that are not known.
func (k *productIndex) resolve(ctx context.Context, c *connection.Connection, skus []string) error {
	return k.look(ctx, c, slices.DeleteFunc(slices.Clone(skus), func(sku string) bool { return k.id[sku] != "" }))
}

// look finds products by their code, and forgets what was learned of a code that none has
// any more. The filter matches beginnings, so codes are compared once more.
func (k *productIndex) look(ctx context.Context, c *connection.Connection, skus []string) error {
	wanted := map[string]bool{}
	for _, sku := range skus {
		if !k.looked[sku] {
			wanted[sku] = true
		}
	}
	found := map[string]bool{}
	take := func(code, id string) {
		if wanted[code] {
			found[code] = true
			k.learn(code, id)
		}
	}
	queries := []unleashedapi.Query{unleashedapi.NewQuery("includeObsolete", "true", "brief", "true")}
	if len(wanted) <= codesEach {
		queries = nil
		for _, sku := range slices.Sorted(maps.Keys(wanted)) {
			queries = append(queries, unleashedapi.NewQuery("productCode", sku, "includeObsolete", "true", "brief", "true"))
		}
	}
	for _, query := range queries {
		if err := eachCode(ctx, c, query, take); err != nil {
			return err
		}
	}
	for sku := range wanted {
		k.looked[sku] = true
		if found[sku] || k.learned[sku] == "" {
			continue
		}
		if k.id[sku] == k.learned[sku] && k.linked(k.id[sku]) != sku {
			delete(k.id, sku)
		}
		delete(k.learned, sku)
		k.fresh = true
	}
	return nil
}

func eachCode(ctx context.Context, c *connection.Connection, query unleashedapi.Query, take func(code, id string)) error {
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
			take(product.ProductCode, product.Guid)
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
