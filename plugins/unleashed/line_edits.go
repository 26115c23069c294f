package unleashed

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/Jeffail/gabs/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// editsHold is how long after it was read what the warehouse has may be carried back:
// an edit that has waited longer may have been taken back. A write that alone fails is
// a dead letter before.
const editsHold = 20 * time.Minute

// lineEdit is what a write makes of the lines of an open document, which a person may
// change too.
type lineEdit struct {
	operation string
	document  string           // SalesOrder or SalesShipment
	quantity  string           // the field of a line that holds it
	lines     []map[string]any // that are set, and new ones of a shipment, which have no Guid
	removed   []map[string]any
	added     []any // lines of the order that are new
	asOf      any
	agreed    any // what the warehouse holds of them
}

func newLineEdit(operation, document, quantity string, args map[string]any) lineEdit {
	return lineEdit{operation, document, quantity, component.Objects(args["Lines"]), component.Objects(args["Removed"]), component.List(args["Added"]), args["AsOf"], args["Agreed"]}
}

// inTime refuses an edit that has waited too long.
func (e lineEdit) inTime(c *connection.Connection) error {
	text, _ := e.asOf.(string)
	asOf, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return refuse(e.operation, "the argument AsOf: found %v, expected a time", e.asOf)
	}
	if waited := c.Book().Options.Now().Sub(asOf); waited > editsHold {
		return stale(e.operation, "it waited %s, in which the warehouse may have taken it back", waited.Round(time.Second))
	}
	return nil
}

// put sends the lines that are set, and those that add makes.
func (e lineEdit) put(ctx context.Context, c *connection.Connection, guid string, add func(document *gabs.Container) error) error {
	if len(e.lines)+len(e.added) == 0 {
		document, err := readRecord(ctx, c, e.document+"s", guid)
		if err != nil || document == nil {
			return err
		}
		return e.apply(document)
	}
	_, err := replace(ctx, c, e.operation, e.document+"s", guid, func(record *gabs.Container) error {
		document, _ := record.Data().(map[string]any)
		if err := e.apply(document); err != nil {
			return err
		}
		if err := add(record); err != nil {
			return err
		}
		return e.begin(ctx, c, guid)
	})
	return err
}

// apply sets the quantities of lines that are there, provided that each has what was
// decided upon, or has what is wanted already.
func (e lineEdit) apply(document map[string]any) error {
	status := document[map[string]string{"SalesOrder": "OrderStatus", "SalesShipment": "ShipmentStatus"}[e.document]]
	if slices.Contains([]any{"Completed", "Deleted", statusDispatched}, status) {
		return stale(e.operation, "it is %v by now", status)
	}
	lines := component.Objects(document[e.document+"Lines"])
	for _, change := range slices.Concat(e.lines, e.removed) {
		if change["Guid"] == nil {
			continue
		}
		wanted, isSet := change[e.quantity]
		line := lineWith(lines, change["Guid"])
		switch {
		case line == nil && isSet:
			return stale(e.operation, "line %v does not exist any more", change["Guid"])
		case line == nil:
			continue
		case isSet && quantityOf(line[e.quantity]).Equal(quantityOf(wanted)):
		case !quantityOf(line[e.quantity]).Equal(quantityOf(change["Was"])):
			return stale(e.operation, "line %v was %v and is %v by now", change["Guid"], change["Was"], line[e.quantity])
		case isSet:
			setQuantity(line, e.quantity, wanted)
		}
	}
	return nil
}

// setQuantity sets what a line holds. Its batches and serial numbers are those of
// another quantity then, which the service refuses; the despatch gives those that left.
func setQuantity(line map[string]any, name string, quantity any) {
	line[name] = quantity
	for _, numbers := range []string{"BatchNumbers", "SerialNumbers"} {
		if _, has := line[numbers]; has {
			line[numbers] = nil
		}
	}
}

// addRows adds the rows of a shipment that are not there yet.
func (e lineEdit) addRows(shipment *gabs.Container) error {
	document, _ := shipment.Data().(map[string]any)
	there := byLine(document["SalesShipmentLines"])
	for _, row := range e.lines {
		if row["Guid"] != nil {
			continue
		}
		of := fmt.Sprint(row["SalesOrderLineNumber"])
		if old, exists := there[of]; !exists {
			if err := shipment.ArrayAppend(row, "SalesShipmentLines"); err != nil {
				return err
			}
		} else if !quantityOf(old["ShipmentQty"]).Equal(quantityOf(row["ShipmentQty"])) {
			return stale(e.operation, "order line %s was added meanwhile", of)
		}
	}
	return nil
}

// remove deletes the lines that go, once what is set has been remembered.
func (e lineEdit) remove(ctx context.Context, c *connection.Connection, guid string, args map[string]any) error {
	if err := agreeBefore(ctx, c, guid, args); err != nil {
		return err
	}
	name := map[string]string{"SalesOrder": "sales_order.delete_line", "SalesShipment": "sales_shipment.delete_line"}[e.document]
	for _, line := range e.removed {
		if err := deleteLine(ctx, c, name, "/"+e.document+"s/Lines/", fmt.Sprint(line["Guid"])); err != nil {
			return err
		}
	}
	return nil
}
