package unleashedsim

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

const productGUID = "3c1e5a77-1b2c-4d3e-8f90-a1b2c3d4e5f6"

func TestProductAnswer(t *testing.T) {
	w := newWorld(t)
	given := w.send(http.MethodPost, "/Products/"+productGUID, "", `{"ProductCode":"MUG-BLUE","ProductDescription":"Blue & white","Width":9.0,"Weight":"0.35","DefaultSellPrice":10,
		"SellPriceTier1":{"Name":"Trade","Value":8.5},"ProductGroup":{"GroupName":"Kitchen"},"Supplier":{"SupplierCode":"CLAYCO","SupplierProductCode":"C-1"},"UnitOfMeasure":{"Name":"EA"},
		"ImageUrl":"https://img.example/1.jpg","AttributeSet":{"SetName":"Colour"},"AverageLandPrice":99}`)
	assert.Equal(t, 201, given.status)
	assert.Equal(t, "9.0000", text(given.at("Width")))
	assert.Equal(t, "0.3500", text(given.at("Weight")))
	assert.Equal(t, "0.0000", text(given.at("AverageLandPrice")), "it is the service's own")
	assert.Equal(t, "8.5000", given.at("SellPriceTier1", "Value"), "tier values are strings")
	assert.IsType(t, "", given.at("SellPriceTier1", "Value"))
	assert.Equal(t, "Sell Price Tier 2", given.at("SellPriceTier2", "Name"))
	assert.Equal(t, "Clay Co", given.at("Supplier", "SupplierName"))
	assert.Equal(t, "https://img.example/1.jpg", given.at("Images", 0, "Url"))
	assert.Contains(t, given.raw, `"CreatedOn":"\/Date(1772353800000)\/"`)
	assert.Contains(t, given.raw, `"Depth":null`)

	assert.Equal(t, "null", text(w.get("/Products/"+productGUID, "").at("AttributeSet")))
	assert.Equal(t, `{"SetName":"Colour"}`, text(w.get("/Products/"+productGUID, "includeAttributes=true").at("AttributeSet")))
}

func TestProductIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"without a code":               `{"ProductDescription":"X"}`,
		"without a description":        `{"ProductCode":"X"}`,
		"with the code of another":     `{"ProductCode":"MUG","ProductDescription":"X"}`,
		"with an unknown group":        `{"ProductCode":"X","ProductDescription":"X","ProductGroup":{"GroupName":"None"}}`,
		"with an unknown supplier":     `{"ProductCode":"X","ProductDescription":"X","Supplier":{"SupplierCode":"None"}}`,
		"with an unknown unit":         `{"ProductCode":"X","ProductDescription":"X","UnitOfMeasure":{"Name":"Bale"}}`,
		"tracked in both ways":         `{"ProductCode":"X","ProductDescription":"X","IsSerialized":true,"IsBatchTracked":true}`,
		"with a text as its weight":    `{"ProductCode":"X","ProductDescription":"X","Weight":"heavy"}`,
		"with a weight beyond measure": `{"ProductCode":"X","ProductDescription":"X","Weight":1e999}`,
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, 400, newWorld(t).send(http.MethodPost, "/Products", "", body).status)
		})
	}
}

func TestTrackingCannotChangeOnceTheProductMoved(t *testing.T) {
	w := newWorld(t)
	w.must(http.MethodPost, "/Products/"+guidOf(w, "TEA"), "", `{"ProductCode":"TEA","ProductDescription":"Tea","IsBatchTracked":true}`)
	w.SetStock("MUG", "MAIN", "5", "4")
	given := w.send(http.MethodPost, "/Products/"+guidOf(w, "MUG"), "", `{"ProductCode":"MUG","ProductDescription":"Mug","IsBatchTracked":true}`)
	assert.Equal(t, 400, given.status)
}

func guidOf(w *world, sku string) string {
	p, known := w.Product(sku)
	assert.True(w.t, known)
	return p.Guid.String()
}

