package unleashed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// awaitRecord reads a record that an event is about. Such a record may be
// answered 404 for a moment, so a missing one is asked for again after each of
// some waits; nil when it is missing in the end.
func awaitRecord(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	waits, err := durations(args["Waits"])
	if err != nil {
		return nil, &apihttp.Error{System: systemName, Operation: "record.await", Outcome: apihttp.Rejected, Message: err.Error()}
	}
	for {
		raw, err := c.Unleashed.Get(ctx, fmt.Sprint(args["Resource"]), fmt.Sprint(args["Guid"]), unleashedapi.Query{})
		if err == nil {
			return decoded(raw)
		}
		if !errors.Is(err, apihttp.ErrNotFound) || len(waits) == 0 {
			return nil, err
		}
		if err := sleep(ctx, c.Book(), waits[0]); err != nil {
			return nil, err
		}
		waits = waits[1:]
	}
}

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

func durations(value any) ([]time.Duration, error) {
	list, isList := value.([]any)
	if value != nil && !isList {
		return nil, fmt.Errorf("the argument Waits: found %T, expected a list of durations", value)
	}
	var waits []time.Duration
	for _, entry := range list {
		wait, err := time.ParseDuration(fmt.Sprint(entry))
		if err != nil {
			return nil, fmt.Errorf("the argument Waits: found %v, expected a duration such as 2s", entry)
		}
		waits = append(waits, wait)
	}
	return waits, nil
}

// sleep waits; the end of the context or of the process ends it with an error.
func sleep(ctx context.Context, book *connection.Book, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-book.Draining():
		return errors.New("waiting for a record: the process is stopping")
	case <-ctx.Done():
		return ctx.Err()
	}
}
