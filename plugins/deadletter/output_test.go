package deadletter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// broken is a processor that fails as ours do.
type broken struct {
	class string // set in metadata and marked in the text; empty for neither
	label bool   // only in metadata
}

// Process implements service.Processor.
func (b broken) Process(_ context.Context, msg *service.Message) (service.MessageBatch, error) {
	err := errors.New("mintsoft order.get: refused: no such order")
	if b.class != "" {
		msg.MetaSetMut(component.MetaErrorClass, b.class)
		if !b.label {
			err = component.Classed(b.class, err)
		}
	}
	return nil, err
}

// Close implements service.Processor.
func (broken) Close(context.Context) error { return nil }

func openBook(t *testing.T) *connection.Book {
	t.Helper()
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	return book
}

var order = component.Source{
	Connection: "main", Stream: "main_order_import", Pipeline: "order_import",
	Record: ledger.Record{System: "unleashed", Resource: "SalesOrders", ID: "guid-1", Ref: "SO-1"},
}

// single is an input with one record, and how that was answered for.
type single struct {
	from component.Source
	read bool
	done chan error
}

// Connect implements service.Input.
func (s *single) Connect(context.Context) error { return nil }

// Read implements service.Input.
func (s *single) Read(context.Context) (*service.Message, service.AckFunc, error) {
	if s.read {
		return nil, nil, service.ErrEndOfInput
	}
	s.read = true
	msg := service.NewMessage([]byte(`{"OrderNumber":"SO-1"}`))
	if s.from.Stream != "" {
		component.Stamp(msg, nil, s.from)
	}
	return msg, func(_ context.Context, err error) error {
		s.done <- err
		return nil
	}, nil
}

// Close implements service.Input.
func (s *single) Close(context.Context) error { return nil }

// deliver sends one record through a processor that fails, caught as pipelines
// catch it, and answers what is filed, and why the record is put back if it is.
func deliver(t *testing.T, book *connection.Book, from component.Source, processor string) ([]ledger.DeadLetter, error) {
	t.Helper()
	env := service.GlobalEnvironment().Clone()
	input := &single{from: from, done: make(chan error, 1)}
	require.NoError(t, env.RegisterInput("single", service.NewConfigSpec(), func(*service.ParsedConfig, *service.Resources) (service.Input, error) { return input, nil }))
	for name, b := range map[string]broken{"rejecting": {class: "rejected"}, "labelling": {class: "poison", label: true}, "passing": {}, "inventing": {class: "gone"}} {
		require.NoError(t, env.RegisterProcessor(name, service.NewConfigSpec(), func(*service.ParsedConfig, *service.Resources) (service.Processor, error) { return b, nil }))
	}
	builder := env.NewStreamBuilder()
	builder.SetHTTPMux(http.NewServeMux())
	builder.SetStrict(true)
	require.NoError(t, builder.SetYAML(`
input: { single: {} }
pipeline:
  processors:
    - label: import_order
      try_catch:
        processors:
          - label: step
            `+processor+`
output: { dead_letter: {} }
cache_resources:
  - { label: kept, memory: {} }
logger: { level: NONE }
`))
	stream, err := builder.Build()
	require.NoError(t, err)
	component.Attach(stream.Resources(), book)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- stream.Run(ctx) }()
	var answer error
	select {
	case answer = <-input.done:
		stop()
		<-ended
	case err := <-ended:
		require.NoError(t, err)
		answer = <-input.done
	}
	letters, err := book.Ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{})
	require.NoError(t, err)
	return letters, answer
}

