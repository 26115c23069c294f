package connection

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// reader walks a parsed file along the table of keys. It goes on after a mistake:
// all of them are told in one pass.
type reader struct {
	file     string
	lookup   func(string) (string, bool)
	lines    map[string]int  // where each key stands, or should stand
	wrong    map[string]bool // keys that have a mistake
	mistakes Mistakes
}

func (r *reader) mistake(line int, path, format string, args ...any) {
	r.wrong[path] = true
	r.mistakes = append(r.mistakes, Mistake{File: r.file, Line: line, Key: path, What: fmt.Sprintf(format, args...)})
}

// entry is a key with its value as the file has them.
type entry struct {
	key, value *yaml.Node
}

// section reads a mapping. Every key of the table is in the answer, with its
// default when the file is silent or wrong.
func (r *reader) section(node *yaml.Node, keys []key, path string, line int) map[string]any {
	if !isNothing(node) && node.Kind != yaml.MappingNode {
		r.mistake(node.Line, path, "found %s, expected a mapping with %s", shape(node), strings.Join(names(keys), ", "))
		return presets(keys)
	}
	entries := r.entries(node, keys, path)
	values := make(map[string]any, len(keys))
	for _, k := range keys {
		at := join(path, k.name)
		written := entries[k.name]
		r.lines[at] = line
		if written.key != nil {
			r.lines[at] = written.key.Line
		}
		switch {
		case k.many:
			values[k.name] = r.sections(resolve(written.value), k, at)
		case k.keys != nil:
			values[k.name] = r.section(resolve(written.value), k.keys, at, r.lines[at])
		case k.list:
			values[k.name] = r.list(resolve(written.value), k, at)
		default:
			values[k.name] = r.single(resolve(written.value), k, at)
		}
	}
	return values
}

// entries collects the keys of a mapping, those of a merge (<<) last, and tells
// the unknown and the repeated ones.
func (r *reader) entries(node *yaml.Node, keys []key, path string) map[string]entry {
	found := map[string]entry{}
	if isNothing(node) {
		return found
	}
	seen := map[*yaml.Node]bool{}
	var collect func(node *yaml.Node)
	collect = func(node *yaml.Node) {
		seen[node] = true
		var merged []*yaml.Node
		written := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			name, value := node.Content[i], node.Content[i+1]
			if name.Kind != yaml.ScalarNode {
				r.mistake(name.Line, path, "found %s in place of a key", shape(name))
				continue
			}
			if name.ShortTag() == "!!merge" {
				merged = append(merged, sources(value)...)
				continue
			}
			at := join(path, printable(name.Value))
			if first, again := written[name.Value]; again {
				r.mistake(name.Line, at, "found twice, expected once; the first is on line %d", first)
				continue
			}
			written[name.Value] = name.Line
			if !slices.ContainsFunc(keys, func(k key) bool { return k.name == name.Value }) {
				r.mistake(name.Line, at, "unknown key, %s", meant(name.Value, keys))
				continue
			}
			if _, overridden := found[name.Value]; !overridden {
				found[name.Value] = entry{name, value}
			}
		}
		for _, source := range merged {
			if source.Kind != yaml.MappingNode {
				r.mistake(source.Line, join(path, "<<"), "found %s, expected a mapping", shape(source))
			} else if !seen[source] {
				collect(source)
			}
		}
	}
	collect(node)
	return found
}

// sources are the mappings that a merge key names.
func sources(node *yaml.Node) []*yaml.Node {
	node = resolve(node)
	if node.Kind != yaml.SequenceNode {
		return []*yaml.Node{node}
	}
	var all []*yaml.Node
	for _, item := range node.Content {
		all = append(all, resolve(item))
	}
	return all
}

func (r *reader) sections(node *yaml.Node, k key, path string) []any {
	values := []any{}
	if isNothing(node) {
		return values
	}
	if node.Kind != yaml.SequenceNode {
		r.mistake(node.Line, path, "found %s, expected a list", shape(node))
		return values
	}
	for i, item := range node.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		r.lines[at] = item.Line
		values = append(values, r.section(resolve(item), k.keys, at, item.Line))
	}
	return values
}

func (r *reader) list(node *yaml.Node, k key, path string) []string {
	if node == nil {
		return append([]string{}, k.presets...)
	}
	if node.Kind != yaml.SequenceNode {
		r.mistake(node.Line, path, "found %s, expected a list, each item %s", quoted(node, k, expansion{text: node.Value}), k.takes.expected)
		return nil
	}
	items := []string{}
	for i, item := range node.Content {
		if value, ok := r.scalar(resolve(item), k, path+"["+strconv.Itoa(i)+"]"); ok {
			items = append(items, value.(string))
		} else {
			r.wrong[path] = true
		}
	}
	return items
}

func (r *reader) single(node *yaml.Node, k key, path string) any {
	if node == nil {
		if k.required {
			r.mistake(r.lines[path], path, "found nothing, expected %s", k.takes.expected)
		}
		return presetOf(k)
	}
	value, ok := r.scalar(node, k, path)
	if !ok {
		return presetOf(k)
	}
	return value
}

// presets are the values of a section that the file is silent about.
func presets(keys []key) map[string]any {
	values := make(map[string]any, len(keys))
	for _, k := range keys {
		switch {
		case k.many:
			values[k.name] = []any{}
		case k.keys != nil:
			values[k.name] = presets(k.keys)
		case k.list:
			values[k.name] = append([]string{}, k.presets...)
		default:
			values[k.name] = presetOf(k)
		}
	}
	return values
}

func presetOf(k key) any {
	value, _ := k.takes.read(k.preset)
	return value
}

// scalar reads one value.
func (r *reader) scalar(node *yaml.Node, k key, path string) (any, bool) {
	if node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" {
		r.mistake(node.Line, path, "found %s, expected %s", shape(node), k.takes.expected)
		return nil, false
	}
	expanded := expand(node.Value, r.lookup)
	for _, name := range expanded.unset {
		r.mistake(node.Line, path, "found ${%s}, which is not set, expected it in the environment", name)
	}
	if expanded.open {
		r.mistake(node.Line, path, `found "${" that begins no variable, expected ${NAME} or ${NAME:default}`)
	}
	if expanded.open || len(expanded.unset) > 0 {
		return nil, false
	}
	value, ok := k.takes.read(expanded.text)
	if !ok || k.required && expanded.text == "" {
		r.mistake(node.Line, path, "found %s, expected %s", quoted(node, k, expanded), k.takes.expected)
		return nil, false
	}
	if len(expanded.names) == 0 && !slices.Contains(k.takes.tags, node.ShortTag()) {
		quotes := "without quotes"
		if slices.Contains(k.takes.tags, "!!str") {
			quotes = "in quotes"
		}
		r.mistake(node.Line, path, "found %s, expected %s, %s", quoted(node, k, expanded), k.takes.expected, quotes)
		return nil, false
	}
	return value, true
}

// resolve follows an alias to what it stands for.
func resolve(node *yaml.Node) *yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

func isNothing(node *yaml.Node) bool {
	return node == nil || node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

func names(keys []key) []string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.name
	}
	return list
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
