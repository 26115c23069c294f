package unleashedapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// MostSubscriptions is how many subscriptions an account can have.
const MostSubscriptions = 5

// ErrKeyLost: a subscription may have been made, with a signature key that nobody
// knows.
var ErrKeyLost = errors.New("the subscription may have been made, with a key that nobody knows")

const subscriptionsResource = "webhooks/subscriptions"

// Subscription to events (https://apidocs.unleashedsoftware.com/Webhooks).
type Subscription struct {
	ID              string   `json:"subscriptionId,omitempty"`
	Description     string   `json:"description"`
	NotificationURL string   `json:"notificationUrl"`
	EventTypes      []string `json:"eventTypes"`
	Status          string   `json:"status,omitempty"`
}

// Leads says whether the subscription's events come to a path: its address ends
// in it, since a proxy may put something before.
func (s Subscription) Leads(path string) bool {
	target, err := url.Parse(s.NotificationURL)
	return err == nil && strings.HasSuffix(target.Path, path)
}

// Subscriptions lists those of the account.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	page, err := c.List(ctx, subscriptionsResource, Query{}, 1, 0)
	if err != nil {
		return nil, err
	}
	subscriptions := make([]Subscription, 0, len(page.Items))
	for _, raw := range page.Items {
		var s Subscription
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, fmt.Errorf("decoding a subscription: %w", err)
		}
		subscriptions = append(subscriptions, s)
	}
	return subscriptions, nil
}

// Subscribe makes a subscription and answers it with the key that its events are
// signed under. The service tells the key only here. When the answer is lost the
// error is ErrKeyLost too.
func (c *Client) Subscribe(ctx context.Context, wanted Subscription) (made Subscription, signatureKey string, err error) {
	body, err := json.Marshal(wanted)
	if err != nil {
		return made, "", fmt.Errorf("encoding a subscription: %w", err)
	}
	var answer struct {
		Subscription
		SignatureKey string `json:"signatureKey"`
	}
	_, err = c.Call(ctx, Call{
		Operation: "webhooks.create", Method: http.MethodPost, Path: "/" + subscriptionsResource, Body: body, Write: true,
		// What cannot be read is not quoted: it may hold the key.
		read: func(res *apihttp.Response) error {
			if json.Unmarshal(res.Body, &answer) != nil || answer.SignatureKey == "" {
				return errors.New("the answer holds no signature key")
			}
			return nil
		},
	})
	if apihttp.OutcomeOf(err) == apihttp.Unknown {
		return made, "", fmt.Errorf("%w: %w", err, ErrKeyLost)
	}
	if err != nil {
		return made, "", err
	}
	return answer.Subscription, answer.SignatureKey, nil
}

// Unsubscribe deletes a subscription. One that does not exist is deleted already.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	_, err := c.Call(ctx, Call{Operation: "webhooks.delete", Method: http.MethodDelete, Path: "/" + subscriptionsResource + "/" + url.PathEscape(id), Write: true})
	if errors.Is(err, apihttp.ErrNotFound) {
		return nil
	}
	return err
}
