package runner

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// engineLog tones the engine's own log of one stream down: what it says when all
// is well is for debugging, and so is the failure of a record in a processor,
// which is filed or put back, and reported then.
type engineLog struct {
	slog.Handler
	inProcessor bool
	last        *lastSaid
}

// newEngineLog makes the log of one stream.
func newEngineLog(to slog.Handler) engineLog { return engineLog{Handler: to, last: &lastSaid{}} }

// Enabled implements slog.Handler.
func (h engineLog) Enabled(ctx context.Context, level slog.Level) bool {
	return h.Handler.Enabled(ctx, h.toned(level))
}

func (h engineLog) toned(level slog.Level) slog.Level {
	if level == slog.LevelInfo || h.inProcessor {
		return slog.LevelDebug
	}
	return level
}

// Handle implements slog.Handler.
func (h engineLog) Handle(ctx context.Context, r slog.Record) error {
	r.Level = h.toned(r.Level)
	if strings.Contains(r.Message, delivery.ErrStopped.Error()) {
		// What is under way when the process stops is put back, and no failure.
		if r.Level = slog.LevelDebug; !h.Handler.Enabled(ctx, r.Level) {
			return nil
		}
	}
	if r.Level >= slog.LevelWarn && h.last.repeats(r.Message, r.Time) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h engineLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	inside := slices.ContainsFunc(attrs, func(a slog.Attr) bool { return a.Key == "path" && a.Value.String() == "root.pipeline" })
	return engineLog{Handler: h.Handler.WithAttrs(attrs), inProcessor: h.inProcessor || inside, last: h.last}
}

// WithGroup implements slog.Handler.
func (h engineLog) WithGroup(name string) slog.Handler {
	return engineLog{Handler: h.Handler.WithGroup(name), inProcessor: h.inProcessor, last: h.last}
}

// sayAgain is how often the same warning is worth a line: the engine repeats it
// with each attempt to connect.
const sayAgain = time.Minute

// lastSaid remembers the last warning of a stream.
type lastSaid struct {
	mut  sync.Mutex
	text string
	at   time.Time
}

func (l *lastSaid) repeats(text string, now time.Time) bool {
	l.mut.Lock()
	defer l.mut.Unlock()
	if text == l.text && now.Sub(l.at) < sayAgain {
		return true
	}
	l.text, l.at = text, now
	return false
}
