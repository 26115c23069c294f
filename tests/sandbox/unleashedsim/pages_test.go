package unleashedsim

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func manyOrders(t *testing.T, n int, knobs ...func(*Knobs)) *world {
	w := newWorld(t, knobs...)
	for i := range n {
		w.AddOrder(OrderSpec{Number: fmt.Sprintf("SO-%d", i+1), Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG"}}})
	}
	return w
}

func TestPaging(t *testing.T) {
	w := manyOrders(t, 5)
	for name, c := range map[string]struct {
		path, query string
		page        [4]string // items, size, number, pages
		orders      []string
	}{
		"the first page is the default":           {"/SalesOrders", "pageSize=2", [4]string{"5", "2", "1", "3"}, []string{"SO-5", "SO-4"}},
		"a number in the path is the page":        {"/SalesOrders/2", "pageSize=2", [4]string{"5", "2", "2", "3"}, []string{"SO-3", "SO-2"}},
		"Page/n is the same":                      {"/SalesOrders/Page/2", "pageSize=2", [4]string{"5", "2", "2", "3"}, []string{"SO-3", "SO-2"}},
		"the last page may be short":              {"/SalesOrders/3", "pageSize=2", [4]string{"5", "2", "3", "3"}, []string{"SO-1"}},
		"beyond the end is the last page again":   {"/SalesOrders/9", "pageSize=2", [4]string{"5", "2", "3", "3"}, []string{"SO-1"}},
		"a page holds 200 by default":             {"/SalesOrders", "", [4]string{"5", "200", "1", "1"}, []string{"SO-5", "SO-4", "SO-3", "SO-2", "SO-1"}},
		"a page size of 0 only counts":            {"/SalesOrders", "pageSize=0", [4]string{"5", "0", "0", "0"}, []string{}},
		"too great a page size is cut":            {"/SalesOrders", "pageSize=5000", [4]string{"5", "1000", "1", "1"}, []string{"SO-5", "SO-4", "SO-3", "SO-2", "SO-1"}},
		"an empty list has page 0 and no pages":   {"/SalesOrders", "customerCode=NOBODY", [4]string{"0", "200", "0", "0"}, []string{}},
		"an empty list has no second page either": {"/SalesOrders/2", "customerCode=NOBODY", [4]string{"0", "200", "0", "0"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			given := w.get(c.path, c.query)
			assert.Equal(t, c.page, given.page())
			assert.Equal(t, c.orders, given.column("OrderNumber"))
		})
	}
}

func TestPagingKnobs(t *testing.T) {
	w := manyOrders(t, 3)
	w.Turn(func(k *Knobs) { k.PageBeyondEnd = EmptyPage })
	assert.Empty(t, w.get("/SalesOrders/9", "pageSize=2").column("OrderNumber"))
	w.Turn(func(k *Knobs) { k.PageBeyondEnd = NoSuchPage })
	assert.Equal(t, 404, w.get("/SalesOrders/9", "pageSize=2").status)
	w.Turn(func(k *Knobs) { k.PageMax = 500 })
	assert.Equal(t, "500", w.get("/SalesOrders", "pageSize=501").page()[1])
	w.Turn(func(k *Knobs) { k.PageOverMaxRefused = true })
	assert.Equal(t, 400, w.get("/SalesOrders", "pageSize=501").status)
	assert.Equal(t, 400, w.get("/SalesOrders", "pageSize=many").status)
}

func TestUnpagedListHasNoPagination(t *testing.T) {
	w := newWorld(t)
	w.AddPaymentTerm("30 days", 30)
	given := w.get("/PaymentTerms", "")
	assert.NotContains(t, given.body, "Pagination")
	assert.Equal(t, []string{"30 days"}, given.column("PaymentTermDescription"))
}

func TestReferenceLists(t *testing.T) {
	w := newWorld(t)
	w.AddSalesperson("Sam Seller", "sam@example.test")
	w.AddBrand("Clayware")
	for path, c := range map[string]struct {
		member string
		values []string
	}{
		"/Currencies":        {"CurrencyCode", []string{"EUR", "GBP"}},
		"/Taxes":             {"TaxCode", []string{"None", "UK20"}},
		"/DeliveryMethods":   {"Name", []string{"Courier"}},
		"/SalesOrderGroups":  {"GroupName", []string{"Web"}},
		"/ShippingCompanies": {"Name", []string{"Swift Couriers"}},
		"/UnitOfMeasures":    {"Name", []string{"EA"}},
		"/ProductGroups":     {"GroupName", []string{"Kitchen"}},
		"/ProductBrands":     {"BrandName", []string{"Clayware"}},
		"/Salespersons":      {"Email", []string{"sam@example.test"}},
		"/Companies":         {"BaseCurrency", []string{"GBP"}},
		"/Suppliers":         {"SupplierCode", []string{"CLAYCO"}},
		"/Warehouses":        {"WarehouseCode", []string{"MAIN", "SHOP"}},
	} {
		assert.Equal(t, c.values, w.get(path, "").column(c.member), path)
	}
	none := w.get("/Taxes", "").at("Items", 0, "Guid")
	assert.Equal(t, "00000000-0000-0000-0000-000000000000", none, "the tax None has the zero GUID")
	assert.Equal(t, []string{"MAIN"}, w.get("/Warehouses", "warehouseName=main").column("WarehouseCode"), "prefix")
}
