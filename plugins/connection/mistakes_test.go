package connection

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAMistakeIsToldInOneLine(t *testing.T) {
	const minute = "a duration of at least 1m"
	for name, test := range map[string]struct{ line, want string }{
		"short frequency":     {`general: {frequency: 10s}`, `general.frequency: found "10s", expected ` + minute},
		"not a duration":      {`general: {frequency: soon}`, `general.frequency: found "soon", expected ` + minute},
		"a bare number":       {`general: {frequency: 15}`, `general.frequency: found 15, expected ` + minute},
		"nothing":             {`general: {frequency: }`, `general.frequency: found nothing, expected ` + minute},
		"a list":              {`general: {frequency: [15m]}`, `general.frequency: found a list, expected ` + minute},
		"a mapping":           {`general: {frequency: {}}`, `general.frequency: found a mapping, expected ` + minute},
		"customer interval":   {`customer_sync: {interval: 0s}`, `customer_sync.interval: found "0s", expected ` + minute},
		"text for a bool":     {`general: {stock_sync: perhaps}`, `general.stock_sync: found "perhaps", expected true or false`},
		"quoted bool":         {`general: {stock_sync: "true"}`, `general.stock_sync: found "true", expected true or false, without quotes`},
		"bare number as text": {`general: {orders_prefix: 12}`, `general.orders_prefix: found 12, expected a text, in quotes`},
		"text for a list":     {`general: {order_status_to_import: Open}`, `general.order_status_to_import: found "Open", expected a list, each item one of Open, Placed, Parked, Backordered, Completed`},
		"unknown status":      {`general: {order_status_to_import: [Open, Packed]}`, `general.order_status_to_import[1]: found "Packed", expected one of Open, Placed, Parked, Backordered, Completed`},
		"deleted transfers":   {`warehouse_transfer: {status_to_import: [Deleted]}`, `warehouse_transfer.status_to_import[0]: found "Deleted", expected one of Parked, Placed, Completed`},
		"unknown word":        {`general: {weight_update: never}`, `general.weight_update: found "never", expected one of fill_if_empty, always`},
		"guard too low":       {`general: {stock_sync_guard: 0}`, `general.stock_sync_guard: found 0, expected a whole number from 1 to 100`},
		"guard too high":      {`general: {stock_sync_guard: 101}`, `general.stock_sync_guard: found 101, expected a whole number from 1 to 100`},
		"guard with a point":  {`general: {stock_sync_guard: 2.5}`, `general.stock_sync_guard: found 2.5, expected a whole number from 1 to 100`},
		"time of day":         {`general: {stock_sync_time: "24:00"}`, `general.stock_sync_time: found "24:00", expected a time of day HH:MM`},
		"short time of day":   {`general: {stock_sync_time: 2:00}`, `general.stock_sync_time: found "2:00", expected a time of day HH:MM`},
		"time zone":           {`general: {time_zone: Europe/Lodnon}`, `general.time_zone: found "Europe/Lodnon", expected a time zone of the IANA database, such as Europe/London`},
		"the machine's zone":  {`general: {time_zone: Local}`, `general.time_zone: found "Local", expected a time zone of the IANA database, such as Europe/London`},
		"country":             {`general: {default_country: UK}`, `general.default_country: found "UK", expected a country code of ISO 3166 with two capital letters, or nothing`},
		"small country":       {`general: {default_country: gb}`, `general.default_country: found "gb", expected a country code of ISO 3166 with two capital letters, or nothing`},
		"date":                {`general: {import_orders_since: 2026-02-30}`, `general.import_orders_since: found "2026-02-30", expected a date YYYY-MM-DD, or nothing`},
		"long reason":         {`general: {stock_adjustment_reason: Adjusted by the warehouse}`, `general.stock_adjustment_reason: found "Adjusted by the warehouse", expected a text of 1 to 20 characters`},
		"misspelt key":        {`general: {frequncy: 10s}`, `general.frequncy: unknown key, did you mean frequency?`},
		"key of elsewhere":    {`general: {channel: x}`, `general.channel: unknown key, it belongs to mintsoft`},
		"key of nowhere":      {`customer_sync: {bananas: 1}`, `customer_sync.bananas: unknown key, expected one of interval`},
		"odd key":             {`customer_sync: {"a\nb": 1}`, `customer_sync."a\nb": unknown key, expected one of interval`},
		"list as a key":       {`customer_sync: {[a]: 1}`, `customer_sync: found a list in place of a key`},
		"key twice":           {`customer_sync: {interval: 1h, interval: 2h}`, `customer_sync.interval: found twice, expected once; the first is on line 10`},
		"section as a text":   {`customer_sync: often`, `customer_sync: found a single value, expected a mapping with interval`},
		"merge of a text":     {`customer_sync: {<<: often}`, `customer_sync.<<: found a single value, expected a mapping`},
		"unset variable":      {`customer_sync: {interval: "${HOWOFTEN}"}`, `customer_sync.interval: found ${HOWOFTEN}, which is not set, expected it in the environment`},
		"open variable":       {`customer_sync: {interval: "${HOWOFTEN"}`, `customer_sync.interval: found "${" that begins no variable, expected ${NAME} or ${NAME:default}`},
		"wrong from outside":  {`customer_sync: {interval: "${SHORT}"}`, `customer_sync.interval: found a value from ${SHORT}, expected ` + minute},
		"a key out of place":  {`customer_sync: {interval: "${UNLEASHED_API_KEY}"}`, `customer_sync.interval: found a value from ${UNLEASHED_API_KEY}, expected ` + minute},
		"a very long value":   {`customer_sync: {interval: ` + strings.Repeat("é", 70) + `}`, `customer_sync.interval: found "` + strings.Repeat("é", 60) + `…", expected ` + minute},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, []string{"c.yaml:10: connections[0]." + test.want}, wrongLines(t, withLines(test.line)))
		})
	}
}

