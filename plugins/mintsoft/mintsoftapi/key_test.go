package mintsoftapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// tenant is a service that issues keys: each login makes the previous one
// invalid, and keys live 24 hours.
type tenant struct {
	mu        sync.Mutex
	logins    int
	key       string
	issued    time.Time
	password  string
	loginDown bool
	adminOnly string // path prefix that no key of this user may use
	answer    func(*http.Request) (int, string)
	requests  []*http.Request
}

func (s *tenant) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body string
	if req.Body != nil {
		text, _ := io.ReadAll(req.Body)
		body = string(text)
	}
	status, answer := s.serve(req, body)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

func (s *tenant) serve(req *http.Request, body string) (int, string) {
	if req.URL.Path == "/api/Auth" {
		s.logins++
		switch {
		case s.loginDown:
			return 500, `{"Message":"An error has occurred."}`
		case !strings.Contains(body, s.password):
			return 401, ""
		}
		s.key, s.issued = fmt.Sprintf("key-%04d", s.logins), time.Now()
		return 200, `"` + s.key + `"`
	}
	s.requests = append(s.requests, req)
	if req.Header.Get("ms-apikey") != s.key || time.Since(s.issued) >= 24*time.Hour {
		return 401, ""
	}
	if s.adminOnly != "" && strings.HasPrefix(req.URL.Path, s.adminOnly) {
		return 401, ""
	}
	if s.answer != nil {
		return s.answer(req)
	}
	return 200, "[]"
}

func loginClient(t *testing.T, s *tenant, change ...func(*Config)) *Client {
	t.Helper()
	s.password = "hunter2"
	cfg := Config{
		Username: "bot", Password: "hunter2", Transport: s,
		Account: apihttp.NewAccount("mintsoft", "m-1", apihttp.AccountOptions{MaxInFlight: 1}),
	}
	for _, c := range change {
		c(&cfg)
	}
	c, err := New(cfg)
	require.NoError(t, err)
	return c
}

func TestNewNeedsOneKindOfCredentials(t *testing.T) {
	account := apihttp.NewAccount("mintsoft", "m", apihttp.AccountOptions{})
	for name, cfg := range map[string]Config{
		"none":        {Account: account},
		"no password": {Account: account, Username: "bot"},
		"no name":     {Account: account, Password: "p"},
		"both":        {Account: account, APIKey: "hunter2", Username: "bot", Password: "hunter2"},
		"no account":  {APIKey: "hunter2"},
	} {
		_, err := New(cfg)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "hunter2", name)
	}
}

func TestStaticKeyIsNeverRenewed(t *testing.T) {
	s := &tenant{key: "static", issued: time.Now()}
	c, err := New(Config{APIKey: "other", Transport: s, Account: apihttp.NewAccount("mintsoft", "m", apihttp.AccountOptions{})})
	require.NoError(t, err)
	_, err = c.Warehouses(t.Context())
	require.ErrorIs(t, err, apihttp.ErrCredentials)
	assert.Len(t, s.requests, 1)
	assert.Zero(t, s.logins)
}

func TestLoginIsSharedByAllCallers(t *testing.T) {
	s := &tenant{}
	c := loginClient(t, s)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := c.Warehouses(t.Context())
			assert.NoError(t, err)
		})
	}
	group.Wait()
	assert.Equal(t, 1, s.logins)
}

func TestLoginIsSharedByClientsOfOneUser(t *testing.T) {
	s := &tenant{}
	first := loginClient(t, s)
	second := loginClient(t, s, func(cfg *Config) { cfg.Keys = first.Keys() })
	for range 5 {
		for _, c := range []*Client{first, second} {
			_, err := c.Warehouses(t.Context())
			require.NoError(t, err)
		}
	}
	assert.Equal(t, 1, s.logins, "a second one would make the first one's key invalid")
}

func TestRenewalBeforeExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &tenant{}
		c := loginClient(t, s)
		ask := func() { _, err := c.Warehouses(t.Context()); require.NoError(t, err) }
		ask()
		<-time.After(22 * time.Hour)
		ask()
		assert.Equal(t, 1, s.logins)
		<-time.After(90 * time.Minute)
		s.loginDown = true
		ask()
		assert.Len(t, s.requests, 3, "the old key still works while the login is down")
		tried := s.logins
		ask()
		assert.Equal(t, tried, s.logins, "and is not asked for with every call")
		s.loginDown = false
		<-time.After(10 * time.Minute)
		ask()
		assert.Equal(t, tried+1, s.logins)
		assert.Len(t, s.requests, 5, "no call was ever answered 401")
	})
}

