package world

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Edit changes a pipeline as a user would: a text in it that must be there becomes
// another. A run that goes on takes it over if its world had an Edit before it began.
func (w *World) Edit(t *testing.T, pipeline, from, to string) {
	t.Helper()
	if !w.edited {
		folder := t.TempDir()
		require.NoError(t, os.CopyFS(folder, os.DirFS(w.pipelines)))
		w.pipelines, w.edited = folder, true
	}
	path := filepath.Join(w.pipelines, pipeline+".yaml")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(raw), from, pipeline)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(raw), from, to, 1)), 0o600))
}
