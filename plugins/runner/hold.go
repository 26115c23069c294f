package runner

import (
	"context"
	"errors"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// standBy is how often a replica looks whether it may take over.
const standBy = 2 * time.Second

// HoldAll takes every hold of a file, or none: ledger.ErrHeld when another
// process has one. The answer gives them back.
func HoldAll(ctx context.Context, store *ledger.Ledger, file *connection.File) (release func(), err error) {
	var holds []*ledger.Hold
	release = func() {
		for _, hold := range holds {
			_ = hold.Release()
		}
	}
	for name, connections := range file.Holds() {
		hold, err := store.Hold(ctx, name, connections...)
		if err != nil {
			release()
			return nil, err
		}
		holds = append(holds, hold)
	}
	return release, nil
}

// Held says whether a process runs streams of a file.
func Held(ctx context.Context, store *ledger.Ledger, file *connection.File) (bool, error) {
	for name, connections := range file.Holds() {
		if held, err := store.Held(ctx, name, connections...); err != nil || held {
			return held, err
		}
	}
	return false, nil
}

// whileHeld does something while this process has a hold. It waits for the hold,
// and starts over when it was lost. It returns when ctx ends.
func (r *Runner) whileHeld(ctx context.Context, name string, do func(context.Context)) {
	waiting, lost := false, false
	for ctx.Err() == nil {
		hold, err := r.Book.Ledger.Hold(ctx, name, r.Book.File.Holds()[name]...)
		if err != nil {
			if !waiting && ctx.Err() == nil {
				r.Log.Info("standing by: "+reasonFor(err, lost), "hold", name)
				waiting = true
			}
			timer := time.NewTimer(standBy)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
			}
			continue
		}
		if waiting || lost {
			r.Log.Info("took over: the streams run here", "hold", name)
		}
		waiting = false
		held, cancel := context.WithCancel(ctx)
		go func() {
			select {
			case <-hold.Lost():
				r.Log.Warn("the hold on the ledger is lost; the streams stop until it is had again", "hold", name)
				cancel()
			case <-held.Done():
			}
		}()
		do(held)
		lost = ctx.Err() == nil
		cancel()
		_ = hold.Release()
	}
}

func reasonFor(err error, lost bool) string {
	switch {
	case errors.Is(err, ledger.ErrHeld) && lost:
		return "another replica runs these connections, or the hold that was lost has not expired yet"
	case errors.Is(err, ledger.ErrHeld):
		return "another replica runs these connections"
	}
	return err.Error()
}
