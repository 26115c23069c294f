package apihttp

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dropping serves loopback connections: the first request of each is answered,
// every further one is read and the connection closed without an answer, as a
// service does that dies, or that has committed and then dies.
func dropping(t *testing.T) (url string, seen *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	seen = &atomic.Int64{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				reader := bufio.NewReader(conn)
				for i := 0; ; i++ {
					if _, err := http.ReadRequest(reader); err != nil {
						return
					}
					seen.Add(1)
					if i > 0 {
						return
					}
					if _, err := conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String(), seen
}

func TestWritesAreNeverReplayedOnAReusedConnection(t *testing.T) {
	for _, request := range []Request{
		{Operation: "order.cancel", Method: "GET", Path: "/api/Order/7/Cancel", Write: true},
		{Operation: "x", Method: "HEAD", Path: "/x", Write: true},
		{Operation: "order.create", Method: "PUT", Path: "/api/Order", Body: []byte("{}"), Write: true},
		{Operation: "complete", Method: "POST", Path: "/SalesOrders/1/Complete", Write: true},
		{Operation: "delete", Method: "DELETE", Path: "/SalesOrders/1", Write: true},
	} {
		t.Run(request.Method, func(t *testing.T) {
			url, seen := dropping(t)
			transport := DefaultTransport()
			defer transport.CloseIdleConnections()
			c := client(t, transport, func(o *Options) { o.BaseURL = url })
			_, err := c.Do(t.Context(), read())
			require.NoError(t, err, "this opens the connection")
			_, err = c.Do(t.Context(), request)
			assert.Equal(t, Unknown, OutcomeOf(err), "%v", err)
			assert.EqualValues(t, 2, seen.Load(), "the service saw the write once")
		})
	}
}

// TestReplayHappensOtherwise is the control: without the guard net/http sends a
// GET twice on this service, so the test above can fail.
func TestReplayHappensOtherwise(t *testing.T) {
	url, seen := dropping(t)
	transport := DefaultTransport()
	defer transport.CloseIdleConnections()
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		require.NoError(t, err)
		res, err := transport.RoundTrip(req)
		require.NoError(t, err)
		buffer := make([]byte, 2)
		_, _ = res.Body.Read(buffer)
		res.Body.Close()
	}
	assert.EqualValues(t, 3, seen.Load())
}

// TestGuardIsInvisible: the guarded GET looks like any other to the service.
func TestGuardIsInvisible(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	got := make(chan *http.Request, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			got <- req
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
		}
	}()
	transport := DefaultTransport()
	defer transport.CloseIdleConnections()
	c := client(t, transport, func(o *Options) { o.BaseURL = "http://" + listener.Addr().String() })
	_, err = c.Do(t.Context(), Request{Operation: "order.cancel", Method: "GET", Path: "/api/Order/7/Cancel", Write: true})
	require.NoError(t, err)
	req := <-got
	assert.Empty(t, req.TransferEncoding)
	assert.Zero(t, req.ContentLength)
	assert.NotContains(t, req.Header, "Content-Type")
}

func TestRefusedConnectionIsNotSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	x := &exchange{c: client(t, DefaultTransport(), func(o *Options) { o.BaseURL = url }), r: write()}
	x.target, err = x.c.target(x.r)
	require.NoError(t, err)
	attempt, _, failure, _ := x.request(t.Context())
	assert.False(t, attempt.Sent)
	assert.Equal(t, Transient, failure.Outcome)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	service := answers(step{status: 302, header: http.Header{"Location": {"https://elsewhere.test/"}}})
	_, err := client(t, service).Do(t.Context(), write())
	assert.Equal(t, Unknown, OutcomeOf(err))
	assert.Equal(t, 1, service.count())
}
