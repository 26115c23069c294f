package apihttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	userAgent = "mintleash"
	mask      = "***"
	// shortestSecret keeps masking from eating ordinary words of a message.
	shortestSecret = 4
)

// exchange is one call with all its tries.
type exchange struct {
	c         *Client
	r         Request
	target    *url.URL
	requests  int           // sent so far
	took      time.Duration // the last one
	refreshed bool          // Reauthorize was asked
}

// try makes one request, or two when the first is answered 401 and the
// credentials could be renewed: a refused key means that nothing was done.
func (x *exchange) try(ctx context.Context) (attempt, *Response, *Error) {
	attempt, res, failure, refused := x.request(ctx)
	if refused == nil || x.refreshed || x.c.o.Reauthorize == nil {
		return attempt, res, failure
	}
	x.refreshed = true
	again, err := x.c.o.Reauthorize(ctx, refused)
	if err != nil {
		x.refreshed = false // no key came, so the next try may ask again
		return attempt, res, x.notSent(ctx, fmt.Errorf("renewing the credentials: %w", err))
	}
	if !again {
		return attempt, res, failure
	}
	attempt, res, failure, _ = x.request(ctx)
	return attempt, res, failure
}

// request sends once. refused is the raw answer when it is a 401.
func (x *exchange) request(ctx context.Context) (a attempt, res *Response, e *Error, refused *http.Response) {
	o, account := &x.c.o, x.c.o.Account
	a = attempt{Write: x.r.Write}

	req := x.build(ctx)
	if o.Authorize != nil {
		if err := o.Authorize(ctx, req); err != nil {
			return a, nil, x.notSent(ctx, fmt.Errorf("authorising: %w", err)), nil
		}
	}
	waiting, began := untilStop(ctx, x.r.Write)
	leave, err := account.enter(waiting)
	began()
	if err != nil {
		return a, nil, x.notSent(ctx, err), nil
	}
	defer leave()
	if err := account.spend(ctx); err != nil {
		return a, nil, x.notSent(ctx, err), nil
	}

	tallyCall(ctx)
	retry := x.requests > 0
	x.requests++
	at := time.Now()
	raw, res, sent, err := x.send(ctx, req)
	x.took = time.Since(at)

	a.Sent, a.Err = sent, err
	if res != nil {
		a.Status = res.Status
	}
	e = x.judge(&a, req, res)
	if ctx.Err() == nil || e == nil {
		account.note(e)
	}
	if o.Observe != nil {
		outcome := Delivered
		if e != nil {
			outcome = e.Outcome
		}
		o.Observe(Call{
			System: account.system, Operation: x.r.Operation, Outcome: outcome.String(),
			Status: a.Status, Duration: x.took, Retry: retry, Write: x.r.Write,
		})
	}
	if a.Status == http.StatusUnauthorized {
		refused = raw
	}
	return a, res, e, refused
}

func (x *exchange) build(ctx context.Context) *http.Request {
	req := (&http.Request{
		Method: x.r.Method, URL: x.target, Host: x.target.Host, Header: make(http.Header),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	switch {
	case len(x.r.Body) > 0:
		req.Body = io.NopCloser(bytes.NewReader(x.r.Body))
		req.ContentLength = int64(len(x.r.Body))
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	case x.r.Write && (x.r.Method == http.MethodGet || x.r.Method == http.MethodHead):
		// net/http sends a GET again by itself when a reused connection breaks
		// before the answer. It does not when it sees a body that it cannot rewind;
		// this one turns out to be empty before anything of it is written.
		req.Body = unrepeatable{}
	}
	return req
}

// unrepeatable is an empty body that cannot be rewound.
type unrepeatable struct{}

func (unrepeatable) Read([]byte) (int, error) { return 0, io.EOF }
func (unrepeatable) Close() error             { return nil }

// send makes the request and reads the whole answer. sent is false only when no
// connection came about.
func (x *exchange) send(ctx context.Context, req *http.Request) (raw *http.Response, res *Response, sent bool, err error) {
	timeout := x.c.o.Timeout
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var asked, connected atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(within, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	explain := func(err error) error {
		if within.Err() != nil && ctx.Err() == nil {
			return fmt.Errorf("%w: waited %s", ErrTimeout, timeout)
		}
		return err
	}

	raw, err = x.c.o.Transport.RoundTrip(req)
	if err != nil {
		dialled := asked.Load() && !connected.Load()
		return nil, nil, !dialled && !isDialError(err), explain(err)
	}
	raw.Request = req
	defer raw.Body.Close()
	res = &Response{Status: raw.StatusCode, Header: raw.Header, Date: x.c.o.Account.dated(serverTime(raw.Header))}
	body, err := io.ReadAll(io.LimitReader(raw.Body, x.c.o.MaxResponse+1))
	if err != nil {
		return raw, res, true, fmt.Errorf("reading the answer: %w", explain(err))
	}
	if int64(len(body)) > x.c.o.MaxResponse {
		return raw, res, true, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, x.c.o.MaxResponse)
	}
	res.Body = body
	raw.Body = io.NopCloser(bytes.NewReader(body))
	return raw, res, true, nil
}

// judge turns an attempt into an error, nil when it was delivered.
func (x *exchange) judge(a *attempt, req *http.Request, res *Response) *Error {
	var message string
	if res != nil && a.Err == nil {
		if x.r.Judge != nil {
			a.Refused, a.Exists, message = x.r.Judge(res.Status, res.Header, res.Body)
		} else if res.Status >= 300 {
			message = PlainText(res.Header, res.Body)
		}
		switch {
		case res.Status == http.StatusNotFound && isPage(res.Header, res.Body):
			a.Err = ErrPage
		case res.Status >= 200 && res.Status < 300 && !a.Refused && x.r.Read != nil:
			a.Err = x.r.Read(res)
		}
	}
	outcome := classify(*a)
	if outcome == Delivered {
		return nil
	}
	e := x.c.fail(x.r, outcome, a.Err)
	e.Status = a.Status
	e.Message = clip(x.masked(req, message), maxMessage)
	if res != nil {
		e.RetryAfter = retryAfter(res.Header)
	}
	if e.Err == nil {
		e.Err = sentinel(a.Status)
	}
	return e
}

// notSent is the error of a call that never left: its context ended, the quota is
// used up, or the credentials could not be had.
func (x *exchange) notSent(ctx context.Context, err error) *Error {
	e := x.c.fail(x.r, classify(attempt{Write: x.r.Write, Err: err}), err)
	if errors.Is(err, ErrQuota) {
		e.RetryAfter = max(x.c.o.Account.quotaRest(), 0)
	}
	if ctx.Err() == nil {
		x.c.o.Account.note(e)
	}
	return e
}

// masked hides credentials that an answer repeats.
func (x *exchange) masked(req *http.Request, message string) string {
	secrets := x.c.o.Secrets
	for _, name := range x.c.o.SecretHeaders {
		secrets = append(secrets[:len(secrets):len(secrets)], req.Header.Values(name)...)
	}
	for _, secret := range secrets {
		if len(secret) >= shortestSecret {
			message = strings.ReplaceAll(message, secret, mask)
		}
	}
	return message
}
