package component

import (
	"sync"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
)

// parsed are the mappings and interpolations that were read before. Each thread of a
// pipeline makes its processors anew, and reading their fields is most of what a start
// costs.
var parsed sync.Map

// textOf is the key of a text that was read as something.
type textOf[T any] string

// mappingField reads a mapping, the same text once in a process.
func mappingField(conf *service.ParsedConfig, field string) (*bloblang.Executor, error) {
	return readOnce(conf, field, conf.FieldBloblang)
}

// InterpolatedField reads a text with interpolations, the same text once in a process.
func InterpolatedField(conf *service.ParsedConfig, field string) (*service.InterpolatedString, error) {
	return readOnce(conf, field, conf.FieldInterpolatedString)
}

func readOnce[T any](conf *service.ParsedConfig, field string, read func(...string) (T, error)) (T, error) {
	text, err := conf.FieldString(field)
	if err != nil {
		var none T
		return none, err
	}
	if before, exists := parsed.Load(textOf[T](text)); exists {
		return before.(T), nil
	}
	value, err := read(field)
	if err == nil {
		parsed.Store(textOf[T](text), value)
	}
	return value, err
}
