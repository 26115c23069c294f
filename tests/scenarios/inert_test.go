package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// requireDoubt wants one dead letter, which says that a step was answered as done and
// was not, and mends the service.
func requireDoubt(t *testing.T, w *world.World, operation, says string) ledger.DeadLetter {
	t.Helper()
	letters := w.DeadLetters(t)
	require.Len(t, letters, 1)
	assert.Equal(t, operation, letters[0].Operation)
	assert.Equal(t, "ambiguous", letters[0].Class)
	assert.Contains(t, letters[0].Reason, "it was answered as done, but "+says)
	w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.Inert = nil })
	return letters[0]
}

func inert(w *world.World, steps ...unleashedsim.Step) {
	w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.Inert = steps })
}

func TestADespatchThatIsAnsweredAndNotDoneIsFiled(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]bool{"of a shipment that is there": true, "of one that is made": false} {
		t.Run(name, func(t *testing.T) {
			despatching(t, map[string]any{"general.stock_sync": true}, func(t *testing.T, w *world.World) {
				counted(t, w)
				before := onHand(w, "MUG-BLUE")
				id := pickable(t, w, "SO-1")
				if open {
					w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
				}
				inert(w, unleashedsim.StepDispatch)
				w.Mintsoft.Despatch(id, "TRK-1")
				despatch(t, w)
				requireUpstream(t, w, "SO-1", "Placed", "Placed: 2 x MUG-BLUE TRK-1")
				requireDoubt(t, w, "sales_shipment.dispatch", `its ShipmentStatus is "Placed"`)

				<-time.After(time.Hour)
				counted(t, w)
				assert.Equal(t, before, onHand(w, "MUG-BLUE"), "what left is not posted, so stock is not to be adjusted for it")
				w.Replay(t)
				requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

func TestACompletionThatIsAnsweredAndNotDoneIsFiled(t *testing.T) {
	t.Parallel()
	t.Run("of a sales order", func(t *testing.T) {
		despatching(t, nil, func(t *testing.T, w *world.World) {
			id := pickable(t, w, "SO-1")
			inert(w, unleashedsim.StepComplete)
			w.Mintsoft.Despatch(id, "TRK-1")
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 2 x MUG-BLUE TRK-1")
			requireDoubt(t, w, "sales_order.complete", `its OrderStatus is "Placed"`)
			w.Replay(t)
			requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("of a transfer", func(t *testing.T) {
		completions(t, nil, func(t *testing.T, w *world.World) {
			ref, asn := moved(t, w, nil)
			inert(w, unleashedsim.StepComplete)
			w.Mintsoft.BookIn(asn)
			w.Once(t, completing)
			requireDoubt(t, w, "transfer.complete", `its TransferStatus is "Parked"`)
			w.Replay(t)
			assert.Equal(t, "Completed: 6 x MUG-BLUE + 4 x MUG-RED", transfer(t, w, ref))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestAReceiptThatIsAnsweredAndNotDoneIsFiled(t *testing.T) {
	t.Parallel()
	world.Bubble(t, receipts(nil), func(t *testing.T, w *world.World) {
		asn := expecting(t, w, "PO-1", nil)
		inert(w, unleashedsim.StepReceipt)
		w.Mintsoft.BookIn(asn)
		w.Once(t, receipting)
		assert.Contains(t, received(w, "PO-1"), "PO-1 Placed: 0/10 ")
		requireDoubt(t, w, receiptStep, "nothing of it is receipted")
		w.Replay(t)
		assert.Contains(t, received(w, "PO-1"), "PO-1 Receipted: 10/10 ")
		assert.Empty(t, w.DeadLetters(t))
		assert.Equal(t, 2, receiptsSent(w))
	})
}

const receiptStep = "purchase_order.receipt"

func TestAnAdjustmentThatIsAnsweredAndParkedIsFiled(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
		inert(w, unleashedsim.StepAdjustment)
		move(t, w, "MUG-BLUE", -5)
		row := counted(t, w).Of("stock_sync")
		assert.EqualValues(t, 1, row.DeadLettered)
		assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
		letter := requireDoubt(t, w, "stock_adjustment.create", `its Status is "Parked"`)
		assert.Equal(t, "MUG-BLUE", letter.Record.Ref)
		assert.Contains(t, letter.Reason, "240.0000 → 235")
		assert.Contains(t, letter.Reason, "must not be completed later: delete it")

		<-time.After(time.Hour)
		counted(t, w)
		assert.Equal(t, "235", onHand(w, "MUG-BLUE"), "the next run counts it afresh")
		assert.Empty(t, w.DeadLetters(t))
	})
}
