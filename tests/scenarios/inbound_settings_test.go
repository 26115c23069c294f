package scenarios

import (
	"fmt"
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

// allInbound turns every flow into the warehouse on.
var allInbound = map[string]any{
	"purchase_order_import.enabled": true, "assembly_import.create_order_to_pick": true, "assembly_import.create_asn_to_receive": true, asOrders: true, asASNs: true,
}

// inboundStreams are their streams.
var inboundStreams = []string{"main_purchase_order_import", "main_assembly_import", "main_warehouse_transfer_import"}

// inboundSettings are the keys that flows into the warehouse read. Each looks at
// all of them.
var inboundSettings = []setting{
	{
		key: "purchase_order_import.enabled", arrange: oneOfEach, look: made,
		sides: []side{{true, "asn ASM-001, asn PO-001, asn TX-00000002, order ASM-001, order TX-00000001"}, {false, "asn ASM-001, asn TX-00000002, order ASM-001, order TX-00000001"}},
	},
	{
		key: "purchase_order_import.status_to_import",
		arrange: func(_ *testing.T, w *world.World) {
			for _, status := range []string{unleashedsim.Parked, unleashedsim.Placed, unleashedsim.Costed} {
				addPurchase(w, status, func(o *unleashedsim.PurchaseSpec) { o.Status = status })
			}
		},
		look:  made,
		sides: []side{{[]string{"Placed"}, "asn Placed"}, {[]string{"Parked", "Costed"}, "asn Costed, asn Parked"}, {[]string{}, ""}},
	},
	{
		key: "purchase_order_import.custom_status_to_import",
		arrange: func(_ *testing.T, w *world.World) {
			addPurchase(w, "PLAIN", nil)
			addPurchase(w, "READY", func(o *unleashedsim.PurchaseSpec) { o.Status, o.CustomStatus = unleashedsim.Parked, "Ready to ship" })
		},
		look:  made,
		sides: []side{{[]string{}, "asn PLAIN"}, {[]string{"Ready to ship"}, "asn READY"}},
	},
	{
		key: "purchase_order_import.create_products", with: map[string]any{"general.sync_new_products": false},
		arrange: newProduct,
		look:    made,
		sides:   []side{{true, "asn PO-NEW"}, {false, ""}},
	},
	{
		key: "assembly_import.create_order_to_pick", arrange: oneOfEach, look: made,
		sides: []side{{true, "asn ASM-001, asn PO-001, asn TX-00000002, order ASM-001, order TX-00000001"}, {false, "asn ASM-001, asn PO-001, asn TX-00000002, order TX-00000001"}},
	},
	{
		key: "assembly_import.create_asn_to_receive", arrange: oneOfEach, look: made,
		sides: []side{{true, "asn ASM-001, asn PO-001, asn TX-00000002, order ASM-001, order TX-00000001"}, {false, "asn PO-001, asn TX-00000002, order ASM-001, order TX-00000001"}},
	},
	{
		key: "assembly_import.status_to_import",
		arrange: func(_ *testing.T, w *world.World) {
			for _, status := range []string{unleashedsim.Parked, unleashedsim.Completed} {
				addAssembly(w, status, func(a *unleashedsim.Assembly) { a.AssemblyStatus = status })
			}
		},
		look:  made,
		sides: []side{{[]string{"Parked"}, "asn Parked, order Parked"}, {[]string{"Completed"}, "asn Completed, order Completed"}, {[]string{}, ""}},
	},
	{
		key: "assembly_import.custom_status_to_import",
		arrange: func(_ *testing.T, w *world.World) {
			addAssembly(w, "PLAIN", nil)
			addAssembly(w, "READY", func(a *unleashedsim.Assembly) { a.CustomAssemblyStatus = "Ready to ship" })
		},
		look:  made,
		sides: []side{{[]string{}, "asn PLAIN, asn READY, order PLAIN, order READY"}, {[]string{"Ready to ship"}, "asn READY, order READY"}},
	},
	{
		key: "assembly_import.courier_service", arrange: oneOfEach,
		look:  ofOrders(func(o mintsoftsim.Order) string { return o.OrderNumber + " " + o.CourierServiceName }),
		sides: []side{{"", "ASM-001 SWIFT 48, TX-00000001 SWIFT 48"}, {"Next day", "ASM-001 Next day, TX-00000001 SWIFT 48"}},
	},
	{
		key: asOrders, arrange: oneOfEach, look: made,
		sides: []side{{true, "asn ASM-001, asn PO-001, asn TX-00000002, order ASM-001, order TX-00000001"}, {false, "asn ASM-001, asn PO-001, asn TX-00000002, order ASM-001"}},
	},
	{
		key: asASNs, arrange: oneOfEach, look: made,
		sides: []side{{true, "asn ASM-001, asn PO-001, asn TX-00000002, order ASM-001, order TX-00000001"}, {false, "asn ASM-001, asn PO-001, order ASM-001, order TX-00000001"}},
	},
	{
		key: "warehouse_transfer.status_to_import",
		arrange: func(_ *testing.T, w *world.World) {
			addTransfer(w, "MAIN", "SHOP", nil)
			addTransfer(w, "MAIN", "SHOP", func(s *unleashedsim.TransferSpec) { s.Status = unleashedsim.Placed })
		},
		look:  made,
		sides: []side{{[]string{"Parked"}, "order TX-00000001"}, {[]string{"Placed"}, "order TX-00000002"}, {[]string{}, ""}},
	},
	{
		key: "warehouse_transfer.courier_service", arrange: oneOfEach,
		look:  ofOrders(func(o mintsoftsim.Order) string { return o.OrderNumber + " " + o.CourierServiceName }),
		sides: []side{{"", "ASM-001 SWIFT 48, TX-00000001 SWIFT 48"}, {"Next day", "ASM-001 SWIFT 48, TX-00000001 Next day"}},
	},
	{
		key: "warehouse_transfer.frequency", run: anInboundHour, look: inboundReads,
		sides: []side{{"15m", "5, 5, 5"}, {"30m", "5, 5, 3"}},
	},
	{
		key: "general.frequency", run: anInboundHour, look: inboundReads,
		sides: []side{{"15m", "5, 5, 5"}, {"30m", "3, 3, 5"}},
	},
	{
		key: "general.import_orders_since",
		arrange: func(t *testing.T, w *world.World) {
			oneOfEach(t, w)
			<-time.After(40 * 24 * time.Hour)
			addPurchase(w, "PO-NEW", nil)
		},
		look:  made,
		sides: []side{{"", "asn PO-NEW"}, {"2026-03-01", "asn ASM-001, asn PO-001, asn PO-NEW, asn TX-00000002, order ASM-001, order TX-00000001"}, {"2026-04-30", ""}},
	},
	{
		key: "general.orders_prefix", arrange: oneOfEach, look: made,
		sides: []side{{"UNL-", "asn ASM-001, asn PO-001, asn TX-00000002, order UNL-ASM-001, order UNL-TX-00000001"}},
	},
	{
		key: "general.asns_import_as_awaiting_delivery", arrange: oneOfEach, look: expected,
		sides: []side{{false, "ASM-001 NEW, PO-001 NEW, TX-00000002 NEW"}, {true, "ASM-001 AWAITINGDELIVERY, PO-001 AWAITINGDELIVERY, TX-00000002 AWAITINGDELIVERY"}},
	},
	{
		key: "general.sync_new_products", arrange: newProduct,
		look: func(t *testing.T, w *world.World) string {
			return fmt.Sprintf("%d parked, %d dead", len(w.Parked(t, "purchase_order_import")), len(w.DeadLetters(t)))
		},
		sides: []side{{true, "1 parked, 0 dead"}, {false, "0 parked, 1 dead"}},
	},
	{
		key: "general.enable_serial_batch_tracking", with: map[string]any{"purchase_order_import.create_products": true},
		arrange: func(_ *testing.T, w *world.World) {
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
			addTransfer(w, "MAIN", "SHOP", func(s *unleashedsim.TransferSpec) {
				s.Lines = []unleashedsim.TransferLineSpec{{SKU: "TEA-ASSAM", Quantity: "3", Batches: map[string]string{"A2409": "1", "A2411": "2"}}}
			})
			addPurchase(w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].SKU = "COFFEE-1KG" })
		},
		look: func(t *testing.T, w *world.World) string {
			coffee, _ := w.Mintsoft.Product("COFFEE-1KG")
			return fmt.Sprint(coffee.HasBatchNumber, " ", sent("PUT", "/api/Order", "RequestedBatchNo")(t, w))
		},
		sides: []side{{true, `true "RequestedBatchNo":"A2409" "RequestedBatchNo":"A2411"`}, {false, "false "}},
	},
	{
		key: "general.default_country",
		arrange: func(_ *testing.T, w *world.World) {
			w.Unleashed.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: "FAIR", WarehouseName: "Fair", AddressLine1: "Hall 3", PostCode: "04356"})
			addTransfer(w, "MAIN", "FAIR", nil)
			addAssembly(w, "ASM-001", nil)
		},
		look:  ofOrders(func(o mintsoftsim.Order) string { return o.OrderNumber + " " + o.Country.Code }),
		sides: []side{{"", "ASM-001 GB"}, {"DE", "ASM-001 GB, TX-00000001 DE"}},
	},
	{
		key: "mintsoft.channel", arrange: oneOfEach,
		look:  ofOrders(func(o mintsoftsim.Order) string { return o.Channel.Name }),
		sides: []side{{"Unleashed", "Unleashed, Unleashed"}, {"Wholesale", "Wholesale, Wholesale"}},
	},
	{
		key: "mintsoft.courier_service", arrange: oneOfEach,
		look:  ofOrders(func(o mintsoftsim.Order) string { return o.CourierServiceName }),
		sides: []side{{"AUTO", "SWIFT 48, SWIFT 48"}, {"Next day", "Next day, Next day"}},
	},
	{
		key: "mintsoft.client",
		arrange: func(t *testing.T, w *world.World) {
			second := w.Mintsoft.AddClient(mintsoftsim.Client{ShortName: "SECOND", Name: "Second merchant"})
			w.Mintsoft.AddChannel(second.ID, "Unleashed")
			for _, sku := range []string{"MUG-BLUE", "BOX-S", "PLATE-26"} {
				w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: second.ID, SKU: sku, Name: sku})
			}
			oneOfEach(t, w)
		},
		look: func(_ *testing.T, w *world.World) string {
			clients := map[bool]int{}
			for _, o := range w.Mintsoft.Orders() {
				clients[o.ClientID == demo(w)]++
			}
			for _, a := range w.Mintsoft.ASNs() {
				clients[a.ClientID == demo(w)]++
			}
			return fmt.Sprintf("%d of DEMO, %d of another", clients[true], clients[false])
		},
		sides: []side{{"DEMO", "5 of DEMO, 0 of another"}, {"SECOND", "0 of DEMO, 5 of another"}},
	},
	{
		key: "mintsoft.warehouse", arrange: oneOfEach,
		look: func(t *testing.T, w *world.World) string {
			here := map[bool]int{}
			for _, o := range w.Mintsoft.Orders() {
				here[o.WarehouseID == mainWarehouse(t, w)]++
			}
			for _, a := range w.Mintsoft.ASNs() {
				here[a.WarehouseID == mainWarehouse(t, w)]++
			}
			return fmt.Sprintf("%d at MAIN, %d elsewhere", here[true], here[false])
		},
		sides: []side{{"MAIN", "5 at MAIN, 0 elsewhere"}, {"SHOP", "0 at MAIN, 5 elsewhere"}},
	},
	{
		key: "unleashed.warehouse_code",
		arrange: func(t *testing.T, w *world.World) {
			oneOfEach(t, w)
			addPurchase(w, "PO-SHOP", func(o *unleashedsim.PurchaseSpec) { o.Warehouse = "SHOP" })
		},
		look: made,
		sides: []side{
			{"MAIN", "asn ASM-001, asn PO-001, asn TX-00000002, order ASM-001, order TX-00000001"}, {"SHOP", "asn PO-SHOP, asn TX-00000001, order TX-00000002"},
		},
	},
	{
		key: "unleashed.time_zone",
		arrange: func(_ *testing.T, w *world.World) {
			addPurchase(w, "PO-001", func(o *unleashedsim.PurchaseSpec) { o.Delivery = "2026-06-15" })
			addAssembly(w, "ASM-001", func(a *unleashedsim.Assembly) { a.AssembleBy = w.Unleashed.Day("2026-06-15") })
			addTransfer(w, "MAIN", "SHOP", func(s *unleashedsim.TransferSpec) { s.DeliveryDate = "2026-06-15" })
		},
		look: func(t *testing.T, w *world.World) string {
			days := []string{ofOrders(func(o mintsoftsim.Order) string { return o.RequiredDeliveryDate.Format(time.DateOnly) })(t, w)}
			for _, a := range w.Mintsoft.ASNs() {
				days = append(days, a.EstimatedDelivery.Format(time.DateOnly))
			}
			return strings.Join(days, ", ")
		},
		sides: []side{{"Europe/London", "2026-06-15, 2026-06-15, 2026-06-15, 2026-06-15"}, {"America/New_York", "2026-06-14, 2026-06-14, 2026-06-14, 2026-06-14"}},
	},
}

