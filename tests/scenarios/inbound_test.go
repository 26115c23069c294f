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

// inbound are the flows into the warehouse. A pipeline that makes an order and an
// ASN of a record is two of them, with one half on.
var inbound = []flow{purchaseOrderImport, assemblyOrder, assemblyASN, transferOrder, transferASN}

var purchaseOrderImport = flow{
	pipeline: "purchase_order_import", bare: true,
	settings: map[string]any{"purchase_order_import.enabled": true},
	source:   "unleashed", list: "/PurchaseOrders",
	target: "mintsoft", create: call{"PUT", "/api/ASN"},

	add:       func(w *world.World, n int) string { return addPurchase(w, numbered("PO", n), nil) },
	stands:    asnsOf,
	delivered: func(ref string) string { return ref + ": NEW, 10 x MUG-BLUE, from Clay Company" },

	// What changes or goes in Unleashed after the import is recorded, not sent.
	change: func(w *world.World, ref string) {
		w.Unleashed.EditPurchase(ref, func(o *unleashedsim.PurchaseOrder) { o.PurchaseOrderLines[0].OrderQuantity.Set("12") })
	},
	changed: func(ref string) string { return ref + ": NEW, 10 x MUG-BLUE, from Clay Company" },
	remove:  func(w *world.World, ref string) { w.Unleashed.DeletePurchase(ref) },
	removed: func(ref string) string { return ref + ": NEW, 10 x MUG-BLUE, from Clay Company" },

	refusals: []refusal{
		{
			name: "the quantity is a fraction",
			add: func(w *world.World, n int) string {
				return addPurchase(w, numbered("PO-HALF", n), func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "2.5" })
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditPurchase(ref, func(o *unleashedsim.PurchaseOrder) { o.PurchaseOrderLines[0].OrderQuantity.Set("2") })
			},
			class: "unmappable", system: "unleashed", operation: "choose_lines",
			words: []string{"PO-HALF-", "SKU MUG-BLUE", "2.5"},
		},
		{
			name: "neither side knows the SKU",
			add: func(w *world.World, n int) string {
				return ofGhost(w, n, func(sku string) string {
					return addPurchase(w, numbered("PO-GHOST", n), func(o *unleashedsim.PurchaseSpec) { o.Lines[0].SKU = sku })
				})
			},
			mend:  mendGhosts,
			class: "rejected", system: "mintsoft", operation: "asn.create",
			words: []string{"GHOST", "could not be found"},
		},
	},
}

var assemblyOrder = flow{
	pipeline: "assembly_import", half: " to pick", bare: true,
	settings: map[string]any{"assembly_import.create_order_to_pick": true},
	source:   "unleashed", list: "/Assemblies",
	target: "mintsoft", create: call{"PUT", "/api/Order"},

	add:       func(w *world.World, n int) string { return addAssembly(w, numbered("ASM", n), nil) },
	stands:    orderImport.stands,
	delivered: func(ref string) string { return ref + ": NEW, 5 x MUG-BLUE + 4 x BOX-S, Goods in (none), Leeds" },

	change: func(w *world.World, ref string) {
		w.Unleashed.EditAssembly(ref, func(a *unleashedsim.Assembly) { a.AssemblyLines[0].Quantity.Set("6") })
	},
	changed: func(ref string) string { return ref + ": NEW, 5 x MUG-BLUE + 4 x BOX-S, Goods in (none), Leeds" },
	remove:  func(w *world.World, ref string) { w.Unleashed.DeleteAssembly(ref) },
	removed: func(ref string) string { return ref + ": NEW, 5 x MUG-BLUE + 4 x BOX-S, Goods in (none), Leeds" },

	editedBefore: func(ref string) string { return ref + ": NEW, 7 x MUG-BLUE + 4 x BOX-S, Goods in (none), Leeds" },
	usurp:        orderImport.usurp,
	vacate:       orderImport.vacate,

	refusals: []refusal{
		{
			name: "a component is a fraction",
			add: func(w *world.World, n int) string {
				return addAssembly(w, numbered("ASM-HALF", n), func(a *unleashedsim.Assembly) { a.AssemblyLines[1].Quantity.Set("0.5") })
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditAssembly(ref, func(a *unleashedsim.Assembly) { a.AssemblyLines[1].Quantity.Set("1") })
			},
			class: "unmappable", system: "unleashed", operation: "choose_lines",
			words: []string{"ASM-HALF-", "SKU BOX-S", "0.5"},
		},
		{
			name: "neither side knows a component",
			add: func(w *world.World, n int) string {
				return ofGhost(w, n, func(sku string) string {
					return addAssembly(w, numbered("ASM-GHOST", n), func(a *unleashedsim.Assembly) { a.AssemblyLines[1].Product.ProductCode = sku })
				})
			},
			mend:  mendGhosts,
			class: "rejected", system: "mintsoft", operation: "order.create",
			words: []string{"GHOST", "could not be found"},
		},
	},
}

