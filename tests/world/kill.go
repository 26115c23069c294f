package world

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/runner"
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

// Blow is a moment at which a process is killed: when it has sent a request, from 1 on.
type Blow struct {
	Request int
	// Arrives: the service acts on the request. Otherwise it never sees it.
	Arrives bool
	// Late: the service sees and acts on it so much later, when another process may run.
	Late time.Duration
	// Heard: the answer comes, and those of later requests. Otherwise it hears nothing any
	// more.
	Heard bool
	// Lives is how long the process goes on before it is killed: what it was about to write
	// down it writes down then.
	Lives time.Duration
}

// Dies is Once of a process that is killed, in a Bubble. It answers false when everything
// was done before that moment came.
func (w *World) Dies(t *testing.T, at Blow, only ...string) bool {
	t.Helper()
	run, streams := w.open(t, connection.OpenOptions{Once: true}, only)
	letGo, err := runner.HoldAll(t.Context(), run.Book.Ledger, run.Book.File)
	require.NoError(t, err)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	context.AfterFunc(ctx, run.Book.Drain)
	struck, ended := w.wires.cutAt(at), make(chan struct{})
	go func() {
		defer close(ended)
		run.Once(ctx, streams, giveUp)
	}()
	died := false
	var left map[string]string
	select {
	case <-struck:
		died = true
		<-time.After(at.Lives)
		w.Cut()
		synctest.Wait()
		left = w.LedgerFiles(t)
	case <-ended:
	}
	end()
	<-ended
	letGo()
	assert.NoError(t, run.Book.Close())
	w.Splice()
	if died {
		w.Killed(t, left)
	}
	return died
}
