package connection

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSettingsThatExcludeEachOther(t *testing.T) {
	for name, test := range map[string]struct {
		lines []string
		want  string // empty: the file is right
	}{
		"stock master with purchase orders": {
			[]string{"general: {use_unleashed_as_stock_master: true}", "purchase_order_import: {enabled: true}"},
			`11: connections[0].purchase_order_import.enabled: found true, expected false with general.use_unleashed_as_stock_master: true`,
		},
		"stock master alone":    {[]string{"general: {use_unleashed_as_stock_master: true}"}, ""},
		"purchase orders alone": {[]string{"purchase_order_import: {enabled: true}"}, ""},
		"shipments with orders": {
			[]string{"general: {import_orders: true}", "shipment_import: {enabled: true}"},
			`11: connections[0].shipment_import.enabled: found true, expected false with general.import_orders: true, or each order would arrive twice`,
		},
		"shipments with orders by default": {
			[]string{"shipment_import: {enabled: true}"},
			`10: connections[0].shipment_import.enabled: found true, expected false with general.import_orders: true, or each order would arrive twice`,
		},
		"shipments in place of orders": {[]string{"general: {import_orders: false}", "shipment_import: {enabled: true}"}, ""},
		"webhooks without a key": {
			[]string{"general: {use_webhooks: true}"},
			`3: connections[0].unleashed.webhook_signature_key: found nothing, expected the signature key, which general.use_webhooks needs`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if test.want == "" {
				parse(t, withLines(test.lines...))
				return
			}
			assert.Equal(t, []string{"c.yaml:" + test.want}, wrongLines(t, withLines(test.lines...)))
		})
	}
}

func TestWebhooksWithTheirKey(t *testing.T) {
	file := parse(t, strings.Replace(withLines("general: {use_webhooks: true}"), "warehouse_code: MAIN", "warehouse_code: MAIN\n      webhook_signature_key: k", 1))
	assert.Equal(t, "k", file.Connections[0].Unleashed.WebhookSignatureKey.Reveal())
}

func TestMintsoftTakesAKeyOrAUser(t *testing.T) {
	const line = `      api_key: "${MINTSOFT_API_KEY}"`
	for name, test := range map[string]struct{ lines, want string }{
		"user and password":   {"      username: u\n      password: p", ""},
		"the others empty":    {line + "\n      username: \"\"\n      password: \"\"", ""},
		"nothing":             {"", `7: connections[0].mintsoft.api_key: found nothing, expected a static key, or username and password`},
		"user alone":          {"      username: s3cr3t", `7: connections[0].mintsoft.password: found nothing, expected the password of the user name`},
		"password alone":      {"      password: s3cr3t", `7: connections[0].mintsoft.username: found nothing, expected the user name of the password`},
		"all":                 {line + "\n      username: u\n      password: s3cr3t", `8: connections[0].mintsoft.api_key: found a value beside a user name or a password, expected either the key or these two`},
		"key and password":    {line + "\n      password: s3cr3t", `8: connections[0].mintsoft.api_key: found a value beside a user name or a password, expected either the key or these two`},
		"key that is not set": {`      api_key: "${NOBODY}"`, `8: connections[0].mintsoft.api_key: found ${NOBODY}, which is not set, expected it in the environment`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(smallest, line, test.lines, 1)
			if test.want == "" {
				parse(t, text)
				return
			}
			assert.Equal(t, []string{"c.yaml:" + test.want}, wrongLines(t, text))
		})
	}
}

