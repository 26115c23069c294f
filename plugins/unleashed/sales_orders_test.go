package unleashed

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// orderDesk takes sales orders of some statuses, and answers lists.
type orderDesk struct {
	takes []string
	kept  map[string]any // the only order
	lists map[string][]any
	calls []string
}

// RoundTrip implements http.RoundTripper.
func (d *orderDesk) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent map[string]any
	if r.Body != nil {
		raw, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(raw, &sent)
	}
	d.calls = append(d.calls, strings.TrimSpace(fmt.Sprint(r.Method, " ", r.URL.Path, " ", or(sent["OrderStatus"], ""))))
	status, answer := http.StatusOK, any(nil)
	switch rows, isList := d.lists[strings.TrimPrefix(r.URL.Path, "/")]; {
	case isList:
		answer = map[string]any{"Pagination": map[string]any{"NumberOfItems": len(rows), "PageSize": 200, "PageNumber": 1, "NumberOfPages": 1}, "Items": rows}
	case r.Method == http.MethodPost && !slices.Contains(d.takes, fmt.Sprint(sent["OrderStatus"])):
		status, answer = http.StatusBadRequest, map[string]any{"Description": fmt.Sprint("no order as ", sent["OrderStatus"])}
	case r.Method == http.MethodGet && d.kept == nil:
		status = http.StatusNotFound
	case r.Method == http.MethodGet:
		answer = d.kept
	default:
		d.kept, answer = sent, sent
	}
	body, err := json.Marshal(answer)
	header := http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(string(body))), Request: r}, err
}

func or(value, otherwise any) any {
	if value == nil {
		return otherwise
	}
	return value
}

func TestNewSalesOrder(t *testing.T) {
	for name, test := range map[string]struct {
		takes  []string
		status string
		calls  []string
		stands string
		fails  string
	}{
		"is taken as it is asked for": {[]string{"Placed"}, "Placed", []string{"POST /SalesOrders/g-1 Placed"}, "Placed", ""},
		"is parked and placed where none may be Placed": {
			[]string{"Parked"}, "Placed", []string{"POST /SalesOrders/g-1 Placed", "POST /SalesOrders/g-1 Parked", "GET /SalesOrders/g-1", "PUT /SalesOrders/g-1 Placed"}, "Placed", "",
		},
		"is refused in the words for what was asked": {nil, "Placed", []string{"POST /SalesOrders/g-1 Placed", "POST /SalesOrders/g-1 Parked"}, "", "no order as Placed"},
		"is not made otherwise than asked":           {[]string{"Placed"}, "Parked", []string{"POST /SalesOrders/g-1 Parked"}, "", "no order as Parked"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				desk := &orderDesk{takes: test.takes}
				op, err := System.Operation("sales_order.create")
				require.NoError(t, err)
				answer, err := op.Do(t.Context(), connected(t, desk), map[string]any{"Guid": "g-1", "OrderNumber": "W-1", "OrderStatus": test.status})
				assert.Equal(t, test.calls, desk.calls)
				if test.fails != "" {
					require.ErrorContains(t, err, test.fails)
					assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
					return
				}
				require.NoError(t, err)
				assert.Equal(t, "g-1", answer.ID)
				assert.Equal(t, test.stands, desk.kept["OrderStatus"])
			})
		})
	}
}

func TestSalesOrderThatIsGone(t *testing.T) {
	for name, test := range map[string]struct {
		kept map[string]any
		gone bool
		says string
	}{
		"does not exist": {nil, true, "sales order g-1 does not exist any more"},
		"is deleted":     {map[string]any{"OrderNumber": "W-1", "OrderStatus": "Deleted"}, false, "sales order W-1 was deleted in Unleashed, which keeps it under its GUID"},
		"stands":         {map[string]any{"OrderNumber": "W-1", "OrderStatus": "Placed"}, false, "sales order W-1 stands in Unleashed as Placed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				op, err := System.Operation("sales_order.create")
				require.NoError(t, err)
				gone, says, err := op.Gone(t.Context(), connected(t, &orderDesk{kept: test.kept}), "g-1")
				require.NoError(t, err)
				assert.Equal(t, test.gone, gone)
				assert.Contains(t, says, test.says)
			})
		})
	}
}

