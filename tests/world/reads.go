package world

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
)

// inLedger opens the ledger beside whatever runs, as the commands do.
func (w *World) inLedger(t *testing.T, do func(context.Context, *ledger.Ledger) error) {
	t.Helper()
	w.furnish(t)
	ctx := context.WithoutCancel(t.Context())
	l, err := ledger.Open(ctx, w.ledger, ledger.Options{})
	require.NoError(t, err)
	defer func() { assert.NoError(t, l.Close()) }()
	require.NoError(t, do(ctx, l))
}

// Reset is `state reset CONNECTION --yes`.
func (w *World) Reset(t *testing.T, name string) {
	t.Helper()
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) error { return l.ResetConnection(ctx, name) })
}

// DeadLetters are those in one of the states, the open ones when none is named.
func (w *World) DeadLetters(t *testing.T, states ...string) (letters []ledger.DeadLetter) {
	t.Helper()
	if len(states) == 0 {
		states = []string{ledger.StateOpen}
	}
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) (err error) {
		letters, err = l.DeadLetters(ctx, ledger.DeadLetterFilter{State: states})
		return err
	})
	return letters
}

// Parked is what a pipeline of the first connection has put aside.
func (w *World) Parked(t *testing.T, pipeline string) (parked []ledger.Parked) {
	t.Helper()
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) (err error) {
		parked, err = l.ParkedItems(ctx, connection.StreamName(w.options.Connections[0].Name, pipeline))
		return err
	})
	return parked
}

// Events are what was done for a number, SKU or id, or for several one after another,
// the oldest first.
func (w *World) Events(t *testing.T, refs ...string) (events []ledger.Event) {
	t.Helper()
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) error {
		for _, ref := range refs {
			some, err := l.Events(ctx, ref)
			if err != nil {
				return err
			}
			events = append(events, some...)
		}
		return nil
	})
	return events
}

// Intents are the writes that were to happen once for a number, SKU or id.
func (w *World) Intents(t *testing.T, ref string) (intents []ledger.Intent) {
	t.Helper()
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) (err error) {
		intents, err = l.Intents(ctx, ref)
		return err
	})
	return intents
}

// Cursors are how far the flows have delivered, by stream.
func (w *World) Cursors(t *testing.T) map[string]ledger.Cursor {
	t.Helper()
	cursors := map[string]ledger.Cursor{}
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) error {
		all, err := l.Cursors(ctx)
		for _, c := range all {
			cursors[c.Stream] = c
		}
		return err
	})
	return cursors
}

// Stored is an item of a store of the ledger, nil when there is none.
func (w *World) Stored(t *testing.T, store, key string) (value []byte) {
	t.Helper()
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) (err error) {
		value, _, err = l.Get(ctx, store, key)
		return err
	})
	return value
}

// Ask changes the ledger as a command beside the sync would.
func (w *World) Ask(t *testing.T, do func(*ledger.Tx) error) {
	t.Helper()
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) error { return l.Commit(ctx, do) })
}

// Seen is the same world with another pair of accounts as its first: what is read
// and changed through it is theirs.
func (w *World) Seen(accounts int) *World {
	return &World{Sandbox: w.Accounts[accounts], Accounts: w.Accounts, options: w.options, pipelines: w.pipelines, ledger: w.ledger, wires: w.wires, log: w.log}
}

// Twin is a service of the first pair of accounts: "unleashed" or "mintsoft".
func (w *World) Twin(system string) *twin.Server {
	if system == "unleashed" {
		return w.Unleashed.Server
	}
	return w.Mintsoft.Server
}

// Writes are the requests to a service of the first pair of accounts that asked
// for a change.
func (w *World) Writes(system string) []twin.Entry { return w.Twin(system).Journal.Writes() }

// Calls are the requests to a service of the first pair of accounts, as verbs
// with paths, in the order of their arrival.
func (w *World) Calls(system string) []string {
	var calls []string
	for _, e := range w.Twin(system).Journal.All() {
		calls = append(calls, e.Method+" "+e.Path)
	}
	return calls
}

// Forget empties the journals of both services, of each pair of accounts.
func (w *World) Forget() {
	for _, twins := range w.Accounts {
		twins.Unleashed.Journal.Reset()
		twins.Mintsoft.Journal.Reset()
	}
}

// LedgerFiles are the files of a ledger in SQLite with what they hold.
func (w *World) LedgerFiles(t *testing.T) map[string]string {
	t.Helper()
	path, isFile := strings.CutPrefix(w.ledger, "sqlite:")
	require.True(t, isFile, "the ledger is no file")
	found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	require.NoError(t, err)
	files := map[string]string{}
	for _, name := range found {
		raw, err := os.ReadFile(name)
		require.NoError(t, err)
		files[filepath.Base(name)] = string(raw)
	}
	return files
}
