package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (l *Ledger) has(t testing.TB, key string) bool {
	_, exists, err := l.Intent(t.Context(), key)
	require.NoError(t, err)
	return exists
}

func put(key string) func(*Tx) error {
	return func(tx *Tx) error { return tx.PutIntent(Intent{Key: key, State: "intended"}) }
}

func TestCommit(t *testing.T) {
	t.Run("an error undoes the caller's own writes and nobody else's", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			refusal := errors.New("changed its mind")
			const callers = 40
			errs := make([]error, callers)
			var together sync.WaitGroup
			for i := range callers {
				together.Go(func() {
					errs[i] = l.Commit(t.Context(), func(tx *Tx) error {
						if err := put(fmt.Sprint(i))(tx); err != nil || i%3 != 0 {
							return err
						}
						return fmt.Errorf("caller %d: %w", i, refusal)
					})
				})
			}
			together.Wait()
			for i, err := range errs {
				if i%3 != 0 {
					assert.NoError(t, err)
				} else {
					assert.EqualError(t, err, fmt.Sprintf("caller %d: changed its mind", i))
				}
				assert.Equal(t, i%3 != 0, l.has(t, fmt.Sprint(i)), "caller %d", i)
			}
		})
	})
	t.Run("a statement that fails undoes the caller's writes even when it goes on", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			err := l.Commit(t.Context(), func(tx *Tx) error {
				if err := put("before")(tx); err != nil {
					return err
				}
				_, _ = tx.exec("INSERT INTO no_such_table (a) VALUES (?)", 1)
				return nil
			})
			require.Error(t, err)
			assert.False(t, l.has(t, "before"))
			write(t, l, put("after"))
			assert.True(t, l.has(t, "after"))
		})
	})
	t.Run("a function that panics panics in its caller, and the others go on", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			assert.PanicsWithValue(t, "bug", func() {
				_ = l.Commit(t.Context(), func(tx *Tx) error {
					if err := put("half")(tx); err != nil {
						return err
					}
					panic("bug") //nolint:forbidigo // what a bug in a caller would do
				})
			})
			write(t, l, put("after"))
			assert.False(t, l.has(t, "half"))
			assert.True(t, l.has(t, "after"))
		})
	})
	t.Run("a context that ends before the turn means that nothing ran", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			ctx, cancel := context.WithCancel(t.Context())
			ran := false
			write(t, l, func(tx *Tx) error {
				// The writer is busy with us, so the other caller cannot have its turn.
				answered := make(chan error)
				go func() {
					answered <- l.Commit(ctx, func(*Tx) error {
						ran = true
						return nil
					})
				}()
				cancel()
				assert.ErrorIs(t, <-answered, context.Canceled)
				return put("first")(tx)
			})
			write(t, l, put("last"))
			assert.False(t, ran)
			assert.True(t, l.has(t, "first"))
		})
	})
	t.Run("a context that ends while the function runs changes nothing", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			ctx, cancel := context.WithCancel(t.Context())
			require.NoError(t, l.Commit(ctx, func(tx *Tx) error {
				cancel()
				return put("key")(tx)
			}))
			assert.True(t, l.has(t, "key"))
		})
	})
	t.Run("closing lets the commit that is under way end", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, err := Open(t.Context(), address, Options{})
			require.NoError(t, err)
			closed := make(chan error)
			require.NoError(t, l.Commit(t.Context(), func(tx *Tx) error {
				go func() { closed <- l.Close() }()
				<-l.closing
				return put("key")(tx)
			}))
			require.NoError(t, <-closed)
			again, _ := opened(t, address)
			assert.True(t, again.has(t, "key"))
		})
	})
	t.Run("a connection that is cut in the middle of a commit leaves nobody without the truth", func(t *testing.T) {
		address := postgresAddress(t)
		l, _ := opened(t, address)
		other, _ := opened(t, address)
		const callers = 20
		errs := make([]error, callers)
		var together sync.WaitGroup
		for i := range callers {
			together.Go(func() {
				errs[i] = l.Commit(t.Context(), func(tx *Tx) error {
					if i%5 == 3 {
						pid, _, err := answer[int](tx, "SELECT pg_backend_pid()")
						if err != nil {
							return err
						}
						if _, err := other.db.readers.ExecContext(t.Context(), "SELECT pg_terminate_backend($1, 5000)", pid); err != nil {
							return err
						}
					}
					return put(fmt.Sprint(i))(tx)
				})
			})
		}
		together.Wait()
		for i, err := range errs {
			assert.Equal(t, err == nil, l.has(t, fmt.Sprint(i)), "caller %d: %v", i, err)
			if i%5 == 3 {
				assert.Error(t, err)
			}
		}
	})
	t.Run("a connection that was cut is opened again", func(t *testing.T) {
		address := postgresAddress(t)
		l, _ := opened(t, address)
		write(t, l, put("before"))
		var pid int
		write(t, l, func(tx *Tx) (err error) {
			pid, _, err = answer[int](tx, "SELECT pg_backend_pid()")
			return err
		})
		other, _ := opened(t, address)
		_, err := other.db.readers.ExecContext(t.Context(), "SELECT pg_terminate_backend($1, 5000)", pid)
		require.NoError(t, err)
		write(t, l, put("after"))
		assert.True(t, l.has(t, "after"))
	})
}

