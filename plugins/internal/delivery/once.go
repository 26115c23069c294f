package delivery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// States of an intent in the ledger.
const (
	stateIntended  = "intended"
	stateDone      = "done"
	stateRejected  = "rejected"
	stateAmbiguous = "ambiguous"
	stateParked    = "parked"
)

// once delivers a create or a step.
func (d *Deliverer) once(ctx context.Context, w Write) (Outcome, error) {
	known, exists, err := d.o.Ledger.Intent(ctx, w.Key)
	if err != nil {
		return Outcome{}, fmt.Errorf("reading the intent of %s: %w", w.Key, err)
	}
	hash := hashOf(w.Body)
	look := w.LookFirst
	if exists {
		switch known.State {
		case stateDone:
			return d.alreadyDone(ctx, w, known, hash)
		case stateIntended:
			// A process died between the intent and its outcome: the call may have
			// been made, and may even be under way still.
			look = true
			if w.Find == nil && !w.Deduplicates && !w.Replay {
				return d.refuse(ctx, w, hash, ledger.ClassAmbiguous, "the process ended before the answer came, and the service cannot be asked whether it was done")
			}
			if err := d.waitOut(ctx, w, known); err != nil {
				return Outcome{}, err
			}
		case stateAmbiguous:
			if !w.Replay {
				return d.refuse(ctx, w, hash, ledger.ClassAmbiguous, known.Note)
			}
			look = true
		}
	}
	if d.o.Plan != nil {
		return d.plan(ctx, w)
	}
	if !look && !exists && w.Former != nil {
		if look, err = d.former(ctx, w); err != nil {
			return Outcome{}, err
		}
	}
	if look && w.Find != nil {
		w.asSent = known.State == stateIntended
		outcome, settled, err := d.asMeant(ctx, w, known, hash)
		if err != nil || settled {
			return outcome, err
		}
		if outcome, settled, err = d.settle(ctx, w, hash, lookBefore); err != nil || settled {
			return outcome, err
		}
	}
	if err := d.intend(ctx, w, known, hash); err != nil {
		return Outcome{}, err
	}
	return d.send(ctx, w, known, hash)
}

// former says whether an earlier ledger may have known of a write; where that cannot be
// read, it may.
func (d *Deliverer) former(ctx context.Context, w Write) (bool, error) {
	may, err := patiently(ctx, d, w, w.Former)
	if apihttp.OutcomeOf(err) == apihttp.Rejected {
		return true, nil
	}
	return may, err
}

// intend makes the intent durable before the call.
func (d *Deliverer) intend(ctx context.Context, w Write, known ledger.Intent, hash string) error {
	intent := d.intent(w, hash, stateIntended, "")
	intent.Attempts, intent.FirstAt = known.Attempts+1, known.FirstAt
	if intent.FirstAt.IsZero() {
		intent.FirstAt = intent.UpdatedAt
	}
	err := d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if err := tx.PutIntent(intent); err != nil {
			return err
		}
		return tx.AddEvent(d.event(w, ledger.EventSent, w.summary(), w.Body))
	})
	if err != nil {
		return fmt.Errorf("recording the intent of %s: %w", w.Key, err)
	}
	return nil
}

// send calls until the call is answered for.
func (d *Deliverer) send(ctx context.Context, w Write, known ledger.Intent, hash string) (Outcome, error) {
	tries := d.newTries(w)
	w.asSent = known.State == stateIntended && known.RequestHash == hash
	for {
		answer, err := w.Send(ctx)
		switch tries.judge(ctx, err) {
		case apihttp.Delivered:
			result := Created
			if w.Kind == Step {
				result = Stepped
			}
			lacking, err := d.lacking(ctx, w, answer)
			if err != nil {
				return Outcome{}, err
			}
			if lacking != "" {
				return d.refuse(ctx, w, hash, ledger.ClassAmbiguous, lacking)
			}
			return d.finish(ctx, w, hash, result, answer, "")
		case apihttp.AlreadyThere, apihttp.Rejected:
			// The words of a refusal are not stable enough to tell "already there"
			// from others, so a refused create is looked up, unless it is one that
			// may mend itself and no answer to it is lost.
			if w.Deduplicates && (w.asSent || !w.mendsItself(err)) {
				outcome, settled, err := d.settle(ctx, w, hash, lookAfterRefusal)
				if err != nil || settled {
					return outcome, err
				}
				if tries.mayShowLater() {
					break
				}
				w.taken = outcome.Reason
			}
			return d.refused(ctx, w, hash, err)
		case apihttp.Unknown:
			w.asSent = true
			outcome, settled, err := d.settle(ctx, w, hash, lookAfterSilence)
			if err != nil || settled {
				return outcome, err
			}
		}
		if tries.Poison() {
			return d.refuse(ctx, w, hash, ledger.ClassPoison, describe(tries.last))
		}
		if err := tries.wait(ctx); err != nil {
			if (errors.Is(err, ErrStopped) || ctx.Err() != nil) && tries.notDone() {
				err = cmp.Or(d.putBack(ctx, w, known), err)
			}
			return Outcome{}, err
		}
	}
}

