package connection

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// complaints checks a value against the part of JSON schema that Schema uses, and
// fails on a keyword that it doesn't know.
func complaints(t *testing.T, root, schema map[string]any, value any, path string) []string {
	t.Helper()
	var found []string
	complain := func(format string, args ...any) { found = append(found, path+": "+fmt.Sprintf(format, args...)) }
	number, isNumber := value.(float64)
	text, isText := value.(string)
	list, isList := value.([]any)
	object, isObject := value.(map[string]any)
	for keyword, rule := range schema {
		switch keyword {
		case "$schema", "$defs", "title", "description", "default":
		case "$ref":
			name := strings.TrimPrefix(rule.(string), "#/$defs/")
			found = append(found, complaints(t, root, root["$defs"].(map[string]any)[name].(map[string]any), value, path)...)
		case "type":
			types, several := rule.([]any)
			if !several {
				types = []any{rule}
			}
			if !slices.ContainsFunc(types, func(one any) bool { return hasType(one.(string), value) }) {
				complain("not of type %v", rule)
			}
		case "enum":
			if !slices.ContainsFunc(rule.([]any), func(one any) bool { return reflect.DeepEqual(one, value) }) {
				complain("not one of %v", rule)
			}
		case "pattern":
			if isText && !regexp.MustCompile(rule.(string)).MatchString(text) {
				complain("does not match %v", rule)
			}
		case "minLength", "maxLength":
			n, bound := float64(utf8.RuneCountInString(text)), rule.(float64)
			if isText && (keyword == "minLength" && n < bound || keyword == "maxLength" && n > bound) {
				complain("length %v", n)
			}
		case "minimum", "maximum", "exclusiveMinimum":
			bound := rule.(float64)
			if isNumber && (keyword == "minimum" && number < bound || keyword == "maximum" && number > bound || keyword == "exclusiveMinimum" && number <= bound) {
				complain("out of range")
			}
		case "minItems":
			if isList && float64(len(list)) < rule.(float64) {
				complain("too few items")
			}
		case "items":
			for i, item := range list {
				found = append(found, complaints(t, root, rule.(map[string]any), item, fmt.Sprintf("%s[%d]", path, i))...)
			}
		case "required":
			for _, name := range rule.([]any) {
				if _, exists := object[name.(string)]; isObject && !exists {
					complain("%s is missing", name)
				}
			}
		case "properties":
			for name, inner := range object {
				if property, known := rule.(map[string]any)[name]; known {
					found = append(found, complaints(t, root, property.(map[string]any), inner, join(path, name))...)
				} else if schema["additionalProperties"] == false {
					complain("%s is unknown", name)
				}
			}
		case "additionalProperties":
			require.Equal(t, false, rule, path)
		case "anyOf":
			if !slices.ContainsFunc(rule.([]any), func(one any) bool { return len(complaints(t, root, one.(map[string]any), value, path)) == 0 }) {
				complain("fits none of %v", rule)
			}
		default:
			require.Fail(t, "unknown keyword", "%s at %s", keyword, path)
		}
	}
	return found
}

func hasType(name string, value any) bool {
	switch name {
	case "null":
		return value == nil
	case "integer":
		n, isNumber := value.(float64)
		return isNumber && n == float64(int64(n))
	case "number":
		return reflect.TypeOf(value) == reflect.TypeFor[float64]()
	case "string":
		return reflect.TypeOf(value) == reflect.TypeFor[string]()
	case "boolean":
		return reflect.TypeOf(value) == reflect.TypeFor[bool]()
	case "array":
		return reflect.TypeOf(value) == reflect.TypeFor[[]any]()
	default:
		return name == "object" && reflect.TypeOf(value) == reflect.TypeFor[map[string]any]()
	}
}

// judged answers what the schema has against a file.
func judged(t *testing.T, text string) []string {
	t.Helper()
	var fromYAML, value any
	require.NoError(t, yaml.Unmarshal([]byte(text), &fromYAML))
	raw, err := json.Marshal(fromYAML)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &value))
	var root map[string]any
	require.NoError(t, json.Unmarshal(Schema(), &root))
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", root["$schema"])
	return complaints(t, root, root, value, "")
}

func TestTheSchemaAcceptsWhatIsRight(t *testing.T) {
	for name, text := range map[string]string{
		"the example": string(Example()), "the smallest file": smallest,
		"variables":        withLines(`general: {frequency: "${F:1h}", import_orders: "${ON}", stock_sync_guard: "${GUARD}"}`),
		"an empty section": withLines("general:"),
		"a numeric client": strings.Replace(smallest, "warehouse: MAIN", "warehouse: 3\n      client: 12", 1),
	} {
		t.Run(name, func(t *testing.T) { assert.Empty(t, judged(t, text)) })
	}
}

func TestTheSchemaRefusesWhatIsWrong(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":        withLines("general: {frequncy: 1h}"),
		"wrong type":         withLines("general: {import_orders: perhaps}"),
		"a text for a list":  withLines("general: {order_status_to_import: Open}"),
		"unknown word":       withLines("general: {weight_update: never}"),
		"unknown status":     withLines("general: {order_status_to_import: [Packed]}"),
		"out of range":       withLines("general: {stock_sync_guard: 101}"),
		"no duration":        withLines("general: {frequency: soon}"),
		"no warehouse":       strings.Replace(smallest, "warehouse_code: MAIN", "time_zone: UTC", 1),
		"no connections":     "connections: []\n",
		"nothing but ledger": "ledger: sqlite:x.db\n",
		"unknown ledger":     "ledger: mysql://host\n" + smallest,
	} {
		t.Run(name, func(t *testing.T) { assert.NotEmpty(t, judged(t, text)) })
	}
}
