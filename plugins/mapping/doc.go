// Package mapping holds what mappings need and Bloblang lacks: exact decimal
// arithmetic, text that is cut to a limit, country codes, business dates and
// deterministic GUIDs.
//
// None of its methods guesses. Null stays null where a missing value is normal,
// and a value that makes no sense is an error that shows it.
package mapping

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
)

// category is how the methods and functions of this package are told from the
// engine's own.
const category = "Mintleash"

func spec(description string) *bloblang.PluginSpec {
	return bloblang.NewPluginSpec().Category(category).Static().Description(description)
}

// entry is a method or function as the documentation shows it.
type entry struct {
	call, description string
	examples          []bloblang.TemplateExampleData
}

// entries reads from the registry what this package registered, by name.
func entries() []entry {
	var list []entry
	bloblang.GlobalEnvironment().WalkMethods(func(name string, view *bloblang.MethodView) {
		data := view.TemplateData()
		if slices.ContainsFunc(data.Categories, func(c bloblang.TemplateMethodCategoryData) bool { return c.Category == category }) {
			list = append(list, entry{call: "." + name + "(" + parameters(data.Params) + ")", description: data.Description, examples: data.Examples})
		}
	})
	bloblang.GlobalEnvironment().WalkFunctions(func(name string, view *bloblang.FunctionView) {
		if data := view.TemplateData(); data.Category == category {
			list = append(list, entry{call: name + "(" + parameters(data.Params) + ")", description: data.Description, examples: data.Examples})
		}
	})
	slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.call, b.call) })
	return list
}

func parameters(params bloblang.TemplateParamsData) string {
	if params.Variadic {
		return "…"
	}
	names := make([]string, 0, len(params.Definitions))
	for _, definition := range params.Definitions {
		names = append(names, definition.Name)
	}
	return strings.Join(names, ", ")
}

// Table lists the methods and functions as the documentation shows them.
func Table() string {
	var b strings.Builder
	b.WriteString("| call | does | example |\n|---|---|---|\n")
	for _, e := range entries() {
		var examples []string
		for _, example := range e.examples {
			examples = append(examples, "`"+example.Mapping+"`")
			for _, result := range example.Results {
				examples = append(examples, fmt.Sprintf("`%s` → `%s`", result[0], result[1]))
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.call, escape(e.description), escape(strings.Join(examples, "<br>")))
	}
	return b.String()
}

// escape keeps a text in its cell of a table.
func escape(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// mismatch says that a value has the wrong type, and shows it.
func mismatch(expected string, v any) error {
	if v == nil {
		return fmt.Errorf("expected %s, found null", expected)
	}
	shown, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("expected %s, found %T", expected, v)
	}
	return fmt.Errorf("expected %s, found %s", expected, shown)
}
