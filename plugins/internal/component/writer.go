package component

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	fieldPark        = "park"
	fieldParkEnabled = "enabled"
	fieldParkWaitFor = "wait_for"
	fieldParkWithin  = "within"
)

func keyField() *service.ConfigField {
	return service.NewInterpolatedStringField(FieldKey).
		Description("Makes the write happen once for each key, across crashes, lost answers and several replicas. Build it from the identity of the source record; a key with an empty part is refused. Required for creates and for steps that cannot be undone; not used for updates, which converge.").
		Example("sales_order/${! @unleashed_id }").
		Default("")
}

func parkField() *service.ConfigField {
	return service.NewObjectField(fieldPark,
		service.NewInterpolatedStringField(fieldParkEnabled).
			Description("Whether refusals are parked at all; it sees `@settings`.").Default("true"),
		service.NewStringField(fieldParkWaitFor).
			Description("The pipeline whose next run may mend the refusal. The record is tried again after each of its runs."),
		service.NewDurationField(fieldParkWithin).
			Description("How long it is tried before it becomes a dead letter.").Default("24h"),
	).Description("What to do with a refusal that may mend itself, such as an order for a product that does not exist yet. Without it such a refusal is a dead letter at once.").Optional()
}

// writer delivers the writes of one operation.
type writer struct {
	system     *System
	op         Operation
	connection string
	key        *service.InterpolatedString
	park       *parkConfig
	res        *service.Resources
}

type parkConfig struct {
	enabled *service.InterpolatedString
	waitFor string
	within  time.Duration
}

