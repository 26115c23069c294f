package scenarios

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const readsAgain = "reads everything again"

// widened are settings that let more through than they did when the record was read.
var widened = []struct {
	stream, key   string
	before, after any
	with          map[string]any
	add           func(w *world.World) string
	stands        func(t *testing.T, w *world.World, ref string) []string
}{
	{
		stream: "main_order_import", key: "general.order_status_to_import", before: []string{"Placed"}, after: []string{"Open"},
		add: func(w *world.World) string {
			return addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Status = unleashedsim.Parked })
		},
		stands: orderImport.stands,
	},
	{
		stream: "main_order_import", key: "general.custom_order_status_to_import", before: []string{"Ready"}, after: []string{},
		add: func(w *world.World) string { return addOrder(w, "SO-1", nil) }, stands: orderImport.stands,
	},
	{
		stream: "main_product_sync", key: "general.sync_new_products", before: false, after: true,
		add: func(w *world.World) string { return addProduct(w, "NEW-1", nil) }, stands: productSync.stands,
	},
	{
		stream: "main_shipment_import", key: "shipment_import.status_to_import", before: []string{"Placed"}, after: []string{"Parked", "Placed"},
		with: shipmentImport.settings,
		add: func(w *world.World) string {
			return w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: addOrder(w, "SO-1", nil), Status: unleashedsim.Parked}).ShipmentNumber
		},
		stands: shipmentImport.stands,
	},
	{
		stream: "main_purchase_order_import", key: "purchase_order_import.status_to_import", before: []string{"Parked"}, after: []string{"Placed"},
		with: purchaseOrderImport.settings,
		add:  func(w *world.World) string { return addPurchase(w, "PO-1", nil) }, stands: asnsOf,
	},
	{
		stream: "main_assembly_import", key: "assembly_import.create_asn_to_receive", before: false, after: true, with: assemblyOrder.settings,
		add: func(w *world.World) string { return addAssembly(w, "ASM-1", nil) }, stands: asnsOf,
	},
	{
		stream: "main_warehouse_transfer_import", key: "warehouse_transfer.import_as_asns_to_receive", before: false, after: true, with: transferOrder.settings,
		add: func(w *world.World) string { return addTransfer(w, "SHOP", "MAIN", nil) }, stands: asnsOf,
	},
	{
		stream: "main_order_export", key: "order_export.channels", before: []string{"Wholesale"}, after: []string{"Wholesale", "Amazon"}, with: exportSettings,
		add: func(w *world.World) string { return sentElsewhere(w, "WEB-1", nil).OrderNumber }, stands: exportSent.stands,
	},
	{
		stream: "main_order_export", key: "order_export.statuses", before: []string{"DESPATCHED"}, after: []string{"NEW", "DESPATCHED"}, with: exportSettings,
		add: func(w *world.World) string { return soldElsewhere(w, "WEB-1", nil).OrderNumber }, stands: exportSent.stands,
	},
}

func TestASettingThatIsWidenedReachesWhatWasSkippedBefore(t *testing.T) {
	t.Parallel()
	for _, c := range widened {
		t.Run(c.key, func(t *testing.T) {
			options := world.Options{Seed: small, Settings: c.with}
			world.Bubble(t, options, func(t *testing.T, w *world.World) {
				w.Set(c.key, c.before)
				ref := c.add(w)
				w.Once(t, c.stream)
				<-time.After(time.Hour)
				w.Once(t, c.stream)
				assert.Empty(t, c.stands(t, w, ref))
				assert.Empty(t, w.Logged(readsAgain), "nothing has changed")

				w.Set(c.key, c.after)
				<-time.After(time.Hour)
				w.DryRun(t, c.stream)
				require.Len(t, w.Logged(readsAgain, "stream="+c.stream, c.key[strings.Index(c.key, ".")+1:]), 1)
				assert.Equal(t, "delivered", w.Once(t, c.stream).Of(strings.TrimPrefix(c.stream, "main_")).State)
				assert.Len(t, c.stands(t, w, ref), 1)
				assert.Len(t, w.Logged(readsAgain), 2, "a dry run saves nothing")

				<-time.After(time.Hour)
				w.Forget()
				w.Once(t, c.stream)
				assert.Empty(t, append(w.Writes("mintsoft"), w.Writes("unleashed")...))
				assert.Len(t, w.Logged(readsAgain), 2, "once is enough")
			})
		})
	}
	t.Run("an earlier start of the export too", func(t *testing.T) {
		exporting(t, exportSettings, func(t *testing.T, w *world.World) {
			w.Set("order_export.since", "2026-03-03")
			sentElsewhere(w, "WEB-1", nil)
			<-time.After(30 * time.Hour)
			for _, since := range []string{"2026-03-03", "2026-03-04"} {
				w.Set("order_export.since", since)
				w.Once(t, "main_order_export")
				assert.Empty(t, allExported(w), "it left before")
			}
			w.Set("order_export.since", "2026-03-01")
			w.Once(t, "main_order_export")
			assert.Len(t, exportedAs(w, "WEB-1"), 1)
		})
	})
	t.Run("after a run that was put back too", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"general.order_status_to_import": []string{"Placed"}}}, func(t *testing.T, w *world.World) {
			ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Status = unleashedsim.Parked })
			w.Once(t, "main_order_import")
			<-time.After(time.Hour)
			w.Set("general.order_status_to_import", []string{"Open"})
			w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: "/SalesOrders", Status: http.StatusServiceUnavailable})
			running := w.Forever(t, "main_order_import")
			<-time.After(time.Hour)
			running.Stop(t)
			w.Unleashed.Faults.Clear()
			assert.Empty(t, orderImport.stands(t, w, ref))
			w.Once(t, "main_order_import")
			assert.Len(t, orderImport.stands(t, w, ref), 1)
		})
	})
	t.Run("also when nothing ran for longer than a first run reads back", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"general.order_status_to_import": []string{"Parked"}}}, func(t *testing.T, w *world.World) {
			w.Once(t, "main_order_import")
			<-time.After(time.Hour)
			ref := addOrder(w, "SO-1", nil)
			<-time.After(40 * 24 * time.Hour)
			w.Set("general.order_status_to_import", []string{"Placed"})
			w.Once(t, "main_order_import")
			assert.Len(t, orderImport.stands(t, w, ref), 1)
		})
	})
}

