package faults

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRenamed: what waits under a name that the connection file does not have is told of,
// until a connection with the same accounts has it.
func TestRenamed(t *testing.T) {
	t.Parallel()
	const told = "records wait under the name of a connection that the file does not have"
	h := newHouse(t, refused[0])
	h.must(1, "sync", "--once")
	h.edit("connections.yaml", "- name: main", "- name: renamed")
	apart := h.run("sync", "--once", "--only", "renamed_customer_sync")
	assert.Contains(t, apart.stderr.String(), told)
	assert.Contains(t, apart.stderr.String(), "connection=main records=1")
	assert.Regexp(t, `main_order_import +1\n`, h.must(0, "state", "show"))
	idle := h.run("deadletters", "replay", "--all")
	assert.Contains(t, idle.stderr.String(), "main_order_import: there is no such stream any more; run `mintleash sync` if its connection was renamed")

	whole := h.run("sync", "--once")
	assert.Contains(t, whole.stderr.String(), "stream=renamed_order_import before=main_order_import records=1")
	assert.Contains(t, h.must(0, "deadletters", "list"), "renamed_order_import")
	assert.NotContains(t, h.run("sync", "--once").stderr.String(), told)
	h.everyOrderOnce(refused[0])
}

// TestStreamsThatDoNotRun: what waits for one is told of.
func TestStreamsThatDoNotRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t, refused[0])
	h.must(1, "sync", "--once")
	tells := func(why string) {
		t.Helper()
		assert.Contains(t, h.run("sync", "--once").stderr.String(), fmt.Sprintf(`"records wait under a stream that does not run" stream=main_order_import because=%q records=1`, why))
	}
	assert.NotContains(t, h.run("sync", "--once").stderr.String(), "does not run")
	h.edit("connections.yaml", "    general:", "    general:\n      import_orders: false")
	tells("it is off")
	require.NoError(t, os.Remove(h.path("pipelines/order_import.yaml")))
	tells("no pipeline file is called so")
}
