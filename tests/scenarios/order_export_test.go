package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// exports are the flows of orders that Mintsoft got elsewhere: of those that have
// left, and of those that are still to be picked.
var exports = []flow{exportSent, exportNew}

var exportSent = flow{
	pipeline: "order_export", half: " of what has left",
	settings: exportSettings,
	source:   "mintsoft", list: "/api/Order/List",
	target: "unleashed", create: call{"POST", "/SalesOrders/*"}, looksFirst: true,
	steps: []string{"sales_order.create", "sales_order.complete"},

	add:    func(w *world.World, n int) string { return sentElsewhere(w, numbered("WEB", n), nil).OrderNumber },
	stands: func(_ *testing.T, w *world.World, ref string) []string { return exportedAs(w, ref) },
	delivered: func(ref string) string {
		return ref + ": Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"
	},

	// What changes in Mintsoft after the export is recorded, not sent.
	change: func(w *world.World, ref string) {
		w.Mintsoft.EditOrder(webOrder(w, ref).ID, func(o *mintsoftsim.Order) { o.FirstName = "Bo" })
	},
	changed: func(ref string) string {
		return ref + ": Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"
	},

	refusals: []refusal{
		{
			name: "Unleashed does not know the SKU",
			add: func(w *world.World, n int) string {
				w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: numbered("LOCAL", n), Name: "Of the warehouse only"})
				w.Mintsoft.AdjustStock(numbered("LOCAL", n), webWarehouse(w), 5)
				return sentElsewhere(w, numbered("WEB-LOCAL", n), func(o *mintsoftsim.OrderSpec) {
					o.Items = append(o.Items, priced(numbered("LOCAL", n), 1, "5", "1"))
				}).OrderNumber
			},
			mend: func(w *world.World, _ string) {
				addProduct(w, numbered("LOCAL", 1), nil)
				stocked(w, numbered("LOCAL", 1))
			},
			class: "unmappable", system: "mintsoft", operation: "read_money",
			words: []string{"WEB-LOCAL-001", "SKU LOCAL-001", "is no product of Unleashed"},
		},
		{
			name: "no tax has its rate",
			add: func(w *world.World, n int) string {
				return sentElsewhere(w, numbered("WEB-TAX", n), func(o *mintsoftsim.OrderSpec) { o.Items = []mintsoftsim.ItemSpec{priced("MUG-BLUE", 2, "10", "0.7")} }).OrderNumber
			},
			mend:  func(w *world.World, _ string) { w.Unleashed.AddTax("LOW7", "0.07") },
			class: "unmappable", system: "mintsoft", operation: "choose_taxes",
			words: []string{"WEB-TAX-001", "SKU MUG-BLUE", "charged 0.7 tax on 10", "None 0, UK20 0.2"},
		},
		{
			name: "the total is not that of the lines",
			add: func(w *world.World, n int) string {
				o := sentElsewhere(w, numbered("WEB-SUM", n), nil)
				w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) { o.TotalOrderGross = money("24.01") })
				return o.OrderNumber
			},
			mend: func(w *world.World, ref string) {
				w.Mintsoft.EditOrder(webOrder(w, ref).ID, func(o *mintsoftsim.Order) { o.TotalOrderGross = money("24.00") })
			},
			class: "unmappable", system: "mintsoft", operation: "reconcile",
			words: []string{"WEB-SUM-001 comes to 24 in Unleashed (2 x SKU MUG-BLUE 20 + 4 tax), Mintsoft says 24.01, which differs by 0.01"},
		},
	},
}

var exportNew = flow{
	pipeline: "order_export", half: " of what is new",
	settings: with(exportSettings, "order_export.statuses", []string{"NEW"}),
	source:   "mintsoft", list: "/api/Order/List",
	target: "unleashed", create: call{"POST", "/SalesOrders/*"}, looksFirst: true,

	add:       func(w *world.World, n int) string { return soldElsewhere(w, numbered("WEB", n), nil).OrderNumber },
	stands:    exportSent.stands,
	delivered: func(ref string) string { return ref + ": Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe" },

	change:  exportSent.change,
	changed: func(ref string) string { return ref + ": Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe" },
	remove:  func(w *world.World, ref string) { w.Mintsoft.Cancel(webOrder(w, ref).ID) },
	removed: func(ref string) string { return ref + ": Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe" },

	usurp: func(_ *testing.T, w *world.World, ref string) {
		addOrder(w, ref, func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "1" })
	},
}

// exportSettings turn the export on, from a day before anything happens: a lost
// ledger then does not move where it starts.
var exportSettings = map[string]any{"order_export.enabled": true, "order_export.since": "2026-03-01", "order_export.frequency": "5m"}

// with are settings and one more.
func with(settings map[string]any, key string, value any) map[string]any {
	more := map[string]any{key: value}
	for k, v := range settings {
		if k != key {
			more[k] = v
		}
	}
	return more
}

// soldElsewhere adds an order that a web shop sold to a customer whom Unleashed
// knows: two mugs for 24.00 with tax.
func soldElsewhere(w *world.World, number string, change func(*mintsoftsim.OrderSpec)) mintsoftsim.Order {
	spec := mintsoftsim.OrderSpec{
		Number: number, Channel: "Amazon", Reference: "SHOP-" + number,
		Items: []mintsoftsim.ItemSpec{priced("MUG-BLUE", 2, "10", "2")},
		More:  map[string]string{"Email": "Orders@Harbour.example", "CompanyName": "Harbour Cafe"},
	}
	if change != nil {
		change(&spec)
	}
	return w.Mintsoft.AddOrder(spec)
}

// sentElsewhere is one that has left too.
func sentElsewhere(w *world.World, number string, change func(*mintsoftsim.OrderSpec)) mintsoftsim.Order {
	o := soldElsewhere(w, number, change)
	w.Mintsoft.Despatch(o.ID, "TRACK-"+number)
	return o
}

