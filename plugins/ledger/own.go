package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	ownChanges  = "own_changes"
	ownBegun    = "own_changes_begun"
	agreedLines = "agreed_lines"
	// ownFor is how long a version of ours is remembered; the inputs have read it long
	// before.
	ownFor = 30 * 24 * time.Hour
)

// IsOwnChange says whether a version of a record is one that a flow wrote, so that
// the flow that reads the record need not take it for news.
func (l *Ledger) IsOwnChange(ctx context.Context, id, modified string) (bool, error) {
	if modified == "" {
		return false, nil
	}
	version, _, err := l.Get(ctx, ownChanges, id)
	if err != nil || string(version) == modified {
		return err == nil, err
	}
	span, exists, err := l.Get(ctx, ownBegun, id)
	from, until, _ := strings.Cut(string(span), "/")
	return exists && from <= modified && modified <= until, err
}

// BeginOwnChange keeps between which versions of a record the one is that a flow is about
// to write: a process that dies then does not come to remember it.
func (tx *Tx) BeginOwnChange(id, from, until string) error {
	return tx.Set(ownBegun, id, []byte(from+"/"+until), ownFor)
}

// RememberOwnChange keeps the version of a record that a flow has just written, in place
// of the guess of BeginOwnChange.
func (tx *Tx) RememberOwnChange(id, modified string) error {
	return errors.Join(tx.Delete(ownBegun, id), tx.Set(ownChanges, id, []byte(modified), ownFor))
}

// agreedFor is how long agreed lines are kept: longer than any order is open.
const agreedFor = 365 * 24 * time.Hour

// AgreedLine is what both systems hold of a line since a flow carried an edit of the
// warehouse back to its source.
type AgreedLine struct {
	SKU      string    `json:"sku"`
	Quantity string    `json:"quantity"` // decimal, as the warehouse has it
	At       time.Time `json:"at"`       // zero for now, when it is written
}

// AgreedLines are the lines of a record that a flow carried back, by their ids.
func (l *Ledger) AgreedLines(ctx context.Context, id string) (map[string]AgreedLine, error) {
	lines := map[string]AgreedLine{}
	value, exists, err := l.Get(ctx, agreedLines, id)
	if err != nil || !exists {
		return lines, err
	}
	if err := json.Unmarshal(value, &lines); err != nil {
		return nil, fmt.Errorf("decoding the agreed lines of %s: %w", id, err)
	}
	return lines, nil
}

// Agree adds lines to those that AgreedLines answers, as of now.
func (tx *Tx) Agree(id string, lines map[string]AgreedLine) error {
	all := map[string]AgreedLine{}
	value, exists, err := answer[[]byte](tx, "SELECT value FROM items WHERE store = ? AND key = ?", agreedLines, id)
	if err != nil {
		return err
	}
	if exists {
		if err := json.Unmarshal(value, &all); err != nil {
			return fmt.Errorf("decoding the agreed lines of %s: %w", id, err)
		}
	}
	for line, agreed := range lines {
		agreed.At = tx.ledger.now()
		all[line] = agreed
	}
	if value, err = json.Marshal(all); err != nil {
		return err
	}
	return tx.Set(agreedLines, id, value, agreedFor)
}
