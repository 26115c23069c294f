package mintsoftsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testClock is a clock that a test moves.
type testClock struct {
	mut sync.Mutex
	at  time.Time
}

func (c *testClock) now() time.Time {
	c.mut.Lock()
	defer c.mut.Unlock()
	return c.at
}

func (c *testClock) advance(d time.Duration) {
	c.mut.Lock()
	defer c.mut.Unlock()
	c.at = c.at.Add(d)
}

// tenant is a twin with two clients, two warehouses and a few products.
type tenant struct {
	*Twin
	t            *testing.T
	clock        *testClock
	demo, other  int // clients: back orders; another merchant
	main, north  int // warehouses
	key          string
	lax          bool // answers are not compared with the schema
	conformed    map[string]bool
	conformedMut sync.Mutex
}

const clientKey = "5f0c1b9e-1111-4222-8333-000000000002"

func newTenant(t *testing.T, knobs ...func(*Knobs)) *tenant {
	t.Helper()
	clock := &testClock{at: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)}
	k := DefaultKnobs()
	k.ProductVisibleAfter, k.InvoiceAfter = 0, -1
	for _, change := range knobs {
		change(&k)
	}
	f := &tenant{Twin: New(Options{Now: clock.now, Knobs: &k}), t: t, clock: clock, key: AdminKey, conformed: map[string]bool{}}
	f.demo = f.AddClient(Client{ShortName: "DEMO", Name: "Demo Client", HoldingPolicy: PlaceOnBackOrder}).ID
	f.other = f.AddClient(Client{ShortName: "OTHER", Name: "Other Client"}).ID
	f.main = f.AddWarehouse(Warehouse{Name: "Main Warehouse", Code: optional("MAIN")}).ID
	f.north = f.AddWarehouse(Warehouse{Name: "North", BinLocations: true}).ID
	f.AddChannel(f.demo, "Unleashed")
	f.AddChannel(f.demo, "Web")
	f.AddChannel(f.other, "Shop")
	next := f.AddCourier("DEMO NEXT DAY", "https://track.example.test/")
	f.AddCourier("DEMO 48", "")
	f.MapCourier(next.ID, "Overnight", 0)
	f.MapCourier(next.ID, "Only Demo", f.demo)
	f.AddUser(User{Username: "demo-user", Password: "demo-pass", APIKey: clientKey, ClientID: f.demo})
	f.AddProduct(Product{ClientID: f.demo, SKU: "RED", Name: "Red widget", EAN: optional("5000000000012"), Weight: Number{whole(2)}})
	f.AddProduct(Product{ClientID: f.demo, SKU: "BLUE", Name: "Blue widget"})
	f.AddProduct(Product{ClientID: f.demo, SKU: "SERUM", Name: "Serum", HasBatchNumber: true, LogBatchInbound: true, HasExpiryDate: true})
	f.AddProduct(Product{ClientID: f.other, SKU: "RED", Name: "Another red"})
	return f
}

// answer is what came back.
type answer struct {
	status int
	raw    string
	value  any
}

func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	object, ok := a.value.(map[string]any)
	require.True(t, ok, "expected an object: %d %s", a.status, a.raw)
	return object
}

func (a answer) list(t *testing.T) []map[string]any {
	t.Helper()
	items, ok := a.value.([]any)
	require.True(t, ok, "expected an array: %d %s", a.status, a.raw)
	list := make([]map[string]any, len(items))
	for i, item := range items {
		list[i], _ = item.(map[string]any)
	}
	return list
}

