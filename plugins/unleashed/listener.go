package unleashed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
)

const (
	// readWithin bounds how long a sender may take for one event.
	readWithin = 10 * time.Second
	// lastAnswers is how long requests that are under way may take when nobody
	// listens any more; their senders try again later.
	lastAnswers = 500 * time.Millisecond
)

// listeners are those of a process, one for each address.
type listeners struct {
	serve func(ctx context.Context, address string, handler http.Handler) (end func(), err error)

	mut       sync.Mutex
	byAddress map[string]*listener
}

func listenersOf(book *connection.Book) *listeners {
	return book.Local("unleashed webhooks", func() any {
		l := &listeners{serve: book.Options.Serve, byAddress: map[string]*listener{}}
		if l.serve == nil {
			l.serve = serve
		}
		return l
	}).(*listeners)
}

// listen lets requests to a path of an address come to a handler until hangUp is
// called. The address is opened for the first and closed with the last of its
// paths.
func (l *listeners) listen(ctx context.Context, address, path string, handler http.Handler) (hangUp func(), err error) {
	l.mut.Lock()
	defer l.mut.Unlock()
	at, exists := l.byAddress[address]
	if !exists {
		at = &listener{paths: map[string]http.Handler{}}
		if at.end, err = l.serve(ctx, address, at); err != nil {
			return nil, err
		}
		l.byAddress[address] = at
	}
	if !at.take(path, handler) {
		return nil, fmt.Errorf("listening for webhooks: the path %s of %s is another input's already", path, address)
	}
	return sync.OnceFunc(func() { l.hangUp(address, path) }), nil
}

func (l *listeners) hangUp(address, path string) {
	l.mut.Lock()
	defer l.mut.Unlock()
	at := l.byAddress[address]
	if at.leave(path) == 0 {
		delete(l.byAddress, address)
		at.end()
	}
}

// listener hands requests to the input whose path they name.
type listener struct {
	end func()

	mut   sync.RWMutex
	paths map[string]http.Handler
}

func (l *listener) take(path string, handler http.Handler) bool {
	l.mut.Lock()
	defer l.mut.Unlock()
	if _, taken := l.paths[path]; taken {
		return false
	}
	l.paths[path] = handler
	return true
}

func (l *listener) leave(path string) (left int) {
	l.mut.Lock()
	defer l.mut.Unlock()
	delete(l.paths, path)
	return len(l.paths)
}

// ServeHTTP implements http.Handler.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mut.RLock()
	handler, exists := l.paths[r.URL.Path]
	l.mut.RUnlock()
	if !exists {
		http.Error(w, "no connection has this path", http.StatusNotFound)
		return
	}
	handler.ServeHTTP(w, r)
}

// serve listens on the network.
func serve(ctx context.Context, address string, handler http.Handler) (end func(), err error) {
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for webhooks on %s: %w", address, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: readWithin, ReadTimeout: readWithin, WriteTimeout: 2 * readWithin}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(socket)
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), lastAnswers)
		defer cancel()
		if err := server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
			_ = server.Close()
		}
		<-ended
	}, nil
}
