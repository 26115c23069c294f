package mintsoft

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// unanswered are the arguments by which to look for what may have been made of a record:
// those that were sent when this connection meant to make it and nobody knows whether it
// was made, else the given ones; nil when nothing is open, which costs no call.
func unanswered(ctx context.Context, c *connection.Connection, operation, source string, args map[string]any) (map[string]any, error) {
	identity, err := c.Identity(ctx)
	if err != nil {
		return nil, err
	}
	l := c.Book().Ledger
	intents, err := l.Intents(ctx, source)
	if err != nil || !slices.ContainsFunc(intents, func(i ledger.Intent) bool {
		return i.Unanswered() && i.Record.ID == source && strings.HasPrefix(i.Key, identity.Accounts+"/"+operation+"/") && !madeElsewhere(c, i.Connection)
	}) {
		return nil, err
	}
	events, err := l.Events(ctx, source)
	if err != nil {
		return nil, err
	}
	then := maps.Clone(args)
	for _, e := range slices.Backward(events) {
		if e.Kind != ledger.EventSent || e.Record.ID != source || !strings.HasPrefix(e.Summary, "mintsoft "+operation) || madeElsewhere(c, e.Connection) {
			continue
		}
		var sent map[string]any
		if component.DecodeJSON(e.Detail, &sent) == nil { // a body that was cut says nothing
			maps.Copy(then, sent)
		}
		break
	}
	return then, nil
}

// madeElsewhere says whether another connection of the file made something. One that the
// file lacks may be this one, under the name that it had.
func madeElsewhere(c *connection.Connection, by string) bool {
	_, err := c.Book().Connection(by)
	return err == nil && by != c.Name
}
