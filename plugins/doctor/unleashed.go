package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

func (d *doctor) unleashed(ctx context.Context) {
	const subject = "Unleashed key"
	page, err := d.conn.Unleashed.List(ctx, "Warehouses", unleashedapi.NewQuery("includeObsolete", "true"), 1, 200)
	if err != nil {
		d.unreachable(subject, "unleashed.api_id and unleashed.api_key", err)
		return
	}
	d.say(OK, subject, "", "it works; the account has %d warehouses", page.Count)
	d.skew("Unleashed clock", d.conn.UnleashedAccount)

	warehouses := page.Items
	if page.Pages > 1 {
		if warehouses, err = d.rows(ctx, "Warehouses", unleashedapi.NewQuery("includeObsolete", "true")); err != nil {
			d.say(Unknown, "Unleashed warehouse", "", "the warehouses could not be read: %v", err)
			return
		}
	}
	var codes []string
	wanted := d.conn.Config.Unleashed.WarehouseCode
	found, obsolete := false, false
	for _, raw := range warehouses {
		var w struct {
			WarehouseCode string
			Obsolete      bool
		}
		if json.Unmarshal(raw, &w) != nil {
			continue
		}
		codes = append(codes, w.WarehouseCode)
		if w.WarehouseCode == wanted {
			found, obsolete = true, w.Obsolete
		}
	}
	switch {
	case !found:
		d.say(Failed, "Unleashed warehouse", "set unleashed.warehouse_code to one of "+strings.Join(codes, ", "), "%s does not exist (codes are compared exactly)", wanted)
	case obsolete:
		d.say(Warning, "Unleashed warehouse", "name another or revive it", "%s is obsolete", wanted)
	default:
		d.say(OK, "Unleashed warehouse", "", "%s exists", wanted)
	}
	if d.deliveryMethods, err = d.names(ctx, "DeliveryMethods", "Name", "Code"); err != nil {
		d.say(Unknown, "Unleashed delivery methods", "", "they could not be read: %v", err)
	}
}

// names lists a small reference list of Unleashed, whose members are known
// only roughly: the first of the given members that has a text is taken.
func (d *doctor) names(ctx context.Context, resource string, members ...string) ([]string, error) {
	names := []string{}
	rows, err := d.rows(ctx, resource, unleashedapi.Query{})
	for _, raw := range rows {
		var row map[string]any
		if json.Unmarshal(raw, &row) != nil || row["Obsolete"] == true {
			continue
		}
		for _, member := range members {
			if name, _ := row[member].(string); name != "" {
				names = append(names, name)
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return names, nil
}

// rows reads all pages of a list of Unleashed.
func (d *doctor) rows(ctx context.Context, resource string, query unleashedapi.Query) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	for number := 1; ; number++ {
		page, err := d.conn.Unleashed.List(ctx, resource, query, number, 200)
		if err != nil {
			return nil, err
		}
		rows = append(rows, page.Items...)
		if number >= page.Pages || len(page.Items) == 0 {
			return rows, nil
		}
	}
}

// unreachable explains why a service does not answer.
func (d *doctor) unreachable(subject, keys string, err error) {
	if errors.Is(err, apihttp.ErrCredentials) {
		d.say(Failed, subject, "check "+keys+" and the variables that they name", "%v", err)
		return
	}
	d.say(Failed, subject, "check base_url, the network and the service's status page", "%v", err)
}

func (d *doctor) skew(subject string, account *apihttp.Account) {
	ahead, known := account.Skew()
	if !known {
		d.say(Unknown, subject, "", "the service does not tell its time")
		return
	}
	if off := ahead.Abs(); off > apihttp.MostSkew {
		d.say(Warning, subject, "set this machine's clock by NTP", "it differs by %s from this machine's", off.Round(time.Second))
		return
	}
	d.say(OK, subject, "", "it agrees with this machine's")
}
