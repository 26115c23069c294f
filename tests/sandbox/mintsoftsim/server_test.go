package mintsoftsim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequestsThatTheServiceDoesNotKnow(t *testing.T) {
	tests := map[string]struct {
		method, path string
		body         any
		status       int
		says         string
		violation    string
	}{
		"an unknown route":               {"GET", "/api/PurchaseOrder/Create", nil, 404, "No HTTP resource was found that matches the request URI", "no such route"},
		"an invented part of an order":   {"GET", "/api/Order/5/Detail", nil, 404, "No HTTP resource was found", "no such route"},
		"a list that is not there":       {"GET", "/api/ASN", nil, 405, "The requested resource does not support http method 'GET'.", "no such verb"},
		"a create by POST":               {"POST", "/api/Order", "{}", 405, "does not support http method 'POST'", "no such verb"},
		"an id that is no number":        {"GET", "/api/Order/abc", nil, 400, "The request is invalid.", "the id is not a number"},
		"an unknown property":            {"PUT", "/api/Order", `{"Barcode":"1"}`, 400, "The request is invalid.", "Order.Barcode: the model has no such property"},
		"an unknown property of a line":  {"PUT", "/api/Order", `{"OrderItems":[{"Price":1}]}`, 400, `"Order.OrderItems[0].Price"`, "Order.OrderItems[0].Price"},
		"a property that is given twice": {"PUT", "/api/Order", `{"OrderNumber":"1","ordernumber":"2"}`, 400, "given twice", "given twice"},
		"a number as text":               {"PUT", "/api/Order", `{"OrderItems":[{"Quantity":"1"}]}`, 400, "expected a number", "expected a number"},
		"half a unit":                    {"PUT", "/api/Order", `{"OrderItems":[{"Quantity":1.5}]}`, 400, "expected a whole number of 32 bits", "whole number"},
		"too many":                       {"PUT", "/api/Order", `{"OrderItems":[{"Quantity":2147483648}]}`, 400, "whole number of 32 bits", "whole number"},
		"text as a number":               {"PUT", "/api/Order", `{"OrderNumber":1}`, 400, "expected a string", "expected a string"},
		"an object as an array":          {"PUT", "/api/Order", `{"OrderItems":{}}`, 400, "expected an array", "expected an array"},
		"an array as an object":          {"PUT", "/api/Order", `[]`, 400, "expected an object", "expected an object"},
		"a bad date":                     {"PUT", "/api/Order", `{"RequiredDeliveryDate":"tomorrow"}`, 400, "expected an ISO 8601 date", "ISO 8601"},
		"a text that is too long":        {"PUT", "/api/Product", map[string]any{"SKU": strings.Repeat("x", 76), "Weight": 1}, 400, "maximum length of 75", "maximum length"},
		"a weight out of range":          {"PUT", "/api/Product", map[string]any{"SKU": "x", "Weight": 100001}, 400, "between 0 and 100000", "between"},
		"no body":                        {"PUT", "/api/Order", nil, 400, "The request is invalid.", "the body is empty"},
		"no JSON":                        {"PUT", "/api/Order", "{", 400, "The request is invalid.", "decoding the body"},
		"two bodies":                     {"PUT", "/api/Order", "{} {}", 400, "The request is invalid.", "something after the body"},
		"a required parameter":           {"GET", "/api/Product/UpdatedSince", nil, 400, "FromDate", "FromDate: the parameter is required"},
		"a parameter of a wrong type":    {"GET", "/api/Order/List?ClientId=demo", nil, 400, "is not valid for an Int32", "Int32"},
		"a flag of a wrong type":         {"GET", "/api/Order/List?IncludeOrderItems=yes", nil, 400, "is not valid for a Boolean", "Boolean"},
		"a value that is not listed":     {"POST", "/api/Warehouse/StockMovement?Action=20", "{}", 400, "expected one of", "expected one of"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t)
			a := f.call(test.method, test.path, test.body)
			assert.Equal(t, test.status, a.status)
			assert.Contains(t, a.raw, test.says)
			assert.Contains(t, strings.Join(f.Violations(), "\n"), test.violation)
		})
	}
}

func TestRequestsThatTheServiceLetsPass(t *testing.T) {
	tests := map[string]struct{ method, path, body, violation string }{
		"an unknown parameter":        {"GET", "/api/Order/List?SinceOrderDate=2026-01-01", "", "SinceOrderDate: the operation has no such parameter"},
		"a date that cannot be read":  {"GET", "/api/ASN/List?SinceLastUpdated=yesterday", "", `SinceLastUpdated: "yesterday" is no date and is ignored`},
		"another case of a property":  {"POST", "/api/Product", `{"id":501,"EAN":"1"}`, "Product.id: the property is spelt ID"},
		"a parameter given twice":     {"GET", "/api/Order/List?Limit=1&Limit=2", "", "Limit: the parameter is given 2 times"},
		"a body where none is taken":  {"GET", "/api/Order/List", "{}", "body: the operation takes none"},
		"another case of a parameter": {"GET", "/api/order/list?pageno=1&LIMIT=5", "", ""},
		"double slashes":              {"GET", "//api/Warehouse", "", ""},
		"an empty number":             {"GET", "/api/Order/List?ClientId=", "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newTenant(t)
			var body any
			if test.body != "" {
				body = test.body
			}
			f.must(test.method, test.path, body)
			if test.violation == "" {
				assert.Empty(t, f.Violations())
				return
			}
			require.Len(t, f.Violations(), 1)
			assert.Contains(t, f.Violations()[0], test.violation)
		})
	}
}

