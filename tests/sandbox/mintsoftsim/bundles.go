package mintsoftsim

import (
	"errors"
	"fmt"
)

// maxComponents is how many products a bundle may consist of.
const maxComponents = 200

// Bundle is a product that consists of others.
type Bundle struct {
	SKU                 string
	Name                string
	PackingInstructions *string
	Components          []BundleItem
	ClientID            int `json:"ClientId"`
	entity
}

// BundleItem is a component of a bundle.
type BundleItem struct {
	ProductID              int `json:"ProductId"`
	SKU                    string
	Product                *Product
	Quantity               int
	PercentageOfSalesValue *Number
	entity
}

func (t *Twin) createBundle(c *call) (any, error) {
	d := c.document()
	p, err := t.newBundle(c, d)
	if no, isRefusal := errors.AsType[refusal](err); isRefusal {
		return NewProductResult{SKU: d.str("SKU"), Name: d.str("Name"), Message: string(no)}, nil
	}
	if err != nil {
		return nil, err
	}
	return NewProductResult{ProductID: p.ID, SKU: p.SKU, Name: p.Name, Success: true, Message: "Bundle created"}, nil
}

func (t *Twin) newBundle(c *call, d document) (*productRecord, error) {
	client, err := t.client(c, d.int("ClientId"))
	if err != nil {
		return nil, err
	}
	items := d.list("Components")
	switch {
	case d.str("SKU") == "":
		return nil, refusal("SKU is required")
	case len(items) == 0 || len(items) > maxComponents:
		return nil, refusal(fmt.Sprintf("A bundle has 1 to %d components", maxComponents))
	}
	var components []component
	for _, item := range items {
		part := t.product(c.now, client.ID, item.int("ProductId"), item.str("SKU"))
		if part == nil || part.Bundle || item.int("Quantity") < 1 {
			return nil, refusal(fmt.Sprintf("Component %q is not valid", item.str("SKU")))
		}
		components = append(components, component{product: part, quantity: item.int("Quantity"), share: item.number("PercentageOfSalesValue")})
	}
	p, err := t.newProduct(c, document{"SKU": d["SKU"], "Name": d["Name"], "PackingInstructions": d["PackingInstructions"], "ClientId": d["ClientId"]})
	if err != nil {
		return nil, err
	}
	t.makeBundle(p, components)
	return p, nil
}

func (t *Twin) makeBundle(p *productRecord, components []component) {
	p.Bundle, p.components = true, components
	for i := range p.components {
		p.components[i].entity = p.entity
		p.components[i].ID = next(&t.ids.item)
	}
}

func (t *Twin) getBundle(c *call) (any, error) {
	p, err := t.productOf(c)
	if err != nil {
		return nil, err
	}
	if !p.Bundle {
		return nil, notFound("Bundle not found")
	}
	b := Bundle{SKU: p.SKU, Name: p.Name, PackingInstructions: p.PackingInstructions, ClientID: p.ClientID, entity: p.entity}
	for _, part := range p.components {
		product := part.product.Product
		b.Components = append(b.Components, BundleItem{
			ProductID: product.ID, SKU: product.SKU, Product: &product, Quantity: part.quantity, PercentageOfSalesValue: part.share, entity: part.entity,
		})
	}
	return b, nil
}
