package delivery

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

func TestAnOutageIsWaitedForHoweverLongItTakes(t *testing.T) {
	for name, failure := range map[string]error{
		"the service is down":           down,
		"answers are lost":              silence,
		"the key is refused":            fmt.Errorf("renewing the key: %w", apihttp.ErrCredentials),
		"the month's calls are used up": &apihttp.Error{Outcome: apihttp.Throttled, Err: apihttp.ErrQuota},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				began := time.Now()
				answered := h.send
				h.send = func(n int) (Answer, error) {
					if time.Since(began) < 5*time.Hour {
						return Answer{}, failure
					}
					return answered(n)
				}
				// Nobody else's calls succeed either.
				w := h.write(deduplicates, func(w *Write) { w.Health = health{last: func() time.Time { return began }} })
				assert.Equal(t, Created, h.must(t, w).Result)
				assert.Empty(t, h.letters(t))
				assert.Less(t, time.Since(began), 5*time.Hour+time.Minute)
				assert.Greater(t, len(h.waits), 5*60, "it is tried about every half a minute")
			})
		})
	}
}

func TestARecordThatAloneFailsIsPoison(t *testing.T) {
	for name, test := range map[string]struct {
		failure error
		change  []func(*Write)
		tries   int // at least
		after   time.Duration
		below   time.Duration
	}{
		"after fifteen minutes":                 {down, nil, 8, 15 * time.Minute, 16 * time.Minute},
		"after eight tries":                     {&apihttp.Error{Outcome: apihttp.Throttled, RetryAfter: 10 * time.Minute}, nil, 8, 70 * time.Minute, 71 * time.Minute},
		"an update too":                         {down, []func(*Write){update}, 8, 15 * time.Minute, 16 * time.Minute},
		"when its answer is lost each time too": {silence, []func(*Write){deduplicates}, 8, 15 * time.Minute, 16 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				began := time.Now()
				h.send = func(int) (Answer, error) { return Answer{}, test.failure }
				outcome := h.must(t, h.write(test.change...))
				assert.Equal(t, DeadLettered, outcome.Result)
				assert.Equal(t, "poison", h.letter(t).Class)
				assert.Equal(t, test.failure.Error(), h.letter(t).Reason)
				assert.GreaterOrEqual(t, h.count["send"], test.tries)
				assert.GreaterOrEqual(t, time.Since(began), test.after)
				assert.Less(t, time.Since(began), test.below)
			})
		})
	}
}

func TestARecordIsNoPoison(t *testing.T) {
	for name, change := range map[string]func(*Write){
		"when no other call has succeeded since it failed": func(w *Write) { w.Health = health{last: func() time.Time { return time.Time{} }} },
		"when nobody knows of other calls":                 func(w *Write) { w.Health = nil },
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.first(200, down)
				assert.Equal(t, Created, h.must(t, h.write(change)).Result)
				assert.Empty(t, h.letters(t))
			})
		})
	}
}

func TestAnAccountThatNobodyElseCallsIsAskedHowItIs(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		began, last, asked := time.Now(), time.Time{}, 0
		h.send = func(int) (Answer, error) { return Answer{}, down }
		outcome := h.must(t, h.write(func(w *Write) {
			w.Health = health{last: func() time.Time { return last }, ask: func() { asked, last = asked+1, time.Now() }}
		}))
		assert.Equal(t, DeadLettered, outcome.Result)
		assert.Equal(t, "poison", h.letter(t).Class)
		assert.GreaterOrEqual(t, asked, poisonTries-1)
		assert.GreaterOrEqual(t, time.Since(began), poisonAfter)
		assert.Less(t, time.Since(began), poisonAfter+2*time.Minute)
	})
}

func TestAGapInAnOutageBlamesNobody(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		began := time.Now()
		gap, answered := began.Add(5*time.Minute), h.send
		h.send = func(n int) (Answer, error) {
			if time.Since(began) < 40*time.Minute {
				return Answer{}, down
			}
			return answered(n)
		}
		outcome := h.must(t, h.write(deduplicates, func(w *Write) {
			w.Health = health{last: func() time.Time {
				if time.Now().Before(gap) {
					return time.Time{}
				}
				return gap
			}}
		}))
		assert.Equal(t, Created, outcome.Result)
		assert.Empty(t, h.letters(t))
	})
}

func TestAListThatManyNeedIsNoFaultOfOne(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(200, apihttp.Shared(down))
		assert.Equal(t, Created, h.must(t, h.write()).Result)
		assert.Empty(t, h.letters(t))
	})
}

func TestALookUpThatAloneFailsLeavesItOpenWhatStandsThere(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.send = func(int) (Answer, error) { return Answer{}, silence }
		h.find = func(int) (Found, error) { return Found{}, down }
		began := time.Now()
		outcome := h.must(t, h.write())
		assert.Equal(t, DeadLettered, outcome.Result)
		assert.Equal(t, stateAmbiguous, h.letter(t).Class)
		assert.Contains(t, h.letter(t).Reason, "fails again and again")
		assert.GreaterOrEqual(t, time.Since(began), 15*time.Minute)
		assert.Equal(t, 1, h.count["send"])
	})
}

