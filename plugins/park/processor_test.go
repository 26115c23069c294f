package park

import (
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

var order = component.Source{
	Connection: "main", Stream: "main_purchase_order_import", Pipeline: "purchase_order_import",
	Record: ledger.Record{System: "unleashed", Resource: "PurchaseOrders", ID: "guid-1", Ref: "PO-7/1"},
}

// place is where records are put aside.
type place struct {
	service.Processor
	book *connection.Book
}

func newPlace(t *testing.T, yaml string) *place {
	t.Helper()
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	p := &place{}
	p.book, err = connection.Open(t.Context(), file, connection.OpenOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.book.Close()) })
	conf, err := spec().ParseYAML(yaml, nil)
	require.NoError(t, err)
	res := service.MockResources()
	component.Attach(res, p.book)
	p.Processor, err = newProcessor(conf, res)
	require.NoError(t, err)
	return p
}

// take hands a record over, with its reason to wait, and says whether it passed.
func (p *place) take(t *testing.T, reason any) (passed bool, err error) {
	t.Helper()
	msg := service.NewMessage([]byte(`{}`))
	component.Stamp(msg, nil, order)
	msg.MetaSetMut("park", reason)
	batch, err := p.Process(t.Context(), msg)
	return len(batch) == 1, err
}

func (p *place) parked(t *testing.T) []ledger.Parked {
	t.Helper()
	items, err := p.book.Ledger.ParkedItems(t.Context(), order.Stream)
	require.NoError(t, err)
	return items
}

func TestARecordWithoutAReasonPasses(t *testing.T) {
	for name, reason := range map[string]any{"none": nil, "blank": " ", "null": "null", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, "wait_for: purchase_order_import")
			passed, err := p.take(t, reason)
			require.NoError(t, err)
			assert.True(t, passed)
			assert.Empty(t, p.parked(t))
		})
	}
}

func TestARecordWaitsUntilItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const reason = "PO-7 is not booked in yet"
		p := newPlace(t, "{wait_for: purchase_order_import, within: 48h}")
		began := time.Now().UTC()
		passed, err := p.take(t, reason)
		require.NoError(t, err)
		assert.False(t, passed)
		assert.Equal(t, []ledger.Parked{{
			Connection: "main", Stream: order.Stream, Record: order.Record, Operation: "park", WaitFor: "purchase_order_import", Reason: reason,
			Since: began, Until: began.Add(48 * time.Hour),
		}}, p.parked(t))

		<-time.After(47 * time.Hour)
		_, err = p.take(t, reason)
		require.NoError(t, err)
		_, err = p.take(t, "another reason")
		require.NoError(t, err)
		assert.Equal(t, began.Add(48*time.Hour), p.parked(t)[0].Until, "its time does not begin anew")
		events, err := p.book.Ledger.Events(t.Context(), order.Record.ID)
		require.NoError(t, err)
		assert.Len(t, events, 2, "the same reason is told once, however often it is tried")

		<-time.After(time.Hour)
		require.NoError(t, p.book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
			_, err := tx.ReleaseParked("purchase_order_import", time.Now())
			return err
		}))
		_, err = p.take(t, reason)
		require.NoError(t, err)
		assert.Empty(t, p.parked(t))
		letters, err := p.book.Ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{})
		require.NoError(t, err)
		require.Len(t, letters, 1)
		assert.Equal(t, []string{"rejected", "park", reason}, []string{letters[0].Class, letters[0].Operation, letters[0].Reason})
		counts := p.book.Flow("main", "purchase_order_import").State().Counts
		assert.EqualValues(t, 3, counts[connection.CountParked])
		assert.EqualValues(t, 1, counts[connection.CountDeadLettered])
	})
}

func TestARecordThatNobodyReadIsDroppedWithoutATrace(t *testing.T) {
	p := newPlace(t, "{wait_for: purchase_order_import, reason: wait}")
	batch, err := p.Process(t.Context(), service.NewMessage([]byte(`{}`)))
	require.NoError(t, err)
	assert.Empty(t, batch)
	assert.Empty(t, p.parked(t))
}

func TestAReasonThatCannotBeToldIsUnmappable(t *testing.T) {
	p := newPlace(t, `{wait_for: purchase_order_import, reason: '${! throw("no reason") }'}`)
	_, err := p.take(t, nil)
	require.ErrorContains(t, err, "no reason")
	class, _ := component.ClassOf(err.Error())
	assert.Equal(t, ledger.ClassUnmappable, class)
}

func TestWaitingForNoTimeIsRefused(t *testing.T) {
	conf, err := spec().ParseYAML("{wait_for: purchase_order_import, within: 0s}", nil)
	require.NoError(t, err)
	_, err = newProcessor(conf, service.MockResources())
	assert.EqualError(t, err, "field within: found 0s, expected more than zero")
}
