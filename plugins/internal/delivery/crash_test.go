package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

func TestAProcessThatDiedBetweenIntentAndOutcome(t *testing.T) {
	const patience = time.Minute
	for name, test := range map[string]struct {
		change []func(*Write)
		found  Found
		result Result
		calls  []string
		state  string
		waits  time.Duration
	}{
		"it was done: found and adopted":                       {[]func(*Write){deduplicates}, ours, Adopted, []string{"refresh", "find"}, stateDone, 0},
		"another stands there: refused, never taken":           {[]func(*Write){deduplicates}, foreign, DeadLettered, []string{"refresh", "find"}, stateRejected, 0},
		"it was not done: sent":                                {[]func(*Write){deduplicates}, Found{}, Created, []string{"refresh", "find", "send"}, stateDone, 0},
		"the service would do it twice: waited for and found":  {nil, ours, Adopted, []string{"refresh", "find"}, stateDone, patience},
		"the service would do it twice: waited for, then sent": {nil, Found{}, Created, []string{"refresh", "find", "send"}, stateDone, patience},
		"it cannot be asked, but does nothing twice: sent":     {[]func(*Write){deduplicates, blind}, Found{}, Created, []string{"send"}, stateDone, 0},
		"it cannot be asked and would do it twice: ambiguous":  {[]func(*Write){blind}, Found{}, DeadLettered, nil, stateAmbiguous, 0},
		"it cannot be asked, and a person asks for it: sent":   {[]func(*Write){blind, replayed}, Found{}, Created, []string{"send"}, stateDone, patience},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				w := h.write(test.change...)
				h.dies(t, w)
				h.find = finds(test.found)
				asked := time.Now()
				assert.Equal(t, test.result, h.must(t, w).Result)
				assert.InDelta(t, test.waits.Seconds(), time.Since(asked).Seconds(), 0.1)
				assert.Equal(t, test.calls, h.made())
				assert.Equal(t, test.state, h.intent(t).State)
			})
		})
	}
}

func TestOnlyTheRestOfTheDeadlineOfADeadProcessIsWaitedOut(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		w, began := h.write(), time.Now()
		h.dies(t, w)
		<-time.After(45 * time.Second)
		asked := time.Now()
		assert.Equal(t, Created, h.must(t, w).Result)
		assert.InDelta(t, 15, time.Since(asked).Seconds(), 0.1)
		assert.Equal(t, 2, h.intent(t).Attempts)
		assert.Equal(t, began.UTC(), h.intent(t).FirstAt, "when it began is kept")
	})
}

func TestAClockThatWasAheadIsNotWaitedForLonger(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		w := h.write()
		h.dies(t, w)
		ahead := h.intent(t)
		ahead.UpdatedAt = ahead.UpdatedAt.Add(6 * time.Hour)
		require.NoError(t, h.ledger.Commit(t.Context(), func(tx *ledger.Tx) error { return tx.PutIntent(ahead) }))
		asked := time.Now()
		assert.Equal(t, Created, h.must(t, w).Result)
		assert.InDelta(t, Deadline.Seconds(), time.Since(asked).Seconds(), 0.1)
	})
}

func TestAnAmbiguousWriteIsNeverSentAgainByItself(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, silence)
		h.find = finds(foreign)
		require.Equal(t, DeadLettered, h.must(t, h.write()).Result)
		require.Equal(t, stateAmbiguous, h.intent(t).State)
		first := h.letter(t)
		h.made()

		for _, w := range []Write{h.write(), h.write(body(`{"OrderNumber":"UNL-SO-2"}`)), h.write(looksFirst, deduplicates)} {
			h.restart()
			assert.Equal(t, DeadLettered, h.must(t, w).Result)
		}
		assert.Empty(t, h.made(), "neither sent nor looked up")
		again := h.letter(t)
		assert.Equal(t, first.ID, again.ID)
		assert.Equal(t, first.Reason, again.Reason, "the words of the first failure are kept")
		assert.Equal(t, 4, again.Attempts)
	})
}

func TestAReplayOfAnAmbiguousWriteLooksFirst(t *testing.T) {
	for name, test := range map[string]struct {
		found  Found
		result Result
		calls  []string
		open   int
	}{
		"it was done: adopted":                {ours, Adopted, []string{"find"}, 0},
		"nothing is there: sent":              {Found{}, Created, []string{"find", "send"}, 0},
		"another stands there still: refused": {foreign, DeadLettered, []string{"find"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.first(1, silence)
				h.find = finds(foreign)
				require.Equal(t, DeadLettered, h.must(t, h.write()).Result)
				h.made()
				h.find = finds(test.found)
				assert.Equal(t, test.result, h.must(t, h.write(replayed)).Result)
				assert.Equal(t, test.calls, h.made())
				assert.Len(t, h.letters(t), test.open)
			})
		})
	}
}

