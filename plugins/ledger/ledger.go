package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// ErrClosed is returned by what is asked of a ledger after Close.
var ErrClosed = errors.New("the ledger is closed")

// Options of a ledger.
type Options struct {
	// Now tells the time by which items expire; time.Now when nil.
	Now func() time.Time
}

// Ledger is an opened ledger. It is safe for concurrent use.
type Ledger struct {
	db      *database
	now     func() time.Time
	readers statements
	// remove is called last by Close; it deletes what an overlay was kept in.
	remove func() error
	// past is what an overlay is of, for reading; nil for any other ledger.
	past *Ledger

	requests chan *request
	closing  chan struct{}
	ended    chan struct{} // the committer has ended
	closed   sync.Once

	mut   sync.Mutex
	holds map[string]*Hold
}

// Record is a record of a service: where it lives, what identifies it, and the
// number that a person knows it by.
type Record struct {
	System   string `json:"system"`
	Resource string `json:"resource"`
	ID       string `json:"id"`
	Ref      string `json:"ref"`
	// Modified is the version of the record, as text that sorts by time; empty
	// when the service doesn't say.
	Modified string `json:"modified,omitempty"`
}

// Open opens the ledger at an address, creates it when there is none, and
// migrates an older schema; a newer one is refused. The address is
// `sqlite:<path>`, relative to the working directory, or `postgres://…`. No
// password is ever in an error.
func Open(ctx context.Context, url string, o Options) (*Ledger, error) {
	db, err := connect(ctx, url, false)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx, len(migrations)); err != nil {
		_ = db.close()
		return nil, err
	}
	return start(db, o), nil
}

// connect opens a database without looking at its schema. One that is only read
// is not created; fs.ErrNotExist then.
func connect(ctx context.Context, url string, readOnly bool) (*database, error) {
	switch path, isSQLite := strings.CutPrefix(url, "sqlite:"); {
	case isSQLite:
		return openSQLite(ctx, path, readOnly)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url)
	}
	return nil, errors.New("the address of the ledger: expected sqlite:<path> or postgres://<user>:<password>@<host>/<database>")
}

func start(db *database, o Options) *Ledger {
	l := &Ledger{
		db: db, now: o.Now, readers: statements{of: db.readers, dialect: db.dialect},
		requests: make(chan *request), closing: make(chan struct{}), ended: make(chan struct{}), holds: map[string]*Hold{},
	}
	if l.now == nil {
		l.now = time.Now
	}
	go l.committer()
	return l
}

// Close lets the commit that is under way end, releases every hold and closes
// the database. Later commits get ErrClosed.
func (l *Ledger) Close() error {
	var err error
	l.closed.Do(func() {
		close(l.closing)
		<-l.ended
		l.mut.Lock()
		var held []*Hold
		for _, hold := range l.holds {
			held = append(held, hold)
		}
		l.mut.Unlock()
		for _, hold := range held {
			err = errors.Join(err, hold.Release())
		}
		if l.past != nil {
			err = errors.Join(err, l.past.readers.close())
		}
		err = errors.Join(err, l.readers.close(), l.db.close())
		if l.remove != nil {
			err = errors.Join(err, l.remove())
		}
		if err != nil {
			err = fmt.Errorf("closing the ledger: %w", err)
		}
	})
	return err
}

// preparer is a pool or a connection.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// statements keeps each statement prepared that was used once. The texts are
// constants of this package, so there is an end to them.
type statements struct {
	of preparer
	dialect
	mut      sync.Mutex
	prepared map[string]*sql.Stmt
}

func (s *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mut.Lock()
	defer s.mut.Unlock()
	if stmt, exists := s.prepared[query]; exists {
		return stmt, nil
	}
	stmt, err := s.of.PrepareContext(ctx, s.bind(query))
	if err != nil {
		return nil, err
	}
	if s.prepared == nil {
		s.prepared = map[string]*sql.Stmt{}
	}
	s.prepared[query] = stmt
	return stmt, nil
}

func (s *statements) close() error {
	s.mut.Lock()
	defer s.mut.Unlock()
	var err error
	for _, stmt := range s.prepared {
		err = errors.Join(err, stmt.Close())
	}
	s.prepared = nil
	return err
}

// row is one row of an answer.
type row interface{ Scan(into ...any) error }

// list reads all rows of a query.
func list[T any](ctx context.Context, l *Ledger, scan func(row) (T, error), query string, values ...any) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	args, err := arguments(values)
	if err != nil {
		return nil, err
	}
	ctx = l.db.statement(ctx)
	stmt, err := l.readers.get(ctx, query)
	if err != nil {
		return nil, l.explain(err)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, l.explain(err)
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		entry, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, entry)
	}
	return found, rows.Err()
}

// one reads the first row of a query; false when there is none.
func one[T any](ctx context.Context, l *Ledger, scan func(row) (T, error), query string, values ...any) (T, bool, error) {
	found, err := list(ctx, l, scan, query, values...)
	if err != nil || len(found) == 0 {
		var none T
		return none, false, err
	}
	return found[0], true, nil
}

// explain says that the ledger is closed where that is the reason.
func (l *Ledger) explain(err error) error {
	select {
	case <-l.closing:
		return ErrClosed
	default:
		return err
	}
}
