package conformance

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/runner"
	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
)

// sample is a message that the examples of a component can make sense of, with
// the metadata that its pipeline would have set, and what must become of it.
type sample struct {
	body     func(s *stage) string
	metadata map[string]any
	// counts is what the flow counts when all went well; empty for examples whose
	// message comes out at the end.
	counts string
	// waits says that nothing comes by itself: the example is only built.
	waits bool
}

func fixed(body string) func(*stage) string { return func(*stage) string { return body } }

// samples are the messages for the examples of each component. Inputs read their
// own.
var samples = map[string]sample{
	"input unleashed":         {},
	"input mintsoft":          {},
	"input unleashed_webhook": {waits: true},
	"processor unleashed":     {body: func(s *stage) string { return fmt.Sprintf(`{"Customer":{"Guid":%q}}`, s.customer) }},
	"processor mintsoft":      {body: fixed(`{"ProductCode":"BOX-S"}`)},
	"processor settings":      {body: fixed(`{"reference":"R-1"}`)},
	"processor await":         {body: fixed(`{"taken_at":"2026-01-31T00:00:00Z"}`)},
	"processor skip":          {body: fixed(`{"OrderStatus":"Parked"}`), counts: connection.CountSkipped},
	"processor park":          {body: fixed(`{"OrderNumber":"PO-1/1"}`), counts: connection.CountParked},
	"output unleashed": {counts: connection.CountCreated, body: fixed(fmt.Sprintf(
		`{"Guid":%q,"Warehouse":{"WarehouseCode":"MAIN"},"AdjustmentReason":"Mintsoft","Status":"Completed","StockAdjustmentLines":[{"Product":{"ProductCode":"BOX-S"},"NewQuantity":7,"NewActualValue":4.34}]}`,
		uuid.NewString()))},
	"output mintsoft": {counts: connection.CountCreated, body: func(s *stage) string {
		return fmt.Sprintf(`{"OrderNumber":"EXAMPLE-1","ExternalOrderReference":"example","FirstName":"Ada","Address1":"4 Quay Row","Town":"Whitby","PostCode":"YO22 4DD",
			"Country":"GB","CourierService":"AUTO","Channel":"Unleashed","WarehouseId":%v,"ClientId":%v,"OrderItems":[{"SKU":"BOX-S","Quantity":1}]}`, s.mintsoft["warehouse_id"], s.mintsoft["client_id"])
	}},
	"output dead_letter": {counts: connection.CountDeadLettered, body: fixed(`{"OrderNumber":"SO-1"}`), metadata: map[string]any{"error": "no such country", "error_class": "unmappable"}},
	"output trigger":     {counts: connection.CountSkipped, body: fixed(`{}`)},
	"output ledger":      {counts: connection.CountCreated, body: fixed(`{"CustomerCode":"HARBOUR01"}`)},
	"cache ledger":       {},
}

func TestEveryExampleRuns(t *testing.T) {
	s := newStage(t)
	eachComponent(t, func(t *testing.T, c component) {
		message, known := samples[c.kind+" "+c.Name]
		require.True(t, known, "no sample says what a message for the examples looks like")
		for i, example := range c.Examples {
			t.Run(example.Title, func(t *testing.T) {
				s.play(t, parse(t, example.Config), message, fmt.Sprintf("%s_%s_%d", c.kind, c.Name, i))
			})
		}
	})
}

// stage is where examples run: both twins, and an open connection to them.
type stage struct {
	book     *connection.Book
	settings map[string]any
	mintsoft map[string]any // its section of the settings
	customer string         // the GUID of one in Unleashed
}

func newStage(t *testing.T) *stage {
	t.Helper()
	twins, err := sandbox.New(sandbox.Options{Orders: 12, Products: 25})
	require.NoError(t, err)
	require.NoError(t, twins.Start("127.0.0.1:0", "127.0.0.1:0"))
	t.Cleanup(func() { assert.NoError(t, twins.Close()) })
	folder := t.TempDir()
	path := filepath.Join(folder, "connections.yaml")
	require.NoError(t, os.WriteFile(path, twins.Connections("sqlite:"+filepath.Join(folder, "ledger.db")), 0o600))
	file, err := connection.Load(path, os.LookupEnv)
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Once: true})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	runner.OpenByDefault(func() (*connection.Book, error) { return book, nil })

	conn, err := book.Connection("main")
	require.NoError(t, err)
	s := &stage{book: book, customer: twins.Unleashed.Customers()[0].Guid.String()}
	s.settings, err = conn.Bind(t.Context())
	require.NoError(t, err)
	s.mintsoft = s.settings["mintsoft"].(map[string]any)
	twins.Mintsoft.AddOrder(mintsoftsim.OrderSpec{
		Client: int(s.mintsoft["client_id"].(int64)), Warehouse: int(s.mintsoft["warehouse_id"].(int64)), Number: "SEEN-1", Items: []mintsoftsim.ItemSpec{{SKU: "BOX-S", Quantity: 1}},
	})
	return s
}

