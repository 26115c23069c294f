package unleashed

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// orderList is a list of sales orders. The filter by number matches beginnings, as
// other filters of the service do.
type orderList struct {
	recent, old []string // numbers; the old ones did not change for long
	lines       int
	asked       []string // the filters that came
}

// RoundTrip implements http.RoundTripper.
func (l *orderList) RoundTrip(r *http.Request) (*http.Response, error) {
	number := r.URL.Query().Get("orderNumber")
	l.asked = append(l.asked, number)
	found := []any{}
	for i, known := range append(l.recent, l.old...) {
		if number == "" && i < len(l.recent) || number != "" && strings.HasPrefix(known, number) {
			found = append(found, l.order(known))
		}
	}
	body, err := json.Marshal(map[string]any{"Pagination": map[string]any{"NumberOfItems": len(found), "PageSize": 200, "PageNumber": 1, "NumberOfPages": 1}, "Items": found})
	header := http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(string(body))), Request: r}, err
}

func (l *orderList) order(number string) any {
	var lines []any
	for n := range l.lines {
		lines = append(lines, map[string]any{"LineNumber": n + 1, "UnitPrice": json.Number("9.5000"), "Margin": 1})
	}
	return map[string]any{
		"Guid": "g-" + number, "OrderNumber": number, "SourceId": "Shop:1", "CreatedBy": "somebody", "RequiredDate": "/Date(1783119600000)/",
		"LastModifiedOn": "/Date(1772440000000)/", "SalesOrderLines": lines,
	}
}

func TestLookOrder(t *testing.T) {
	for name, test := range map[string]struct {
		number string
		lines  []any
		asked  []string
		found  string
	}{
		"one that changed lately is on the list":           {"SO-1", []any{json.Number("1"), json.Number("2")}, []string{""}, "g-SO-1"},
		"one that did not is asked for":                    {"SO-9", nil, []string{"", "SO-9"}, "g-SO-9"},
		"one that lacks a line on the list is asked for":   {"SO-1", []any{int64(3)}, []string{"", "SO-1"}, "g-SO-1"},
		"a number that only begins like it is another one": {"SO", nil, []string{"", "SO"}, ""},
		"there is none": {"SO-77", nil, []string{"", "SO-77"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := &orderList{recent: []string{"SO-10", "SO-1"}, old: []string{"SO-9"}, lines: 2}
				found, err := lookOrder(t.Context(), connected(t, service), component.Source{}, map[string]any{"OrderNumber": test.number, "LineNumbers": test.lines})
				require.NoError(t, err)
				assert.Equal(t, test.asked, service.asked)
				if test.found == "" {
					assert.Nil(t, found)
					return
				}
				assert.Equal(t, map[string]any{
					"Guid": test.found, "OrderNumber": test.number, "SourceId": "Shop:1", "RequiredDate": "2026-07-03T23:00:00Z",
					"SalesOrderLines": []any{
						map[string]any{"LineNumber": json.Number("1"), "UnitPrice": json.Number("9.5000")}, map[string]any{"LineNumber": json.Number("2"), "UnitPrice": json.Number("9.5000")},
					},
				}, found, "what a shipment takes from it, with numbers as they are written")
			})
		})
	}
	t.Run("the list is read once a minute, however many shipments there are", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			service := &orderList{recent: []string{"SO-1", "SO-2"}}
			c := connected(t, service)
			for range 3 {
				for _, number := range []string{"SO-1", "SO-2", "SO-1"} {
					_, err := lookOrder(t.Context(), c, component.Source{}, map[string]any{"OrderNumber": number})
					require.NoError(t, err)
				}
				<-time.After(61 * time.Second)
			}
			assert.Len(t, service.asked, 3)
		})
	})
}

// connected is a connection to an Unleashed account that a service stands for.
func connected(t *testing.T, service http.RoundTripper) *connection.Connection {
	t.Helper()
	file, err := connection.Parse("test.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {api_id: a, api_key: b, warehouse_code: MAIN}
    mintsoft: {api_key: c, warehouse: MAIN}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Transport: service})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	c, err := book.Connection("main")
	require.NoError(t, err)
	return c
}
