package connection

import (
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// What a flow counts, in the order of the summary.
const (
	CountRead         = "read"
	CountCreated      = "created"
	CountUpdated      = "updated"
	CountSkipped      = "skipped"
	CountParked       = "parked"
	CountDeadLettered = "dead-lettered"
	CountCalls        = "calls"

	CountPlanned = "planned" // by a dry run, whose summary is its plan
)

// Flow is one pipeline of one connection while it runs: its name, its counters
// and what went wrong last. It is safe for concurrent use.
type Flow struct {
	Stream, Connection, Pipeline string

	// Calls counts the requests that the flow's context sent.
	Calls apihttp.Tally

	mut      sync.Mutex
	counts   map[string]int64
	skips    map[string]int64
	lastErr  error
	errAt    time.Time
	errSince time.Time // of the first in a row
	waits    error
	told     map[string]time.Time // when the log said last which record waits, and why
	left     error
	progress [2]int
	moved    time.Time
	open     bool
	begins   time.Time // of its first run, where that is to come
}

// StreamName is how a pipeline of a connection is called in commands, logs and
// metrics.
func StreamName(connection, pipeline string) string { return connection + "_" + pipeline }

// Count adds to a counter.
func (f *Flow) Count(what string) {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.counts[what]++
	f.moved = time.Now()
}

// A process that runs for months meets a reason of its own for almost every record; no
// more of them than these are told apart.
const (
	mostReasons  = 500
	otherReasons = "other reasons; `trace` tells each"
)

// Skip counts a record that was read and rightly not written.
func (f *Flow) Skip(reason string) {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.counts[CountSkipped]++
	if _, known := f.skips[reason]; !known && len(f.skips) >= mostReasons {
		reason = otherReasons
	}
	f.skips[reason]++
	f.moved = time.Now()
}

// Failed remembers why the flow doesn't get on; nil says that it does again.
func (f *Flow) Failed(err error) {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.lastErr, f.errAt = err, time.Now()
	switch {
	case err == nil:
		f.errSince = time.Time{}
	case f.errSince.IsZero():
		f.errSince = f.errAt
	}
}

const (
	// tellAgain is how often the log says that a record waits still.
	tellAgain = 5 * time.Minute
	// mostWaiting bounds how many are remembered for that.
	mostWaiting = 1000
)

// Waits remembers why a record waits, and says whether that is to be told.
func (f *Flow) Waits(err error, now time.Time) (tell bool) {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.waits = err
	why := err.Error()
	if told, exists := f.told[why]; exists && now.Sub(told) < tellAgain {
		return false
	}
	if f.told == nil || len(f.told) >= mostWaiting {
		f.told = map[string]time.Time{}
	}
	f.told[why] = now
	return true
}

// Left remembers what a run went on without; a single run has failed then.
func (f *Flow) Left(err error) {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.left = err
}

// Progress remembers how far a run has read, of how many (-1: unknown).
func (f *Flow) Progress(read, of int) {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.progress = [2]int{read, of}
	f.moved = time.Now()
}

// Open says that the flow's input runs: triggers of its stream are taken.
func (f *Flow) Open() {
	f.mut.Lock()
	defer f.mut.Unlock()
	f.open = true
}

// IsOpen says whether Open was called.
func (f *Flow) IsOpen() bool {
	f.mut.Lock()
	defer f.mut.Unlock()
	return f.open
}

// Begins says that the flow's input reads nothing before a moment to come; true when that
// is news.
func (f *Flow) Begins(at time.Time) bool {
	f.mut.Lock()
	defer f.mut.Unlock()
	before := f.begins
	f.begins = at
	return !before.Equal(at)
}

// Reads says whether the flow's input runs, and has anything to read at a moment.
func (f *Flow) Reads(now time.Time) bool {
	f.mut.Lock()
	defer f.mut.Unlock()
	return f.open && !f.begins.After(now)
}

// FlowState is a copy of a flow's counters.
type FlowState struct {
	Counts   map[string]int64
	Skips    map[string]int64 // by reason
	Err      error
	Failing  time.Duration // from the first failure in a row to the last
	Waits    error         // what a record waited for last
	Left     error         // what a run went on without
	Read, Of int           // of the run under way
	Moved    time.Time
}

// State copies the counters.
func (f *Flow) State() FlowState {
	f.mut.Lock()
	defer f.mut.Unlock()
	state := FlowState{Counts: map[string]int64{CountCalls: f.Calls.Calls.Load()}, Skips: map[string]int64{}, Err: f.lastErr, Waits: f.waits, Left: f.left,
		Read: f.progress[0], Of: f.progress[1], Moved: f.moved}
	if f.lastErr != nil {
		state.Failing = f.errAt.Sub(f.errSince)
	}
	for what, n := range f.counts {
		state.Counts[what] = n
	}
	for reason, n := range f.skips {
		state.Skips[reason] = n
	}
	return state
}
