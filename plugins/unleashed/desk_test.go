package unleashed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

const (
	webhookKey = "SimWebhookSignatureKey-not-real-001"
	stream     = "main_webhooks"
)

// desk is where events come in: an open connection file, what listens, and what
// was counted.
type desk struct {
	book *connection.Book

	mut      sync.Mutex
	handlers map[string]http.Handler
	counts   map[string]int64 // of refusals, by reason
}

// mintsoft answers what a connection asks when it is bound, unless it is down.
type mintsoft struct{ down bool }

func (m mintsoft) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.down {
		return nil, errors.New("no route to host")
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(`[{"ID":3,"Name":"Main","Code":"MAIN","WarehouseCode":"MAIN"}]`))}, nil
}

// sit opens a desk over the ledger in a folder.
func sit(t testing.TB, folder string, change ...func(*connection.OpenOptions)) *desk {
	t.Helper()
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
webhooks: {address: "hooks:80"}
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN, webhook_signature_key: %s}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN}
    general: {use_webhooks: true}
`, filepath.Join(folder, "ledger.db"), webhookKey), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	d := &desk{handlers: map[string]http.Handler{}, counts: map[string]int64{}}
	o := connection.OpenOptions{Transport: mintsoft{}, Serve: d.serve}
	for _, c := range change {
		c(&o)
	}
	d.book, err = connection.Open(context.WithoutCancel(t.Context()), file, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.book.Close()) })
	return d
}

func (d *desk) serve(_ context.Context, address string, handler http.Handler) (func(), error) {
	d.mut.Lock()
	defer d.mut.Unlock()
	d.handlers[address] = handler
	return func() {
		d.mut.Lock()
		defer d.mut.Unlock()
		delete(d.handlers, address)
	}, nil
}

func (d *desk) handler(address string) http.Handler {
	d.mut.Lock()
	defer d.mut.Unlock()
	return d.handlers[address]
}

func (d *desk) refused() map[string]int64 {
	d.mut.Lock()
	defer d.mut.Unlock()
	return maps.Clone(d.counts)
}

// meter counts refusals as a metrics exporter does.
type meter struct {
	*desk
	reason string
}

func (m meter) Incr(n int64) {
	m.mut.Lock()
	defer m.mut.Unlock()
	m.counts[m.reason] += n
}
func (m meter) Timing(int64) {}
func (m meter) Set(int64)    {}

func (m meter) NewCounterCtor(name string, _ ...string) service.MetricsExporterCounterCtor {
	return func(values ...string) service.MetricsExporterCounter {
		if name != "unleashed_webhook_refused" {
			return meter{&desk{counts: map[string]int64{}}, name}
		}
		return meter{m.desk, values[len(values)-1]} // the engine puts its own labels first
	}
}
func (m meter) NewTimerCtor(string, ...string) service.MetricsExporterTimerCtor {
	return func(...string) service.MetricsExporterTimer { return m }
}
func (m meter) NewGaugeCtor(string, ...string) service.MetricsExporterGaugeCtor {
	return func(...string) service.MetricsExporterGauge { return m }
}
func (m meter) Close(context.Context) error { return nil }

// start runs a stream whose input has more fields than the connection; end stops
// it.
func (d *desk) start(t *testing.T, fields string, take service.MessageHandlerFunc) (ended <-chan error, end func()) {
	t.Helper()
	env := service.GlobalEnvironment().Clone()
	require.NoError(t, env.RegisterMetricsExporter("meter", service.NewConfigSpec(), func(*service.ParsedConfig, *service.Logger) (service.MetricsExporter, error) {
		return meter{desk: d}, nil
	}))
	builder := env.NewStreamBuilder()
	builder.SetHTTPMux(http.NewServeMux())
	require.NoError(t, builder.AddInputYAML("{ label: webhooks, unleashed_webhook: { connection: main"+fields+" } }"))
	require.NoError(t, builder.SetMetricsYAML("meter: {}"))
	require.NoError(t, builder.SetLoggerYAML("level: OFF"))
	require.NoError(t, builder.AddConsumerFunc(take))
	built, err := builder.Build()
	require.NoError(t, err)
	component.Attach(built.Resources(), d.book)
	result := make(chan error, 1)
	go func() { result <- built.Run(context.WithoutCancel(t.Context())) }()
	return result, func() { _ = built.StopWithin(5 * time.Second) }
}

// taken collects messages.
type taken struct {
	mut      sync.Mutex
	messages []*service.Message
}

func (c *taken) take(_ context.Context, msg *service.Message) error {
	c.mut.Lock()
	defer c.mut.Unlock()
	c.messages = append(c.messages, msg.Copy())
	return nil
}

func (c *taken) ids(t *testing.T) (ids []string) {
	t.Helper()
	c.mut.Lock()
	defer c.mut.Unlock()
	for _, msg := range c.messages {
		source, ours := component.SourceOf(msg)
		require.True(t, ours)
		ids = append(ids, source.Record.ID)
	}
	return ids
}

func event(id string) string {
	return `{"subscriptionId":"s","eventNotificationId":"` + id + `","eventType":"product.updated","createdOn":"2026-03-01T08:31:00Z","data":"{\"productGuid\":\"g-` + id + `\"}"}`
}

// post sends a body that is signed now, unless the request is changed.
func (d *desk) post(body string, change ...func(*http.Request)) int {
	req := httptest.NewRequest(http.MethodPost, "http://hooks/webhooks/main", strings.NewReader(body))
	sign(req, body, time.Now())
	for _, c := range change {
		c(req)
	}
	answer := httptest.NewRecorder()
	d.handler("hooks:80").ServeHTTP(answer, req)
	return answer.Code
}

func sign(req *http.Request, body string, at time.Time) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	req.Header.Set("x-unleashed-timestamp", timestamp)
	req.Header.Set("x-unleashed-signature", unleashedapi.Signature(webhookKey, timestamp+"."+body))
}

func (d *desk) stored(t *testing.T) (ids []string) {
	t.Helper()
	arrivals, err := d.book.Ledger.NewEvents(t.Context(), stream, 0, 100)
	require.NoError(t, err)
	for _, a := range arrivals {
		ids = append(ids, a.ID)
	}
	return ids
}
