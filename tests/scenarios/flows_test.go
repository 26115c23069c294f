// Package scenarios runs whole pipelines against both simulated services and
// looks at what ends up where. What every flow must do is written once and run
// over the table of flows; a flow is one row.
package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/world"
)

// flow is a pipeline as the behaviours of this package see it. A field that is
// empty says that there is no such thing, and the behaviour is not asked for.
type flow struct {
	pipeline string
	// half tells the flows of a pipeline apart that makes two things of a record; bare
	// leaves out what the seed would have it deliver.
	half     string
	bare     bool
	settings map[string]any
	// source is the service that is read, list the path of its list.
	source, list string
	// target is the service that is written, and create the call that makes a
	// record there; empty where the flow writes to the ledger only.
	target string
	create call
	// looksFirst says that the target is asked for the record before it is made there,
	// so that what has its place is seen before anything is sent.
	looksFirst bool
	// steps are the writes by which a record is delivered where that is not one create,
	// by their operations, in their order.
	steps []string
	// lists is how many requests for its list a run with nothing to do needs, 1 when
	// it is not given. nameless says that its writes do not hold what people call the
	// record.
	lists    int
	nameless bool
	// repeats says that a lost answer may cost a second request: one that is refused,
	// since the target needs seconds to show what was created, or one that changes
	// nothing, since an update's values are absolute.
	repeats bool

	// add puts record number n into the source and answers what people call it; arrive
	// is what else has to happen before the flow finds it.
	add    func(w *world.World, n int) (ref string)
	arrive func(t *testing.T, w *world.World, ref string)
	// stands describes what the target holds for a record, once for each.
	stands func(t *testing.T, w *world.World, ref string) []string
	// delivered is what stands there after the record was delivered.
	delivered func(ref string) string

	// change edits the record in the source; changed is what stands after it.
	change  func(w *world.World, ref string)
	changed func(ref string) string
	// remove deletes or retires the record in the source; removed is what stands.
	remove  func(w *world.World, ref string)
	removed func(ref string) string

	// editedBefore is what stands when the record is changed before it is delivered
	// for the first time.
	editedBefore func(ref string) string

	// usurp puts something into the target that is not ours and has the place of the
	// record; vacate takes it away.
	usurp  func(t *testing.T, w *world.World, ref string)
	vacate func(t *testing.T, w *world.World, ref string)

	refusals []refusal
}

// call is a request by verb and path.
type call struct{ method, path string }

// refusal is a way in which a record cannot be delivered.
type refusal struct {
	name string
	// add puts such a record into the source.
	add func(w *world.World, n int) (ref string)
	// mend makes it deliverable, in the service that is at fault.
	mend func(w *world.World, ref string)
	// class, system and operation are the dead letter's, words what its reason says.
	class, system, operation string
	words                    []string
}

// flows is the table. A new flow is one more row.
var flows = slices.Concat([]flow{productSync, customerSync, orderImport, shipmentImport, orderDespatch, orderUpdate}, inbound, exports, writeBacks)

// small is what both services hold in most scenarios: the products, and nothing
// to deliver.
var small = sandbox.Options{Products: 25}

// stream is the flow's stream of the only connection.
func (f flow) stream() string { return world.Main + "_" + f.pipeline }

// options are those of a world with this flow.
func (f flow) options() world.Options {
	seed := small
	if f.bare {
		seed.Products-- // the documents come with the last one
	}
	return world.Options{Seed: seed, Settings: f.settings}
}

// settle delivers what the seed holds, and forgets how.
func (f flow) settle(t *testing.T, w *world.World) {
	t.Helper()
	w.Once(t, f.stream())
	w.Forget()
}

// run is a single run of the flow.
func (f flow) run(t *testing.T, w *world.World) world.Rows {
	t.Helper()
	return w.Once(t, f.stream())
}

// created is how often the target was asked to create something.
func (f flow) created(w *world.World) int {
	if f.target == "" {
		return 0
	}
	asked := 0
	for _, e := range w.Twin(f.target).Journal.Find(f.create.method, f.create.path) {
		if strings.HasSuffix(f.create.path, "/Complete") || !strings.HasSuffix(e.Path, "/Complete") {
			asked++
		}
	}
	return asked
}

// writes are how many writes deliver a record.
func (f flow) writes() int { return max(len(f.steps), 1) }

// requireDelivered wants one record of each to stand in the target, as it should.
func (f flow) requireDelivered(t *testing.T, w *world.World, refs ...string) {
	t.Helper()
	for _, ref := range refs {
		require.Equal(t, []string{f.delivered(ref)}, f.stands(t, w, ref), ref)
	}
}

// put puts record number n to where the flow finds it.
func (f flow) put(t *testing.T, w *world.World, n int) (ref string) {
	t.Helper()
	ref = f.add(w, n)
	if f.arrive != nil {
		f.arrive(t, w, ref)
	}
	return ref
}

// several puts records with numbers from first on.
func (f flow) several(t *testing.T, w *world.World, first, n int) []string {
	t.Helper()
	var refs []string
	for i := range n {
		refs = append(refs, f.put(t, w, first+i))
	}
	return refs
}

// eachFlow runs a behaviour over the table. Flows without what it needs are left
// out, by a function of their own that says so.
func eachFlow(t *testing.T, has func(flow) bool, behave func(t *testing.T, f flow)) {
	asked := 0
	for _, f := range flows {
		if has != nil && !has(f) {
			continue
		}
		asked++
		t.Run(f.pipeline+f.half, func(t *testing.T) {
			t.Parallel()
			behave(t, f)
		})
	}
	require.NotZero(t, asked, "no flow was asked")
}

func writesToService(f flow) bool { return f.target != "" }

// letterOf is the only open dead letter of a record.
func letterOf(t *testing.T, w *world.World, ref string) ledger.DeadLetter {
	t.Helper()
	var found []ledger.DeadLetter
	for _, letter := range w.DeadLetters(t) {
		if letter.Record.Ref == ref {
			found = append(found, letter)
		}
	}
	require.Len(t, found, 1, "open dead letters of %s", ref)
	return found[0]
}

func numbered(prefix string, n int) string { return fmt.Sprintf("%s-%03d", prefix, n) }

// full asks for a run that ignores the cursor, as `trigger --full` does.
func (f flow) full(t *testing.T, w *world.World) {
	t.Helper()
	w.Ask(t, func(tx *ledger.Tx) error {
		return tx.AddTrigger(ledger.Trigger{Stream: f.stream(), Full: true, Now: true})
	})
}
