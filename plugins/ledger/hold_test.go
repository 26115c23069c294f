package ledger

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hangUp is how long a server may take to notice that a client is gone.
const hangUp = 10 * time.Second

func (l *Ledger) held(t *testing.T) bool {
	held, err := l.Held(t.Context(), "sync")
	require.NoError(t, err)
	return held
}

func TestHold(t *testing.T) {
	t.Run("one at a time has it, in this process too", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			first, _ := opened(t, address)
			second, _ := opened(t, address)
			assert.False(t, first.held(t))
			hold, err := first.Hold(t.Context(), "sync")
			require.NoError(t, err)
			assert.True(t, first.held(t))
			assert.True(t, second.held(t))
			for _, l := range []*Ledger{first, second} {
				_, err = l.Hold(t.Context(), "sync")
				assert.ErrorIs(t, err, ErrHeld)
			}
			other, err := second.Hold(t.Context(), "mintsoft/another account")
			require.NoError(t, err, "another name is free")
			require.NoError(t, other.Release())

			require.NoError(t, hold.Release())
			require.NoError(t, hold.Release(), "releasing twice is harmless")
			assert.False(t, second.held(t))
			hold, err = second.Hold(t.Context(), "sync")
			require.NoError(t, err)
			require.NoError(t, hold.Release())
		})
	})
	t.Run("who has it by another name has its connections", func(t *testing.T) {
		address := postgresAddress(t)
		first, _ := opened(t, address)
		second, _ := opened(t, address)
		old, err := first.Hold(t.Context(), "one key", "main", "shop")
		require.NoError(t, err)
		_, err = second.Hold(t.Context(), "another key", "other", "shop")
		require.ErrorIs(t, err, ErrHeld)
		for name, connections := range map[string][]string{"one key": nil, "another key": {"main"}} {
			held, err := second.Held(t.Context(), name, connections...)
			require.NoError(t, err)
			assert.True(t, held)
		}
		third, err := second.Hold(t.Context(), "another key", "other")
		require.NoError(t, err, "what was not had is given back")
		require.NoError(t, third.Release())

		// One that was cut off is fenced by whoever has one of its connections now.
		cut(t, second, "one key")
		<-old.Lost()
		hold, err := second.Hold(t.Context(), "another key", "shop")
		require.NoError(t, err)
		require.ErrorIs(t, first.CommitFor(t.Context(), "main", put("late")), ErrFenced)
		require.NoError(t, hold.Release())
	})
	t.Run("closing the ledger releases it", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			first, err := Open(t.Context(), address, Options{})
			require.NoError(t, err)
			_, err = first.Hold(t.Context(), "sync")
			require.NoError(t, err)
			require.NoError(t, first.Close())
			second, _ := opened(t, address)
			assert.False(t, second.held(t))
		})
	})
	t.Run("asking whether it is held keeps nobody from taking it", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				for {
					select {
					case <-stop:
						return
					default:
						_, err := l.Held(t.Context(), "sync")
						assert.NoError(t, err)
					}
				}
			}()
			for range 5 {
				hold, err := l.Hold(t.Context(), "sync")
				if assert.NoError(t, err) {
					assert.NoError(t, hold.Release())
				}
			}
			close(stop)
			<-stopped
		})
	})
	t.Run("another process has it until it ends, however it ends", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			for _, end := range []func(*process){
				func(p *process) { _ = p.stdin.Close(); _ = p.cmd.Wait() },
				(*process).kill,
			} {
				holder := startChild(t, "hold", address)
				require.Equal(t, "held", holder.line(t))
				assert.True(t, l.held(t))
				_, err := l.Hold(t.Context(), "sync")
				assert.ErrorIs(t, err, ErrHeld)

				end(holder)
				// A server notices only after a moment that its client is gone.
				require.Eventually(t, func() bool { return !l.held(t) }, hangUp, hangUp/500)
				hold, err := l.Hold(t.Context(), "sync")
				require.NoError(t, err)
				require.NoError(t, hold.Release())
			}
		})
	})
}

// cut ends the session that a hold lives on, as a server does that restarts.
func cut(t *testing.T, l *Ledger, name string) {
	_, err := l.db.readers.ExecContext(t.Context(), "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks, (SELECT "+lockKey+" AS key) AS wanted "+
		"WHERE locktype = 'advisory' AND objid::bigint = wanted.key & 4294967295", name)
	require.NoError(t, err)
}

