package conformance

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"

	_ "github.com/mintleash/mintleash/plugins"
	"github.com/mintleash/mintleash/plugins/connection"
)

// root is the top of the repository.
const root = "../.."

const testSuffix = "_benthos_test.yaml"

// pipeline is one file of the folder pipelines.
type pipeline struct {
	name, path, text string
	document         *yaml.Node
}

func pipelines(t *testing.T) []pipeline {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "pipelines", "*.yaml"))
	require.NoError(t, err)
	var found []pipeline
	for _, path := range files {
		if strings.HasSuffix(path, testSuffix) {
			continue
		}
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		p := pipeline{name: strings.TrimSuffix(filepath.Base(path), ".yaml"), path: path, text: string(raw), document: &yaml.Node{}}
		require.NoError(t, yaml.Unmarshal(raw, p.document), path)
		found = append(found, p)
	}
	require.NotEmpty(t, found)
	return found
}

// eachPipeline runs a test for every pipeline.
func eachPipeline(t *testing.T, test func(t *testing.T, p pipeline)) {
	t.Helper()
	for _, p := range pipelines(t) {
		t.Run(p.name, func(t *testing.T) { test(t, p) })
	}
}

// input answers the kind and the fields of a pipeline's input.
func (p pipeline) input() (kind string, fields map[string]any) {
	var file struct {
		Input map[string]any `yaml:"input"`
	}
	_ = p.document.Decode(&file) // it was parsed before; a wrong shape has no input
	for name, value := range file.Input {
		if name != "label" && name != "processors" {
			fields, _ = value.(map[string]any)
			return name, fields
		}
	}
	return "", nil
}

// scalar is a text in a pipeline, with the key that it stands under.
type scalar struct {
	key, value string
	line       int
}

func scalars(node *yaml.Node) []scalar {
	var found []scalar
	var walk func(key string, n *yaml.Node)
	walk = func(key string, n *yaml.Node) {
		switch n.Kind {
		case yaml.ScalarNode:
			found = append(found, scalar{key: key, value: n.Value, line: n.Line})
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(n.Content[i].Value, n.Content[i+1])
			}
		default:
			for _, child := range n.Content {
				walk(key, child)
			}
		}
	}
	walk("", node)
	return found
}

// mappingKeys are the fields that hold Bloblang.
var mappingKeys = []string{
	"mapping", "mutation", "bloblang", "check", "request_map", "result_map", "query", "since", "arguments", "skip_on", "args_mapping",
}

// mappings are the Bloblang texts of a pipeline, interpolations included.
func (p pipeline) mappings() []scalar {
	var found []scalar
	for _, s := range scalars(p.document) {
		if slices.Contains(mappingKeys, s.key) {
			found = append(found, s)
			continue
		}
		for rest := s.value; ; {
			_, after, begins := strings.Cut(rest, "${!")
			inner, tail, ends := strings.Cut(after, "}")
			if !begins || !ends {
				break
			}
			found = append(found, scalar{key: s.key, value: strings.TrimSpace(inner), line: s.line})
			rest = tail
		}
	}
	return found
}

// lint is the engine's linter at its strictest.
func lint(t *testing.T, config string) []service.Lint {
	t.Helper()
	linter := service.GlobalEnvironment().FullConfigSchema("", "").NewStreamConfigLinter().
		SetRequireLabels(true).SetRejectDeprecated(true).
		SetEnvVarLookupFunc(func(_ context.Context, name string) (string, bool) { return "main", name == "CONNECTION" })
	lints, err := linter.LintYAML([]byte(config))
	require.NoError(t, err)
	return lints
}

// exampleConfig is the connection of the example file: every option has its
// default.
func exampleConfig(t *testing.T) connection.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "connections.yaml")
	require.NoError(t, os.WriteFile(path, connection.Example(), 0o600))
	file, err := connection.Load(path, func(string) (string, bool) { return "example", true })
	require.NoError(t, err)
	return file.Connections[0]
}

// boundSettings are what mappings see once the accounts are bound, which adds
// what only the services and the ledger know.
func boundSettings(t *testing.T) map[string]any {
	t.Helper()
	settings := exampleConfig(t).Settings()
	mintsoft := settings["mintsoft"].(map[string]any)
	mintsoft["warehouse_id"], mintsoft["client_id"] = int64(3), int64(12)
	settings["accounts"], settings["connected_at"] = "0d9c9b6e-0000-5000-8000-000000000000", "2026-01-31T00:00:00Z"
	return settings
}

// at follows a dotted path; false when it leads nowhere.
func at(value any, path []string) (any, bool) {
	for _, segment := range path {
		section, isObject := value.(map[string]any)
		if !isObject {
			return nil, false
		}
		var exists bool
		if value, exists = section[segment]; !exists {
			return nil, false
		}
	}
	return value, true
}
