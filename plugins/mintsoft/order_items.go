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
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// orderItem is what we need of the vendor's OrderItem, and of one that is wanted.
type orderItem struct {
	ID       int64
	SKU      string
	Quantity json.Number
	// OrderItemNameValues tell which line of the source an item stands for.
	OrderItemNameValues []struct{ Name, Value string }
}

// key is the source line that an item stands for, with the lot where it has one.
func (i orderItem) key() string {
	var line, lot string
	for _, v := range i.OrderItemNameValues {
		switch v.Name {
		case "unleashed_line":
			line = v.Value
		case "lot":
			lot = v.Value
		}
	}
	return line + "/" + lot
}

// setItems makes the items of an order those that are wanted: adds, changes and
// removes item by item, since an order's own update never touches them. Items that
// carry no source line are somebody else's and are left alone. What Mintsoft
// refuses does not stop the rest; the error names each line of it.
func setItems(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	id := url.PathEscape(fmt.Sprint(args["ID"]))
	raw, err := currentOrder(ctx, c, args)
	if err != nil {
		return delivery.Answer{}, err
	}
	var has struct {
		OrderNumber string
		OrderItems  []orderItem
	}
	if err := json.Unmarshal(raw, &has); err != nil {
		return delivery.Answer{}, fmt.Errorf("decoding order %s: %w", id, err)
	}
	steps, err := itemSteps(id, has.OrderItems, args["OrderItems"])
	if err != nil {
		return delivery.Answer{}, err
	}
	var refused []string
	var last *apihttp.Error
	for _, step := range steps {
		_, err := c.Mintsoft.Call(ctx, step.call)
		var answer *apihttp.Error
		switch {
		case err == nil:
		case errors.As(err, &answer) && answer.Outcome == apihttp.Rejected && !errors.Is(err, apihttp.ErrCredentials):
			refused, last = append(refused, step.says+": "+answer.Message), answer
		default:
			return delivery.Answer{}, err
		}
	}
	if last != nil {
		last.Operation, last.Message = "order.set_items", strings.Join(refused, "; ")
		return delivery.Answer{}, last
	}
	return delivery.Answer{ID: fmt.Sprint(args["ID"]), Ref: has.OrderNumber}, nil
}

type itemStep struct {
	call mintsoftapi.Call
	says string
}

// itemSteps compares by source line: first what is added and changed, then what is
// removed, so that an order is never empty in between.
func itemSteps(order string, has []orderItem, wanted any) ([]itemStep, error) {
	list, _ := wanted.([]any)
	known := map[string]orderItem{}
	for _, item := range has {
		if key := item.key(); key != "/" {
			known[key] = item
		}
	}
	var steps []itemStep
	kept := map[string]bool{}
	for _, entry := range list {
		body, err := json.Marshal(entry)
		if err != nil {
			return nil, fmt.Errorf("encoding an item: %w", err)
		}
		var item orderItem
		if err := json.Unmarshal(body, &item); err != nil {
			return nil, fmt.Errorf("decoding an item: %w", err)
		}
		kept[item.key()] = true
		old, exists := known[item.key()]
		path := "/api/Order/" + order + "/Items"
		switch {
		case !exists:
			steps = append(steps, itemStep{says: "adding " + item.Quantity.String() + " x " + item.SKU, call: mintsoftapi.Call{
				Operation: "order.item.add", Method: "PUT", Path: path, Body: body, Write: true, Envelope: mintsoftapi.EnvelopeRequired,
			}})
		case old.Quantity != item.Quantity:
			steps = append(steps, itemStep{says: fmt.Sprintf("changing %s from %s to %s", item.SKU, old.Quantity, item.Quantity), call: mintsoftapi.Call{
				Operation: "order.item.change", Method: "POST", Path: fmt.Sprintf("%s/%d", path, old.ID), Body: body, Write: true, Envelope: mintsoftapi.EnvelopeRequired,
			}})
		}
	}
	for _, item := range has {
		if key := item.key(); key != "/" && !kept[key] {
			steps = append(steps, itemStep{says: "removing " + item.Quantity.String() + " x " + item.SKU, call: mintsoftapi.Call{
				Operation: "order.item.remove", Method: "DELETE", Path: fmt.Sprintf("/api/Order/%s/Items/%d", order, item.ID), Write: true, Envelope: mintsoftapi.EnvelopeRequired,
			}})
		}
	}
	return steps, nil
}