func TestMistakesOfTheServices(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"name":          {"name: main", "name: Main-1", `2: connections[0].name: found "Main-1", expected a name of lower-case letters and digits that begins with a letter`},
		"no name":       {"name: main", "active: true", `2: connections[0].name: found nothing, expected a name of lower-case letters and digits that begins with a letter`},
		"no warehouse":  {"warehouse_code: MAIN", "time_zone: UTC", `3: connections[0].unleashed.warehouse_code: found nothing, expected a text that is not empty`},
		"empty id":      {`"${UNLEASHED_API_ID}"`, `""`, `4: connections[0].unleashed.api_id: found nothing, expected a credential on one line`},
		"empty outside": {`"${UNLEASHED_API_ID}"`, `"${EMPTY}"`, `4: connections[0].unleashed.api_id: found nothing, expected a credential on one line`},
		"unset id":      {`"${UNLEASHED_API_ID}"`, `"${NOBODY}"`, `4: connections[0].unleashed.api_id: found ${NOBODY}, which is not set, expected it in the environment`},
		"two lines":     {`"${UNLEASHED_API_ID}"`, `"s3cr3t\nx"`, `4: connections[0].unleashed.api_id: found a value, expected a credential on one line`},
		"list":          {`"${UNLEASHED_API_ID}"`, `[s3cr3t]`, `4: connections[0].unleashed.api_id: found a list, expected a credential on one line`},
		"rate":          {"warehouse_code: MAIN", "warehouse_code: MAIN\n      requests_per_second: 0", `7: connections[0].unleashed.requests_per_second: found 0, expected a number above 0`},
		"endless rate":  {"warehouse_code: MAIN", "warehouse_code: MAIN\n      requests_per_second: .inf", `7: connections[0].unleashed.requests_per_second: found .inf, expected a number above 0`},
		"in flight":     {"warehouse_code: MAIN", "warehouse_code: MAIN\n      max_in_flight: 0", `7: connections[0].unleashed.max_in_flight: found 0, expected a whole number of at least 1`},
		"quota":         {"warehouse_code: MAIN", "warehouse_code: MAIN\n      monthly_quota: -1", `7: connections[0].unleashed.monthly_quota: found -1, expected a whole number of at least 0`},
		"client type":   {"warehouse_code: MAIN", "warehouse_code: MAIN\n      client_type: Mintleash", `7: connections[0].unleashed.client_type: found "Mintleash", expected company/app in lower case, without spaces`},
		"plain address": {"warehouse_code: MAIN", "warehouse_code: MAIN\n      base_url: http://api.example.test", `7: connections[0].unleashed.base_url: found "http://api.example.test", expected an address https://host without user, query or fragment (http only for a loopback host)`},
		"user in it":    {"warehouse_code: MAIN", "warehouse_code: MAIN\n      base_url: https://me:s3cr3t@api.example.test", `7: connections[0].unleashed.base_url: found a value, expected an address https://host without user, query or fragment (http only for a loopback host)`},
		"ledger":        {"connections:\n", "ledger: mysql://me:s3cr3t@host/db\nconnections:\n", `1: ledger: found a value, expected sqlite:<file> or postgres://<user>:<password>@<host>/<database>`},
		"listener":      {"connections:\n", "webhooks: {address: localhost}\nconnections:\n", `1: webhooks.address: found "localhost", expected an address host:port`},
		"retention":     {"connections:\n", "retention: {events: 0d}\nconnections:\n", `1: retention.events: found "0d", expected a duration above zero, such as 90d`},
		"top key":       {"connections:\n", "ledgre: x\nconnections:\n", `1: ledgre: unknown key, did you mean ledger?`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(smallest, test.old, test.new, 1)
			assert.Equal(t, []string{"c.yaml:" + test.want}, wrongLines(t, changed))
		})
	}
}

