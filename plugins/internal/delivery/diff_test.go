package delivery

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func number(text string) json.Number { return json.Number(text) }

func TestDiff(t *testing.T) {
	for name, test := range map[string]struct {
		before, after string
		changes       []Change
	}{
		"nothing differs":                            {`{"a":"x"}`, `{"a":"x"}`, nil},
		"there was nothing":                          {``, `{"a":"x"}`, []Change{{"a", nil, "x"}}},
		"there was something that is no JSON":        {`<html>`, `{"a":"x"}`, []Change{{"a", nil, "x"}}},
		"a text":                                     {`{"a":"x"}`, `{"a":"y"}`, []Change{{"a", "x", "y"}}},
		"a truth":                                    {`{"a":false}`, `{"a":true}`, []Change{{"a", false, true}}},
		"a number":                                   {`{"a":1}`, `{"a":1.01}`, []Change{{"a", number("1"), number("1.01")}}},
		"numbers of one value":                       {`{"a":1.50,"b":100,"c":-0}`, `{"a":1.5,"b":1e2,"c":0}`, nil},
		"numbers that a float cannot tell apart":     {`{"a":10000000000000001}`, `{"a":10000000000000002}`, []Change{{"a", number("10000000000000001"), number("10000000000000002")}}},
		"a number and the same as text":              {`{"a":1}`, `{"a":"1"}`, []Change{{"a", number("1"), "1"}}},
		"null and nothing are one":                   {`{"a":null}`, `{"b":null}`, nil},
		"a field that is left out is not changed":    {`{"a":"x","b":"y"}`, `{"a":"x"}`, nil},
		"a nested field":                             {`{"a":{"b":{"c":"x","d":1}}}`, `{"a":{"b":{"c":"y"}}}`, []Change{{"a.b.c", "x", "y"}}},
		"an element of a list":                       {`{"a":[{"b":1},{"b":2}]}`, `{"a":[{"b":1},{"b":3}]}`, []Change{{"a[1].b", number("2"), number("3")}}},
		"an element that came":                       {`{"a":["x"]}`, `{"a":["x","y"]}`, []Change{{"a[1]", nil, "y"}}},
		"elements that went: a list is sent whole":   {`{"a":["x","y",{"b":1,"c":2}]}`, `{"a":["x"]}`, []Change{{"a[1]", "y", nil}, {"a[2].b", number("1"), nil}, {"a[2].c", number("2"), nil}}},
		"all elements went":                          {`{"a":[1]}`, `{"a":[]}`, []Change{{"a[0]", number("1"), nil}}},
		"an element of a list in a list went":        {`{"a":[{"b":[1,2]}]}`, `{"a":[{"b":[1]}]}`, []Change{{"a[0].b[1]", number("2"), nil}}},
		"a list that is left out is not changed":     {`{"a":[1,2],"b":1}`, `{"b":1}`, nil},
		"an object where a text was":                 {`{"a":"x"}`, `{"a":{"b":"x"}}`, []Change{{"a.b", nil, "x"}}},
		"the fields come in the order of their name": {`{}`, `{"c":1,"a":1,"b":1}`, []Change{{"a", nil, number("1")}, {"b", nil, number("1")}, {"c", nil, number("1")}}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.changes, Diff([]byte(test.before), []byte(test.after)))
		})
	}
}

func TestSummaryIsALineForAPerson(t *testing.T) {
	assert.Equal(t, "nothing that is sent", summary(nil))
	assert.Equal(t, `Name "a b" → "ä", Quantity 2 → 3, Comments (none) → "", Active true → (none)`, summary([]Change{
		{"Name", "a b", "ä"}, {"Quantity", number("2"), number("3")}, {"Comments", nil, ""}, {"Active", true, nil},
	}))
}

func TestTheDifferenceLooksBothWays(t *testing.T) {
	for name, test := range map[string]struct{ before, after, difference string }{
		"what is not sent any more":          {`{"a":1,"b":"x"}`, `{"a":1}`, `b "x" → (none)`},
		"what is sent newly":                 {`{"a":1}`, `{"a":1,"b":"x"}`, `b (none) → "x"`},
		"what changed is told once":          {`{"a":[1,2]}`, `{"a":[3]}`, `a[0] 1 → 3, a[1] 2 → (none)`},
		"another spelling of the same value": {`{"a":1.0}`, `{"a":1}`, "nothing that is sent"},
		"what was sent is gone":              {``, `{"a":1}`, "what was sent then is not kept any more"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.difference, difference([]byte(test.before), []byte(test.after)))
		})
	}
}

func TestTheHashOfABodyIsStable(t *testing.T) {
	// The ledgers of our users hold this very hash.
	assert.Equal(t, "fc136b903978d9f22331ea357e0d0919", hashOf([]byte(`{"OrderNumber":"UNL-SO-1"}`)))
	encode := func(fields map[string]any) []byte {
		raw, err := json.Marshal(fields)
		require.NoError(t, err)
		return raw
	}
	first := encode(map[string]any{"a": json.Number("1.50"), "b": "x", "c": []any{map[string]any{"d": 1, "e": 2}}})
	second := encode(map[string]any{"c": []any{map[string]any{"e": 2, "d": 1}}, "b": "x", "a": json.Number("1.50")})
	assert.Equal(t, hashOf(first), hashOf(second), "whatever order a mapping sets the fields in")
	assert.NotEqual(t, hashOf(first), hashOf(encode(map[string]any{"a": json.Number("1.51"), "b": "x"})))
}