func newWriter(s *System, op Operation, conf *service.ParsedConfig, res *service.Resources) (*writer, error) {
	w := &writer{system: s, op: op, res: res}
	var err error
	if w.connection, err = conf.FieldString(FieldConnection); err != nil {
		return nil, err
	}
	if w.key, err = InterpolatedField(conf, FieldKey); err != nil {
		return nil, err
	}
	static, isStatic := w.key.Static()
	switch hasKey := !isStatic || static != ""; {
	case op.Kind != delivery.Update && !hasKey:
		return nil, fmt.Errorf("field %s: found nothing, expected a key: %s must happen once", FieldKey, op.Name)
	case op.Kind == delivery.Update && hasKey:
		return nil, fmt.Errorf("field %s: found a key, expected none: %s is an update, which converges", FieldKey, op.Name)
	}
	if conf.Contains(fieldPark) {
		w.park = &parkConfig{}
		park := conf.Namespace(fieldPark)
		if w.park.enabled, err = InterpolatedField(park, fieldParkEnabled); err != nil {
			return nil, err
		}
		if w.park.waitFor, err = park.FieldString(fieldParkWaitFor); err != nil {
			return nil, err
		}
		if w.park.within, err = park.FieldDuration(fieldParkWithin); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// write delivers one message. An error means that it was put back.
func (w *writer) write(ctx context.Context, msg *service.Message, args any) (delivery.Outcome, error) {
	book, err := Book(w.res)
	if err != nil {
		return delivery.Outcome{}, err
	}
	conn, err := book.Connection(w.connection)
	if err != nil {
		return delivery.Outcome{}, err
	}
	flow, source, err := Made(book, msg)
	if err != nil {
		return delivery.Outcome{}, err
	}
	ctx, cancel := book.UntilDrained(apihttp.WithTally(ctx, &flow.Calls))
	defer cancel()

	m := meant{book: book, conn: conn, flow: flow, source: source, msg: msg, asOf: book.Options.Now()}
	outcome, err := w.inPieces(ctx, m, args, "")
	if err != nil {
		return delivery.Outcome{}, err
	}
	if marked, exists := msg.MetaGetMut(metaReport); exists && marked == true && outcome.Written() {
		book.Options.Log.Warn("needs a look", "stream", flow.Stream, "record", source.Record.Ref, "reason", strings.Join(notes(msg), "; "))
	}
	return outcome, nil
}

// meant is a message that is to be written.
type meant struct {
	book   *connection.Book
	conn   *connection.Connection
	flow   *connection.Flow
	source Source
	msg    *service.Message
	asOf   time.Time
}

// inPieces delivers, and halves a write of many records that is refused until what
// is refused stands alone. The answer is that of the last piece.
func (w *writer) inPieces(ctx context.Context, m meant, args any, piece string) (delivery.Outcome, error) {
	outcome, err := w.deliver(ctx, m, args, piece)
	if err != nil {
		return delivery.Outcome{}, err
	}
	if outcome.Result != delivery.Refused {
		count(m.flow, outcome)
		report(m.book, m.flow, m.source, w.op.Name, outcome)
		return outcome, nil
	}
	first, second := w.op.Halve(args.(map[string]any))
	// One that is dropped is no reason to drop the other.
	_, dropped := w.inPieces(ctx, m, first, piece+"/1")
	outcome, err = w.inPieces(ctx, m, second, piece+"/2")
	return outcome, cmp.Or(dropped, err)
}

func (w *writer) deliver(ctx context.Context, m meant, args any, piece string) (delivery.Outcome, error) {
	source, conn := m.source, m.conn
	fields, isObject := args.(map[string]any)
	if !isObject {
		return w.unmappable(ctx, m.book, source, nil, fmt.Errorf("%s: found %T, expected an object of arguments", w.op.Name, args))
	}
	request, err := w.op.Build(fields)
	if err != nil {
		return w.unmappable(ctx, m.book, source, fields, err)
	}
	identity, err := conn.Identity(ctx)
	if err != nil {
		return delivery.Outcome{}, err
	}
	write := delivery.Write{
		Connection: source.Connection, Stream: source.Stream, Pipeline: source.Pipeline, Record: source.Record, ReadAt: source.ReadAt, Replay: source.Replay, Part: source.Part,
		System: w.system.Name, Operation: w.op.Name, Kind: w.op.Kind, Body: request.Body, Notes: notes(m.msg),
		Account: w.system.Account(conn).ID(), Pair: identity.Accounts, LinkKind: w.op.LinkKind,
		Deduplicates: w.op.Deduplicates, LookFirst: w.op.LookFirst, Ends: w.op.Ends, AsOf: m.asOf, Health: health{w.system, conn},
	}
	if w.op.Kind == delivery.Update {
		write.Target = request.Path + "/" + Text(fields["ID"])
	} else {
		key, err := w.key.TryString(m.msg)
		if err == nil {
			err = CheckKey(key)
		}
		if err != nil {
			return w.unmappable(ctx, m.book, source, fields, err)
		}
		write.Key = identity.Accounts + "/" + w.op.Name + "/" + key + piece
	}
	if w.op.Target != nil {
		write.Target = w.op.Target(fields)
	}
	if w.op.Parts != nil {
		write.Parts = w.op.Parts(source.Record, fields)
		if len(write.Parts) == 1 {
			write.Record = write.Parts[0].Record
		}
	}
	if err := w.parking(&write, m.msg, fields); err != nil {
		return delivery.Outcome{}, err
	}
	w.calls(&write, conn, source, request, fields)
	return m.book.Deliver.Deliver(ctx, write)
}

// calls binds what the operation can do to this connection, source and arguments.
func (w *writer) calls(write *delivery.Write, conn *connection.Connection, source Source, request Request, fields map[string]any) {
	write.Send = func(ctx context.Context) (delivery.Answer, error) {
		answer, err := w.send(ctx, conn, request, fields)
		if err == nil && w.op.Done != nil {
			w.op.Done(conn, fields, answer)
		}
		return answer, err
	}
	if w.op.Hint != nil {
		write.Hint = func(refusal *apihttp.Error) string { return w.op.Hint(refusal, fields) }
	}
	if w.op.Refresh != nil {
		write.Refresh = func() { w.op.Refresh(conn) }
	}
	if w.op.Find != nil {
		w.finds(write, conn, source, fields)
	}
	if w.op.Effect != nil {
		write.Effect = func(ctx context.Context, answer delivery.Answer) (string, error) {
			return w.op.Effect(ctx, conn, source, fields, answer)
		}
	}
	if w.op.Former != nil && !source.Created.IsZero() {
		write.Former = func(ctx context.Context) (bool, error) { return w.op.Former(ctx, conn, source.Created) }
	}
	if w.op.Current != nil {
		write.Current = func(ctx context.Context) (json.RawMessage, error) { return w.op.Current(ctx, conn, fields) }
	}
}

// finds binds the look-up: for what is meant now, and for what was meant by a process
// that died.
func (w *writer) finds(write *delivery.Write, conn *connection.Connection, source Source, fields map[string]any) {
	write.Find = func(ctx context.Context) (delivery.Found, error) { return w.op.Find(ctx, conn, source, fields) }
	if w.op.Chosen != "" {
		write.At = Text(fields[w.op.Chosen])
	}
	write.FindSent = func(ctx context.Context, at string, body json.RawMessage) (delivery.Found, error) {
		then := maps.Clone(fields)
		if err := DecodeJSON(body, &then); err != nil {
			return delivery.Found{}, fmt.Errorf("decoding what was sent as %s: %w", w.op.Name, err)
		}
		if w.op.Chosen != "" {
			then[w.op.Chosen] = at
		}
		return w.op.Find(ctx, conn, source, then)
	}
}

func (w *writer) send(ctx context.Context, conn *connection.Connection, request Request, args map[string]any) (delivery.Answer, error) {
	if w.op.Do != nil {
		return w.op.Do(ctx, conn, args)
	}
	response, err := w.system.Call(ctx, conn, request)
	if err != nil && w.op.Explain != nil {
		err = w.op.Explain(ctx, conn, args, err)
	}
	if err != nil {
		return delivery.Answer{}, err
	}
	if w.op.Answer == nil {
		return delivery.Answer{Body: response.Body}, nil
	}
	return w.op.Answer(response.Body)
}

func (w *writer) parking(write *delivery.Write, msg *service.Message, args map[string]any) error {
	if w.park == nil || w.op.Waits == nil {
		return nil
	}
	enabled, err := w.park.enabled.TryString(msg)
	if err != nil {
		return fmt.Errorf("evaluating field %s.%s: %w", fieldPark, fieldParkEnabled, err)
	}
	if enabled == "true" {
		write.Parking = &delivery.Parking{
			WaitFor: w.park.waitFor, For: w.park.within,
			When: func(refusal *apihttp.Error) bool { return w.op.Waits(refusal, args) },
		}
	}
	return nil
}

// unmappable files a message that cannot even be sent.
func (w *writer) unmappable(ctx context.Context, book *connection.Book, source Source, args map[string]any, reason error) (delivery.Outcome, error) {
	letter := ledger.DeadLetter{Class: ledger.ClassUnmappable, System: w.system.Name, Operation: w.op.Name, Reason: reason.Error()}
	if args != nil && w.op.Target != nil && source.Part == "" {
		letter.Slot = w.op.Target(args)
	}
	return fileLetter(ctx, book, source, letter)
}
