package mintsoft

import (
	"context"
	"net/url"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// clockChangeOverlap is read again when the clocks change: Mintsoft's
// timestamps carry no offset, so an hour exists twice in autumn.
const clockChangeOverlap = 2 * time.Hour

// System is Mintsoft as the generic components see it.
var System = &component.System{
	Name:       "mintsoft",
	Title:      "Mintsoft",
	Operations: operations,
	Resources:  resources,
	Overlap:    15 * time.Minute,
	Account:    func(c *connection.Connection) *apihttp.Account { return c.MintsoftAccount },
	Call:       call,
	Ping: func(ctx context.Context, c *connection.Connection) error {
		_, err := c.Mintsoft.Warehouses(ctx)
		return err
	},
	Widen: func(c *connection.Connection, now time.Time, overlap time.Duration) time.Duration {
		if mintsoftapi.NearClockChange(now, c.MintsoftZone()) {
			return max(overlap, clockChangeOverlap)
		}
		return overlap
	},
}

func call(ctx context.Context, c *connection.Connection, r component.Request) (*apihttp.Response, error) {
	query := url.Values{}
	for _, pair := range r.Query {
		query.Set(pair.Name, pair.Value)
	}
	return c.Mintsoft.Call(ctx, mintsoftapi.Call{
		Operation: r.Operation, Method: r.Method, Path: r.Path, Query: query, Body: r.Body, Write: r.Write,
	})
}

// changedSince is a moment as the filters of lists want it, which know naive local time
// only. Near a change of clocks it is earlier, so that what the list is asked for after a
// lost answer is in it, whichever of the two hours it bears.
func changedSince(since time.Time, c *connection.Connection) string {
	if mintsoftapi.NearClockChange(since, c.MintsoftZone()) {
		since = since.Add(-clockChangeOverlap)
	}
	return mintsoftapi.FormatTime(since, c.MintsoftZone())
}
