package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// lineOf is the GUID of the first line of a purchase order.
func lineOf(t *testing.T, w *world.World, number string) string {
	t.Helper()
	o, known := w.Unleashed.PurchaseByNumber(number)
	require.True(t, known, number)
	return o.PurchaseOrderLines[0].Guid.String()
}

// skipReason is why a record was skipped last.
func skipReason(t *testing.T, w *world.World, ref string) string {
	t.Helper()
	reason := ""
	for _, e := range w.Events(t, ref) {
		if e.Kind == "skipped" {
			reason = e.Summary
		}
	}
	return reason
}

func TestOnlyASNsOfOursAreReceipted(t *testing.T) {
	t.Parallel()
	t.Run("an equal number is no reason", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			w.Once(t, receipting)
			addPurchase(w, "PO-1", nil)
			byHand := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: "PO-1", Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 10}}})
			w.Mintsoft.BookIn(byHand.ID)
			w.Forget()
			ran(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			assert.Contains(t, skipReason(t, w, "PO-1"), "it carries no line of purchase order PO-1")
		})
	})
	t.Run("without a link the lines that it carries are", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", nil)
			w.LoseLedger(t)
			w.Once(t, receipting)
			w.Mintsoft.BookIn(asn)
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE", received(w, "PO-1"))
		})
	})
	t.Run("ASNs of transfers, assemblies and people are not", func(t *testing.T) {
		settings := map[string]any{asASNs: true, "assembly_import.create_asn_to_receive": true}
		world.Bubble(t, receipts(settings), func(t *testing.T, w *world.World) {
			refs := []string{transferASN.add(w, 1), assemblyASN.add(w, 1), "HAND-1"}
			w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: "HAND-1", Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 1}}})
			w.Once(t, "main_warehouse_transfer_import", "main_assembly_import", receipting)
			for _, ref := range refs {
				w.Mintsoft.BookIn(asnOf(t, w, ref).ID)
			}
			w.Forget()
			ran(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			for _, ref := range refs {
				assert.Contains(t, skipReason(t, w, ref), "there is no purchase order "+ref)
			}
		})
	})
	t.Run("what is not booked in for good is not, and nothing is nothing", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			part, partial := expecting(t, w, "PO-1", nil), expecting(t, w, "PO-2", nil)
			for id, book := range map[int]func(int){part: w.Mintsoft.PartBook, partial: w.Mintsoft.BookInPartial} {
				w.Mintsoft.ConfirmASN(id)
				w.Mintsoft.Receive(id, came("MUG-BLUE", 4))
				book(id)
			}
			w.Forget()
			ran(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			assert.Contains(t, skipReason(t, w, "PO-1"), "status PARTIALLYBOOKED is not booked in for good")
			assert.Contains(t, skipReason(t, w, "PO-2"), "status BOOKEDIN-PARTIAL is not booked in for good")

			// What was booked in two goes is receipted in one.
			w.Mintsoft.BookIn(part, came("MUG-BLUE", 6))
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE", received(w, "PO-1"))
		})
	})
	t.Run("what was booked in before the connection first ran is not read", func(t *testing.T) {
		world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
			addPurchase(w, "PO-1", nil)
			w.Once(t, importing)
			w.Mintsoft.BookIn(asnOf(t, w, "PO-1").ID)
			w.LoseLedger(t)
			<-time.After(time.Minute)
			row := w.Once(t, receipting).Of(receipting)
			assert.Zero(t, row.Read)
		})
	})
	t.Run("each connection receipts what its own warehouse booked in", func(t *testing.T) {
		options := shared()
		options.Seed.Products--
		options.Settings = receipts(nil).Settings
		world.Bubble(t, options, func(t *testing.T, w *world.World) {
			addPurchase(w, "PO-MAIN", nil)
			addPurchase(w, "PO-SHOP", func(o *unleashedsim.PurchaseSpec) { o.Warehouse = "SHOP" })
			w.Once(t)
			for _, number := range []string{"PO-MAIN", "PO-SHOP"} {
				w.Mintsoft.BookIn(asnOf(t, w, number).ID)
			}
			rows := w.Once(t, "*_purchase_order_receipt")
			for _, stream := range []string{receipting, "shop_purchase_order_receipt"} {
				assert.EqualValues(t, 1, rows.Of(stream).Read, stream)
				assert.EqualValues(t, 1, rows.Of(stream).Updated, stream)
			}
			assert.Equal(t, "PO-SHOP Receipted: 10/10 MUG-BLUE", received(w, "PO-SHOP"))
			assert.Equal(t, "10", w.Unleashed.Stock("MUG-BLUE", "SHOP").OnHand.String())
			requireSameStock(t, w, "MUG-BLUE")
		})
	})
}

