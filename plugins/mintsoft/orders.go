package mintsoft

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// statusCancelled is CANCELLED; the ids are the same in every account.
const statusCancelled = 3

// order is what we need of the vendor's Order to recognise one.
type order struct {
	ID                     int64
	ClientID               int64 `json:"ClientId"`
	OrderNumber            string
	ExternalOrderReference string
	OrderStatusID          int `json:"OrderStatusId"`
	Part, NumberOfParts    int
	OrderNameValues        []struct{ Name, Value string }
	OrderItems             []struct {
		OrderItemNameValues []struct{ Name, Value string }
	}
}

// kind is the name-value by which the order says what it was made from, nil when
// it has none.
func (o order) kind() any {
	for _, pair := range o.OrderNameValues {
		if pair.Name == originName {
			return pair.Value
		}
	}
	return nil
}

// merged says whether an order may have been made of several, whose numbers it has.
func (o order) merged() bool { return strings.Contains(o.OrderNumber, "+") }

// names says whether an item of the order names one of some lines of Unleashed.
func (o order) names(lines []string) bool {
	for _, item := range o.OrderItems {
		for _, pair := range item.OrderItemNameValues {
			if pair.Name == lineName && slices.Contains(lines, pair.Value) {
				return true
			}
		}
	}
	return false
}

// createdOrder reads the array of results; one request may also yield a drop
// ship order, whose element carries no order id. Older tenants answer a single
// object.
func createdOrder(body []byte) (delivery.Answer, error) {
	type result struct {
		OrderID         int64 `json:"OrderId"`
		DropShipOrderID int64 `json:"DropShipOrderId"`
		OrderNumber     string
	}
	var results []result
	if err := json.Unmarshal(body, &results); err != nil {
		var single result
		if json.Unmarshal(body, &single) != nil {
			return delivery.Answer{}, lost("order.create", fmt.Errorf("decoding the answer: %w", err))
		}
		results = []result{single}
	}
	for _, r := range results {
		if r.OrderID != 0 {
			return delivery.Answer{ID: fmt.Sprint(r.OrderID), Ref: r.OrderNumber, Body: body}, nil
		}
	}
	for _, r := range results {
		if r.DropShipOrderID != 0 {
			return delivery.Answer{ID: fmt.Sprint(r.DropShipOrderID), Ref: r.OrderNumber, Body: body}, nil
		}
	}
	return delivery.Answer{}, lost("order.create", errors.New("the answer names no order id"))
}

// lost says that an answer cannot be understood, so that what happened must be
// looked up.
func lost(operation string, err error) error {
	return &apihttp.Error{System: "mintsoft", Operation: operation, Status: 200, Outcome: apihttp.Unknown, Err: err, Message: err.Error()}
}

// envelope reads the result of a write, whose id is the affected row's. Without a
// Success in it nobody knows whether it was done; the client has refused a false one.
func envelope(operation string) func(body []byte) (delivery.Answer, error) {
	return func(body []byte) (delivery.Answer, error) {
		if !mintsoftapi.HasResult(body) {
			return delivery.Answer{}, lost(operation, errors.New("the answer does not say Success"))
		}
		return affected(body), nil
	}
}

// updated reads the answer of an update. Sending one again is harmless and tells no
// more, so anything but a null counts.
func updated(operation string) func(body []byte) (delivery.Answer, error) {
	return func(body []byte) (delivery.Answer, error) {
		if string(bytes.TrimSpace(body)) == "null" {
			return delivery.Answer{}, lost(operation, errors.New("the answer is null"))
		}
		return affected(body), nil
	}
}

// affected is the answer with the id of the row that was written, where it names one.
func affected(body []byte) delivery.Answer {
	var result struct{ ID int64 }
	answer := delivery.Answer{Body: body}
	if json.Unmarshal(body, &result) == nil && result.ID != 0 {
		answer.ID = fmt.Sprint(result.ID)
	}
	return answer
}

func readOrder(ctx context.Context, c *connection.Connection, id string) (order, error) {
	var o order
	raw, err := currentOrder(ctx, c, map[string]any{"ID": id})
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return o, fmt.Errorf("decoding order %s: %w", id, err)
	}
	return o, nil
}

func currentOrder(ctx context.Context, c *connection.Connection, args map[string]any) (json.RawMessage, error) {
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{
		Operation: "order.get", Method: "GET", Path: "/api/Order/" + url.PathEscape(fmt.Sprint(args["ID"])),
	})
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// withItems is an order with its items, which a list may hold back.
func withItems(ctx context.Context, c *connection.Connection, order map[string]any) (map[string]any, error) {
	if order["OrderItems"] != nil {
		return order, nil
	}
	raw, err := currentOrder(ctx, c, map[string]any{"ID": idOf(order, "ID")})
	if err != nil {
		return nil, err
	}
	var whole map[string]any
	if err := component.DecodeJSON(raw, &whole); err != nil {
		return nil, fmt.Errorf("decoding order %s: %w", idOf(order, "ID"), err)
	}
	return whole, nil
}

