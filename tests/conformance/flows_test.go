package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flow is what the public contract says about a pipeline: the options that decide
// whether it runs, how they do, and where its interval stands.
type flow struct {
	options []string
	runs    func(on map[string]bool) bool
	every   string // an option; empty for a flow that only events wake
	// shared flows run once for each pair of accounts, not for each warehouse.
	shared bool
}

func all(options ...string) flow {
	return flow{options: options, runs: func(on map[string]bool) bool {
		return !slices.ContainsFunc(options, func(o string) bool { return !on[o] })
	}}
}

func either(options ...string) flow {
	return flow{options: options, runs: func(on map[string]bool) bool {
		return slices.ContainsFunc(options, func(o string) bool { return on[o] })
	}}
}

func (f flow) each(option string) flow { f.every = option; return f }

func (f flow) once() flow { f.shared = true; return f }

const (
	importOrders    = "general.import_orders"
	importShipments = "shipment_import.enabled"
	stockMaster     = "general.use_unleashed_as_stock_master"
	stockSync       = "general.stock_sync"
	oncePerDay      = "general.stock_sync_once_per_day"
	frequency       = "general.frequency"
	ofTransfers     = "warehouse_transfer.frequency"
)

var flows = map[string]flow{
	"product_sync":                  either("general.sync_new_products", "general.sync_product_updates").each(frequency).once(),
	"customer_sync":                 either(importOrders, importShipments).each("customer_sync.interval").once(),
	"order_import":                  all(importOrders).each(frequency),
	"shipment_import":               all(importShipments).each(frequency),
	"purchase_order_import":         all("purchase_order_import.enabled").each(frequency),
	"assembly_import":               either("assembly_import.create_order_to_pick", "assembly_import.create_asn_to_receive").each(frequency),
	"warehouse_transfer_import":     either("warehouse_transfer.import_as_orders_to_pick", "warehouse_transfer.import_as_asns_to_receive").each(ofTransfers),
	"order_despatch":                either(importOrders, importShipments).each(frequency),
	"order_update":                  all("general.in_flight_order_update").each(frequency),
	"purchase_order_receipt":        all("purchase_order_import.update_purchase_order").each(frequency),
	"warehouse_transfer_completion": all("warehouse_transfer.import_as_asns_to_receive").each(ofTransfers),
	"order_export":                  all("order_export.enabled").each("order_export.frequency"),
	"stock_sync": {options: []string{stockSync, stockMaster}, every: frequency,
		runs: func(on map[string]bool) bool { return on[stockSync] && !on[stockMaster] }},
	"stock_master": all(stockMaster).each(frequency),
	"webhooks":     all("general.use_webhooks").once(),
}

// ask evaluates a field of an input under some settings, as the input does.
func ask(t *testing.T, field any, settings map[string]any) string {
	t.Helper()
	expression, err := service.NewInterpolatedString(fmt.Sprint(field))
	require.NoError(t, err)
	msg := service.NewMessage(nil)
	msg.MetaSetMut("connection", "main")
	msg.MetaSetMut("settings", settings)
	answer, err := expression.TryString(msg)
	require.NoError(t, err)
	return answer
}

// set changes an option.
func set(settings map[string]any, option string, value any) {
	section, key, _ := strings.Cut(option, ".")
	settings[section].(map[string]any)[key] = value
}

func TestEveryPipelineIsOneOfTheContract(t *testing.T) {
	for _, p := range pipelines(t) {
		assert.Contains(t, flows, p.name)
	}
}

func TestAPipelineRunsWhenItsOptionsSaySo(t *testing.T) {
	eachPipeline(t, func(t *testing.T, p pipeline) {
		want, known := flows[p.name]
		require.True(t, known)
		_, fields := p.input()
		require.Contains(t, fields, "enabled")
		for mask := range 1 << len(want.options) {
			settings, on := boundSettings(t), map[string]bool{}
			for i, option := range want.options {
				on[option] = mask&(1<<i) != 0
				set(settings, option, on[option])
			}
			assert.Equal(t, fmt.Sprint(want.runs(on)), ask(t, fields["enabled"], settings), "%v", on)
		}
	})
}

func TestAPipelineRunsAsOftenAsItsOptionSays(t *testing.T) {
	everies := map[string]string{frequency: "7m0s", ofTransfers: "8m0s", "order_export.frequency": "9m0s", "customer_sync.interval": "11h0m0s"}
	eachPipeline(t, func(t *testing.T, p pipeline) {
		want := flows[p.name]
		if want.every == "" {
			return
		}
		_, fields := p.input()
		require.Contains(t, fields, "interval")
		settings := boundSettings(t)
		for option, every := range everies {
			set(settings, option, every)
		}
		assert.Equal(t, everies[want.every], ask(t, fields["interval"], settings))
		if p.name != "stock_sync" {
			return
		}
		for option, value := range map[string]any{oncePerDay: true, "general.stock_sync_time": "03:20", "general.time_zone": "Asia/Tokyo"} {
			set(settings, option, value)
		}
		assert.Regexp(t, `^TZ=Asia/Tokyo (0 )?0?20 0?3 \* \* \*$`, ask(t, fields["interval"], settings), "once a day, at its time in its zone")
	})
}

func TestFlowsWithoutAWarehouseRunOnceForThePairOfAccounts(t *testing.T) {
	eachPipeline(t, func(t *testing.T, p pipeline) {
		_, fields := p.input()
		assert.Equal(t, flows[p.name].shared, fields["scope"] == "accounts", "scope: %v", fields["scope"])
	})
}

func TestEveryOptionThatAPipelineReadsExists(t *testing.T) {
	settings := boundSettings(t)
	eachPipeline(t, func(t *testing.T, p pipeline) {
		read := map[string]bool{}
		for _, m := range p.mappings() {
			paths, unclear := settingsPaths(m.value)
			for _, place := range unclear {
				t.Errorf("%s:%d: %s", p.path, m.line, place)
			}
			for _, path := range paths {
				read[path] = true
				if _, exists := at(settings, strings.Split(path, ".")); !exists {
					t.Errorf("%s:%d: settings.%s: there is no such option, the mapping would see null", p.path, m.line, path)
				}
			}
		}
		assert.NotEmpty(t, slices.Collect(maps.Keys(read)), "every flow has options")
	})
}
