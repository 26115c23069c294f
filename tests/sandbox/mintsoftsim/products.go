package mintsoftsim

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// productRecord is a product with what its document does not show.
type productRecord struct {
	Product
	visible    time.Time // from when on other operations see it
	components []component
}

// component is one of the products that a bundle consists of.
type component struct {
	product  *productRecord
	quantity int
	share    *Number // percent of the sales value
	entity
}

// productShelf holds the products of all clients, by ascending id.
type productShelf struct {
	all   []*productRecord
	byID  map[int]*productRecord
	bySKU map[skuKey][]*productRecord
}

// skuKey finds candidates: the SKU is in lower case.
type skuKey struct {
	client int
	sku    string
}

func newProductShelf() productShelf {
	return productShelf{byID: map[int]*productRecord{}, bySKU: map[skuKey][]*productRecord{}}
}

// NewProductResult answers the creation of a product or a bundle.
type NewProductResult struct {
	ProductID int `json:"ProductId"`
	SKU       string
	Name      string
	Success   bool
	Message   string
}

// sku finds a product by its code, whether it is visible yet or not.
func (t *Twin) sku(client int, sku string) *productRecord {
	for _, p := range t.products.bySKU[skuKey{client, strings.ToLower(sku)}] {
		if !t.knobs.CaseSensitive || p.SKU == sku {
			return p
		}
	}
	return nil
}

// product finds what a line names: an id, or an SKU of the client. A new product is
// not seen at first.
func (t *Twin) product(now Date, client, id int, sku string) *productRecord {
	p := t.products.byID[id]
	if id == 0 {
		p = t.sku(client, sku)
	}
	if p == nil || p.ClientID != client || now.Before(p.visible) {
		return nil
	}
	return p
}

func (t *Twin) putProduct(p *productRecord) {
	t.products.all = append(t.products.all, p)
	t.products.byID[p.ID] = p
	t.indexSKU(p)
}

func (t *Twin) indexSKU(p *productRecord) {
	key := skuKey{p.ClientID, strings.ToLower(p.SKU)}
	t.products.bySKU[key] = append(t.products.bySKU[key], p)
}

func (t *Twin) unindexSKU(p *productRecord) {
	key := skuKey{p.ClientID, strings.ToLower(p.SKU)}
	t.products.bySKU[key] = slices.DeleteFunc(t.products.bySKU[key], func(q *productRecord) bool { return q == p })
}

func (t *Twin) createProduct(c *call) (any, error) {
	d := c.document()
	state := map[string][]string{}
	if d.str("SKU") == "" {
		state["Product.SKU"] = []string{"The SKU field is required."}
	}
	if d["Weight"] == nil {
		state["Product.Weight"] = []string{"The Weight field is required."}
	}
	if len(state) > 0 {
		return nil, &failure{status: 400, message: invalidRequest, state: state}
	}
	p, err := t.newProduct(c, d)
	if no, isRefusal := errors.AsType[refusal](err); isRefusal {
		return NewProductResult{SKU: d.str("SKU"), Name: d.str("Name"), Message: string(no)}, nil
	}
	if err != nil {
		return nil, err
	}
	return NewProductResult{ProductID: p.ID, SKU: p.SKU, Name: p.Name, Success: true, Message: "Product created"}, nil
}

func (t *Twin) newProduct(c *call, d document) (*productRecord, error) {
	client, err := t.client(c, d.int("ClientId"))
	if err != nil {
		return nil, err
	}
	if t.sku(client.ID, d.str("SKU")) != nil {
		return nil, refusal("A product with this SKU already exists")
	}
	p := &productRecord{Product: Product{SKU: d.str("SKU"), ClientID: client.ID}, visible: c.now.Add(t.knobs.ProductVisibleAfter)}
	if err := t.describe(p, d); err != nil {
		return nil, err
	}
	p.ID = next(&t.ids.product)
	p.touch(c.now, c.user.Username)
	t.putProduct(p)
	return p, nil
}

// describe sets what a request says of a product, but for its identity.
func (t *Twin) describe(p *productRecord, d document) error {
	if d.str("PalletSizes") != "" {
		return refusal("The pallet sizes are not valid")
	}
	if origin := d.sub("CountryOfManufacture"); d.int("CountryOfManufactureId") != 0 || origin != nil {
		id := d.int("CountryOfManufactureId")
		if id == 0 {
			id = origin.int("ID")
		}
		country := t.reference.country(id, origin.str("Code"))
		if country == nil {
			return refusal("The country of manufacture is not valid")
		}
		p.CountryOfManufactureID, p.CountryOfManufacture = &country.ID, country
	}
	if code := d.sub("CommodityCode").str("Code"); code != "" && (p.CommodityCode == nil || p.CommodityCode.Code != code) {
		p.CommodityCode = &CommodityCode{Code: code, entity: systemEntity(next(&t.ids.commodity))}
	}
	t.assign(p.fields(), d)
	return nil
}

