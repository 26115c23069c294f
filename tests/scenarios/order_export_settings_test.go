package scenarios

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// exportKeys are the keys that order_export reads. Each looks at what ends up in
// Unleashed.
var exportKeys = []setting{
	{
		key: "order_export.enabled", arrange: oneSent, look: ofExports(func(o unleashedsim.SalesOrder) string { return o.OrderNumber }),
		sides: []side{{true, "WEB-1"}, {false, ""}},
	},
	{
		key: "order_export.frequency", arrange: oneSent,
		run: func(t *testing.T, w *world.World) {
			running := w.Forever(t, exportSent.stream())
			<-time.After(time.Hour + time.Minute)
			running.Stop(t)
		},
		look: func(_ *testing.T, w *world.World) string {
			return fmt.Sprint(w.Mintsoft.Journal.Count("GET", "/api/Order/List"))
		},
		sides: []side{{"15m", "5"}, {"30m", "3"}},
	},
	{
		key: "order_export.since",
		run: func(t *testing.T, w *world.World) {
			old := sentElsewhere(w, "OLD", nil)
			open := soldElsewhere(w, "OPEN", nil)
			<-time.After(3 * 24 * time.Hour)
			w.Once(t, exportSent.stream()) // the connection's first run
			w.Mintsoft.EditOrder(old.ID, func(o *mintsoftsim.Order) { o.FirstName = "Bo" })
			w.Mintsoft.Despatch(open.ID)
			sentElsewhere(w, "NEW", nil)
			w.Once(t, exportSent.stream())
		},
		look:  ofExports(func(o unleashedsim.SalesOrder) string { return o.OrderNumber }),
		sides: []side{{"", "NEW, OPEN"}, {"2026-03-01", "NEW, OLD, OPEN"}, {"2026-03-04", "NEW, OPEN"}},
	},
	{
		key: "order_export.channels",
		arrange: func(_ *testing.T, w *world.World) {
			for _, channel := range []string{"Amazon", "Wholesale", "Unleashed"} {
				sentElsewhere(w, "ON-"+channel, func(o *mintsoftsim.OrderSpec) { o.Channel = channel })
			}
		},
		look: ofExports(func(o unleashedsim.SalesOrder) string { return o.OrderNumber }),
		sides: []side{
			{[]string{}, "ON-Amazon, ON-Unleashed, ON-Wholesale"}, {[]string{"Amazon"}, "ON-Amazon"}, {[]string{"Wholesale", "Amazon"}, "ON-Amazon, ON-Wholesale"}, {[]string{"amazon"}, ""},
		},
	},
	{
		key: "order_export.statuses",
		arrange: func(_ *testing.T, w *world.World) {
			w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InvoiceAfter = -1 })
			soldElsewhere(w, "NEW", nil)
			w.Mintsoft.Pick(soldElsewhere(w, "PICKED", nil).ID)
			w.Mintsoft.Cancel(soldElsewhere(w, "CANCELLED", nil).ID)
			w.Mintsoft.SetOrderStatus(soldElsewhere(w, "ODD", nil).ID, 77)
			sentElsewhere(w, "SENT", nil)
			w.Mintsoft.Invoice(sentElsewhere(w, "INVOICED", nil).ID, false)
			w.Mintsoft.Invoice(sentElsewhere(w, "FAILED", nil).ID, true)
		},
		look: ofExports(func(o unleashedsim.SalesOrder) string { return o.OrderNumber + " " + o.OrderStatus }),
		sides: []side{
			{[]string{"DESPATCHED"}, "FAILED Completed, INVOICED Completed, SENT Completed"}, {[]string{"INVOICED"}, "INVOICED Completed"},
			{[]string{"NEW", "PICKED"}, "NEW Placed, PICKED Placed"}, {[]string{}, ""},
		},
	},
	{
		key:     "order_export.group_sales_by_bundle",
		arrange: func(_ *testing.T, w *world.World) { breakfasts(w, priced("BREAKFAST", 2, "40", "8")) },
		look:    ofExports(exported),
		sides: []side{
			{true, "WEB-1: Completed, 2 x BREAKFAST at 40 taxed UK20, 96 for Harbour Cafe"},
			{false, "WEB-1: Completed, 4 x MUG-BLUE at 13.3333 taxed UK20 + 2 x PLATE-26 at 13.3333 taxed UK20, 96 for Harbour Cafe"},
		},
	},
	{
		key: "order_export.group_by_channel", arrange: oneSent,
		look:  ofExports(func(o unleashedsim.SalesOrder) string { return o.Customer.CustomerName }),
		sides: []side{{false, "Harbour Cafe"}, {true, "Amazon"}},
	},
	{
		key: "order_export.carriage_description",
		arrange: func(_ *testing.T, w *world.World) {
			bill(w, sentElsewhere(w, "WEB-1", nil), "25", "5", func(o *mintsoftsim.Order) { o.ShippingTotalExVat, o.ShippingTotalVat = money("5"), money("1") })
		},
		look: ofExports(exported),
		sides: []side{
			{"Carriage", "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 1 x Carriage at 5 taxed UK20, 30 for Harbour Cafe"},
			{"Post & packing", "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 1 x Post & packing at 5 taxed UK20, 30 for Harbour Cafe"},
		},
	},
	{
		key: "order_export.send_accounting_journal_only", arrange: oneSent,
		look:  ofExports(func(o unleashedsim.SalesOrder) string { return fmt.Sprint(o.SendAccountingJournalOnly) }),
		sides: []side{{false, "false"}, {true, "true"}},
	},
	{
		key: "general.orders_prefix",
		arrange: func(_ *testing.T, w *world.World) {
			addOrder(w, "SO-1", nil)
			w.Unleashed.CompleteOrder("SO-1")
			sentElsewhere(w, "UNL-SO-1", nil)
			sentElsewhere(w, "UNL-WEB-1", nil)
		},
		look:  ofExports(func(o unleashedsim.SalesOrder) string { return o.OrderNumber }),
		sides: []side{{"UNL-", "UNL-WEB-1"}, {"", "UNL-SO-1, UNL-WEB-1"}},
	},
	{
		key: "mintsoft.client",
		arrange: func(t *testing.T, w *world.World) {
			second := w.Mintsoft.AddClient(mintsoftsim.Client{ShortName: "SECOND", Name: "Second merchant"})
			w.Mintsoft.AddChannel(second.ID, "Amazon")
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: second.ID, SKU: "MUG-BLUE", Name: "Mug"})
			soldElsewhere(w, "OTHER", func(o *mintsoftsim.OrderSpec) { o.Client = second.ID })
			soldElsewhere(w, "OURS", nil)
		},
		with:  map[string]any{"order_export.statuses": []string{"NEW", "HOLDING", "ONBACKORDER"}},
		look:  ofExports(func(o unleashedsim.SalesOrder) string { return o.OrderNumber }),
		sides: []side{{"DEMO", "OURS"}, {"SECOND", "OTHER"}},
	},
	{
		key: "mintsoft.warehouse",
		arrange: func(_ *testing.T, w *world.World) {
			soldElsewhere(w, "AT-MAIN", nil)
			soldElsewhere(w, "AT-SHOP", func(o *mintsoftsim.OrderSpec) { o.Warehouse = webWarehouse(w) + 1 })
		},
		with:  map[string]any{"order_export.statuses": []string{"NEW", "HOLDING", "ONBACKORDER"}},
		look:  ofExports(func(o unleashedsim.SalesOrder) string { return o.OrderNumber }),
		sides: []side{{"MAIN", "AT-MAIN"}, {"SHOP", "AT-SHOP"}},
	},
	{
		key: "unleashed.warehouse_code", arrange: oneSent,
		look:  ofExports(func(o unleashedsim.SalesOrder) string { return o.Warehouse.WarehouseCode }),
		sides: []side{{"MAIN", "MAIN"}, {"SHOP", "SHOP"}},
	},
	{
		// Half past eleven in the evening of the fifth in London.
		key: "mintsoft.time_zone", arrange: lateSale, look: ofExports(orderDay),
		sides: []side{{"Europe/London", "2026-03-05"}, {"America/New_York", "2026-03-06"}},
	},
	{
		key: "unleashed.time_zone", arrange: lateSale, look: ofExports(orderDay),
		sides: []side{{"Europe/London", "2026-03-05"}, {"Europe/Berlin", "2026-03-06"}},
	},
}

