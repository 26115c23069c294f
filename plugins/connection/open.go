package connection

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// OpenOptions say how a connection file is put to use.
type OpenOptions struct {
	Once   bool // inputs end after one run
	DryRun bool // nothing is written, neither to a service nor to the ledger
	// RedeliverOnly lets inputs read what is to be sent again and nothing else.
	RedeliverOnly bool
	Log           *slog.Logger
	Now           func() time.Time
	// Transport replaces the network, for tests.
	Transport http.RoundTripper
	// Serve replaces the network for what listens, for tests: it lets requests to an
	// address come to a handler until end is called.
	Serve func(ctx context.Context, address string, handler http.Handler) (end func(), err error)
	// Observe is told of each call to a service.
	Observe func(apihttp.Call)
}

// Book is an opened connection file: the ledger, and the clients of each active
// connection. One process has one; tests may have several.
type Book struct {
	File    *File
	Ledger  *ledger.Ledger
	Deliver *delivery.Deliverer
	Options OpenOptions

	drain  context.Context
	begin  context.CancelFunc // of the drain
	cutOff context.Context    // grace after it
	cut    context.CancelFunc

	mut         sync.Mutex
	connections map[string]*Connection
	accounts    map[string]*apihttp.Account
	keys        map[string]*mintsoftapi.Keyring // by user
	flows       map[string]*Flow
	planned     []delivery.PlannedWrite
	local       map[string]any
	asked       asked
}

// Open opens the ledger of a connection file and prepares its clients. No
// service is called yet.
func Open(ctx context.Context, file *File, o OpenOptions) (*Book, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	open := ledger.Open
	if o.DryRun {
		open = ledger.OpenOverlay
	}
	store, err := open(ctx, file.Ledger.Reveal(), ledger.Options{Now: o.Now})
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	b := &Book{
		File: file, Ledger: store, Options: o,
		connections: map[string]*Connection{}, accounts: map[string]*apihttp.Account{}, keys: map[string]*mintsoftapi.Keyring{}, flows: map[string]*Flow{},
		local: map[string]any{},
	}
	b.drain, b.begin = context.WithCancel(context.Background())
	b.cutOff, b.cut = context.WithCancel(context.Background())
	options := delivery.Options{Ledger: store, Now: o.Now, Drain: b.drain.Done(), Waiting: func(w delivery.Write, err error, wait time.Duration) {
		b.Waiting(w.Stream, w.Record.Ref, err, wait)
	}}
	if o.DryRun {
		options.Plan = b.plan
	}
	b.Deliver = delivery.New(options)
	for _, config := range file.Connections {
		if !config.Active {
			continue
		}
		live, err := b.connect(config)
		if err != nil {
			return nil, fmt.Errorf("connection %s: %w", config.Name, err)
		}
		b.connections[config.Name] = live
	}
	return b, nil
}

// Close closes the ledger. The streams must have ended.
func (b *Book) Close() error {
	b.Drain()
	b.cut()
	return b.Ledger.Close()
}

// grace is how long a call that is under way may still take once the process is told to
// stop. Whatever its outcome, the ledger holds its intent.
const grace = time.Second

// Drain ends every wait of every flow at once, and lets no write begin any more: the
// process is about to stop.
func (b *Book) Drain() {
	if b.drain.Err() == nil {
		time.AfterFunc(grace, b.cut)
	}
	b.begin()
}

// Draining is closed once Drain was called.
func (b *Book) Draining() <-chan struct{} { return b.drain.Done() }

// IsDraining says whether Drain was called.
func (b *Book) IsDraining() bool { return b.drain.Err() != nil }

// UntilDrained is a context for calls: no write begins under it once the drain has, and
// it ends soon after that.
func (b *Book) UntilDrained(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(apihttp.WithStop(ctx, b.drain))
	forget := context.AfterFunc(b.cutOff, cancel)
	return ctx, func() { forget(); cancel() }
}

// Connection finds an active connection by its name.
func (b *Book) Connection(name string) (*Connection, error) {
	if live, exists := b.connections[name]; exists {
		return live, nil
	}
	return nil, fmt.Errorf("connection %q: expected one of the active connections of %s: %v", name, b.File.Path, b.Names())
}

// Sharing are the active connections between the same Unleashed account and
// Mintsoft client as this one, itself among them, in the order of the file. The
// first whose settings want a flow that is bound to no warehouse runs it for all.
func (b *Book) Sharing(c *Connection) []*Connection {
	var sharing []*Connection
	for _, name := range b.Names() {
		other := b.connections[name]
		if other.UnleashedAccount == c.UnleashedAccount && other.MintsoftAccount == c.MintsoftAccount && other.Config.Mintsoft.Client == c.Config.Mintsoft.Client {
			sharing = append(sharing, other)
		}
	}
	return sharing
}

// Local keeps a value with the book for as long as it is open: what the streams
// of a process share. It is made once.
func (b *Book) Local(key string, build func() any) any {
	b.mut.Lock()
	defer b.mut.Unlock()
	if value, exists := b.local[key]; exists {
		return value
	}
	value := build()
	b.local[key] = value
	return value
}

// Names are the active connections in the order of the file.
func (b *Book) Names() []string {
	var names []string
	for _, config := range b.File.Connections {
		if config.Active {
			names = append(names, config.Name)
		}
	}
	return names
}

// Flow is the state of one pipeline of one connection, made when first asked for.
func (b *Book) Flow(connection, pipeline string) *Flow {
	b.mut.Lock()
	defer b.mut.Unlock()
	stream := StreamName(connection, pipeline)
	flow, exists := b.flows[stream]
	if !exists {
		flow = &Flow{Stream: stream, Connection: connection, Pipeline: pipeline, counts: map[string]int64{}, skips: map[string]int64{}}
		b.flows[stream] = flow
	}
	return flow
}

// Planned are the writes that a dry run would have made so far.
func (b *Book) Planned() []delivery.PlannedWrite {
	b.mut.Lock()
	defer b.mut.Unlock()
	return slices.Clone(b.planned)
}

func (b *Book) plan(w delivery.PlannedWrite) {
	b.mut.Lock()
	defer b.mut.Unlock()
	b.planned = append(b.planned, w)
}

// Waiting logs that a record waits for a service that fails: when it begins, and every
// few minutes.
func (b *Book) Waiting(stream, ref string, err error, wait time.Duration) {
	b.mut.Lock()
	flow := b.flows[stream]
	b.mut.Unlock()
	if flow != nil && !flow.Waits(fmt.Errorf("%s waits: %w", ref, err), b.Options.Now()) {
		return
	}
	b.Options.Log.Warn("waiting for the service", "stream", stream, "record", ref, "error", err.Error(), "again_in", wait.Round(100*time.Millisecond).String())
}

// PlannedWrite is a write that a dry run would have made.
type PlannedWrite = delivery.PlannedWrite
