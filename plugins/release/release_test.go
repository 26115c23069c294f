package release

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// warehouse answers paths; those that it doesn't have are 404. It remembers what
// it was asked.
type warehouse struct {
	answers map[string]string
	asked   []string
}

// RoundTrip implements http.RoundTripper.
func (m *warehouse) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.TrimSuffix(r.URL.Path, "/")
	m.asked = append(m.asked, path+" "+r.URL.Query().Get("OrderNumber"))
	body, exists := m.answers[path]
	status := http.StatusOK
	switch {
	case path == "/api/Warehouse", path == "/Warehouses":
		body = `[{"ID":3,"Name":"Main","Code":"MAIN","WarehouseCode":"MAIN"}]`
	case !exists:
		status = http.StatusNotFound
	case body == "":
		status = http.StatusUnauthorized
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

const stream = "main_order_import"

var order = ledger.Record{System: "unleashed", Resource: "SalesOrders", ID: "guid-1", Ref: "SO-1"}

func openBook(t *testing.T, service *warehouse) *connection.Book {
	t.Helper()
	file, err := connection.Parse("c.yaml", fmt.Appendf(nil, `
ledger: sqlite:%s
connections:
  - name: main
    unleashed: {base_url: http://127.0.0.1:1, api_id: id, api_key: key, warehouse_code: MAIN}
    mintsoft: {base_url: http://127.0.0.1:2, api_key: key, warehouse: MAIN, client: '12', requests_per_second: 50}
`, filepath.Join(t.TempDir(), "ledger.db")), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	book, err := connection.Open(t.Context(), file, connection.OpenOptions{Transport: service})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	return book
}

// runs is that every stream does.
func runs(string) string { return "" }

// accounts names the pair that the book's links are of.
func accounts(t *testing.T, book *connection.Book) string {
	t.Helper()
	conn, err := book.Connection("main")
	require.NoError(t, err)
	identity, err := conn.Identity(t.Context())
	require.NoError(t, err)
	return identity.Accounts
}

// wrote is what a write of the order left in the ledger; target is empty when
// nobody knows what came of it.
func wrote(t *testing.T, book *connection.Book, operation, target, sent string) {
	t.Helper()
	pair := accounts(t, book)
	require.NoError(t, book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
		state := "ambiguous"
		if target != "" {
			state = "done"
			if err := tx.PutLink(ledger.Link{Connection: "main", Pair: pair, Kind: "order", SourceID: order.ID, SourceRef: order.Ref, TargetID: target, TargetRef: "UNL-SO-1"}); err != nil {
				return err
			}
		}
		if err := tx.PutIntent(ledger.Intent{
			Key: "key/" + operation, Connection: "main", Stream: stream, System: "mintsoft", Operation: operation, Record: order, State: state, TargetID: target, TargetRef: "UNL-SO-1",
		}); err != nil || sent == "" {
			return err
		}
		return tx.AddEvent(ledger.Event{Connection: "main", Stream: stream, Record: order, Kind: "sent", Summary: "mintsoft " + operation + ", read then", Detail: json.RawMessage(sent)})
	}))
}

func TestRelease(t *testing.T) {
	const sent = `{"OrderNumber":"UNL-SO-1","ExternalOrderReference":"guid-1"}`
	for name, test := range map[string]struct {
		target, sent string
		answers      map[string]string
		released     bool
		reason       string
	}{
		"it is gone": {"17", sent, nil, true, "order 17 does not exist any more"},
		"it is cancelled": {"17", sent, map[string]string{"/api/Order/17": `{"ID":17,"OrderNumber":"UNL-SO-1","OrderStatusId":3}`},
			true, "order 17 is cancelled"},
		"it stands there": {"17", sent, map[string]string{"/api/Order/17": `{"ID":17,"OrderNumber":"UNL-SO-1","OrderStatusId":1}`},
			false, "order 17 stands in Mintsoft with status 1; cancel it there first"},
		"nobody knows its id, and it is found": {"", sent, map[string]string{
			"/api/Order/Search": `[{"ID":17,"OrderNumber":"UNL-SO-1","ExternalOrderReference":"guid-1"}]`,
			"/api/Order/17":     `{"ID":17,"OrderNumber":"UNL-SO-1","ExternalOrderReference":"guid-1","OrderStatusId":1}`,
		}, false, "order 17 stands in Mintsoft with status 1; cancel it there first"},
		"nobody knows its id, and it is found cancelled": {"", sent, map[string]string{
			"/api/Order/Search": `[{"ID":17,"OrderNumber":"UNL-SO-1","ExternalOrderReference":"guid-1"}]`,
			"/api/Order/17":     `{"ID":17,"OrderNumber":"UNL-SO-1","ExternalOrderReference":"guid-1","OrderStatusId":3}`,
		}, true, "order 17 is cancelled"},
		"nobody knows its id, and another's is found": {"", sent, map[string]string{
			"/api/Order/Search": `[{"ID":5,"OrderNumber":"UNL-SO-1","ExternalOrderReference":"theirs"}]`,
			"/api/Order/5":      `{"ID":5,"OrderNumber":"UNL-SO-1","ExternalOrderReference":"theirs","OrderStatusId":1}`,
		}, false, `the number UNL-SO-1 is held by order 5 (status 1) with reference "theirs", which is not ours`},
		"nobody knows its id, and another's is found cancelled": {"", sent, map[string]string{
			"/api/Order/Search": `[{"ID":17,"OrderNumber":"UNL-SO-1","ExternalOrderReference":"theirs"}]`,
			"/api/Order/17":     `{"ID":17,"OrderNumber":"UNL-SO-1","ExternalOrderReference":"theirs","OrderStatusId":3}`,
		}, true, "order 17 is cancelled"},
		"nobody knows its id, and nothing is found": {"", sent, nil, true, "nothing of ours stands there"},
		"nobody knows what was sent":                {"", "", nil, false, "what was sent is not known any more, so it cannot be looked up"},
	} {
		for _, ref := range []string{"SO-1", "guid-1", "UNL-SO-1"} {
			t.Run(name+", asked for by "+ref, func(t *testing.T) {
				book := openBook(t, &warehouse{answers: test.answers})
				wrote(t, book, "order.create", test.target, test.sent)
				outcomes, err := Release(t.Context(), book, ref, runs)
				require.NoError(t, err)
				assert.Equal(t, []Outcome{{Stream: stream, Record: "SO-1", Operation: "order.create", Released: test.released, Reason: test.reason}}, outcomes)

				_, known, err := book.Ledger.Intent(t.Context(), "key/order.create")
				require.NoError(t, err)
				assert.Equal(t, !test.released, known)
				_, linked, err := book.Ledger.LinkBySource(t.Context(), accounts(t, book), "order", order.ID)
				require.NoError(t, err)
				assert.Equal(t, !test.released && test.target != "", linked)
				due, err := book.Ledger.Redeliveries(t.Context(), stream, time.Now())
				require.NoError(t, err)
				if !test.released {
					assert.Empty(t, due)
					return
				}
				require.Len(t, due, 1, "the next run of the stream reads it again")
				assert.Equal(t, order, due[0].Record)
				events, err := book.Ledger.Events(t.Context(), order.ID)
				require.NoError(t, err)
				last := events[len(events)-1]
				assert.Equal(t, []string{"released", test.reason}, []string{last.Kind, last.Summary})
				from, err := book.Ledger.ReleasedFrom(t.Context(), accounts(t, book), "order.create", order, "17")
				require.NoError(t, err)
				assert.Equal(t, strings.HasPrefix(test.reason, "order 17 "), from)
			})
		}
	}
}