func oneSent(_ *testing.T, w *world.World) { sentElsewhere(w, "WEB-1", nil) }

func lateSale(_ *testing.T, w *world.World) {
	<-time.After(time.Until(time.Date(2026, 3, 5, 23, 30, 0, 0, time.UTC)))
	oneSent(nil, w)
}

func orderDay(o unleashedsim.SalesOrder) string { return o.OrderDate.Format(time.DateOnly) }

// ofExports describes each sales order that came from Mintsoft.
func ofExports(describe func(unleashedsim.SalesOrder) string) func(*testing.T, *world.World) string {
	return func(_ *testing.T, w *world.World) string {
		var found []string
		for _, o := range w.Unleashed.Orders() {
			if strings.HasPrefix(string(o.SourceId), "mintsoft:") {
				found = append(found, describe(o))
			}
		}
		slices.Sort(found)
		return strings.Join(found, ", ")
	}
}

func TestExportSettings(t *testing.T) {
	t.Parallel()
	for _, s := range exportKeys {
		t.Run(s.key, func(t *testing.T) {
			t.Parallel()
			for _, side := range s.sides {
				t.Run(fmt.Sprint(side.value), func(t *testing.T) {
					settings := maps.Clone(exportSettings)
					maps.Copy(settings, s.with)
					exporting(t, settings, func(t *testing.T, w *world.World) {
						w.Set(s.key, side.value)
						if s.arrange != nil {
							s.arrange(t, w)
						}
						if s.run == nil {
							export(t, w)
						} else {
							s.run(t, w)
						}
						assert.Equal(t, side.want, s.look(t, w))
						assert.Empty(t, w.DeadLetters(t))
					})
				})
			}
		})
	}
}

