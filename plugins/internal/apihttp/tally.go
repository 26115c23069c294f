package apihttp

import (
	"context"
	"sync/atomic"
)

// Tally counts the requests that were sent under one context, so that a stream
// knows its own share of an account's calls.
type Tally struct{ Calls atomic.Int64 }

type tallyKey struct{}

// WithTally makes every request sent under the context count in t.
func WithTally(ctx context.Context, t *Tally) context.Context {
	return context.WithValue(ctx, tallyKey{}, t)
}

func tallyCall(ctx context.Context) {
	if t, ok := ctx.Value(tallyKey{}).(*Tally); ok {
		t.Calls.Add(1)
	}
}
