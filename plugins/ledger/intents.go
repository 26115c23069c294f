package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Intent is a write that shall happen once for its key: what was meant, and what
// became of it. The states are those of the room that delivers.
type Intent struct {
	Key         string    `json:"key"`
	Account     string    `json:"account"` // of the service that is written to
	Connection  string    `json:"connection"`
	Stream      string    `json:"stream"`
	System      string    `json:"system"`
	Operation   string    `json:"operation"`
	Record      Record    `json:"record"` // where it comes from
	RequestHash string    `json:"request_hash"`
	State       string    `json:"state"`
	TargetID    string    `json:"target_id,omitempty"`
	TargetRef   string    `json:"target_ref,omitempty"`
	Attempts    int       `json:"attempts"`
	FirstAt     time.Time `json:"first_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Note        string    `json:"note,omitempty"`
}

// Unanswered says that nobody knows whether the write was done.
func (i Intent) Unanswered() bool { return i.State == "intended" || i.State == ClassAmbiguous }

const (
	recordColumns = "record_system, record_resource, record_id, record_ref, record_modified"
	intentColumns = "key, account, connection, stream, system, operation, " + recordColumns +
		", request_hash, state, target_id, target_ref, attempts, first_at, updated_at, note"
)

func scanIntent(r row) (i Intent, err error) {
	err = r.Scan(&i.Key, &i.Account, &i.Connection, &i.Stream, &i.System, &i.Operation,
		&i.Record.System, &i.Record.Resource, &i.Record.ID, &i.Record.Ref, &i.Record.Modified,
		&i.RequestHash, &i.State, &i.TargetID, &i.TargetRef, &i.Attempts, instant{&i.FirstAt}, instant{&i.UpdatedAt}, &i.Note)
	return i, err
}

// Intent reads the intent of a key; false when there is none.
func (l *Ledger) Intent(ctx context.Context, key string) (Intent, bool, error) {
	i, exists, err := one(ctx, l, scanIntent, "SELECT "+intentColumns+" FROM intents WHERE key = ?", key)
	if err != nil {
		return i, false, fmt.Errorf("reading the intent %s: %w", key, err)
	}
	return i, exists, nil
}

// Intents finds the intents of a record, by its id, by its number, or by the
// number of what it became; the oldest first.
func (l *Ledger) Intents(ctx context.Context, ref string) ([]Intent, error) {
	if ref == "" {
		return nil, nil
	}
	intents, err := list(ctx, l, scanIntent, "SELECT "+intentColumns+" FROM intents WHERE record_id = ? OR record_ref = ? OR target_ref = ? "+
		"ORDER BY first_at, key", ref, ref, ref)
	if err != nil {
		return nil, fmt.Errorf("reading the intents of %s: %w", ref, err)
	}
	return intents, nil
}

// LastUnanswered is when a connection last meant a write by an operation that nobody
// knows the outcome of: its process may have died with the request under way. False
// when there is none.
func (l *Ledger) LastUnanswered(ctx context.Context, connection, operation string) (at time.Time, exists bool, err error) {
	intents, err := list(ctx, l, scanIntent, "SELECT "+intentColumns+" FROM intents WHERE connection = ? AND operation = ? AND state = 'intended' ORDER BY updated_at DESC LIMIT 1",
		connection, operation)
	if err != nil {
		return at, false, fmt.Errorf("reading the intents of %s: %w", operation, err)
	}
	if len(intents) == 0 {
		return at, false, nil
	}
	return intents[0].UpdatedAt, true, nil
}

// PutIntent writes an intent over the one with the same key. The moment of the
// first is kept, and so is the number of attempts when the new one gives none.
func (tx *Tx) PutIntent(i Intent) error {
	if err := tx.guard(i.Connection); err != nil {
		return err
	}
	if i.UpdatedAt.IsZero() {
		i.UpdatedAt = tx.ledger.now()
	}
	if i.FirstAt.IsZero() {
		i.FirstAt = i.UpdatedAt
	}
	_, err := tx.exec("INSERT INTO intents ("+intentColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "+
		"ON CONFLICT (key) DO UPDATE SET account = excluded.account, connection = excluded.connection, stream = excluded.stream, "+
		"system = excluded.system, operation = excluded.operation, record_system = excluded.record_system, record_resource = excluded.record_resource, "+
		"record_id = excluded.record_id, record_ref = excluded.record_ref, record_modified = excluded.record_modified, "+
		"request_hash = excluded.request_hash, state = excluded.state, target_id = excluded.target_id, target_ref = excluded.target_ref, "+
		"attempts = CASE WHEN excluded.attempts > 0 THEN excluded.attempts ELSE intents.attempts END, updated_at = excluded.updated_at, note = excluded.note",
		i.Key, i.Account, i.Connection, i.Stream, i.System, i.Operation,
		i.Record.System, i.Record.Resource, i.Record.ID, i.Record.Ref, i.Record.Modified,
		i.RequestHash, i.State, i.TargetID, i.TargetRef, i.Attempts, i.FirstAt, i.UpdatedAt, i.Note)
	return err
}

// DeleteIntent forgets a key, so that its write may happen once more; false when
// nothing was known.
func (tx *Tx) DeleteIntent(key string) (bool, error) {
	n, err := tx.exec("DELETE FROM intents WHERE key = ?", key)
	return n > 0, err
}

// released is the detail of an EventReleased: what was made by the write, if it is known.
type released struct {
	Pair      string `json:"pair"` // the accounts
	Operation string `json:"operation"`
	TargetID  string `json:"target_id"`
}

// Release forgets an intent, so that its write may happen once more beside the target
// that it made, which is gone for good or cancelled.
func (tx *Tx) Release(i Intent, at time.Time, pair, target, reason string) error {
	if _, err := tx.DeleteIntent(i.Key); err != nil {
		return err
	}
	detail, err := json.Marshal(released{Pair: pair, Operation: i.Operation, TargetID: target})
	if err != nil {
		return err
	}
	return tx.AddEvent(Event{At: at, Connection: i.Connection, Stream: i.Stream, Record: i.Record, Kind: EventReleased, Summary: reason, Detail: detail})
}

// ReleasedFrom says whether a person let a record be sent again beside this target.
func (l *Ledger) ReleasedFrom(ctx context.Context, pair, operation string, r Record, target string) (bool, error) {
	events, err := l.Events(ctx, r.ID)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(events, func(e Event) bool {
		var from released
		return e.Kind == EventReleased && e.Record.ID == r.ID && json.Unmarshal(e.Detail, &from) == nil && from == released{pair, operation, target}
	}), nil
}
