package runner

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// polls is a pipeline whose input asks for the fields of a polling one; it is
// read and not built.
func polls(fields string) string {
	return "input:\n  label: orders\n  unleashed: { connection: \"${CONNECTION}\", resource: SalesOrders" + fields + " }\noutput: { exit: {} }\n"
}

const (
	wanted   = `, enabled: '${! @settings.general.import_orders }'`
	unwanted = `, enabled: '${! @settings.order_export.enabled }'`
	shared   = `, scope: accounts`
)

// shown is what a user sees of streams.
func shown(streams []Stream) []string {
	var lines []string
	for _, s := range streams {
		lines = append(lines, fmt.Sprintf("%d %s %s", s.Stage, s.Name, s.Off))
	}
	return lines
}

func TestStreamsAreEveryPipelineOfEveryConnectionInOrder(t *testing.T) {
	y := newYard(t, mainConnection+sharing+"  - {name: asleep, active: false, unleashed: {api_id: a, api_key: b, warehouse_code: C}, mintsoft: {api_key: d, warehouse: E}}\n", map[string]string{
		"stock_sync": polls(""), "order_export": polls(unwanted), "order_despatch": polls(wanted), "order_import": polls(wanted), "product_sync": polls(shared), "my_own": says("a", ""),
		"order_import_benthos_test": "tests: []",
	})
	assert.Equal(t, []string{
		"0 main_product_sync ", "0 north_product_sync runs as main_product_sync",
		"1 main_my_own ", "1 main_order_import ", "1 north_my_own ", "1 north_order_import ",
		"2 main_order_despatch ", "2 north_order_despatch ",
		"3 main_order_export off", "3 north_order_export off",
		"4 main_stock_sync ", "4 north_stock_sync ",
	}, shown(y.streams(t)))
}

func TestAFlowWithoutAWarehouseRunsAsTheFirstConnectionThatWantsIt(t *testing.T) {
	const off = "    general: {import_orders: false}\n"
	const client = "    general: {import_orders: true}\n"
	for name, test := range map[string]struct {
		connections, fields string
		streams             []string
	}{
		"the first":                   {mainConnection + sharing, wanted + shared, []string{"1 main_a ", "1 north_a runs as main_a"}},
		"the first doesn't want it":   {mainConnection + off + sharing, wanted + shared, []string{"1 main_a off", "1 north_a "}},
		"nobody wants it":             {mainConnection + off + sharing + off, wanted + shared, []string{"1 main_a off", "1 north_a off"}},
		"everybody wants it":          {mainConnection + client + sharing + client, wanted + shared, []string{"1 main_a ", "1 north_a runs as main_a"}},
		"it says nothing of wanting":  {mainConnection + off + sharing, shared, []string{"1 main_a ", "1 north_a runs as main_a"}},
		"a flow that has a warehouse": {mainConnection + sharing, wanted, []string{"1 main_a ", "1 north_a "}},
		"the accounts are not the same": {mainConnection + `  - name: south
    unleashed: {base_url: http://127.0.0.1:1, api_id: another, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: SOUTH}
`, shared, []string{"1 main_a ", "1 south_a "}},
		"the client is not the same": {mainConnection + `  - name: south
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: SOUTH}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN, client: "9"}
`, shared, []string{"1 main_a ", "1 south_a "}},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t, test.connections, map[string]string{"a": polls(test.fields)})
			assert.Equal(t, test.streams, shown(y.streams(t)))
		})
	}
}

func TestSettingsOfAConnectionThatAnotherOneRules(t *testing.T) {
	y := newYard(t, mainConnection+"    general: {sync_new_products: false, frequency: 5m}\n"+sharing, map[string]string{
		"a": polls(shared) + "# @settings.general.sync_new_products, $settings.general.sync_new_products, @settings.general.sync_product_updates\n",
		"b": polls("") + "# @settings.general.sync_new_products\n",
	})
	for _, s := range y.streams(t) {
		if s.Name == "north_a" {
			assert.Equal(t, []string{"general.sync_new_products"}, s.Overruled)
			continue
		}
		assert.Empty(t, s.Overruled, s.Name)
	}
}

