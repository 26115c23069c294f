package unleashedsim

import (
	"net/http"
	"strconv"
	"time"
)

// usage counts the calls of the current month and of the current second.
type usage struct {
	month, second time.Time
	calls, burst  int
}

// Calls is the number of calls that counted against the quota this month (UTC).
func (t *Twin) Calls() int {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.usage.turn(t.now())
	return t.usage.calls
}

func (u *usage) turn(now time.Time) {
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	if !month.Equal(u.month) {
		u.month, u.calls = month, 0
	}
	if second := now.Truncate(time.Second); !second.Equal(u.second) {
		u.second, u.burst = second, 0
	}
}

// admit counts a call, or refuses it: at 100 % of the quota all calls are blocked
// until the month ends.
func (t *Twin) admit() error {
	now := t.now()
	t.usage.turn(now)
	if limit := t.knobs.ThrottlePerSecond; limit > 0 && t.usage.burst >= limit {
		return &problem{status: http.StatusTooManyRequests, text: "Too many requests.", header: http.Header{"Retry-After": {"1"}}}
	}
	if limit := t.knobs.MonthlyQuota; limit > 0 && t.usage.calls >= limit {
		p := &problem{status: t.knobs.QuotaStatus, text: "The monthly quota of API calls is used up; calls are blocked until the first of next month."}
		if p.status == http.StatusTooManyRequests {
			left := t.usage.month.AddDate(0, 1, 0).Sub(now)
			p.header = http.Header{"Retry-After": {strconv.Itoa(int(left/time.Second) + 1)}}
		}
		return p
	}
	t.usage.burst++
	t.usage.calls++
	return nil
}