func TestInboundSettings(t *testing.T) {
	t.Parallel()
	options := purchaseOrderImport.options()
	options.Settings = allInbound
	onBothSides(t, inboundSettings, options, inboundStreams...)
}

// TestInboundSettingsAreAllThere reads the pipelines: each setting in them has its
// row.
func TestInboundSettingsAreAllThere(t *testing.T) {
	t.Parallel()
	path := regexp.MustCompile(`\bsettings\.([a-z_]+\.[a-z_]+)`)
	section := regexp.MustCompile(`let (\w+) = \$settings\.([a-z_]+)\n`)
	names := map[string]string{"mintsoft.client_id": "mintsoft.client", "mintsoft.warehouse_id": "mintsoft.warehouse"}
	for _, pipeline := range []string{"purchase_order_import", "assembly_import", "warehouse_transfer_import"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "pipelines", pipeline+".yaml"))
		require.NoError(t, err)
		keys := map[string]bool{}
		for _, match := range path.FindAllStringSubmatch(string(raw), -1) {
			keys[match[1]] = true
		}
		for _, alias := range section.FindAllStringSubmatch(string(raw), -1) {
			for _, match := range regexp.MustCompile(`\$`+alias[1]+`\.([a-z_]+)\b`).FindAllStringSubmatch(string(raw), -1) {
				keys[alias[2]+"."+match[1]] = true
			}
		}
		require.Greater(t, len(keys), 10)
		for key := range keys {
			if name, renamed := names[key]; renamed {
				key = name
			}
			assert.True(t, slices.ContainsFunc(inboundSettings, func(s setting) bool { return s.key == key }), "%s reads %s", pipeline, key)
		}
	}
}

