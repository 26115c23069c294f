package polling

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun_EmitsEveryRecordOnceAndMovesTheCursor(t *testing.T) {
	for _, size := range []int{1, 3, 10, 100} {
		for _, n := range []int{0, 1, 3, 10} {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				l, m := &list{rows: rows(n, started.Add(-time.Hour)), size: size, counted: true}, &memory{}
				o := options(l, m)
				o.Once = true
				assert.Len(t, drainAll(t, New(o)), n)
				require.NotNil(t, m.cursor)
				assert.Equal(t, started, m.cursor.Position)
			})
		}
	}
}

func TestCursor_WaitsForTheLastAcknowledgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(2, time.Now()), size: 10}, &memory{}
		o := options(l, m)
		o.Once = true
		p := New(o)
		first, err := p.Next(t.Context())
		require.NoError(t, err)
		second, err := p.Next(t.Context())
		require.NoError(t, err)
		ended := make(chan error, 1)
		go func() {
			_, err := p.Next(t.Context())
			ended <- err
		}()
		first.Ack(nil)
		synctest.Wait()
		assert.Nil(t, m.cursor, "one record is still under way")
		second.Ack(nil)
		assert.ErrorIs(t, <-ended, ErrStopped)
		assert.NotNil(t, m.cursor)
	})
}

func TestNack_LeavesTheCursorAndRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(3, time.Now()), size: 10}, &memory{}
		o := options(l, m)
		o.Once = true
		p := New(o)
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		d.Ack(errors.New("no"))
		d, err = p.Next(t.Context())
		require.NoError(t, err)
		require.Len(t, m.reports, 1)
		assert.Error(t, m.reports[0].Err)
		assert.Nil(t, m.cursor)
		assert.Equal(t, "id-000", d.Item.ID, "the run begins again with the first record")
		d.Ack(nil)
		assert.Len(t, drainAll(t, p), 2)
		assert.NotNil(t, m.cursor)
	})
}

func TestSecondRun_ReadsTheOverlapAndEmitsNothingThatWasDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l, m := &list{rows: rows(5, start), size: 2, counted: true}, &memory{}
		o := options(l, m)
		o.Once = true
		assert.Len(t, drainAll(t, New(o)), 5)
		<-time.After(time.Minute)
		l.touch("id-003", time.Now())
		assert.Equal(t, []string{"id-003"}, drainAll(t, New(o)))
		assert.Equal(t, start.Add(-10*time.Minute), l.sinces[len(l.sinces)-1])
	})
}

// A date to come is that of going live: what changes before it is never read.
func TestFirstMomentToCome_ReadsNothingUntilThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := time.Now().Add(time.Hour)
		l, m := &list{rows: rows(3, first.Add(time.Minute)), size: 10}, &memory{}
		o := options(l, m)
		o.Once = true
		o.First = func(time.Time) time.Time { return first }
		var told []time.Time
		o.Early = func(first time.Time) { told = append(told, first) }
		for range 2 {
			assert.Empty(t, drainAll(t, New(o)))
			assert.Empty(t, l.sinces)
			assert.Nil(t, m.cursor)
			<-time.After(45 * time.Minute)
		}
		assert.Equal(t, []time.Time{first, first}, told)
		assert.Equal(t, []string{"id-000", "id-001"}, drainAll(t, New(o)))
		assert.Equal(t, []time.Time{first}, l.sinces)
		assert.NotNil(t, m.cursor)
	})
}

func TestRowsThatLeaveWhilePaging_RepeatTheRunUntilAllAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(10, time.Now()), size: 3, counted: true}, &memory{}
		left := false
		l.before = func(page int) {
			if page == 2 && !left {
				left = true
				l.rows = l.rows[1:] // row 4 moves up to page 1, which was read
			}
		}
		o := options(l, m)
		o.Once = true
		ids := drainAll(t, New(o))
		assert.Contains(t, ids, "id-003")
		assert.Len(t, ids, 10, "each record once")
		assert.Equal(t, 2, m.reports[0].Passes)
	})
}

func TestRecordThatJumpsToTheFrontWhilePaging_IsSeenInTheSecondPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(10, time.Now()), size: 3, counted: true}, &memory{}
		moved := false
		l.before = func(page int) {
			if page == 3 && !moved {
				moved = true
				l.touch("id-009", time.Now().Add(time.Second))
			}
		}
		o := options(l, m)
		o.Once = true
		ids := drainAll(t, New(o))
		assert.Contains(t, ids, "id-009")
		assert.Len(t, ids, 10)
	})
}

