package connection

import (
	"encoding/json"
	"reflect"
	"strconv"
)

// Settings are what mappings see of a connection: the keys as in the file, from
// `general` down, and `unleashed` and `mintsoft` without credentials and
// addresses. Values are plain: text, bool, int64, json.Number, lists of text;
// durations are text in Go's syntax. The answer is the caller's own.
func (c Config) Settings() map[string]any {
	settings := map[string]any{}
	for _, k := range connectionKeys {
		if k.keys != nil {
			settings[k.name] = visible(fieldOf(reflect.ValueOf(c), k.name), k.keys)
		}
	}
	return settings
}

func visible(section reflect.Value, keys []key) map[string]any {
	values := map[string]any{}
	for _, k := range keys {
		if !k.unseen {
			values[k.name] = plain(fieldOf(section, k.name).Interface())
		}
	}
	return values
}

// fieldOf finds the field that holds a key.
func fieldOf(section reflect.Value, name string) reflect.Value {
	for i := range section.NumField() {
		if section.Type().Field(i).Tag.Get("mapstructure") == name {
			return section.Field(i)
		}
	}
	return reflect.Value{}
}

func plain(value any) any {
	switch v := value.(type) {
	case Duration:
		return v.String()
	case float64:
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64))
	case int:
		return int64(v)
	case []string:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = item
		}
		return items
	default:
		return value
	}
}
