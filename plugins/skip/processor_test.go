package skip

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

var order = component.Source{
	Connection: "main", Stream: "main_order_import", Pipeline: "order_import",
	Record: ledger.Record{System: "unleashed", Resource: "SalesOrders", ID: "guid-1", Ref: "SO-1"},
}

func openBook(t *testing.T, log *bytes.Buffer) *connection.Book {
	t.Helper()
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Log: slog.New(slog.NewTextHandler(log, nil))})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	return book
}

func TestSkip(t *testing.T) {
	for name, test := range map[string]struct {
		fields   string
		metadata map[string]any
		reason   string // of the skip; empty when the message passes
		report   bool
	}{
		"no reason":                    {"{}", nil, "", false},
		"a reason that is null":        {"{}", map[string]any{"skip": nil}, "", false},
		"a reason that is blank":       {"{}", map[string]any{"skip": "  "}, "", false},
		"a reason":                     {"{}", map[string]any{"skip": " status Deleted "}, "status Deleted", false},
		"a reason that a person reads": {"{}", map[string]any{"skip": "drafts", "report": true}, "drafts", true},
		"a field of the content":       {"reason: '${! this.why }'", nil, "because", false},
		"a field that says null":       {"reason: '${! this.nothing }'", nil, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			book := openBook(t, &log)
			res := service.MockResources()
			component.Attach(res, book)
			conf, err := spec().ParseYAML(test.fields, nil)
			require.NoError(t, err)
			p, err := newProcessor(conf, res)
			require.NoError(t, err)

			for _, ours := range []bool{true, false} {
				msg := service.NewMessage([]byte(`{"why":"because","nothing":null}`))
				if ours {
					component.Stamp(msg, nil, order)
				}
				for key, value := range test.metadata {
					msg.MetaSetMut(key, value)
				}
				batch, err := p.Process(t.Context(), msg)
				require.NoError(t, err)
				assert.Equal(t, test.reason == "", len(batch) == 1)
			}

			skips := map[string]int64{}
			var events []string
			if test.reason != "" {
				skips[test.reason] = 1
				events = []string{"skipped: " + test.reason}
			}
			assert.Equal(t, skips, book.Flow("main", "order_import").State().Skips, "what nobody read is not counted")
			found, err := book.Ledger.Events(t.Context(), "SO-1")
			require.NoError(t, err)
			var told []string
			for _, e := range found {
				told = append(told, e.Kind+": "+e.Summary)
			}
			assert.Equal(t, events, told)
			assert.Equal(t, test.report, bytes.Contains(log.Bytes(), []byte("needs a look")), log.String())
		})
	}
}

func TestAReasonIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	book := openBook(t, &log)
	res := service.MockResources()
	component.Attach(res, book)
	conf, err := spec().ParseYAML("once: true", nil)
	require.NoError(t, err)
	p, err := newProcessor(conf, res)
	require.NoError(t, err)
	other, replay := order, order
	other.Record.ID, replay.Replay = "guid-2", true // another record of the number
	for _, step := range []struct {
		source component.Source
		reason string
		told   bool
	}{{order, "drafts", true}, {order, "drafts", false}, {other, "drafts", false}, {replay, "drafts", true}, {order, "moved", true}, {order, "drafts", true}} {
		log.Reset()
		msg := service.NewMessage(nil)
		component.Stamp(msg, nil, step.source)
		msg.MetaSetMut("skip", step.reason)
		msg.MetaSetMut("report", true)
		_, err := p.Process(t.Context(), msg)
		require.NoError(t, err)
		assert.Equal(t, step.told, bytes.Contains(log.Bytes(), []byte("needs a look")), "%+v", step)
	}
}

func TestAReasonThatCannotBeToldIsUnmappable(t *testing.T) {
	conf, err := spec().ParseYAML(`reason: '${! throw("no reason") }'`, nil)
	require.NoError(t, err)
	p, err := newProcessor(conf, service.MockResources())
	require.NoError(t, err)
	_, err = p.Process(t.Context(), service.NewMessage(nil))
	require.ErrorContains(t, err, "no reason")
	class, _ := component.ClassOf(err.Error())
	assert.Equal(t, ledger.ClassUnmappable, class)
}
