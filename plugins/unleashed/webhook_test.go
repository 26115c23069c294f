package unleashed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

func TestWhatIsNotRightIsRefusedAndNotStored(t *testing.T) {
	now := time.Now()
	tests := map[string]struct {
		body   string
		change func(*http.Request)
		status int
		reason string
	}{
		"another verb":                {event("1"), func(r *http.Request) { r.Method = http.MethodPut }, 405, "method"},
		"a body over the limit":       {event("1") + strings.Repeat(" ", 600), nil, 413, "too_large"},
		"a body that breaks off":      {event("1"), func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{})) }, 400, "unreadable"},
		"no signature":                {event("1"), func(r *http.Request) { r.Header.Del("x-unleashed-signature") }, 401, "unsigned"},
		"no timestamp":                {event("1"), func(r *http.Request) { r.Header.Del("x-unleashed-timestamp") }, 401, "unsigned"},
		"a signature of another body": {event("1"), func(r *http.Request) { sign(r, event("2"), now) }, 401, "forged"},
		"a timestamp that is changed": {event("1"), func(r *http.Request) {
			sign(r, event("1"), now)
			r.Header.Set("x-unleashed-timestamp", strconv.FormatInt(now.Unix()+1, 10))
		}, 401, "forged"},
		"a replay after six minutes": {event("1"), func(r *http.Request) { sign(r, event("1"), now.Add(-6*time.Minute)) }, 401, "stale"},
		"one from the future":        {event("1"), func(r *http.Request) { sign(r, event("1"), now.Add(6*time.Minute)) }, 401, "stale"},
		"signed, but no event":       {`{"eventType":"product.updated"}`, nil, 400, "malformed"},
		"signed, but no JSON":        {`event`, nil, 400, "malformed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, seen := sit(t, t.TempDir()), &taken{}
			_, end := d.start(t, ", max_body: 512", seen.take)
			defer end()
			require.Eventually(t, func() bool { return d.handler("hooks:80") != nil }, 10*time.Second, time.Millisecond)
			change := test.change
			if change == nil {
				change = func(*http.Request) {}
			}
			assert.Equal(t, test.status, d.post(test.body, change))
			assert.Equal(t, map[string]int64{test.reason: 1}, d.refused())
			assert.Empty(t, d.stored(t))
			_, known, err := d.book.Ledger.ReceivedEvent(t.Context(), stream, "1")
			require.NoError(t, err)
			assert.False(t, known)
			assert.Empty(t, seen.ids(t))
		})
	}
}

// broken is a connection that is lost.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// inBubble runs a test with a desk on fake time.
func inBubble(t *testing.T, test func(t *testing.T, folder string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, t.TempDir()) })
}

func TestAnEventIsStoredAnsweredAndEmitted(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		d, seen := sit(t, folder), &taken{}
		_, end := d.start(t, "", seen.take)
		defer end()
		<-time.After(time.Second)
		for _, id := range []string{"b", "a", "c"} {
			assert.Equal(t, 202, d.post(event(id)))
		}
		assert.Equal(t, 202, d.post(event("a")), "a duplicate is answered like any other")
		<-time.After(2 * time.Second)
		assert.Equal(t, []string{"b", "a", "c"}, seen.ids(t), "in the order of their arrival, once")
		assert.Equal(t, 202, d.post(event("a")), "also when it was handled")
		<-time.After(2 * time.Second)
		assert.Len(t, seen.ids(t), 3)
		assert.Empty(t, d.stored(t), "all are handled")
		assert.Empty(t, d.refused())

		msg := seen.messages[1]
		body, err := msg.AsStructured()
		require.NoError(t, err)
		assert.Equal(t, map[string]any{
			"subscriptionId": "s", "eventNotificationId": "a", "eventType": "product.updated", "createdOn": "2026-03-01T08:31:00Z",
			"data": map[string]any{"productGuid": "g-a"}, "guid": "g-a",
		}, body)
		source, _ := component.SourceOf(msg)
		assert.Equal(t, ledger.Record{System: "unleashed", Resource: "Events", ID: "a", Ref: "g-a"}, source.Record)
		assert.Equal(t, []string{"main", stream, "webhooks"}, []string{source.Connection, source.Stream, source.Pipeline})
		settings, _ := msg.MetaGetMut("settings")
		assert.NotContains(t, fmt.Sprint(settings), webhookKey)
	})
}

func TestAnEventThatIsPutBackComesAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		d, seen := sit(t, folder), &taken{}
		var mut sync.Mutex
		var tries []time.Time
		_, end := d.start(t, "", func(ctx context.Context, msg *service.Message) error {
			mut.Lock()
			defer mut.Unlock()
			if source, _ := component.SourceOf(msg); source.Record.ID == "bad" && len(tries) < 3 {
				tries = append(tries, time.Now())
				return errors.New("not now")
			}
			return seen.take(ctx, msg)
		})
		defer end()
		<-time.After(time.Second)
		d.post(event("bad"))
		<-time.After(time.Minute)
		mut.Lock()
		defer mut.Unlock()
		require.Len(t, tries, 3)
		assert.Greater(t, tries[1].Sub(tries[0]), 400*time.Millisecond)
		assert.Greater(t, tries[2].Sub(tries[1]), 800*time.Millisecond, "the pauses grow")
		assert.Equal(t, []string{"bad"}, seen.ids(t))
		stored, _, err := d.book.Ledger.ReceivedEvent(t.Context(), stream, "bad")
		require.NoError(t, err)
		assert.True(t, stored.Done)
		assert.Equal(t, 4, stored.Attempts)
	})
}

func TestWhatWasNotHandledComesAgainAfterARestart(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		d := sit(t, folder)
		held := make(chan struct{})
		_, end := d.start(t, "", func(ctx context.Context, _ *service.Message) error {
			<-held
			return errors.New("the process stops")
		})
		<-time.After(time.Second)
		d.post(event("1"))
		d.post(event("2"))
		<-time.After(2 * time.Second)
		d.book.Drain()
		assert.Equal(t, 503, d.post(event("3")), "what comes now is for the next process")
		assert.Equal(t, map[string]int64{"unavailable": 1}, d.refused())
		close(held)
		end()
		assert.Nil(t, d.handler("hooks:80"), "nobody listens any more")
		require.NoError(t, d.book.Close())

		next, seen := sit(t, folder), &taken{}
		_, end = next.start(t, "", seen.take)
		defer end()
		<-time.After(2 * time.Second)
		assert.Equal(t, []string{"1", "2"}, seen.ids(t))
	})
}

func TestEventsAreStoredWhileTheServicesAreDown(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		d := sit(t, folder, func(o *connection.OpenOptions) { o.Transport = mintsoft{down: true} })
		_, end := d.start(t, "", (&taken{}).take)
		defer end()
		<-time.After(time.Second)
		assert.Equal(t, 202, d.post(event("1")))
		assert.Equal(t, []string{"1"}, d.stored(t))
		d.book.Drain()
	})
}

func TestWithoutALedgerAnEventIsNotTakenIn(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		d := sit(t, folder)
		_, end := d.start(t, "", (&taken{}).take)
		defer end()
		<-time.After(time.Second)
		require.NoError(t, d.book.Ledger.Close())
		assert.Equal(t, 503, d.post(event("1")), "Unleashed sends it again")
		assert.Equal(t, map[string]int64{"unavailable": 1}, d.refused())
		d.book.Drain()
	})
}

// store puts events in as a process before did.
func (d *desk) store(t *testing.T, ids ...string) {
	t.Helper()
	require.NoError(t, d.book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
		for _, id := range ids {
			if _, err := tx.ReceiveEvent(ledger.Arrival{ID: id, Connection: "main", Stream: stream, Kind: "product.updated", Body: []byte(event(id))}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestASingleRunEmitsWhatIsStoredAndEnds(t *testing.T) {
	var many []string
	for i := range eventsAtOnce + 5 {
		many = append(many, fmt.Sprint(i))
	}
	inBubble(t, func(t *testing.T, folder string) {
		d, seen := sit(t, folder, func(o *connection.OpenOptions) { o.Once = true }), &taken{}
		d.store(t, many...)
		ended, _ := d.start(t, "", seen.take)
		require.NoError(t, <-ended)
		assert.Equal(t, many, seen.ids(t), "over more than one page")
		assert.Empty(t, d.stored(t))
		assert.Nil(t, d.handler("hooks:80"), "nothing listens")
	})
}

func TestADryRunChangesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		real := sit(t, folder)
		real.store(t, "1")
		d, seen := sit(t, folder, func(o *connection.OpenOptions) { o.Once, o.DryRun = true, true }), &taken{}
		ended, _ := d.start(t, "", seen.take)
		require.NoError(t, <-ended)
		assert.Equal(t, []string{"1"}, seen.ids(t))
		assert.Nil(t, d.handler("hooks:80"))
		assert.Equal(t, []string{"1"}, real.stored(t), "it is still to be handled")
	})
}

func TestWhatAPersonReplaysIsReadFromTheInbox(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		d, seen := sit(t, folder, func(o *connection.OpenOptions) { o.Once, o.RedeliverOnly = true, true }), &taken{}
		d.store(t, "1", "2")
		ids := map[string]string{}
		require.NoError(t, d.book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) (err error) {
			for _, id := range []string{"1", "pruned"} {
				if ids[id], err = tx.FileDeadLetter(ledger.DeadLetter{Connection: "main", Stream: stream, Record: eventRecord(id, "g"), Class: "rejected"}); err != nil {
					return err
				}
				if err := tx.SetDeadLetterState(ids[id], ledger.StateReplaying); err != nil {
					return err
				}
			}
			return tx.FinishEvent(stream, "1")
		}))
		ended, _ := d.start(t, "", seen.take)
		require.NoError(t, <-ended)
		assert.Equal(t, []string{"1"}, seen.ids(t), "handled or not; what is new waits for its own run")
		source, _ := component.SourceOf(seen.messages[0])
		assert.True(t, source.Replay)
		letter, _, err := d.book.Ledger.DeadLetter(t.Context(), ids["pruned"])
		require.NoError(t, err)
		assert.Equal(t, ledger.StateClosed, letter.State, "an event past its retention is gone")
	})
}

func TestAnInputThatIsNotEnabledEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		d := sit(t, folder)
		ended, _ := d.start(t, `, enabled: "${! !@settings.general.use_webhooks }"`, (&taken{}).take)
		require.NoError(t, <-ended)
		assert.Nil(t, d.handler("hooks:80"))
	})
}

func TestAddressAndPathAreFields(t *testing.T) {
	inBubble(t, func(t *testing.T, folder string) {
		d := sit(t, folder)
		_, end := d.start(t, ", address: 'other:81', path: /in", (&taken{}).take)
		defer end()
		<-time.After(time.Second)
		require.NotNil(t, d.handler("other:81"))
		for path, status := range map[string]int{"/in": 202, "/webhooks/main": 404, "/": 404} {
			req := httptest.NewRequest(http.MethodPost, "http://other"+path, strings.NewReader(event("1")))
			sign(req, event("1"), time.Now())
			answer := httptest.NewRecorder()
			d.handler("other:81").ServeHTTP(answer, req)
			assert.Equal(t, status, answer.Code, path)
		}
	})
}

func TestFieldsOfTheWebhookInput(t *testing.T) {
	for fields, want := range map[string]struct{ lint, made string }{
		"connection: main, path: webhooks":  {"expected a path that begins with /", `field path: found "webhooks"`},
		"connection: main, max_body: 0":     {"expected at least 1 byte", "field max_body: found 0, expected at least 1"},
		"connection: main, max_age: 0s":     {"expected more than 0s", "field max_age: found 0s, expected more than zero"},
		"connection: main, scope: somebody": {"value somebody is not a valid option", ""},
		"path: /webhooks":                   {"connection", "connection"},
		"connection: main":                  {"", "expected a label"},
	} {
		if want.lint != "" {
			err := service.NewStreamBuilder().AddInputYAML("{ label: webhooks, unleashed_webhook: { " + fields + " } }")
			assert.ErrorContains(t, err, want.lint, fields)
		}
		if want.made != "" {
			conf, err := webhookSpec().ParseYAML("{ "+fields+" }", nil)
			if err == nil {
				_, err = newWebhook(conf, service.MockResources())
			}
			assert.ErrorContains(t, err, want.made, fields)
		}
	}
}

// Whatever is sent, only what is signed and an event is stored.
func FuzzReceiver(f *testing.F) {
	d := sit(f, f.TempDir())
	r := &receiver{book: d.book, flow: d.book.Flow("main", "webhooks"), key: webhookKey, maxBody: 1 << 10, maxAge: time.Minute}
	f.Add([]byte(event("1")), "1772353800", "", true)
	f.Add([]byte(`{"eventNotificationId":"\u0000","eventType":"t"}`), "", "x", true)
	f.Add([]byte(strings.Repeat("{", 2000)), "\r\n", "=", false)
	f.Fuzz(func(t *testing.T, body []byte, timestamp, signature string, signed bool) {
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		req.Header.Set("x-unleashed-timestamp", timestamp)
		req.Header.Set("x-unleashed-signature", signature)
		if signed {
			sign(req, string(body), time.Now())
		}
		refused := r.receive(httptest.NewRecorder(), req)
		parsed, err := unleashedapi.ParseEvent(body)
		genuine := signed && err == nil && int64(len(body)) <= r.maxBody
		require.Equal(t, genuine, refused == nil, "%+v", refused)
		if err != nil {
			return
		}
		_, stored, err := d.book.Ledger.ReceivedEvent(t.Context(), stream, parsed.ID)
		require.NoError(t, err)
		if genuine {
			require.True(t, stored)
		}
	})
}