// config is an example in its parts, which a builder takes one by one.
type config struct {
	Input    any `yaml:"input"`
	Pipeline struct {
		Processors []any `yaml:"processors"`
	} `yaml:"pipeline"`
	Output any              `yaml:"output"`
	Caches []map[string]any `yaml:"cache_resources"`
}

func parse(t *testing.T, text string) config {
	t.Helper()
	var parsed config
	require.NoError(t, yaml.Unmarshal([]byte(text), &parsed))
	return parsed
}

// play runs an example. What it lacks is put in: a message at its beginning, a
// listener at its end, and a use for its caches.
func (s *stage) play(t *testing.T, parts config, message sample, flow string) {
	t.Helper()
	builder := service.GlobalEnvironment().NewStreamBuilder()
	builder.SetHTTPMux(http.NewServeMux())
	builder.SetStrict(true)
	builder.SetLogger(slog.New(slog.DiscardHandler))
	add := func(to func(string) error, part any) {
		raw, err := yaml.Marshal(part)
		require.NoError(t, err)
		require.NoError(t, to(string(raw)))
	}
	for _, cache := range parts.Caches {
		add(builder.AddCacheYAML, cache)
		for _, operator := range []string{"set", "get"} {
			add(builder.AddProcessorYAML, map[string]any{"cache": map[string]any{"resource": cache["label"], "operator": operator, "key": "k", "value": "kept"}})
		}
	}
	for _, processor := range parts.Pipeline.Processors {
		add(builder.AddProcessorYAML, processor)
	}
	arrived := make(chan *service.Message, 100)
	if parts.Output != nil {
		add(builder.AddOutputYAML, parts.Output)
	} else {
		require.NoError(t, builder.AddConsumerFunc(func(_ context.Context, msg *service.Message) error {
			arrived <- msg
			return msg.GetError()
		}))
	}
	var send service.MessageHandlerFunc
	if parts.Input != nil {
		add(builder.AddInputYAML, parts.Input)
	} else {
		var err error
		send, err = builder.AddProducerFunc()
		require.NoError(t, err)
	}
	stream, err := builder.Build()
	require.NoError(t, err)
	if message.waits {
		return
	}

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- stream.Run(ctx) }()
	if send != nil {
		require.NoError(t, send(ctx, s.message(message, flow)))
		require.NoError(t, stream.StopWithin(10*time.Second))
	}
	require.NoError(t, <-ended)
	if message.counts != "" {
		assert.Equal(t, int64(1), s.book.Flow("main", flow).State().Counts[message.counts], message.counts)
		return
	}
	require.NotEmpty(t, arrived, "a message comes out")
	if msg := <-arrived; len(parts.Caches) > 0 {
		body, err := msg.AsBytes()
		require.NoError(t, err)
		assert.Equal(t, "kept", string(body))
	} else {
		assertAnswered(t, msg, parts)
	}
}

// assertAnswered checks that the metadata which an example names as `result` holds
// what was looked up.
func assertAnswered(t *testing.T, msg *service.Message, parts config) {
	t.Helper()
	for _, processor := range parts.Pipeline.Processors {
		for _, fields := range processor.(map[string]any) {
			if name, exists := at(fields, []string{"result"}); exists {
				answer, known := msg.MetaGetMut(fmt.Sprint(name))
				assert.True(t, known && answer != nil, "metadata %v", name)
			}
		}
	}
	_, stamped := msg.MetaGetMut("source")
	assert.True(t, stamped, "it is known where the message comes from")
}

// message is the sample as an input of ours would have made it.
func (s *stage) message(from sample, flow string) *service.Message {
	body := "{}"
	if from.body != nil {
		body = from.body(s)
	}
	msg := service.NewMessage([]byte(strings.TrimSpace(body)))
	msg.MetaSetMut("connection", "main")
	msg.MetaSetMut("settings", s.settings)
	msg.MetaSetMut("unleashed_id", flow)
	msg.MetaSetMut("source", map[string]any{
		"stream": connection.StreamName("main", flow), "pipeline": flow, "system": "unleashed", "resource": "Examples", "id": flow, "ref": flow,
		"read_at": time.Now().UTC().Format(time.RFC3339Nano),
	})
	for key, value := range from.metadata {
		msg.MetaSetMut(key, value)
	}
	return msg
}
