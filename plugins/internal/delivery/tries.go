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
	// calls to the same account succeeded: then the record is at fault, not the
	// account.
	poisonTries = 8
	poisonAfter = 15 * time.Minute

	// showsWithin is how long a service may say that something exists before its
	// look-ups show it: Mintsoft needs about three seconds for a new product.
	showsWithin = 10 * time.Second

	firstWait = 500 * time.Millisecond
	maxWait   = 30 * time.Second
)

// tries keeps count of the failures of one write.
type tries struct {
	d     *Deliverer
	w     Write
	first time.Time
	count int
	last  error
	back  *backoff.ExponentialBackOff
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
func (t *tries) judge(err error) apihttp.Outcome {
	if err == nil {
		return apihttp.Delivered
	}
	t.last = err
	t.count++
	if t.first.IsZero() {
		t.first = t.d.o.Now()
	}
	if accountFails(err) {
		return apihttp.Transient
	}
	return apihttp.OutcomeOf(err)
}

func accountFails(err error) bool {
	return errors.Is(err, apihttp.ErrCredentials) || errors.Is(err, apihttp.ErrQuota)
}

func (t *tries) poisoned() bool {
	if t.count < poisonTries || accountFails(t.last) || t.w.Health == nil {
		return false
	}
	return t.d.o.Now().Sub(t.first) >= poisonAfter && t.w.Health.LastSuccess().After(t.first)
}

// notDone says whether the last try surely changed nothing in the service.
func (t *tries) notDone() bool {
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
	if t.d.o.Waiting != nil {
		t.d.o.Waiting(t.w, t.last, pause)
	}
	return t.d.sleep(ctx, pause)
}

func (d *Deliverer) sleep(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-d.o.Drain:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}
