// Package park holds the processor `park`, which puts a message aside until a
// pipeline has run.
package park

import (
	"context"
	"fmt"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

const (
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
			service.NewInterpolatedStringField(component.FieldReason).
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
	if p.reason, err = component.InterpolatedField(conf, component.FieldReason); err != nil {
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

// Process puts the message aside when there is a reason to.
func (p *processor) Process(ctx context.Context, msg *service.Message) (service.MessageBatch, error) {
	return component.WithReason(p.res, msg, p.reason, func(book *connection.Book, flow *connection.Flow, source component.Source, reason string) error {
		return component.Park(ctx, book, flow, source, component.Parking{WaitFor: p.waitFor, Within: p.within, Reason: reason})
	})
}

// Close has nothing to close.
func (p *processor) Close(context.Context) error { return nil }
