package unleashed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	webhookFieldAddress = "address"
	webhookFieldPath    = "path"
	webhookFieldMaxBody = "max_body"
	webhookFieldMaxAge  = "max_age"

	defaultMaxBody = 1 << 20
)

func init() {
	service.MustRegisterInput("unleashed_webhook", webhookSpec(), newWebhook)
}

func webhookSpec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Receives the events that Unleashed sends by itself, one message for each.").
		Description(`
An event is checked, stored in the ledger, answered 202, and emitted then: what was answered 202 survives a crash. An event whose message is rejected (nacked) is emitted again, after a while that grows; one that arrives twice is emitted once. Events come in any order and may be lost, so they say that something changed, never what it is now: read the record, and go on polling.

Signature and timestamp are checked over the raw body with `+"`unleashed.webhook_signature_key`"+` of the connection. What is refused is neither stored nor emitted, and counted by the metric `+"`unleashed_webhook_refused`"+` with the label `+"`reason`"+`:

| answer | reason | when |
|---|---|---|
| 405 | `+"`method`"+` | it is no POST |
| 413 | `+"`too_large`"+` | the body is larger than `+"`max_body`"+` |
| 400 | `+"`unreadable`, `malformed`"+` | the body breaks off, or is no event |
| 401 | `+"`unsigned`, `forged`, `stale`"+` | signature or timestamp is missing, wrong, or further from now than `+"`max_age`"+` |
| 503 | `+"`unavailable`"+` | the ledger cannot be written, or the process stops; Unleashed sends the event again later |

All inputs with the same address share one listener. It speaks plain HTTP: put a proxy with a certificate before it, since Unleashed sends to HTTPS only. A single run (`+"`sync --once`"+`) and a dry run open none; they emit what was stored before.

### Metadata

- `+"`connection`, `settings`"+`: as of the input `+"`unleashed`"+`
- `+"`unleashed_id`"+`: the id of the event
- `+"`source`"+`: `+"`resource` is `Events`, `id` that of the event, `ref` the GUID of the record").
		Fields(
			component.ConnectionField(),
			service.NewStringField(webhookFieldAddress).
				Description("Where to listen, `host:port`. Empty: `webhooks.address` of the connection file.").
				Default(""),
			service.NewStringField(webhookFieldPath).
				Description("The path that events come to. Empty: `/webhooks/` and the connection's name.").
				LintRule(`root = if this != "" && !this.has_prefix("/") { [ "expected a path that begins with /" ] }`).
				Default(""),
			service.NewIntField(webhookFieldMaxBody).
				Description("The largest body that is accepted, in bytes.").
				LintRule(`root = if this < 1 { [ "expected at least 1 byte" ] }`).
				Default(defaultMaxBody).Advanced(),
			service.NewDurationField(webhookFieldMaxAge).
				Description("How far the timestamp of an event may be from now, before or after: what was signed earlier may be a replay.").
				LintRule(`root = if this.parse_duration().catch(1) <= 0 { [ "expected more than 0s" ] }`).
				Default("5m").Advanced(),
			component.EnabledField(),
			component.ScopeField(),
		).
		Example("Every event", "Takes the events of a connection in, whatever they are about. Their `data` is an object, whether it was sent as one or as text.", `
input:
  label: webhooks
  unleashed_webhook:
    connection: main
    scope: accounts
`)
}

type webhookConfig struct {
	connection, scope string
	pipeline          string
	address, path     string
	maxBody           int64
	maxAge            time.Duration
	enabled           *service.InterpolatedString
}

func webhookConfigFromParsed(conf *service.ParsedConfig, res *service.Resources) (c webhookConfig, err error) {
	if c.connection, err = conf.FieldString(component.FieldConnection); err != nil {
		return
	}
	if c.scope, err = conf.FieldString(component.FieldScope); err != nil {
		return
	}
	if c.address, err = conf.FieldString(webhookFieldAddress); err != nil {
		return
	}
	if c.path, err = conf.FieldString(webhookFieldPath); err != nil {
		return
	}
	if c.path != "" && !strings.HasPrefix(c.path, "/") {
		return c, fmt.Errorf("field %s: found %q, expected a path that begins with /", webhookFieldPath, c.path)
	}
	size, err := conf.FieldInt(webhookFieldMaxBody)
	if err != nil {
		return c, err
	}
	if c.maxBody = int64(size); size < 1 {
		return c, fmt.Errorf("field %s: found %d, expected at least 1", webhookFieldMaxBody, size)
	}
	if c.maxAge, err = conf.FieldDuration(webhookFieldMaxAge); err != nil {
		return
	}
	if c.maxAge <= 0 {
		return c, fmt.Errorf("field %s: found %s, expected more than zero", webhookFieldMaxAge, c.maxAge)
	}
	if c.enabled, err = component.InterpolatedField(conf, component.FieldEnabled); err != nil {
		return
	}
	if c.pipeline = res.Label(); c.pipeline == "" {
		return c, errors.New("input unleashed_webhook: expected a label: events, dead letters and metrics are kept under it")
	}
	return c, nil
}

func newWebhook(conf *service.ParsedConfig, res *service.Resources) (service.Input, error) {
	config, err := webhookConfigFromParsed(conf, res)
	if err != nil {
		return nil, err
	}
	return &webhook{config: config, res: res, refused: res.Metrics().NewCounter("unleashed_webhook_refused", "reason")}, nil
}

