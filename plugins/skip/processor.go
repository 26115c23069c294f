// Package skip holds the processor `skip`, which ends a message that is rightly
// not written and remembers why.
package skip

import (
	"context"
	"slices"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	fieldReport = "report"
	fieldOnce   = "once"
)

func init() {
	service.MustRegisterProcessor("skip", spec(), newProcessor)
}

func spec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Drops a message that is rightly not written, counts it as skipped and records the reason.").
		Description("Use it instead of `deleted()`, which drops without a trace: the reason is shown by the summary and by `mintleash trace`. A message whose reason is empty passes.").
		Fields(
			service.NewInterpolatedStringField(component.FieldReason).
				Description("Why the message is not written; empty, or `null`, lets it pass.").
				Default(`${! @skip.or("") }`),
			service.NewInterpolatedStringField(fieldReport).
				Description("Whether somebody has to look at it: the skip is then logged as a warning.").
				Default(`${! @report.or(false) }`),
			service.NewBoolField(fieldOnce).
				Description("Whether that is logged once for each reason: not again while nothing else was done for a record of this number.").
				Default(false),
		).
		Example("Only placed orders", "A mapping decides, the processor drops.", `
pipeline:
  processors:
    - label: choose
      mapping: |
        meta skip = if this.OrderStatus != "Placed" { "status %v is not imported".format(this.OrderStatus) }
    - label: skip_unwanted
      skip: {}
`)
}

type processor struct {
	res            *service.Resources
	reason, report *service.InterpolatedString
	once           bool
}

func newProcessor(conf *service.ParsedConfig, res *service.Resources) (service.Processor, error) {
	reason, err := component.InterpolatedField(conf, component.FieldReason)
	if err != nil {
		return nil, err
	}
	report, err := component.InterpolatedField(conf, fieldReport)
	if err != nil {
		return nil, err
	}
	once, err := conf.FieldBool(fieldOnce)
	return &processor{res: res, reason: reason, report: report, once: once}, err
}

// Process drops the message when there is a reason to.
func (p *processor) Process(ctx context.Context, msg *service.Message) (service.MessageBatch, error) {
	return component.WithReason(p.res, msg, p.reason, func(book *connection.Book, flow *connection.Flow, source component.Source, reason string) error {
		known, err := p.known(ctx, book, source, reason)
		if err != nil {
			return err
		}
		if report, err := p.report.TryString(msg); err == nil && report == "true" && !known {
			book.Options.Log.Warn("needs a look", "stream", flow.Stream, "record", source.Record.Ref, "reason", reason)
		}
		return component.Skip(ctx, book, flow, source, reason)
	})
}

// known says whether the stream skipped a record of this number last for the same reason,
// where that is logged once. A person who asks for it is answered.
func (p *processor) known(ctx context.Context, book *connection.Book, source component.Source, reason string) (bool, error) {
	if !p.once || source.Replay || book.Options.DryRun || source.Record.Ref == "" {
		return false, nil
	}
	events, err := book.Ledger.Events(ctx, source.Record.Ref)
	for _, e := range slices.Backward(events) {
		if e.Stream == source.Stream {
			return e.Kind == ledger.EventSkipped && e.Summary == reason, err
		}
	}
	return false, err
}

// Close has nothing to close.
func (p *processor) Close(context.Context) error { return nil }
