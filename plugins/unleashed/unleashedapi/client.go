package unleashedapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

const (
	defaultBaseURL    = "https://api.unleashedsoftware.com"
	defaultClientType = "mintleash/sync"

	headerID        = "api-auth-id"
	headerSignature = "api-auth-signature"
	headerClient    = "client-type"
)

// Config of a Client.
type Config struct {
	BaseURL       string // default https://api.unleashedsoftware.com
	APIID, APIKey string
	// ClientType is "company/app" in lower case; the service demands it since
	// June 2025. Default mintleash/sync.
	ClientType string
	Account    *apihttp.Account
	Transport  http.RoundTripper
	Timeout    time.Duration // of one request; default 60s
	Observe    func(apihttp.Call)
	// DryRun, when set, receives the writes instead of the service.
	DryRun func(context.Context, apihttp.Request) (*apihttp.Response, error)
}

// String leaves the credentials out.
func (cfg Config) String() string { return "unleashedapi.Config{BaseURL: " + cfg.BaseURL + "}" }

// GoString leaves the credentials out.
func (cfg Config) GoString() string { return cfg.String() }

// Client calls one Unleashed account. It is safe for concurrent use.
type Client struct{ http *apihttp.Client }

// New makes a client. Nothing is sent.
func New(cfg Config) (*Client, error) {
	if cfg.APIID == "" || cfg.APIKey == "" {
		return nil, errors.New("making an Unleashed client: the API id or the API key is missing")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = defaultBaseURL
	}
	if cfg.ClientType == "" {
		cfg.ClientType = defaultClientType
	}
	transport, err := apihttp.New(apihttp.Options{
		Account: cfg.Account, BaseURL: cfg.BaseURL, Transport: cfg.Transport, Timeout: cfg.Timeout,
		Observe: cfg.Observe, DryRun: cfg.DryRun,
		Authorize: authorizer(cfg.APIID, cfg.APIKey, cfg.ClientType),
		Secrets:   []string{cfg.APIID, cfg.APIKey}, SecretHeaders: []string{headerSignature},
	})
	if err != nil {
		return nil, err
	}
	return &Client{http: transport}, nil
}

// authorizer signs requests. The query is decoded again from what will be sent,
// so that signature and wire cannot come apart.
func authorizer(id, key, clientType string) func(context.Context, *http.Request) error {
	return func(_ context.Context, req *http.Request) error {
		text, err := url.PathUnescape(req.URL.RawQuery)
		if err != nil {
			return errors.New("signing the request: the query is not escaped")
		}
		req.Header.Set(headerID, id)
		req.Header.Set(headerSignature, Signature(key, text))
		req.Header.Set(headerClient, clientType)
		// Demanded on every request, also on those without a body.
		req.Header.Set("Content-Type", "application/json")
		return nil
	}
}

// Call is one request.
type Call struct {
	Operation string
	Method    string
	Path      string // escaped, beginning with "/"
	Query     Query
	Body      []byte
	Write     bool

	read func(res *apihttp.Response) error // takes in the answer; nil for whatever is JSON, or nothing
}

// Call makes a request. Failures are *apihttp.Error; the Response comes beside
// the error when there was an answer. A write whose answer cannot be read as JSON
// is Unknown.
func (c *Client) Call(ctx context.Context, call Call) (*apihttp.Response, error) {
	var fields []apihttp.FieldError
	read := call.read
	if read == nil {
		read = func(res *apihttp.Response) error { return apihttp.Readable(res.Body) }
	}
	res, err := c.http.Do(ctx, apihttp.Request{
		Operation: call.Operation, Method: call.Method, Path: call.Path, RawQuery: call.Query.Wire(),
		Body: call.Body, Write: call.Write, Read: read,
		Judge: func(status int, header http.Header, body []byte) (refused, exists bool, message string) {
			if status < 300 {
				return false, false, ""
			}
			var told refusal
			told, fields = readRefusal(header, body)
			return true, told.exists, told.message
		},
	})
	return res, explain(err, fields)
}
