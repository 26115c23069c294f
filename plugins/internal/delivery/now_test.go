package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

func sku(name string) ledger.Record {
	return ledger.Record{System: "mintsoft", Resource: "Stock", ID: name, Ref: name}
}

// count is a write of what is counted of some SKUs.
func (h *house) counted(skus ...string) Write {
	return h.write(func(w *Write) {
		w.Record = ledger.Record{System: "mintsoft", Resource: "Stock", ID: "*", Ref: "stock"}
		w.Stream, w.System, w.Operation, w.Kind, w.LinkKind = "main_stock_sync", "unleashed", "stock_adjustment.create", Now, ""
		w.Key = "accounts/stock_adjustment.create/run/1"
		for _, name := range skus {
			w.Parts = append(w.Parts, Part{Record: sku(name), Before: 12, After: json.Number("10"), Note: "Mintsoft counts 10"})
		}
		if len(skus) == 1 {
			w.Record = sku(skus[0])
		}
	})
}

// told are the events of an SKU, as kind and summary.
func (h *house) told(t *testing.T, ref string) (told []string) {
	t.Helper()
	events, err := h.ledger.Events(t.Context(), ref)
	require.NoError(t, err)
	for _, e := range events {
		told = append(told, e.Kind+" "+e.Summary)
	}
	return told
}

func (h *house) state(t *testing.T) string {
	t.Helper()
	intent, exists, err := h.ledger.Intent(t.Context(), "accounts/stock_adjustment.create/run/1")
	require.NoError(t, err)
	require.True(t, exists)
	return intent.State
}

func TestWhatIsTrueNowIsWrittenForEachOfItsParts(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		require.NoError(t, h.ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
			_, err := tx.FileDeadLetter(ledger.DeadLetter{Connection: "main", Stream: "main_stock_sync", Record: sku("MUG"), Class: "rejected", System: "mintsoft", Operation: "give_cost"})
			return err
		}))
		outcome, err := h.Deliver(t.Context(), h.counted("MUG", "BOWL"))
		require.NoError(t, err)
		assert.Equal(t, Created, outcome.Result)
		assert.Equal(t, []string{"send"}, h.made(), "nothing is asked before")
		for _, name := range []string{"MUG", "BOWL"} {
			assert.Equal(t, []string{`created unleashed stock_adjustment.create UNL-SO-1: 12 → 10: Mintsoft counts 10`}, h.told(t, name))
		}
		letters, err := h.ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{State: []string{ledger.StateOpen}})
		require.NoError(t, err)
		assert.Empty(t, letters, "the part was written in the end")
		assert.Equal(t, stateDone, h.state(t))
	})
}

func TestAPartThatTheAnswerRefusesIsADeadLetterOfItsOwn(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.send = func(int) (Answer, error) {
			return Answer{ID: "1", Refused: map[string]string{"BOWL": "Product not found"}}, nil
		}
		outcome, err := h.Deliver(t.Context(), h.counted("MUG", "BOWL"))
		require.NoError(t, err)
		assert.Equal(t, 1, outcome.Refused)
		letters, err := h.ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{})
		require.NoError(t, err)
		require.Len(t, letters, 1)
		assert.Equal(t, []string{"BOWL", "rejected", "Product not found"}, []string{letters[0].Record.Ref, letters[0].Class, letters[0].Reason})
		assert.Equal(t, []string{"dead-lettered rejected: Product not found"}, h.told(t, "BOWL"))
	})
}

func TestARefusalOfManyIsLeftToTheCaller(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.send = func(int) (Answer, error) { return Answer{}, answering(apihttp.Rejected, "no such reason") }
		outcome, err := h.Deliver(t.Context(), h.counted("MUG", "BOWL"))
		require.NoError(t, err)
		assert.Equal(t, Refused, outcome.Result)
		letters, err := h.ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{})
		require.NoError(t, err)
		assert.Empty(t, letters)

		outcome, err = h.Deliver(t.Context(), h.counted("MUG"))
		require.NoError(t, err)
		assert.Equal(t, DeadLettered, outcome.Result, "a single one")
		letters, err = h.ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{})
		require.NoError(t, err)
		require.Len(t, letters, 1)
		assert.Equal(t, "MUG", letters[0].Record.Ref)
		assert.Contains(t, letters[0].Reason, "no such reason")
	})
}

func TestWhatWasNotWrittenThenIsNeverSentLater(t *testing.T) {
	for name, outcome := range map[string]apihttp.Outcome{"an outage": apihttp.Transient, "throttled for too long": apihttp.Throttled} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				began := time.Now()
				h.send = func(int) (Answer, error) { return Answer{}, answering(outcome, "down for a while") }
				_, err := h.Deliver(t.Context(), h.counted("MUG", "BOWL"))
				require.ErrorIs(t, err, ErrDropped)
				assert.Equal(t, []string{"send"}, h.made())
				assert.Zero(t, time.Since(began))
				assert.Equal(t, stateDropped, h.state(t))
				require.Len(t, h.told(t, "BOWL"), 1)
				assert.Contains(t, h.told(t, "BOWL")[0], "dropped 12 → 10: Mintsoft counts 10: not written: ")
				assert.Contains(t, h.told(t, "BOWL")[0], "down for a while")
			})
		})
	}
}

