package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
)

// newLog writes plain lines: for people when a terminal is attached, key=value
// otherwise.
func newLog(level slog.Level) *slog.Logger {
	if isTerminal(os.Stderr) {
		return slog.New(&peopleHandler{to: os.Stderr, level: level, mut: &sync.Mutex{}})
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// peopleHandler prints the time, the stream and what happened, without keys for
// what speaks for itself.
type peopleHandler struct {
	to     io.Writer
	level  slog.Level
	stream string
	attrs  []slog.Attr
	mut    *sync.Mutex
}

// Enabled implements slog.Handler.
func (h *peopleHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// Handle implements slog.Handler.
func (h *peopleHandler) Handle(_ context.Context, r slog.Record) error {
	stream, record, rest := h.stream, "", []string{}
	take := func(a slog.Attr) bool {
		switch a.Key {
		case "stream":
			stream = a.Value.String()
		case "record":
			record = " " + a.Value.String()
		case "reason", "error":
			rest = append([]string{a.Value.String()}, rest...)
		case "label", "path", "@service":
		default:
			rest = append(rest, a.Key+" "+a.Value.String())
		}
		return true
	}
	for _, a := range h.attrs {
		take(a)
	}
	r.Attrs(take)
	line := fmt.Sprintf("%s  %-24s %s%s", r.Time.Format("15:04:05"), stream, r.Message, record)
	if len(rest) > 0 {
		line += ": " + strings.Join(rest, ", ")
	}
	if r.Level >= slog.LevelWarn {
		line = "\x1b[33m" + line + "\x1b[0m"
	}
	h.mut.Lock()
	defer h.mut.Unlock()
	_, err := fmt.Fprintf(h.to, "\r\x1b[K%s\n", line)
	return err
}

// WithAttrs implements slog.Handler.
func (h *peopleHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.attrs = append(append([]slog.Attr{}, h.attrs...), attrs...)
	return &next
}

// WithGroup implements slog.Handler; groups are not shown.
func (h *peopleHandler) WithGroup(string) slog.Handler { return h }
