package trigger

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// connections share their accounts, but for the third.
const connections = `
connections:
  - name: main
    unleashed: {api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {api_key: key, warehouse: MAIN}
  - name: north
    unleashed: {api_id: id, api_key: key, warehouse_code: NORTH}
    mintsoft: {api_key: key, warehouse: NORTH}
  - name: other
    unleashed: {api_id: another, api_key: key, warehouse_code: MAIN}
    mintsoft: {api_key: key, warehouse: OTHER}
`

func open(t *testing.T, o connection.OpenOptions) *connection.Book {
	t.Helper()
	file, err := connection.Parse("c.yaml", []byte("ledger: sqlite:"+filepath.Join(t.TempDir(), "ledger.db")+connections), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	return book
}

// made is an output of this room on a book.
func made(t *testing.T, book *connection.Book, fields string) service.Output {
	t.Helper()
	conf, err := spec().ParseYAML("{ "+fields+" }", nil)
	require.NoError(t, err)
	res := service.MockResources()
	component.Attach(res, book)
	out, _, err := newOutput(conf, res)
	require.NoError(t, err)
	return out
}

func event(id string) *service.Message {
	msg := service.NewMessage([]byte(`{"eventType":"product.updated"}`))
	msg.MetaSetMut("run", "product_sync")
	component.Stamp(msg, nil, component.Source{
		Connection: "main", Stream: "main_webhooks", Pipeline: "webhooks", Record: ledger.Record{System: "unleashed", Resource: "Events", ID: id, Ref: "g"},
	})
	return msg
}

func waiting(t *testing.T, book *connection.Book, stream string) int {
	t.Helper()
	triggers, err := book.Ledger.Triggers(t.Context(), stream)
	require.NoError(t, err)
	return len(triggers)
}

func TestEveryOpenStreamOfTheSameAccountsIsAsked(t *testing.T) {
	book := open(t, connection.OpenOptions{})
	for _, name := range []string{"main", "north", "other"} {
		book.Flow(name, "order_import").Open()
	}
	book.Flow("north", "product_sync").Open()
	out := made(t, book, "pipeline: order_import")
	require.NoError(t, out.Write(t.Context(), event("1")))
	for stream, n := range map[string]int{"main_order_import": 1, "north_order_import": 1, "other_order_import": 0, "north_product_sync": 0} {
		assert.Equal(t, n, waiting(t, book, stream), stream)
	}
	assert.Equal(t, map[string]int64{"order_import was asked to run": 1}, book.Flow("main", "webhooks").State().Skips)
	events, err := book.Ledger.Events(t.Context(), "g")
	require.NoError(t, err)
	require.Len(t, events, 1)
	assert.Equal(t, "order_import was asked to run", events[0].Summary)
}

func TestAThousandMessagesNeedARunOrTwo(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	book := open(t, connection.OpenOptions{Now: func() time.Time { return now }})
	book.Flow("main", "product_sync").Open()
	out := made(t, book, `pipeline: '${! @run }', at_most_every: 10s`)
	runs := 0
	for range 100 { // in 50 seconds
		require.NoError(t, out.Write(t.Context(), event("1")))
		triggers, err := book.Ledger.Triggers(t.Context(), "main_product_sync")
		require.NoError(t, err)
		require.NoError(t, book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
			for _, trigger := range triggers {
				if taken, err := tx.TakeTrigger(trigger.ID); err != nil || !taken {
					return err
				}
				runs++
			}
			return nil
		}))
		now = now.Add(500 * time.Millisecond)
	}
	assert.Equal(t, 5, runs)
}

func TestWithoutAnOpenStreamTheReasonIsSaid(t *testing.T) {
	book := open(t, connection.OpenOptions{})
	require.NoError(t, made(t, book, "pipeline: customer_sync").Write(t.Context(), event("1")))
	assert.Zero(t, waiting(t, book, "main_customer_sync"))
	assert.Equal(t, map[string]int64{"customer_sync does not run": 1}, book.Flow("main", "webhooks").State().Skips)
}

func TestADryRunAsksNobody(t *testing.T) {
	book := open(t, connection.OpenOptions{DryRun: true})
	book.Flow("main", "product_sync").Open()
	require.NoError(t, made(t, book, "pipeline: product_sync").Write(t.Context(), event("1")))
	assert.Zero(t, waiting(t, book, "main_product_sync"))
	assert.Equal(t, map[string]int64{"product_sync was asked to run": 1}, book.Flow("main", "webhooks").State().Skips)
}

func TestWhatCannotBeAskedForIsFiled(t *testing.T) {
	book := open(t, connection.OpenOptions{})
	out := made(t, book, `pipeline: '${! @nothing.or("") }'`)
	require.NoError(t, out.Write(t.Context(), event("1")))
	letters, err := book.Ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{})
	require.NoError(t, err)
	require.Len(t, letters, 1)
	assert.Equal(t, []string{"unmappable", "trigger"}, []string{letters[0].Class, letters[0].Operation})
	assert.ErrorContains(t, out.Write(t.Context(), service.NewMessage(nil)), "no input of ours made")
}

func TestFields(t *testing.T) {
	conf, err := spec().ParseYAML("{ pipeline: product_sync, at_most_every: -1s }", nil)
	require.NoError(t, err)
	_, _, err = newOutput(conf, service.MockResources())
	assert.ErrorContains(t, err, "field at_most_every: found -1s")
}
