package unleashed

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// eventsResource is what dead letters and traces call an event's list.
const eventsResource = "Events"

func eventRecord(id, guid string) ledger.Record {
	return ledger.Record{System: systemName, Resource: eventsResource, ID: id, Ref: guid}
}

// onArrival is no schedule: arrivals ask for a run.
type onArrival struct{}

func (onArrival) Next(time.Time) time.Time { return time.Time{} }

// eventsAtOnce bounds how many events are held in memory.
const eventsAtOnce = 200

// inboxSource reads what a stream received and has not handled. Handled events
// leave the list while it is paged, so pages follow each other by the number of
// the last arrival.
type inboxSource struct {
	ledger *ledger.Ledger
	stream string
	after  int64
}

// Page reads the next events; the moment is not looked at.
func (s *inboxSource) Page(ctx context.Context, _ time.Time, number int) (polling.Page, error) {
	if number == 1 {
		s.after = 0
	}
	arrivals, err := s.ledger.NewEvents(ctx, s.stream, s.after, eventsAtOnce)
	if err != nil {
		return polling.Page{}, err
	}
	page := polling.Page{Count: -1, Last: len(arrivals) < eventsAtOnce, Whole: true}
	for _, a := range arrivals {
		item, err := itemOf(a)
		if err != nil {
			return polling.Page{}, err
		}
		page.Items = append(page.Items, item)
		s.after = a.Number
	}
	return page, nil
}

// Fetch reads one event again.
func (s *inboxSource) Fetch(ctx context.Context, id string) (polling.Item, error) {
	a, exists, err := s.ledger.ReceivedEvent(ctx, s.stream, id)
	if err != nil {
		return polling.Item{}, err
	}
	if !exists {
		return polling.Item{}, polling.ErrGone
	}
	return itemOf(a)
}

func itemOf(a ledger.Arrival) (polling.Item, error) {
	event, err := unleashedapi.ParseEvent(a.Body)
	if err != nil {
		return polling.Item{}, fmt.Errorf("event %s: %w", a.ID, err)
	}
	body, err := component.Plain(event)
	if err != nil {
		return polling.Item{}, fmt.Errorf("event %s: %w", a.ID, err)
	}
	return polling.Item{ID: a.ID, Ref: event.GUID, Body: body}, nil
}

// inboxStore lets a run begin when something has arrived. The cursor only says whose
// the inbox is: each event says by itself whether it was handled.
type inboxStore struct {
	polling.Store
	ledger *ledger.Ledger
	stream string
	failed bool // the last run; the next one has its time
}

func openInboxStore(ctx context.Context, conn *connection.Connection, flow *connection.Flow, scope string) (*inboxStore, error) {
	store, err := component.OpenPollStore(ctx, conn, flow, scope, systemName, eventsResource)
	if err != nil {
		return nil, err
	}
	return &inboxStore{Store: store, ledger: conn.Book().Ledger, stream: flow.Stream}, nil
}

// Requested says that a run shall begin when something has arrived. After a run
// that failed only a person's wish does, or there would be no pause between them.
func (s *inboxStore) Requested(ctx context.Context, waits bool) (polling.Request, bool, error) {
	request, immediate, err := s.Store.Requested(ctx, waits)
	if err != nil || immediate || s.failed {
		return request, immediate, err
	}
	arrivals, err := s.ledger.NewEvents(ctx, s.stream, 0, 1)
	return request, len(arrivals) > 0, err
}

// Finish records the end of a run.
func (s *inboxStore) Finish(ctx context.Context, cursor *polling.Cursor, report polling.Report) error {
	s.failed = report.Err != nil
	return s.Store.Finish(ctx, cursor, report)
}
