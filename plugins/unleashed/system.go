package unleashed

import (
	"context"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

const systemName = "unleashed"

// System is Unleashed as the generic components see it.
var System = &component.System{
	Name:       systemName,
	Title:      "Unleashed",
	Operations: operations,
	Resources:  resources,
	Overlap:    10 * time.Minute,
	Account:    func(c *connection.Connection) *apihttp.Account { return c.UnleashedAccount },
	Call:       call,
	Ping: func(ctx context.Context, c *connection.Connection) error {
		_, err := c.Unleashed.List(ctx, "Warehouses", unleashedapi.Query{}, 1, 1)
		return err
	},
	Zone: (*connection.Connection).UnleashedZone,
}

func call(ctx context.Context, c *connection.Connection, r component.Request) (*apihttp.Response, error) {
	query := make([]string, 0, 2*len(r.Query))
	for _, pair := range r.Query {
		query = append(query, pair.Name, pair.Value)
	}
	send := c.Unleashed.Call
	if r.One {
		send = c.Unleashed.Record
	}
	response, err := send(ctx, unleashedapi.Call{
		Operation: r.Operation, Method: r.Method, Path: r.Path, Query: unleashedapi.NewQuery(query...), Body: r.Body, Write: r.Write,
	})
	if err != nil {
		return nil, err
	}
	if response.Body, err = unleashedapi.Plain(response.Body); err != nil {
		return nil, err
	}
	return response, nil
}