// cancelOrder looks at the order once more: the service may have been away since it
// was decided to cancel it, and people picked, split or merged it meanwhile.
func cancelOrder(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	id := fmt.Sprint(args["ID"])
	whole, err := readWhole(ctx, c, id)
	if err != nil {
		return delivery.Answer{}, err
	}
	order, exists := whole.(map[string]any)
	if !exists {
		return delivery.Answer{ID: id}, nil // nothing is left to cancel
	}
	number, status := component.Text(order["OrderNumber"]), idOf(order, "OrderStatusId")
	statuses, _ := args["Statuses"].([]any)
	refused := ""
	switch {
	case status == strconv.Itoa(statusCancelled):
		return delivery.Answer{ID: id, Ref: number}, nil
	case numberOfParts(order) > 1 || joined(number, component.Text(args["OrderNumber"])):
		refused = "somebody split or merged it at this moment"
	case !slices.ContainsFunc(statuses, func(s any) bool { return fmt.Sprint(s) == status }):
		refused = "its status has become " + status
	}
	if refused != "" {
		return delivery.Answer{}, &apihttp.Error{System: "mintsoft", Operation: "order.cancel", Outcome: apihttp.Rejected,
			Message: fmt.Sprintf("order %s (%s) was to be cancelled, and %s: decide there", id, number, refused)}
	}
	_, err = c.Mintsoft.Call(ctx, mintsoftapi.Call{
		Operation: "order.cancel", Method: "GET", Path: "/api/Order/" + url.PathEscape(id) + "/Cancel", Write: true, Envelope: mintsoftapi.EnvelopeRequired,
	})
	return delivery.Answer{ID: id, Ref: number}, err
}

// cancelled says whether an order is cancelled already: then the step is done.
func cancelled(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
	o, err := readOrder(ctx, c, fmt.Sprint(args["ID"]))
	if errors.Is(err, apihttp.ErrNotFound) {
		return delivery.Found{Exists: true, Ours: true, ID: fmt.Sprint(args["ID"]), Detail: "the order does not exist any more"}, nil
	}
	if err != nil || o.OrderStatusID != statusCancelled {
		return delivery.Found{}, err
	}
	return delivery.Found{Exists: true, Ours: true, ID: fmt.Sprint(o.ID), Ref: o.OrderNumber, Detail: "it is cancelled already"}, nil
}

// orderGone says whether an order does not exist any more or is cancelled.
func orderGone(ctx context.Context, c *connection.Connection, id string) (bool, string, error) {
	o, err := readOrder(ctx, c, id)
	switch {
	case errors.Is(err, apihttp.ErrNotFound):
		return true, "order " + id + " does not exist any more", nil
	case err != nil:
		return false, "", err
	case o.OrderStatusID == statusCancelled:
		return true, "order " + id + " is cancelled", nil
	}
	return false, fmt.Sprintf("order %s stands in Mintsoft with status %d; cancel it there first", id, o.OrderStatusID), nil
}

// lookOrder finds the order that was made from the message's record, or from the
// one that Source names: by its link, or, when the ledger knows none, by number
// and reference. One that is gone may have been merged into another, which bears its
// number too. Merged says whether it has more than the number that it was made with. With
// Own there is none that another connection of the file has made, and one without a link
// is looked for only where nobody knows whether it was made.
func lookOrder(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	source := sourceID(s, args)
	link, exists, err := c.Book().Ledger.LinkBySource(ctx, identity.Accounts, ledger.LinkOrder, source)
	if err == nil && !exists && args["Own"] == true {
		if args, err = unanswered(ctx, c, "order.create", source, args); args == nil {
			return nil, err
		}
	}
	id, number := "", component.Text(args["OrderNumber"])
	switch {
	case err != nil:
		return nil, err
	case exists && args["Own"] == true && madeElsewhere(c, link.Connection):
		return nil, nil
	case exists:
		id = link.TargetID
		if args["OrderNumber"] == nil || !numbered(link.TargetRef, number) { // a link may hold the number after a merge
			number = link.TargetRef
		}
	case args["OrderNumber"] == nil:
		return nil, nil
	default:
		rows, err := searchOrders(ctx, c, number, args["ClientId"])
		if err != nil {
			return nil, err
		}
		ours, _ := recognise(rows, number, fmt.Sprint(args["ExternalOrderReference"]), namedLines(args))
		if ours == nil {
			return nil, nil
		}
		id = fmt.Sprint(ours.ID)
	}
	found, err := readFound(ctx, c, id, number)
	if err != nil || found != nil || !exists {
		return found, err
	}
	rows, err := searchOrders(ctx, c, number, args["ClientId"])
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.merged() || row.ExternalOrderReference == link.SourceID {
			return readFound(ctx, c, fmt.Sprint(row.ID), number)
		}
	}
	return nil, nil
}

// readFound reads the order that was made with a number; nil when there is none.
func readFound(ctx context.Context, c *connection.Connection, id, number string) (any, error) {
	found, err := readWhole(ctx, c, id)
	if order, isObject := found.(map[string]any); isObject {
		order["Merged"] = joined(component.Text(order["OrderNumber"]), number)
	}
	return found, err
}

// sourceID is the id of the record that a look-up is about: the message's own,
// unless the argument Source names another.
func sourceID(s component.Source, args map[string]any) string {
	if id, isText := args["Source"].(string); isText && id != "" {
		return id
	}
	return s.Record.ID
}

// mapCourier says what to do about a courier that Mintsoft doesn't know.
func mapCourier(refusal *apihttp.Error, args map[string]any) string {
	if !mintsoftapi.MentionsCourier(refusal.Message) {
		return ""
	}
	return fmt.Sprintf("map the phrase '%v' to a courier service in Mintsoft", args["CourierService"])
}
