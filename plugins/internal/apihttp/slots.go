package apihttp

import (
	"context"
	"slices"
	"sync"
)

// slots bounds the calls in flight. Unlike a weighted semaphore its limit can be
// lowered while slots are taken. First come, first served.
type slots struct {
	mu    sync.Mutex
	limit int // 0 = no limit
	used  int
	queue []chan struct{}
}

// take waits for a slot, or for the end of ctx.
func (s *slots) take(ctx context.Context) error {
	s.mu.Lock()
	if len(s.queue) == 0 && s.free() {
		s.used++
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	s.queue = append(s.queue, turn)
	s.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.queue, turn); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
	} else {
		// The slot was granted in the same moment: hand it on.
		s.used--
		s.grant()
	}
	return context.Cause(ctx)
}

func (s *slots) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	s.grant()
}

// lower reduces the limit; calls under way keep their slots.
func (s *slots) lower(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if limit > 0 && (s.limit == 0 || limit < s.limit) {
		s.limit = limit
	}
}

func (s *slots) free() bool { return s.limit == 0 || s.used < s.limit }

func (s *slots) grant() {
	for len(s.queue) > 0 && s.free() {
		s.used++
		close(s.queue[0])
		s.queue = s.queue[1:]
	}
}
