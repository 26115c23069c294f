package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

func TestARefusalIsADeadLetterThatTellsEverything(t *testing.T) {
	hint := func(w *Write) {
		w.Hint = func(refusal *apihttp.Error) string { return "map the phrase for: " + refusal.Message }
	}
	for name, test := range map[string]struct {
		change []func(*Write)
		reason string
		intent string // its state
	}{
		"a create":             {nil, "mintsoft order.create: refused: Courier unknown", stateRejected},
		"a create with a mend": {[]func(*Write){hint}, "mintsoft order.create: refused: Courier unknown; map the phrase for: Courier unknown", stateRejected},
		"a mend that is not known": {[]func(*Write){func(w *Write) { w.Hint = func(*apihttp.Error) string { return "" } }},
			"mintsoft order.create: refused: Courier unknown", stateRejected},
		"an update": {[]func(*Write){update, hint}, "mintsoft order.create: refused: Courier unknown; map the phrase for: Courier unknown", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.send = refusing("Courier unknown")
				w := h.write(test.change...)
				outcome := h.must(t, w)
				assert.Equal(t, Outcome{Result: DeadLettered, Reason: test.reason}, outcome)
				assert.Equal(t, []string{"send"}, h.made(), "never retried")

				letter := h.letter(t)
				assert.Equal(t, ledger.DeadLetter{
					ID: letter.ID, Connection: "main", Stream: stream, Record: order, Class: stateRejected, System: "mintsoft", Operation: w.Operation,
					Reason: test.reason, Detail: w.Body, State: ledger.StateOpen, Attempts: 1, FirstAt: letter.FirstAt, LastAt: letter.LastAt,
				}, letter)
				assert.Equal(t, []string{"sent", "dead-lettered"}, h.happened(t))
				assert.Equal(t, "rejected: "+test.reason, h.events(t)[1].Summary)
				intent, _, err := h.ledger.Intent(t.Context(), key)
				require.NoError(t, err)
				assert.Equal(t, test.intent, intent.State)
			})
		})
	}
}

func TestARefusedRecordThatComesAgainIsSentAgain(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.first(1, answering(apihttp.Rejected, "no"))
		h.must(t, h.write())
		assert.Equal(t, Created, h.must(t, h.write(body(`{"OrderNumber":"mended"}`))).Result)
		assert.Empty(t, h.letters(t))
		assert.Equal(t, 2, h.intent(t).Attempts)
	})
}

func TestARefusedCreateIsLookedUp(t *testing.T) {
	exists := answering(apihttp.AlreadyThere, "Order Number already exists")
	passed := Found{Cancelled: true, ID: "17", Detail: "it keeps its number"}
	for name, test := range map[string]struct {
		refusal *apihttp.Error
		change  []func(*Write)
		found   []Found
		result  Result
		calls   []string
		reason  string
	}{
		"it is ours: adopted, whatever the words were": {answering(apihttp.Rejected, "Duplicate reference"), []func(*Write){deduplicates}, []Found{ours},
			Adopted, []string{"send", "find"}, ""},
		"it is another's: refused, naming it": {exists, []func(*Write){deduplicates}, []Found{foreign},
			DeadLettered, []string{"send", "find"}, foreign.Detail},
		"nothing is there: refused with the service's words": {answering(apihttp.Rejected, "Postcode missing"), []func(*Write){deduplicates}, []Found{{}},
			DeadLettered, []string{"send", "find"}, "mintsoft order.create: refused: Postcode missing"},
		"it shows only moments later: looked for until then": {exists, []func(*Write){deduplicates}, []Found{{}, {}, ours},
			Adopted, []string{"send", "find", "send", "find", "send", "find"}, ""},
		"a cancelled one is passed over, and ours shows moments later": {exists, []func(*Write){deduplicates}, []Found{passed, ours},
			Adopted, []string{"send", "find", "send", "find"}, ""},
		"a cancelled one that is passed over has no part in another refusal": {answering(apihttp.Rejected, "Postcode missing"), []func(*Write){deduplicates}, []Found{passed},
			DeadLettered, []string{"send", "find"}, "mintsoft order.create: refused: Postcode missing"},
		"the service would not have refused a second one: not looked up": {answering(apihttp.Rejected, "no"), nil, []Found{ours},
			DeadLettered, []string{"send"}, "mintsoft order.create: refused: no"},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.send = func(int) (Answer, error) { return Answer{}, test.refusal }
				h.find = func(n int) (Found, error) { return test.found[min(n, len(test.found))-1], nil }
				outcome := h.must(t, h.write(test.change...))
				assert.Equal(t, test.result, outcome.Result)
				assert.Equal(t, test.reason, outcome.Reason)
				assert.Equal(t, test.calls, h.made())
			})
		})
	}
}

