package mintsoft

import "github.com/redpanda-data/benthos/v4/public/service"

func init() {
	service.MustRegisterProcessor("mintsoft", processorSpec(), System.NewProcessor)
}

func processorSpec() *service.ConfigSpec {
	return System.ProcessorSpec().
		Example("Look a product up", "Reads what Mintsoft knows of a SKU into metadata.", `
pipeline:
  processors:
    - label: find_product
      mintsoft:
        connection: main
        operation: product.find
        arguments: root.SKU = this.ProductCode
        result: product
`)
}
