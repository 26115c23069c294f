package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/redpanda-data/benthos/v4/public/bloblang"

	"github.com/mintleash/mintleash/plugins/internal/component"
)

const (
	// restartAfter is how long a stream that ended by itself is left alone.
	restartAfter = 5 * time.Second
	// editCheck is how often a pipeline's file is looked at.
	editCheck = 2 * time.Second
)

// Forever runs each stream until the context ends, then stops all of them at
// once. The streams of connections that are held together start and stop
// together; those that another replica runs wait until it is gone. One that is off is
// left alone until an edit turns it on.
func (r *Runner) Forever(ctx context.Context, streams []Stream) {
	held := map[string][]Stream{}
	for _, s := range streams {
		conn, err := r.Book.Connection(s.Connection)
		if err == nil && s.runsAs == "" {
			name := r.Book.File.Hold(conn.Config)
			held[name] = append(held[name], s)
		}
	}
	var groups sync.WaitGroup
	for name, group := range held {
		groups.Go(func() {
			r.whileHeld(ctx, name, func(ctx context.Context) { r.together(ctx, group, streams) })
		})
	}
	<-ctx.Done()
	groups.Wait()
}

// together runs streams until the context ends. Each starts when those that it
// depends on have run once, or have had a moment to: a service that is down must
// not keep the others waiting.
func (r *Runner) together(ctx context.Context, streams, all []Stream) {
	started := time.Now()
	var running sync.WaitGroup
	for _, s := range streams {
		running.Go(func() {
			r.settle(ctx, before(s, all), started)
			r.keep(ctx, s)
		})
	}
	running.Wait()
}

// settleAtMost bounds how long a stream waits for those before it.
const settleAtMost = 30 * time.Second

// settle waits until each of some streams has ended a run since a moment. One
// without a schedule ends none that could be waited for.
func (r *Runner) settle(ctx context.Context, streams []Stream, since time.Time) {
	ctx, cancel := context.WithTimeout(ctx, settleAtMost)
	defer cancel()
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	waitFor := slices.DeleteFunc(slices.Clone(streams), func(s Stream) bool { return s.schedule == nil })
	for {
		waitFor = slices.DeleteFunc(waitFor, func(s Stream) bool {
			run, exists, err := r.Book.Ledger.LastRun(ctx, s.Name)
			return err == nil && exists && !run.FinishedAt.Before(since)
		})
		if len(waitFor) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// keep runs a stream until the context ends. It starts one again that ended although
// nobody asked it to, and one whose pipeline was edited; an edit that does not start is
// put aside and the pipeline before it goes on. One that an edit turned off is left
// alone until the next edit.
func (r *Runner) keep(ctx context.Context, s Stream) {
	edits := r.edits(ctx, s)
	var before *Stream
	for {
		started := time.Now()
		next, err := r.untilEdited(ctx, s, edits)
		switch {
		case ctx.Err() != nil || r.Book.IsDraining():
			return
		case next != nil:
			old := s
			before, s = &old, r.taken(*next)
			continue
		case err != nil && before != nil && time.Since(started) < restartAfter:
			r.Log.Error("the edited pipeline does not start; the one before goes on", "stream", s.Name, "error", err.Error())
			s, before = *before, nil
			r.note(s)
			continue
		case err == nil:
			err = errors.New("its input ended")
		}
		r.Log.Error("the stream ended and is started again", "stream", s.Name, "error", err.Error(), "in", restartAfter.String())
		timer := time.NewTimer(restartAfter)
		select {
		case <-timer.C:
		case edited := <-edits:
			s, before = r.taken(edited), nil
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// taken takes an edit over.
func (r *Runner) taken(edited Stream) Stream {
	what := "the pipeline was edited and is started again"
	if edited.Off != "" {
		what = "the pipeline was edited and is off"
	}
	r.Log.Info(what, "stream", edited.Name)
	r.note(edited)
	return edited
}

// untilEdited runs a stream, unless it is off, until it ends or there is an edit, which
// is answered then.
func (r *Runner) untilEdited(ctx context.Context, s Stream, edits <-chan Stream) (next *Stream, err error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	if s.Off == "" {
		go func() { ended <- r.run(ctx, s) }()
	}
	defer cancel()
	select {
	case err := <-ended:
		return nil, err
	case edited := <-edits:
		next = &edited
	case <-ctx.Done():
	}
	cancel()
	if s.Off == "" {
		err = <-ended
	}
	return next, err
}

// edits watches a stream's file, and answers what it holds whenever that is another
// pipeline that can be used.
func (r *Runner) edits(ctx context.Context, s Stream) <-chan Stream {
	edits := make(chan Stream)
	go func() {
		ticker := time.NewTicker(editCheck)
		defer ticker.Stop()
		seen, last := s.config, s.config
		var looked os.FileInfo
		gone := false
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			now, err := os.Stat(s.File)
			if errors.Is(err, fs.ErrNotExist) != gone {
				if gone = !gone; gone {
					r.Log.Warn("the pipeline's file is gone; the stream goes on by what it said until the next start", "stream", s.Name, "file", s.File)
				}
			}
			if err != nil || last == seen && untouched(looked, now) {
				continue
			}
			raw, err := os.ReadFile(s.File)
			if err != nil {
				continue
			}
			looked = now
			// A file that has just changed may be half written: what still stands there at
			// the next look is meant.
			before := last
			if last = string(raw); last == seen || last != before {
				continue
			}
			seen = last
			edited, err := r.usable(s, seen)
			if err != nil {
				r.Log.Error("the edited pipeline cannot be used; the one before goes on", "stream", s.Name, "error", err.Error())
				continue
			}
			select {
			case edits <- edited:
			case <-ctx.Done():
				return
			}
		}
	}()
	return edits
}

// usable makes another pipeline of a stream, if it can be built and what its input asks
// of the settings is there.
func (r *Runner) usable(s Stream, config string) (Stream, error) {
	s.config = config
	if _, err := r.build(s); err != nil {
		return s, err
	}
	conn, err := r.Book.Connection(s.Connection)
	if err != nil {
		return s, err
	}
	settings, bound := conn.Bound()
	if !bound {
		// The ids in the services are not known yet, so less can be tried.
		return s, s.read(r.Book, conn, component.Asking(conn, conn.Settings()))
	}
	ask := component.Asking(conn, settings)
	if err := s.read(r.Book, conn, ask); err != nil || s.Off != "" {
		return s, err
	}
	fields, err := s.input()
	if err != nil || !fields.polls {
		return s, err
	}
	for name, mapping := range map[string]string{"query": fields.Query, "since": fields.Since} {
		if mapping == "" {
			continue
		}
		executor, err := bloblang.Parse(mapping)
		if err == nil {
			_, err = ask.BloblangQuery(executor)
		}
		if err != nil {
			return s, fmt.Errorf("%s: field input.%s: %w", s.File, name, err)
		}
	}
	return s, nil
}

// untouched says whether nobody wrote to a file between two looks at it.
func untouched(before, now os.FileInfo) bool {
	return before != nil && os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
}
