package apihttp

import "errors"

// Outcome says what one answer, or its absence, means for the caller.
type Outcome int

// The outcomes of a call.
const (
	// Delivered: the service did it, or a read was answered.
	Delivered Outcome = iota
	// AlreadyThere: refused because what was asked for exists already.
	AlreadyThere
	// Throttled: not done; the service or our own quota asks to come back later.
	Throttled
	// Transient: not done, or harmless to repeat; the same call may succeed later.
	Transient
	// Rejected: the service said no, and would say so again.
	Rejected
	// Unknown: a write that may or may not have been done. Look before sending it
	// again.
	Unknown
)

// String is the word used in metrics.
func (o Outcome) String() string {
	switch o {
	case Delivered:
		return "delivered"
	case AlreadyThere:
		return "already_there"
	case Throttled:
		return "throttled"
	case Transient:
		return "transient"
	case Rejected:
		return "rejected"
	default:
		return "unknown"
	}
}

// attempt is what is known about one request after it ended.
type attempt struct {
	// Write: the request changes data in the service, whatever its verb.
	Write bool
	// Sent: the service may have read the request. Only a failure to connect
	// makes it false.
	Sent bool
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// Err is why there is no answer or none that can be read.
	Err error
	// Refused: the body says no, under whatever status.
	Refused bool
	// Exists: the refusal says that it is there already.
	Exists bool
}

// classify decides what an attempt means. It is the only place that does.
//
// Where a write may have been committed the answer is Unknown: sending twice
// costs more than looking. So it is for a 503 on a write, with a Retry-After too:
// gateways answer it for a backend that died half-way.
func classify(a attempt) Outcome {
	switch {
	case errors.Is(a.Err, ErrQuota):
		return Throttled
	case errors.Is(a.Err, ErrCredentials):
		return Rejected
	case a.Status == 429:
		return Throttled
	case a.Status == 401, a.Status == 403:
		return Rejected
	case a.Status == 0:
		return lost(a)
	case a.Status == 408:
		return lost(a)
	case notForwarded(a.Status):
		return Transient
	case a.Status >= 500, a.Status < 200:
		return lost(a)
	case a.Status >= 300 && a.Status < 400:
		return lost(a)
	case a.Status == 404 && a.Err != nil:
		return lost(a) // it is not known whose 404 it is
	case a.Exists:
		return AlreadyThere
	case a.Status >= 400, a.Refused:
		return Rejected
	case errors.Is(a.Err, ErrTooLarge) && !a.Write:
		return Rejected
	case a.Err != nil:
		return lost(a)
	}
	return Delivered
}

// lost is the outcome of a request whose answer says nothing about its effect.
func lost(a attempt) Outcome {
	if a.Write && (a.Sent || a.Status != 0) {
		return Unknown
	}
	return Transient
}

// notForwarded lists the statuses that are given before the application sees the
// request: redirects that keep the method (RFC 9110 §15.4), and Cloudflare's
// answers for an origin to which it could not connect
// (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
func notForwarded(status int) bool {
	switch status {
	case 301, 307, 308, 521, 523, 525, 526:
		return true
	}
	return false
}
