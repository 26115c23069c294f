package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var shipmentsOnly = map[string]any{"general.import_orders": false, "shipment_import.enabled": true, "general.stock_sync_guard": 100}

// A shipment is dispatched with the first part of its order: the others are not posted
// by that.
func TestPartsOfAShipment(t *testing.T) {
	t.Parallel()
	despatchIt := func(t *testing.T, w *world.World) { w.Once(t, "main_order_despatch") }
	for name, c := range map[string]struct {
		before func(t *testing.T, w *world.World) // before the second part leaves
		post   func(t *testing.T, w *world.World)
	}{
		"the second follows": {post: despatchIt},
		"the ledger is lost": {before: func(t *testing.T, w *world.World) { w.LoseLedger(t); counted(t, w) }, post: despatchIt},
		"the second is refused": {
			before: func(_ *testing.T, w *world.World) { w.Break("TRK-2", 400) },
			post: func(t *testing.T, w *world.World) {
				despatchIt(t, w)
				counted(t, w)
				assert.Equal(t, "238", onHand(w, "MUG-BLUE"), "refused")
				w.Mend("TRK-2")
				w.Replay(t)
			},
		},
		"without comments": {
			before: func(_ *testing.T, w *world.World) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ShipmentCommentsDropped = true })
			},
			post: despatchIt,
		},
		"the second is posted by hand": {post: func(_ *testing.T, w *world.World) {
			number := w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Placed, Lines: parts(map[int]string{1: "1"})}).ShipmentNumber
			w.Unleashed.SetShipmentStatus(number, unleashedsim.Dispatched)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{Settings: shipmentsOnly}, func(t *testing.T, w *world.World) {
				first, second := shipmentInTwo(t, w)
				<-time.After(time.Hour)
				w.Mintsoft.Despatch(first, "TRK-1")
				w.Once(t, "main_order_despatch")
				<-time.After(time.Hour)
				if c.before != nil {
					c.before(t, w)
				}
				w.Mintsoft.Despatch(second, "TRK-2")
				counted(t, w)
				assert.Equal(t, "238", onHand(w, "MUG-BLUE"), "the second is not posted")
				c.post(t, w)
				for range 2 {
					<-time.After(time.Hour)
					counted(t, w)
				}
				assert.Equal(t, "237", onHand(w, "MUG-BLUE"))
				assert.Empty(t, adjusted(w))
			})
		})
	}
}

// shipmentInTwo is the order of a shipment, which the warehouse split.
func shipmentInTwo(t *testing.T, w *world.World) (first, second int) {
	t.Helper()
	addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
		o.Lines = []unleashedsim.LineSpec{line("MUG-BLUE", "3"), line("BOX-S", "2")}
	})
	shipment := shipAll(w, "SO-1")
	w.Once(t, "main_shipment_import")
	o, exists := w.Mintsoft.OrderByNumber(shipment)
	require.True(t, exists)
	return o.ID, w.Mintsoft.Split(o.ID, map[string]int{"MUG-BLUE": 1})
}

// Two parts that leave at once choose one shipment, and one of them waits for another
// decision: meanwhile it is not posted.
func TestPartsOfAShipmentThatLeaveAtOnce(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{Settings: shipmentsOnly}, func(t *testing.T, w *world.World) {
		first, second := shipmentInTwo(t, w)
		<-time.After(time.Hour)
		running := w.Forever(t)
		<-time.After(time.Minute)
		w.Mintsoft.Despatch(first, "TRK-1")
		w.Mintsoft.Despatch(second, "TRK-2")
		<-time.After(2 * time.Hour)
		running.Stop(t)
		assert.Equal(t, "237", onHand(w, "MUG-BLUE"))
		assert.Empty(t, adjusted(w))
		assert.Empty(t, w.DeadLetters(t))
	})
}

// Nothing but its number tells without a ledger which shipment an order was made from
// that another has absorbed.
func TestMergedShipmentsAndALostLedger(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "UNL-"} {
		for _, when := range []string{"before it left", "after it left", "after it was posted"} {
			t.Run(prefix+when, func(t *testing.T) {
				t.Parallel()
				settings := map[string]any{"general.orders_prefix": prefix}
				for key, value := range shipmentsOnly {
					settings[key] = value
				}
				settledStock(t, world.Options{Settings: settings}, func(t *testing.T, w *world.World) {
					addOrder(w, "SO-1", nil)
					addOrder(w, "SO-2", nil)
					one, two := shipAll(w, "SO-1"), shipAll(w, "SO-2")
					w.Once(t)
					a, _ := w.Mintsoft.OrderByNumber(prefix + one)
					b, _ := w.Mintsoft.OrderByNumber(prefix + two)
					w.Mintsoft.Merge(a.ID, b.ID)
					if when == "before it left" {
						w.LoseLedger(t)
						w.Once(t)
					}
					w.Mintsoft.Despatch(a.ID, "TRK-1")
					<-time.After(time.Minute)
					if when == "after it was posted" {
						w.Once(t)
						<-time.After(time.Minute)
					}
					if when != "before it left" {
						w.LoseLedger(t)
					}
					running := w.Forever(t) // all streams start at once
					<-time.After(time.Hour)
					running.Stop(t)
					assert.Empty(t, adjusted(w))
					w.Mintsoft.AdjustStock("SOAP-BAR", mainWarehouse(t, w), -5)
					for range 2 {
						<-time.After(time.Hour)
						w.Once(t)
					}
					assert.Len(t, adjusted(w), 1, "what was counted wrong is still set right")
					requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
					requireUpstream(t, w, "SO-2", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
					assert.Empty(t, w.DeadLetters(t))
				})
			})
		}
	}
}
