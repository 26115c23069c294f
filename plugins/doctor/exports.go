package doctor

import (
	"context"
	"slices"
	"strings"
)

// exports checks what sending Mintsoft's own orders to Unleashed needs.
func (d *doctor) exports(ctx context.Context) {
	if !d.conn.Config.OrderExport.Enabled {
		return
	}
	d.exportedChannels()
	const subject = "Mintsoft transfers"
	if _, _, err := d.conn.Mintsoft.List(ctx, "/api/WarehouseTransfer/List", nil, 1, 1); err != nil {
		d.say(Failed, subject, "let the user of the key see warehouse transfers", "orders of Mintsoft's own transfers could not be told apart, so that no order would be exported: %v", err)
		return
	}
	d.say(OK, subject, "", "the key may list them, so that their orders are not exported")
}

func (d *doctor) exportedChannels() {
	const subject = "exported channels"
	if d.channels == nil {
		return // said already
	}
	wanted := d.conn.Config.OrderExport.Channels
	missing := slices.DeleteFunc(slices.Clone(wanted), func(name string) bool { return slices.Contains(d.channels, name) })
	switch {
	case len(missing) > 0:
		d.say(Failed, subject, "set order_export.channels to names out of "+strings.Join(d.channels, ", "), "%s: no such channel, and nothing of it is exported", strings.Join(missing, ", "))
	case len(wanted) == 0:
		d.say(OK, subject, "", "all of them, which are %s", strings.Join(d.channels, ", "))
	default:
		d.say(OK, subject, "", "every one of order_export.channels exists")
	}
}
