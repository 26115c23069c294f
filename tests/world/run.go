package world

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/release"
	"github.com/mintleash/mintleash/plugins/runner"
)

// giveUp ends a single run that stands still.
const giveUp = 5 * time.Minute

// Rows is the summary of a single run.
type Rows []runner.Row

// Of is the row of a pipeline of the first connection, or of a stream by its
// full name; the zero row when there is none.
func (r Rows) Of(name string) runner.Row {
	for _, row := range r {
		if row.Stream == name || row.Stream == connection.StreamName(Main, name) {
			return row
		}
	}
	return runner.Row{}
}

// open makes a runner of all streams whose names match one of the patterns, of
// all of them when there is none.
func (w *World) open(t *testing.T, o connection.OpenOptions, only []string) (*runner.Runner, []runner.Stream) {
	t.Helper()
	if !o.DryRun {
		w.furnish(t)
	}
	o.Log = w.log.logger()
	if !w.options.Loopback {
		o.Transport, o.Serve = w.wires, w.wires.serve
	}
	book, err := connection.Open(t.Context(), w.file(t), o)
	require.NoError(t, err)
	streams, err := runner.Streams(t.Context(), book, w.pipelines)
	if err == nil {
		streams, err = runner.Only(streams, only)
	}
	if err != nil {
		require.NoError(t, book.Close())
	}
	require.NoError(t, err)
	return &runner.Runner{Book: book, Log: o.Log}, streams
}

// once runs each stream once, as `sync --once` does.
func (w *World) once(t *testing.T, o connection.OpenOptions, only []string) (Rows, *connection.Book) {
	t.Helper()
	return w.single(t, o, only, !o.DryRun)
}

func (w *World) single(t *testing.T, o connection.OpenOptions, only []string, hold bool) (Rows, *connection.Book) {
	t.Helper()
	o.Once = true
	run, streams := w.open(t, o, only)
	defer func() { assert.NoError(t, run.Book.Close()) }()
	if hold {
		letGo, err := runner.HoldAll(t.Context(), run.Book.Ledger, run.Book.File)
		require.NoError(t, err)
		defer letGo()
	}
	return run.Once(t.Context(), streams, giveUp), run.Book
}

// OnceAhead is Once on a machine whose clock is ahead.
func (w *World) OnceAhead(t *testing.T, by time.Duration, only ...string) Rows {
	t.Helper()
	rows, _ := w.once(t, connection.OpenOptions{Now: func() time.Time { return time.Now().Add(by) }}, only)
	return rows
}

// Once is `sync --once --only …`: one run of the streams whose names match one of
// the patterns, or of all.
func (w *World) Once(t *testing.T, only ...string) Rows {
	t.Helper()
	rows, _ := w.once(t, connection.OpenOptions{}, only)
	return rows
}

// Beside is Once for other streams than those of a sync that runs, for what has to be
// there before them. Two processes would wait for one another.
func (w *World) Beside(t *testing.T, only ...string) {
	t.Helper()
	rows, _ := w.single(t, connection.OpenOptions{}, only, false)
	for _, row := range rows {
		require.True(t, row.Clean(), "%+v", row)
	}
}

// DryRun is `sync --dry-run`.
func (w *World) DryRun(t *testing.T, only ...string) (Rows, []connection.PlannedWrite) {
	t.Helper()
	rows, book := w.once(t, connection.OpenOptions{DryRun: true}, only)
	return rows, book.Planned()
}

// Replay is `deadletters replay --all`: every open dead letter is read again and
// delivered as it is now.
func (w *World) Replay(t *testing.T) Rows {
	t.Helper()
	var only []string
	w.inLedger(t, func(ctx context.Context, l *ledger.Ledger) error {
		letters, err := l.DeadLetters(ctx, ledger.DeadLetterFilter{State: []string{ledger.StateOpen}})
		if err != nil {
			return err
		}
		return l.Commit(ctx, func(tx *ledger.Tx) error {
			for _, letter := range letters {
				only = append(only, letter.Stream)
				if err := tx.SetDeadLetterState(letter.ID, ledger.StateReplaying); err != nil {
					return err
				}
			}
			return nil
		})
	})
	require.NotEmpty(t, only, "there is no open dead letter")
	rows, _ := w.once(t, connection.OpenOptions{RedeliverOnly: true}, only)
	return rows
}

// Release is `release REF`.
func (w *World) Release(t *testing.T, ref string) []release.Outcome {
	t.Helper()
	run, _ := w.open(t, connection.OpenOptions{}, nil)
	defer func() { assert.NoError(t, run.Book.Close()) }()
	outcomes, err := release.Release(t.Context(), run.Book, ref, func(string) string { return "" })
	require.NoError(t, err)
	return outcomes
}

// Running is a `sync` that was started.
type Running struct {
	Book *connection.Book

	world *World
	end   context.CancelFunc
	ended chan struct{}
}

// Forever starts `sync --only …`. It ends with Stop, at the latest with the test.
func (w *World) Forever(t *testing.T, only ...string) *Running {
	t.Helper()
	run, streams := w.open(t, connection.OpenOptions{}, only)
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &Running{Book: run.Book, world: w, end: end, ended: make(chan struct{})}
	context.AfterFunc(ctx, run.Book.Drain)
	go func() {
		defer close(r.ended)
		run.Forever(ctx, streams)
	}()
	w.mut.Lock()
	defer w.mut.Unlock()
	require.Nil(t, w.running, "a sync is running already")
	w.running = r
	return r
}

// Stop is SIGTERM. It answers how long it took until everything was saved.
func (r *Running) Stop(t *testing.T) time.Duration {
	t.Helper()
	asked := time.Now()
	r.end()
	<-r.ended
	took := time.Since(asked)
	require.NoError(t, r.Book.Close())
	r.world.mut.Lock()
	defer r.world.mut.Unlock()
	r.world.running = nil
	return took
}
