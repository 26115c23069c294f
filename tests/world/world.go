// Package world is a whole installation in one process, for tests: both services
// as twins, a connection file, a ledger, and the pipelines as `mintleash sync`
// runs them. Only this package knows how these are put together.
//
// In a Bubble everything happens under a fake clock: an outage of an hour takes
// no time, and neither does a limit of requests a second.
package world

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	// The engine's components that pipelines are made of, and ours.
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"

	_ "github.com/mintleash/mintleash/plugins"
	"github.com/mintleash/mintleash/tests/sandbox"
)

// Building the streams of a scenario is short-lived garbage, and much of the time of
// all scenarios went into collecting it and into sampling where it was made.
func init() {
	runtime.MemProfileRate = 0
	debug.SetGCPercent(400)
}

// Main is the name of the connection that a world has when none are named.
const Main = "main"

// Options of a World.
type Options struct {
	// Seed is what both services hold at first, the same in each pair of accounts.
	Seed sandbox.Options
	// Settings of every connection by dotted key, such as "general.orders_prefix",
	// where they differ from the usual ones of the package.
	Settings map[string]any
	// Connections, one named Main on the first pair of accounts when empty.
	Connections []Connection
	// Loopback reaches the services over the network, on real time only.
	Loopback bool
}

// Connection of a World.
type Connection struct {
	Name string
	// Accounts is the pair of accounts, from 0, that it connects.
	Accounts int
	Settings map[string]any // beside those of Options
}

// World is an installation. The embedded Sandbox is the first pair of accounts.
type World struct {
	*sandbox.Sandbox
	// Accounts are all pairs of accounts.
	Accounts []*sandbox.Sandbox

	options   Options
	edited    bool // the folder is this world's own
	pipelines string
	ledger    string // its address
	wires     *wires
	log       *log

	mut     sync.Mutex
	running *Running
}

// began is when a Bubble begins: a day on which no clock changes.
var began = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// Bubble runs a test with a world in which only waiting takes time, and time
// passes whenever everybody waits.
func Bubble(t *testing.T, o Options, test func(t *testing.T, w *World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(began))
		test(t, build(t, o, sqlite(t)))
	})
}

// New is a world on real time. Its ledger is in PostgreSQL where the tests have
// one.
func New(t *testing.T, o Options) *World {
	t.Helper()
	return build(t, o, address(t))
}

func build(t *testing.T, o Options, ledger string) *World {
	t.Helper()
	require.NoError(t, shareMappings())
	if len(o.Connections) == 0 {
		o.Connections = []Connection{{Name: Main}}
	}
	w := &World{options: o, pipelines: filepath.Join(root(t), "pipelines"), ledger: ledger, log: &log{}}
	for _, c := range o.Connections {
		for len(w.Accounts) <= c.Accounts {
			seed := o.Seed
			seed.Account = len(w.Accounts)
			twins, err := sandbox.New(seed)
			require.NoError(t, err)
			w.Accounts = append(w.Accounts, twins)
		}
	}
	w.Sandbox = w.Accounts[0]
	w.wires = connect(w.Accounts)
	if o.Loopback {
		w.listen(t)
	}
	t.Cleanup(func() { w.end(t) })
	return w
}

func (w *World) listen(t *testing.T) {
	for _, twins := range w.Accounts {
		require.NoError(t, twins.Start("127.0.0.1:0", "127.0.0.1:0"))
		t.Cleanup(func() { assert.NoError(t, twins.Close()) })
	}
}

// end stops what still runs. Whatever a scenario was about, no request may have
// asked Mintsoft for what it does not know.
func (w *World) end(t *testing.T) {
	w.mut.Lock()
	running := w.running
	w.mut.Unlock()
	if running != nil {
		running.Stop(t)
	}
	for _, twins := range w.Accounts {
		assert.Empty(t, twins.Mintsoft.Violations(), "requests that Mintsoft does not document")
	}
	if t.Failed() {
		t.Log(w.log.end())
	}
}

// root is the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		require.NotEqual(t, dir, filepath.Dir(dir), "no go.mod above the working directory")
		dir = filepath.Dir(dir)
	}
}
