package apihttp

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// step is one scripted answer of a service.
type step struct {
	status int
	header http.Header
	body   string
	err    error
	do     func(*http.Request) // runs before the answer
}

// script is a service in memory that answers the steps in order, the last one
// for ever.
type script struct {
	mu       sync.Mutex
	steps    []step
	requests []*http.Request
	bodies   []string
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	var body string
	if req.Body != nil {
		text, _ := io.ReadAll(req.Body)
		req.Body.Close()
		body = string(text)
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.bodies = append(s.bodies, body)
	now := s.steps[0]
	if len(s.steps) > 1 {
		s.steps = s.steps[1:]
	}
	s.mu.Unlock()
	if now.do != nil {
		now.do(req)
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if now.err != nil {
		return nil, now.err
	}
	if now.header == nil {
		now.header = http.Header{}
	}
	return &http.Response{StatusCode: now.status, Header: now.header, Body: io.NopCloser(strings.NewReader(now.body))}, nil
}

func (s *script) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func answers(steps ...step) *script { return &script{steps: steps} }

var errDial = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}

// client makes a client of an unlimited account; change adjusts its options.
func client(t *testing.T, service http.RoundTripper, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{
		Account: NewAccount("mintsoft", "m-1", AccountOptions{}), BaseURL: "https://api.example.test/base", Transport: service,
	}
	for _, c := range change {
		c(&o)
	}
	made, err := New(o)
	require.NoError(t, err)
	return made
}

func read() Request { return Request{Operation: "order.list", Method: "GET", Path: "/api/Order/List"} }

func write() Request {
	return Request{Operation: "order.create", Method: "PUT", Path: "/api/Order", Body: []byte(`{"a":1}`), Write: true}
}
