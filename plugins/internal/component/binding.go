package component

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/polling"
)

// Bind answers the settings of a connection for an input that begins. They are
// nil, without an error, when waiting would not help: the process is stopping, or
// the keys are refused and the flow runs only once.
func Bind(ctx context.Context, book *connection.Book, conn *connection.Connection, flow *connection.Flow) (map[string]any, error) {
	ctx, cancel := book.UntilDrained(apihttp.WithTally(ctx, &flow.Calls))
	defer cancel()
	settings, err := conn.Bind(ctx)
	if err == nil {
		flow.Failed(nil)
		return settings, nil
	}
	if book.IsDraining() {
		return nil, nil
	}
	flow.Failed(err)
	if book.Options.Once && errors.Is(err, apihttp.ErrCredentials) {
		return nil, nil
	}
	return nil, err
}

// Asking is the message that the fields of an input are evaluated with: it has
// the settings and no content.
func Asking(conn *connection.Connection, settings map[string]any) *service.Message {
	ask := service.NewMessage(nil)
	ask.MetaSetMut(metaConnection, conn.Name)
	ask.MetaSetMut(MetaSettings, settings)
	return ask
}

// health is how the account of a connection is.
type health struct {
	system *System
	conn   *connection.Connection
}

// LastSuccess implements delivery.Health.
func (h health) LastSuccess() time.Time { return h.system.Account(h.conn).LastSuccess() }

// Ask implements delivery.Health.
func (h health) Ask(ctx context.Context) {
	if h.system.Account(h.conn).MayAsk() {
		_ = h.system.Ping(ctx, h.conn) // the account notes how it went
	}
}

// unread logs that a record could not be read again. A single run has failed then,
// although the rest of it went well.
func unread(book *connection.Book, flow *connection.Flow) func(what polling.Redelivery, err error, next time.Time) {
	return func(what polling.Redelivery, err error, next time.Time) {
		if book.IsDraining() {
			return
		}
		book.Options.Log.Warn("a record cannot be read again", "stream", flow.Stream, "record", what.Ref, "error", err.Error(), "again", when(next))
		if book.Options.Once {
			flow.Left(fmt.Errorf("reading %s again: %w", what.Ref, err))
		}
	}
}

// when is the moment of another try, zero when there is none.
func when(next time.Time) string {
	if next.IsZero() {
		return "not by itself"
	}
	return next.UTC().Format(time.RFC3339)
}

// Failed remembers and logs that a run of a flow did not end well.
func Failed(book *connection.Book, flow *connection.Flow) func(err error, next time.Time) {
	return func(err error, next time.Time) {
		if book.IsDraining() {
			return
		}
		flow.Failed(err)
		book.Options.Log.Warn("the run did not end well; the cursor stays", "stream", flow.Stream, "error", err.Error(), "again", when(next))
	}
}
