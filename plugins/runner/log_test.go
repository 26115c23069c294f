package runner

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestEngineLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		one := slog.New(newEngineLog(slog.NewTextHandler(&out, nil)))
		two := slog.New(newEngineLog(slog.NewTextHandler(&out, nil)))
		lines := func() int { return strings.Count(out.String(), "\n") }

		one.Info("all is well")
		assert.Zero(t, lines(), "what the engine says when all is well is for debugging")
		for range 5 {
			one.With("path", "root.input").Error("no connection")
		}
		assert.Equal(t, 1, lines(), "a warning is not repeated")
		two.Error("no connection")
		assert.Equal(t, 2, lines(), "another stream says it for itself")
		one.Error("something else")
		one.Error("no connection")
		assert.Equal(t, 4, lines(), "news is news")
		<-time.After(sayAgain)
		one.Error("no connection")
		assert.Equal(t, 5, lines(), "what goes on is said again after a while")
		one.With("path", "root.pipeline").Error("a record failed")
		assert.Equal(t, 5, lines(), "the failure of a record is reported where it is filed")
	})
}
