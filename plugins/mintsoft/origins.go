package mintsoft

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// originName is the name-value by which an order says what it was made from, lineName
// that of an item for the line that it stands for, and mergedName Mintsoft's own of an
// order that it has merged others into.
const (
	originName = "unleashed"
	lineName   = "unleashed_line"
	mergedName = "MergedOrder"
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
	numbers, err := numbersOf(ctx, c.Book().Ledger, identity.Accounts, record)
	if err != nil {
		return nil, err
	}
	origins := make([]any, 0, len(numbers))
	for i, number := range numbers {
		origin := map[string]any{"Number": number, "Kind": nameValue(record["OrderNameValues"], originName), "Source": nil}
		if i == 0 {
			err = sourceOf(ctx, c, identity.Accounts, record, origin, numbers[1:])
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

// numbersOf are the numbers of an order, of which a merged one has several: "A+B". A
// number of ours that has a plus itself is known by its link, and where the ledger knows
// none because Mintsoft does not say of an order of ours that it was merged.
func numbersOf(ctx context.Context, l *ledger.Ledger, accounts string, record map[string]any) ([]string, error) {
	whole := component.Text(record["OrderNumber"])
	var numbers []string
	for pieces := strings.Split(whole, "+"); len(pieces) > 0; {
		taken := len(pieces)
		for ; taken > 1; taken-- {
			_, exists, err := linkOfNumber(ctx, l, accounts, strings.Join(pieces[:taken], "+"))
			if err != nil {
				return nil, err
			}
			if exists {
				break
			}
		}
		numbers, pieces = append(numbers, strings.Join(pieces[:taken], "+")), pieces[taken:]
	}
	if len(numbers) == 1 || nameValue(record["OrderNameValues"], originName) == nil || nameValue(record["OrderNameValues"], mergedName) != nil {
		return numbers, nil
	}
	_, linked, err := l.LinkByTarget(ctx, accounts, ledger.LinkOrder, idOf(record, "ID"))
	if err != nil || linked {
		return numbers, err
	}
	return []string{whole}, nil
}

// sourceOf finds the record that an order was made from. A part of a split may
// lack the name-value and the reference that another part carries.
func sourceOf(ctx context.Context, c *connection.Connection, accounts string, record, origin map[string]any, absorbed []string) error {
	if known, err := sourceOfPart(ctx, c.Book().Ledger, accounts, idOf(record, "ID"), record["ExternalOrderReference"], origin, absorbed); err != nil || known {
		return err
	}
	if numberOfParts(record) < 2 {
		return nil
	}
	rows, err := searchOrders(ctx, c, component.Text(origin["Number"]), record["ClientId"])
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
		if known, err := sourceOfPart(ctx, c.Book().Ledger, accounts, fmt.Sprint(part.ID), part.ExternalOrderReference, origin, absorbed); err != nil || known {
			return err
		}
	}
	return nil
}

// sourceOfPart sets the Source by the link of an order, else by its reference,
// which counts beside a Kind only. What it has absorbed may be linked to it as well, when
// it was looked for after a ledger was lost.
func sourceOfPart(ctx context.Context, l *ledger.Ledger, accounts, id string, reference any, origin map[string]any, absorbed []string) (bool, error) {
	link, exists, err := l.LinkByTarget(ctx, accounts, ledger.LinkOrder, id)
	if err == nil && exists && slices.Contains(absorbed, link.TargetRef) {
		link, exists, err = linkOfNumber(ctx, l, accounts, component.Text(origin["Number"]))
		exists = exists && link.TargetID == id
	}
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

// sourceOfNumber finds the record whose order was absorbed by another.
func sourceOfNumber(ctx context.Context, l *ledger.Ledger, accounts string, origin map[string]any) error {
	link, exists, err := linkOfNumber(ctx, l, accounts, component.Text(origin["Number"]))
	if exists {
		origin["Source"] = link.SourceID
	}
	return err
}

// linkOfNumber finds the link of the order that was made with a number; of several
// orders that had it the last one counts.
func linkOfNumber(ctx context.Context, l *ledger.Ledger, accounts, number string) (link ledger.Link, exists bool, err error) {
	links, err := l.LinksByRef(ctx, number)
	for _, one := range links {
		if one.Pair == accounts && one.Kind == ledger.LinkOrder && one.TargetRef == number {
			link, exists = one, true
		}
	}
	return link, exists, err
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
