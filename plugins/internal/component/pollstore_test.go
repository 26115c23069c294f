package component

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

var (
	started  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	finished = started.Add(time.Minute)
)

func (o *office) store(t *testing.T) polling.Store {
	t.Helper()
	conn, err := o.Connection("main")
	require.NoError(t, err)
	store, err := OpenPollStore(t.Context(), conn, o.flow(), scopeConnection, "unleashed", "SalesOrders")
	require.NoError(t, err)
	return store
}

func TestARunIsKeptWithItsCursorAndWhatItCounted(t *testing.T) {
	o := newOffice(t)
	s := o.store(t)
	o.flow().Count(connection.CountRead) // by a run before
	_, exists, err := s.Load(t.Context())
	require.NoError(t, err)
	require.False(t, exists)
	o.commit(t, func(tx *ledger.Tx) error {
		return tx.Park(ledger.Parked{Connection: "main", Stream: "main_other", Record: source.Record, WaitFor: "order_import", Until: finished.Add(time.Hour)})
	})
	o.flow().Count(connection.CountRead)
	o.flow().Count(connection.CountRead)
	o.flow().Failed(errors.New("down"))
	seen := map[string]string{"guid-1": "v1"}
	require.NoError(t, s.Finish(t.Context(), &polling.Cursor{Position: started, Seen: seen}, polling.Report{Started: started, Finished: finished}))

	cursor, exists, err := o.store(t).Load(t.Context())
	require.NoError(t, err)
	require.True(t, exists)
	assert.Equal(t, polling.Cursor{Position: started, Seen: seen, Saved: finished}, cursor)
	run, _, err := o.Ledger.LastRun(t.Context(), source.Stream)
	require.NoError(t, err)
	assert.Equal(t, []any{"delivered", "", int64(2)}, []any{run.Outcome, run.Error, run.Counts[connection.CountRead]})
	assert.NoError(t, o.flow().State().Err, "the flow gets on again")
	items, err := o.Ledger.ParkedItems(t.Context(), "main_other")
	require.NoError(t, err)
	assert.Equal(t, finished.Add(5*time.Second), items[0].DueAt, "what waited for this pipeline is tried when its products show")
}

func TestWhatRecordsWereChosenByIsKeptBesideTheCursor(t *testing.T) {
	o := newOffice(t)
	for _, chosenBy := range []string{"", `{"a":1}`, `{"a":2}`, ""} {
		require.NoError(t, o.store(t).Finish(t.Context(), &polling.Cursor{Position: started, ChosenBy: chosenBy}, polling.Report{Started: started, Finished: finished}))
		require.NoError(t, o.store(t).Finish(t.Context(), nil, polling.Report{Started: started, Finished: finished, Err: errors.New("a page is missing")}))
		cursor, _, err := o.store(t).Load(t.Context())
		require.NoError(t, err)
		assert.Equal(t, chosenBy, cursor.ChosenBy)
	}
}

func TestARunThatFailedLeavesTheCursorAndWhatWaits(t *testing.T) {
	o := newOffice(t)
	o.commit(t, func(tx *ledger.Tx) error {
		return tx.Park(ledger.Parked{Connection: "main", Stream: "main_other", Record: source.Record, WaitFor: "order_import", Until: finished.Add(time.Hour)})
	})
	o.flow().Failed(errors.New("down"))
	s := o.store(t)
	_, _, err := s.Load(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Finish(t.Context(), nil, polling.Report{Started: started, Finished: finished, Err: errors.New("a page is missing")}))
	_, exists, err := s.Load(t.Context())
	require.NoError(t, err)
	assert.False(t, exists)
	run, _, err := o.Ledger.LastRun(t.Context(), source.Stream)
	require.NoError(t, err)
	assert.Equal(t, []string{"failed", "a page is missing"}, []string{run.Outcome, run.Error})
	assert.Error(t, o.flow().State().Err)
	items, err := o.Ledger.ParkedItems(t.Context(), "main_other")
	require.NoError(t, err)
	assert.True(t, items[0].DueAt.IsZero())
}

func TestTriggersAreTakenTogetherAndOnce(t *testing.T) {
	o := newOffice(t)
	s := o.store(t)
	asks := func(s polling.Store) (polling.Request, bool) {
		t.Helper()
		request, asked, err := s.Requested(t.Context(), false)
		require.NoError(t, err)
		return request, asked
	}
	_, asked := asks(s)
	assert.False(t, asked)
	o.Book.Options.Once = true // a running sync looks once a second, for all streams
	o.commit(t, func(tx *ledger.Tx) error {
		return errors.Join(tx.AddTrigger(ledger.Trigger{Stream: source.Stream, Full: true}), tx.AddTrigger(ledger.Trigger{Stream: source.Stream, Accept: true}),
			tx.AddTrigger(ledger.Trigger{Stream: "main_other"}))
	})
	all := polling.Request{Full: true, Accept: true}
	request, asked := asks(s)
	assert.True(t, asked)
	assert.Equal(t, all, request)
	_, asked = asks(s)
	assert.False(t, asked, "the run that failed is tried again in its own time")

	require.NoError(t, s.Finish(t.Context(), nil, polling.Report{Started: started, Finished: finished, Err: errors.New("a page is missing")}))
	s = o.store(t)
	request, asked = asks(s)
	assert.True(t, asked, "the next process knows what the last one did not do")
	assert.Equal(t, all, request)
	require.NoError(t, s.Finish(t.Context(), &polling.Cursor{Position: started}, polling.Report{Started: started, Finished: finished}))
	_, asked = asks(o.store(t))
	assert.False(t, asked)
}

