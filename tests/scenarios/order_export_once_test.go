package scenarios

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// bothWays turn import and export on, of orders in any state that they may have.
var bothWays = with(exportSettings, "order_export.statuses", []string{"NEW", "DESPATCHED"})

// unnamed makes an order of Mintsoft forget what it was made from.
func unnamed(w *world.World, id int) {
	w.Mintsoft.EditOrder(id, func(o *mintsoftsim.Order) { o.OrderNameValues = nil })
}

func TestWhatCameFromUnleashedIsNeverExported(t *testing.T) {
	t.Parallel()
	// forget is what is lost of the import before the export runs.
	for name, forget := range map[string]func(t *testing.T, w *world.World, id int){
		"nothing is lost":        func(*testing.T, *world.World, int) {},
		"the ledger is lost":     func(t *testing.T, w *world.World, _ int) { w.LoseLedger(t) },
		"its name-value is lost": func(_ *testing.T, w *world.World, id int) { unnamed(w, id) },
		"both are lost":          func(t *testing.T, w *world.World, id int) { w.LoseLedger(t); unnamed(w, id) },
		"its reference is lost": func(_ *testing.T, w *world.World, id int) {
			w.Mintsoft.EditOrder(id, func(o *mintsoftsim.Order) { o.ExternalOrderReference = nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exporting(t, bothWays, func(t *testing.T, w *world.World) {
				ref := orderImport.add(w, 1)
				w.Once(t, orderImport.stream())
				made := webOrder(w, ref)
				w.Mintsoft.Despatch(made.ID, "TRACK-1")
				forget(t, w, made.ID)
				w.Forget()
				export(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				assert.Empty(t, allExported(w))
				events := w.Events(t, ref)
				assert.Contains(t, events[len(events)-1].Summary, "it came from Unleashed")
			})
		})
	}
	t.Run("nor what was made of a shipment, an assembly or a transfer", func(t *testing.T) {
		settings := map[string]any{
			"general.import_orders": false, "shipment_import.enabled": true, "assembly_import.create_order_to_pick": true, "warehouse_transfer.import_as_orders_to_pick": true,
		}
		for key, value := range bothWays {
			settings[key] = value
		}
		exporting(t, settings, func(t *testing.T, w *world.World) {
			orderImport.add(w, 1)
			w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-001", Status: unleashedsim.Placed})
			addAssembly(w, "ASM-001", nil)
			addTransfer(w, "MAIN", "SHOP", nil)
			w.Once(t, "main_shipment_import", "main_assembly_import", "main_warehouse_transfer_import")
			orders := w.Mintsoft.Orders()
			require.GreaterOrEqual(t, len(orders), 3)
			for _, o := range orders {
				unnamed(w, o.ID)
			}
			w.LoseLedger(t)
			w.Forget()
			export(t, w)
			assert.Empty(t, w.Writes("unleashed"))
		})
	})
	t.Run("an order of ours that another was merged into is reported", func(t *testing.T) {
		exporting(t, bothWays, func(t *testing.T, w *world.World) {
			ref := orderImport.add(w, 1)
			w.Once(t, orderImport.stream())
			foreign := soldElsewhere(w, "WEB-1", nil)
			w.Mintsoft.Merge(foreign.ID, webOrder(w, ref).ID)
			export(t, w)
			assert.Empty(t, allExported(w))
			assert.NotEmpty(t, w.Logged("needs a look", "WEB-1+"+ref))
		})
	})
}

// TestAnOrderThatAnotherIntegrationMade says nothing of what it was made from but a
// number that Unleashed has, which alone tells too little to sell it or to leave it.
func TestAnOrderThatAnotherIntegrationMade(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prefix, number string
		deleted        bool
		change         func(w *world.World, id int) (left int)
	}{
		"with our prefix": {"UNL-", "UNL-SO-1", false, func(_ *world.World, id int) int { return id }},
		"with our prefix, of an order that is a mistake": {"UNL-", "UNL-SO-1", true, func(_ *world.World, id int) int { return id }},
		"a part of it": {"", "SO-1", true, func(w *world.World, id int) int { return w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1}) }},
		"merged into one that was sold elsewhere": {"UNL-", "UNL-SO-1", true, func(w *world.World, id int) int {
			into := soldElsewhere(w, "WEB-1", nil).ID
			w.Mintsoft.Merge(into, id)
			return into
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exporting(t, with(exportSettings, "general.orders_prefix", c.prefix), func(t *testing.T, w *world.World) {
				addOrder(w, "SO-1", nil)
				left := c.change(w, soldElsewhere(w, c.number, nil).ID)
				w.Mintsoft.Despatch(left, "TRACK-1")
				w.Once(t, exportSent.stream())
				assert.Empty(t, allExported(w))
				made, _ := w.Mintsoft.Order(left)
				assert.Contains(t, letterOf(t, w, made.OrderNumber).Reason, fmt.Sprintf("order %s is not ours, and may have been made from sales order SO-1 (Placed) of Unleashed", made.OrderNumber))

				// It was made from that one, or that one was a mistake.
				mend, exported := w.Unleashed.CompleteOrder, 0
				if c.deleted {
					mend, exported = w.Unleashed.DeleteOrder, 1
				}
				mend("SO-1")
				w.Replay(t)
				assert.Len(t, allExported(w), exported)
				assert.Len(t, w.Logged("needs a look", "it may have been made from sales order SO-1 of Unleashed"), 1-exported)
				assert.Empty(t, w.DeadLetters(t))
				<-time.After(time.Hour)
				w.Once(t, stockSync, exportSent.stream())
				requireSameStock(t, w, "MUG-BLUE")
			})
		})
	}
}