func TestALostAnswerIsLookedForTwiceAndThenDropped(t *testing.T) {
	lost := func(int) (Answer, error) { return Answer{}, answering(apihttp.Unknown, "reset") }
	t.Run("found at once", func(t *testing.T) {
		inHouse(t, func(t *testing.T, h *house) {
			h.send, h.find = lost, func(int) (Found, error) { return Found{Exists: true, Ours: true, ID: "g", Ref: "SA-7"}, nil }
			outcome, err := h.Deliver(t.Context(), h.counted("MUG"))
			require.NoError(t, err)
			assert.Equal(t, Adopted, outcome.Result)
			assert.Equal(t, []string{"send", "find"}, h.made())
			assert.Contains(t, h.told(t, "MUG")[len(h.told(t, "MUG"))-1], "SA-7: 12 → 10")
		})
	})
	t.Run("found when the request's deadline is over", func(t *testing.T) {
		inHouse(t, func(t *testing.T, h *house) {
			began := time.Now()
			h.send, h.find = lost, func(n int) (Found, error) { return Found{Exists: n == 2, Ours: true, ID: "g"}, nil }
			outcome, err := h.Deliver(t.Context(), h.counted("MUG"))
			require.NoError(t, err)
			assert.Equal(t, Adopted, outcome.Result)
			assert.Equal(t, time.Minute, time.Since(began))
		})
	})
	t.Run("not there", func(t *testing.T) {
		inHouse(t, func(t *testing.T, h *house) {
			h.send = lost
			_, err := h.Deliver(t.Context(), h.counted("MUG"))
			require.ErrorIs(t, err, ErrDropped)
			assert.Equal(t, []string{"send", "find", "find"}, h.made())
		})
	})
	t.Run("the service cannot be asked", func(t *testing.T) {
		inHouse(t, func(t *testing.T, h *house) {
			began := time.Now()
			h.send = lost
			w := h.counted("MUG")
			w.Find = nil
			_, err := h.Deliver(t.Context(), w)
			require.ErrorIs(t, err, ErrDropped)
			assert.Equal(t, time.Minute, time.Since(began), "nothing is computed afresh while it may be under way")
		})
	})
}

func TestADryRunTellsOfEachPart(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.plans()
		outcome, err := h.Deliver(t.Context(), h.counted("MUG", "BOWL"))
		require.NoError(t, err)
		assert.Equal(t, Planned, outcome.Result)
		require.Len(t, h.planned, 1)
		assert.Equal(t, []Change{{"MUG", 12, json.Number("10")}, {"BOWL", 12, json.Number("10")}}, h.planned[0].Changes)
		assert.Empty(t, h.made())
	})
}

func TestWhatWaitedTooLongForOthersIsNotSent(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		w := h.counted("MUG")
		w.AsOf = time.Now()
		<-time.After(trueFor + time.Second)
		_, err := h.Deliver(t.Context(), w)
		require.ErrorIs(t, err, ErrDropped)
		assert.Empty(t, h.made())
		assert.Equal(t, stateDropped, h.state(t))
	})
}

// TestAPartForWhichTheServiceFailsIsCutOut computes four parts afresh every few minutes,
// for one of which the service fails without a word.
func TestAPartForWhichTheServiceFailsIsCutOut(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.find = finds(Found{})
		left := []string{"MUG", "BOWL", "JUG", "PLATE"}
		var deliver func(skus []string) error
		deliver = func(skus []string) error {
			w := h.counted(skus...)
			w.Send = func(context.Context) (Answer, error) {
				if slices.Contains(skus, "JUG") {
					return Answer{}, silence
				}
				left = slices.DeleteFunc(left, func(sku string) bool { return slices.Contains(skus, sku) })
				return Answer{ID: "adjustment"}, nil
			}
			outcome, err := h.Deliver(t.Context(), w)
			if outcome.Result == Refused {
				return errors.Join(deliver(skus[:len(skus)/2]), deliver(skus[len(skus)/2:]))
			}
			return err
		}
		began := time.Now()
		for len(h.letters(t)) == 0 && time.Since(began) < 5*time.Hour {
			_ = deliver(slices.Clone(left))
			<-time.After(3 * time.Minute)
		}
		assert.Equal(t, []string{"JUG"}, left, "the others are written")
		letter := h.letter(t)
		assert.Equal(t, []string{"JUG", "poison"}, []string{letter.Record.ID, letter.Class})
		assert.GreaterOrEqual(t, time.Since(began), poisonAfter)
		assert.Less(t, time.Since(began), 2*time.Hour)
	})
}
