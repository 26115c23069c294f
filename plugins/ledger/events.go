package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Kinds of events. The outcomes of writes, such as "created" and "dead-lettered", are
// kinds too: delivery names them.
const (
	EventSent     = "sent"     // a write was begun, with its body
	EventChanged  = "changed"  // what was written once would be another write now
	EventAgreed   = "agreed"   // likewise, by a change that we made ourselves
	EventSkipped  = "skipped"  // it is rightly not written
	EventParked   = "parked"   // it waits for a run of a pipeline
	EventGone     = "gone"     // it was to be read again, and does not exist any more
	EventMissing  = "missing"  // likewise, and the service does not show it
	EventReceived = "received" // a service told of it
	EventReleased = "released" // a person let it be sent again
)

// Event is something that was done for a record.
type Event struct {
	ID         int64     `json:"id"` // given by AddEvent; later events have higher ones
	At         time.Time `json:"at"`
	Connection string    `json:"connection"`
	Stream     string    `json:"stream"`
	Record     Record    `json:"record"`
	Kind       string    `json:"kind"`
	Summary    string    `json:"summary"`
	// Detail is what was sent or answered. Text that is not JSON becomes a JSON
	// string.
	Detail json.RawMessage `json:"detail,omitempty"`
}

const eventColumns = "at, connection, stream, " + recordColumns + ", kind, summary, detail"

func scanEvent(r row) (e Event, err error) {
	err = r.Scan(&e.ID, instant{&e.At}, &e.Connection, &e.Stream,
		&e.Record.System, &e.Record.Resource, &e.Record.ID, &e.Record.Ref, &e.Record.Modified, &e.Kind, &e.Summary, raw{&e.Detail})
	return e, err
}

// Events reads what was done for a record, by its id or its number, in the order
// in which it was done. Events of a record's counterpart are its own: LinksByRef
// tells which that is.
func (l *Ledger) Events(ctx context.Context, ref string) ([]Event, error) {
	var past []Event
	if l.past != nil {
		var err error
		if past, err = l.past.Events(ctx, ref); err != nil {
			return nil, err
		}
	}
	events, err := list(ctx, l, scanEvent, "SELECT id, "+eventColumns+" FROM events WHERE record_id = ? OR record_ref = ? ORDER BY id", ref, ref)
	if err != nil {
		return nil, fmt.Errorf("reading the events of %s: %w", ref, err)
	}
	return append(past, events...), nil
}

// AddEvent adds an event; its ID is not looked at.
func (tx *Tx) AddEvent(e Event) error {
	if err := tx.guard(e.Connection); err != nil {
		return err
	}
	if e.At.IsZero() {
		e.At = tx.ledger.now()
	}
	_, err := tx.exec("INSERT INTO events ("+eventColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		e.At, e.Connection, e.Stream, e.Record.System, e.Record.Resource, e.Record.ID, e.Record.Ref, e.Record.Modified, e.Kind, e.Summary, e.Detail)
	return err
}
