package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

func (d *doctor) mintsoft(ctx context.Context) {
	const subject = "Mintsoft key"
	rows, _, err := d.conn.Mintsoft.List(ctx, "/api/Warehouse", nil, 1, 0)
	if err != nil {
		d.unreachable(subject, "mintsoft.api_key, or mintsoft.username and mintsoft.password,", err)
		return
	}
	d.say(OK, subject, "", "it works; it sees %d warehouses", len(rows))
	d.skew("Mintsoft clock", d.conn.MintsoftAccount)
	d.warehouse(rows)
	d.client(ctx)
	d.channel(ctx)
	d.couriers(ctx)
}

func (d *doctor) warehouse(rows []json.RawMessage) {
	wanted := d.conn.Config.Mintsoft.Warehouse
	var known []string
	for _, raw := range rows {
		var w struct {
			ID         int
			Name, Code string
			Active     *bool
		}
		if json.Unmarshal(raw, &w) != nil {
			continue
		}
		if w.Code == wanted || w.Name == wanted || strconv.Itoa(w.ID) == wanted {
			if w.Active != nil && !*w.Active {
				d.say(Warning, "Mintsoft warehouse", "activate it in Mintsoft", "%s (id %d) is not active", wanted, w.ID)
			} else {
				d.say(OK, "Mintsoft warehouse", "", "%s is %s, id %d", wanted, w.Name, w.ID)
			}
			return
		}
		known = append(known, w.Name+" (code "+w.Code+", id "+strconv.Itoa(w.ID)+")")
	}
	d.say(Failed, "Mintsoft warehouse", "set mintsoft.warehouse to the code, name or id of one of "+strings.Join(known, "; "), "%s does not exist", wanted)
}

// client checks the client that a 3PL's connection names, and whether the key is
// an admin's: only those may list clients.
func (d *doctor) client(ctx context.Context) {
	const subject = "Mintsoft client"
	wanted := d.conn.Config.Mintsoft.Client
	clients, err := d.conn.Mintsoft.Clients(ctx)
	admin := err == nil
	switch {
	case err != nil && !errors.Is(err, apihttp.ErrCredentials):
		d.say(Unknown, subject, "", "the clients could not be read: %v", err)
		return
	case admin && wanted == "" && len(clients) > 1:
		d.say(Failed, subject, "set mintsoft.client to the client whose goods these are", "the key is an admin's and sees %d clients", len(clients))
	case admin && wanted == "":
		d.say(OK, subject, "", "the key sees one client")
	case admin:
		for _, c := range clients {
			if wanted == c.ShortName || wanted == c.Name || wanted == c.Code || wanted == strconv.Itoa(c.ID) {
				d.say(OK, subject, "", "%s is %s, id %d", wanted, c.Name, c.ID)
				d.master(admin)
				return
			}
		}
		d.say(Failed, subject, "set mintsoft.client to the short name or id of a client that this key sees", "%s does not exist", wanted)
	case wanted == "":
		d.say(OK, subject, "", "the key belongs to a client user")
	default:
		if _, err := strconv.Atoi(wanted); err != nil {
			d.say(Failed, subject, "give the client's id, or leave mintsoft.client empty: this key is bound to its client", "only an admin's key may look up %s", wanted)
		} else {
			d.say(Unknown, subject, "leave mintsoft.client empty when the key belongs to a client user", "whether client %s is this key's cannot be asked", wanted)
		}
	}
	d.master(admin)
}

// master checks what master mode needs of the key.
func (d *doctor) master(admin bool) {
	if !d.conn.Config.General.UseUnleashedAsStockMaster {
		return
	}
	if !admin {
		d.say(Failed, "stock master", "use an admin's key", "setting stock in Mintsoft needs an admin's key, and this one is not")
		return
	}
	d.say(Unknown, "stock master", "turn bin locations off for the warehouse in Mintsoft, or leave Mintsoft the master", "stock can be set only where the warehouse has no bin locations, which the API does not tell")
}

func (d *doctor) channel(ctx context.Context) {
	const subject = "Mintsoft channel"
	wanted := d.conn.Config.Mintsoft.Channel
	channels, err := d.mintsoftNames(ctx, "/api/Order/Channels")
	d.channels = channels
	switch {
	case err != nil:
		d.say(Unknown, subject, "", "the channels could not be read: %v", err)
	case slices.Contains(channels, wanted):
		d.say(OK, subject, "", "%s exists", wanted)
	default:
		d.say(Failed, subject, "create it in Mintsoft, or set mintsoft.channel to one of "+strings.Join(channels, ", "), "%s does not exist", wanted)
	}
}

// couriers compares the names that orders will carry with Mintsoft's services and
// with the phrases that are mapped to them.
func (d *doctor) couriers(ctx context.Context) {
	const subject = "Mintsoft couriers"
	rows, _, err := d.conn.Mintsoft.List(ctx, "/api/Courier/Services", nil, 1, 0)
	if err != nil {
		d.say(Unknown, subject, "", "the courier services could not be read: %v", err)
		return
	}
	wanted := []string{d.conn.Config.Mintsoft.CourierService, d.conn.Config.AssemblyImport.CourierService, d.conn.Config.WarehouseTransfer.CourierService}
	imported := d.conn.Config.General.ImportOrders || d.conn.Config.ShipmentImport.Enabled
	if imported {
		wanted = append(wanted, d.deliveryMethods...)
	}
	missing := map[string]bool{}
	for _, name := range wanted {
		if name != "" && !strings.EqualFold(name, "AUTO") {
			missing[name] = true
		}
	}
	var ids []int
	for _, raw := range rows {
		var service struct {
			ID   int
			Name string
		}
		if json.Unmarshal(raw, &service) == nil {
			delete(missing, service.Name)
			ids = append(ids, service.ID)
		}
	}
	for _, id := range ids[:min(len(ids), mostCouriers)] {
		if len(missing) == 0 {
			break
		}
		phrases, err := d.mintsoftNames(ctx, fmt.Sprintf("/api/Courier/Services/%d/ExternalNames", id))
		if err != nil {
			d.say(Unknown, subject, "", "the phrases of a courier service could not be read: %v", err)
			break
		}
		for _, phrase := range phrases {
			delete(missing, phrase)
		}
	}
	if len(missing) > 0 {
		d.say(Warning, subject, "map these phrases to a courier service in Mintsoft, or orders that carry them are refused", "no courier service is called, and no phrase is mapped from, %s",
			strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
		return
	}
	if imported && d.deliveryMethods == nil {
		d.say(Unknown, subject, "", "which delivery methods orders carry could not be read")
		return
	}
	d.say(OK, subject, "", "every delivery method is a courier service or a mapped phrase")
}

// mostCouriers bounds how many services are asked for their phrases.
const mostCouriers = 50

func (d *doctor) mintsoftNames(ctx context.Context, path string) ([]string, error) {
	rows, _, err := d.conn.Mintsoft.List(ctx, path, nil, 1, 0)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, raw := range rows {
		var row struct{ Name string }
		if json.Unmarshal(raw, &row) == nil && row.Name != "" {
			names = append(names, row.Name)
		}
	}
	return names, nil
}
