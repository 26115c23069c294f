package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// overdueBy is how late a run may be beyond the one after the next.
const overdueBy = 5 * time.Minute

// Unready lists the enabled streams whose last run did not end well, that are
// overdue, or that have not run yet, each with the reason. The ledger is asked, so the answer is
// right for every replica.
func Unready(ctx context.Context, book *connection.Book, streams []Stream) []string {
	var waiting []string
	for _, s := range streams {
		if s.Off != "" {
			continue
		}
		run, exists, err := book.Ledger.LastRun(ctx, s.Name)
		switch {
		case err != nil:
			waiting = append(waiting, fmt.Sprintf("%s: reading the ledger: %v", s.Name, err))
		case !exists && polling.AtTimeOfDay(s.schedule):
			// Its time of the day has not come.
		case !exists:
			waiting = append(waiting, s.Name+": has not run yet"+hindered(book, s))
		case run.Error != "":
			waiting = append(waiting, fmt.Sprintf("%s: %s", s.Name, run.Error))
		case overdue(s, run, book.Options.Now()):
			waiting = append(waiting, fmt.Sprintf("%s: has not ended a run since %s", s.Name, run.FinishedAt.UTC().Format(time.RFC3339)))
		}
	}
	return waiting
}

// hindered is why a stream of this process cannot begin, empty when nothing is
// known to be wrong.
func hindered(book *connection.Book, s Stream) string {
	if err := book.Flow(s.Connection, s.Pipeline).State().Err; err != nil {
		return ": " + err.Error()
	}
	return ""
}

// overdue says whether a stream has missed two of its runs.
func overdue(s Stream, run ledger.Run, now time.Time) bool {
	if s.schedule == nil {
		return false
	}
	next := s.schedule.Next(run.FinishedAt)
	if next.IsZero() {
		return false
	}
	return now.After(s.schedule.Next(next).Add(overdueBy))
}

// Unreadable says why a record cannot be read again for a replay, nil when it can.
func Unreadable(record ledger.Record) error {
	if polling.IsNameless(record.ID) {
		return polling.ErrNameless
	}
	return nil
}
