package unleashed

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// rememberOwn reads a record that was just changed and keeps its version, so that
// the flow that reads it knows the change for ours, and what both systems hold of
// the lines that were changed: others may have been changed by a person meanwhile.
func rememberOwn(ctx context.Context, c *connection.Connection, resource, guid string, agreed any) (delivery.Answer, error) {
	record, err := readRecord(ctx, c, resource, guid)
	if err != nil {
		return delivery.Answer{}, err
	}
	lines := agreedLines(agreed, byLine(record["SalesShipmentLines"]))
	answer := delivery.Answer{ID: guid}
	for _, ref := range []string{"OrderNumber", "ShipmentNumber"} {
		if number, isText := record[ref].(string); isText {
			answer.Ref = number
		}
	}
	return answer, c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error {
		if len(lines) > 0 {
			if err := tx.Agree(guid, lines); err != nil {
				return err
			}
			if err := tx.Delete(pendingEdits, guid); err != nil {
				return err
			}
		}
		return tx.RememberOwnChange(guid, versionOf(record))
	})
}

// beginOwn keeps that a version of a record is ours which it gets about now, by the clocks
// of both sides.
func beginOwn(tx *ledger.Tx, c *connection.Connection, guid string) error {
	now := c.Book().Options.Now()
	return tx.BeginOwnChange(guid, polling.Version(now.Add(-time.Second)), polling.Version(now.Add(underWay)))
}

// agree keeps what was found to be equal, however it came to be.
func agree(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	return nil, c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error {
		guid := fmt.Sprint(args["Guid"])
		if err := tx.Delete(pendingEdits, guid); err != nil {
			return err
		}
		return tx.Agree(guid, agreedLines(args["Agreed"], nil))
	})
}

// agreeBefore keeps the quantities that are set before lines are deleted, which may
// be refused.
func agreeBefore(ctx context.Context, c *connection.Connection, guid string, args map[string]any) error {
	if len(component.List(args["Removed"])) == 0 {
		return nil
	}
	lines := agreedLines(args["Agreed"], nil)
	return c.Book().Ledger.CommitFor(ctx, c.Name, func(tx *ledger.Tx) error {
		if err := beginOwn(tx, c, guid); err != nil {
			return err
		}
		return tx.Agree(guid, lines)
	})
}

// agreedLines are lines by their ids. A new one of a shipment is named by its number;
// it is left out while it is not known which it became.
func agreedLines(agreed any, numbers map[string]map[string]any) map[string]ledger.AgreedLine {
	lines := map[string]ledger.AgreedLine{}
	for _, entry := range component.List(agreed) {
		fields, _ := entry.(map[string]any)
		line := fmt.Sprint(fields["line"])
		if _, err := whole(line); err == nil {
			row, isThere := numbers[line]
			if !isThere {
				continue
			}
			line = fmt.Sprint(row["Guid"])
		}
		lines[line] = ledger.AgreedLine{SKU: fmt.Sprint(fields["sku"]), Quantity: fmt.Sprint(fields["quantity"])}
	}
	return lines
}

// versionOf is the version that a record's LastModifiedOn says.
func versionOf(record map[string]any) string {
	text, _ := record["LastModifiedOn"].(string)
	modified, err := unleashedapi.ParseDate(text)
	if err != nil {
		return ""
	}
	return polling.Version(modified)
}
