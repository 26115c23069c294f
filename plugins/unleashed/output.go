package unleashed

import "github.com/redpanda-data/benthos/v4/public/service"

func init() {
	service.MustRegisterOutput("unleashed", outputSpec(), System.NewOutput)
}

func outputSpec() *service.ConfigSpec {
	return System.OutputSpec().
		Summary("Makes one write to Unleashed for each message, once for each key.").
		Description(`
The message is the arguments of the operation. The intent is in the ledger before the call and its outcome after it; after a crash or a lost answer the record is looked up before anything is sent again. What Unleashed refuses is filed as a dead letter, with the vendor's words, and acknowledged. While the account fails, the output waits; it rejects a message only when the process stops.

`+System.Table(true)).
		Example("A stock adjustment", "Sets a quantity under a GUID that is the same for the same run.", `
output:
  label: adjust_stock
  unleashed:
    connection: main
    operation: stock_adjustment.create
    key: stock_adjustment/${! this.Guid }
`)
}
