package polling

import (
	"context"
	"errors"
	"time"
)

// ErrGone is what Source.Fetch returns for a record that no longer exists, and
// ErrMissing for one that the service does not show, which may pass.
var (
	ErrGone    = errors.New("the record no longer exists")
	ErrMissing = errors.New("the service does not show the record")
)

// ErrStopped is what Poller.Next returns once the poller has ended: after its
// single run, or because it was told to drain.
var ErrStopped = errors.New("polling has ended")

// Item is one record as the service listed it.
type Item struct {
	ID       string
	Ref      string    // the number that a person knows it by
	Modified time.Time // zero when the service doesn't say
	Created  time.Time // likewise
	Body     any       // handed through to the reader of the poller
	Err      error     // why the row is no record, see Nameless; it holds nothing up
	// Holds is how many rows of the service it sums up, 0 for one that is a row itself.
	// Versions are those of the rows, as the service tells them by its clock: what lies
	// inside the overlap is told to the source of the next run, see Recaller.
	Holds    int
	Versions map[string]time.Time

	readAt time.Time // by our clock: when it was asked for
}

// Page is one page of a list.
type Page struct {
	Items []Item
	Count int       // records in the whole list, -1 when the service doesn't say
	Last  bool      // no page follows
	Date  time.Time // the service's clock, zero when unknown
	// Whole says on the last page that the source itself made sure that it showed every
	// row. Else a list that does not say how many it holds is paged until a pass shows
	// nothing that the one before missed.
	Whole bool
}

// Source reads one resource of one service.
type Source interface {
	// Page reads page number (from 1) of what changed since the given moment;
	// a zero moment means everything. The moment is the same for all pages of a
	// run.
	Page(ctx context.Context, since time.Time, number int) (Page, error)
	// Fetch reads one record again, for a replay or a parked record; ErrGone
	// when it does not exist any more, ErrMissing when that is not certain,
	// ErrNameless for a row without an id.
	Fetch(ctx context.Context, id string) (Item, error)
}

// Recaller is a Source that sums rows up in one item, and so has to leave out itself
// what was delivered before.
type Recaller interface {
	// Recall tells before each run which versions of which rows earlier runs delivered
	// inside the overlap, as text of Version; none before a run that reads everything.
	Recall(seen map[string]string)
}

// Version tells the versions of a record apart by when it was changed. It has a fixed
// width, so that versions compare as text; empty when that is not known.
func Version(modified time.Time) string {
	if modified.IsZero() {
		return ""
	}
	return modified.UTC().Format("2006-01-02T15:04:05.000000000Z")
}

// Redelivery is a record that is to be read and emitted again although it did
// not change.
type Redelivery struct {
	ID, Ref    string
	DeadLetter string    // the dead letter that asked for it
	At         time.Time // not before; zero is now
}

// Request is what a person asked of the next run.
type Request struct {
	Full   bool // ignore the cursor
	Accept bool // let the run through its guards
}

// Cursor is where a flow stands.
type Cursor struct {
	Position time.Time         // records modified before this have been delivered
	Seen     map[string]string // id to version of what was delivered inside the overlap
	Saved    time.Time         // by our clock: when the run ended that wrote it
	ChosenBy string            // what its records were chosen by, see Options; empty when that is not known
}

// Store keeps the state of one flow. Its methods are called by one goroutine.
type Store interface {
	Load(ctx context.Context) (Cursor, bool, error)
	// Finish records the end of a run; the cursor is nil when it stays.
	Finish(ctx context.Context, cursor *Cursor, report Report) error
	// Requested takes what a person asked for since the last call; immediate says
	// that a run was asked for. With waits, what is asked of the next run is left
	// for it unless it was asked for at once.
	Requested(ctx context.Context, waits bool) (request Request, immediate bool, err error)
	// Redeliveries lists what is to be emitted again, now or within moments.
	Redeliveries(ctx context.Context) ([]Redelivery, error)
	// Gone records that a record which was to be emitted again does not exist.
	Gone(ctx context.Context, what Redelivery) error
	// Missing records that the service does not show a record which was to be emitted
	// again: whoever knows whether it exists has to look.
	Missing(ctx context.Context, what Redelivery) error
}

// Report is the outcome of one run.
type Report struct {
	Started, Finished time.Time
	Read              int
	Passes            int          // how often the list was paged, more than 1 when it moved
	Redelivered       []Redelivery // what was emitted again and answered for without an error
	Err               error
}