func TestListThatKeepsShrinking_KeepsTheCursorAfterThreePasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(40, time.Now()), size: 3, counted: true}, &memory{}
		l.before = func(page int) {
			if page == 2 && len(m.reports) == 0 {
				l.rows = l.rows[1:]
			}
		}
		o := options(l, m)
		o.Once = true
		drainAll(t, New(o))
		require.Len(t, m.reports, 2)
		assert.ErrorContains(t, m.reports[0].Err, "the cursor stays")
		assert.Equal(t, maxPasses, m.reports[0].Passes)
		assert.NoError(t, m.reports[1].Err)
	})
}

// Mintsoft does not say how many orders it holds.
func TestListWithoutACount_IsPagedAgainForWhatTheNextRunWouldNotRead(t *testing.T) {
	for name, test := range map[string]struct {
		since  time.Duration // the last run
		leaves bool
		passes int
	}{
		"the first run":                           {0, false, 2},
		"the first run, and a row leaves":         {0, true, 3},
		"a run after a day":                       {24 * time.Hour, false, 2},
		"a run after a day, and a row leaves":     {24 * time.Hour, true, 3},
		"a run of which the next one reads again": {time.Minute, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, m := &list{rows: rows(10, time.Now().Add(-time.Hour)), size: 3}, &memory{}
				if test.since > 0 {
					m.cursor = &Cursor{Position: time.Now().Add(-test.since)}
					l.rows = rows(10, time.Now().Add(-test.since))
				}
				left := !test.leaves
				l.before = func(page int) {
					if page == 2 && !left {
						left, l.rows = true, l.rows[1:]
					}
				}
				o := options(l, m)
				o.Once = true
				assert.Len(t, drainAll(t, New(o)), 10, "each record once")
				require.Len(t, m.reports, 1)
				assert.Equal(t, test.passes, m.reports[0].Passes)
			})
		})
	}
}

func TestListWithoutACount_ThatTellsNoTimesAndGrowsComesToAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{size: 3}, &memory{}
		for i := range 9 {
			l.rows = append(l.rows, Item{ID: fmt.Sprint(i)})
		}
		l.before = func(page int) {
			if page == 1 {
				l.rows = append(l.rows, Item{ID: fmt.Sprintf("new-%d", len(l.rows))})
			}
		}
		o := options(l, m)
		o.Once = true
		drainAll(t, New(o))
		require.Len(t, m.reports, 1)
		assert.NoError(t, m.reports[0].Err)
	})
}

func TestListWithoutACount_ThatShowsOthersInEachPassKeepsTheCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(40, time.Now().Add(-time.Hour)), size: 3}, &memory{}
		l.before = func(page int) {
			if page == 1 && len(m.reports) == 0 {
				l.rows = append(l.rows, Item{ID: fmt.Sprintf("old-%d", len(l.rows)), Modified: time.Now().Add(-time.Hour)})
			}
		}
		o := options(l, m)
		o.Once = true
		drainAll(t, New(o))
		require.Len(t, m.reports, 2)
		assert.ErrorContains(t, m.reports[0].Err, "each showed other records in 3 passes; the cursor stays")
		assert.NoError(t, m.reports[1].Err)
	})
}

func TestBusyList_ThatOnlyGrowsIsWholeInOnePass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(9, time.Now()), size: 3, counted: true}, &memory{}
		n := 0
		l.before = func(page int) {
			if page > 1 {
				n++
				l.rows = append([]Item{{ID: fmt.Sprintf("new-%d", n), Modified: time.Now()}}, l.rows...)
			}
		}
		o := options(l, m)
		o.Once = true
		drainAll(t, New(o))
		require.Len(t, m.reports, 1)
		assert.NoError(t, m.reports[0].Err)
		assert.Equal(t, 1, m.reports[0].Passes)
	})
}

