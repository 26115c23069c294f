package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The test binary starts itself as another process that works on a ledger.
const (
	childRole   = "LEDGER_TEST_CHILD"
	childLedger = "LEDGER_TEST_ADDRESS"
)

// child is what the other process does: take the hold "sync" and keep it until
// its input ends, or commit keys for ever and print each when it is committed.
func child(role, address string) error {
	ctx := context.Background()
	l, err := Open(ctx, address, Options{})
	if err != nil {
		return err
	}
	switch role {
	case "hold":
		if _, err := l.Hold(ctx, "sync"); err != nil {
			return err
		}
		fmt.Println("held")
		_, err = io.Copy(io.Discard, os.Stdin)
		return errors.Join(err, l.Close())
	case "write":
		for n := range 8 {
			go func() {
				for i := 0; ; i++ {
					key := fmt.Sprintf("%d-%d", n, i)
					if err := l.Commit(ctx, func(tx *Tx) error { return tx.PutIntent(Intent{Key: key, State: "intended"}) }); err == nil {
						fmt.Println(key)
					}
				}
			}()
		}
		select {}
	}
	return fmt.Errorf("%s: no such role", role)
}

// process is a child process; its lines come one by one.
type process struct {
	lines *bufio.Scanner
	stdin io.Closer
	cmd   *exec.Cmd
}

func startChild(t *testing.T, role, address string) *process {
	executable, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), executable)
	cmd.Env = append(os.Environ(), childRole+"="+role, childLedger+"="+address)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{lines: bufio.NewScanner(stdout), stdin: stdin, cmd: cmd}
	t.Cleanup(p.kill)
	return p
}

func (p *process) line(t *testing.T) string {
	require.True(t, p.lines.Scan(), "the other process ended")
	line := p.lines.Text()
	require.False(t, strings.HasPrefix(line, "error:"), line)
	return line
}

// kill ends the process with no warning and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func TestCrash(t *testing.T) {
	t.Run("what was answered for is there after a process was killed", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			writing := startChild(t, "write", address)
			var keys []string
			for range 500 {
				keys = append(keys, writing.line(t))
			}
			require.NoError(t, writing.cmd.Process.Kill())
			for writing.lines.Scan() {
				keys = append(keys, writing.lines.Text())
			}
			writing.kill()

			l, _ := opened(t, address)
			for _, key := range keys {
				_, exists, err := l.Intent(t.Context(), key)
				require.NoError(t, err)
				require.True(t, exists, key)
			}
		})
	})
	t.Run("a copy of the files of an open ledger has what was committed, and nothing else", func(t *testing.T) {
		address := sqliteAddress(t)
		l, _ := opened(t, address)
		write(t, l, func(tx *Tx) error { return tx.Set("store", "committed", []byte("1"), 0) })
		from, to := strings.TrimPrefix(address, "sqlite:"), filepath.Join(t.TempDir(), "copy.db")
		write(t, l, func(tx *Tx) error {
			if err := tx.Set("store", "under way", []byte("1"), 0); err != nil {
				return err
			}
			for _, suffix := range []string{"", "-wal"} {
				content, err := os.ReadFile(from + suffix)
				if err != nil {
					return err
				}
				if err := os.WriteFile(to+suffix, content, 0o600); err != nil {
					return err
				}
			}
			return nil
		})
		survivor, _ := opened(t, "sqlite:"+to)
		_, committed, err := survivor.Get(t.Context(), "store", "committed")
		require.NoError(t, err)
		_, underWay, err := survivor.Get(t.Context(), "store", "under way")
		require.NoError(t, err)
		assert.True(t, committed)
		assert.False(t, underWay)
	})
}
