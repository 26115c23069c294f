package unleashed

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	pendingEdits = "pending_edits"
	// pendingFor is how long an edit is kept that nobody asks for: longer than any
	// process is down.
	pendingFor = 90 * 24 * time.Hour
	// underWay is for how long the request of a process that died may still be carried out.
	underWay = 10 * time.Second
)

// pendingEdit is an update of lines that was begun and did not come to its end: the
// process may have died with it, and the warehouse may have gone on since.
type pendingEdit struct {
	Document, Quantity string
	Lines              []map[string]any
	Added              []any
	Agreed             any
	At                 time.Time
}

// begin keeps an edit before it is sent.
func (e lineEdit) begin(ctx context.Context, c *connection.Connection, guid string) error {
	raw, err := json.Marshal(pendingEdit{e.document, e.quantity, e.lines, e.added, e.agreed, c.Book().Options.Now()})
	if err != nil {
		return err
	}
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error {
		if err := beginOwn(tx, c, guid); err != nil {
			return err
		}
		return tx.Set(pendingEdits, guid, raw, pendingFor)
	})
}

// settle looks what became of a pending edit. Lines that stand as they were sent are what
// the warehouse was given. It answers those that a person has changed since, of which
// nobody can tell what was there before.
func settle(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	guid := fmt.Sprint(args["Guid"])
	for waited := false; ; waited = true {
		edit, err := pendingEditOf(ctx, c, guid)
		if edit == nil || err != nil {
			return []any{}, err
		}
		record, err := readRecord(ctx, c, edit.Document+"s", guid)
		if err != nil {
			return nil, err
		}
		arrived, unclear := edit.arrived(record)
		if left := underWay - c.Book().Options.Now().Sub(edit.At); left > 0 && len(arrived)+len(unclear) == 0 && !waited && !c.Book().Options.DryRun {
			if err := delivery.Pause(ctx, c.Book().Draining(), min(left, underWay)); err != nil {
				return nil, err
			}
			continue
		}
		lines := agreedLines(arrived, byLine(record["SalesShipmentLines"]))
		return unclear, c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error {
			if err := tx.Agree(guid, lines); err != nil || len(unclear) > 0 {
				return err
			}
			return tx.Delete(pendingEdits, guid)
		})
	}
}

// pendingEditOf is the edit of a record that was begun, nil when there is none.
func pendingEditOf(ctx context.Context, c *connection.Connection, guid string) (*pendingEdit, error) {
	raw, exists, err := c.Book().Ledger.Get(ctx, pendingEdits, guid)
	if !exists || err != nil {
		return nil, err
	}
	var edit pendingEdit
	if err := component.DecodeJSON(raw, &edit); err != nil {
		return nil, fmt.Errorf("decoding the pending edit of %s: %w", guid, err)
	}
	return &edit, nil
}

// arrived are those of the agreed lines that a record holds as they were sent, and the ids
// of lines that hold neither that nor what they were.
func (p pendingEdit) arrived(record map[string]any) (lines, unclear []any) {
	rows, held := component.Objects(record[p.Document+"Lines"]), map[string]bool{}
	numbered := byLine(record[p.Document+"Lines"])
	unclear = []any{}
	for _, sent := range p.Lines {
		name, row := fmt.Sprint(sent["Guid"]), lineWith(rows, sent["Guid"])
		if sent["Guid"] == nil {
			name = fmt.Sprint(sent["SalesOrderLineNumber"])
			row = numbered[name]
		}
		switch {
		case row == nil:
		case quantityOf(row[p.Quantity]).Equal(quantityOf(sent[p.Quantity])):
			held[name] = true
		case sent["Guid"] != nil && !quantityOf(row[p.Quantity]).Equal(quantityOf(sent["Was"])):
			unclear = append(unclear, name)
		}
	}
	for _, line := range component.Objects(p.Added) {
		// One of an order has an id that nobody else gives.
		held[fmt.Sprint(line["Guid"])] = held[fmt.Sprint(line["LineNumber"])] || lineWith(rows, line["Guid"]) != nil
	}
	for _, line := range component.Objects(p.Agreed) {
		if held[fmt.Sprint(line["line"])] {
			lines = append(lines, line)
		}
	}
	return lines, unclear
}
