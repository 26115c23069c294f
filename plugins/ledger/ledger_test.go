package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// postgresVariable names a server that tests may use; each makes a schema of its
// own there.
const postgresVariable = "MINTLEASH_TEST_POSTGRES"

func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		if err := child(role, os.Getenv(childLedger)); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// databases are what everything is tested on; each makes the address of an empty
// one.
var databases = map[string]func(testing.TB) string{"sqlite": sqliteAddress, "postgres": postgresAddress}

// each runs a test on an empty ledger of each database.
func each(t *testing.T, test func(t *testing.T, address string)) {
	for name, address := range databases {
		t.Run(name, func(t *testing.T) { test(t, address(t)) })
	}
}

func sqliteAddress(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "state", "ledger.db")
}

func postgresAddress(t testing.TB) string {
	server := os.Getenv(postgresVariable)
	if server == "" {
		t.Skipf("%s names no PostgreSQL; tests/postgres.sh starts one", postgresVariable)
	}
	schema := "test_" + newID()
	administer(t, server, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { administer(t, server, "DROP SCHEMA "+schema+" CASCADE") })
	address, err := url.Parse(server)
	require.NoError(t, err)
	query := address.Query()
	query.Set("search_path", schema)
	address.RawQuery = query.Encode()
	return address.String()
}

func administer(t testing.TB, server, statement string) {
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, server)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
}

var noon = time.Date(2026, 1, 31, 12, 0, 0, 123456789, time.UTC)

// clock is a time that only the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t testing.TB, address string, o Options) *Ledger {
	l, err := Open(t.Context(), address, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	return l
}

// opened is an empty ledger whose time stands still at noon.
func opened(t testing.TB, address string) (*Ledger, *clock) {
	c := &clock{at: noon}
	return open(t, address, Options{Now: c.now}), c
}

func write(t testing.TB, l *Ledger, do func(*Tx) error) {
	require.NoError(t, l.Commit(t.Context(), do))
}

func order(n string) Record {
	return Record{System: "unleashed", Resource: "SalesOrders", ID: "guid-" + n, Ref: "SO-" + n, Modified: "2026-01-31T11:00:00.000000000Z"}
}

func TestOpen(t *testing.T) {
	t.Run("what was committed is there after opening again", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			first, err := Open(t.Context(), address, Options{})
			require.NoError(t, err)
			write(t, first, func(tx *Tx) error { return tx.Set("store", "key", []byte("value"), 0) })
			require.NoError(t, first.Close())
			second, _ := opened(t, address)
			value, exists, err := second.Get(t.Context(), "store", "key")
			require.NoError(t, err)
			assert.True(t, exists)
			assert.Equal(t, "value", string(value))
		})
	})
	t.Run("a relative path is relative to the working directory, and only its owner reads the file", func(t *testing.T) {
		dir := t.TempDir()
		t.Chdir(dir)
		open(t, "sqlite:state/a #1?%41.db", Options{})
		info, err := os.Stat(filepath.Join(dir, "state", "a #1?%41.db"))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	})
	t.Run("a commit survives a loss of power", func(t *testing.T) {
		l, _ := opened(t, sqliteAddress(t))
		conn, err := l.db.readers.Conn(t.Context())
		require.NoError(t, err)
		defer conn.Close()
		var mode string
		require.NoError(t, conn.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode))
		assert.Equal(t, "wal", mode)
		write(t, l, func(tx *Tx) error {
			synchronous, _, err := answer[int64](tx, "PRAGMA synchronous")
			assert.EqualValues(t, 2, synchronous, "2 is FULL")
			return err
		})
	})
	for name, address := range map[string]string{
		"no scheme":          "state/mintleash.db",
		"another scheme":     "mysql://user:hunter2secret@host/db",
		"no path":            "sqlite:",
		"a ledger in memory": "sqlite::memory:",
		"a bad port":         "postgres://user:hunter2secret@host:port/db",
		"a bad escape":       "postgres://user:hunter2secret%zz@host/db",
		"a bad option":       "postgres://user:hunter2secret@host/db?sslmode=perhaps",
		"nobody listens":     "postgres://user:hunter2secret@127.0.0.1:1/db?password=hunter2secret",
		"nobody is there":    "postgres://user:hunter2secret@host.invalid/db?connect_timeout=1",
	} {
		t.Run("the password is not in the error: "+name, func(t *testing.T) {
			_, err := Open(t.Context(), address, Options{})
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "hunter2secret")
			assert.Contains(t, err.Error(), "ledger")
		})
	}
	t.Run("the password is not in the error of a server that refuses it", func(t *testing.T) {
		address, err := url.Parse(postgresAddress(t))
		require.NoError(t, err)
		address.User = url.UserPassword("nobody_of_this_name", "hunter2secret")
		_, err = Open(t.Context(), address.String(), Options{})
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "hunter2secret")
	})
	t.Run("several processes may open an empty one at once", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			const n = 8
			errs := make(chan error, n)
			for range n {
				go func() {
					l, err := Open(t.Context(), address, Options{})
					if err == nil {
						err = l.Close()
					}
					errs <- err
				}()
			}
			for range n {
				assert.NoError(t, <-errs)
			}
		})
	})
}

func TestClosed(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, err := Open(t.Context(), address, Options{})
		require.NoError(t, err)
		_, _, err = l.Intent(t.Context(), "key")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.NoError(t, l.Close(), "closing twice is harmless")

		err = l.Commit(t.Context(), func(*Tx) error { return errors.New("ran") })
		assert.ErrorIs(t, err, ErrClosed)
		_, _, err = l.Intent(t.Context(), "key")
		assert.ErrorIs(t, err, ErrClosed)
		_, err = l.Hold(t.Context(), "sync")
		assert.ErrorIs(t, err, ErrClosed)
		_, err = l.Prune(t.Context(), noon, noon)
		assert.ErrorIs(t, err, ErrClosed)
	})
}
