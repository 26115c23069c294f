package polling

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	// checkEvery is how often a waiting poller looks for requests, replays and
	// parked records: a look into the ledger, never a call to a service.
	checkEvery = time.Second

	firstBackOff = time.Second
	maxBackOff   = time.Minute
)

// Options of a Poller.
type Options struct {
	Source   Source
	Store    Store
	Schedule Schedule
	// Overlap is read again before the cursor, against filters of unknown
	// inclusiveness and clocks that differ. It is asked at each run, since it
	// widens around a change of clocks.
	Overlap func(now time.Time) time.Duration
	// First is where the first run starts; zero means everything. Until then nothing is
	// read.
	First func(now time.Time) time.Time
	// ChosenBy tells choices apart: by what whoever delivers the records chooses and
	// compares them. When it is another than that of the cursor the next run reads
	// everything again, since what was left then may be wanted now. Empty: nothing is told.
	ChosenBy string
	// Early is told of each run that reads nothing, since its first moment is to come.
	Early func(first time.Time)
	// Rechosen is told of each run that reads everything for that reason, and of the
	// choice before.
	Rechosen func(before string)
	// Once ends the poller after one run that delivered everything.
	Once bool
	// RedeliverOnly makes the single run read what is to be emitted again and
	// nothing else; the cursor stays.
	RedeliverOnly bool
	// GiveUp says whether waiting cannot mend an error (a refused key), so that a
	// single run ends at once.
	GiveUp func(error) bool
	// Drain, when closed, ends every wait at once.
	Drain <-chan struct{}
	Now   func() time.Time
	// Failed is told of each run that ended with an error and when the next one
	// starts (zero: there is none).
	Failed func(err error, next time.Time)
	// Unread is told of a record that is to be emitted again and cannot be read, and
	// when that is tried once more (zero: not by this poller).
	Unread func(what Redelivery, err error, next time.Time)
	// Progressed is told after each page how many records were read and how many
	// the list holds (-1: unknown).
	Progressed func(read, of int)
}

// Poller hands out records one at a time. Next is for one goroutine;
// acknowledgements may come from any.
type Poller struct {
	o Options

	mut      sync.Mutex
	run      *run
	wake     chan struct{}
	nextAt   time.Time
	backOff  time.Duration
	request  Request // of runs that did not end well
	begun    bool    // the first run's time is known
	listed   bool    // the single run is over; what remains is emitted again within moments
	finished bool

	// putOff are records that are to be emitted again and could not be read. Only Next
	// touches them.
	putOff map[string]putOff
	// ahead is the page that is being read already; likewise.
	ahead *ahead
}

// New makes a poller whose first run starts at once, or at its time of the day.
func New(o Options) *Poller {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Poller{o: o, wake: make(chan struct{}, 1), nextAt: o.Now(), putOff: map[string]putOff{}}
}

// Delivery is one record to be delivered. Ack must be called exactly once: nil
// when the record is delivered, filed or rightly not written; an error puts it
// back, which ends the run with the cursor where it was.
type Delivery struct {
	Item        Item
	ReadAt      time.Time // by our clock: the record is no older
	Redelivered bool
	DeadLetter  string
	Request     Request
	Ack         func(error)
}

// Next blocks until a record is to be delivered. It returns ErrStopped at the
// end, and the context's error when that ends first.
func (p *Poller) Next(ctx context.Context) (Delivery, error) {
	for {
		if p.draining() {
			return Delivery{}, ErrStopped
		}
		p.mut.Lock()
		current, finished := p.run, p.finished
		p.mut.Unlock()
		switch {
		case finished:
			return Delivery{}, ErrStopped
		case current == nil:
			if err := p.await(ctx); err != nil {
				return Delivery{}, err
			}
		default:
			delivery, ready, err := p.advance(ctx, current)
			if err != nil {
				return Delivery{}, err
			}
			if ready {
				return delivery, nil
			}
		}
	}
}

func (p *Poller) draining() bool {
	select {
	case <-p.o.Drain:
		return true
	default:
		return false
	}
}

// await waits for the schedule, a request or a redelivery, and opens a run.
func (p *Poller) await(ctx context.Context) error {
	if err := p.begin(ctx); err != nil {
		return err
	}
	for {
		now := p.o.Now()
		due := !p.nextAt.IsZero() && !now.Before(p.nextAt)
		request, immediate, err := p.o.Store.Requested(ctx, AtTimeOfDay(p.o.Schedule) && !due)
		if err != nil {
			return err
		}
		p.request.Full, p.request.Accept = p.request.Full || request.Full, p.request.Accept || request.Accept
		redeliveries, soon, err := p.redeliveries(ctx, now)
		if err != nil {
			return err
		}
		if p.o.RedeliverOnly {
			p.openRedeliveries(now, redeliveries)
			return nil
		}
		asleep := AtTimeOfDay(p.o.Schedule) && !due
		if due || immediate || p.o.Once && !p.listed && !asleep {
			return p.open(ctx, now, p.request, redeliveries)
		}
		p.listed = p.listed || p.o.Once // its time has not come
		if len(redeliveries) > 0 || p.listed && soon.IsZero() {
			p.openRedeliveries(now, redeliveries)
			return nil
		}
		wait := checkEvery
		for _, at := range []time.Time{p.nextAt, soon} {
			if until := at.Sub(now); !at.IsZero() && until < wait {
				wait = max(until, 0)
			}
		}
		if err := p.sleep(ctx, wait); err != nil || p.draining() {
			return err
		}
	}
}

