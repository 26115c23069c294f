package runner

import (
	"context"
	"errors"
	"sync"
	"time"
)

// restartAfter is how long a stream that ended by itself is left alone.
const restartAfter = 5 * time.Second

// Forever runs each stream until the context ends, then stops all of them at
// once. Streams of a later stage start when those before have run once, or have
// had a moment to: a service that is down must not keep the others waiting.
func (r *Runner) Forever(ctx context.Context, streams []Stream) {
	var running sync.WaitGroup
	stage := 0
	for _, s := range streams {
		if s.Off != "" {
			continue
		}
		if s.Stage != stage {
			stage = s.Stage
			r.settle(ctx, streams, stage)
		}
		running.Go(func() { r.keep(ctx, s) })
	}
	<-ctx.Done()
	running.Wait()
}

// settleAtMost bounds how long a stage waits for the one before.
const settleAtMost = 30 * time.Second

// settle waits until every stream before a stage has finished a run.
func (r *Runner) settle(ctx context.Context, streams []Stream, stage int) {
	ctx, cancel := context.WithTimeout(ctx, settleAtMost)
	defer cancel()
	started := time.Now()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		waiting := false
		for _, s := range streams {
			if s.Off == "" && s.Stage < stage {
				run, exists, err := r.Book.Ledger.LastRun(ctx, s.Name)
				waiting = waiting || err != nil || !exists || run.FinishedAt.Before(started)
			}
		}
		if !waiting {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// keep starts a stream again when it ends although nobody asked it to.
func (r *Runner) keep(ctx context.Context, s Stream) {
	for {
		err := r.run(ctx, s)
		if ctx.Err() != nil || r.Book.IsDraining() {
			return
		}
		if err == nil {
			err = errors.New("its input ended")
		}
		r.Log.Error("the stream ended and is started again", "stream", s.Name, "error", err.Error(), "in", restartAfter.String())
		timer := time.NewTimer(restartAfter)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}
