package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// wantItem is an item that is wanted for a line of the source.
func wantItem(line, sku string, quantity int, lot ...string) any {
	values := []any{map[string]any{"Name": "unleashed_line", "Value": line}, map[string]any{"Name": "LineNumber", "Value": "1"}}
	for _, l := range lot {
		values = append(values, map[string]any{"Name": "lot", "Value": l})
	}
	return map[string]any{"SKU": sku, "Quantity": json.Number(fmt.Sprint(quantity)), "UnitPrice": json.Number("9.5"), "OrderItemNameValues": values}
}

// itemOf is an item that an order has, for a line or, without one, for nobody's.
func itemOf(t *testing.T, id int64, line, sku string, quantity int, lot ...string) orderItem {
	t.Helper()
	raw, err := json.Marshal(wantItem(line, sku, quantity, lot...))
	require.NoError(t, err)
	var item orderItem
	require.NoError(t, json.Unmarshal(raw, &item))
	if item.ID = id; line == "" {
		item.OrderItemNameValues = nil
	}
	return item
}

func TestItemSteps(t *testing.T) {
	mugs, bowls := itemOf(t, 1, "a", "MUG", 2), itemOf(t, 2, "b", "BOWL", 1)
	for name, test := range map[string]struct {
		has    []orderItem
		wanted []any
		says   []string
		calls  []string
	}{
		"nothing differs": {
			[]orderItem{mugs, bowls}, []any{wantItem("b", "BOWL", 1), wantItem("a", "MUG", 2)}, nil, nil,
		},
		"a line is added": {
			[]orderItem{mugs}, []any{wantItem("a", "MUG", 2), wantItem("b", "BOWL", 1)},
			[]string{"adding 1 x BOWL"}, []string{"PUT /api/Order/7/Items"},
		},
		"a quantity changes": {
			[]orderItem{mugs}, []any{wantItem("a", "MUG", 3)},
			[]string{"changing MUG from 2 to 3"}, []string{"POST /api/Order/7/Items/1"},
		},
		"a line goes": {
			[]orderItem{mugs, bowls}, []any{wantItem("a", "MUG", 2)},
			[]string{"removing 1 x BOWL"}, []string{"DELETE /api/Order/7/Items/2"},
		},
		"all lines change: an order is never empty in between": {
			[]orderItem{mugs}, []any{wantItem("c", "MUG", 2)},
			[]string{"adding 2 x MUG", "removing 2 x MUG"}, []string{"PUT /api/Order/7/Items", "DELETE /api/Order/7/Items/1"},
		},
		"another product on the same line is another item": {
			[]orderItem{mugs}, []any{wantItem("a", "CUP", 2)},
			[]string{"adding 2 x CUP", "removing 2 x MUG"}, []string{"PUT /api/Order/7/Items", "DELETE /api/Order/7/Items/1"},
		},
		"a SKU that Mintsoft writes otherwise is the same": {
			[]orderItem{mugs}, []any{wantItem("a", "mug", 2)}, nil, nil,
		},
		"the same product on two lines is two items": {
			[]orderItem{mugs, itemOf(t, 2, "b", "MUG", 5)}, []any{wantItem("a", "MUG", 2), wantItem("b", "MUG", 4)},
			[]string{"changing MUG from 5 to 4"}, []string{"POST /api/Order/7/Items/2"},
		},
		"a line has one item for each lot": {
			[]orderItem{itemOf(t, 1, "a", "TEA", 1, "L1"), itemOf(t, 2, "a", "TEA", 2, "L2")},
			[]any{wantItem("a", "TEA", 2, "L2"), wantItem("a", "TEA", 3, "L3")},
			[]string{"adding 3 x TEA (L3)", "removing 1 x TEA (L1)"}, []string{"PUT /api/Order/7/Items", "DELETE /api/Order/7/Items/1"},
		},
		"what is nobody's line is left alone": {
			[]orderItem{mugs, itemOf(t, 9, "", "LEAFLET", 1)}, []any{wantItem("a", "MUG", 2)}, nil, nil,
		},
		"the same product on nobody's line is not taken for ours": {
			[]orderItem{itemOf(t, 9, "", "MUG", 2)}, []any{wantItem("a", "MUG", 2)},
			[]string{"adding 2 x MUG"}, []string{"PUT /api/Order/7/Items"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			steps, err := itemSteps("7", test.has, map[string]any{"OrderItems": test.wanted}, nil)
			require.NoError(t, err)
			var says, calls []string
			for _, s := range steps {
				says, calls = append(says, s.says), append(calls, s.call.Method+" "+s.call.Path)
				assert.True(t, s.call.Write)
			}
			assert.Equal(t, test.says, says)
			assert.Equal(t, test.calls, calls)
		})
	}
	t.Run("quantities are compared by value", func(t *testing.T) {
		var item orderItem
		require.NoError(t, json.Unmarshal([]byte(`{"ID":1,"SKU":"MUG","Quantity":2.0,"OrderItemNameValues":[{"Name":"unleashed_line","Value":"a"},{"Name":"note","Value":null}]}`), &item))
		steps, err := itemSteps("7", []orderItem{item}, map[string]any{"OrderItems": []any{wantItem("a", "MUG", 2)}}, nil)
		require.NoError(t, err)
		assert.Empty(t, steps)
	})
}

