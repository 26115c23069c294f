package ledger

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fill writes something into each table that an overlay has.
func fill(t *testing.T, l *Ledger) {
	file(t, l, letter("1"))
	write(t, l, func(tx *Tx) error {
		for _, err := range []error{
			tx.SaveCursor(Cursor{Key: "pair/orders", Connection: "main", Stream: "main_orders", Position: noon}),
			tx.PutLink(Link{Connection: "main", Pair: "pair", Kind: "order", SourceID: "guid-1", SourceRef: "SO-1", TargetID: "17"}),
			tx.PutIntent(Intent{Key: "key", Connection: "main", Record: order("1"), State: "done", TargetID: "17"}),
			tx.Park(Parked{Connection: "main", Stream: "main_orders", Record: order("2"), WaitFor: "product_sync", Until: noon}),
			tx.AddTrigger(Trigger{Stream: "main_orders", Full: true}),
			tx.AddCalls("account", "2026-01", 7),
			tx.Set("customers", "a", []byte("\x00\xff"), 0),
			tx.Set("customers", "empty", nil, 0),
			tx.PutAccount(Account{System: "mintsoft", Slot: "main", Identity: "id", Facts: []string{"3:MAIN"}}),
			tx.AddEvent(Event{Connection: "main", Record: order("1"), Kind: "sent"}),
		} {
			if err != nil {
				return err
			}
		}
		if _, err := tx.ReceiveEvent(arrival("e-1")); err != nil {
			return err
		}
		_, err := tx.SaveRun(Run{Connection: "main", Stream: "main_orders"})
		return err
	})
}

// dump is every row of some tables.
func dump(t *testing.T, d *database, tables []string) map[string][]string {
	dumped := map[string][]string{}
	for _, table := range tables {
		rows, err := d.readers.QueryContext(t.Context(), "SELECT * FROM "+table)
		require.NoError(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		require.NoError(t, err)
		values, cells := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			cells[i] = &values[i]
		}
		for rows.Next() {
			require.NoError(t, rows.Scan(cells...))
			dumped[table] = append(dumped[table], fmt.Sprintf("%q", values))
		}
		require.NoError(t, rows.Err())
	}
	return dumped
}

// files are the files beside a SQLite ledger with what is in them.
func files(t *testing.T, address string) map[string]string {
	found := map[string]string{}
	dir := filepath.Dir(strings.TrimPrefix(address, "sqlite:"))
	entries, err := os.ReadDir(dir)
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		found[entry.Name()] = string(content)
	}
	return found
}

// scribble changes all that a dry run may change.
func scribble(t *testing.T, l *Ledger) {
	fill(t, l)
	write(t, l, func(tx *Tx) error {
		triggers, err := l.Triggers(t.Context(), "main_orders")
		if err != nil {
			return err
		}
		_, err = tx.TakeTrigger(triggers[0].ID)
		return err
	})
	require.NoError(t, l.ResetConnection(t.Context(), "main"))
}

func TestOverlay(t *testing.T) {
	everything := append([]string{"events", "runs", "holds", "schema_version"}, overlaid...)
	t.Run("it begins with what is known and never writes back", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, c := opened(t, address)
			fill(t, l)
			before := dump(t, l.db, everything)
			copied, err := OpenOverlay(t.Context(), address, Options{Now: c.now})
			require.NoError(t, err)
			assert.Equal(t, dump(t, l.db, overlaid), dump(t, copied.db, overlaid))
			assert.Equal(t, noon, copied.now())
			known, err := l.Events(t.Context(), "SO-1")
			require.NoError(t, err)
			require.NotEmpty(t, known)
			seen, err := copied.Events(t.Context(), "SO-1")
			require.NoError(t, err)
			assert.Equal(t, known, seen)
			require.NoError(t, copied.Commit(t.Context(), func(tx *Tx) error {
				return tx.AddEvent(Event{Connection: "main", Record: Record{Ref: "SO-1"}, Kind: "planned"})
			}))
			seen, err = copied.Events(t.Context(), "SO-1")
			require.NoError(t, err)
			require.Len(t, seen, len(known)+1)
			assert.Equal(t, "planned", seen[len(known)].Kind, "what it adds stands behind what is known")
			scribble(t, copied)
			require.NoError(t, copied.Close())
			assert.Equal(t, before, dump(t, l.db, everything))
		})
	})
	t.Run("the files of a ledger at rest are not touched", func(t *testing.T) {
		address := sqliteAddress(t)
		l, err := Open(t.Context(), address, Options{})
		require.NoError(t, err)
		fill(t, l)
		require.NoError(t, l.Close())
		before := files(t, address)
		require.NotEmpty(t, before)
		copied, err := OpenOverlay(t.Context(), address, Options{})
		require.NoError(t, err)
		scribble(t, copied)
		require.NoError(t, copied.Close())
		assert.Equal(t, before, files(t, address))
	})
	t.Run("the files of a ledger in use are not touched", func(t *testing.T) {
		address := sqliteAddress(t)
		writing := startChild(t, "hold", address)
		require.Equal(t, "held", writing.line(t))
		before := files(t, address)
		require.Contains(t, before, "ledger.db-wal")
		copied, err := OpenOverlay(t.Context(), address, Options{})
		require.NoError(t, err)
		scribble(t, copied)
		require.NoError(t, copied.Close())
		after := files(t, address)
		delete(before, "ledger.db-shm") // the readers' marks
		delete(after, "ledger.db-shm")
		assert.Equal(t, before, after)
	})
	t.Run("where there is no ledger none is made", func(t *testing.T) {
		address := sqliteAddress(t)
		copied, err := OpenOverlay(t.Context(), address, Options{})
		require.NoError(t, err)
		scribble(t, copied)
		dir := copied.overlayDir(t)
		require.NoError(t, copied.Close())
		assert.Empty(t, files(t, address))
		assert.NoDirExists(t, dir)
	})
	t.Run("an empty database stays empty", func(t *testing.T) {
		address := postgresAddress(t)
		copied, err := OpenOverlay(t.Context(), address, Options{})
		require.NoError(t, err)
		scribble(t, copied)
		require.NoError(t, copied.Close())
		d, err := connect(t.Context(), address, true)
		require.NoError(t, err)
		assert.Zero(t, d.mustVersion(t))
		require.NoError(t, d.close())
	})
	t.Run("a ledger of an older version is copied and not migrated", func(t *testing.T) {
		withMigrations(t, "ALTER TABLE calls ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'")
		each(t, func(t *testing.T, address string) {
			old := leave(t, address, len(migrations)-1)
			copied, err := OpenOverlay(t.Context(), address, Options{})
			require.NoError(t, err)
			assert.Equal(t, len(migrations), copied.db.mustVersion(t))
			calls, err := copied.Calls(t.Context(), "account", "2026-01")
			require.NoError(t, err)
			assert.EqualValues(t, 7, calls)
			require.NoError(t, copied.Close())
			assert.Equal(t, len(migrations)-1, old.mustVersion(t))
		})
	})
}

func (l *Ledger) overlayDir(t *testing.T) string {
	locks, isFile := l.db.locks.(fileLocks)
	require.True(t, isFile)
	dir := filepath.Dir(locks.path)
	require.DirExists(t, dir)
	return dir
}
