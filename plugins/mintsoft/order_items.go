package mintsoft

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// orderItem is what we need of the vendor's OrderItem, and of one that is wanted.
type orderItem struct {
	ID       int64
	SKU      string
	Quantity decimal.Decimal
	// OrderItemNameValues tell which line of the source an item stands for.
	OrderItemNameValues []struct{ Name, Value string }
}

// value is what an item's name-value holds, empty when it has none of that name.
func (i orderItem) value(name string) string {
	for _, v := range i.OrderItemNameValues {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// ours says whether an item stands for a line of the source.
func (i orderItem) ours() bool { return i.value(lineName) != "" }

// key is the source line that an item stands for, its lot where it has one, and
// its product, which an item cannot change.
func (i orderItem) key() string {
	return strings.Join([]string{i.value(lineName), i.value("lot"), strings.ToLower(i.SKU)}, "/")
}

// String is an item's product for a person, with its lot.
func (i orderItem) String() string {
	if lot := i.value("lot"); lot != "" {
		return i.SKU + " (" + lot + ")"
	}
	return i.SKU
}

// setItems makes the items of an order those that are wanted: adds, changes and
// removes item by item, since an order's own update never touches them. Items that
// carry no source line were added in the warehouse and are left alone. With a Source
// one stands for a line of its product that has no item: a flow may have brought it
// there, where it is a line by now. What Mintsoft refuses does not stop the rest; the
// error names each line of it.
func setItems(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	id := fmt.Sprint(args["ID"])
	if _, err := waitOutItems(ctx, c, id); err != nil {
		return delivery.Answer{}, err
	}
	raw, err := currentOrder(ctx, c, args)
	if err != nil {
		return delivery.Answer{}, err
	}
	var has struct {
		OrderNumber   string
		NumberOfParts int
		OrderItems    []orderItem
	}
	if err := json.Unmarshal(raw, &has); err != nil {
		return delivery.Answer{}, fmt.Errorf("decoding order %s: %w", id, err)
	}
	if has.NumberOfParts > 1 || joined(has.OrderNumber, component.Text(args["OrderNumber"])) {
		// It happened after the decision to change it, and what it lacks stands elsewhere.
		return delivery.Answer{}, refusedItems("somebody split or merged the order at this moment, and nothing of it was changed; change its items in Mintsoft by hand, or replay this to have the difference recorded")
	}
	steps, err := stepsFor(ctx, c, url.PathEscape(id), has.OrderItems, args)
	if err != nil {
		return delivery.Answer{}, err
	}
	if err := refuseBundles(ctx, c, has.OrderItems, steps); err != nil {
		return delivery.Answer{}, err
	}
	var taken []itemStep
	var refused []string
	var fields []apihttp.FieldError
	for _, step := range steps {
		if err := beginItem(ctx, c, id); err != nil {
			return delivery.Answer{}, err
		}
		reason, err := step.take(ctx, c)
		if apihttp.OutcomeOf(err) != apihttp.Unknown {
			err = cmp.Or(err, endItem(ctx, c, id))
		}
		if err != nil {
			return delivery.Answer{}, err
		}
		if reason != "" {
			refused = append(refused, step.says+": "+reason)
			fields = append(fields, apihttp.FieldError{Field: step.item.SKU, Message: reason})
		} else {
			taken = append(taken, step)
		}
	}
	if len(refused) > 0 {
		// The rest is given all the same, and this request will not count.
		if err := agreeOn(ctx, c, args["Source"], taken); err != nil {
			return delivery.Answer{}, err
		}
		return delivery.Answer{}, refusedItems(strings.Join(refused, "; "), fields...)
	}
	return delivery.Answer{ID: id, Ref: has.OrderNumber}, nil
}

func refusedItems(message string, fields ...apihttp.FieldError) error {
	return &apihttp.Error{System: "mintsoft", Operation: "order.set_items", Outcome: apihttp.Rejected, Message: message, Fields: fields}
}

// itemsWaitForProduct says whether all that was refused may mend itself once a
// product has arrived.
func itemsWaitForProduct(refusal *apihttp.Error, _ map[string]any) bool {
	return len(refusal.Fields) > 0 && !slices.ContainsFunc(refusal.Fields, func(f apihttp.FieldError) bool {
		return !mintsoftapi.MentionsProduct(f.Message, []string{f.Field})
	})
}

// itemStep is one request for one item.
type itemStep struct {
	says   string // in words
	item   orderItem
	has    decimal.Decimal // how much of it the order has
	wants  decimal.Decimal
	adds   bool
	call   mintsoftapi.Call
	reason string // why it is not taken at all
}

// take makes the request. It answers the reason of a refusal, and an error only for
// what may pass.
func (s itemStep) take(ctx context.Context, c *connection.Connection) (reason string, err error) {
	if s.reason != "" {
		return s.reason, nil
	}
	_, err = c.Mintsoft.Call(ctx, s.call)
	var answer *apihttp.Error
	if errors.As(err, &answer) && !errors.Is(err, apihttp.ErrCredentials) && (answer.Outcome == apihttp.Rejected || answer.Outcome == apihttp.AlreadyThere) {
		if answer.Message == "" {
			return answer.Error(), nil
		}
		return answer.Message, nil
	}
	return "", err
}

// itemSteps compares by source line: first what is added and changed, then what is
// removed, so that an order is never empty in between.
func itemSteps(order string, has []orderItem, args map[string]any, was *given) ([]itemStep, error) {
	list, _ := args["OrderItems"].([]any)
	if len(list) == 0 {
		return nil, refusedItems("found no OrderItems, expected at least one: an order cannot be empty")
	}
	known, loose := map[string]orderItem{}, map[string]orderItem{}
	for _, item := range has {
		if item.ours() {
			known[item.key()] = item
		} else {
			loose[strings.ToLower(item.SKU)] = item
		}
	}
	var steps []itemStep
	kept := map[string]bool{}
	path := "/api/Order/" + order + "/Items"
	for _, entry := range list {
		item, body, err := wantedItem(entry)
		if err != nil {
			return nil, err
		}
		kept[item.key()] = true
		old, exists := known[item.key()]
		if !exists && args["Source"] != nil && item.value("lot") == "" {
			old, exists = loose[strings.ToLower(item.SKU)]
			delete(loose, strings.ToLower(item.SKU))
		}
		switch {
		case !exists:
			steps = append(steps, itemStep{says: fmt.Sprintf("adding %s x %s", item.Quantity, item), item: item, wants: item.Quantity, adds: true, call: mintsoftapi.Call{
				Operation: "order.item.add", Method: "PUT", Path: path, Body: body, Write: true, Envelope: mintsoftapi.EnvelopeRequired,
			}})
		case !old.Quantity.Equal(item.Quantity):
			steps = append(steps, itemStep{says: fmt.Sprintf("changing %s from %s to %s", item, old.Quantity, item.Quantity), item: item, has: old.Quantity, wants: item.Quantity, call: mintsoftapi.Call{
				Operation: "order.item.change", Method: "POST", Path: fmt.Sprintf("%s/%d", path, old.ID), Body: body, Write: true, Envelope: mintsoftapi.EnvelopeRequired,
			}})
		}
	}
	for _, item := range has {
		if item.ours() && !kept[item.key()] {
			steps = append(steps, itemStep{says: fmt.Sprintf("removing %s x %s", item.Quantity, item), item: item, has: item.Quantity, call: mintsoftapi.Call{
				Operation: "order.item.remove", Method: "DELETE", Path: fmt.Sprintf("%s/%d", path, item.ID), Write: true, Envelope: mintsoftapi.EnvelopeRequired,
			}})
		}
	}
	if args["Source"] != nil {
		steps = spareEdits(steps, was)
	}
	return steps, nil
}

// wantedItem reads an item that is wanted. One without a source line would be added
// again each time.
func wantedItem(entry any) (orderItem, []byte, error) {
	var item orderItem
	body, err := json.Marshal(entry)
	if err == nil {
		err = json.Unmarshal(body, &item)
	}
	if err != nil {
		return item, nil, refusedItems("reading an item that is wanted: " + err.Error())
	}
	if !item.ours() {
		return item, nil, refusedItems(fmt.Sprintf("item %s: found no name-value unleashed_line, expected the line that it stands for", item))
	}
	return item, body, nil
}

// refuseBundles keeps a bundle from being added where the order has items of
// nobody's line: Mintsoft may show a bundle as its components, and these may be
// what is looked for.
func refuseBundles(ctx context.Context, c *connection.Connection, has []orderItem, steps []itemStep) error {
	if !slices.ContainsFunc(has, func(i orderItem) bool { return !i.ours() }) {
		return nil
	}
	for i, step := range steps {
		if !step.adds {
			continue
		}
		found, err := catalogueOf(c).Find(ctx, step.item.SKU)
		if err != nil {
			return err
		}
		if found[step.item.SKU]["Bundle"] == true {
			steps[i].reason = "it is a bundle, and Mintsoft may show it as its components already; decide there"
		}
	}
	return nil
}
