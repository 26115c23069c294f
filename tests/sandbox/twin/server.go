package twin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Server puts a simulated service on the wire: it keeps the journal, plays the
// script of faults, and adds latency and the Date header.
type Server struct {
	Journal Journal
	Faults  Faults
	// Latency is added to every answer.
	Latency time.Duration
	// Now is the service's clock.
	Now func() time.Time
	// Service answers requests.
	Service http.Handler
	// Writes says whether a request asks for a change.
	Writes func(*http.Request) bool

	mut    sync.Mutex
	server *http.Server
	url    string
}

// errClosed is what a client sees of a connection that was closed on it.
var errClosed = fmt.Errorf("the simulated service closed the connection: %w", io.ErrUnexpectedEOF)

// Start listens on an address ("127.0.0.1:0" picks a free port) and answers the
// base URL.
func (s *Server) Start(address string) (string, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listening for a simulated service: %w", err)
	}
	s.mut.Lock()
	defer s.mut.Unlock()
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	s.url = "http://" + listener.Addr().String()
	go func(server *http.Server) { _ = server.Serve(listener) }(s.server)
	return s.url, nil
}

// URL is the base URL, empty before Start.
func (s *Server) URL() string {
	s.mut.Lock()
	defer s.mut.Unlock()
	return s.url
}

// Close ends the server and every connection to it.
func (s *Server) Close() error {
	s.mut.Lock()
	defer s.mut.Unlock()
	if s.server == nil {
		return nil
	}
	err := s.server.Close()
	s.server = nil
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	answer, err := s.handle(r)
	if err != nil {
		// Panicking with this value is how net/http closes a connection unanswered.
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// RoundTripper reaches the service without a network, for tests under a fake
// clock.
func (s *Server) RoundTripper() http.RoundTripper { return memory{s} }

type memory struct{ server *Server }

// RoundTrip implements http.RoundTripper.
func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer, err := m.server.handle(r)
	if err != nil {
		return nil, err
	}
	response := answer.Result()
	response.Request = r
	return response, nil
}

// handle answers one request; an error means that the connection is closed.
func (s *Server) handle(r *http.Request) (*httptest.ResponseRecorder, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading a request: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	due, fault := s.Faults.next(r.Method, r.URL.Path)
	for _, do := range due {
		do()
	}
	entry := Entry{
		At: s.now(), Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
		Write: s.Writes != nil && s.Writes(r),
	}
	answer, err := s.answer(r, fault)
	if err == nil {
		entry.Status, entry.Answer = answer.Code, answer.Body.Bytes()
	}
	s.Journal.add(entry)
	return answer, err
}

func (s *Server) answer(r *http.Request, fault *Fault) (*httptest.ResponseRecorder, error) {
	delay := s.Latency
	if fault != nil {
		delay += fault.Delay
	}
	if err := pause(r.Context(), delay); err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	answer.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	switch {
	case fault == nil:
		s.Service.ServeHTTP(answer, r)
	case fault.CloseBefore:
		return nil, errClosed
	case fault.CloseAfter:
		s.Service.ServeHTTP(answer, r)
		return nil, errClosed
	case fault.Garble:
		s.Service.ServeHTTP(answer, r)
		answer.Body.Truncate(answer.Body.Len() / 2)
	case fault.Status != 0:
		if fault.Acts {
			s.Service.ServeHTTP(httptest.NewRecorder(), r)
		}
		for name, values := range fault.Header {
			answer.Header()[name] = values
		}
		answer.WriteHeader(fault.Status)
		answer.Body.WriteString(fault.Body)
	default:
		s.Service.ServeHTTP(answer, r)
	}
	return answer, nil
}

func (s *Server) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