func TestFence(t *testing.T) {
	setUp := func(t *testing.T, connections ...string) (cutOff, successor *Ledger, old *Hold) {
		address := postgresAddress(t)
		cutOff, _ = opened(t, address)
		successor, _ = opened(t, address)
		old, err := cutOff.Hold(t.Context(), "account", connections...)
		require.NoError(t, err)
		write(t, cutOff, put("held"))
		cut(t, successor, "account")
		<-old.Lost()
		return cutOff, successor, old
	}
	take := func(t *testing.T, l *Ledger) {
		hold, err := l.Hold(t.Context(), "account")
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, hold.Release()) })
	}
	t.Run("a holder that was cut off writes on while nobody has taken over", func(t *testing.T) {
		cutOff, _, _ := setUp(t)
		write(t, cutOff, put("late"))
		assert.True(t, cutOff.has(t, "late"))
	})
	t.Run("a holder that was cut off cannot write once another has taken over", func(t *testing.T) {
		cutOff, successor, old := setUp(t)
		take(t, successor)
		err := cutOff.Commit(t.Context(), put("late"))
		require.ErrorIs(t, err, ErrFenced)
		write(t, successor, put("mine"))
		assert.False(t, successor.has(t, "late"))
		assert.True(t, successor.has(t, "mine"))

		require.NoError(t, old.Release())
		write(t, cutOff, put("a trigger"))
		assert.True(t, cutOff.has(t, "a trigger"), "without the hold it is like any other process")
	})
	t.Run("a hold for some connections fences those and no others", func(t *testing.T) {
		cutOff, successor, _ := setUp(t, "main", "second")
		take(t, successor)
		for name, do := range map[string]func(tx *Tx) error{
			"cursor":      func(tx *Tx) error { return tx.SaveCursor(Cursor{Key: "k", Connection: "main"}) },
			"intent":      func(tx *Tx) error { return tx.PutIntent(Intent{Key: "k", Connection: "second"}) },
			"link":        func(tx *Tx) error { return tx.PutLink(Link{Connection: "main"}) },
			"event":       func(tx *Tx) error { return tx.AddEvent(Event{Connection: "main"}) },
			"parked":      func(tx *Tx) error { return tx.Park(Parked{Connection: "main"}) },
			"dead letter": func(tx *Tx) error { _, err := tx.FileDeadLetter(DeadLetter{Connection: "main"}); return err },
			"arrival":     func(tx *Tx) error { _, err := tx.ReceiveEvent(Arrival{ID: "e", Connection: "main"}); return err },
			"run":         func(tx *Tx) error { _, err := tx.SaveRun(Run{Connection: "main"}); return err },
		} {
			assert.ErrorIs(t, cutOff.Commit(t.Context(), do), ErrFenced, name)
		}
		assert.ErrorIs(t, cutOff.CommitFor(t.Context(), "main", put("an item")), ErrFenced)
		assert.NoError(t, cutOff.CommitFor(t.Context(), "third", put("an item")))
		write(t, cutOff, func(tx *Tx) error { return tx.PutIntent(Intent{Key: "third", Connection: "third"}) })
		assert.True(t, successor.has(t, "third"))
	})
	t.Run("each time a hold is taken a term begins", func(t *testing.T) {
		cutOff, successor, old := setUp(t, "main")
		before := cutOff.Term("main")
		require.NoError(t, old.Release())
		take(t, successor)
		assert.Greater(t, successor.Term("main"), before)
		assert.Zero(t, cutOff.Term("main"))
		assert.Zero(t, cutOff.Term("third"))
	})
	t.Run("taking over waits for the commit that is under way", func(t *testing.T) {
		cutOff, successor, _ := setUp(t)
		taken := make(chan error, 1)
		write(t, cutOff, func(tx *Tx) error {
			go func() {
				hold, err := successor.Hold(context.WithoutCancel(t.Context()), "account")
				if err == nil {
					// What was under way is there for the successor to see.
					if _, exists, rerr := successor.Intent(context.WithoutCancel(t.Context()), "under way"); rerr != nil || !exists {
						err = errors.Join(errors.New("the commit under way is not seen"), rerr)
					}
					err = errors.Join(err, hold.Release())
				}
				taken <- err
			}()
			return put("under way")(tx)
		})
		assert.NoError(t, <-taken)
	})
}
