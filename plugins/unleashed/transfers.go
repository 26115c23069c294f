package unleashed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// transferNumbers are the names that the documentation gives the number of a
// transfer.
var transferNumbers = []string{"TransferOrderNumber", "WarehouseTransferNumber", "TransferNumber"}

// asPath is a number that the path of a transfer may hold: one of digits only is
// that of a page there.
var asPath = regexp.MustCompile(`^[A-Za-z0-9._-]*[A-Za-z_-][A-Za-z0-9._-]*$`)

// lookTransfer answers the transfer with a GUID, else the one with a Number,
// compared exactly; nil when there is none. A number that the path cannot hold is
// looked for in the list, which has no filter for it.
func lookTransfer(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	if guid, isText := args["Guid"].(string); isText && guid != "" {
		return readTransfer(ctx, c, guid, func(record map[string]any) bool { return record["Guid"] == guid })
	}
	number, _ := args["Number"].(string)
	named := func(record map[string]any) bool {
		for _, member := range transferNumbers {
			if record[member] == number {
				return true
			}
		}
		return false
	}
	switch {
	case strings.TrimSpace(number) == "":
		return nil, nil
	case asPath.MatchString(number):
		return readTransfer(ctx, c, number, named)
	}
	var found any
	_, err := eachRecord(ctx, c, "WarehouseStockTransfers", time.Time{}, nil, func(record map[string]any) {
		if named(record) {
			found = record
		}
	})
	return found, err
}

// readTransfer reads a transfer by what its path takes.
func readTransfer(ctx context.Context, c *connection.Connection, id string, wanted func(map[string]any) bool) (any, error) {
	raw, err := c.Unleashed.Get(ctx, "WarehouseStockTransfers", id, unleashedapi.NewQuery("serialBatch", "true"))
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	value, err := decoded(raw)
	if err != nil {
		return nil, fmt.Errorf("transfer %s: %w", id, err)
	}
	if record, isObject := value.(map[string]any); isObject && wanted(record) {
		return record, nil
	}
	return nil, nil
}

// move gives a line of a transfer the quantity and the lots that came; lots that
// are not given stay as they are.
func move(_, line, args map[string]any) (bool, error) {
	wanted := quantityOf(args["TransferQuantity"])
	if !wanted.IsPositive() {
		return false, refuse("transfer.set_line", "the argument TransferQuantity: found %v, expected more than 0", args["TransferQuantity"])
	}
	changed := !quantityOf(line["TransferQuantity"]).Equal(wanted)
	line["TransferQuantity"] = json.Number(wanted.String())
	for list, member := range map[string]string{"BatchNumbers": "Number", "SerialNumbers": "Identifier"} {
		given, isList := args[list].([]any)
		if !isList {
			continue
		}
		changed = changed || !sameLots(line[list], given, member)
		line[list] = given
	}
	return changed, nil
}

// sameLots says whether two lists hold the same batches or serial numbers, in
// whatever order.
func sameLots(one any, other []any, member string) bool {
	had, _ := one.([]any)
	if len(had) != len(other) {
		return false
	}
	sums := map[string]string{}
	for _, entry := range had {
		lot, _ := entry.(map[string]any)
		sums[fmt.Sprint(lot[member])] = quantityOf(lot["Quantity"]).String()
	}
	for _, entry := range other {
		lot, _ := entry.(map[string]any)
		if quantity, known := sums[fmt.Sprint(lot[member])]; !known || quantity != quantityOf(lot["Quantity"]).String() {
			return false
		}
	}
	return true
}
