package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var orderImport = flow{
	pipeline: "order_import",
	source:   "unleashed", list: "/SalesOrders",
	target: "mintsoft", create: call{"PUT", "/api/Order"},

	add: func(w *world.World, n int) string { return addOrder(w, numbered("SO", n), nil) },
	stands: func(_ *testing.T, w *world.World, ref string) []string {
		var found []string
		for _, o := range w.Mintsoft.OrdersByNumber(ref) {
			found = append(found, order(o))
		}
		return found
	},
	delivered: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, Whitby" },

	// What changes in Unleashed after the import is recorded, not sent.
	change: func(w *world.World, ref string) {
		w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.DeliveryCity = "York" })
	},
	changed: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, Whitby" },
	remove:  func(w *world.World, ref string) { w.Unleashed.DeleteOrder(ref) },
	removed: func(ref string) string { return ref + ": CANCELLED, 2 x MUG-BLUE, Ada Quay, Whitby" },

	editedBefore: func(ref string) string { return ref + ": NEW, 2 x MUG-BLUE, Ada Quay, York" },

	usurp: func(_ *testing.T, w *world.World, ref string) {
		w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Number: ref, Reference: "by hand", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-RED", Quantity: 1}}})
	},
	vacate: func(t *testing.T, w *world.World, ref string) {
		o, exists := w.Mintsoft.OrderByNumber(ref)
		require.True(t, exists)
		w.Mintsoft.DeleteOrder(o.ID)
	},

	refusals: []refusal{
		{
			name: "Mintsoft does not know the courier",
			add: func(w *world.World, n int) string {
				w.Unleashed.AddDeliveryMethod("Pigeon")
				return addOrder(w, numbered("SO-PIGEON", n), func(o *unleashedsim.OrderSpec) { o.Method = "Pigeon" })
			},
			mend: func(w *world.World, _ string) {
				w.Mintsoft.MapCourier(w.Mintsoft.AddCourier("Pigeon post", "").ID, "Pigeon", 0)
			},
			class: "rejected", system: "mintsoft", operation: "order.create",
			words: []string{"CourierService 'Pigeon' could not be found", "map the phrase 'Pigeon'"},
		},
		{
			name: "the quantity is a fraction",
			add: func(w *world.World, n int) string {
				return addOrder(w, numbered("SO-HALF", n), func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "2.5" })
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("2") })
			},
			class: "unmappable", system: "unleashed", operation: "choose_lines",
			words: []string{"SO-HALF-", "SKU MUG-BLUE", "2.5"},
		},
		{
			name: "the country is none",
			add: func(w *world.World, n int) string {
				return addOrder(w, numbered("SO-LOST", n), func(o *unleashedsim.OrderSpec) { o.Delivery.Country = "Atlantis" })
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.DeliveryCountry = "UK" })
			},
			class: "unmappable", system: "unleashed", operation: "map_order",
			words: []string{"SO-LOST-", "DeliveryCountry Atlantis"},
		},
	},
}

// addOrder adds an order that is wanted: placed, in our warehouse, for two mugs
// that Mintsoft has.
func addOrder(w *world.World, number string, change func(*unleashedsim.OrderSpec)) string {
	spec := unleashedsim.OrderSpec{
		Number: number, Status: unleashedsim.Placed, Customer: "HARBOUR01", Warehouse: "MAIN",
		Delivery: unleashedsim.Delivered{Name: "Harbour Cafe", Street: "4 Quay Row", City: "Whitby", Country: "United Kingdom", PostCode: "YO22 4DD"},
		Lines:    []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "2"}},
	}
	if change != nil {
		change(&spec)
	}
	w.Unleashed.AddOrder(spec)
	return number
}

// order describes an order of Mintsoft.
func order(o mintsoftsim.Order) string {
	var items []string
	for _, it := range o.OrderItems {
		items = append(items, fmt.Sprintf("%d x %s", it.Quantity, it.SKU))
	}
	return fmt.Sprintf("%s: %s, %s, %s %s, %s", o.OrderNumber, status(o), strings.Join(items, " + "), o.FirstName, text(o.LastName), text(o.Town))
}

// status is the name of an order's status, for those that the scenarios meet.
func status(o mintsoftsim.Order) string {
	names := map[int]string{
		mintsoftsim.StatusNew: "NEW", mintsoftsim.StatusCancelled: "CANCELLED", mintsoftsim.StatusOnBackOrder: "ONBACKORDER",
		mintsoftsim.StatusPicked: "PICKED", mintsoftsim.StatusHolding: "HOLDING",
	}
	if name, known := names[o.OrderStatusID]; known {
		return name
	}
	return fmt.Sprintf("status %d", o.OrderStatusID)
}