// TestExportSettingsAreAllThere reads the pipeline: each setting in it has its row.
func TestExportSettingsAreAllThere(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "pipelines", "order_export.yaml"))
	require.NoError(t, err)
	names := map[string]string{"mintsoft.client_id": "mintsoft.client", "mintsoft.warehouse_id": "mintsoft.warehouse"}
	keys := map[string]bool{}
	for _, match := range regexp.MustCompile(`\bsettings\.([a-z_]+\.[a-z_]+)`).FindAllStringSubmatch(string(raw), -1) {
		keys[match[1]] = true
	}
	for _, alias := range regexp.MustCompile(`let (\w+) = \$settings\.([a-z_]+)\n`).FindAllStringSubmatch(string(raw), -1) {
		for _, match := range regexp.MustCompile(`\$`+alias[1]+`\.([a-z_]+)\b`).FindAllStringSubmatch(string(raw), -1) {
			keys[alias[2]+"."+match[1]] = true
		}
	}
	require.Greater(t, len(keys), 10)
	for key := range keys {
		if name, renamed := names[key]; renamed {
			key = name
		}
		if key == "general.enable_serial_batch_tracking" {
			continue // TestExportedBatches shows both sides; one of them is refused
		}
		assert.True(t, slices.ContainsFunc(exportKeys, func(s setting) bool { return s.key == key }), "it reads %s", key)
	}
}

// TestExportsBeginByTheClockOfMintsoft, whatever the machine's says.
func TestExportsBeginByTheClockOfMintsoft(t *testing.T) {
	t.Parallel()
	exporting(t, map[string]any{"order_export.enabled": true}, func(t *testing.T, w *world.World) {
		w.OnceAhead(t, 10*time.Minute, "main_order_export")
		<-time.After(5 * time.Minute)
		sentElsewhere(w, "WEB-1", nil)
		<-time.After(time.Hour)
		w.OnceAhead(t, 10*time.Minute, "main_order_export")
		assert.NotEmpty(t, exportedAs(w, "WEB-1"))
	})
}
