package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

func init() {
	service.MustRegisterOutput("ledger", outputSpec(), newOutput)
}

func outputSpec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Keeps a local copy of each record in the ledger, and counts it as created, updated or skipped.").
		Description("The message is the value. A value that is stored already is not written again.").
		Fields(
			storeField(),
			service.NewInterpolatedStringField(component.FieldKey).Description("The key of the record in the store.").Example("${! this.Guid }"),
			service.NewInterpolatedStringListField(fieldAlso).Description("Further keys under which the same value is found.").Default([]any{}).Advanced(),
			service.NewOutputMaxInFlightField().Default(64),
		).
		Example("Customers", "A local copy of customers that orders look into.", `
output:
  label: keep_customer
  ledger:
    store: customers
    key: ${! @unleashed_id }
`)
}

const fieldAlso = "also"

type output struct {
	res   *service.Resources
	store string
	key   *service.InterpolatedString
	also  []*service.InterpolatedString
}

func newOutput(conf *service.ParsedConfig, res *service.Resources) (service.Output, int, error) {
	o := &output{res: res}
	var err error
	if o.store, err = conf.FieldString(fieldStore); err != nil {
		return nil, 0, err
	}
	if o.key, err = component.InterpolatedField(conf, component.FieldKey); err != nil {
		return nil, 0, err
	}
	if o.also, err = conf.FieldInterpolatedStringList(fieldAlso); err != nil {
		return nil, 0, err
	}
	inFlight, err := conf.FieldMaxInFlight()
	return o, inFlight, err
}

// Connect has nothing to open.
func (o *output) Connect(context.Context) error { return nil }

// Write keeps one record.
func (o *output) Write(ctx context.Context, msg *service.Message) error {
	book, err := component.Book(o.res)
	if err != nil {
		return err
	}
	flow, source, err := component.Made(book, msg)
	if err != nil {
		return err
	}
	value, err := msg.AsBytes()
	if err != nil {
		return err
	}
	key, err := o.key.TryString(msg)
	if err == nil {
		err = component.CheckKey(key)
	}
	if err != nil {
		return component.Refuse(ctx, book, flow, source, ledger.DeadLetter{
			Class: ledger.ClassUnmappable, System: "ledger", Operation: o.store, Reason: err.Error(), Detail: value,
		})
	}
	before, known, err := book.Ledger.Get(ctx, o.store, key)
	if err != nil {
		return fmt.Errorf("reading %s of the store %s: %w", key, o.store, err)
	}
	if known && bytes.Equal(before, value) {
		return component.Skip(ctx, book, flow, source, "nothing changed")
	}
	keys := []string{key}
	for _, field := range o.also {
		if another, err := field.TryString(msg); err == nil && component.CheckKey(another) == nil {
			keys = append(keys, another)
		}
	}
	if err := book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		if _, err := tx.CloseDeadLetters(source.Stream, source.Record); err != nil {
			return err
		}
		for _, key := range keys {
			if err := tx.Set(o.store, key, value, 0); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return fmt.Errorf("writing %s to the store %s: %w", key, o.store, err)
	}
	if known {
		flow.Count(connection.CountUpdated)
	} else {
		flow.Count(connection.CountCreated)
	}
	return nil
}

// Close has nothing to close.
func (o *output) Close(context.Context) error { return nil }
