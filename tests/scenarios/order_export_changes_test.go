package scenarios

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestExportedOrderLeavesLater exports orders that are new and sends them then.
func TestExportedOrderLeavesLater(t *testing.T) {
	t.Parallel()
	const as = "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"
	const open = "WEB-1: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"
	const reduced = "WEB-1: Completed, 2 x MUG-BLUE at 10 less 0.2 taxed UK20, 19.2 for Harbour Cafe"
	cheaper := func(_ *testing.T, w *world.World, id int) {
		w.Mintsoft.EditItem(id, "MUG-BLUE", func(it *mintsoftsim.OrderItem) { it.Price, it.Vat = *money("8"), *money("1.60") })
		o, _ := w.Mintsoft.Order(id)
		bill(w, o, "16", "3.20", nil)
	}
	discounted := func(_ *testing.T, w *world.World, _ int) {
		w.Unleashed.EditOrder("WEB-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].DiscountRate.Set("0.2") })
	}
	for name, c := range map[string]struct {
		between func(t *testing.T, w *world.World, id int)
		want    string
		says    string // a report, where somebody has to look
	}{
		"and is completed": {between: func(*testing.T, *world.World, int) {}, want: as},
		"with a lost ledger": {
			between: func(t *testing.T, w *world.World, _ int) { w.LoseLedger(t) }, want: as,
		},
		"with other goods": {
			between: func(_ *testing.T, w *world.World, id int) {
				w.Mintsoft.EditItems(id, map[string]int{"MUG-BLUE": 1, "PLATE-26": 1})
			},
			want: open, says: "1 x MUG-BLUE, 1 x PLATE-26 left, and sales order WEB-1 has 2, 0: correct it to what left and complete it in Unleashed",
		},
		"after somebody changed it in Unleashed": {
			between: func(_ *testing.T, w *world.World, _ int) {
				w.Unleashed.EditOrder("WEB-1", func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("3") })
			},
			want: "WEB-1: Placed, 3 x MUG-BLUE at 10 taxed UK20, 36 for Harbour Cafe", says: "2 x MUG-BLUE left, and sales order WEB-1 has 3",
		},
		"at another price": {
			between: cheaper, want: open, says: "it comes to 16 + 3.2 tax by now, and sales order WEB-1 to 20 + 4 tax: correct it and complete it in Unleashed",
		},
		"at another price, and a lost ledger": {
			between: func(t *testing.T, w *world.World, id int) { cheaper(t, w, id); w.LoseLedger(t) }, want: open, says: "it comes to 16 + 3.2 tax by now",
		},
		"at another price, which somebody corrected in Unleashed too": {
			between: func(t *testing.T, w *world.World, id int) { cheaper(t, w, id); discounted(t, w, id) }, want: reduced,
		},
		"after somebody gave a discount in Unleashed": {between: discounted, want: reduced},
		"after somebody moved it to another warehouse in Unleashed": {
			between: func(_ *testing.T, w *world.World, _ int) {
				w.Unleashed.EditOrder("WEB-1", func(o *unleashedsim.SalesOrder) { o.Warehouse = &unleashedsim.Warehouse{WarehouseCode: "SHOP"} })
			},
			want: open, says: "it left warehouse MAIN, and sales order WEB-1 is of SHOP",
		},
		"after somebody completed it in Unleashed": {
			between: func(_ *testing.T, w *world.World, _ int) { w.Unleashed.CompleteOrder("WEB-1") }, want: as,
		},
		"after somebody deleted it in Unleashed": {
			between: func(_ *testing.T, w *world.World, _ int) { w.Unleashed.DeleteOrder("WEB-1") },
			want:    "WEB-1: Deleted, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe", says: "sales order WEB-1 was deleted in Unleashed after its export",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exporting(t, bothWays, func(t *testing.T, w *world.World) {
				id := soldElsewhere(w, "WEB-1", nil).ID
				export(t, w)
				require.Equal(t, []string{open}, allExported(w))
				<-time.After(afterwards)
				c.between(t, w, id)
				w.Mintsoft.Despatch(id, "TRACK-1")
				w.Forget()
				export(t, w)
				assert.Equal(t, []string{c.want}, allExported(w))
				assert.Empty(t, w.DeadLetters(t))
				if c.says != "" {
					assert.NotEmpty(t, w.Logged("needs a look", c.says))
					assert.Empty(t, w.Writes("unleashed"))
				}
			})
		})
	}
	t.Run("and stays placed where what has left is not exported", func(t *testing.T) {
		exporting(t, with(exportSettings, "order_export.statuses", []string{"NEW"}), func(t *testing.T, w *world.World) {
			id := soldElsewhere(w, "WEB-1", nil).ID
			export(t, w)
			w.Mintsoft.Despatch(id)
			export(t, w)
			assert.Equal(t, []string{open}, allExported(w))
		})
	})
}

