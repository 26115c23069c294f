package mintsoftapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func answering(status int, body string) http.RoundTripper {
	return roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Date": {"Sun, 01 Mar 2026 08:30:00 GMT"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
}

func client(t *testing.T, transport http.RoundTripper, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{APIKey: "key-12345", Transport: transport, Account: apihttp.NewAccount("mintsoft", "m-1", apihttp.AccountOptions{})}
	for _, c := range change {
		c(&cfg)
	}
	made, err := New(cfg)
	require.NoError(t, err)
	return made
}

// watched is a client, and the account that it notes success of.
func watched(t *testing.T, transport http.RoundTripper) (*Client, *apihttp.Account) {
	account := apihttp.NewAccount("mintsoft", "m-1", apihttp.AccountOptions{})
	return client(t, transport, func(c *Config) { c.Account = account }), account
}

func create() Call {
	return Call{Operation: "order.create", Method: "PUT", Path: "/api/Order", Body: []byte(`{}`), Write: true}
}

func TestCallRequest(t *testing.T) {
	var got *http.Request
	c := client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		got = req
		return answering(200, "[]").RoundTrip(req)
	}))
	call := create()
	call.Query = url.Values{"SKU": {"A&B +1"}}
	_, err := c.Call(t.Context(), call)
	require.NoError(t, err)
	assert.Equal(t, "https://api.mintsoft.co.uk/api/Order?SKU=A%26B+%2B1", got.URL.String())
	assert.Equal(t, "key-12345", got.Header.Get("ms-apikey"))
	assert.Equal(t, "application/json", got.Header.Get("Accept"))
	assert.Contains(t, got.Header.Get("Content-Type"), "application/json")
}

func TestCallJudgesTheEnvelope(t *testing.T) {
	order := `{"OrderId":0,"OrderNumber":"DEMO-1","Success":false,"Message":"Order Number already exists"}`
	tests := map[string]struct {
		envelope Envelope
		status   int
		body     string
		outcome  apihttp.Outcome
		message  string
	}{
		"done":                      {EnvelopeAuto, 200, `{"ID":1,"Success":true,"Message":"fine"}`, apihttp.Delivered, ""},
		"refused":                   {EnvelopeAuto, 200, `{"ID":0,"Success":false,"Message":"Invalid GoodsInType"}`, apihttp.Rejected, "Invalid GoodsInType"},
		"refused with a warning":    {EnvelopeAuto, 200, `{"Success":false,"Message":"No","WarningMessage":"look"}`, apihttp.Rejected, "No (look)"},
		"refused, warning only":     {EnvelopeAuto, 200, `{"Success":false,"Message":null,"WarningMessage":"look"}`, apihttp.Rejected, "(look)"},
		"refused silently":          {EnvelopeAuto, 200, `{"Success":false,"Message":null}`, apihttp.Rejected, "refused without a reason"},
		"odd types":                 {EnvelopeAuto, 200, `{"Success":"False","Message":{"a":1},"SKU":7}`, apihttp.Rejected, "refused without a reason"},
		"duplicate in an array":     {EnvelopeAuto, 200, `[` + order + `]`, apihttp.AlreadyThere, "Order Number already exists"},
		"duplicate, older object":   {EnvelopeAuto, 200, order, apihttp.AlreadyThere, "Order Number already exists"},
		"one of two refused":        {EnvelopeAuto, 200, `[{"SKU":"A","Success":true},{"SKU":"B","Success":false,"Message":"bad"}]`, apihttp.Rejected, "B: bad"},
		"exists is not all":         {EnvelopeAuto, 200, `[{"SKU":"A","Success":false,"Message":"already exists"},{"SKU":"B","Success":false,"Message":"bad"}]`, apihttp.Rejected, "A: already exists; B: bad"},
		"same words once":           {EnvelopeAuto, 200, `[{"Success":false,"Message":"bad"},{"Success":false,"Message":"bad"}]`, apihttp.Rejected, "bad"},
		"a record":                  {EnvelopeAuto, 200, `{"ID":1,"Comments":"\"Success\":false"}`, apihttp.Delivered, ""},
		"records":                   {EnvelopeAuto, 200, `[{"ID":1,"Comments":"success"},{"ID":2}]`, apihttp.Delivered, ""},
		"a bare id":                 {EnvelopeAuto, 200, `20451`, apihttp.Delivered, ""},
		"bare ids":                  {EnvelopeAuto, 200, `[1,2]`, apihttp.Delivered, ""},
		"nothing":                   {EnvelopeAuto, 204, ``, apihttp.Delivered, ""},
		"success of no result":      {EnvelopeAuto, 200, `{"Success":null,"ID":1}`, apihttp.Delivered, ""},
		"a gateway's page":          {EnvelopeAuto, 200, `<html>`, apihttp.Unknown, ""},
		"an error's words":          {EnvelopeAuto, 200, `{"Message":"An error has occurred.","ExceptionMessage":"x"}`, apihttp.Unknown, ""},
		"a gateway's 404":           {EnvelopeAuto, 404, `<html>`, apihttp.Unknown, ""},
		"half an answer":            {EnvelopeAuto, 200, `[{"Success":tr`, apihttp.Unknown, ""},
		"required and there":        {EnvelopeRequired, 200, `[{"OrderId":7,"Success":true}]`, apihttp.Delivered, ""},
		"required, not there":       {EnvelopeRequired, 200, `{"ID":1}`, apihttp.Unknown, ""},
		"required, empty array":     {EnvelopeRequired, 200, `[]`, apihttp.Unknown, ""},
		"required, empty":           {EnvelopeRequired, 200, ``, apihttp.Unknown, ""},
		"none is not judged":        {EnvelopeNone, 200, `{"Success":false}`, apihttp.Delivered, ""},
		"bad request":               {EnvelopeAuto, 400, `{"Message":"The request is invalid.","ModelState":{"items.Quantity":["must be a number"]}}`, apihttp.Rejected, "The request is invalid.; items.Quantity: must be a number"},
		"bad request, odd state":    {EnvelopeAuto, 400, `{"Message":"The request is invalid.","ModelState":"x"}`, apihttp.Rejected, "The request is invalid."},
		"bad request with a result": {EnvelopeAuto, 400, `{"Success":false,"Message":"already exists"}`, apihttp.AlreadyThere, "already exists"},
		"bad request, words":        {EnvelopeAuto, 400, `"It already exists"`, apihttp.AlreadyThere, "It already exists"},
		"no such route":             {EnvelopeAuto, 404, `{"Message":"No HTTP resource was found"}`, apihttp.Rejected, "No HTTP resource was found"},
		"exception":                 {EnvelopeAuto, 500, `{"Message":"An error has occurred.","ExceptionMessage":"Object reference not set"}`, apihttp.Unknown, "An error has occurred.; Object reference not set"},
		"no words":                  {EnvelopeAuto, 401, ``, apihttp.Rejected, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			call := create()
			call.Envelope = test.envelope
			res, err := client(t, answering(test.status, test.body)).Call(t.Context(), call)
			require.Equal(t, test.outcome, apihttp.OutcomeOf(err), "%v", err)
			require.NotNil(t, res)
			assert.Equal(t, test.body, string(res.Body), "the answer comes with or without an error")
			if err != nil {
				var e *apihttp.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, test.message, e.Message)
				assert.Equal(t, test.status, e.Status)
				assert.Equal(t, test.status == 401, strings.Contains(err.Error(), apihttp.ErrCredentials.Error()))
			}
		})
	}
}

