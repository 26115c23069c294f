package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/tests/world"
)

func TestDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	eachFlow(t, nil, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			refs := f.several(t, w, 1, 1)
			w.DryRun(t, f.stream())
			if f.arrive == nil {
				assert.Empty(t, w.LedgerFiles(t), "a ledger that does not exist is not made")
			}

			f.run(t, w)
			refs = append(refs, f.several(t, w, 2, 2)...)
			for _, r := range f.refusals {
				r.add(w, 1)
			}
			w.Forget()
			before := w.LedgerFiles(t)
			rows, planned := w.DryRun(t, f.stream())
			assert.Equal(t, before, w.LedgerFiles(t))
			assert.Empty(t, w.Writes("unleashed"))
			assert.Empty(t, w.Writes("mintsoft"))
			assert.Equal(t, "delivered", rows.Of(f.pipeline).State)

			f.requireDelivered(t, w, refs[0])
			for _, ref := range refs[1:] {
				assert.Empty(t, f.stands(t, w, ref))
				if f.target != "" {
					f.requirePlanned(t, planned, ref)
				}
			}

			// The run that follows does what was announced.
			f.run(t, w)
			f.requireDelivered(t, w, refs...)
		})
	})
}

func TestDryRunShowsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	world.Bubble(t, productSync.options(), func(t *testing.T, w *world.World) {
		ref := productSync.add(w, 1)
		productSync.run(t, w)
		<-time.After(time.Minute) // Mintsoft needs seconds to show a new product
		productSync.change(w, ref)
		_, planned := w.DryRun(t, productSync.stream())
		write := plannedFor(t, planned, ref)
		assert.Equal(t, "update", write.Kind)
		require.Len(t, write.Changes, 1, "what stays is not shown")
		assert.Equal(t, "EAN", write.Changes[0].Field)
		assert.Equal(t, "501", write.Changes[0].Before)
		assert.Equal(t, "502", write.Changes[0].After)
	})
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		ref := orderImport.add(w, 1)
		orderImport.run(t, w)
		w.Unleashed.DeleteOrder(ref)
		_, planned := w.DryRun(t, orderImport.stream())
		assert.Equal(t, "order.cancel", plannedFor(t, planned, ref).Operation)
	})
}

// requirePlanned wants the writes that deliver a record.
func (f flow) requirePlanned(t *testing.T, planned []connection.PlannedWrite, ref string) {
	t.Helper()
	if f.steps == nil {
		write := plannedFor(t, planned, ref)
		assert.Equal(t, []string{"create", f.target}, []string{write.Kind, write.System})
		assert.NotEmpty(t, write.Changes)
		return
	}
	var steps []string
	for _, write := range planned {
		if write.Record.Ref == ref {
			kind := "other"
			switch {
			case strings.HasSuffix(write.Operation, ".create"):
				kind = "create"
			case strings.HasSuffix(write.Operation, ".set_lines"):
				kind = "update"
			}
			assert.Equal(t, []string{kind, f.target}, []string{write.Kind, write.System})
			if len(steps) == 0 || kind == "other" && !strings.HasSuffix(f.steps[0], ".create") {
				assert.Equal(t, len(steps) == 0, len(write.Changes) > 0, "what follows the first step says no more than that")
			}
			steps = append(steps, write.Operation)
		}
	}
	assert.Equal(t, f.steps, steps)
}

// plannedFor is the only write that a dry run planned for a record.
func plannedFor(t *testing.T, planned []connection.PlannedWrite, ref string) connection.PlannedWrite {
	t.Helper()
	var found []connection.PlannedWrite
	for _, write := range planned {
		if write.Record.Ref == ref {
			found = append(found, write)
		}
	}
	require.Len(t, found, 1, "planned writes of %s", ref)
	return found[0]
}
