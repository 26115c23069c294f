// Package park holds the processor `park`, which puts a message aside until a
// pipeline has run.
package park

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/internal/component"
)

const (
	fieldReason  = "reason"
	fieldWaitFor = "wait_for"
	fieldWithin  = "within"
)

func init() {
	service.MustRegisterProcessor("park", spec(), newProcessor)
}

func spec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Puts a message aside that cannot be handled yet, and reads its record again after each run of a pipeline.").
		Description("A message whose reason is empty passes. When its time is over the record becomes a dead letter of class `rejected`. What waits is counted as parked and shown by `mintleash trace`.").
		Fields(
			service.NewInterpolatedStringField(fieldReason).
				Description("Why the message has to wait; empty, or `null`, lets it pass.").
				Default(`${! @park.or("") }`),
			service.NewStringField(fieldWaitFor).
				Description("The pipeline after whose runs the record is tried again. It may be the one that parks.").Example("purchase_order_import"),
			service.NewDurationField(fieldWithin).
				Description("How long it may wait before it becomes a dead letter.").Default("24h"),
		).
		Example("One after the other", "What was split off waits until its base is booked in.", `
pipeline:
  processors:
    - label: choose
      mapping: |
        meta park = if this.OrderNumber.contains("/") { "its base order is not booked in yet" }
    - label: wait_for_base
      park:
        wait_for: purchase_order_import
        within: 2160h
`)
}

type processor struct {
	res     *service.Resources
	reason  *service.InterpolatedString
	waitFor string
	within  time.Duration
}

func newProcessor(conf *service.ParsedConfig, res *service.Resources) (service.Processor, error) {
	p := &processor{res: res}
	var err error
	if p.reason, err = conf.FieldInterpolatedString(fieldReason); err != nil {
		return nil, err
	}
	if p.waitFor, err = conf.FieldString(fieldWaitFor); err != nil {
		return nil, err
	}
	if p.within, err = conf.FieldDuration(fieldWithin); err != nil {
		return nil, err
	}
	if p.within <= 0 {
		return nil, fmt.Errorf("field %s: found %s, expected more than zero", fieldWithin, p.within)
	}
	return p, nil
}

// Process puts the message aside when there is a reason to. Messages that none of
// our inputs made, as in unit tests, are dropped without a record.
func (p *processor) Process(ctx context.Context, msg *service.Message) (service.MessageBatch, error) {
	reason, err := p.reason.TryString(msg)
	if err != nil {
		return nil, component.Classed(component.ClassUnmappable, fmt.Errorf("evaluating field %s: %w", fieldReason, err))
	}
	if reason = strings.TrimSpace(reason); reason == "" || reason == "null" {
		return service.MessageBatch{msg}, nil
	}
	if _, ours := component.SourceOf(msg); !ours {
		return nil, nil
	}
	book, err := component.Book(p.res)
	if err != nil {
		return nil, err
	}
	flow, source, _ := component.FlowOf(book, msg)
	return nil, component.Park(ctx, book, flow, source, component.Parking{WaitFor: p.waitFor, Within: p.within, Reason: reason})
}

// Close has nothing to close.
func (p *processor) Close(context.Context) error { return nil }
