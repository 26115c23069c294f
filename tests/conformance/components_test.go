package conformance

import (
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// registers maps the functions that register a component to its kind.
var registers = map[string]string{
	"MustRegisterInput": "input", "MustRegisterBatchInput": "input", "MustRegisterProcessor": "processor", "MustRegisterBatchProcessor": "processor",
	"MustRegisterOutput": "output", "MustRegisterBatchOutput": "output", "MustRegisterCache": "cache", "MustRegisterRateLimit": "rate_limit",
	"MustRegisterBuffer": "buffer",
}

// component is one that this distribution adds, as the engine documents it.
type component struct {
	service.TemplateDataPlugin
	kind, room string
}

// components finds in the code what is registered, and in the engine's registry
// what is known of it.
func components(t *testing.T) []component {
	t.Helper()
	described := map[string]service.TemplateDataPlugin{}
	take := func(kind string) func(string, *service.ConfigView) {
		return func(name string, view *service.ConfigView) {
			data, err := view.TemplateData()
			require.NoError(t, err)
			described[kind+" "+name] = data
		}
	}
	env := service.GlobalEnvironment()
	env.WalkInputs(take("input"))
	env.WalkProcessors(take("processor"))
	env.WalkOutputs(take("output"))
	env.WalkCaches(take("cache"))
	env.WalkRateLimits(take("rate_limit"))
	env.WalkBuffers(take("buffer"))

	found := map[string]component{}
	for _, file := range sources(t, "plugins") {
		if file.isTest || file.room == "plugins/runner" {
			continue // the runner's metrics belong to its streams, not to the distribution
		}
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			for register, kind := range registers {
				if call, isCall := isCall(n, "service", register); isCall {
					name, isText := text(call.Args[0])
					require.True(t, isText, "%s: a component is registered under a constant name", file.position(call.Pos()))
					data, known := described[kind+" "+name]
					require.True(t, known, "%s: %s %s is not in the registry: is its room imported by plugins.go?", file.position(call.Pos()), kind, name)
					found[kind+" "+name] = component{TemplateDataPlugin: data, kind: kind, room: file.room}
				}
			}
			return true
		})
	}
	require.NotEmpty(t, found)
	var list []component
	for _, name := range slices.Sorted(maps.Keys(found)) {
		list = append(list, found[name])
	}
	return list
}

func eachComponent(t *testing.T, test func(t *testing.T, c component)) {
	t.Helper()
	for _, c := range components(t) {
		t.Run(c.kind+" "+c.Name, func(t *testing.T) { test(t, c) })
	}
}

func TestEveryComponentIsDescribed(t *testing.T) {
	eachComponent(t, func(t *testing.T, c component) {
		assert.True(t, strings.HasSuffix(c.Summary, "."), "the summary is a sentence: %q", c.Summary)
		for _, field := range c.Fields {
			assert.True(t, strings.HasSuffix(strings.TrimSpace(field.Description), "."), "field %s: the description is a sentence: %q", field.FullName, field.Description)
		}
		if c.kind != "cache" {
			assert.NotEmpty(t, c.Description, "what happens at the edges")
		}
	})
}

func TestNoComponentTakesACredential(t *testing.T) {
	eachComponent(t, func(t *testing.T, c component) {
		for _, field := range c.Fields {
			assert.False(t, field.IsSecret || secretKey.MatchString(field.FullName), "field %s: credentials stand in the connection file", field.FullName)
		}
	})
}

func TestEveryComponentHasExamplesThatLint(t *testing.T) {
	eachComponent(t, func(t *testing.T, c component) {
		require.NotEmpty(t, c.Examples)
		for _, example := range c.Examples {
			assert.NotEmpty(t, example.Title)
			assert.NotEmpty(t, strings.TrimSpace(example.Summary))
			assert.Empty(t, lint(t, example.Config), "%s:\n%s", example.Title, example.Config)
			assert.Contains(t, example.Config, c.Name+":", "an example shows its component")
		}
	})
}

func TestEveryRoomOfComponentsHasItsReference(t *testing.T) {
	all := map[string]string{}
	for _, p := range pages(t) {
		all[p.path] = p.text
	}
	eachComponent(t, func(t *testing.T, c component) {
		assert.Contains(t, all[c.room+"/README.md"], "`"+c.Name+"`")
	})
}

func TestEveryMethodAndFunctionOfOursIsDescribed(t *testing.T) {
	count := 0
	check := func(name, description string, params bloblang.TemplateParamsData, examples int) {
		count++
		assert.NotEmpty(t, description, name)
		assert.Positive(t, examples, "%s has no example", name)
		for _, p := range params.Definitions {
			assert.NotEmpty(t, p.Description, "%s: parameter %s", name, p.Name)
		}
	}
	env := bloblang.GlobalEnvironment()
	env.WalkMethods(func(name string, view *bloblang.MethodView) {
		data := view.TemplateData()
		for _, category := range data.Categories {
			if category.Category == "Mintleash" {
				check(name, data.Description+category.Description, data.Params, len(data.Examples)+len(category.Examples))
			}
		}
	})
	env.WalkFunctions(func(name string, view *bloblang.FunctionView) {
		if data := view.TemplateData(); data.Category == "Mintleash" {
			check(name, data.Description, data.Params, len(data.Examples))
		}
	})
	assert.GreaterOrEqual(t, count, 10)
}
