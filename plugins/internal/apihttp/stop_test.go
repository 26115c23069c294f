package apihttp

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoWriteBeginsOnceTheProcessIsStopping: what is under way comes to its end, and
// what waits for its turn gives it up at once.
func TestNoWriteBeginsOnceTheProcessIsStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop, begin := context.WithCancel(t.Context())
		ctx := WithStop(t.Context(), stop)
		service := answers(step{status: 200, do: func(*http.Request) { <-time.After(time.Second) }})
		c := client(t, service, func(o *Options) { o.Account = NewAccount("mintsoft", "m", AccountOptions{MaxInFlight: 1}) })
		change := read()
		change.Method, change.Write = http.MethodPut, true
		ended := make(chan error)
		call := func(r Request) {
			go func() { _, err := c.Do(ctx, r); ended <- err }()
			synctest.Wait()
		}
		call(change)
		call(change)
		asked := time.Now()
		begin()
		err := <-ended
		require.ErrorIs(t, err, ErrStopping)
		assert.Equal(t, Transient, OutcomeOf(err), "it was not sent")
		call(change)
		require.ErrorIs(t, <-ended, ErrStopping)
		assert.Zero(t, time.Since(asked))

		require.NoError(t, <-ended)
		call(read())
		require.NoError(t, <-ended, "what was done may be read back")
		assert.Len(t, service.requests, 2)
	})
}