func TestHolderOfANumber(t *testing.T) {
	holder := func(number, status string) []any {
		return []any{map[string]any{"Guid": "g-9", "OrderNumber": number, "OrderStatus": status, "SourceId": "Shop:1", "LastModifiedOn": "/Date(1772440000000)/"}}
	}
	for name, test := range map[string]struct {
		rows   []any
		source string
		exists bool
		says   string
	}{
		"is named":                         {holder("W-1", "Placed"), "mintsoft:1", true, "which is not ours"},
		"is named, made of the same order": {holder("W-1", "Placed"), "Shop:1", true, "which was made of this order when the accounts were known by another identity"},
		"one that only begins so is none":  {holder("W-10", "Placed"), "Shop:1", false, ""},
		"a deleted one is no obstacle":     {holder("W-1", "Deleted"), "Shop:1", false, ""},
		"there is none":                    {[]any{}, "Shop:1", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				op, err := System.Operation("sales_order.create")
				require.NoError(t, err)
				found, err := op.Find(t.Context(), connected(t, &orderDesk{lists: map[string][]any{"SalesOrders": test.rows}}), component.Source{}, map[string]any{"Guid": "g-1", "OrderNumber": "W-1", "SourceId": test.source})
				require.NoError(t, err)
				assert.Equal(t, test.exists, found.Exists)
				assert.False(t, found.Ours)
				if test.exists {
					assert.Contains(t, found.Detail, `the number W-1 is held by sales order g-9 with SourceId "Shop:1", `+test.says)
				}
			})
		})
	}
}

func TestTermsOfASalesOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := func(fields map[string]any) any {
			fields["Guid"] = fmt.Sprint("g-", fields)
			return fields
		}
		desk := &orderDesk{lists: map[string][]any{
			"Taxes": {
				row(map[string]any{"TaxCode": "UK20", "TaxRate": 0.2}), row(map[string]any{"TaxCode": "OLD", "TaxRate": 0.1, "Obsolete": true}),
				row(map[string]any{"TaxCode": "BUY", "TaxRate": 0.2, "CanApplyToRevenue": false}), row(map[string]any{"TaxCode": "None", "TaxRate": 0}),
			},
			"Currencies": {row(map[string]any{"CurrencyCode": "GBP", "DefaultSellRate": 1})}, "DeliveryMethods": {row(map[string]any{"Name": "Next Day"})},
		}}
		c := connected(t, desk)
		look := func(again bool, currency string) map[string]any {
			terms, err := lookTerms(t.Context(), c, component.Source{Again: again}, map[string]any{"Currency": currency, "DeliveryMethod": "NEXT DAY"})
			require.NoError(t, err)
			return terms.(map[string]any)
		}
		terms := look(false, "GBP")
		var codes []any
		for _, tax := range terms["Taxes"].([]any) {
			codes = append(codes, tax.(map[string]any)["TaxCode"])
		}
		assert.Equal(t, []any{"None", "UK20"}, codes)
		assert.Equal(t, "GBP", terms["Currency"].(map[string]any)["CurrencyCode"])
		assert.Equal(t, "Next Day", terms["DeliveryMethod"])
		assert.Nil(t, look(false, "gbp")["Currency"])
		assert.Len(t, desk.calls, 3, "each list is read once")

		// Somebody who asks for a record again may have added what it lacked.
		desk.lists["Currencies"] = append(desk.lists["Currencies"], row(map[string]any{"CurrencyCode": "USD"}))
		assert.Nil(t, look(false, "USD")["Currency"])
		assert.NotNil(t, look(true, "USD")["Currency"])
	})
}
