package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	// linger is how long a commit waits for callers of the last one to come back
	// with their next piece of work.
	linger = 2 * time.Millisecond
	// maxParts bounds a commit, so that the first caller in it is not kept waiting
	// for as long as others come.
	maxParts = 512
	// commitDeadline ends a commit that hangs on a database that doesn't answer.
	commitDeadline = 30 * time.Second
)

// errAborted stands for the error of a function that never returned.
var errAborted = errors.New("the function that was to write did not return")

// request is a caller of Commit.
type request struct {
	ctx    context.Context
	turn   chan *Tx   // hands the transaction over; the caller runs its function
	ran    chan error // what the function returned
	answer chan error // how it ended
}

// Commit runs a function whose writes become durable together: when it returns
// nil they are on the disk, when it returns an error none is there. Functions of
// several callers share one transaction, one after the other, each with its own
// savepoint, so an error undoes the caller's own writes only, and is returned to
// it alone.
//
// A caller whose context ends before its turn gets the context's error, and its
// function is not run. Once it runs, the answer tells what became of it. The
// function must not call Commit, nor wait for anything else: everybody waits for
// it.
func (l *Ledger) Commit(ctx context.Context, do func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{ctx: ctx, turn: make(chan *Tx), ran: make(chan error, 1), answer: make(chan error, 1)}
	select {
	case l.requests <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.closing:
		return ErrClosed
	}
	select {
	case tx := <-r.turn:
		r.run(tx, do)
		return <-r.answer
	case err := <-r.answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CommitFor is Commit for a connection: ErrFenced when its hold was taken over by
// another process, whatever the function writes.
func (l *Ledger) CommitFor(ctx context.Context, connection string, do func(*Tx) error) error {
	return l.Commit(ctx, func(tx *Tx) error {
		if err := tx.guard(connection); err != nil {
			return err
		}
		return do(tx)
	})
}

// run calls the function in the caller's own goroutine, so that a panic is the
// caller's too.
func (r *request) run(tx *Tx, do func(*Tx) error) {
	err := errAborted
	defer func() { r.ran <- err }()
	err = do(tx)
}

// committer is the only goroutine that writes.
func (l *Ledger) committer() {
	defer close(l.ended)
	w := &writer{db: l.db}
	defer w.drop()
	expected := 1
	for {
		select {
		case first := <-l.requests:
			expected = l.together(w, first, expected)
		case <-l.closing:
			return
		}
	}
}

// together commits the work of the first caller and of those who come along, and
// answers how many they were.
func (l *Ledger) together(w *writer, first *request, expected int) int {
	ctx, cancel := context.WithTimeout(context.Background(), commitDeadline)
	defer cancel()
	ctx = l.db.statement(ctx)
	if err := l.begin(ctx, w); err != nil {
		w.drop()
		err = fmt.Errorf("beginning a commit: %w", err)
		// Those who wait already would only find out the same, one after the other.
		for r := first; r != nil; r = l.waiting() {
			r.answer <- err
		}
		return 1
	}
	var parts []*request
	served := 0
	var broken error
	company := newCompany(expected)
	for r := first; r != nil && broken == nil; {
		served++
		err, fatal := l.serve(ctx, w, r)
		switch {
		case fatal != nil:
			broken = fatal
			r.answer <- errors.Join(err, fatal)
			continue // whoever comes now has a better chance with the next commit
		case err != nil:
			r.answer <- err
		default:
			parts = append(parts, r)
		}
		r = l.next(served, company)
	}
	company.leave()
	err := broken
	if err == nil && len(parts) > 0 {
		err = w.exec(ctx, "COMMIT")
	}
	if err != nil || len(parts) == 0 {
		if rerr := w.exec(ctx, "ROLLBACK"); rerr != nil {
			w.drop()
		}
	}
	if err != nil {
		err = fmt.Errorf("committing: %w", err)
	}
	for _, r := range parts {
		r.answer <- err
	}
	return served
}

// begin opens the transaction and proves that the holds are still ours.
func (l *Ledger) begin(ctx context.Context, w *writer) error {
	if err := w.open(ctx); err != nil {
		return err
	}
	l.mut.Lock()
	names := slices.Sorted(maps.Keys(l.holds))
	holds := make([]*Hold, len(names))
	for i, name := range names {
		holds[i] = l.holds[name]
	}
	l.mut.Unlock()
	w.fenced = map[string]bool{}
	for _, hold := range holds {
		err := l.db.fence(ctx, w.conn, hold)
		if errors.Is(err, ErrFenced) && len(hold.connections) > 0 {
			for _, connection := range hold.connections {
				w.fenced[connection] = true
			}
			continue
		}
		if err != nil {
			return errors.Join(err, w.exec(ctx, "ROLLBACK"))
		}
	}
	return nil
}

// serve gives one caller its turn. The first error is the caller's own; the
// second says that the transaction is lost for all.
func (l *Ledger) serve(ctx context.Context, w *writer, r *request) (own, fatal error) {
	tx := &Tx{ledger: l, writer: w, ctx: ctx}
	select {
	case r.turn <- tx:
	case <-r.ctx.Done():
		return r.ctx.Err(), nil
	}
	own = <-r.ran
	if own == nil {
		own = tx.failed
	}
	if own == nil {
		own = w.exec(ctx, l.db.keep)
	}
	if own != nil {
		fatal = w.exec(ctx, l.db.undo)
	}
	return own, fatal
}

// waiting answers a caller that waits already, nil when there is none.
func (l *Ledger) waiting() *request {
	select {
	case r := <-l.requests:
		return r
	default:
		return nil
	}
}

// next answers who joins the commit; nil closes it.
func (l *Ledger) next(served int, c *company) *request {
	if served >= maxParts {
		return nil
	}
	if r := l.waiting(); r != nil {
		return r
	}
	if served >= c.expected {
		return nil
	}
	select {
	case r := <-l.requests:
		return r
	case <-c.late():
		return nil
	case <-l.closing:
		return nil
	}
}

// company is how many callers a commit waits for, and for how long: as many as
// shared the last one. A caller that is alone never waits.
type company struct {
	expected int
	timer    *time.Timer
}

func newCompany(expected int) *company { return &company{expected: expected} }

func (c *company) late() <-chan time.Time {
	if c.timer == nil {
		c.timer = time.NewTimer(linger)
	}
	return c.timer.C
}

func (c *company) leave() {
	if c.timer != nil {
		c.timer.Stop()
	}
}

// writer is the connection that the committer writes on. It is opened again when
// it was lost.
type writer struct {
	db     *database
	conn   *sql.Conn
	stmts  *statements
	fenced map[string]bool // connections that are another process' business now
}

// open begins a transaction. A connection that died since the last one is
// noticed here, before anything was written, so it is safe to try another.
func (w *writer) open(ctx context.Context) error {
	if w.conn != nil {
		if err := w.exec(ctx, w.db.begin); err == nil {
			return nil
		}
		w.drop()
	}
	conn, err := w.db.writer.Conn(ctx)
	if err != nil {
		return err
	}
	w.conn, w.stmts = conn, &statements{of: conn, dialect: w.db.dialect}
	return w.exec(ctx, w.db.begin)
}

// drop gives the connection up, with whatever transaction is open on it.
func (w *writer) drop() {
	if w.conn == nil {
		return
	}
	_ = w.stmts.close()
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = w.conn.Close()
	w.conn, w.stmts = nil, nil
}

func (w *writer) exec(ctx context.Context, text string) error {
	_, err := w.conn.ExecContext(ctx, text)
	return err
}
