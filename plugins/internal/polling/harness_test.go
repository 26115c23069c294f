package polling

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// list is a service with one list, newest first, as the real ones sort it.
type list struct {
	mut     sync.Mutex
	rows    []Item
	size    int
	counted bool
	sinces  []time.Time
	before  func(page int) // runs before a page is computed
	fail    error
	unread  error // of any record by itself
	fetched []time.Time
}

func (l *list) Page(_ context.Context, since time.Time, number int) (Page, error) {
	l.mut.Lock()
	defer l.mut.Unlock()
	if l.before != nil {
		l.before(number)
	}
	if l.fail != nil {
		return Page{}, l.fail
	}
	l.sinces = append(l.sinces, since)
	var rows []Item
	for _, row := range l.rows {
		if !row.Modified.Before(since) {
			rows = append(rows, row)
		}
	}
	page := Page{Count: -1, Date: time.Now()}
	if l.counted {
		page.Count = len(rows)
	}
	start := (number - 1) * l.size
	for i := start; i < min(start+l.size, len(rows)); i++ {
		page.Items = append(page.Items, rows[i])
	}
	page.Last = start+l.size >= len(rows)
	return page, nil
}

func (l *list) Fetch(_ context.Context, id string) (Item, error) {
	l.mut.Lock()
	defer l.mut.Unlock()
	l.fetched = append(l.fetched, time.Now())
	if l.unread != nil {
		return Item{}, l.unread
	}
	for _, row := range l.rows {
		if row.ID == id {
			return row, nil
		}
	}
	return Item{}, ErrGone
}

func (l *list) touch(id string, at time.Time) {
	for i, row := range l.rows {
		if row.ID == id {
			row.Modified = at
			l.rows = append([]Item{row}, append(append([]Item{}, l.rows[:i]...), l.rows[i+1:]...)...)
			return
		}
	}
}

// memory is a Store.
type memory struct {
	cursor     *Cursor
	reports    []Report
	mut        sync.Mutex // guards what a person asks for while the poller waits
	request    *Request
	redeliver  []Redelivery
	keeps      bool // what is to be emitted again, until it is settled
	gone       []string
	missing    []string
	finishFail error
}

func (m *memory) Load(context.Context) (Cursor, bool, error) {
	if m.cursor == nil {
		return Cursor{}, false, nil
	}
	return *m.cursor, true, nil
}

func (m *memory) Finish(_ context.Context, cursor *Cursor, report Report) error {
	if m.finishFail != nil {
		return m.finishFail
	}
	if cursor != nil {
		m.cursor = cursor
	}
	m.reports = append(m.reports, report)
	return nil
}

func (m *memory) Requested(_ context.Context, waits bool) (Request, bool, error) {
	m.mut.Lock()
	defer m.mut.Unlock()
	if m.request == nil || waits {
		return Request{}, false, nil
	}
	request := *m.request
	m.request = nil
	return request, true, nil
}

func (m *memory) Redeliveries(context.Context) ([]Redelivery, error) {
	m.mut.Lock()
	defer m.mut.Unlock()
	due := m.redeliver
	if !m.keeps {
		m.redeliver = nil
	}
	return due, nil
}

// ask is what a person asks for, after a while.
func (m *memory) ask(after time.Duration, request *Request, redeliver ...Redelivery) {
	time.AfterFunc(after, func() {
		m.mut.Lock()
		defer m.mut.Unlock()
		m.request, m.redeliver = request, redeliver
	})
}

func (m *memory) Gone(_ context.Context, what Redelivery) error {
	m.gone = append(m.gone, what.ID)
	return nil
}

func (m *memory) Missing(_ context.Context, what Redelivery) error {
	m.missing = append(m.missing, what.ID)
	return nil
}

func rows(n int, from time.Time) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{ID: fmt.Sprintf("id-%03d", i), Ref: fmt.Sprintf("SO-%03d", i), Modified: from.Add(-time.Duration(i) * time.Minute)}
	}
	return items
}

func options(l *list, m *memory) Options {
	schedule, _ := ParseSchedule("15m")
	return Options{
		Source: l, Store: m, Schedule: schedule, Drain: make(chan struct{}),
		Overlap: func(time.Time) time.Duration { return 10 * time.Minute },
		First:   func(time.Time) time.Time { return time.Time{} },
	}
}

// drainAll reads until the poller ends and acknowledges everything.
func drainAll(t *testing.T, p *Poller) []string {
	t.Helper()
	var ids []string
	for {
		d, err := p.Next(t.Context())
		if errors.Is(err, ErrStopped) {
			return ids
		}
		require.NoError(t, err)
		ids = append(ids, d.Item.ID)
		d.Ack(nil)
	}
}
