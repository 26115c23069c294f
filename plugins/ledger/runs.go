package ledger

import (
	"context"
	"fmt"
	"time"
)

// Run is one run of a stream.
type Run struct {
	ID         int64            `json:"id"` // given by SaveRun
	Connection string           `json:"connection"`
	Stream     string           `json:"stream"`
	StartedAt  time.Time        `json:"started_at"`
	FinishedAt time.Time        `json:"finished_at"`
	Outcome    string           `json:"outcome"`
	Error      string           `json:"error,omitempty"`
	Counts     map[string]int64 `json:"counts"`
}

const runColumns = "connection, stream, started_at, finished_at, outcome, error, counts"

func scanRun(r row) (n Run, err error) {
	err = r.Scan(&n.ID, &n.Connection, &n.Stream, instant{&n.StartedAt}, instant{&n.FinishedAt}, &n.Outcome, &n.Error, encoded{&n.Counts})
	return n, err
}

// LastRun reads the run of a stream that was saved last; false when it has not
// run yet.
func (l *Ledger) LastRun(ctx context.Context, stream string) (Run, bool, error) {
	n, exists, err := one(ctx, l, scanRun, "SELECT id, "+runColumns+" FROM runs WHERE stream = ? ORDER BY id DESC LIMIT 1", stream)
	if err != nil {
		return n, false, fmt.Errorf("reading the last run of %s: %w", stream, err)
	}
	return n, exists, nil
}

// LastRunOf is when a run of any stream of a connection ended last; zero when none has.
func (l *Ledger) LastRunOf(ctx context.Context, connection string) (time.Time, error) {
	n, _, err := one(ctx, l, scanRun, "SELECT id, "+runColumns+" FROM runs WHERE connection = ? ORDER BY id DESC LIMIT 1", connection)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the last run of the connection %s: %w", connection, err)
	}
	return n.FinishedAt, nil
}

// SaveRun adds a run and answers its ID.
func (tx *Tx) SaveRun(n Run) (int64, error) {
	if err := tx.guard(n.Connection); err != nil {
		return 0, err
	}
	if n.Counts == nil {
		n.Counts = map[string]int64{}
	}
	id, _, err := answer[int64](tx, "INSERT INTO runs ("+runColumns+") VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
		n.Connection, n.Stream, n.StartedAt, n.FinishedAt, n.Outcome, n.Error, encoded{n.Counts})
	return id, err
}
