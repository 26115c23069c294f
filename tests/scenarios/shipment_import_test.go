package scenarios

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var shipmentImport = flow{
	pipeline: "shipment_import",
	settings: map[string]any{"general.import_orders": false, "shipment_import.enabled": true},
	source:   "unleashed", list: "/SalesShipments",
	target: "mintsoft", create: call{"PUT", "/api/Order"},

	add:       func(w *world.World, n int) string { return shipAll(w, addOrder(w, numbered("SO", n), nil)) },
	stands:    orderImport.stands,
	delivered: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, Whitby" },

	// What changes after the import is recorded, not sent, unless the shipment is to
	// be followed.
	change:  func(w *world.World, ref string) { sendTo(w, ref, "York", "United Kingdom") },
	changed: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, Whitby" },
	remove:  func(w *world.World, ref string) { w.Unleashed.SetShipmentStatus(ref, unleashedsim.Deleted) },
	removed: func(ref string) string { return ref + ": CANCELLED, 2 x MUG-BLUE, Ada Quay, Whitby" },

	editedBefore: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, York" },
	usurp:        orderImport.usurp,
	vacate:       orderImport.vacate,

	refusals: []refusal{
		{
			name: "Mintsoft does not know the courier",
			add: func(w *world.World, n int) string {
				w.Unleashed.AddDeliveryMethod("Pigeon")
				return shipAll(w, addOrder(w, numbered("SO-PIGEON", n), func(o *unleashedsim.OrderSpec) { o.Method = "Pigeon" }))
			},
			mend:  orderImport.refusals[0].mend,
			class: "rejected", system: "mintsoft", operation: "order.create",
			words: []string{"CourierService 'Pigeon' could not be found", "map the phrase 'Pigeon'"},
		},
		{
			name: "the quantity is a fraction",
			add: func(w *world.World, n int) string {
				return ship(w, addOrder(w, numbered("SO-HALF", n), nil), unleashedsim.ShipmentLineSpec{Line: 1, Quantity: "1.5"})
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditShipment(ref, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[0].ShipmentQty.Set("1") })
			},
			class: "unmappable", system: "unleashed", operation: "choose_lines",
			words: []string{"SS-", "SKU MUG-BLUE", "1.5"},
		},
		{
			name: "the country is none",
			add: func(w *world.World, n int) string {
				return shipAll(w, addOrder(w, numbered("SO-LOST", n), func(o *unleashedsim.OrderSpec) { o.Delivery.Country = "Atlantis" }))
			},
			mend:  func(w *world.World, ref string) { sendTo(w, ref, "Whitby", "UK") },
			class: "unmappable", system: "unleashed", operation: "map_order",
			words: []string{"SS-", "DeliveryCountry Atlantis", "SO-LOST-"},
		},
		{
			name: "neither side knows the SKU",
			add: func(w *world.World, n int) string {
				return ofGhost(w, n, func(sku string) string { return shipAll(w, forNew(w, numbered("SO-GHOST", n), sku)) })
			},
			mend:  mendGhosts,
			class: "rejected", system: "mintsoft", operation: "order.create",
			words: []string{"GHOST", "could not be found"},
		},
	},
}

// ship adds a shipment that is wanted, of some lines of an order, and answers its
// number; shipAll adds one of all that is left.
func ship(w *world.World, order string, lines ...unleashedsim.ShipmentLineSpec) string {
	return w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: order, Status: unleashedsim.Placed, Lines: lines}).ShipmentNumber
}

func shipAll(w *world.World, order string) string { return ship(w, order) }

// sendTo changes where an order goes, and a shipment of it takes it over.
func sendTo(w *world.World, shipment, city, country string) {
	w.Unleashed.EditOrder(orderOf(w, shipment), func(o *unleashedsim.SalesOrder) {
		o.DeliveryCity, o.DeliveryCountry = unleashedsim.Text(city), unleashedsim.Text(country)
	})
	w.Unleashed.EditShipment(shipment, func(*unleashedsim.SalesShipment) {})
}

// orderOf is the number of the order that a shipment is of.
func orderOf(w *world.World, shipment string) string {
	all := w.Unleashed.Shipments()
	return all[slices.IndexFunc(all, func(s unleashedsim.SalesShipment) bool { return s.ShipmentNumber == shipment })].OrderNumber
}

// three is an order of three lines.
func three(w *world.World, number string) string {
	return addOrder(w, number, func(o *unleashedsim.OrderSpec) {
		o.Lines = []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "5", Price: "10"}, {SKU: "MUG-RED", Quantity: "4", Price: "8"}, {SKU: "PLATE-26", Quantity: "2", Price: "15"}}
	})
}

