package world

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
)

// at is who is reached at a host.
func (w *wires) at(host string) (http.RoundTripper, bool) {
	w.mut.Lock()
	defer w.mut.Unlock()
	service, exists := w.services[host]
	return service, exists
}

// serve lets requests to an address come to a handler, without a socket.
func (w *wires) serve(_ context.Context, address string, handler http.Handler) (end func(), err error) {
	w.mut.Lock()
	defer w.mut.Unlock()
	if _, taken := w.services[address]; taken {
		return nil, fmt.Errorf("listening on %s: the address is in use", address)
	}
	w.services[address] = handled{handler}
	return func() {
		w.mut.Lock()
		defer w.mut.Unlock()
		delete(w.services, address)
	}, nil
}

// handled is a handler as its callers see it.
type handled struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// Hooks is a client that reaches what a running sync listens on. It needs a world
// that is not on loopback.
func (w *World) Hooks() *http.Client { return &http.Client{Transport: w.wires} }
