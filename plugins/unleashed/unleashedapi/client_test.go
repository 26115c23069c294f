package unleashedapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// service answers every request with one answer and keeps the requests.
type service struct {
	status int
	body   string
	header http.Header

	mu       sync.Mutex
	requests []*http.Request
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, req)
	header := s.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: s.status, Header: header, Body: io.NopCloser(strings.NewReader(s.body))}, nil
}

func client(t *testing.T, s *service, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		APIID: "6f1d2c3b-4a59-4e68-8777-9a8b7c6d5e4f", APIKey: testKey, Transport: s,
		Account: apihttp.NewAccount("unleashed", "u-1", apihttp.AccountOptions{}),
	}
	for _, c := range change {
		c(&cfg)
	}
	made, err := New(cfg)
	require.NoError(t, err)
	return made
}

// watched is a client, and the account that it notes success of.
func watched(t *testing.T, s *service) (*Client, *apihttp.Account) {
	account := apihttp.NewAccount("unleashed", "u-1", apihttp.AccountOptions{})
	return client(t, s, func(c *Config) { c.Account = account }), account
}

func TestNewNeedsCredentials(t *testing.T) {
	account := apihttp.NewAccount("unleashed", "u", apihttp.AccountOptions{})
	for _, cfg := range []Config{{Account: account, APIKey: "k"}, {Account: account, APIID: "i"}, {APIID: "i", APIKey: "k"}} {
		_, err := New(cfg)
		assert.Error(t, err)
	}
}

func TestListRequest(t *testing.T) {
	s := &service{status: 200, body: `{"Items":[]}`}
	q := NewQuery("customerName", "Blue Hill", "modifiedSince", "2026-03-01T08:30:00")
	_, err := client(t, s).List(t.Context(), "SalesOrders", q, 3, 200)
	require.NoError(t, err)

	req := s.requests[0]
	assert.Equal(t, "https://api.unleashedsoftware.com/SalesOrders/3?customerName=Blue%20Hill&modifiedSince=2026-03-01T08:30:00&pageSize=200", req.URL.String())
	assert.Equal(t, Signature(testKey, "customerName=Blue Hill&modifiedSince=2026-03-01T08:30:00&pageSize=200"), req.Header.Get("api-auth-signature"))
	assert.Equal(t, "6f1d2c3b-4a59-4e68-8777-9a8b7c6d5e4f", req.Header.Get("api-auth-id"))
	assert.Equal(t, "mintleash/sync", req.Header.Get("client-type"))
	assert.Equal(t, "application/json", req.Header.Get("Accept"))
	assert.Equal(t, "application/json", req.Header.Get("Content-Type"), "demanded on reads too")

	_, err = client(t, s).List(t.Context(), "Warehouses", NewQuery(), 1, 0)
	require.NoError(t, err)
	assert.Equal(t, "/Warehouses", s.requests[1].URL.RequestURI())
}

func TestListShapes(t *testing.T) {
	tests := map[string]struct {
		page int
		body string
		want Page[json.RawMessage]
		rows int
	}{
		"a page":                       {2, `{"Pagination":{"NumberOfItems":5,"PageSize":2,"PageNumber":2,"NumberOfPages":3},"Items":[{"A":1},{"A":2}]}`, Page[json.RawMessage]{Number: 2, Pages: 3, Count: 5}, 2},
		"empty":                        {1, `{"Pagination":{"NumberOfItems":0,"PageSize":200,"PageNumber":0,"NumberOfPages":0},"Items":[]}`, Page[json.RawMessage]{}, 0},
		"null items":                   {1, `{"Pagination":{"NumberOfItems":0,"PageSize":200,"PageNumber":0,"NumberOfPages":0},"Items":null}`, Page[json.RawMessage]{}, 0},
		"past the end":                 {4, `{"Pagination":{"NumberOfItems":5,"PageSize":2,"PageNumber":3,"NumberOfPages":3},"Items":[{"A":5}]}`, Page[json.RawMessage]{Number: 3, Pages: 3, Count: 5}, 0},
		"not paged":                    {1, `{"Items":[{"A":1}]}`, Page[json.RawMessage]{Number: 1, Pages: 1, Count: 1}, 1},
		"not paged, second page asked": {2, `{"Items":[{"A":1}]}`, Page[json.RawMessage]{Number: 1, Pages: 1, Count: 1}, 0},
		"bare array":                   {1, `[{"A":1},{"A":2}]`, Page[json.RawMessage]{Number: 1, Pages: 1, Count: 2}, 2},
		"lower case":                   {1, `{"items":[{"A":1}]}`, Page[json.RawMessage]{Number: 1, Pages: 1, Count: 1}, 1},
		"webhooks":                     {1, `{"subscriptions":[{"A":1}]}`, Page[json.RawMessage]{Number: 1, Pages: 1, Count: 1}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &service{status: 200, body: test.body, header: http.Header{"Date": {"Sun, 01 Mar 2026 08:30:00 GMT"}}}
			got, err := client(t, s).List(t.Context(), "X", NewQuery(), test.page, 2)
			require.NoError(t, err)
			assert.Len(t, got.Items, test.rows)
			assert.Equal(t, test.want.Number, got.Number)
			assert.Equal(t, test.want.Pages, got.Pages)
			assert.Equal(t, test.want.Count, got.Count)
			assert.Equal(t, time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC), got.Date)

			records, err := client(t, s).Records(t.Context(), "X", NewQuery(), test.page, 2)
			require.NoError(t, err)
			assert.Equal(t, []int{got.Number, got.Pages, got.Count, len(got.Items)}, []int{records.Number, records.Pages, records.Count, len(records.Items)})
		})
	}
}