// parts are lines of a shipment, by the lines of its order.
func parts(quantities map[int]string) []unleashedsim.ShipmentLineSpec {
	var lines []unleashedsim.ShipmentLineSpec
	for line := 1; line <= 3; line++ {
		if quantity, shipped := quantities[line]; shipped {
			lines = append(lines, unleashedsim.ShipmentLineSpec{Line: line, Quantity: quantity})
		}
	}
	return lines
}

func TestSeveralShipmentsOfOneOrder(t *testing.T) {
	t.Parallel()
	world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
		order := three(w, "SO-3")
		first := ship(w, order, parts(map[int]string{1: "2", 2: "3"})...)
		second := ship(w, order, parts(map[int]string{1: "3", 2: "1"})...)
		shipmentImport.run(t, w)
		third := shipAll(w, order)
		shipmentImport.run(t, w)

		want := map[string]string{
			first: "2 x MUG-BLUE + 3 x MUG-RED, 44 net, 8.8 tax", second: "3 x MUG-BLUE + 1 x MUG-RED, 38 net, 7.6 tax", third: "2 x PLATE-26, 30 net, 6 tax",
		}
		require.Len(t, w.Mintsoft.Orders(), len(want))
		for ref, items := range want {
			o, exists := w.Mintsoft.OrderByNumber(ref)
			require.True(t, exists)
			assert.Equal(t, items, fmt.Sprintf("%s, %s net, %s tax", itemsOf(w, o.ID), o.OrderValue, o.TotalVat))
			var values []string
			for _, v := range o.OrderNameValues {
				values = append(values, v.Name+"="+text(v.Value))
			}
			assert.Subset(t, values, []string{"unleashed=shipment", "OrderNumber=SO-3", "CustomerCode=HARBOUR01"})
		}
		assert.Empty(t, w.DeadLetters(t))
	})
	t.Run("one with a line that was ordered a moment before", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			running := w.Forever(t, "main_shipment_import")
			order := addOrder(w, "SO-1", nil)
			shipAll(w, order)
			<-time.After(16 * time.Minute)
			w.Unleashed.EditOrder(order, func(o *unleashedsim.SalesOrder) {
				o.SalesOrderLines = append(o.SalesOrderLines, unleashedsim.SalesOrderLine{Product: &unleashedsim.ProductBrief{ProductCode: "PLATE-26"}, OrderQuantity: unleashedsim.Number("1")})
			})
			ref := shipAll(w, order)
			w.Ask(t, func(tx *ledger.Tx) error {
				return tx.AddTrigger(ledger.Trigger{Stream: shipmentImport.stream(), Now: true})
			})
			<-time.After(10 * time.Second)
			o, exists := w.Mintsoft.OrderByNumber(ref)
			require.True(t, exists)
			assert.Equal(t, "1 x PLATE-26", itemsOf(w, o.ID))
			running.Stop(t)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("of an order from long ago", func(t *testing.T) {
		world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
			order := addOrder(w, "SO-OLD", nil)
			<-time.After(60 * 24 * time.Hour)
			ref := shipAll(w, order)
			shipmentImport.run(t, w)
			shipmentImport.requireDelivered(t, w, ref)
		})
	})
}

func TestShipmentsCostNoLookUpEach(t *testing.T) {
	t.Parallel()
	world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
		const count = 200
		for n := range count {
			shipmentImport.add(w, n)
		}
		row := shipmentImport.run(t, w).Of("shipment_import")
		require.EqualValues(t, count, row.Created)
		spent := map[string]int{}
		for _, c := range w.Calls("unleashed") {
			spent[strings.Join(strings.SplitN(c, "/", 3)[:2], "/")]++
		}
		assert.LessOrEqual(t, spent["GET /Customers"], runtime.GOMAXPROCS(0), "the customer of them all is asked for once, or by what runs at the same time")
		assert.LessOrEqual(t, spent["GET /SalesOrders"], 2)
		assert.Equal(t, count, shipmentImport.created(w))
		assert.LessOrEqual(t, row.Calls, int64(count+10), "under 0.05 calls a shipment, besides the one that makes its order")
	})
}

