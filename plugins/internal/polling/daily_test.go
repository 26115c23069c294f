package polling

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestATimeOfDayHappensOnceOnEveryDay(t *testing.T) {
	for name, c := range map[string]struct {
		schedule, after string
		want            []string
	}{
		"the same day": {"TZ=Europe/London 30 2 * * *", "2026-06-10T00:00:00Z", []string{"2026-06-10T01:30:00Z", "2026-06-11T01:30:00Z"}},
		"the next day": {"TZ=Europe/London 00 02 * * *", "2026-01-10T02:00:00Z", []string{"2026-01-11T02:00:00Z"}},
		"with seconds": {"TZ=Asia/Tokyo 0 20 03 * * *", "2026-01-10T00:00:00Z", []string{"2026-01-10T18:20:00Z"}},
		"a minute that is left out in spring is the next one": {"TZ=Europe/London 30 01 * * *", "2026-03-28T12:00:00Z",
			[]string{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		"the first minute of the gap": {"TZ=Europe/London 00 01 * * *", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
		"the minute before the gap":   {"TZ=Europe/London 59 00 * * *", "2026-03-28T12:00:00Z", []string{"2026-03-29T00:59:00Z", "2026-03-29T23:59:00Z"}},
		"a minute that comes twice in autumn is the first": {"TZ=Europe/London 30 01 * * *", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		"west of Greenwich, in spring": {"TZ=America/New_York 30 02 * * *", "2026-03-07T12:00:00Z", []string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}},
		"west of Greenwich, in autumn": {"TZ=America/New_York 30 01 * * *", "2026-10-31T12:00:00Z", []string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
		"a day that begins at one":     {"TZ=Africa/Cairo 30 00 * * *", "2026-04-23T12:00:00Z", []string{"2026-04-23T22:00:00Z", "2026-04-24T21:30:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			schedule, err := ParseSchedule(c.schedule)
			require.NoError(t, err)
			assert.True(t, AtTimeOfDay(schedule))
			at, err := time.Parse(time.RFC3339, c.after)
			require.NoError(t, err)
			var got []string
			for range c.want {
				at = schedule.Next(at)
				got = append(got, at.UTC().Format(time.RFC3339))
			}
			assert.Equal(t, c.want, got)
		})
	}
	for _, text := range []string{"15m", "0 */2 * * *", "30 2 * * 1", "TZ=Europe/London 0 2 1 * *", "@daily"} {
		schedule, err := ParseSchedule(text)
		require.NoError(t, err)
		assert.False(t, AtTimeOfDay(schedule), text)
	}
	_, err := ParseSchedule("TZ=Europe/Nowhere 0 2 * * *")
	assert.Error(t, err)
}

// nightly is a poller that runs at two o'clock, with what it read.
func nightly(t *testing.T, l *list, m *memory, change func(*Options)) *Poller {
	t.Helper()
	schedule, err := ParseSchedule("TZ=UTC 0 2 * * *")
	require.NoError(t, err)
	o := Options{Source: l, Store: m, Schedule: schedule, Overlap: func(time.Time) time.Duration { return 0 }, First: func(time.Time) time.Time { return time.Time{} }}
	if change != nil {
		change(&o)
	}
	return New(o)
}

func TestAFlowWithATimeOfDayWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now() // midnight
		l, m := &list{size: 10, rows: []Item{{ID: "a", Modified: began}}}, &memory{}
		p := nightly(t, l, m, nil)
		first, err := p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2*time.Hour, time.Since(began), "the first run too")
		first.Ack(nil)

		l.touch("a", time.Now().Add(time.Hour))
		m.ask(20*time.Hour, &Request{Full: true})
		second, err := p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 26*time.Hour, time.Since(began), "what is asked of the next run does not make it earlier")
		assert.True(t, second.Request.Full)
		second.Ack(nil)
	})
}

func TestAMissedTimeOfDayIsMadeUpFor(t *testing.T) {
	for name, c := range map[string]struct {
		saved      time.Duration
		once, runs bool
	}{
		"since the last run":                      {-23 * time.Hour, false, true},
		"since the last run, in a single one":     {-23 * time.Hour, true, true},
		"not since the last run, in a single one": {-21 * time.Hour, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				l, m := &list{size: 10, rows: []Item{{ID: "a", Modified: began}}}, &memory{cursor: &Cursor{Saved: began.Add(c.saved)}}
				d, err := nightly(t, l, m, func(o *Options) { o.Once = c.once }).Next(t.Context())
				if !c.runs {
					assert.ErrorIs(t, err, ErrStopped)
					assert.Empty(t, l.sinces)
					return
				}
				require.NoError(t, err)
				assert.Zero(t, time.Since(began))
				d.Ack(nil)
			})
		})
	}
}

func TestASingleRunThatNeverRanRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &list{size: 10, rows: []Item{{ID: "a", Modified: time.Now()}}}
		d, err := nightly(t, l, &memory{}, func(o *Options) { o.Once = true }).Next(t.Context())
		require.NoError(t, err)
		d.Ack(nil)
	})
}

func TestWhatAPersonAskedForHoldsUntilARunDeliversIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := &list{size: 10, rows: []Item{{ID: "a", Modified: time.Now()}}}, &memory{request: &Request{Full: true, Accept: true}}
		p := New(Options{Source: l, Store: m, Schedule: every(time.Hour), Overlap: func(time.Time) time.Duration { return 0 }, First: func(time.Time) time.Time { return time.Time{} }})
		d, err := p.Next(t.Context())
		require.NoError(t, err)
		d.Ack(errors.New("put back"))
		d, err = p.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, Request{Full: true, Accept: true}, d.Request, "the run after one that failed")
		d.Ack(nil)
		l.touch("a", time.Now().Add(time.Minute))
		d, err = p.Next(t.Context())
		require.NoError(t, err)
		assert.Zero(t, d.Request)
		d.Ack(nil)
	})
}
