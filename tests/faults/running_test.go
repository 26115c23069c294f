package faults

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

func TestRunning(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3).raced()
	held := make(chan struct{})
	h.Unleashed.Faults.Before("GET", "/SalesOrders", 1, func() {
		select {
		case <-held:
		case <-time.After(patience):
		}
	})
	p := h.start("sync")
	base := p.address()
	assert.Contains(t, get(t, base+"/ready", 503), "main_order_import: has not run yet")
	close(held)
	eventually(t, "the orders are there", func() bool { return len(h.Mintsoft.Orders()) == 3 }, p)
	p.ready()
	assert.Equal(t, "every enabled stream has run well\n", get(t, base+"/ready", 200))
	assert.Equal(t, "pong\n", get(t, base+"/ping", 200))
	metrics := get(t, base+"/metrics", 200)
	assert.Contains(t, metrics, `mintleash_api_calls_total{operation="order.create",outcome="delivered",retry="false",system="mintsoft"} 3`)
	for _, flow := range flows {
		assert.Regexp(t, `input_received\{[^}]*stream="main_`+flow+`"[^}]*\} [1-9]`, metrics)
	}

	// It polls once an hour; who asks gets a run now.
	h.AddOrders(1)
	assert.Contains(t, h.must(0, "trigger", "main_order_import"), "main_order_import will run")
	eventually(t, "the new order is there", func() bool { return h.Mintsoft.Journal.Count("PUT", "/api/Order") == 4 }, p)

	// A full run begins where the first one did, and writes nothing twice.
	h.Mintsoft.Journal.Reset()
	h.Unleashed.Journal.Reset()
	h.must(0, "trigger", "main_order_import", "--full", "--now")
	eventually(t, "the list is read again", func() bool { return h.Unleashed.Journal.Count("GET", "/SalesOrders") > 0 }, p)
	query := h.Unleashed.Journal.Find("GET", "/SalesOrders")[0].RawQuery
	assert.NotContains(t, query, "modifiedSince="+time.Now().UTC().Format(time.DateOnly))
	p.terminate()
	assert.Empty(t, h.Mintsoft.Journal.Writes())
	h.everyOrderOnce(4)
}

// TestOneConnectionFails: what happens to one connection is no matter of another.
func TestOneConnectionFails(t *testing.T) {
	t.Parallel()
	h, other := newHouse(t, 3).raced(), newHouse(t, 3)
	h.edit("connections.yaml", "  - name: main", "  - name: spare\n"+strings.Replace(string(other.connection()), "  - name: main\n", "", 1)+"  - name: main")
	other.Mintsoft.Faults.Add(twin.Fault{Path: "*", Status: 503})
	arrive := func(p *process, wanted int) {
		asked := time.Now()
		eventually(t, "the orders of the healthy one are there", func() bool { return len(h.Mintsoft.Orders()) == wanted }, p)
		assert.Less(t, time.Since(asked), 20*time.Second, "it waited for the other")
		assert.Empty(t, other.Mintsoft.Orders())
	}
	once := h.start("sync", "--once")
	arrive(once, 3)
	require.NoError(t, once.cmd.Process.Signal(os.Interrupt))
	once.wait()
	assert.Equal(t, 1, once.code(), "%s", once)

	h.AddOrders(1)
	p := h.start("sync")
	arrive(p, 4)
	other.Mintsoft.Faults.Clear()
	eventually(t, "so are the others after the outage", func() bool { return len(other.Mintsoft.Orders()) == 3 }, p)
	p.terminate()
	h.everyOrderOnce(4)
	other.everyOrderOnce(3)
	assert.Empty(t, h.deadLetters())
}

// connection is the entry of the house in its connection file.
func (h *house) connection() []byte {
	raw, err := os.ReadFile(h.path("connections.yaml"))
	assert.NoError(h.t, err)
	_, entry, _ := strings.Cut(string(raw), "connections:\n")
	return []byte(entry)
}

func TestEditedPipeline(t *testing.T) {
	t.Parallel()
	const pipeline = "pipelines/order_import.yaml"
	const number = "root.OrderNumber = $settings.general.orders_prefix + this.OrderNumber"
	h := newHouse(t, 1).raced()
	p := h.start("sync")
	eventually(t, "the order is there", func() bool { return len(h.Mintsoft.Orders()) == 1 }, p)
	arrives := func(i int, as string) {
		h.AddOrders(1)
		h.must(0, "trigger", "main_order_import")
		eventually(t, "order "+as+" is there", func() bool { return len(h.Mintsoft.OrdersByNumber(as)) == 1 }, p)
	}

	// A good edit is taken over while it runs.
	h.edit(pipeline, number, `root.OrderNumber = "EDITED-" + this.OrderNumber`)
	p.says("the pipeline was edited and is started again")
	arrives(2, "EDITED-"+orderNumber(2))

	// One that cannot be used is reported, and the one before goes on.
	h.edit(pipeline, `"EDITED-" + this`, `"BROKEN-" + + this`)
	p.says("the edited pipeline cannot be used; the one before goes on")
	arrives(3, "EDITED-"+orderNumber(3))

	// Mended, it is taken over again.
	h.edit(pipeline, `"BROKEN-" + + this`, `"MENDED-" + this`)
	eventually(t, "it says so again", func() bool { return strings.Count(p.String(), "the pipeline was edited and is started again") == 2 }, p)
	arrives(4, "MENDED-"+orderNumber(4))
	p.terminate()
	assert.Len(t, h.Mintsoft.Orders(), 4)
	assert.Empty(t, h.deadLetters())
}

