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
// null where neither tells it; an equal number alone says nothing.
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
		var source string
		if i == 0 {
			source, err = sourceOf(ctx, c, identity.Accounts, record, number)
		} else {
			source, err = sourceOfNumber(ctx, c.Book().Ledger, identity.Accounts, number)
		}
		if err != nil {
			return nil, err
		}
		if source != "" {
			origin["Source"] = source
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

// sourceOf finds the record that an order was made from.
func sourceOf(ctx context.Context, c *connection.Connection, accounts string, record map[string]any, number string) (string, error) {
	link, exists, err := c.Book().Ledger.LinkByTarget(ctx, accounts, "order", idOf(record, "ID"))
	if err != nil || exists || nameValue(record["OrderNameValues"], originName) == nil {
		return link.SourceID, err
	}
	if reference, isText := record["ExternalOrderReference"].(string); isText && reference != "" {
		return reference, nil
	}
	if parts := idOf(record, "NumberOfParts"); parts == "" || parts == "1" {
		return "", nil
	}
	// The part of a split may lack the reference that another one carries.
	rows, err := searchOrders(ctx, c, number, record["ClientId"])
	if err != nil {
		return "", err
	}
	for _, part := range rows {
		if !numbered(part.OrderNumber, number) {
			continue
		}
		if part.ExternalOrderReference != "" {
			return part.ExternalOrderReference, nil
		}
		link, exists, err := c.Book().Ledger.LinkByTarget(ctx, accounts, "order", fmt.Sprint(part.ID))
		if err != nil || exists {
			return link.SourceID, err
		}
	}
	return "", nil
}

// sourceOfNumber finds the record whose order was absorbed by another.
func sourceOfNumber(ctx context.Context, l *ledger.Ledger, accounts, number string) (string, error) {
	links, err := l.LinksByRef(ctx, number)
	if err != nil {
		return "", err
	}
	for _, link := range links {
		if link.Pair == accounts && link.Kind == "order" && link.TargetRef == number {
			return link.SourceID, nil
		}
	}
	return "", nil
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
