package ledger

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// States of a dead letter.
const (
	StateOpen      = "open"      // somebody has to look at it
	StateReplaying = "replaying" // it is to be delivered again
	StateClosed    = "closed"    // the record was delivered since, or is rightly not
	StateDiscarded = "discarded" // a person gave it up
)

// Classes of dead letters.
const (
	ClassRejected   = "rejected"   // a service said no
	ClassUnmappable = "unmappable" // a mapping could not make sense of the record
	ClassPoison     = "poison"     // it alone failed again and again
	ClassAmbiguous  = "ambiguous"  // whether it was done cannot be told
)

// DeadLetter is a record that could not be delivered.
type DeadLetter struct {
	ID         string `json:"id"` // given by FileDeadLetter
	Connection string `json:"connection"`
	Stream     string `json:"stream"`
	Record     Record `json:"record"`
	Class      string `json:"class"`
	System     string `json:"system"` // where it failed
	Operation  string `json:"operation"`
	Reason     string `json:"reason"`
	// Detail is what could not be delivered. Text that is not JSON becomes a JSON
	// string.
	Detail   json.RawMessage `json:"detail,omitempty"`
	State    string          `json:"state"`
	Attempts int             `json:"attempts"` // how often it was filed
	// Slot tells the dead letters of one record apart where their operations don't,
	// since one record may lead to the same write several times: it is the operation
	// with the part of the record behind it, or the part alone for what failed before
	// any write of it.
	Slot string `json:"-"`
	// Only says that a record has one dead letter, wherever it failed.
	Only    bool      `json:"-"`
	FirstAt time.Time `json:"first_at"`
	LastAt  time.Time `json:"last_at"`
}

// DeadLetterFilter narrows a list of dead letters; what is empty doesn't.
type DeadLetterFilter struct {
	Stream string
	State  []string // any of them
	IDs    []string // any of them
}

const deadLetterColumns = "id, connection, stream, " + recordColumns + ", class, system, operation, reason, detail, state, attempts, first_at, last_at"

func scanDeadLetter(r row) (d DeadLetter, err error) {
	err = r.Scan(&d.ID, &d.Connection, &d.Stream, &d.Record.System, &d.Record.Resource, &d.Record.ID, &d.Record.Ref, &d.Record.Modified,
		&d.Class, &d.System, &d.Operation, &d.Reason, raw{&d.Detail}, &d.State, &d.Attempts, instant{&d.FirstAt}, instant{&d.LastAt})
	return d, err
}

// DeadLetters reads the dead letters that a filter lets through, the oldest
// first.
func (l *Ledger) DeadLetters(ctx context.Context, f DeadLetterFilter) ([]DeadLetter, error) {
	var conditions []string
	var values []any
	if f.Stream != "" {
		conditions = append(conditions, "stream = ?")
		values = append(values, f.Stream)
	}
	if len(f.State) > 0 {
		conditions = append(conditions, "state IN (?"+strings.Repeat(", ?", len(f.State)-1)+")")
		for _, state := range f.State {
			values = append(values, state)
		}
	}
	query := "SELECT " + deadLetterColumns + " FROM dead_letters"
	if len(conditions) > 0 {
		query += " WHERE " + strings.Join(conditions, " AND ")
	}
	letters, err := list(ctx, l, scanDeadLetter, query+" ORDER BY first_at, id", values...)
	if err != nil {
		return nil, fmt.Errorf("reading the dead letters: %w", err)
	}
	if len(f.IDs) > 0 {
		letters = slices.DeleteFunc(letters, func(d DeadLetter) bool { return !slices.Contains(f.IDs, d.ID) })
	}
	return letters, nil
}

// DeadLetter reads one dead letter; false when there is none with this id.
func (l *Ledger) DeadLetter(ctx context.Context, id string) (DeadLetter, bool, error) {
	d, exists, err := one(ctx, l, scanDeadLetter, "SELECT "+deadLetterColumns+" FROM dead_letters WHERE id = ?", id)
	if err != nil {
		return d, false, fmt.Errorf("reading the dead letter %s: %w", id, err)
	}
	return d, exists, nil
}

// slot tells the dead letters of one record apart. A record may lead to several
// writes, each with a dead letter of its own; what failed before any of them has
// one for the record.
func (d DeadLetter) slot() string {
	if d.Only {
		return ""
	}
	if d.Slot != "" {
		return d.Slot
	}
	if d.System == d.Record.System {
		return ""
	}
	return d.Operation
}

