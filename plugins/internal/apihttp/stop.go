package apihttp

import (
	"context"
	"errors"
)

// ErrStopping is the error of a write that had not begun when the process was told to
// stop.
var ErrStopping = errors.New("the process is stopping")

type stopKey struct{}

// WithStop lets no write begin under the context once stop has ended: one that waits for
// its turn then gives it up. What is under way goes on until the context itself ends.
func WithStop(ctx, stop context.Context) context.Context {
	return context.WithValue(ctx, stopKey{}, stop)
}

// untilStop is a context for what comes before a call: for a write it ends with the stop.
func untilStop(ctx context.Context, write bool) (context.Context, context.CancelFunc) {
	stop, told := ctx.Value(stopKey{}).(context.Context)
	if !told || !write {
		return ctx, func() {}
	}
	waiting, cancel := context.WithCancelCause(ctx)
	if stop.Err() != nil {
		cancel(ErrStopping)
	}
	forget := context.AfterFunc(stop, func() { cancel(ErrStopping) })
	return waiting, func() { forget(); cancel(nil) }
}