func TestOrderForAProductThatWasReadWhileNewOnesWereOff(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"general.sync_new_products": false}}, func(t *testing.T, w *world.World) {
		addProduct(w, "NEW-1", nil)
		w.Once(t, "main_product_sync")
		<-time.After(time.Hour)
		w.Set("general.sync_new_products", true)
		ref := forNew(w, "SO-1", "NEW-1")
		running := w.Forever(t, everything...)
		<-time.After(time.Hour)
		running.Stop(t)
		assert.Len(t, orderImport.stands(t, w, ref), 1)
		assert.Empty(t, w.DeadLetters(t))
		assert.Empty(t, w.Parked(t, "order_import"))
	})
}

func TestTheNumberThatStockIsComparedByChangesForAll(t *testing.T) {
	t.Parallel()
	reserve := func(t *testing.T, w *world.World) {
		w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{
			Client: demo(w), Warehouse: mainWarehouse(t, w), Number: "M-1", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-BLUE", Quantity: 40}},
		})
		<-time.After(time.Hour)
	}
	for _, c := range [][4]string{{"StockLevel", "240", "OnHand", "200"}, {"OnHand", "200", "StockLevel", "240"}} {
		t.Run("of Mintsoft, from "+c[0]+" to "+c[2], func(t *testing.T) {
			settledStock(t, world.Options{Settings: map[string]any{"general.stock_sync_value_type": c[0]}}, func(t *testing.T, w *world.World) {
				reserve(t, w)
				counted(t, w)
				require.Equal(t, c[1], onHand(w, "MUG-BLUE"))
				<-time.After(time.Hour)
				w.Set("general.stock_sync_value_type", c[2])
				counted(t, w)
				assert.Equal(t, c[3], onHand(w, "MUG-BLUE"))
			})
		})
	}
	for _, c := range [][4]string{{"StockLevel", "200 of 240", "OnHand", "240 of 280"}, {"OnHand", "240 of 280", "StockLevel", "200 of 240"}} {
		t.Run("of Unleashed, from "+c[0]+" to "+c[2], func(t *testing.T) {
			mastered(t, map[string]any{"general.stock_sync_value_type": c[0]}, func(t *testing.T, w *world.World) {
				reserve(t, w)
				for _, quantity := range []string{"241", "240"} {
					w.Unleashed.SetStock("MUG-BLUE", "MAIN", quantity, "4.10")
					w.Once(t, stockMaster)
					<-time.After(time.Hour)
				}
				require.Equal(t, c[1], free(t, w, "MUG-BLUE"))
				w.Set("general.stock_sync_value_type", c[2])
				w.Once(t, stockMaster)
				assert.Equal(t, c[3], free(t, w, "MUG-BLUE"))
			})
		})
	}
}

// TestAChannelThatIsMadeLater gets its orders a few minutes afterwards.
func TestAChannelThatIsMadeLater(t *testing.T) {
	t.Parallel()
	for _, f := range []flow{orderImport, shipmentImport} {
		t.Run(f.pipeline, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
				w.Set("general.map_source_id_to_channel", true)
				for i, channel := range []string{"Unleashed", "Bazaar"} {
					number := numbered("SO", i)
					if channel == "Bazaar" {
						w.Mintsoft.AddChannel(demo(w), channel)
						<-time.After(6 * time.Minute)
					}
					addOrder(w, number, func(o *unleashedsim.OrderSpec) { o.SourceID = "Bazaar:" + number })
					if f.pipeline == shipmentImport.pipeline {
						number = shipAll(w, number)
					}
					f.run(t, w)
					o, exists := w.Mintsoft.OrderByNumber(number)
					require.True(t, exists)
					assert.Equal(t, channel, o.Channel.Name)
				}
			})
		})
	}
}