// call sends a request. Every 200 is compared with what the vendor's document says
// about the operation's answer.
func (f *tenant) call(method, path string, body any) answer {
	f.t.Helper()
	var payload io.Reader = http.NoBody
	switch body := body.(type) {
	case nil:
	case string:
		payload = strings.NewReader(body)
	default:
		data, err := json.Marshal(body)
		require.NoError(f.t, err)
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, "https://api.mintsoft.co.uk"+path, payload)
	require.NoError(f.t, err)
	req.Header.Set("ms-apikey", f.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := f.RoundTripper().RoundTrip(req)
	require.NoError(f.t, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	require.NoError(f.t, err)
	a := answer{status: res.StatusCode, raw: string(raw)}
	if len(raw) > 0 {
		a.value, err = decode(raw)
		require.NoError(f.t, err)
	}
	if a.status == http.StatusOK && !f.lax {
		f.conform(method, path, a.value)
	}
	return a
}

func (f *tenant) get(path string) answer { return f.call("GET", path, nil) }

// must is a call that succeeds, by status and by its results.
func (f *tenant) must(method, path string, body any) answer {
	f.t.Helper()
	a := f.call(method, path, body)
	require.Equal(f.t, http.StatusOK, a.status, "%s %s: %s", method, path, a.raw)
	require.NotContains(f.t, a.raw, `"Success":false`, "%s %s", method, path)
	return a
}

// refused is a call that a business rule refuses; it answers the message.
func (f *tenant) refused(method, path string, body any) string {
	f.t.Helper()
	a := f.call(method, path, body)
	require.Equal(f.t, http.StatusOK, a.status, "%s %s: %s", method, path, a.raw)
	require.Contains(f.t, a.raw, `"Success":false`, "%s %s", method, path)
	var said struct{ Message string }
	require.NoError(f.t, json.Unmarshal([]byte(strings.Trim(a.raw, "[]")), &said))
	return said.Message
}

func (f *tenant) conform(method, path string, value any) {
	f.t.Helper()
	address, err := url.Parse("https://api.mintsoft.co.uk" + path)
	require.NoError(f.t, err)
	op := f.routes.find(address.Path).operations[method]
	for _, wrong := range conformity(f.schema, op.Answer, "answer", value) {
		assert.Fail(f.t, wrong, op.name())
	}
	f.conformedMut.Lock()
	defer f.conformedMut.Unlock()
	f.conformed[op.name()] = true
}

// conformity compares an answer with the schema: every member is there, none is
// unknown, and types fit.
func conformity(s *schema, kind, path string, value any) (wrong []string) {
	if value == nil || kind == "object" {
		return nil
	}
	if inner, isArray := strings.CutPrefix(kind, "["); isArray {
		items, ok := value.([]any)
		if !ok {
			return []string{path + ": expected an array"}
		}
		for i, item := range items {
			wrong = append(wrong, conformity(s, strings.TrimSuffix(inner, "]"), fmt.Sprintf("%s[%d]", path, i), item)...)
		}
		return wrong
	}
	m, isModel := s.Models[kind]
	if !isModel {
		if text := mismatch(kind, value); text != "" {
			return []string{path + ": " + text}
		}
		return nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		return []string{path + ": expected an object"}
	}
	for name, p := range m.Properties {
		member, exists := object[name]
		if !exists {
			wrong = append(wrong, path+"."+name+": missing")
		}
		wrong = append(wrong, conformity(s, p.Type, path+"."+name, member)...)
	}
	for name := range object {
		if _, known := m.Properties[name]; !known {
			wrong = append(wrong, path+"."+name+": unknown")
		}
	}
	return wrong
}

// order is a valid body for PUT Order; with changes: nil deletes a member.
func (f *tenant) order(number string, changes ...map[string]any) map[string]any {
	body := map[string]any{
		"ClientId": f.demo, "WarehouseId": f.main, "OrderNumber": number, "FirstName": "Alex", "Address1": "1 Sample Street", "PostCode": "SA1 1AA",
		"Country": "GB", "CourierService": "AUTO", "OrderItems": []any{item("RED", 1)},
	}
	for _, change := range changes {
		for name, value := range change {
			if body[name] = value; value == nil {
				delete(body, name)
			}
		}
	}
	return body
}

func item(sku string, quantity int) map[string]any {
	return map[string]any{"SKU": sku, "Quantity": quantity}
}

func items(lines ...any) map[string]any { return map[string]any{"OrderItems": lines} }

// create makes an order and answers its result.
func (f *tenant) create(number string, changes ...map[string]any) map[string]any {
	f.t.Helper()
	return f.must("PUT", "/api/Order", f.order(number, changes...)).list(f.t)[0]
}

func (f *tenant) createID(number string, changes ...map[string]any) int {
	f.t.Helper()
	return intOf(f.t, f.create(number, changes...)["OrderId"])
}

func (f *tenant) read(id int) map[string]any {
	f.t.Helper()
	return f.must("GET", fmt.Sprintf("/api/Order/%d", id), nil).object(f.t)
}

func intOf(t *testing.T, value any) int {
	t.Helper()
	n, ok := value.(json.Number)
	require.True(t, ok, "expected a number: %v", value)
	i, err := n.Int64()
	require.NoError(t, err)
	return int(i)
}

func (f *tenant) status(id int) int {
	f.t.Helper()
	o, exists := f.Order(id)
	require.True(f.t, exists)
	return o.OrderStatusID
}
