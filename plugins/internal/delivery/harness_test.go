package delivery

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	stream = "main_order_import"
	key    = "accounts/order.create/sales_order/guid-1"
)

// order is the record that the writes of these tests come from.
var order = ledger.Record{System: "unleashed", Resource: "SalesOrders", ID: "guid-1", Ref: "SO-1", Modified: "2026-03-02T09:00:00.000000000Z"}

// house is a deliverer over a ledger of its own, and a service that does what it
// is told to do.
type house struct {
	*Deliverer
	ledger *ledger.Ledger
	drain  chan struct{}
	// send and find answer the n-th call, from 1.
	send func(n int) (Answer, error)
	find func(n int) (Found, error)

	mut      sync.Mutex
	calls    []string       // send, find or refresh, since they were asked for
	count    map[string]int // of all calls
	waits    []time.Duration
	planned  []PlannedWrite
	inFlight int
	most     int // calls at once
}

// inHouse runs a test under a fake clock, beside others.
func inHouse(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, err := ledger.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, store.Close()) })
		h := &house{
			ledger: store, drain: make(chan struct{}), count: map[string]int{},
			send: func(int) (Answer, error) {
				return Answer{ID: "17", Ref: "UNL-SO-1", Body: json.RawMessage(`{"OrderId":17}`)}, nil
			},
			find: func(int) (Found, error) { return Found{}, nil },
		}
		h.restart()
		test(t, h)
	})
}

// restart makes a deliverer that knows nothing but the ledger, as a new process
// would.
func (h *house) restart(change ...func(*Options)) {
	o := Options{Ledger: h.ledger, Drain: h.drain, Waiting: func(_ Write, _ error, wait time.Duration) {
		h.mut.Lock()
		defer h.mut.Unlock()
		h.waits = append(h.waits, wait)
	}}
	for _, c := range change {
		c(&o)
	}
	h.Deliverer = New(o)
}

// plans makes a deliverer of a dry run.
func (h *house) plans() {
	h.restart(func(o *Options) { o.Plan = func(w PlannedWrite) { h.planned = append(h.planned, w) } })
}

// note remembers a call and answers which one of its kind it is.
func (h *house) note(what string) (n int) {
	h.mut.Lock()
	defer h.mut.Unlock()
	h.calls = append(h.calls, what)
	h.count[what]++
	return h.count[what]
}

// made are the calls since the last question, in their order.
func (h *house) made() []string {
	h.mut.Lock()
	defer h.mut.Unlock()
	made := h.calls
	h.calls = nil
	return made
}

func (h *house) busy(by int) {
	h.mut.Lock()
	defer h.mut.Unlock()
	h.inFlight += by
	h.most = max(h.most, h.inFlight)
}

// write is a create of the order; each change makes it another write.
func (h *house) write(change ...func(*Write)) Write {
	w := Write{
		Connection: "main", Stream: stream, Record: order,
		System: "mintsoft", Operation: "order.create", Kind: Create, Key: key, Body: json.RawMessage(`{"OrderNumber":"UNL-SO-1"}`),
		Account: "mintsoft/1", Pair: "accounts", LinkKind: "order",
		Send: func(context.Context) (Answer, error) {
			h.busy(1)
			defer h.busy(-1)
			return h.send(h.note("send"))
		},
		Find:    func(context.Context) (Found, error) { return h.find(h.note("find")) },
		Refresh: func() { h.note("refresh") },
		Health:  health{last: time.Now},
	}
	for _, c := range change {
		c(&w)
	}
	return w
}

// health tells when another call to the account succeeded last; ask may make one.
type health struct {
	last func() time.Time
	ask  func()
}

// LastSuccess implements Health.
func (h health) LastSuccess() time.Time { return h.last() }

// Ask implements Health.
func (h health) Ask(context.Context) {
	if h.ask != nil {
		h.ask()
	}
}

