package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

func eachRefusal(t *testing.T, behave func(t *testing.T, f flow, r refusal)) {
	eachFlow(t, func(f flow) bool { return len(f.refusals) > 0 }, func(t *testing.T, f flow) {
		for _, r := range f.refusals {
			t.Run(r.name, func(t *testing.T) { behave(t, f, r) })
		}
	})
}

func TestRefusedRecordIsADeadLetterAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	eachRefusal(t, func(t *testing.T, f flow, r refusal) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			f.settle(t, w)
			refs := f.several(t, w, 1, 2)
			odd := r.add(w, 1)
			refs = append(refs, f.several(t, w, 3, 2)...)
			row := f.run(t, w).Of(f.pipeline)
			assert.Equal(t, "delivered", row.State, "%+v", row)
			assert.EqualValues(t, 1, row.DeadLettered)
			f.requireDelivered(t, w, refs...)
			assert.Empty(t, f.stands(t, w, odd))

			letter := letterOf(t, w, odd)
			assert.Equal(t, []string{r.class, r.system, r.operation, f.stream()}, []string{letter.Class, letter.System, letter.Operation, letter.Stream})
			assert.Equal(t, f.source, letter.Record.System)
			assert.NotEmpty(t, letter.Record.ID)
			for _, words := range r.words {
				assert.Contains(t, letter.Reason, words)
			}

			// It is read once and filed once: the cursor has moved.
			w.Forget()
			row = f.run(t, w).Of(f.pipeline)
			assert.Zero(t, row.Read)
			assert.Empty(t, w.Writes(f.target))
			assert.Equal(t, 1, letterOf(t, w, odd).Attempts)
		})
	})
}

func TestReplayAfterTheMendDeliversAndClosesIt(t *testing.T) {
	t.Parallel()
	eachRefusal(t, func(t *testing.T, f flow, r refusal) {
		if r.mend == nil {
			return
		}
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			f.settle(t, w)
			odd := r.add(w, 1)
			f.run(t, w)

			w.Replay(t)
			letter := letterOf(t, w, odd)
			assert.Equal(t, 2, letter.Attempts, "nothing was mended yet")

			r.mend(w, odd)
			row := w.Replay(t).Of(f.pipeline)
			assert.EqualValues(t, 1, row.Read, "a replay reads what is replayed and nothing else")
			assert.Len(t, f.stands(t, w, odd), 1)
			assert.Empty(t, w.DeadLetters(t))
			closed := w.DeadLetters(t, ledger.StateClosed)
			require.Len(t, closed, 1)
			assert.Equal(t, letter.ID, closed[0].ID)
		})
	})
}

// TestReplayAfterTheCustomerWasMended: its customer is kept, and read afresh too.
func TestReplayAfterTheCustomerWasMended(t *testing.T) {
	t.Parallel()
	for _, f := range []flow{orderImport, shipmentImport} {
		t.Run(f.pipeline, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
				number := func(vat string) {
					w.Unleashed.EditCustomer("HARBOUR01", func(c *unleashedsim.Customer) { c.GSTVATNumber = unleashedsim.Text(vat) })
				}
				number(strings.Repeat("9", 60))
				ref := f.add(w, 1)
				w.Once(t, "main_customer_sync", f.stream())
				assert.Contains(t, letterOf(t, w, ref).Reason, "GSTVATNumber of customer HARBOUR01")
				number("GB999")
				w.Replay(t)
				assert.Empty(t, w.DeadLetters(t))
				assert.Len(t, f.stands(t, w, ref), 1)
			})
		})
	}
}

func TestRunningSyncReplaysByItself(t *testing.T) {
	t.Parallel()
	eachRefusal(t, func(t *testing.T, f flow, r refusal) {
		if r.mend == nil {
			return
		}
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			odd := r.add(w, 1)
			running := w.Forever(t, f.stream())
			<-time.After(time.Minute)
			letter := letterOf(t, w, odd)
			r.mend(w, odd)
			w.Ask(t, func(tx *ledger.Tx) error { return tx.SetDeadLetterState(letter.ID, ledger.StateReplaying) })
			<-time.After(10 * time.Second)
			assert.Len(t, f.stands(t, w, odd), 1)
			running.Stop(t)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}
