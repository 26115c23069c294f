package unleashed

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// customerList answers a list of customers, or of what changed of it.
type customerList struct {
	all, changed []any
	asked        int
}

// RoundTrip implements http.RoundTripper.
func (l *customerList) RoundTrip(r *http.Request) (*http.Response, error) {
	l.asked++
	rows := l.all
	if r.URL.Query().Get("modifiedSince") != "" {
		rows = l.changed
	}
	body, err := json.Marshal(map[string]any{"Pagination": map[string]any{"NumberOfItems": len(rows), "PageSize": 200, "PageNumber": 1, "NumberOfPages": 1}, "Items": rows})
	header := http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(string(body))), Request: r}, err
}

func customerNamed(code, name, email string, more map[string]any) map[string]any {
	record := map[string]any{
		"Guid": "g-" + code, "CustomerCode": code, "CustomerName": name, "Email": email, "TaxCode": "UK20", "Currency": map[string]any{"CurrencyCode": "GBP"},
		"Addresses": []any{map[string]any{"PostalCode": "YO22 4DD"}}, "LastModifiedOn": "/Date(1772440000000)/",
	}
	for key, value := range more {
		record[key] = value
	}
	return record
}

// codeOf is the code of the customer that is found, empty for none.
func codeOf(t *testing.T, c *connection.Connection, args map[string]any) string {
	t.Helper()
	found, err := lookCustomer(t.Context(), c, component.Source{}, args)
	require.NoError(t, err)
	if found == nil {
		return ""
	}
	return found.(map[string]any)["CustomerCode"].(string)
}

func TestLookCustomer(t *testing.T) {
	all := []any{
		customerNamed("HARBOUR", "Harbour Cafe", "Orders@harbour.example", map[string]any{
			"ContactFirstName": "Ada", "ContactLastName": "Quay", "Contacts": []any{map[string]any{"EmailAddress": "bo@harbour.example"}, "odd"},
		}),
		customerNamed("B-TWIN", "Twin", "twin@x.example", nil), customerNamed("A-TWIN", "Twin", "twin@x.example", nil),
		customerNamed("GONE", "Retired", "retired@x.example", map[string]any{"Obsolete": true}),
		customerNamed("SHOP", "Amazon", "", nil), customerNamed("SHOUT", "AMAZON", "", nil),
	}
	names := func(list ...any) []any { return list }
	for name, test := range map[string]struct {
		args map[string]any
		want string
	}{
		"by e-mail":                           {map[string]any{"Email": " ORDERS@Harbour.example "}, "HARBOUR"},
		"by the e-mail of a contact":          {map[string]any{"Email": "bo@harbour.example"}, "HARBOUR"},
		"not by the beginning of one":         {map[string]any{"Email": "orders@harbour.exampl"}, ""},
		"by name and post code":               {map[string]any{"Names": names("HARBOUR cafe"), "PostCode": "yo224dd"}, "HARBOUR"},
		"by the name of its contact":          {map[string]any{"Names": names("Nobody Ltd", "ada quay"), "PostCode": "YO22 4DD"}, "HARBOUR"},
		"not at another post code":            {map[string]any{"Names": names("Harbour Cafe"), "PostCode": "YO22"}, ""},
		"not by the name alone":               {map[string]any{"Names": names("Harbour Cafe")}, ""},
		"the first by code of several":        {map[string]any{"Email": "twin@x.example"}, "A-TWIN"},
		"not a retired one":                   {map[string]any{"Email": "retired@x.example"}, ""},
		"the channel, exactly":                {map[string]any{"Channel": "AMAZON"}, "SHOUT"},
		"not a channel that differs by case":  {map[string]any{"Channel": "amazon"}, ""},
		"the channel and nothing else counts": {map[string]any{"Channel": "eBay", "Email": "twin@x.example"}, ""},
		"nobody":                              {map[string]any{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				assert.Equal(t, test.want, codeOf(t, connected(t, &customerList{all: all}), test.args))
			})
		})
	}
	t.Run("with what an order needs of it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			found, err := lookCustomer(t.Context(), connected(t, &customerList{all: all}), component.Source{}, map[string]any{"Email": "twin@x.example"})
			require.NoError(t, err)
			assert.Equal(t, map[string]any{"Guid": "g-A-TWIN", "CustomerCode": "A-TWIN", "CustomerName": "Twin", "TaxCode": "UK20", "CurrencyCode": "GBP", "Others": int64(1)}, found)
		})
	})
}

func TestNewCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connected(t, &customerList{all: []any{customerNamed("GONE", "Retired", "", map[string]any{"Obsolete": true}), customerNamed("TWIN", "Twin", "twin@x.example", nil)}})
		look := func(guid, email, name string) any {
			found, err := lookCustomer(t.Context(), c, component.Source{}, map[string]any{"Guid": guid, "Email": email, "Names": []any{name}, "PostCode": "M1 1AA"})
			require.NoError(t, err)
			return found
		}
		assert.Equal(t, map[string]any{"Guid": nil, "New": "g-1", "Retired": false}, look("g-1", "nell@x.example", "Nell"))
		assert.Equal(t, map[string]any{"Guid": nil, "New": "g-1", "Retired": false}, look("g-2", "", "NELL "))
		assert.Equal(t, map[string]any{"Guid": nil, "New": "g-GONE", "Retired": true}, look("g-GONE", "retired@x.example", "Retired"))
		assert.Equal(t, "g-TWIN", look("g-3", "twin@x.example", "Twin").(map[string]any)["Guid"])
	})
}

func TestCustomersAreKeptFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := &customerList{all: []any{customerNamed("HARBOUR", "Harbour Cafe", "orders@harbour.example", nil)}}
		c := connected(t, service)
		by := func(email string) string { return codeOf(t, c, map[string]any{"Email": email}) }
		for range 1000 {
			require.Equal(t, "HARBOUR", by("orders@harbour.example"))
		}
		assert.Equal(t, 1, service.asked, "the list is read once")

		// A customer that is missing may just have been made.
		<-time.After(3 * time.Second)
		service.changed = []any{customerNamed("NEW", "New", "new@x.example", nil)}
		assert.Equal(t, "NEW", by("new@x.example"))
		assert.Equal(t, "NEW", by("new@x.example"))
		assert.Equal(t, 2, service.asked)

		// Who has another address by now is not found by the old one.
		service.changed = []any{customerNamed("HARBOUR", "Harbour Cafe", "tea@harbour.example", nil)}
		<-time.After(11 * time.Minute)
		assert.Equal(t, "HARBOUR", by("tea@harbour.example"))
		assert.Empty(t, by("orders@harbour.example"))

		service.changed = []any{customerNamed("HARBOUR", "Harbour Cafe", "tea@harbour.example", map[string]any{"Obsolete": true})}
		<-time.After(11 * time.Minute)
		assert.Empty(t, by("tea@harbour.example"))
		assert.Equal(t, "NEW", by("new@x.example"))
	})
}
