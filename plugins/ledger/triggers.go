package ledger

import (
	"context"
	"fmt"
	"time"
)

// Trigger is a wish that a stream runs, of a person or of a flow that knows of a
// change.
type Trigger struct {
	ID     int64     `json:"id"` // given by AddTrigger
	Stream string    `json:"stream"`
	Full   bool      `json:"full"`   // ignore the cursor
	Now    bool      `json:"now"`    // do not wait for the stream's time of the day
	Accept bool      `json:"accept"` // let the run through its guards
	At     time.Time `json:"at"`     // not before
}

func scanTrigger(r row) (t Trigger, err error) {
	err = r.Scan(&t.ID, &t.Stream, flag{&t.Full}, flag{&t.Now}, flag{&t.Accept}, instant{&t.At})
	return t, err
}

// Triggers reads the triggers of a stream that are due and that nobody has taken,
// the oldest first.
func (l *Ledger) Triggers(ctx context.Context, stream string) ([]Trigger, error) {
	triggers, err := list(ctx, l, scanTrigger, "SELECT id, stream, full_run, at_once, accept, at FROM triggers WHERE stream = ? AND taken_at = 0 AND at <= ? ORDER BY id", stream, l.now())
	if err != nil {
		return nil, fmt.Errorf("reading the triggers of %s: %w", stream, err)
	}
	return triggers, nil
}

// AddTrigger asks for a run; the ID is not looked at.
func (tx *Tx) AddTrigger(t Trigger) error {
	if t.At.IsZero() {
		t.At = tx.ledger.now()
	}
	_, err := tx.exec("INSERT INTO triggers (stream, full_run, at_once, accept, at, taken_at) VALUES (?, ?, ?, ?, ?, 0)", t.Stream, t.Full, t.Now, t.Accept, t.At)
	return err
}

// Nudge asks for a run of a stream, unless a plain one is asked for already, due or
// not: a full run may have begun, and is asked for until it has ended.
// Where the last one was asked for less than a while ago, the run is due when that
// is over: however often a flow is nudged, it runs once each while. It answers
// whether it asked.
func (tx *Tx) Nudge(stream string, while time.Duration) (bool, error) {
	waiting, _, err := answer[int64](tx, "SELECT COUNT(*) FROM triggers WHERE stream = ? AND taken_at = 0 AND full_run = ? AND accept = ?", stream, false, false)
	if err != nil || waiting > 0 {
		return false, err
	}
	last, _, err := answer[int64](tx, "SELECT COALESCE(MAX(at), 0) FROM triggers WHERE stream = ?", stream)
	if err != nil {
		return false, err
	}
	at := tx.ledger.now()
	if next := time.Unix(0, last).Add(while); last > 0 && next.After(at) {
		at = next
	}
	return true, tx.AddTrigger(Trigger{Stream: stream, At: at})
}

// TakeTrigger takes a trigger; of all who try, on any replica, exactly one is
// told true.
func (tx *Tx) TakeTrigger(id int64) (bool, error) {
	n, err := tx.exec("UPDATE triggers SET taken_at = ? WHERE id = ? AND taken_at = 0", tx.ledger.now(), id)
	return n == 1, err
}
