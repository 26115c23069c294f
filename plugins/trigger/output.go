// Package trigger holds the output `trigger`, by which one flow asks another for
// a run.
package trigger

import (
	"context"
	"fmt"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	fieldPipeline = "pipeline"
	fieldEvery    = "at_most_every"
)

func init() {
	service.MustRegisterOutput("trigger", spec(), newOutput)
}

func spec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Asks the stream of another pipeline for a run, as `mintleash trigger` does.").
		Description(`
The request is in the ledger when the message is acknowledged, and the stream takes it within a second or, when it does not run just now, as soon as it does. Of several requests that nobody has taken yet one is kept. What changed is read from the service by the stream that runs; nothing of the message goes there.

The pipeline is asked for the message's connection and for all that share its Unleashed account and Mintsoft client, since only the stream can tell whose warehouse a record is in. Streams whose input is not open are left out. The message is counted as skipped, with what was asked for as the reason; when no stream is open, with that.`).
		Fields(
			service.NewInterpolatedStringField(fieldPipeline).
				Description("The pipeline whose stream shall run.").Example("product_sync").Example("${! @run }"),
			service.NewDurationField(fieldEvery).
				Description("How long to wait at least between two runs that are asked for: a thousand changes in a minute are a thousand messages, and need a run or two. The first is asked for at once.").
				Default("1m").Advanced(),
			service.NewOutputMaxInFlightField().Default(64),
		).
		Example("Products at once", "An event about a product makes the product sync run.", `
output:
  label: sync_products
  trigger:
    pipeline: product_sync
`)
}

type output struct {
	res      *service.Resources
	pipeline *service.InterpolatedString
	every    time.Duration
}

func newOutput(conf *service.ParsedConfig, res *service.Resources) (service.Output, int, error) {
	o := &output{res: res}
	var err error
	if o.pipeline, err = component.InterpolatedField(conf, fieldPipeline); err != nil {
		return nil, 0, err
	}
	if o.every, err = conf.FieldDuration(fieldEvery); err != nil {
		return nil, 0, err
	}
	if o.every < 0 {
		return nil, 0, fmt.Errorf("field %s: found %s, expected at least 0s", fieldEvery, o.every)
	}
	inFlight, err := conf.FieldMaxInFlight()
	return o, inFlight, err
}

// Connect has nothing to open.
func (o *output) Connect(context.Context) error { return nil }

// Write asks for a run.
func (o *output) Write(ctx context.Context, msg *service.Message) error {
	book, err := component.Book(o.res)
	if err != nil {
		return err
	}
	flow, source, err := component.Made(book, msg)
	if err != nil {
		return err
	}
	pipeline, err := o.pipeline.TryString(msg)
	if err == nil {
		err = component.CheckKey(pipeline)
	}
	if err != nil {
		return component.Refuse(ctx, book, flow, source, ledger.DeadLetter{
			Class: ledger.ClassUnmappable, System: "ledger", Operation: "trigger", Reason: fmt.Sprintf("evaluating field %s: %v", fieldPipeline, err),
		})
	}
	conn, err := book.Connection(source.Connection)
	if err != nil {
		return err
	}
	open := streams(book, conn, pipeline)
	if len(open) == 0 {
		return component.Skip(ctx, book, flow, source, pipeline+" does not run")
	}
	if err := o.ask(ctx, book, open); err != nil {
		return fmt.Errorf("triggering %s: %w", pipeline, err)
	}
	return component.Skip(ctx, book, flow, source, pipeline+" was asked to run")
}

// streams are those of a pipeline whose inputs are open.
func streams(book *connection.Book, conn *connection.Connection, pipeline string) []string {
	var open []string
	for _, other := range book.Sharing(conn) {
		if flow := book.Flow(other.Name, pipeline); flow.IsOpen() {
			open = append(open, flow.Stream)
		}
	}
	return open
}

func (o *output) ask(ctx context.Context, book *connection.Book, streams []string) error {
	if book.Options.DryRun {
		return nil
	}
	return book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		for _, stream := range streams {
			if _, err := tx.Nudge(stream, o.every); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close has nothing to close.
func (o *output) Close(context.Context) error { return nil }