func TestAReplayOfWhatIsDoneClosesItsDeadLetter(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		w := h.write(update, func(w *Write) { w.Operation = "order.create" })
		h.send = refusing("no")
		require.Equal(t, DeadLettered, h.must(t, w).Result)
		h.send = func(int) (Answer, error) { return Answer{ID: "17"}, nil }
		require.Equal(t, Created, h.must(t, h.write(func(w *Write) { w.Operation = "order.other" })).Result)
		require.Len(t, h.letters(t), 1)
		h.made()
		assert.Equal(t, Unchanged, h.must(t, h.write(replayed)).Result)
		assert.Empty(t, h.letters(t))
		assert.Empty(t, h.made())
	})
}

func TestALostAnswer(t *testing.T) {
	const patience = time.Minute
	for name, test := range map[string]struct {
		change  []func(*Write)
		lost    int     // answers
		found   []Found // by the look-ups, the last one for all further ones
		result  Result
		calls   []string
		state   string
		atLeast time.Duration
		below   time.Duration
	}{
		"it was done: found and adopted": {[]func(*Write){deduplicates}, 1, []Found{ours}, Adopted,
			[]string{"send", "refresh", "find"}, stateDone, 0, time.Second},
		"another stands there: ambiguous": {[]func(*Write){deduplicates}, 1, []Found{foreign}, DeadLettered,
			[]string{"send", "refresh", "find"}, stateAmbiguous, 0, time.Second},
		"nothing is there and nothing is done twice: sent again": {[]func(*Write){deduplicates}, 2, []Found{{}}, Created,
			[]string{"send", "refresh", "find", "send", "refresh", "find", "send"}, stateDone, 0, 10 * time.Second},
		"nothing is there: looked up once more after the deadline, then sent": {nil, 1, []Found{{}}, Created,
			[]string{"send", "refresh", "find", "refresh", "find", "send"}, stateDone, patience, patience + time.Second},
		"it shows only after the deadline: found and adopted": {nil, 1, []Found{{}, ours}, Adopted,
			[]string{"send", "refresh", "find", "refresh", "find"}, stateDone, patience, patience + time.Second},
		"another shows after the deadline: ambiguous": {nil, 1, []Found{{}, foreign}, DeadLettered,
			[]string{"send", "refresh", "find", "refresh", "find"}, stateAmbiguous, patience, patience + time.Second},
		"it cannot be asked: ambiguous": {[]func(*Write){blind}, 1, nil, DeadLettered,
			[]string{"send"}, stateAmbiguous, 0, time.Second},
		"it cannot be asked, and nothing is done twice: sent again": {[]func(*Write){blind, deduplicates}, 1, nil, Created,
			[]string{"send", "send"}, stateDone, 0, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.first(test.lost, silence)
				h.find = func(n int) (Found, error) { return test.found[min(n, len(test.found))-1], nil }
				asked := time.Now()
				assert.Equal(t, test.result, h.must(t, h.write(test.change...)).Result)
				assert.Equal(t, test.calls, h.made())
				assert.Equal(t, test.state, h.intent(t).State)
				assert.GreaterOrEqual(t, time.Since(asked), test.atLeast)
				assert.Less(t, time.Since(asked), test.below)
			})
		})
	}
}

func TestALostAnswerThatStaysAmbiguousSaysWhatStandsThere(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, silence)
		h.find = finds(foreign)
		outcome := h.must(t, h.write(deduplicates))
		assert.Equal(t, "the answer was lost and what stands there is not ours: the number UNL-SO-1 is held by order 5", outcome.Reason)
		letter := h.letter(t)
		assert.Equal(t, []string{stateAmbiguous, "mintsoft", "order.create", outcome.Reason}, []string{letter.Class, letter.System, letter.Operation, letter.Reason})
		assert.Equal(t, outcome.Reason, h.intent(t).Note)
	})
}

func TestAnErrorThatNoCallClassifiedIsALostAnswer(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, assert.AnError)
		h.find = finds(ours)
		assert.Equal(t, apihttp.Unknown, apihttp.OutcomeOf(assert.AnError))
		assert.Equal(t, Adopted, h.must(t, h.write(deduplicates)).Result)
	})
}
