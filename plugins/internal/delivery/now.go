package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// ErrDropped is returned when values that were true at one moment were not
// written then. They are never sent later: whoever computed them does so afresh.
var ErrDropped = errors.New("dropped, to be computed afresh")

// trueFor is how long after they were computed values may be sent, however long they
// waited for others to the same target.
const trueFor = 5 * time.Minute

// stateDropped is an intent of values that were not written and never will be.
const stateDropped = "dropped"

// nowWithin is how long values stay true enough to be sent: it lets the limits of
// the account and a request's own deadline pass, and no outage.
const nowWithin = 90 * time.Second

// Part is a record of its own in a write that carries many.
type Part struct {
	Record        ledger.Record
	Before, After any
	Note          string
}

// String reads like "12 → 10: Mintsoft counts 10".
func (p Part) String() string {
	text := show(p.Before) + " → " + show(p.After)
	if p.Note != "" {
		text += ": " + p.Note
	}
	return text
}

// now delivers values that are true at this moment only. A lost answer is looked
// for; what was not done is dropped.
func (d *Deliverer) now(ctx context.Context, w Write) (Outcome, error) {
	if d.o.Plan != nil {
		d.planParts(w)
		return Outcome{Result: Planned}, nil
	}
	hash := hashOf(w.Body)
	if !w.AsOf.IsZero() && d.o.Now().Sub(w.AsOf) > trueFor {
		return Outcome{}, d.drop(ctx, w, hash, fmt.Sprintf("it waited %s for others to be written", d.o.Now().Sub(w.AsOf).Round(time.Second)))
	}
	if limit := d.pieces.limit(w, d.o.Now()); len(w.Parts) > limit {
		return Outcome{Result: Refused, Reason: "one of its parts may be at fault"}, nil
	}
	if err := d.intend(ctx, w, ledger.Intent{}, hash); err != nil {
		return Outcome{}, err
	}
	tries := d.newTries(w)
	answer, err := d.sendNow(ctx, w)
	if err != nil && ctx.Err() != nil {
		return Outcome{}, ctx.Err()
	}
	switch tries.judge(ctx, err) {
	case apihttp.Delivered:
		lacking, err := d.lacking(ctx, w, answer)
		if err != nil {
			return Outcome{}, err
		}
		if lacking != "" {
			return d.doubtNow(ctx, w, hash, lacking)
		}
		return d.finishNow(ctx, w, hash, Created, answer)
	case apihttp.Rejected, apihttp.AlreadyThere:
		return d.refuseNow(ctx, w, hash, ledger.ClassRejected, err)
	case apihttp.Unknown:
		found, ferr := d.findNow(ctx, w)
		if ferr != nil {
			return Outcome{}, ferr
		}
		if found.Exists && found.Ours {
			return d.finishNow(ctx, w, hash, Adopted, Answer{ID: found.ID, Ref: found.Ref, Body: found.Body})
		}
	}
	if d.pieces.failed(ctx, w, err, d.o.Now()) && len(w.Parts) == 1 {
		d.pieces.forget(w)
		return d.refuseNow(ctx, w, hash, ledger.ClassPoison, err)
	}
	return Outcome{}, d.drop(ctx, w, hash, describe(err))
}

func (d *Deliverer) sendNow(ctx context.Context, w Write) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, nowWithin)
	defer cancel()
	return w.Send(ctx)
}

// findNow looks for what a request whose answer is lost may have made, and once
// more when the request's deadline is over. Where the service cannot be asked, that
// is waited for too: nothing is computed afresh while it may still be under way.
func (d *Deliverer) findNow(ctx context.Context, w Write) (Found, error) {
	for _, wait := range []time.Duration{0, Deadline} {
		if err := d.sleep(ctx, wait); err != nil {
			return Found{}, err
		}
		if w.Find == nil {
			continue
		}
		if found, err := d.find(ctx, w); err != nil || found.Exists {
			return found, err
		}
	}
	return Found{}, nil
}

