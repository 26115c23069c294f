package ledger

import (
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCursors(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		_, exists, err := l.Cursor(t.Context(), "pair/orders")
		require.NoError(t, err)
		assert.False(t, exists)

		saved := Cursor{Key: "pair/orders", Connection: "main", Stream: "main_orders", Version: 1, Position: noon, Seen: map[string]string{"guid": "é"}, UpdatedAt: noon}
		write(t, l, func(tx *Tx) error { return tx.SaveCursor(Cursor{Key: "pair/orders", Stream: "older"}) })
		write(t, l, func(tx *Tx) error { return tx.SaveCursor(saved) })
		write(t, l, func(tx *Tx) error { return tx.SaveCursor(Cursor{Key: "pair/products", Stream: "main_a"}) })

		found, exists, err := l.Cursor(t.Context(), "pair/orders")
		require.NoError(t, err)
		assert.True(t, exists)
		assert.Equal(t, saved, found, "to the nanosecond, in UTC")
		all, err := l.Cursors(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 2)
		assert.Equal(t, []string{"main_a", "main_orders"}, []string{all[0].Stream, all[1].Stream})
		assert.True(t, all[0].Position.IsZero())
	})
}

func TestLinks(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, c := opened(t, address)
		link := Link{
			Connection: "main", Pair: "pair", Kind: "order", SourceSystem: "unleashed", SourceID: "guid", SourceRef: "SO-1",
			TargetSystem: "mintsoft", TargetID: "17", TargetRef: "UNL-SO-1", Modified: "v1",
		}
		write(t, l, func(tx *Tx) error { return tx.PutLink(link) })
		c.at = noon.Add(time.Hour)
		link.Modified = "v2"
		write(t, l, func(tx *Tx) error { return tx.PutLink(link) })
		write(t, l, func(tx *Tx) error {
			return tx.PutLink(Link{Pair: "pair", Kind: "asn", SourceID: "guid", TargetID: "17"})
		})
		write(t, l, func(tx *Tx) error {
			return tx.PutLink(Link{Pair: "another", Kind: "order", SourceID: "guid", TargetID: "99"})
		})
		link.CreatedAt, link.UpdatedAt = noon, c.at

		found, exists, err := l.LinkBySource(t.Context(), "pair", "order", "guid")
		require.NoError(t, err)
		assert.True(t, exists)
		assert.Equal(t, link, found, "written over, but made when it was made first")
		found, exists, err = l.LinkByTarget(t.Context(), "pair", "order", "17")
		require.NoError(t, err)
		assert.True(t, exists)
		assert.Equal(t, link, found)
		_, exists, err = l.LinkByTarget(t.Context(), "pair", "order", "99")
		require.NoError(t, err)
		assert.False(t, exists, "the accounts are another pair")
		kind, err := l.LinksOfKind(t.Context(), "pair", "order")
		require.NoError(t, err)
		assert.Equal(t, []Link{link}, kind)
		counts, err := l.LinkCounts(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []LinkCount{{"", "asn", 1, c.at}, {"", "order", 1, c.at}, {"main", "order", 1, c.at}}, counts)
		for ref, n := range map[string]int{"guid": 3, "SO-1": 1, "17": 2, "UNL-SO-1": 1, "SO-2": 0} {
			links, err := l.LinksByRef(t.Context(), ref)
			require.NoError(t, err)
			assert.Len(t, links, n, ref)
		}

		write(t, l, func(tx *Tx) error {
			deleted, err := tx.DeleteLink("pair", "order", "guid")
			assert.True(t, deleted)
			return err
		})
		_, exists, err = l.LinkBySource(t.Context(), "pair", "order", "guid")
		require.NoError(t, err)
		assert.False(t, exists)
	})
}

func TestIntents(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		intended := Intent{
			Key: "accounts/order.create/guid", Account: "mintsoft/1", Connection: "main", Stream: "main_orders", System: "mintsoft", Operation: "order.create",
			Record: order("1"), RequestHash: "hash", State: "intended", Attempts: 2, FirstAt: noon, UpdatedAt: noon,
		}
		write(t, l, func(tx *Tx) error { return tx.PutIntent(intended) })
		done := intended
		done.State, done.TargetID, done.TargetRef, done.Note, done.UpdatedAt = "done", "17", "UNL-1", "adopted", noon.Add(time.Second)
		done.Attempts, done.FirstAt = 0, time.Time{}
		write(t, l, func(tx *Tx) error { return tx.PutIntent(done) })
		done.Attempts, done.FirstAt = 2, noon

		found, exists, err := l.Intent(t.Context(), intended.Key)
		require.NoError(t, err)
		assert.True(t, exists)
		assert.Equal(t, done, found, "the first moment and the attempts are kept")
		for ref, n := range map[string]int{"guid-1": 1, "SO-1": 1, "UNL-1": 1, "17": 0} {
			intents, err := l.Intents(t.Context(), ref)
			require.NoError(t, err)
			assert.Len(t, intents, n, ref)
		}

		write(t, l, func(tx *Tx) error {
			deleted, err := tx.DeleteIntent(intended.Key)
			assert.True(t, deleted)
			return err
		})
		write(t, l, func(tx *Tx) error {
			deleted, err := tx.DeleteIntent(intended.Key)
			assert.False(t, deleted)
			return err
		})
		assert.False(t, l.has(t, intended.Key))
	})
}

