package connection

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/ledger"
)

// connectedAt is when this ledger first saw a pair of warehouses, by the clock of
// Mintsoft, whose feeds start there.
func (c *Connection) connectedAt(ctx context.Context, pair string) (string, error) {
	now := []byte(c.now().Format(time.RFC3339))
	known, exists, err := c.book.Ledger.Get(ctx, connected, pair)
	if err != nil || exists {
		return string(known), err
	}
	return string(now), c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		_, err := tx.AddIfAbsent(connected, pair, now, 0)
		return err
	})
}

// now is the time by the clock of Mintsoft, where that is known already.
func (c *Connection) now() time.Time {
	now := c.book.Options.Now().UTC()
	if ahead, known := c.MintsoftAccount.Skew(); known {
		now = now.Add(ahead)
	}
	return now
}

const (
	knownStore = "known since"
	// longUnused is for how long nothing runs of a ledger that may be an older copy which
	// was put back. What was made in that time may have been written with another one.
	longUnused = 2 * time.Hour
)

// KnownSince is since when this ledger knows all that was written for a pair of
// warehouses: what is older may have been written with one that was lost, reset, or
// replaced by a copy of it from before.
func (c *Connection) KnownSince(ctx context.Context) (time.Time, error) {
	bound, err := c.bind(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return bound.knownSince, nil
}

func (c *Connection) findKnownSince(ctx context.Context, pair string) (time.Time, error) {
	stored, exists, err := c.book.Ledger.Get(ctx, knownStore, pair)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading since when everything is known: %w", err)
	}
	since, broken := time.Parse(time.RFC3339, string(stored))
	ran, err := c.book.Ledger.LastRunOf(ctx, c.Name)
	now := c.now().Truncate(time.Second)
	if err != nil || exists && broken == nil && now.Sub(ran) <= longUnused {
		return since, err
	}
	return now, c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		return tx.Set(knownStore, pair, []byte(now.Format(time.RFC3339)), 0)
	})
}