func TestProductFilters(t *testing.T) {
	w := newWorld(t)
	w.AddProduct(Product{ProductCode: "OLDMUG", ProductDescription: "Retired", Obsolete: true})
	w.AddProduct(Product{ProductCode: "BOX", ProductDescription: "A box for mugs", IsComponent: true})
	w.AddProduct(Product{ProductCode: "SET", ProductDescription: "Gift set", IsAssembledProduct: true})
	w.clock.pass(time.Hour)
	w.EditProduct("TEA", func(p *Product) { p.Barcode = "77" })
	for query, codes := range map[string][]string{
		"":                                     {"BOX", "CARE", "GEAR", "LOT", "MUG", "SET", "TEA"},
		"includeObsolete=true&productCode=OLD": {"OLDMUG"},
		"productCode=OLD":                      {},
		"productCode=m":                        {"MUG"},
		"productDescription=blue":              {"MUG"},
		"product=mug":                          {"BOX", "MUG"},
		"ProductBarcode=5012345678900":         {"MUG"},
		"productBarcode=50123":                 {},
		"productGroup=Kitchen":                 {"MUG"},
		"productGroup=Kit":                     {},
		"excludeAssembled=true&excludeComponents=true":           {"CARE", "GEAR", "LOT", "MUG", "TEA"},
		"modifiedSince=2026-03-01T09:00:00":                      {"TEA"},
		"orderBy=LastModifiedOn&sort=desc&pageSize=1":            {"TEA"},
		"productId=" + guidOf(w, "MUG") + "," + guidOf(w, "TEA"): {"MUG", "TEA"},
	} {
		assert.Equal(t, codes, w.get("/Products", query).column("ProductCode"), query)
	}
	brief := w.get("/Products", "brief=true&productCode=MUG").at("Items", 0).(map[string]any)
	assert.Len(t, brief, 7)
	assert.Equal(t, 200, w.get("/Products/"+guidOf(w, "OLDMUG"), "").status, "a single obsolete product is answered")
}

func TestObsoleteAndDeletedProducts(t *testing.T) {
	w := newWorld(t)
	guid := guidOf(w, "TEA")
	assert.Equal(t, true, w.must(http.MethodPost, "/Products/Obsolete/"+guid, "", "").at("Obsolete"))
	assert.Equal(t, []string{}, w.get("/Products", "productCode=TEA").column("ProductCode"))
	assert.Equal(t, 404, w.send(http.MethodPost, "/Products/Obsolete/"+orderGUID, "", "").status)
	w.DeleteProduct("TEA")
	assert.Equal(t, 404, w.get("/Products/"+guid, "").status)
	assert.Equal(t, []string{}, w.get("/Products", "productCode=TEA&includeObsolete=true").column("ProductCode"))
}

func TestCustomerSellPrice(t *testing.T) {
	w := newWorld(t)
	w.EditCustomer("HARBOUR01", func(c *Customer) { c.SellPriceTier = "Trade" })
	w.EditProduct("MUG", func(p *Product) { p.SellPriceTier1 = &Tier{Name: "Trade", Value: TierValue{Number("8.5")}} })
	assert.Equal(t, "8.5000", text(w.get("/Products", "productCode=MUG&customerCode=HARBOUR01").at("Items", 0, "CustomerSellPrice")))
	assert.Equal(t, "10.0000", text(w.get("/Products", "productCode=MUG&customerCode=HARBOUR02").at("Items", 0, "CustomerSellPrice")))
	assert.Equal(t, "null", text(w.get("/Products", "productCode=MUG").at("Items", 0, "CustomerSellPrice")))
}

func TestDocumentsShowAProductAsItIsCalledNow(t *testing.T) {
	w := newWorld(t)
	w.AddOrder(OrderSpec{Number: "SO-1", Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG"}}})
	line := []any{"Items", 0, "SalesOrderLines", 0, "Product", "ProductCode"}
	assert.Equal(t, "MUG", w.get("/SalesOrders", "").at(line...))
	w.EditProduct("MUG", func(p *Product) { p.ProductCode = "CUP" })
	assert.Equal(t, "CUP", w.get("/SalesOrders", "").at(line...))
	w.DeleteProduct("CUP")
	assert.Equal(t, "MUG", w.get("/SalesOrders", "").at(line...), "a deleted one as when it was ordered")
}

func TestDocumentsShowACustomerAsItIsCalledNow(t *testing.T) {
	w := placed(t)
	w.CompleteOrder("WEB-1")
	w.EditCustomer("HARBOUR01", func(c *Customer) { c.CustomerName = "Harbour Bar" })
	for _, resource := range []string{"/SalesOrders", "/SalesShipments", "/Invoices"} {
		assert.Equal(t, "Harbour Bar", w.get(resource, "").at("Items", 0, "Customer", "CustomerName"), resource)
	}
}