// FileDeadLetter files a dead letter and answers its id. When the same write of
// the same record of the same stream has one that is open or being replayed, that
// one is refreshed: it is open again, tells of the last failure, and counts one
// more attempt.
func (tx *Tx) FileDeadLetter(d DeadLetter) (string, error) {
	if err := tx.guard(d.Connection); err != nil {
		return "", err
	}
	if d.LastAt.IsZero() {
		d.LastAt = tx.ledger.now()
	}
	if d.FirstAt.IsZero() {
		d.FirstAt = d.LastAt
	}
	id, exists, err := answer[string](tx, "UPDATE dead_letters SET connection = ?, record_ref = ?, record_modified = ?, class = ?, system = ?, operation = ?, "+
		"reason = ?, detail = ?, state = 'open', attempts = attempts + 1, last_at = ? WHERE "+ofRecord+" AND slot = ? AND "+unsettled+" RETURNING id",
		d.Connection, d.Record.Ref, d.Record.Modified, d.Class, d.System, d.Operation,
		d.Reason, d.Detail, d.LastAt, d.Stream, d.Record.ID, d.Record.Resource, d.Record.System, d.slot())
	if err != nil || exists {
		return id, err
	}
	for range 10 {
		id = newID()
		n, err := tx.exec("INSERT INTO dead_letters ("+deadLetterColumns+", slot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', 1, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
			id, d.Connection, d.Stream, d.Record.System, d.Record.Resource, d.Record.ID, d.Record.Ref, d.Record.Modified,
			d.Class, d.System, d.Operation, d.Reason, d.Detail, d.FirstAt, d.LastAt, d.slot())
		if err != nil || n > 0 {
			return id, err
		}
	}
	return "", tx.fail(errors.New("making an id for a dead letter: every one that was tried is taken"))
}

// unsettled is the condition of the index dead_letters_unsettled.
const unsettled = "state IN ('open', 'replaying')"

// idLetters are easy to read aloud and to type: neither i, l, o nor u.
var idLetters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func newID() string {
	var random [5]byte
	_, _ = rand.Read(random[:]) // never fails
	return idLetters.EncodeToString(random[:])
}

// CloseDeadLetters closes what a stream has unsettled of a record, and answers
// how many that were: everything, or what failed before any write and the writes
// of the named operations.
func (tx *Tx) CloseDeadLetters(stream string, r Record, operations ...string) (int64, error) {
	if len(operations) > 0 {
		operations = append([]string{""}, operations...)
	}
	condition, values := oneOf("slot", operations)
	return tx.exec("UPDATE dead_letters SET state = 'closed', last_at = ? WHERE "+ofRecord+" AND "+unsettled+condition,
		append([]any{tx.ledger.now(), stream, r.ID, r.Resource, r.System}, values...)...)
}

// CloseDeadLettersOf closes what a stream has unsettled of one part of a record:
// what failed before there were parts, before any write of this one, or in one.
func (tx *Tx) CloseDeadLettersOf(stream string, r Record, part string) (int64, error) {
	behind := " " + part
	return tx.exec("UPDATE dead_letters SET state = 'closed', last_at = ? WHERE "+ofRecord+" AND "+unsettled+
		" AND (slot IN ('', ?) OR substr(slot, length(slot) - ?) = ?)",
		tx.ledger.now(), stream, r.ID, r.Resource, r.System, part, utf8.RuneCountInString(behind)-1, behind)
}

// ReopenDeadLetters opens what a stream replays of a record again, with the reason.
func (tx *Tx) ReopenDeadLetters(stream string, r Record, reason string) error {
	_, err := tx.exec("UPDATE dead_letters SET state = 'open', reason = ?, last_at = ? WHERE "+ofRecord+" AND state = 'replaying'",
		reason, tx.ledger.now(), stream, r.ID, r.Resource, r.System)
	return err
}

// SetDeadLetterState moves a dead letter to a state. It is an error when there is
// none with this id.
func (tx *Tx) SetDeadLetterState(id, state string) error {
	n, err := tx.exec("UPDATE dead_letters SET state = ?, last_at = ? WHERE id = ?", state, tx.ledger.now(), id)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: no dead letter with this id", id)
	}
	return err
}
