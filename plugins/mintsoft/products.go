package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// kept are the fields of a product that mappings compare. The list is long, so
// the others are not held in memory.
var kept = []string{
	"ID", "SKU", "EAN", "Weight", "CostPrice", "ImageURL", "CustomsDescription", "CommodityCode", "CountryOfManufacture", "CountryOfManufactureId",
	"Bundle", "DisCont", "HasBatchNumber", "HasSerialNumber",
}

// catalogue is Mintsoft's list of products, read once in pages of a hundred
// instead of one look-up a SKU.
type catalogue struct {
	*component.Catalogue[map[string]any]
	mut    sync.Mutex
	skus   map[string]string // by id, for updates, which name no SKU
	linked map[string]string // the SKU that a source record is linked to in the ledger
}

func catalogueOf(c *connection.Connection) *catalogue {
	return c.Local("mintsoft products", func() any {
		k := &catalogue{skus: map[string]string{}, linked: map[string]string{}}
		k.Catalogue = component.NewCatalogue(c.Book().Options.Now, time.Minute, func(ctx context.Context, since time.Time, put func(string, map[string]any)) (time.Time, error) {
			return k.readList(ctx, c, since, put)
		})
		return k
	}).(*catalogue)
}

func (k *catalogue) readList(ctx context.Context, c *connection.Connection, since time.Time, put func(string, map[string]any)) (time.Time, error) {
	query, err := ofClient(ctx, c)
	if err != nil {
		return time.Time{}, err
	}
	client := query.Get("ClientId")
	if !since.IsZero() {
		query.Set("SinceLastUpdated", changedSince(since, c))
	}
	var asOf time.Time
	for number := 1; ; number++ {
		rows, date, err := c.Mintsoft.List(ctx, "/api/Product/List", query, number, defaultPageSize)
		if err != nil {
			return time.Time{}, fmt.Errorf("reading the products of Mintsoft: %w", err)
		}
		if asOf.IsZero() {
			asOf = date
		}
		for _, raw := range rows {
			var product map[string]any
			if err := component.DecodeJSON(raw, &product); err != nil {
				return time.Time{}, fmt.Errorf("decoding a product of Mintsoft: %w", err)
			}
			if sku, _ := product["SKU"].(string); sku != "" && (client == "" || fmt.Sprint(product["ClientId"]) == client) {
				put(sku, slim(product))
				k.mut.Lock()
				k.skus[idOf(product, "ID")] = sku
				k.mut.Unlock()
			}
		}
		if len(rows) < defaultPageSize {
			return asOf, nil
		}
	}
}

func slim(product map[string]any) map[string]any {
	s := make(map[string]any, len(kept))
	for _, field := range kept {
		if value := product[field]; value != nil {
			s[field] = value
		}
	}
	return s
}

// lookProduct answers a product by its exact SKU. When there is none but the
// record, the message's own or the one that Source names, was linked to a product
// under another SKU, that one is answered: its code was changed in Unleashed.
func lookProduct(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	k := catalogueOf(c)
	sku, isText := args["SKU"].(string)
	if isText {
		found, err := k.Find(ctx, sku)
		if err != nil {
			return nil, err
		}
		if product, exists := found[sku]; exists {
			return maps.Clone(product), k.link(ctx, c, s, product)
		}
	}
	id := sourceID(s, args)
	if id == "" {
		return nil, nil
	}
	link, exists, err := productLink(ctx, c, id)
	if err != nil || !exists || link.TargetRef == sku {
		return nil, err
	}
	found, err := k.Find(ctx, link.TargetRef)
	if product, exists := found[link.TargetRef]; exists && err == nil {
		return maps.Clone(product), nil
	}
	return nil, err
}

// productLink finds which product a record became; false when that product
// belongs to another record by now, which took its SKU over.
func productLink(ctx context.Context, c *connection.Connection, id string) (ledger.Link, bool, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return ledger.Link{}, false, err
	}
	link, exists, err := c.Book().Ledger.LinkBySource(ctx, identity.Accounts, ledger.LinkProduct, id)
	if err != nil || !exists {
		return link, false, err
	}
	owner, _, err := c.Book().Ledger.LinkByTarget(ctx, identity.Accounts, ledger.LinkProduct, link.TargetID)
	return link, owner.SourceID == id, err
}

// lookProducts answers an object from SKU to product for a document's SKUs.
func lookProducts(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	asked, _ := args["SKUs"].([]any)
	var skus []string
	for _, sku := range asked {
		if sku != nil {
			skus = append(skus, fmt.Sprint(sku))
		}
	}
	found, err := catalogueOf(c).Find(ctx, skus...)
	if err != nil {
		return nil, err
	}
	answer := make(map[string]any, len(found))
	for sku, product := range found {
		answer[sku] = maps.Clone(product)
	}
	return answer, nil
}

