// Package settings holds the processor `settings`, which ties messages that come
// from elsewhere to a connection.
package settings

import (
	"context"
	"fmt"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	fieldSystem   = "system"
	fieldResource = "resource"
	fieldID       = "id"
	fieldRef      = "ref"
)

func init() {
	service.MustRegisterProcessor("settings", spec(), newProcessor)
}

func spec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Stamps the metadata `connection`, `settings` and `source` on messages that none of our inputs made.").
		Description("Outputs and processors of this distribution need to know which connection a message belongs to and which record it stands for. Put this processor first where messages come from a file, a queue or a test. The component's label names the flow.").
		Fields(
			component.ConnectionField(),
			service.NewStringField(fieldSystem).Description("Where the record is at home.").Default("external"),
			service.NewStringField(fieldResource).Description("What kind of record it is; `record` when it is not given.").Optional(),
			service.NewInterpolatedStringField(fieldID).Description("What identifies the record; dead letters and keys are kept under it.").Example("${! this.id }"),
			service.NewInterpolatedStringField(fieldRef).Description("The number that a person knows it by.").Default(""),
		).
		Example("Orders from a file", "Sends orders that were exported by hand.", `
pipeline:
  processors:
    - label: manual_orders
      settings:
        connection: main
        id: ${! this.reference }
`)
}

type processor struct {
	res                          *service.Resources
	label                        string
	connection, system, resource string
	id, ref                      *service.InterpolatedString
}

func newProcessor(conf *service.ParsedConfig, res *service.Resources) (service.Processor, error) {
	p := &processor{res: res, label: res.Label()}
	if p.label == "" {
		return nil, fmt.Errorf("processor settings: expected a label: dead letters and counters are kept under it")
	}
	var err error
	if p.connection, err = conf.FieldString(component.FieldConnection); err != nil {
		return nil, err
	}
	if p.system, err = conf.FieldString(fieldSystem); err != nil {
		return nil, err
	}
	p.resource = "record"
	if conf.Contains(fieldResource) {
		// A default would make the engine take every label of this processor for one of
		// a resource.
		if p.resource, err = conf.FieldString(fieldResource); err != nil {
			return nil, err
		}
	}
	if p.id, err = component.InterpolatedField(conf, fieldID); err != nil {
		return nil, err
	}
	p.ref, err = component.InterpolatedField(conf, fieldRef)
	return p, err
}

// Process stamps a message.
func (p *processor) Process(ctx context.Context, msg *service.Message) (service.MessageBatch, error) {
	book, err := component.Book(p.res)
	if err != nil {
		return nil, err
	}
	conn, err := book.Connection(p.connection)
	if err != nil {
		return nil, err
	}
	settings, err := conn.Bind(ctx)
	if err != nil {
		return nil, err
	}
	id, err := p.id.TryString(msg)
	if err != nil {
		return nil, component.Classed(ledger.ClassUnmappable, fmt.Errorf("evaluating field %s: %w", fieldID, err))
	}
	if err := component.CheckKey(id); err != nil {
		return nil, component.Classed(ledger.ClassUnmappable, fmt.Errorf("field %s: %w", fieldID, err))
	}
	ref, err := p.ref.TryString(msg)
	if err != nil {
		return nil, component.Classed(ledger.ClassUnmappable, fmt.Errorf("evaluating field %s: %w", fieldRef, err))
	}
	flow := book.Flow(conn.Name, p.label)
	component.Stamp(msg, settings, component.Source{
		Connection: conn.Name, Stream: flow.Stream, Pipeline: flow.Pipeline, ReadAt: book.Options.Now(),
		Record: ledger.Record{System: p.system, Resource: p.resource, ID: id, Ref: ref},
	})
	return service.MessageBatch{msg}, nil
}

// Close has nothing to close.
func (p *processor) Close(context.Context) error { return nil }