func priced(sku string, quantity int, price, vat string) mintsoftsim.ItemSpec {
	return mintsoftsim.ItemSpec{SKU: sku, Quantity: quantity, Price: decimal.RequireFromString(price), Vat: decimal.RequireFromString(vat)}
}

func money(text string) *mintsoftsim.Number {
	return &mintsoftsim.Number{Decimal: decimal.RequireFromString(text)}
}

// bill changes the money of an order and says what it comes to.
func bill(w *world.World, o mintsoftsim.Order, net, tax string, change func(*mintsoftsim.Order)) {
	w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) {
		if change != nil {
			change(o)
		}
		o.TotalOrderNet, o.TotalOrderTax = money(net), money(tax)
		o.TotalOrderGross = &mintsoftsim.Number{Decimal: o.TotalOrderNet.Add(o.TotalOrderTax.Decimal)}
	})
}

func stocked(w *world.World, sku string) { w.Unleashed.SetStock(sku, "MAIN", "100", "1.00") }

// webOrder is the first order of Mintsoft with a number.
func webOrder(w *world.World, ref string) mintsoftsim.Order {
	o, _ := w.Mintsoft.OrderByNumber(ref)
	return o
}

// webWarehouse is where the seed's orders go out.
func webWarehouse(w *world.World) int { return w.Mintsoft.Flow()[0].WarehouseID }

// exported describes a sales order of Unleashed.
func exported(o unleashedsim.SalesOrder) string {
	var lines []string
	for _, l := range o.SalesOrderLines {
		name := string(l.Comments)
		if l.Product != nil {
			name = l.Product.ProductCode
		}
		price := l.UnitPrice.Decimal.String()
		if !l.DiscountRate.Decimal.IsZero() {
			price += " less " + l.DiscountRate.Decimal.String()
		}
		lines = append(lines, fmt.Sprintf("%s x %s at %s taxed %s", l.OrderQuantity.Decimal, name, price, l.LineTaxCode))
	}
	return fmt.Sprintf("%s: %s, %s, %s for %s", o.OrderNumber, o.OrderStatus, strings.Join(lines, " + "), o.Total.Decimal, o.Customer.CustomerName)
}

// exportedAs describes the sales orders with a number that came from Mintsoft.
func exportedAs(w *world.World, number string) []string {
	var found []string
	for _, o := range w.Unleashed.Orders() {
		if o.OrderNumber == number && strings.HasPrefix(string(o.SourceId), "mintsoft:") {
			found = append(found, exported(o))
		}
	}
	return found
}

// allExported describes everything that came from Mintsoft, by number.
func allExported(w *world.World) []string {
	found := []string{}
	for _, o := range w.Unleashed.Orders() {
		if strings.HasPrefix(string(o.SourceId), "mintsoft:") {
			found = append(found, exported(o))
		}
	}
	slices.Sort(found)
	return found
}

func exporting(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World)) {
	t.Helper()
	world.Bubble(t, world.Options{Seed: small, Settings: settings}, test)
}

// export runs the flow once, cleanly.
func export(t *testing.T, w *world.World) {
	t.Helper()
	row := w.Once(t, exportSent.stream()).Of("order_export")
	require.True(t, row.Clean(), "%+v", row)
}

func TestExportIsWholeFieldByField(t *testing.T) {
	t.Parallel()
	exporting(t, exportSettings, func(t *testing.T, w *world.World) {
		w.Unleashed.AddDeliveryMethod("SWIFT 48")
		before := w.Unleashed.Stock("MUG-BLUE", "MAIN").OnHand
		made := sentElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) {
			for name, value := range map[string]string{
				"Address2": "Yard 2", "Address3": "Ancoats", "County": "Kent", "Comments": "Gift", "DeliveryNotes": "Ring twice", "RequiredDeliveryDate": "2026-03-05T00:00:00",
			} {
				o.More[name] = value
			}
		})
		export(t, w)
		assert.Equal(t, []string{"WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, exportedAs(w, "WEB-1"))
		o, _ := w.Unleashed.OrderByNumber("WEB-1")
		assert.Equal(t, fmt.Sprintf("mintsoft:%d", made.ID), string(o.SourceId))
		assert.Equal(t, []string{
			"SHOP-WEB-1", "Gift", "MAIN", "GBP", "Harbour Cafe", "1 Sample Street", "Yard 2", "Ancoats", "Sampleton", "Kent", "UNITED KINGDOM", "SA1 1AA", "Ring twice", "SWIFT 48",
		}, []string{
			string(o.CustomerRef), string(o.Comments), o.Warehouse.WarehouseCode, o.Currency.CurrencyCode, string(o.DeliveryName), string(o.DeliveryStreetAddress), string(o.DeliveryStreetAddress2),
			string(o.DeliverySuburb), string(o.DeliveryCity), string(o.DeliveryRegion), string(o.DeliveryCountry), string(o.DeliveryPostCode), string(o.DeliveryInstruction), string(o.DeliveryMethod),
		})
		assert.Equal(t, []string{"2026-03-02", "2026-03-05"}, []string{o.OrderDate.Format("2006-01-02"), o.RequiredDate.Format("2006-01-02")})
		assert.Equal(t, []string{"20", "4", "24", "1"}, []string{o.SubTotal.Decimal.String(), o.TaxTotal.Decimal.String(), o.Total.Decimal.String(), o.ExchangeRate.Decimal.String()})
		assert.Equal(t, "2", before.Sub(w.Unleashed.Stock("MUG-BLUE", "MAIN").OnHand).String())
		require.Len(t, w.Unleashed.Invoices(), 1)
	})
}
