package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

var (
	// ErrHeld is returned by Hold while another holder has the name.
	ErrHeld = errors.New("held by another process")
	// ErrFenced is returned by commits of a ledger whose hold was taken by another
	// process since: what it would write is not its business any more.
	ErrFenced = errors.New("the hold on the ledger was taken over by another process")
)

// Hold is a name that this process alone has, until it releases it or dies.
type Hold struct {
	name        string
	connections []string         // that it is for; none means all
	epochs      map[string]int64 // by lock
	lost        chan struct{}
	give        func() error

	ledger   *Ledger
	released sync.Once
}

// Hold takes a name and the connections that it is for; ErrHeld when another holder has
// one of them, in this process or elsewhere: whoever knows the name otherwise, since the
// key of the account was changed, still knows the connections. It doesn't wait. While it
// is held, every commit of this ledger proves that nobody else has taken any of it since.
// Otherwise what is written for the given connections gets ErrFenced, or everything when
// none are given.
func (l *Ledger) Hold(ctx context.Context, name string, connections ...string) (*Hold, error) {
	select {
	case <-l.closing:
		return nil, ErrClosed
	default:
	}
	hold, err := l.db.take(ctx, name, connections)
	if err != nil {
		return nil, fmt.Errorf("taking the hold %s: %w", name, err)
	}
	hold.ledger, hold.connections = l, connections
	l.mut.Lock()
	l.holds[name] = hold
	l.mut.Unlock()
	return hold, nil
}

// Held says whether anybody has a name or one of some connections, this process included.
func (l *Ledger) Held(ctx context.Context, name string, connections ...string) (bool, error) {
	held, err := l.db.taken(ctx, name, connections)
	if err != nil {
		return false, fmt.Errorf("asking for the hold %s: %w", name, l.explain(err))
	}
	return held, nil
}

// Term changes whenever this process takes the hold on a connection again. What it
// knew of others' work in an earlier term may be out of date.
func (l *Ledger) Term(connection string) int64 {
	l.mut.Lock()
	defer l.mut.Unlock()
	var term int64
	for _, hold := range l.holds {
		if len(hold.connections) == 0 || slices.Contains(hold.connections, connection) {
			for _, epoch := range hold.epochs {
				term = max(term, epoch)
			}
		}
	}
	return term
}

// Lost is closed when the connection that the hold lives on is gone, so that
// another process may take it. It never is with SQLite.
func (h *Hold) Lost() <-chan struct{} { return h.lost }

// Release gives the name back. Releasing twice is harmless.
func (h *Hold) Release() error {
	var err error
	h.released.Do(func() {
		h.ledger.mut.Lock()
		delete(h.ledger.holds, h.name)
		h.ledger.mut.Unlock()
		if err = h.give(); err != nil {
			err = fmt.Errorf("releasing the hold %s: %w", h.name, err)
		}
	})
	return err
}
