package connection

import (
	"fmt"
	"strings"
)

// check tells settings that are right alone and wrong together. A rule is left
// out where a key that it needs has a mistake of its own.
func (r *reader) check(file *File) {
	active := 0
	for i, c := range file.Connections {
		at := fmt.Sprintf("connections[%d]", i)
		if c.Active || r.wrong[at+".active"] {
			active++
		}
		r.checkCredentials(c, at)
		r.checkExclusions(c, at)
		for j, other := range file.Connections[:i] {
			r.checkTwins(c, other, at, fmt.Sprintf("connections[%d]", j))
		}
	}
	if r.wrong[""] || r.wrong["connections"] {
		return
	}
	if len(file.Connections) == 0 {
		r.mistake(r.lines["connections"], "connections", "found none, expected at least one connection")
	} else if active == 0 {
		r.mistake(r.lines["connections"], "connections", "found none that is active, expected at least one")
	}
}

// against adds a mistake unless a key that the rule looks at has one already.
func (r *reader) against(base, name string, others []string, what string) {
	if r.doubtful(base, append(others, name)...) {
		return
	}
	at := join(base, name)
	r.mistake(r.lines[at], at, "%s", what)
}

// doubtful says whether one of the keys, or the section around it, has a mistake.
func (r *reader) doubtful(base string, names ...string) bool {
	for _, name := range names {
		section, _, nested := strings.Cut(name, ".")
		if r.wrong[base] || r.wrong[join(base, name)] || nested && r.wrong[join(base, section)] {
			return true
		}
	}
	return false
}

func (r *reader) checkCredentials(c Config, at string) {
	m := c.Mintsoft
	key, user, password := m.APIKey.Reveal() != "", m.Username.Reveal() != "", m.Password.Reveal() != ""
	all := []string{"mintsoft.api_key", "mintsoft.username", "mintsoft.password"}
	switch {
	case key && (user || password):
		r.against(at, "mintsoft.api_key", all, "found a value beside a user name or a password, expected either the key or these two")
	case !key && !user && !password:
		r.against(at, "mintsoft.api_key", all, "found nothing, expected a static key, or username and password")
	case !key && !password:
		r.against(at, "mintsoft.password", all, "found nothing, expected the password of the user name")
	case !key && !user:
		r.against(at, "mintsoft.username", all, "found nothing, expected the user name of the password")
	}
	if c.General.UseWebhooks && c.Unleashed.WebhookSignatureKey.Reveal() == "" {
		r.against(at, "unleashed.webhook_signature_key", []string{"general.use_webhooks"}, "found nothing, expected the signature key, which general.use_webhooks needs")
	}
}

func (r *reader) checkExclusions(c Config, at string) {
	if c.General.UseUnleashedAsStockMaster && c.PurchaseOrderImport.Enabled {
		r.against(at, "purchase_order_import.enabled", []string{"general.use_unleashed_as_stock_master"}, "found true, expected false with general.use_unleashed_as_stock_master: true")
	}
	if c.ShipmentImport.Enabled && c.General.ImportOrders {
		r.against(at, "shipment_import.enabled", []string{"general.import_orders"}, "found true, expected false with general.import_orders: true, or each order would arrive twice")
	}
}

// checkTwins compares two connections: names are unique, and a warehouse of either
// side is led by one active connection. In Mintsoft a client's goods in a warehouse are
// one stock: what leaves it would be looked for in both warehouses of Unleashed, and what
// is counted be written to both.
func (r *reader) checkTwins(c, other Config, at, otherAt string) {
	if c.Name == other.Name && !r.doubtful(otherAt, "name") {
		r.against(at, "name", nil, fmt.Sprintf("found %q, which %s has too, expected a unique name", c.Name, otherAt))
	}
	if !c.Active || !other.Active {
		return
	}
	meet := func(name, what string, compared ...string) {
		compared = append(compared, "active", name)
		if !r.doubtful(otherAt, compared...) {
			r.against(at, name, compared, fmt.Sprintf(what, otherAt))
		}
	}
	u, o, m, n := c.Unleashed, other.Unleashed, c.Mintsoft, other.Mintsoft
	account := u.APIID.Reveal() == o.APIID.Reveal() && host(u.BaseURL) == host(o.BaseURL)
	there := m.Warehouse == n.Warehouse && m.Client == n.Client && m.APIKey.Reveal() == n.APIKey.Reveal() && m.Username.Reveal() == n.Username.Reveal() && host(m.BaseURL) == host(n.BaseURL)
	if account && u.WarehouseCode == o.WarehouseCode {
		meet("unleashed.warehouse_code", "found the account and warehouse that %s has too, expected one active connection for each", "unleashed.api_id", "unleashed.base_url")
	}
	where := []string{"mintsoft.base_url", "mintsoft.api_key", "mintsoft.username", "mintsoft.client"}
	switch {
	case !there:
	case sendsOrders(c) && sendsOrders(other):
		meet("mintsoft.warehouse", "found the account, client and warehouse that %s sends its orders to, expected one of its own, or what left would be looked for in both", append(where, "general.import_orders", "shipment_import.enabled")...)
	case levelsStock(c) && levelsStock(other):
		meet("mintsoft.warehouse", "found the account, client and warehouse that %s levels its stock with, expected one of its own, or one stock would count twice", append(where, "general.stock_sync", "general.use_unleashed_as_stock_master")...)
	}
}

func sendsOrders(c Config) bool { return c.General.ImportOrders || c.ShipmentImport.Enabled }

func levelsStock(c Config) bool { return c.General.StockSync || c.General.UseUnleashedAsStockMaster }
