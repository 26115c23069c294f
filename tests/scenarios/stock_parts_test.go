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

func TestPartsAndMergedOrders(t *testing.T) {
	t.Parallel()
	t.Run("a part that leaves after the other was posted", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "10" })
			w.Once(t, "main_order_import")
			first := w.Mintsoft.OrdersByNumber(ref)[0].ID
			second := w.Mintsoft.Split(first, map[string]int{"MUG-BLUE": 4})
			<-time.After(time.Minute)
			w.Mintsoft.Despatch(first, "T-1")
			counted(t, w)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
			w.Once(t, "main_order_despatch")
			require.Equal(t, "234", onHand(w, "MUG-BLUE"))
			for range 5 {
				<-time.After(24 * time.Hour)
				counted(t, w)
			}
			w.Mintsoft.Despatch(second, "T-2")
			counted(t, w)
			assert.Equal(t, "234", onHand(w, "MUG-BLUE"), "what was posted of the first part is not the second's")
			w.LoseLedger(t)
			counted(t, w)
			assert.Equal(t, "234", onHand(w, "MUG-BLUE"), "without a ledger")
			w.Once(t, "main_order_despatch")
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, "230", onHand(w, "MUG-BLUE"))
			assert.Empty(t, adjusted(w))
		})
	})
	t.Run("orders that were merged, one of which is posted", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			a, b := addOrder(w, "SO-1", nil), addOrder(w, "SO-2", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "5" })
			w.Once(t, "main_order_import")
			<-time.After(time.Minute)
			one, _ := w.Mintsoft.OrderByNumber(a)
			two, _ := w.Mintsoft.OrderByNumber(b)
			w.Mintsoft.Merge(one.ID, two.ID)
			w.Mintsoft.Despatch(one.ID, "T-1")
			counted(t, w)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
			w.Unleashed.CompleteOrder(a)
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, "238", onHand(w, "MUG-BLUE"), "five are not posted")
			w.Unleashed.CompleteOrder(b)
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, "233", onHand(w, "MUG-BLUE"))
			assert.Empty(t, adjusted(w))
		})
	})
	t.Run("orders that were merged, a part of one of which had left before", func(t *testing.T) {
		settledStock(t, openDocument{}.options(), func(t *testing.T, w *world.World) {
			a, b := partLeft(w, time.Hour), addOrder(w, "SO-2", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "5" })
			w.Once(t, "main_order_import")
			<-time.After(time.Minute)
			one, _ := w.Mintsoft.OrderByNumber(a)
			two, _ := w.Mintsoft.OrderByNumber(b)
			w.Mintsoft.Merge(one.ID, two.ID)
			w.Mintsoft.Despatch(one.ID, "T-1")
			w.Unleashed.CompleteOrder(a)
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, "230", onHand(w, "MUG-BLUE"), "the three are no part of what is posted of both")
			assert.Empty(t, adjusted(w))
		})
	})
	t.Run("orders that were merged, one of which is dispatched and completed and the other refused", func(t *testing.T) {
		settledStock(t, openDocument{}.options(), func(t *testing.T, w *world.World) {
			a := addOrder(w, "SO-1", nil)
			b := addOrder(w, "SO-2", func(o *unleashedsim.OrderSpec) { o.Lines = []unleashedsim.LineSpec{{SKU: "MUG-RED", Quantity: "5"}} })
			w.Once(t, "main_order_import", "main_order_despatch")
			<-time.After(time.Minute)
			one, _ := w.Mintsoft.OrderByNumber(a)
			two, _ := w.Mintsoft.OrderByNumber(b)
			w.Mintsoft.Merge(one.ID, two.ID)
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ShortSalesRefused = true })
			w.Unleashed.SetStock("MUG-RED", "MAIN", "1", "4.1")
			w.Mintsoft.Despatch(one.ID, "T-1")
			w.Once(t, "main_order_despatch")
			require.Equal(t, "238", onHand(w, "MUG-BLUE"))
			require.Len(t, w.DeadLetters(t), 1)
			w.Unleashed.SetStock("MUG-RED", "MAIN", "180", "4.1")
			<-time.After(time.Minute)
			counted(t, w)
			assert.Equal(t, "180", onHand(w, "MUG-RED"), "SO-2 is not posted")
			assert.Empty(t, adjusted(w))
		})
	})
}