func TestRecordsAreDecodedAsOneIs(t *testing.T) {
	const record = `{"Guid":"g","OrderDate":"/Date(1772353800000)/","Total":12.50,"Lines":[{"Due":"/Date(1772353800000)/"}]}`
	page, err := client(t, &service{status: 200, body: `{"Items":[` + record + `,"/Date(1772353800000)/",7]}`}).Records(t.Context(), "X", NewQuery(), 1, 2)
	require.NoError(t, err)
	one, err := Decode([]byte(record))
	require.NoError(t, err)
	assert.Equal(t, []any{one, "2026-03-01T08:30:00Z", json.Number("7")}, page.Items)
}

func TestListThatIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, body := range []string{"", "<html>", `{"Guid":"x"}`, `"text"`, "null", `[{"A":`} {
			c, account := watched(t, &service{status: 200, body: body})
			_, err := c.List(t.Context(), "SalesOrders", NewQuery(), 1, 0)
			var e *apihttp.Error
			require.ErrorAs(t, err, &e, body)
			assert.Equal(t, apihttp.Transient, e.Outcome, body)
			assert.Equal(t, "SalesOrders.list", e.Operation)
			assert.Zero(t, account.LastSuccess(), "an answer that nobody can read is none")
		}
	})
}

func TestGet(t *testing.T) {
	for body, want := range map[string]string{
		`{"Guid":"g"}`:                      `{"Guid":"g"}`,
		`{"Items":[{"Guid":"g"}]}`:          `{"Guid":"g"}`,
		` [{"Guid":"g"},{"Guid":"h"}]`:      `{"Guid":"g"}`,
		`{"Guid":"g","SalesOrderLines":[]}`: `{"Guid":"g","SalesOrderLines":[]}`,
	} {
		s := &service{status: 200, body: body}
		got, err := client(t, s).Get(t.Context(), "WarehouseStockTransfers", "WT-1/ 2", NewQuery("a", "b"))
		require.NoError(t, err, body)
		assert.JSONEq(t, want, string(got))
		assert.Equal(t, "/WarehouseStockTransfers/WT-1%2F%202?a=b", s.requests[0].URL.RequestURI())
	}
}

func TestGetNothing(t *testing.T) {
	for _, s := range []*service{{status: 404}, {status: 200, body: "null"}, {status: 204}, {status: 200, body: `{"Items":[]}`}, {status: 200, body: `[]`}} {
		_, err := client(t, s).Get(t.Context(), "Products", "g", NewQuery())
		require.ErrorIs(t, err, apihttp.ErrNotFound, s.body)
		assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
	}
	synctest.Test(t, func(t *testing.T) {
		for _, s := range []*service{
			{status: 200}, {status: 200, body: "<html>"}, {status: 200, body: "7"}, {status: 200, body: `{"Message":"An error has occurred."}`},
			{status: 200, body: `{"Description":"Oops","DebugInformation":null}`}, {status: 404, body: " <!DOCTYPE html>"},
		} {
			c, account := watched(t, s)
			_, err := c.Get(t.Context(), "Products", "g", NewQuery())
			assert.Equal(t, apihttp.Transient, apihttp.OutcomeOf(err), s.body)
			assert.NotErrorIs(t, err, apihttp.ErrNotFound)
			assert.Zero(t, account.LastSuccess(), s.body)
		}
	})
	s := &service{status: 200, body: `{"Items":[{"Guid":"the first of the list"}]}`}
	_, err := client(t, s).Get(t.Context(), "Products", " ", NewQuery())
	assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
	assert.Empty(t, s.requests, "without an id the address is the list")
}

