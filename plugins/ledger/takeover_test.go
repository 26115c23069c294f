package ledger

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stays makes a stream with a cursor that was written last at a moment, and with a record
// of its own that waits in each way.
func stays(t *testing.T, l *Ledger, key, stream, n string, at time.Time) {
	t.Helper()
	connection := connectionOf(stream)
	write(t, l, func(tx *Tx) error {
		require.NoError(t, tx.SaveCursor(Cursor{Key: key, Connection: connection, Stream: stream, Position: at, UpdatedAt: at}))
		return wait(t, tx, stream, n)
	})
}

func wait(t *testing.T, tx *Tx, stream, n string) error {
	t.Helper()
	connection := connectionOf(stream)
	require.NoError(t, tx.Park(Parked{Connection: connection, Stream: stream, Record: order(n), WaitFor: "product_sync", Until: noon}))
	_, err := tx.FileDeadLetter(DeadLetter{Connection: connection, Stream: stream, Record: order(n), Class: "rejected"})
	require.NoError(t, err)
	_, err = tx.ReceiveEvent(Arrival{ID: n, Connection: connection, Stream: stream, Body: json.RawMessage("{}")})
	require.NoError(t, err)
	require.NoError(t, tx.PutIntent(Intent{Key: n, Connection: connection, Stream: stream, Operation: "order.create", Record: order(n), State: "intended"}))
	return tx.AddTrigger(Trigger{Stream: stream, Full: true})
}

// left is what waits for a stream: the numbers of its records.
func left(t *testing.T, l *Ledger, stream string) (numbers []string, triggers int) {
	t.Helper()
	items, err := l.ParkedItems(t.Context(), stream)
	require.NoError(t, err)
	letters, err := l.DeadLetters(t.Context(), DeadLetterFilter{Stream: stream, State: []string{StateOpen, StateReplaying}})
	require.NoError(t, err)
	events, err := l.NewEvents(t.Context(), stream, 0, 10)
	require.NoError(t, err)
	require.Equal(t, []int{len(items), len(items)}, []int{len(letters), len(events)})
	var parked, filed, received []string
	for i := range items {
		parked, filed, received = append(parked, items[i].Record.ID), append(filed, letters[i].Record.ID), append(received, order(events[i].ID).ID)
		numbers = append(numbers, events[i].ID)
		intent, _, err := l.Intent(t.Context(), events[i].ID)
		require.NoError(t, err)
		for _, connection := range []string{items[i].Connection, letters[i].Connection, events[i].Connection, intent.Connection} {
			assert.Equal(t, connectionOf(stream), connection)
		}
		assert.Equal(t, stream, intent.Stream)
	}
	assert.ElementsMatch(t, received, parked)
	assert.ElementsMatch(t, received, filed)
	asked, err := l.Triggers(t.Context(), stream)
	require.NoError(t, err)
	return numbers, len(asked)
}

func TestTakeOver(t *testing.T) {
	takeOver := func(t *testing.T, l *Ledger, key, stream, before string, moved int64) {
		t.Helper()
		write(t, l, func(tx *Tx) error {
			former, records, err := tx.TakeOver(key, "accounts", stream)
			assert.Equal(t, before, former)
			assert.Equal(t, moved, records)
			return err
		})
		cursor, exists, err := l.Cursor(t.Context(), key)
		require.NoError(t, err)
		require.True(t, exists)
		assert.Equal(t, []string{connectionOf(stream), stream}, []string{cursor.Connection, cursor.Stream})
	}
	expect := func(t *testing.T, l *Ledger, stream string, asked int, wanted ...string) {
		t.Helper()
		numbers, triggers := left(t, l, stream)
		assert.Equal(t, wanted, numbers, stream)
		assert.Equal(t, asked, triggers, stream)
	}
	t.Run("a connection that was renamed has what waited under its former name", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			stays(t, l, "pair/orders", "main_orders", "1", noon)
			takeOver(t, l, "pair/orders", "renamed_orders", "main_orders", 3)
			expect(t, l, "renamed_orders", 1, "1")
			expect(t, l, "main_orders", 0)
			at, exists, err := l.LastUnanswered(t.Context(), "renamed", "order.create")
			require.NoError(t, err)
			assert.True(t, exists, "%s", at)
			takeOver(t, l, "pair/orders", "renamed_orders", "", 0)
			waiting, err := l.Waiting(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []Waiting{{Connection: "renamed", Stream: "renamed_orders", Records: 3}}, waiting)
		})
	})
	t.Run("what waits under both names waits once", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			stays(t, l, "accounts/products", "main_products", "1", noon)
			write(t, l, func(tx *Tx) error { return wait(t, tx, "shop_products", "1") })
			takeOver(t, l, "accounts/products", "shop_products", "main_products", 0)
			expect(t, l, "shop_products", 2, "1")
			expect(t, l, "main_products", 0)
		})
	})
	t.Run("connections change their names", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			stays(t, l, "here/orders", "main_orders", "1", noon)
			stays(t, l, "there/orders", "shop_orders", "2", noon)
			takeOver(t, l, "there/orders", "main_orders", "shop_orders", 3)
			takeOver(t, l, "here/orders", "shop_orders", "", 0)
			expect(t, l, "main_orders", 1, "2")
			expect(t, l, "shop_orders", 1, "1")
		})
	})
	t.Run("what waits for a warehouse stays with it when another connection has the one before", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			stays(t, l, "before/orders", "main_orders", "1", noon)
			stays(t, l, "now/orders", "main_orders", "2", noon.Add(time.Hour))
			takeOver(t, l, "before/orders", "new_orders", "main_orders", 0)
			expect(t, l, "main_orders", 2, "1", "2")
			expect(t, l, "new_orders", 0)
		})
	})
	t.Run("a stream that has not run has nothing", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			l, _ := opened(t, address)
			write(t, l, func(tx *Tx) error {
				former, _, err := tx.TakeOver("pair/orders", "accounts", "main_orders")
				assert.Empty(t, former)
				return err
			})
		})
	})
}

