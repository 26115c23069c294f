package component

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const reads = "{connection: main, operation: order.get, arguments: 'root.ID = this.id'}"

func TestAReadAnswersOrRejects(t *testing.T) {
	missing := failure(apihttp.Rejected, "")
	missing.Err = apihttp.ErrNotFound
	for name, test := range map[string]struct {
		processor, content string
		answer             func(int, Request) (string, error)
		becomes            any
		class, says        string
	}{
		"the answer replaces the message": {reads, `{"id":17}`, answers(`{"ID":17}`), map[string]any{"ID": 17.0}, "", ""},
		"what is not there is null":       {reads, `{"id":17}`, func(int, Request) (string, error) { return "", missing }, nil, "", ""},
		"a refusal":                       {reads, `{"id":17}`, fails(apihttp.Rejected, "no"), nil, ledger.ClassRejected, "[rejected] shop order: refused: no"},
		"an argument without a value":     {reads, `{}`, answers(`{}`), nil, ledger.ClassRejected, "order.get: the argument ID has no value"},
		"arguments that cannot be mapped": {"{connection: main, operation: order.get, arguments: 'root = this.id.uppercase()'}", `{"id":17}`, answers(`{}`), nil, ledger.ClassUnmappable, "order.get: mapping the arguments"},
		"arguments that are no object":    {"{connection: main, operation: order.get, arguments: 'root = [1]'}", `{"id":17}`, answers(`{}`), nil, ledger.ClassUnmappable, "expected an object of arguments"},
		"arguments that are deleted":      {"{connection: main, operation: order.get, arguments: 'root = deleted()'}", `{"id":17}`, answers(`{}`), nil, ledger.ClassUnmappable, "the arguments are deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			o, s := newOffice(t), open(test.answer)
			msg := message(test.content)
			batch, err := o.processor(t, s.System, test.processor).Process(t.Context(), msg)
			if test.says == "" {
				require.NoError(t, err)
				require.Len(t, batch, 1)
				assert.Equal(t, test.becomes, object(t, batch[0]))
				return
			}
			require.ErrorContains(t, err, test.says)
			class, _ := msg.MetaGetMut(MetaErrorClass)
			assert.Equal(t, test.class, class)
			marked, _ := ClassOf(err.Error())
			assert.Equal(t, test.class, marked, "the text tells it where metadata does not come through")
		})
	}
}

func TestAnAnswerMayGoToMetadata(t *testing.T) {
	o, s := newOffice(t), open(answers(`{"Total":1.10}`))
	batch, err := o.processor(t, s.System, "{connection: main, operation: order.get, arguments: 'root.ID = this.id', result: order}").Process(t.Context(), message(`{"id":17}`))
	require.NoError(t, err)
	require.Len(t, batch, 1)
	assert.Equal(t, map[string]any{"id": 17.0}, object(t, batch[0]))
	kept, _ := batch[0].MetaGetMut("order")
	plain, err := Plain(kept)
	require.NoError(t, err)
	assert.Equal(t, "1.10", plain.(map[string]any)["Total"].(interface{ String() string }).String(), "as it was written, to the last digit")
}

func TestAReadWaitsForWhatMayPass(t *testing.T) {
	refused, spent := failure(apihttp.Rejected, "key"), failure(apihttp.Throttled, "quota")
	refused.Err, spent.Err = apihttp.ErrCredentials, apihttp.ErrQuota
	for name, failing := range map[string]error{
		"an outage": failure(apihttp.Transient, "down"), "a lost answer": failure(apihttp.Unknown, "reset"),
		"a key that is refused": refused, "a quota that is spent": spent,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t)
				began := time.Now()
				s := open(func(int, Request) (string, error) {
					if time.Since(began) < time.Hour {
						return "", failing
					}
					return `{"ID":17}`, nil
				})
				batch, err := o.processor(t, s.System, reads).Process(t.Context(), message(`{"id":17}`))
				require.NoError(t, err)
				assert.Len(t, batch, 1)
				assert.Less(t, time.Since(began), time.Hour+time.Minute)
			})
		})
	}
}

func TestAReadThatFindsNothingMayAskAgain(t *testing.T) {
	gone := failure(apihttp.Rejected, "no such order")
	gone.Err = apihttp.ErrNotFound
	for name, test := range map[string]struct {
		operation string
		hidden    time.Duration
		asked     int
		found     bool
	}{
		"it is there at once":       {"order.await", 0, 1, true},
		"it shows with the last":    {"order.await", 6 * time.Second, 3, true},
		"it stays missing":          {"order.await", time.Hour, 3, false},
		"others are not waited for": {"order.get", time.Second, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, began := newOffice(t), time.Now()
				s := open(func(int, Request) (string, error) {
					if time.Since(began) < test.hidden {
						return "", gone
					}
					return `{"ID":17}`, nil
				})
				batch, err := o.processor(t, s.System, "{connection: main, operation: "+test.operation+", arguments: 'root.ID = this.id'}").Process(t.Context(), message(`{"id":17}`))
				require.NoError(t, err)
				assert.Len(t, s.asked, test.asked)
				assert.Equal(t, test.found, object(t, batch[0]) != nil)
			})
		})
	}
}

