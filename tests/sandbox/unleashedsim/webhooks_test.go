package unleashedsim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// subscriber takes webhooks as an http.RoundTripper; answer says what it answers.
type subscriber struct {
	answer func(n int) (status int, err error)
	events []event
}

type event struct {
	header http.Header
	raw    string
	body   map[string]any
}

func (s *subscriber) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	e := event{header: r.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &e.body); err != nil {
		return nil, err
	}
	s.events = append(s.events, e)
	status := http.StatusAccepted
	if s.answer != nil {
		if status, err = s.answer(len(s.events)); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(nil))}, nil
}

func (s *subscriber) types() []string {
	types := []string{}
	for _, e := range s.events {
		types = append(types, text(e.body["eventType"]))
	}
	return types
}

const subscription = `{"description":"sync","notificationUrl":"https://hooks.example.test/unleashed","eventTypes":["salesorder.created","salesorder.updated","salesorder.deleted","product.created","product.updated","product.deleted"]}`

// subscribed is a world with a subscription, its key, and who takes its events.
func subscribed(t *testing.T, knobs ...func(*Knobs)) (*world, *subscriber, string) {
	w := newWorld(t, knobs...)
	s := &subscriber{}
	w.sender = &http.Client{Transport: s}
	made := w.send(http.MethodPost, "/webhooks/subscriptions", "", subscription)
	require.Equal(t, 201, made.status)
	return w, s, text(made.at("signatureKey"))
}

func TestSubscriptions(t *testing.T) {
	w, _, key := subscribed(t)
	assert.NotEmpty(t, key)
	list := w.get("/webhooks/subscriptions", "")
	assert.NotContains(t, list.raw, key, "the key is shown once")
	path := "/webhooks/subscriptions/" + list.column("subscriptionId")[0]
	assert.Equal(t, "Active", w.get(path, "").at("status"))
	changed := w.must(http.MethodPut, path, "", with(subscription, `"sync"`, `"paused","status":"Disabled"`))
	assert.Equal(t, "Disabled", changed.at("status"))
	assert.NotContains(t, changed.raw, key)
	for range 4 {
		w.must(http.MethodPost, "/webhooks/subscriptions", "", subscription)
	}
	assert.Equal(t, 400, w.send(http.MethodPost, "/webhooks/subscriptions", "", subscription).status, "five at most")
	w.must(http.MethodDelete, path, "", "")
	assert.Equal(t, 404, w.get(path, "").status)
	assert.Equal(t, 201, w.send(http.MethodPost, "/webhooks/subscriptions", "", subscription).status)
}

func TestSubscriptionIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{with(subscription, "https:", "http:"), with(subscription, "salesorder.created", "stock.updated"), `{"notificationUrl":"https://x.test","eventTypes":[]}`, `{"eventTypes":["product.created"]}`} {
		assert.Equal(t, 400, w.send(http.MethodPost, "/webhooks/subscriptions", "", body).status, body)
	}
	w.Turn(func(k *Knobs) { k.WebhookPlainAllowed = true })
	assert.Equal(t, 201, w.send(http.MethodPost, "/webhooks/subscriptions", "", with(subscription, "https:", "http:")).status)
}

