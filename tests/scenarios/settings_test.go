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

// setting is a key of the connection file that one of the flows reads, with what
// ends up in the services on either side of it.
type setting struct {
	key string
	// with are other settings that it needs.
	with    map[string]any
	arrange func(t *testing.T, w *world.World)
	// flows run, the orders when there are none: once, or lasting a time. With run
	// that happens instead.
	flows   []flow
	lasting time.Duration
	run     func(t *testing.T, w *world.World)
	look    func(t *testing.T, w *world.World) string
	sides   []side
}

type side struct {
	value any
	want  string
}

var settings = []setting{
	{
		key:     "general.import_orders",
		arrange: wanted,
		look:    numbers,
		sides:   []side{{true, "SO-001"}, {false, ""}},
	},
	{
		key: "general.order_status_to_import",
		arrange: func(_ *testing.T, w *world.World) {
			for _, status := range []string{unleashedsim.Parked, unleashedsim.Placed, unleashedsim.Backordered, unleashedsim.Completed} {
				addOrder(w, status, func(o *unleashedsim.OrderSpec) { o.Status = status })
			}
		},
		look: numbers,
		sides: []side{
			{[]string{"Open"}, "Backordered, Parked, Placed"}, {[]string{"Placed"}, "Placed"}, {[]string{"Parked", "Completed"}, "Parked"},
			{[]string{}, ""},
		},
	},
	{
		key: "general.custom_order_status_to_import",
		arrange: func(_ *testing.T, w *world.World) {
			addOrder(w, "PLAIN", nil)
			addOrder(w, "READY", func(o *unleashedsim.OrderSpec) { o.Status, o.CustomStatus = unleashedsim.Parked, "Ready to ship" })
		},
		look:  numbers,
		sides: []side{{[]string{}, "PLAIN, READY"}, {[]string{"Ready to ship"}, "READY"}},
	},
	{
		key:     "general.orders_prefix",
		arrange: wanted,
		look:    numbers,
		sides:   []side{{"", "SO-001"}, {"UNL-", "UNL-SO-001"}},
	},
	{
		key: "general.import_orders_since",
		arrange: func(t *testing.T, w *world.World) {
			addOrder(w, "OLD", nil)
			<-time.After(40 * 24 * time.Hour)
			addOrder(w, "NEW", nil)
		},
		look:  numbers,
		sides: []side{{"", "NEW"}, {"2026-03-01", "NEW, OLD"}, {"2026-04-30", ""}},
	},
	{
		key:   "general.frequency",
		flows: []flow{productSync, orderImport}, lasting: 11 * time.Minute,
		look: func(_ *testing.T, w *world.World) string {
			return fmt.Sprint(reads(w, "/SalesOrders"), " and ", reads(w, "/Products"))
		},
		sides: []side{{"5m", "3 and 3"}, {"10m", "2 and 2"}},
	},
	{
		key:   "customer_sync.interval",
		flows: []flow{customerSync}, lasting: 11 * time.Minute,
		look:  func(_ *testing.T, w *world.World) string { return fmt.Sprint(reads(w, "/Customers")) },
		sides: []side{{"24h", "1"}, {"5m", "3"}},
	},
	{
		key:     "shipment_import.enabled",
		flows:   []flow{customerSync},
		with:    map[string]any{"general.import_orders": false},
		arrange: func(_ *testing.T, w *world.World) { customerSync.add(w, 1) },
		look: func(t *testing.T, w *world.World) string {
			return fmt.Sprint(len(customerSync.stands(t, w, "CUST-001")))
		},
		sides: []side{{true, "1"}, {false, "0"}},
	},
	{
		key: "general.map_source_id_to_channel",
		arrange: func(_ *testing.T, w *world.World) {
			addOrder(w, "WHOLE", func(o *unleashedsim.OrderSpec) { o.SourceID = "Wholesale" })
			addOrder(w, "PART", func(o *unleashedsim.OrderSpec) { o.SourceID = "Amazon:17" })
			addOrder(w, "UNKNOWN", func(o *unleashedsim.OrderSpec) { o.SourceID = "Bazaar:17" })
			addOrder(w, "NONE", nil)
		},
		look: ofOrders(func(o mintsoftsim.Order) string { return o.OrderNumber + " " + o.Channel.Name }),
		sides: []side{
			{true, "NONE Unleashed, PART Amazon, UNKNOWN Unleashed, WHOLE Wholesale"},
			{false, "NONE Unleashed, PART Unleashed, UNKNOWN Unleashed, WHOLE Unleashed"},
		},
	},
	{
		key: "general.default_country",
		arrange: func(_ *testing.T, w *world.World) {
			addOrder(w, "NOWHERE", func(o *unleashedsim.OrderSpec) { o.Delivery.Country = "" })
			addOrder(w, "ABROAD", func(o *unleashedsim.OrderSpec) { o.Delivery.Country = "Ireland" })
		},
		look:  ofOrders(func(o mintsoftsim.Order) string { return o.OrderNumber + " " + o.Country.Code }),
		sides: []side{{"", "ABROAD IE"}, {"GB", "ABROAD IE, NOWHERE GB"}},
	},
	{
		key:     "general.connection_ioss",
		arrange: wanted,
		look:    sent("PUT", "/api/Order", "IOSSNumber"),
		sides:   []side{{"", ""}, {"IM3720000001", `"IOSSNumber":"IM3720000001"`}},
	},
	{
		key:   "general.enable_serial_batch_tracking",
		flows: []flow{productSync, orderImport},
		arrange: func(_ *testing.T, w *world.World) {
			addOrder(w, "TEA", func(o *unleashedsim.OrderSpec) {
				o.Lines = []unleashedsim.LineSpec{{SKU: "TEA-ASSAM", Quantity: "3", Batches: map[string]string{"A2409": "1", "A2411": "2"}}}
			})
		},
		look: func(t *testing.T, w *world.World) string {
			p, exists := w.Mintsoft.Product("TEA-ASSAM")
			require.True(t, exists)
			return fmt.Sprint(p.HasBatchNumber, " ", sent("PUT", "/api/Order", "RequestedBatchNo")(t, w))
		},
		sides: []side{{true, `true "RequestedBatchNo":"A2409" "RequestedBatchNo":"A2411"`}, {false, "false "}},
	},
	{
		key:     "general.sync_new_products",
		flows:   []flow{productSync},
		arrange: func(_ *testing.T, w *world.World) { productSync.add(w, 1) },
		look: func(t *testing.T, w *world.World) string {
			return strings.Join(productSync.stands(t, w, "NEW-001"), "")
		},
		sides: []side{{true, productSync.delivered("NEW-001")}, {false, ""}},
	},
	{
		key:   "general.sync_product_updates",
		flows: []flow{productSync},
		arrange: func(t *testing.T, w *world.World) {
			productSync.add(w, 1)
			w.Set("general.sync_product_updates", true)
			productSync.run(t, w)
			<-time.After(time.Hour)
			productSync.change(w, "NEW-001")
		},
		look: func(t *testing.T, w *world.World) string {
			return strings.Join(productSync.stands(t, w, "NEW-001"), "")
		},
		sides: []side{{true, productSync.changed("NEW-001")}, {false, productSync.delivered("NEW-001")}},
	},
	{
		key:   "general.weight_update",
		flows: []flow{productSync},
		arrange: func(t *testing.T, w *world.World) {
			client := demo(w)
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: client, SKU: "NEW-001", Name: "A thing", Weight: mintsoftsim.Number{Decimal: unleashedsim.Number("9").Decimal}})
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: client, SKU: "NEW-002", Name: "A thing"})
			productSync.several(t, w, 1, 2)
		},
		look: func(t *testing.T, w *world.World) string {
			one, _ := w.Mintsoft.Product("NEW-001")
			two, _ := w.Mintsoft.Product("NEW-002")
			return one.Weight.String() + ", " + two.Weight.String()
		},
		sides: []side{{"fill_if_empty", "9, 0.25"}, {"always", "0.25, 0.25"}},
	},
	{
		key:     "mintsoft.channel",
		arrange: wanted,
		look:    ofOrders(func(o mintsoftsim.Order) string { return o.Channel.Name }),
		sides:   []side{{"Unleashed", "Unleashed"}, {"Wholesale", "Wholesale"}},
	},
	{
		key: "mintsoft.courier_service",
		arrange: func(_ *testing.T, w *world.World) {
			addOrder(w, "ANY", nil)
			addOrder(w, "NAMED", func(o *unleashedsim.OrderSpec) { o.Method = "Courier" })
		},
		look:  ofOrders(func(o mintsoftsim.Order) string { return o.OrderNumber + " " + o.CourierServiceName }),
		sides: []side{{"AUTO", "ANY SWIFT 48, NAMED SWIFT 48"}, {"Next day", "ANY Next day, NAMED SWIFT 48"}},
	},
	{
		key: "mintsoft.client",
		arrange: func(t *testing.T, w *world.World) {
			second := w.Mintsoft.AddClient(mintsoftsim.Client{ShortName: "SECOND", Name: "Second merchant"})
			w.Mintsoft.AddChannel(second.ID, "Unleashed")
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: second.ID, SKU: "MUG-BLUE", Name: "Mug"})
			wanted(t, w)
		},
		look: func(t *testing.T, w *world.World) string {
			return ofOrders(func(o mintsoftsim.Order) string { return fmt.Sprint("of DEMO: ", o.ClientID == demo(w)) })(t, w)
		},
		sides: []side{{"DEMO", "of DEMO: true"}, {"SECOND", "of DEMO: false"}},
	},
	{
		key:     "mintsoft.warehouse",
		arrange: wanted,
		look:    ofOrders(status), // only MAIN has stock
		sides:   []side{{"MAIN", "NEW"}, {"Main Warehouse", "NEW"}, {"SHOP", "ONBACKORDER"}},
	},
	{
		key: "unleashed.warehouse_code",
		arrange: func(t *testing.T, w *world.World) {
			addOrder(w, "AT-MAIN", nil)
			addOrder(w, "AT-SHOP", func(o *unleashedsim.OrderSpec) { o.Warehouse = "SHOP" })
		},
		look:  numbers,
		sides: []side{{"MAIN", "AT-MAIN"}, {"SHOP", "AT-SHOP"}},
	},
	{
		key: "unleashed.time_zone",
		arrange: func(_ *testing.T, w *world.World) {
			addOrder(w, "SO-001", func(o *unleashedsim.OrderSpec) { o.Required = "2026-06-15" })
		},
		look:  ofOrders(func(o mintsoftsim.Order) string { return o.RequiredDeliveryDate.Format(time.DateOnly) }),
		sides: []side{{"Europe/London", "2026-06-15"}, {"America/New_York", "2026-06-14"}},
	},
}

