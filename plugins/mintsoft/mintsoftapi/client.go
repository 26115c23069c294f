package mintsoftapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

const (
	defaultBaseURL = "https://api.mintsoft.co.uk"
	headerKey      = "ms-apikey"
)

// Config of a Client. Credentials are either APIKey or Username with Password.
type Config struct {
	BaseURL            string // default https://api.mintsoft.co.uk
	APIKey             string
	Username, Password string
	Account            *apihttp.Account
	// Keys are those of another client of the same user; nil for the first.
	Keys      *Keyring
	Transport http.RoundTripper
	Timeout   time.Duration // of one request; default 60s
	Observe   func(apihttp.Call)
	// DryRun, when set, receives the writes instead of the service.
	DryRun func(context.Context, apihttp.Request) (*apihttp.Response, error)
}

// String leaves the credentials out.
func (cfg Config) String() string { return "mintsoftapi.Config{BaseURL: " + cfg.BaseURL + "}" }

// GoString leaves the credentials out.
func (cfg Config) GoString() string { return cfg.String() }

// Client calls one Mintsoft account. It is safe for concurrent use.
type Client struct {
	http *apihttp.Client
	keys *Keyring
}

// New makes a client. Nothing is sent.
func New(cfg Config) (*Client, error) {
	login := cfg.Username != "" || cfg.Password != ""
	switch {
	case cfg.APIKey != "" && login:
		return nil, errors.New("making a Mintsoft client: expected an API key or a user name with a password, found both")
	case cfg.APIKey == "" && (cfg.Username == "" || cfg.Password == ""):
		return nil, errors.New("making a Mintsoft client: expected an API key, or a user name with a password")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = defaultBaseURL
	}
	if cfg.Transport == nil {
		cfg.Transport = apihttp.DefaultTransport()
	}
	keys := cfg.Keys
	if keys == nil {
		var err error
		if keys, err = newKeyring(cfg); err != nil {
			return nil, err
		}
	}
	options := apihttp.Options{
		Account: cfg.Account, BaseURL: cfg.BaseURL, Transport: cfg.Transport, Timeout: cfg.Timeout,
		Observe: cfg.Observe, DryRun: cfg.DryRun,
		Authorize: keys.authorize, Reauthorize: keys.reauthorize, SecretHeaders: []string{headerKey},
	}
	if cfg.Password != "" {
		options.Secrets = []string{cfg.Username, cfg.Password}
	}
	transport, err := apihttp.New(options)
	if err != nil {
		return nil, err
	}
	return &Client{http: transport, keys: keys}, nil
}

// Keys are to be shared with other clients of the same user.
func (c *Client) Keys() *Keyring { return c.keys }

// Call is one request.
type Call struct {
	Operation string
	Method    string
	Path      string // escaped, beginning with "/"
	Query     url.Values
	Body      []byte
	// Write says that the call changes data; many of the service's GETs do.
	Write bool
	// Envelope says how the body tells success from refusal.
	Envelope Envelope

	read func(body []byte) error // takes in the answer; nil for whatever is JSON
}

// Call makes a request. An answer under HTTP 200 that says Success:false is an
// error too. Failures are *apihttp.Error; the Response comes beside the error when
// there was an answer, so that a bulk call's good rows can be told from its bad
// ones. A write whose answer cannot be read is Unknown.
func (c *Client) Call(ctx context.Context, call Call) (*apihttp.Response, error) {
	var said verdict
	request := apihttp.Request{
		Operation: call.Operation, Method: call.Method, Path: call.Path, RawQuery: call.Query.Encode(),
		Body: call.Body, Write: call.Write,
		Judge: func(status int, header http.Header, body []byte) (refused, exists bool, message string) {
			said = judge(call.Envelope, status, header, body)
			return said.refused, said.exists, said.message
		},
		Read: func(res *apihttp.Response) error { return call.taken(res, said) },
	}
	route := routeOf(call.Method, call.Path)
	res, err := c.http.Do(context.WithValue(ctx, routeKey{}, route), request)
	if res != nil && res.Status != http.StatusUnauthorized {
		c.keys.worked(route)
	}
	if err != nil {
		var e *apihttp.Error
		if errors.As(err, &e) {
			e.Fields = said.fields
		}
	}
	return res, err
}

// taken says what keeps an answer of success from being understood. A read is answered
// in JSON, with null where there is nothing.
func (call Call) taken(res *apihttp.Response, said verdict) error {
	switch {
	case call.read != nil:
		return call.read(res.Body)
	case call.Envelope == EnvelopeRequired && !said.envelope:
		return errors.New("the answer does not say whether it succeeded")
	case !call.Write && res.Status != http.StatusNoContent && len(bytes.TrimSpace(res.Body)) == 0:
		return errors.New("the answer is empty")
	}
	return apihttp.Readable(res.Body)
}
