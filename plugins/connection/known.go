package connection

import (
	"context"
	"encoding/json"
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

// now is the time by the clock of Mintsoft.
func (c *Connection) now() time.Time { return c.atMintsoft(c.book.Options.Now().UTC()) }

// atMintsoft is a moment by the clock of Mintsoft, where that is known already.
func (c *Connection) atMintsoft(at time.Time) time.Time {
	ahead, _ := c.MintsoftAccount.Skew()
	return at.Add(ahead)
}

const (
	knownStore = "known since"
	// longUnused is for how long nothing runs of a ledger that may be an older copy which
	// was put back. What was made in that time may have been written with another one.
	longUnused = 2 * time.Hour
)

// Knowledge is of which writes for a pair of warehouses a ledger knows.
type Knowledge struct {
	// Since is from when on it knows them all: when the first run began, or the first one
	// after nothing had run for long.
	Since time.Time
	// Former is from when on it does as far as has been looked: what is older than this may
	// have been written with a ledger that was lost, reset, or replaced by an older copy.
	Former time.Time
	// Gap is until when before Since it knew them all, zero where nobody has to look any more
	// whether another ledger was at work in between.
	Gap time.Time
}

// Knowledge answers of which writes this ledger knows.
func (c *Connection) Knowledge(ctx context.Context) (Knowledge, error) {
	if _, err := c.bind(ctx); err != nil {
		return Knowledge{}, err
	}
	c.mut.Lock()
	defer c.mut.Unlock()
	return c.bound.known, nil
}

// CloseGap records what a look at the service has shown: whether the ledger knows all that
// was written in the gap. Where it does not, it was an older copy.
func (c *Connection) CloseGap(ctx context.Context, whole bool) error {
	bound, err := c.bind(ctx)
	if err != nil {
		return err
	}
	known, err := c.Knowledge(ctx)
	if err != nil {
		return err
	}
	known.Gap = time.Time{}
	if !whole {
		known.Former = known.Since
	}
	if err := c.storeKnown(ctx, bound.identity.Pair, known); err != nil {
		return err
	}
	c.mut.Lock()
	defer c.mut.Unlock()
	bound.known = known
	return nil
}

func (c *Connection) findKnown(ctx context.Context, pair string) (known Knowledge, err error) {
	stored, exists, err := c.book.Ledger.Get(ctx, knownStore, pair)
	if err != nil {
		return known, fmt.Errorf("reading since when everything is known: %w", err)
	}
	exists = exists && json.Unmarshal(stored, &known) == nil
	ran, err := c.book.Ledger.LastRunOf(ctx, c.Name)
	if err != nil || exists && c.book.Options.Now().Sub(ran) <= longUnused {
		return known, err
	}
	now := c.now().Truncate(time.Second)
	switch {
	case !exists || ran.IsZero(): // it was lost or reset, or the connection has another name now
		known = Knowledge{Since: now, Former: now}
	case known.Gap.IsZero():
		known.Gap, known.Since = later(c.atMintsoft(ran), known.Since), now
	default: // nobody has looked since the gap before
		known.Since = now
	}
	return known, c.storeKnown(ctx, pair, known)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (c *Connection) storeKnown(ctx context.Context, pair string, known Knowledge) error {
	raw, err := json.Marshal(known)
	if err != nil {
		return err
	}
	return c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error { return tx.Set(knownStore, pair, raw, 0) })
}
