package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// exportSettings turn the export on, from a day before anything happens: a lost
// ledger then does not move where it starts.
var exportSettings = map[string]any{"order_export.enabled": true, "order_export.since": "2026-03-01", "order_export.frequency": "5m"}

// exportOf is the only stream of these scenarios.
const exportOf = "main_order_export"

// soldElsewhere adds an order that a web shop sold to a customer whom Unleashed
// knows: two mugs for 24.00 with tax.
func soldElsewhere(w *world.World, number string, change func(*mintsoftsim.OrderSpec)) mintsoftsim.Order {
	spec := mintsoftsim.OrderSpec{
		Number: number, Channel: "Amazon", Reference: "SHOP-" + number,
		Items: []mintsoftsim.ItemSpec{priced("MUG-BLUE", 2, "10", "2")},
		More:  map[string]string{"Email": "orders@harbour.example", "CompanyName": "Harbour Cafe"},
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

// exported describes a sales order of Unleashed.
func exported(o unleashedsim.SalesOrder) string {
	var lines []string
	for _, l := range o.SalesOrderLines {
		name := string(l.Comments)
		if l.Product != nil {
			name = l.Product.ProductCode
		}
		lines = append(lines, fmt.Sprintf("%s x %s at %s taxed %s", l.OrderQuantity.Decimal, name, l.UnitPrice.Decimal, l.LineTaxCode))
	}
	return fmt.Sprintf("%s: %s, %s, %s for %s", o.OrderNumber, o.OrderStatus, strings.Join(lines, " + "), o.Total.Decimal, o.Customer.CustomerName)
}

// exportedAs describes the sales orders with a number, deleted ones too.
func exportedAs(w *world.World, number string) []string {
	var found []string
	for _, o := range w.Unleashed.Orders() {
		if o.OrderNumber == number {
			found = append(found, exported(o))
		}
	}
	return found
}

func exporting(t *testing.T, test func(t *testing.T, w *world.World)) {
	t.Helper()
	world.Bubble(t, world.Options{Seed: small, Settings: exportSettings}, test)
}

func TestExport(t *testing.T) {
	exporting(t, func(t *testing.T, w *world.World) {
		before := w.Unleashed.Stock("MUG-BLUE", "MAIN").OnHand
		sentElsewhere(w, "WEB-1", nil)
		row := w.Once(t, exportOf).Of("order_export")
		require.True(t, row.Clean(), "%+v", row)
		assert.Equal(t, []string{"WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, exportedAs(w, "WEB-1"))
		assert.Equal(t, "2", before.Sub(w.Unleashed.Stock("MUG-BLUE", "MAIN").OnHand).String())
	})
}
