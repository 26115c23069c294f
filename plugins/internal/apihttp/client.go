package apihttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options of a Client.
type Options struct {
	Account *Account
	// BaseURL is scheme, host and an optional path prefix: no user, no query.
	BaseURL string
	// Authorize puts the credentials on a request; it is called before each try
	// and may itself call the service. Nil sends none.
	Authorize func(ctx context.Context, req *http.Request) error
	// Reauthorize is asked once for a call that was answered 401, whether to try
	// again with fresh credentials. res.Request is the request that was refused.
	Reauthorize func(ctx context.Context, res *http.Response) (retry bool, err error)
	// Secrets are values, and SecretHeaders names of request headers whose values,
	// are masked where an answer repeats them.
	Secrets       []string
	SecretHeaders []string
	// Transport sends one request. Default: DefaultTransport().
	Transport http.RoundTripper
	// Timeout bounds one request with its answer. Default 60s.
	Timeout time.Duration
	// MaxResponse bounds an answer in bytes. A larger one is an error, never cut.
	// Default 64 MiB.
	MaxResponse int64
	// Observe is told about each request that was tried.
	Observe func(Call)
	// DryRun, when set, receives the writes instead of the service.
	DryRun func(ctx context.Context, r Request) (*Response, error)
}

// Call is one request as metrics see it.
type Call struct {
	System, Operation, Outcome string
	Status                     int
	Duration                   time.Duration
	Retry, Write               bool
}

// Request is one call to the service.
type Request struct {
	Operation string // its name in errors and metrics
	Method    string
	Path      string // already escaped, beginning with "/"
	RawQuery  string // already escaped, goes out as it is
	Body      []byte
	// Write says that the call changes data: a property of the operation, never of
	// the verb.
	Write bool
	// Judge reads an answer of any status: whether its body says no, whether the
	// reason is that the thing exists already, and the service's words. Nil takes
	// the status alone and, for failures, the plain text.
	Judge func(status int, header http.Header, body []byte) (refused, exists bool, message string)
	// Read takes in an answer that says success. Its error means that the body cannot be
	// understood, so that nobody knows what was done: the account fails then, as it does
	// when it gives no answer. Nil takes any body.
	Read func(res *Response) error
}

// Response is a complete answer.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// Date is the server's clock, zero when it does not tell. It is never later than
	// ours: who reads on from there would skip what changes until then.
	Date time.Time
}

// Client calls one account of one service. It is safe for concurrent use.
type Client struct {
	o    Options
	base *url.URL
}

// New makes a client, or says what is wrong with the options.
func New(o Options) (*Client, error) {
	if o.Account == nil {
		return nil, errors.New("making an API client: no account")
	}
	base, err := url.Parse(o.BaseURL)
	switch {
	case err != nil:
		// The parser's error repeats the address, which may hold a password.
		return nil, errors.New("making an API client: the base URL cannot be parsed")
	case base.Scheme != "http" && base.Scheme != "https", base.Host == "":
		return nil, errors.New("making an API client: the base URL must begin with https:// or http:// and name a host")
	case base.User != nil, base.RawQuery != "", base.Fragment != "":
		return nil, errors.New("making an API client: the base URL must not carry a user, a query or a fragment")
	}
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), strings.TrimRight(base.RawPath, "/")
	if o.Transport == nil {
		o.Transport = DefaultTransport()
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.MaxResponse <= 0 {
		o.MaxResponse = 64 << 20
	}
	return &Client{o: o, base: base}, nil
}

// DefaultTransport makes a transport for one client. It speaks HTTP/1.1 only: at
// a few calls a second HTTP/2 gains nothing, and its transport repeats requests
// by rules of its own. Idle connections are dropped early, since a write on a
// connection that the service has just closed is a write with a lost answer.
func DefaultTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 15 * time.Second,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     30 * time.Second,
		Protocols:           &protocols,
	}
}

// DryRuns says whether writes are kept back.
func (c *Client) DryRuns() bool { return c.o.DryRun != nil }

// Missing is the error of an answer that says success and, in its body, that there is
// nothing: the record does not exist.
func (c *Client) Missing(r Request, res *Response) *Error {
	e := c.fail(r, Rejected, ErrNotFound)
	e.Status = res.Status
	return e
}

// Do makes one call and repeats it where that is safe. A failed call returns an
// *Error, with the Response beside it when there was an answer. Waiting, for the
// limits of the account too, ends with ctx.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if r.Write && c.o.DryRun != nil {
		return c.o.DryRun(ctx, r)
	}
	target, err := c.target(r)
	if err != nil {
		return nil, c.fail(r, Rejected, err)
	}
	x := &exchange{c: c, r: r, target: target}
	plan := newSchedule()
	for {
		attempt, res, failure := x.try(ctx)
		if failure == nil {
			return res, nil
		}
		wait, again := plan.next(ctx, attempt, failure, x.took)
		if !again {
			return res, failure
		}
		if failure.Outcome == Throttled {
			c.o.Account.pause(wait)
		}
		if err := sleep(ctx, wait); err != nil {
			failure.Err = err
			return res, failure
		}
	}
}

// target is the address of a request. Its parts go out exactly as given: one of
// the services signs the query's text.
func (c *Client) target(r Request) (*url.URL, error) {
	if !strings.HasPrefix(r.Path, "/") {
		return nil, errors.New("the path does not begin with a slash")
	}
	escaped := c.base.EscapedPath() + r.Path
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, errors.New("the path is not escaped")
	}
	if strings.ContainsFunc(r.RawQuery, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '#' }) {
		return nil, errors.New("the query is not escaped")
	}
	u := &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: path, RawPath: escaped, RawQuery: r.RawQuery}
	if u.EscapedPath() != escaped {
		return nil, errors.New("the path is not escaped")
	}
	return u, nil
}

func (c *Client) fail(r Request, outcome Outcome, err error) *Error {
	return &Error{
		System: c.o.Account.system, Operation: r.Operation, Method: r.Method, Path: r.Path,
		Account: c.o.Account.id, Outcome: outcome, Err: err,
	}
}

func concernsAccount(err error) bool {
	return errors.Is(err, ErrCredentials) || errors.Is(err, ErrQuota)
}
