package apihttp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// ErrCredentials: the service refuses the key, or the key's user may not do
	// this (HTTP 401 or 403). It concerns the account, not the record.
	ErrCredentials = errors.New("the service refuses these credentials")
	// ErrQuota: the account's monthly number of calls is used up. It concerns the
	// account, not the record.
	ErrQuota = errors.New("the monthly quota of API calls is used up")
	// ErrShared: what failed is needed by many records, such as a list; it is no
	// fault of one.
	ErrShared = errors.New("many records need it")
	// ErrNotFound: the service answered 404, in its own words or in none.
	ErrNotFound = errors.New("not found")
	// ErrPage: something before the service answered 404 with a page for people, as a
	// gateway does while there is no application behind it. It says nothing of the record.
	ErrPage = errors.New("a page of HTML, which the service itself does not send")
	// ErrTooLarge: the answer exceeds Options.MaxResponse.
	ErrTooLarge = errors.New("the answer is too large")
	// ErrTimeout: no complete answer within Options.Timeout. The caller's own
	// context is still alive.
	ErrTimeout = errors.New("no answer in time")
)

// Shared marks a failure as one of what many records need.
func Shared(err error) error {
	if err == nil {
		return nil
	}
	return shared{err}
}

type shared struct{ error }

func (s shared) Unwrap() error { return s.error }

func (shared) Is(target error) bool { return target == ErrShared }

// maxMessage bounds how much of a vendor's text an error keeps, in bytes.
const maxMessage = 2 << 10

// FieldError is what the service said about one member of the request.
type FieldError struct {
	Field   string
	Message string
	Code    int // the service's own number, 0 when there is none
}

// Error is a call that was not delivered.
type Error struct {
	System, Operation string
	Method, Path      string // the path as sent, without the query
	Status            int    // HTTP status, 0 without an answer
	Outcome           Outcome
	// Message is the service's own words, at most 2 KB, never a credential.
	Message string
	Fields  []FieldError
	// RetryAfter is how long the service asks to wait; 0 when it does not say.
	RetryAfter time.Duration
	Account    string
	Err        error
}

// Error reads like "mintsoft order.create: refused (HTTP 200): Order Number
// already exists".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(e.System + " " + e.Operation))
	b.WriteString(": ")
	b.WriteString(e.verdict())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Path != "" && errors.Is(e.Err, ErrCredentials) { // without a call it is a setting that does not fit, and named
		b.WriteString("; check the keys under " + e.System + " in the connection file, and whether their user may do this")
	}
	return b.String()
}

func (e *Error) verdict() string {
	switch e.Outcome {
	case Delivered:
		return "answered"
	case AlreadyThere, Rejected:
		return "refused"
	case Throttled:
		return "told to wait"
	case Transient:
		return "failed"
	default:
		return "perhaps done, the answer is lost"
	}
}

// Unwrap gives ErrCredentials, ErrQuota, ErrNotFound or the transport's error.
func (e *Error) Unwrap() error { return e.Err }

// OutcomeOf is the outcome that an error stands for: Delivered for nil, Transient
// for an ended context, and Unknown for an error that no call classified.
func OutcomeOf(err error) Outcome {
	var e *Error
	switch {
	case err == nil:
		return Delivered
	case errors.As(err, &e):
		return e.Outcome
	case errors.Is(err, ErrQuota):
		return Throttled
	case errors.Is(err, ErrCredentials), errors.Is(err, ErrNotFound):
		return Rejected
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Transient
	}
	return Unknown
}

// sentinel is the error that a status stands for.
func sentinel(status int) error {
	switch status {
	case 401, 403:
		return ErrCredentials
	case 404:
		return ErrNotFound
	}
	return nil
}

// clip cuts a text to at most limit bytes at a character boundary.
func clip(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