func TestOverReceipts(t *testing.T) {
	t.Parallel()
	twoLines := func(o *unleashedsim.PurchaseSpec) {
		o.Tax = "UK20"
		o.Lines = []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "10", Price: "4.1999", Discount: "0.15"}, {SKU: "MUG-RED", Quantity: "5", Price: "3.33"}}
	}
	t.Run("raised lines keep their price, discount and tax", func(t *testing.T) {
		for name, fault := range map[string]twin.Fault{"": {Times: 1, Path: "/nothing", Status: 500}, ", and are raised once when the answer is lost": closeAfter("PUT", "/PurchaseOrders/*/Lines/*")} {
			t.Run("both"+name, func(t *testing.T) {
				world.Bubble(t, receipts(map[string]any{overOption: "increase_order"}), func(t *testing.T, w *world.World) {
					asn := expecting(t, w, "PO-1", twoLines)
					w.Mintsoft.BookIn(asn, came("MUG-BLUE", 13), came("MUG-RED", 7))
					w.Unleashed.Faults.Add(fault)
					ran(t, w)
					assert.Equal(t, "PO-1 Receipted: 13/13 MUG-BLUE, 7/7 MUG-RED", received(w, "PO-1"))
					assert.Equal(t, 2, w.Unleashed.Journal.Count("PUT", "/PurchaseOrders/*/Lines/*"))
					o, _ := w.Unleashed.PurchaseByNumber("PO-1")
					assert.Equal(t, "46.41 9.28 23.31 4.66", fmt.Sprint(o.PurchaseOrderLines[0].LineTotal.Decimal, " ", o.PurchaseOrderLines[0].LineTax.Decimal, " ", o.PurchaseOrderLines[1].LineTotal.Decimal, " ", o.PurchaseOrderLines[1].LineTax.Decimal))
					assert.Equal(t, "0.15", o.PurchaseOrderLines[0].DiscountRate.Decimal.String())
					requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
					assert.NotEmpty(t, w.Logged("needs a look", "PO-1", "the line was raised: SKU MUG-BLUE: ordered 10, booked in 13; SKU MUG-RED: ordered 5, booked in 7"))
				})
			})
		}
	})
	t.Run("a process that dies between the line and the receipt receipts what was raised", func(t *testing.T) {
		world.Bubble(t, receipts(map[string]any{overOption: "increase_order"}), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", twoLines)
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 13), came("MUG-RED", 4))
			w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/PurchaseOrders/*/Receipt", Status: 400, Body: `{"Description":"Not now."}`, Times: 1})
			w.Once(t, receipting)
			assert.Contains(t, received(w, "PO-1"), "PO-1 Placed: 0/13 MUG-BLUE")
			assert.Contains(t, letterOf(t, w, "PO-1").Reason, "Not now.")
			w.Replay(t)
			assert.Equal(t, "PO-1 Receipted: 13/13 MUG-BLUE, 4/4 MUG-RED; PO-1/1 Placed: 0/1 MUG-RED", received(w, "PO-1"))
			assert.Equal(t, 1, w.Unleashed.Journal.Count("PUT", "/PurchaseOrders/*/Lines/*"))
			requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
		})
	})
	t.Run("an error is mended by raising the line, or by the option", func(t *testing.T) {
		for name, mend := range map[string]func(w *world.World){
			"the line": func(w *world.World) {
				w.Unleashed.EditPurchase("PO-1", func(o *unleashedsim.PurchaseOrder) { o.PurchaseOrderLines[0].OrderQuantity.Set("13") })
			},
			"the option": func(w *world.World) { w.Set(overOption, "increase_order") },
		} {
			t.Run(name, func(t *testing.T) {
				world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
					asn := expecting(t, w, "PO-1", twoLines)
					w.Mintsoft.BookIn(asn, came("MUG-BLUE", 13), came("MUG-RED", 5))
					w.Forget()
					w.Once(t, receipting)
					assert.Contains(t, letterOf(t, w, "PO-1").Reason, "SKU MUG-BLUE: ordered 10, booked in 13")
					assert.Empty(t, w.Writes("unleashed"), "not a line of it")
					mend(w)
					w.Replay(t)
					assert.Equal(t, "PO-1 Receipted: 13/13 MUG-BLUE, 5/5 MUG-RED", received(w, "PO-1"))
					assert.Empty(t, w.DeadLetters(t))
				})
			})
		}
	})
	t.Run("cut, the rest is recorded, each time that it is looked at", func(t *testing.T) {
		world.Bubble(t, receipts(map[string]any{overOption: "cap"}), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", twoLines)
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 13), came("MUG-RED", 5))
			ran(t, w)
			assert.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE, 5/5 MUG-RED", received(w, "PO-1"))
			assert.NotEmpty(t, w.Logged("needs a look", "PO-1", "the rest is not receipted: SKU MUG-BLUE: ordered 10, booked in 13"))
			w.Mintsoft.CompleteASN(asn)
			w.Forget()
			ran(t, w)
			assert.Empty(t, w.Writes("unleashed"))
			assert.Contains(t, skipReason(t, w, "PO-1"), "all that was ordered is receipted, the rest is not (purchase_order_import.over_receipt): SKU MUG-BLUE: ordered 10, booked in 13")
		})
	})
	for policy, want := range map[string]string{"error": "dead", "increase_order": "dead", "cap": "receipted"} {
		t.Run("what was never ordered, with "+policy, func(t *testing.T) {
			world.Bubble(t, receipts(map[string]any{overOption: policy, "purchase_order_import.enabled": false}), func(t *testing.T, w *world.World) {
				w.Once(t, receipting)
				addPurchase(w, "PO-1", nil)
				a := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: "PO-1", Items: []mintsoftsim.ASNItemSpec{
					{SKU: "MUG-BLUE", Quantity: 10, SourceLineID: lineOf(t, w, "PO-1")}, {SKU: "MUG-RED", Quantity: 2},
				}})
				w.Mintsoft.BookIn(a.ID)
				w.Once(t, receipting)
				if want == "dead" {
					assert.Contains(t, letterOf(t, w, "PO-1").Reason, "SKU MUG-RED: on no line, booked in 2")
					assert.Equal(t, "PO-1 Placed: 0/10 MUG-BLUE", received(w, "PO-1"))
					return
				}
				assert.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE", received(w, "PO-1"))
				assert.NotEmpty(t, w.Logged("needs a look", "PO-1", "SKU MUG-RED: on no line, booked in 2"))
			})
		})
	}
}

// TestASNWhoseReferenceWasChanged is known by its link.
func TestASNWhoseReferenceWasChanged(t *testing.T) {
	t.Parallel()
	world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
		before := w.Unleashed.Stock("MUG-BLUE", "MAIN").OnHand
		asn := expecting(t, w, "PO-1", nil)
		w.Mintsoft.RenameASN(asn, "PO-1 lorry 2")
		w.Mintsoft.BookIn(asn)
		w.Once(t, "main_stock_sync")
		assert.Equal(t, before, w.Unleashed.Stock("MUG-BLUE", "MAIN").OnHand, "a receipt explains it")
		row := w.Once(t, receipting).Of(receipting)
		assert.True(t, row.Clean(), "%+v", row)
		assert.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE", received(w, "PO-1"))
	})
}

// TestReceiptedBeforeItsASNWasMade is an account in which a part of an order can be
// received and the order stays: of what was receipted nobody can tell what it was for.
func TestASNWhoseOrderIsForAnotherWarehouseByNow(t *testing.T) {
	t.Parallel()
	settledStock(t, receipts(nil), func(t *testing.T, w *world.World) {
		asn := expecting(t, w, "PO-1", nil)
		<-time.After(time.Minute)
		w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.Warehouse = &unleashedsim.Warehouse{WarehouseCode: "SHOP"} })
		<-time.After(time.Minute)
		w.Mintsoft.BookIn(asn)
		w.Once(t, importing, receipting)
		assert.Zero(t, receiptsSent(w))
		assert.NotEmpty(t, w.Logged("needs a look", "PO-1"), "ten are in the warehouse and in no stock of Unleashed")
	})
}

func TestReceiptedBeforeItsASNWasMade(t *testing.T) {
	t.Parallel()
	for name, came := range map[string]int{"more than before": 6, "less than before": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true })
				addPurchase(w, "PO-1", nil)
				w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "4"})
				w.Once(t, importing, receipting)
				asn := asnOf(t, w, "PO-1")
				require.Equal(t, 6, asn.Items[0].QuantityExpected)
				w.Mintsoft.BookIn(asn.ID, mintsoftsim.Received{SKU: "MUG-BLUE", Quantity: came})
				w.Once(t, receipting)
				letter := letterOf(t, w, "PO-1")
				assert.Contains(t, letter.Reason, fmt.Sprintf("purchase order PO-1, SKU MUG-BLUE: 4 receipted, 6 outstanding, %d booked in", came))
				assert.Contains(t, received(w, "PO-1"), "4/10 MUG-BLUE")

				w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": fmt.Sprint(came)})
				w.Replay(t)
				assert.Empty(t, w.DeadLetters(t))
				assert.Contains(t, received(w, "PO-1"), fmt.Sprintf("%d/10 MUG-BLUE", 4+came))
			})
		})
	}
}
