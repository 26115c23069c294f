package connection

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// TestGeneratedFilesAreCurrent compares the files that come from the table of
// keys with what the table says now.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	for path, want := range map[string]string{
		"../../config/connections.example.yaml": string(Example()),
		"../../config/connections.schema.json":  string(Schema()),
		"../../config/.env.example":             string(EnvExample()),
	} {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		if want != string(raw) {
			t.Errorf("%s is stale: run `make docs`", path)
		}
	}
	raw, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, rest, begins := strings.Cut(string(raw), "<!-- settings -->")
	table, _, ends := strings.Cut(rest, "<!-- /settings -->")
	require.True(t, begins && ends, "README.md has the markers of the reference")
	if strings.TrimSpace(Table()) != strings.TrimSpace(table) {
		t.Error("README.md is stale: run `make docs`")
	}
}

func TestTheExampleIsRightAndSaysTheDefaults(t *testing.T) {
	assert.Equal(t, parse(t, smallest), parse(t, string(Example())))
}

func TestTheExampleHoldsEveryKey(t *testing.T) {
	var document map[string]any
	require.NoError(t, yaml.Unmarshal(Example(), &document))
	var walk func(path string, keys []key, value any)
	walk = func(path string, keys []key, value any) {
		section, isMapping := value.(map[string]any)
		require.True(t, isMapping, path)
		assert.Len(t, section, len(keys), path)
		for _, k := range keys {
			inner, exists := section[k.name]
			require.True(t, exists, join(path, k.name))
			switch {
			case k.many:
				walk(k.name, k.keys, inner.([]any)[0])
			case k.keys != nil:
				walk(join(path, k.name), k.keys, inner)
			}
		}
	}
	walk("", fileKeys, document)
}

func TestEveryKeySaysWhatItDoes(t *testing.T) {
	var walk func(path string, keys []key)
	walk = func(path string, keys []key) {
		for _, k := range keys {
			at := join(path, k.name)
			assert.NotEmpty(t, k.about, at)
			assert.NotContains(t, k.about, "\n", at)
			if k.keys == nil {
				assert.NotEmpty(t, k.takes.expected, at)
				assert.NotNil(t, k.takes.read, at)
			}
			walk(at, k.keys)
		}
	}
	walk("", fileKeys)
}

func TestTheEnvironmentExampleNamesEveryVariable(t *testing.T) {
	var set []string
	for line := range strings.Lines(string(EnvExample())) {
		if name, _, isSetting := strings.Cut(strings.TrimSpace(line), "="); isSetting && !strings.HasPrefix(name, "#") {
			set = append(set, name)
		}
	}
	var used []string
	for line := range strings.Lines(string(Example())) {
		setting, _, _ := strings.Cut(line, "#")
		for _, match := range variable.FindAllStringSubmatch(setting, -1) {
			used = append(used, match[1])
		}
	}
	assert.Equal(t, used, set)
	assert.NotEmpty(t, set)
}
