package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/urfave/cli/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// shop is a simulated account, with a connection file for it.
type shop struct {
	twins *sandbox.Sandbox
	file  string
}

func newShop(t *testing.T, more ...string) shop {
	t.Helper()
	twins, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	require.NoError(t, twins.Start("127.0.0.1:0", "127.0.0.1:0"))
	t.Cleanup(func() { assert.NoError(t, twins.Close()) })
	folder := t.TempDir()
	s := shop{twins: twins, file: filepath.Join(folder, "connections.yaml")}
	require.NoError(t, os.WriteFile(s.file, twins.Connections("sqlite:"+filepath.Join(folder, "ledger.db"), more...), 0o600))
	return s
}

// run runs `mintleash webhooks …` and answers what it printed and its exit code.
func (s shop) run(t *testing.T, args ...string) (printed string, code int, err error) {
	t.Helper()
	out, in, err := os.Pipe()
	require.NoError(t, err)
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = in, in
	read := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(out)
		read <- string(text)
	}()
	app := &cli.App{Commands: []*cli.Command{webhooksCommand()}, ExitErrHandler: func(*cli.Context, error) {}}
	err = app.RunContext(t.Context(), append(append([]string{"mintleash", "webhooks"}, args...), "--connections", s.file))
	os.Stdout, os.Stderr = stdout, stderr
	require.NoError(t, in.Close())
	if coded := cli.ExitCoder(nil); errors.As(err, &coded) {
		code = coded.ExitCode()
	}
	return <-read, code, err
}

// subscriptions are the addresses that the account sends events to.
func (s shop) subscriptions(t *testing.T) string {
	t.Helper()
	printed, _, err := s.run(t, "list", "--connection", "main")
	require.NoError(t, err)
	return printed
}

func TestWebhooksCommands(t *testing.T) {
	s := newShop(t)
	_, code, _ := s.run(t, "list")
	assert.Equal(t, exitBadConfig, code, "no connection uses webhooks yet")

	printed, code, err := s.run(t, "register", "--connection", "main", "--url", "https://hooks.example.test")
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.Equal(t, 1, strings.Count(printed, "SimWebhookSignatureKey-"), "the key is printed once:\n%s", printed)
	assert.Contains(t, printed, "    UNLEASHED_WEBHOOK_KEY=SimWebhookSignatureKey-")
	assert.Contains(t, printed, `    webhook_signature_key: "${UNLEASHED_WEBHOOK_KEY}"`)

	list := s.subscriptions(t)
	assert.Regexp(t, `main +\S+ +Active +here +https://hooks.example.test/webhooks/main +salesorder.deleted, product.created, product.updated, product.deleted`, list)
	assert.NotContains(t, list, "SimWebhookSignatureKey")

	_, code, err = s.run(t, "register", "--connection", "main", "--url", "https://hooks.example.test/webhooks/main")
	assert.Equal(t, exitTrouble, code)
	assert.ErrorContains(t, err, "is subscribed already", "the same address is not registered twice")

	for i := range 4 {
		_, _, err := s.run(t, "register", "--connection", "main", "--url", fmt.Sprintf("https://hooks.example.test/%d", i), "--events", "product.updated", "--format", "json")
		require.NoError(t, err)
	}
	_, code, err = s.run(t, "register", "--connection", "main", "--url", "https://hooks.example.test/5")
	assert.Equal(t, exitTrouble, code)
	assert.ErrorContains(t, err, "Unleashed allows 5: https://hooks.example.test/webhooks/main (")

	printed, _, err = s.run(t, "remove", "--connection", "main")
	require.NoError(t, err)
	assert.Contains(t, printed, "https://hooks.example.test/webhooks/main")
	list = s.subscriptions(t)
	assert.NotContains(t, list, "/webhooks/main")
	assert.Equal(t, 4, strings.Count(list, "elsewhere"), "what leads elsewhere stays")
	_, _, err = s.run(t, "remove", "--connection", "main", "--url", "https://hooks.example.test/2")
	require.NoError(t, err)
	assert.NotContains(t, s.subscriptions(t), "test/2")
	printed, code, err = s.run(t, "remove", "--connection", "main", "--url", "https://hooks.example.test/2")
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.Contains(t, printed, "there is nothing to remove")

	printed, _, err = s.run(t, "remove", "--connection", "main", "--format", "json")
	require.NoError(t, err)
	assert.Equal(t, "[]\n", printed)
}

func TestRegisterIsRefused(t *testing.T) {
	s := newShop(t)
	for asked, want := range map[string]string{
		"":                               "expected a public address",
		"hooks.example.test":             "expected a public address",
		"https://user:pw@example.test":   "expected a public address",
		"https://hooks.example.test/?a=": "expected a public address",
		"ftp://hooks.example.test":       "expected https",
		"http://hooks.example.test":      "expected https",
	} {
		printed, code, _ := s.run(t, "register", "--connection", "main", "--url", asked)
		assert.Equal(t, exitBadConfig, code, asked)
		assert.Contains(t, printed, want, asked)
	}
	_, code, _ := s.run(t, "register", "--connection", "missing", "--url", "https://hooks.example.test")
	assert.Equal(t, exitBadConfig, code)
	_, code, _ = s.run(t, "register", "surplus", "--connection", "main")
	assert.Equal(t, exitBadConfig, code)
	_, code, err := s.run(t, "register", "--connection", "main", "--url", "https://hooks.example.test", "--events", "stock.updated")
	assert.Equal(t, exitTrouble, code)
	assert.ErrorContains(t, err, `There is no event "stock.updated".`, "the vendor's own words")

	s.twins.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.WebhookPlainAllowed = true })
	_, _, err = s.run(t, "register", "--connection", "main", "--url", "http://127.0.0.1:8090")
	assert.NoError(t, err, "plain HTTP is for the simulated service")
}

func TestEventsComeToTheFirstConnectionThatSharesItsAccounts(t *testing.T) {
	parse := func(connections string) *connection.Book {
		file, err := connection.Parse("c.yaml", []byte("ledger: sqlite:"+filepath.Join(t.TempDir(), "ledger.db")+"\nconnections:\n"+connections), func(string) (string, bool) { return "", false })
		require.NoError(t, err)
		book, err := connection.Open(t.Context(), file, connection.OpenOptions{})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, book.Close()) })
		return book
	}
	entry := func(name, account, general string) string {
		return fmt.Sprintf("  - {name: %s, unleashed: {api_id: %s, api_key: k, warehouse_code: %s, webhook_signature_key: k}, mintsoft: {api_key: k, warehouse: %s}, general: {%s}}\n", name, account, name, name, general)
	}
	book := parse(entry("off", "a", "") + entry("first", "a", "use_webhooks: true") + entry("second", "a", "use_webhooks: true") + entry("other", "b", "use_webhooks: true"))
	chosen, err := webhookConnections(book, "")
	require.NoError(t, err)
	var names []string
	for _, conn := range chosen {
		names = append(names, conn.Name)
	}
	assert.Equal(t, []string{"first", "other"}, names)

	target, err := webhookURL("https://hooks.example.test/", chosen[0], true)
	require.NoError(t, err)
	assert.Equal(t, "https://hooks.example.test/webhooks/first", target)
	_, err = webhookURL("https://hooks.example.test/in", chosen[0], true)
	assert.ErrorContains(t, err, "for several connections")
}
