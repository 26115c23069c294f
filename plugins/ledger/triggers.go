package ledger

import (
	"context"
	"fmt"
	"time"
)

// Trigger is a person's wish that a stream runs.
type Trigger struct {
	ID     int64     `json:"id"` // given by AddTrigger
	Stream string    `json:"stream"`
	Full   bool      `json:"full"`   // ignore the cursor
	Now    bool      `json:"now"`    // do not wait for the stream's time of the day
	Accept bool      `json:"accept"` // let the run through its guards
	At     time.Time `json:"at"`
}

func scanTrigger(r row) (t Trigger, err error) {
	err = r.Scan(&t.ID, &t.Stream, flag{&t.Full}, flag{&t.Now}, flag{&t.Accept}, instant{&t.At})
	return t, err
}

// Triggers reads the triggers of a stream that nobody has taken, the oldest
// first.
func (l *Ledger) Triggers(ctx context.Context, stream string) ([]Trigger, error) {
	triggers, err := list(ctx, l, scanTrigger, "SELECT id, stream, full_run, at_once, accept, at FROM triggers WHERE stream = ? AND taken_at = 0 ORDER BY id", stream)
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

// TakeTrigger takes a trigger; of all who try, on any replica, exactly one is
// told true.
func (tx *Tx) TakeTrigger(id int64) (bool, error) {
	n, err := tx.exec("UPDATE triggers SET taken_at = ? WHERE id = ? AND taken_at = 0", tx.ledger.now(), id)
	return n == 1, err
}
