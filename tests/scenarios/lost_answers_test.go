package scenarios

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/world"
)

func TestAnswerLostAfterCommitIsFoundAndAdopted(t *testing.T) {
	t.Parallel()
	lost := map[string]twin.Fault{
		"the connection is closed":   {CloseAfter: true},
		"half of the answer arrives": {Garble: true},
		"a gateway says to come back": {
			Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"2"}}, Acts: true,
		},
	}
	eachFlow(t, writesToService, func(t *testing.T, f flow) {
		for name, fault := range lost {
			t.Run(name, func(t *testing.T) {
				world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
					f.settle(t, w)
					fault.Method, fault.Path, fault.Times = f.create.method, f.create.path, 1
					w.Twin(f.target).Faults.Add(fault)
					refs := f.several(t, w, 1, 3)
					row := f.run(t, w).Of(f.pipeline)
					assert.True(t, row.Clean(), "%+v", row)
					assert.EqualValues(t, 3*f.writes(), row.Created+row.Updated)
					f.requireDelivered(t, w, refs...)
					if !f.repeats {
						assert.Equal(t, 3, f.created(w), "it was not sent again")
					}
				})
			})
		}
	})
}

func TestRequestThatWasNeverActedOnIsSentAgain(t *testing.T) {
	t.Parallel()
	lost := map[string]twin.Fault{
		"the connection is closed": {CloseBefore: true},
		"no answer comes in time":  {Delay: 2 * time.Minute},
		"Mintsoft answers null":    {Status: http.StatusOK, Body: "null"},
	}
	eachFlow(t, writesToService, func(t *testing.T, f flow) {
		for name, fault := range lost {
			if fault.Status != 0 && f.target != "mintsoft" {
				continue // what Unleashed answers without words is looked up: see inert_test.go
			}
			t.Run(name, func(t *testing.T) {
				world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
					f.settle(t, w)
					fault.Method, fault.Path, fault.Times = f.create.method, f.create.path, 2
					w.Twin(f.target).Faults.Add(fault)
					refs := f.several(t, w, 1, 3)
					row := f.run(t, w).Of(f.pipeline)
					assert.True(t, row.Clean(), "%+v", row)
					f.requireDelivered(t, w, refs...)
					assert.Equal(t, 5, f.created(w))
				})
			})
		}
	})
}

func TestLostAnswerWhereSomethingForeignStandsIsAmbiguous(t *testing.T) {
	t.Parallel()
	// A flow that looks first sees what stands there and sends nothing.
	eachFlow(t, func(f flow) bool { return f.usurp != nil && !f.looksFirst }, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			f.settle(t, w)
			ref := f.put(t, w, 1)
			f.usurp(t, w, ref)
			foreign := f.stands(t, w, ref)
			w.Twin(f.target).Faults.Add(twin.Fault{Method: f.create.method, Path: f.create.path, CloseBefore: true, Times: 1})

			row := f.run(t, w).Of(f.pipeline)
			assert.EqualValues(t, 1, row.DeadLettered)
			letter := letterOf(t, w, ref)
			assert.Equal(t, "ambiguous", letter.Class)
			assert.Equal(t, f.target, letter.System)
			assert.Contains(t, letter.Reason, ref)
			assert.Contains(t, letter.Reason, "not ours")

			// Neither a change of the record nor another look at it sends it.
			sent := f.created(w)
			f.change(w, ref)
			f.run(t, w)
			f.full(t, w)
			f.run(t, w)
			assert.Equal(t, sent, f.created(w))
			assert.Equal(t, foreign, f.stands(t, w, ref))

			// A person who took the other one away may ask for it.
			f.vacate(t, w, ref)
			w.Replay(t)
			require.Equal(t, []string{f.editedBefore(ref)}, f.stands(t, w, ref))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestForeignRecordIsNeverTakenForOurs(t *testing.T) {
	t.Parallel()
	eachFlow(t, func(f flow) bool { return f.usurp != nil }, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			f.settle(t, w)
			ref, next := f.put(t, w, 1), f.put(t, w, 2)
			f.usurp(t, w, ref)
			f.run(t, w)
			letter := letterOf(t, w, ref)
			assert.Equal(t, "rejected", letter.Class)
			assert.Contains(t, letter.Reason, "the number "+ref+" is held by")
			f.requireDelivered(t, w, next)
		})
	})
}

// closeAfter loses one answer of a call.
func closeAfter(method, path string) twin.Fault {
	return twin.Fault{Method: method, Path: path, CloseAfter: true, Times: 1}
}
