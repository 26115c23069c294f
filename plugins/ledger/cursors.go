package ledger

import (
	"context"
	"fmt"
	"time"
)

// Cursor is how far a flow has delivered what it reads.
type Cursor struct {
	Key        string    `json:"key"` // what is read: the accounts and the pipeline
	Connection string    `json:"connection"`
	Stream     string    `json:"stream"`
	Version    int       `json:"version"`  // of the meaning of the other fields
	Position   time.Time `json:"position"` // records modified before this have been delivered
	// Seen are the versions that were delivered of records near the position, by
	// the records' ids.
	Seen      map[string]string `json:"seen"`
	UpdatedAt time.Time         `json:"updated_at"`
}

const cursorColumns = "key, connection, stream, version, position, seen, updated_at"

func scanCursor(r row) (c Cursor, err error) {
	err = r.Scan(&c.Key, &c.Connection, &c.Stream, &c.Version, instant{&c.Position}, encoded{&c.Seen}, instant{&c.UpdatedAt})
	return c, err
}

// Cursor reads a cursor; false when the flow has none yet.
func (l *Ledger) Cursor(ctx context.Context, key string) (Cursor, bool, error) {
	c, exists, err := one(ctx, l, scanCursor, "SELECT "+cursorColumns+" FROM cursors WHERE key = ?", key)
	if err != nil {
		return c, false, fmt.Errorf("reading the cursor %s: %w", key, err)
	}
	return c, exists, nil
}

// Cursors reads all cursors, by stream.
func (l *Ledger) Cursors(ctx context.Context) ([]Cursor, error) {
	cursors, err := list(ctx, l, scanCursor, "SELECT "+cursorColumns+" FROM cursors ORDER BY stream, key")
	if err != nil {
		return nil, fmt.Errorf("reading the cursors: %w", err)
	}
	return cursors, nil
}

// SaveCursor writes a cursor over the one with the same key.
func (tx *Tx) SaveCursor(c Cursor) error {
	if err := tx.guard(c.Connection); err != nil {
		return err
	}
	if c.Seen == nil {
		c.Seen = map[string]string{}
	}
	_, err := tx.exec("INSERT INTO cursors ("+cursorColumns+") VALUES (?, ?, ?, ?, ?, ?, ?) "+
		"ON CONFLICT (key) DO UPDATE SET connection = excluded.connection, stream = excluded.stream, version = excluded.version, "+
		"position = excluded.position, seen = excluded.seen, updated_at = excluded.updated_at",
		c.Key, c.Connection, c.Stream, c.Version, c.Position, encoded{c.Seen}, c.UpdatedAt)
	return err
}
