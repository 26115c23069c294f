package mintsoft

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// lookASNOrigin answers the id of the record that an ASN was made from, by its
// link, if that is one of the Resource. Without a link (a ledger that was lost) the
// ASN's SourceLineIds tell it.
func lookASNOrigin(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	link, exists, err := c.Book().Ledger.LinkByTarget(ctx, identity.Accounts, ledger.LinkASN, fmt.Sprint(args["ID"]))
	if err != nil || !exists {
		return nil, err
	}
	resource, err := resourceOf(ctx, c, link.SourceID, "asn.create")
	if err != nil || resource != args["Resource"] {
		return nil, err
	}
	return link.SourceID, nil
}

// lookOtherASNs answers the ASNs of some references, the oldest of each first, but
// for one, and whether anything may still be booked in of them.
func lookOtherASNs(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	references, _ := args["POReferences"].([]any)
	others := []any{}
	for _, reference := range references {
		asns, err := standing(ctx, c, fmt.Sprint(reference), func(a asn) bool { return fmt.Sprint(a.ID) != fmt.Sprint(args["Except"]) })
		if err != nil {
			return nil, err
		}
		for _, a := range asns {
			items := make([]any, 0, len(a.Items))
			for _, item := range a.Items {
				items = append(items, map[string]any{"ID": json.Number(fmt.Sprint(item.ID)), "SKU": item.SKU, "SourceLineId": item.SourceLineID, "QuantityExpected": item.QuantityExpected.value(), "QuantityBooked": item.QuantityBooked.n})
			}
			others = append(others, map[string]any{
				"ID": json.Number(fmt.Sprint(a.ID)), "POReference": a.POReference, "Final": slices.Contains(asnFinal, a.ASNStatusID), "Items": items,
			})
		}
	}
	return others, nil
}