func TestConnectionsThatMeet(t *testing.T) {
	entry := func(name, id, warehouse string, active bool, more string) string {
		return fmt.Sprintf("  - {name: %s, active: %t, unleashed: {api_id: %s, api_key: k, warehouse_code: %s%s}, mintsoft: {api_key: k, warehouse: M-%s}}\n", name, active, id, warehouse, more, name)
	}
	// of is what of Mintsoft is another connection's too, with other settings.
	of := func(entry, mintsoft, settings string) string {
		return strings.NewReplacer("warehouse: M-a", mintsoft, "warehouse: M-b", mintsoft, "}}\n", "}"+settings+"}\n").Replace(entry)
	}
	const twin = `c.yaml:3: connections[1].unleashed.warehouse_code: found the account and warehouse that connections[0] has too, expected one active connection for each`
	const leaves = `c.yaml:3: connections[1].mintsoft.warehouse: found the account, client and warehouse that connections[0] sends its orders to, expected one of its own, or what left would be looked for in both`
	const levels = `c.yaml:3: connections[1].mintsoft.warehouse: found the account, client and warehouse that connections[0] levels its stock with, expected one of its own, or one stock would count twice`
	here, there := entry("a", "i", "W1", true, ""), entry("b", "j", "W1", true, "")
	for name, test := range map[string]struct {
		entries []string
		want    []string
	}{
		"orders of two":    {[]string{of(here, "warehouse: M", ""), of(there, "warehouse: M", "")}, []string{leaves}},
		"as shipments":     {[]string{of(here, "warehouse: M", ""), of(there, "warehouse: M", ", general: {import_orders: false}, shipment_import: {enabled: true}")}, []string{leaves}},
		"orders of one":    {[]string{of(here, "warehouse: M", ""), of(entry("b", "i", "W2", true, ""), "warehouse: M", "")}, []string{leaves}},
		"without orders":   {[]string{of(here, "warehouse: M", ""), of(there, "warehouse: M", ", general: {import_orders: false}")}, []string{levels}},
		"masters":          {[]string{of(here, "warehouse: M", ", general: {stock_sync: false, use_unleashed_as_stock_master: true}"), of(there, "warehouse: M", ", general: {import_orders: false}")}, []string{levels}},
		"without either":   {[]string{of(here, "warehouse: M", ""), of(there, "warehouse: M", ", general: {import_orders: false, stock_sync: false}")}, nil},
		"other client":     {[]string{of(here, "warehouse: M, client: A", ""), of(there, "warehouse: M, client: B", "")}, nil},
		"other Mintsoft":   {[]string{of(here, "warehouse: M", ""), of(there, "warehouse: M, base_url: https://sandbox.example.test", "")}, nil},
		"orders, one off":  {[]string{of(here, "warehouse: M", ""), of(entry("b", "j", "W1", false, ""), "warehouse: M", "")}, nil},
		"other warehouse":  {[]string{entry("a", "i", "W1", true, ""), entry("b", "i", "W2", true, "")}, nil},
		"other account":    {[]string{entry("a", "i", "W1", true, ""), entry("b", "j", "W1", true, "")}, nil},
		"other service":    {[]string{entry("a", "i", "W1", true, ""), entry("b", "i", "W1", true, ", base_url: https://sandbox.example.test")}, nil},
		"one is off":       {[]string{entry("a", "i", "W1", true, ""), entry("b", "i", "W1", false, "")}, nil},
		"the same":         {[]string{entry("a", "i", "W1", true, ""), entry("b", "i", "W1", true, "")}, []string{twin}},
		"one name":         {[]string{entry("a", "i", "W1", true, ""), of(entry("a", "i", "W2", true, ""), "warehouse: M-c", "")}, []string{`c.yaml:3: connections[1].name: found "a", which connections[0] has too, expected a unique name`}},
		"one name, off":    {[]string{entry("a", "i", "W1", true, ""), entry("a", "i", "W2", false, "")}, []string{`c.yaml:3: connections[1].name: found "a", which connections[0] has too, expected a unique name`}},
		"none is active":   {[]string{entry("a", "i", "W1", false, ""), entry("b", "i", "W2", false, "")}, []string{`c.yaml:1: connections: found none that is active, expected at least one`}},
		"nobody's default": {[]string{entry("a", `"${NOBODY}"`, "W1", true, ""), entry("b", `"${NOBODY:x}"`, "W1", true, "")}, []string{`c.yaml:2: connections[0].unleashed.api_id: found ${NOBODY}, which is not set, expected it in the environment`}},
	} {
		t.Run(name, func(t *testing.T) {
			text := "connections:\n" + strings.Join(test.entries, "")
			if test.want == nil {
				parse(t, text)
				return
			}
			assert.Equal(t, test.want, wrongLines(t, text))
		})
	}
}
