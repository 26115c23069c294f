package polling

import (
	"context"
	"errors"
	"time"
)

// putOff is how long a record is left alone.
type putOff struct {
	until   time.Time
	wait    time.Duration
	missing bool // it is looked for: a new record may not show for moments
}

// A record that cannot be read is tried again after a minute at first, and no less than
// once in maxPutOff. One that the service does not show is looked for within moments,
// until it was waited for maxLook and did not show.
const (
	firstPutOff = time.Minute
	maxPutOff   = time.Hour
	firstLook   = 5 * time.Second
	maxLook     = 80 * time.Second
)

// redeliveries splits what is to be emitted again into what is due and the next
// moment when more is; zero when nothing is to come.
func (p *Poller) redeliveries(ctx context.Context, now time.Time) (due []Redelivery, soon time.Time, err error) {
	all, err := p.o.Store.Redeliveries(ctx)
	for _, r := range all {
		off, exists := p.putOff[r.ID]
		if exists && off.until.After(r.At) {
			r.At = off.until
		}
		switch {
		case exists && p.o.Once && !off.missing: // it was tried
		case !r.At.After(now):
			due = append(due, r)
		case soon.IsZero() || r.At.Before(soon):
			soon = r.At
		}
	}
	return due, soon, err
}

// openRedeliveries makes a run that lists nothing and leaves the cursor alone.
func (p *Poller) openRedeliveries(now time.Time, redeliveries []Redelivery) {
	r := newRun(now, Cursor{}, false, time.Time{}, 0, false)
	r.redeliver, r.listed, r.partial = redeliveries, true, true
	p.mut.Lock()
	p.run = r
	p.mut.Unlock()
}

// redeliver reads one record again. It counts as outstanding while it is read,
// so that the run cannot end under it.
func (p *Poller) redeliver(ctx context.Context, r *run, what Redelivery) (Delivery, bool, error) {
	at := p.o.Now()
	item, err := p.o.Source.Fetch(ctx, what.ID)
	if ctx.Err() != nil {
		return Delivery{}, false, ctx.Err()
	}
	switch {
	case errors.Is(err, ErrGone):
		return Delivery{}, false, p.o.Store.Gone(ctx, what)
	case errors.Is(err, ErrMissing) && !p.look(what):
		return Delivery{}, false, p.o.Store.Missing(ctx, what)
	case errors.Is(err, ErrMissing):
		return Delivery{}, false, nil
	}
	if err == nil {
		err = item.Err // what was answered is not the record
	}
	if err != nil {
		p.leave(what, err)
		return Delivery{}, false, nil
	}
	delete(p.putOff, what.ID)
	p.mut.Lock()
	defer p.mut.Unlock()
	r.outstanding++
	r.read++
	r.versions[item.ID] = Version(item.Modified)
	return Delivery{Item: item, ReadAt: at, Redelivered: true, DeadLetter: what.DeadLetter, Request: r.request, Ack: p.acknowledge(r, &what)}, true, nil
}

// look puts a record off that the service does not show; false when it was looked for
// long enough. Of what a person asks for the person is told at once.
func (p *Poller) look(what Redelivery) bool {
	off := p.putOff[what.ID]
	if !off.missing {
		off = putOff{missing: true}
	}
	if what.DeadLetter != "" || off.wait == maxLook {
		off.missing = false
	} else {
		off.wait = max(2*off.wait, firstLook)
		off.until = p.o.Now().Add(off.wait)
	}
	p.putOff[what.ID] = off
	return off.missing
}

// leave puts a record off that is to be emitted again and cannot be read: the run goes
// on without it.
func (p *Poller) leave(what Redelivery, err error) {
	off := p.putOff[what.ID]
	off.wait = min(max(2*off.wait, firstPutOff), maxPutOff)
	off.until, off.missing = p.o.Now().Add(off.wait), false
	p.putOff[what.ID] = off
	next := off.until
	if p.o.Once {
		next = time.Time{}
	}
	if p.o.Unread != nil {
		p.o.Unread(what, err, next)
	}
}