// putBackWithin is how long a stop waits for the ledger to take intents back.
const putBackWithin = time.Second

// putBack takes the intent back of a write that was surely not done, so that the
// next process need not wonder whether it was.
func (d *Deliverer) putBack(ctx context.Context, w Write, known ledger.Intent) error {
	// A call that waited for its turn may end only as the streams are cut off.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackWithin)
	defer cancel()
	err := d.o.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if known.Key != "" {
			return tx.PutIntent(known)
		}
		_, err := tx.DeleteIntent(w.Key)
		return err
	})
	if err != nil {
		return fmt.Errorf("taking the intent of %s back: %w", w.Key, err)
	}
	return nil
}

type occasion int

const (
	lookBefore       occasion = iota // nothing was sent by this process
	lookAfterRefusal                 // the service says it is there already
	lookAfterSilence                 // the answer is lost
	lookAfterWaiting                 // so it was, and the request's deadline is over
)

// settle looks the target up. It is settled when one exact match of ours is
// adopted or something else is filed; not settled means: nothing is there, and
// sending is right. The reason is then why the service may think otherwise.
func (d *Deliverer) settle(ctx context.Context, w Write, hash string, when occasion) (Outcome, bool, error) {
	if w.Find == nil {
		if when != lookAfterSilence || w.Deduplicates {
			return Outcome{}, false, nil
		}
		outcome, err := d.refuse(ctx, w, hash, ledger.ClassAmbiguous, "the answer was lost, and the service cannot be asked whether it was done")
		return outcome, true, err
	}
	// What was sent may have come there since what is remembered was read.
	if (when >= lookAfterSilence || w.asSent) && w.Refresh != nil {
		w.Refresh()
	}
	found, err := d.find(ctx, w)
	switch {
	case err != nil && apihttp.OutcomeOf(err) == apihttp.Rejected:
		outcome, err := d.refuse(ctx, w, hash, ledger.ClassAmbiguous, err.Error())
		return outcome, true, err
	case err != nil:
		return Outcome{}, false, err
	case found.Exists && found.Ours:
		outcome, err := d.finish(ctx, w, hash, Adopted, Answer{ID: found.ID, Ref: found.Ref, Body: found.Body}, found.Detail)
		return outcome, true, err
	case found.Exists && when >= lookAfterSilence:
		outcome, err := d.refuse(ctx, w, hash, ledger.ClassAmbiguous, "the answer was lost and what stands there is not ours: "+found.Detail)
		return outcome, true, err
	case found.Exists:
		outcome, err := d.refuse(ctx, w, hash, ledger.ClassRejected, found.Detail)
		return outcome, true, err
	case when == lookAfterSilence && !w.Deduplicates:
		// The request may be under way still. Once its deadline is over, what is not
		// there now was not done.
		if err := d.sleep(ctx, Deadline); err != nil {
			return Outcome{}, false, err
		}
		return d.settle(ctx, w, hash, lookAfterWaiting)
	}
	return Outcome{Reason: found.Detail}, false, nil
}

// asMeant settles a write whose process died by what it meant, where the record says
// something else now: what it made has the number, the lines or the place of then.
func (d *Deliverer) asMeant(ctx context.Context, w Write, known ledger.Intent, hash string) (Outcome, bool, error) {
	changed := known.RequestHash != hash
	if known.State != stateIntended || w.FindSent == nil || !changed && known.TargetID == w.At {
		return Outcome{}, false, nil
	}
	meant := w
	if changed {
		body, err := d.bodyOf(ctx, w, known)
		if err != nil || body == nil {
			return Outcome{}, false, err
		}
		meant.Body, meant.again = body, true
	}
	meant.At, meant.Find = known.TargetID, func(ctx context.Context) (Found, error) { return w.FindSent(ctx, known.TargetID, meant.Body) }
	return d.settle(ctx, meant, known.RequestHash, lookAfterWaiting)
}

// find looks up, waiting while the account fails. A look-up that alone fails again
// and again leaves it open what stands there.
func (d *Deliverer) find(ctx context.Context, w Write) (Found, error) {
	return patiently(ctx, d, w, w.Find)
}

