package apihttp

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRateIsSharedByTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := NewAccount("unleashed", "u", AccountOptions{RequestsPerSecond: 4})
		share := func(o *Options) { o.Account = account }
		service := answers(step{status: 200})
		one, two := client(t, service, share), client(t, service, share)
		began := time.Now()
		for range 10 {
			_, err := one.Do(t.Context(), read())
			require.NoError(t, err)
			_, err = two.Do(t.Context(), read())
			require.NoError(t, err)
		}
		assert.Equal(t, 19*250*time.Millisecond, time.Since(began).Round(time.Millisecond))

		account.Tighten(2, 0)
		account.Tighten(50, 0)
		began = time.Now()
		for range 4 {
			_, err := one.Do(t.Context(), read())
			require.NoError(t, err)
		}
		assert.InDelta(t, (2 * time.Second).Seconds(), time.Since(began).Seconds(), 0.26, "the lowest rate wins")
	})
}

func TestInFlightIsSharedByTheAccount(t *testing.T) {
	for name, test := range map[string]struct{ limit, tighten, want int }{
		"as made": {4, 0, 4}, "lowered": {4, 2, 2}, "not raised": {2, 9, 2}, "from none": {0, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				account := NewAccount("unleashed", "u", AccountOptions{MaxInFlight: test.limit})
				account.Tighten(0, test.tighten)
				var now, most atomic.Int64
				service := answers(step{status: 200, do: func(*http.Request) {
					most.Store(max(most.Load(), now.Add(1)))
					assert.NoError(t, sleep(t.Context(), time.Second))
					now.Add(-1)
				}})
				c := client(t, service, func(o *Options) { o.Account = account })
				var group sync.WaitGroup
				for range 12 {
					group.Go(func() {
						_, err := c.Do(t.Context(), read())
						assert.NoError(t, err)
					})
				}
				group.Wait()
				assert.EqualValues(t, test.want, most.Load())
			})
		})
	}
}

// TestSlotsSurviveCancellation: a waiter that gives up must not take its slot
// with it.
func TestSlotsSurviveCancellation(t *testing.T) {
	s := &slots{limit: 1}
	for range 200 {
		require.NoError(t, s.take(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		waited := make(chan error, 1)
		go func() { waited <- s.take(ctx) }()
		go cancel()
		s.give()
		if <-waited == nil {
			s.give()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	assert.Zero(t, s.used)
	assert.Empty(t, s.queue)
}

func TestQuotaBlocksUntilTheMonthEnds(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	account := NewAccount("unleashed", "u", AccountOptions{MonthlyQuota: 3, Now: func() time.Time { return now }})
	var used int64
	account.Spend = func(_ context.Context, n int64) (int64, error) { used += n; return used, nil }
	service := answers(step{status: 200})
	c := client(t, service, func(o *Options) { o.Account = account })
	for range 3 {
		_, err := c.Do(t.Context(), read())
		require.NoError(t, err)
	}
	for range 2 {
		_, err := c.Do(t.Context(), write())
		require.ErrorIs(t, err, ErrQuota)
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, Throttled, e.Outcome)
		assert.Equal(t, time.Hour, e.RetryAfter)
	}
	assert.EqualValues(t, 4, used, "a blocked account is not counted on")
	assert.Equal(t, 3, service.count())

	now, used = now.Add(time.Hour), 0
	_, err := c.Do(t.Context(), read())
	require.NoError(t, err)
}

func TestQuotaThatCannotBeCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := NewAccount("unleashed", "u", AccountOptions{MonthlyQuota: 3})
		account.Spend = func(context.Context, int64) (int64, error) { return 0, errors.New("ledger is closed") }
		service := answers(step{status: 200})
		_, err := client(t, service, func(o *Options) { o.Account = account }).Do(t.Context(), write())
		assert.Equal(t, Transient, OutcomeOf(err))
		assert.ErrorContains(t, err, "ledger is closed")
		assert.Zero(t, service.count())
	})
}

func TestLastSuccess(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	account := NewAccount("mintsoft", "m", AccountOptions{Now: func() time.Time { return now }})
	assert.Zero(t, account.LastSuccess())
	do := func(s step) {
		_, _ = client(t, answers(s), func(o *Options) { o.Account = account }).Do(t.Context(), reading(write()))
	}
	do(step{status: 200})
	assert.Equal(t, now, account.LastSuccess())
	for _, bad := range []step{{status: 500}, {status: 401}, {status: 403}, {err: errors.New("reset")}, {status: 200, body: "<html>"}, {status: 404, body: "<html>"}} {
		do(step{status: 200})
		now = now.Add(time.Minute)
		do(bad)
		assert.Equal(t, now.Add(-time.Minute), account.LastSuccess(), "%+v", bad)
		do(step{status: 400})
		assert.Equal(t, now.Add(-time.Minute), account.LastSuccess(), "a refusal proves nothing")
	}
}

func TestAServiceThatIsAheadIsDatedByOurClock(t *testing.T) {
	now, said := time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC), []time.Duration(nil)
	account := NewAccount("unleashed", "u", AccountOptions{Now: func() time.Time { return now }, Ahead: func(by time.Duration) { said = append(said, by) }})
	assert.Zero(t, account.dated(time.Time{}))
	_, known := account.Skew()
	assert.False(t, known)
	for _, ahead := range []time.Duration{-time.Hour, 0, time.Minute, 24 * time.Hour, 24 * time.Hour} {
		assert.Equal(t, now.Add(min(ahead, 0)), account.dated(now.Add(ahead)))
		skew, known := account.Skew()
		assert.True(t, known)
		assert.Equal(t, ahead, skew)
	}
	assert.Equal(t, []time.Duration{24 * time.Hour}, said, "once")
}