func TestAFileThatIsNoConnectionFile(t *testing.T) {
	const none = "connections: found none, expected at least one connection"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"empty":             {"", []string{"c.yaml:1: " + none}},
		"a comment":         {"# nothing\n", []string{"c.yaml:1: " + none}},
		"no connections":    {"ledger: sqlite:x.db\nconnections: []\n", []string{"c.yaml:2: " + none}},
		"nothing there":     {"ledger: sqlite:x.db\nconnections:\n", []string{"c.yaml:2: " + none}},
		"connection's name": {"connections: main\n", []string{"c.yaml:1: connections: found a single value, expected a list"}},
		"one mapping":       {"connections: {name: main}\n", []string{"c.yaml:1: connections: found a mapping, expected a list"}},
		"a list of names": {"connections:\n  - main\n", []string{
			"c.yaml:2: connections[0]: found a single value, expected a mapping with name, active, unleashed, mintsoft, general, purchase_order_import, order_export, assembly_import, shipment_import, customer_sync, warehouse_transfer",
		}},
		"a text":          {"s3cr3t", []string{"c.yaml:1: found a single value, expected a mapping with ledger, retention, webhooks, connections"}},
		"a list":          {"- ledger\n", []string{"c.yaml:1: found a list, expected a mapping with ledger, retention, webhooks, connections"}},
		"two documents":   {smallest + "---\n" + smallest, []string{"c.yaml:10: found a second document, expected one"}},
		"a broken indent": {"connections:\n  - name: main\n    active: true\n   x: 1\n", []string{"c.yaml:2: found no valid YAML: did not find expected '-' indicator"}},
		"an open bracket": {"a: [1, 2\nb: 3\n", []string{"c.yaml:2: found no valid YAML: did not find expected ',' or ']'"}},
		"an open quote":   {"a: 1\nb: 's3cr3t\nc: 2\n", []string{"c.yaml:3: found no valid YAML: found unexpected end of stream"}},
		"a tab":           {"connections:\n\t- x\n", []string{"c.yaml:2: found no valid YAML: found character that cannot start any token"}},
		"a star":          {"a: 1\nledger: *s3cr3t\n", []string{"c.yaml:2: found no valid YAML: found * before a name that no & defines, expected quotes around a text that begins with *"}},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, wrongLines(t, test.text)) })
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	assert.Equal(t, []string{
		`c.yaml:1: ledger: found a value, expected sqlite:<file> or postgres://<user>:<password>@<host>/<database>`,
		`c.yaml:2: retention.events: found "later", expected a duration above zero, such as 90d`,
		`c.yaml:3: retnetion: unknown key, did you mean retention?`,
		`c.yaml:5: connections[0].name: found "1st", expected a name of lower-case letters and digits that begins with a letter`,
		`c.yaml:6: connections[0].active: found "yes", expected true or false`,
		`c.yaml:7: connections[0].unleashed.api_key: found nothing, expected a credential on one line`,
		`c.yaml:8: connections[0].unleashed.api_id: found ${NOBODY}, which is not set, expected it in the environment`,
		`c.yaml:9: connections[0].unleashed.api_id: found twice, expected once; the first is on line 8`,
		`c.yaml:11: connections[0].unleashed.max_in_flight: found "two", expected a whole number of at least 1`,
		`c.yaml:13: connections[0].mintsoft.api_key: found a value beside a user name or a password, expected either the key or these two`,
		`c.yaml:17: connections[0].general.order_status_to_import[0]: found "Deleted", expected one of Open, Placed, Parked, Backordered, Completed`,
		`c.yaml:17: connections[0].general.order_status_to_import[1]: found "open", expected one of Open, Placed, Parked, Backordered, Completed`,
		`c.yaml:20: connections[0].purchase_order_import.enabled: found true, expected false with general.use_unleashed_as_stock_master: true`,
		`c.yaml:22: connections[1].name: found nothing, expected a name of lower-case letters and digits that begins with a letter`,
		`c.yaml:22: connections[1].unleashed.api_id: found nothing, expected a credential on one line`,
		`c.yaml:22: connections[1].unleashed.api_key: found nothing, expected a credential on one line`,
		`c.yaml:22: connections[1].unleashed.warehouse_code: found nothing, expected a text that is not empty`,
		`c.yaml:22: connections[1].mintsoft.warehouse: found nothing, expected a code, name or id`,
		`c.yaml:22: connections[1].mintsoft.api_key: found nothing, expected a static key, or username and password`,
	}, wrongLines(t, `ledger: mysql://s3cr3t@host
retention: {events: later}
retnetion: {}
connections:
  - name: 1st
    active: yes
    unleashed:
      api_id: "${NOBODY}"
      api_id: s3cr3t
      warehouse_code: MAIN
      max_in_flight: two
    mintsoft:
      api_key: s3cr3t
      username: s3cr3t
      warehouse: 7
    general:
      order_status_to_import: [Deleted, open]
      use_unleashed_as_stock_master: true
    purchase_order_import:
      enabled: true
  - # nothing but the default
    active: true
`))
}

func TestNearestName(t *testing.T) {
	names := []string{"frequency", "import_orders", "client", "since"}
	for written, want := range map[string]string{
		"frequncy": "frequency", "FREQUENCY": "frequency", "import_order": "import_orders", "clinet": "client", "bananas": "", "x": "",
	} {
		got, exists := nearest(written, names)
		assert.Equal(t, want, got, written)
		assert.Equal(t, want != "", exists, written)
	}
}