// refused is what a service says to a key, or to one whose user may not do this.
var refused = &apihttp.Error{Status: 401, Outcome: apihttp.Rejected, Err: apihttp.ErrCredentials}

func TestWhatTheKeysUserMayNotDoIsPoisonWhereOtherCallsAreAllowed(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.send = func(int) (Answer, error) { return Answer{}, refused }
		assert.Equal(t, DeadLettered, h.must(t, h.write()).Result, "the key's user may do all but this")
		assert.Equal(t, "poison", h.letter(t).Class)
	})
}

func TestRefusedCredentialsAreNoRecordsFault(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(200, refused)
		w := h.write(func(w *Write) { w.Health = health{last: func() time.Time { return time.Time{} }} })
		assert.Equal(t, Created, h.must(t, w).Result)
		assert.Empty(t, h.letters(t))
		assert.Equal(t, 201, h.count["send"])
		assert.Zero(t, h.count["find"], "nothing was sent, so nothing is looked for")
	})
}

func TestAThrottledWriteWaitsAsItIsTold(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, &apihttp.Error{Status: 429, Outcome: apihttp.Throttled, RetryAfter: 90 * time.Second})
		began := time.Now()
		assert.Equal(t, Created, h.must(t, h.write()).Result)
		assert.Equal(t, []time.Duration{90 * time.Second}, h.waits)
		assert.GreaterOrEqual(t, time.Since(began), 90*time.Second)
		assert.Equal(t, []string{"send", "send"}, h.made())
	})
}

func TestAStopEndsEveryWaitAtOnceAndFilesNothing(t *testing.T) {
	const never = 1_000_000
	hour := &apihttp.Error{Status: 429, Outcome: apihttp.Throttled, RetryAfter: time.Hour}
	for name, test := range map[string]struct {
		change  []func(*Write)
		died    bool // a process before
		failure error
		find    error
		intent  string // what the ledger knows then; empty for nothing
	}{
		"a throttled create":                             {nil, false, hour, nil, ""},
		"a throttled step that died before":              {[]func(*Write){deduplicates}, true, hour, nil, stateIntended},
		"a throttled update":                             {[]func(*Write){update}, false, hour, nil, ""},
		"the deadline of a request whose answer is lost": {nil, false, silence, nil, stateIntended},
		"the deadline of a request of a dead process":    {nil, true, nil, nil, stateIntended},
		"a look-up":                     {[]func(*Write){looksFirst}, false, nil, hour, ""},
		"a look-up after a lost answer": {nil, false, silence, hour, stateIntended},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				w := h.write(test.change...)
				if test.died {
					h.dies(t, w)
				}
				if test.failure != nil {
					h.first(never, test.failure)
				}
				if test.find != nil {
					h.find = func(int) (Found, error) { return Found{}, test.find }
				}
				ended := make(chan error, 1)
				go func() {
					_, err := h.Deliver(t.Context(), w)
					ended <- err
				}()
				<-time.After(10 * time.Second)
				synctest.Wait()
				select {
				case err := <-ended:
					require.Failf(t, "it did not wait", "%v", err)
				default:
				}
				stopped := time.Now()
				close(h.drain)
				require.ErrorIs(t, <-ended, ErrStopped)
				assert.Less(t, time.Since(stopped), 10*time.Millisecond)
				assert.Empty(t, h.letters(t))
				assert.Empty(t, h.parked(t))
				intent, _, err := h.ledger.Intent(t.Context(), key)
				require.NoError(t, err)
				assert.Equal(t, test.intent, intent.State)
			})
		})
	}
}

func TestAWriteThatWasPutBackIsSentByTheNextProcess(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, down)
		close(h.drain)
		_, err := h.Deliver(t.Context(), h.write(blind))
		require.ErrorIs(t, err, ErrStopped)

		h.drain = make(chan struct{})
		h.restart()
		assert.Equal(t, Created, h.must(t, h.write(blind)).Result, "it was surely not done, so there is nothing to ask")
		assert.Empty(t, h.letters(t))
	})
}

func TestAWaitEndsWithTheContext(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, &apihttp.Error{Outcome: apihttp.Throttled, RetryAfter: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := h.Deliver(ctx, h.write())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Empty(t, h.letters(t))
	})
}

func TestACallThatAStopEndsIsNoFailureToTellOf(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ctx, cancel := context.WithCancel(t.Context())
		h.send = func(int) (Answer, error) {
			cancel()
			return Answer{}, context.Canceled
		}
		_, err := h.Deliver(ctx, h.write(deduplicates))
		require.Error(t, err)
		assert.Empty(t, h.waits)
		assert.Empty(t, h.letters(t))
	})
}