func TestSchedule_RunsAtTheIntervalAndDrainEndsTheWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(1, time.Now()), size: 10}, &memory{}
		o := options(l, m)
		drain := make(chan struct{})
		o.Drain = drain
		p := New(o)
		started := time.Now()
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		d.Ack(nil)
		time.AfterFunc(20*time.Minute, func() {
			l.mut.Lock()
			defer l.mut.Unlock()
			l.touch("id-000", time.Now())
		})
		d, err = p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 30*time.Minute, time.Since(started).Round(time.Second))
		d.Ack(nil)
		time.AfterFunc(time.Minute, func() { close(drain) })
		_, err = p.Next(t.Context())
		assert.ErrorIs(t, err, ErrStopped)
		assert.Equal(t, 31*time.Minute, time.Since(started).Round(time.Second))
	})
}

func TestTrigger_StartsARunAtOnceAndFullIgnoresTheCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(30, time.Now()), size: 100}, &memory{}
		p := New(options(l, m))
		for range 30 {
			d, err := p.Next(t.Context())
			require.NoError(t, err)
			d.Ack(nil)
		}
		started := time.Now()
		m.ask(time.Minute, &Request{Full: true, Accept: true})
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		assert.Less(t, time.Since(started), 2*time.Minute)
		assert.True(t, d.Request.Accept)
		assert.True(t, l.sinces[len(l.sinces)-1].IsZero())
		d.Ack(nil)
	})
}

func TestOutage_IsWaitedOutWithTheCursorUnmoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{rows: rows(1, time.Now()), size: 10, fail: errors.New("503")}, &memory{}
		o := options(l, m)
		o.Once = true
		var failures int
		o.Failed = func(error, time.Time) {
			if failures++; failures == 5 {
				l.fail = nil
			}
		}
		assert.Len(t, drainAll(t, New(o)), 1)
		assert.Equal(t, 5, failures)
	})
}

func TestGiveUp_EndsASingleRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrongKey := errors.New("wrong key")
		l, m := &list{size: 10, fail: wrongKey}, &memory{}
		o := options(l, m)
		o.Once = true
		o.GiveUp = func(err error) bool { return errors.Is(err, wrongKey) }
		assert.Empty(t, drainAll(t, New(o)))
		assert.ErrorIs(t, m.reports[0].Err, wrongKey)
	})
}

func TestParseSchedule(t *testing.T) {
	at := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"15m":                         at.Add(15 * time.Minute),
		"@every 1h":                   at.Add(time.Hour),
		"0 2 * * *":                   time.Date(2026, 3, 29, 2, 0, 0, 0, time.UTC),
		"TZ=Europe/London 30 3 * * *": time.Date(2026, 3, 29, 2, 30, 0, 0, time.UTC),
	} {
		schedule, err := ParseSchedule(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, schedule.Next(at).UTC(), text)
	}
	for _, text := range []string{"soon", "-5m", "0s", "61 * * * *"} {
		_, err := ParseSchedule(text)
		assert.Error(t, err, text)
	}
}

// summed is a list whose rows come as one item.
type summed struct {
	*list
	recalled []map[string]string
}

func (s *summed) Recall(seen map[string]string) { s.recalled = append(s.recalled, seen) }

func (s *summed) Page(ctx context.Context, since time.Time, number int) (Page, error) {
	page, err := s.list.Page(ctx, since, number)
	sum := Item{ID: "*", Holds: len(page.Items), Versions: map[string]time.Time{}}
	for _, row := range page.Items {
		sum.Versions[row.ID] = row.Modified
	}
	page.Items = []Item{sum}
	return page, err
}

func TestASourceThatSumsUpIsToldWhatWasDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s, m := &summed{list: &list{size: 10, rows: []Item{{ID: "old", Modified: began.Add(-time.Hour)}, {ID: "new", Modified: began}}}}, &memory{}
		p := New(Options{Source: s, Store: m, Schedule: every(time.Minute), Overlap: func(time.Time) time.Duration { return 15 * time.Minute }, First: func(time.Time) time.Time { return time.Time{} }})
		next := func(err error) {
			d, nextErr := p.Next(t.Context())
			require.NoError(t, nextErr)
			d.Ack(err)
		}
		next(nil)
		next(errors.New("put back"))
		next(nil)
		m.ask(0, &Request{Full: true})
		next(nil)
		seen := map[string]string{"new": Version(began)}
		assert.Equal(t, []map[string]string{nil, seen, seen, nil}, s.recalled, "what lies inside the overlap, of delivered runs; a full run reads everything")
	})
}
