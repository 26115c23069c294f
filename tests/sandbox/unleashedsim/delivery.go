package unleashedsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Delivery is an event on its way to a subscriber, or one that was tried.
type Delivery struct {
	SubscriptionID      uuid.UUID       `json:"subscriptionId"`
	EventNotificationID uuid.UUID       `json:"eventNotificationId"`
	EventType           string          `json:"eventType"`
	Attempts            int             `json:"attempts"`
	Status              int             `json:"status"` // of the subscriber's answer, 0 when there was none
	Record              uuid.UUID       `json:"-"`
	Body                json.RawMessage `json:"-"`

	due  time.Time
	last bool
}

// WebhookFault is a scripted misbehaviour of the next events of a type, or of any
// type when Event is empty.
type WebhookFault struct {
	Event string
	// Times is how many events it concerns; 0 means one.
	Times int
	Lose  bool          // the event is never sent
	Twice bool          // it is sent twice, with the same id
	Last  bool          // it is sent after all others that are due
	Delay time.Duration // it is sent late
}

// ScriptWebhook adds a fault; the first that matches an event is used.
func (t *Twin) ScriptWebhook(fault WebhookFault) {
	t.mut.Lock()
	defer t.mut.Unlock()
	fault.Times = max(fault.Times, 1)
	t.hooks.script = append(t.hooks.script, &fault)
}

// SendWebhooksBy lets events go out by a client from now on.
func (t *Twin) SendWebhooksBy(client *http.Client) {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.sender = client
}

// queue puts an event into the queue as the script says.
func (t *Twin) queue(d *Delivery) {
	for _, fault := range t.hooks.script {
		if fault.Times == 0 || fault.Event != "" && fault.Event != d.EventType {
			continue
		}
		fault.Times--
		if fault.Lose {
			return
		}
		d.last = fault.Last
		d.due = d.due.Add(fault.Delay)
		if fault.Twice {
			again := *d
			t.hooks.pending = append(t.hooks.pending, &again)
		}
		break
	}
	t.hooks.pending = append(t.hooks.pending, d)
}

// DeliverWebhooks sends what is due, one after the other, and answers how many
// subscribers took. What is not taken is tried again later, as the knob says, and
// lost in the end. The lock is not held meanwhile: a subscriber may call the
// service.
func (t *Twin) DeliverWebhooks(ctx context.Context) (taken int) {
	for _, d := range t.dueDeliveries() {
		status, err := t.send(ctx, d)
		if err != nil && ctx.Err() != nil {
			t.mut.Lock()
			t.hooks.pending = append(t.hooks.pending, d)
			t.mut.Unlock()
			continue
		}
		if t.settleDelivery(d, status) {
			taken++
		}
	}
	return taken
}

func (t *Twin) dueDeliveries() []*Delivery {
	t.mut.Lock()
	defer t.mut.Unlock()
	var due, rest, late []*Delivery
	for _, d := range t.hooks.pending {
		switch {
		case d.due.After(t.now()):
			rest = append(rest, d)
		case d.last:
			late = append(late, d)
		default:
			due = append(due, d)
		}
	}
	t.hooks.pending = rest
	return append(due, late...)
}

// send posts an event, signed over the time and the body.
func (t *Twin) send(ctx context.Context, d *Delivery) (status int, err error) {
	t.mut.Lock()
	at := slices.IndexFunc(t.hooks.subscriptions, func(s *Subscription) bool { return s.SubscriptionID == d.SubscriptionID })
	if at < 0 {
		t.mut.Unlock()
		return http.StatusGone, nil
	}
	target, sender := *t.hooks.subscriptions[at], t.sender
	timestamp := strconv.FormatInt(t.now().Unix(), 10)
	if hide := t.knobs.HiddenAfterEvent; hide > 0 && d.Attempts == 0 {
		t.hooks.hidden[d.Record] = t.now().Add(hide)
	}
	t.mut.Unlock()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.NotificationURL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, fmt.Errorf("addressing a webhook: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Unleashed-Timestamp", timestamp)
	request.Header.Set("X-Unleashed-Signature", signature(target.SignatureKey, timestamp+"."+string(d.Body)))
	response, err := sender.Do(request)
	if err != nil {
		return 0, fmt.Errorf("sending a webhook: %w", err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode, nil
}

// settleDelivery notes an attempt and plans the next one when it was not taken.
func (t *Twin) settleDelivery(d *Delivery, status int) (taken bool) {
	t.mut.Lock()
	defer t.mut.Unlock()
	d.Attempts++
	d.Status = status
	taken = status >= 200 && status < 300
	t.hooks.sent = append(t.hooks.sent, *d)
	if retries := t.knobs.WebhookRetries; !taken && d.Attempts <= len(retries) {
		again := *d
		again.due = t.now().Add(retries[d.Attempts-1])
		t.hooks.pending = append(t.hooks.pending, &again)
	}
	return taken
}

// Deliveries copies the attempts so far, in their order.
func (t *Twin) Deliveries() []Delivery {
	t.mut.Lock()
	defer t.mut.Unlock()
	return slices.Clone(t.hooks.sent)
}

// PendingWebhooks counts the events that are still to be sent.
func (t *Twin) PendingWebhooks() int {
	t.mut.Lock()
	defer t.mut.Unlock()
	return len(t.hooks.pending)
}

// RunWebhooks delivers what is due every so often, until the context ends.
func (t *Twin) RunWebhooks(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.DeliverWebhooks(ctx)
		}
	}
}
