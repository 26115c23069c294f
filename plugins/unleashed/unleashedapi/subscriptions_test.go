package unleashedapi

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

func TestSubscriptions(t *testing.T) {
	const one = `{"subscriptionId":"s-1","description":"sync","notificationUrl":"https://hooks.example.test/in/webhooks/main","eventTypes":["product.created"],"status":"Active"}`
	for name, body := range map[string]string{
		"Items": `{"Items":[` + one + `]}`, "items": `{"items":[` + one + `]}`, "subscriptions": `{"subscriptions":[` + one + `]}`, "a bare list": `[` + one + `]`,
	} {
		t.Run("listed in "+name, func(t *testing.T) {
			s := &service{status: 200, body: body}
			found, err := client(t, s).Subscriptions(t.Context())
			require.NoError(t, err)
			require.Len(t, found, 1)
			assert.Equal(t, Subscription{ID: "s-1", Description: "sync", NotificationURL: "https://hooks.example.test/in/webhooks/main", EventTypes: []string{"product.created"}, Status: "Active"}, found[0])
			assert.True(t, found[0].Leads("/webhooks/main"))
			assert.False(t, found[0].Leads("/webhooks/mai"))
			assert.Equal(t, "GET /webhooks/subscriptions", s.requests[0].Method+" "+s.requests[0].URL.RequestURI())
		})
	}
	t.Run("an entry that is none is an error", func(t *testing.T) {
		_, err := client(t, &service{status: 200, body: `[7]`}).Subscriptions(t.Context())
		assert.ErrorContains(t, err, "decoding a subscription")
	})
}

func TestSubscribe(t *testing.T) {
	wanted := Subscription{Description: "mintleash main", NotificationURL: "https://hooks.example.test", EventTypes: []string{"product.created"}}
	t.Run("the key comes once, beside the subscription", func(t *testing.T) {
		s := &service{status: 201, body: `{"subscriptionId":"s-1","signatureKey":"k3y","notificationUrl":"https://hooks.example.test","eventTypes":["product.created"]}`}
		made, key, err := client(t, s).Subscribe(t.Context(), wanted)
		require.NoError(t, err)
		assert.Equal(t, "k3y", key)
		assert.Equal(t, "s-1", made.ID)
		body, err := io.ReadAll(s.requests[0].Body)
		require.NoError(t, err)
		assert.JSONEq(t, `{"description":"mintleash main","notificationUrl":"https://hooks.example.test","eventTypes":["product.created"]}`, string(body))
	})
	for name, answer := range map[string]*service{
		"the answer cannot be read": {status: 201, body: `signatureKey: k3y-not-JSON`},
		"the answer lacks the key":  {status: 201, body: `{"subscriptionId":"s-1","note":"k3y"}`},
		"the service fails":         {status: 500, body: `k3y`},
	} {
		t.Run(name, func(t *testing.T) {
			_, key, err := client(t, answer).Subscribe(t.Context(), wanted)
			require.ErrorIs(t, err, ErrKeyLost)
			assert.Empty(t, key)
			assert.Len(t, answer.requests, 1, "it is not sent again")
			if answer.status == 201 {
				assert.NotContains(t, err.Error(), "k3y", "what may be the key is not quoted")
			}
		})
	}
	t.Run("a refusal makes nothing", func(t *testing.T) {
		_, _, err := client(t, &service{status: 400, body: `{"Description":"A public HTTPS address is needed."}`}).Subscribe(t.Context(), wanted)
		require.ErrorContains(t, err, "A public HTTPS address is needed.")
		assert.NotErrorIs(t, err, ErrKeyLost)
		assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
	})
}

func TestUnsubscribe(t *testing.T) {
	for status, deleted := range map[int]bool{200: true, 204: true, 404: true, 400: false} {
		s := &service{status: status}
		err := client(t, s).Unsubscribe(t.Context(), "s/1")
		assert.Equal(t, deleted, err == nil, "HTTP %d", status)
		assert.Equal(t, "DELETE /webhooks/subscriptions/s%2F1", s.requests[0].Method+" "+s.requests[0].URL.RequestURI())
	}
}
