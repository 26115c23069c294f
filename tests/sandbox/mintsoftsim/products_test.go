package mintsoftsim

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProductLifecycle(t *testing.T) {
	f := newTenant(t)
	created := f.must("PUT", "/api/Product", map[string]any{
		"ClientId": f.demo, "SKU": "SERUM-50ML", "Name": "Face serum", "EAN": "5000000000099", "Weight": 0.12, "CostPrice": 3.2,
		"CommodityCode": map[string]any{"Code": "33049900"}, "CountryOfManufacture": map[string]any{"Code": "GB"}, "HasBatchNumber": true,
	}).object(t)
	id := intOf(t, created["ProductId"])
	path := fmt.Sprintf("/api/Product/%d", id)

	p := f.must("GET", path, nil).object(t)
	assert.Equal(t, "33049900", p["CommodityCode"].(map[string]any)["Code"])
	assert.Equal(t, "UNITED KINGDOM", p["CountryOfManufacture"].(map[string]any)["Name"])
	assert.Equal(t, "0.12", fmt.Sprint(p["Weight"]))

	f.clock.advance(time.Minute)
	f.must("POST", "/api/Product", map[string]any{"ID": id, "EAN": "5000000000029", "DisCont": true})
	p = f.must("GET", path, nil).object(t)
	assert.Equal(t, "5000000000029", p["EAN"])
	assert.Equal(t, true, p["DisCont"])
	assert.Equal(t, "Face serum", p["Name"], "what is not sent stays")
	assert.Equal(t, "2026-06-01T10:01:00", p["LastUpdated"])
	assert.Equal(t, DefaultUser, p["LastUpdatedByUser"])

	lookup := fmt.Sprintf("/api/Product/LookupProductId?ClientId=%d&SKU=", f.demo)
	assert.Equal(t, id, intOf(t, f.get(lookup+"SERUM-50ML").value))
	assert.Equal(t, 0, intOf(t, f.get(lookup+"NONE").value), "an unknown SKU is 0 under 200")
	f.must("POST", "/api/Product", map[string]any{"ID": id, "SKU": "SERUM/50 ml&more#1"})
	assert.Equal(t, id, intOf(t, f.get(lookup+url.QueryEscape("SERUM/50 ml&more#1")).value), "a SKU can be renamed")
	assert.Equal(t, 0, intOf(t, f.get(lookup+"SERUM-50ML").value))

	f.must("DELETE", path, nil)
	assert.Equal(t, 404, f.get(path).status)
}

func TestProductsThatAreRefused(t *testing.T) {
	f := newTenant(t)
	product := func(changes map[string]any) map[string]any {
		body := map[string]any{"ClientId": f.demo, "SKU": "NEW-1", "Weight": 0}
		for name, value := range changes {
			body[name] = value
		}
		return body
	}
	assert.Contains(t, f.refused("PUT", "/api/Product", product(map[string]any{"SKU": "RED"})), "already exists")
	assert.Contains(t, f.refused("PUT", "/api/Product", product(map[string]any{"SKU": "red"})), "already exists")
	assert.Contains(t, f.refused("PUT", "/api/Product", product(map[string]any{"ClientId": nil})), "ClientId")
	assert.Contains(t, f.refused("PUT", "/api/Product", product(map[string]any{"PalletSizes": "big"})), "pallet sizes are not valid")
	assert.Contains(t, f.refused("PUT", "/api/Product", product(map[string]any{"CountryOfManufacture": map[string]any{"Code": "XX"}})), "country")
	assert.Contains(t, f.refused("POST", "/api/Product", map[string]any{"EAN": "1"}), "not found", "the id is in the body")
	assert.Contains(t, f.refused("POST", "/api/Product", map[string]any{"ID": 501, "SKU": "BLUE"}), "already exists")
	a := f.call("PUT", "/api/Product", map[string]any{"ClientId": f.demo})
	assert.Equal(t, 400, a.status)
	assert.Contains(t, a.raw, "Product.Weight")
	assert.Contains(t, a.raw, "Product.SKU")
	f.must("PUT", "/api/Product", product(map[string]any{"ClientId": f.other, "SKU": "BLUE"}))

	f.create("A-1")
	assert.Contains(t, f.refused("DELETE", "/api/Product/501", nil), "order")
	f.Turn(func(k *Knobs) { k.CaseSensitive = true })
	f.must("PUT", "/api/Product", product(map[string]any{"SKU": "red"}))
}

