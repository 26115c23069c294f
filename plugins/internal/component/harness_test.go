package component

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// shop is a small service with an operation of each kind.
var shop = &System{
	Name: "shop", Title: "Shop", Overlap: 15 * time.Minute,
	Operations: []Operation{
		{Name: "order.get", Method: "GET", Path: "/api/Order/{ID}"},
		{Name: "order.await", Method: "GET", Path: "/api/Order/{ID}", Await: []time.Duration{2 * time.Second, 4 * time.Second}},
		{Name: "order.create", Method: "PUT", Path: "/api/Order", Required: []string{"OrderNumber"}, Write: true, Kind: delivery.Create, LinkKind: "order",
			Answer: func(body []byte) (a delivery.Answer, err error) { return a, DecodeJSON(body, &a) },
			Waits: func(refusal *apihttp.Error, args map[string]any) bool {
				return strings.Contains(refusal.Message, fmt.Sprint(args["SKU"]))
			},
			Hint: func(_ *apihttp.Error, args map[string]any) string {
				return fmt.Sprintf("look at %v", args["OrderNumber"])
			},
		},
		{Name: "order.update", Method: "POST", Path: "/api/Order/{ID}", Write: true, Kind: delivery.Update},
		{Name: "order.cancel", Method: "GET", Path: "/api/Order/{ID}/Cancel", Write: true, Kind: delivery.Step},
	},
	Resources: []Resource{{Name: "Orders", Summary: "Orders.", Open: func(*connection.Connection, map[string]any, int) (polling.Source, error) {
		return nil, fmt.Errorf("nothing of these tests reads a list")
	}}},
	Account: func(c *connection.Connection) *apihttp.Account { return c.MintsoftAccount },
	Ping:    func(context.Context, *connection.Connection) error { return failure(apihttp.Transient, "down") },
}

// counter is the shop with what its counter answers, and what it was asked.
type counter struct {
	*System
	answer func(n int, r Request) (string, error)
	mut    sync.Mutex
	asked  []Request
}

func open(answer func(n int, r Request) (string, error)) *counter {
	system := *shop
	c := &counter{System: &system, answer: answer}
	system.Call = func(_ context.Context, _ *connection.Connection, r Request) (*apihttp.Response, error) {
		c.mut.Lock()
		c.asked = append(c.asked, r)
		n := len(c.asked)
		c.mut.Unlock()
		body, err := c.answer(n, r)
		return &apihttp.Response{Body: []byte(body)}, err
	}
	return c
}

func answers(body string) func(int, Request) (string, error) {
	return func(int, Request) (string, error) { return body, nil }
}

func fails(outcome apihttp.Outcome, message string) func(int, Request) (string, error) {
	return func(int, Request) (string, error) { return "", failure(outcome, message) }
}

func failure(outcome apihttp.Outcome, message string) *apihttp.Error {
	return &apihttp.Error{System: "shop", Operation: "order", Outcome: outcome, Message: message}
}

// network answers what a connection asks when it is bound.
type network struct{ status int }

// RoundTrip implements http.RoundTripper.
func (n network) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: n.status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(`[{"ID":3,"Name":"Main","Code":"MAIN","WarehouseCode":"MAIN"}]`))}, nil
}

// office is an open connection file, and what was logged.
type office struct {
	*connection.Book
	log bytes.Buffer
}

func newOffice(t *testing.T, change ...func(*connection.OpenOptions)) *office {
	t.Helper()
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	o := &office{}
	options := connection.OpenOptions{Transport: network{200}, Log: slog.New(slog.NewTextHandler(&o.log, nil))}
	for _, c := range change {
		c(&options)
	}
	o.Book, err = connection.Open(t.Context(), file, options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, o.Close()) })
	return o
}

// resources are those of a stream of this office.
func (o *office) resources() *service.Resources {
	res := service.MockResources()
	Attach(res, o.Book)
	return res
}

func (o *office) flow() *connection.Flow { return o.Flow("main", "order_import") }

// source is where the messages of these tests come from.
var source = Source{
	Connection: "main", Stream: "main_order_import", Pipeline: "order_import", ReadAt: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	Record: ledger.Record{System: "unleashed", Resource: "SalesOrders", ID: "guid-1", Ref: "SO-1", Modified: "2026-03-02T08:00:00.000000000Z"},
}

// message is one as an input makes it.
func message(content string) *service.Message {
	msg := service.NewMessage([]byte(content))
	Stamp(msg, map[string]any{"general": map[string]any{"sync_new_products": true}}, source)
	return msg
}

func (o *office) output(t *testing.T, s *System, yaml string) service.Output {
	t.Helper()
	conf, err := s.OutputSpec().ParseYAML(yaml, nil)
	require.NoError(t, err)
	out, _, err := s.NewOutput(conf, o.resources())
	require.NoError(t, err)
	return out
}

func (o *office) processor(t *testing.T, s *System, yaml string) service.Processor {
	t.Helper()
	conf, err := s.ProcessorSpec().ParseYAML(yaml, nil)
	require.NoError(t, err)
	p, err := s.NewProcessor(conf, o.resources())
	require.NoError(t, err)
	return p
}

func (o *office) letters(t *testing.T) []ledger.DeadLetter {
	t.Helper()
	letters, err := o.Ledger.DeadLetters(t.Context(), ledger.DeadLetterFilter{State: []string{ledger.StateOpen, ledger.StateReplaying}})
	require.NoError(t, err)
	return letters
}

func (o *office) parked(t *testing.T) []ledger.Parked {
	t.Helper()
	items, err := o.Ledger.ParkedItems(t.Context(), source.Stream)
	require.NoError(t, err)
	return items
}

// happened are the kinds of the record's events.
func (o *office) happened(t *testing.T) []string {
	t.Helper()
	events, err := o.Ledger.Events(t.Context(), source.Record.ID)
	require.NoError(t, err)
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (o *office) commit(t *testing.T, do func(*ledger.Tx) error) {
	t.Helper()
	require.NoError(t, o.Ledger.Commit(t.Context(), do))
}

// counted is a counter of the flow.
func (o *office) counted(what string) int64 { return o.flow().State().Counts[what] }

func object(t *testing.T, msg *service.Message) any {
	t.Helper()
	raw, err := msg.AsBytes()
	require.NoError(t, err)
	var value any
	require.NoError(t, json.Unmarshal(raw, &value))
	return value
}
