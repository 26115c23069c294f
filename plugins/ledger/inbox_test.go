package ledger

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func arrival(id string) Arrival {
	return Arrival{ID: id, Connection: "main", Stream: "main_webhooks", Kind: "product.updated", ReceivedAt: noon, Body: json.RawMessage(`{"Data": "{}"}`)}
}

// receive stores an arrival and answers whether it was new.
func receive(t *testing.T, l *Ledger, a Arrival) (isNew bool) {
	t.Helper()
	write(t, l, func(tx *Tx) (err error) {
		isNew, err = tx.ReceiveEvent(a)
		return err
	})
	return isNew
}

// unhandled are the ids of what a stream has to handle still.
func unhandled(t *testing.T, l *Ledger, stream string, after int64, limit int) (ids []string) {
	t.Helper()
	arrivals, err := l.NewEvents(t.Context(), stream, after, limit)
	require.NoError(t, err)
	for _, a := range arrivals {
		ids = append(ids, a.ID)
	}
	return ids
}

func TestInbox(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		const stream = "main_webhooks"
		for _, id := range []string{"c", "a", "b"} {
			assert.True(t, receive(t, l, arrival(id)))
		}
		assert.Equal(t, []string{"c", "a", "b"}, unhandled(t, l, stream, 0, 10), "in the order of their arrival")
		assert.Equal(t, []string{"c", "a"}, unhandled(t, l, stream, 0, 2))
		assert.Empty(t, unhandled(t, l, "main2_webhooks", 0, 10))

		stored, exists, err := l.ReceivedEvent(t.Context(), stream, "c")
		require.NoError(t, err)
		require.True(t, exists)
		want := arrival("c")
		want.Number = stored.Number
		assert.Equal(t, want, stored, "the body as it came")
		assert.Equal(t, []string{"a", "b"}, unhandled(t, l, stream, stored.Number, 10))

		write(t, l, func(tx *Tx) error { return tx.PutBackEvent(stream, "c") })
		write(t, l, func(tx *Tx) error { return tx.FinishEvent(stream, "c") })
		assert.Equal(t, []string{"a", "b"}, unhandled(t, l, stream, 0, 10))
		stored, _, err = l.ReceivedEvent(t.Context(), stream, "c")
		require.NoError(t, err)
		assert.True(t, stored.Done)
		assert.Equal(t, 2, stored.Attempts)

		again := arrival("c")
		again.Body = json.RawMessage(`{"other": 1}`)
		assert.False(t, receive(t, l, again), "a duplicate of what was handled is known")
		assert.False(t, receive(t, l, arrival("a")), "and so is one of what is not")
		assert.Equal(t, []string{"a", "b"}, unhandled(t, l, stream, 0, 10))
		unchanged, _, err := l.ReceivedEvent(t.Context(), stream, "c")
		require.NoError(t, err)
		assert.Equal(t, stored, unchanged)

		again.Stream, again.Connection = "main2_webhooks", "main2"
		assert.True(t, receive(t, l, again), "the stream of another connection has its own")
		_, exists, err = l.ReceivedEvent(t.Context(), stream, "missing")
		require.NoError(t, err)
		assert.False(t, exists)
	})
}

func TestOfSeveralWhoReceiveTheSameEventOneStoresIt(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		var stored atomic.Int64
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				isNew := false
				err := l.Commit(t.Context(), func(tx *Tx) (err error) {
					isNew, err = tx.ReceiveEvent(arrival(fmt.Sprint(i % 3)))
					return err
				})
				if assert.NoError(t, err) && isNew {
					stored.Add(1)
				}
			})
		}
		all.Wait()
		assert.EqualValues(t, 3, stored.Load())
		assert.Len(t, unhandled(t, l, "main_webhooks", 0, 10), 3)
	})
}