// webhook is an input over the inbox of the ledger, and the listener that fills
// it. Storing and emitting know nothing of each other: whatever is stored, by
// whichever process, is emitted until it was handled.
type webhook struct {
	config  webhookConfig
	res     *service.Resources
	refused *service.MetricCounter

	conn     *connection.Connection
	flow     *connection.Flow
	settings map[string]any
	poller   *polling.Poller
	hangUp   func() // ends listening; nil while nothing listens
}

// Connect begins to listen, also while the services cannot be reached, and then
// to emit. An input that is not enabled has no poller and ends at once.
func (w *webhook) Connect(ctx context.Context) error {
	if w.poller != nil {
		return nil
	}
	book, err := component.Book(w.res)
	if err != nil {
		return err
	}
	if w.conn, err = book.Connection(w.config.connection); err != nil {
		return err
	}
	w.flow = book.Flow(w.conn.Name, w.config.pipeline)
	answer, err := w.config.enabled.TryString(component.Asking(w.conn, w.conn.Settings()))
	if err != nil {
		return fmt.Errorf("evaluating field %s: %w", component.FieldEnabled, err)
	}
	if enabled, err := component.IsEnabled(answer); err != nil || !enabled {
		return err
	}
	if err := w.listen(ctx, book); err != nil {
		w.flow.Failed(err)
		return err
	}
	if w.settings, err = component.Bind(ctx, book, w.conn, w.flow); err != nil || w.settings == nil {
		return err
	}
	store, err := openInboxStore(ctx, w.conn, w.flow, w.config.scope)
	if err != nil {
		return err
	}
	w.poller = polling.New(polling.Options{
		Source:        &inboxSource{ledger: book.Ledger, stream: w.flow.Stream},
		Store:         store,
		Schedule:      onArrival{},
		Overlap:       func(time.Time) time.Duration { return 0 },
		First:         func(time.Time) time.Time { return time.Time{} },
		Once:          book.Options.Once,
		RedeliverOnly: book.Options.RedeliverOnly,
		Drain:         book.Draining(),
		Now:           book.Options.Now,
		Failed:        component.Failed(book, w.flow),
	})
	w.flow.Open()
	return nil
}

func (w *webhook) listen(ctx context.Context, book *connection.Book) error {
	if w.hangUp != nil || book.Options.Once || book.Options.DryRun {
		return nil
	}
	address, path := w.config.address, w.config.path
	if address == "" {
		address = book.File.Webhooks.Address
	}
	if path == "" {
		path = w.conn.WebhookPath()
	}
	key := w.conn.Config.Unleashed.WebhookSignatureKey.Reveal()
	if key == "" {
		return fmt.Errorf("connection %s: unleashed.webhook_signature_key: found nothing, expected the key that `mintleash webhooks register` printed", w.conn.Name)
	}
	hangUp, err := listenersOf(book).listen(ctx, address, path, &receiver{
		book: book, flow: w.flow, key: key, maxBody: w.config.maxBody, maxAge: w.config.maxAge, refused: w.refused,
	})
	w.hangUp = hangUp
	return err
}

// Read hands out the next event.
func (w *webhook) Read(ctx context.Context) (*service.Message, service.AckFunc, error) {
	if w.poller == nil {
		return nil, nil, service.ErrEndOfInput
	}
	delivery, err := w.poller.Next(ctx)
	book := w.conn.Book()
	if err != nil {
		if errors.Is(err, polling.ErrStopped) || book.IsDraining() {
			return nil, nil, service.ErrEndOfInput
		}
		return nil, nil, err
	}
	msg := service.NewMessage(nil)
	msg.SetStructuredMut(delivery.Item.Body)
	component.Stamp(msg, w.settings, component.Source{
		Connection: w.conn.Name, Stream: w.flow.Stream, Pipeline: w.flow.Pipeline,
		Record: eventRecord(delivery.Item.ID, delivery.Item.Ref),
		ReadAt: book.Options.Now(), Replay: delivery.DeadLetter != "", Again: delivery.Redelivered,
	})
	w.flow.Count(connection.CountRead)
	return msg, func(ctx context.Context, err error) error {
		delivery.Ack(w.settle(ctx, book, delivery.Item.ID, err))
		return nil
	}, nil
}

// settle writes down what became of an event. One that cannot be marked as
// handled is emitted again, which is harmless.
func (w *webhook) settle(ctx context.Context, book *connection.Book, id string, failed error) error {
	if book.IsDraining() && failed != nil {
		return failed
	}
	err := book.Ledger.CommitFor(ctx, w.conn.Name, func(tx *ledger.Tx) error {
		if failed != nil {
			return tx.PutBackEvent(w.flow.Stream, id)
		}
		return tx.FinishEvent(w.flow.Stream, id)
	})
	return errors.Join(failed, err)
}

// Close ends listening.
func (w *webhook) Close(context.Context) error {
	if w.hangUp != nil {
		w.hangUp()
		w.hangUp = nil
	}
	return nil
}

// ConnectionTest makes one cheap authenticated call.
func (w *webhook) ConnectionTest(ctx context.Context) service.ConnectionTestResults {
	return System.ConnectionTest(ctx, w.res, w.config.connection)
}
