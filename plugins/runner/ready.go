package runner

import (
	"context"
	"fmt"

	"github.com/mintleash/mintleash/plugins/connection"
)

// Unready lists the enabled streams whose last run did not end well, or that
// have not run yet, each with the reason. The ledger is asked, so the answer is
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
		case !exists:
			waiting = append(waiting, s.Name+": has not run yet"+hindered(book, s))
		case run.Error != "":
			waiting = append(waiting, fmt.Sprintf("%s: %s", s.Name, run.Error))
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