func body(text string) func(*Write)   { return func(w *Write) { w.Body = json.RawMessage(text) } }
func deduplicates(w *Write)           { w.Deduplicates = true }
func looksFirst(w *Write)             { w.LookFirst = true }
func replayed(w *Write)               { w.Replay = true }
func blind(w *Write)                  { w.Find, w.Refresh = nil, nil }
func modified(at string) func(*Write) { return func(w *Write) { w.Record.Modified = at } }

// update makes it a write of absolute values.
func update(w *Write) {
	w.Kind, w.Key, w.Operation, w.Target, w.Find, w.Refresh = Update, "", "order.update", "/api/Order/17", nil, nil
}

// parks makes a refusal that names a product wait for the product's pipeline.
func parks(within time.Duration) func(*Write) {
	return func(w *Write) {
		w.Parking = &Parking{WaitFor: "product_sync", For: within, When: func(refusal *apihttp.Error) bool { return refusal.Message == noProduct }}
	}
}

const noProduct = "Could not find product"

// answering is an error that stands for an outcome.
func answering(outcome apihttp.Outcome, message string) *apihttp.Error {
	return &apihttp.Error{System: "mintsoft", Operation: "order.create", Outcome: outcome, Message: message}
}

func refusing(message string) func(int) (Answer, error) {
	return func(int) (Answer, error) { return Answer{}, answering(apihttp.Rejected, message) }
}

// first gives an error to the first calls and then does as before.
func (h *house) first(times int, err error) {
	then := h.send
	h.send = func(n int) (Answer, error) {
		if n <= times {
			return Answer{}, err
		}
		return then(n)
	}
}

var (
	silence = answering(apihttp.Unknown, "connection reset")
	down    = answering(apihttp.Transient, "bad gateway")
	ours    = Found{Exists: true, Ours: true, ID: "17", Ref: "UNL-SO-1"}
	foreign = Found{Exists: true, ID: "5", Ref: "UNL-SO-1", Detail: "the number UNL-SO-1 is held by order 5"}
)

func finds(found Found) func(int) (Found, error) {
	return func(int) (Found, error) { return found, nil }
}

// must delivers and expects that it is answered for.
func (h *house) must(t *testing.T, w Write) Outcome {
	t.Helper()
	outcome, err := h.Deliver(t.Context(), w)
	require.NoError(t, err)
	return outcome
}

// dies begins a delivery in a process that ends while the service is asked: its
// intent is all that is left.
func (h *house) dies(t *testing.T, w Write) {
	t.Helper()
	ctx, die := context.WithCancel(t.Context())
	w.Send = func(context.Context) (Answer, error) {
		die()
		return Answer{}, context.Canceled
	}
	_, err := h.Deliver(ctx, w)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, stateIntended, h.intent(t).State)
	h.restart()
	h.made()
}

func (h *house) intent(t *testing.T) ledger.Intent {
	t.Helper()
	intent, exists, err := h.ledger.Intent(t.Context(), key)
	require.NoError(t, err)
	require.True(t, exists, "there is no intent")
	return intent
}

// letters are the unsettled dead letters.
func (h *house) letters(t *testing.T) []ledger.DeadLetter {
	t.Helper()
	letters, err := h.ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{State: []string{ledger.StateOpen, ledger.StateReplaying}})
	require.NoError(t, err)
	return letters
}

func (h *house) letter(t *testing.T) ledger.DeadLetter {
	t.Helper()
	letters := h.letters(t)
	require.Len(t, letters, 1)
	return letters[0]
}

func (h *house) parked(t *testing.T) []ledger.Parked {
	t.Helper()
	items, err := h.ledger.ParkedItems(t.Context(), stream)
	require.NoError(t, err)
	return items
}

func (h *house) events(t *testing.T) []ledger.Event {
	t.Helper()
	events, err := h.ledger.Events(t.Context(), order.ID)
	require.NoError(t, err)
	return events
}

// happened are the kinds of the order's events.
func (h *house) happened(t *testing.T) []string {
	t.Helper()
	var kinds []string
	for _, e := range h.events(t) {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}