func TestRenewalAfterTheKeyWasTaken(t *testing.T) {
	s := &tenant{}
	c := loginClient(t, s)
	for range 3 {
		_, err := c.Warehouses(t.Context())
		require.NoError(t, err)
		s.key = "taken by another login"
	}
	res, err := c.Call(t.Context(), Call{Operation: "order.create", Method: "PUT", Path: "/api/Order", Body: []byte("{}"), Write: true})
	require.NoError(t, err, "a write that was answered 401 was not done")
	assert.Equal(t, "[]", string(res.Body))
	assert.Equal(t, 4, s.logins)
}

func TestRoleIsNotMendedByKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &tenant{adminOnly: "/api/Client"}
		c := loginClient(t, s)
		_, err := c.Warehouses(t.Context())
		require.NoError(t, err)
		for range 5 {
			_, err = c.Clients(t.Context())
			require.ErrorIs(t, err, apihttp.ErrCredentials)
			assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
		}
		assert.Equal(t, 2, s.logins, "one renewal was tried, not one for each call")
		s.key = "taken by another login"
		_, err = c.Warehouses(t.Context())
		require.NoError(t, err, "other routes still renew")
		assert.Equal(t, 3, s.logins)
		_, _ = c.Clients(t.Context())
		assert.Equal(t, 3, s.logins, "a denied route starts no login after that either")
		s.adminOnly = ""
		_, err = c.Clients(t.Context())
		require.NoError(t, err, "a role that is granted counts at once")
	})
}

func TestRefusedLoginIsNotRepeatedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &tenant{}
		c := loginClient(t, s)
		s.password = "changed"
		for range 5 {
			_, err := c.Warehouses(t.Context())
			require.ErrorIs(t, err, apihttp.ErrCredentials)
			assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
			assert.NotContains(t, err.Error(), "hunter2")
		}
		assert.Equal(t, 1, s.logins)
		<-time.After(2 * time.Minute)
		s.password = "hunter2"
		_, err := c.Warehouses(t.Context())
		require.NoError(t, err)
	})
}

func TestLoginThatIsDownIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &tenant{loginDown: true}
		c := loginClient(t, s)
		_, err := c.Call(t.Context(), Call{Operation: "order.create", Method: "PUT", Path: "/api/Order", Write: true})
		assert.Equal(t, apihttp.Transient, apihttp.OutcomeOf(err), "nothing was sent: %v", err)
		assert.Empty(t, s.requests)
	})
}

func TestLoginAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for body, want := range map[string]string{
			`"abc-1"`: "abc-1", `abc-1`: "abc-1", `"\"abc-1\""`: "abc-1",
			``: "", `""`: "", `{"Success":false}`: "", `<html>x</html>`: "",
		} {
			account := apihttp.NewAccount("mintsoft", "m", apihttp.AccountOptions{})
			c, err := apihttp.New(apihttp.Options{Account: account, BaseURL: "https://x.test", Transport: answering(200, body)})
			require.NoError(t, err)
			key, err := logIn(t.Context(), c, []byte("{}"))
			assert.Equal(t, want, key)
			assert.Equal(t, want == "", err != nil, body)
			assert.Equal(t, want == "", account.LastSuccess().IsZero(), body)
		}
	})
}

func TestWaitingForALoginEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &Keyring{turn: make(chan struct{}, 1), denied: map[string]time.Time{}}
		k.login = func(ctx context.Context) (string, error) { <-ctx.Done(); return "", context.Cause(ctx) }
		first, stop := context.WithCancel(t.Context())
		go func() { _, _ = k.current(first) }()
		synctest.Wait()
		second, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := k.current(second)
		require.ErrorIs(t, err, context.Canceled)
		stop()
		synctest.Wait()
	})
}

func TestRouteOf(t *testing.T) {
	assert.Equal(t, "GET /api/Order/#/Cancel", routeOf("GET", "/api/Order/20451/Cancel"))
	assert.Equal(t, "GET /api/Order/List", routeOf("GET", "/api/Order/List"))
}