func TestPipelinesThatCannotBeRead(t *testing.T) {
	for name, test := range map[string]struct {
		pipelines map[string]string
		says      string
	}{
		"none":                        {nil, "found no pipelines, expected files named <pipeline>.yaml"},
		"only tests":                  {map[string]string{"a_benthos_test": ""}, "found no pipelines"},
		"no YAML":                     {map[string]string{"a": "input: {"}, "a.yaml: yaml:"},
		"a wish that is no wish":      {map[string]string{"a": polls(`, enabled: '${! bogus() }'`)}, "a.yaml: field input.enabled:"},
		"a wish that is neither":      {map[string]string{"a": polls(`, enabled: '${! @settings.nothing }'`)}, `found "null", expected true or false: is a setting misspelt?`},
		"a variable with no time":     {map[string]string{"a": polls(`, interval: "${POLL_EVERY:whenever}"`)}, `a.yaml: field input.interval: parsing interval "whenever"`},
		"a time that is none":         {map[string]string{"a": polls(`, interval: whenever`)}, `a.yaml: field input.interval: parsing interval "whenever": expected a duration`},
		"mistakes in two files":       {map[string]string{"a": polls(`, enabled: maybe`), "b": polls(`, interval: whenever`)}, "b.yaml: field input.interval"},
		"a wish that comes to nought": {map[string]string{"a": polls(`, enabled: '${! throw("no idea") }'`)}, "no idea"},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t, mainConnection, test.pipelines)
			_, err := Streams(t.Context(), y.Book, y.folder)
			assert.ErrorContains(t, err, test.says)
		})
	}
}

func TestOnly(t *testing.T) {
	y := newYard(t, mainConnection+sharing, map[string]string{"stock_sync": polls(""), "order_import": polls(""), "order_export": polls("")})
	for name, test := range map[string]struct {
		patterns []string
		kept     []string
		says     string
	}{
		"everything":               {nil, []string{"main_order_import", "north_order_import", "main_order_export", "north_order_export", "main_stock_sync", "north_stock_sync"}, ""},
		"one by its name":          {[]string{"main_order_import"}, []string{"main_order_import"}, ""},
		"several, in their order":  {[]string{"*_stock_*", "main_order_*"}, []string{"main_order_import", "main_order_export", "main_stock_sync", "north_stock_sync"}, ""},
		"one that is named twice":  {[]string{"main_o*", "*_order_import"}, []string{"main_order_import", "north_order_import", "main_order_export"}, ""},
		"one pattern matches none": {[]string{"main_*", "south_*"}, nil, `"south_*": no stream matches; there are main_order_export, main_order_import, main_stock_sync, north_order_export`},
		"a pattern that is none":   {[]string{"[main"}, nil, "syntax error in pattern"},
	} {
		t.Run(name, func(t *testing.T) {
			kept, err := Only(y.streams(t), test.patterns)
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			var found []string
			for _, s := range kept {
				found = append(found, s.Name)
			}
			assert.Equal(t, test.kept, found)
		})
	}
}

func TestCheckFindsMistakesBeforeAnythingStarts(t *testing.T) {
	y := newYard(t, mainConnection+sharing, map[string]string{"good": says("a", ""), "bad": "input: { generat: {} }\n", "worse": "input: { generate: { bogus: 1 } }\n"})
	err := y.Check(y.streams(t))
	require.ErrorContains(t, err, "bad.yaml")
	require.ErrorContains(t, err, "worse.yaml")
	assert.NotContains(t, err.Error(), "good.yaml")
	assert.Len(t, err.(interface{ Unwrap() []error }).Unwrap(), 2, "each file is told once, however many connections run it")
	assert.Empty(t, arrived())
}