func TestANewProductIsSeenLater(t *testing.T) {
	f := newTenant(t, func(k *Knobs) { k.ProductVisibleAfter = DefaultKnobs().ProductVisibleAfter })
	id := intOf(t, f.must("PUT", "/api/Product", map[string]any{"ClientId": f.demo, "SKU": "FRESH", "Weight": 1}).object(t)["ProductId"])
	lookup := fmt.Sprintf("/api/Product/LookupProductId?SKU=FRESH&ClientId=%d", f.demo)
	assert.Equal(t, 0, intOf(t, f.get(lookup).value))
	assert.Len(t, f.get("/api/Product/List").list(t), 4)
	assert.Equal(t, 404, f.get(fmt.Sprintf("/api/Product/%d", id)).status)
	assert.Contains(t, f.refused("PUT", "/api/Order", f.order("A-1", items(item("FRESH", 1)))), "Product with SKU 'FRESH'")
	assert.Contains(t, f.refused("PUT", "/api/Product", map[string]any{"ClientId": f.demo, "SKU": "FRESH", "Weight": 1}), "already exists")
	f.clock.advance(3 * time.Second)
	assert.Equal(t, id, intOf(t, f.get(lookup).value))
	assert.Len(t, f.get("/api/Product/List").list(t), 5)
	f.create("A-1", items(item("FRESH", 1)))
}

func TestUnknownProductIDs(t *testing.T) {
	f := newTenant(t)
	for _, status := range []int{404, 400, 200} {
		f.Turn(func(k *Knobs) { k.UnknownProduct = status })
		a := f.get("/api/Product/99999")
		assert.Equal(t, status, a.status)
		if status == 200 {
			assert.Equal(t, "null", a.raw)
		}
	}
}

func TestProductLists(t *testing.T) {
	f := newTenant(t)
	f.clock.advance(time.Hour)
	f.must("POST", "/api/Product", map[string]any{"ID": 502, "DisCont": true})
	at := "2026-06-01T11:00:00"
	assert.Len(t, f.get("/api/Product/List").list(t), 4)
	assert.Len(t, f.get(fmt.Sprintf("/api/Product/List?ClientId=%d", f.other)).list(t), 1)
	assert.Len(t, f.get("/api/Product/List?SinceLastUpdated="+at).list(t), 1)
	assert.Equal(t, `[502]`, f.get("/api/Product/UpdatedSince?FromDate="+at).raw)
	f.Turn(func(k *Knobs) { k.SinceExclusive = true })
	assert.Empty(t, f.get("/api/Product/List?SinceLastUpdated="+at).list(t))

	assert.Len(t, f.get("/api/Product/Search?Search=red").list(t), 2, "the search crosses clients")
	assert.Empty(t, f.get("/api/Product/Search?Search=blue").list(t), "discontinued ones are left out")
	assert.Len(t, f.get("/api/Product/Search?Search=blue&IncludeDiscontinued=true").list(t), 1)
	assert.Equal(t, "RED", f.get("/api/Product/SearchBarcode?Barcode=5000000000012").object(t)["SKU"])
	assert.Equal(t, 404, f.get("/api/Product/SearchBarcode?Barcode=50000000000").status)
}

func TestClearingAField(t *testing.T) {
	tests := map[string]struct {
		knobs func(*Knobs)
		ean   any
		want  string
	}{
		"null leaves it":        {nil, nil, "5000000000012"},
		"null clears it":        {func(k *Knobs) { k.NullClears = true }, nil, ""},
		"an empty text clears":  {nil, "", ""},
		"an empty text is idle": {func(k *Knobs) { k.EmptyClears = false }, "", "5000000000012"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t)
			if test.knobs != nil {
				f.Turn(test.knobs)
			}
			f.must("POST", "/api/Product", map[string]any{"ID": 501, "EAN": test.ean})
			p, _ := f.Product("RED")
			assert.Equal(t, test.want, read(p.EAN))
		})
	}
}