// The event of a dead letter was handled, and is read again when that is replayed.
func TestTakeOverOfHandledEvents(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		stays(t, l, "accounts/webhooks", "main_webhooks", "1", noon)
		write(t, l, func(tx *Tx) error { return tx.FinishEvent("main_webhooks", "1") })
		write(t, l, func(tx *Tx) error {
			_, records, err := tx.TakeOver("accounts/webhooks", "accounts", "shop_webhooks")
			assert.EqualValues(t, 2, records, "it waits no more")
			return err
		})
		event, exists, err := l.ReceivedEvent(t.Context(), "shop_webhooks", "1")
		require.NoError(t, err)
		assert.True(t, exists)
		assert.Equal(t, "shop", event.Connection)
		assert.True(t, event.Done)
	})
}

func TestTakeOverOfLinks(t *testing.T) {
	type takeOver struct{ key, pair, stream string }
	renamed := takeOver{"here/orders", "accounts", "shop_orders"}
	shared := takeOver{"accounts/products", "accounts", "shop_products"}
	for name, c := range map[string]struct {
		cursors, links map[string]string // of which connection
		takeOvers      []takeOver
		expect         map[string]string
	}{
		"those of a connection that was renamed, by the first of its streams": {
			map[string]string{"here/orders": "main", "accounts/products": "main", "here/stock": "main"},
			map[string]string{"accounts order": "main", "accounts product": "main", "others order": "main", "accounts asn": "third"},
			[]takeOver{renamed},
			map[string]string{"accounts order": "shop", "accounts product": "shop", "others order": "main", "accounts asn": "third"},
		},
		"those of products, where another connection runs what is shared": {
			map[string]string{"here/orders": "main", "accounts/products": "main"},
			map[string]string{"accounts order": "main", "accounts product": "main"},
			[]takeOver{shared},
			map[string]string{"accounts order": "main", "accounts product": "shop"},
		},
		"connections of other accounts change their names": {
			map[string]string{"here/orders": "main", "accounts/products": "main", "there/orders": "shop", "here/stock": "main", "there/stock": "shop"},
			map[string]string{"accounts order": "main", "accounts product": "main", "others order": "shop", "others product": "shop"},
			[]takeOver{shared, renamed, {"there/orders", "others", "main_orders"}, {"there/stock", "others", "main_stock"}, {"here/stock", "accounts", "shop_stock"}},
			map[string]string{"accounts order": "shop", "accounts product": "shop", "others order": "main", "others product": "main"},
		},
		"connections of the same accounts change their names": {
			map[string]string{"here/orders": "main", "there/orders": "shop"},
			map[string]string{"accounts order": "main", "accounts asn": "shop"},
			[]takeOver{renamed, {"there/orders", "accounts", "main_orders"}},
			map[string]string{"accounts order": "main", "accounts asn": "shop"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, address string) {
				l, _ := opened(t, address)
				write(t, l, func(tx *Tx) error {
					for key, connection := range c.cursors {
						_, pipeline, _ := strings.Cut(key, "/")
						require.NoError(t, tx.SaveCursor(Cursor{Key: key, Connection: connection, Stream: connection + "_" + pipeline}))
					}
					for link, connection := range c.links {
						pair, kind, _ := strings.Cut(link, " ")
						require.NoError(t, tx.PutLink(Link{Connection: connection, Pair: pair, Kind: kind, SourceID: "guid"}))
					}
					for _, o := range c.takeOvers {
						_, _, err := tx.TakeOver(o.key, o.pair, o.stream)
						require.NoError(t, err)
					}
					return nil
				})
				for link, connection := range c.expect {
					pair, kind, _ := strings.Cut(link, " ")
					k, exists, err := l.LinkBySource(t.Context(), pair, kind, "guid")
					require.NoError(t, err)
					assert.True(t, exists)
					assert.Equal(t, connection, k.Connection, link)
				}
				require.NoError(t, l.ResetConnection(t.Context(), "shop"))
				for link, connection := range c.expect {
					pair, kind, _ := strings.Cut(link, " ")
					_, exists, err := l.LinkBySource(t.Context(), pair, kind, "guid")
					require.NoError(t, err)
					assert.Equal(t, connection != "shop", exists, link)
				}
			})
		})
	}
}
