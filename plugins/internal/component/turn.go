package component

import "context"

// Turn lets in one at a time. Unlike a mutex it is waited for under a context, so that
// it can be held while a service is asked.
type Turn struct{ taken chan struct{} }

// NewTurn makes one that is free.
func NewTurn() Turn { return Turn{make(chan struct{}, 1)} }

// Take waits for the turn; Give ends it.
func (t Turn) Take(ctx context.Context) error {
	select {
	case t.taken <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Give lets the next one in.
func (t Turn) Give() { <-t.taken }
