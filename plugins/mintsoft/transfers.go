package mintsoft

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// transferOrders are the transfers between Mintsoft's own warehouses by the order
// that each made.
type transferOrders = component.Catalogue[string]

// settling is how long after an order was made its transfer may come to name it.
const settling = time.Minute

func transferOrdersOf(c *connection.Connection) *transferOrders {
	return c.Local("mintsoft transfer orders", func() any {
		list := component.NewCatalogue(c.Book().Options.Now, time.Hour, func(ctx context.Context, since time.Time, put func(string, string)) (time.Time, error) {
			return readTransfers(ctx, c, since, put)
		})
		list.Quiet = true // most orders are no transfer's
		return list
	}).(*transferOrders)
}

// lookTransferOrder answers the id of the transfer that an order belongs to. A
// transfer makes its order itself, so a list that is younger than the order knows
// it.
func lookTransferOrder(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	order, _ := args["Order"].(map[string]any)
	id := idOf(order, "ID")
	made, _ := order["OrderDate"].(string)
	at, err := mintsoftapi.ParseTime(made, c.MintsoftZone())
	list := transferOrdersOf(c)
	if err != nil || at.IsZero() || list.AsOf().Before(at.Add(settling)) {
		list.Stale()
	}
	found, err := list.Find(ctx, id)
	if transfer, exists := found[id]; exists && err == nil {
		return transfer, nil
	}
	return nil, err
}

func readTransfers(ctx context.Context, c *connection.Connection, since time.Time, put func(order, transfer string)) (time.Time, error) {
	query, err := ofClient(ctx, c)
	if err != nil {
		return time.Time{}, err
	}
	if !since.IsZero() {
		query.Set("SinceLastUpdated", changedSince(since, c))
	}
	var asOf time.Time
	for number := 1; ; number++ {
		rows, date, err := c.Mintsoft.List(ctx, "/api/WarehouseTransfer/List", query, number, defaultPageSize)
		if err != nil {
			return time.Time{}, fmt.Errorf("reading the transfers of Mintsoft: %w", err)
		}
		if asOf.IsZero() {
			asOf = date
		}
		for _, raw := range rows {
			var transfer map[string]any
			if err := component.DecodeJSON(raw, &transfer); err != nil {
				return time.Time{}, fmt.Errorf("decoding a transfer of Mintsoft: %w", err)
			}
			if order := idOf(transfer, "OrderId"); order != "" {
				put(order, idOf(transfer, "ID"))
			}
		}
		if len(rows) < defaultPageSize {
			return asOf, nil
		}
	}
}
