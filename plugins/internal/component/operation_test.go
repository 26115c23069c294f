package component

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBuild(t *testing.T) {
	type args = map[string]any
	for name, test := range map[string]struct {
		op   Operation
		args args
		made Request
	}{
		"a placeholder is filled, the rest is the body": {
			Operation{Method: "POST", Path: "/api/Order/{ID}", Write: true}, args{"ID": json.Number("17"), "Comments": "ring", "Weight": json.Number("1.50")},
			Request{Method: "POST", Path: "/api/Order/17", Write: true, Body: json.RawMessage(`{"Comments":"ring","Weight":1.50}`)},
		},
		"an argument of the path that the body holds too": {
			Operation{Method: "PUT", Path: "/SalesOrders/{Guid}", InBody: []string{"Guid"}}, args{"Guid": "g-1", "OrderNumber": "SO-1"},
			Request{Method: "PUT", Path: "/SalesOrders/g-1", Body: json.RawMessage(`{"Guid":"g-1","OrderNumber":"SO-1"}`)},
		},
		"query parameters in their order, blank ones left out": {
			Operation{Method: "PUT", Path: "/api/Product", Query: []string{"b", "a", "c", "d"}}, args{"a": json.Number("1"), "b": "x", "c": " ", "d": nil, "SKU": "A"},
			Request{Method: "PUT", Path: "/api/Product", Query: []Pair{{"b", "x"}, {"a", "1"}}, Body: json.RawMessage(`{"SKU":"A"}`)},
		},
		"a GET has no body, even when it writes": {
			Operation{Method: "GET", Path: "/api/Order/{ID}/Cancel", Write: true}, args{"ID": 17, "Comments": "ring"},
			Request{Method: "GET", Path: "/api/Order/17/Cancel", Write: true},
		},
		"nothing left for the body is no body": {
			Operation{Method: "POST", Path: "/api/Order/{ID}"}, args{"ID": 17}, Request{Method: "POST", Path: "/api/Order/17"},
		},
		"a whole number that arithmetic made has no exponent": {
			Operation{Method: "GET", Path: "/api/Order/{ID}", Query: []string{"ClientId"}}, args{"ID": float64(12345678), "ClientId": float64(3000000)},
			Request{Method: "GET", Path: "/api/Order/12345678", Query: []Pair{{"ClientId", "3000000"}}},
		},
		"required arguments are there": {
			Operation{Method: "PUT", Path: "/api/Order", Required: []string{"OrderNumber"}}, args{"OrderNumber": "SO-1"},
			Request{Method: "PUT", Path: "/api/Order", Body: json.RawMessage(`{"OrderNumber":"SO-1"}`)},
		},
		"falsehood and zero are values": {
			Operation{Method: "PUT", Path: "/api/{A}", Required: []string{"A", "B"}}, args{"A": 0, "B": false},
			Request{Method: "PUT", Path: "/api/0", Body: json.RawMessage(`{"B":false}`)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := test.op.Build(test.args)
			require.NoError(t, err)
			assert.Equal(t, test.made, made)
			again, err := test.op.Build(test.args)
			require.NoError(t, err)
			assert.Equal(t, made, again, "the same arguments make the same bytes")
		})
	}
}

func TestBuildRefusesArgumentsWithoutAValue(t *testing.T) {
	op := Operation{Name: "order.move", Method: "POST", Path: "/api/{A}/{B}", Required: []string{"C"}}
	for name, test := range map[string]struct {
		args map[string]any
		says string
	}{
		"a required one is missing":    {map[string]any{"A": 1, "B": 2}, "order.move: the argument C has no value"},
		"a required one is null":       {map[string]any{"A": 1, "B": 2, "C": nil}, "order.move: the argument C has no value"},
		"a required one is blank":      {map[string]any{"A": 1, "B": 2, "C": " "}, "order.move: the argument C has no value"},
		"one of the path is missing":   {map[string]any{"A": 1, "C": 3}, "order.move: the argument B has no value"},
		"all of the path are missing":  {map[string]any{"C": 3}, "order.move: the argument A and B has no value"},
		"one that cannot be encoded":   {map[string]any{"A": 1, "B": 2, "C": make(chan int)}, "order.move: encoding the arguments"},
		"one of the path is empty":     {map[string]any{"A": "", "B": 2, "C": 3}, "order.move: the argument A has no value"},
		"a required list that is null": {map[string]any{"A": 1, "B": 2, "C": any(nil)}, "order.move: the argument C has no value"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := op.Build(test.args)
			assert.ErrorContains(t, err, test.says)
		})
	}
}

func TestAnySKUStandsInAPath(t *testing.T) {
	op := Operation{Method: "GET", Path: "/api/Product/{SKU}/Stock"}
	for _, sku := range []string{"A&B", "50%", "A#1", "A+B", "A/B", "A B", " A", "Größe Ü", "日本", "A?b=c", "a;b=c", `"quoted"`, "A\\B", "%2F", "{ID}"} {
		t.Run(sku, func(t *testing.T) {
			made, err := op.Build(map[string]any{"SKU": sku})
			require.NoError(t, err)
			segments := strings.Split(made.Path, "/")
			require.Len(t, segments, 5, made.Path)
			assert.Equal(t, []string{"", "api", "Product"}, segments[:3])
			assert.Equal(t, "Stock", segments[4])
			unescaped, err := url.PathUnescape(segments[3])
			require.NoError(t, err)
			assert.Equal(t, sku, unescaped)

			// A client that parses it sends these very bytes.
			parsed, err := url.Parse("https://service.example" + made.Path)
			require.NoError(t, err)
			assert.Equal(t, made.Path, parsed.EscapedPath())
			assert.Empty(t, parsed.RawQuery)
			assert.Empty(t, parsed.Fragment)
		})
	}
}

func TestCheckKey(t *testing.T) {
	for key, good := range map[string]bool{
		"sales_order/guid-1": true, "a": true, "a/b/c": true, "nullable/1": true,
		"": false, "sales_order/": false, "/guid-1": false, "a//b": false, "sales_order/null": false, "null/1": false, "sales_order/ ": false, "a/ null /b": false,
	} {
		t.Run(key, func(t *testing.T) {
			err := CheckKey(key)
			if good {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, "the record lacks what makes it unique")
			}
		})
	}
}

func TestNamesThatDoNotExistAreToldWithThoseThatDo(t *testing.T) {
	_, err := shop.Operation("order.destroy")
	assert.EqualError(t, err, `field operation: found "order.destroy", expected one of order.get, order.await, order.create, order.update, order.cancel`)
	_, err = shop.resource("Ordres")
	assert.EqualError(t, err, `field resource: found "Ordres", expected one of Orders`)
}
