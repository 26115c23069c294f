package scenarios

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/doctor"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const (
	webhookURL   = "http://127.0.0.1:8090/webhooks/main"
	webhookOther = "SimWebhookSignatureKey-not-real-001"
)

// everyEvent is what the service is known to tell of.
var everyEvent = []string{
	"salesorder.created", "salesorder.updated", "salesorder.deleted",
	"product.created", "product.updated", "product.deleted", "customer.created", "customer.updated", "customer.deleted",
}

// eager are the streams that these scenarios are about.
var eager = []string{"main_webhooks", "main_order_import", "main_product_sync", "main_customer_sync"}

// told is a world whose sync is told of changes at once, and polls every ten minutes.
func told(t *testing.T, test func(t *testing.T, w *world.World, key string)) {
	t.Helper()
	world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{
		"general.use_webhooks": true, "general.frequency": "10m", "unleashed.webhook_signature_key": webhookOther,
	}}, func(t *testing.T, w *world.World) {
		test(t, w, subscribe(t, w))
	})
}

// subscribe makes events of the service come to the sync, and answers the key that
// they are signed under.
func subscribe(t *testing.T, w *world.World) string {
	t.Helper()
	w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.WebhookPlainAllowed = true })
	w.Unleashed.SendWebhooksBy(w.Hooks())
	running := w.Forever(t, "main_product_sync")
	conn, err := running.Book.Connection(world.Main)
	require.NoError(t, err)
	_, key, err := conn.Unleashed.Subscribe(t.Context(), unleashedapi.Subscription{NotificationURL: webhookURL, EventTypes: everyEvent})
	require.NoError(t, err)
	running.Stop(t)
	w.Set("unleashed.webhook_signature_key", key)
	return key
}

// deliver sends what is due and lets the sync act on it.
func deliver(t *testing.T, w *world.World) (taken int) {
	t.Helper()
	taken = w.Unleashed.DeliverWebhooks(t.Context())
	<-time.After(time.Minute)
	return taken
}

// sendEvent sends an event that the twin would not, and answers the status.
func sendEvent(t *testing.T, w *world.World, body, key string, at time.Time) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, webhookURL, strings.NewReader(body))
	require.NoError(t, err)
	timestamp := strconv.FormatInt(at.Unix(), 10)
	req.Header.Set("X-Unleashed-Timestamp", timestamp)
	req.Header.Set("X-Unleashed-Signature", unleashedapi.Signature(key, timestamp+"."+body))
	answer, err := w.Hooks().Do(req)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

func cancels(w *world.World) int {
	n := 0
	for _, call := range w.Calls("mintsoft") {
		if strings.HasSuffix(call, "/Cancel") {
			n++
		}
	}
	return n
}

func TestADeletedOrderIsCancelledAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   *unleashedsim.WebhookFault
		hidden  time.Duration
		prepare func(w *world.World)
	}{
		"as it comes":                    {hidden: 2 * time.Second},
		"told twice":                     {fault: &unleashedsim.WebhookFault{Event: "salesorder.deleted", Twice: true}},
		"told minutes late":              {fault: &unleashedsim.WebhookFault{Event: "salesorder.deleted", Delay: 3 * time.Minute}},
		"told after all others":          {fault: &unleashedsim.WebhookFault{Event: "salesorder.deleted", Last: true}},
		"the order answers 404 for good": {hidden: 24 * time.Hour},
		"data comes as an object": {prepare: func(w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.WebhookData = unleashedsim.DataAsObject })
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told(t, func(t *testing.T, w *world.World, _ string) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.HiddenAfterEvent = test.hidden })
				if test.prepare != nil {
					test.prepare(w)
				}
				refs := orderImport.several(t, w, 1, 2)
				w.Forever(t, eager...)
				<-time.After(time.Minute)
				orderImport.requireDelivered(t, w, refs...)
				deliver(t, w)
				w.Forget()

				if test.fault != nil {
					w.Unleashed.ScriptWebhook(*test.fault)
				}
				gone := w.Unleashed.DeleteOrder(refs[0])
				w.Unleashed.EditProduct("MUG-RED", func(p *unleashedsim.Product) { p.Barcode = "5000000000017" })
				deliver(t, w)
				if test.fault != nil && test.fault.Delay > 0 {
					assert.Zero(t, cancels(w))
					<-time.After(test.fault.Delay)
					deliver(t, w)
				}
				assert.Equal(t, []string{orderImport.removed(refs[0])}, orderImport.stands(t, w, refs[0]))
				orderImport.requireDelivered(t, w, refs[1])
				assert.Equal(t, 1, cancels(w))
				intents := w.Intents(t, gone.Guid.String())
				require.Len(t, intents, 2)
				assert.Equal(t, []string{"order.cancel", "main_webhooks"}, []string{intents[1].Operation, intents[1].Stream}, "the event did it, not polling")

				<-time.After(11 * time.Minute)
				assert.Equal(t, 1, cancels(w), "polling sees it too, and finds it done")
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