func TestEvents(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		first := Event{At: noon, Connection: "main", Stream: "main_orders", Record: order("1"), Kind: "sent", Summary: "mintsoft order.create", Detail: json.RawMessage(`{"a": 1}`)}
		second := Event{Record: order("1"), Kind: "rejected", Summary: "nul \x00 and \xff", Detail: json.RawMessage("<html>\x00")}
		write(t, l, func(tx *Tx) error {
			if err := tx.AddEvent(first); err != nil {
				return err
			}
			return tx.AddEvent(second)
		})
		write(t, l, func(tx *Tx) error { return tx.AddEvent(Event{Record: order("2"), Kind: "sent"}) })

		for _, ref := range []string{"guid-1", "SO-1"} {
			events, err := l.Events(t.Context(), ref)
			require.NoError(t, err)
			require.Len(t, events, 2)
			assert.Less(t, events[0].ID, events[1].ID)
			first.ID = events[0].ID
			assert.Equal(t, first, events[0])
			assert.Equal(t, noon, events[1].At, "the time is now when none is given")
			assert.Equal(t, "nul \uFFFD and \uFFFD", events[1].Summary, "text that a database refuses is kept as far as it goes")
			_, err = json.Marshal(events)
			assert.NoError(t, err, "a body that is not JSON can be printed as JSON")
		}
	})
}

func TestStores(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, c := opened(t, address)
		get := func(key string) string {
			value, exists, err := l.Get(t.Context(), "customers", key)
			require.NoError(t, err)
			if !exists {
				return "none"
			}
			return string(value)
		}
		add := func(key, value string, ttl time.Duration) (added bool) {
			write(t, l, func(tx *Tx) (err error) {
				added, err = tx.AddIfAbsent("customers", key, []byte(value), ttl)
				return err
			})
			return added
		}
		assert.Equal(t, "none", get("kept"))
		write(t, l, func(tx *Tx) error { return tx.Set("customers", "kept", []byte("\x00\xff"), 0) })
		write(t, l, func(tx *Tx) error { return tx.Set("customers", "empty", nil, 0) })
		write(t, l, func(tx *Tx) error { return tx.Set("customers", "short", []byte("1"), time.Minute) })
		write(t, l, func(tx *Tx) error { return tx.Set("another", "kept", []byte("other"), 0) })
		assert.Equal(t, "\x00\xff", get("kept"), "bytes come back as they went in")
		assert.Empty(t, get("empty"))
		assert.Equal(t, "1", get("short"))
		assert.False(t, add("short", "2", time.Minute))
		assert.False(t, add("kept", "2", time.Minute))

		c.at = noon.Add(time.Minute)
		assert.Equal(t, "none", get("short"), "its time is over")
		assert.True(t, add("short", "3", 0), "what is over is absent")
		assert.True(t, add("new", "4", time.Minute))
		c.at = noon.Add(24 * time.Hour)
		assert.Equal(t, "3", get("short"))
		assert.Equal(t, "none", get("new"))

		write(t, l, func(tx *Tx) error { return tx.Delete("customers", "kept") })
		assert.Equal(t, "none", get("kept"))
	})
}

func TestAccounts(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		accounts, err := l.Accounts(t.Context(), "mintsoft")
		require.NoError(t, err)
		assert.Empty(t, accounts)
		other := Account{System: "mintsoft", Slot: "shop", Fingerprint: "host", Identity: "id"}
		for _, account := range []Account{other, {System: "unleashed", Slot: "main"}} {
			write(t, l, func(tx *Tx) error { return tx.PutAccount(account) })
		}
		for _, account := range []Account{
			{System: "mintsoft", Slot: "main", Fingerprint: "host", Identity: "old"},
			{System: "mintsoft", Slot: "main", Fingerprint: "host", Identity: "id", Facts: []string{"3:MAIN"}},
		} {
			write(t, l, func(tx *Tx) error { return tx.PutAccount(account) })
			accounts, err := l.Accounts(t.Context(), "mintsoft")
			require.NoError(t, err)
			assert.Equal(t, []Account{account, other}, accounts)
		}

		for range 3 {
			write(t, l, func(tx *Tx) error { return tx.AddCalls("unleashed/1", "2026-01", 20) })
		}
		calls, err := l.Calls(t.Context(), "unleashed/1", "2026-01")
		require.NoError(t, err)
		assert.EqualValues(t, 60, calls)
		calls, err = l.Calls(t.Context(), "unleashed/1", "2026-02")
		require.NoError(t, err)
		assert.Zero(t, calls, "a month starts at nothing")
	})
}

