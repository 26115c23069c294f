package conformance

import (
	"bufio"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/mintleash/mintleash/"
	engine = "github.com/redpanda-data/"
)

// room says what the code of a folder, its tests apart, may import of this
// repository, and whether it may know the engine. A pattern that ends in /… is
// everything below a folder.
type room struct {
	imports []string
	engine  bool
}

var (
	systems = []string{"plugins/connection", "plugins/internal/…", "plugins/ledger"}
	rooms   = map[string]room{
		// The transport, the clients over it, and what keeps state: no engine.
		"plugins/internal/apihttp":       {},
		"plugins/internal/polling":       {},
		"plugins/ledger":                 {},
		"plugins/internal/delivery":      {imports: []string{"plugins/internal/apihttp", "plugins/ledger"}},
		"plugins/unleashed/unleashedapi": {imports: []string{"plugins/internal/apihttp"}},
		"plugins/mintsoft/mintsoftapi":   {imports: []string{"plugins/internal/apihttp"}},
		// Only connection turns configuration into clients.
		"plugins/connection": {imports: []string{
			"plugins/internal/apihttp", "plugins/internal/delivery", "plugins/ledger", "plugins/mintsoft/mintsoftapi", "plugins/unleashed/unleashedapi",
		}},
		// The components. The two systems never meet.
		"plugins/internal/component": {engine: true, imports: []string{
			"plugins/connection", "plugins/internal/apihttp", "plugins/internal/delivery", "plugins/internal/polling", "plugins/ledger",
		}},
		"plugins/unleashed":  {engine: true, imports: append([]string{"plugins/unleashed/unleashedapi"}, systems...)},
		"plugins/mintsoft":   {engine: true, imports: append([]string{"plugins/mintsoft/mintsoftapi"}, systems...)},
		"plugins/mapping":    {engine: true, imports: []string{"plugins/mintsoft/mintsoftapi", "plugins/unleashed/unleashedapi"}}, // their dates
		"plugins/await":      {engine: true, imports: systems},
		"plugins/deadletter": {engine: true, imports: systems},
		"plugins/park":       {engine: true, imports: systems},
		"plugins/settings":   {engine: true, imports: systems},
		"plugins/skip":       {engine: true, imports: systems},
		"plugins/store":      {engine: true, imports: systems},
		"plugins/trigger":    {engine: true, imports: systems},
		"plugins":            {imports: []string{"plugins/…"}},
		// What the commands are made of.
		"plugins/runner":  {engine: true, imports: systems},
		"plugins/doctor":  {imports: append([]string{"plugins/mintsoft/mintsoftapi", "plugins/unleashed/unleashedapi"}, systems...)},
		"plugins/release": {imports: append([]string{"plugins/mintsoft", "plugins/unleashed"}, systems...)},
		"cmd/mintleash":   {engine: true, imports: []string{"plugins", "plugins/…", "tests/sandbox"}},
		// The twins check by their own arithmetic.
		"tests/sandbox/twin":         {},
		"tests/sandbox/unleashedsim": {imports: []string{"tests/sandbox/twin"}},
		"tests/sandbox/mintsoftsim":  {imports: []string{"tests/sandbox/twin"}},
		"tests/sandbox":              {imports: []string{"tests/sandbox/…"}},
	}
)

func allowed(patterns []string, folder string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		below, isBelow := strings.CutSuffix(pattern, "/…")
		return pattern == folder || isBelow && strings.HasPrefix(folder, below+"/")
	})
}

func TestTheArrowsBetweenTheRooms(t *testing.T) {
	for _, file := range sources(t, "plugins", "cmd", "tests") {
		rules, known := rooms[file.room]
		inTests := strings.HasPrefix(file.room, "tests/") && !strings.HasPrefix(file.room, "tests/sandbox")
		if !known && !inTests {
			t.Errorf("%s: %s is a new room: say here and in CONTRIBUTING.md what it may import", file.path, file.room)
			continue
		}
		isTwin := strings.HasPrefix(file.room, "tests/sandbox/")
		for _, spec := range file.syntax.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			folder, isOurs := strings.CutPrefix(path, module)
			switch {
			case isOurs && isTwin && strings.HasPrefix(folder, "plugins"):
				t.Errorf("%s: a twin, its tests included, knows nothing of %s", file.position(spec.Pos()), folder)
			case file.isTest || inTests:
			case isOurs && !allowed(rules.imports, folder):
				t.Errorf("%s: %s must not import %s", file.position(spec.Pos()), file.room, folder)
			case strings.HasPrefix(path, engine) && !rules.engine:
				t.Errorf("%s: %s must not know the engine", file.position(spec.Pos()), file.room)
			}
		}
	}
}