// lacking says in words what a write that was answered as done did not do; empty when
// it did it all. Where that cannot be read, nobody knows.
func (d *Deliverer) lacking(ctx context.Context, w Write, answer Answer) (string, error) {
	if w.Effect == nil {
		return "", nil
	}
	lacking, err := patiently(ctx, d, w, func(ctx context.Context) (string, error) { return w.Effect(ctx, answer) })
	switch {
	case err != nil && apihttp.OutcomeOf(err) == apihttp.Rejected:
		return "it was answered as done, and whether it was cannot be read: " + err.Error(), nil
	case lacking != "":
		return "it was answered as done, but " + lacking + "; look at it there, then replay", nil
	}
	return "", err
}

// patiently reads, waiting while the account fails.
func patiently[T any](ctx context.Context, d *Deliverer, w Write, read func(context.Context) (T, error)) (T, error) {
	tries := d.newTries(w)
	var none T
	for {
		found, err := read(ctx)
		if err == nil {
			return found, nil
		}
		if tries.judge(ctx, err) == apihttp.Rejected {
			return none, fmt.Errorf("looking up %s %s: %w", w.System, w.Record.Ref, err)
		}
		if tries.Poison() {
			return none, &apihttp.Error{System: w.System, Operation: w.Operation, Outcome: apihttp.Rejected, Message: fmt.Sprintf("looking up %s fails again and again: %s", w.Record.Ref, describe(err))}
		}
		if err := tries.wait(ctx); err != nil {
			return none, err
		}
	}
}

// waitOut lets the request of a process that died come to its end. A clock that was
// ahead then makes it no longer.
func (d *Deliverer) waitOut(ctx context.Context, w Write, known ledger.Intent) error {
	if w.Deduplicates || d.o.Plan != nil {
		return nil
	}
	return d.sleep(ctx, min(Deadline, Deadline-d.o.Now().Sub(known.UpdatedAt)))
}

// alreadyDone answers for a record whose key is done: nothing is written, and a
// change since then is recorded with what differs.
func (d *Deliverer) alreadyDone(ctx context.Context, w Write, known ledger.Intent, hash string) (Outcome, error) {
	outcome := Outcome{Result: Unchanged, Answer: Answer{ID: known.TargetID, Ref: known.TargetRef}, Common: doneWord(w.Kind) + " before, in " + w.System,
		Reason: fmt.Sprintf("%s as %s %s since %s", doneWord(w.Kind), w.System, cmp.Or(known.TargetRef, known.TargetID), known.UpdatedAt.UTC().Format("2006-01-02 15:04"))}
	if d.o.Plan != nil {
		return outcome, nil
	}
	if known.RequestHash == hash || known.RequestHash == "" {
		// It may have been wrong in between.
		if w.Replay || w.Kind == Create {
			return outcome, d.commitClosing(ctx, w, nil)
		}
		return outcome, nil
	}
	before, err := d.bodyOf(ctx, w, known)
	if err != nil {
		return Outcome{}, err
	}
	known.RequestHash = hash
	own, err := d.o.Ledger.IsOwnChange(ctx, w.Record.ID, w.Record.Modified)
	if err != nil {
		return Outcome{}, err
	}
	if own {
		outcome.Reason, outcome.Common = "it changed as we changed it", ""
		return outcome, d.commitClosing(ctx, w, func(tx *ledger.Tx) error {
			if err := tx.PutIntent(known); err != nil {
				return err
			}
			return tx.AddEvent(d.event(w, ledger.EventAgreed, w.System+" "+w.Operation+": "+outcome.Reason, w.Body))
		})
	}
	outcome.Common = "changed after it was " + doneWord(w.Kind) + "; `mintleash trace` says what"
	outcome.Reason = "changed after it was " + doneWord(w.Kind) + ": " + difference(before, w.Body)
	return outcome, d.commitClosing(ctx, w, func(tx *ledger.Tx) error {
		if err := tx.PutIntent(known); err != nil {
			return err
		}
		return tx.AddEvent(d.event(w, ledger.EventChanged, w.System+" "+w.Operation+": "+outcome.Reason, w.Body))
	})
}

// bodyOf is the body that an intent is of, whatever its connection was called then; nil
// when its event is past the retention.
func (d *Deliverer) bodyOf(ctx context.Context, w Write, known ledger.Intent) ([]byte, error) {
	events, err := d.o.Ledger.Events(ctx, w.Record.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the events of %s: %w", w.Record.Ref, err)
	}
	for _, e := range events {
		if slices.Contains([]string{ledger.EventSent, ledger.EventChanged, ledger.EventAgreed}, e.Kind) && hashOf(e.Detail) == known.RequestHash {
			return e.Detail, nil
		}
	}
	return nil, nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

func doneWord(k Kind) string {
	if k == Create {
		return "created"
	}
	return "done"
}

// describe is the vendor's own words where there are any.
func describe(err error) string {
	var answer *apihttp.Error
	if errors.As(err, &answer) {
		return answer.Error()
	}
	if err == nil {
		return ""
	}
	return err.Error()
}