func TestWhatIsSaidToExistAndNeverShowsIsRefused(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.send = func(int) (Answer, error) {
			return Answer{}, answering(apihttp.AlreadyThere, "Order Number already exists")
		}
		began := time.Now()
		assert.Equal(t, DeadLettered, h.must(t, h.write(deduplicates)).Result)
		assert.Equal(t, stateRejected, h.letter(t).Class)
		assert.GreaterOrEqual(t, time.Since(began), showsWithin)
		assert.Less(t, time.Since(began), 4*showsWithin)
	})
}

func TestParking(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.send = refusing(noProduct)
		w := h.write(deduplicates, parks(24*time.Hour))
		began := time.Now().UTC()
		outcome := h.must(t, w)
		assert.Equal(t, Outcome{Result: Parked, Reason: "mintsoft order.create: refused: " + noProduct}, outcome)
		assert.Equal(t, []string{"send"}, h.made(), "what may mend itself is not looked up")
		assert.Equal(t, stateParked, h.intent(t).State)
		assert.Empty(t, h.letters(t))
		assert.Equal(t, []string{"sent", "parked"}, h.happened(t))
		assert.Equal(t, []ledger.Parked{{
			Connection: "main", Stream: stream, Record: order, Operation: "order.create", WaitFor: "product_sync", Reason: outcome.Reason,
			Since: began, Until: began.Add(24 * time.Hour), DueAt: began.Add(5 * time.Second),
		}}, h.parked(t))

		<-time.After(time.Hour)
		assert.Equal(t, Parked, h.must(t, w).Result)
		again := h.parked(t)[0]
		assert.Equal(t, began.Add(24*time.Hour), again.Until, "its time does not begin anew")
		assert.True(t, again.DueAt.IsZero(), "from now on it waits for the pipeline")

		<-time.After(23 * time.Hour)
		assert.Equal(t, Parked, h.must(t, w).Result, "one run of the pipeline is waited for: none has come since")
		assert.Equal(t, began.Add(25*time.Hour), h.parked(t)[0].Until)

		<-time.After(time.Hour)
		assert.Equal(t, DeadLettered, h.must(t, w).Result, "its time is over")
		assert.Equal(t, stateRejected, h.letter(t).Class)
		assert.Contains(t, h.letter(t).Reason, noProduct)
		assert.Empty(t, h.parked(t))
		assert.Equal(t, stateRejected, h.intent(t).State)
	})
}

func TestOnlyWhatMayMendItselfIsParked(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.send = refusing("Postcode missing")
		assert.Equal(t, DeadLettered, h.must(t, h.write(parks(time.Hour))).Result)
		assert.Empty(t, h.parked(t))
	})
}

func TestAnUpdateIsParkedToo(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.send = refusing(noProduct)
		assert.Equal(t, Parked, h.must(t, h.write(update, parks(time.Hour))).Result)
		require.Len(t, h.parked(t), 1)
		intents, err := h.ledger.Intents(t.Context(), order.ID)
		require.NoError(t, err)
		assert.Empty(t, intents, "an update has no key")
	})
}

