package mapping

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
)

func init() {
	bloblang.MustRegisterMethodV2("blank_to_null",
		spec("The text without the white space around it; null when nothing is left. Null stays null, anything but a text is an error.").
			Example("", `root.street = this.street.blank_to_null()`,
				[2]string{`{"street":" 4 Quay Row "}`, `{"street":"4 Quay Row"}`},
				[2]string{`{"street":"  "}`, `{"street":null}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) { return blankToNull, nil })

	bloblang.MustRegisterMethodV2("first_present",
		spec("The first text of a list that is neither null nor blank, without the white space around it; null when there is none.").
			Example("", `root.name = [ this.contact, this.company ].first_present()`,
				[2]string{`{"contact":"","company":"Harbour Cafe"}`, `{"name":"Harbour Cafe"}`},
				[2]string{`{"contact":null}`, `{"name":null}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) { return bloblang.ArrayMethod(firstPresent), nil })

	bloblang.MustRegisterMethodV2("cut",
		spec("The text, shortened to a length where it is longer, without splitting a character (an accent, an emoji) in two and without white space at the cut. Lengths are counted in UTF-16 units, as both vendors are assumed to count. Null stays null.").
			Param(lengthParam()).
			Example("", `root.name = this.name.cut(7)`,
				[2]string{`{"name":"Blue mug"}`, `{"name":"Blue mu"}`},
				[2]string{`{"name":"Mugs, 🙂"}`, `{"name":"Mugs,"}`}),
		withLength(func(length int) bloblang.Method {
			return func(v any) (any, error) {
				text, present, err := optionalText(v)
				if !present || err != nil {
					return nil, err
				}
				if len(text) <= length { // bytes, of which a unit has one at least
					return text, nil
				}
				return cut(text, length), nil
			}
		}))

	bloblang.MustRegisterMethodV2("too_long",
		spec("Whether a text is longer than a length, counted in UTF-16 units, as both vendors are assumed to count. Null is not.").
			Param(lengthParam()).
			Example("", `root.refuse = this.sku.too_long(8)`,
				[2]string{`{"sku":"MUG-BLUE"}`, `{"refuse":false}`},
				[2]string{`{"sku":"MUG-GREEN"}`, `{"refuse":true}`}),
		withLength(func(length int) bloblang.Method {
			return func(v any) (any, error) {
				text, _, err := optionalText(v)
				if err != nil {
					return nil, err
				}
				return len(text) > length && units(text) > length, nil
			}
		}))

	bloblang.MustRegisterMethodV2("split_name",
		spec("A name split at its first space into `first` and `last`, which is null when the name is one word. Null and blank give null for both.").
			Example("", `root = this.name.split_name()`,
				[2]string{`{"name":"Ada van Dyk"}`, `{"first":"Ada","last":"van Dyk"}`},
				[2]string{`{"name":"Harbour"}`, `{"first":"Harbour","last":null}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) { return splitName, nil })

	bloblang.MustRegisterMethodV2("without_nulls",
		spec("An object without its members that are null, on every level. Unlike `| deleted()` behind a value it swallows no error.").
			Example("", `root = this.without_nulls()`,
				[2]string{`{"SKU":"MUG-BLUE","EAN":null,"CommodityCode":{"Code":null}}`, `{"CommodityCode":{},"SKU":"MUG-BLUE"}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) {
			return bloblang.ObjectMethod(func(object map[string]any) (any, error) { return withoutNulls(object), nil }), nil
		})
}

func lengthParam() bloblang.ParamDefinition {
	return bloblang.NewInt64Param("length").Description("The most that is kept, at least 0.")
}

// withLength makes the constructor of a method whose only parameter is a length.
func withLength(method func(length int) bloblang.Method) bloblang.MethodConstructorV2 {
	return func(args *bloblang.ParsedParams) (bloblang.Method, error) {
		length, err := args.GetInt64("length")
		if err != nil {
			return nil, err
		}
		if length < 0 {
			return nil, fmt.Errorf("parameter length: found %d, expected at least 0", length)
		}
		return method(int(length)), nil
	}
}

// optionalText reads a text; present is false for null.
func optionalText(v any) (text string, present bool, err error) {
	switch t := v.(type) {
	case nil:
		return "", false, nil
	case string:
		return t, true, nil
	case []byte:
		return string(t), true, nil
	}
	return "", false, mismatch("a text", v)
}

func blankToNull(v any) (any, error) {
	text, _, err := optionalText(v)
	if err != nil {
		return nil, err
	}
	if trimmed := strings.TrimSpace(text); trimmed != "" {
		return trimmed, nil
	}
	return nil, nil
}

func firstPresent(values []any) (any, error) {
	for _, v := range values {
		if present, err := blankToNull(v); present != nil || err != nil {
			return present, err
		}
	}
	return nil, nil
}

func splitName(v any) (any, error) {
	present, err := blankToNull(v)
	if err != nil {
		return nil, err
	}
	name := map[string]any{"first": present, "last": nil}
	if text, isText := present.(string); isText {
		if space := strings.IndexFunc(text, unicode.IsSpace); space > 0 {
			name["first"], name["last"] = text[:space], strings.TrimSpace(text[space:])
		}
	}
	return name, nil
}

func withoutNulls(v any) any {
	switch t := v.(type) {
	case map[string]any:
		kept := make(map[string]any, len(t))
		for name, member := range t {
			if member != nil {
				kept[name] = withoutNulls(member)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(t))
		for i, element := range t {
			kept[i] = withoutNulls(element)
		}
		return kept
	}
	return v
}

// units is the length of a text as .NET and SQL Server's nvarchar count it.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// cut keeps whole characters as a reader sees them. Only when the first of them
// alone is too long it is cut between its code points.
func cut(text string, length int) string {
	var whole, point, n, flags int
	before := rune(-1)
	for i, r := range text {
		if before >= 0 && !joined(before, r, flags) {
			whole = i
		}
		point = i
		if isFlag(r) {
			flags++
		} else {
			flags = 0
		}
		if n += utf16.RuneLen(r); n > length {
			if whole == 0 {
				whole = point
			}
			return strings.TrimRightFunc(text[:whole], unicode.IsSpace)
		}
		before = r
	}
	return text
}

const (
	joiner     = '\u200d' // makes one emoji of several
	firstFlag  = '\U0001F1E6'
	lastFlag   = '\U0001F1FF'
	firstShade = '\U0001F3FB'
	lastShade  = '\U0001F3FF'
)

// joined says whether two code points belong to one character: marks, joined
// and shaded emoji, and flags, which are pairs of letters. flags counts the
// letters of flags up to the first of the two.
func joined(before, after rune, flags int) bool {
	return before == joiner || before == '\r' && after == '\n' ||
		unicode.In(after, unicode.M, unicode.Cf) ||
		after >= firstShade && after <= lastShade ||
		isFlag(before) && isFlag(after) && flags%2 == 1
}

func isFlag(r rune) bool { return r >= firstFlag && r <= lastFlag }