func TestWhatIsAskedOfTheNextRunWaitsForItsTime(t *testing.T) {
	o := newOffice(t)
	o.commit(t, func(tx *ledger.Tx) error {
		return errors.Join(tx.AddTrigger(ledger.Trigger{Stream: source.Stream, Full: true}), tx.AddTrigger(ledger.Trigger{Stream: source.Stream, Accept: true}))
	})
	_, asked, err := o.store(t).Requested(t.Context(), true)
	require.NoError(t, err)
	assert.False(t, asked, "neither was asked for at once")

	o.commit(t, func(tx *ledger.Tx) error { return tx.AddTrigger(ledger.Trigger{Stream: source.Stream}) })
	request, asked, err := o.store(t).Requested(t.Context(), true)
	require.NoError(t, err)
	assert.True(t, asked, "a plain wish is for now")
	assert.Zero(t, request)

	o.commit(t, func(tx *ledger.Tx) error {
		return tx.AddTrigger(ledger.Trigger{Stream: source.Stream, Full: true, Now: true})
	})
	request, asked, err = o.store(t).Requested(t.Context(), true)
	require.NoError(t, err)
	assert.True(t, asked)
	assert.Equal(t, polling.Request{Full: true}, request)

	request, asked, err = o.store(t).Requested(t.Context(), false)
	require.NoError(t, err)
	assert.True(t, asked, "what waited is taken when the time has come")
	assert.Equal(t, polling.Request{Full: true, Accept: true}, request)
}

func TestOnlyRecordsOfTheInputsOwnResourceAreReadAgain(t *testing.T) {
	o := newOffice(t)
	other := source.Record
	other.Resource, other.ID = "SalesShipments", "guid-2"
	o.commit(t, func(tx *ledger.Tx) error {
		for _, record := range []ledger.Record{source.Record, other} {
			id, err := tx.FileDeadLetter(ledger.DeadLetter{Connection: "main", Stream: source.Stream, Record: record, Class: ledger.ClassRejected, System: "shop", Operation: "order.create"})
			if err != nil {
				return err
			}
			if err := tx.SetDeadLetterState(id, ledger.StateReplaying); err != nil {
				return err
			}
		}
		return nil
	})
	due, err := o.store(t).Redeliveries(t.Context())
	require.NoError(t, err)
	require.Len(t, due, 1)
	assert.Equal(t, []string{"guid-1", "SO-1"}, []string{due[0].ID, due[0].Ref})

	require.NoError(t, o.store(t).Gone(t.Context(), due[0]))
	assert.Len(t, o.letters(t), 1, "of the other record")
	assert.Equal(t, []string{"gone"}, o.happened(t))
	due, err = o.store(t).Redeliveries(t.Context())
	require.NoError(t, err)
	assert.Empty(t, due)
}

func TestWhatDoesNotShowIsADeadLetter(t *testing.T) {
	o := newOffice(t)
	o.commit(t, func(tx *ledger.Tx) error {
		return tx.Park(ledger.Parked{Connection: "main", Stream: source.Stream, Record: source.Record, Operation: "order.create", WaitFor: "product_sync", Until: finished})
	})
	what := polling.Redelivery{ID: "guid-1", Ref: "SO-1"}
	require.NoError(t, o.store(t).Missing(t.Context(), what))
	assert.Empty(t, o.parked(t))
	letters := o.letters(t)
	require.Len(t, letters, 1)
	assert.Equal(t, []string{ledger.StateOpen, ledger.ClassRejected}, []string{letters[0].State, letters[0].Class})
	assert.Contains(t, letters[0].Reason, "unleashed does not show it")
	assert.EqualValues(t, 1, o.counted(connection.CountDeadLettered))

	o.commit(t, func(tx *ledger.Tx) error { return tx.SetDeadLetterState(letters[0].ID, ledger.StateReplaying) })
	what.DeadLetter = letters[0].ID
	require.NoError(t, o.store(t).Missing(t.Context(), what))
	letters = o.letters(t)
	require.Len(t, letters, 1)
	assert.Equal(t, ledger.StateOpen, letters[0].State, "a person has to look")
	assert.Equal(t, []string{"dead-lettered", "missing"}, o.happened(t))
}

func TestWhatWasDeliveredAgainAndFiledNothingIsSettled(t *testing.T) {
	o := newOffice(t)
	left(t, o)
	o.commit(t, func(tx *ledger.Tx) error { return tx.SetDeadLetterState(o.letters(t)[0].ID, ledger.StateReplaying) })
	s := o.store(t)
	_, _, err := s.Load(t.Context())
	require.NoError(t, err)
	report := polling.Report{Started: started, Finished: finished, Redelivered: []polling.Redelivery{{ID: "guid-1", Ref: "SO-1"}}}
	require.NoError(t, s.Finish(t.Context(), nil, report))
	assert.Empty(t, o.letters(t))
	assert.Len(t, o.parked(t), 1, "it waits for a pipeline and was not due")
}
