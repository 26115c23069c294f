package world

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// log keeps what the runs of a world log. A test that fails prints it.
type log struct {
	mut  sync.Mutex
	kept bytes.Buffer
}

// Write implements io.Writer.
func (l *log) Write(line []byte) (int, error) {
	l.mut.Lock()
	defer l.mut.Unlock()
	return l.kept.Write(line)
}

func (l *log) text() string {
	l.mut.Lock()
	defer l.mut.Unlock()
	return l.kept.String()
}

// atMost is how many lines a failed test prints.
const atMost = 40

// end is the last lines.
func (l *log) end() string {
	lines := strings.SplitAfter(l.text(), "\n")
	return strings.Join(lines[max(0, len(lines)-atMost):], "")
}

func (l *log) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// Logged are the lines of the log so far that hold all of these words.
func (w *World) Logged(words ...string) []string {
	var found []string
	for line := range strings.Lines(w.log.text()) {
		holds := true
		for _, word := range words {
			holds = holds && strings.Contains(line, word)
		}
		if holds {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}
