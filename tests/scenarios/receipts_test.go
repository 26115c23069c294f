package scenarios

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const (
	importing  = "main_purchase_order_import"
	receipting = "main_purchase_order_receipt"
	overOption = "purchase_order_import.over_receipt"
)

// receipts are a world in which purchase orders become ASNs and are receipted.
func receipts(settings map[string]any) world.Options {
	o := purchaseOrderImport.options()
	o.Settings = map[string]any{"purchase_order_import.enabled": true, "purchase_order_import.update_purchase_order": true}
	maps.Copy(o.Settings, settings)
	return o
}

// expecting imports a purchase order of ten mugs, unless it is changed, and
// answers the id of its ASN.
func expecting(t *testing.T, w *world.World, number string, change func(*unleashedsim.PurchaseSpec)) (asn int) {
	t.Helper()
	addPurchase(w, number, change)
	w.Once(t, importing, receipting)
	return asnOf(t, w, number).ID
}

// came are goods of an ASN.
func came(sku string, quantity int) mintsoftsim.Received {
	return mintsoftsim.Received{SKU: sku, Quantity: quantity}
}

// received describes a purchase order and what was split off it: how much of
// each line was receipted, of how much.
func received(w *world.World, base string) string {
	var orders []string
	for n := 0; ; n++ {
		number := base
		if n > 0 {
			number = fmt.Sprintf("%s/%d", base, n)
		}
		o, known := w.Unleashed.PurchaseByNumber(number)
		if !known {
			return strings.Join(orders, "; ")
		}
		var lines []string
		for _, l := range o.PurchaseOrderLines {
			lines = append(lines, fmt.Sprintf("%s/%s %s", l.ReceiptQuantity.Decimal, l.OrderQuantity.Decimal, l.Product.ProductCode))
		}
		orders = append(orders, fmt.Sprintf("%s %s: %s", number, o.OrderStatus, strings.Join(lines, ", ")))
	}
}

// requireSameStock wants both services to have as much of each product.
func requireSameStock(t *testing.T, w *world.World, skus ...string) {
	t.Helper()
	for _, sku := range skus {
		require.Equal(t, fmt.Sprint(w.Mintsoft.Stock(sku, mainWarehouse(t, w)).StockLevel), w.Unleashed.Stock(sku, "MAIN").OnHand.String(), sku)
	}
}

// receiptsSent is how often Unleashed was asked for a receipt.
func receiptsSent(w *world.World) int { return w.Unleashed.Journal.Count("POST", "/PurchaseOrders/*/Receipt") }

func TestReceipts(t *testing.T) {
	for name, c := range map[string]struct {
		policy string
		came   []mintsoftsim.Received
		want   string
		reason string // of the dead letter
	}{
		"all of it, uncounted": {want: "PO-1 Receipted: 10/10 MUG-BLUE"},
		"all of it, counted":   {came: []mintsoftsim.Received{came("MUG-BLUE", 10)}, want: "PO-1 Receipted: 10/10 MUG-BLUE"},
		"less":                 {came: []mintsoftsim.Received{came("MUG-BLUE", 6)}, want: "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Placed: 0/4 MUG-BLUE"},
		"more":                 {policy: "error", came: []mintsoftsim.Received{came("MUG-BLUE", 12)}, want: "PO-1 Placed: 0/10 MUG-BLUE", reason: "SKU MUG-BLUE: ordered 10, booked in 12"},
		"more, which raises":   {policy: "increase_order", came: []mintsoftsim.Received{came("MUG-BLUE", 12)}, want: "PO-1 Receipted: 12/12 MUG-BLUE"},
		"more, which is cut":   {policy: "cap", came: []mintsoftsim.Received{came("MUG-BLUE", 12)}, want: "PO-1 Receipted: 10/10 MUG-BLUE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{}
			if c.policy != "" {
				settings[overOption] = c.policy
			}
			world.Bubble(t, receipts(settings), func(t *testing.T, w *world.World) {
				asn := expecting(t, w, "PO-1", nil)
				w.Mintsoft.BookIn(asn, c.came...)
				row := w.Once(t, receipting).Of(receipting)
				assert.Equal(t, c.want, received(w, "PO-1"), "%+v", row)
				if c.reason != "" {
					letter := letterOf(t, w, "PO-1")
					assert.Equal(t, "rejected", letter.Class)
					assert.Contains(t, letter.Reason, c.reason)
					return
				}
				assert.True(t, row.Clean(), "%+v", row)
				if c.policy != "cap" {
					requireSameStock(t, w, "MUG-BLUE")
				}
			})
		})
	}
}
