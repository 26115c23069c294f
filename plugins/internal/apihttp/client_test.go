package apihttp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewRefusesBadOptions(t *testing.T) {
	account := NewAccount("mintsoft", "m", AccountOptions{})
	for name, o := range map[string]Options{
		"no account": {BaseURL: "https://a.test"},
		"no host":    {Account: account, BaseURL: "https://"},
		"scheme":     {Account: account, BaseURL: "ftp://a.test"},
		"user":       {Account: account, BaseURL: "https://me:hunter2@a.test"},
		"unparsable": {Account: account, BaseURL: "https://me:hunter2@a.test:x:%zz"},
		"query":      {Account: account, BaseURL: "https://a.test?key=hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(o)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestDoSendsExactlyWhatWasGiven(t *testing.T) {
	service := answers(step{status: 200, body: "[]", header: http.Header{"Date": {"Sun, 01 Mar 2026 08:30:00 GMT"}}})
	r := read()
	r.Path, r.RawQuery = "/api/Product/A%2FB%20%C3%89", "since=2026-03-01T08:30:00,x@y&z=%20"
	res, err := client(t, service).Do(t.Context(), r)
	require.NoError(t, err)

	req := service.requests[0]
	assert.Equal(t, "/base/api/Product/A%2FB%20%C3%89?since=2026-03-01T08:30:00,x@y&z=%20", req.URL.RequestURI())
	assert.Equal(t, "api.example.test", req.URL.Host)
	assert.Equal(t, "application/json", req.Header.Get("Accept"))
	assert.Equal(t, "[]", string(res.Body))
	assert.Equal(t, time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC), res.Date)
}

func TestDoRefusesUnescaped(t *testing.T) {
	service := answers(step{status: 200})
	for _, r := range []Request{
		{Method: "GET", Path: "relative"}, {Method: "GET", Path: "/a b"}, {Method: "GET", Path: "/%zz"}, {Method: "GET", Path: "/a?b"},
		{Method: "GET", Path: "/", RawQuery: "a=b c"}, {Method: "GET", Path: "/", RawQuery: "a=é"}, {Method: "GET", Path: "/", RawQuery: "a=b\r\nX: y"},
	} {
		_, err := client(t, service).Do(t.Context(), r)
		assert.Equal(t, Rejected, OutcomeOf(err), "%+v", r)
	}
	assert.Zero(t, service.count())
}

func TestTimeoutIsNotTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := answers(step{do: func(r *http.Request) { <-r.Context().Done() }})
		_, err := client(t, service, func(o *Options) { o.Timeout = 30 * time.Second }).Do(t.Context(), write())
		require.ErrorIs(t, err, ErrTimeout)
		assert.NotErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, Unknown, OutcomeOf(err))
	})
}

func TestLargeAnswerIsAnError(t *testing.T) {
	small := func(o *Options) { o.MaxResponse = 4 }
	_, err := client(t, answers(step{status: 200, body: "12345"}), small).Do(t.Context(), read())
	require.ErrorIs(t, err, ErrTooLarge)
	assert.Equal(t, Rejected, OutcomeOf(err))
	res, err := client(t, answers(step{status: 200, body: "1234"}), small).Do(t.Context(), read())
	require.NoError(t, err)
	assert.Equal(t, "1234", string(res.Body))
}

func TestJudge(t *testing.T) {
	r := write()
	r.Judge = func(_ int, _ http.Header, body []byte) (bool, bool, string) {
		return true, strings.Contains(string(body), "exists"), "said: " + string(body)
	}
	res, err := client(t, answers(step{status: 200, body: "no"})).Do(t.Context(), r)
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, Rejected, e.Outcome)
	assert.Equal(t, "said: no", e.Message)
	assert.Equal(t, "m-1", e.Account)
	assert.Equal(t, "/api/Order", e.Path)
	require.NotNil(t, res, "the answer comes beside the error")
	_, err = client(t, answers(step{status: 200, body: "exists"})).Do(t.Context(), r)
	assert.Equal(t, AlreadyThere, OutcomeOf(err))
}

func TestMessageHidesSecretsAndIsBounded(t *testing.T) {
	secret := func(o *Options) {
		o.Secrets, o.SecretHeaders = []string{"hunter2"}, []string{"Ms-Apikey"}
		o.Authorize = func(_ context.Context, r *http.Request) error { r.Header.Set("ms-apikey", "key-12345"); return nil }
	}
	body := "hunter2 and key-12345 are wrong " + strings.Repeat("é", maxMessage)
	r := read()
	r.RawQuery = "name=private"
	_, err := client(t, answers(step{status: 400, body: body}), secret).Do(t.Context(), r)
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.True(t, strings.HasPrefix(e.Message, "*** and *** are wrong é"), e.Message)
	assert.LessOrEqual(t, len(e.Message), maxMessage)
	assert.NotContains(t, e.Error(), "private", "no query in an error")

	_, err = client(t, answers(step{status: 400, body: "<html>nginx</html>"})).Do(t.Context(), r)
	require.ErrorAs(t, err, &e)
	assert.Empty(t, e.Message)
}

func TestReauthorizeOnce(t *testing.T) {
	key, asked := "old", 0
	renewing := func(o *Options) {
		o.Authorize = func(_ context.Context, r *http.Request) error { r.Header.Set("key", key); return nil }
		o.Reauthorize = func(_ context.Context, res *http.Response) (bool, error) {
			asked++
			assert.Equal(t, "old", res.Request.Header.Get("key"))
			key = "new"
			return true, nil
		}
	}
	service := answers(step{status: 401}, step{status: 200})
	_, err := client(t, service, renewing).Do(t.Context(), write())
	require.NoError(t, err)
	assert.Equal(t, "new", service.requests[1].Header.Get("key"))
	assert.Equal(t, `{"a":1}`, service.bodies[1])

	key, asked = "old", 0
	service = answers(step{status: 401})
	_, err = client(t, service, renewing).Do(t.Context(), write())
	require.ErrorIs(t, err, ErrCredentials)
	assert.Equal(t, Rejected, OutcomeOf(err))
	assert.Equal(t, 1, asked)
	assert.Equal(t, 2, service.count())
}

func TestAuthorizeFailureSendsNothing(t *testing.T) {
	service := answers(step{status: 200})
	for _, test := range []struct {
		err  error
		want Outcome
	}{{ErrCredentials, Rejected}, {errors.New("login is down"), Transient}} {
		synctest.Test(t, func(t *testing.T) {
			c := client(t, service, func(o *Options) { o.Authorize = func(context.Context, *http.Request) error { return test.err } })
			_, err := c.Do(t.Context(), write())
			require.ErrorIs(t, err, test.err)
			assert.Equal(t, test.want, OutcomeOf(err))
		})
	}
	assert.Zero(t, service.count())
}

func TestDryRunKeepsWritesBack(t *testing.T) {
	service := answers(step{status: 200})
	var kept atomic.Int64
	c := client(t, service, func(o *Options) {
		o.DryRun = func(_ context.Context, r Request) (*Response, error) {
			kept.Add(1)
			return &Response{Status: 200, Body: r.Body}, nil
		}
	})
	res, err := c.Do(t.Context(), write())
	require.NoError(t, err)
	assert.Equal(t, `{"a":1}`, string(res.Body))
	_, err = c.Do(t.Context(), read())
	require.NoError(t, err)
	assert.EqualValues(t, 1, kept.Load())
	assert.Equal(t, 1, service.count())
}