// link remembers which record a product belongs to, so that a later change of
// its code is noticed.
func (k *catalogue) link(ctx context.Context, c *connection.Connection, s component.Source, product map[string]any) error {
	id, sku := s.Record.ID, fmt.Sprint(product["SKU"])
	k.mut.Lock()
	known := k.linked[id] == sku
	k.linked[id] = sku
	k.mut.Unlock()
	if known || id == "" || s.Record.Resource != "Products" {
		return nil
	}
	identity, err := c.Identity(ctx)
	if err != nil {
		return err
	}
	if link, exists, err := c.Book().Ledger.LinkBySource(ctx, identity.Accounts, ledger.LinkProduct, id); err != nil || (exists && link.TargetRef == s.Record.Ref) {
		return err
	}
	return c.Book().Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		return tx.PutLink(ledger.Link{
			Connection: c.Name, Pair: identity.Accounts, Kind: ledger.LinkProduct, SourceSystem: s.Record.System, SourceID: id, SourceRef: s.Record.Ref,
			TargetSystem: "mintsoft", TargetID: idOf(product, "ID"), TargetRef: sku, UpdatedAt: c.Book().Options.Now(),
		})
	})
}

// rememberProduct keeps the catalogue true to what we wrote ourselves.
func rememberProduct(c *connection.Connection, args map[string]any, answer delivery.Answer) {
	k := catalogueOf(c)
	sku, isText := args["SKU"].(string)
	written := maps.Clone(args)
	k.mut.Lock()
	if isText {
		written["ID"] = json.Number(answer.ID)
		k.skus[answer.ID] = sku
	} else {
		sku = k.skus[idOf(args, "ID")]
	}
	k.mut.Unlock()
	if sku == "" {
		return
	}
	k.Update(sku, func(product map[string]any, _ bool) map[string]any {
		next := maps.Clone(product)
		if next == nil {
			next = map[string]any{}
		}
		maps.Copy(next, slim(written))
		return next
	})
}

func createdProduct(body []byte) (delivery.Answer, error) {
	var result struct {
		ProductID int64 `json:"ProductId"`
		SKU       string
	}
	if err := json.Unmarshal(body, &result); err != nil || result.ProductID == 0 {
		return delivery.Answer{}, lost("product.create", errors.New("the answer names no product id"))
	}
	return delivery.Answer{ID: fmt.Sprint(result.ProductID), Ref: result.SKU, Body: body}, nil
}

// findProduct asks for the id of a SKU. A product with exactly this SKU in this client
// is the same product; the look-up does not mind the case.
func findProduct(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
	sku := fmt.Sprint(args["SKU"])
	query := url.Values{"SKU": {sku}}
	if args["ClientId"] != nil {
		query.Set("ClientId", fmt.Sprint(args["ClientId"]))
	}
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{Operation: "product.lookup", Method: "GET", Path: "/api/Product/LookupProductId", Query: query})
	if errors.Is(err, apihttp.ErrNotFound) {
		return otherSpelling(ctx, c, sku)
	}
	if err != nil {
		return delivery.Found{}, err
	}
	id := strings.Trim(strings.TrimSpace(string(response.Body)), `"`)
	if id == "" || id == "0" || id == "null" {
		return otherSpelling(ctx, c, sku)
	}
	raw, err := currentProduct(ctx, c, map[string]any{"ID": id})
	if errors.Is(err, apihttp.ErrNotFound) {
		return delivery.Found{}, nil
	}
	if err != nil {
		return delivery.Found{}, err
	}
	var product struct{ SKU string }
	if err := json.Unmarshal(raw, &product); err != nil {
		return delivery.Found{}, fmt.Errorf("decoding product %s: %w", id, err)
	}
	if product.SKU != sku {
		return spelled(sku, id, product.SKU), nil
	}
	return delivery.Found{Exists: true, Ours: true, ID: id, Ref: sku, Detail: "found by SKU"}, nil
}

// otherSpelling finds a product whose SKU differs in case alone: the service may refuse a
// second one, and not find the first.
func otherSpelling(ctx context.Context, c *connection.Connection, sku string) (found delivery.Found, err error) {
	err = catalogueOf(c).Each(ctx, func(other string, product map[string]any) {
		if other != sku && strings.EqualFold(other, sku) {
			found = spelled(sku, idOf(product, "ID"), other)
		}
	})
	return found, err
}

func spelled(sku, id, other string) delivery.Found {
	return delivery.Found{Exists: true, ID: id, Ref: other, Detail: fmt.Sprintf(
		"SKU %s is held by product %s, which Mintsoft spells %q; give both the same code", sku, id, other)}
}

func currentProduct(ctx context.Context, c *connection.Connection, args map[string]any) (json.RawMessage, error) {
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{
		Operation: "product.get", Method: "GET", Path: "/api/Product/" + url.PathEscape(fmt.Sprint(args["ID"])),
	})
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}
