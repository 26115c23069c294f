package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// orderDespatch despatches an order that stands in both services, as it would
// after its import. Nobody invoices it, which would have it read once more.
var orderDespatch = flow{
	pipeline: "order_despatch",
	source:   "mintsoft", list: "/api/Order/List",
	target: "unleashed", create: call{"POST", "/SalesShipments"},
	steps: []string{"sales_shipment.dispatch", "sales_order.complete"},

	add: func(w *world.World, n int) string {
		return despatched(w, numbered("SO", n), unleashedsim.LineSpec{SKU: "MUG-BLUE", Quantity: "2", Price: "6"})
	},
	stands: func(_ *testing.T, w *world.World, ref string) []string {
		var found []string
		o, _ := w.Unleashed.OrderByNumber(ref)
		for _, s := range w.Unleashed.ShipmentsOf(ref) {
			if s.ShipmentStatus == unleashedsim.Dispatched {
				found = append(found, fmt.Sprintf("%s: %s, %s", ref, o.OrderStatus, shipment(s)))
			}
		}
		return found
	},
	delivered: func(ref string) string { return ref + ": Completed, Dispatched: 2 x MUG-BLUE TRK-" + ref },

	// What left stays so.
	change: func(w *world.World, ref string) {
		w.Mintsoft.EditOrder(inWarehouse(w, ref), func(o *mintsoftsim.Order) { o.Comments = nil })
	},
	changed: func(ref string) string { return ref + ": Completed, Dispatched: 2 x MUG-BLUE TRK-" + ref },
	remove:  func(w *world.World, ref string) { w.Mintsoft.Invoice(inWarehouse(w, ref), true) },
	removed: func(ref string) string { return ref + ": Completed, Dispatched: 2 x MUG-BLUE TRK-" + ref },

	refusals: []refusal{
		{
			name: "more left than was ordered",
			add: func(w *world.World, n int) string {
				ref := despatched(w, numbered("SO-MORE", n), unleashedsim.LineSpec{SKU: "MUG-BLUE", Quantity: "2", Price: "6"})
				w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("1") })
				return ref
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("2") })
			},
			class: "unmappable", system: "mintsoft", operation: "judge",
			words: []string{"SO-MORE-", "SKU MUG-BLUE", "2 left", "1 of 1 ordered are open", "raise the line"},
		},
		{
			name: "the order is deleted",
			add: func(w *world.World, n int) string {
				ref := despatched(w, numbered("SO-GONE", n), unleashedsim.LineSpec{SKU: "MUG-BLUE", Quantity: "2", Price: "6"})
				w.Unleashed.DeleteOrder(ref)
				return ref
			},
			class: "unmappable", system: "mintsoft", operation: "judge",
			words: []string{"SO-GONE-", "deleted in Unleashed"},
		},
		{
			name: "Unleashed wants the batches",
			add: func(w *world.World, n int) string {
				if _, exists := w.Mintsoft.Product("TEA-ASSAM"); !exists {
					stock(w, "TEA-ASSAM", mintsoftsim.Lot{}, 20)
				}
				return despatched(w, numbered("SO-TEA", n), unleashedsim.LineSpec{SKU: "TEA-ASSAM", Quantity: "2", Price: "6"})
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: ref, Status: unleashedsim.Dispatched, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2", Batches: map[string]string{"A2409": "2"}}}})
			},
			class: "rejected", system: "unleashed", operation: "sales_shipment.dispatch",
			words: []string{"sales order SO-TEA-", "Batch quantities of product TEA-ASSAM", "general.enable_serial_batch_tracking"},
		},
	},
}

// despatched adds an order to both services, as its import would have made it, and
// sends it.
func despatched(w *world.World, number string, lines ...unleashedsim.LineSpec) string {
	w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InvoiceAfter = -1 })
	made := w.Unleashed.AddOrder(unleashedsim.OrderSpec{Number: number, Status: unleashedsim.Placed, Customer: "HARBOUR01", Warehouse: "MAIN", Lines: lines})
	spec := mintsoftsim.OrderSpec{Number: number, Reference: made.Guid.String(), NameValues: map[string]string{"unleashed": "sales_order"}}
	for _, l := range made.SalesOrderLines {
		spec.Items = append(spec.Items, mintsoftsim.ItemSpec{
			SKU: l.Product.ProductCode, Quantity: int(l.OrderQuantity.Decimal.IntPart()), NameValues: map[string]string{"unleashed_line": l.Guid.String()},
		})
	}
	w.Mintsoft.Despatch(w.Mintsoft.AddOrder(spec).ID, "TRK-"+number)
	return number
}

// stock puts goods of a lot into Mintsoft's warehouse, where the product is made if
// need be.
func stock(w *world.World, sku string, lot mintsoftsim.Lot, quantity int) {
	if _, exists := w.Mintsoft.Product(sku); !exists {
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: sku, Name: sku, HasBatchNumber: lot.BatchNo != "", HasSerialNumber: lot.SerialNo != ""})
	}
	warehouse := 0
	for w.Mintsoft.Stock("MUG-BLUE", warehouse).ID == 0 {
		warehouse++
	}
	w.Mintsoft.AdjustStock(sku, warehouse, quantity, lot)
}

// inWarehouse is the id of the only order with a number in Mintsoft.
func inWarehouse(w *world.World, number string) int {
	o, _ := w.Mintsoft.OrderByNumber(number)
	return o.ID
}

// shipment describes a shipment of Unleashed.
func shipment(s unleashedsim.SalesShipment) string {
	var lines []string
	for _, l := range s.SalesShipmentLines {
		text := fmt.Sprintf("%s x %s", l.ShipmentQty.Decimal, l.Product.ProductCode)
		for _, b := range l.BatchNumbers {
			text += fmt.Sprintf(" [%s x %s]", b.Quantity.Decimal, b.Number)
		}
		for _, n := range l.SerialNumbers {
			text += fmt.Sprintf(" [%s]", n.Identifier)
		}
		lines = append(lines, text)
	}
	return strings.TrimSpace(fmt.Sprintf("%s: %s %s %s", s.ShipmentStatus, strings.Join(lines, " + "), s.TrackingNumber, s.ShippingCompany.Name))
}

// upstream describes an order of Unleashed and its shipments.
func upstream(w *world.World, number string) []string {
	o, _ := w.Unleashed.OrderByNumber(number)
	said := []string{fmt.Sprintf("%s: %s", number, o.OrderStatus)}
	for _, s := range w.Unleashed.ShipmentsOf(number) {
		said = append(said, shipment(s))
	}
	slices.Sort(said[1:])
	return said
}

// despatching is a world in which orders are imported and can leave.
func despatching(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World)) {
	t.Helper()
	world.Bubble(t, world.Options{Seed: small, Settings: settings}, func(t *testing.T, w *world.World) {
		w.Once(t, "main_order_import", "main_order_despatch")
		test(t, w)
	})
}

// despatch is a run of the flow.
func despatch(t *testing.T, w *world.World) world.Rows {
	t.Helper()
	<-time.After(time.Minute)
	return w.Once(t, "main_order_despatch")
}
