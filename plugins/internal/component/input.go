package component

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// NewInput makes the polling input of a system.
func (s *System) NewInput(conf *service.ParsedConfig, res *service.Resources) (service.Input, error) {
	config, err := s.inputConfig(conf, res)
	if err != nil {
		return nil, err
	}
	return &input{system: s, config: config, res: res}, nil
}

type input struct {
	system *System
	config inputConfig
	res    *service.Resources

	book     *connection.Book
	conn     *connection.Connection
	flow     *connection.Flow
	settings map[string]any
	poller   *polling.Poller
}

// Connect opens the connection and prepares the poller. An input that is not
// enabled, or whose single run cannot begin, has no poller and ends at once.
func (i *input) Connect(ctx context.Context) error {
	if i.poller != nil {
		return nil
	}
	book, err := Book(i.res)
	if err != nil {
		return err
	}
	conn, err := book.Connection(i.config.connection)
	if err != nil {
		return err
	}
	i.book, i.conn, i.flow = book, conn, book.Flow(conn.Name, i.config.pipeline)
	if i.settings, err = Bind(ctx, book, conn, i.flow); err != nil || i.settings == nil {
		return err
	}
	ask := Asking(conn, i.settings)
	answer, err := i.config.enabled.TryString(ask)
	if err != nil {
		return fmt.Errorf("evaluating field %s: %w", FieldEnabled, err)
	}
	if enabled, err := IsEnabled(answer); err != nil || !enabled {
		return err
	}
	ctx, cancel := book.UntilDrained(apihttp.WithTally(ctx, &i.flow.Calls))
	defer cancel()
	return i.open(ctx, ask)
}

func (i *input) open(ctx context.Context, ask *service.Message) error {
	every, err := i.config.interval.TryString(ask)
	if err != nil {
		return fmt.Errorf("evaluating field %s: %w", fieldInterval, err)
	}
	schedule, err := polling.ParseSchedule(every)
	if err != nil {
		return err
	}
	query, err := queryObject(i.config.query, ask)
	if err != nil {
		return fmt.Errorf("evaluating field %s: %w", fieldQuery, err)
	}
	zone := time.UTC
	if i.system.Zone != nil {
		zone = i.system.Zone(i.conn)
	}
	first, err := moment(i.config.since, ask, zone)
	if err != nil {
		return fmt.Errorf("evaluating field %s: %w", fieldSince, err)
	}
	chosenBy, err := choice(i.config.chosenBy, ask)
	if err != nil {
		return fmt.Errorf("evaluating field %s: %w", fieldChosenBy, err)
	}
	source, err := i.config.resource.Open(i.conn, query, i.config.pageSize)
	if err != nil {
		return err
	}
	store, err := OpenPollStore(ctx, i.conn, i.flow, i.config.scope, i.system.Name, i.config.resource.Name)
	if err != nil {
		return err
	}
	i.poller = polling.New(polling.Options{
		Source:   source,
		Store:    store,
		Schedule: schedule,
		Overlap: func(now time.Time) time.Duration {
			if i.system.Widen == nil {
				return i.config.lookback
			}
			return i.system.Widen(i.conn, now, i.config.lookback)
		},
		First:    func(time.Time) time.Time { return first },
		ChosenBy: chosenBy,
		Rechosen: func(before string) {
			i.book.Options.Log.Info("reads everything again", "stream", i.flow.Stream, "reason", "settings that its records are chosen by have changed", "before", before, "now", chosenBy)
		},
		Early: func(first time.Time) {
			if i.flow.Begins(first) {
				i.book.Options.Log.Info("reads nothing yet", "stream", i.flow.Stream, "until", first.Format(time.RFC3339))
			}
		},
		Once:          i.book.Options.Once,
		RedeliverOnly: i.book.Options.RedeliverOnly,
		GiveUp:        hopeless,
		Drain:         i.book.Draining(),
		Now:           i.book.Options.Now,
		Failed:        Failed(i.book, i.flow),
		Unread:        unread(i.book, i.flow),
		Progressed:    i.flow.Progress,
	})
	i.flow.Open()
	return nil
}

// hopeless says whether a single run ends with an error at once: when waiting cannot
// mend it, or when what was computed could not be written and the next run computes
// it afresh.
func hopeless(err error) bool {
	return errors.Is(err, apihttp.ErrCredentials) || errors.Is(err, delivery.ErrDropped)
}

// Read hands out the next record.
func (i *input) Read(ctx context.Context) (*service.Message, service.AckFunc, error) {
	if i.poller == nil {
		return nil, nil, service.ErrEndOfInput
	}
	ctx, cancel := i.book.UntilDrained(apihttp.WithTally(ctx, &i.flow.Calls))
	defer cancel()
	next, err := i.poller.Next(ctx)
	for err == nil && next.Item.Err != nil {
		i.flow.Count(connection.CountRead)
		next.Ack(i.refuse(ctx, next))
		next, err = i.poller.Next(ctx)
	}
	if err != nil {
		if errors.Is(err, polling.ErrStopped) || i.book.IsDraining() {
			return nil, nil, service.ErrEndOfInput
		}
		if ctx.Err() == nil { // the ledger's, as of a full disk: that of a list is known to the poller
			i.flow.Failed(err)
		}
		return nil, nil, err
	}
	msg := service.NewMessage(nil)
	msg.SetStructuredMut(next.Item.Body)
	Stamp(msg, i.settings, i.source(next))
	for range max(next.Item.Holds, 1) {
		i.flow.Count(connection.CountRead)
	}
	return msg, func(_ context.Context, err error) error {
		next.Ack(err)
		return nil
	}, nil
}

func (i *input) source(next polling.Delivery) Source {
	return Source{
		Connection: i.conn.Name, Stream: i.flow.Stream, Pipeline: i.flow.Pipeline,
		Record: ledger.Record{
			System: i.system.Name, Resource: i.config.resource.Name, ID: next.Item.ID, Ref: next.Item.Ref, Modified: polling.Version(next.Item.Modified),
		},
		Created: next.Item.Created, ReadAt: next.ReadAt, Replay: next.DeadLetter != "", Again: next.Redelivered, Accept: next.Request.Accept,
	}
}

// refuse files a row that is no record.
func (i *input) refuse(ctx context.Context, next polling.Delivery) error {
	row, err := json.Marshal(next.Item.Body)
	if err != nil {
		return err
	}
	return Refuse(ctx, i.book, i.flow, i.source(next), ledger.DeadLetter{
		Class: ledger.ClassUnmappable, System: i.system.Name, Reason: next.Item.Err.Error(), Detail: row,
	})
}

// Close leaves what was handed out to its acknowledgements; the cursor is written when
// a run ends.
func (i *input) Close(context.Context) error {
	if i.poller != nil {
		i.poller.Close()
	}
	return nil
}

// ConnectionTest makes one cheap authenticated call.
func (i *input) ConnectionTest(ctx context.Context) service.ConnectionTestResults {
	return i.system.ConnectionTest(ctx, i.res, i.config.connection)
}

// ConnectionTest makes one cheap authenticated call for a component.
func (s *System) ConnectionTest(ctx context.Context, res *service.Resources, name string) service.ConnectionTestResults {
	book, err := Book(res)
	if err != nil {
		return service.ConnectionTestFailed(err).AsList()
	}
	conn, err := book.Connection(name)
	if err != nil {
		return service.ConnectionTestFailed(err).AsList()
	}
	if err := s.Ping(ctx, conn); err != nil {
		return service.ConnectionTestFailed(err).AsList()
	}
	return service.ConnectionTestSucceeded().AsList()
}
