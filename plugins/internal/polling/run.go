package polling

import (
	"errors"
	"fmt"
	"time"
)

// maxPasses is how often a list is paged before a run gives up on seeing it
// whole. The cursor then stays, so nothing is lost, and the next run tries again.
const maxPasses = 3

// errNack ends a run in which a record was put back.
var errNack = errors.New("a record was put back")

// run is the state of one run. It is touched only under the poller's mutex.
type run struct {
	started   time.Time // by our clock
	serverNow time.Time // by the service's clock, from its first answer
	since     time.Time
	last      time.Time // when the last run read the list, zero before the first and when everything is read
	overlap   time.Duration
	full      bool

	page      int
	pass      int
	expected  int  // what the first page of this pass said the list holds
	lastCount int  // what the previous page said
	fell      bool // the count fell inside this pass: a row left, others moved up
	missed    int  // records that this pass showed and none before it, that the next run would not read again
	ids       map[string]struct{}
	nameless  int               // rows of this pass that have no id
	versions  map[string]string // what this run emitted
	seen      map[string]string // what earlier runs delivered inside the overlap

	queue       []Item
	redeliver   []Redelivery
	redelivered []Redelivery
	outstanding int
	read        int
	listed      bool // the last page is in
	partial     bool // redeliveries only: the cursor is not this run's business
	early       bool // the list begins later: nothing is read, and there is no cursor yet
	request     Request
	err         error
}

func newRun(now time.Time, cursor Cursor, known bool, first time.Time, overlap time.Duration, full bool) *run {
	r := &run{
		started: now, overlap: overlap, full: full, page: 1, pass: 1, expected: -1, lastCount: -1,
		ids: map[string]struct{}{}, versions: map[string]string{}, since: first,
	}
	r.early = !known && first.After(now)
	r.listed = r.early
	from := cursor.Position.Add(-overlap)
	switch {
	case known && !full:
		r.since, r.last, r.seen = from, cursor.Position, cursor.Seen
	case known && from.Before(first): // what "the last 30 days" leave out was not read yet
		r.since = from
	}
	return r
}

// accept takes a page in, read at a moment, and queues what has not been delivered yet.
func (r *run) accept(p Page, at time.Time) {
	if r.serverNow.IsZero() {
		r.serverNow = p.Date
	}
	if p.Count >= 0 && r.lastCount >= 0 && p.Count < r.lastCount {
		r.fell = true
	}
	if r.lastCount < 0 {
		r.expected = p.Count
	}
	r.lastCount = p.Count
	for _, item := range p.Items {
		if item.Err != nil {
			r.nameless++
		} else if _, again := r.ids[item.ID]; !again {
			r.ids[item.ID] = struct{}{}
			if !item.Modified.IsZero() && item.Modified.Before(r.edge()) {
				r.missed++
			}
		}
		version := Version(item.Modified)
		if known, exists := r.versions[item.ID]; exists && known == version {
			continue
		}
		if known, exists := r.seen[item.ID]; exists && known == version && version != "" {
			r.versions[item.ID] = version
			continue
		}
		r.versions[item.ID] = version
		for row, modified := range item.Versions {
			r.versions[row] = Version(modified)
		}
		item.readAt = at
		r.queue = append(r.queue, item)
	}
	if !p.Last {
		r.page++
		return
	}
	if p.Whole || r.whole() {
		r.listed = true
		return
	}
	if r.pass == maxPasses {
		r.listed = true
		r.err = fmt.Errorf("paging a list that kept moving: %s in %d passes; the cursor stays", r.sight(), r.pass)
		return
	}
	r.pass++
	r.page, r.expected, r.lastCount, r.fell, r.nameless, r.missed = 1, -1, -1, false, 0, 0
}

func (r *run) sight() string {
	if r.expected < 0 {
		return "each showed other records"
	}
	return fmt.Sprintf("saw %d of %d records", len(r.ids), r.expected)
}

// whole says whether no record can have been missed that was there when the
// pass began. What is added while we page is not waited for: it is newer than
// this run's start, so the next run reads it, and a busy account would never
// come to an end otherwise.
//
// Where nothing tells how many there are, a row that left may have moved another over
// a page border unseen. What changed within the overlap is read again by the next run;
// for the rest the list is paged once more.
func (r *run) whole() bool {
	if r.expected >= 0 {
		return !r.fell && len(r.ids)+r.nameless >= r.expected
	}
	readAgain := !r.last.Before(r.edge())
	return r.page == 1 || readAgain || r.pass > 1 && r.missed == 0
}

// edge is from where on the next run reads again.
func (r *run) edge() time.Time {
	if r.serverNow.IsZero() {
		return r.started.Add(-r.overlap)
	}
	return r.serverNow.Add(-r.overlap)
}

// fail keeps the first reason; what is queued is not handed out any more.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// done says that everything is read and answered for.
func (r *run) done() bool {
	return r.outstanding == 0 && (r.err != nil || (r.listed && len(r.queue) == 0 && len(r.redeliver) == 0))
}

// cursor is where the next run starts.
func (r *run) cursor() Cursor {
	position := r.serverNow
	if position.IsZero() {
		position = r.started
	}
	edge := r.edge()
	next := Cursor{Position: position, Seen: map[string]string{}}
	for id, version := range r.versions {
		if modified, err := time.Parse(time.RFC3339Nano, version); err == nil && !modified.Before(edge) {
			next.Seen[id] = version
		}
	}
	return next
}
