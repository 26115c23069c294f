package component

import (
	"errors"
	"sync"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/connection"
)

type bookKey struct{}

// Attach gives the components of a stream the book they work with. It must be
// called before the stream runs.
func Attach(res *service.Resources, book *connection.Book) { res.SetGeneric(bookKey{}, book) }

var byDefault struct {
	mut  sync.Mutex
	open func() (*connection.Book, error)
	book *connection.Book
	// draining says that the process is about to stop, maybe before it opened the book.
	draining bool
}

// SetDefault says how the book is opened for streams that nobody attached one
// to: those of the engine's own run and streams commands.
func SetDefault(open func() (*connection.Book, error)) {
	byDefault.mut.Lock()
	defer byDefault.mut.Unlock()
	byDefault.open, byDefault.book, byDefault.draining = open, nil, false
}

// Book is the book that the components of this stream work with.
func Book(res *service.Resources) (*connection.Book, error) {
	if value, exists := res.GetGeneric(bookKey{}); exists {
		return value.(*connection.Book), nil
	}
	byDefault.mut.Lock()
	defer byDefault.mut.Unlock()
	if byDefault.book != nil {
		return byDefault.book, nil
	}
	if byDefault.open == nil {
		return nil, errors.New("no connection file is open in this process")
	}
	book, err := byDefault.open()
	if err != nil {
		return nil, err
	}
	byDefault.book = book
	if byDefault.draining {
		book.Drain()
	}
	return book, nil
}

// DrainDefault tells the default book, also one that is opened later, that the process
// is about to stop.
func DrainDefault() {
	byDefault.mut.Lock()
	defer byDefault.mut.Unlock()
	byDefault.draining = true
	if byDefault.book != nil {
		byDefault.book.Drain()
	}
}