func TestWithoutWebhooksADeletedOrderWaitsForPolling(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, _ string) {
		w.Set("general.use_webhooks", false)
		ref := orderImport.add(w, 1)
		w.Forever(t, eager...)
		<-time.After(time.Minute)
		w.Unleashed.DeleteOrder(ref)
		assert.Zero(t, deliver(t, w), "nobody listens")
		assert.Zero(t, cancels(w))
		<-time.After(11 * time.Minute)
		assert.Equal(t, []string{orderImport.removed(ref)}, orderImport.stands(t, w, ref))
	})
}

func TestAnOrderThatIsBeingPickedIsReportedNotCancelled(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, _ string) {
		ref := orderImport.add(w, 1)
		w.Forever(t, eager...)
		<-time.After(time.Minute)
		o, exists := w.Mintsoft.OrderByNumber(ref)
		require.True(t, exists)
		w.Mintsoft.Pick(o.ID)
		w.Unleashed.DeleteOrder(ref)
		deliver(t, w)
		assert.Zero(t, cancels(w))
		assert.NotEmpty(t, w.Logged("needs a look", "main_webhooks", "has begun to pick"))
	})
}

func TestADeletedProductIsDiscontinued(t *testing.T) {
	t.Parallel()
	discontinued := func(w *world.World, sku string) bool {
		p, exists := w.Mintsoft.Product(sku)
		return exists && p.Discontinued
	}
	for _, updates := range []bool{true, false} {
		t.Run("product updates "+strconv.FormatBool(updates), func(t *testing.T) {
			t.Parallel()
			told(t, func(t *testing.T, w *world.World, _ string) {
				w.Set("general.sync_product_updates", updates)
				w.Forever(t, eager...)
				<-time.After(time.Minute)
				require.False(t, discontinued(w, "MUG-RED"))
				w.Unleashed.DeleteProduct("MUG-RED")
				assert.Equal(t, 1, deliver(t, w))
				assert.Equal(t, updates, discontinued(w, "MUG-RED"), "the product answers 404; its link knows its SKU")
			})
		})
	}
}

// TestAnEventMayWriteAGUIDInCapitals: to Unleashed they are the same.
func TestAnEventMayWriteAGUIDInCapitals(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, key string) {
		w.Forever(t, eager...)
		<-time.After(time.Minute)
		i := slices.IndexFunc(w.Unleashed.Products(), func(p unleashedsim.Product) bool { return p.ProductCode == "MUG-RED" })
		guid := strings.ToUpper(w.Unleashed.Products()[i].Guid.String())
		w.Unleashed.DeleteProduct("MUG-RED")
		body := `{"eventNotificationId":"e-1","eventType":"product.deleted","data":{"productGuid":"` + guid + `"}}`
		require.Equal(t, 202, sendEvent(t, w, body, key, time.Now()))
		<-time.After(time.Minute)
		p, _ := w.Mintsoft.Product("MUG-RED")
		assert.True(t, p.Discontinued)
	})
}

