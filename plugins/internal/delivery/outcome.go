package delivery

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// AsSent ends the summary of an event by which something is adopted that a request
// of ours made whose answer was lost: it stands there as it was sent.
const AsSent = ", as it was sent"

// finish records a write that is done, with its link, and closes what earlier
// failures of the same record left behind.
func (d *Deliverer) finish(ctx context.Context, w Write, hash string, result Result, answer Answer, note string) (Outcome, error) {
	now := d.o.Now()
	err := d.commitClosing(ctx, w, func(tx *ledger.Tx) error {
		if w.Key != "" {
			if err := tx.PutIntent(d.doneIntent(w, hash, note, answer)); err != nil {
				return err
			}
		}
		if w.LinkKind != "" && answer.ID != "" {
			if err := tx.PutLink(ledger.Link{
				Connection: w.Connection, Pair: w.Pair, Kind: w.LinkKind, SourceSystem: w.Record.System, SourceID: w.Record.ID, SourceRef: w.Record.Ref,
				TargetSystem: w.System, TargetID: answer.ID, TargetRef: answer.Ref, Modified: w.Record.Modified, UpdatedAt: now,
			}); err != nil {
				return err
			}
		}
		summary := fmt.Sprintf("%s %s: %s", w.System, w.Operation, cmp.Or(answer.Ref, answer.ID))
		if result == Adopted && w.asSent {
			summary += AsSent
		}
		return tx.AddEvent(d.event(w, result.String(), summary, answer.Body))
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("recording that %s is done: %w", w.Record.Ref, err)
	}
	return Outcome{Result: result, Answer: answer, Reason: note, Sent: w.asSent}, nil
}

// refused files a definite refusal: parked where waiting may mend it, else a
// dead letter.
func (d *Deliverer) refused(ctx context.Context, w Write, hash string, err error) (Outcome, error) {
	if w.mendsItself(err) {
		if outcome, parked, perr := d.park(ctx, w, hash, describe(err)); perr != nil || parked {
			return outcome, perr
		}
	}
	return d.refuse(ctx, w, hash, ledger.ClassRejected, w.reason(err))
}

// reason is a refusal in the vendor's words, and how to mend it where that is known. Why
// something exists for the vendor alone comes first.
func (w Write) reason(refusal error) string {
	reason := describe(refusal)
	var answer *apihttp.Error
	if errors.As(refusal, &answer) && w.Hint != nil {
		if hint := w.Hint(answer); hint != "" {
			reason += "; " + hint
		}
	}
	if w.taken != "" && apihttp.OutcomeOf(refusal) == apihttp.AlreadyThere {
		reason = w.taken + " (" + reason + ")"
	}
	return reason
}

// PlainParking is what a record is parked under that was put aside before any
// write of it.
const PlainParking = "park"

// firstLook is when a record that was just parked is tried again without waiting
// for the pipeline: Mintsoft needs about three seconds to show a new product.
const firstLook = 5 * time.Second

// park puts a record aside until another pipeline has run. It is not parked
// when its time is over.
func (d *Deliverer) park(ctx context.Context, w Write, hash, reason string) (Outcome, bool, error) {
	now := d.o.Now()
	place := ledger.Parked{Connection: w.Connection, Stream: w.Stream, Record: w.Record, Operation: w.slot(), WaitFor: w.Parking.WaitFor, Reason: reason, Since: now, Until: now.Add(w.Parking.For)}
	known, parkedBefore, err := d.o.Ledger.ParkedItem(ctx, w.Stream, w.Record, w.slot())
	if err != nil {
		return Outcome{}, false, fmt.Errorf("reading what is parked: %w", err)
	}
	waits := now.Before(place.Until)
	if parkedBefore {
		place.Until, waits = known.Waits(now, w.Parking.For)
	} else {
		// What it waits for may have been made seconds ago.
		place.DueAt = now.Add(firstLook)
	}
	if !waits {
		return Outcome{}, false, nil
	}
	err = d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if w.Key != "" {
			if err := tx.PutIntent(d.intent(w, hash, stateParked, reason)); err != nil {
				return err
			}
		}
		if err := tx.Park(place); err != nil {
			return err
		}
		return tx.AddEvent(d.event(w, ledger.EventParked, reason, nil))
	})
	if err != nil {
		return Outcome{}, false, fmt.Errorf("parking %s: %w", w.Record.Ref, err)
	}
	return Outcome{Result: Parked, Reason: reason}, true, nil
}

