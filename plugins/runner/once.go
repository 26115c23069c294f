package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
)

// Row is one stream in the summary.
type Row struct {
	Stream       string           `json:"stream"`
	State        string           `json:"state"` // delivered, off, failed, gave up, stopped
	Read         int64            `json:"read"`
	Created      int64            `json:"created"`
	Updated      int64            `json:"updated"`
	Skipped      int64            `json:"skipped"`
	Parked       int64            `json:"parked"`
	DeadLettered int64            `json:"dead_lettered"`
	Calls        int64            `json:"api_calls"`
	Error        string           `json:"error,omitempty"`
	Skips        map[string]int64 `json:"skip_reasons,omitempty"`
}

// Clean says whether everything that the stream read was delivered.
func (r Row) Clean() bool {
	return !slices.Contains([]string{"failed", "gave up", "stopped"}, r.State) && r.Parked == 0 && r.DeadLettered == 0
}

// Once runs each stream once, after those that it depends on, and answers the
// summary. A stream that makes no progress for the timeout is given up.
func (r *Runner) Once(ctx context.Context, streams []Stream, timeout time.Duration) []Row {
	rows := make([]Row, len(streams))
	ended := map[string]chan struct{}{}
	for _, s := range streams {
		ended[s.Name] = make(chan struct{})
	}
	var running sync.WaitGroup
	for i, s := range streams {
		running.Go(func() {
			defer close(ended[s.Name])
			for _, earlier := range before(s, streams) {
				<-ended[earlier.Name]
			}
			rows[i] = r.one(ctx, s, timeout)
		})
	}
	running.Wait()
	return rows
}

func (r *Runner) one(ctx context.Context, s Stream, timeout time.Duration) Row {
	flow, asked := r.Book.Flow(s.Connection, s.Pipeline), ctx
	row := func(state string, err error) Row { return r.row(asked, s, flow, state, err) }
	if s.Off != "" {
		return row(s.Off, nil)
	}
	if asked.Err() != nil {
		return row("stopped", errStopped)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go watch(ctx, cancel, flow, timeout)
	err := r.run(ctx, s)
	state := flow.State()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errNoProgress):
		if why := cmp.Or(state.Waits, state.Err); why != nil {
			cause = fmt.Errorf("%w: %w", cause, why)
		}
		return row("gave up", cause)
	case asked.Err() != nil:
		return row("stopped", errStopped)
	case err != nil:
		return row("failed", err)
	case state.Err != nil:
		return row("failed", state.Err)
	case state.Left != nil:
		return row("failed", state.Left)
	}
	return row("delivered", nil)
}

var (
	errNoProgress = errors.New("no progress")
	errStopped    = errors.New("told to stop before it was done")
)

// watch gives a stream up that stands still, or goes in circles.
func watch(ctx context.Context, giveUp context.CancelCauseFunc, flow *connection.Flow, timeout time.Duration) {
	started := time.Now()
	ticker := time.NewTicker(max(min(timeout/4, time.Second), time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			state := flow.State()
			moved := state.Moved
			if moved.Before(started) {
				moved = started
			}
			// A run that fails again and again reads something each time.
			if now.Sub(moved) > timeout || state.Failing > timeout {
				giveUp(fmt.Errorf("%w for %s", errNoProgress, timeout))
				return
			}
		}
	}
}

// row counts as parked what is parked now: what was parked and delivered in the
// same run is not.
func (r *Runner) row(ctx context.Context, s Stream, flow *connection.Flow, state string, err error) Row {
	now := flow.State()
	row := Row{
		Stream: s.Name, State: state, Read: now.Counts[connection.CountRead], Created: now.Counts[connection.CountCreated],
		Updated: now.Counts[connection.CountUpdated], Skipped: now.Counts[connection.CountSkipped],
		DeadLettered: now.Counts[connection.CountDeadLettered], Calls: now.Counts[connection.CountCalls], Skips: now.Skips,
	}
	parked, perr := r.Book.Ledger.ParkedItems(context.WithoutCancel(ctx), s.Name)
	if err == nil && perr != nil {
		row.State, err = "failed", perr
	}
	row.Parked = int64(len(parked))
	if err != nil {
		row.Error = err.Error()
	}
	return row
}
