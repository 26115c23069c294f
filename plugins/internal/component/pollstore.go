package component

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// pollStore keeps the state of one flow in the ledger.
type pollStore struct {
	book     *connection.Book
	flow     *connection.Flow
	system   string
	resource string
	key      string // of the cursor
	before   map[string]int64
	// promised are the triggers for a full run, or one that passes its guards, which the
	// next run that ends well settles: a process that ends before leaves them.
	promised map[int64]bool
}

// choices is the store with what the records up to each cursor were chosen by, under the
// cursor's key.
const choices = "chosen_by"

// OpenPollStore keeps the state of a flow that reads a resource of a system in the
// ledger, by the accounts of its connection or by their warehouses. What the flow left
// under another name goes on under this one.
func OpenPollStore(ctx context.Context, conn *connection.Connection, flow *connection.Flow, scope, system, resource string) (polling.Store, error) {
	identity, err := conn.Identity(ctx)
	if err != nil {
		return nil, err
	}
	key := identity.Pair + "/" + flow.Pipeline
	if scope == ScopeAccounts {
		key = identity.Accounts + "/" + flow.Pipeline
	}
	var former string
	var records int64
	book := conn.Book()
	err = book.Ledger.Commit(ctx, func(tx *ledger.Tx) (err error) {
		former, records, err = tx.TakeOver(key, identity.Accounts, flow.Stream)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("opening the state of %s: %w", flow.Stream, err)
	}
	if former != "" {
		book.Options.Log.Info("the stream goes on where another one was, with what waited there", "stream", flow.Stream, "before", former, "records", records)
	}
	return &pollStore{book: book, flow: flow, system: system, resource: resource, key: key, promised: map[int64]bool{}}, nil
}

func (s *pollStore) Load(ctx context.Context) (polling.Cursor, bool, error) {
	s.before = s.flow.State().Counts
	cursor, exists, err := s.book.Ledger.Cursor(ctx, s.key)
	if err != nil || !exists {
		return polling.Cursor{}, false, err
	}
	chosenBy, _, err := s.book.Ledger.Get(ctx, choices, s.key)
	if err != nil {
		return polling.Cursor{}, false, err
	}
	return polling.Cursor{Position: cursor.Position, Seen: cursor.Seen, Saved: cursor.UpdatedAt, ChosenBy: string(chosenBy)}, true, nil
}

// releasedAfter is how long after a run the records are tried that waited for it:
// Mintsoft needs about three seconds to show a product that the run made, and a
// record that is tried too early waits for the next run.
const releasedAfter = 5 * time.Second

func (s *pollStore) Finish(ctx context.Context, cursor *polling.Cursor, report polling.Report) error {
	run := ledger.Run{
		Connection: s.flow.Connection, Stream: s.flow.Stream, StartedAt: report.Started, FinishedAt: report.Finished,
		Outcome: "delivered", Counts: s.countsSince(),
	}
	if report.Err != nil {
		run.Outcome, run.Error = "failed", report.Err.Error()
	}
	err := s.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if cursor != nil {
			if err := s.saveCursor(tx, *cursor, report.Finished); err != nil {
				return err
			}
			for id := range s.promised {
				if _, err := tx.TakeTrigger(id); err != nil {
					return err
				}
			}
			if _, err := tx.ReleaseParked(s.flow.Pipeline, report.Finished.Add(releasedAfter)); err != nil {
				return err
			}
		}
		for _, what := range report.Redelivered {
			if err := tx.SettleRedelivery(s.flow.Stream, s.record(what), report.Started); err != nil {
				return err
			}
		}
		_, err := tx.SaveRun(run)
		return err
	})
	if err != nil {
		return fmt.Errorf("recording the run of %s: %w", s.flow.Stream, err)
	}
	if cursor != nil {
		clear(s.promised)
	}
	if report.Err == nil {
		s.flow.Failed(nil)
	}
	return nil
}

// saveCursor saves what the next run starts from.
func (s *pollStore) saveCursor(tx *ledger.Tx, cursor polling.Cursor, at time.Time) error {
	err := tx.SaveCursor(ledger.Cursor{
		Key: s.key, Connection: s.flow.Connection, Stream: s.flow.Stream, Version: 1, Position: cursor.Position, Seen: cursor.Seen, UpdatedAt: at,
	})
	switch {
	case err != nil:
		return err
	case cursor.ChosenBy == "":
		return tx.Delete(choices, s.key)
	}
	return tx.Set(choices, s.key, []byte(cursor.ChosenBy), 0)
}

