package component

import (
	"testing"
	"time"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withShop is the engine with the shop's input, and nothing to log.
func withShop(t *testing.T) *service.StreamBuilder {
	t.Helper()
	env := service.GlobalEnvironment().Clone()
	require.NoError(t, env.RegisterInput("shop", shop.InputSpec(), shop.NewInput))
	return env.NewStreamBuilder()
}

func TestFieldsOfAnInputThatAreWrong(t *testing.T) {
	for name, test := range map[string]struct{ fields, says string }{
		"a resource unknown":         {"connection: main, resource: Ordres", "value Ordres is not a valid option for this field"},
		"a page that is too large":   {"connection: main, resource: Orders, page_size: 501", "expected a page size from 0 to 500"},
		"a page below zero":          {"connection: main, resource: Orders, page_size: -1", "expected a page size from 0 to 500"},
		"a scope unknown":            {"connection: main, resource: Orders, scope: world", "value world is not a valid option for this field"},
		"a key unknown":              {"connection: main, resource: Orders, pagesize: 5", "field pagesize not recognised"},
		"no resource":                {"connection: main", "field resource is required"},
		"no connection":              {"resource: Orders", "field connection is required"},
		"a query that is no mapping": {"connection: main, resource: Orders, query: 'root ='", "expected whitespace"},
		"a since that is no mapping": {"connection: main, resource: Orders, since: 'root ='", "expected whitespace"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, withShop(t).AddInputYAML("label: a\nshop: {"+test.fields+"}"), test.says)
		})
	}
	assert.NoError(t, withShop(t).AddInputYAML("label: a\nshop: {connection: main, resource: Orders, page_size: 500, lookback: 0s}"))
}

func TestAnInputThatLintLetThroughIsRefusedWhenItStarts(t *testing.T) {
	for name, test := range map[string]struct{ input, says string }{
		"no label":                   {"shop: {connection: main, resource: Orders}", "expected a label"},
		"a lookback below zero":      {"label: a\n  shop: {connection: main, resource: Orders, lookback: -1s}", "field lookback: found -1s, expected a duration of at least 0s"},
		"a lookback that is no time": {"label: a\n  shop: {connection: main, resource: Orders, lookback: soon}", "soon"},
		"a page too large":           {"label: a\n  shop: {connection: main, resource: Orders, page_size: 900}", "field page_size: found 900, expected 0 to 500"},
	} {
		t.Run(name, func(t *testing.T) {
			builder := withShop(t)
			builder.DisableLinting()
			require.NoError(t, builder.SetYAML("input:\n  "+test.input+"\noutput: { drop: {} }\nlogger: { level: NONE }\n"))
			stream, err := builder.Build()
			require.NoError(t, err)
			assert.ErrorContains(t, stream.Run(t.Context()), test.says)
		})
	}
}

func asking(t *testing.T) *service.Message {
	o := newOffice(t)
	conn, err := o.Connection("main")
	require.NoError(t, err)
	return Asking(conn, map[string]any{"general": map[string]any{"import_orders_since": "2026-01-31"}, "mintsoft": map[string]any{"client_id": int64(3)}})
}

func TestTheFirstRunStartsAtTheMomentThatAMappingNames(t *testing.T) {
	ask := asking(t)
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for mapping, test := range map[string]struct {
		at   time.Time
		says string
	}{
		`root = null`:      {},
		`root = ""`:        {},
		`root = deleted()`: {},
		`root = @settings.general.import_orders_since`: {at: day},
		`root = "2026-01-31T01:00:00+01:00"`:           {at: day},
		`root = "2026-01-31T00:00:00"`:                 {at: day},
		`root = "2026-01-31T00:00:00.5Z"`:              {at: day.Add(time.Second / 2)},
		`root = "2026-01-31".ts_parse("2006-01-02")`:   {at: day},
		`root = 1769817600`:                            {at: day},
		`root = "31.1.2026"`:                           {says: "found 31.1.2026, expected a timestamp such as 2026-01-31T00:00:00Z"},
		`root = {"a": 1}`:                              {says: "expected a timestamp"},
		`root = true`:                                  {says: "expected a timestamp"},
		`root = throw("no date")`:                      {says: "no date"},
	} {
		t.Run(mapping, func(t *testing.T) {
			executor, err := bloblang.Parse(mapping)
			require.NoError(t, err)
			at, err := moment(executor, ask)
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.at, at)
		})
	}
}

func TestAQueryIsAnObjectOfFilters(t *testing.T) {
	ask := asking(t)
	for mapping, test := range map[string]struct {
		query map[string]any
		says  string
	}{
		`root.ClientId = @settings.mintsoft.client_id`: {query: map[string]any{"ClientId": int64(3)}},
		`root = {}`:        {query: map[string]any{}},
		`root = deleted()`: {},
		`root = ["a"]`:     {says: "found []interface {}, expected an object of filters"},
		`root = null`:      {says: "found <nil>, expected an object of filters"},
	} {
		t.Run(mapping, func(t *testing.T) {
			executor, err := bloblang.Parse(mapping)
			require.NoError(t, err)
			query, err := queryObject(executor, ask)
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.query, query)
		})
	}
}
