package unleashedsim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is the service's time; it stands still unless it is moved.
type clock struct {
	mut sync.Mutex
	at  time.Time
}

func (c *clock) now() time.Time {
	c.mut.Lock()
	defer c.mut.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mut.Lock()
	defer c.mut.Unlock()
	c.at = c.at.Add(d)
}

// world is a twin with believable contents and a client that signs.
type world struct {
	*Twin
	t     *testing.T
	clock *clock
}

var london = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return zone
}()

// newWorld is an account with two warehouses, three customers and five products:
// MUG and TEA are plain, LOT is batch tracked, GEAR has serial numbers, CARE has no
// stock.
func newWorld(t *testing.T, knobs ...func(*Knobs)) *world {
	t.Helper()
	c := &clock{at: time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)}
	k := DefaultKnobs()
	for _, turn := range knobs {
		turn(&k)
	}
	w := &world{Twin: New(Options{Now: c.now, Zone: london, Knobs: &k}), t: t, clock: c}
	w.AddTax("UK20", "0.2")
	w.AddCurrency("EUR")
	w.AddWarehouse(Warehouse{WarehouseCode: "MAIN", WarehouseName: "Main Warehouse", City: "Leeds"})
	w.AddWarehouse(Warehouse{WarehouseCode: "SHOP", WarehouseName: "Shop"})
	w.AddSupplier("CLAYCO", "Clay Co")
	w.AddDeliveryMethod("Courier")
	w.AddShippingCompany("Swift Couriers")
	w.AddSalesOrderGroup("Web")
	w.AddProductGroup("Kitchen")
	w.AddAdjustmentReason("Mintsoft")
	w.AddCustomStatus("Ready")
	w.AddCustomer(Customer{CustomerCode: "HARBOUR01", CustomerName: "Harbour Cafe", Email: "orders@harbour.example", ContactFirstName: "Ada", TaxCode: "UK20", Taxable: true})
	w.AddCustomer(Customer{CustomerCode: "HARBOUR02", CustomerName: "Harbour Hotel"})
	w.AddCustomer(Customer{CustomerCode: "OLD", CustomerName: "Old Customer", Obsolete: true})
	w.AddProduct(Product{ProductCode: "MUG", ProductDescription: "Blue mug", Barcode: "5012345678900", DefaultSellPrice: Number("10"), DefaultPurchasePrice: Number("4"), Weight: Number("0.35"), ProductGroup: &ProductGroup{GroupName: "Kitchen"}})
	w.AddProduct(Product{ProductCode: "TEA", ProductDescription: "Green tea", DefaultSellPrice: Number("3")})
	w.AddProduct(Product{ProductCode: "LOT", ProductDescription: "Batch tracked", IsBatchTracked: true, DefaultSellPrice: Number("5")})
	w.AddProduct(Product{ProductCode: "GEAR", ProductDescription: "Serialized", IsSerialized: true, DefaultSellPrice: Number("100")})
	w.AddProduct(Product{ProductCode: "CARE", ProductDescription: "Care plan", NeverDiminishing: true, DefaultSellPrice: Number("20")})
	return w
}

// answered is an answer whose body was decoded loosely.
type answered struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// send makes a signed request; the query is given as it goes on the wire.
func (w *world) send(method, path, rawQuery, body string, change ...func(*http.Request)) answered {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, "http://unleashed.test"+path, strings.NewReader(body))
	require.NoError(w.t, err)
	request.URL.RawQuery = rawQuery
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("client-type", "mintleash/sync")
	request.Header.Set("api-auth-id", DefaultAPIID)
	request.Header.Set("api-auth-signature", signature(DefaultAPIKey, decodePercent(rawQuery)))
	for _, c := range change {
		c(request)
	}
	response, err := w.RoundTripper().RoundTrip(request)
	require.NoError(w.t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	given := answered{status: response.StatusCode, header: response.Header, raw: string(raw)}
	if len(raw) > 0 && raw[0] == '{' {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		require.NoError(w.t, decoder.Decode(&given.body))
	}
	return given
}

func (w *world) get(path, rawQuery string) answered {
	w.t.Helper()
	return w.send(http.MethodGet, path, rawQuery, "")
}

// must makes a request that has to succeed.
func (w *world) must(method, path, rawQuery, body string) answered {
	w.t.Helper()
	given := w.send(method, path, rawQuery, body)
	require.Less(w.t, given.status, 300, given.raw)
	return given
}

// column lists one member of all items of a list.
func (a answered) column(name string) []string {
	values := []string{}
	items, _ := a.body["Items"].([]any)
	for _, item := range items {
		values = append(values, text(item.(map[string]any)[name]))
	}
	return values
}

// at walks into the body: names of members and places in lists.
func (a answered) at(path ...any) any {
	var value any = a.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.(map[string]any)[step]
		case int:
			value = value.([]any)[step]
		}
	}
	return value
}

func (a answered) page() [4]string {
	p := a.body["Pagination"].(map[string]any)
	return [4]string{text(p["NumberOfItems"]), text(p["PageSize"]), text(p["PageNumber"]), text(p["NumberOfPages"])}
}

func text(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return v
	case json.Number:
		return v.String()
	}
	raw, _ := json.Marshal(value)
	return string(raw)
}

// order is a body for POST /SalesOrders that reconciles: three mugs at ten.
const order = `{"Guid":"e2f0a1b4-6c8d-4e1a-8f2b-1c3d5e7f9a0b","OrderNumber":"WEB-1","OrderStatus":"Placed","OrderDate":"2026-03-01T00:00:00",
"Customer":{"CustomerCode":"HARBOUR01"},"SourceId":"sync:1","CustomerRef":"PO-1","Warehouse":{"WarehouseCode":"MAIN"},"Tax":{"TaxCode":"UK20"},"Comments":"Reception",
"SubTotal":30.00,"TaxTotal":6.00,"Total":36.00,
"SalesOrderLines":[{"Guid":"0f5f3b52-6b64-4a0e-9c5d-7d1a2b3c4d01","LineNumber":1,"Product":{"ProductCode":"MUG"},"OrderQuantity":3,"UnitPrice":10.00,"LineTotal":30.00,"LineTax":6.00}]}`

const (
	orderGUID = "e2f0a1b4-6c8d-4e1a-8f2b-1c3d5e7f9a0b"
	lineGUID  = "0f5f3b52-6b64-4a0e-9c5d-7d1a2b3c4d01"
)

// with replaces texts in a body, in pairs.
func with(body string, pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(body)
}
