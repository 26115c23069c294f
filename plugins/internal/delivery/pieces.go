package delivery

import (
	"context"
	"math"
	"sync"
	"time"
)

// forgetAfter is how long a target is remembered to which a write of many parts failed.
const forgetAfter = time.Hour

// pieces isolates a part for which the service fails without saying why. Such a write is
// dropped and computed afresh, again and again; once that is poison each next one is cut
// into smaller pieces, until the part stands alone.
type pieces struct {
	mut     sync.Mutex
	targets map[string]*cut
}

type cut struct {
	Failures
	parts int // at most, in one write
}

// limit is how many parts a write may have.
func (p *pieces) limit(w Write, now time.Time) int {
	p.mut.Lock()
	defer p.mut.Unlock()
	c, exists := p.targets[w.target()]
	switch {
	case !exists:
		return math.MaxInt
	case now.Sub(c.latest) > forgetAfter:
		delete(p.targets, w.target())
		return math.MaxInt
	}
	return c.parts
}

// failed notes that a write was dropped and says whether it is poison. Writes to one
// target come one at a time.
func (p *pieces) failed(ctx context.Context, w Write, err error, now time.Time) bool {
	p.mut.Lock()
	c, exists := p.targets[w.target()]
	if !exists {
		c = &cut{parts: math.MaxInt}
		if p.targets == nil {
			p.targets = map[string]*cut{}
		}
		p.targets[w.target()] = c
	}
	p.mut.Unlock()
	c.Add(ctx, err, now, w.Health)
	if !c.Poison() {
		return false
	}
	p.mut.Lock()
	defer p.mut.Unlock()
	c.parts = max(1, len(w.Parts)/2)
	return true
}

func (p *pieces) forget(w Write) {
	p.mut.Lock()
	defer p.mut.Unlock()
	delete(p.targets, w.target())
}