func TestCommitIsShared(t *testing.T) {
	address := sqliteAddress(t)
	synctest.Test(t, func(t *testing.T) {
		l, err := Open(t.Context(), address, Options{})
		require.NoError(t, err)
		seen := make(chan bool, 1)
		var second sync.WaitGroup
		require.NoError(t, l.Commit(t.Context(), func(tx *Tx) error {
			second.Go(func() {
				assert.NoError(t, l.Commit(t.Context(), func(tx *Tx) error {
					// The first caller's write is not committed yet, but there already for
					// those in the same transaction.
					n, _, err := answer[int](tx, "SELECT COUNT(*) FROM intents")
					seen <- n == 1 && !l.has(t, "first")
					return err
				}))
			})
			synctest.Wait() // the second caller waits for its turn
			return put("first")(tx)
		}))
		second.Wait()
		assert.True(t, <-seen)
		assert.True(t, l.has(t, "first"))
		require.NoError(t, l.Close())
	})
}

func TestConcurrentUse(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		const callers, rounds = 16, 20
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				r := order(fmt.Sprint(i))
				for round := range rounds {
					assert.NoError(t, l.Commit(t.Context(), func(tx *Tx) error {
						if err := tx.AddCalls("account", "2026-01", 1); err != nil {
							return err
						}
						if err := tx.PutIntent(Intent{Key: r.ID, Record: r, Attempts: round + 1, State: "intended"}); err != nil {
							return err
						}
						return tx.AddEvent(Event{Record: r, Kind: "sent"})
					}))
					known, exists, err := l.Intent(t.Context(), r.ID)
					assert.NoError(t, err)
					assert.True(t, exists)
					assert.Equal(t, round+1, known.Attempts, "a read after a commit sees it")
				}
			})
		}
		all.Wait()
		calls, err := l.Calls(t.Context(), "account", "2026-01")
		require.NoError(t, err)
		assert.EqualValues(t, callers*rounds, calls)
		events, err := l.Events(t.Context(), "SO-3")
		require.NoError(t, err)
		assert.Len(t, events, rounds)
	})
}

// One intent and one event is what is committed before each write to a service.
func BenchmarkCommit(b *testing.B) {
	work := func(l *Ledger) error {
		return l.Commit(b.Context(), func(tx *Tx) error {
			r := order(newID())
			if err := tx.PutIntent(Intent{Key: r.ID, Record: r, State: "intended"}); err != nil {
				return err
			}
			return tx.AddEvent(Event{Record: r, Kind: "sent", Detail: []byte(`{"OrderNumber":"` + r.Ref + `"}`)})
		})
	}
	for name, address := range databases {
		b.Run(name+"/serial", func(b *testing.B) {
			l := open(b, address(b), Options{})
			for b.Loop() {
				require.NoError(b, work(l))
			}
		})
		b.Run(name+"/64 at once", func(b *testing.B) {
			l := open(b, address(b), Options{})
			b.SetParallelism(64 / runtime.GOMAXPROCS(0))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					assert.NoError(b, work(l))
				}
			})
		})
	}
}