func TestItemsThatCannotBeWanted(t *testing.T) {
	for name, test := range map[string]struct {
		wanted any
		words  string
	}{
		"none":                  {[]any{}, "an order cannot be empty"},
		"no list":               {"MUG", "an order cannot be empty"},
		"an item of no line":    {[]any{map[string]any{"SKU": "MUG", "Quantity": json.Number("1")}}, "item MUG: found no name-value unleashed_line"},
		"a quantity of letters": {[]any{map[string]any{"SKU": "MUG", "Quantity": "many"}}, "reading an item that is wanted"},
		"no object":             {[]any{"MUG"}, "reading an item that is wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := itemSteps("7", nil, map[string]any{"OrderItems": test.wanted}, nil)
			require.ErrorContains(t, err, test.words)
			assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err), "trying again would not help")
		})
	}
}

// oneOrder is a Mintsoft with one order, whose items requests change.
type oneOrder struct {
	items    []map[string]any
	products []map[string]any
	refuses  map[string]string // messages by a text in the body or path of a write
	status   map[string]int    // statuses by the same
	loses    int               // the number of the write whose answer is lost, from 1
	slow     time.Duration     // how long a write takes
	writes   []string
}

// RoundTrip implements http.RoundTripper.
func (f *oneOrder) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	answer, status := f.answer(r.Method, r.URL.Path, body), http.StatusOK
	if r.Method != "GET" {
		<-time.After(f.slow)
		for text, code := range f.status {
			if strings.Contains(r.URL.Path+string(body), text) {
				status, answer = code, nil
			}
		}
		if len(f.writes) == f.loses {
			return nil, errors.New("connection reset")
		}
	}
	raw, err := json.Marshal(answer)
	if status != http.StatusOK {
		raw = nil
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(raw))), Request: r}, err
}

func (f *oneOrder) answer(method, path string, body []byte) any {
	switch {
	case path == "/api/Warehouse", path == "/Warehouses":
		return []any{map[string]any{"ID": 3, "Code": "MAIN", "Name": "Main", "WarehouseCode": "MAIN"}}
	case path == "/api/Product/List":
		return f.products
	case method == "GET":
		return map[string]any{"ID": 7, "OrderNumber": "SS-7", "OrderItems": f.items}
	}
	f.writes = append(f.writes, method+" "+path)
	for text, message := range f.refuses {
		if strings.Contains(path+string(body), text) {
			return map[string]any{"Success": false, "Message": message}
		}
	}
	f.change(method, path, body)
	return map[string]any{"Success": true, "Message": "done", "ID": 1}
}

func (f *oneOrder) change(method, path string, body []byte) {
	id := path[strings.LastIndex(path, "/")+1:]
	at := slices.IndexFunc(f.items, func(i map[string]any) bool { return fmt.Sprint(i["ID"]) == id })
	var sent map[string]any
	_ = component.DecodeJSON(body, &sent)
	switch method {
	case "PUT":
		sent["ID"] = 100 + len(f.writes)
		f.items = append(f.items, sent)
	case "POST":
		f.items[at]["Quantity"] = sent["Quantity"]
	case "DELETE":
		f.items = slices.Delete(f.items, at, at+1)
	}
}

// has puts an item of a line into the order.
func (f *oneOrder) has(id int, line, sku string, quantity int) {
	item := wantItem(line, sku, quantity).(map[string]any)
	if item["ID"] = id; line == "" {
		item["OrderItemNameValues"] = nil
	}
	f.items = append(f.items, item)
}

