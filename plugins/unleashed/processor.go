package unleashed

import "github.com/redpanda-data/benthos/v4/public/service"

func init() {
	service.MustRegisterProcessor("unleashed", processorSpec(), func(conf *service.ParsedConfig, res *service.Resources) (service.Processor, error) {
		return System.NewProcessor(conf, res)
	})
}

func processorSpec() *service.ConfigSpec {
	return System.ProcessorSpec().
		Summary("Carries out one operation of the Unleashed API for each message.").
		Description(`
The answer replaces the message, or goes into metadata when `+"`result`"+` names it; it is null when the record does not exist. While the account fails the processor waits. A refusal fails the message with `+"`error_class: rejected`"+` in its metadata. A write behaves as in the output: it happens once for each key, and a message whose write was refused or parked ends here.

`+System.Table(false)).
		Example("Look a customer up", "Reads the customer of an order into metadata.", `
pipeline:
  processors:
    - label: read_customer
      unleashed:
        connection: main
        operation: customer.get
        arguments: root.Guid = this.Customer.Guid
        result: customer
`)
}