func TestWhatAFailedStepIsFiledAs(t *testing.T) {
	const refused = "mintsoft order.get: refused: no such order"
	for name, test := range map[string]struct{ processor, class, reason, where string }{
		"a mapping that throws": {`mapping: 'root = throw("SO-1: no country")'`, "unmappable", "SO-1: no country", "step"},
		"a mapping over lines that throws": {"mapping: |\n              root.a = 1\n              root.b = throw(\"SO-1: no country\")",
			"unmappable", "SO-1: no country", "step"},
		"a mapping that fails":                 {`mapping: 'root.a = this.OrderNumber.number()'`, "unmappable", "", "step"},
		"a mutation that throws":               {`mutation: 'root.a = throw("SO-1: no country")'`, "unmappable", "SO-1: no country", "step"},
		"a switch that fails":                  {`switch: [ { check: 'throw("SO-1: no country")', processors: [ { noop: {} } ] } ]`, "unmappable", "SO-1: no country", ""},
		"a processor of ours":                  {`rejecting: {}`, "rejected", refused, ""},
		"a processor that only sets metadata":  {`labelling: {}`, "poison", refused, ""},
		"a processor of ours in a branch":      {`branch: { processors: [ { label: inner, rejecting: {} } ] }`, "rejected", refused, ""},
		"a mapping in a branch":                {`branch: { processors: [ { label: inner, mapping: 'root = throw("SO-1: no country")' } ] }`, "unmappable", "SO-1: no country", ""},
		"a branch whose request fails":         {`branch: { request_map: 'root = throw("SO-1: no country")', processors: [ { noop: {} } ] }`, "unmappable", "SO-1: no country", ""},
		"a branch whose result fails":          {`branch: { processors: [ { noop: {} } ], result_map: 'root.a = throw("SO-1: no country")' }`, "unmappable", "SO-1: no country", ""},
		"a processor of ours behind a cache":   {`cached: { cache: kept, key: a, processors: [ { label: inner, rejecting: {} } ] }`, "rejected", refused, ""},
		"a mapping behind a cache":             {`cached: { cache: kept, key: a, processors: [ { label: inner, mapping: 'root = throw("SO-1: no country")' } ] }`, "unmappable", "SO-1: no country", ""},
		"a branch around a cache":              {`branch: { processors: [ { cached: { cache: kept, key: a, processors: [ { rejecting: {} } ] } } ] }`, "rejected", refused, ""},
		"a key of a cache that fails":          {`cached: { cache: kept, key: '${! throw("SO-1: no country") }', processors: [ { noop: {} } ] }`, "unmappable", "SO-1: no country", ""},
		"a processor of ours in a try":         {`try: [ { rejecting: {} } ]`, "rejected", refused, ""},
		"a step whose class nobody knows":      {`inventing: {}`, "", "", ""},
		"a step that may pass":                 {`passing: {}`, "", "", ""},
		"a step that may pass, in a branch":    {`branch: { processors: [ { passing: {} } ] }`, "", "", ""},
		"a step that may pass, behind a cache": {`cached: { cache: kept, key: a, processors: [ { passing: {} } ] }`, "", "", ""},
		"a cache that has nothing":             {`cache: { resource: kept, operator: get, key: missing }`, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			letters, answer := deliver(t, openBook(t), order, test.processor)
			if test.class == "" {
				assert.Empty(t, letters)
				assert.ErrorContains(t, answer, "putting SO-1 back")
				return
			}
			require.NoError(t, answer)
			require.Len(t, letters, 1)
			letter := letters[0]
			assert.Equal(t, []string{test.class, "unleashed", "main_order_import", "guid-1"}, []string{letter.Class, letter.System, letter.Stream, letter.Record.ID})
			assert.Contains(t, letter.Reason, test.reason)
			assert.NotContains(t, letter.Reason, "["+test.class+"]")
			assert.NotEmpty(t, letter.Reason)
			if test.where != "" {
				assert.Equal(t, test.where, letter.Operation)
			}
			assert.JSONEq(t, `{"OrderNumber":"SO-1"}`, string(letter.Detail))
		})
	}
}

func TestNothingIsFiledOnceTheProcessIsStopping(t *testing.T) {
	book := openBook(t)
	book.Drain()
	letters, answer := deliver(t, book, order, `rejecting: {}`)
	assert.Empty(t, letters)
	assert.ErrorContains(t, answer, "stopping")
}

func TestARecordThatNobodyReadIsPutBack(t *testing.T) {
	letters, answer := deliver(t, openBook(t), component.Source{}, `rejecting: {}`)
	assert.Empty(t, letters)
	assert.ErrorContains(t, answer, "put the `settings` processor before it")
}

func TestAnErrorThatIsNoObject(t *testing.T) {
	for text, expected := range map[string]failure{
		"[rejected] no":                 {class: "rejected", reason: "no"},
		"failed assignment (line 3): x": {class: "unmappable", reason: "x"},
		"":                              {reason: "no reason was given"},
	} {
		msg := service.NewMessage(nil)
		msg.MetaSetMut("error", text)
		assert.Equal(t, expected, failureOf(msg))
	}
	assert.Equal(t, failure{reason: "no reason was given"}, failureOf(service.NewMessage(nil)))
}
