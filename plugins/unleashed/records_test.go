package unleashed

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// late answers 404 for a while from the first request on.
type late struct {
	hidden time.Duration
	asked  []time.Time
}

func (l *late) RoundTrip(r *http.Request) (*http.Response, error) {
	l.asked = append(l.asked, time.Now())
	answer := &http.Response{StatusCode: 404, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(""))}
	if time.Since(l.asked[0]) >= l.hidden {
		answer.StatusCode, answer.Body = 200, io.NopCloser(strings.NewReader(`{"Guid":"g","OrderNumber":"SO-1","LastModifiedOn":"/Date(1772353800000)/"}`))
	}
	return answer, nil
}

func TestAwaitRecord(t *testing.T) {
	waits := []any{"2s", "4s", "8s"}
	tests := map[string]struct {
		hidden time.Duration
		waits  any
		asked  int
		found  bool
	}{
		"it is there at once":               {0, waits, 1, true},
		"it appears within the first waits": {5 * time.Second, waits, 3, true},
		"it appears with the last one":      {14 * time.Second, waits, 4, true},
		"it stays missing":                  {time.Hour, waits, 4, false},
		"without waits it is asked once":    {time.Second, nil, 1, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, folder string) {
				service := &late{hidden: test.hidden}
				d := sit(t, folder, func(o *connection.OpenOptions) { o.Transport = service })
				conn, err := d.book.Connection("main")
				require.NoError(t, err)
				record, err := awaitRecord(t.Context(), conn, component.Source{}, map[string]any{"Resource": "SalesOrders", "Guid": "g", "Waits": test.waits})
				assert.Len(t, service.asked, test.asked)
				if !test.found {
					assert.ErrorIs(t, err, apihttp.ErrNotFound)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, "SO-1", record.(map[string]any)["OrderNumber"])
				assert.Equal(t, "2026-03-01T08:30:00Z", record.(map[string]any)["LastModifiedOn"], "dates as the input has them")
			})
		})
	}
	t.Run("waits that are none are refused", func(t *testing.T) {
		d := sit(t, t.TempDir())
		conn, err := d.book.Connection("main")
		require.NoError(t, err)
		for _, wrong := range []any{"2s", []any{2}, []any{"soon"}} {
			_, err := awaitRecord(t.Context(), conn, component.Source{}, map[string]any{"Resource": "SalesOrders", "Guid": "g", "Waits": wrong})
			assert.ErrorContains(t, err, "the argument Waits")
			assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
		}
	})
	t.Run("the end of the process or of the context ends a wait at once", func(t *testing.T) {
		inBubble(t, func(t *testing.T, folder string) {
			d := sit(t, folder, func(o *connection.OpenOptions) { o.Transport = &late{hidden: time.Hour} })
			conn, err := d.book.Connection("main")
			require.NoError(t, err)
			args := map[string]any{"Resource": "SalesOrders", "Guid": "g", "Waits": []any{"1h"}}
			began := time.Now()
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			wait := func() {
				_, err := awaitRecord(ctx, conn, component.Source{}, args)
				ended <- err
			}
			go wait()
			synctest.Wait()
			cancel()
			assert.ErrorIs(t, <-ended, context.Canceled)
			ctx = t.Context()
			go wait()
			synctest.Wait()
			d.book.Drain()
			assert.ErrorContains(t, <-ended, "the process is stopping")
			assert.Less(t, time.Since(began), time.Second)
		})
	})
}