func TestRuns(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		_, exists, err := l.LastRun(t.Context(), "main_orders")
		require.NoError(t, err)
		assert.False(t, exists)
		last := Run{Connection: "main", Stream: "main_orders", StartedAt: noon, FinishedAt: noon.Add(time.Second), Outcome: "failed", Error: "no", Counts: map[string]int64{"read": 3}}
		write(t, l, func(tx *Tx) (err error) {
			if _, err = tx.SaveRun(Run{Stream: "main_orders", FinishedAt: noon.Add(time.Hour)}); err != nil {
				return err
			}
			last.ID, err = tx.SaveRun(last)
			return err
		})
		write(t, l, func(tx *Tx) error {
			_, err := tx.SaveRun(Run{Stream: "main_products"})
			return err
		})
		found, exists, err := l.LastRun(t.Context(), "main_orders")
		require.NoError(t, err)
		assert.True(t, exists)
		assert.Equal(t, last, found)

		for connection, ended := range map[string]time.Time{"main": last.FinishedAt, "other": {}} {
			at, err := l.LastRunOf(t.Context(), connection)
			require.NoError(t, err)
			assert.Equal(t, ended, at)
		}
	})
}

func TestTriggers(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		here, _ := opened(t, address)
		there, _ := opened(t, address)
		asked := Trigger{Stream: "main_stock", Full: true, Accept: true, At: noon}
		write(t, here, func(tx *Tx) error { return tx.AddTrigger(asked) })
		write(t, here, func(tx *Tx) error { return tx.AddTrigger(Trigger{Stream: "main_stock", Now: true}) })
		write(t, here, func(tx *Tx) error { return tx.AddTrigger(Trigger{Stream: "main_orders"}) })
		waiting, err := there.Triggers(t.Context(), "main_stock")
		require.NoError(t, err)
		require.Len(t, waiting, 2)
		asked.ID = waiting[0].ID
		assert.Equal(t, asked, waiting[0])

		var taken atomic.Int64
		var all sync.WaitGroup
		for _, l := range []*Ledger{here, there} {
			for range 8 {
				all.Go(func() {
					var mine bool
					err := l.Commit(t.Context(), func(tx *Tx) (err error) {
						mine, err = tx.TakeTrigger(asked.ID)
						return err
					})
					if assert.NoError(t, err) && mine {
						taken.Add(1)
					}
				})
			}
		}
		all.Wait()
		assert.EqualValues(t, 1, taken.Load(), "of all who try on both replicas, one takes it")
		waiting, err = here.Triggers(t.Context(), "main_stock")
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		assert.True(t, waiting[0].Now)
	})
}

func TestNudges(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, c := opened(t, address)
		nudge := func() (asked bool) {
			write(t, l, func(tx *Tx) (err error) {
				asked, err = tx.Nudge("main_products", time.Minute)
				return err
			})
			return asked
		}
		due := func() []Trigger {
			triggers, err := l.Triggers(t.Context(), "main_products")
			require.NoError(t, err)
			return triggers
		}
		take := func() {
			require.Len(t, due(), 1)
			write(t, l, func(tx *Tx) error {
				_, err := tx.TakeTrigger(due()[0].ID)
				return err
			})
		}
		assert.True(t, nudge())
		assert.False(t, nudge(), "a run is asked for already")
		take()

		c.at = noon.Add(20 * time.Second)
		assert.True(t, nudge())
		assert.Empty(t, due(), "it has run within the minute")
		assert.False(t, nudge(), "a run is to come")
		c.at = noon.Add(time.Minute)
		assert.Equal(t, noon.Add(time.Minute), due()[0].At)
		take()

		c.at = noon.Add(time.Hour)
		assert.True(t, nudge())
		assert.Len(t, due(), 1, "at once after a quiet time")
	})
}

func TestPrintedNames(t *testing.T) {
	for _, row := range []any{Cursor{}, Link{}, Intent{}, Parked{}, DeadLetter{}, Event{}, Trigger{}, Account{}, Run{}, Arrival{}, Redelivery{}, Record{}} {
		printed, err := json.Marshal(row)
		require.NoError(t, err)
		var fields map[string]any
		require.NoError(t, json.Unmarshal(printed, &fields))
		for name := range fields {
			assert.Equal(t, strings.ToLower(name), name, "%T", row)
		}
	}
}
