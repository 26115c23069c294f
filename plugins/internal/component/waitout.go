package component

import (
	"context"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// WaitOut lets a request by an operation come to its end that a process may have left
// under way when it died: what is read before that may be overtaken by it. It waits
// once while it has the connection, as its own requests are answered for; another
// process may have had it before it was taken again.
func WaitOut(ctx context.Context, c *connection.Connection, operation string) error {
	over := c.Local("waited out "+operation, func() any { return &waited{turn: NewTurn()} }).(*waited)
	if err := over.turn.Take(ctx); err != nil {
		return err
	}
	defer over.turn.Give()
	term := c.Book().Ledger.Term(c.Name)
	if over.done && over.term == term || c.Book().Options.DryRun {
		return nil
	}
	at, exists, err := c.Book().Ledger.LastUnanswered(ctx, c.Name, operation)
	if err != nil {
		return err
	}
	if exists {
		// A clock that was ahead then makes it no longer.
		if rest := delivery.Deadline - c.Book().Options.Now().Sub(at); rest > 0 {
			if err := delivery.Pause(ctx, c.Book().Draining(), min(rest, delivery.Deadline)); err != nil {
				return err
			}
		}
	}
	over.done, over.term = true, term
	return nil
}

type waited struct {
	turn Turn
	done bool
	term int64
}