// oneOfEach adds a document for each flow and each half that is ours.
func oneOfEach(_ *testing.T, w *world.World) {
	purchaseOrderImport.add(w, 1)
	assemblyOrder.add(w, 1)
	transferOrder.add(w, 1)
	transferASN.add(w, 2)
}

// newProduct adds a purchase order of a product that only Unleashed knows.
func newProduct(_ *testing.T, w *world.World) {
	addPurchase(w, "PO-NEW", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].SKU = addProduct(w, "NEW-1", nil) })
}

// made are the numbers of all that is in Mintsoft.
func made(_ *testing.T, w *world.World) string {
	var found []string
	for _, o := range w.Mintsoft.Orders() {
		found = append(found, "order "+o.OrderNumber)
	}
	for _, a := range w.Mintsoft.ASNs() {
		found = append(found, "asn "+*a.POReference)
	}
	slices.Sort(found)
	return strings.Join(found, ", ")
}

// expected are the statuses of all ASNs.
func expected(_ *testing.T, w *world.World) string {
	var found []string
	for _, a := range w.Mintsoft.ASNs() {
		found = append(found, *a.POReference+" "+a.ASNStatus.Name)
	}
	slices.Sort(found)
	return strings.Join(found, ", ")
}

// anInboundHour runs everything for an hour.
func anInboundHour(t *testing.T, w *world.World) {
	running := w.Forever(t, inboundStreams...)
	<-time.After(time.Hour + time.Minute)
	running.Stop(t)
}

// inboundReads is how often each list was asked for.
func inboundReads(_ *testing.T, w *world.World) string {
	return fmt.Sprintf("%d, %d, %d", reads(w, "/PurchaseOrders"), reads(w, "/Assemblies"), reads(w, "/WarehouseStockTransfers"))
}
