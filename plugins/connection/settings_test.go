package connection

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSettingsArePlainAndWithoutSecrets walks all that mappings see.
func TestSettingsArePlainAndWithoutSecrets(t *testing.T) {
	text := strings.Replace(smallest, "warehouse_code: MAIN", "warehouse_code: MAIN\n      base_url: https://s3cr3t.example.test\n      webhook_signature_key: s3cr3t", 1)
	text = strings.Replace(text, `      api_key: "${MINTSOFT_API_KEY}"`, "      base_url: https://s3cr3t.example.test\n      username: s3cr3t\n      password: s3cr3t", 1)
	settings := parse(t, text).Connections[0].Settings()

	leaves := 0
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, inner := range v {
				assert.False(t, slices.Contains([]string{"base_url", "api_id", "api_key", "username", "password", "webhook_signature_key"}, name), path+name)
				walk(path+name+".", inner)
			}
		case []any:
			for _, item := range v {
				assert.IsType(t, "", item, path)
			}
			leaves++
		case string:
			assert.NotContains(t, v, "s3cr3t", path)
			leaves++
		case bool, int64, json.Number:
			leaves++
		default:
			assert.Fail(t, "not a plain value", "%s is a %T", path, value)
		}
	}
	walk("", settings)

	seen := 0
	for _, k := range connectionKeys {
		for _, inner := range k.keys {
			if !inner.unseen {
				seen++
			}
		}
	}
	assert.Equal(t, seen, leaves, "every key that is no credential and no address")
	require.Greater(t, seen, 60)
}

func TestSettingsAreTheCallersOwn(t *testing.T) {
	c := parse(t, smallest).Connections[0]
	c.Settings()["mintsoft"].(map[string]any)["warehouse"] = "OTHER"
	assert.Equal(t, "MAIN", c.Settings()["mintsoft"].(map[string]any)["warehouse"])
}

func TestSettingsOfNumbersAndDurations(t *testing.T) {
	text := strings.Replace(withLines("general: {frequency: 1d}"), "warehouse_code: MAIN", "warehouse_code: MAIN\n      requests_per_second: 0.25", 1)
	settings := parse(t, text).Connections[0].Settings()
	assert.Equal(t, "24h", settings["general"].(map[string]any)["frequency"], "the engine knows no days")
	assert.Equal(t, json.Number("0.25"), settings["unleashed"].(map[string]any)["requests_per_second"])
}
