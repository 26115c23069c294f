package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// overlaid are the tables that a dry run may change. Events are long: they are read
// where they stand. Runs tell only of the past.
var overlaid = []string{"cursors", "links", "intents", "parked", "dead_letters", "triggers", "inbox", "calls", "items", "accounts"}

// OpenOverlay answers a copy of the ledger at an address for a dry run: it begins with
// what is known now, except runs, can be written like any other, never writes back,
// and is gone when it is closed. The ledger itself is neither migrated nor created;
// where there is none the overlay is empty.
func OpenOverlay(ctx context.Context, url string, o Options) (*Ledger, error) {
	source, err := connect(ctx, url, true)
	if errors.Is(err, fs.ErrNotExist) {
		return overlay(ctx, nil, o)
	}
	if err != nil {
		return nil, err
	}
	l, err := overlay(ctx, source, o)
	if err != nil {
		return nil, errors.Join(err, source.close())
	}
	remove := l.remove
	l.remove = func() error { return errors.Join(source.close(), remove()) }
	version, err := source.version(ctx, source.readers)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if version == len(migrations) {
		l.past = &Ledger{db: source, now: l.now, readers: statements{of: source.readers, dialect: source.dialect}}
	}
	return l, nil
}

// overlay copies a database, nil for none, into a temporary file. The copy is
// made at the schema version of the source and migrated then, like any ledger.
func overlay(ctx context.Context, source *database, o Options) (_ *Ledger, err error) {
	dir, err := os.MkdirTemp("", "mintleash-overlay-")
	if err != nil {
		return nil, fmt.Errorf("making room for a copy of the ledger: %w", err)
	}
	remove := func() error { return os.RemoveAll(dir) }
	copied, err := openSQLite(ctx, filepath.Join(dir, "ledger.db"), false)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	if source != nil {
		err = copied.copyFrom(ctx, source)
	}
	if err == nil {
		err = copied.migrate(ctx, len(migrations))
	}
	if err != nil {
		return nil, fmt.Errorf("copying the ledger: %w", errors.Join(err, copied.close(), remove()))
	}
	l := start(copied, o)
	l.remove = remove
	return l, nil
}

// copyFrom copies the rows of one moment.
func (d *database) copyFrom(ctx context.Context, source *database) error {
	from, err := source.readers.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = from.Rollback() }()
	version, err := source.version(ctx, from)
	if err != nil {
		return err
	}
	if version == 0 {
		return nil
	}
	if version > len(migrations) {
		return newer(version)
	}
	if err := d.migrate(ctx, version); err != nil {
		return err
	}
	into, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = into.Rollback() }()
	tables := overlaid
	if version < len(migrations) { // its events cannot be read as they are
		tables = append(slices.Clone(tables), "events")
	}
	for _, table := range tables {
		if err := copyTable(ctx, from, into, table); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	return into.Commit()
}

func copyTable(ctx context.Context, from, into *sql.Tx, table string) error {
	rows, err := from.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	insert, err := into.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	values := make([]any, len(columns))
	cells := make([]any, len(columns))
	for i := range values {
		cells[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			return err
		}
		args, err := arguments(values)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return rows.Err()
}
