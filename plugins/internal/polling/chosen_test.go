package polling

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnotherChoiceMakesTheNextRunReadEverything(t *testing.T) {
	for name, c := range map[string]struct {
		before, now string
		again       bool
	}{
		"another":                          {"a", "b", true},
		"the same":                         {"a", "a", false},
		"the first that is told":           {"", "b", false},
		"none is told any more":            {"a", "", false},
		"none was told, and none is today": {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				now := time.Now()
				l := &list{rows: rows(3, now.Add(-time.Hour)), size: 10, counted: true}
				m := &memory{cursor: &Cursor{Position: now, ChosenBy: c.before}}
				o := options(l, m)
				o.Once, o.ChosenBy = true, c.now
				var told []string
				o.Rechosen = func(before string) { told = append(told, before) }
				read := drainAll(t, New(o))
				assert.Equal(t, c.now, m.cursor.ChosenBy)
				if !c.again {
					assert.Empty(t, read)
					assert.Empty(t, told)
					return
				}
				assert.Len(t, read, 3)
				assert.Equal(t, []string{c.before}, told)
				assert.Empty(t, drainAll(t, New(o)), "once is enough")
				assert.Len(t, told, 1)
			})
		})
	}
}

func TestAChoiceIsKeptOnceARunHasDeliveredWhatItWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		l := &list{rows: rows(3, now.Add(-time.Hour)), size: 10, counted: true}
		m := &memory{cursor: &Cursor{Position: now, ChosenBy: "a"}}
		o := options(l, m)
		o.Once, o.ChosenBy = true, "b"
		p := New(o)
		first, err := p.Next(t.Context())
		require.NoError(t, err)
		first.Ack(errors.New("no"))
		again, err := p.Next(t.Context())
		require.NoError(t, err)
		require.Len(t, m.reports, 1)
		assert.Equal(t, "a", m.cursor.ChosenBy)
		again.Ack(nil)
		assert.Len(t, drainAll(t, p), 2)
		assert.Equal(t, "b", m.cursor.ChosenBy)
	})
}

func TestAFullRunLeavesNothingOutThatWasNotReadYet(t *testing.T) {
	for name, c := range map[string]struct{ first, want time.Duration }{
		"the first moment is later than the cursor": {-time.Hour, -2*time.Hour - 10*time.Minute},
		"the first moment is before the cursor":     {-3 * time.Hour, -3 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				now := time.Now()
				l, m := &list{size: 10}, &memory{cursor: &Cursor{Position: now.Add(-2 * time.Hour)}, request: &Request{Full: true}}
				o := options(l, m)
				o.Once, o.First = true, func(time.Time) time.Time { return now.Add(c.first) }
				drainAll(t, New(o))
				assert.Equal(t, []time.Time{now.Add(c.want)}, l.sinces)
			})
		})
	}
}
