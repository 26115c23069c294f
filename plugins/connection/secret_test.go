package connection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// holder keeps a file where fmt cannot call its methods.
type holder struct{ file File }

func TestSecretsAreNeverPrinted(t *testing.T) {
	file := parse(t, "ledger: postgres://me:pw-s3cr3t@host/db\n"+smallest)
	printed := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
		printed["file "+verb] = fmt.Sprintf(verb, *file)
		printed["pointer "+verb] = fmt.Sprintf(verb, file)
		printed["unexported "+verb] = fmt.Sprintf(verb, holder{*file})
		printed["secret "+verb] = fmt.Sprintf(verb, file.Ledger)
	}
	asJSON, err := json.Marshal(file)
	require.NoError(t, err)
	printed["json"] = string(asJSON)
	asYAML, err := yaml.Marshal(file)
	require.NoError(t, err)
	printed["yaml"] = string(asYAML)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "file", file, "secret", file.Ledger, "connection", file.Connections[0])
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "file", file, "secret", file.Ledger, "connection", file.Connections[0])
	printed["slog"] = log.String()
	require.Contains(t, printed["slog"], mask)
	require.Contains(t, printed["json"], mask)
	require.Contains(t, printed["yaml"], mask)
	for how, text := range printed {
		for _, kept := range []string{"s3cr3t", fmt.Sprintf("%x", "s3cr3t"), fmt.Sprintf("%X", "s3cr3t")} {
			assert.NotContains(t, text, kept, how)
		}
	}
}

func TestASecretShowsWhetherItIsSet(t *testing.T) {
	for name, test := range map[string]struct {
		secret               Secret
		revealed, shown, goo string
	}{
		"set":   {NewSecret("hunter2"), "hunter2", "***", "connection.Secret(***)"},
		"empty": {NewSecret(""), "", "", "connection.Secret()"},
		"zero":  {Secret{}, "", "", "connection.Secret()"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.revealed, test.secret.Reveal())
			assert.Equal(t, test.shown, fmt.Sprint(test.secret))
			assert.Equal(t, test.goo, fmt.Sprintf("%#v", test.secret))
		})
	}
}
