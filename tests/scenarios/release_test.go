package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/release"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestACancelledOrderIsReleased: whether it keeps its number is Mintsoft's affair, and the
// next run says so.
func TestACancelledOrderIsReleased(t *testing.T) {
	t.Parallel()
	freed := func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber = true }
	kept := func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber = false }
	cancelled := func(t *testing.T, w *world.World, id int) { w.Mintsoft.Cancel(id) }
	// lost makes the order older than the ledger, so that it is looked for before it is sent.
	lost := func(t *testing.T, w *world.World) {
		<-time.After(time.Hour)
		w.LoseLedger(t)
		w.Once(t, "main_order_import")
	}
	for name, test := range map[string]struct {
		knobs  func(*mintsoftsim.Knobs)
		before func(t *testing.T, w *world.World, id int)
		after  func(w *world.World, id int)
		again  bool
	}{
		"its number is free":                     {knobs: freed, before: cancelled, again: true},
		"its number is kept":                     {knobs: kept, before: cancelled},
		"its number is kept until it is deleted": {knobs: kept, before: cancelled, after: func(w *world.World, id int) { w.Mintsoft.DeleteOrder(id) }, again: true},
		"it was adopted":                         {knobs: freed, before: func(t *testing.T, w *world.World, id int) { lost(t, w); w.Mintsoft.Cancel(id) }, again: true},
		"it was cancelled when the ledger was lost": {knobs: freed, before: func(t *testing.T, w *world.World, id int) {
			w.Mintsoft.Cancel(id)
			lost(t, w)
			require.Contains(t, letterOf(t, w, "SO-1").Reason, "`mintleash release` lets it be sent again")
		}, again: true},
		"and its number is kept": {knobs: kept, before: func(t *testing.T, w *world.World, id int) { w.Mintsoft.Cancel(id); lost(t, w) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(test.knobs)
				id := pickable(t, w, "SO-1")
				test.before(t, w, id)
				for range 2 {
					if len(w.Mintsoft.OrdersByNumber("SO-1")) == 2 {
						break
					}
					assert.Equal(t, []release.Outcome{{
						Stream: "main_order_import", Record: "SO-1", Operation: "order.create", Released: true, Reason: fmt.Sprintf("order %d is cancelled", id),
					}}, w.Release(t, "SO-1"))
					w.Once(t, "main_order_import")
				}
				if !test.again || test.after != nil {
					assert.Equal(t, fmt.Sprintf("Mintsoft keeps the number of the cancelled order %d: delete that order there, or make the document anew in Unleashed, "+
						"with another number (mintsoft order.create: refused (HTTP 200): Order Number already exists)", id), letterOf(t, w, "SO-1").Reason)
					assert.Len(t, w.Mintsoft.OrdersByNumber("SO-1"), 1)
				}
				if test.after != nil {
					test.after(w, id)
					w.Replay(t)
				}
				if !test.again {
					return
				}
				assert.Empty(t, w.DeadLetters(t))
				orders := w.Mintsoft.OrdersByNumber("SO-1")
				made := orders[len(orders)-1].ID
				require.NotEqual(t, id, made)
				assert.Equal(t, fmt.Sprintf("order %d stands in Mintsoft with status 1; cancel it there first", made), w.Release(t, "SO-1")[0].Reason)

				// What stands is found beside what is cancelled, also by another ledger.
				lost(t, w)
				assert.Empty(t, w.DeadLetters(t))
				assert.Equal(t, fmt.Sprint(made), w.Intents(t, "SO-1")[0].TargetID)
			})
		})
	}
	t.Run("one that was brought back meanwhile is not made twice", func(t *testing.T) {
		t.Parallel()
		despatching(t, nil, func(t *testing.T, w *world.World) {
			w.Mintsoft.Turn(freed)
			id := pickable(t, w, "SO-1")
			w.Mintsoft.Cancel(id)
			require.True(t, w.Release(t, "SO-1")[0].Released)
			w.Mintsoft.Uncancel(id)
			w.Once(t, "main_order_import")
			assert.Empty(t, w.DeadLetters(t))
			assert.Len(t, w.Mintsoft.OrdersByNumber("SO-1"), 1)
			assert.Equal(t, fmt.Sprint(id), w.Intents(t, "SO-1")[0].TargetID)
		})
	})
}

// TestTheNumberOfAForeignOrderIsReleased once that order is cancelled: until then nothing is.
func TestTheNumberOfAForeignOrderIsReleased(t *testing.T) {
	t.Parallel()
	for name, frees := range map[string]bool{"its number is free": true, "its number is kept": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				ref := orderImport.add(w, 1)
				other := w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Number: ref, Reference: "by hand", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-RED", Quantity: 1}}}).ID
				orderImport.run(t, w)
				held := fmt.Sprintf("the number %s is held by order %d (status 1) with reference %q, which is not ours", ref, other, "by hand")
				assert.Equal(t, held, letterOf(t, w, ref).Reason)
				assert.Equal(t, release.Outcome{Stream: "main_order_import", Record: ref, Operation: "order.create", Reason: held}, w.Release(t, ref)[0])

				w.Mintsoft.Cancel(other)
				w.Replay(t)
				assert.Equal(t, fmt.Sprintf("the number %s is held by the cancelled order %d with reference %q, which is not ours; `mintleash release` lets it be sent nonetheless", ref, other, "by hand"),
					letterOf(t, w, ref).Reason)
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber = frees })
				outcome := w.Release(t, ref)[0]
				assert.Equal(t, []any{true, fmt.Sprintf("order %d is cancelled", other)}, []any{outcome.Released, outcome.Reason})
				orderImport.run(t, w)
				if frees {
					assert.Empty(t, w.DeadLetters(t))
					assert.Contains(t, orderImport.stands(t, w, ref), orderImport.delivered(ref))
					return
				}
				assert.Contains(t, letterOf(t, w, ref).Reason, fmt.Sprintf("Mintsoft keeps the number of the cancelled order %d: delete that order there", other))
			})
		})
	}
}

// TestAnExportedOrderIsNotMadeAgain: its GUID is of the order in Mintsoft, and Unleashed keeps
// it when the sales order is deleted.
func TestAnExportedOrderIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	exporting(t, bothWays, func(t *testing.T, w *world.World) {
		soldElsewhere(w, "WEB-1", nil)
		export(t, w)
		released := func(says string) {
			t.Helper()
			assert.Equal(t, []release.Outcome{{Stream: "main_order_export", Record: "WEB-1", Operation: "sales_order.create", Reason: says}}, w.Release(t, "WEB-1"))
		}
		released("sales order WEB-1 stands in Unleashed as Placed; correct it there, since one that is deleted cannot be made again")
		w.Unleashed.DeleteOrder("WEB-1")
		released("sales order WEB-1 was deleted in Unleashed, which keeps it under its GUID, so that it cannot be made again: if it is wanted after all, enter it there by hand")
	})
}
