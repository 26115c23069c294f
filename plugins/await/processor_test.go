package await

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// hall is where a message waits for the flows `one` and `two`.
type hall struct {
	service.Processor
	book  *connection.Book
	taken time.Time
}

func inHall(t *testing.T, change func(*connection.OpenOptions), test func(t *testing.T, h *hall)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
		require.NoError(t, err)
		o := connection.OpenOptions{}
		if change != nil {
			change(&o)
		}
		h := &hall{taken: time.Now().UTC()}
		h.book, err = connection.Open(t.Context(), file, o)
		require.NoError(t, err)
		defer func() { assert.NoError(t, h.book.Close()) }()
		conf, err := spec().ParseYAML("pipelines: [one, two]\nsince: ${! this.taken_at }\nwithin: 5m", nil)
		require.NoError(t, err)
		res := service.MockResources()
		component.Attach(res, h.book)
		h.Processor, err = newProcessor(conf, res)
		require.NoError(t, err)
		test(t, h)
	})
}

// wait hands a message over, and answers how long it was held.
func (h *hall) wait(ctx context.Context, takenAt string) (time.Duration, error) {
	msg := service.NewMessage(fmt.Appendf(nil, `{"taken_at":%q}`, takenAt))
	component.Stamp(msg, nil, component.Source{Connection: "main", Stream: "main_stock_sync", Pipeline: "stock_sync"})
	began := time.Now()
	_, err := h.Process(ctx, msg)
	return time.Since(began), err
}

func (h *hall) now() string { return h.taken.Format(time.RFC3339Nano) }

// deliver ends a run of a flow that began at a moment.
func (h *hall) deliver(t *testing.T, pipeline string, began time.Time) {
	t.Helper()
	require.NoError(t, h.book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
		return tx.SaveCursor(ledger.Cursor{Key: pipeline, Connection: "main", Stream: "main_" + pipeline, Version: 1, Position: began, UpdatedAt: time.Now()})
	}))
}

func (h *hall) asked(t *testing.T, pipeline string) int {
	t.Helper()
	triggers, err := h.book.Ledger.Triggers(t.Context(), "main_"+pipeline)
	require.NoError(t, err)
	return len(triggers)
}

func TestAMessageIsHeldUntilTheOthersHaveDelivered(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h *hall) {
		for _, pipeline := range []string{"one", "two", "three"} {
			h.book.Flow("main", pipeline).Open()
		}
		h.deliver(t, "one", h.taken.Add(-time.Second))
		h.deliver(t, "two", h.taken)
		go func() {
			<-time.After(90 * time.Second)
			h.deliver(t, "one", h.taken.Add(time.Second))
		}()
		held, err := h.wait(t.Context(), h.now())
		require.NoError(t, err)
		assert.InDelta(t, 90, held.Seconds(), 1)
		assert.Equal(t, 1, h.asked(t, "one"), "asked once, however long it takes")
		assert.Zero(t, h.asked(t, "two"), "it has delivered what was there")
		assert.Zero(t, h.asked(t, "three"), "nobody waits for it")
	})
}

func TestFlowsThatDoNotRunAreNotWaitedFor(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h *hall) {
		held, err := h.wait(t.Context(), h.now())
		require.NoError(t, err)
		assert.Zero(t, held)
		assert.Zero(t, h.asked(t, "one"))
	})
}

func TestASingleRunDoesNotWait(t *testing.T) {
	inHall(t, func(o *connection.OpenOptions) { o.Once = true }, func(t *testing.T, h *hall) {
		h.book.Flow("main", "one").Open()
		held, err := h.wait(t.Context(), h.now())
		require.NoError(t, err)
		assert.Zero(t, held)
	})
}

func TestWhatTakesTooLongFailsWithoutBeingRejected(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h *hall) {
		h.book.Flow("main", "one").Open()
		held, err := h.wait(t.Context(), h.now())
		assert.Equal(t, 5*time.Minute, held)
		require.ErrorContains(t, err, "waiting for main_one: no run that began at")
		class, _ := component.ClassOf(err.Error())
		assert.Empty(t, class, "it is read afresh")
	})
}

func TestTheEndOfTheProcessEndsTheWaiting(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h *hall) {
		h.book.Flow("main", "one").Open()
		go func() {
			<-time.After(10 * time.Second)
			h.book.Drain()
		}()
		held, err := h.wait(t.Context(), h.now())
		require.ErrorIs(t, err, delivery.ErrStopped)
		assert.Equal(t, 10*time.Second, held)
	})
	inHall(t, nil, func(t *testing.T, h *hall) {
		h.book.Flow("main", "one").Open()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := h.wait(ctx, h.now())
		assert.True(t, errors.Is(err, context.DeadlineExceeded))
	})
}

func TestAMomentThatIsNoneIsRejected(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h *hall) {
		h.book.Flow("main", "one").Open()
		_, err := h.wait(t.Context(), "yesterday")
		class, reason := component.ClassOf(err.Error())
		assert.Equal(t, ledger.ClassUnmappable, class)
		assert.Contains(t, reason, `found "yesterday", expected a moment`)
	})
}

func TestMessagesOfNobodyPass(t *testing.T) {
	inHall(t, nil, func(t *testing.T, h *hall) {
		batch, err := h.Process(t.Context(), service.NewMessage(nil))
		require.NoError(t, err)
		assert.Len(t, batch, 1)
	})
}