func TestWhatChangedIsReadAtOnce(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, _ string) {
		w.Forever(t, eager...)
		<-time.After(time.Minute)
		ref := orderImport.add(w, 1)
		w.Unleashed.EditProduct("MUG-RED", func(p *unleashedsim.Product) { p.Barcode = "5000000000017" })
		deliver(t, w)
		orderImport.requireDelivered(t, w, ref)
		p, _ := w.Mintsoft.Product("MUG-RED")
		assert.Equal(t, "5000000000017", text(p.EAN))
	})
}

func TestManyEventsNeedFewRuns(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, _ string) {
		w.Forever(t, eager...)
		<-time.After(time.Minute)
		w.Forget()
		for i := range 60 {
			w.Unleashed.EditProduct("MUG-RED", func(p *unleashedsim.Product) { p.Barcode = unleashedsim.Text(strconv.Itoa(5000000000000 + i)) })
			w.Unleashed.DeliverWebhooks(t.Context())
			<-time.After(2 * time.Second)
		}
		<-time.After(2 * time.Minute)
		assert.LessOrEqual(t, w.Unleashed.Journal.Count("GET", "/Products"), 4, "one at once, and one each minute")
		p, _ := w.Mintsoft.Product("MUG-RED")
		assert.Equal(t, "5000000000059", text(p.EAN), "the last state arrives")
	})
}

func TestWithWebhooksLostForGoodPollingBringsEverything(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, _ string) {
		w.Unleashed.ScriptWebhook(unleashedsim.WebhookFault{Lose: true, Times: 1000})
		refs := orderImport.several(t, w, 1, 3)
		w.Forever(t, eager...)
		<-time.After(time.Minute)
		orderImport.requireDelivered(t, w, refs...)
		w.Unleashed.DeleteOrder(refs[1])
		w.Unleashed.EditProduct("MUG-RED", func(p *unleashedsim.Product) { p.Barcode = "5000000000017" })
		later := orderImport.several(t, w, 4, 2)
		assert.Zero(t, deliver(t, w))
		assert.Zero(t, cancels(w))
		<-time.After(11 * time.Minute)
		orderImport.requireDelivered(t, w, append(later, refs[0], refs[2])...)
		assert.Equal(t, []string{orderImport.removed(refs[1])}, orderImport.stands(t, w, refs[1]))
		assert.Equal(t, 1, cancels(w))
		p, _ := w.Mintsoft.Product("MUG-RED")
		assert.Equal(t, "5000000000017", text(p.EAN))
	})
}

func TestEventsSurviveARestart(t *testing.T) {
	t.Parallel()
	for _, name := range []string{world.Main, "renamed"} {
		t.Run("as "+name, func(t *testing.T) { survive(t, name) })
	}
}

func survive(t *testing.T, name string) {
	told(t, func(t *testing.T, w *world.World, _ string) {
		ref := orderImport.add(w, 1)
		running := w.Forever(t, eager...)
		<-time.After(time.Minute)
		orderImport.requireDelivered(t, w, ref)
		deliver(t, w)
		w.Unleashed.DeleteOrder(ref)
		require.Equal(t, 1, w.Unleashed.DeliverWebhooks(t.Context()), "it is answered before it is handled")
		assert.Less(t, running.Stop(t), 2*time.Second)
		assert.Zero(t, cancels(w))
		assert.Zero(t, deliver(t, w), "it is not sent again")

		w.Rename(t, world.Main, name)
		w.Once(t, name+"_webhooks")
		assert.Equal(t, 1, cancels(w))
		w.Once(t, name+"_webhooks")
		assert.Equal(t, 1, cancels(w))
	})
}

func TestADryRunShowsWhatEventsWouldDo(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, _ string) {
		ref := orderImport.add(w, 1)
		running := w.Forever(t, eager...)
		<-time.After(time.Minute)
		deliver(t, w)
		w.Unleashed.DeleteOrder(ref)
		require.Equal(t, 1, w.Unleashed.DeliverWebhooks(t.Context()))
		running.Stop(t)
		w.Forget()
		for range 2 {
			rows, planned := w.DryRun(t, "main_webhooks")
			assert.EqualValues(t, 1, rows.Of("webhooks").Read)
			require.Len(t, planned, 1)
			assert.Equal(t, "order.cancel", planned[0].Operation)
		}
		assert.Empty(t, w.Writes("mintsoft"))
	})
}