func TestAReadThatAloneFailsIsPoison(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := newOffice(t), open(fails(apihttp.Transient, "down"))
		s.Ping = func(ctx context.Context, c *connection.Connection) error {
			_, err := c.Mintsoft.Warehouses(ctx)
			return err
		}
		began, msg := time.Now(), message(`{"id":17}`)
		_, err := o.processor(t, s.System, reads).Process(t.Context(), msg)
		require.ErrorContains(t, err, "[poison] shop order: failed: down")
		class, _ := msg.MetaGetMut(MetaErrorClass)
		assert.Equal(t, ledger.ClassPoison, class)
		assert.GreaterOrEqual(t, time.Since(began), 15*time.Minute)
		assert.Less(t, time.Since(began), 17*time.Minute)
	})
}

func TestWhatSeveralMessagesAskForAtOnceIsAskedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		s := open(func(_ int, r Request) (string, error) {
			<-time.After(time.Second)
			return `{"Path":"` + r.Path + `"}`, nil
		})
		p := o.processor(t, s.System, reads)
		var running sync.WaitGroup
		for n := range 10 {
			running.Go(func() {
				batch, err := p.Process(t.Context(), message(fmt.Sprintf(`{"id":%d}`, n%2)))
				if assert.NoError(t, err) {
					assert.Equal(t, map[string]any{"Path": fmt.Sprintf("/api/Order/%d", n%2)}, object(t, batch[0]))
				}
			})
		}
		running.Wait()
		assert.Len(t, s.asked, 2)
	})
}

func TestAReadThatWaitsEndsAtOnceWithTheProcessOrItsContext(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(o *office, cancel func())
		with error
	}{
		"the process is stopping": {func(o *office, _ func()) { o.Drain() }, delivery.ErrStopped},
		"the context ends":        {func(_ *office, cancel func()) { cancel() }, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, s := newOffice(t), open(fails(apihttp.Transient, "down"))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ended := make(chan error, 1)
				go func() {
					_, err := o.processor(t, s.System, reads).Process(ctx, message(`{"id":17}`))
					ended <- err
				}()
				<-time.After(10 * time.Minute)
				synctest.Wait()
				asked := time.Now()
				test.end(o, cancel)
				require.ErrorIs(t, <-ended, test.with)
				assert.Equal(t, asked, time.Now())
			})
		})
	}
}

func TestACallUnderWayHasAMomentOnceTheProcessIsStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := newOffice(t).Book
		first, cancel := book.UntilDrained(t.Context())
		defer cancel()
		<-time.After(time.Hour)
		require.NoError(t, first.Err())
		book.Drain()
		asked := time.Now()
		<-time.After(time.Second / 2)
		late, cancel := book.UntilDrained(t.Context())
		defer cancel()
		<-first.Done()
		<-late.Done()
		assert.Equal(t, time.Second, time.Since(asked), "for one that comes late too")
	})
}

func TestBinding(t *testing.T) {
	refusing := func(o *connection.OpenOptions) { o.Transport = network{401} }
	once := func(o *connection.OpenOptions) { o.Once = true }
	for name, test := range map[string]struct {
		options []func(*connection.OpenOptions)
		drained bool
		bound   bool
		fails   bool
		known   bool // to the flow
	}{
		"the key works": {nil, false, true, false, false},
		"the key is refused: tried again by the engine": {[]func(*connection.OpenOptions){refusing}, false, false, true, true},
		"the key is refused in a single run: it ends":   {[]func(*connection.OpenOptions){refusing, once}, false, false, false, true},
		"the process is stopping: it ends":              {[]func(*connection.OpenOptions){refusing}, true, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, test.options...)
			if test.drained {
				o.Drain()
			}
			conn, err := o.Connection("main")
			require.NoError(t, err)
			settings, err := Bind(t.Context(), o.Book, conn, o.flow())
			assert.Equal(t, test.bound, settings != nil)
			assert.Equal(t, test.fails, err != nil, "%v", err)
			assert.Equal(t, test.known, errors.Is(o.flow().State().Err, apihttp.ErrCredentials))
		})
	}
}
