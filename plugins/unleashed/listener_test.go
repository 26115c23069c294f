package unleashed

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// number answers every request with a status.
type number int

func (n number) ServeHTTP(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(n)) }

func TestAnAddressIsOpenedOnceAndClosedWithItsLastPath(t *testing.T) {
	opened, closed := 0, 0
	l := &listeners{byAddress: map[string]*listener{}, serve: func(context.Context, string, http.Handler) (func(), error) {
		opened++
		return func() { closed++ }, nil
	}}
	leaveMain, err := l.listen(t.Context(), ":80", "/webhooks/main", number(202))
	require.NoError(t, err)
	leaveSecond, err := l.listen(t.Context(), ":80", "/webhooks/second", number(202))
	require.NoError(t, err)
	_, err = l.listen(t.Context(), ":80", "/webhooks/main", number(202))
	require.ErrorContains(t, err, "the path /webhooks/main of :80 is another input's already")
	assert.Equal(t, 1, opened)

	leaveMain()
	leaveMain()
	assert.Zero(t, closed, "the other path is still in use")
	leaveSecond()
	assert.Equal(t, 1, closed)
	leave, err := l.listen(t.Context(), ":80", "/webhooks/main", number(202))
	require.NoError(t, err)
	assert.Equal(t, 2, opened, "it can be opened again")
	leave()
}

func TestServe(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := taken.Addr().String()
	_, err = serve(t.Context(), address, number(202))
	require.ErrorContains(t, err, "listening for webhooks on "+address)
	require.NoError(t, taken.Close())

	end, err := serve(t.Context(), address, number(202))
	require.NoError(t, err)
	res, err := http.Post("http://"+address, "application/json", nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, 202, res.StatusCode)
	end()
	_, err = net.Dial("tcp", address)
	assert.Error(t, err, "nobody listens")
}
