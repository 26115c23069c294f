package unleashed

import "github.com/redpanda-data/benthos/v4/public/service"

func init() {
	service.MustRegisterProcessor("unleashed", processorSpec(), System.NewProcessor)
}

func processorSpec() *service.ConfigSpec {
	return System.ProcessorSpec().
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