// stands are the order's items in words.
func (f *oneOrder) stands() []string {
	var found []string
	for _, i := range f.items {
		found = append(found, fmt.Sprintf("%v x %v", i["Quantity"], i["SKU"]))
	}
	return found
}

// connectTo is a connection to a Mintsoft.
func connectTo(t *testing.T, service http.RoundTripper) *connection.Connection {
	t.Helper()
	file, err := connection.Parse("test.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {api_id: a, api_key: b, warehouse_code: MAIN}
    mintsoft: {api_key: c, warehouse: MAIN, client: '12', requests_per_second: 1000}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Transport: service})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	c, err := book.Connection("main")
	require.NoError(t, err)
	return c
}

func setAll(ctx context.Context, c *connection.Connection, items ...any) (delivery.Answer, error) {
	return setItems(ctx, c, map[string]any{"ID": json.Number("7"), "OrderItems": items})
}

func TestSetItems(t *testing.T) {
	t.Run("adds, changes and removes, and leaves what is nobody's line alone", func(t *testing.T) {
		f := &oneOrder{}
		f.has(1, "a", "MUG", 2)
		f.has(2, "b", "BOWL", 1)
		f.has(3, "", "LEAFLET", 1)
		answer, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 3), wantItem("c", "LID", 1))
		require.NoError(t, err)
		assert.Equal(t, []string{"3 x MUG", "1 x LEAFLET", "1 x LID"}, f.stands())
		assert.Equal(t, []string{"POST /api/Order/7/Items/1", "PUT /api/Order/7/Items", "DELETE /api/Order/7/Items/2"}, f.writes)
		assert.Equal(t, delivery.Answer{ID: "7", Ref: "SS-7"}, answer)
	})
	t.Run("writes nothing when the items stand", func(t *testing.T) {
		f := &oneOrder{}
		f.has(1, "a", "MUG", 2)
		_, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 2))
		require.NoError(t, err)
		assert.Empty(t, f.writes)
	})
	t.Run("what is refused is named line by line, and the rest is done", func(t *testing.T) {
		f := &oneOrder{refuses: map[string]string{"GHOST": "Product with SKU 'GHOST' could not be found", "Items/2": "The item is picked"}}
		f.has(1, "a", "MUG", 2)
		f.has(2, "b", "BOWL", 1)
		_, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 3), wantItem("c", "GHOST", 1))
		assert.EqualError(t, err, "mintsoft order.set_items: refused: adding 1 x GHOST: Product with SKU 'GHOST' could not be found; removing 1 x BOWL: The item is picked")
		assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
		assert.Equal(t, []string{"3 x MUG", "1 x BOWL"}, f.stands())
		assert.False(t, waitsForProducts(t, err), "the product alone does not mend it")
	})
	t.Run("a refusal that says it is there already is one, since the item was looked for", func(t *testing.T) {
		f := &oneOrder{refuses: map[string]string{"LID": "Item already exists"}}
		f.has(1, "a", "MUG", 2)
		_, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 2), wantItem("c", "LID", 1))
		require.ErrorContains(t, err, "adding 1 x LID: Item already exists")
		assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
	})
	t.Run("waits for a product when nothing else is refused", func(t *testing.T) {
		f := &oneOrder{refuses: map[string]string{"NEW-1": "Product with SKU 'NEW-1' could not be found"}}
		f.has(1, "a", "MUG", 2)
		_, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 1), wantItem("c", "NEW-1", 1))
		assert.True(t, waitsForProducts(t, err))
	})
	t.Run("a status that forbids it is no reason to wait", func(t *testing.T) {
		f := &oneOrder{refuses: map[string]string{"Items": "The order cannot be edited in status PRINTED"}}
		f.has(1, "a", "MUG", 2)
		_, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 1))
		require.Error(t, err)
		assert.False(t, waitsForProducts(t, err))
	})
	t.Run("a refused key is the account's, and the rest is not tried", func(t *testing.T) {
		f := &oneOrder{status: map[string]int{"Items": http.StatusForbidden}}
		f.has(1, "a", "MUG", 2)
		_, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 1), wantItem("c", "LID", 1))
		require.ErrorIs(t, err, apihttp.ErrCredentials)
		assert.Len(t, f.writes, 1)
	})
}

