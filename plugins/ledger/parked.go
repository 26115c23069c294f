package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Parked is a record that waits for another pipeline to mend what it was refused
// for.
type Parked struct {
	Connection string    `json:"connection"`
	Stream     string    `json:"stream"`
	Record     Record    `json:"record"`
	Operation  string    `json:"operation"` // the write that was refused; a record may lead to several
	WaitFor    string    `json:"wait_for"`  // the pipeline
	Reason     string    `json:"reason"`
	Since      time.Time `json:"since"`
	Until      time.Time `json:"until"`           // then it is tried a last time, see Waits
	DueAt      time.Time `json:"due_at,omitzero"` // when it is tried again; zero while it waits for the pipeline
}

// lastRun is how long at most a record waits beyond its time for a run of its pipeline.
const lastRun = time.Hour

// Waits answers until when a parked record still waits that may wait for a while;
// false when its time is over. Where no run of the pipeline has released it since its
// time passed, as when nothing ran meanwhile, it waits for one, no longer than lastRun.
func (p Parked) Waits(now time.Time, within time.Duration) (until time.Time, waits bool) {
	ran := !p.DueAt.Before(p.Until) && !p.DueAt.After(now)
	prolonged := p.Until.After(p.Since.Add(within))
	switch {
	case now.Before(p.Until):
		return p.Until, true
	case ran || prolonged:
		return p.Until, false
	}
	return now.Add(lastRun), true
}

const parkedColumns = "connection, stream, " + recordColumns + ", operation, wait_for, reason, since, until_at, due_at"

func scanParked(r row) (p Parked, err error) {
	err = r.Scan(&p.Connection, &p.Stream, &p.Record.System, &p.Record.Resource, &p.Record.ID, &p.Record.Ref, &p.Record.Modified,
		&p.Operation, &p.WaitFor, &p.Reason, instant{&p.Since}, instant{&p.Until}, instant{&p.DueAt})
	return p, err
}

// ParkedItems reads what a stream has parked, the longest parked first.
func (l *Ledger) ParkedItems(ctx context.Context, stream string) ([]Parked, error) {
	items, err := list(ctx, l, scanParked, "SELECT "+parkedColumns+" FROM parked WHERE stream = ? ORDER BY since, record_id", stream)
	if err != nil {
		return nil, fmt.Errorf("reading what %s has parked: %w", stream, err)
	}
	return items, nil
}

// ParkedItem reads the parking place of one write of a record; false when it is
// not parked.
func (l *Ledger) ParkedItem(ctx context.Context, stream string, r Record, operation string) (Parked, bool, error) {
	item, exists, err := one(ctx, l, scanParked, "SELECT "+parkedColumns+" FROM parked WHERE "+ofRecord+" AND operation = ?", stream, r.ID, r.Resource, r.System, operation)
	if err != nil {
		return item, false, fmt.Errorf("reading whether %s is parked: %w", r.Ref, err)
	}
	return item, exists, nil
}

// ofRecord finds the row of a stream's record; it takes stream, id, resource and
// system.
const ofRecord = "stream = ? AND record_id = ? AND record_resource = ? AND record_system = ?"

// Park puts a record aside, or puts it aside again: Since is kept then. It waits
// for the next run of the pipeline, or for DueAt where that is given and comes
// first. A dead letter of the record that is being replayed is open again, with
// the reason: a later success closes it.
func (tx *Tx) Park(p Parked) error {
	if err := tx.guard(p.Connection); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO parked ("+parkedColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "+
		"ON CONFLICT (stream, record_id, record_resource, record_system, operation) DO UPDATE SET connection = excluded.connection, "+
		"record_ref = excluded.record_ref, record_modified = excluded.record_modified, wait_for = excluded.wait_for, "+
		"reason = excluded.reason, until_at = excluded.until_at, due_at = excluded.due_at",
		p.Connection, p.Stream, p.Record.System, p.Record.Resource, p.Record.ID, p.Record.Ref, p.Record.Modified,
		p.Operation, p.WaitFor, p.Reason, p.Since, p.Until, p.DueAt)
	if err != nil {
		return err
	}
	return tx.ReopenDeadLetters(p.Stream, p.Record, "parked until "+p.WaitFor+" has run: "+p.Reason)
}

// Unpark forgets that writes of a record are parked: those of the operations, or
// all when none is named.
func (tx *Tx) Unpark(stream string, r Record, operations ...string) error {
	condition, values := oneOf("operation", operations)
	_, err := tx.exec("DELETE FROM parked WHERE "+ofRecord+condition, append([]any{stream, r.ID, r.Resource, r.System}, values...)...)
	return err
}

