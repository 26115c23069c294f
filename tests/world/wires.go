package world

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mintleash/mintleash/tests/sandbox"
)

// wires is a network that ends in the twins, without a socket.
type wires struct {
	services map[string]http.RoundTripper // by host

	mut    sync.Mutex
	broken map[string]int // statuses by a text that requests hold
	cut    bool
	until  int // requests until blow, 0 when there is none
	blow   Blow
	struck chan struct{} // closed at that one
}

// connect gives each service a host of its own.
func connect(accounts []*sandbox.Sandbox) *wires {
	w := &wires{services: map[string]http.RoundTripper{}, broken: map[string]int{}}
	for i, twins := range accounts {
		unleashed, mintsoft := hosts(i)
		w.services[unleashed] = twins.Unleashed.RoundTripper()
		w.services[mintsoft] = twins.Mintsoft.RoundTripper()
	}
	return w
}

// hosts are where a pair of accounts is reached: nobody listens there.
func hosts(accounts int) (unleashed, mintsoft string) {
	return fmt.Sprintf("127.0.0.1:%d", 2*accounts+1), fmt.Sprintf("127.0.0.1:%d", 2*accounts+2)
}

// RoundTrip implements http.RoundTripper.
func (w *wires) RoundTrip(r *http.Request) (*http.Response, error) {
	service, exists := w.at(r.URL.Host)
	if !exists {
		return nil, fmt.Errorf("nothing is at %s", r.URL.Host)
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if status := w.brokenFor(body); status != 0 {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	blow, struck := w.strike()
	if struck && blow.Late > 0 {
		late := r.Clone(context.WithoutCancel(r.Context()))
		late.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(blow.Late, func() {
			if res, err := service.RoundTrip(late); err == nil {
				_ = res.Body.Close()
			}
		})
	}
	if !struck || !blow.Arrives {
		if err := w.silence(r); err != nil {
			return nil, err
		}
	}
	res, err := service.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := w.silence(r); err != nil {
		return nil, errors.Join(err, res.Body.Close())
	}
	return res, nil
}

// strike counts a request, and says whether it is the one at which the process is killed.
// Nothing is heard from then on, unless the answer is: whoever waits for it cuts the wires.
func (w *wires) strike() (blow Blow, struck bool) {
	w.mut.Lock()
	defer w.mut.Unlock()
	if w.until == 0 {
		return Blow{}, false
	}
	if w.until--; w.until > 0 {
		return Blow{}, false
	}
	w.cut = !w.blow.Heard
	close(w.struck)
	return w.blow, true
}

// cutAt has a process be killed at a request.
func (w *wires) cutAt(at Blow) (struck <-chan struct{}) {
	w.mut.Lock()
	defer w.mut.Unlock()
	w.until, w.blow, w.struck = at.Request, at, make(chan struct{})
	return w.struck
}

// silence waits for the end of a request while the wires are cut.
func (w *wires) silence(r *http.Request) error {
	w.mut.Lock()
	cut := w.cut
	w.mut.Unlock()
	if !cut {
		return nil
	}
	<-r.Context().Done()
	return r.Context().Err()
}

// Cut makes that no request arrives any more and none is answered, until Splice: what a
// process did by then is all that it did. It needs a world that is not on loopback.
func (w *World) Cut() { w.wires.set(true) }

// Splice ends what Cut began.
func (w *World) Splice() { w.wires.set(false) }

func (w *wires) set(cut bool) {
	w.mut.Lock()
	defer w.mut.Unlock()
	w.cut, w.until = cut, 0
}

func (w *wires) brokenFor(body []byte) int {
	w.mut.Lock()
	defer w.mut.Unlock()
	for text, status := range w.broken {
		if strings.Contains(string(body), text) {
			return status
		}
	}
	return 0
}

// Break answers every request whose body holds a text with a status, before any
// service sees it, until Mend: one record fails and its account does not. It
// needs a world that is not on loopback.
func (w *World) Break(text string, status int) {
	w.wires.mut.Lock()
	defer w.wires.mut.Unlock()
	w.wires.broken[text] = status
}

// Mend ends what Break began.
func (w *World) Mend(text string) {
	w.wires.mut.Lock()
	defer w.wires.mut.Unlock()
	delete(w.wires.broken, text)
}
