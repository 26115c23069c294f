package connection

import (
	"bytes"
	"encoding/json"
	"maps"
)

// Schema is a JSON schema (draft 2020-12) of the connection file, for editors. It
// knows the shape of each value; what settings mean together only Load checks.
func Schema() []byte {
	root := sectionSchema(fileKeys)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "mintleash connection file"
	root["$defs"] = map[string]any{"variable": map[string]any{
		"description": "${NAME} or ${NAME:default}, read from the environment", "type": "string", "pattern": variable.String(),
	}}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	// A map of texts, numbers and maps can always be encoded.
	_ = encoder.Encode(root)
	return b.Bytes()
}

func sectionSchema(keys []key) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, k := range keys {
		properties[k.name] = keySchema(k)
		if needed(k) {
			required = append(required, k.name)
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// needed says whether a file without the key is wrong.
func needed(k key) bool {
	for _, inner := range k.keys {
		if needed(inner) {
			return true
		}
	}
	return k.required
}

func keySchema(k key) map[string]any {
	var schema map[string]any
	switch {
	case k.many:
		schema = map[string]any{"type": "array", "items": sectionSchema(k.keys), "minItems": 1}
	case k.keys != nil:
		schema = sectionSchema(k.keys)
		if !needed(k) {
			schema["type"] = []string{"object", "null"}
		}
	case k.list:
		schema = map[string]any{"type": "array", "items": valueSchema(k.takes)}
	default:
		schema = valueSchema(k.takes)
	}
	if k.keys == nil && !k.required {
		schema["default"] = presetValue(k)
	}
	schema["description"] = k.about
	return schema
}

func valueSchema(takes kind) map[string]any {
	return map[string]any{"anyOf": []any{maps.Clone(takes.schema), map[string]any{"$ref": "#/$defs/variable"}}}
}

// presetValue is a default as JSON has it: numbers and booleans bare.
func presetValue(k key) any {
	if k.list {
		return append([]string{}, k.presets...)
	}
	switch v := presetOf(k).(type) {
	case bool, int64, float64:
		return v
	default:
		return k.preset
	}
}
