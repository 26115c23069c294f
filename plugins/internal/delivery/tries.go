package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

const (
	// A record is poison when it failed this often over this long while other
	// calls to the same account succeeded in between: then the record is at fault, not
	// the account.
	poisonTries = 8
	poisonAfter = 15 * time.Minute

	// askAfter is how long a call fails before the account is asked how it is, where
	// nobody else calls it.
	askAfter = 5 * time.Minute

	// showsWithin is how long a service may say that something exists before its
	// look-ups show it: Mintsoft needs about three seconds for a new product.
	showsWithin = 10 * time.Second

	firstWait = 500 * time.Millisecond
	maxWait   = 30 * time.Second
)

// Health tells how an account is.
type Health interface {
	// LastSuccess is when any call to it last succeeded.
	LastSuccess() time.Time
	// Ask makes a call of no consequence, for when nobody else makes any; not each
	// time that it is told to.
	Ask(ctx context.Context)
}

// Failures are those of one call that is tried again and again.
type Failures struct {
	first, latest time.Time
	alone         int // how many of them the account's other calls did not share
	last          error
}

// Add counts a failure. One tells about the record if another call to the account
// succeeded since the one before it; in an outage none does.
func (f *Failures) Add(ctx context.Context, err error, now time.Time, account Health) {
	switch {
	case f.first.IsZero():
		f.first, f.alone = now, 1
	case account == nil, errors.Is(err, apihttp.ErrQuota), errors.Is(err, apihttp.ErrShared):
	default:
		if now.Sub(f.first) >= askAfter && !account.LastSuccess().After(f.latest) {
			account.Ask(ctx)
		}
		if account.LastSuccess().After(f.latest) {
			f.alone++
		}
	}
	f.latest, f.last = now, err
}

// Poison says whether the record is at fault, and not the account.
func (f *Failures) Poison() bool {
	return f.alone >= poisonTries && f.latest.Sub(f.first) >= poisonAfter
}

// tries keeps count of the failures of one write.
type tries struct {
	Failures
	d    *Deliverer
	w    Write
	back *backoff.ExponentialBackOff
}

func (d *Deliverer) newTries(w Write) *tries {
	back := backoff.NewExponentialBackOff()
	back.InitialInterval, back.MaxInterval, back.MaxElapsedTime = firstWait, maxWait, 0
	back.Clock = clock(d.o.Now)
	back.Reset()
	return &tries{d: d, w: w, back: back}
}

type clock func() time.Time

func (c clock) Now() time.Time { return c() }

// judge classifies the outcome of a call. A refused key is the account's
// failure, not the record's: it counts as something to wait for.
func (t *tries) judge(ctx context.Context, err error) apihttp.Outcome {
	if err == nil {
		return apihttp.Delivered
	}
	t.Add(ctx, err, t.d.o.Now(), t.w.Health)
	if accountFails(err) {
		return apihttp.Transient
	}
	return apihttp.OutcomeOf(err)
}

func accountFails(err error) bool {
	return errors.Is(err, apihttp.ErrCredentials) || errors.Is(err, apihttp.ErrQuota)
}

// notDone says whether the last try surely changed nothing in the service.
func (t *tries) notDone() bool {
	var answer *apihttp.Error
	if !errors.As(t.last, &answer) {
		return false // nobody knows where it ended
	}
	outcome := apihttp.OutcomeOf(t.last)
	return outcome == apihttp.Transient || outcome == apihttp.Throttled || accountFails(t.last)
}

// mayShowLater says whether the service refused because it has the record, and
// may not have come to show it yet.
func (t *tries) mayShowLater() bool {
	return apihttp.OutcomeOf(t.last) == apihttp.AlreadyThere && t.d.o.Now().Sub(t.first) < showsWithin
}

// wait sleeps before the next try, as long as the service asked for where it
// did.
func (t *tries) wait(ctx context.Context) error {
	pause := t.back.NextBackOff()
	var answer *apihttp.Error
	if errors.As(t.last, &answer) && answer.RetryAfter > pause {
		pause = answer.RetryAfter
	}
	// A stop ends a call, which is no failure to tell of.
	select {
	case <-t.d.o.Drain:
		return ErrStopped
	default:
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if t.d.o.Waiting != nil {
		t.d.o.Waiting(t.w, t.last, pause)
	}
	return t.d.sleep(ctx, pause)
}

func (d *Deliverer) sleep(ctx context.Context, pause time.Duration) error {
	return Pause(ctx, d.o.Drain, pause)
}

// Pause waits, until the context ends or the process is told to stop: ErrStopped then.
func Pause(ctx context.Context, drain <-chan struct{}, pause time.Duration) error {
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-drain:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}
