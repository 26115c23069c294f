package world

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Edit changes a pipeline as a user would, from the next run on: a text in it that
// must be there becomes another.
func (w *World) Edit(t *testing.T, pipeline, from, to string) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(w.pipelines)))
	path := filepath.Join(folder, pipeline+".yaml")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(raw), from, pipeline)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(raw), from, to, 1)), 0o600))
	w.pipelines = folder
}
