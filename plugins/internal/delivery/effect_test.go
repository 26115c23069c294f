package delivery

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// lacks gives a write an effect that is read by the n-th look at it.
func (h *house) lacks(look func(n int) (string, error)) func(*Write) {
	return func(w *Write) {
		w.Effect = func(_ context.Context, answer Answer) (string, error) {
			if string(answer.Body) == `{"OrderId":17}` {
				return look(h.note("effect"))
			}
			return "another answer", nil
		}
	}
}

func TestAWriteWhoseEffectShowsIsDone(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		outcome, err := h.Deliver(t.Context(), h.write(h.lacks(func(n int) (string, error) {
			if n < 3 {
				return "", &apihttp.Error{Outcome: apihttp.Transient, Message: "down"}
			}
			return "", nil
		})))
		require.NoError(t, err)
		assert.Equal(t, Created, outcome.Result)
		assert.Equal(t, []string{"send", "effect", "effect", "effect"}, h.made(), "an outage is waited for")
	})
}

func TestAWriteWithoutEffectIsFiledAndNeverSentAgainByItself(t *testing.T) {
	for name, look := range map[string]struct {
		lacking string
		err     error
		says    string
	}{
		"lacking":           {lacking: `its status is "Placed"`, says: `it was answered as done, but its status is "Placed"; look at it there, then replay`},
		"that nobody reads": {err: &apihttp.Error{Outcome: apihttp.Rejected, Message: "no right to read it"}, says: "it was answered as done, and whether it was cannot be read: "},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				w := h.write(h.lacks(func(int) (string, error) { return look.lacking, look.err }))
				for range 2 {
					outcome, err := h.Deliver(t.Context(), w)
					require.NoError(t, err)
					assert.Equal(t, DeadLettered, outcome.Result)
					assert.Contains(t, outcome.Reason, look.says)
				}
				assert.Equal(t, 1, h.count["send"])

				w.Replay, w.Effect = true, nil
				outcome, err := h.Deliver(t.Context(), w)
				require.NoError(t, err)
				assert.Equal(t, Created, outcome.Result, "a person asked for it")
			})
		})
	}
}

func TestAWriteThatAnEarlierLedgerMayHaveKnownIsLookedUp(t *testing.T) {
	for name, c := range map[string]struct {
		former func(n int) (bool, error)
		made   []string
	}{
		"it may":     {func(int) (bool, error) { return true, nil }, []string{"former", "find", "send"}},
		"it may not": {func(int) (bool, error) { return false, nil }, []string{"former", "send"}},
		"an outage is waited for": {func(n int) (bool, error) {
			if n < 3 {
				return false, &apihttp.Error{Outcome: apihttp.Transient, Message: "down"}
			}
			return false, nil
		}, []string{"former", "former", "former", "send"}},
		"nobody may ask": {func(int) (bool, error) { return false, &apihttp.Error{Outcome: apihttp.Rejected, Message: "no"} }, []string{"former", "find", "send"}},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				w := h.write(func(w *Write) { w.Former = func(context.Context) (bool, error) { return c.former(h.note("former")) } })
				outcome, err := h.Deliver(t.Context(), w)
				require.NoError(t, err)
				assert.Equal(t, Created, outcome.Result)
				assert.Equal(t, c.made, h.made())
				_, err = h.Deliver(t.Context(), w)
				require.NoError(t, err)
				assert.Empty(t, h.made(), "what is done is known")
			})
		})
	}
}

func TestValuesOfNowWithoutEffectAreFiledForEachPart(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		w := h.counted("MUG", "JUG")
		h.lacks(func(int) (string, error) { return `its Status is "Parked"`, nil })(&w)
		w.Body = json.RawMessage(`{}`)
		outcome, err := h.Deliver(t.Context(), w)
		require.NoError(t, err)
		assert.Equal(t, DeadLettered, outcome.Result)
		assert.Equal(t, 1, outcome.Refused, "two dead letters in all")
		assert.Equal(t, "ambiguous", h.state(t))
		letters, err := h.ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{})
		require.NoError(t, err)
		require.Len(t, letters, 2)
		for _, letter := range letters {
			assert.Equal(t, stateAmbiguous, letter.Class)
			assert.Contains(t, letter.Reason, `12 → 10: Mintsoft counts 10: it was answered as done, but its Status is "Parked"`)
		}
	})
}
