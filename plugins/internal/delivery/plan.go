package delivery

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// PlannedWrite is a write that a dry run would have made.
type PlannedWrite struct {
	Stream    string        `json:"stream"`
	Record    ledger.Record `json:"record"`
	System    string        `json:"system"`
	Operation string        `json:"operation"`
	Kind      string        `json:"kind"` // create, update, other
	Target    string        `json:"target"`
	Changes   []Change      `json:"changes"`
}

// planned names a kind as dry runs print it.
func (k Kind) planned() string {
	if k == Create || k == Update {
		return k.String()
	}
	return "other"
}

func (d *Deliverer) plan(ctx context.Context, w Write) (Outcome, error) {
	before, err := d.current(ctx, w)
	if err != nil {
		return Outcome{}, fmt.Errorf("reading %s %s for the dry run: %w", w.System, w.Target, err)
	}
	d.o.Plan(PlannedWrite{
		Stream: w.Stream, Record: w.Record, System: w.System, Operation: w.Operation, Kind: w.Kind.planned(),
		Target: cmp.Or(w.Target, w.Record.Ref), Changes: Diff(before, w.Body),
	})
	return Outcome{Result: Planned}, nil
}

// current reads the target, waiting while the account fails: a record that is put back
// would have everything planned once more. What the service refuses to show is planned
// as if there were nothing.
func (d *Deliverer) current(ctx context.Context, w Write) (json.RawMessage, error) {
	if w.Current == nil {
		return nil, nil
	}
	tries := d.newTries(w)
	for {
		current, err := w.Current(ctx)
		if err == nil {
			return current, nil
		}
		if tries.judge(ctx, err) == apihttp.Rejected || tries.Poison() {
			return nil, nil
		}
		if err := tries.wait(ctx); err != nil {
			return nil, err
		}
	}
}
