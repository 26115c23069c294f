package faults

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
)

const stopOrders = 20 // all of which can be sent, so that nothing may be filed

func TestStop(t *testing.T) {
	t.Parallel()
	// Under nohup a process would inherit that this signal is ignored.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	comeBack := http.Header{"Retry-After": {"300"}}
	for _, test := range []struct {
		name    string
		service string
		fault   twin.Fault
		sign    string // in the log, that it waits; empty when the request itself waits
		signal  syscall.Signal
	}{
		{"while Mintsoft answers nothing but errors", "mintsoft", twin.Fault{Method: "PUT", Path: "/api/Order", Status: 503}, "waiting for the service", 0},
		{"while Mintsoft closes every connection", "mintsoft", twin.Fault{Path: "*", Skip: 30, CloseBefore: true}, "waiting for the service", 0},
		{"while Unleashed closes every connection", "unleashed", twin.Fault{Path: "*", CloseBefore: true}, "", 0},
		{"while it is told to come back in five minutes", "mintsoft", twin.Fault{Method: "PUT", Path: "/api/Order", Status: 429, Header: comeBack}, "", 0},
		{"while a failure asks for five minutes", "mintsoft", twin.Fault{Method: "PUT", Path: "/api/Order", Status: 503, Header: comeBack}, "", 0},
		{"while reading is throttled for five minutes", "unleashed", twin.Fault{Path: "/SalesOrders", Status: 429, Header: comeBack}, "", 0},
		{"while a write is not answered", "mintsoft", twin.Fault{Method: "PUT", Path: "/api/Order", Skip: 4, Delay: patience}, "", 0},
		{"while its terminal is closed", "unleashed", twin.Fault{Path: "/SalesOrders", Delay: patience}, "", syscall.SIGHUP},
		{"while a read is not answered", "unleashed", twin.Fault{Path: "/SalesOrders", Delay: patience}, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, stopOrders)
			server, fault := h.server(test.service), test.fault
			method := fault.Method
			if method == "" {
				method = "*"
			}
			reached := make(chan struct{})
			server.Faults.Before(method, fault.Path, fault.Skip+1, func() { close(reached) })
			server.Faults.Add(fault)
			p := h.start("sync")
			select {
			case <-reached:
			case <-time.After(patience):
				assert.FailNow(t, "no request met the fault", "%s", p)
			}
			if test.sign != "" {
				p.says(test.sign)
			}
			p.stop(cmp.Or(test.signal, syscall.SIGTERM))
			assert.Contains(t, p.stderr.String(), "everything is saved")
			assert.Empty(t, h.deadLetters(), "a stop files nothing")

			server.Faults.Clear()
			h.must(0, "sync", "--once")
			h.everyOrderOnce(stopOrders)
		})
	}

	t.Run("a single run ends at once too, and says that it is not done", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, stopOrders)
		h.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Status: 503})
		p := h.start("sync", "--once")
		p.says("waiting for the service")
		asked := time.Now()
		assert.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
		p.wait()
		assert.Less(t, time.Since(asked), stopsWithin)
		assert.Equal(t, 1, p.code(), "%s", p)
		assert.Contains(t, p.stdout.String(), "told to stop before it was done")
		assert.Empty(t, h.deadLetters())
		h.Mintsoft.Faults.Clear()
		h.must(0, "sync", "--once")
		h.everyOrderOnce(stopOrders)
	})

	t.Run("a single run without progress is given up, and nothing is filed", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, stopOrders)
		h.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Status: 503})
		assert.Contains(t, h.must(1, "sync", "--once", "--timeout", "1s"), "gave up")
		assert.Empty(t, h.deadLetters())
		h.Mintsoft.Faults.Clear()
		h.must(0, "sync", "--once")
		h.everyOrderOnce(stopOrders)
	})
}

func TestStopWhileTheLedgerHangs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stopOrders)
	ledger, hang := relay(t, postgres(t))
	h.edit("connections.yaml", "sqlite:"+ledgerFile, ledger)
	reached := make(chan struct{})
	h.Mintsoft.Faults.Before("PUT", "/api/Order", 5, func() { hang(); close(reached) })
	p := h.start("sync")
	select {
	case <-reached:
	case <-time.After(patience):
		assert.FailNow(t, "no order was sent", "%s", p)
	}
	p.terminate()
	assert.Contains(t, p.stderr.String(), "the ledger does not answer and is not waited for")
	assert.NotContains(t, p.stderr.String(), "everything is saved")
}

// relay passes what is said to a PostgreSQL on until it is to hang: then nothing that
// is said arrives any more, in either direction.
func relay(t *testing.T, server string) (address string, hang func()) {
	t.Helper()
	settings, err := pgx.ParseConfig(server)
	require.NoError(t, err)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var hung atomic.Bool
	pass := func(to, from net.Conn) {
		defer to.Close()
		said := make([]byte, 1<<16)
		for {
			n, err := from.Read(said)
			if hung.Load() {
				<-t.Context().Done()
				return
			}
			if _, failed := to.Write(said[:n]); err != nil || failed != nil {
				return
			}
		}
	}
	t.Cleanup(func() { assert.NoError(t, listener.Close()) })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			network, at := pgconn.NetworkAddress(settings.Host, settings.Port)
			database, err := new(net.Dialer).DialContext(t.Context(), network, at)
			if err != nil {
				client.Close()
				continue
			}
			go pass(database, client)
			go pass(client, database)
		}
	}()
	at, err := url.Parse(server)
	require.NoError(t, err)
	query := at.Query()
	query.Del("host")
	query.Del("port")
	at.Host, at.RawQuery = listener.Addr().String(), query.Encode()
	return at.String(), func() { hung.Store(true) }
}

func TestOutage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stopOrders).raced()
	h.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Skip: 5, Times: 12, Status: 503})
	p := h.start("sync")
	p.says("waiting for the service")
	eventually(t, "the outage is over and all orders are there", func() bool { return len(h.Mintsoft.Orders()) == stopOrders-3 }, p)
	p.terminate()
	h.everyOrderOnce(stopOrders)
	assert.Empty(t, h.deadLetters(), "an outage is no dead letter")
}
