package ledger

import (
	"context"
	"fmt"
	"time"
)

// pruneAtOnce is how many rows one commit removes, so that those who write in
// between are not kept waiting.
const pruneAtOnce = 2000

// Prune removes what is past its retention, and answers how many rows it removed
// or emptied: events and runs from before eventsBefore, except the last run of
// each stream, triggers that were taken before it, handled events of services that
// arrived before it, dead letters that were closed or discarded before
// deadLettersBefore, and items of stores whose time is over. A dead letter that is
// still open stays, but loses its body. Links, intents and cursors stay, and so do
// arrivals that are not handled.
func (l *Ledger) Prune(ctx context.Context, eventsBefore, deadLettersBefore time.Time) (int64, error) {
	var total int64
	for _, past := range []struct {
		what, statement string
		before          time.Time
	}{
		{"events", "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? LIMIT ?)", eventsBefore},
		{"runs", "DELETE FROM runs WHERE id IN (SELECT id FROM runs r WHERE finished_at < ? " +
			"AND EXISTS (SELECT 1 FROM runs later WHERE later.stream = r.stream AND later.id > r.id) LIMIT ?)", eventsBefore},
		{"triggers", "DELETE FROM triggers WHERE id IN (SELECT id FROM triggers WHERE taken_at > 0 AND taken_at < ? LIMIT ?)", eventsBefore},
		{"handled arrivals", "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state = 'done' AND received_at < ? LIMIT ?)", eventsBefore},
		{"dead letters", "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE state IN ('closed', 'discarded') AND last_at < ? LIMIT ?)", deadLettersBefore},
		{"the bodies of dead letters", "UPDATE dead_letters SET detail = '' WHERE id IN (SELECT id FROM dead_letters WHERE detail <> '' AND last_at < ? LIMIT ?)", deadLettersBefore},
		{"items of stores", "DELETE FROM items WHERE (store, key) IN (SELECT store, key FROM items WHERE expires_at > 0 AND expires_at <= ? LIMIT ?)", l.now()},
	} {
		removed, err := l.prune(ctx, past.statement, past.before)
		total += removed
		if err != nil {
			return total, fmt.Errorf("removing %s past their retention: %w", past.what, err)
		}
	}
	return total, nil
}

func (l *Ledger) prune(ctx context.Context, statement string, before time.Time) (int64, error) {
	var total int64
	for {
		var removed int64
		err := l.Commit(ctx, func(tx *Tx) (err error) {
			removed, err = tx.exec(statement, before, pruneAtOnce)
			return err
		})
		if err != nil {
			return total, err
		}
		if total += removed; removed < pruneAtOnce {
			return total, nil
		}
	}
}

// ResetConnection forgets what a connection has read and written: cursors, links,
// intents, parked records, dead letters, triggers, received events, runs, and
// which accounts it was for. Events stay, since they tell what was done.
func (l *Ledger) ResetConnection(ctx context.Context, name string) error {
	err := l.Commit(ctx, func(tx *Tx) error {
		for _, table := range []string{"cursors", "links", "intents", "parked", "dead_letters", "inbox", "runs"} {
			if _, err := tx.exec("DELETE FROM "+table+" WHERE connection = ?", name); err != nil {
				return err
			}
		}
		if _, err := tx.exec("DELETE FROM accounts WHERE slot = ?", name); err != nil {
			return err
		}
		// A stream is called <connection>_<pipeline>, and no connection has an
		// underscore in its name.
		prefix := name + "_"
		_, err := tx.exec("DELETE FROM triggers WHERE substr(stream, 1, ?) = ?", len(prefix), prefix)
		return err
	})
	if err != nil {
		return fmt.Errorf("resetting the connection %s: %w", name, err)
	}
	return nil
}
