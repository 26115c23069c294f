package runner

import (
	"context"
	"log/slog"
	"slices"
)

// engineLog tones the engine's own log down: what it says when all is well is for
// debugging, and so is the failure of a record in a processor, which is filed or
// put back, and reported then.
type engineLog struct {
	slog.Handler
	inProcessor bool
}

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
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h engineLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	inside := slices.ContainsFunc(attrs, func(a slog.Attr) bool { return a.Key == "path" && a.Value.String() == "root.pipeline" })
	return engineLog{Handler: h.Handler.WithAttrs(attrs), inProcessor: h.inProcessor || inside}
}

// WithGroup implements slog.Handler.
func (h engineLog) WithGroup(name string) slog.Handler {
	return engineLog{Handler: h.Handler.WithGroup(name), inProcessor: h.inProcessor}
}