func TestWebhookIsSignedAndNamesOnlyTheRecord(t *testing.T) {
	w, s, key := subscribed(t)
	w.must(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	assert.Equal(t, 1, w.PendingWebhooks())
	assert.Equal(t, 1, w.DeliverWebhooks(t.Context()))
	assert.Equal(t, 0, w.PendingWebhooks())
	got := s.events[0]
	assert.Equal(t, "salesorder.created", got.body["eventType"])
	assert.Equal(t, "2026-03-01T08:30:00Z", got.body["createdOn"])
	assert.Equal(t, `{"salesOrderGuid":"`+orderGUID+`"}`, got.body["data"], "the data is a string of JSON")
	assert.Equal(t, "1772353800", got.header.Get("x-unleashed-timestamp"))
	assert.Equal(t, signature(key, "1772353800."+got.raw), got.header.Get("x-unleashed-signature"))
	w.Turn(func(k *Knobs) { k.WebhookData = DataAsObject })
	w.EditProduct("MUG", func(p *Product) { p.Barcode = "1" })
	w.DeliverWebhooks(t.Context())
	assert.Equal(t, map[string]any{"productGuid": guidOf(w, "MUG")}, s.events[1].body["data"])
	assert.Len(t, w.get("/webhooks/subscriptions/"+text(got.body["subscriptionId"])+"/deliveries", "").column("eventType"), 2)
}

// The vectors of the reference: what signs a webhook is the key as text, over the
// time, a dot and the body.
func TestWebhookSignatureVectors(t *testing.T) {
	const key = "SimWebhookSignatureKey-not-real-001"
	for want, message := range map[string]string{
		"vlDa8pnj+WeScwWglGaAvcTU8+3/TmEJnOzk0+b0iVs=": `1772353800.{"subscriptionId":"0b6a7c1e-5d1f-4c55-9c0e-3d1b6f0f9a11","eventNotificationId":"7d0e7c52-2f0b-4d3e-9f3c-0c2b7f6f3d21","eventType":"salesorder.updated","createdOn":"2026-03-01T08:30:00Z","data":"{\"salesOrderGuid\":\"e2f0a1b4-6c8d-4e1a-8f2b-1c3d5e7f9a0b\"}"}`,
		"q8QIA2OCPnr9Gv/o5INy5Ba9mEqb+8OiWaB4BUiZA24=": `1772353860.{"subscriptionId":"0b6a7c1e-5d1f-4c55-9c0e-3d1b6f0f9a11","eventNotificationId":"7d0e7c52-2f0b-4d3e-9f3c-0c2b7f6f3d22","eventType":"product.updated","createdOn":"2026-03-01T08:31:00Z","data":{"productGuid":"3c1e5a77-1b2c-4d3e-8f90-a1b2c3d4e5f6"}}`,
	} {
		assert.Equal(t, want, signature(key, message))
	}
}

func TestEachChangeIsAnEvent(t *testing.T) {
	w, s, _ := subscribed(t)
	w.AddOrder(OrderSpec{Number: "SO-1", Status: Placed, Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG"}}})
	w.SetStatus("SO-1", Backordered)
	w.DeleteOrder("SO-1")
	w.DeleteProduct("TEA")
	w.EditCustomer("HARBOUR01", func(c *Customer) { c.Notes = "not subscribed" })
	assert.Equal(t, 4, w.DeliverWebhooks(t.Context()))
	assert.Equal(t, []string{"salesorder.created", "salesorder.updated", "salesorder.deleted", "product.deleted"}, s.types())
}

func TestRefusedWebhooksAreTriedAgain(t *testing.T) {
	w, s, _ := subscribed(t, func(k *Knobs) { k.WebhookRetries = []time.Duration{time.Minute, time.Hour} })
	s.answer = func(n int) (int, error) {
		if n == 2 {
			return 0, errors.New("no route")
		}
		return 500, nil
	}
	w.DeleteProduct("TEA")
	assert.Equal(t, 0, w.DeliverWebhooks(t.Context()))
	assert.Equal(t, 0, w.DeliverWebhooks(t.Context()))
	assert.Len(t, s.events, 1, "not before its time")
	w.clock.pass(time.Minute)
	w.DeliverWebhooks(t.Context())
	w.clock.pass(time.Hour)
	w.DeliverWebhooks(t.Context())
	assert.Len(t, s.events, 3)
	assert.Equal(t, 0, w.PendingWebhooks(), "then it is lost")
	id := s.events[0].body["eventNotificationId"]
	assert.Equal(t, id, s.events[2].body["eventNotificationId"])
	var statuses []int
	for _, d := range w.Deliveries() {
		statuses = append(statuses, d.Status)
	}
	assert.Equal(t, []int{500, 0, 500}, statuses)
}

func TestScriptedWebhooks(t *testing.T) {
	w, s, _ := subscribed(t)
	w.ScriptWebhook(WebhookFault{Event: "salesorder.created", Lose: true})
	w.ScriptWebhook(WebhookFault{Event: "salesorder.updated", Last: true})
	w.ScriptWebhook(WebhookFault{Event: "salesorder.deleted", Twice: true})
	w.ScriptWebhook(WebhookFault{Event: "product.updated", Delay: time.Hour})
	w.AddOrder(OrderSpec{Number: "SO-1", Customer: "HARBOUR01", Lines: []LineSpec{{SKU: "MUG"}}})
	w.SetStatus("SO-1", Placed)
	w.DeleteOrder("SO-1")
	w.EditProduct("MUG", func(p *Product) { p.Barcode = "1" })
	w.DeliverWebhooks(t.Context())
	assert.Equal(t, []string{"salesorder.deleted", "salesorder.deleted", "salesorder.updated"}, s.types())
	assert.Equal(t, s.events[0].body["eventNotificationId"], s.events[1].body["eventNotificationId"])
	w.clock.pass(time.Hour)
	assert.Equal(t, 1, w.DeliverWebhooks(t.Context()))
}

func TestARecordIsHiddenForAMomentAfterItsEvent(t *testing.T) {
	w, _, _ := subscribed(t)
	w.must(http.MethodPost, "/SalesOrders/"+orderGUID, "", order)
	assert.Equal(t, 200, w.get("/SalesOrders/"+orderGUID, "").status)
	w.DeliverWebhooks(t.Context())
	assert.Equal(t, 404, w.get("/SalesOrders/"+orderGUID, "").status)
	assert.Equal(t, []string{"WEB-1"}, w.get("/SalesOrders", "").column("OrderNumber"), "lists show it")
	w.clock.pass(2 * time.Second)
	assert.Equal(t, 200, w.get("/SalesOrders/"+orderGUID, "").status)
	w.Turn(func(k *Knobs) { k.HiddenAfterEvent = 0 })
	w.SetStatus("WEB-1", Parked)
	w.DeliverWebhooks(t.Context())
	assert.Equal(t, 200, w.get("/SalesOrders/"+orderGUID, "").status)
}

func TestDeliveryStopsWithItsContext(t *testing.T) {
	w, s, _ := subscribed(t)
	w.DeleteProduct("TEA")
	ctx, cancel := context.WithCancel(t.Context())
	s.answer = func(int) (int, error) {
		cancel()
		return 0, ctx.Err()
	}
	assert.Equal(t, 0, w.DeliverWebhooks(ctx))
	assert.Equal(t, 1, w.PendingWebhooks(), "what was not sent stays")
}