func TestBundles(t *testing.T) {
	f := newTenant(t)
	made := f.must("PUT", "/api/Product/Bundle", map[string]any{
		"ClientId": f.demo, "SKU": "SET", "Name": "A set", "Components": []any{item("RED", 2), map[string]any{"ProductId": 502, "Quantity": 1, "PercentageOfSalesValue": 40}},
	}).object(t)
	id := intOf(t, made["ProductId"])
	b := f.must("GET", fmt.Sprintf("/api/Product/%d/Bundle", id), nil).object(t)
	require.Len(t, b["Components"], 2)
	assert.Equal(t, 404, f.get("/api/Product/501/Bundle").status)
	assert.Contains(t, f.refused("DELETE", "/api/Product/501", nil), "bundle")
	assert.Contains(t, f.refused("PUT", "/api/Product/Bundle", map[string]any{"ClientId": f.demo, "SKU": "NO", "Components": []any{item("NONE", 1)}}), "Component")
	assert.Contains(t, f.refused("PUT", "/api/Product/Bundle", map[string]any{"ClientId": f.demo, "SKU": "NO"}), "components")

	f.AdjustStock("RED", f.main, 7)
	f.AdjustStock("BLUE", f.main, 9)
	levels := f.get(fmt.Sprintf("/api/Product/StockLevels?WarehouseId=%d&SKU=SET", f.main)).list(t)
	require.Len(t, levels, 1)
	assert.Equal(t, 3, intOf(t, levels[0]["Level"]), "the scarcest component counts")
	assert.Equal(t, true, levels[0]["Bundle"])
	raw := f.get(fmt.Sprintf("/api/Product/StockLevelsByWarehouse?WarehouseId=%d&LastUpdatedSince=2020-01-01", f.main)).raw
	assert.NotContains(t, raw, "SET")
	assert.Len(t, f.get("/api/Product/Inventory/Bulk").list(t), 2)
	f.Turn(func(k *Knobs) { k.BundlesInInventory = true })
	assert.Len(t, f.get("/api/Product/Inventory/Bulk").list(t), 3)
}

func TestBundlesOnOrders(t *testing.T) {
	tests := map[string][]string{BundleLine: {"SET"}, BundleComponents: {"BLUE", "RED"}, BundleBoth: {"SET", "BLUE", "RED"}}
	for mode, want := range tests {
		t.Run(mode, func(t *testing.T) {
			f := newTenant(t, func(k *Knobs) { k.BundleLines = mode })
			f.AddBundle(Product{ClientID: f.demo, SKU: "SET"}, map[string]int{"RED": 2, "BLUE": 1})
			f.AdjustStock("RED", f.main, 7)
			f.AdjustStock("BLUE", f.main, 9)
			id := f.createID("A-1", items(item("SET", 3)))
			o, _ := f.Order(id)
			var skus []string
			for _, it := range o.OrderItems {
				skus = append(skus, it.SKU)
				assert.Equal(t, it.Quantity, it.Allocated)
			}
			assert.Equal(t, want, skus)
			assert.Equal(t, StatusNew, o.OrderStatusID)
			assert.Equal(t, 6, f.Stock("RED", f.main).Allocated)
			f.Despatch(id, "T-1")
			assert.Equal(t, 1, f.Stock("RED", f.main).StockLevel, "the components leave")
			assert.Equal(t, 6, f.Stock("BLUE", f.main).StockLevel)
		})
	}
}

func TestSuppliers(t *testing.T) {
	f := newTenant(t)
	id := intOf(t, f.must("PUT", "/api/Product/Suppliers", map[string]any{"ClientId": f.demo, "Name": "Acme", "CountryId": 1, "CurrencyId": 1}).object(t)["ID"])
	assert.Contains(t, f.refused("PUT", "/api/Product/Suppliers", map[string]any{"ClientId": f.demo}), "Name")
	rows := f.get("/api/Product/Suppliers").list(t)
	require.Len(t, rows, 1)
	assert.Equal(t, id, intOf(t, rows[0]["ID"]))
	assert.Equal(t, "GB", rows[0]["Country"].(map[string]any)["Code"])
	require.Len(t, f.Suppliers(), 1)
	a := f.createASN("PO-1", map[string]any{"ProductSupplierId": id})
	assert.Equal(t, "Acme", f.get(fmt.Sprintf("/api/ASN/%d", a)).object(t)["ProductSupplier"])
	assert.Contains(t, f.refused("PUT", "/api/ASN", f.asn("PO-2", map[string]any{"ProductSupplierId": 99})), "supplier")
}
