package delivery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Change is one field of a write.
type Change struct {
	Field  string `json:"field"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Diff lists the fields of after that differ from before, which may hold more:
// an update sends only what changes. A list is sent whole, so what it lost at its
// end differs too. Numbers are compared by value.
func Diff(before, after []byte) []Change {
	was, is, gone := map[string]any{}, map[string]any{}, map[string]any{}
	earlier, later := decode(before), decode(after)
	flatten("", earlier, was)
	flatten("", later, is)
	lost("", earlier, later, gone)
	var changes []Change
	for field, value := range is {
		if old, exists := was[field]; !exists || !same(old, value) {
			changes = append(changes, Change{Field: field, Before: was[field], After: value})
		}
	}
	for field, value := range gone {
		changes = append(changes, Change{Field: field, Before: value})
	}
	sort.Slice(changes, func(i, j int) bool { return changes[i].Field < changes[j].Field })
	return changes
}

// difference says in words what differs between what was sent for a record and
// what would be sent now, in either direction.
func difference(before, after []byte) string {
	if len(before) == 0 {
		return "what was sent then is not kept any more"
	}
	changes := Diff(before, after)
	for _, gone := range Diff(after, before) {
		if !slices.ContainsFunc(changes, func(c Change) bool { return c.Field == gone.Field }) {
			changes = append(changes, Change{Field: gone.Field, Before: gone.After})
		}
	}
	sort.Slice(changes, func(i, j int) bool { return changes[i].Field < changes[j].Field })
	return summary(changes)
}

// summary is a line for a person.
func summary(changes []Change) string {
	if len(changes) == 0 {
		return "nothing that is sent"
	}
	parts := make([]string, 0, len(changes))
	for _, c := range changes {
		parts = append(parts, fmt.Sprintf("%s %s → %s", c.Field, show(c.Before), show(c.After)))
	}
	return strings.Join(parts, ", ")
}

func show(v any) string {
	if v == nil {
		return "(none)"
	}
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(v)
}

func decode(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil
	}
	return v
}

func flatten(path string, v any, into map[string]any) {
	switch t := v.(type) {
	case map[string]any:
		for key, child := range t {
			flatten(join(path, key), child, into)
		}
	case []any:
		for i, child := range t {
			flatten(path+"["+strconv.Itoa(i)+"]", child, into)
		}
	case nil:
	default:
		into[path] = t
	}
}

// lost finds the elements that lists of was have beyond the end of those of is.
func lost(path string, was, is any, into map[string]any) {
	switch t := was.(type) {
	case map[string]any:
		if fields, isObject := is.(map[string]any); isObject {
			for key, child := range t {
				lost(join(path, key), child, fields[key], into)
			}
		}
	case []any:
		list, isList := is.([]any)
		for i, child := range t {
			at := path + "[" + strconv.Itoa(i) + "]"
			switch {
			case !isList:
			case i < len(list):
				lost(at, child, list[i], into)
			default:
				flatten(at, child, into)
			}
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func same(a, b any) bool {
	x, xIsNumber := a.(json.Number)
	y, yIsNumber := b.(json.Number)
	if xIsNumber && yIsNumber {
		return equalNumbers(x.String(), y.String())
	}
	return a == b
}

func equalNumbers(a, b string) bool {
	x, err := decimal.NewFromString(a)
	if err != nil {
		return a == b
	}
	y, err := decimal.NewFromString(b)
	return err == nil && x.Equal(y)
}
