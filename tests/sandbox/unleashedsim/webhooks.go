package unleashedsim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// eventTypes are those that a subscription can name. Others are not known to
// exist.
var eventTypes = []string{
	"customer.created", "customer.updated", "customer.deleted",
	"product.created", "product.updated", "product.deleted",
	"salesorder.created", "salesorder.updated", "salesorder.deleted",
}

// recordMembers is what a webhook's data calls its record, by the kind of event.
var recordMembers = map[string]string{"salesorder": "salesOrderGuid", "product": "productGuid", "customer": "customerGuid"}

// mostSubscriptions is how many an account can have.
const mostSubscriptions = 5

// Subscription to events. The signature key is shown when it is made and never
// again.
type Subscription struct {
	SubscriptionID  uuid.UUID `json:"subscriptionId"`
	SignatureKey    string    `json:"signatureKey,omitempty"`
	Description     string    `json:"description"`
	NotificationURL string    `json:"notificationUrl"`
	EventTypes      []string  `json:"eventTypes"`
	Status          string    `json:"status"`
}

// webhooks is what an account has subscribed to and what is still to be sent.
type webhooks struct {
	subscriptions []*Subscription
	pending       []*Delivery
	sent          []Delivery
	script        []*WebhookFault
	hidden        map[uuid.UUID]time.Time
}

func (s Subscription) keyless() Subscription {
	s.SignatureKey = ""
	return s
}

func listSubscriptions(c *call) (answer, error) {
	return unpaged(slices.Values(c.twin.hooks.subscriptions), func(s *Subscription) json.RawMessage { return encode(s.keyless()) })
}

// subscription is the one that the path names, and where it is.
func (c *call) subscription() (int, *Subscription, error) {
	at := slices.IndexFunc(c.twin.hooks.subscriptions, func(s *Subscription) bool { return s.SubscriptionID == c.guids[0] })
	if at < 0 {
		return 0, nil, missing("subscription", c.guids[0])
	}
	return at, c.twin.hooks.subscriptions[at], nil
}

func getSubscription(c *call) (answer, error) {
	_, s, err := c.subscription()
	if err != nil {
		return answer{}, err
	}
	return ok(encode(s.keyless()))
}

func postSubscription(c *call) (answer, error) {
	hooks := &c.twin.hooks
	var next Subscription
	if err := c.readSubscription(&next); err != nil {
		return answer{}, err
	}
	if len(hooks.subscriptions) >= mostSubscriptions {
		return answer{}, refused("An account has at most %d subscriptions.", mostSubscriptions)
	}
	next.SubscriptionID = c.twin.newGUID()
	next.SignatureKey = "SimWebhookSignatureKey-" + c.twin.newGUID().String()
	next.Status = "Active"
	hooks.subscriptions = append(hooks.subscriptions, &next)
	return created(encode(next))
}

func putSubscription(c *call) (answer, error) {
	at, old, err := c.subscription()
	if err != nil {
		return answer{}, err
	}
	var next Subscription
	if err := c.readSubscription(&next); err != nil {
		return answer{}, err
	}
	next.SubscriptionID, next.SignatureKey = old.SubscriptionID, old.SignatureKey
	if next.Status == "" {
		next.Status = old.Status
	}
	c.twin.hooks.subscriptions[at] = &next
	return ok(encode(next.keyless()))
}

func (c *call) readSubscription(s *Subscription) error {
	if err := c.read(s); err != nil {
		return err
	}
	target, err := url.Parse(s.NotificationURL)
	if err != nil || target.Host == "" || target.Scheme != "https" && !(target.Scheme == "http" && c.twin.knobs.WebhookPlainAllowed) {
		return invalid("notificationUrl", "A public HTTPS address is needed.")
	}
	if len(s.EventTypes) == 0 {
		return invalid("eventTypes", "At least one event type is needed.")
	}
	for _, event := range s.EventTypes {
		if !slices.Contains(eventTypes, event) {
			return invalid("eventTypes", "There is no event %q.", event)
		}
	}
	return nil
}

func deleteSubscription(c *call) (answer, error) {
	at, s, err := c.subscription()
	if err != nil {
		return answer{}, err
	}
	hooks := &c.twin.hooks
	hooks.subscriptions = slices.Delete(hooks.subscriptions, at, at+1)
	hooks.pending = slices.DeleteFunc(hooks.pending, func(d *Delivery) bool { return d.SubscriptionID == s.SubscriptionID })
	return answer{status: http.StatusOK}, nil
}

func listDeliveries(c *call) (answer, error) {
	_, s, err := c.subscription()
	if err != nil {
		return answer{}, err
	}
	own := slices.DeleteFunc(slices.Clone(c.twin.hooks.sent), func(d Delivery) bool { return d.SubscriptionID != s.SubscriptionID })
	return unpaged(slices.Values(own), func(d Delivery) json.RawMessage { return encode(d) })
}

// emit queues an event for each subscription that wants it.
func (t *Twin) emit(event string, record uuid.UUID) {
	for _, s := range t.hooks.subscriptions {
		if !slices.Contains(s.EventTypes, event) || s.Status != "Active" {
			continue
		}
		d := &Delivery{SubscriptionID: s.SubscriptionID, EventNotificationID: t.newGUID(), EventType: event, Record: record, due: t.now()}
		kind, _, _ := strings.Cut(event, ".")
		var data any = map[string]uuid.UUID{recordMembers[kind]: record}
		if t.knobs.WebhookData == DataAsString {
			data = string(encode(data))
		}
		d.Body = encode(struct {
			SubscriptionID      uuid.UUID `json:"subscriptionId"`
			EventNotificationID uuid.UUID `json:"eventNotificationId"`
			EventType           string    `json:"eventType"`
			CreatedOn           string    `json:"createdOn"`
			Data                any       `json:"data"`
		}{d.SubscriptionID, d.EventNotificationID, event, t.now().Format(time.RFC3339), data})
		t.queue(d)
	}
}

// visible refuses a record that an event was just sent about: it may answer 404
// for a moment.
func (t *Twin) visible(record uuid.UUID) error {
	until, hidden := t.hooks.hidden[record]
	if !hidden {
		return nil
	}
	if t.now().Before(until) {
		return missing("record", record)
	}
	delete(t.hooks.hidden, record)
	return nil
}
