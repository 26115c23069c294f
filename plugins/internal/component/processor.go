package component

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
	"golang.org/x/sync/singleflight"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	fieldRequest       = "request"
	fieldRequestMethod = "method"
	fieldRequestPath   = "path"
	fieldRequestWrites = "writes"
	fieldRequestQuery  = "query"
	fieldArguments     = "arguments"
	fieldResult        = "result"
)

// ProcessorSpec describes the processor of a system, but for its example.
func (s *System) ProcessorSpec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Carries out one operation of the "+s.Title+" API for each message.").
		Description(`
The answer replaces the message, or goes into metadata when `+"`result`"+` names it; it is null when the record does not exist. While the account fails the processor waits. A refusal fails the message with `+"`error_class: rejected`"+` in its metadata. A write behaves as in the output: it happens once for each key, and a message whose write was refused or parked ends here.

`+s.Table(false)).
		Fields(
			ConnectionField(),
			s.operationField(nil).
				Description("The operation to carry out; see the list above. Either this or `request`.").Optional(),
			service.NewObjectField(fieldRequest,
				service.NewStringEnumField(fieldRequestMethod, "GET", "POST", "PUT", "DELETE").Description("The verb."),
				service.NewStringField(fieldRequestPath).Description("The path, with {Argument} placeholders.").Example("/api/Order/{ID}/Comments"),
				service.NewStringListField(fieldRequestQuery).Description("Arguments that go into the query.").Default([]any{}),
				service.NewBoolField(fieldRequestWrites).Description("Whether it changes data, whatever its verb. A write is not repeated blindly and needs a `key`."),
			).Description("A call that is not in the list of operations.").Optional(),
			service.NewBloblangField(fieldArguments).
				Description("A mapping from the message to the arguments of the call.").
				Default("root = this"),
			service.NewStringField(fieldResult).
				Description("Metadata that receives the answer. Empty: the answer replaces the message.").
				Default(""),
			cachedField(),
			keyField(),
			parkField(),
		).
		LintRule(`root = match {
  this.exists("operation") && this.exists("request") => [ "expected either operation or request, found both" ],
  !this.exists("operation") && !this.exists("request") => [ "expected operation or request, found neither" ],
}`)
}

// NewProcessor makes the processor of a system.
func (s *System) NewProcessor(conf *service.ParsedConfig, res *service.Resources) (service.Processor, error) {
	p := &processor{system: s, res: res}
	var err error
	if p.connection, err = conf.FieldString(FieldConnection); err != nil {
		return nil, err
	}
	if p.op, err = s.chosen(conf); err != nil {
		return nil, err
	}
	if p.arguments, err = mappingField(conf, fieldArguments); err != nil {
		return nil, err
	}
	if p.result, err = conf.FieldString(fieldResult); err != nil {
		return nil, err
	}
	if p.cached, err = newCached(conf, res); err != nil {
		return nil, err
	}
	if p.op.Write {
		if p.cached != nil {
			return nil, fmt.Errorf("field %s: found a cache, expected none: %s writes", fieldCached, p.op.Name)
		}
		p.writer, err = newWriter(s, p.op, conf, res)
	}
	return p, err
}

func (s *System) chosen(conf *service.ParsedConfig) (Operation, error) {
	switch named, asked := conf.Contains(fieldOperation), conf.Contains(fieldRequest); {
	case named && asked:
		return Operation{}, errors.New("fields operation and request: expected one of them, found both")
	case named:
		name, err := conf.FieldString(fieldOperation)
		if err != nil {
			return Operation{}, err
		}
		return s.Operation(name)
	case !asked:
		return Operation{}, errors.New("fields operation and request: expected one of them, found neither")
	}
	request := conf.Namespace(fieldRequest)
	op := Operation{Kind: delivery.Step}
	var err error
	if op.Method, err = request.FieldString(fieldRequestMethod); err != nil {
		return op, err
	}
	if op.Path, err = request.FieldString(fieldRequestPath); err != nil {
		return op, err
	}
	if op.Query, err = request.FieldStringList(fieldRequestQuery); err != nil {
		return op, err
	}
	op.Name = op.Method + " " + op.Path
	op.Write, err = request.FieldBool(fieldRequestWrites)
	return op, err
}

type processor struct {
	system     *System
	res        *service.Resources
	connection string
	op         Operation
	arguments  *bloblang.Executor
	result     string
	cached     *cached
	writer     *writer
	asked      singleflight.Group
}

// Process carries the operation out. For anything that may pass it waits until
// the context ends, or a read has failed alone for long; an error is a rejection, with
// its class in the metadata.
func (p *processor) Process(ctx context.Context, msg *service.Message) (service.MessageBatch, error) {
	if p.cached == nil {
		return p.carryOut(ctx, msg, "")
	}
	key, answer, known, err := p.cached.recall(ctx, msg)
	if err != nil {
		return nil, reject(msg, ledger.ClassUnmappable, fmt.Errorf("%s: %w", p.op.Name, err))
	}
	if !known {
		return p.carryOut(ctx, msg, key)
	}
	p.keep(msg, answer)
	return service.MessageBatch{msg}, nil
}