func TestWhatWasNeverSentCannotBeReleased(t *testing.T) {
	_, err := Release(t.Context(), openBook(t, &warehouse{}), "SO-2", runs)
	assert.ErrorIs(t, err, ErrUnknown)
}

func TestOnlyCreatesAreReleased(t *testing.T) {
	service := &warehouse{}
	book := openBook(t, service)
	wrote(t, book, "order.cancel", "17", "")
	_, err := Release(t.Context(), book, "SO-1", runs)
	require.ErrorIs(t, err, ErrUnknown)
	_, known, err := book.Ledger.Intent(t.Context(), "key/order.cancel")
	require.NoError(t, err)
	assert.True(t, known)
}

func TestEachWriteIsLookedUpByWhatItSent(t *testing.T) {
	service := &warehouse{}
	book := openBook(t, service)
	wrote(t, book, "order.create", "", `{"OrderNumber":"UNL-SO-1","ExternalOrderReference":"guid-1"}`)
	wrote(t, book, "product.create", "", `{"SKU":"A","Name":"Apple"}`)
	service.answers = map[string]string{"/api/Product/Search": `[]`, "/api/Product/List": `[]`, "/api/Product": `[]`}
	_, _ = Release(t.Context(), book, "SO-1", runs)
	assert.Contains(t, service.asked, "/api/Order/Search UNL-SO-1")
	assert.NotContains(t, service.asked, "/api/Order/Search <nil>")
}

func TestWhatNoStreamWouldSendAgainIsKept(t *testing.T) {
	service := &warehouse{}
	book := openBook(t, service)
	wrote(t, book, "order.create", "17", "")
	service.asked = nil
	outcomes, err := Release(t.Context(), book, "SO-1", func(name string) string { return name + " is off" })
	require.NoError(t, err)
	assert.Equal(t, []Outcome{{Stream: stream, Record: "SO-1", Operation: "order.create", Reason: "main_order_import is off"}}, outcomes)
	assert.Empty(t, service.asked)
	_, known, err := book.Ledger.Intent(t.Context(), "key/order.create")
	require.NoError(t, err)
	assert.True(t, known)
}

func TestAServiceThatCannotBeAskedReleasesNothing(t *testing.T) {
	service := &warehouse{answers: map[string]string{"/api/Order/17": ""}}
	book := openBook(t, service)
	wrote(t, book, "order.create", "17", "")
	_, err := Release(t.Context(), book, "SO-1", runs)
	require.ErrorIs(t, err, apihttp.ErrCredentials)
	_, known, err := book.Ledger.Intent(context.WithoutCancel(t.Context()), "key/order.create")
	require.NoError(t, err)
	assert.True(t, known)
}

func TestAnOperationThatThisVersionDoesNotKnow(t *testing.T) {
	book := openBook(t, &warehouse{})
	require.NoError(t, book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
		return tx.PutIntent(ledger.Intent{Key: "k", Connection: "main", Stream: stream, System: "shopify", Operation: "order.create", Record: order})
	}))
	_, err := Release(t.Context(), book, "SO-1", runs)
	assert.ErrorContains(t, err, `the ledger names the system "shopify"`)
}