func TestWhatWasExportedDoesNotComeBack(t *testing.T) {
	t.Parallel()
	settings := with(bothWays, "general.order_status_to_import", []string{"Open", "Completed"})
	exporting(t, settings, func(t *testing.T, w *world.World) {
		soldElsewhere(w, "WEB-NEW", nil)
		sentElsewhere(w, "WEB-SENT", nil)
		export(t, w)
		require.Len(t, allExported(w), 2)
		w.Forget()
		row := w.Once(t, orderImport.stream()).Of("order_import")
		require.True(t, row.Clean(), "%+v", row)
		assert.Empty(t, w.Writes("mintsoft"))
		assert.Len(t, w.Mintsoft.Orders(), 2)
	})
	exporting(t, with(with(bothWays, "general.import_orders", false), "shipment_import.enabled", true), func(t *testing.T, w *world.World) {
		soldElsewhere(w, "WEB-NEW", nil)
		export(t, w)
		w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "WEB-NEW", Status: unleashedsim.Placed})
		row := w.Once(t, "main_shipment_import").Of("shipment_import")
		require.True(t, row.Clean(), "%+v", row)
		assert.Len(t, w.Mintsoft.Orders(), 1)
	})
}

func TestTransfersOfMintsoftAreNotSales(t *testing.T) {
	t.Parallel()
	exporting(t, bothWays, func(t *testing.T, w *world.World) {
		sentElsewhere(w, "WEB-1", nil)
		export(t, w)
		// The list of transfers is known by now, and the transfer is made after it.
		transferred := moveInMintsoft(t, w)
		w.Mintsoft.Despatch(transferred.ID)
		sentElsewhere(w, "WEB-2", nil)
		export(t, w)
		assert.Len(t, allExported(w), 2)
		events := w.Events(t, transferred.OrderNumber)
		assert.Contains(t, events[len(events)-1].Summary, "it moved goods of transfer")
	})
}

// moveInMintsoft moves a mug from the first warehouse of Mintsoft to the next one
// and answers the order that does it.
func moveInMintsoft(t *testing.T, w *world.World) mintsoftsim.Order {
	t.Helper()
	transfer := w.Mintsoft.AddTransfer(webWarehouse(w), webWarehouse(w)+1, map[string]int{"MUG-BLUE": 1})
	made, exists := w.Mintsoft.Order(*transfer.OrderID)
	require.True(t, exists)
	return made
}

func TestLostAnswerAtEachStepOfAnExport(t *testing.T) {
	t.Parallel()
	newBuyer := func(o *mintsoftsim.OrderSpec) { o.More["Email"], o.More["CompanyName"] = "new@buyer.example", "" }
	for name, fault := range map[string]twin.Fault{
		"the customer's": {Method: "POST", Path: "/Customers/*"}, "the order's": {Method: "POST", Path: "/SalesOrders/*"}, "the completion's": {Method: "POST", Path: "/SalesOrders/*", Skip: 1},
	} {
		for lost, change := range map[string]func(*twin.Fault){
			"after it was done": func(f *twin.Fault) { f.CloseAfter = true }, "garbled": func(f *twin.Fault) { f.Garble = true }, "before it was done": func(f *twin.Fault) { f.CloseBefore = true },
		} {
			t.Run(name+" "+lost, func(t *testing.T) {
				t.Parallel()
				exporting(t, exportSettings, func(t *testing.T, w *world.World) {
					fault := fault
					change(&fault)
					fault.Times = 1
					w.Unleashed.Faults.Add(fault)
					sentElsewhere(w, "WEB-1", newBuyer)
					export(t, w)
					assert.Equal(t, []string{"WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Alex Example"}, allExported(w))
					assert.Len(t, w.Unleashed.Customers(), 9)
					assert.Len(t, w.Unleashed.Invoices(), 1)
					again := map[bool]int{true: 1}[fault.CloseBefore]
					assert.Len(t, w.Writes("unleashed"), 3+again, "only what was not done is sent again")
				})
			})
		}
	}
}