// refuse files a dead letter in the same transaction that marks the intent.
func (d *Deliverer) refuse(ctx context.Context, w Write, hash, class, reason string) (Outcome, error) {
	if d.o.Plan != nil {
		return Outcome{Result: DeadLettered, Reason: reason}, nil
	}
	state := stateRejected
	if class == ledger.ClassAmbiguous {
		state = stateAmbiguous
	}
	now := d.o.Now()
	err := d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if w.Key != "" {
			if err := tx.PutIntent(d.intent(w, hash, state, reason)); err != nil {
				return err
			}
		}
		if err := tx.Unpark(w.Stream, w.Record, w.slot(), PlainParking); err != nil {
			return err
		}
		if _, err := tx.FileDeadLetter(ledger.DeadLetter{
			Connection: w.Connection, Stream: w.Stream, Record: w.Record, Class: class, System: w.System, Operation: w.Operation,
			Reason: reason, Detail: w.Body, FirstAt: now, LastAt: now, Slot: w.slot(),
		}); err != nil {
			return err
		}
		return tx.AddEvent(d.event(w, DeadLettered.String(), class+": "+reason, nil))
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("filing the dead letter of %s: %w", w.Record.Ref, err)
	}
	return Outcome{Result: DeadLettered, Reason: reason}, nil
}

// commitClosing commits together with the end of what the same record left
// behind: its open dead letters and its parking place.
func (d *Deliverer) commitClosing(ctx context.Context, w Write, do func(*ledger.Tx) error) error {
	return d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if do != nil {
			if err := do(tx); err != nil {
				return err
			}
		}
		letters, places := []string{w.slot(), w.part()}, []string{w.slot(), PlainParking}
		if w.Ends {
			letters, places = nil, nil
		}
		if _, err := tx.CloseDeadLetters(w.Stream, w.Record, letters...); err != nil {
			return err
		}
		if err := tx.Unpark(w.Stream, w.Record, places...); err != nil || !w.again {
			return err
		}
		now := d.o.Now()
		return tx.Park(ledger.Parked{
			Connection: w.Connection, Stream: w.Stream, Record: w.Record, Operation: PlainParking, WaitFor: w.Pipeline,
			Reason: "it changed after its request, whose answer was lost", Since: now, Until: now.Add(firstLook), DueAt: now,
		})
	})
}

func (d *Deliverer) intent(w Write, hash, state, note string) ledger.Intent {
	return ledger.Intent{
		Key: w.Key, Account: w.Account, Connection: w.Connection, Stream: w.Stream, System: w.System, Operation: w.Operation,
		Record: w.Record, RequestHash: hash, State: state, TargetID: w.At, UpdatedAt: d.o.Now(), Note: note,
	}
}

func (d *Deliverer) doneIntent(w Write, hash, note string, answer Answer) ledger.Intent {
	done := d.intent(w, hash, stateDone, note)
	done.TargetID, done.TargetRef = answer.ID, answer.Ref
	return done
}

func (d *Deliverer) event(w Write, kind, summary string, detail json.RawMessage) ledger.Event {
	return ledger.Event{At: d.o.Now(), Connection: w.Connection, Stream: w.Stream, Record: w.Record, Kind: kind, Summary: summary, Detail: detail}
}

// summary says what is sent, when its record was read, and what was cut or left
// out on the way.
func (w Write) summary() string {
	text := w.System + " " + w.Operation
	if !w.ReadAt.IsZero() {
		text += ", read " + w.ReadAt.UTC().Format(time.DateTime)
	}
	if len(w.Notes) > 0 {
		text += " (" + strings.Join(w.Notes, "; ") + ")"
	}
	return text
}
