package mintsoft

import (
	"context"
	"fmt"
	"strings"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// originName is the name-value by which an order says what it was made from, and
// lineName that of an item for the line that it stands for.
const (
	originName = "unleashed"
	lineName   = "unleashed_line"
)

// lookOrigins answers what an order was made from, a list with an entry for each
// of its numbers, since a merged order has several. An entry holds the Number, the
// Kind that the order's name-value says, and the Source, the id of the record: by
// the link of this order, or of the absorbed one with that number, else by the
// reference that the order or another part of it carries beside its Kind. It is
// null where neither tells it; an equal number alone says nothing, but that parts
// of one split belong together.
func lookOrigins(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	record, _ := args["Order"].(map[string]any)
	numbers := strings.Split(text(record["OrderNumber"]), "+")
	origins := make([]any, 0, len(numbers))
	for i, number := range numbers {
		origin := map[string]any{"Number": number, "Kind": nameValue(record["OrderNameValues"], originName), "Source": nil}
		if i == 0 {
			err = sourceOf(ctx, c, identity.Accounts, record, origin)
		} else {
			err = sourceOfNumber(ctx, c.Book().Ledger, identity.Accounts, origin)
		}
		if err != nil {
			return nil, err
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

// sourceOf finds the record that an order was made from. A part of a split may
// lack the name-value and the reference that another part carries.
func sourceOf(ctx context.Context, c *connection.Connection, accounts string, record, origin map[string]any) error {
	if known, err := sourceOfPart(ctx, c.Book().Ledger, accounts, idOf(record, "ID"), record["ExternalOrderReference"], origin); err != nil || known {
		return err
	}
	if numberOfParts(record) < 2 {
		return nil
	}
	rows, err := searchOrders(ctx, c, text(origin["Number"]), record["ClientId"])
	if err != nil {
		return err
	}
	for _, part := range rows {
		if part.NumberOfParts < 2 {
			continue
		}
		if origin["Kind"] == nil {
			origin["Kind"] = part.kind()
		}
		if known, err := sourceOfPart(ctx, c.Book().Ledger, accounts, fmt.Sprint(part.ID), part.ExternalOrderReference, origin); err != nil || known {
			return err
		}
	}
	return nil
}

// sourceOfPart sets the Source by the link of an order, else by its reference,
// which counts beside a Kind only.
func sourceOfPart(ctx context.Context, l *ledger.Ledger, accounts, id string, reference any, origin map[string]any) (bool, error) {
	link, exists, err := l.LinkByTarget(ctx, accounts, "order", id)
	switch ref, isText := reference.(string); {
	case err != nil:
		return false, err
	case exists:
		origin["Source"] = link.SourceID
	case isText && ref != "" && origin["Kind"] != nil:
		origin["Source"] = ref
	default:
		return false, nil
	}
	return true, nil
}

// sourceOfNumber finds the record whose order was absorbed by another; of several
// orders that had the number the last one counts.
func sourceOfNumber(ctx context.Context, l *ledger.Ledger, accounts string, origin map[string]any) error {
	links, err := l.LinksByRef(ctx, text(origin["Number"]))
	if err != nil {
		return err
	}
	for _, link := range links {
		if link.Pair == accounts && link.Kind == "order" && link.TargetRef == origin["Number"] {
			origin["Source"] = link.SourceID
		}
	}
	return nil
}

// nameValue is the value of a name-value of an order or an item, nil when there
// is none.
func nameValue(list any, name string) any {
	values, _ := list.([]any)
	for _, entry := range values {
		if pair, isObject := entry.(map[string]any); isObject && pair["Name"] == name {
			return pair["Value"]
		}
	}
	return nil
}
