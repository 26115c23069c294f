// Package await holds the processor `await`, which lets other flows of the same
// connection finish before a message goes on.
package await

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	fieldPipelines = "pipelines"
	fieldSince     = "since"
	fieldWithin    = "within"
)

// lookEvery is how often the ledger is asked whether the others are done.
const lookEvery = time.Second

func init() {
	service.MustRegisterProcessor("await", spec(), newProcessor)
}

func spec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Asks other flows of the same connection for a run, and holds a message until each of them has delivered everything that its service held at a moment.").
		Description("Flows that do not run are not waited for. In a single run (`sync --once`) nothing is: there the order of the stages sees to it. When the time is over the message fails without being rejected, so that its record is read afresh.").
		Fields(
			service.NewStringListField(fieldPipelines).
				Description("The pipelines to wait for.").Example([]string{"order_despatch"}),
			service.NewInterpolatedStringField(fieldSince).
				Description("The moment, by the clock of the service that the flows read, at or after which a run of each must have started that is delivered.").
				Example("${! this.taken_at }"),
			service.NewDurationField(fieldWithin).
				Description("How long is waited.").Default("10m"),
		).
		Example("Stock after despatches", "What left the warehouse is posted before stock is compared.", `
pipeline:
  processors:
    - label: let_despatches_finish
      await:
        pipelines: [ order_despatch ]
        since: ${! this.taken_at }
`)
}

type processor struct {
	res       *service.Resources
	pipelines []string
	since     *service.InterpolatedString
	within    time.Duration
}

func newProcessor(conf *service.ParsedConfig, res *service.Resources) (service.Processor, error) {
	p := &processor{res: res}
	var err error
	if p.pipelines, err = conf.FieldStringList(fieldPipelines); err != nil {
		return nil, err
	}
	if p.since, err = component.InterpolatedField(conf, fieldSince); err != nil {
		return nil, err
	}
	p.within, err = conf.FieldDuration(fieldWithin)
	return p, err
}

// Process holds the message. One that none of our inputs made, as in unit tests,
// passes.
func (p *processor) Process(ctx context.Context, msg *service.Message) (service.MessageBatch, error) {
	source, ours := component.SourceOf(msg)
	if !ours {
		return service.MessageBatch{msg}, nil
	}
	book, err := component.Book(p.res)
	if err != nil {
		return nil, err
	}
	if book.Options.Once {
		return service.MessageBatch{msg}, nil
	}
	text, err := p.since.TryString(msg)
	if err != nil {
		return nil, component.Classed(ledger.ClassUnmappable, fmt.Errorf("evaluating field %s: %w", fieldSince, err))
	}
	since, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, component.Classed(ledger.ClassUnmappable, fmt.Errorf("field %s: found %q, expected a moment such as 2026-01-31T00:00:00Z", fieldSince, text))
	}
	return service.MessageBatch{msg}, p.wait(ctx, book, source.Connection, since)
}

func (p *processor) wait(ctx context.Context, book *connection.Book, name string, since time.Time) error {
	end := book.Options.Now().Add(p.within)
	asked := false
	for {
		behind, err := p.behind(ctx, book, name, since)
		if err != nil || len(behind) == 0 {
			return err
		}
		if !asked {
			if err := ask(ctx, book, behind); err != nil {
				return err
			}
			asked = true
		}
		if !book.Options.Now().Before(end) {
			return fmt.Errorf("waiting for %s: no run that began at %s or later was delivered within %s", strings.Join(behind, ", "), since.UTC().Format(time.RFC3339), p.within)
		}
		if err := delivery.Pause(ctx, book.Draining(), lookEvery); err != nil {
			return err
		}
	}
}

// behind lists the streams that have not delivered what was there at a moment: their
// cursor, which is where their last delivered run started, is before it.
func (p *processor) behind(ctx context.Context, book *connection.Book, name string, since time.Time) ([]string, error) {
	cursors, err := book.Ledger.Cursors(ctx)
	if err != nil {
		return nil, err
	}
	at := map[string]time.Time{}
	for _, cursor := range cursors {
		if cursor.Position.After(at[cursor.Stream]) {
			at[cursor.Stream] = cursor.Position
		}
	}
	var behind []string
	for _, pipeline := range p.pipelines {
		stream := connection.StreamName(name, pipeline)
		if book.Flow(name, pipeline).Reads(book.Options.Now()) && at[stream].Before(since) {
			behind = append(behind, stream)
		}
	}
	return behind, nil
}

func ask(ctx context.Context, book *connection.Book, streams []string) error {
	return book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		for _, stream := range streams {
			if _, err := tx.Nudge(stream, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close has nothing to close.
func (p *processor) Close(context.Context) error { return nil }
