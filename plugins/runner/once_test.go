package runner

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// never is a pipeline whose input neither ends nor reads anything.
var never = says("never", "@every 1000h")

func TestRowsOfASingleRun(t *testing.T) {
	failed := func(y *yard) { y.Book.Flow("main", "a").Failed(errors.New("the list is not whole")) }
	waits := func(y *yard) {
		y.Book.Waiting(y.Book.Flow("main", "a").Stream, "SO-1", errors.New("it is down"), time.Second)
	}
	for name, test := range map[string]struct {
		pipeline     string
		before       func(y *yard)
		state, error string
		clean        bool
		arrived      []string
	}{
		"it is delivered":                {says("a", ""), nil, "delivered", "", true, []string{"a from main"}},
		"it is off":                      {polls(unwanted), nil, "off", "", true, nil},
		"it cannot start":                {says("a", "") + "pipeline: { processors: [ { impossible: {} } ] }\n", nil, "failed", "it cannot be made", false, nil},
		"it cannot be built":             {"input: { generat: {} }\noutput: { drop: {} }\n", nil, "failed", "unable to infer", false, nil},
		"its run did not end well":       {says("a", ""), failed, "failed", "the list is not whole", false, []string{"a from main"}},
		"it stands still":                {never, nil, "gave up", "no progress for 5m0s", false, nil},
		"it waits for a service":         {never, waits, "gave up", "no progress for 5m0s: SO-1 waits: it is down", false, nil},
		"it stands still, and knows why": {never, failed, "gave up", "no progress for 5m0s: the list is not whole", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				y := newYard(t, mainConnection, map[string]string{"a": test.pipeline})
				if test.before != nil {
					test.before(y)
				}
				rows := y.Once(t.Context(), y.streams(t), 5*time.Minute)
				require.Len(t, rows, 1)
				assert.Equal(t, "main_a", rows[0].Stream)
				assert.Equal(t, test.state, rows[0].State, rows[0].Error)
				assert.Contains(t, rows[0].Error, test.error)
				assert.Equal(t, test.clean, rows[0].Clean())
				assert.Equal(t, test.arrived, arrived())
			})
		})
	}
}

func TestARowTellsWhatTheFlowCountedAndWhatIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": says("a", "")})
		flow := y.Book.Flow("main", "a")
		for what, n := range map[string]int{
			connection.CountRead: 7, connection.CountCreated: 3, connection.CountUpdated: 2, connection.CountParked: 5, connection.CountDeadLettered: 1,
		} {
			for range n {
				flow.Count(what)
			}
		}
		flow.Skip("status Deleted")
		flow.Calls.Calls.Add(11)
		require.NoError(t, y.Book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
			return tx.Park(ledger.Parked{Connection: "main", Stream: "main_a", Record: ledger.Record{ID: "1"}, Until: time.Now().Add(time.Hour)})
		}))
		assert.Equal(t, []Row{{
			Stream: "main_a", State: "delivered", Read: 7, Created: 3, Updated: 2, Skipped: 1, Parked: 1, DeadLettered: 1, Calls: 11,
			Skips: map[string]int64{"status Deleted": 1},
		}}, y.Once(t.Context(), y.streams(t), time.Minute), "parked is what still is")
	})
}

func TestOnlyWhatIsDeliveredIsClean(t *testing.T) {
	for state, clean := range map[string]bool{"delivered": true, "off": true, "runs as main_a": true, "failed": false, "gave up": false, "stopped": false} {
		assert.Equal(t, clean, Row{State: state}.Clean(), state)
		assert.False(t, Row{State: state, Parked: 1}.Clean())
		assert.False(t, Row{State: state, DeadLettered: 1}.Clean())
	}
}

func TestAStreamThatMovesIsNotGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": never})
		flow := y.Book.Flow("main", "a")
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for range 60 {
				<-time.After(time.Minute)
				flow.Progress(1, 2)
			}
			stop()
		}()
		began := time.Now()
		rows := y.Once(ctx, y.streams(t), 90*time.Second)
		assert.Equal(t, "stopped", rows[0].State)
		assert.Less(t, time.Since(began)-time.Hour, 2*time.Second)
	})
}

func TestWithoutAnyPatienceEveryStreamIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": never})
		assert.Equal(t, "gave up", y.Once(t.Context(), y.streams(t), 0)[0].State)
	})
}

func TestWhatDependsOnAStreamRunsAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{
			"stock_sync": says("stock", ""), "order_import": says("orders", ""), "order_export": says("export", ""), "order_despatch": says("despatch", ""), "product_sync": says("products", ""),
		})
		y.Once(t.Context(), y.streams(t), time.Minute)
		assert.Equal(t, []string{"products from main", "orders from main", "despatch from main", "export from main", "stock from main"}, arrived())
	})
}

func TestASingleRunThatIsToldToStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"product_sync": never, "order_import": says("orders", "")})
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		began := time.Now()
		rows := y.Once(ctx, y.streams(t), time.Minute)
		assert.Equal(t, []string{"stopped", "stopped"}, []string{rows[0].State, rows[1].State})
		assert.Equal(t, "told to stop before it was done", rows[1].Error)
		assert.Less(t, time.Since(began), 12*time.Second)
		assert.NotContains(t, arrived(), "orders from main", "what had not begun does not begin")
	})
}
