package world

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// usual are the settings that a connection of a world has besides its addresses
// and credentials. The limits are such that they are no part of a scenario.
var usual = map[string]any{
	"unleashed.warehouse_code": "MAIN", "unleashed.requests_per_second": 1000, "unleashed.max_in_flight": 8,
	"mintsoft.warehouse": "MAIN", "mintsoft.client": "DEMO", "mintsoft.requests_per_second": 1000, "mintsoft.max_in_flight": 8,
}

// Set changes a setting of every connection from the next run on.
func (w *World) Set(key string, value any) {
	for i := range w.options.Connections {
		w.set(i, key, value)
	}
}

// SetOf changes a setting of one connection from the next run on.
func (w *World) SetOf(t *testing.T, name, key string, value any) {
	t.Helper()
	for i, c := range w.options.Connections {
		if c.Name == name {
			w.set(i, key, value)
			return
		}
	}
	require.Failf(t, "no such connection", "%s", name)
}

func (w *World) set(i int, key string, value any) {
	c := &w.options.Connections[i]
	settings := maps.Clone(c.Settings)
	if settings == nil {
		settings = map[string]any{}
	}
	settings[key] = value
	c.Settings = settings
}

// Rename calls a connection otherwise from the next run on.
func (w *World) Rename(t *testing.T, from, to string) {
	t.Helper()
	for i, c := range w.options.Connections {
		if c.Name == from {
			w.options.Connections[i].Name = to
			return
		}
	}
	require.Failf(t, "no such connection", "%s", from)
}

// Address is the base URL of a service of a pair of accounts, from 0.
func (w *World) Address(system string, accounts int) string {
	return w.reach(accounts)[system+".base_url"].(string)
}

// file is the connection file as it is read.
func (w *World) file(t *testing.T) *connection.File {
	t.Helper()
	var connections []any
	for _, c := range w.options.Connections {
		entry := map[string]any{"name": c.Name}
		for _, settings := range []map[string]any{usual, w.reach(c.Accounts), w.options.Settings, c.Settings} {
			for key, value := range settings {
				put(entry, key, value)
			}
		}
		connections = append(connections, entry)
	}
	raw, err := yaml.Marshal(map[string]any{"ledger": w.ledger, "connections": connections})
	require.NoError(t, err)
	file, err := connection.Parse("world.yaml", raw, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	return file
}

// reach is how a pair of accounts is reached.
func (w *World) reach(accounts int) map[string]any {
	unleashed, mintsoft := hosts(accounts)
	unleashed, mintsoft = "http://"+unleashed, "http://"+mintsoft
	if w.options.Loopback {
		unleashed, mintsoft = w.Accounts[accounts].Unleashed.URL(), w.Accounts[accounts].Mintsoft.URL()
	}
	return map[string]any{
		"unleashed.base_url": unleashed, "unleashed.api_id": unleashedsim.DefaultAPIID, "unleashed.api_key": unleashedsim.DefaultAPIKey,
		"mintsoft.base_url": mintsoft, "mintsoft.api_key": mintsoftsim.AdminKey,
	}
}

// put sets a value under a dotted key.
func put(entry map[string]any, key string, value any) {
	section, name, nested := strings.Cut(key, ".")
	if !nested {
		entry[key] = value
		return
	}
	inner, exists := entry[section].(map[string]any)
	if !exists {
		inner = map[string]any{}
		entry[section] = inner
	}
	put(inner, name, value)
}