// Whatever is not right is refused and leaves nothing behind; what is right is
// taken at the same time.
func TestWhatUnleashedDidNotSendIsRefused(t *testing.T) {
	t.Parallel()
	const body = `{"eventNotificationId":"e-1","eventType":"salesorder.deleted","data":{"salesOrderGuid":"g"}}`
	told(t, func(t *testing.T, w *world.World, key string) {
		running := w.Forever(t, "main_webhooks")
		<-time.After(time.Second)
		send := func(body, key string, at time.Time) int { return sendEvent(t, w, body, key, at) }
		for name, test := range map[string]struct {
			body, key string
			at        time.Time
			status    int
		}{
			"signed under another key": {body, webhookOther, time.Now(), 401},
			"replayed":                 {body, key, time.Now().Add(-6 * time.Minute), 401},
			"oversized":                {body + strings.Repeat(" ", 1<<20), key, time.Now(), 413},
			"malformed":                {`{"eventType":`, key, time.Now(), 400},
		} {
			assert.Equal(t, test.status, send(test.body, test.key, test.at), name)
		}
		arrivals, err := running.Book.Ledger.NewEvents(t.Context(), "main_webhooks", 0, 10)
		require.NoError(t, err)
		assert.Empty(t, arrivals)
		<-time.After(time.Minute)
		assert.Zero(t, running.Book.Flow(world.Main, "webhooks").State().Counts[connection.CountRead])
		assert.Equal(t, 202, send(body, key, time.Now()))
		<-time.After(time.Minute)
		assert.EqualValues(t, 1, running.Book.Flow(world.Main, "webhooks").State().Counts[connection.CountRead])
		for name, text := range w.LedgerFiles(t) {
			assert.NotContains(t, text, key, name)
		}
		assert.Empty(t, w.Logged(key))
	})
}

func TestOfConnectionsThatShareTheirAccountsOneListens(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small, Connections: []world.Connection{
		{Name: world.Main},
		{Name: "north", Settings: map[string]any{"unleashed.warehouse_code": "SHOP", "mintsoft.warehouse": "SHOP", "general.use_webhooks": true, "unleashed.webhook_signature_key": webhookOther}},
	}}, func(t *testing.T, w *world.World) {
		running := w.Forever(t, "*_webhooks", "*_product_sync", "*_order_import")
		<-time.After(time.Minute)
		synctest.Wait()
		assert.False(t, running.Book.Flow(world.Main, "webhooks").IsOpen(), "it does not use webhooks")
		assert.True(t, running.Book.Flow("north", "webhooks").IsOpen())
		assert.True(t, running.Book.Flow(world.Main, "product_sync").IsOpen())
		assert.False(t, running.Book.Flow("north", "product_sync").IsOpen(), "one reads the products for both")
	})
}

func TestTheDoctorLooksForASubscription(t *testing.T) {
	t.Parallel()
	told(t, func(t *testing.T, w *world.World, _ string) {
		running := w.Forever(t, "main_webhooks")
		conn, err := running.Book.Connection(world.Main)
		require.NoError(t, err)
		level := func(subject string) string {
			for _, f := range doctor.Examine(t.Context(), conn) {
				if f.Subject == subject {
					return f.Level
				}
			}
			return ""
		}
		assert.Equal(t, doctor.OK, level("webhook subscription"))
		assert.Equal(t, doctor.OK, level("webhook listener"))
		subscriptions, err := conn.Unleashed.Subscriptions(t.Context())
		require.NoError(t, err)
		require.NoError(t, conn.Unleashed.Unsubscribe(t.Context(), subscriptions[0].ID))
		assert.Equal(t, doctor.Warning, level("webhook subscription"))
	})
}
