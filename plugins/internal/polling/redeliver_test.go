package polling

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRedelivery_ReadsTheRecordAfreshBetweenRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(2, time.Now().Add(-24*time.Hour)), size: 100}, &memory{}
		p := New(options(l, m))
		for range 2 {
			d, err := p.Next(t.Context())
			require.NoError(t, err)
			d.Ack(nil)
		}
		m.ask(time.Minute, nil, Redelivery{ID: "id-001", DeadLetter: "DL1"}, Redelivery{ID: "away"})
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "id-001", d.Item.ID)
		assert.True(t, d.Redelivered)
		assert.Equal(t, "DL1", d.DeadLetter)
		cursor := *m.cursor
		d.Ack(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = p.Next(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []string{"away"}, m.gone)
		assert.Equal(t, cursor.Position, m.cursor.Position, "the cursor is not a redelivery's business")
	})
}

func TestRedelivery_OfWhatCannotBeReadHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &list{rows: rows(2, time.Now().Add(-24*time.Hour)), size: 100, unread: errors.New("down")}
		m := &memory{keeps: true, redeliver: []Redelivery{{ID: "id-009", Ref: "SO-009"}}}
		o := options(l, m)
		var told []time.Duration
		o.Unread = func(what Redelivery, err error, next time.Time) {
			assert.Equal(t, "SO-009", what.Ref)
			require.ErrorIs(t, err, l.unread)
			told = append(told, time.Until(next))
		}
		p := New(o)
		for range 2 {
			d, err := p.Next(t.Context())
			require.NoError(t, err)
			d.Ack(nil)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Hour)
		defer cancel()
		_, err := p.Next(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotNil(t, m.cursor)
		assert.Greater(t, len(l.sinces), 20, "the list is read at its times")
		assert.Equal(t, []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour}, told[:7])

		l.mut.Lock()
		l.unread = nil
		l.rows = append(l.rows, Item{ID: "id-009", Ref: "SO-009", Modified: time.Now().Add(-48 * time.Hour)})
		l.mut.Unlock()
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "id-009", d.Item.ID)
	})
}

func TestRedelivery_OfWhatCannotBeReadIsTriedOnceInASingleRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &list{rows: rows(2, time.Now().Add(-24*time.Hour)), size: 100, unread: errors.New("down")}
		m := &memory{keeps: true, redeliver: []Redelivery{{ID: "id-009", Ref: "SO-009"}}}
		o, told := options(l, m), 0
		o.Once = true
		o.Unread = func(_ Redelivery, _ error, next time.Time) {
			told++
			assert.Zero(t, next)
		}
		assert.Equal(t, []string{"id-000", "id-001"}, drainAll(t, New(o)))
		assert.Equal(t, 1, told)
		assert.Len(t, l.fetched, 1)
		assert.NotNil(t, m.cursor)
	})
}

func TestRedelivery_OfWhatDoesNotShowIsLookedForWithinMinutes(t *testing.T) {
	for _, once := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := &list{rows: rows(1, time.Now().Add(-24*time.Hour)), size: 100, unread: ErrMissing}
			m := &memory{keeps: true, redeliver: []Redelivery{{ID: "id-009", Ref: "SO-009", At: time.Now()}}}
			o := options(l, m)
			o.Once = once
			o.Unread = func(Redelivery, error, time.Time) { t.Error("it may show within moments") }
			p, began := New(o), time.Now()
			d, err := p.Next(t.Context())
			require.NoError(t, err)
			d.Ack(nil)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			_, err = p.Next(ctx)
			require.ErrorIs(t, err, map[bool]error{false: context.DeadlineExceeded, true: ErrStopped}[once])
			var looks []time.Duration
			for _, at := range l.fetched {
				looks = append(looks, at.Sub(began).Round(time.Second))
			}
			assert.Equal(t, []time.Duration{0, 5 * time.Second, 15 * time.Second, 35 * time.Second, 75 * time.Second, 155 * time.Second}, looks[:6])
			assert.Equal(t, "id-009", m.missing[0])
			if once {
				assert.Len(t, m.missing, 1)
			}
		})
	}
}

func TestRedelivery_OfWhatAPersonAsksForAndDoesNotShowIsSaidAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &list{size: 100, unread: ErrMissing}
		m := &memory{redeliver: []Redelivery{{ID: "id-009", DeadLetter: "DL1"}}}
		o := options(l, m)
		o.Once, o.RedeliverOnly = true, true
		assert.Empty(t, drainAll(t, New(o)))
		assert.Equal(t, []string{"id-009"}, m.missing)
		assert.Len(t, l.fetched, 1)
	})
}

func TestRedelivery_OfWhatASingleRunItselfPutAsideIsTriedOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(2, time.Now().Add(-24*time.Hour)), size: 100}, &memory{}
		o := options(l, m)
		o.Once = true
		p := New(o)
		first, err := p.Next(t.Context())
		require.NoError(t, err)
		m.redeliver = []Redelivery{{ID: first.Item.ID, At: time.Now().Add(5 * time.Second)}, {ID: "id-001", DeadLetter: "dl-1"}}
		m.keeps = true
		first.Ack(nil)
		second, err := p.Next(t.Context())
		require.NoError(t, err)
		<-time.After(time.Minute) // it is due before the run ends
		second.Ack(nil)
		again, err := p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "id-000", again.Item.ID)
		assert.True(t, again.Redelivered)
		m.redeliver = nil
		again.Ack(nil)
		drainAll(t, p)
	})
}
