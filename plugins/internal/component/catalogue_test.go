package component

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shelf is a list in a service that says at which of its times it was read.
type shelf struct {
	rows   map[string]int
	sinces []time.Duration // before now; -1 for everything
	fail   error
	behind time.Duration // its clock
	timed  bool
}

func (s *shelf) read(_ context.Context, since time.Time, put func(string, int)) (time.Time, error) {
	if s.fail != nil {
		return time.Time{}, s.fail
	}
	ago := time.Duration(-1)
	if !since.IsZero() {
		ago = time.Since(since)
	}
	s.sinces = append(s.sinces, ago)
	for key, value := range s.rows {
		put(key, value)
	}
	if !s.timed {
		return time.Time{}, nil
	}
	return time.Now().Add(-s.behind), nil
}

// found is what a catalogue answers.
func found(t *testing.T, k *Catalogue[int], keys ...string) map[string]int {
	t.Helper()
	values, err := k.Find(t.Context(), keys...)
	require.NoError(t, err)
	return values
}

const everything = time.Duration(-1)

func TestACatalogueAsksAsRarelyAsItMay(t *testing.T) {
	const fresh = time.Minute
	for name, test := range map[string]struct {
		quiet  bool
		after  time.Duration
		key    string
		asks   bool
		before func(*Catalogue[int])
	}{
		"what is there, at once":                       {false, 0, "a", false, nil},
		"what is there, while it is fresh":             {false, fresh, "a", false, nil},
		"what is there, when it is not fresh":          {false, fresh + 1, "a", true, nil},
		"what is missing, at once":                     {false, 2 * time.Second, "z", false, nil},
		"what is missing, a moment later":              {false, 2*time.Second + 1, "z", true, nil},
		"what is normally missing, a moment later":     {true, fresh, "z", false, nil},
		"what is normally missing, when it is old":     {true, fresh + 1, "z", true, nil},
		"anything, when somebody knows that it is old": {true, 0, "a", true, (*Catalogue[int]).Stale},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{rows: map[string]int{"a": 1}, timed: true}
				k := NewCatalogue(time.Now, fresh, s.read)
				k.Quiet = test.quiet
				require.Equal(t, map[string]int{"a": 1}, found(t, k, "a"))
				require.Equal(t, []time.Duration{everything}, s.sinces)
				if test.before != nil {
					test.before(k)
				}
				<-time.After(test.after)
				found(t, k, test.key)
				assert.Len(t, s.sinces, map[bool]int{false: 1, true: 2}[test.asks])
				found(t, k, test.key)
				assert.Len(t, s.sinces, map[bool]int{false: 1, true: 2}[test.asks], "what was just asked for is not asked for again")
			})
		})
	}
}

func TestACatalogueAsksForWhatChangedByTheServicesClock(t *testing.T) {
	for name, test := range map[string]struct {
		timed bool
		since time.Duration
	}{
		"that tells its time":             {true, 10*time.Minute + 5*time.Minute + catalogueOverlap},
		"that doesn't: by our clock then": {false, 10*time.Minute + catalogueOverlap},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{rows: map[string]int{"a": 1, "b": 1}, timed: test.timed, behind: 5 * time.Minute}
				k := NewCatalogue(time.Now, time.Minute, s.read)
				found(t, k, "a")
				<-time.After(10 * time.Minute)
				s.rows = map[string]int{"b": 2, "c": 3}
				assert.Equal(t, map[string]int{"a": 1, "b": 2, "c": 3}, found(t, k, "a", "b", "c", "d"), "what did not change is kept")
				assert.Equal(t, []time.Duration{everything, test.since}, s.sinces)
			})
		})
	}
}

func TestACatalogueThatCannotBeReadStaysAsOldAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{rows: map[string]int{"a": 1}, timed: true}
		k := NewCatalogue(time.Now, time.Minute, s.read)
		s.fail = errors.New("down")
		_, err := k.Find(t.Context(), "a")
		require.ErrorIs(t, err, s.fail)
		s.fail = nil
		found(t, k, "a")
		k.Stale()
		s.fail = errors.New("down")
		_, err = k.Find(t.Context(), "a")
		require.ErrorIs(t, err, s.fail, "what is known to be old is not answered")
		s.fail = nil
		found(t, k, "a")
		assert.Len(t, s.sinces, 2)
	})
}

func TestACatalogueIsKeptUpToDateByOurOwnWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{rows: map[string]int{"a": 1}, timed: true}
		k := NewCatalogue(time.Now, time.Minute, s.read)
		add := func(key string) {
			k.Update(key, func(value int, exists bool) int {
				assert.Equal(t, key == "a", exists)
				return value + 10
			})
		}
		add("b")
		assert.Equal(t, map[string]int{"a": 1}, found(t, k, "a", "b"), "before it was read the list itself will tell")
		add("a")
		add("b")
		assert.Equal(t, map[string]int{"a": 11, "b": 10}, found(t, k, "a", "b"))
		assert.Len(t, s.sinces, 1)
	})
}

func TestACatalogueIsReadByOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		k := NewCatalogue(time.Now, time.Minute, func(_ context.Context, _ time.Time, put func(string, int)) (time.Time, error) {
			reads++
			<-time.After(30 * time.Second)
			put("a", 1)
			return time.Now(), nil
		})
		answers := make(chan map[string]int, 3)
		for range 3 {
			go func() {
				values, _ := k.Find(t.Context(), "a")
				answers <- values
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := k.Find(ctx, "a")
		require.ErrorIs(t, err, context.DeadlineExceeded, "waiting for a turn ends with the context")
		for range 3 {
			assert.Equal(t, map[string]int{"a": 1}, <-answers)
		}
		assert.Equal(t, 1, reads)
	})
}
