package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// Credentials that nothing but this test knows.
const (
	webhookSecret  = "marker-webhook-3c1f0f0ee5d1"
	loginName      = "marker-login-91b6a2c77e04"
	loginPassword  = "marker-password-5d0be8aa12f9"
	ledgerPassword = "marker-ledger-77a0c9d3b815"
)

// vendorsWords stand in every failure of the faults, so that it shows whether a
// service's words are kept where the credential beside them is not.
const vendorsWords = "the request carried"

// watcher collects everything that comes out of the binary, by where it came from.
type watcher struct {
	t     *testing.T
	said  map[string]string
	marks map[string]string // a part of each credential that betrays it, by its name
}

func newWatcher(t *testing.T) *watcher {
	return &watcher{t: t, said: map[string]string{}, marks: map[string]string{
		// Parts, so that an encoded or shortened one is found too.
		"Unleashed API id": unleashedsim.DefaultAPIID[:18], "Unleashed API key": unleashedsim.DefaultAPIKey[:20], "Mintsoft key": mintsoftsim.AdminKey[:18],
		"webhook key": webhookSecret, "user name": loginName, "password": loginPassword, "ledger password": ledgerPassword,
	}}
}

// leaks are the credentials in a text.
func (w *watcher) leaks(text string) (found []string) {
	for name, mark := range w.marks {
		if strings.Contains(text, mark) {
			found = append(found, name)
		}
	}
	return found
}

func (w *watcher) hear(from, text string) { w.said[from] += text }

// run runs a command, whatever its exit code, and listens.
func (w *watcher) run(h *house, arguments ...string) *process {
	p := h.run(arguments...)
	w.hear("mintleash "+strings.Join(arguments, " "), p.String())
	return p
}

// files listens to every file that the binary wrote, down to the last byte: the
// ledger, its log, its locks.
func (w *watcher) files(h *house) {
	for path, content := range folder(w.t, h.path("state")) {
		w.hear(filepath.Base(path), content)
	}
}

// judge is the test: no credential anywhere, though the vendor's words are.
func (w *watcher) judge() {
	heard := false
	for from, text := range w.said {
		assert.Empty(w.t, w.leaks(text), "%s", from)
		heard = heard || strings.Contains(text, vendorsWords) && strings.Contains(text, "***")
	}
	assert.True(w.t, heard, "no failure that repeats a credential came through: nothing was tested")
}

// echo makes a service repeat credentials in failures of every kind.
func echo(server *twin.Server, method, path string, secrets ...string) {
	words := vendorsWords + " " + strings.Join(secrets, " and ")
	quoted, _ := json.Marshal(words)
	for _, fault := range []twin.Fault{
		{Status: 500, Body: words},
		{Status: 400, Body: fmt.Sprintf(`{"Message": %s}`, quoted)},
		{Status: 200, Body: fmt.Sprintf(`{"Success": false, "Message": %s}`, quoted)},
		{Status: 200, Body: fmt.Sprintf(`[{"Success": false, "Message": %s}]`, quoted)},
		{Status: 403, Body: fmt.Sprintf(`[{"Description": %s}]`, quoted)},
		{Status: 502, Body: "<html><body>" + words + "</body></html>"},
	} {
		fault.Method, fault.Path, fault.Times = method, path, 1
		server.Faults.Add(fault)
	}
}