func TestASuccessEndsWhatTheSameWriteLeftBehind(t *testing.T) {
	other := func(w *Write) { w.Operation, w.Key = "asn.create", "accounts/asn.create/guid-1" }
	for name, test := range map[string]struct {
		change func(*Write)
		left   []string // operations
	}{
		"the same write":                    {func(*Write) {}, []string{"asn.create"}},
		"another write of the record":       {other, []string{"order.create"}},
		"a third write of the record":       {update, []string{"asn.create", "order.create"}},
		"the same write of another record":  {func(w *Write) { w.Record.ID, w.Key = "guid-2", "2" }, []string{"asn.create", "order.create"}},
		"the same write of another stream":  {func(w *Write) { w.Stream, w.Key = "other_order_import", "3" }, []string{"asn.create", "order.create"}},
		"the same write in another service": {func(w *Write) { w.System, w.Operation, w.Key = "unleashed", "shipment.create", "4" }, []string{"asn.create", "order.create"}},
	} {
		for kind, park := range map[string]func(*Write){"parked": parks(time.Hour), "dead-lettered": func(*Write) {}} {
			t.Run(kind+": "+name, func(t *testing.T) {
				inHouse(t, func(t *testing.T, h *house) {
					answered := h.send
					h.send = refusing(noProduct)
					h.must(t, h.write(park))
					h.must(t, h.write(other, park))

					h.send = answered
					h.must(t, h.write(test.change))
					var left []string
					for _, letter := range h.letters(t) {
						left = append(left, letter.Operation)
					}
					for _, item := range h.parked(t) {
						left = append(left, item.Operation)
					}
					assert.ElementsMatch(t, test.left, left)
				})
			})
		}
	}
}

func TestARecordWaitsOrIsDeadAndNeverBoth(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		require.NoError(t, h.ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
			return tx.Park(ledger.Parked{Connection: "main", Stream: stream, Record: order, Operation: PlainParking, WaitFor: "purchase_order_import", Until: time.Now().Add(time.Hour)})
		}))
		h.send = refusing("no")
		h.must(t, h.write())
		assert.Empty(t, h.parked(t), "what put the record aside before any write of it is over")
		assert.Len(t, h.letters(t), 1)
	})
}

func TestEventsSayWhatWasLeftOutAndWhenTheRecordWasRead(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.must(t, h.write(func(w *Write) {
			w.Notes = []string{"Comments cut to 200 characters", "line 3 has no stock"}
			w.ReadAt = time.Date(2026, 3, 2, 10, 0, 0, 0, time.FixedZone("", 3600))
		}))
		assert.Equal(t, "mintsoft order.create, read 2026-03-02 09:00:00 (Comments cut to 200 characters; line 3 has no stock)", h.events(t)[0].Summary)
		assert.Equal(t, "mintsoft order.create: UNL-SO-1", h.events(t)[1].Summary)
	})
}

// One record may lead to the same write on several targets.
func TestWritesOfOneRecordOnSeveralTargets(t *testing.T) {
	to := func(target string) func(*Write) {
		return func(w *Write) { w.Key, w.Target = w.Key+"/"+target, target }
	}
	inHouse(t, func(t *testing.T, h *house) {
		h.send = refusing("no")
		h.must(t, h.write(to("Orders/1")))
		h.must(t, h.write(to("Orders/2")))
		h.send = refusing(noProduct)
		h.must(t, h.write(to("Orders/3"), parks(time.Hour)))
		h.must(t, h.write(to("Orders/4"), parks(time.Hour)))
		require.Len(t, h.letters(t), 2)
		require.NoError(t, h.ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
			_, err := tx.FileDeadLetter(ledger.DeadLetter{Connection: "main", Stream: stream, Record: order, Class: "unmappable", System: order.System, Operation: "judge", Slot: "Orders/1"})
			return err
		}))

		h.send = func(int) (Answer, error) { return Answer{ID: "17"}, nil }
		h.must(t, h.write(to("Orders/1")))
		h.must(t, h.write(to("Orders/3"), parks(time.Hour)))
		assert.Len(t, h.letters(t), 1, "what failed before the write is over too, what concerns others is not")
		waiting, err := h.ledger.ParkedItems(t.Context(), stream)
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		assert.Equal(t, "order.create Orders/4", waiting[0].Operation)
	})
}
