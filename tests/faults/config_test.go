package faults

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		spoil     func(h *house)
		arguments string
		says      []string // the lines on stderr, each by its beginning
	}{
		{"each mistake has its own line", func(h *house) {
			h.edit("connections.yaml", "warehouse_code: MAIN", "warehose_code: MAIN")
			h.edit("connections.yaml", "max_in_flight: 4", "max_in_flight: many")
			h.edit("connections.yaml", "frequency: 1h", "frequency: 5s\n      stock_sync_time: \"25:00\"")
			h.edit("connections.yaml", unleashedsim.DefaultAPIKey, "${NOWHERE_SET}")
		}, "sync", []string{
			"connections.yaml:5: connections[0].unleashed.warehouse_code: found nothing, expected ",
			"connections.yaml:8: connections[0].unleashed.api_key: found ${NOWHERE_SET}, which is not set",
			"connections.yaml:9: connections[0].unleashed.warehose_code: unknown key, did you mean warehouse_code?",
			"connections.yaml:11: connections[0].unleashed.max_in_flight: found \"many\", expected a whole number",
			"connections.yaml:19: connections[0].general.frequency: found \"5s\", expected a duration of at least 1m",
			"connections.yaml:20: connections[0].general.stock_sync_time: found \"25:00\", expected a time of day HH:MM",
		}},
		{"settings that exclude each other", func(h *house) {
			h.edit("connections.yaml", "    general:", "    shipment_import: { enabled: true }\n    general:")
		}, "sync --once", []string{"connections.yaml:"}},
		{"no connection file", func(h *house) {}, "sync --connections nowhere.yaml", []string{"nowhere.yaml: not found; copy config/connections.example.yaml there"}},
		{"no YAML", func(h *house) { h.edit("connections.yaml", "connections:", "connections: [") }, "doctor", []string{"connections.yaml:"}},
		{"an environment file that is not there", func(h *house) {}, "sync -e nowhere.env", []string{"reading the environment file: open nowhere.env"}},
		{"no pipelines", func(h *house) {}, "sync --pipelines nowhere", []string{"nowhere: found no pipelines"}},
		{"a pipeline that the engine refuses", func(h *house) {
			h.edit("pipelines/order_import.yaml", "resource: SalesOrders", "resource: SalesOders")
		}, "sync", []string{"pipelines/order_import.yaml: "}},
		{"an unknown stream", func(h *house) {}, "sync --only main_nothing", []string{`--only "main_nothing": no stream matches; there are main_customer_sync, main_order_import, main_product_sync`}},
		{"an unknown stream to be triggered", func(h *house) {}, "trigger main_nothing", []string{`"main_nothing": no stream matches; there are main_customer_sync`}},
		{"an unknown format", func(h *house) {}, "doctor --format xml", []string{`--format: found "xml", expected table or json`}},
		{"an unknown flag", func(h *house) {}, "sync --bogus", []string{"flag provided but not defined: -bogus"}},
		{"a flag without its value", func(h *house) {}, "deadletters list --stream", []string{"flag needs an argument: -stream"}},
		{"a log level that is none", func(h *house) { h.write("config/service.yaml", "logger: { level: LOUD }\n") }, "sync", []string{`config/service.yaml: logger.level: found "LOUD"`}},
		{"keys of the service file that are none", func(h *house) { h.write("config/service.yaml", "http: { addr: 127.0.0.1:0 }\nloger: {}\n") }, "sync", []string{
			"config/service.yaml: (1,1) field addr not recognised", "config/service.yaml: (2,1) field loger not recognised",
		}},
		{"a copy that would share the cursor", func(h *house) {
			raw, err := os.ReadFile(h.path("pipelines/order_import.yaml"))
			require.NoError(h.t, err)
			h.write("pipelines/copy.yaml", string(raw))
		}, "sync", []string{`pipelines/copy.yaml: field input.label: found "order_import", expected "copy", as the file is called`}},
		{"a ledger that cannot be", func(h *house) {
			h.write("occupied", "")
			h.edit("connections.yaml", ledgerFile, "occupied/mintleash.db")
		}, "sync --once", []string{"opening the ledger: "}},
		{"no time to rewind to", func(h *house) {}, "state rewind main_order_import", []string{`--to: found "", expected a time`}},
		{"no reference to trace", func(h *house) {}, "trace", []string{"trace: found 0 arguments, expected one"}},
		{"a blank reference to trace", func(h *house) {}, "trace ''", []string{"trace: found an empty argument, expected an order number"}},
		{"a blank reference to release", func(h *house) {}, "release ''", []string{"release: found an empty argument, expected an order number"}},
		{"nothing to replay", func(h *house) {}, "deadletters replay", []string{"deadletters replay: found nothing, expected ids, --stream or --all"}},
		{"nothing to discard", func(h *house) {}, "deadletters discard", []string{"deadletters discard: found nothing, expected ids"}},
		{"dashes that were forgotten", func(h *house) {}, "sync --once dry-run main_customer_sync", []string{`sync: found the argument "dry-run", expected none`}},
		{"an argument where there is none", func(h *house) {}, "state show main_order_import", []string{`state show: found the argument "main_order_import", expected none`}},
		{"a command that is none", func(h *house) {}, "deadletters lst", []string{"deadletters: found lst, expected one of list, show, replay, discard"}},
		{"a command that lacks its own", func(h *house) {}, "state", []string{"state: found nothing, expected one of show, rewind, reset"}},
		{"lines of an environment file", func(h *house) { h.write("a.env", "A=b c\nexport B='c\n") }, "sync -e a.env", []string{
			"a.env:1: A: expected quotes around a value with spaces or quotes in it", "a.env:2: B: the closing quote is missing",
		}},
		{"mistakes in two pipelines", func(h *house) {
			h.edit("pipelines/order_import.yaml", "${! @settings.general.import_orders }", "${! @settings.general.import_ordrs }")
			h.edit("pipelines/customer_sync.yaml", "${! @settings.customer_sync.interval }", "daily")
		}, "sync --once", []string{
			`pipelines/customer_sync.yaml: field input.interval: parsing interval "daily"`, `pipelines/order_import.yaml: field input.enabled: found "null", expected true or false`,
		}},
		{"keys of a pipeline that are none", func(h *house) {
			h.edit("pipelines/order_import.yaml", "pipeline:\n  threads", "pipelne: {}\nothr: {}\npipeline:\n  threads")
		}, "sync", []string{"pipelines/order_import.yaml: ", "pipelines/order_import.yaml: "}},
		{"a connection file that a pipeline alone needs", func(h *house) {
			h.edit("connections.yaml", "warehouse_code: MAIN", "warehose_code: MAIN")
		}, "run --set http.enabled=false --set logger.level=OFF pipelines/order_import.yaml", []string{
			"connections.yaml:5: connections[0].unleashed.warehouse_code: found nothing, expected ", "connections.yaml:9: connections[0].unleashed.warehose_code: unknown key, did you mean warehouse_code?",
		}},
		{"a fault that makes no sense", func(h *house) {}, "sandbox --fault nonsense", []string{`fault "nonsense": expected`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 1)
			test.spoil(h)
			arguments := strings.Fields(test.arguments)
			for i, argument := range arguments {
				arguments[i] = strings.Trim(argument, "'")
			}
			p := h.run(arguments...)
			assert.Equal(t, 2, p.code(), "%s", p)
			assert.Empty(t, p.stdout.String())
			lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
			if assert.Len(t, lines, len(test.says), "%s", p) {
				for i, beginning := range test.says {
					assert.True(t, strings.HasPrefix(lines[i], beginning), "found %q, expected %q", lines[i], beginning)
				}
			}
			assert.Zero(t, len(h.Unleashed.Journal.All())+len(h.Mintsoft.Journal.All()), "nothing is started")
			assert.NotContains(t, p.String(), unleashedsim.DefaultAPIKey)
			assert.NotContains(t, p.String(), mintsoftsim.AdminKey)
		})
	}
}

