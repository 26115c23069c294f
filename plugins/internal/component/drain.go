package component

import (
	"context"
	"time"
)

// grace is how long a call that is under way may still take once the process
// is told to stop. Whatever its outcome, the ledger holds its intent.
const grace = time.Second

// untilDrained ends a context shortly after the drain begins.
func untilDrained(ctx context.Context, drain <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-drain:
			timer := time.NewTimer(grace)
			defer timer.Stop()
			select {
			case <-timer.C:
				cancel()
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