func TestNumberThatAnotherOrderHas(t *testing.T) {
	t.Parallel()
	exporting(t, exportSettings, func(t *testing.T, w *world.World) {
		addOrder(w, "WEB-1", func(o *unleashedsim.OrderSpec) { o.SourceID = "Shop:77" })
		before, _ := w.Unleashed.OrderByNumber("WEB-1")
		made := sentElsewhere(w, "WEB-1", nil)
		w.Once(t, exportSent.stream())
		letter := letterOf(t, w, "WEB-1")
		assert.Equal(t, "rejected", letter.Class)
		assert.Contains(t, letter.Reason, `the number WEB-1 is held by sales order `+before.Guid.String()+` with SourceId "Shop:77", which is not ours`)
		after, _ := w.Unleashed.OrderByNumber("WEB-1")
		assert.Equal(t, before.LastModifiedOn, after.LastModifiedOn, "it is not replaced")

		w.Mintsoft.EditOrder(made.ID, func(o *mintsoftsim.Order) { o.OrderNumber = "WEB-1B" })
		w.Replay(t)
		assert.Equal(t, []string{"WEB-1B: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, allExported(w))
		assert.Empty(t, w.DeadLetters(t))
	})
}

func TestRefusedCompletionIsReplayed(t *testing.T) {
	t.Parallel()
	exporting(t, exportSettings, func(t *testing.T, w *world.World) {
		w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ShortSalesRefused = true })
		w.Unleashed.SetStock("MUG-BLUE", "MAIN", "1", "4.10")
		sentElsewhere(w, "WEB-1", nil)
		w.Once(t, exportSent.stream())
		assert.Equal(t, []string{"WEB-1: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, allExported(w))
		assert.Equal(t, "sales_order.complete", letterOf(t, w, "WEB-1").Operation)

		w.Unleashed.SetStock("MUG-BLUE", "MAIN", "5", "4.10")
		w.Forget()
		w.Replay(t)
		assert.Equal(t, []string{"WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, allExported(w))
		assert.Len(t, w.Writes("unleashed"), 1, "only the step that was refused")
		assert.Empty(t, w.DeadLetters(t))
	})
}

// TestTrackedOrderLeavesLater sends an order that was exported before its batches were
// known, or without them.
func TestTrackedOrderLeavesLater(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tracking bool
		sent     func(t *testing.T, w *world.World)
		want     string
	}{
		"with its batches": {tracking: true, want: "A2409"},
		"with a batch that somebody chose in Unleashed": {
			tracking: true, want: "A2411",
			sent: func(_ *testing.T, w *world.World) {
				w.Unleashed.EditOrder("WEB-1", func(o *unleashedsim.SalesOrder) {
					o.SalesOrderLines[0].BatchNumbers = []unleashedsim.BatchNumber{{Number: "A2411", Quantity: o.SalesOrderLines[0].OrderQuantity}}
				})
			},
		},
		"when tracking is turned on after a refusal": {
			want: "A2409",
			sent: func(t *testing.T, w *world.World) {
				w.Once(t, exportSent.stream())
				letter := letterOf(t, w, "WEB-1")
				assert.Equal(t, "sales_order.complete", letter.Operation)
				assert.Contains(t, letter.Reason, "give sales order WEB-1 its batches or serial numbers in Unleashed, or turn general.enable_serial_batch_tracking on, then replay")
				w.Set("general.enable_serial_batch_tracking", true)
				w.Replay(t)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exporting(t, with(bothWays, "general.enable_serial_batch_tracking", c.tracking), func(t *testing.T, w *world.World) {
				w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
				w.Mintsoft.AdjustStock("TEA-ASSAM", webWarehouse(w), 5, mintsoftsim.Lot{BatchNo: "A2409"})
				id := soldElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) { o.Items = items(priced("TEA-ASSAM", 3, "8", "1.60")) }).ID
				export(t, w)
				<-time.After(afterwards)
				w.Mintsoft.ScanAll(id)
				w.Mintsoft.Despatch(id, "TRACK-1")
				if c.sent != nil {
					c.sent(t, w)
				}
				export(t, w)
				assert.Equal(t, []string{"WEB-1: Completed, 3 x TEA-ASSAM at 8 taxed UK20, 28.8 for Harbour Cafe"}, allExported(w))
				o, _ := w.Unleashed.OrderByNumber("WEB-1")
				require.Len(t, o.SalesOrderLines[0].BatchNumbers, 1)
				assert.Equal(t, c.want, o.SalesOrderLines[0].BatchNumbers[0].Number)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

// TestAccountThatTakesNoPlacedOrders makes them Parked and places them then.
func TestAccountThatTakesNoPlacedOrders(t *testing.T) {
	t.Parallel()
	exporting(t, bothWays, func(t *testing.T, w *world.World) {
		w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.CreateStatuses = []string{unleashedsim.Parked, unleashedsim.Completed} })
		soldElsewhere(w, "WEB-1", nil)
		sentElsewhere(w, "WEB-2", nil)
		export(t, w)
		assert.Equal(t, []string{
			"WEB-1: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe", "WEB-2: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe",
		}, allExported(w))
		assert.Empty(t, w.DeadLetters(t))
	})
}

// TestOrderThatWasLeftParked was made as Parked when something went wrong.
func TestOrderThatWasLeftParked(t *testing.T) {
	t.Parallel()
	const parked = "WEB-1: Parked, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"
	const placed = "WEB-1: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"
	lost := twin.Fault{Method: "PUT", Path: "/SalesOrders/*", CloseBefore: true}
	for name, c := range map[string]struct {
		happens func(t *testing.T, w *world.World)
		want    string
	}{
		"an answer is lost": {
			happens: func(_ *testing.T, w *world.World) { lost := lost; lost.Times = 1; w.Unleashed.Faults.Add(lost) }, want: placed,
		},
		"Unleashed is out for a while": {
			happens: func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.RepostRefused = true })
				w.Unleashed.Faults.Add(twin.Fault{Method: "PUT", Path: "/SalesOrders/*", Status: http.StatusServiceUnavailable, Times: 9})
			}, want: placed,
		},
		"the process dies": {
			happens: func(t *testing.T, w *world.World) {
				var files map[string]string
				w.Unleashed.Faults.Add(lost)
				w.Unleashed.Faults.Before("PUT", "/SalesOrders/*", 1, func() { files = w.LedgerFiles(t) })
				running := w.Forever(t, exportSent.stream())
				<-time.After(2 * time.Minute)
				running.Stop(t)
				require.Equal(t, []string{parked}, allExported(w))
				w.Killed(t, files)
				w.Unleashed.Faults.Clear()
				<-time.After(time.Hour)
			},
			want: placed,
		},
		"a person parked it, and the ledger is lost": {
			happens: func(t *testing.T, w *world.World) {
				export(t, w)
				w.Unleashed.EditOrder("WEB-1", func(o *unleashedsim.SalesOrder) { o.OrderStatus = unleashedsim.Parked })
				w.LoseLedger(t)
			},
			want: parked,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exporting(t, bothWays, func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.CreateStatuses = []string{unleashedsim.Parked, unleashedsim.Completed} })
				export(t, w)
				soldElsewhere(w, "WEB-1", nil)
				c.happens(t, w)
				export(t, w)
				assert.Equal(t, []string{c.want}, allExported(w))
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
	t.Run("placing is refused", func(t *testing.T) {
		t.Parallel()
		exporting(t, bothWays, func(t *testing.T, w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.CreateStatuses = []string{unleashedsim.Parked, unleashedsim.Completed} })
			soldElsewhere(w, "WEB-1", nil)
			w.Unleashed.Faults.Add(twin.Fault{Method: "PUT", Path: "/SalesOrders/*", Status: http.StatusBadRequest})
			w.Once(t, exportSent.stream())
			assert.Equal(t, "sales_order.create", letterOf(t, w, "WEB-1").Operation)
			w.Unleashed.Faults.Clear()
			w.Replay(t)
			assert.Equal(t, []string{placed}, allExported(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestExportOfAProductWithADot(t *testing.T) {
	t.Parallel()
	exporting(t, bothWays, func(t *testing.T, w *world.World) {
		addProduct(w, "MUG.BIG", nil)
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "MUG.BIG", Name: "A big mug"})
		<-time.After(time.Minute)
		w.Mintsoft.AdjustStock("MUG.BIG", webWarehouse(w), 5)
		soldElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) { o.Items = []mintsoftsim.ItemSpec{priced("MUG.BIG", 1, "5", "1")} })
		export(t, w)
		assert.Equal(t, []string{"WEB-1: Placed, 1 x MUG.BIG at 5 taxed UK20, 6 for Harbour Cafe"}, allExported(w))
		assert.Empty(t, w.DeadLetters(t))
	})
}

// TestExportOfAListThatHidesItems reads the items of each order by itself.
func TestExportOfAListThatHidesItems(t *testing.T) {
	t.Parallel()
	exporting(t, bothWays, func(t *testing.T, w *world.World) {
		w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ListHidesItems = true })
		soldElsewhere(w, "WEB-1", nil)
		export(t, w)
		assert.Equal(t, []string{"WEB-1: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe"}, allExported(w))
		assert.Empty(t, w.DeadLetters(t))
	})
}

// TestExportsUnderEveryKnob turns what is not known of Unleashed.
func TestExportsUnderEveryKnob(t *testing.T) {
	t.Parallel()
	for _, k := range append(unleashedKnobs, []knob[unleashedsim.Knobs]{
		{"unknown names are made", func(k *unleashedsim.Knobs) { k.UnknownNamesCreated = true }},
		{"what is omitted is kept", func(k *unleashedsim.Knobs) { k.OmittedKept = true }},
		{"totals are counted anew", func(k *unleashedsim.Knobs) { k.Totals = unleashedsim.TotalsRecomputed }},
		{"an order is not posted twice", func(k *unleashedsim.Knobs) { k.RepostRefused = true }},
		{"completion makes no invoice", func(k *unleashedsim.Knobs) { k.CompleteWithoutInvoice = true }},
		{"completion makes no shipment", func(k *unleashedsim.Knobs) { k.CompleteWithoutShipment = true }},
		{"completion may be asked for twice", func(k *unleashedsim.Knobs) { k.CompleteTwiceAccepted = true }},
		{"parked orders allocate", func(k *unleashedsim.Knobs) { k.ParkedAllocates = true }},
		{"members that are not known are refused", func(k *unleashedsim.Knobs) { k.UnknownMembersRefused = true }},
	}...) {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			exporting(t, bothWays, func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(k.turn)
				bill(w, sentElsewhere(w, "WEB-1", nil), "25", "5", func(o *mintsoftsim.Order) { o.ShippingNet, o.ShippingTax = money("5"), money("1") })
				soldElsewhere(w, "WEB-2", func(o *mintsoftsim.OrderSpec) { o.More["Email"], o.More["CompanyName"] = "new@buyer.example", "" })
				export(t, w)
				assert.Equal(t, []string{
					"WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 1 x Carriage at 5 taxed UK20, 30 for Harbour Cafe",
					"WEB-2: Placed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Alex Example",
				}, allExported(w))
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}
