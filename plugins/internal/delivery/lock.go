package delivery

import (
	"context"
	"maps"
	"sync"
	"time"
)

// keyedLock is a mutex for each key. Keys that nobody waits for take no memory.
type keyedLock struct {
	mut  sync.Mutex
	held map[string]*lockEntry
}

type lockEntry struct {
	token   chan struct{}
	waiting int
}

func (k *keyedLock) lock(ctx context.Context, key string) (unlock func(), err error) {
	k.mut.Lock()
	if k.held == nil {
		k.held = map[string]*lockEntry{}
	}
	entry, exists := k.held[key]
	if !exists {
		entry = &lockEntry{token: make(chan struct{}, 1)}
		entry.token <- struct{}{}
		k.held[key] = entry
	}
	entry.waiting++
	k.mut.Unlock()

	leave := func() {
		k.mut.Lock()
		defer k.mut.Unlock()
		if entry.waiting--; entry.waiting == 0 {
			delete(k.held, key)
		}
	}
	select {
	case <-entry.token:
		return func() {
			entry.token <- struct{}{}
			leave()
		}, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// versions remembers the last version of each record that was written to a target,
// since the engine's threads reorder records. Those of different records say nothing
// about each other, though they are written to one target.
type versions struct {
	mut  sync.Mutex
	last map[string]state
	// full is when those are forgotten that no thread can have in hand any more.
	full int
}

const (
	someVersions = 10_000
	reordered    = time.Hour
)

// state is when a record was changed, as the service tells it, and when it was read.
type state struct {
	modified string
	readAt   time.Time
}

// isOlder says whether a state is older than another. What was read later is not,
// whatever the service says: its clock shows an hour twice in autumn.
func (s state) isOlder(than state) bool {
	return s.modified < than.modified && !s.readAt.After(than.readAt)
}

// older says whether a newer version was written before.
func (v *versions) older(w Write) bool {
	v.mut.Lock()
	defer v.mut.Unlock()
	return w.Record.Modified != "" && state{w.Record.Modified, w.ReadAt}.isOlder(v.last[w.version()])
}

func (v *versions) written(w Write) {
	v.mut.Lock()
	defer v.mut.Unlock()
	if v.last == nil {
		v.last = map[string]state{}
	}
	now := state{w.Record.Modified, w.ReadAt}
	if now.modified != "" && !now.isOlder(v.last[w.version()]) {
		v.last[w.version()] = now
	}
	if len(v.last) > max(v.full, someVersions) {
		maps.DeleteFunc(v.last, func(_ string, s state) bool { return now.readAt.Sub(s.readAt) > reordered })
		v.full = 2 * len(v.last)
	}
}
