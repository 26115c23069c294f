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
	Zone: (*connection.Connection).MintsoftZone,
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

// ofClient begins the query of a list: a key of an administrator sees all clients.
func ofClient(ctx context.Context, c *connection.Connection) (url.Values, error) {
	settings, err := c.Bind(ctx)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	if client := idOf(settings["mintsoft"].(map[string]any), "client_id"); client != "" {
		query.Set("ClientId", client)
	}
	return query, nil
}

// earlyEnough is from when a list has to be read, whose filter knows naive local time
// only: near a change of clocks it is earlier, so that what was asked for is in it,
// whichever of the two hours it bears.
func earlyEnough(since time.Time, c *connection.Connection) time.Time {
	if mintsoftapi.NearClockChange(since, c.MintsoftZone()) {
		return since.Add(-clockChangeOverlap)
	}
	return since
}

// changedSince is such a moment as the filter wants it.
func changedSince(since time.Time, c *connection.Connection) string {
	return mintsoftapi.FormatTime(earlyEnough(since, c), c.MintsoftZone())
}