// finishNow records what was written, each part under its own record. A part that
// the answer refuses is a dead letter of its own.
func (d *Deliverer) finishNow(ctx context.Context, w Write, hash string, result Result, answer Answer) (Outcome, error) {
	outcome := Outcome{Result: result, Answer: answer}
	for _, part := range w.Parts {
		if _, refused := answer.Refused[part.Record.ID]; refused {
			outcome.Refused++
		}
	}
	err := d.commitClosing(ctx, w, func(tx *ledger.Tx) error {
		if err := tx.PutIntent(d.doneIntent(w, hash, "", answer)); err != nil {
			return err
		}
		if len(w.Parts) != 1 { // a single part tells it itself
			if err := tx.AddEvent(d.event(w, result.String(), fmt.Sprintf("%s %s: %s", w.System, w.Operation, cmp.Or(answer.Ref, answer.ID)), answer.Body)); err != nil {
				return err
			}
		}
		for _, part := range w.Parts {
			if err := d.settlePart(tx, w, result, answer, part); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("recording that %s is done: %w", w.Record.Ref, err)
	}
	return outcome, nil
}

func (d *Deliverer) settlePart(tx *ledger.Tx, w Write, result Result, answer Answer, part Part) error {
	own := w
	own.Record = part.Record
	if reason, refused := answer.Refused[part.Record.ID]; refused {
		return d.refusePart(tx, own, ledger.ClassRejected, reason)
	}
	if _, err := tx.CloseDeadLetters(w.Stream, part.Record); err != nil {
		return err
	}
	return tx.AddEvent(d.event(own, result.String(), fmt.Sprintf("%s %s %s: %s", w.System, w.Operation, cmp.Or(answer.Ref, answer.ID), part), nil))
}

func (d *Deliverer) refusePart(tx *ledger.Tx, w Write, class, reason string) error {
	now := d.o.Now()
	if _, err := tx.FileDeadLetter(ledger.DeadLetter{
		Connection: w.Connection, Stream: w.Stream, Record: w.Record, Class: class, System: w.System, Operation: w.Operation,
		Reason: reason, FirstAt: now, LastAt: now, Only: true,
	}); err != nil {
		return err
	}
	return tx.AddEvent(d.event(w, DeadLettered.String(), class+": "+reason, nil))
}

// refuseNow files the refusal of a single record. One of many says nothing about
// each of them, so that is left to the caller, who sends fewer at a time.
func (d *Deliverer) refuseNow(ctx context.Context, w Write, hash, class string, refusal error) (Outcome, error) {
	reason := w.reason(refusal)
	outcome := Outcome{Result: Refused, Reason: reason}
	err := d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if err := tx.PutIntent(d.intent(w, hash, stateRejected, reason)); err != nil {
			return err
		}
		if len(w.Parts) > 1 {
			return tx.AddEvent(d.event(w, Refused.String(), fmt.Sprintf("%s %s of %d records: %s", w.System, w.Operation, len(w.Parts), reason), nil))
		}
		outcome.Result = DeadLettered
		return d.refusePart(tx, w, class, reason)
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("filing the refusal of %s: %w", w.Record.Ref, err)
	}
	return outcome, nil
}

// doubtNow files each of the records of a write that was answered as done and was not.
// Fewer at a time would fare no better.
func (d *Deliverer) doubtNow(ctx context.Context, w Write, hash, lacking string) (Outcome, error) {
	err := d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if err := tx.PutIntent(d.intent(w, hash, stateAmbiguous, lacking)); err != nil {
			return err
		}
		for _, part := range w.Parts {
			own := w
			own.Record = part.Record
			if err := d.refusePart(tx, own, ledger.ClassAmbiguous, part.String()+": "+lacking); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("filing what became of %s: %w", w.Record.Ref, err)
	}
	return Outcome{Result: DeadLettered, Reason: lacking, Refused: len(w.Parts) - 1}, nil
}

// drop records that values were not written and never will be.
func (d *Deliverer) drop(ctx context.Context, w Write, hash, reason string) error {
	err := d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if err := tx.PutIntent(d.intent(w, hash, stateDropped, reason)); err != nil {
			return err
		}
		for _, part := range w.Parts {
			own := w
			own.Record = part.Record
			if err := tx.AddEvent(d.event(own, stateDropped, part.String()+": not written: "+reason, nil)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording that %s is dropped: %w", w.Record.Ref, err)
	}
	return fmt.Errorf("%w: %s", ErrDropped, reason)
}

// planParts tells a dry run of each part what it is and what it would be.
func (d *Deliverer) planParts(w Write) {
	planned := PlannedWrite{Stream: w.Stream, Record: w.Record, System: w.System, Operation: w.Operation, Kind: w.Kind.planned(), Target: cmp.Or(w.Target, w.Record.Ref)}
	for _, part := range w.Parts {
		planned.Changes = append(planned.Changes, Change{Field: part.Record.Ref, Before: part.Before, After: part.After})
	}
	d.o.Plan(planned)
}
