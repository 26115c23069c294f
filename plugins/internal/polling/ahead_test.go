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

// slow is a list whose pages take an hour from the second on.
type slow struct {
	*list
	asking, most, ended int
}

func (s *slow) Page(ctx context.Context, since time.Time, number int) (Page, error) {
	s.asking++
	s.most = max(s.most, s.asking)
	defer func() { s.asking-- }()
	if number > 1 {
		select {
		case <-time.After(time.Hour):
		case <-ctx.Done():
			s.ended++
			return Page{}, ctx.Err()
		}
	}
	return s.list.Page(ctx, since, number)
}

func TestTheNextPageIsReadWhileTheRecordsOfTheLastAreDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(6, time.Now()), size: 2, counted: true}, &memory{}
		o := options(l, m)
		o.Once = true
		p := New(o)
		first, err := p.Next(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		assert.Len(t, l.sinces, 2)
		second, err := p.Next(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		assert.Len(t, l.sinces, 2, "one page and no more")
		first.Ack(nil)
		second.Ack(nil)
		assert.Len(t, drainAll(t, p), 4)
		assert.Len(t, l.sinces, 3)
	})
}

func TestARecordIsAsOldAsItsPageWhenItIsHandedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(4, time.Now()), size: 2, counted: true}, &memory{}
		p, began := New(options(l, m)), time.Now()
		var ages []time.Duration
		for range 4 {
			d, err := p.Next(t.Context())
			require.NoError(t, err)
			ages = append(ages, d.ReadAt.Sub(began))
			<-time.After(time.Minute)
			d.Ack(nil)
		}
		m.ask(0, nil, Redelivery{ID: "id-001"})
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, make([]time.Duration, 4), ages, "the second page was read ahead")
		assert.Equal(t, time.Now(), d.ReadAt)
	})
}

func TestAPageThatIsReadAheadOutlivesTheCallThatBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &slow{list: &list{rows: rows(3, time.Now()), size: 2, counted: true}}, &memory{}
		o := options(l.list, m)
		o.Source, o.Once = l, true
		p := New(o)
		ctx, cancel := context.WithCancel(t.Context())
		d, err := p.Next(ctx)
		require.NoError(t, err)
		d.Ack(nil)
		cancel()
		began := time.Now()
		assert.Len(t, drainAll(t, p), 2)
		assert.Equal(t, time.Hour, time.Since(began))
		assert.Zero(t, l.ended)
	})
}

func TestARunThatEndsDoesNotWaitForThePageThatFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &slow{list: &list{rows: rows(3, time.Now()), size: 2}}, &memory{}
		o := options(l.list, m)
		o.Source, o.Once = l, true
		p := New(o)
		began := time.Now()
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		d.Ack(errors.New("no"))
		d, err = p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "id-000", d.Item.ID, "the run begins again")
		assert.Less(t, time.Since(began), time.Minute)
		assert.Equal(t, 1, l.ended)
		d.Ack(nil)
		assert.Len(t, drainAll(t, p), 2)
		assert.Equal(t, 1, l.most, "a source is asked one thing at a time")
	})
}

func TestClosingEndsThePageThatIsReadAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &slow{list: &list{rows: rows(3, time.Now()), size: 2}}
		o := options(l.list, &memory{})
		o.Source = l
		p := New(o)
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		p.Close()
		assert.Equal(t, 1, l.ended)
		d.Ack(nil)
	})
}
