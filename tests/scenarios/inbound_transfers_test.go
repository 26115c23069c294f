package scenarios

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const (
	asOrders = "warehouse_transfer.import_as_orders_to_pick"
	asASNs   = "warehouse_transfer.import_as_asns_to_receive"
)

// between are the connections of both ends of a transfer.
func between(t *testing.T) world.Options {
	t.Helper()
	o := shared()
	o.Seed.Products--
	o.Settings = map[string]any{asOrders: true, asASNs: true}
	return o
}

// halves describes what Mintsoft has of a transfer, and where.
func halves(t *testing.T, w *world.World, ref string) (orders, asns []string) {
	t.Helper()
	main := mainWarehouse(t, w)
	at := func(warehouse int) string {
		return map[bool]string{true: " at MAIN", false: " at SHOP"}[warehouse == main]
	}
	for _, o := range w.Mintsoft.OrdersByNumber(ref) {
		orders = append(orders, order(o)+at(o.WarehouseID))
	}
	for i, a := range w.Mintsoft.ASNsByReference(ref) {
		asns = append(asns, asnsOf(t, w, ref)[i]+at(a.WarehouseID))
	}
	return orders, asns
}

// mainWarehouse is the id that Mintsoft knows MAIN by: the only one with stock.
func mainWarehouse(t *testing.T, w *world.World) int {
	t.Helper()
	for id := range 20 {
		if w.Mintsoft.Stock("MUG-BLUE", id).ID != 0 {
			return id
		}
	}
	require.Fail(t, "no warehouse has stock")
	return 0
}

func TestTransferBetweenTwoConnections(t *testing.T) {
	t.Parallel()
	order := func(ref string) string { return ref + ": NEW, 6 x MUG-BLUE, Shop (none), York at MAIN" }
	asn := func(ref string) string { return ref + ": NEW, 6 x MUG-BLUE, from Main Warehouse at SHOP" }
	const source, destination = "main_warehouse_transfer_import", "shop_warehouse_transfer_import"
	for name, runs := range map[string][][]string{
		"both at once":                {{source, destination}},
		"the source first":            {{source}, {destination}},
		"the destination first":       {{destination}, {source}},
		"the source, twice":           {{source}, {source}, {destination}},
		"each several times in turns": {{destination}, {source}, {destination}, {source}},
	} {
		t.Run("makes one order and one ASN: "+name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, between(t), func(t *testing.T, w *world.World) {
				ref := addTransfer(w, "MAIN", "SHOP", nil)
				back := addTransfer(w, "SHOP", "MAIN", nil)
				for _, streams := range runs {
					w.Once(t, streams...)
				}
				orders, asns := halves(t, w, ref)
				assert.Equal(t, []string{order(ref)}, orders)
				assert.Equal(t, []string{asn(ref)}, asns)
				orders, asns = halves(t, w, back)
				assert.Equal(t, []string{back + ": ONBACKORDER, 6 x MUG-BLUE, Goods in (none), Leeds at SHOP"}, orders, "the shop has no stock")
				assert.Equal(t, []string{back + ": NEW, 6 x MUG-BLUE, from Shop at MAIN"}, asns)

				w.LoseLedger(t)
				w.Once(t, source, destination)
				assert.Len(t, w.Mintsoft.Orders(), 2)
				assert.Len(t, w.Mintsoft.ASNs(), 2)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
	for _, c := range []struct {
		orders, asns bool // the options of both connections
	}{{true, false}, {false, true}, {false, false}} {
		t.Run(fmt.Sprintf("as orders to pick %v, as ASNs to receive %v", c.orders, c.asns), func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, between(t), func(t *testing.T, w *world.World) {
				w.Set(asOrders, c.orders)
				w.Set(asASNs, c.asns)
				ref := addTransfer(w, "MAIN", "SHOP", nil)
				w.Once(t)
				orders, asns := halves(t, w, ref)
				assert.Len(t, orders, map[bool]int{true: 1}[c.orders])
				assert.Len(t, asns, map[bool]int{true: 1}[c.asns])
			})
		})
	}
	t.Run("an option that only one of them has on makes its half only", func(t *testing.T) {
		world.Bubble(t, between(t), func(t *testing.T, w *world.World) {
			w.SetOf(t, "shop", asASNs, false)
			w.SetOf(t, world.Main, asOrders, true)
			ref := addTransfer(w, "MAIN", "SHOP", nil)
			w.Once(t)
			orders, asns := halves(t, w, ref)
			assert.Equal(t, []string{order(ref)}, orders)
			assert.Empty(t, asns)
		})
	})
	for name, place := range map[string]struct{ source, destination string }{
		"the destination is a warehouse that no connection knows": {"MAIN", "FAIR"},
		"the source is a warehouse that no connection knows":      {"FAIR", "MAIN"},
		"neither is one that a connection knows":                  {"FAIR", "DEPOT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, between(t), func(t *testing.T, w *world.World) {
				for _, code := range []string{"FAIR", "DEPOT"} {
					w.Unleashed.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: code, WarehouseName: "Trade fair", AddressLine1: "Hall 3", City: "Leipzig", PostCode: "04356", Country: "Germany"})
				}
				ref := addTransfer(w, place.source, place.destination, nil)
				w.Once(t)
				orders, asns := halves(t, w, ref)
				if place.source == "MAIN" {
					assert.Equal(t, []string{ref + ": NEW, 6 x MUG-BLUE, Trade fair (none), Leipzig at MAIN"}, orders)
					assert.Empty(t, asns)
					return
				}
				assert.Empty(t, orders)
				if place.destination == "MAIN" {
					assert.Equal(t, []string{ref + ": NEW, 6 x MUG-BLUE, from Trade fair at MAIN"}, asns)
					return
				}
				assert.Empty(t, asns)
				events := w.Events(t, ref)
				require.NotEmpty(t, events)
				assert.Contains(t, events[0].Summary, "from FAIR to DEPOT: no half of it is imported here")
			})
		})
	}
}

