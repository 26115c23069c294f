package unleashed

import "github.com/redpanda-data/benthos/v4/public/service"

func init() {
	service.MustRegisterInput("unleashed", inputSpec(), System.NewInput)
}

func inputSpec() *service.ConfigSpec {
	return System.InputSpec().
		Summary("Reads the records of an Unleashed account that changed, one message for each.").
		Description(`
Each run asks for what was modified since the cursor, pages to the end, and emits each version of a record once. The cursor is kept in the ledger under the component's label and moves only when every record of the run is acknowledged. A message that is rejected (nacked) ends the run with the cursor where it was; the next run reads it again. Records that a person asked to replay, and parked ones whose time has come, are read afresh and emitted too.

Dates are turned into RFC 3339 in UTC. Business dates are midnight in the account's time zone: use `+"`unleashed_date(@settings.unleashed.time_zone)`"+` for the calendar day.

### Metadata

- `+"`connection`"+`: the name of the connection
- `+"`settings`"+`: its settings as a structured value, without credentials
- `+"`unleashed_id`"+`: the GUID of the record
- `+"`source`"+`: where the record comes from: `+"`system`, `resource`, `id`, `ref`, `created`, `modified`, `stream`, `read_at`"+``).
		Example("Orders of one warehouse", "Reads all sales orders of the connection's warehouse, whatever their status.", `
input:
  label: order_import
  unleashed:
    connection: main
    resource: SalesOrders
    query: |
      root.orderStatus = "Parked,Placed,Backordered,Completed,Deleted"
      root.warehouseCode = @settings.unleashed.warehouse_code
    interval: ${! @settings.general.frequency }
`)
}