func TestEveryRoomOfTheListExists(t *testing.T) {
	for name := range rooms {
		assert.DirExists(t, filepath.Join(root, name))
	}
}

// entries are what may stand at the top of the repository.
var entries = []string{
	".ci", ".git", ".gitattributes", ".github", ".gitignore", ".golangci.yml", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md",
	"cmd", "config", "go.mod", "go.sum", "pipelines", "plugins", "tests",
}

func TestTheTopOfTheRepositoryIsTidy(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	require.NoError(t, err)
	ignored := strings.Fields(string(raw))
	found, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, entry := range found {
		name := entry.Name()
		isIgnored := slices.ContainsFunc(ignored, func(pattern string) bool {
			matched, err := filepath.Match(strings.Trim(pattern, "/"), name)
			return err == nil && matched
		})
		assert.True(t, isIgnored || slices.Contains(entries, name), "%s does not belong at the top", name)
	}
}

// maxLines is where a file becomes hard to read.
const maxLines = 400

// longer are the files that may be longer, as patterns, each with its reason.
var longer = map[string]string{
	"config/connections.schema.json": "generated",
	"pipelines/order_despatch.yaml":  "one pipeline is one file: whose it is, which line each item is and what is to be posted",
	"pipelines/order_export.yaml":    "one pipeline is one file: whose it is, what it costs and what was sold before",
	"pipelines/stock_sync.yaml":      "one pipeline is one file: what is counted, what explains a difference and what is written",
	"pipelines/shipment_import.yaml": "one pipeline is one file: whose it is, who receives it, what it costs and what follows it",
	"pipelines/*_benthos_test.yaml":  "one case for each branch of a mapping",
}

func TestFilesAreShort(t *testing.T) {
	counted := map[string]int{}
	for _, folder := range folders {
		for _, path := range filesBelow(t, folder) {
			if slices.Contains([]string{".go", ".yaml", ".json", ".sh"}, filepath.Ext(path)) {
				raw, err := os.ReadFile(filepath.Join(root, path))
				require.NoError(t, err)
				counted[path] = bytes.Count(raw, []byte("\n"))
			}
		}
	}
	used := map[string]bool{}
	for path, lines := range counted {
		if lines <= maxLines {
			continue
		}
		excused := false
		for pattern := range longer {
			if matched, err := filepath.Match(pattern, path); err == nil && matched {
				excused, used[pattern] = true, true
			}
		}
		assert.True(t, excused, "%s has %d lines: split it by noun", path, lines)
	}
	for pattern, reason := range longer {
		assert.NotEmpty(t, reason, pattern)
		assert.True(t, used[pattern], "%s is short now: take it off the list", pattern)
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	marks := []string{"TO" + "DO", "FIX" + "ME"}
	paths := []string{"Makefile", "CONTRIBUTING.md", "CHANGELOG.md", "README.md", ".golangci.yml"}
	for _, folder := range folders {
		paths = append(paths, filesBelow(t, folder)...)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(filepath.Join(root, path))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		lines := bufio.NewScanner(bytes.NewReader(raw))
		lines.Buffer(nil, 1<<20)
		for number := 1; lines.Scan(); number++ {
			for _, mark := range marks {
				if path != "tests/sandbox/mintsoftsim/schema.json" && path != ".golangci.yml" && strings.Contains(lines.Text(), mark) {
					t.Errorf("%s:%d: %s: do it or drop it", path, number, mark)
				}
			}
		}
		require.NoError(t, lines.Err(), path)
	}
}

func TestTheListsOfThisFileAreRight(t *testing.T) {
	assert.True(t, allowed([]string{"plugins/…"}, "plugins/ledger"))
	assert.False(t, allowed([]string{"plugins/…"}, "plugins"))
	assert.False(t, allowed([]string{"plugins/ledger"}, "plugins/ledger/x"))
	assert.NotEmpty(t, slices.Collect(maps.Keys(rooms)))
}
