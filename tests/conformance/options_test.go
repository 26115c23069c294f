package conformance

import (
	"encoding/json"
	"go/ast"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/connection"
)

// later are the options that nothing reads yet, each with the pipeline that will.
// An option that is read must leave the list, and none may stay once its pipeline
// is there.
var later = map[string]string{}

// options are the keys of one connection, as the schema for editors has them.
func options(t *testing.T) []string {
	t.Helper()
	type node struct {
		Properties map[string]*node
		Items      *node
	}
	var schema node
	require.NoError(t, json.Unmarshal(connection.Schema(), &schema))
	var found []string
	for section, keys := range schema.Properties["connections"].Items.Properties {
		for key := range keys.Properties {
			found = append(found, section+"."+key)
		}
	}
	require.NotEmpty(t, found)
	slices.Sort(found)
	return found
}

// fieldsOfOptions maps "Section.Field" of the Go configuration to the option that
// it holds.
func fieldsOfOptions() (fields map[string]string, sections map[string]bool) {
	fields, sections = map[string]string{}, map[string]bool{}
	config := reflect.TypeFor[connection.Config]()
	for i := range config.NumField() {
		section := config.Field(i)
		if section.Type.Kind() != reflect.Struct {
			continue
		}
		sections[section.Name] = true
		for j := range section.Type.NumField() {
			field := section.Type.Field(j)
			fields[section.Name+"."+field.Name] = section.Tag.Get("mapstructure") + "." + field.Tag.Get("mapstructure")
		}
	}
	return fields, sections
}

// readInGo are the options that Go code acts on. What only judges a setting, as
// the checks of the file and the doctor do, does not count.
func readInGo(t *testing.T) map[string]bool {
	t.Helper()
	fields, sections := fieldsOfOptions()
	read := map[string]bool{}
	for _, file := range sources(t, "plugins", "cmd") {
		if file.isTest || file.room == "plugins/doctor" || file.path == "plugins/connection/check.go" {
			continue
		}
		held := holders(file.syntax, sections)
		ast.Inspect(file.syntax, func(n ast.Node) bool {
			switch expression := n.(type) {
			case *ast.SelectorExpr:
				if option, exists := fields[sectionOf(expression.X, held, sections)+"."+expression.Sel.Name]; exists {
					read[option] = true
				}
			case *ast.IndexExpr: // settings["mintsoft"].(map[string]any)["client_id"]
				if key, isText := text(expression.Index); isText {
					if inner, isIndex := unwrapped(expression.X).(*ast.IndexExpr); isIndex {
						if section, isText := text(inner.Index); isText {
							read[section+"."+key] = true
						}
					}
				}
			}
			return true
		})
	}
	return read
}

// sectionOf names the section of the configuration that an expression is.
func sectionOf(e ast.Expr, held map[string]string, sections map[string]bool) string {
	switch x := e.(type) {
	case *ast.SelectorExpr:
		if sections[x.Sel.Name] {
			return x.Sel.Name
		}
	case *ast.Ident:
		return held[x.Name]
	}
	return ""
}

// holders are the names that hold a section: `u := config.Unleashed`, parameters
// and receivers.
func holders(file *ast.File, sections map[string]bool) map[string]string {
	held := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.AssignStmt:
			for i, value := range x.Rhs {
				name, isName := x.Lhs[min(i, len(x.Lhs)-1)].(*ast.Ident)
				if section := sectionOf(value, nil, sections); isName && section != "" {
					held[name.Name] = section
				}
			}
		case *ast.Field:
			if kind, isName := x.Type.(*ast.Ident); isName && sections[kind.Name] {
				for _, name := range x.Names {
					held[name.Name] = kind.Name
				}
			}
		}
		return true
	})
	return held
}

func text(e ast.Expr) (string, bool) {
	literal, isLiteral := e.(*ast.BasicLit)
	if !isLiteral {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}

func unwrapped(e ast.Expr) ast.Expr {
	if assertion, isAssertion := e.(*ast.TypeAssertExpr); isAssertion {
		return assertion.X
	}
	return e
}

func TestEveryOptionIsReadBySomething(t *testing.T) {
	read, exists := readInGo(t), map[string]bool{}
	for _, p := range pipelines(t) {
		exists[p.name] = true
		for _, m := range p.mappings() {
			paths, _ := settingsPaths(m.value)
			for _, path := range paths {
				read[path] = true
			}
		}
	}
	known := options(t)
	for _, option := range known {
		pipeline, waits := later[option]
		switch {
		case read[option] && waits:
			t.Errorf("%s is read now: take it off the list of those that wait for %s", option, pipeline)
		case waits && exists[pipeline]:
			t.Errorf("%s waits for %s, which is there and does not read it", option, pipeline)
		case !read[option] && !waits:
			t.Errorf("%s: neither a pipeline nor Go code reads it", option)
		}
	}
	for option, pipeline := range later {
		assert.Contains(t, known, option, "the list names an option that does not exist")
		assert.Contains(t, flows, pipeline, "%s waits for a pipeline that is not in the contract", option)
	}
	assert.True(t, read["mintsoft.time_zone"] && read["general.orders_prefix"], "found only %s", strings.Join(slices.Sorted(maps.Keys(read)), ", "))
}
