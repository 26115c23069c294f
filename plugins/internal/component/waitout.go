package component

import (
	"context"
	"sync"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// WaitOut lets a request by an operation come to its end that a process may have left
// under way when it died: what is read before that may be overtaken by it. It waits
// once in the life of a process, whose own requests are answered for.
func WaitOut(ctx context.Context, c *connection.Connection, operation string) error {
	over := c.Local("waited out "+operation, func() any { return &waited{} }).(*waited)
	over.mut.Lock()
	defer over.mut.Unlock()
	if over.done || c.Book().Options.DryRun {
		return nil
	}
	at, exists, err := c.Book().Ledger.LastUnanswered(ctx, c.Name, operation)
	if err != nil {
		return err
	}
	if exists {
		if rest := delivery.Deadline - c.Book().Options.Now().Sub(at); rest > 0 {
			if err := pause(ctx, c.Book(), rest); err != nil {
				return err
			}
		}
	}
	over.done = true
	return nil
}

type waited struct {
	mut  sync.Mutex
	done bool
}
