package component

import (
	"context"

	"github.com/redpanda-data/benthos/v4/public/service"
)

func isWrite(op Operation) bool { return op.Write }

// OutputSpec are the fields of an output.
func (s *System) OutputSpec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Fields(
			ConnectionField(),
			s.operationField(isWrite).
				Description("The write to make. The message is its arguments."),
			keyField(),
			parkField(),
			service.NewOutputMaxInFlightField().Default(64),
		)
}

// NewOutput makes the output of a system.
func (s *System) NewOutput(conf *service.ParsedConfig, res *service.Resources) (service.Output, int, error) {
	name, err := conf.FieldString(fieldOperation)
	if err != nil {
		return nil, 0, err
	}
	op, err := s.Operation(name)
	if err != nil {
		return nil, 0, err
	}
	w, err := newWriter(s, op, conf, res)
	if err != nil {
		return nil, 0, err
	}
	inFlight, err := conf.FieldMaxInFlight()
	return &output{writer: w}, inFlight, err
}

type output struct{ writer *writer }

// Connect has nothing to open: clients are the connection's.
func (o *output) Connect(context.Context) error { return nil }

// Write delivers one message. It fails only when it is told to stop; what is
// refused is filed and acknowledged.
func (o *output) Write(ctx context.Context, msg *service.Message) error {
	args, err := msg.AsStructured()
	if err != nil {
		return err
	}
	_, err = o.writer.write(ctx, msg, args)
	return err
}

// Close has nothing to close.
func (o *output) Close(context.Context) error { return nil }

// ConnectionTest makes one cheap authenticated call.
func (o *output) ConnectionTest(ctx context.Context) service.ConnectionTestResults {
	return o.writer.system.ConnectionTest(ctx, o.writer.res, o.writer.connection)
}
