package world

import (
	"context"
	"sync"

	"github.com/redpanda-data/benthos/v4/public/service"
	"gopkg.in/yaml.v3"
)

// shareMappings makes the streams of all worlds share the engine's own processor of a
// mapping. Every run of a scenario builds its streams anew, and reading their mappings
// would take more than half of the time of all scenarios. The processor holds nothing
// but the mapping.
var shareMappings = sync.OnceValue(func() error {
	engine, made := service.GlobalEnvironment().Clone(), sync.Map{}
	field := service.NewConfigSpec().Field(service.NewProcessorField("shared"))
	return service.GlobalEnvironment().RegisterBatchProcessor("mapping", service.NewConfigSpec().Field(service.NewBloblangField("")),
		func(conf *service.ParsedConfig, resources *service.Resources) (service.BatchProcessor, error) {
			text, err := conf.FieldString()
			if err != nil {
				return nil, err
			}
			key := [2]string{resources.Label(), text}
			once, _ := made.LoadOrStore(key, sync.OnceValues(func() (*service.OwnedProcessor, error) {
				shared := map[string]string{"mapping": text}
				if key[0] != "" {
					shared["label"] = key[0]
				}
				raw, err := yaml.Marshal(map[string]any{"shared": shared})
				if err != nil {
					return nil, err
				}
				parsed, err := field.ParseYAML(string(raw), engine)
				if err != nil {
					return nil, err
				}
				return parsed.FieldProcessor("shared")
			}))
			processor, err := once.(func() (*service.OwnedProcessor, error))()
			return mapping{processor}, err
		})
})

// mapping is a processor that outlives the streams that share it.
type mapping struct{ shared *service.OwnedProcessor }

// ProcessBatch implements service.BatchProcessor.
func (m mapping) ProcessBatch(ctx context.Context, batch service.MessageBatch) ([]service.MessageBatch, error) {
	return m.shared.ProcessBatch(ctx, batch)
}

// Close implements service.BatchProcessor.
func (mapping) Close(context.Context) error { return nil }
