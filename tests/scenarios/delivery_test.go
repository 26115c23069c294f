package scenarios

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/world"
)

// afterwards is longer than what inputs read again, so that a run after it reads
// only what changed.
const afterwards = 3 * time.Hour

func TestDelivery(t *testing.T) {
	t.Parallel()
	eachFlow(t, nil, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			f.settle(t, w)
			refs := f.several(t, w, 1, 5)
			row := f.run(t, w).Of(f.pipeline)
			assert.True(t, row.Clean(), "%+v", row)
			assert.EqualValues(t, 5*f.writes(), row.Created+row.Updated)
			f.requireDelivered(t, w, refs...)

			// The same again: a request for one page of each list, and nothing else.
			w.Forget()
			row = f.run(t, w).Of(f.pipeline)
			assert.Zero(t, row.Created+row.Updated+row.DeadLettered+row.Parked, "%+v", row)
			lists := max(f.lists, 1)
			assert.EqualValues(t, lists, row.Calls)
			assert.Equal(t, slices.Repeat([]string{"GET " + f.list}, lists), w.Calls(f.source))
			if f.target != "" && f.target != f.source {
				assert.Empty(t, w.Calls(f.target))
			}
			f.requireDelivered(t, w, refs...)
		})
	})
}

func TestChangesReachTheTarget(t *testing.T) {
	t.Parallel()
	eachFlow(t, nil, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			refs := f.several(t, w, 1, 2)
			f.run(t, w)
			<-time.After(afterwards)
			f.change(w, refs[0])
			if f.remove != nil {
				f.remove(w, refs[1])
			}
			f.run(t, w)
			assert.Equal(t, []string{f.changed(refs[0])}, f.stands(t, w, refs[0]))
			if f.removed != nil {
				assert.Equal(t, []string{f.removed(refs[1])}, f.stands(t, w, refs[1]))
			}
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestReadTwiceIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	eachFlow(t, nil, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			refs := f.several(t, w, 1, 3)
			f.run(t, w)
			before := f.created(w)
			<-time.After(afterwards)
			f.full(t, w)
			row := f.run(t, w).Of(f.pipeline)
			assert.GreaterOrEqual(t, row.Read, int64(3), "the whole list is read again")
			assert.Equal(t, before, f.created(w))
			f.requireDelivered(t, w, refs...)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestLostLedgerCostsLookUpsAndNeverADuplicate(t *testing.T) {
	t.Parallel()
	eachFlow(t, nil, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			refs := f.several(t, w, 1, 3)
			f.run(t, w)
			w.LoseLedger(t)
			row := f.run(t, w).Of(f.pipeline)
			require.True(t, row.Clean(), "%+v", row)
			f.requireDelivered(t, w, refs...)
			assert.Empty(t, w.DeadLetters(t))

			w.Forget()
			f.run(t, w)
			if f.target != "" {
				assert.Empty(t, w.Writes(f.target), "what was found is known from then on")
			}
		})
	})
}
