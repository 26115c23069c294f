package world

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
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
