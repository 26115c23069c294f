package unleashed

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// lookOrder answers the sales order with a number. The filter is documented as
// exact and as overriding all others, deleted orders included or not; codes are
// compared once more all the same.
func lookOrder(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	number := fmt.Sprint(args["OrderNumber"])
	var found any
	_, err := eachRecord(ctx, c, "SalesOrders", time.Time{}, []string{"orderNumber", number}, func(record map[string]any) {
		if record["OrderNumber"] == number {
			found = record
		}
	})
	return found, err
}
