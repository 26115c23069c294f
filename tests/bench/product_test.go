package bench

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"

	_ "github.com/mintleash/mintleash/plugins"
	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// connections is a connection file without limits to speak of, apart from the
// calls in flight, which both sides share.
func connections(t twins, ledger string, inFlight int) []byte {
	return fmt.Appendf(nil, `
ledger: %q
connections:
  - name: main
    unleashed:
      base_url: %q
      api_id: %q
      api_key: %q
      warehouse_code: MAIN
      requests_per_second: 100000
      max_in_flight: %d
    mintsoft:
      base_url: %q
      api_key: %q
      client: DEMO
      warehouse: MAIN
      requests_per_second: 100000
      max_in_flight: %d
`, "sqlite:"+ledger, t.Unleashed, unleashedsim.DefaultAPIID, unleashedsim.DefaultAPIKey, inFlight, t.Mintsoft, mintsoftsim.AdminKey, inFlight)
}

// product imports through the pipeline, as `mintleash sync --once --only
// main_order_import` does.
func product(tb testing.TB, t twins, orders, inFlight int) {
	tb.Helper()
	folder := tb.TempDir()
	path := filepath.Join(folder, "connections.yaml")
	require.NoError(tb, os.WriteFile(path, connections(t, filepath.Join(folder, "ledger.db"), inFlight), 0o600))
	file, err := connection.Load(path, os.LookupEnv)
	require.NoError(tb, err)
	log := slog.New(slog.DiscardHandler)
	book, err := connection.Open(tb.Context(), file, connection.OpenOptions{Once: true, Log: log})
	require.NoError(tb, err)
	defer func() { require.NoError(tb, book.Close()) }()
	streams, err := runner.Streams(tb.Context(), book, filepath.Join("..", "..", "pipelines"))
	require.NoError(tb, err)
	streams, err = runner.Only(streams, []string{"main_order_import"})
	require.NoError(tb, err)
	run := &runner.Runner{Book: book, Log: log}
	for _, row := range run.Once(tb.Context(), streams, 5*time.Minute) {
		require.Equal(tb, "delivered", row.State, row.Error)
		require.Equal(tb, int64(orders), row.Created, "%+v", row)
	}
}