var assemblyASN = flow{
	pipeline: "assembly_import", half: " to receive", bare: true,
	settings: map[string]any{"assembly_import.create_asn_to_receive": true},
	source:   "unleashed", list: "/Assemblies",
	target: "mintsoft", create: call{"PUT", "/api/ASN"},

	add:       assemblyOrder.add,
	stands:    asnsOf,
	delivered: func(ref string) string { return ref + ": NEW, 4 x PLATE-26, from Assembly in Main Warehouse" },

	change: func(w *world.World, ref string) {
		w.Unleashed.EditAssembly(ref, func(a *unleashedsim.Assembly) { a.Quantity.Set("5") })
	},
	changed: func(ref string) string { return ref + ": NEW, 4 x PLATE-26, from Assembly in Main Warehouse" },
	remove:  assemblyOrder.remove,
	removed: func(ref string) string { return ref + ": NEW, 4 x PLATE-26, from Assembly in Main Warehouse" },
}

var transferOrder = flow{
	pipeline: "warehouse_transfer_import", half: " to pick", bare: true,
	settings: map[string]any{"warehouse_transfer.import_as_orders_to_pick": true, "warehouse_transfer.frequency": "5m"},
	source:   "unleashed", list: "/WarehouseStockTransfers",
	target: "mintsoft", create: call{"PUT", "/api/Order"},

	add:       func(w *world.World, _ int) string { return addTransfer(w, "MAIN", "SHOP", nil) },
	stands:    orderImport.stands,
	delivered: func(ref string) string { return ref + ": NEW, 6 x MUG-BLUE, Shop (none), York" },

	change:  func(w *world.World, ref string) { moveMore(w, ref) },
	changed: func(ref string) string { return ref + ": NEW, 6 x MUG-BLUE, Shop (none), York" },
	remove:  func(w *world.World, ref string) { w.Unleashed.DeleteTransfer(ref) },
	removed: func(ref string) string { return ref + ": NEW, 6 x MUG-BLUE, Shop (none), York" },

	editedBefore: func(ref string) string { return ref + ": NEW, 8 x MUG-BLUE, Shop (none), York" },
	usurp:        orderImport.usurp,
	vacate:       orderImport.vacate,

	refusals: []refusal{
		{
			name: "the quantity is a fraction",
			add: func(w *world.World, _ int) string {
				return addTransfer(w, "MAIN", "SHOP", func(s *unleashedsim.TransferSpec) { s.Lines[0].Quantity = "2.5" })
			},
			mend:  moveMore,
			class: "unmappable", system: "unleashed", operation: "choose_lines",
			words: []string{"TX-", "SKU MUG-BLUE", "2.5"},
		},
		{
			name: "the destination's country is none",
			add: func(w *world.World, _ int) string {
				w.Unleashed.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: "DEEP", WarehouseName: "Sea bed", AddressLine1: "1 Reef", PostCode: "0", Country: "Atlantis"})
				return addTransfer(w, "MAIN", "DEEP", nil)
			},
			mend: func(w *world.World, ref string) {
				w.Unleashed.EditTransfer(ref, func(r *unleashedsim.Transfer) {
					r.DestinationWarehouse = &unleashedsim.Warehouse{WarehouseCode: "SHOP"}
				})
			},
			class: "unmappable", system: "unleashed", operation: "map_halves",
			words: []string{"TX-", "Country Atlantis of warehouse DEEP"},
		},
	},
}

