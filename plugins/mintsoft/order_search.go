package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// findOrder looks for the order that these arguments would create. Only one
// with our reference is ours; one that merely has the number is named. A cancelled one,
// whosever it is, that the record was released from is passed over, as long as it is cancelled.
func findOrder(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (delivery.Found, error) {
	number, reference := fmt.Sprint(args["OrderNumber"]), fmt.Sprint(args["ExternalOrderReference"])
	rows, err := searchOrders(ctx, c, number, args["ClientId"])
	if err != nil {
		return delivery.Found{}, err
	}
	identity, err := c.Identity(ctx)
	if err != nil {
		return delivery.Found{}, err
	}
	var passed delivery.Found
	rest := rows[:0]
	for _, row := range rows {
		past := false
		if row.OrderStatusID == statusCancelled {
			if past, err = c.Book().Ledger.ReleasedFrom(ctx, identity.Accounts, "order.create", s.Record, fmt.Sprint(row.ID)); err != nil {
				return delivery.Found{}, err
			}
		}
		if !past {
			rest = append(rest, row)
			continue
		}
		passed = delivery.Found{Cancelled: true, ID: fmt.Sprint(row.ID), Detail: fmt.Sprintf(
			"Mintsoft keeps the number of the cancelled order %d: delete that order there, or make the document anew in Unleashed, with another number", row.ID)}
	}
	ours, other := recognise(rest, number, reference, namedLines(args))
	switch {
	case ours != nil && ours.OrderStatusID == statusCancelled:
		return delivery.Found{Exists: true, Cancelled: true, ID: fmt.Sprint(ours.ID), Detail: fmt.Sprintf(
			"order %d with number %s was made from this record but is cancelled; `mintleash release` lets it be sent again", ours.ID, number)}, nil
	case ours != nil:
		return delivery.Found{Exists: true, Ours: true, ID: fmt.Sprint(ours.ID), Ref: number, Detail: "found by number and reference"}, nil
	case other != nil && other.OrderStatusID == statusCancelled:
		return delivery.Found{Exists: true, Cancelled: true, ID: fmt.Sprint(other.ID), Detail: fmt.Sprintf(
			"the number %s is held by the cancelled order %d with reference %q, which is not ours; `mintleash release` lets it be sent nonetheless", number, other.ID, other.ExternalOrderReference)}, nil
	case other != nil:
		return delivery.Found{Exists: true, ID: fmt.Sprint(other.ID), Detail: fmt.Sprintf(
			"the number %s is held by order %d (status %d) with reference %q, which is not ours", number, other.ID, other.OrderStatusID, other.ExternalOrderReference)}, nil
	}
	return passed, nil
}

// recognise picks our order (its first part, when it was split, and one that stands
// before a cancelled one, when it was made again) and, failing that, a foreign one with
// the same number, a cancelled one last. A merged order has the reference of one of its
// orders only; an item of it that names one of the lines tells the others.
func recognise(rows []order, number, reference string, lines []string) (ours, other *order) {
	for i, row := range rows {
		if !numbered(row.OrderNumber, number) {
			continue
		}
		if row.ExternalOrderReference == reference || row.merged() && row.names(lines) {
			if ours == nil || row.Part < ours.Part || row.Part == ours.Part && ours.OrderStatusID == statusCancelled {
				ours = &rows[i]
			}
		} else if other == nil || other.OrderStatusID == statusCancelled {
			other = &rows[i]
		}
	}
	return ours, other
}

// numbered says whether an order has a number; merged orders have several, as
// "A+B", and a number may have a plus of its own.
func numbered(found, number string) bool {
	return strings.Contains("+"+strings.ToLower(found)+"+", "+"+strings.ToLower(number)+"+")
}

// joined says whether an order has more than its own number, so that it was merged.
func joined(found, own string) bool {
	return strings.Contains(found, "+") && !strings.EqualFold(found, own)
}

// searchOrders searches by number: exactly, and when that finds nothing loosely,
// for merged orders. Rows of other clients are left out; the search cannot
// filter them. So are those that were made with a number that has this one in it.
// Search rows may lack the status, so each is read by id.
func searchOrders(ctx context.Context, c *connection.Connection, number string, client any) ([]order, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	var rows []order
	for _, exact := range []string{"true", "false"} {
		response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{
			Operation: "order.search", Method: "GET", Path: "/api/Order/Search", Query: url.Values{"OrderNumber": {number}, "exactMatch": {exact}},
		})
		if errors.Is(err, apihttp.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var found []order
		if err := json.Unmarshal(response.Body, &found); err != nil {
			return nil, fmt.Errorf("decoding the answer of order.search: %w", err)
		}
		for _, row := range found {
			if !numbered(row.OrderNumber, number) || client != nil && fmt.Sprint(row.ClientID) != fmt.Sprint(client) {
				continue
			}
			if joined(row.OrderNumber, number) {
				_, another, err := linkOfNumber(ctx, c.Book().Ledger, identity.Accounts, row.OrderNumber)
				if err != nil {
					return nil, err
				}
				if another {
					continue
				}
			}
			rows = append(rows, row)
		}
		if len(rows) > 0 {
			break
		}
	}
	for i, row := range rows {
		full, err := readOrder(ctx, c, fmt.Sprint(row.ID))
		if errors.Is(err, apihttp.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rows[i] = full
	}
	return rows, nil
}

// namedLines are the lines of Unleashed that the items of a new order name.
func namedLines(args map[string]any) []string {
	var lines []string
	items, _ := args["OrderItems"].([]any)
	for _, entry := range items {
		item, _ := entry.(map[string]any)
		values, _ := item["OrderItemNameValues"].([]any)
		for _, value := range values {
			if pair, _ := value.(map[string]any); pair["Name"] == lineName && pair["Value"] != nil {
				lines = append(lines, fmt.Sprint(pair["Value"]))
			}
		}
	}
	return lines
}
