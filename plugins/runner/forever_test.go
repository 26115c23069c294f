package runner

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
)

// forever runs the streams of a yard; stop waits until they have ended.
func (y *yard) forever(t *testing.T) (stop func()) {
	t.Helper()
	streams := y.streams(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		y.Forever(ctx, streams)
	}()
	return func() {
		y.Book.Drain()
		cancel()
		<-ended
	}
}

func TestAnEditedPipelineIsTakenOver(t *testing.T) {
	for name, test := range map[string]struct {
		edit    string
		arrives string // from then on
		logs    string
	}{
		"one that runs":           {says("newer", "1s"), "newer from main", "the pipeline was edited and is started again"},
		"one that is no YAML":     {"input: {", "old from main", "the edited pipeline cannot be used; the one before goes on"},
		"one that is misspelt":    {"input: { generat: {} }\n", "old from main", "the edited pipeline cannot be used; the one before goes on"},
		"one that does not start": {says("new", "1s") + "pipeline: { processors: [ { impossible: {} } ] }\n", "old from main", "the edited pipeline does not start; the one before goes on"},
		"the same again":          {says("old", "1s"), "old from main", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				y := newYard(t, mainConnection, map[string]string{"a": says("old", "1s")})
				stop := y.forever(t)
				<-time.After(10 * time.Second)
				assert.Contains(t, arrived(), "old from main")
				y.edit(t, "a", test.edit)
				<-time.After(10 * time.Second)
				arrived()
				<-time.After(time.Minute)
				seen := arrived()
				require.NotEmpty(t, seen)
				for _, what := range seen {
					assert.Equal(t, test.arrives, what)
				}
				if test.logs == "" {
					assert.Zero(t, y.logged("edited"))
				} else {
					assert.Equal(t, 1, y.logged(test.logs), "told once")
				}
				stop()
			})
		})
	}
}

func TestAStreamThatEndsAgainAndAgainIsMendedByAnEdit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": says("old", "")})
		stop := y.forever(t)
		<-time.After(time.Minute)
		y.edit(t, "a", says("new", "1s"))
		<-time.After(10 * time.Second)
		arrived()
		<-time.After(10 * time.Second)
		assert.Contains(t, arrived(), "new from main")
		stop()
	})
}

func TestAFileThatIsHalfWrittenIsNotTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": says("old", "1s")})
		stop := y.forever(t)
		<-time.After(editCheck / 2) // between two looks
		for i := range 20 {
			y.edit(t, "a", "input: {"+strings.Repeat(" ", i))
			<-time.After(editCheck)
		}
		assert.Zero(t, y.logged("edited"))
		y.edit(t, "a", says("new", "1s"))
		<-time.After(3 * editCheck)
		arrived()
		<-time.After(10 * time.Second)
		assert.NotContains(t, arrived(), "old from main")
		stop()
	})
}

func TestAPipelineThatIsMendedAfterABadEditIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": says("old", "1s")})
		stop := y.forever(t)
		for _, edit := range []string{"input: {", says("worse", "1s") + "pipeline: { processors: [ { impossible: {} } ] }\n", says("new", "1s")} {
			y.edit(t, "a", edit)
			<-time.After(10 * time.Second)
		}
		arrived()
		<-time.After(10 * time.Second)
		assert.Contains(t, arrived(), "new from main")
		stop()
	})
}

func TestAPipelineWhoseFileIsGoneGoesOnAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": says("old", "1s")})
		stop := y.forever(t)
		require.NoError(t, os.Remove(filepath.Join(y.folder, "a.yaml")))
		<-time.After(time.Minute)
		arrived()
		<-time.After(10 * time.Second)
		assert.Contains(t, arrived(), "old from main")
		assert.Equal(t, 1, y.logged("the pipeline's file is gone"))
		stop()
	})
}

func TestAStreamThatEndsByItselfIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": says("a", "")})
		stop := y.forever(t)
		<-time.After(restartAfter + restartAfter/2)
		assert.Equal(t, []string{"a from main", "a from main"}, arrived())
		assert.NotZero(t, y.logged("the stream ended and is started again"))
		stop()
	})
}

func TestStreamsThatAreOffAreLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": polls(unwanted), "b": says("b", "1s")})
		stop := y.forever(t)
		<-time.After(10 * time.Second)
		stop()
		assert.Contains(t, arrived(), "b from main")
		assert.Zero(t, y.logged("main_a"))
	})
}

func TestAStopIsUnderTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection+sharing, map[string]string{"a": says("a", "1s"), "b": never})
		stop := y.forever(t)
		<-time.After(10 * time.Second)
		asked := time.Now()
		stop()
		assert.Less(t, time.Since(asked), 2*time.Second)
		held, err := Held(t.Context(), y.Book.Ledger, y.Book.File)
		require.NoError(t, err)
		assert.False(t, held, "the next may have it")
	})
}

func TestAStopBuildsNoStreamThatHasNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{
			"product_sync": says("product", "1h"), "own": says("own", "1s") + "pipeline: { processors: [ { impossible: {} } ] }\n",
		})
		before := attempts.Load()
		stop := y.forever(t)
		<-time.After(time.Second)
		stop()
		assert.Equal(t, before, attempts.Load(), "it waits for the products")
	})
}

func TestAReplicaStandsByUntilTheOtherIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := newYard(t, mainConnection, map[string]string{"a": says("a", "1s")})
		release, err := HoldAll(t.Context(), y.Book.Ledger, y.Book.File)
		require.NoError(t, err)
		stop := y.forever(t)
		<-time.After(time.Minute)
		assert.Empty(t, arrived())
		assert.Equal(t, 1, y.logged("standing by: another replica runs these connections"), "told once")
		release()
		<-time.After(10 * time.Second)
		assert.NotEmpty(t, arrived())
		stop()
	})
}

func TestHoldAllTakesEveryHoldOrNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const another = `  - name: other
    unleashed: {api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {api_key: another, warehouse: MAIN}
`
		file := parse(t, "postgres://user:pass@host/db", mainConnection+sharing+another)
		holds := file.Holds()
		require.Len(t, holds, 2, "each Mintsoft account is held by itself")
		path := "sqlite:" + filepath.Join(t.TempDir(), "ledger.db")
		store, err := ledger.Open(t.Context(), path, ledger.Options{})
		require.NoError(t, err)
		defer store.Close()

		for name := range holds {
			taken, err := store.Hold(t.Context(), name)
			require.NoError(t, err)
			_, err = HoldAll(t.Context(), store, file)
			require.ErrorIs(t, err, ledger.ErrHeld)
			for other := range holds {
				held, err := store.Held(t.Context(), other)
				require.NoError(t, err)
				assert.Equal(t, other == name, held, "what was taken is given back")
			}
			held, err := Held(t.Context(), store, file)
			require.NoError(t, err)
			assert.True(t, held)
			require.NoError(t, taken.Release())
		}

		release, err := HoldAll(t.Context(), store, file)
		require.NoError(t, err)
		for name := range holds {
			held, err := store.Held(t.Context(), name)
			require.NoError(t, err)
			assert.True(t, held)
		}
		release()
		held, err := Held(t.Context(), store, file)
		require.NoError(t, err)
		assert.False(t, held)
	})
}