var transferASN = flow{
	pipeline: "warehouse_transfer_import", half: " to receive", bare: true,
	settings: map[string]any{"warehouse_transfer.import_as_asns_to_receive": true, "warehouse_transfer.frequency": "5m"},
	source:   "unleashed", list: "/WarehouseStockTransfers",
	target: "mintsoft", create: call{"PUT", "/api/ASN"},

	add:       func(w *world.World, _ int) string { return addTransfer(w, "SHOP", "MAIN", nil) },
	stands:    asnsOf,
	delivered: func(ref string) string { return ref + ": NEW, 6 x MUG-BLUE, from Shop" },

	change:  transferOrder.change,
	changed: func(ref string) string { return ref + ": NEW, 6 x MUG-BLUE, from Shop" },
	remove:  transferOrder.remove,
	removed: func(ref string) string { return ref + ": NEW, 6 x MUG-BLUE, from Shop" },
}

// addPurchase adds a purchase order that is wanted: placed, for our warehouse, of
// ten mugs that Mintsoft knows.
func addPurchase(w *world.World, number string, change func(*unleashedsim.PurchaseSpec)) string {
	spec := unleashedsim.PurchaseSpec{
		Number: number, Supplier: "CLAYCO", Warehouse: "MAIN", Lines: []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "10", Price: "4.00"}},
	}
	if change != nil {
		change(&spec)
	}
	return w.Unleashed.AddPurchase(spec).OrderNumber
}

// addAssembly adds an assembly that is wanted: of four plates out of four mugs,
// one of which breaks, and four boxes.
func addAssembly(w *world.World, number string, change func(*unleashedsim.Assembly)) string {
	line := func(sku, quantity, wastage string) unleashedsim.AssemblyLine {
		return unleashedsim.AssemblyLine{
			Product: &unleashedsim.ProductBrief{ProductCode: sku}, Quantity: unleashedsim.Number(quantity), WastageQuantity: unleashedsim.Number(wastage),
		}
	}
	a := unleashedsim.Assembly{
		AssemblyNumber: number, Product: &unleashedsim.ProductBrief{ProductCode: "PLATE-26"}, Quantity: unleashedsim.Number("4"),
		SourceWarehouse: &unleashedsim.Warehouse{WarehouseCode: "MAIN"}, DestinationWarehouse: &unleashedsim.Warehouse{WarehouseCode: "MAIN"},
		AssemblyLines: []unleashedsim.AssemblyLine{line("MUG-BLUE", "4", "1"), line("BOX-S", "4", "0")},
	}
	if change != nil {
		change(&a)
	}
	return w.Unleashed.AddAssembly(a).AssemblyNumber
}

// addTransfer adds a transfer that is wanted, of six mugs.
func addTransfer(w *world.World, source, destination string, change func(*unleashedsim.TransferSpec)) string {
	spec := unleashedsim.TransferSpec{Source: source, Destination: destination, Lines: []unleashedsim.TransferLineSpec{{SKU: "MUG-BLUE", Quantity: "6"}}}
	if change != nil {
		change(&spec)
	}
	return w.Unleashed.AddTransfer(spec).TransferOrderNumber
}

func moveMore(w *world.World, ref string) {
	w.Unleashed.EditTransfer(ref, func(r *unleashedsim.Transfer) { r.TransferDetails[0].TransferQuantity.Set("8") })
}

// ofGhost adds a document of a product that is gone from Unleashed right after it,
// and that Mintsoft never had.
func ofGhost(w *world.World, n int, add func(sku string) string) string {
	sku := addProduct(w, numbered("GHOST", n), nil)
	ref := add(sku)
	w.Unleashed.DeleteProduct(sku)
	return ref
}

// mendGhosts gives Mintsoft the products of ofGhost.
func mendGhosts(w *world.World, _ string) {
	w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: numbered("GHOST", 1), Name: "Ghost"})
}

// asnsOf describes the ASNs of a reference.
func asnsOf(_ *testing.T, w *world.World, ref string) []string {
	var found []string
	for _, a := range w.Mintsoft.ASNsByReference(ref) {
		var items []string
		for _, it := range a.Items {
			items = append(items, fmt.Sprintf("%d x %s", it.QuantityExpected, it.SKU))
		}
		found = append(found, fmt.Sprintf("%s: %s, %s, from %s", ref, a.ASNStatus.Name, strings.Join(items, " + "), text(a.Supplier)))
	}
	return found
}

// asnOf is the only ASN of a reference.
func asnOf(t *testing.T, w *world.World, ref string) mintsoftsim.ASN {
	t.Helper()
	found := w.Mintsoft.ASNsByReference(ref)
	require.Len(t, found, 1, ref)
	return found[0]
}
