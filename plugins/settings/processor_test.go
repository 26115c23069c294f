package settings

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// mintsoft answers what a connection asks when it is bound.
type mintsoft struct{ status int }

// RoundTrip implements http.RoundTripper.
func (m mintsoft) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: m.status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(`[{"ID":3,"Name":"Main","Code":"MAIN","WarehouseCode":"MAIN"}]`))}, nil
}

func openBook(t *testing.T, status int) *connection.Book {
	t.Helper()
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: s3cr3t, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: s3cr3t, warehouse: MAIN}
    general: {orders_prefix: UNL-}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Transport: mintsoft{status}, Now: func() time.Time { return noon }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	return book
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func stamper(t *testing.T, book *connection.Book, connection, id string) *processor {
	t.Helper()
	res := service.MockResources()
	component.Attach(res, book)
	p := &processor{res: res, label: "manual_orders", connection: connection, system: "external", resource: "record"}
	var err error
	p.id, err = service.NewInterpolatedString(id)
	require.NoError(t, err)
	p.ref, err = service.NewInterpolatedString("${! this.number }")
	require.NoError(t, err)
	return p
}

func TestAMessageFromElsewhereIsTiedToAConnection(t *testing.T) {
	msg := service.NewMessage([]byte(`{"id":"r-1","number":"SO-1"}`))
	batch, err := stamper(t, openBook(t, 200), "main", "${! this.id }").Process(t.Context(), msg)
	require.NoError(t, err)
	require.Len(t, batch, 1)
	source, ours := component.SourceOf(batch[0])
	require.True(t, ours)
	assert.Equal(t, component.Source{
		Connection: "main", Stream: "main_manual_orders", Pipeline: "manual_orders", ReadAt: noon,
		Record: ledger.Record{System: "external", Resource: "record", ID: "r-1", Ref: "SO-1"},
	}, source)

	value, _ := batch[0].MetaGetMut(component.MetaSettings)
	settings := value.(map[string]any)
	assert.Equal(t, "UNL-", settings["general"].(map[string]any)["orders_prefix"])
	assert.EqualValues(t, 3, settings["mintsoft"].(map[string]any)["warehouse_id"], "what the service knows of the warehouse is in it")
	assert.NotContains(t, fmt.Sprint(settings), "s3cr3t")
}

func TestAMessageThatCannotBeTied(t *testing.T) {
	for name, test := range map[string]struct {
		connection, id, content string
		status                  int
		class, says             string
	}{
		"its id is empty":               {"main", "${! this.id }", `{"id":"","number":"1"}`, 200, "unmappable", "field id"},
		"its id is null":                {"main", "${! this.id }", `{"id":null,"number":"1"}`, 200, "unmappable", "field id"},
		"its id cannot be told":         {"main", `${! throw("no id") }`, `{"number":"1"}`, 200, "unmappable", "evaluating field id"},
		"its number cannot be told":     {"main", "r-1", `not JSON`, 200, "unmappable", "evaluating field ref"},
		"the connection does not exist": {"other", "r-1", `{"number":"1"}`, 200, "", `connection "other": expected one of the active connections`},
		"the key is refused":            {"main", "r-1", `{"number":"1"}`, 401, "", "refuses these credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			msg := service.NewMessage([]byte(test.content))
			_, err := stamper(t, openBook(t, test.status), test.connection, test.id).Process(t.Context(), msg)
			require.ErrorContains(t, err, test.says)
			class, _ := component.ClassOf(err.Error())
			assert.Equal(t, test.class, class)
			_, ours := component.SourceOf(msg)
			assert.False(t, ours)
		})
	}
}

func TestTheProcessorNeedsALabel(t *testing.T) {
	conf, err := spec().ParseYAML("{connection: main, id: a}", nil)
	require.NoError(t, err)
	_, err = newProcessor(conf, service.MockResources())
	assert.ErrorContains(t, err, "expected a label")
}