// TestBothHalvesOfAnAssembly has the warehouse be source and destination.
func TestBothHalvesOfAnAssembly(t *testing.T) {
	t.Parallel()
	const pick, receive = "assembly_import.create_order_to_pick", "assembly_import.create_asn_to_receive"
	options := assemblyOrder.options()
	options.Settings = map[string]any{pick: true, receive: true}
	t.Run("an assembly picks the components and receives the product", func(t *testing.T) {
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			ref := assemblyOrder.add(w, 1)
			row := assemblyOrder.run(t, w).Of("assembly_import")
			assert.EqualValues(t, 2, row.Created)
			assemblyOrder.requireDelivered(t, w, ref)
			assemblyASN.requireDelivered(t, w, ref)
		})
	})
	t.Run("a disassembly picks the product and receives the components", func(t *testing.T) {
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			ref := addAssembly(w, "ASM-1", func(a *unleashedsim.Assembly) { a.AssemblyType = unleashedsim.Disassemble })
			assemblyOrder.run(t, w)
			assert.Equal(t, []string{ref + ": NEW, 4 x PLATE-26, Goods in (none), Leeds"}, orderImport.stands(t, w, ref))
			assert.Equal(t, []string{ref + ": NEW, 5 x MUG-BLUE + 4 x BOX-S, from Assembly in Main Warehouse"}, asnsOf(t, w, ref))
		})
	})
	t.Run("one that a sales order made, and one that is complete, are left alone", func(t *testing.T) {
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			auto := addAssembly(w, "ASM-1", func(a *unleashedsim.Assembly) { a.AutoAssembly, a.SalesOrderNumber = true, "SO-7" })
			complete := assemblyOrder.add(w, 2)
			w.Unleashed.CompleteAssembly(complete)
			row := assemblyOrder.run(t, w).Of("assembly_import")
			assert.EqualValues(t, 2, row.Skipped)
			assert.Empty(t, w.Writes("mintsoft"))
			assert.Contains(t, w.Events(t, auto)[0].Summary, "sales order SO-7 made it")
			assert.Contains(t, w.Events(t, complete)[0].Summary, "status Completed is not imported")
		})
	})
	t.Run("tracked products are reported, since Unleashed's API takes no batches for them", func(t *testing.T) {
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			ref := addAssembly(w, "ASM-1", func(a *unleashedsim.Assembly) { a.AssemblyLines[1].Product.ProductCode = "TEA-ASSAM" })
			w.Once(t, "main_product_sync", "main_assembly_import")
			assert.Len(t, orderImport.stands(t, w, ref), 1)
			noted := ""
			for _, e := range w.Events(t, ref) {
				if e.Kind == "sent" {
					noted += e.Summary
				}
			}
			assert.Contains(t, noted, "TEA-ASSAM is tracked")
			assert.NotEmpty(t, w.Logged("needs a look", ref, "TEA-ASSAM is tracked"))
		})
	})
}
