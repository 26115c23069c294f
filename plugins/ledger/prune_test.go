package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPrune(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, c := opened(t, address)
		eventsBefore, lettersBefore := noon.Add(-90*24*time.Hour), noon.Add(-30*24*time.Hour)
		old := eventsBefore.Add(-time.Second)

		const manyEvents = pruneAtOnce + 10
		write(t, l, func(tx *Tx) error {
			for range manyEvents {
				if err := tx.AddEvent(Event{At: old, Record: order("1"), Kind: "sent", Detail: json.RawMessage(`{"Name":"Ada"}`)}); err != nil {
					return err
				}
			}
			return tx.AddEvent(Event{At: eventsBefore, Record: order("1"), Kind: "created"})
		})
		write(t, l, func(tx *Tx) error {
			for i, run := range []Run{{Stream: "main_orders", FinishedAt: old}, {Stream: "main_orders", FinishedAt: noon}, {Stream: "main_off", FinishedAt: old}} {
				if _, err := tx.SaveRun(run); err != nil {
					return fmt.Errorf("run %d: %w", i, err)
				}
			}
			return nil
		})
		ids := map[string]string{}
		for _, state := range []string{StateOpen, StateReplaying, StateClosed, StateDiscarded} {
			for age, at := range map[string]time.Time{"old": lettersBefore.Add(-time.Second), "new": lettersBefore} {
				c.at = at
				d := letter(state + age)
				d.FirstAt, d.LastAt = at, at
				ids[state+" "+age] = file(t, l, d)
				move(t, l, ids[state+" "+age], state)
			}
		}
		c.at = old
		write(t, l, func(tx *Tx) error {
			for _, stream := range []string{"taken", "waiting"} {
				if err := tx.AddTrigger(Trigger{Stream: stream}); err != nil {
					return err
				}
			}
			_, err := tx.TakeTrigger(1)
			return err
		})
		write(t, l, func(tx *Tx) error {
			for id, at := range map[string]time.Time{"old": old, "old and new": old, "recent": eventsBefore} {
				a := arrival(id)
				a.ReceivedAt = at
				if _, err := tx.ReceiveEvent(a); err != nil {
					return err
				}
			}
			return errors.Join(tx.FinishEvent("main_webhooks", "old"), tx.FinishEvent("main_webhooks", "recent"))
		})
		c.at = noon
		fill(t, l)
		write(t, l, func(tx *Tx) error {
			if err := tx.Set("facts", "short", []byte("1"), time.Minute); err != nil {
				return err
			}
			return tx.Set("facts", "long", []byte("1"), time.Hour)
		})
		c.at = noon.Add(time.Minute)
		kept := dump(t, l.db, []string{"cursors", "links", "intents", "accounts", "parked", "calls"})

		removed, err := l.Prune(t.Context(), eventsBefore, lettersBefore)
		require.NoError(t, err)
		assert.EqualValues(t, manyEvents+1 /* run */ +1 /* trigger */ +1 /* arrival */ +2 /* settled */ +2 /* bodies */ +1 /* item */, removed)

		events, err := l.Events(t.Context(), "guid-1")
		require.NoError(t, err)
		require.Len(t, events, 2)
		assert.Equal(t, "created", events[0].Kind)
		for stream, finished := range map[string]time.Time{"main_orders": {}, "main_off": old} {
			run, exists, err := l.LastRun(t.Context(), stream)
			require.NoError(t, err)
			assert.True(t, exists, "the last run of %s is kept", stream)
			assert.Equal(t, finished, run.FinishedAt)
		}
		for what, id := range ids {
			d, exists, err := l.DeadLetter(t.Context(), id)
			require.NoError(t, err)
			gone := what == "closed old" || what == "discarded old"
			emptied := what == "open old" || what == "replaying old"
			assert.Equal(t, !gone, exists, what)
			assert.Equal(t, exists && !emptied, len(d.Detail) > 0, what)
		}
		for _, key := range []string{"short", "long"} {
			_, exists, err := l.Get(t.Context(), "facts", key)
			require.NoError(t, err)
			assert.Equal(t, key == "long", exists)
		}
		for id, wanted := range map[string]bool{"old": false, "old and new": true, "recent": true, "e-1": true} {
			_, exists, err := l.ReceivedEvent(t.Context(), "main_webhooks", id)
			require.NoError(t, err)
			assert.Equal(t, wanted, exists, "arrival %s", id)
		}
		waiting, err := l.Triggers(t.Context(), "waiting")
		require.NoError(t, err)
		assert.Len(t, waiting, 1)
		assert.Equal(t, kept, dump(t, l.db, []string{"cursors", "links", "intents", "accounts", "parked", "calls"}))

		removed, err = l.Prune(t.Context(), eventsBefore, lettersBefore)
		require.NoError(t, err)
		assert.Zero(t, removed, "there is nothing left to remove")
	})
}

func TestResetConnection(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		other := func(tx *Tx) error {
			for _, err := range []error{
				tx.SaveCursor(Cursor{Key: "other/orders", Connection: "main2", Stream: "main2_orders"}),
				tx.PutLink(Link{Connection: "main2", Pair: "pair", Kind: "order", SourceID: "guid-9"}),
				tx.PutIntent(Intent{Key: "other", Connection: "main2"}),
				tx.Park(Parked{Connection: "main2", Stream: "main2_orders", Record: order("9")}),
				tx.AddTrigger(Trigger{Stream: "main2_orders"}),
				tx.PutAccount(Account{System: "mintsoft", Slot: "main2"}),
			} {
				if err != nil {
					return err
				}
			}
			_, err := tx.ReceiveEvent(Arrival{ID: "e-9", Connection: "main2", Stream: "main2_webhooks", Body: json.RawMessage(`{}`)})
			return err
		}
		write(t, l, other)
		tables := []string{"cursors", "links", "intents", "parked", "dead_letters", "triggers", "inbox", "runs", "accounts"}
		before := dump(t, l.db, tables)
		fill(t, l)
		require.NotEqual(t, before, dump(t, l.db, tables))
		require.NoError(t, l.ResetConnection(t.Context(), "main"))
		assert.Equal(t, before, dump(t, l.db, tables), "the other connection keeps all, this one nothing")
		events, err := l.Events(t.Context(), "guid-1")
		require.NoError(t, err)
		assert.Len(t, events, 1, "what was done is told still")
	})
}