func TestShipmentsAndOrdersExcludeEachOther(t *testing.T) {
	t.Parallel()
	world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
		ref := shipmentImport.add(w, 1)
		rows := w.Once(t)
		assert.Equal(t, "off", rows.Of("order_import").State)
		assert.EqualValues(t, 1, rows.Of("shipment_import").Created)
		require.Len(t, w.Mintsoft.Orders(), 1, "the order arrives as its shipment only")
		shipmentImport.requireDelivered(t, w, ref)
	})
	t.Run("both on is a mistake in the file", func(t *testing.T) {
		_, err := connection.Parse("world.yaml", []byte(`connections:
  - name: main
    unleashed: {api_id: a, api_key: b, warehouse_code: MAIN}
    mintsoft: {api_key: c, warehouse: MAIN}
    general: {import_orders: true}
    shipment_import: {enabled: true}
`), func(string) (string, bool) { return "", false })
		assert.ErrorContains(t, err, "shipment_import.enabled: found true, expected false with general.import_orders: true")
	})
}

// TestNothingIsSentTwiceWhenOrdersComeTheOtherWay: what is on its way as an order must not
// be sent as its shipments too, nor the other way round.
func TestNothingIsSentTwiceWhenOrdersComeTheOtherWay(t *testing.T) {
	t.Parallel()
	const orders, shipments = "main_order_import", "main_shipment_import"
	set := func(w *world.World, stream string) {
		w.Set("general.import_orders", false)
		w.Set("shipment_import.enabled", stream == shipments)
		w.Set("general.import_orders", stream == orders)
	}
	sent := func(w *world.World) []string {
		var found []string
		for _, o := range w.Mintsoft.Orders() {
			found = append(found, o.OrderNumber+" "+status(o))
		}
		slices.Sort(found)
		return found
	}
	for _, c := range []struct{ from, to, first, second, says string }{
		{orders, shipments, "SO-1", "SS-00000001", "its sales order SO-1 stands in Mintsoft as order %d (SO-1, status 1)"},
		{shipments, orders, "SS-00000001", "SO-1", "its shipment SS-00000001 stands in Mintsoft as order %d (SS-00000001, status 1)"},
	} {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("from %s to %s, the ledger lost: %t", c.from, c.to, lost), func(t *testing.T) {
				world.Bubble(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
					set(w, c.from)
					order := addOrder(w, "SO-1", nil)
					if c.from == shipments {
						shipAll(w, order)
					}
					w.Once(t, c.from)
					require.Equal(t, []string{c.first + " NEW"}, sent(w))
					<-time.After(time.Hour)
					if c.from == orders {
						shipAll(w, order)
					}
					if lost {
						w.LoseLedger(t)
					}
					set(w, c.to)
					row := w.Once(t, c.to).Of(strings.TrimPrefix(c.to, "main_"))
					assert.True(t, row.Clean(), "%+v", row)
					assert.Equal(t, []string{c.first + " NEW"}, sent(w))
					first, _ := w.Mintsoft.OrderByNumber(c.first)
					assert.Len(t, w.Logged("needs a look", fmt.Sprintf(c.says, first.ID)+": it would be sent twice"), 1)

					// Cancelled there, it may go the new way.
					w.Mintsoft.Cancel(first.ID)
					<-time.After(time.Hour)
					w.Unleashed.EditOrder("SO-1", func(*unleashedsim.SalesOrder) {})
					for _, s := range w.Unleashed.Shipments() {
						w.Unleashed.EditShipment(s.ShipmentNumber, func(*unleashedsim.SalesShipment) {})
					}
					w.Once(t, c.to)
					assert.ElementsMatch(t, []string{c.first + " CANCELLED", c.second + " NEW"}, sent(w))
				})
			})
		}
	}
}

func TestReplayOfAShipmentKeepsItsBatches(t *testing.T) {
	t.Parallel()
	world.Bubble(t, shipmentImport.options(), func(t *testing.T, w *world.World) {
		w.Set("general.enable_serial_batch_tracking", true)
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
		ref := ship(w, addOrder(w, "TEA", func(o *unleashedsim.OrderSpec) {
			o.Lines, o.Delivery.Country = []unleashedsim.LineSpec{{SKU: "TEA-ASSAM", Quantity: "3"}}, "Atlantis"
		}), unleashedsim.ShipmentLineSpec{Line: 1, Quantity: "3", Batches: map[string]string{"A2409": "1", "A2411": "2"}})
		shipmentImport.run(t, w)
		require.NotEmpty(t, letterOf(t, w, ref).ID)
		sendTo(w, ref, "Whitby", "UK")
		w.Replay(t)
		assert.Equal(t, `"RequestedBatchNo":"A2409" "RequestedBatchNo":"A2411"`, sent("PUT", "/api/Order", "RequestedBatchNo")(t, w))
	})
}
