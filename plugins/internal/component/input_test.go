package component

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
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
		"a resource unknown":          {"connection: main, resource: Ordres", "value Ordres is not a valid option for this field"},
		"a page that is too large":    {"connection: main, resource: Orders, page_size: 501", "expected a page size from 0 to 500"},
		"a page below zero":           {"connection: main, resource: Orders, page_size: -1", "expected a page size from 0 to 500"},
		"a scope unknown":             {"connection: main, resource: Orders, scope: world", "value world is not a valid option for this field"},
		"a key unknown":               {"connection: main, resource: Orders, pagesize: 5", "field pagesize not recognised"},
		"no resource":                 {"connection: main", "field resource is required"},
		"no connection":               {"resource: Orders", "field connection is required"},
		"a query that is no mapping":  {"connection: main, resource: Orders, query: 'root ='", "expected whitespace"},
		"a choice that is no mapping": {"connection: main, resource: Orders, chosen_by: 'root ='", "expected whitespace"},
		"a since that is no mapping":  {"connection: main, resource: Orders, since: 'root ='", "expected whitespace"},
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

// rows is a list that has one page.
type rows []polling.Item

func (r rows) Page(context.Context, time.Time, int) (polling.Page, error) {
	return polling.Page{Items: r, Count: len(r), Last: true}, nil
}

func (r rows) Fetch(_ context.Context, id string) (polling.Item, error) {
	if polling.IsNameless(id) {
		return polling.Item{}, polling.ErrNameless
	}
	return polling.Item{}, polling.ErrGone
}

// reading is an input of a list that has these rows.
func reading(t *testing.T, o *office, list rows) *input {
	t.Helper()
	fields, err := shop.InputSpec().ParseYAML("connection: main\nresource: Orders", nil)
	require.NoError(t, err)
	config := inputConfig{connection: "main", pipeline: "order_import", resource: Resource{Name: "Orders", Open: func(*connection.Connection, map[string]any, int) (polling.Source, error) {
		return list, nil
	}}}
	config.enabled, err = fields.FieldInterpolatedString(FieldEnabled)
	require.NoError(t, err)
	config.interval, err = fields.FieldInterpolatedString(fieldInterval)
	require.NoError(t, err)
	in := &input{system: shop, config: config, res: o.resources()}
	require.NoError(t, in.Connect(t.Context()))
	return in
}

// TestAnInputWhoseLedgerFailsSaysWhy: its disk is full, say.
func TestAnInputWhoseLedgerFailsSaysWhy(t *testing.T) {
	o := newOffice(t)
	in := reading(t, o, rows{{ID: "1", Body: map[string]any{"ID": 1}}})
	require.NoError(t, o.Ledger.Close())
	_, _, err := in.Read(t.Context())
	require.Error(t, err)
	assert.Equal(t, err, o.flow().State().Err)
}

func TestARowThatIsNoRecordIsADeadLetterAndHoldsNothingUp(t *testing.T) {
	o := newOffice(t, func(options *connection.OpenOptions) { options.Once = true })
	for range 2 {
		in := reading(t, o, rows{
			{ID: "1", Body: map[string]any{"ID": 1}},
			polling.Nameless("SO-2", map[string]any{"OrderNumber": "SO-2"}, errors.New("a row of Orders has no ID")),
			polling.Nameless("", "<html>", errors.New("a row of Orders is a text")),
			{ID: "3", Body: map[string]any{"ID": 3}},
		})
		var read []any
		for {
			msg, ack, err := in.Read(t.Context())
			if errors.Is(err, service.ErrEndOfInput) {
				break
			}
			require.NoError(t, err)
			read = append(read, object(t, msg))
			require.NoError(t, ack(t.Context(), nil))
		}
		require.NoError(t, in.Close(t.Context()))
		assert.Equal(t, []any{map[string]any{"ID": 1.0}, map[string]any{"ID": 3.0}}, read)
		letters := o.letters(t)
		require.Len(t, letters, 2, "each is filed once, however often it is read")
		for _, letter := range letters {
			assert.Equal(t, ledger.ClassUnmappable, letter.Class)
			assert.Contains(t, letter.Reason, "a row of Orders")
			assert.Equal(t, "main_order_import", letter.Stream)
		}
		cursor, exists, err := o.Ledger.Cursor(t.Context(), cursorKey(t, o))
		require.NoError(t, err)
		assert.True(t, exists, "the run ended well")
		assert.Empty(t, cursor.Seen)
	}
}

func cursorKey(t *testing.T, o *office) string {
	t.Helper()
	conn, err := o.Connection("main")
	require.NoError(t, err)
	identity, err := conn.Identity(t.Context())
	require.NoError(t, err)
	return identity.Pair + "/order_import"
}

func asking(t *testing.T) *service.Message {
	o := newOffice(t)
	conn, err := o.Connection("main")
	require.NoError(t, err)
	return Asking(conn, map[string]any{"general": map[string]any{"import_orders_since": "2026-01-31"}, "mintsoft": map[string]any{"client_id": int64(3)}})
}

func TestTheFirstRunStartsAtTheMomentThatAMappingNames(t *testing.T) {
	ask := asking(t)
	auckland, err := time.LoadLocation("Pacific/Auckland")
	require.NoError(t, err)
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	there := time.Date(2026, 1, 30, 11, 0, 0, 0, time.UTC)
	for mapping, test := range map[string]struct {
		at   time.Time
		says string
	}{
		`root = null`:      {},
		`root = ""`:        {},
		`root = deleted()`: {},
		`root = @settings.general.import_orders_since`: {at: there},
		`root = "2026-01-31T01:00:00+01:00"`:           {at: day},
		`root = "2026-01-31T00:00:00"`:                 {at: there},
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
			at, err := moment(executor, ask, auckland)
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.at, at)
		})
	}
}

func TestAChoiceIsTheSameTextForTheSameAnswer(t *testing.T) {
	ask := asking(t)
	for mapping, test := range map[string]struct{ text, says string }{
		`root = null`:      {},
		`root = deleted()`: {},
		`root = @settings.general.import_orders_since`: {text: "2026-01-31"},
		"root.b = [ 1, true ]\nroot.a = \"x\"":         {text: `{"a":"x","b":[1,true]}`},
		`root = throw("no setting")`:                   {says: "no setting"},
	} {
		t.Run(mapping, func(t *testing.T) {
			executor, err := bloblang.Parse(mapping)
			require.NoError(t, err)
			text, err := choice(executor, ask)
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.text, text)
		})
	}
	text, err := choice(nil, ask)
	require.NoError(t, err)
	assert.Empty(t, text)
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
