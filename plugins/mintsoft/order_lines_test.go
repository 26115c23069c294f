package mintsoft

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/component"
)

// sold is an item of an order: what it is of, how many, and its price.
func sold(sku, quantity, price string) map[string]any {
	return map[string]any{"SKU": sku, "Quantity": json.Number(quantity), "Price": json.Number(price), "Vat": json.Number("0")}
}

func TestLinesOfAnOrder(t *testing.T) {
	breakfast := map[string][]part{"BREAKFAST": shared([]part{{sku: "MUG", each: 2}, {sku: "PLATE", each: 1}}, decimal.Zero, 3)}
	for name, test := range map[string]struct {
		items         []any
		whole, opened []string
	}{
		"plain goods": {
			[]any{sold("MUG", "2", "10"), sold("BOWL", "0", "5")},
			[]string{"2 MUG"}, []string{"2 MUG"},
		},
		"a bundle": {
			[]any{sold("BREAKFAST", "2", "40")},
			[]string{"2 BREAKFAST"}, []string{"4 MUG of BREAKFAST", "2 PLATE of BREAKFAST"},
		},
		"a bundle beside its components": {
			[]any{sold("BREAKFAST", "2", "40"), sold("MUG", "4", "0"), sold("PLATE", "2.0", "0")},
			[]string{"2 BREAKFAST"}, []string{"4 MUG of BREAKFAST", "2 PLATE of BREAKFAST"},
		},
		"and more of a component": {
			[]any{sold("MUG", "5", "0"), sold("BREAKFAST", "2", "40"), sold("PLATE", "2", "0"), sold("MUG", "1", "10")},
			[]string{"1 MUG", "2 BREAKFAST", "1 MUG"}, []string{"1 MUG", "4 MUG of BREAKFAST", "2 PLATE of BREAKFAST", "1 MUG"},
		},
		"a bundle beside goods that are not all of its components": {
			[]any{sold("BREAKFAST", "2", "40"), sold("MUG", "4", "0"), sold("PLATE", "1", "0")},
			[]string{"2 BREAKFAST", "4 MUG", "1 PLATE"}, []string{"4 MUG of BREAKFAST", "2 PLATE of BREAKFAST", "4 MUG", "1 PLATE"},
		},
		"a bundle beside goods that were sold for themselves": {
			[]any{sold("BREAKFAST", "1", "40"), sold("MUG", "2", "10"), sold("PLATE", "1", "20")},
			[]string{"1 BREAKFAST", "2 MUG", "1 PLATE"}, []string{"2 MUG of BREAKFAST", "1 PLATE of BREAKFAST", "2 MUG", "1 PLATE"},
		},
		"the same bundle twice": {
			[]any{sold("BREAKFAST", "1", "40"), sold("BREAKFAST", "1", "40"), sold("MUG", "4", "0"), sold("PLATE", "2", "0")},
			[]string{"1 BREAKFAST", "1 BREAKFAST"}, []string{"2 MUG of BREAKFAST", "1 PLATE of BREAKFAST", "2 MUG of BREAKFAST", "1 PLATE of BREAKFAST"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := linesOf(map[string]any{"OrderItems": test.items})
			require.NoError(t, err)
			whole := besideBundles(lines, breakfast)
			assert.Equal(t, test.whole, told(whole))
			assert.Equal(t, test.opened, told(takenApart(whole, breakfast)))
		})
	}
	for _, quantity := range []string{"1.5", "-1", "many"} {
		_, err := linesOf(map[string]any{"OrderNumber": "W-1", "OrderItems": []any{sold("MUG", quantity, "1")}})
		assert.ErrorContains(t, err, "order W-1, SKU MUG: quantity "+quantity)
	}
}

func told(lines []orderLine) []string {
	var found []string
	for _, line := range lines {
		text := fmt.Sprintf("%d %s", line.quantity, line.sku)
		if line.bundle != "" {
			text += " of " + line.bundle
		}
		found = append(found, text)
	}
	return found
}

func TestSharesOfABundle(t *testing.T) {
	share := func(percent ...string) []string {
		var parts []part
		sum := decimal.Zero
		for i, p := range percent {
			parts = append(parts, part{each: int64(i + 1), share: decimal.RequireFromString(p)})
			sum = sum.Add(parts[i].share)
		}
		var shares []string
		for _, p := range shared(parts, sum, int64(len(percent)*(len(percent)+1)/2)) {
			shares = append(shares, p.share.String())
		}
		return shares
	}
	assert.Equal(t, []string{"0.625", "0.375"}, share("62.5", "37.5"), "percentages that come to a hundred")
	assert.Equal(t, []string{"0.333333", "0.666667"}, share("62.5", "37"), "others say nothing: one piece and two")
	assert.Equal(t, []string{"0.166667", "0.333333", "0.5"}, share("0", "0", "0"))
}

// moves is a Mintsoft whose transfers made these orders.
type moves struct {
	orders map[int]int // by transfer
	asked  []string    // since when the list was asked for
}

// RoundTrip implements http.RoundTripper.
func (m *moves) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := any([]any{})
	switch r.URL.Path {
	case "/api/Warehouse", "/Warehouses":
		answer = []any{map[string]any{"ID": 3, "Name": "Main", "Code": "MAIN", "WarehouseCode": "MAIN"}}
	case "/api/WarehouseTransfer/List":
		m.asked = append(m.asked, r.URL.Query().Get("SinceLastUpdated"))
		rows := []any{}
		for transfer, order := range m.orders {
			rows = append(rows, map[string]any{"ID": transfer, "OrderId": order})
		}
		answer = append(rows, map[string]any{"ID": 99, "OrderId": nil})
	}
	body, err := json.Marshal(answer)
	header := http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(string(body))), Request: r}, err
}

func TestTransferOfAnOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := &moves{orders: map[int]int{31: 700}}
		c := connectTo(t, service)
		ask := func(id int, made time.Time) any {
			order := map[string]any{"ID": json.Number(fmt.Sprint(id))}
			if !made.IsZero() {
				order["OrderDate"] = made.In(c.MintsoftZone()).Format("2006-01-02T15:04:05")
			}
			found, err := lookTransferOrder(t.Context(), c, component.Source{}, map[string]any{"Order": order})
			require.NoError(t, err)
			return found
		}
		old := time.Now().Add(-time.Hour)
		assert.Equal(t, "31", ask(700, old))
		for range 100 {
			assert.Nil(t, ask(701, old))
		}
		assert.Len(t, service.asked, 1, "a list that is younger than an order knows its transfer")

		service.orders[32] = 702
		assert.Equal(t, "32", ask(702, time.Now()), "a young order's may have come since")
		<-time.After(2 * time.Minute)
		service.orders[33] = 703
		assert.Nil(t, ask(703, old))
		assert.Equal(t, "33", ask(703, time.Time{}), "of an order without a date nothing is known")
	})
}
