package ledger

import (
	"context"
	"time"
)

const (
	ownChanges = "own_changes"
	// ownFor is how long a version of ours is remembered; the inputs have read it long
	// before.
	ownFor = 30 * 24 * time.Hour
)

// IsOwnChange says whether a version of a record is one that a flow wrote, so that
// the flow that reads the record need not take it for news.
func (l *Ledger) IsOwnChange(ctx context.Context, id, modified string) (bool, error) {
	version, exists, err := l.Get(ctx, ownChanges, id)
	return exists && modified != "" && string(version) == modified, err
}

// RememberOwnChange keeps the version of a record that a flow has just written.
func (tx *Tx) RememberOwnChange(id, modified string) error {
	return tx.Set(ownChanges, id, []byte(modified), ownFor)
}