func (p *Poller) open(ctx context.Context, now time.Time, request Request, redeliveries []Redelivery) error {
	cursor, known, err := p.o.Store.Load(ctx)
	if err != nil {
		return err
	}
	rechosen := known && cursor.ChosenBy != "" && p.o.ChosenBy != "" && cursor.ChosenBy != p.o.ChosenBy
	if rechosen && p.o.Rechosen != nil {
		p.o.Rechosen(cursor.ChosenBy)
	}
	r := newRun(now, cursor, known, p.o.First(now), p.o.Overlap(now), request.Full || rechosen)
	r.redeliver = redeliveries
	r.request = request
	if r.early && p.o.Early != nil {
		p.o.Early(r.since)
	}
	if source, sums := p.o.Source.(Recaller); sums {
		source.Recall(r.seen)
	}
	p.mut.Lock()
	p.run = r
	p.mut.Unlock()
	return nil
}

// advance does the next thing of a run: hand out a record, read a page, wait
// for acknowledgements, or close the run.
func (p *Poller) advance(ctx context.Context, r *run) (Delivery, bool, error) {
	p.mut.Lock()
	switch {
	case r.done():
		p.mut.Unlock()
		return Delivery{}, false, p.close(ctx, r)
	case r.err != nil:
		p.mut.Unlock()
		return Delivery{}, false, p.waitForAck(ctx)
	case len(r.queue) > 0:
		item := r.queue[0]
		r.queue[0] = Item{}
		r.queue = r.queue[1:]
		r.outstanding++
		r.read++
		next, more := r.page, !r.listed
		p.mut.Unlock()
		if more && p.ahead == nil {
			p.readAhead(ctx, r, next)
		}
		return Delivery{Item: item, ReadAt: item.readAt, Request: r.request, Ack: p.acknowledge(r, nil)}, true, nil
	case len(r.redeliver) > 0:
		next := r.redeliver[0]
		r.redeliver = r.redeliver[1:]
		p.mut.Unlock()
		return p.redeliver(ctx, r, next)
	case r.listed:
		p.mut.Unlock()
		return Delivery{}, false, p.waitForAck(ctx)
	}
	number := r.page
	p.mut.Unlock()

	page, at, err := p.page(ctx, r, number)
	if ctx.Err() != nil {
		return Delivery{}, false, ctx.Err()
	}
	p.mut.Lock()
	if err != nil {
		r.fail(err)
	} else {
		r.accept(page, at)
	}
	read := r.read + len(r.queue)
	p.mut.Unlock()
	if err == nil && p.o.Progressed != nil {
		p.o.Progressed(read, page.Count)
	}
	return Delivery{}, false, nil
}

// acknowledge answers for a record; again is set when it was emitted again.
func (p *Poller) acknowledge(r *run, again *Redelivery) func(error) {
	var once sync.Once
	return func(err error) {
		once.Do(func() {
			p.mut.Lock()
			r.outstanding--
			if err != nil {
				r.fail(errors.Join(errNack, err))
			} else if again != nil {
				r.redelivered = append(r.redelivered, *again)
			}
			p.mut.Unlock()
			select {
			case p.wake <- struct{}{}:
			default:
			}
		})
	}
}

func (p *Poller) waitForAck(ctx context.Context) error {
	select {
	case <-p.wake:
		return nil
	case <-p.o.Drain:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close writes the outcome of a run and decides when the next one starts.
func (p *Poller) close(ctx context.Context, r *run) error {
	p.forget()
	now := p.o.Now()
	report := Report{Started: r.started, Finished: now, Read: r.read, Passes: r.pass, Redelivered: r.redelivered, Err: r.err}
	var cursor *Cursor
	if r.err == nil && !r.partial && !r.early {
		next := r.cursor()
		next.ChosenBy = p.o.ChosenBy
		cursor = &next
	}
	if err := p.o.Store.Finish(ctx, cursor, report); err != nil {
		return err
	}
	remaining := false
	if r.err == nil && p.o.Once {
		due, soon, err := p.redeliveries(ctx, now)
		if err != nil {
			return err
		}
		// What was due before this run waits for the next one: it was just tried. What it
		// put aside itself may have become due meanwhile.
		remaining = !soon.IsZero() || len(due) > 0 && p.listed || slices.ContainsFunc(due, func(d Redelivery) bool { return d.At.After(r.started) })
	}

	p.mut.Lock()
	p.run = nil
	if r.err == nil && !r.partial {
		p.request = Request{}
	}
	switch {
	case r.err == nil && p.o.Once && remaining && !p.o.RedeliverOnly:
		p.listed, p.nextAt = true, time.Time{}
	case r.err == nil && p.o.Once:
		p.finished = true
	case r.err == nil && !r.partial:
		p.backOff = 0
		p.nextAt = p.o.Schedule.Next(r.started)
	case r.err == nil:
	case p.o.Once && p.o.GiveUp != nil && p.o.GiveUp(r.err):
		p.finished = true
		p.nextAt = time.Time{}
	default:
		p.backOff = min(max(2*p.backOff, firstBackOff), maxBackOff)
		p.nextAt = now.Add(p.backOff/2 + rand.N(p.backOff/2))
	}
	next, wait := p.nextAt, p.o.Once && !p.finished && !p.listed
	p.mut.Unlock()

	if r.err != nil && p.o.Failed != nil {
		p.o.Failed(r.err, next)
	}
	if wait {
		return p.sleep(ctx, next.Sub(now))
	}
	return nil
}

func (p *Poller) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.o.Drain:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends what is read ahead. Nothing else may be asked of the poller at that time,
// nor after it.
func (p *Poller) Close() { p.forget() }
