package unleashedsim

import (
	"encoding/json"
	"strings"

	"github.com/google/uuid"
)

// productView is what a request asks to see of products.
type productView struct {
	brief, attributes bool
	customer          *Customer
}

func (c *call) productView() (v productView, err error) {
	if v.brief, err = c.query.flag("brief", false); err != nil {
		return v, err
	}
	if v.attributes, err = c.query.flag("includeAttributes", false); err != nil {
		return v, err
	}
	if code := c.query.text("customerCode"); code != "" {
		v.customer = c.twin.customers.find(code)
	}
	return v, nil
}

func listProducts(c *call) (answer, error) {
	view, err := c.productView()
	if err != nil {
		return answer{}, err
	}
	s := newSieve[*Product](c)
	s.prefix("productCode", func(p *Product) string { return p.ProductCode })
	s.prefix("productDescription", func(p *Product) string { return p.ProductDescription })
	s.exact("productBarcode", func(p *Product) string { return string(p.Barcode) })
	s.exact("productGroup", func(p *Product) string {
		if p.ProductGroup == nil {
			return ""
		}
		return p.ProductGroup.GroupName
	})
	s.exact("productBrand", func(p *Product) string {
		if p.ProductBrand == nil {
			return ""
		}
		return p.ProductBrand.BrandName
	})
	if text := strings.ToLower(c.query.text("product")); text != "" {
		s.add(func(p *Product) bool {
			return strings.Contains(strings.ToLower(p.ProductCode), text) || strings.Contains(strings.ToLower(p.ProductDescription), text)
		})
	}
	s.guids("productId", func(p *Product) uuid.UUID { return p.Guid })
	s.modifiedSince(modified[*Product])
	s.hides("includeObsolete", false, func(p *Product) bool { return p.Obsolete })
	s.hides("excludeAssembled", true, func(p *Product) bool { return p.IsAssembledProduct })
	s.hides("excludeComponents", true, func(p *Product) bool { return p.IsComponent })
	rows := ordered(c, c.twin.products.all(), map[string]func(a, b *Product) int{
		"":               byText(func(p *Product) string { return p.ProductCode }),
		"lastmodifiedon": byTime(modified[*Product]),
		"createdon":      byTime(createdOn[*Product]),
	})
	return pageOf(c, rows, s, func(p *Product) json.RawMessage { return c.twin.renderProduct(p, view) })
}

// getProduct answers an obsolete product too.
func getProduct(c *call) (answer, error) {
	view, err := c.productView()
	if err != nil {
		return answer{}, err
	}
	product, err := existing(c.twin.products, "product", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if err := c.twin.visible(product.Guid); err != nil {
		return answer{}, err
	}
	return ok(c.twin.renderProduct(product, view))
}

func (t *Twin) renderProduct(p *Product, v productView) json.RawMessage {
	if v.brief {
		return render(t, p, "brief", func(p *Product) any {
			var supplier *uuid.UUID
			if p.Supplier != nil {
				supplier = &p.Supplier.Guid
			}
			return struct {
				Guid                                   uuid.UUID
				ProductCode, ProductDescription        string
				DefaultPurchasePrice, DefaultSellPrice Quantity
				SellPriceTier1                         *Tier
				DefaultSupplierId                      *uuid.UUID
			}{p.Guid, p.ProductCode, p.ProductDescription, p.DefaultPurchasePrice, p.DefaultSellPrice, p.SellPriceTier1, supplier}
		})
	}
	variant := ""
	if v.attributes {
		variant = "attributes"
	}
	if v.customer != nil {
		variant += " for " + v.customer.CustomerCode
	}
	return render(t, p, variant, func(p *Product) any {
		shown := *p
		if !v.attributes {
			shown.AttributeSet = nil
		}
		if v.customer != nil {
			shown.CustomerSellPrice = p.priceFor(v.customer)
		}
		return shown
	})
}

// priceFor is the price of the customer's tier, else the default price.
func (p *Product) priceFor(c *Customer) Quantity {
	for _, tier := range p.tiers() {
		if *tier != nil && c.SellPriceTier != "" && (*tier).Name == c.SellPriceTier && (*tier).Value.Valid {
			return (*tier).Value.Quantity
		}
	}
	return p.DefaultSellPrice
}
