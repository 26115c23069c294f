package mintsoft

import (
	"context"
	"strconv"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// lookStanding answers the orders of other records that are on their way already: the
// sales order of a shipment, or the shipments of a sales order, from when orders came
// the other way. A record without a link is searched for only where it is older than
// the ledger, so that it costs no call as long as nothing was lost.
func lookStanding(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any) (any, error) {
	standing := []any{}
	for _, record := range component.Objects(args["Records"]) {
		guid, _ := record["Guid"].(string)
		if guid == "" {
			continue
		}
		ask := map[string]any{"Source": guid, "ExternalOrderReference": guid, "ClientId": args["ClientId"]}
		if created, err := time.Parse(time.RFC3339, component.Text(record["CreatedOn"])); err == nil {
			former, err := formerOrder(ctx, c, created)
			if err != nil {
				return nil, err
			}
			if former {
				ask["OrderNumber"] = record["OrderNumber"]
			}
		}
		found, err := lookOrder(ctx, c, s, ask)
		if err != nil {
			return nil, err
		}
		order, exists := found.(map[string]any)
		if !exists || idOf(order, "OrderStatusId") == strconv.Itoa(statusCancelled) && numberOfParts(order) == 1 {
			continue
		}
		standing = append(standing, map[string]any{
			"Source": guid, "ID": order["ID"], "OrderNumber": order["OrderNumber"], "OrderStatusId": order["OrderStatusId"],
		})
	}
	return standing, nil
}
