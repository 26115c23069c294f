package component

import (
	"fmt"
	"testing"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

const keptReads = `
connection: main
operation: order.get
arguments: 'root.ID = this.id'
result: order
cached: {cache: seen, key: '${! this.id }', keep: 'root = this.without("Secret")'}
`

// remembering is a processor with the cache that it keeps answers in.
func (o *office) remembering(t *testing.T, s *System, yaml string) (service.Processor, error) {
	t.Helper()
	conf, err := s.ProcessorSpec().ParseYAML(yaml, nil)
	require.NoError(t, err)
	res := service.MockResources(service.MockResourcesOptAddCache("seen"))
	Attach(res, o.Book)
	return s.NewProcessor(conf, res)
}

func TestAnAnswerThatIsKeptIsAskedForOnce(t *testing.T) {
	missing := failure(apihttp.Rejected, "")
	missing.Err = apihttp.ErrNotFound
	kept := map[string]any{"ID": "17"}
	for name, test := range map[string]struct {
		content string
		answer  func(int, Request) (string, error)
		becomes any
		asked   int
	}{
		"only what is kept is answered, the first time too":    {`{"id":"17"}`, answers(`{"ID":"17","Secret":"x"}`), kept, 1},
		"what is not there is asked for again":                 {`{"id":"17"}`, func(int, Request) (string, error) { return "", missing }, nil, 2},
		"without what it is kept under nothing is asked":       {`{"id":null}`, answers(`{"ID":"17"}`), nil, 0},
		"a part of the key that is blank is none":              {`{"id":" "}`, answers(`{"ID":"17"}`), nil, 0},
		"an answer that cannot be read by the mapping is none": {`{"id":"17"}`, answers(`[1]`), nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			o, s := newOffice(t), open(test.answer)
			p, err := o.remembering(t, s.System, keptReads)
			require.NoError(t, err)
			for range 2 {
				msg := message(test.content)
				batch, err := p.Process(t.Context(), msg)
				if err != nil {
					require.ErrorContains(t, err, "order.get: mapping field cached.keep")
					continue
				}
				require.Len(t, batch, 1)
				answer, exists := batch[0].MetaGetMut("order")
				assert.True(t, exists)
				assert.Equal(t, test.becomes, answer)
			}
			assert.Len(t, s.asked, test.asked)
		})
	}
}

// A first import asks for the customers of its orders again and again.
func TestTheCacheIsNotReadForEachMessage(t *testing.T) {
	o, s := newOffice(t), open(answers(`{"ID":"17"}`))
	conf, err := s.ProcessorSpec().ParseYAML(keptReads, nil)
	require.NoError(t, err)
	res := service.MockResources(service.MockResourcesOptAddCache("seen"))
	Attach(res, o.Book)
	made, err := s.NewProcessor(conf, res)
	require.NoError(t, err)
	p := made.(*processor)
	keep := func(id string) {
		require.NoError(t, res.AccessCache(t.Context(), "seen", func(c service.Cache) {
			require.NoError(t, c.Set(t.Context(), "17", []byte(`{"ID":"`+id+`"}`), nil))
		}))
	}
	answered := func() any {
		batch, err := p.Process(t.Context(), message(`{"id":"17"}`))
		require.NoError(t, err)
		answer, _ := batch[0].MetaGetMut("order")
		return answer
	}
	keep("before")
	require.Equal(t, map[string]any{"ID": "before"}, answered())
	keep("now")
	assert.Equal(t, map[string]any{"ID": "before"}, answered())
	p.cached.recent.since = p.cached.recent.since.Add(-2 * recently)
	assert.Equal(t, map[string]any{"ID": "now"}, answered())
	assert.Empty(t, s.asked)
}

// A replay may be for what was mended; what comes back from its parking place was not.
func TestAReplayAsksWhateverIsKept(t *testing.T) {
	o, s := newOffice(t), open(func(n int, _ Request) (string, error) { return fmt.Sprintf(`{"ID":"%d"}`, n), nil })
	p, err := o.remembering(t, s.System, keptReads)
	require.NoError(t, err)
	answered := func(replay bool, content string) any {
		msg, from := message(content), source
		from.Replay = replay
		Stamp(msg, nil, from)
		batch, err := p.Process(t.Context(), msg)
		require.NoError(t, err)
		answer, _ := batch[0].MetaGetMut("order")
		return answer
	}
	first, second := map[string]any{"ID": "1"}, map[string]any{"ID": "2"}
	require.Equal(t, first, answered(false, `{"id":"17"}`))
	require.Equal(t, first, answered(false, `{"id":"17"}`))
	assert.Equal(t, second, answered(true, `{"id":"17"}`))
	assert.Equal(t, second, answered(false, `{"id":"17"}`), "it is kept, and what was answered a moment ago is not")
	assert.Nil(t, answered(true, `{"id":null}`))
	assert.Len(t, s.asked, 2)
}

// Where the answer becomes the message, a mutation of one does not reach the next.
func TestAnAnswerOfTheCacheIsEachMessagesOwn(t *testing.T) {
	o, s := newOffice(t), open(answers(`{"ID":"17"}`))
	p, err := o.remembering(t, s.System, `{connection: main, operation: order.get, arguments: 'root.ID = this.id', cached: {cache: seen, key: '${! this.id }'}}`)
	require.NoError(t, err)
	change, err := bloblang.Parse(`root.ID = "changed"`)
	require.NoError(t, err)
	for range 3 {
		batch, err := p.Process(t.Context(), message(`{"id":"17"}`))
		require.NoError(t, err)
		content, err := batch[0].AsStructured()
		require.NoError(t, err)
		require.Equal(t, map[string]any{"ID": "17"}, content)
		_, err = batch[0].BloblangMutate(change)
		require.NoError(t, err)
	}
}

func TestARefusedAnswerIsNotKept(t *testing.T) {
	o, s := newOffice(t), open(func(n int, _ Request) (string, error) {
		if n == 1 {
			return "", failure(apihttp.Rejected, "no")
		}
		return `{"ID":"17"}`, nil
	})
	p, err := o.remembering(t, s.System, keptReads)
	require.NoError(t, err)
	_, err = p.Process(t.Context(), message(`{"id":"17"}`))
	require.ErrorContains(t, err, "refused: no")
	_, err = p.Process(t.Context(), message(`{"id":"17"}`))
	require.NoError(t, err)
}

func TestOnlyReadsAreKeptAndOnlyInACacheThatExists(t *testing.T) {
	o, s := newOffice(t), open(answers(`{}`))
	_, err := o.remembering(t, s.System, `{connection: main, operation: order.get, cached: {cache: nowhere, key: a}}`)
	require.ErrorContains(t, err, `field cached.cache: found "nowhere", expected the label of a cache resource`)
	_, err = o.remembering(t, s.System, `{connection: main, operation: order.create, key: a, cached: {cache: seen, key: a}}`)
	require.ErrorContains(t, err, "field cached: found a cache, expected none: order.create writes")
}
