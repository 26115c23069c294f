package connection

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoadReadsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connections.yaml")
	require.NoError(t, os.WriteFile(path, []byte(smallest), 0o600))
	file, err := Load(path, lookup)
	require.NoError(t, err)
	assert.Equal(t, path, file.Path)
	assert.Equal(t, secretKey, file.Connections[0].Unleashed.APIKey.Reveal())
}

func TestLoadSaysThatThereIsNoFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "connections.yaml"), lookup)
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

// TestEveryKeyHasItsDefault writes the defaults down a second time, so that one
// cannot change unnoticed.
func TestEveryKeyHasItsDefault(t *testing.T) {
	file := parse(t, smallest)
	assert.Equal(t, "sqlite:state/mintleash.db", file.Ledger.Reveal())
	assert.Equal(t, Retention{Events: Duration(90 * 24 * time.Hour), DeadLetters: Duration(30 * 24 * time.Hour)}, file.Retention)
	assert.Equal(t, Webhooks{Address: "127.0.0.1:8090"}, file.Webhooks)
	require.Len(t, file.Connections, 1)

	c := file.Connections[0]
	assert.Equal(t, "main", c.Name)
	assert.True(t, c.Active)
	assert.Equal(t, "https://api.unleashedsoftware.com", c.Unleashed.BaseURL)
	assert.Equal(t, "https://api.mintsoft.co.uk", c.Mintsoft.BaseURL)
	for name, s := range map[string]Secret{"webhook key": c.Unleashed.WebhookSignatureKey, "username": c.Mintsoft.Username, "password": c.Mintsoft.Password} {
		assert.Empty(t, s.Reveal(), name)
	}
	assert.Equal(t, map[string]any{
		"unleashed": map[string]any{
			"client_type": "mintleash/sync", "warehouse_code": "MAIN", "requests_per_second": json.Number("4"),
			"max_in_flight": int64(2), "monthly_quota": int64(0), "time_zone": "Europe/London",
		},
		"mintsoft": map[string]any{
			"client": "", "warehouse": "MAIN", "channel": "Unleashed", "courier_service": "AUTO", "requests_per_second": json.Number("2"),
			"max_in_flight": int64(4), "time_zone": "Europe/London",
		},
		"general": map[string]any{
			"frequency": "15m", "import_orders": true, "order_status_to_import": []any{"Open"}, "custom_order_status_to_import": []any{},
			"orders_prefix": "", "import_orders_since": "", "use_webhooks": false, "disable_sales_order_completion_after_despatch": false,
			"map_source_id_to_channel": false, "default_country": "", "connection_ioss": "", "sync_new_products": true,
			"sync_product_updates": true, "weight_update": "fill_if_empty", "enable_serial_batch_tracking": false, "stock_sync": true,
			"stock_sync_once_per_day": false, "stock_sync_time": "02:00", "stock_sync_guard": int64(20), "stock_sync_value_type": "StockLevel",
			"stock_adjustment_reason": "Mintsoft", "exclude_bundles_from_stock_sync": false, "use_unleashed_as_stock_master": false,
			"asns_import_as_awaiting_delivery": false, "in_flight_order_update": false, "allow_negative_adjustments": false,
			"time_zone": "Europe/London",
		},
		"purchase_order_import": map[string]any{
			"enabled": false, "status_to_import": []any{"Placed"}, "custom_status_to_import": []any{}, "create_products": false,
			"update_purchase_order": false, "over_receipt": "error",
		},
		"order_export": map[string]any{
			"enabled": false, "frequency": "15m", "since": "", "channels": []any{}, "statuses": []any{"DESPATCHED"},
			"group_sales_by_bundle": false, "group_by_channel": false, "carriage_description": "Carriage", "send_accounting_journal_only": false,
		},
		"assembly_import": map[string]any{
			"create_order_to_pick": false, "create_asn_to_receive": false, "status_to_import": []any{"Parked"},
			"custom_status_to_import": []any{}, "courier_service": "",
		},
		"shipment_import": map[string]any{"enabled": false, "status_to_import": []any{"Placed"}, "enable_splitting_post_import": false},
		"customer_sync":   map[string]any{"interval": "24h"},
		"warehouse_transfer": map[string]any{
			"import_as_orders_to_pick": false, "import_as_asns_to_receive": false, "frequency": "15m", "status_to_import": []any{"Parked"},
			"courier_service": "", "on_difference": "hold",
		},
	}, c.Settings())
}

func TestSharedSectionsAreMergedAndOverridden(t *testing.T) {
	file := parse(t, `connections:
  - name: main
    unleashed: {api_id: a, api_key: b, warehouse_code: MAIN}
    mintsoft: &warehouse {api_key: c, warehouse: 3, channel: Shop}
    general: &usual {frequency: 30m, orders_prefix: UNL-}
  - name: north
    unleashed: {api_id: a, api_key: b, warehouse_code: NORTH}
    mintsoft: {<<: *warehouse, warehouse: 4}
    general: {<<: *usual, orders_prefix: N-}
`)
	require.Len(t, file.Connections, 2)
	north := file.Connections[1]
	assert.Equal(t, "4", north.Mintsoft.Warehouse)
	assert.Equal(t, "Shop", north.Mintsoft.Channel)
	assert.Equal(t, Duration(30*time.Minute), north.General.Frequency)
	assert.Equal(t, "N-", north.General.OrdersPrefix)
}

func TestValuesAreAccepted(t *testing.T) {
	for name, line := range map[string]string{
		"a date without quotes":         "general: {import_orders_since: 2026-03-01}",
		"a time without quotes":         "general: {stock_sync_time: 23:59}",
		"a country that YAML 1.1 mocks": "general: {default_country: NO}",
		"an empty list":                 "general: {order_status_to_import: []}",
		"an empty section":              "general:",
		"the widest guard":              "general: {stock_sync_guard: 100}",
		"a duration in parts":           "general: {frequency: 1d2h30m}",
		"a text with a number":          `general: {orders_prefix: "12"}`,
		"an unusual purchase order":     "purchase_order_import: {status_to_import: [Costed, Unapproved, Complete, Completed]}",
		"an unusual shipment":           "shipment_import: {status_to_import: [Picking, Sent]}",
		"a transfer that is done":       "warehouse_transfer: {status_to_import: [Completed]}",
	} {
		t.Run(name, func(t *testing.T) { parse(t, withLines(line)) })
	}
}

func TestAddressesOnLoopbackMayBePlain(t *testing.T) {
	for address, right := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://[::1]:1": true, "http://localhost/base": true, "https://api.example.test/base/": true,
		"http://api.example.test": false, "https://me:x@api.example.test": false, "https://api.example.test?x=1": false,
		"https://api.example.test#x": false, "https://": false, "ftp://localhost": false, "localhost": false, "http://localhost.example.test": false,
	} {
		assert.Equal(t, right, isBaseAddress(address), address)
	}
}

func TestLedgerAddresses(t *testing.T) {
	for address, right := range map[string]bool{
		"sqlite:state/x.db": true, "postgres://u:p@h/d": true, "postgresql://h/d": true,
		"sqlite:": false, "mysql://h/d": false, "state/x.db": false, "": false,
	} {
		assert.Equal(t, right, isLedgerAddress(address), address)
	}
}