func TestAPartThatLeavesMonthsLater(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
		ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "10" })
		w.Once(t, "main_order_import")
		first := w.Mintsoft.OrdersByNumber(ref)[0].ID
		second := w.Mintsoft.Split(first, map[string]int{"MUG-BLUE": 4})
		<-time.After(time.Minute)
		w.Mintsoft.Despatch(first, "T-1")
		w.Once(t, "main_order_despatch")
		for range 8 {
			counted(t, w)
			<-time.After(5 * 24 * time.Hour)
		}
		w.Mintsoft.Despatch(second, "T-2")
		counted(t, w)
		assert.Equal(t, "234", onHand(w, "MUG-BLUE"), "the second part is not posted")
		<-time.After(time.Hour)
		w.Once(t, "main_order_despatch")
		<-time.After(time.Hour)
		counted(t, w)
		assert.Equal(t, "230", onHand(w, "MUG-BLUE"))
	})
}

func TestAPurchaseOrderThatIsReceivedInPieces(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{Seed: small, Settings: map[string]any{"purchase_order_import.enabled": true}}, func(t *testing.T, w *world.World) {
		ref := addPurchase(w, "PO-1", nil)
		w.Once(t, "main_purchase_order_import")
		asn := w.Mintsoft.ASNsByReference(ref)[0].ID
		w.Mintsoft.ConfirmASN(asn)
		for i, came := range []int{4, 6} {
			<-time.After(24 * time.Hour)
			w.Mintsoft.Receive(asn, mintsoftsim.Received{SKU: "MUG-BLUE", Quantity: came})
			w.Mintsoft.PartBook(asn)
			counted(t, w)
			assert.Equal(t, []string{"240", "244"}[i], onHand(w, "MUG-BLUE"))
			w.Unleashed.ReceiptPurchase([]string{"PO-1", "PO-1/1"}[i], map[string]string{"MUG-BLUE": fmt.Sprint(came)})
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, []string{"244", "250"}[i], onHand(w, "MUG-BLUE"))
		}
		w.LoseLedger(t)
		counted(t, w)
		assert.Equal(t, "250", onHand(w, "MUG-BLUE"))
		assert.Empty(t, adjusted(w))
	})
}

