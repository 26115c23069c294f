package delivery

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// A stop: Drain is closed, and a second later the engine cuts its streams off (its
// context ends). A call that was still waiting for its slot or for the rate limit is
// answered with "not sent" only then.
func TestACallThatWaitedForItsTurnIsPutBackWhenTheProcessStops(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ctx, cut := context.WithCancel(t.Context())
		waitsForItsTurn := func(w *Write) {
			w.Send = func(ctx context.Context) (Answer, error) {
				<-ctx.Done()
				return Answer{}, &apihttp.Error{System: "mintsoft", Operation: "order.create", Outcome: apihttp.Transient, Err: ctx.Err()}
			}
		}
		go func() {
			<-time.After(time.Second)
			close(h.drain)
			<-time.After(time.Second)
			cut()
		}()
		_, err := h.Deliver(ctx, h.write(blind, waitsForItsTurn))
		require.Error(t, err)

		h.drain = make(chan struct{})
		h.restart()
		assert.Equal(t, Created, h.must(t, h.write(blind)).Result, "it was surely not sent, so there is nothing to ask")
		assert.Empty(t, h.letters(t))
	})
}

func TestNothingNewIsDeliveredWhenTheProcessStops(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		close(h.drain)
		for _, kind := range []Kind{Create, Step, Update, Now} {
			w := h.write(func(w *Write) {
				w.Kind = kind
				w.Send = func(context.Context) (Answer, error) {
					assert.Fail(t, "a write has begun")
					return Answer{}, nil
				}
			})
			_, err := h.Deliver(t.Context(), w)
			require.ErrorIs(t, err, ErrStopped)
			_, exists, err := h.ledger.Intent(t.Context(), w.Key)
			require.NoError(t, err)
			assert.False(t, exists, "nobody has to look for what became of it")
		}
	})
}
