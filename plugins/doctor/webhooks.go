package doctor

import (
	"context"
	"net"
	"strings"

	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// webhooks checks whether events can come in. Nobody but Unleashed can tell
// whether an address is reached from outside.
func (d *doctor) webhooks(ctx context.Context) {
	if !d.conn.General.UseWebhooks {
		return
	}
	for _, other := range d.conn.Book().Sharing(d.conn) {
		if !other.General.UseWebhooks {
			continue
		}
		if other != d.conn {
			d.say(OK, "webhooks", "", "they come to connection %s, which has the same accounts", other.Name)
			return
		}
		break
	}
	d.listener()
	const subject = "webhook subscription"
	subscriptions, err := d.conn.Unleashed.Subscriptions(ctx)
	if err != nil {
		d.say(Unknown, subject, "", "the subscriptions could not be read: %v", err)
		return
	}
	mend := "run `mintleash webhooks register --connection " + d.conn.Name + " --url https://…`"
	var leading []unleashedapi.Subscription
	for _, s := range subscriptions {
		if s.Leads(d.conn.WebhookPath()) {
			leading = append(leading, s)
		}
	}
	if len(leading) == 0 {
		if len(subscriptions) >= unleashedapi.MostSubscriptions {
			mend = "remove one with `mintleash webhooks remove --url URL`, then " + mend
		}
		d.say(Warning, subject, mend, "general.use_webhooks is on, and none of the account's %d subscriptions leads to %s: nothing comes before it is polled", len(subscriptions), d.conn.WebhookPath())
		return
	}
	for _, s := range leading {
		if s.Status != "" && !strings.EqualFold(s.Status, "Active") {
			d.say(Warning, subject, "enable it in Unleashed, or remove it and register again", "%s is %s", s.NotificationURL, s.Status)
			continue
		}
		d.say(OK, subject, "", "%s is told of %s", s.NotificationURL, strings.Join(s.EventTypes, ", "))
	}
}

// listener looks at where events are listened for.
func (d *doctor) listener() {
	address := d.conn.Book().File.Webhooks.Address
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		d.say(OK, "webhook listener", "", "%s is reached from this machine only: a proxy with HTTPS has to lead there", address)
		return
	}
	d.say(Warning, "webhook listener", "let only a proxy with a valid certificate reach it, since Unleashed sends to HTTPS alone",
		"%s is open to the network, and speaks HTTP without TLS", address)
}