// carryOut asks or writes; an answer is kept under the key where there is one.
func (p *processor) carryOut(ctx context.Context, msg *service.Message, key string) (service.MessageBatch, error) {
	mapped, err := msg.BloblangQuery(p.arguments)
	if err != nil {
		return nil, reject(msg, ledger.ClassUnmappable, fmt.Errorf("%s: mapping the arguments: %w", p.op.Name, err))
	}
	if mapped == nil {
		return nil, reject(msg, ledger.ClassUnmappable, fmt.Errorf("%s: the arguments are deleted", p.op.Name))
	}
	args, err := mapped.AsStructured()
	if err != nil {
		return nil, reject(msg, ledger.ClassUnmappable, fmt.Errorf("%s: the arguments: %w", p.op.Name, err))
	}
	if p.writer != nil {
		return p.write(ctx, msg, args)
	}
	fields, isObject := args.(map[string]any)
	if !isObject {
		return nil, reject(msg, ledger.ClassUnmappable, fmt.Errorf("%s: found %T, expected an object of arguments", p.op.Name, args))
	}
	answer, err := p.read(ctx, msg, fields)
	if err != nil {
		return nil, err
	}
	if p.cached != nil {
		if answer, err = p.cached.keepOf(ctx, key, answer); err != nil {
			return nil, reject(msg, ledger.ClassUnmappable, fmt.Errorf("%s: %w", p.op.Name, err))
		}
	}
	p.keep(msg, answer)
	return service.MessageBatch{msg}, nil
}

// write delivers; a message whose write was refused or parked ends here, since
// it is filed already.
func (p *processor) write(ctx context.Context, msg *service.Message, args any) (service.MessageBatch, error) {
	outcome, err := p.writer.write(ctx, msg, args)
	if err != nil {
		return nil, err
	}
	if outcome.Result == delivery.Parked || outcome.Result == delivery.DeadLettered {
		return nil, nil
	}
	p.keep(msg, map[string]any{"outcome": outcome.Result.String(), "id": outcome.Answer.ID, "ref": outcome.Answer.Ref})
	return service.MessageBatch{msg}, nil
}

func (p *processor) keep(msg *service.Message, answer any) {
	if p.result == "" {
		msg.SetStructured(answer) // several messages may have it
		return
	}
	msg.MetaSetMut(p.result, answer)
}

func (p *processor) read(ctx context.Context, msg *service.Message, args map[string]any) (any, error) {
	book, err := Book(p.res)
	if err != nil {
		return nil, err
	}
	conn, err := book.Connection(p.connection)
	if err != nil {
		return nil, err
	}
	flow, source, exists := FlowOf(book, msg)
	if exists {
		ctx = apihttp.WithTally(ctx, &flow.Calls)
	}
	ctx, cancel := book.UntilDrained(ctx)
	defer cancel()
	var failures delivery.Failures
	again := p.op.Await
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		answer, err := p.ask(ctx, conn, source, args)
		switch {
		case err == nil:
			return answer, nil
		case errors.Is(err, apihttp.ErrNotFound) && len(again) > 0:
			if err := delivery.Pause(ctx, book.Draining(), again[0]); err != nil {
				return nil, err
			}
			again = again[1:]
			continue
		case errors.Is(err, apihttp.ErrNotFound):
			return answer, nil
		case apihttp.OutcomeOf(err) == apihttp.Rejected && !errors.Is(err, apihttp.ErrCredentials) && !errors.Is(err, apihttp.ErrQuota):
			return nil, reject(msg, ledger.ClassRejected, err)
		}
		failures.Add(ctx, err, book.Options.Now(), health{p.system, conn})
		if failures.Poison() {
			return nil, reject(msg, ledger.ClassPoison, err)
		}
		if exists && ctx.Err() == nil {
			book.Waiting(flow.Stream, source.Record.Ref, err, wait)
		}
		if err := delivery.Pause(ctx, book.Draining(), wait); err != nil {
			return nil, err
		}
	}
}

func (p *processor) ask(ctx context.Context, conn *connection.Connection, source Source, args map[string]any) (any, error) {
	if p.op.Look != nil {
		return p.op.Look(ctx, conn, source, args)
	}
	request, err := p.op.Build(args)
	if err != nil {
		return nil, &apihttp.Error{System: p.system.Name, Operation: p.op.Name, Outcome: apihttp.Rejected, Message: err.Error()}
	}
	// What is asked for by several messages at once is asked for once, as the customer of
	// all orders in the first import.
	body, err, _ := p.asked.Do(fmt.Sprint(conn.Name, request), func() (any, error) {
		response, err := p.system.Call(ctx, conn, request)
		if err != nil {
			return nil, err
		}
		return response.Body, nil
	})
	if err != nil {
		return nil, err
	}
	var answer any
	if err := DecodeJSON(body.([]byte), &answer); err != nil {
		return nil, fmt.Errorf("decoding the answer of %s: %w", p.op.Name, err)
	}
	return answer, nil
}

func reject(msg *service.Message, class string, err error) error {
	msg.MetaSetMut(MetaErrorClass, class)
	return Classed(class, err)
}

// Close has nothing to close.
func (p *processor) Close(context.Context) error { return nil }
