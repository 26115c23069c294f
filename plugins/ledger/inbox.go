package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Arrival is an event that a service sent by itself: stored first, answered then
// and handled later.
type Arrival struct {
	Number     int64     `json:"number"` // given by ReceiveEvent; later arrivals have higher ones
	ID         string    `json:"id"`     // the service's own, by which a duplicate is known
	Connection string    `json:"connection"`
	Stream     string    `json:"stream"` // that handles it
	Kind       string    `json:"kind"`
	ReceivedAt time.Time `json:"received_at"`
	// Body is the event as it was received.
	Body     json.RawMessage `json:"body"`
	Done     bool            `json:"done"`     // it was handled
	Attempts int             `json:"attempts"` // how often it was handled or put back
}

const (
	arrivalNew  = "new"
	arrivalDone = "done"

	arrivalColumns = "event_id, connection, stream, kind, received_at, body, state, attempts"
)

func scanArrival(r row) (a Arrival, err error) {
	var state string
	err = r.Scan(&a.Number, &a.ID, &a.Connection, &a.Stream, &a.Kind, instant{&a.ReceivedAt}, raw{&a.Body}, &state, &a.Attempts)
	a.Done = state == arrivalDone
	return a, err
}

// NewEvents reads the events of a stream that are not handled yet, in the order
// in which they arrived: at most limit of them, from behind the one with the
// number after.
func (l *Ledger) NewEvents(ctx context.Context, stream string, after int64, limit int) ([]Arrival, error) {
	arrivals, err := list(ctx, l, scanArrival, "SELECT id, "+arrivalColumns+" FROM inbox WHERE stream = ? AND state = 'new' AND id > ? ORDER BY id LIMIT ?", stream, after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the events that %s received: %w", stream, err)
	}
	return arrivals, nil
}

// ReceivedEvent reads one event of a stream, handled or not; false when there is
// none with this id, or when it is past its retention.
func (l *Ledger) ReceivedEvent(ctx context.Context, stream, id string) (Arrival, bool, error) {
	a, exists, err := one(ctx, l, scanArrival, "SELECT id, "+arrivalColumns+" FROM inbox WHERE stream = ? AND event_id = ?", stream, id)
	if err != nil {
		return a, false, fmt.Errorf("reading the event %s: %w", id, err)
	}
	return a, exists, nil
}

// ReceiveEvent stores an event that is new; false when the stream has one with
// this id already, which then stays as it is. Number, Done and Attempts are not
// looked at.
func (tx *Tx) ReceiveEvent(a Arrival) (bool, error) {
	if err := tx.guard(a.Connection); err != nil {
		return false, err
	}
	if a.ReceivedAt.IsZero() {
		a.ReceivedAt = tx.ledger.now()
	}
	n, err := tx.exec("INSERT INTO inbox ("+arrivalColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (stream, event_id) DO NOTHING",
		a.ID, a.Connection, a.Stream, a.Kind, a.ReceivedAt, a.Body, arrivalNew)
	return n > 0, err
}

// FinishEvent says that an event was handled. Its id is remembered for as long as
// events are, so that a duplicate is known.
func (tx *Tx) FinishEvent(stream, id string) error {
	_, err := tx.exec("UPDATE inbox SET state = ?, attempts = attempts + 1 WHERE stream = ? AND event_id = ?", arrivalDone, stream, id)
	return err
}

// PutBackEvent counts an attempt to handle an event that came to nothing; it
// stays new.
func (tx *Tx) PutBackEvent(stream, id string) error {
	_, err := tx.exec("UPDATE inbox SET attempts = attempts + 1 WHERE stream = ? AND event_id = ?", stream, id)
	return err
}