func TestSettings(t *testing.T) { onBothSides(t, settings, world.Options{Seed: small}) }

// onBothSides runs the rows of a table, each with every value of its setting, in a
// world with these options and what the row needs beside them. A row without flows
// or a run of its own runs the streams, the import of orders when there are none.
func onBothSides(t *testing.T, rows []setting, options world.Options, streams ...string) {
	t.Helper()
	for _, s := range rows {
		t.Run(s.key, func(t *testing.T) {
			t.Parallel()
			for _, side := range s.sides {
				t.Run(fmt.Sprint(side.value), func(t *testing.T) {
					o := options
					o.Settings = map[string]any{}
					maps.Copy(o.Settings, options.Settings)
					maps.Copy(o.Settings, s.with)
					world.Bubble(t, o, func(t *testing.T, w *world.World) {
						if s.arrange != nil {
							s.arrange(t, w)
						}
						w.Set(s.key, side.value)
						s.carryOut(t, w, streams...)
						assert.Equal(t, side.want, s.look(t, w))
					})
				})
			}
		})
	}
}

// TestSettingsAreAllThere reads the pipelines: each setting in them has its row.
func TestSettingsAreAllThere(t *testing.T) {
	t.Parallel()
	path := regexp.MustCompile(`\bsettings\.([a-z_]+\.[a-z_]+)|\$(general\.[a-z_]+)`)
	// What the connection file calls otherwise.
	names := map[string]string{"mintsoft.client_id": "mintsoft.client", "mintsoft.warehouse_id": "mintsoft.warehouse"}
	for _, f := range []flow{productSync, customerSync, orderImport} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "pipelines", f.pipeline+".yaml"))
		require.NoError(t, err)
		found := path.FindAllStringSubmatch(string(raw), -1)
		require.NotEmpty(t, found)
		for _, match := range found {
			key := match[1] + match[2]
			if name, renamed := names[key]; renamed {
				key = name
			}
			assert.True(t, slices.ContainsFunc(settings, func(s setting) bool { return s.key == key }), "%s reads %s", f.pipeline, key)
		}
	}
}

