package apihttp

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// AccountOptions are the limits of an account; zero means no limit.
type AccountOptions struct {
	RequestsPerSecond float64
	Burst             int // requests that may go at once; at least 1
	MaxInFlight       int
	// MonthlyQuota is the number of calls in a calendar month (UTC).
	MonthlyQuota int64
	// Now dates the month and the last success. Default time.Now.
	Now func() time.Time
	// Ahead is told once that the service's clock is far ahead of ours.
	Ahead func(by time.Duration)
}

// Account carries the limits that a service keeps by account. All clients of one
// account share one Account, whatever connection they belong to. It is safe for
// concurrent use.
type Account struct {
	// Spend counts n calls towards the month and returns what is used of it, over
	// all processes. It is called before every request when set. Set it before
	// the first call.
	Spend func(ctx context.Context, n int64) (used int64, err error)

	system, id string
	quota      int64
	now        func() time.Time
	ahead      func(by time.Duration)
	limiter    *rate.Limiter
	slots      slots

	mu          sync.Mutex
	notBefore   time.Time // the service asked the whole account to wait
	spentUntil  time.Time // the quota is used up until then
	lastSuccess time.Time
	askAgain    time.Time      // somebody has asked how the account is
	skew        *time.Duration // how far the service's clock is ahead of ours; nil when it does not tell
	saidAhead   bool
}

// NewAccount makes the account named id of a system ("unleashed", "mintsoft").
// The id appears in errors; it must not be a credential.
func NewAccount(system, id string, o AccountOptions) *Account {
	if o.Now == nil {
		o.Now = time.Now
	}
	limit := rate.Inf
	if o.RequestsPerSecond > 0 {
		limit = rate.Limit(o.RequestsPerSecond)
	}
	return &Account{
		system: system, id: id, quota: o.MonthlyQuota, now: o.Now, ahead: o.Ahead,
		limiter: rate.NewLimiter(limit, max(1, o.Burst)),
		slots:   slots{limit: o.MaxInFlight},
	}
}

// ID names the account.
func (a *Account) ID() string { return a.id }

// Tighten lowers the limits: where connections to one account ask for different
// ones, the lowest wins. Values of 0 ask for nothing.
func (a *Account) Tighten(requestsPerSecond float64, maxInFlight int) {
	if limit := rate.Limit(requestsPerSecond); limit > 0 && limit < a.limiter.Limit() {
		a.limiter.SetLimit(limit)
	}
	a.slots.lower(maxInFlight)
}

// LastSuccess is when a call was last delivered, zero when none was yet. A
// refused call counts as neither success nor failure of the account.
func (a *Account) LastSuccess() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lastSuccess
}

// askAgainAfter is how often an account is asked how it is.
const askAgainAfter = time.Minute

// MayAsk says whether it is time to ask the account how it is, where nobody calls it
// for any other reason; true for one of many that wait for it.
func (a *Account) MayAsk() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if now.Before(a.askAgain) {
		return false
	}
	a.askAgain = now.Add(askAgainAfter)
	return true
}

// enter waits for a slot, the rate and any pause; leave gives the slot back.
func (a *Account) enter(ctx context.Context) (leave func(), err error) {
	if err := a.slots.take(ctx); err != nil {
		return nil, err
	}
	if err := a.pace(ctx); err != nil {
		a.slots.give()
		return nil, err
	}
	return a.slots.give, nil
}

func (a *Account) pace(ctx context.Context) error {
	if err := a.waitPause(ctx); err != nil {
		return err
	}
	// Reserve and not Wait: Wait refuses at once when the deadline is too near,
	// with an error that hides that it is the context's.
	turn := a.limiter.Reserve()
	if err := sleep(ctx, turn.Delay()); err != nil {
		turn.Cancel()
		return err
	}
	return a.waitPause(ctx)
}

func (a *Account) waitPause(ctx context.Context) error {
	for {
		a.mu.Lock()
		rest := time.Until(a.notBefore)
		a.mu.Unlock()
		if rest <= 0 {
			return nil
		}
		if err := sleep(ctx, rest); err != nil {
			return err
		}
	}
}

// pause holds back every call of the account: a service that throttles one call
// would throttle the next too.
func (a *Account) pause(wait time.Duration) {
	until := time.Now().Add(wait)
	a.mu.Lock()
	defer a.mu.Unlock()
	if until.After(a.notBefore) {
		a.notBefore = until
	}
}

// spend counts one call against the month. Unleashed blocks every call at 100 %
// until the first of the next month, 00:00 UTC; we stop by ourselves then.
func (a *Account) spend(ctx context.Context) error {
	if a.Spend == nil {
		return nil
	}
	if a.quotaRest() > 0 {
		return ErrQuota
	}
	used, err := a.Spend(ctx, 1)
	if err != nil {
		return fmt.Errorf("counting the call against the monthly quota: %w", err)
	}
	if a.quota > 0 && used > a.quota {
		now := a.now().UTC()
		a.mu.Lock()
		a.spentUntil = time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		a.mu.Unlock()
		return ErrQuota
	}
	return nil
}

// quotaRest is how long the quota stays used up.
func (a *Account) quotaRest() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.spentUntil.Sub(a.now())
}

// note remembers what an outcome says about the account.
func (a *Account) note(e *Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e == nil || e.Outcome == AlreadyThere {
		a.lastSuccess = a.now()
	}
}

// MostSkew is how far a clock may be off before cursors and webhooks suffer.
const MostSkew = 2 * time.Minute

// dated is the time that an answer bears, as far as it can be believed.
func (a *Account) dated(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	now := a.now().UTC()
	by := at.Sub(now)
	a.mu.Lock()
	a.skew = &by
	say := by > MostSkew && !a.saidAhead && a.ahead != nil
	a.saidAhead = a.saidAhead || say
	a.mu.Unlock()
	if say {
		a.ahead(by)
	}
	if by > 0 {
		return now
	}
	return at
}

// Skew is how far the service's clock was ahead of ours with its last answer; false
// when it does not tell its time.
func (a *Account) Skew() (ahead time.Duration, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.skew == nil {
		return 0, false
	}
	return *a.skew, true
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
