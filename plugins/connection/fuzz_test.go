package connection

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzLoad: whatever a file holds, it is right, or each thing that is wrong with
// it is told in one line.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"", "#", "null", "- a", "{}", "a: &a [*a]", "connections: &c [*c]", "a: &a {<<: *a}", "<<: {<<: {}}", "ledger: *x", "---\n---\n", "\t", "? [a]\n: b\n", "a: !!binary x",
		smallest, string(Example()),
		withLines("general: &g {<<: *g, frequency: 1d}"), withLines("general: {<<: [{frequency: 1h}, {frequency: 10s}]}"),
		withLines("general: {frequency: 99999999999999999999d, stock_sync_guard: 1e9, stock_sync: ~}"),
		withLines(`general: {orders_prefix: "${A:${B}}", "a\nb": "${", default_country: ÖS}`),
		withLines("general: !x {time_zone: ../../etc/passwd}", "webhooks: {address: '[::1'}"),
		smallest + "  - *x\n  - &y\n  - *y\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("c.yaml", []byte(text), lookup)
		if err == nil {
			require.NotEmpty(t, file.Connections)
			for _, c := range file.Connections {
				require.NotEmpty(t, c.Settings()["general"])
			}
			return
		}
		require.Nil(t, file)
		var mistakes Mistakes
		require.True(t, errors.As(err, &mistakes), "%v", err)
		require.NotEmpty(t, mistakes)
		for _, mistake := range mistakes {
			require.Positive(t, mistake.Line)
			require.NotContains(t, mistake.String(), "\n")
			require.NotContains(t, strings.ToLower(mistake.String()), "s3cr3t-000")
		}
	})
}