// updateProduct changes the fields that are given. The id is in the body.
func (t *Twin) updateProduct(c *call) (any, error) {
	d := c.document()
	p := t.products.byID[d.int("ID")]
	if p == nil || !c.sees(p.ClientID) || c.now.Before(p.visible) {
		return refused("Product not found"), nil
	}
	err := t.changeProduct(c, p, d)
	return result(p.ID, "Product updated", err)
}

func (t *Twin) changeProduct(c *call, p *productRecord, d document) error {
	if sku := d.str("SKU"); sku != "" && sku != p.SKU {
		if other := t.sku(p.ClientID, sku); other != nil && other != p {
			return refusal("A product with this SKU already exists")
		}
		t.unindexSKU(p)
		p.SKU = sku
		t.indexSKU(p)
	}
	if err := t.describe(p, d); err != nil {
		return err
	}
	p.touch(c.now, c.user.Username)
	return nil
}

func (t *Twin) getProduct(c *call) (any, error) {
	p, err := t.productOf(c)
	if err != nil {
		if t.knobs.UnknownProduct == 200 {
			return nil, nil
		}
		return nil, &failure{status: t.knobs.UnknownProduct, message: "Product not found"}
	}
	return p.Product, nil
}

// productOf is the product that the path names.
func (t *Twin) productOf(c *call) (*productRecord, error) {
	p := t.products.byID[c.ids["id"]]
	if p == nil || !c.sees(p.ClientID) || c.now.Before(p.visible) {
		return nil, notFound("Product not found")
	}
	return p, nil
}

func (t *Twin) deleteProduct(c *call) (any, error) {
	p, err := t.productOf(c)
	if err != nil {
		return nil, err
	}
	return result(p.ID, "Product deleted", t.removeProduct(p))
}

// removeProduct deletes a product that nothing refers to.
func (t *Twin) removeProduct(p *productRecord) error {
	for _, other := range t.products.all {
		if slices.ContainsFunc(other.components, func(c component) bool { return c.product == p }) {
			return refusal("The product is part of a bundle")
		}
	}
	for _, o := range t.orders.all {
		if slices.ContainsFunc(o.items, func(it *itemRecord) bool { return it.ProductID == p.ID }) {
			return refusal("The product is on an order")
		}
	}
	for _, a := range t.asns.all {
		if slices.ContainsFunc(a.items, func(it *asnItem) bool { return it.ProductID == p.ID }) {
			return refusal("The product is on an ASN")
		}
	}
	t.unindexSKU(p)
	delete(t.products.byID, p.ID)
	t.products.all = slices.DeleteFunc(t.products.all, func(q *productRecord) bool { return q == p })
	return nil
}

func (t *Twin) listProducts(c *call) (any, error) {
	from, limit, err := t.page(c, 100)
	if err != nil {
		return nil, err
	}
	client, recent := c.clientFilter("ClientId"), t.since(c, "SinceLastUpdated")
	page := window(from, limit, func(yield func(*productRecord) bool) {
		for _, p := range t.products.all {
			if (client == 0 || p.ClientID == client) && !c.now.Before(p.visible) && recent(p.LastUpdated) && !yield(p) {
				return
			}
		}
	})
	return views(page, func(p *productRecord) Product { return p.Product }), nil
}

// lookUpProduct answers a bare id, 0 when there is none.
func (t *Twin) lookUpProduct(c *call) (any, error) {
	client := c.clientFilter("ClientId")
	if client == 0 && t.knobs.Multichannel && len(t.reference.clients) > 0 {
		client = t.reference.clients[0].ID
	}
	if p := t.product(c.now, client, 0, c.text("SKU")); p != nil {
		return p.ID, nil
	}
	return 0, nil
}

// searchProducts looks for a text in SKUs and names, across clients.
func (t *Twin) searchProducts(c *call) (any, error) {
	wanted := strings.ToLower(c.text("Search"))
	found := []Product{}
	for _, p := range t.products.all {
		if !c.sees(p.ClientID) || c.now.Before(p.visible) || p.Bundle && !c.flag("IncludeBundles") || p.Discontinued && !c.flag("IncludeDiscontinued") {
			continue
		}
		if strings.Contains(strings.ToLower(p.SKU), wanted) || strings.Contains(strings.ToLower(p.Name), wanted) {
			found = append(found, p.Product)
		}
	}
	return found, nil
}

// searchBarcode tries SKU, EAN and UPC; short codes match a part.
func (t *Twin) searchBarcode(c *call) (any, error) {
	code := c.text("Barcode")
	for _, p := range t.products.all {
		if !c.sees(p.ClientID) || c.now.Before(p.visible) {
			continue
		}
		for _, known := range []string{p.SKU, read(p.EAN), read(p.UPC)} {
			if known != "" && (strings.EqualFold(known, code) || len(code) <= 7 && strings.Contains(known, code)) {
				return p.Product, nil
			}
		}
	}
	return nil, notFound("Product not found")
}

func (t *Twin) productsUpdatedSince(c *call) (any, error) {
	recent := t.since(c, "FromDate")
	ids := []int{}
	for _, p := range t.products.all {
		if c.sees(p.ClientID) && !c.now.Before(p.visible) && recent(p.LastUpdated) {
			ids = append(ids, p.ID)
		}
	}
	return ids, nil
}
