package delivery

import (
	"context"
	"fmt"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// converge delivers an update. Its values are absolute, so whatever happened to
// an earlier try, sending them again is right.
func (d *Deliverer) converge(ctx context.Context, w Write) (Outcome, error) {
	// What a person asks for was read just now.
	if !w.Replay && d.versions.older(w) {
		return Outcome{Result: Unchanged, Reason: "a newer version was written before"}, nil
	}
	if d.o.Plan != nil {
		return d.plan(ctx, w)
	}
	if err := d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		return tx.AddEvent(d.event(w, ledger.EventSent, w.summary(), w.Body))
	}); err != nil {
		return Outcome{}, fmt.Errorf("recording the update of %s: %w", w.Record.Ref, err)
	}
	tries := d.newTries(w)
	for {
		answer, err := w.Send(ctx)
		switch tries.judge(ctx, err) {
		case apihttp.Delivered, apihttp.AlreadyThere:
			d.versions.written(w)
			return d.finish(ctx, w, "", Updated, answer, "")
		case apihttp.Rejected:
			return d.refused(ctx, w, "", err)
		}
		if tries.Poison() {
			return d.refuse(ctx, w, "", ledger.ClassPoison, describe(tries.last))
		}
		if err := tries.wait(ctx); err != nil {
			return Outcome{}, err
		}
	}
}