// waitsForProducts says whether a refusal waits for products.
func waitsForProducts(t *testing.T, err error) bool {
	t.Helper()
	var refusal *apihttp.Error
	require.ErrorAs(t, err, &refusal)
	return itemsWaitForProduct(refusal, nil)
}

func TestBundlesAreNotDoubled(t *testing.T) {
	bundles := []map[string]any{{"ID": 1, "ClientId": 12, "SKU": "HAMPER", "Bundle": true}, {"ID": 2, "ClientId": 12, "SKU": "LID", "Bundle": false}}
	t.Run("a bundle whose components may stand there already is not added", func(t *testing.T) {
		f := &oneOrder{products: bundles}
		f.has(1, "", "BOARD", 1)
		f.has(2, "a", "MUG", 2)
		_, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 2), wantItem("b", "HAMPER", 1), wantItem("c", "LID", 1))
		require.ErrorContains(t, err, "adding 1 x HAMPER: it is a bundle, and Mintsoft may show it as its components already")
		assert.Equal(t, []string{"1 x BOARD", "2 x MUG", "1 x LID"}, f.stands())
		assert.False(t, waitsForProducts(t, err))
	})
	t.Run("where each item stands for a line it is", func(t *testing.T) {
		f := &oneOrder{products: bundles}
		f.has(2, "a", "MUG", 2)
		_, err := setAll(t.Context(), connectTo(t, f), wantItem("a", "MUG", 2), wantItem("b", "HAMPER", 1))
		require.NoError(t, err)
		assert.Equal(t, []string{"2 x MUG", "1 x HAMPER"}, f.stands())
	})
}

func TestItemChangesAreSaidInWords(t *testing.T) {
	f := &oneOrder{}
	f.has(1, "a", "MUG", 2)
	f.has(2, "b", "BOWL", 1)
	c := connectTo(t, f)
	order, err := component.Plain(map[string]any{"ID": 7, "OrderItems": f.items})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		order  any
		wanted []any
		says   any
	}{
		"what differs":  {order, []any{wantItem("a", "MUG", 5), wantItem("c", "LID", 1)}, []any{"changing MUG from 2 to 5", "adding 1 x LID", "removing 1 x BOWL"}},
		"nothing":       {order, []any{wantItem("a", "MUG", 2), wantItem("b", "BOWL", 1)}, []any{}},
		"without items": {map[string]any{"OrderItems": nil}, []any{wantItem("a", "MUG", 2)}, []any{"adding 2 x MUG"}},
	} {
		t.Run(name, func(t *testing.T) {
			says, err := lookItemChanges(t.Context(), c, component.Source{}, map[string]any{"Order": test.order, "OrderItems": test.wanted})
			require.NoError(t, err)
			assert.Equal(t, test.says, says)
		})
	}
	_, err = lookItemChanges(t.Context(), c, component.Source{}, map[string]any{"Order": map[string]any{"OrderItems": "many"}, "OrderItems": []any{wantItem("a", "MUG", 2)}})
	assert.ErrorContains(t, err, "reading the order")
}

func TestDryRunsShowItemsLineByLine(t *testing.T) {
	f := &oneOrder{}
	f.has(1, "b", "BOWL", 1)
	f.has(2, "", "LEAFLET", 1)
	f.has(3, "a", "MUG", 2)
	wanted := []any{wantItem("a", "MUG", 5), wantItem("c", "LID", 1)}
	before, err := currentItems(t.Context(), connectTo(t, f), map[string]any{"ID": json.Number("7"), "OrderItems": wanted})
	require.NoError(t, err)
	after, err := json.Marshal(map[string]any{"OrderItems": wanted})
	require.NoError(t, err)
	var shown []string
	for _, change := range delivery.Diff(before, after) {
		if !strings.Contains(change.Field, "NameValues") {
			shown = append(shown, fmt.Sprintf("%s %v → %v", change.Field, change.Before, change.After))
		}
	}
	assert.Equal(t, []string{
		"OrderItems[0].Quantity 2 → 5",
		"OrderItems[1].Quantity <nil> → 1", "OrderItems[1].SKU <nil> → LID", "OrderItems[1].UnitPrice <nil> → 9.5",
		"OrderItems[2].Quantity 1 → <nil>", "OrderItems[2].SKU BOWL → <nil>",
	}, shown)
	assert.Empty(t, f.writes)
}
