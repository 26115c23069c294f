package polling

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRowsWithoutAnIdAreCountedEachAndHandedOutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noID := errors.New("it has no id")
		l, m := &list{size: 2, counted: true}, &memory{}
		l.rows = append(rows(2, time.Now()), Nameless("", nil, noID), Nameless("", nil, noID), Nameless("SO-9", map[string]any{"A": 1}, noID))
		o := options(l, m)
		o.Once = true
		p := New(o)
		var handed []error
		for {
			d, err := p.Next(t.Context())
			if errors.Is(err, ErrStopped) {
				break
			}
			require.NoError(t, err)
			handed = append(handed, d.Item.Err)
			assert.Equal(t, d.Item.Err != nil, IsNameless(d.Item.ID))
			d.Ack(nil)
		}
		assert.Equal(t, []error{nil, nil, noID, noID}, handed)
		require.NotNil(t, m.cursor, "the list was seen whole")
		assert.Equal(t, 1, m.reports[0].Passes)
	})
}

func TestRedelivery_ThatIsAnsweredWithoutTheRecordIsPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noID := errors.New("it has no id")
		l := &list{rows: []Item{{ID: "id-1", Err: noID}}, size: 2}
		m := &memory{keeps: true, redeliver: []Redelivery{{ID: "id-1", Ref: "SO-1", DeadLetter: "DL1"}}}
		o := options(l, m)
		o.Once, o.RedeliverOnly = true, true
		var told []error
		o.Unread = func(_ Redelivery, err error, _ time.Time) { told = append(told, err) }
		assert.Empty(t, drainAll(t, New(o)))
		assert.Equal(t, []error{noID}, told)
		assert.Empty(t, m.reports[0].Redelivered, "it is not settled")
	})
}