func TestSyncSandbox(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 0) // the binary brings its own services
	p := h.start("sync", "--sandbox")
	base := p.address()
	assert.Regexp(t, `main_order_import +\d+ +3[0-9] +0 +\d+ +0 +2 +\d+ +delivered`, p.stdout.String())
	for _, hint := range []string{"export MINTLEASH_CONNECTIONS=state/sandbox/connections.yaml", "mintleash trace SO-00000001", "mintleash deadletters list", "Ctrl-C ends it."} {
		assert.Contains(t, p.stderr.String(), hint)
	}
	assert.Equal(t, "every enabled stream has run well\n", get(t, base+"/ready", 200))
	// The hints are true.
	h.env = append(h.env, "MINTLEASH_CONNECTIONS=state/sandbox/connections.yaml")
	assert.Contains(t, h.must(0, "trace", orderNumber(1)), "linked  unleashed "+orderNumber(1))
	h.ledger = "sqlite:" + h.path("state/sandbox/mintleash.db")
	h.onlyTheRefused()
	h.must(0, "trigger", "main_order_import")
	h.must(0, "doctor")
	// Another one would take its ledger away.
	for _, arguments := range [][]string{{"sync", "--sandbox", "--once", "--dry-run"}, {"sandbox", "--unleashed-addr", "127.0.0.1:0", "--mintsoft-addr", "127.0.0.1:0"}} {
		second := h.run(arguments...)
		assert.Equal(t, 2, second.code())
		assert.Contains(t, second.stderr.String(), "another sandbox runs from this folder; stop it first")
	}
	h.onlyTheRefused()
	p.stop(os.Interrupt)
	assert.Empty(t, h.Unleashed.Journal.All(), "nothing went to other services")
}

// TestAStopInTheFirstRunOfASandbox is a clean one.
func TestAStopInTheFirstRunOfASandbox(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, time.Second} {
		h := newHouse(t, 0)
		p := h.start("sync", "--sandbox")
		// What comes before that is not heard by anything of ours yet.
		require.Eventually(t, func() bool { _, err := os.Stat(h.path("state/sandbox")); return err == nil }, patience, time.Millisecond)
		<-time.After(after)
		p.stop(os.Interrupt)
		assert.NotContains(t, p.String(), "Ctrl-C ends it")
		assert.NotContains(t, p.String(), "context canceled")
	}
}

func TestSandboxCommand(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 0)
	p := h.start("sandbox", "--unleashed-addr", "127.0.0.1:0", "--mintsoft-addr", "127.0.0.1:0", "--seed-orders", "5", "--fault", "mintsoft PUT /api/Order 503 2")
	p.says("MINTSOFT_CLIENT=")
	var environment []string
	for line := range strings.Lines(p.stdout.String()) {
		if variable, isExport := strings.CutPrefix(line, "export "); isExport {
			environment = append(environment, strings.TrimSpace(variable))
		}
	}
	for _, variable := range []string{"UNLEASHED_BASE_URL", "UNLEASHED_API_ID", "UNLEASHED_API_KEY", "MINTSOFT_BASE_URL", "MINTSOFT_API_KEY"} {
		assert.True(t, slices.ContainsFunc(environment, func(v string) bool { return strings.HasPrefix(v, variable+"=") }), variable)
	}
	// What it prints is what a connection file wants, from an environment file too.
	h.write(".env", "export "+strings.Join(environment, "\nexport ")+"\n")
	for _, change := range [][2]string{
		{h.Unleashed.URL(), "${UNLEASHED_BASE_URL}"}, {h.Mintsoft.URL(), "${MINTSOFT_BASE_URL}"}, {"client: DEMO", "client: ${MINTSOFT_CLIENT}"},
		{unleashedsim.DefaultAPIID, "${UNLEASHED_API_ID}"}, {unleashedsim.DefaultAPIKey, "${UNLEASHED_API_KEY}"}, {mintsoftsim.AdminKey, "${MINTSOFT_API_KEY}"},
	} {
		h.edit("connections.yaml", change[0], change[1])
	}
	var summary struct{ Streams []streamRow }
	synced := h.run("sync", "--once", "--format", "json")
	assert.Contains(t, synced.stderr.String(), "waiting for the service", "the scripted fault struck")
	h.decode(0, &summary, "sync", "--once")
	assert.Contains(t, h.must(0, "trace", orderNumber(5)), fmt.Sprintf("linked  unleashed %s", orderNumber(5)))
	p.stop(os.Interrupt)

	// Nobody's ledger is taken away by the next one.
	h.env = append(h.env, "MINTLEASH_CONNECTIONS=state/sandbox/connections.yaml")
	running := h.start("sync")
	running.address()
	next := h.run("sandbox", "--unleashed-addr", "127.0.0.1:0", "--mintsoft-addr", "127.0.0.1:0")
	assert.Equal(t, 2, next.code())
	assert.Contains(t, next.stderr.String(), "a sync runs by state/sandbox/connections.yaml, whose ledger a new sandbox would remove; stop it first")
	running.terminate()
}
