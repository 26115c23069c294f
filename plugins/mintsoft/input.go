package mintsoft

import "github.com/redpanda-data/benthos/v4/public/service"

func init() {
	service.MustRegisterInput("mintsoft", inputSpec(), System.NewInput)
}

func inputSpec() *service.ConfigSpec {
	return System.InputSpec().
		Summary("Reads the records of a Mintsoft account that changed, one message for each.").
		Description(`
Each run asks for what was updated since the cursor, pages to the end, and emits each version of a record once. The cursor is kept in the ledger under the component's label and moves only when every record of the run is acknowledged. A message that is rejected (nacked) ends the run with the cursor where it was; the next run reads it again. Records that a person asked to replay, and parked ones whose time has come, are read afresh and emitted too.

Mintsoft's timestamps are naive local time in the connection's `+"`mintsoft.time_zone`"+`; they are passed on as they are. With an admin key every list holds all clients: check `+"`ClientId`"+` on each row.

### Metadata

- `+"`connection`"+`: the name of the connection
- `+"`settings`"+`: its settings as a structured value, without credentials
- `+"`mintsoft_id`"+`: the id of the record
- `+"`source`"+`: where the record comes from: `+"`system`, `resource`, `id`, `ref`, `created`, `modified`, `stream`, `read_at`"+``).
		Example("Orders of one client", "Reads all orders of the connection's client that were updated.", `
input:
  label: order_despatch
  mintsoft:
    connection: main
    resource: Orders
    query: |
      root.ClientId = @settings.mintsoft.client_id
    interval: ${! @settings.general.frequency }
`)
}
