package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	older = "2026-03-02T09:00:00.000000000Z"
	newer = "2026-03-02T09:00:00.000000001Z"
)

func TestAnUpdateIsSentEachTime(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		for range 2 {
			assert.Equal(t, Updated, h.must(t, h.write(update)).Result)
		}
		assert.Equal(t, []string{"send", "send"}, h.made())
		assert.Equal(t, []string{"sent", "updated", "sent", "updated"}, h.happened(t))
		intents, err := h.ledger.Intents(t.Context(), order.ID)
		require.NoError(t, err)
		assert.Empty(t, intents)
	})
}

func TestAnUpdateWhoseAnswerIsLostIsSimplySentAgain(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(2, silence)
		assert.Equal(t, Updated, h.must(t, h.write(update)).Result)
		assert.Equal(t, []string{"send", "send", "send"}, h.made())
	})
}

func TestWhatAnUpdateSetsAndStandsThereAlreadyIsDone(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, answering(apihttp.AlreadyThere, "the SKU has this barcode"))
		assert.Equal(t, Updated, h.must(t, h.write(update)).Result)
	})
}

func TestAnOlderVersionNeverOverwritesANewerOne(t *testing.T) {
	for name, test := range map[string]struct {
		first, second string
		change        func(*Write)
		result        Result
	}{
		"older":                         {newer, older, nil, Unchanged},
		"newer":                         {older, newer, nil, Updated},
		"the same":                      {newer, newer, nil, Updated},
		"of a record without versions":  {newer, "", nil, Updated},
		"older, but of another target":  {newer, older, func(w *Write) { w.Target = "/api/Order/18" }, Updated},
		"older, but in another service": {newer, older, func(w *Write) { w.System = "unleashed" }, Updated},
		"older, but of another record":  {newer, older, func(w *Write) { w.Record.ID = "guid-2" }, Updated},
		"older, but a person asks":      {newer, older, func(w *Write) { w.Replay = true }, Updated},
		"older, but read later":         {newer, older, func(w *Write) { w.ReadAt = w.ReadAt.Add(time.Minute) }, Updated},
		"older, and read before":        {newer, older, func(w *Write) { w.ReadAt = w.ReadAt.Add(-time.Minute) }, Unchanged},
		"newer, though read before":     {older, newer, func(w *Write) { w.ReadAt = w.ReadAt.Add(-time.Minute) }, Updated},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.must(t, h.write(update, modified(test.first)))
				h.made()
				w := h.write(update, modified(test.second))
				if test.change != nil {
					test.change(&w)
				}
				outcome := h.must(t, w)
				assert.Equal(t, test.result, outcome.Result)
				assert.Len(t, h.made(), map[Result]int{Updated: 1, Unchanged: 0}[test.result])
				if test.result == Unchanged {
					assert.Equal(t, "a newer version was written before", outcome.Reason)
				}
			})
		})
	}
}

func TestARecordWithoutVersionsDoesNotMakeAnOlderOneNew(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.must(t, h.write(update, modified(newer)))
		h.must(t, h.write(update, modified("")))
		assert.Equal(t, Unchanged, h.must(t, h.write(update, modified(older))).Result)
	})
}

func TestAVersionThatWasRefusedHoldsNothingBack(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, answering(apihttp.Rejected, "no"))
		require.Equal(t, DeadLettered, h.must(t, h.write(update, modified(newer))).Result)
		assert.Equal(t, Updated, h.must(t, h.write(update, modified(older))).Result)
	})
}

func TestUpdatesOfOneTargetThatArriveTogetherEndWithTheNewest(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		stands := ""
		ended := make(chan error, 2)
		for _, at := range []string{newer, older} {
			w := h.write(update, modified(at))
			send := w.Send
			w.Send = func(ctx context.Context) (Answer, error) {
				answer, err := send(ctx)
				<-time.After(time.Second)
				stands = at
				return answer, err
			}
			go func() {
				_, err := h.Deliver(t.Context(), w)
				ended <- err
			}()
		}
		require.NoError(t, errors.Join(<-ended, <-ended))
		assert.Equal(t, newer, stands)
		assert.Equal(t, 1, h.most)
	})
}

func TestADryRunPlansAndWritesNothing(t *testing.T) {
	current := func(w *Write) {
		w.Current = func(context.Context) (json.RawMessage, error) {
			return json.RawMessage(`{"OrderNumber":"UNL-SO-1","Comments":"ring","Weight":1.50}`), nil
		}
	}
	for name, test := range map[string]struct {
		change  []func(*Write)
		kind    string
		target  string
		changes []Change
	}{
		"a create": {nil, "create", "SO-1", []Change{{Field: "OrderNumber", After: "UNL-SO-1"}}},
		"a step":   {[]func(*Write){func(w *Write) { w.Kind = Step }, current}, "other", "SO-1", nil},
		"an update": {[]func(*Write){update, current, body(`{"Comments":"knock","Weight":1.5}`)}, "update", "/api/Order/17",
			[]Change{{Field: "Comments", Before: "ring", After: "knock"}}},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.plans()
				w := h.write(test.change...)
				assert.Equal(t, Outcome{Result: Planned}, h.must(t, w))
				assert.Equal(t, []PlannedWrite{{
					Stream: stream, Record: order, System: "mintsoft", Operation: w.Operation, Kind: test.kind, Target: test.target, Changes: test.changes,
				}}, h.planned)
				assert.Empty(t, h.made())
				assert.Empty(t, h.events(t))
				intents, err := h.ledger.Intents(t.Context(), order.ID)
				require.NoError(t, err)
				assert.Empty(t, intents)
			})
		})
	}
}

func TestADryRunKnowsWhatIsDoneAndWhatIsDead(t *testing.T) {
	for name, test := range map[string]struct {
		found  Found
		result Result
	}{
		"done":      {ours, Unchanged},
		"ambiguous": {foreign, DeadLettered},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.first(1, silence)
				h.find = finds(test.found)
				h.must(t, h.write(deduplicates))
				h.made()
				events, letters := h.events(t), h.letters(t)
				h.plans()
				assert.Equal(t, test.result, h.must(t, h.write(deduplicates, body(`{"OrderNumber":"UNL-SO-2"}`))).Result)
				assert.Empty(t, h.planned)
				assert.Empty(t, h.made())
				assert.Equal(t, events, h.events(t))
				assert.Equal(t, letters, h.letters(t))
			})
		})
	}
}

func TestADryRunWaitsForATargetThatCannotBeRead(t *testing.T) {
	refusal := &apihttp.Error{Status: 400, Outcome: apihttp.Rejected}
	for name, failure := range map[string]error{"it fails": down, "it is refused": refusal} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				tries := 0
				h.plans()
				_, err := h.Deliver(t.Context(), h.write(update, func(w *Write) {
					w.Current = func(context.Context) (json.RawMessage, error) {
						if tries++; tries < 4 {
							return nil, failure
						}
						return json.RawMessage(`{}`), nil
					}
				}))
				require.NoError(t, err)
				assert.Len(t, h.planned, 1)
			})
		})
	}
}

func TestVersionsThatNoThreadHasInHandAreForgotten(t *testing.T) {
	var v versions
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for i := range 5 * someVersions {
		w := Write{System: "mintsoft", ReadAt: at.Add(time.Duration(i) * time.Second), Record: ledger.Record{ID: strconv.Itoa(i), Modified: newer}}
		v.written(w)
		w.Record.Modified, w.ReadAt = older, w.ReadAt.Add(-time.Second)
		assert.True(t, v.older(w))
	}
	assert.Less(t, len(v.last), 2*someVersions)
}
