package delivery

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

func TestTheIntentIsDurableBeforeTheCallAndTheOutcomeAfterIt(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		w := h.write()
		send := w.Send
		w.Send = func(ctx context.Context) (Answer, error) {
			during := h.intent(t)
			assert.Equal(t, stateIntended, during.State)
			assert.Equal(t, hashOf(w.Body), during.RequestHash)
			assert.Equal(t, 1, during.Attempts)
			assert.Equal(t, []string{"sent"}, h.happened(t))
			return send(ctx)
		}
		outcome := h.must(t, w)
		assert.Equal(t, Created, outcome.Result)
		assert.Equal(t, "17", outcome.Answer.ID)

		after := h.intent(t)
		assert.Equal(t, ledger.Intent{
			Key: key, Account: "mintsoft/1", Connection: "main", Stream: stream, System: "mintsoft", Operation: "order.create", Record: order,
			RequestHash: hashOf(w.Body), State: stateDone, TargetID: "17", TargetRef: "UNL-SO-1", Attempts: 1, FirstAt: after.FirstAt, UpdatedAt: after.UpdatedAt,
		}, after)
		link, exists, err := h.ledger.LinkBySource(t.Context(), "accounts", "order", order.ID)
		require.NoError(t, err)
		require.True(t, exists)
		assert.Equal(t, []string{"17", "UNL-SO-1", order.Modified}, []string{link.TargetID, link.TargetRef, link.Modified})
		assert.Equal(t, []string{"sent", "created"}, h.happened(t))
		assert.JSONEq(t, `{"OrderId":17}`, string(h.events(t)[1].Detail))
	})
}

func TestNothingIsSentWhenTheIntentCannotBeWritten(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		require.NoError(t, h.ledger.Close())
		_, err := h.Deliver(t.Context(), h.write())
		require.ErrorIs(t, err, ledger.ErrClosed)
		_, err = h.Deliver(t.Context(), h.write(update))
		require.ErrorIs(t, err, ledger.ErrClosed)
		assert.Empty(t, h.made())
	})
}

func TestAnOutcomeThatCannotBeWrittenPutsTheRecordBack(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		answered := h.send
		h.send = func(n int) (Answer, error) {
			require.NoError(t, h.ledger.Close())
			return answered(n)
		}
		_, err := h.Deliver(t.Context(), h.write())
		require.ErrorIs(t, err, ledger.ErrClosed)
		assert.ErrorContains(t, err, "recording that SO-1 is done")
	})
}

func TestAKeyThatIsDoneIsNeverSentAgain(t *testing.T) {
	for name, kind := range map[string]Kind{"a create": Create, "a step": Step} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				w := h.write(func(w *Write) { w.Kind = kind })
				first := h.must(t, w)
				assert.Equal(t, map[Kind]Result{Create: Created, Step: Stepped}[kind], first.Result)
				before := h.happened(t)
				h.restart()
				h.made()

				again := h.must(t, w)
				assert.Equal(t, Unchanged, again.Result)
				assert.Equal(t, Answer{ID: "17", Ref: "UNL-SO-1"}, again.Answer)
				assert.Contains(t, again.Reason, "as mintsoft UNL-SO-1 since")
				assert.Empty(t, h.made())
				assert.Equal(t, before, h.happened(t), "what did not change is no event")
			})
		})
	}
}

func TestWhatChangedAfterItWasDoneIsRecordedWithTheDifferenceAndNotSent(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.must(t, h.write(body(`{"OrderNumber":"UNL-SO-1","Comments":"ring","OrderItems":[{"SKU":"A","Quantity":2},{"SKU":"B","Quantity":1}]}`)))
		h.made()
		changed := h.write(body(`{"OrderNumber":"UNL-SO-1","OrderItems":[{"SKU":"A","Quantity":3}]}`))
		outcome := h.must(t, changed)
		assert.Equal(t, Unchanged, outcome.Result)
		assert.Equal(t, `changed after it was created: Comments "ring" → (none), OrderItems[0].Quantity 2 → 3, OrderItems[1].Quantity 1 → (none), OrderItems[1].SKU "B" → (none)`, outcome.Reason)
		assert.Equal(t, []string{"sent", "created", "changed"}, h.happened(t))
		assert.Equal(t, stateDone, h.intent(t).State)
		assert.Equal(t, "17", h.intent(t).TargetID)

		h.must(t, changed)
		assert.Len(t, h.events(t), 3, "the same change is recorded once")

		// A further change is compared with the one before, and not with what was
		// sent at first, also when the connection was renamed since.
		outcome = h.must(t, h.write(body(`{"OrderNumber":"UNL-SO-1","OrderItems":[{"SKU":"A","Quantity":4}]}`), func(w *Write) { w.Stream = "renamed_order_import" }))
		assert.Contains(t, outcome.Reason, "OrderItems[0].Quantity 3 → 4")
		assert.Empty(t, h.made())
	})
}

