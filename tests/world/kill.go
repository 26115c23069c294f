package world

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Killed makes the next run begin with what LedgerFiles answered at some moment:
// what a process left behind that was killed then, whatever it had asked the
// services for.
func (w *World) Killed(t *testing.T, files map[string]string) {
	t.Helper()
	path, isFile := strings.CutPrefix(w.ledger, "sqlite:")
	require.True(t, isFile, "the ledger is no file")
	dir := t.TempDir()
	for name, content := range files {
		if strings.HasSuffix(name, "-shm") || strings.HasSuffix(name, ".lock") {
			continue // they end with the process
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	w.ledger = "sqlite:" + filepath.Join(dir, filepath.Base(path))
}