func TestAnASNThatIsReceiptedOnSeveralOrders(t *testing.T) {
	t.Parallel()
	t.Run("and one of them refuses", func(t *testing.T) {
		settledStock(t, receipts(nil), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", nil)
			w.Unleashed.EditPurchase("PO-1", func(p *unleashedsim.PurchaseOrder) { p.PurchaseOrderLines[0].OrderQuantity.Set("6") })
			addPurchase(w, "PO-1/1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = "4" })
			<-time.After(time.Minute)
			w.Mintsoft.BookIn(asn)
			w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/PurchaseOrders/*/Receipt", Skip: 1, Status: 400, Times: 1})
			w.Once(t, receipting)
			require.Equal(t, "PO-1 Receipted: 6/6 MUG-BLUE; PO-1/1 Placed: 0/4 MUG-BLUE", received(w, "PO-1"))
			counted(t, w)
			assert.Equal(t, "246", onHand(w, "MUG-BLUE"), "4 mugs are booked in and not receipted")
			w.Replay(t)
			<-time.After(time.Hour)
			counted(t, w)
			requireSameStock(t, w, "MUG-BLUE")
			assert.Empty(t, adjusted(w))
		})
	})
	t.Run("and more came of one line than is receipted, and less of another", func(t *testing.T) {
		settledStock(t, receipts(map[string]any{overOption: "cap"}), func(t *testing.T, w *world.World) {
			asn := expecting(t, w, "PO-1", func(o *unleashedsim.PurchaseSpec) {
				o.Lines = append(o.Lines, unleashedsim.LineSpec{SKU: "MUG-RED", Quantity: "5"})
			})
			<-time.After(time.Minute)
			w.Mintsoft.BookIn(asn, came("MUG-BLUE", 12), came("MUG-RED", 3))
			w.Once(t, receipting)
			require.Equal(t, "PO-1 Receipted: 10/10 MUG-BLUE, 3/3 MUG-RED; PO-1/1 Placed: 0/2 MUG-RED", received(w, "PO-1"))
			counted(t, w)
			assert.Equal(t, "252", onHand(w, "MUG-BLUE"), "nobody will receipt the other 2")
			requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
		})
	})
}

func TestEachOfAFamilyOfPurchaseOrdersHasAnASN(t *testing.T) {
	t.Parallel()
	settledStock(t, receipts(nil), func(t *testing.T, w *world.World) {
		for i, number := range []string{"PO-1/1", "PO-1"} {
			addPurchase(w, number, func(o *unleashedsim.PurchaseSpec) { o.Lines[0].Quantity = []string{"4", "6"}[i] })
			w.Once(t, importing)
		}
		one, two := asnOf(t, w, "PO-1").ID, asnOf(t, w, "PO-1/1").ID
		<-time.After(time.Minute)
		booksInPart(w, one, 3)
		counted(t, w)
		require.Equal(t, "240", onHand(w, "MUG-BLUE"))
		<-time.After(time.Hour)
		w.Mintsoft.BookIn(two)
		ran(t, w)
		require.Equal(t, "PO-1 Placed: 0/6 MUG-BLUE; PO-1/1 Receipted: 4/4 MUG-BLUE", received(w, "PO-1"))
		counted(t, w)
		assert.Equal(t, "244", onHand(w, "MUG-BLUE"), "3 are booked in and not receipted")
		<-time.After(time.Hour)
		w.Mintsoft.BookIn(one, came("MUG-BLUE", 3))
		ran(t, w)
		counted(t, w)
		assert.Equal(t, "250", onHand(w, "MUG-BLUE"))
		assert.Empty(t, adjusted(w))
	})
}

func TestAPartThatAPersonExportedIsPosted(t *testing.T) {
	t.Parallel()
	o := openDocument{settings: map[string]any{"order_export.enabled": true, "order_export.since": "2026-03-01"}}.options()
	settledStock(t, o, func(t *testing.T, w *world.World) {
		order := w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Client: demo(w), Warehouse: mainWarehouse(t, w), Number: "M-1", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-BLUE", Quantity: 4}}})
		second := w.Mintsoft.Split(order.ID, map[string]int{"MUG-BLUE": 1})
		w.Mintsoft.Despatch(second, "T-2")
		counted(t, w)
		require.Equal(t, "240", onHand(w, "MUG-BLUE"))
		addOrder(w, "M-1/2", func(s *unleashedsim.OrderSpec) {
			s.Lines[0].Quantity, s.SourceID, s.Status = "1", fmt.Sprintf("mintsoft:%d", second), unleashedsim.Completed
		})
		<-time.After(time.Hour)
		counted(t, w)
		assert.Equal(t, "239", onHand(w, "MUG-BLUE"))
		assert.Empty(t, adjusted(w))
	})
}

func TestManyDocumentsAreReadAsLists(t *testing.T) {
	t.Parallel()
	settledStock(t, openDocument{}.options(), func(t *testing.T, w *world.World) {
		const many = 60
		for i := range many {
			addOrder(w, numbered("SO", i), nil)
		}
		w.Once(t, "main_order_import")
		<-time.After(time.Minute)
		for i := range many {
			despatchOrder(t, w, numbered("SO", i))
			if i%2 == 0 {
				w.Unleashed.CompleteOrder(numbered("SO", i))
			}
		}
		w.LoseLedger(t)
		w.Forget()
		counted(t, w)
		assert.Equal(t, "180", onHand(w, "MUG-BLUE"), "half of them are posted")
		assert.Empty(t, adjusted(w))
		assert.Less(t, len(w.Calls("unleashed")), 10)
	})
}
