package runner

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
)

// arrivals are the messages that streams of these tests have let out.
var arrivals struct {
	mut  sync.Mutex
	seen []string
}

// exit is the output of these streams.
type exit struct{}

// Connect implements service.Output.
func (exit) Connect(context.Context) error { return nil }

// Write implements service.Output.
func (exit) Write(_ context.Context, msg *service.Message) error {
	content, err := msg.AsBytes()
	arrivals.mut.Lock()
	defer arrivals.mut.Unlock()
	arrivals.seen = append(arrivals.seen, string(content))
	return err
}

// Close implements service.Output.
func (exit) Close(context.Context) error { return nil }

// attempts are how often something impossible was to be built.
var attempts atomic.Int64

func init() {
	service.MustRegisterOutput("exit", service.NewConfigSpec(), func(*service.ParsedConfig, *service.Resources) (service.Output, int, error) {
		return exit{}, 1, nil
	})
	service.MustRegisterProcessor("impossible", service.NewConfigSpec(), func(*service.ParsedConfig, *service.Resources) (service.Processor, error) {
		attempts.Add(1)
		return nil, fmt.Errorf("it cannot be made")
	})
}

// arrived are the messages since the last question.
func arrived() []string {
	arrivals.mut.Lock()
	defer arrivals.mut.Unlock()
	seen := arrivals.seen
	arrivals.seen = nil
	return seen
}

// says is a pipeline that says something once, or again and again.
func says(what, interval string) string {
	count := 0
	if interval == "" {
		count = 1
	}
	return fmt.Sprintf("input: { generate: { count: %d, interval: %q, mapping: 'root = \"%s from ${CONNECTION}\"' } }\noutput: { exit: {} }\n", count, interval, what)
}

// yard is a runner with pipelines of its own.
type yard struct {
	*Runner
	folder string
	mut    sync.Mutex
	log    bytes.Buffer
}

// Write implements io.Writer for the log.
func (y *yard) Write(line []byte) (int, error) {
	y.mut.Lock()
	defer y.mut.Unlock()
	return y.log.Write(line)
}

// logged says how many lines of the log hold a text.
func (y *yard) logged(text string) int {
	y.mut.Lock()
	defer y.mut.Unlock()
	return strings.Count(y.log.String(), text)
}

const (
	mainConnection = `  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN}
`
	// sharing has the same accounts as main and another warehouse.
	sharing = `  - name: north
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: NORTH}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: NORTH}
`
)

// newYard opens connections and writes pipelines, by name.
func newYard(t *testing.T, connections string, pipelines map[string]string) *yard {
	t.Helper()
	arrived()
	y := &yard{folder: t.TempDir()}
	file := parse(t, "sqlite:"+filepath.Join(t.TempDir(), "ledger.db"), connections)
	log := slog.New(slog.NewTextHandler(y, nil))
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Log: log})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	y.Runner = &Runner{Book: book, Log: log}
	for name, pipeline := range pipelines {
		y.edit(t, name, pipeline)
	}
	return y
}

func parse(t *testing.T, ledger, connections string) *connection.File {
	t.Helper()
	file, err := connection.Parse("c.yaml", []byte("ledger: "+ledger+"\nconnections:\n"+connections), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	return file
}

func (y *yard) edit(t *testing.T, name, pipeline string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(y.folder, name+".yaml"), []byte(pipeline), 0o600))
}

func (y *yard) streams(t *testing.T) []Stream {
	t.Helper()
	streams, err := Streams(t.Context(), y.Book, y.folder)
	require.NoError(t, err)
	return streams
}
