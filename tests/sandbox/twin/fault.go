package twin

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is a scripted misbehaviour. The first one that matches a request and has
// times left is used.
type Fault struct {
	Method, Path string // patterns as in Journal.Find; an empty Method is any
	// Skip lets this many matching requests through first.
	Skip int
	// Times is how often it happens; 0 means for ever.
	Times int
	// Status, Header and Body answer instead of the service, which does nothing,
	// unless it Acts: then it did what it was asked for all the same.
	Status int
	Header http.Header
	Body   string
	Acts   bool
	// CloseBefore closes the connection before the service acts, CloseAfter after
	// it acted: the answer is lost.
	CloseBefore, CloseAfter bool
	// Garble answers as usual, cut in half: the service acted, the answer is no
	// JSON.
	Garble bool
	// Delay holds the request back before anything else happens.
	Delay time.Duration
}

// Faults is the script of a twin. It is safe for concurrent use.
type Faults struct {
	mut     sync.Mutex
	faults  []*Fault
	actions []*action
}

type action struct {
	method, path string
	skip         int
	do           func()
}

// Add appends to the script.
func (f *Faults) Add(fault Fault) {
	if fault.Method == "" {
		fault.Method = "*"
	}
	if fault.Times == 0 {
		fault.Times = -1
	}
	f.mut.Lock()
	defer f.mut.Unlock()
	f.faults = append(f.faults, &fault)
}

// Clear ends all faults and drops all actions.
func (f *Faults) Clear() {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.faults, f.actions = nil, nil
}

// Before runs an action once, just before the service sees the matching request
// number nth (from 1): so rows change between two pages.
func (f *Faults) Before(method, path string, nth int, do func()) {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.actions = append(f.actions, &action{method: method, path: path, skip: nth - 1, do: do})
}

// next takes the actions and the fault that are due for a request.
func (f *Faults) next(method, path string) (due []func(), fault *Fault) {
	f.mut.Lock()
	defer f.mut.Unlock()
	kept := f.actions[:0]
	for _, a := range f.actions {
		switch {
		case !matches(a.method, a.path, method, path):
			kept = append(kept, a)
		case a.skip > 0:
			a.skip--
			kept = append(kept, a)
		default:
			due = append(due, a.do)
		}
	}
	f.actions = kept
	for _, candidate := range f.faults {
		if candidate.Times == 0 || !matches(candidate.Method, candidate.Path, method, path) {
			continue
		}
		if candidate.Skip > 0 {
			candidate.Skip--
			continue
		}
		if candidate.Times > 0 {
			candidate.Times--
		}
		found := *candidate
		return due, &found
	}
	return due, nil
}

// ParseFault reads "mintsoft PUT /api/Order 503 3": the service, a verb or *, a
// path pattern, what happens, and how often (for ever when left out). What
// happens is a status, or one of close-before, close-after, garble, or a delay
// such as 5s.
func ParseFault(text string) (service string, fault Fault, err error) {
	parts := strings.Fields(text)
	if len(parts) < 4 || len(parts) > 5 || (parts[0] != "unleashed" && parts[0] != "mintsoft") {
		return "", Fault{}, fmt.Errorf("fault %q: expected \"unleashed|mintsoft VERB PATH WHAT [TIMES]\", such as \"mintsoft PUT /api/Order 503 3\"", text)
	}
	fault = Fault{Method: strings.ToUpper(parts[1]), Path: parts[2]}
	switch what := parts[3]; what {
	case "close-before":
		fault.CloseBefore = true
	case "close-after":
		fault.CloseAfter = true
	case "garble":
		fault.Garble = true
	default:
		if status, err := strconv.Atoi(what); err == nil && status >= 100 && status <= 599 {
			fault.Status = status
		} else if delay, err := time.ParseDuration(what); err == nil && delay > 0 {
			fault.Delay = delay
		} else {
			return "", Fault{}, fmt.Errorf("fault %q: found %q, expected a status, close-before, close-after, garble or a delay such as 5s", text, what)
		}
	}
	if len(parts) == 5 {
		if fault.Times, err = strconv.Atoi(parts[4]); err != nil || fault.Times < 1 {
			return "", Fault{}, fmt.Errorf("fault %q: found %q, expected how often: a number of at least 1", text, parts[4])
		}
	}
	return parts[0], fault, nil
}