func TestCallRefusals(t *testing.T) {
	tests := map[string]struct {
		status  int
		body    string
		outcome apihttp.Outcome
		message string
		fields  []apihttp.FieldError
	}{
		"description": {400, `{"Description":"Batch quantities do not match.","DebugInformation":null}`, apihttp.Rejected, "Batch quantities do not match.", nil},
		"by field": {400, `{"Items":[{"Field":"CustomerCode","Description":"is required.","ErrorCode":7},{"Field":"","Description":"Bad."}]}`, apihttp.Rejected,
			"CustomerCode: is required.; Bad.", []apihttp.FieldError{{Field: "CustomerCode", Message: "is required.", Code: 7}, {Message: "Bad."}}},
		"code as text":      {400, `{"Items":[{"Field":"A","Description":"b","ErrorCode":"x"}]}`, apihttp.Rejected, "A: b", []apihttp.FieldError{{Field: "A", Message: "b"}}},
		"message":           {404, `{"Message":"No HTTP resource was found"}`, apihttp.Rejected, "No HTTP resource was found", nil},
		"debug only":        {400, `{"Description":"","DebugInformation":"trace"}`, apihttp.Rejected, "trace", nil},
		"other shape":       {400, `{"error":"odd"}`, apihttp.Rejected, `{"error":"odd"}`, nil},
		"text":              {400, `nope`, apihttp.Rejected, "nope", nil},
		"quoted text":       {400, `"nope"`, apihttp.Rejected, "nope", nil},
		"done before":       {400, `{"Description":"The order is already completed."}`, apihttp.AlreadyThere, "The order is already completed.", nil},
		"page of HTML":      {403, `<html>forbidden</html>`, apihttp.Rejected, "", nil},
		"blocked by quota":  {403, `{"Description":"API quota exceeded"}`, apihttp.Throttled, "API quota exceeded", nil},
		"server error":      {500, `{"Description":"Oops"}`, apihttp.Unknown, "Oops", nil},
		"success, no JSON":  {200, `<html>`, apihttp.Unknown, "", nil},
		"success, an error": {200, `{"Message":"An error has occurred."}`, apihttp.Unknown, "", nil},
		"a gateway's 404":   {404, `<html>`, apihttp.Unknown, "", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, &service{status: test.status, body: test.body}).Call(t.Context(), Call{
				Operation: "sales_order.create", Method: "POST", Path: "/SalesOrders/g", Body: []byte("{}"), Write: true,
			})
			var e *apihttp.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, test.outcome, e.Outcome, "%v", err)
			assert.Equal(t, test.message, e.Message)
			assert.Equal(t, test.fields, e.Fields)
			assert.Equal(t, test.status, e.Status)
			assert.Equal(t, test.status == 403, isAccount(err))
		})
	}
}

func isAccount(err error) bool {
	return strings.Contains(err.Error(), apihttp.ErrCredentials.Error()) || strings.Contains(err.Error(), apihttp.ErrQuota.Error())
}

func TestSuccessfulWrites(t *testing.T) {
	for _, s := range []*service{{status: 201, body: `{"Guid":"g"}`}, {status: 200}, {status: 204}} {
		res, err := client(t, s).Call(t.Context(), Call{Operation: "x", Method: "POST", Path: "/X/g", Write: true})
		require.NoError(t, err)
		assert.Equal(t, s.body, string(res.Body))
		assert.Equal(t, Signature(testKey, ""), s.requests[0].Header.Get("api-auth-signature"))
	}
}

func TestDryRunAnswersAsItLikes(t *testing.T) {
	s := &service{status: 500}
	c := client(t, s, func(cfg *Config) {
		cfg.DryRun = func(context.Context, apihttp.Request) (*apihttp.Response, error) {
			return &apihttp.Response{Status: 200, Body: []byte("planned")}, nil
		}
	})
	res, err := c.Call(t.Context(), Call{Operation: "x", Method: "POST", Path: "/X/g", Write: true})
	require.NoError(t, err)
	assert.Equal(t, "planned", string(res.Body))
	assert.Empty(t, s.requests)
}

func TestNoCredentialInAnError(t *testing.T) {
	id := "6f1d2c3b-4a59-4e68-8777-9a8b7c6d5e4f"
	signature := Signature(testKey, "a=b")
	body := `{"Description":"id ` + id + ` key ` + testKey + ` signature ` + signature + `"}`
	_, err := client(t, &service{status: 403, body: body}).Call(t.Context(), Call{Operation: "x", Method: "GET", Path: "/X", Query: NewQuery("a", "b")})
	require.ErrorIs(t, err, apihttp.ErrCredentials)
	for _, secret := range []string{id, testKey, signature} {
		assert.NotContains(t, err.Error(), secret)
	}
}

func TestConfigPrintsNoCredential(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(verb, Config{APIID: "id-12345", APIKey: "key-12345"}), "12345", verb)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"Pagination":{"NumberOfItems":1},"Items":[{}]}`)
	f.Add(400, `{"Items":[{"Field":1}]}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 499 || status == 429 || status == 408 {
			status = 200
		}
		_, _ = readPage[json.RawMessage]([]byte(body))
		_, _ = readRecord([]byte(body))
		_, err := client(t, &service{status: status, body: body}).Call(t.Context(), Call{Operation: "x", Method: "PUT", Path: "/X", Write: true})
		if status >= 300 {
			require.Error(t, err)
		}
	})
}
