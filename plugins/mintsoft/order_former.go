package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// young is for how long after the beginning of its ledger a connection may meet records
// from before.
const young = 24 * time.Hour

// formerOrder says whether an order may have been made of a record that was created then
// with another ledger: whether a cancelled or merged order keeps its number is not known,
// so that the refusal of a second one is not enough. What Mintsoft held at the beginning is
// asked for with the first record, older or not: afterwards our own would be there.
func formerOrder(ctx context.Context, c *connection.Connection, created time.Time) (bool, error) {
	had := c.Local("mintsoft had orders", func() any { return &former{turn: component.NewTurn()} }).(*former)
	if err := had.turn.Take(ctx); err != nil {
		return false, err
	}
	defer had.turn.Give()
	known, err := c.Knowledge(ctx)
	if err != nil {
		return false, err
	}
	if !known.Gap.IsZero() {
		whole, err := wholeSince(ctx, c, known.Gap)
		if err != nil {
			return false, apihttp.Shared(err)
		}
		if err := c.CloseGap(ctx, whole); err != nil {
			return false, err
		}
		if known, err = c.Knowledge(ctx); err != nil {
			return false, err
		}
	}
	older := created.Before(known.Former)
	if !older && c.Book().Options.Now().Sub(known.Former) > young {
		return false, nil
	}
	if err := had.ask(ctx, c); err != nil && older {
		return false, apihttp.Shared(err)
	}
	return older && had.orders, nil
}

// former is whether the client had orders when this process began.
type former struct {
	turn          component.Turn
	known, orders bool
}

func (f *former) ask(ctx context.Context, c *connection.Connection) error {
	if f.known {
		return nil
	}
	query, err := ofClient(ctx, c)
	if err != nil {
		return err
	}
	rows, _, err := c.Mintsoft.List(ctx, "/api/Order/List", query, 1, 1)
	f.known, f.orders = err == nil, len(rows) > 0
	return err
}

// wholeSince says whether the ledger knows all orders with the GUID of a document as their
// reference that changed since a moment, and all that were merged with one of them.
func wholeSince(ctx context.Context, c *connection.Connection, since time.Time) (bool, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return false, err
	}
	query, err := ofClient(ctx, c)
	if err != nil {
		return false, err
	}
	query.Set("SortOldestFirst", "true")
	query.Set("SinceLastUpdated", mintsoftapi.FormatTime(from(since, c), c.MintsoftZone()))
	_, err = eachOrder(ctx, c, query, time.Time{}, func(raw json.RawMessage) error {
		var row order
		if json.Unmarshal(raw, &row) != nil {
			return errUnknownOrder
		}
		known, err := knowsOrder(ctx, c.Book().Ledger, identity.Accounts, row)
		if err == nil && !known {
			return errUnknownOrder
		}
		return err
	})
	if errors.Is(err, errUnknownOrder) || errors.Is(err, errUnsteadyList) {
		return false, nil
	}
	return err == nil, err
}

var errUnknownOrder = errors.New("the ledger does not know the order")

func knowsOrder(ctx context.Context, l *ledger.Ledger, accounts string, row order) (bool, error) {
	if uuid.Validate(row.ExternalOrderReference) == nil {
		_, linked, err := l.LinkBySource(ctx, accounts, ledger.LinkOrder, row.ExternalOrderReference)
		if err != nil {
			return false, err
		}
		intents, err := l.Intents(ctx, row.ExternalOrderReference) // one that is on its way has no link yet
		if err != nil || !linked && len(intents) == 0 {
			return false, err
		}
	}
	return knowsNumbers(ctx, l, accounts, row)
}

// knowsNumbers says whether either all orders that were merged are known or none is.
func knowsNumbers(ctx context.Context, l *ledger.Ledger, accounts string, row order) (bool, error) {
	if !row.merged() {
		return true, nil
	}
	if _, whole, err := linkOfNumber(ctx, l, accounts, row.OrderNumber); err != nil || whole {
		return whole, err
	}
	parts, known := strings.Split(row.OrderNumber, "+"), 0
	for _, number := range parts {
		_, exists, err := linkOfNumber(ctx, l, accounts, number)
		if err != nil {
			return false, err
		}
		if exists {
			known++
		}
	}
	return known == 0 || known == len(parts), nil
}
