package unleashed

import (
	"context"
	"errors"
	"fmt"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// whichResource names the first of some resources that has a record with a GUID;
// without one nothing is asked.
func whichResource(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	resources, _ := args["Resources"].([]any)
	if args["Guid"] == nil {
		return nil, nil
	}
	for _, resource := range resources {
		_, err := c.Unleashed.Get(ctx, fmt.Sprint(resource), fmt.Sprint(args["Guid"]), unleashedapi.Query{})
		if err == nil {
			return resource, nil
		}
		if !errors.Is(err, apihttp.ErrNotFound) {
			return nil, err
		}
	}
	return nil, nil
}

func decoded(raw []byte) (any, error) {
	plain, err := unleashedapi.Plain(raw)
	if err != nil {
		return nil, err
	}
	var record any
	return record, component.DecodeJSON(plain, &record)
}
