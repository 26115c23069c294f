package deadletter

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

type failing struct{}

func (failing) Process(ctx context.Context, m *service.Message) (service.MessageBatch, error) {
	m.MetaSetMut("error_class", "rejected")
	return nil, component.Classed("rejected", errors.New("no"))
}
func (failing) Close(context.Context) error { return nil }

func TestProbe(t *testing.T) {
	env := service.GlobalEnvironment().Clone()
	_ = env.RegisterProcessor("service", service.NewConfigSpec(), func(*service.ParsedConfig, *service.Resources) (service.Processor, error) { return failing{}, nil })
	for _, p := range []string{
		"mapping: 'root = throw(\"x\")'",
		"mapping: 'root.a = this.b.uppercase()'",
		"mapping: |\n          root.z = 1\n          root.a = this.b.uppercase()",
		"mutation: 'root.a = this.b.uppercase()'",
		"service: {}",
		"branch: {request_map: 'root = throw(\"x\")', processors: []}",
		"branch: {processors: [{service: {}}]}",
		"branch: {result_map: 'root.a = this.b.uppercase()', processors: [{mapping: 'root = {}'}]}",
		"branch: {processors: [{mapping: 'root = throw(\"x\")'}]}",
		"cached: {cache: c, key: a, processors: [{service: {}}]}",
		"cached: {cache: c, key: a, processors: [{mapping: 'root = throw(\"x\")'}]}",
		"cached: {cache: c, key: '${! throw(\"x\") }', processors: []}",
		"switch: [{check: 'throw(\"x\")', processors: []}]",
		"skip: {}",
		"for_each: [{service: {}}]",
		"log: {message: '${! throw(\"x\") }'}",
		"bloblang: 'root = throw(\"x\")'",
		"unarchive: {format: json_array}",
		"jmespath: {query: 'a['}",
		"workflow: {order: [[b]], branches: {b: {processors: [{service: {}}]}}}",
		"cache: {resource: c, operator: get, key: missing}",
	} {
		b := env.NewStreamBuilder()
		b.SetStrict(true)
		err := b.SetYAML("pipeline:\n  processors:\n  - label: t\n    try_catch:\n      processors:\n      - label: step\n        " + indent(p) + "\ncache_resources:\n- {label: c, memory: {}}\nlogger: {level: NONE}\n")
		if err != nil {
			fmt.Println(p, "=>", err)
			continue
		}
		in, _ := b.AddProducerFunc()
		got := make(chan string, 1)
		_ = b.AddConsumerFunc(func(_ context.Context, m *service.Message) error {
			v, _ := m.MetaGetMut("error")
			c, _ := m.MetaGetMut("error_class")
			got <- fmt.Sprintf("%#v class=%v", v, c)
			return nil
		})
		s, err := b.Build()
		if err != nil {
			fmt.Println(p, "=>", err)
			continue
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { fmt.Println("RUN", s.Run(ctx)) }()
		if err := in(short(ctx), service.NewMessage([]byte(`{"id":1}`))); err != nil {
			fmt.Println(p, "=>", err)
		} else {
			select { case g := <-got: fmt.Println(p, "=>", g); case <-time.After(time.Second): fmt.Println(p, "=> nothing") }
		}
		cancel()
	}
}

func indent(s string) string { return s }
func short(ctx context.Context) context.Context { c, _ := context.WithTimeout(ctx, time.Second); return c }
