package world

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
)

// postgresVariable names the PostgreSQL that tests may use.
const postgresVariable = "MINTLEASH_TEST_POSTGRES"

// address is that of an empty ledger.
func address(t *testing.T) string {
	if server := os.Getenv(postgresVariable); server != "" {
		return postgres(t, server)
	}
	return sqlite(t)
}

func sqlite(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db")
}

// furnish makes the file of a ledger that is to be opened for the first time, with
// its tables in it: to create these anew takes longer than most scenarios.
func (w *World) furnish(t *testing.T) {
	t.Helper()
	path, isFile := strings.CutPrefix(w.ledger, "sqlite:")
	if !isFile {
		return
	}
	if _, err := os.Stat(path); err == nil {
		return
	}
	raw, err := empty()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, raw, 0o600))
}

// empty are the bytes of an empty ledger.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "mintleash-world-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "ledger.db")
	l, err := ledger.Open(context.Background(), "sqlite:"+path, ledger.Options{})
	if err != nil {
		return nil, err
	}
	if err := l.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// postgres makes a schema that is gone when the test ends.
func postgres(t *testing.T, server string) string {
	schema := "world_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	administer(t, server, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { administer(t, server, "DROP SCHEMA "+schema+" CASCADE") })
	at, err := url.Parse(server)
	require.NoError(t, err)
	query := at.Query()
	query.Set("search_path", schema)
	at.RawQuery = query.Encode()
	return at.String()
}

func administer(t *testing.T, server, statement string) {
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, server)
	require.NoError(t, err)
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
	require.NoError(t, conn.Close(ctx))
}

// LoseLedger makes the next run begin with an empty ledger.
func (w *World) LoseLedger(t *testing.T) {
	if strings.HasPrefix(w.ledger, "sqlite:") {
		w.ledger = sqlite(t)
		return
	}
	w.ledger = address(t)
}