func TestCallFields(t *testing.T) {
	body := `[{"SKU":"A","Success":true},{"SKU":"B","Success":false,"Message":"bad"},{"SKU":"C","Success":false,"Message":"worse"}]`
	_, err := client(t, answering(200, body)).Call(t.Context(), create())
	var e *apihttp.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, []apihttp.FieldError{{Field: "B", Message: "bad"}, {Field: "C", Message: "worse"}}, e.Fields)
	assert.Equal(t, "mintsoft order.create: refused (HTTP 200): B: bad; C: worse", e.Error())
}

func TestRefusedReads(t *testing.T) {
	call := Call{Operation: "order.get", Method: "GET", Path: "/api/Order/7"}
	_, err := client(t, answering(404, `{"Message":"Order not found"}`)).Call(t.Context(), call)
	require.ErrorIs(t, err, apihttp.ErrNotFound)
	_, err = client(t, answering(200, `{"Success":false,"Message":"no"}`)).Call(t.Context(), call)
	assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
	_, err = client(t, answering(204, "")).Call(t.Context(), call)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		for body, status := range map[string]int{"": 200, "<html>": 200, `{"ID":`: 200, `{"Message":"An error has occurred."}`: 200, "<html >": 404} {
			c, account := watched(t, answering(status, body))
			_, err := c.Call(t.Context(), call)
			assert.Equal(t, apihttp.Transient, apihttp.OutcomeOf(err), "%s: %v", body, err)
			assert.NotErrorIs(t, err, apihttp.ErrNotFound)
			assert.Zero(t, account.LastSuccess(), body)
		}
	})
}

