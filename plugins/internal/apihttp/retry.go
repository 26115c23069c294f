package apihttp

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"
)

const (
	maxTries      = 4
	maxRetrying   = 20 * time.Second // calls and back-off together
	maxRetryAfter = 5 * time.Minute
)

// schedule decides whether and when one call is tried again.
type schedule struct {
	tries     int           // tries that count: throttled ones do not
	spent     time.Duration // in calls and back-off; waits for the limits are no one's fault
	failures  *backoff.ExponentialBackOff
	throttles *backoff.ExponentialBackOff
}

func newSchedule() *schedule {
	return &schedule{
		failures:  exponential(500*time.Millisecond, 8*time.Second),
		throttles: exponential(2*time.Second, time.Minute),
	}
}

func exponential(first, most time.Duration) *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(first), backoff.WithMaxInterval(most),
		backoff.WithMultiplier(2), backoff.WithMaxElapsedTime(0))
}

// next says how long to wait before another try, and whether there is one. took
// is the duration of the last one.
func (s *schedule) next(ctx context.Context, a attempt, e *Error, took time.Duration) (time.Duration, bool) {
	if ctx.Err() != nil || concernsAccount(e) || errors.Is(e, ErrStopping) {
		return 0, false
	}
	switch e.Outcome {
	case Throttled:
		wait := e.RetryAfter
		if wait == 0 {
			wait = s.throttles.NextBackOff()
		}
		return wait, true
	case Transient:
		if a.Write && a.Sent {
			return 0, false
		}
		s.tries++
		s.spent += took
		wait := max(s.failures.NextBackOff(), e.RetryAfter)
		if s.tries >= maxTries || s.spent+wait > maxRetrying {
			return 0, false
		}
		s.spent += wait
		return wait, true
	}
	return 0, false
}

// retryAfter reads both forms of the header (RFC 9110 §10.2.3), capped at five
// minutes; 0 when it is absent or makes no sense. A date is compared with the
// server's own clock where it tells it.
func retryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 63); err == nil {
		if seconds > uint64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now := serverTime(h)
	if now.IsZero() {
		now = time.Now()
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

// serverTime is the answer's Date header, zero when absent.
func serverTime(h http.Header) time.Time {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