func TestABodyThatIsNotCalledJSON(t *testing.T) {
	f := newTenant(t)
	req, err := http.NewRequestWithContext(t.Context(), "POST", "https://api.mintsoft.co.uk/api/Auth", strings.NewReader("{}"))
	require.NoError(t, err)
	_, err = f.RoundTripper().RoundTrip(req)
	require.NoError(t, err)
	assert.Equal(t, []string{"POST /api/Auth: Content-Type: expected application/json"}, f.Violations())
}

func TestOperationsThatAreNotModelled(t *testing.T) {
	f := newTenant(t)
	assert.Equal(t, http.StatusNotImplemented, f.get("/api/Batch/List").status)
	assert.Equal(t, []string{"GET /api/Batch/List: the twin does not model this operation"}, f.Violations())
}

func TestEveryHandlerIsAnOperationOfTheVendor(t *testing.T) {
	known := map[string]bool{}
	for _, o := range readSchema().Operations {
		known[o.name()] = true
	}
	for name := range handlers {
		assert.True(t, known[name], name)
	}
	assert.Len(t, known, 186)
	assert.Len(t, readSchema().Models, 135)
}

func TestWritesAreKnownWhateverTheirVerb(t *testing.T) {
	tests := map[string]bool{
		"GET /api/Order/List": false, "GET /api/Order/5": false, "POST /api/Auth": false, "PUT /api/Order": true, "POST /api/Product": true,
		"GET /api/Order/5/Cancel": true, "GET /api/order/5/markdespatched": true, "GET /api/ASN/5/BookIn": true, "GET /api/WarehouseTransfer/5/Confirm": true,
		"GET /api/Order/5/DespatchNote": false, "DELETE /api/ASN/5": true, "GET /api/Nothing": false, "PUT /api/Nothing": true,
	}
	f := newTenant(t)
	f.lax = true
	for request, want := range tests {
		method, path, _ := strings.Cut(request, " ")
		f.Journal.Reset()
		f.call(method, path, nil)
		require.Len(t, f.Journal.All(), 1)
		assert.Equal(t, want, f.Journal.All()[0].Write, request)
	}
}

func TestTimestampsAreNaiveLocalTime(t *testing.T) {
	tests := map[string]struct {
		at   time.Time
		want string
	}{
		"summer is an hour ahead":      {time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC), `"2026-06-01T10:00:00"`},
		"winter is not":                {time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC), `"2026-01-01T09:00:00"`},
		"zeros at the end are cut":     {time.Date(2026, 1, 1, 9, 0, 0, 996542000, time.UTC), `"2026-01-01T09:00:00.996542"`},
		"seven digits at most":         {time.Date(2026, 1, 1, 9, 0, 0, 90414899, time.UTC), `"2026-01-01T09:00:00.0904148"`},
		"the repeated hour has no Z":   {time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), `"2026-10-25T01:30:00"`},
		"its first run looks the same": {time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), `"2026-10-25T01:30:00"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			twin := New(Options{Now: func() time.Time { return test.at }})
			got, err := twin.now().MarshalJSON()
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
		})
	}
}

func TestChangesOfOneRecordNeverShareAMoment(t *testing.T) {
	f := newTenant(t)
	id := f.createID("A-1")
	seen := map[any]bool{}
	for range 5 {
		f.must("PUT", fmt.Sprintf("/api/Order/%d/Tag?Tag=x", id), nil)
		seen[f.read(id)["LastUpdated"]] = true
	}
	assert.Len(t, seen, 5)
}

func TestPaging(t *testing.T) {
	f := newTenant(t)
	for i := range 7 {
		f.create(fmt.Sprintf("A-%d", i))
	}
	tests := map[string]struct {
		path   string
		status int
		rows   int
	}{
		"a full page":                  {"/api/Order/List?Limit=3", 200, 3},
		"the last page is short":       {"/api/Order/List?Limit=3&PageNo=3", 200, 1},
		"past the end is empty":        {"/api/Order/List?Limit=3&PageNo=4", 200, 0},
		"page 0 is an exception":       {"/api/Order/List?PageNo=0", 500, 0},
		"a limit of 0 is the default":  {"/api/Order/List?Limit=0", 200, 7},
		"too large a limit is cut":     {"/api/Order/List?Limit=200", 200, 7},
		"the ASN list refuses it":      {"/api/ASN/List?Limit=101", 400, 0},
		"newer lists spell it smaller": {"/api/Client?pageNo=2&limit=1", 200, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := f.get(test.path)
			require.Equal(t, test.status, a.status, a.raw)
			if test.status == 200 {
				assert.Len(t, a.list(t), test.rows)
			}
		})
	}
	assert.Equal(t, `{"Message":"An error has occurred."}`, f.get("/api/Product/List?PageNo=0").raw)
	f.Turn(func(k *Knobs) { k.LimitClamps = false })
	assert.Equal(t, 400, f.get("/api/Order/List?Limit=200").status)
	f.Turn(func(k *Knobs) { k.BadDatesRefused = true })
	assert.Equal(t, 400, f.get("/api/Order/List?SinceDate=soon").status)
	assert.Equal(t, 200, f.get("/api/ASN/List?SinceLastUpdated=soon").status)
}