// wanted adds an order that is imported unless a setting says otherwise.
func wanted(_ *testing.T, w *world.World) { orderImport.add(w, 1) }

// carryOut runs what a row is about, the streams where it names no flows.
func (s setting) carryOut(t *testing.T, w *world.World, streams ...string) {
	if s.run != nil {
		s.run(t, w)
		return
	}
	if len(s.flows) > 0 {
		streams = nil
	}
	for _, f := range s.flows {
		streams = append(streams, f.stream())
	}
	if len(streams) == 0 {
		streams = []string{orderImport.stream()}
	}
	if s.lasting == 0 {
		w.Once(t, streams...)
		return
	}
	running := w.Forever(t, streams...)
	<-time.After(s.lasting)
	running.Stop(t)
}

// reads is how often a list of Unleashed was asked for.
func reads(w *world.World, list string) int { return w.Unleashed.Journal.Count("GET", list) }

// numbers are those of all orders in Mintsoft.
var numbers = ofOrders(func(o mintsoftsim.Order) string { return o.OrderNumber })

// ofOrders describes each order in Mintsoft.
func ofOrders(describe func(mintsoftsim.Order) string) func(*testing.T, *world.World) string {
	return func(_ *testing.T, w *world.World) string {
		var found []string
		for _, o := range w.Mintsoft.Orders() {
			found = append(found, describe(o))
		}
		slices.Sort(found)
		return strings.Join(found, ", ")
	}
}

// sent are the members with a name in the bodies that were sent to a path.
func sent(method, path, member string) func(*testing.T, *world.World) string {
	pattern := regexp.MustCompile(`"` + member + `":"[^"]*"`)
	return func(_ *testing.T, w *world.World) string {
		var found []string
		for _, e := range w.Mintsoft.Journal.Find(method, path) {
			found = append(found, pattern.FindAllString(string(e.Body), -1)...)
		}
		slices.Sort(found)
		return strings.Join(slices.Compact(found), " ")
	}
}

// demo is the client that the seed's products belong to.
func demo(w *world.World) int {
	p, _ := w.Mintsoft.Product("MUG-BLUE")
	return p.ClientID
}