func TestList(t *testing.T) {
	var got url.Values
	c := client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		got = req.URL.Query()
		return answering(200, ` [{"ID":1},{"ID":2}] `).RoundTrip(req)
	}))
	q := url.Values{"ClientId": {"3"}}
	rows, date, err := c.List(t.Context(), "/api/Order/List", q, 0, 100)
	require.NoError(t, err)
	assert.Len(t, rows, 2)
	assert.Equal(t, time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC), date)
	assert.Equal(t, url.Values{"ClientId": {"3"}, "PageNo": {"1"}, "Limit": {"100"}}, got, "page 0 would be answered 500")
	assert.Equal(t, url.Values{"ClientId": {"3"}}, q, "the caller's query stays as it is")

	_, _, err = c.List(t.Context(), "/api/Warehouse", nil, 1, 0)
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestListShapes(t *testing.T) {
	for _, body := range []string{"[]", "null"} {
		rows, _, err := client(t, answering(200, body)).List(t.Context(), "/api/Order/List", nil, 1, 100)
		require.NoError(t, err, body)
		assert.Empty(t, rows)
	}
	synctest.Test(t, func(t *testing.T) {
		for body, want := range map[string]apihttp.Outcome{
			"": apihttp.Transient, "<html>": apihttp.Transient, `{"ID":1}`: apihttp.Transient, `[{"ID":1`: apihttp.Transient, "7": apihttp.Transient,
			`{"Success":false,"Message":"no"}`: apihttp.Rejected,
		} {
			_, _, err := client(t, answering(200, body)).List(t.Context(), "/api/Order/List", nil, 1, 100)
			assert.Equal(t, want, apihttp.OutcomeOf(err), "%s: %v", body, err)
		}
	})
}

func TestListName(t *testing.T) {
	for path, want := range map[string]string{
		"/api/Order/List": "order.list", "/api/Warehouse": "warehouse.list", "/api/Product/Inventory/Bulk": "product.inventory.bulk.list",
		"/api/Order/7/Items": "order.items.list",
	} {
		assert.Equal(t, want, listName(path))
	}
}

func TestReferenceLists(t *testing.T) {
	warehouses, err := client(t, answering(200, `[{"ID":3,"Name":"Main Warehouse","Code":"MAIN","PostCode":"M1 1AA"},{"ID":4,"Name":"Shop","Code":null}]`)).Warehouses(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []Warehouse{{3, "Main Warehouse", "MAIN", "M1 1AA"}, {4, "Shop", "", ""}}, warehouses)

	owners, err := client(t, answering(200, `[{"ClientId":12},{"ClientId":7},{"ClientId":12},{"ClientId":null}]`)).Owners(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []int{7, 12}, owners)

	synctest.Test(t, func(t *testing.T) {
		_, err := client(t, answering(200, `[{"ID":"x"}]`)).Warehouses(t.Context())
		assert.Equal(t, apihttp.Transient, apihttp.OutcomeOf(err))
	})

	full := "[" + strings.Repeat(`{"ID":1,"ShortName":"A"},`, maxLimit-1) + `{"ID":2,"ShortName":"B"}]`
	for name, second := range map[string]string{"a short page ends": `[{"ID":9,"ShortName":"Z"}]`, "the page number is ignored": full} {
		pages := 0
		c := client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			pages++
			if req.URL.Query().Get("PageNo") == "1" {
				return answering(200, full).RoundTrip(req)
			}
			return answering(200, second).RoundTrip(req)
		}))
		clients, err := c.Clients(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, 2, pages, name)
		assert.Equal(t, ClientAccount{ID: 1, ShortName: "A"}, clients[0])
	}
}

func TestDryRun(t *testing.T) {
	c := client(t, answering(500, ""), func(cfg *Config) {
		cfg.DryRun = func(context.Context, apihttp.Request) (*apihttp.Response, error) {
			return &apihttp.Response{Status: 200}, nil
		}
	})
	call := create()
	call.Envelope = EnvelopeRequired
	_, err := c.Call(t.Context(), call)
	require.NoError(t, err)
}

func TestNoCredentialInAnError(t *testing.T) {
	_, err := client(t, answering(400, `{"Message":"key-12345 is odd"}`)).Call(t.Context(), create())
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "key-12345")
}

func TestConfigPrintsNoCredential(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(verb, Config{APIKey: "key-12345", Username: "bot-12345", Password: "pw-12345"}), "12345", verb)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(200, `[{"Success":false,"Message":"x"}]`)
	f.Add(400, `{"ModelState":{"a":["b"]}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		for _, e := range []Envelope{EnvelopeAuto, EnvelopeRequired, EnvelopeNone} {
			v := judge(e, status, http.Header{}, []byte(body))
			if status >= 300 && !v.refused {
				t.Fatal("a status that is no success refuses")
			}
			if v.exists && !v.refused {
				t.Fatal("only a refusal can say that it exists")
			}
		}
	})
}
