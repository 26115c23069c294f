package scenarios

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var productSync = flow{
	pipeline: "product_sync",
	source:   "unleashed", list: "/Products",
	target: "mintsoft", create: call{"PUT", "/api/Product"}, repeats: true,

	add: func(w *world.World, n int) string { return addProduct(w, numbered("NEW", n), nil) },
	stands: func(_ *testing.T, w *world.World, ref string) []string {
		var found []string
		for _, p := range w.Mintsoft.Products() {
			if p.SKU == ref {
				found = append(found, product(p))
			}
		}
		return found
	},
	delivered: func(ref string) string { return ref + ": A thing, EAN 501, 0.25 kg, cost 2.5, discontinued false" },

	change: func(w *world.World, ref string) {
		w.Unleashed.EditProduct(ref, func(p *unleashedsim.Product) { p.Barcode = "502" })
	},
	changed: func(ref string) string { return ref + ": A thing, EAN 502, 0.25 kg, cost 2.5, discontinued false" },
	remove: func(w *world.World, ref string) {
		w.Unleashed.EditProduct(ref, func(p *unleashedsim.Product) { p.Obsolete = true })
	},
	removed: func(ref string) string { return ref + ": A thing, EAN 501, 0.25 kg, cost 2.5, discontinued true" },

	refusals: []refusal{
		{
			name: "Mintsoft does not know the country",
			add: func(w *world.World, n int) string {
				return addProduct(w, numbered("ODD", n), func(p *unleashedsim.Product) { p.ICCCountryCode = "QQ" })
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditProduct(ref, func(p *unleashedsim.Product) { p.ICCCountryCode = "" })
			},
			class: "rejected", system: "mintsoft", operation: "product.create",
			words: []string{"The country of manufacture is not valid"},
		},
		{
			name: "Mintsoft has the code in another case",
			add: func(w *world.World, n int) string {
				w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: strings.ToLower(numbered("CASE", n)), Name: "A thing"})
				return addProduct(w, numbered("CASE", n), nil)
			},
			mend: func(w *world.World, ref string) {
				w.Mintsoft.EditProduct(strings.ToLower(ref), func(p *mintsoftsim.Product) { p.SKU = ref })
			},
			class: "rejected", system: "mintsoft", operation: "product.create",
			words: []string{"SKU CASE-001 is held by product ", `which Mintsoft spells "case-001"; give both the same code`},
		},
		{
			name: "the code is longer than Mintsoft can hold",
			add: func(w *world.World, n int) string {
				return addProduct(w, numbered("LONG", n)+strings.Repeat("-X", 40), nil)
			},
			class: "unmappable", system: "unleashed", operation: "map_product",
			words: []string{"LONG-", "longer than the 75 characters"},
		},
	},
}

// addProduct adds a product to Unleashed that Mintsoft lacks.
func addProduct(w *world.World, sku string, change func(*unleashedsim.Product)) string {
	p := unleashedsim.Product{
		ProductCode: sku, ProductDescription: "A thing", Barcode: "501", Weight: unleashedsim.Number("0.25"),
		DefaultPurchasePrice: unleashedsim.Number("2.5"), DefaultSellPrice: unleashedsim.Number("6"), IsSellable: true,
	}
	if change != nil {
		change(&p)
	}
	w.Unleashed.AddProduct(p)
	return sku
}

// product describes a product of Mintsoft.
func product(p mintsoftsim.Product) string {
	return fmt.Sprintf("%s: %s, EAN %s, %s kg, cost %s, discontinued %t", p.SKU, p.Name, text(p.EAN), p.Weight, amount(p.CostPrice), p.Discontinued)
}

func text(t *string) string {
	if t == nil {
		return "(none)"
	}
	return *t
}

func amount(n *mintsoftsim.Number) string {
	if n == nil {
		return "(none)"
	}
	return n.String()
}

// TestASKUInAnotherCase is named also where Mintsoft refuses a second one, and looks a SKU up
// as it is spelled.
func TestASKUInAnotherCase(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]twin.Fault{"0": {Status: 200, Body: "0"}, "not found": {Status: 404}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, productSync.options(), func(t *testing.T, w *world.World) {
				id := w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "case-1", Name: "A thing"}).ID
				answer.Method, answer.Path = "GET", "/api/Product/LookupProductId"
				w.Mintsoft.Faults.Add(answer)
				productSync.run(t, w)
				ref := addProduct(w, "CASE-1", nil)
				began := time.Now()
				productSync.run(t, w)
				assert.Equal(t, fmt.Sprintf(`SKU CASE-1 is held by product %d, which Mintsoft spells "case-1"; give both the same code`, id), letterOf(t, w, ref).Reason)
				assert.Less(t, time.Since(began), 10*time.Second)
			})
		})
	}
}
