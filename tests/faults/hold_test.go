package faults

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
)

// postgresVariable names a server that tests may use; each makes a schema of its
// own there.
const postgresVariable = "MINTLEASH_TEST_POSTGRES"

func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 0)
	first := h.start("sync")
	first.address()
	for _, arguments := range [][]string{{"sync"}, {"sync", "--once"}} {
		second := h.run(arguments...)
		assert.Equal(t, 2, second.code(), "%s", second)
		assert.Empty(t, second.stdout.String())
		assert.Equal(t, "the ledger is held by another mintleash process; stop that one first, or use `mintleash trigger` to ask it for a run\n", second.stderr.String())
	}
	refusal := h.run("state", "rewind", "main_order_import", "--to", "2026-01-31")
	assert.Equal(t, 1, refusal.code())
	assert.Contains(t, refusal.stderr.String(), "a sync is running; stop it first")
	assert.Equal(t, 1, h.run("state", "reset", "main", "--yes").code())
	first.terminate()

	// A dead process holds nothing.
	killed := h.start("sync")
	killed.address()
	killed.kill()
	h.must(0, "sync", "--once")
}

// postgres is the address of an empty ledger.
func postgres(t *testing.T) string {
	server := os.Getenv(postgresVariable)
	if server == "" {
		t.Skipf("%s names no PostgreSQL; tests/postgres.sh starts one", postgresVariable)
	}
	schema := fmt.Sprintf("faults_%d", time.Now().UnixNano())
	administer(t, server, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { administer(t, server, "DROP SCHEMA "+schema+" CASCADE") })
	address, err := url.Parse(server)
	require.NoError(t, err)
	query := address.Query()
	query.Set("search_path", schema)
	address.RawQuery = query.Encode()
	return address.String()
}

func administer(t *testing.T, server, statement string) {
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, server)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	h := newHouse(t, seededOrders).raced()
	h.ledger = postgres(t)
	h.edit("connections.yaml", "sqlite:"+ledgerFile, h.ledger)
	first := h.start("sync")
	first.address()
	reached := make(chan struct{})
	h.Mintsoft.Faults.Before("PUT", "/api/Order", 20, func() { close(reached) })
	h.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Skip: 19, Delay: patience})
	second := h.start("sync")
	second.says("another replica runs these connections")
	select {
	case <-reached:
	case <-time.After(patience):
		require.FailNow(t, "the first replica sent too few orders", "%s", first)
	}
	h.Mintsoft.Faults.Clear()
	first.kill()

	wanted := seededOrders - len(neverImported) - len(refused)
	eventually(t, "the second replica has sent the rest", func() bool { return len(h.Mintsoft.Orders()) == wanted }, second)
	assert.Contains(t, second.String(), "took over: the streams run here")
	second.filed(len(refused))

	// The first one is back and has nothing to say.
	third := h.start("sync")
	third.says("another replica runs these connections")
	h.AddOrders(1)
	h.must(0, "trigger", "main_order_import")
	eventually(t, "the new order is there", func() bool { return len(h.Mintsoft.Orders()) == wanted+1 }, second)
	assert.NotContains(t, third.String(), "dead-lettered")

	// One that leaves well makes room as well.
	second.terminate()
	h.AddOrders(1)
	h.must(0, "trigger", "main_order_import")
	eventually(t, "the third replica has sent the last order", func() bool { return len(h.Mintsoft.Orders()) == wanted+2 }, third)
	third.terminate()
	h.everyOrderOnce(seededOrders + 2)
	h.onlyTheRefused()
}

// TestReplicasWithTwoKeys: the key of an account is changed, and the replicas are started
// again one after the other.
func TestReplicasWithTwoKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, seededOrders)
	h.ledger = postgres(t)
	h.edit("connections.yaml", "sqlite:"+ledgerFile, h.ledger)
	h.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Delay: time.Second})
	first := h.start("sync")
	eventually(t, "it sends", func() bool { return h.Mintsoft.Journal.Count("PUT", "/api/Order") > 0 }, first)
	h.edit("connections.yaml", fmt.Sprintf("api_key: %q", mintsoftsim.AdminKey), "username: "+mintsoftsim.DefaultUser+"\n      password: "+mintsoftsim.DefaultPassword)
	second := h.start("sync")
	second.says("another replica runs these connections")
	rewind := h.run("state", "rewind", "main_order_import", "--to", "2026-01-31")
	assert.Contains(t, rewind.stderr.String(), "a sync is running; stop it first")
	h.Mintsoft.Faults.Clear()
	first.terminate()
	eventually(t, "the second replica has sent the rest", func() bool {
		return len(h.Mintsoft.Orders()) == seededOrders-len(neverImported)-len(refused)
	}, second)
	second.filed(len(refused))
	second.terminate()
	h.everyOrderOnce(seededOrders)
}
