package polling

import (
	"context"
	"time"
)

// ahead is the next page of a run, read while the records of the last one are handed
// out: otherwise everything that delivers would stand still at each page border.
type ahead struct {
	cancel context.CancelFunc
	done   chan struct{}
	at     time.Time // when it was begun
	page   Page
	err    error
}

// readAhead begins to read the page that follows. Its call goes on when the caller's
// ends, and is ended by forget.
func (p *Poller) readAhead(ctx context.Context, r *run, number int) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a := &ahead{cancel: cancel, done: make(chan struct{}), at: p.o.Now()}
	p.ahead = a
	go func() {
		defer close(a.done)
		a.page, a.err = p.o.Source.Page(ctx, r.since, number)
	}()
}

// page answers the page that follows, and since when it is read: it may be begun already.
func (p *Poller) page(ctx context.Context, r *run, number int) (Page, time.Time, error) {
	a := p.ahead
	if a == nil {
		at := p.o.Now()
		page, err := p.o.Source.Page(ctx, r.since, number)
		return page, at, err
	}
	select {
	case <-a.done:
		p.ahead = nil
		a.cancel()
		return a.page, a.at, a.err
	case <-ctx.Done():
		return Page{}, a.at, ctx.Err()
	}
}

// forget ends a page that nobody wants any more, and waits for it: a source is asked
// one thing at a time.
func (p *Poller) forget() {
	if p.ahead != nil {
		p.ahead.cancel()
		<-p.ahead.done
		p.ahead = nil
	}
}