func TestCrashBetweenTheStepsOfAnExport(t *testing.T) {
	t.Parallel()
	for step, path := range map[string]string{"customer": "/Customers/*", "order": "/SalesOrders/*"} {
		t.Run("after the "+step, func(t *testing.T) {
			t.Parallel()
			exporting(t, exportSettings, func(t *testing.T, w *world.World) {
				export(t, w)
				sentElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) { o.More["Email"] = "new@buyer.example"; o.More["CompanyName"] = "" })
				// What the ledger holds when the step's request arrives is what a process
				// leaves that is killed right after it; nothing more of it arrives.
				var files map[string]string
				w.Unleashed.Faults.Before("POST", path, 1, func() {
					files = w.LedgerFiles(t)
					w.Unleashed.Faults.Add(twin.Fault{Path: "*", Status: http.StatusServiceUnavailable})
				})
				running := w.Forever(t, exportSent.stream())
				<-time.After(time.Second)
				running.Stop(t)
				require.NotEmpty(t, files)
				w.Killed(t, files)
				w.Unleashed.Faults.Clear()
				<-time.After(time.Hour)
				export(t, w)
				assert.Equal(t, []string{"WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Alex Example"}, allExported(w))
				assert.Len(t, w.Unleashed.Customers(), 9)
				assert.Len(t, w.Unleashed.Invoices(), 1)
			})
		})
	}
}

func TestNumbersOfExports(t *testing.T) {
	t.Parallel()
	t.Run("the parts of an order are numbered", func(t *testing.T) {
		exporting(t, exportSettings, func(t *testing.T, w *world.World) {
			first := soldElsewhere(w, "WEB-1", nil)
			second := w.Mintsoft.Split(first.ID, map[string]int{"MUG-BLUE": 1})
			w.Mintsoft.Despatch(second, "TRACK-2")
			export(t, w)
			assert.Equal(t, []string{"WEB-1/2: Completed, 1 x MUG-BLUE at 10 taxed UK20, 12 for Harbour Cafe"}, allExported(w))
			w.Mintsoft.Despatch(first.ID, "TRACK-1")
			export(t, w)
			assert.Equal(t, []string{
				"WEB-1/2: Completed, 1 x MUG-BLUE at 10 taxed UK20, 12 for Harbour Cafe", "WEB-1: Completed, 1 x MUG-BLUE at 10 taxed UK20, 12 for Harbour Cafe",
			}, allExported(w))
		})
	})
	t.Run("merged ones keep both", func(t *testing.T) {
		exporting(t, exportSettings, func(t *testing.T, w *world.World) {
			first, second := soldElsewhere(w, "WEB-1", nil), soldElsewhere(w, "WEB-2", nil)
			w.Mintsoft.Merge(first.ID, second.ID)
			w.Mintsoft.Despatch(first.ID)
			export(t, w)
			assert.Equal(t, []string{"WEB-1+WEB-2: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 2 x MUG-BLUE at 10 taxed UK20, 48 for Harbour Cafe"}, allExported(w))
		})
	})
	t.Run("a number that Unleashed cannot hold is named", func(t *testing.T) {
		exporting(t, exportSettings, func(t *testing.T, w *world.World) {
			fits, long := strings.Repeat("9", 20), strings.Repeat("8", 21)
			sentElsewhere(w, fits, nil)
			sentElsewhere(w, long, nil)
			w.Once(t, exportSent.stream())
			assert.Len(t, exportedAs(w, fits), 1)
			assert.Contains(t, letterOf(t, w, long).Reason, fmt.Sprintf("order %s: its number has more than the 20 characters", long))
			assert.Len(t, allExported(w), 1)
		})
	})
}