// talkative is a house that logs all that it can.
func talkative(t *testing.T, orders int) *house {
	h := newHouse(t, orders)
	h.write("config/service.yaml", "http: { address: 127.0.0.1:0 }\nlogger: { level: TRACE }\n")
	h.edit("connections.yaml", "      warehouse_code: MAIN", "      warehouse_code: MAIN\n      webhook_signature_key: "+webhookSecret)
	return h
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	t.Run("with keys", func(t *testing.T) {
		t.Parallel()
		h, w := talkative(t, 32), newWatcher(t)
		w.run(h, "sync", "--dry-run", "--verbose", "--format", "json")
		w.run(h, "doctor")
		echo(h.Mintsoft.Server, "PUT", "/api/Order", mintsoftsim.AdminKey)
		echo(h.Mintsoft.Server, "*", "/api/Product", mintsoftsim.AdminKey)
		echo(h.Unleashed.Server, "GET", "/Customers", unleashedsim.DefaultAPIID, unleashedsim.DefaultAPIKey)
		p := h.start("sync", "--verbose")
		base := p.address()
		p.filed(4)
		eventually(t, "others are delivered", func() bool { return len(h.Mintsoft.Orders()) >= 5 }, p)
		w.hear("/metrics", get(t, base+"/metrics", 200))
		w.files(h) // with the log of the ledger beside it
		assert.Contains(t, w.said, filepath.Base(ledgerFile)+"-wal")
		h.Mintsoft.Faults.Clear()
		h.Unleashed.Faults.Clear()
		p.terminate()
		w.hear("sync", p.String())
		require.NotEmpty(t, w.said["sync"])

		echo(h.Unleashed.Server, "*", "*", unleashedsim.DefaultAPIID, unleashedsim.DefaultAPIKey)
		w.run(h, "doctor", "--format", "json")
		echo(h.Mintsoft.Server, "*", "*", mintsoftsim.AdminKey)
		w.run(h, "doctor")
		h.Mintsoft.Faults.Clear()
		h.Unleashed.Faults.Clear()
		letters := h.deadLetters()
		require.NotEmpty(t, letters)
		for number, letter := range letters {
			if !strings.Contains(letter.Reason, vendorsWords) {
				continue // not one that a service refused
			}
			w.run(h, "deadletters", "show", letter.ID)
			w.run(h, "trace", number, "--format", "json")
		}
		for _, arguments := range []string{
			"deadletters list", "deadletters list --format json", "deadletters replay --all", "trace " + orderNumber(1), "release " + orderNumber(1), "state show --format json",
			"sync --once --verbose --format json", "echo pipelines/order_import.yaml", "lint pipelines/order_import.yaml", "trigger main_order_import", "list inputs",
		} {
			w.run(h, strings.Fields(arguments)...)
		}
		alone := h.start("run", "--set", "http.address=127.0.0.1:0", "--set", "logger.level=TRACE", "pipelines/order_import.yaml")
		alone.says("Launching a mintleash instance")
		alone.terminate()
		w.hear("run", alone.String())
		w.files(h)
		w.judge()

		// They were on the wire, and in what the services said; whoever prints a
		// credential would be found.
		sent, answered := h.Mintsoft.Journal.Find("PUT", "/api/Order")[0], false
		assert.Equal(t, mintsoftsim.AdminKey, sent.Header.Get("ms-apikey"))
		assert.Equal(t, unleashedsim.DefaultAPIID, h.Unleashed.Journal.All()[0].Header.Get("api-auth-id"))
		for _, entry := range h.Mintsoft.Journal.All() {
			answered = answered || strings.Contains(string(entry.Answer), mintsoftsim.AdminKey)
		}
		assert.True(t, answered)
		file, err := os.ReadFile(h.path("connections.yaml"))
		require.NoError(t, err)
		assert.Len(t, w.leaks(string(file)), 4)
	})

	t.Run("with a login", func(t *testing.T) {
		t.Parallel()
		h, w := talkative(t, 0), newWatcher(t)
		h.Mintsoft.AddUser(mintsoftsim.User{Username: loginName, Password: loginPassword})
		h.edit("connections.yaml", fmt.Sprintf("api_key: %q", mintsoftsim.AdminKey), "username: "+loginName+"\n      password: "+loginPassword)
		p := h.start("sync", "--verbose")
		eventually(t, "it has a key", func() bool { return h.Mintsoft.Journal.Count("GET", "/api/Warehouse") > 0 }, p)
		login := h.Mintsoft.Journal.Find("POST", "/api/Auth")
		require.NotEmpty(t, login)
		assert.Contains(t, string(login[0].Body), loginPassword)
		p.ready()
		key := h.Mintsoft.Journal.Find("GET", "/api/Warehouse")[0].Header.Get("ms-apikey")
		require.Len(t, key, 36)
		w.marks["fetched key"] = key[:18]

		echo(h.Mintsoft.Server, "PUT", "/api/Order", key, loginName, loginPassword)
		h.AddOrders(6)
		h.must(0, "trigger", "main_order_import")
		p.filed(2)
		w.files(h)
		w.hear("/metrics", get(t, p.address()+"/metrics", 200))
		p.terminate()
		w.hear("sync", p.String())
		w.run(h, "deadletters", "list")
		w.run(h, "deadletters", "list", "--format", "json")
		echo(h.Mintsoft.Server, "POST", "/api/Auth", loginName, loginPassword)
		w.run(h, "doctor")
		w.run(h, "doctor")
		w.judge()
	})

	t.Run("in a bad configuration", func(t *testing.T) {
		t.Parallel()
		w := newWatcher(t)
		key := fmt.Sprintf("%q", unleashedsim.DefaultAPIKey)
		for _, change := range [][2]string{
			{"api_key: " + key, "api_key: [" + key + "]"},
			{"api_key: " + key, "api_key: " + key + key},
			{"api_key: " + key, "api_key: *" + loginPassword},
			{"api_key: " + key, "api_kye: " + key},
			{"sqlite:" + ledgerFile, "postgres://sync:" + ledgerPassword + "@127.0.0.1:1/mintleash"},
			{"sqlite:" + ledgerFile, "postgres://sync:" + ledgerPassword + "@[127.0.0.1:port/mintleash"},
			{"sqlite:" + ledgerFile, "postgres://sync:" + ledgerPassword + "%zz@127.0.0.1/mintleash"},
			{"sqlite:" + ledgerFile, "mysql://sync:" + ledgerPassword + "@127.0.0.1/mintleash"},
		} {
			h := newHouse(t, 0)
			h.edit("connections.yaml", change[0], change[1])
			p := h.run("sync", "--once")
			assert.Equal(t, 2, p.code(), "%s: %s", change[1], p)
			assert.Empty(t, w.leaks(p.String()), "%s", p)
			assert.NotEmpty(t, p.stderr.String())
		}
	})

	t.Run("in the address of a database", func(t *testing.T) {
		t.Parallel()
		address, err := url.Parse(postgres(t))
		require.NoError(t, err)
		address.User = url.UserPassword(address.User.Username(), ledgerPassword)
		h, w := talkative(t, 8), newWatcher(t)
		h.ledger = address.String()
		h.edit("connections.yaml", "sqlite:"+ledgerFile, h.ledger)
		echo(h.Mintsoft.Server, "PUT", "/api/Order", mintsoftsim.AdminKey)
		p := h.start("sync", "--verbose")
		p.filed(1)
		eventually(t, "another is delivered", func() bool { return len(h.Mintsoft.Orders()) >= 1 }, p)
		w.hear("/metrics", get(t, p.address()+"/metrics", 200))
		p.terminate()
		w.hear("sync", p.String())
		w.run(h, "deadletters", "list", "--format", "json")
		w.run(h, "state", "show")
		w.hear("the tables", tables(t, address.String()))
		assert.Contains(t, w.said["the tables"], orderNumber(1), "they are read right")
		w.judge()
	})
}

// tables are all rows of a database as text.
func tables(t *testing.T, address string) string {
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, address)
	require.NoError(t, err)
	defer conn.Close(ctx)
	var names []string
	require.NoError(t, conn.QueryRow(ctx, "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = current_schema()").Scan(&names))
	var all strings.Builder
	for _, name := range names {
		var rows []string
		require.NoError(t, conn.QueryRow(ctx, "SELECT coalesce(array_agg(encode(convert_to(r::text, 'UTF8'), 'escape')), '{}') FROM "+name+" r").Scan(&rows))
		all.WriteString(strings.Join(rows, "\n"))
	}
	return all.String()
}