func (s *pollStore) countsSince() map[string]int64 {
	counts := s.flow.State().Counts
	for what, n := range s.before {
		counts[what] -= n
	}
	return counts
}

// isAsked spares a running sync the look into the ledger that each stream would
// take each second. A single run does not wait a second for what it made itself.
func (s *pollStore) isAsked(ctx context.Context) (bool, error) {
	if s.book.Options.Once {
		return true, nil
	}
	return s.book.IsAsked(ctx, s.flow.Stream)
}

// Requested leaves what is asked of a run at its time of the day until then: a full
// run, or one that passes its guards. A plain wish for a run is for now.
func (s *pollStore) Requested(ctx context.Context, waits bool) (polling.Request, bool, error) {
	var request polling.Request
	if asked, err := s.isAsked(ctx); err != nil || !asked {
		return request, false, err
	}
	triggers, err := s.book.Ledger.Triggers(ctx, s.flow.Stream)
	if waits {
		triggers = slices.DeleteFunc(triggers, func(t ledger.Trigger) bool { return !t.Now && (t.Full || t.Accept) })
	}
	if err != nil || len(triggers) == 0 {
		return request, false, err
	}
	asked := false
	err = s.book.Ledger.CommitFor(ctx, s.flow.Connection, func(tx *ledger.Tx) error {
		request, asked = polling.Request{}, false
		for _, trigger := range triggers {
			if trigger.Full || trigger.Accept {
				asked = asked || !s.promised[trigger.ID]
				request.Full = request.Full || trigger.Full
				request.Accept = request.Accept || trigger.Accept
				continue
			}
			taken, err := tx.TakeTrigger(trigger.ID)
			if err != nil {
				return err
			}
			asked = asked || taken
		}
		return nil
	})
	if err != nil {
		return request, false, err
	}
	for _, trigger := range triggers {
		if trigger.Full || trigger.Accept {
			s.promised[trigger.ID] = true
		}
	}
	return request, asked, nil
}

func (s *pollStore) Redeliveries(ctx context.Context) ([]polling.Redelivery, error) {
	if asked, err := s.isAsked(ctx); err != nil || !asked {
		return nil, err
	}
	due, err := s.book.Ledger.Redeliveries(ctx, s.flow.Stream, s.book.Options.Now())
	if err != nil {
		return nil, err
	}
	var redeliveries []polling.Redelivery
	for _, r := range due {
		if r.Record.System == s.system && r.Record.Resource == s.resource {
			redeliveries = append(redeliveries, polling.Redelivery{ID: r.Record.ID, Ref: r.Record.Ref, DeadLetter: r.DeadLetterID, At: r.DueAt})
		}
	}
	return redeliveries, nil
}

func (s *pollStore) record(what polling.Redelivery) ledger.Record {
	return ledger.Record{System: s.system, Resource: s.resource, ID: what.ID, Ref: what.Ref}
}

// Gone closes what waited for a record that does not exist any more.
func (s *pollStore) Gone(ctx context.Context, what polling.Redelivery) error {
	record := s.record(what)
	const summary = "it was to be sent again, but does not exist any more"
	s.book.Options.Log.Info("gone", "stream", s.flow.Stream, "record", what.Ref, "reason", summary)
	return s.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if _, err := tx.CloseDeadLetters(s.flow.Stream, record); err != nil {
			return err
		}
		if err := tx.Unpark(s.flow.Stream, record); err != nil {
			return err
		}
		return tx.AddEvent(ledger.Event{
			At: s.book.Options.Now(), Connection: s.flow.Connection, Stream: s.flow.Stream, Record: record,
			Kind: ledger.EventGone, Summary: summary,
		})
	})
}

// Missing makes a parked record a dead letter, and leaves one that is replayed open.
func (s *pollStore) Missing(ctx context.Context, what polling.Redelivery) error {
	record := s.record(what)
	reason := "it was to be sent again, but " + s.system + " does not show it: if it was deleted there, discard this, else replay it"
	if what.DeadLetter == "" {
		source := Source{Connection: s.flow.Connection, Stream: s.flow.Stream, Pipeline: s.flow.Pipeline, Record: record}
		return Refuse(ctx, s.book, s.flow, source, ledger.DeadLetter{Class: ledger.ClassRejected, System: s.system, Reason: reason})
	}
	return s.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if err := tx.ReopenDeadLetters(s.flow.Stream, record, reason); err != nil {
			return err
		}
		return tx.AddEvent(ledger.Event{
			At: s.book.Options.Now(), Connection: s.flow.Connection, Stream: s.flow.Stream, Record: record,
			Kind: ledger.EventMissing, Summary: reason,
		})
	})
}