// TestWrongKey: a person who puts a wrong key in is told so in one line, by every
// command that meets it, and nothing is written anywhere.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, key, wrong, doctor, sync string }{
		{"Unleashed", unleashedsim.DefaultAPIKey, "a-wrong-key-indeed", "main        failed   Unleashed key ", "reading the warehouses of Unleashed: unleashed Warehouses.list: refused (HTTP 403): the service refuses these credentials"},
		{"Mintsoft", mintsoftsim.AdminKey, "another-wrong-key", "main        failed   Mintsoft key ", "reading the warehouses of Mintsoft: mintsoft warehouse.list: refused (HTTP 401): the service refuses these credentials"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 3)
			h.edit("connections.yaml", test.key, test.wrong)
			assert.Equal(t, 1, strings.Count(h.must(1, "doctor"), test.doctor))
			assert.Equal(t, 1, strings.Count(h.must(1, "sync", "--once"), test.sync), "each reason is given once")
			p := h.start("sync", "--only", "main_customer_sync")
			p.says("the service refuses these credentials")
			unready := get(t, p.address()+"/ready", 503)
			assert.Contains(t, unready, "main_customer_sync: ")
			assert.Contains(t, unready, "the service refuses these credentials")
			p.terminate()
			assert.Empty(t, h.Mintsoft.Journal.Writes())
			assert.NotContains(t, p.String(), test.wrong)

			// The mend needs nothing else.
			h.edit("connections.yaml", test.wrong, test.key)
			h.must(0, "sync", "--once")
			h.everyOrderOnce(3)
		})
	}
}

// TestWrongWarehouse: with a warehouse that does not exist every list is empty, so
// it is said before anything is read.
func TestWrongWarehouse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ key, says string }{
		{"warehouse", `mintsoft.warehouse: found "NOWHERE", expected the code, name or id of one of Main Warehouse (MAIN), Shop (SHOP)`},
		{"warehouse_code", `unleashed.warehouse_code: found "NOWHERE", expected exactly one of MAIN, SHOP`},
	} {
		t.Run(test.key, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 3)
			h.edit("connections.yaml", "      "+test.key+": MAIN", "      "+test.key+": NOWHERE")
			said := h.must(1, "sync", "--once")
			assert.Equal(t, 1, strings.Count(said, test.says), "each reason is given once")
			assert.NotContains(t, said, "check the keys")
			assert.Empty(t, h.Mintsoft.Journal.Writes())
			assert.Empty(t, h.deadLetters())
			h.edit("connections.yaml", "      "+test.key+": NOWHERE", "      "+test.key+": MAIN")
			h.must(0, "sync", "--once")
			h.everyOrderOnce(3)
		})
	}
}
