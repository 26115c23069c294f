package mintsoft

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// stepsFor are the itemSteps of an order whose items the warehouse may edit where a
// Source is named.
func stepsFor(ctx context.Context, c *connection.Connection, order string, has []orderItem, args map[string]any) ([]itemStep, error) {
	source := args["Source"]
	if source == nil {
		return itemSteps(order, has, args, nil)
	}
	was, err := lastGiven(ctx, c, fmt.Sprint(source))
	if err != nil {
		return nil, err
	}
	steps, err := itemSteps(order, has, args, was)
	if err != nil || len(steps) > 0 {
		return steps, err
	}
	return nil, was.settle(ctx, c, source, has)
}

// spareEdits leaves edits of the warehouse alone: an item that is wanted as Mintsoft
// was given it is no news, and a line of which both sides have changed an item is
// decided by a person. An item that has what is wanted already takes no step, so that
// a request which broke off is finished. Where it is not known any more what Mintsoft was
// given, nobody can tell whose an edit is, so that a person decides on each difference.
func spareEdits(steps []itemStep, was *given) []itemStep {
	if was == nil {
		for i, step := range steps {
			steps[i].reason = fmt.Sprintf("it is not known any more what Mintsoft was given: it has %s, Unleashed has %s; decide there", step.has, step.wants)
		}
		return steps
	}
	both := map[string]bool{}
	var taken []itemStep
	for _, step := range steps {
		before := was.of(step.item, step.has)
		if step.wants.Equal(before) {
			continue
		}
		if line := step.item.value(lineName); !step.has.Equal(before) {
			both[line] = true
		}
		taken = append(taken, step)
	}
	for i, step := range taken {
		if both[step.item.value(lineName)] {
			taken[i].reason = fmt.Sprintf("its line was changed on both sides: Mintsoft was given %s and has %s, Unleashed has %s; decide there", was.of(step.item, step.has), step.has, step.wants)
		}
	}
	return taken
}

// lookItemChanges answers in words, item by item, what order.set_items would do to
// an order that was read before; nothing when it has what is wanted.
func lookItemChanges(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	order := args["Order"]
	fields, _ := order.(map[string]any)
	waited, err := waitOutItems(ctx, c, component.Text(fields["ID"]))
	if err != nil {
		return nil, err
	}
	if waited {
		raw, err := currentOrder(ctx, c, fields)
		if err != nil {
			return nil, err
		}
		order = raw
	}
	has, err := itemsOf(order)
	if err != nil {
		return nil, err
	}
	steps, err := stepsFor(ctx, c, "", has, args)
	if err != nil {
		return nil, err
	}
	says := make([]any, len(steps))
	for i, step := range steps {
		says[i] = step.says
	}
	return says, nil
}

func itemsOf(order any) ([]orderItem, error) {
	raw, err := json.Marshal(order)
	if err != nil {
		return nil, refusedItems("encoding the order: " + err.Error())
	}
	var has struct{ OrderItems []orderItem }
	if err := json.Unmarshal(raw, &has); err != nil {
		return nil, refusedItems("reading the order: " + err.Error())
	}
	return has.OrderItems, nil
}

// currentItems reads the items of an order as they would be wanted, each in the
// place of the wanted item that stands for the same line and the others behind
// them, so that a dry run shows line by line what changes. What an update leaves
// alone is shown as it is wanted.
func currentItems(ctx context.Context, c *connection.Connection, args map[string]any) (json.RawMessage, error) {
	raw, err := currentOrder(ctx, c, args)
	if err != nil {
		return nil, err
	}
	var order struct{ OrderItems []orderItem }
	if err := json.Unmarshal(raw, &order); err != nil {
		return nil, fmt.Errorf("decoding order %v: %w", args["ID"], err)
	}
	known := map[string]orderItem{}
	for _, item := range order.OrderItems {
		if item.ours() {
			known[item.key()] = item
		}
	}
	steps, err := stepsFor(ctx, c, "", order.OrderItems, args)
	if err != nil {
		return nil, err
	}
	changes := map[string]bool{}
	for _, step := range steps {
		changes[step.item.key()] = true
	}
	list, _ := args["OrderItems"].([]any)
	items := make([]any, 0, len(list))
	for _, entry := range list {
		item, body, err := wantedItem(entry)
		if err != nil {
			return nil, err
		}
		old, exists := known[item.key()]
		if !exists && changes[item.key()] {
			items = append(items, map[string]any{})
			continue
		}
		delete(known, item.key())
		var same map[string]any
		if err := component.DecodeJSON(body, &same); err != nil {
			return nil, fmt.Errorf("decoding an item: %w", err)
		}
		if exists && changes[item.key()] {
			same["Quantity"] = json.Number(old.Quantity.String())
		}
		items = append(items, same)
	}
	for _, item := range order.OrderItems {
		if _, left := known[item.key()]; left && item.ours() && changes[item.key()] {
			items = append(items, map[string]any{"SKU": item.SKU, "Quantity": json.Number(item.Quantity.String())})
		}
	}
	return json.Marshal(map[string]any{"OrderItems": items})
}
