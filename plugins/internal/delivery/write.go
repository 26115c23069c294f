package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// ErrStopped is returned when a write was put back because the process is told
// to stop. Nothing is filed; the record is read again after the next start.
var ErrStopped = errors.New("the write was put back: stopping")

// Kind of a write.
type Kind int

// The kinds of writes.
const (
	Create Kind = iota // makes a new record in the target, once for each key
	Step               // an irreversible step on a target record, once for each key
	Update             // sets absolute values on a target record
	Now                // sets absolute values that are true at this moment only, and never later
)

// String names the kind as the documentation does.
func (k Kind) String() string {
	return [...]string{"create", "step", "update", "now or never"}[k]
}

// Answer is what a successful call said.
type Answer struct {
	ID   string // the target's id
	Ref  string // the number that a person knows it by
	Body json.RawMessage
	// Refused are the parts that were not done, by the ids of their records, each
	// with the service's words.
	Refused map[string]string
}

// Found is what a look-up by the natural key found.
type Found struct {
	Exists bool
	Ours   bool // it carries our reference, and there is exactly one
	ID     string
	Ref    string
	// Detail is what stands there, in words for a person; where nothing exists, why the
	// service may say that it does.
	Detail string
	// Cancelled says that it has come to its end, and may be of another record: a person may
	// let it be made again. Once that is done it does not exist.
	Cancelled bool
	Body      json.RawMessage
}

// Parking says when a refusal means "not yet" and not "no".
type Parking struct {
	WaitFor string // pipeline whose next run may mend it
	For     time.Duration
	When    func(refusal *apihttp.Error) bool
}

// Write is one write to one service.
type Write struct {
	Connection, Stream, Pipeline string
	Record                       ledger.Record // where it comes from
	ReadAt                       time.Time
	Replay                       bool // a person asked for it

	System, Operation string // where it goes
	Kind              Kind
	Key               string // once for each key; empty for updates
	Target            string // writes to one target are serialised; empty means the key
	Part              string // what of the record it is about; empty means the target
	Body              json.RawMessage
	Notes             []string // what was cut or left out on the way
	Parts             []Part   // the records that a write of many carries

	// Pair and LinkKind name the link that a done create leaves behind; an empty
	// kind leaves none.
	Account, Pair, LinkKind string

	Send func(ctx context.Context) (Answer, error)
	// Find looks the target up by its natural key; nil where the service cannot
	// be asked.
	Find func(ctx context.Context) (Found, error)
	// At is the id of the target that is written to, where the record alone does not
	// say which. FindSent looks for what a process that died meant: written there, and
	// with that body.
	At       string
	FindSent func(ctx context.Context, at string, body json.RawMessage) (Found, error)
	// Effect says what is still lacking although the service answered that the write was
	// done: its answer is read, and where that does not tell, the target. Empty is
	// nothing; nil where the answer is proof enough.
	Effect func(ctx context.Context, answer Answer) (lacking string, err error)
	// Refresh makes the next Find ask the service and not what is remembered of it;
	// nil where nothing is remembered.
	Refresh func()
	// Current reads the target as it is, for dry runs; nil when there is none.
	Current func(ctx context.Context) (json.RawMessage, error)
	// Deduplicates says that the service itself refuses a second create, so that
	// sending again is safe when a look-up finds nothing after a lost answer.
	Deduplicates bool
	// LookFirst asks before the first call too. Former says whether to do so for a record
	// that an earlier ledger may have known; nil for others.
	LookFirst bool
	Former    func(ctx context.Context) (bool, error)
	Parking   *Parking
	// Ends says that nothing else is wanted of the record, whose other writes are settled
	// by this one.
	Ends bool
	// Hint adds the mend to a refusal; nil where there is none.
	Hint func(refusal *apihttp.Error) string
	// AsOf is when the values of a write that is now or never were true.
	AsOf time.Time
	// Health is the account's; nil where nobody knows.
	Health Health

	// taken is why the service may say that something exists which a look-up passes over.
	taken string
	// again asks for the record once more: what is adopted is not what it says now.
	again bool
	// asSent says that what is found in the target was made by a request of ours whose
	// answer is lost, and not by one that nobody remembers.
	asSent bool
}

func (w Write) target() string {
	if w.Target != "" {
		return w.System + "/" + w.Target
	}
	return w.System + "/" + w.Key
}

// version is what a write's version is one of.
func (w Write) version() string {
	return strings.Join([]string{w.target(), w.Record.System, w.Record.Resource, w.Record.ID}, " ")
}

// part is what of its record a write is about, where one record may lead to the
// same write several times.
func (w Write) part() string {
	if w.Part == "" && w.Kind != Update {
		return w.Target
	}
	return w.Part
}

// slot tells the dead letters and parking places of one record apart.
func (w Write) slot() string { return strings.TrimSpace(w.Operation + " " + w.part()) }

// mendsItself says whether a refusal means "not yet".
func (w Write) mendsItself(err error) bool {
	var refusal *apihttp.Error
	return w.Parking != nil && errors.As(err, &refusal) && w.Parking.When(refusal)
}

// Result says how a write ended.
type Result int

// The results of a write.
const (
	Created Result = iota
	Updated
	Stepped
	Adopted // it was there already and is ours
	Unchanged
	Parked
	DeadLettered
	Planned
	Refused // one of many records was refused: none was written, and nothing is filed
)

// String is the word that events and summaries use.
func (r Result) String() string {
	return [...]string{"created", "updated", "done", "adopted", "unchanged", "parked", "dead-lettered", "planned", "refused"}[r]
}

// Outcome of a write that was answered for.
type Outcome struct {
	Result  Result
	Answer  Answer
	Reason  string
	Refused int // parts that the answer refused, each a dead letter of its own
	// Common is the reason without what is this record's alone, for counting; empty
	// where it has nothing of that.
	Common string
	// Sent says of what is adopted that a request of ours made it whose answer was lost.
	Sent bool
}

// Written says whether the write was done, now or by an attempt whose answer was
// lost.
func (o Outcome) Written() bool {
	return o.Result == Created || o.Result == Updated || o.Result == Stepped || o.Result == Adopted
}

// Deadline is how long a request may be under way, waiting for its turn not counted. The
// clients end it then, and one of a process that died is waited out for as long.
const Deadline = time.Minute

// Options of a Deliverer.
type Options struct {
	Ledger *ledger.Ledger
	Now    func() time.Time
	// Drain, when closed, ends every wait at once.
	Drain <-chan struct{}
	// Plan receives the writes of a dry run; nil means that writes are sent.
	Plan func(PlannedWrite)
	// Waiting is told when a write starts to wait for an account that fails.
	Waiting func(w Write, err error, wait time.Duration)
}

// Deliverer delivers writes. It is safe for concurrent use.
type Deliverer struct {
	o        Options
	targets  keyedLock
	versions versions
	pieces   pieces
}

// New makes a deliverer.
func New(o Options) *Deliverer {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Deliverer{o: o}
}

// Deliver carries a write out and records its outcome. It returns an error only
// when it is told to stop or the ledger cannot be written; the caller then puts
// the record back.
func (d *Deliverer) Deliver(ctx context.Context, w Write) (Outcome, error) {
	unlock, err := d.targets.lock(ctx, w.target())
	if err != nil {
		return Outcome{}, err
	}
	defer unlock()
	select {
	case <-d.o.Drain:
		return Outcome{}, ErrStopped
	default:
	}
	switch w.Kind {
	case Update:
		return d.converge(ctx, w)
	case Now:
		return d.now(ctx, w)
	}
	return d.once(ctx, w)
}
