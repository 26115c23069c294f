package apihttp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func reading(r Request) Request {
	r.Read = func(res *Response) error { return Readable(res.Body) }
	return r
}

func TestDoRepeats(t *testing.T) {
	ok := step{status: 200, body: "fine"}
	tests := map[string]struct {
		request  Request
		steps    []step
		requests int
		want     Outcome
	}{
		"read after a reset":             {read(), []step{{err: io.ErrUnexpectedEOF}, ok}, 2, Delivered},
		"read after 500 and 502":         {read(), []step{{status: 500}, {status: 502}, ok}, 3, Delivered},
		"read gives up after four":       {read(), []step{{status: 503}}, 4, Transient},
		"read not after 400":             {read(), []step{{status: 400}, ok}, 1, Rejected},
		"read not after 404":             {read(), []step{{status: 404}, ok}, 1, Rejected},
		"read after a gateway's 404":     {read(), []step{{status: 404, body: "\n<!DOCTYPE html>"}, ok}, 2, Delivered},
		"read after a typed page":        {read(), []step{{status: 404, header: http.Header{"Content-Type": {"text/html"}}, body: "Gone fishing"}, ok}, 2, Delivered},
		"read not after an empty page":   {read(), []step{{status: 404, header: http.Header{"Content-Type": {"text/html"}}}, ok}, 1, Rejected},
		"read after half an answer":      {reading(read()), []step{{status: 200, body: `{"a":`}, {status: 200, body: `"fine"`}}, 2, Delivered},
		"write not after half of one":    {reading(write()), []step{{status: 200, body: `{"a":`}, ok}, 1, Unknown},
		"read after throttling":          {read(), []step{{status: 429}, {status: 429}, {status: 429}, {status: 429}, {status: 429}, ok}, 6, Delivered},
		"write not after a reset":        {write(), []step{{err: io.ErrUnexpectedEOF}, ok}, 1, Unknown},
		"write not after 500":            {write(), []step{{status: 500}, ok}, 1, Unknown},
		"write not after 503":            {write(), []step{{status: 503}, ok}, 1, Unknown},
		"write not after a deferred 503": {write(), []step{{status: 503, header: http.Header{"Retry-After": {"1"}}}, ok}, 1, Unknown},
		"write after throttling":         {write(), []step{{status: 429}, ok}, 2, Delivered},
		"write that was not sent":        {write(), []step{{err: errDial}, {err: errDial}, ok}, 3, Delivered},
		"write that cannot be sent":      {write(), []step{{err: errDial}}, 4, Transient},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := answers(test.steps...)
				var calls []Call
				c := client(t, service, func(o *Options) { o.Observe = func(c Call) { calls = append(calls, c) } })
				tally := &Tally{}
				began := time.Now()
				res, err := c.Do(WithTally(t.Context(), tally), test.request)
				assert.Equal(t, test.want, OutcomeOf(err), "%v", err)
				assert.Equal(t, test.requests, service.count())
				assert.EqualValues(t, test.requests, tally.Calls.Load())
				require.Len(t, calls, test.requests)
				assert.Equal(t, test.want.String(), calls[len(calls)-1].Outcome)
				assert.False(t, calls[0].Retry)
				assert.Equal(t, test.requests > 1, calls[len(calls)-1].Retry)
				assert.Equal(t, test.request.Write, calls[0].Write)
				if err == nil {
					assert.Equal(t, "fine", strings.Trim(string(res.Body), `"`))
				}
				if test.want == Transient {
					assert.LessOrEqual(t, time.Since(began), maxRetrying)
				}
				for _, body := range service.bodies {
					assert.Equal(t, string(test.request.Body), body, "each try carries the whole body")
				}
			})
		})
	}
}

func TestDoHonoursRetryAfter(t *testing.T) {
	for name, header := range map[string]http.Header{
		"seconds": {"Retry-After": {"90"}},
		"a date by the server's clock": {
			"Date": {"Sun, 01 Mar 2026 08:30:00 GMT"}, "Retry-After": {"Sun, 01 Mar 2026 08:31:30 GMT"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := answers(step{status: 429, header: header}, step{status: 200})
				began := time.Now()
				_, err := client(t, service).Do(t.Context(), read())
				require.NoError(t, err)
				assert.Equal(t, 90*time.Second, time.Since(began))
			})
		})
	}
}

func TestRetryAfterForms(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "0": 0, "7": 7 * time.Second, "86400": maxRetryAfter, "99999999999999999": maxRetryAfter,
		"Sun, 01 Mar 2026 08:29:00 GMT": 0, "Sun, 01 Mar 2026 18:30:00 GMT": maxRetryAfter,
	} {
		h := http.Header{"Date": {"Sun, 01 Mar 2026 08:30:00 GMT"}, "Retry-After": {value}}
		assert.Equal(t, want, retryAfter(h), value)
	}
}

func TestThrottlingHoldsBackTheWholeAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := NewAccount("mintsoft", "m", AccountOptions{})
		throttled := answers(step{status: 429, header: http.Header{"Retry-After": {"60"}}}, step{status: 200})
		other := answers(step{status: 200})
		share := func(o *Options) { o.Account = account }
		began := time.Now()
		go func() { _, _ = client(t, throttled, share).Do(t.Context(), read()) }()
		synctest.Wait()
		_, err := client(t, other, share).Do(t.Context(), read())
		require.NoError(t, err)
		assert.Equal(t, time.Minute, time.Since(began))
		synctest.Wait()
	})
}

func TestEveryWaitEndsWithTheContext(t *testing.T) {
	tests := map[string]struct {
		account AccountOptions
		step    step
		busy    bool
		want    Outcome
	}{
		"throttled":      {step: step{status: 429, header: http.Header{"Retry-After": {"300"}}}, want: Throttled},
		"failing":        {step: step{status: 500}, want: Transient},
		"rate":           {account: AccountOptions{RequestsPerSecond: 0.001}, step: step{status: 200}, busy: true, want: Transient},
		"in flight":      {account: AccountOptions{MaxInFlight: 1}, step: step{status: 200, do: func(r *http.Request) { <-r.Context().Done() }}, busy: true, want: Transient},
		"answer is slow": {step: step{status: 200, do: func(r *http.Request) { <-r.Context().Done() }}, want: Transient},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(t, answers(test.step), func(o *Options) { o.Account = NewAccount("mintsoft", "m", test.account) })
				ctx, cancel := context.WithCancel(t.Context())
				if test.busy {
					go func() { _, _ = c.Do(ctx, read()) }()
					synctest.Wait()
				}
				ended := make(chan error)
				go func() { _, err := c.Do(ctx, read()); ended <- err }()
				synctest.Wait()
				began := time.Now()
				cancel()
				err := <-ended
				require.ErrorIs(t, err, context.Canceled)
				assert.Equal(t, test.want, OutcomeOf(err))
				assert.Zero(t, time.Since(began))
				synctest.Wait()
			})
		})
	}
}