// oneOf is the condition that a column has one of some values; none when there
// are none.
func oneOf(column string, texts []string) (condition string, values []any) {
	if len(texts) == 0 {
		return "", nil
	}
	for _, text := range texts {
		values = append(values, text)
	}
	return " AND " + column + " IN (?" + strings.Repeat(", ?", len(texts)-1) + ")", values
}

// SettleRedelivery ends what asked for a record that was delivered again at a
// moment, where its delivery did not: whatever is left of it leads nowhere any
// more. What was filed or parked anew stays.
func (tx *Tx) SettleRedelivery(stream string, r Record, at time.Time) error {
	if _, err := tx.exec("DELETE FROM parked WHERE "+ofRecord+" AND (due_at > 0 AND due_at <= ? OR until_at <= ?)", stream, r.ID, r.Resource, r.System, at, at); err != nil {
		return err
	}
	_, err := tx.exec("UPDATE dead_letters SET state = 'closed', last_at = ? WHERE "+ofRecord+" AND state = 'replaying'",
		tx.ledger.now(), stream, r.ID, r.Resource, r.System)
	return err
}

// ReleaseParked makes everything due that waits for a pipeline, of whichever
// connection: a pipeline that is shared by connections runs under the name of
// one of them. A record that is released too early is parked again. It answers
// how many became due.
func (tx *Tx) ReleaseParked(pipeline string, at time.Time) (int64, error) {
	return tx.exec("UPDATE parked SET due_at = ? WHERE wait_for = ? AND (due_at = 0 OR due_at > ?)", at, pipeline, at)
}

// Redelivery is a record that is to be read and delivered again.
type Redelivery struct {
	Record       Record `json:"record"`
	DeadLetterID string `json:"dead_letter_id,omitempty"` // that is being replayed; empty for a parked one
	// DueAt is when a parked record is to be tried again, at most Soon ahead.
	DueAt time.Time `json:"due_at,omitzero"`
}

// Soon is how far Redeliveries looks ahead, so that a single run can wait for what
// is due within moments.
const Soon = 15 * time.Second

func scanRedelivery(r row) (d Redelivery, err error) {
	err = r.Scan(&d.Record.System, &d.Record.Resource, &d.Record.ID, &d.Record.Ref, &d.Record.Modified, &d.DeadLetterID, instant{&d.DueAt})
	return d, err
}

// Redeliveries reads what a stream is to deliver again: dead letters that are
// being replayed, and parked records that are due, now or soon, or whose time is
// over. A record that is both is answered once. It answers the same until what is
// delivered was filed, parked, closed or skipped.
func (l *Ledger) Redeliveries(ctx context.Context, stream string, now time.Time) ([]Redelivery, error) {
	due, err := list(ctx, l, scanRedelivery, "SELECT "+recordColumns+", id, 0 FROM dead_letters WHERE stream = ? AND state = 'replaying' "+
		"UNION ALL SELECT "+recordColumns+", '', CASE WHEN until_at <= ? AND due_at <= ? THEN 0 ELSE due_at END FROM parked WHERE stream = ? AND (due_at > 0 AND due_at <= ? OR until_at <= ?) "+
		"ORDER BY 4, 3, 2, 1, 6 DESC", stream, now, now, stream, now.Add(Soon), now)
	if err != nil {
		return nil, fmt.Errorf("reading what %s is to deliver again: %w", stream, err)
	}
	return slices.CompactFunc(due, func(a, b Redelivery) bool {
		return a.Record.System == b.Record.System && a.Record.Resource == b.Record.Resource && a.Record.ID == b.Record.ID
	}), nil
}

// AskedStreams are those with a trigger that is due, or with something to deliver
// again now or soon.
func (l *Ledger) AskedStreams(ctx context.Context, now time.Time) (map[string]bool, error) {
	names, err := list(ctx, l, func(r row) (name string, err error) { return name, r.Scan(&name) },
		"SELECT stream FROM triggers WHERE taken_at = 0 AND at <= ? UNION SELECT stream FROM dead_letters WHERE state = 'replaying' "+
			"UNION SELECT stream FROM parked WHERE (due_at > 0 AND due_at <= ?) OR until_at <= ?", now, now.Add(Soon), now)
	if err != nil {
		return nil, fmt.Errorf("reading which streams are asked for: %w", err)
	}
	streams := make(map[string]bool, len(names))
	for _, name := range names {
		streams[name] = true
	}
	return streams, nil
}
