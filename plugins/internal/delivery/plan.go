package delivery

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mintleash/mintleash/plugins/ledger"
)

// PlannedWrite is a write that a dry run would have made.
type PlannedWrite struct {
	Stream    string        `json:"stream"`
	Record    ledger.Record `json:"record"`
	System    string        `json:"system"`
	Operation string        `json:"operation"`
	Kind      string        `json:"kind"` // create, update, step
	Target    string        `json:"target"`
	Changes   []Change      `json:"changes"`
}

func (d *Deliverer) plan(ctx context.Context, w Write) (Outcome, error) {
	var before json.RawMessage
	if w.Current != nil {
		current, err := w.Current(ctx)
		if err != nil {
			return Outcome{}, fmt.Errorf("reading %s %s for the dry run: %w", w.System, w.Target, err)
		}
		before = current
	}
	d.o.Plan(PlannedWrite{
		Stream: w.Stream, Record: w.Record, System: w.System, Operation: w.Operation, Kind: w.Kind.String(),
		Target: or(w.Target, w.Record.Ref), Changes: Diff(before, w.Body),
	})
	return Outcome{Result: Planned}, nil
}
