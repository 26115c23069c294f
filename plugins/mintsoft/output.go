package mintsoft

import "github.com/redpanda-data/benthos/v4/public/service"

func init() {
	service.MustRegisterOutput("mintsoft", outputSpec(), System.NewOutput)
}

func outputSpec() *service.ConfigSpec {
	return System.OutputSpec().
		Summary("Makes one write to Mintsoft for each message, once for each key.").
		Description(`
The message is the arguments of the operation. The intent is in the ledger before the call and its outcome after it; after a crash or a lost answer the record is looked up before anything is sent again. What Mintsoft refuses, in a status or in a `+"`Success: false`"+`, is filed as a dead letter, with the vendor's words, and acknowledged. While the account fails, the output waits; it rejects a message only when the process stops.

`+System.Table(true)).
		Example("Orders to pick", "Creates each order once, and parks one whose product has not arrived yet.", `
output:
  label: create_order
  mintsoft:
    connection: main
    operation: order.create
    key: sales_order/${! @unleashed_id }
    park:
      wait_for: product_sync
      within: 24h
`)
}
