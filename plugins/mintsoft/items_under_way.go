package mintsoft

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// itemsUnderWay holds until when a request for an item of an order may be carried out of
// which nobody heard the end: its answer was lost, or the process died. An item that is
// added meanwhile would be there twice.
const itemsUnderWay = "items_under_way"

func itemsKey(c *connection.Connection, order string) string { return c.Name + "/" + order }

// waitOutItems waits until no request for an item of an order is under way. It says whether
// there was one.
func waitOutItems(ctx context.Context, c *connection.Connection, order string) (waited bool, err error) {
	raw, exists, err := c.Book().Ledger.Get(ctx, itemsUnderWay, itemsKey(c, order))
	if !exists || err != nil || c.Book().Options.DryRun {
		return false, err
	}
	until, err := time.Parse(time.RFC3339Nano, string(raw))
	if err != nil {
		return false, fmt.Errorf("reading until when items of order %s are under way: %w", order, err)
	}
	// A clock that was ahead makes it no longer.
	left := min(delivery.Deadline, until.Sub(c.Book().Options.Now()))
	if err := delivery.Pause(ctx, c.Book().Draining(), left); err != nil {
		return true, err
	}
	return true, endItem(ctx, c, order)
}

// beginItem keeps that a request for an item of an order begins, endItem that its end is
// known.
func beginItem(ctx context.Context, c *connection.Connection, order string) error {
	until := c.Book().Options.Now().Add(delivery.Deadline).Format(time.RFC3339Nano)
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error {
		return tx.Set(itemsUnderWay, itemsKey(c, order), []byte(until), delivery.Deadline)
	})
}

func endItem(ctx context.Context, c *connection.Connection, order string) error {
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error { return tx.Delete(itemsUnderWay, itemsKey(c, order)) })
}