func TestAChangeIsRecordedEvenWhenWhatWasSentIsNotKept(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.must(t, h.write())
		_, err := h.ledger.Prune(t.Context(), time.Now().Add(time.Hour), time.Time{})
		require.NoError(t, err)
		outcome := h.must(t, h.write(body(`{"OrderNumber":"UNL-SO-2"}`)))
		assert.Equal(t, "changed after it was created: what was sent then is not kept any more", outcome.Reason)
	})
}

func TestLookingBeforeTheFirstCall(t *testing.T) {
	for name, test := range map[string]struct {
		found  Found
		result Result
		calls  []string
		state  string
	}{
		"nothing is there: it is sent":                 {Found{}, Created, []string{"find", "send"}, stateDone},
		"ours is there: it is adopted":                 {ours, Adopted, []string{"find"}, stateDone},
		"another is there: it is refused, never taken": {foreign, DeadLettered, []string{"find"}, stateRejected},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.find = finds(test.found)
				assert.Equal(t, test.result, h.must(t, h.write(looksFirst)).Result)
				assert.Equal(t, test.calls, h.made())
				assert.Equal(t, test.state, h.intent(t).State)
			})
		})
	}
}

func TestALookUpIsRepeatedWhileTheAccountFails(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.find = func(n int) (Found, error) {
			if n < 4 {
				return Found{}, down
			}
			return ours, nil
		}
		assert.Equal(t, Adopted, h.must(t, h.write(looksFirst)).Result)
		assert.Equal(t, []string{"find", "find", "find", "find"}, h.made())
		assert.Len(t, h.waits, 3)
	})
}

func TestALookUpThatIsRefusedIsAmbiguous(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.find = func(int) (Found, error) { return Found{}, answering(apihttp.Rejected, "search is not allowed") }
		assert.Equal(t, DeadLettered, h.must(t, h.write(looksFirst)).Result)
		letter := h.letter(t)
		assert.Equal(t, stateAmbiguous, letter.Class)
		assert.Contains(t, letter.Reason, "looking up mintsoft SO-1")
		assert.Contains(t, letter.Reason, "search is not allowed")
		assert.Equal(t, []string{"find"}, h.made())
	})
}

func TestWritesToOneTargetAreSerialised(t *testing.T) {
	for name, test := range map[string]struct {
		other func(*Write)
		most  int
	}{
		"two writes of one key":        {func(*Write) {}, 1},
		"writes of two keys":           {func(w *Write) { w.Key += "2" }, 2},
		"two keys with the one target": {func(w *Write) { w.Key += "2"; w.Target = "order/17" }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.send = func(n int) (Answer, error) {
					<-time.After(time.Second)
					return Answer{ID: "17"}, nil
				}
				first, second := h.write(), h.write(test.other)
				if second.Target != "" {
					first.Target = second.Target
				}
				ended := make(chan error, 2)
				for _, w := range []Write{first, second} {
					go func() {
						_, err := h.Deliver(t.Context(), w)
						ended <- err
					}()
				}
				assert.NoError(t, errors.Join(<-ended, <-ended))
				assert.Equal(t, test.most, h.most)
				assert.Empty(t, h.targets.held, "keys that nobody waits for take no memory")
			})
		})
	}
}

func TestWaitingForATargetEndsWithTheContext(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		unlock, err := h.targets.lock(t.Context(), h.write().target())
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = h.Deliver(ctx, h.write())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Empty(t, h.made())
		unlock()
		assert.Equal(t, Created, h.must(t, h.write()).Result)
	})
}
