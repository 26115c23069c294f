package mintsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
)

// mostOrderPasses is how often the list of orders is read before nobody knows whether
// all of it was seen.
const mostOrderPasses = 3

// eachOrder hands out the rows of the list of orders, and answers the service's time at
// its start. Nothing tells how many there are, and an order that is deleted or merged
// away moves those behind it over the border of a page: a list of several pages is read
// until it shows nothing that was missed before, but for what changed lately and the next
// look reads again. last is when the last look was.
func eachOrder(ctx context.Context, c *connection.Connection, query url.Values, last time.Time, take func(json.RawMessage) error) (asOf time.Time, err error) {
	seen := map[string]bool{}
	for pass := 1; pass <= mostOrderPasses; pass++ {
		pages, missed := 0, false
		for whole := false; !whole; {
			pages++
			rows, date, err := c.Mintsoft.List(ctx, "/api/Order/List", query, pages, defaultPageSize)
			if err != nil {
				return asOf, fmt.Errorf("reading the orders of Mintsoft: %w", err)
			}
			if asOf.IsZero() {
				asOf = orNow(date, c)
			}
			for _, raw := range rows {
				var row struct {
					ID          json.Number
					LastUpdated string
				}
				if err := json.Unmarshal(raw, &row); err != nil {
					return asOf, fmt.Errorf("decoding an order of Mintsoft: %w", err)
				}
				if seen[row.ID.String()] {
					continue
				}
				seen[row.ID.String()] = true
				if changed := moment(row.LastUpdated, c); !changed.IsZero() && changed.Before(asOf.Add(-documentsOverlap)) {
					missed = true
				}
				if err := take(raw); err != nil {
					return asOf, err
				}
			}
			whole = len(rows) < defaultPageSize
		}
		if readAgain := !last.Before(asOf.Add(-documentsOverlap)); pages == 1 || readAgain || pass > 1 && !missed {
			return asOf, nil
		}
	}
	return asOf, fmt.Errorf("reading the orders of Mintsoft: %w of %d passes", errUnsteadyList, mostOrderPasses)
}

var errUnsteadyList = errors.New("the list showed other rows in each")
