package main

import (
	"context"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
)

const pruneEvery = time.Hour

// upkeep removes from the ledger what is past its retention, now and every
// hour. The answer ends it and waits for it.
func (s *session) upkeep(ctx context.Context, book *connection.Book) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(pruneEvery)
		defer ticker.Stop()
		for {
			s.prune(ctx, book)
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// prune removes what is past its retention now.
func (s *session) prune(ctx context.Context, book *connection.Book) {
	now := time.Now()
	removed, err := book.Ledger.Prune(ctx, now.Add(-time.Duration(book.File.Retention.Events)), now.Add(-time.Duration(book.File.Retention.DeadLetters)))
	switch {
	case err != nil && ctx.Err() == nil:
		s.log.Warn("removing what is past its retention", "error", err.Error())
	case removed > 0:
		s.log.Debug("removed what is past its retention", "rows", removed)
	}
}
