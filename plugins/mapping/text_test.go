package mapping

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestBlankToNull(t *testing.T) {
	for name, c := range map[string]struct{ document, expected string }{
		"a text is trimmed":         {`{"v":" 4 Quay Row\t"}`, `{"v":"4 Quay Row"}`},
		"inner space is kept":       {`{"v":"4  Quay Row"}`, `{"v":"4  Quay Row"}`},
		"an empty text is null":     {`{"v":""}`, `{"v":null}`},
		"white space is null":       {`{"v":" \n "}`, `{"v":null}`},
		"a hard space is white too": {`{"v":"\u00a0"}`, `{"v":null}`},
		"null stays null":           {`{"v":null}`, `{"v":null}`},
		"what is missing is null":   {`{}`, `{"v":null}`},
	} {
		t.Run(name, func(t *testing.T) { answers(t, `root.v = this.v.blank_to_null()`, c.document, c.expected) })
	}
}

func TestTextMethodsRefuseOtherTypes(t *testing.T) {
	for _, method := range []string{"blank_to_null()", "cut(5)", "too_long(5)", "split_name()", "country_code()", `unleashed_date("Europe/London")`} {
		for document, found := range map[string]string{
			`{"v":12.50}`: "found 12.50", `{"v":true}`: "found true", `{"v":["a"]}`: `found ["a"]`, `{"v":{"a":1}}`: `found {"a":1}`,
		} {
			t.Run(method+" of "+document, func(t *testing.T) {
				refuses(t, `root.v = this.v.`+method, document, "expected a text, "+found)
			})
		}
	}
}

func TestFirstPresent(t *testing.T) {
	for name, c := range map[string]struct{ mapping, document, expected string }{
		"the first that says something": {`root.v = [ this.a, this.b, this.c ].first_present()`, `{"a":" ","b":" Ada ","c":"Bo"}`, `{"v":"Ada"}`},
		"none of them":                  {`root.v = [ this.a, this.b ].first_present()`, `{"a":""}`, `{"v":null}`},
		"an empty list":                 {`root.v = [].first_present()`, `{}`, `{"v":null}`},
	} {
		t.Run(name, func(t *testing.T) { answers(t, c.mapping, c.document, c.expected) })
	}
	t.Run("a number before the text is an error", func(t *testing.T) {
		refuses(t, `root.v = [ this.a, "Ada" ].first_present()`, `{"a":5}`, "expected a text, found 5")
	})
	t.Run("anything but a list is an error", func(t *testing.T) {
		refuses(t, `root.v = this.a.first_present()`, `{"a":"Ada"}`, "expected array value")
	})
}

func TestSplitName(t *testing.T) {
	for name, c := range map[string]struct{ document, expected string }{
		"at the first space":     {`{"v":"Ada van Dyk"}`, `{"first":"Ada","last":"van Dyk"}`},
		"spaces around are none": {`{"v":"  Ada   Byron "}`, `{"first":"Ada","last":"Byron"}`},
		"a tab is a space":       {`{"v":"Ada\tByron"}`, `{"first":"Ada","last":"Byron"}`},
		"one word has no last":   {`{"v":"Harbour"}`, `{"first":"Harbour","last":null}`},
		"blank":                  {`{"v":" "}`, `{"first":null,"last":null}`},
		"null":                   {`{}`, `{"first":null,"last":null}`},
	} {
		t.Run(name, func(t *testing.T) { answers(t, `root = this.v.split_name()`, c.document, c.expected) })
	}
}

func TestCutKeepsWholeCharacters(t *testing.T) {
	const family = "👨\u200d👩\u200d👧" // five code points, eight units
	for name, c := range map[string]struct {
		text     string
		length   int
		expected string
	}{
		"a text that fits is left alone":     {"Blue mug ", 9, "Blue mug "},
		"one unit too many":                  {"Blue mug", 7, "Blue mu"},
		"no white space is left at the cut":  {"Blue mug", 5, "Blue"},
		"nothing fits in nothing":            {"Blue", 0, ""},
		"an emoji counts two":                {"ab🙂", 3, "ab"},
		"an emoji that fits":                 {"ab🙂c", 4, "ab🙂"},
		"a letter keeps its accent":          {"cafe\u0301s", 4, "caf"},
		"a composed letter is one":           {"cafés", 4, "café"},
		"joined emoji stay together":         {"ab" + family, 9, "ab"},
		"joined emoji that fit":              {"ab" + family + "c", 10, "ab" + family},
		"a shade belongs to its emoji":       {"a👍🏽b", 3, "a"},
		"a variation belongs to its sign":    {"a❤\ufe0fb", 2, "a"},
		"a flag is two letters":              {"a🇬🇧🇳🇿", 6, "a🇬🇧"},
		"a flag after another kind of emoji": {"🙂🇬🇧", 4, "🙂"},
		"a line break is one":                {"ab\r\ncd", 3, "ab"},
		"one character that is too long":     {"e" + strings.Repeat("\u0301", 9), 4, "e\u0301\u0301\u0301"},
		"letters of other scripts":           {"Книга", 3, "Кни"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.expected, cut(c.text, c.length)) })
	}
}

func TestCutOfNullIsNull(t *testing.T) {
	answers(t, `root.v = this.v.cut(5)`, `{}`, `{"v":null}`)
}

func TestTooLong(t *testing.T) {
	for name, c := range map[string]struct{ document, expected string }{
		"at the limit":            {`{"v":"12345"}`, `{"v":false}`},
		"over it":                 {`{"v":"123456"}`, `{"v":true}`},
		"an emoji counts two":     {`{"v":"1234🙂"}`, `{"v":true}`},
		"an accent counts one":    {`{"v":"ééééé"}`, `{"v":false}`},
		"null is not too long":    {`{"v":null}`, `{"v":false}`},
		"what is missing neither": {`{}`, `{"v":false}`},
	} {
		t.Run(name, func(t *testing.T) { answers(t, `root.v = this.v.too_long(5)`, c.document, c.expected) })
	}
}

func TestLengthsBelowZeroAreRefused(t *testing.T) {
	for _, method := range []string{"cut", "too_long"} {
		refuses(t, `root.v = this.v.`+method+`(-1)`, `{"v":"a"}`, "parameter length: found -1, expected at least 0")
	}
}

func TestWithoutNulls(t *testing.T) {
	for name, c := range map[string]struct{ document, expected string }{
		"members that are null go":  {`{"a":null,"b":1}`, `{"b":1}`},
		"on every level":            {`{"a":{"b":null,"c":"x"},"d":[{"e":null,"f":2}]}`, `{"a":{"c":"x"},"d":[{"f":2}]}`},
		"false, 0 and blank stay":   {`{"a":false,"b":0,"c":"","d":[],"e":{}}`, `{"a":false,"b":0,"c":"","d":[],"e":{}}`},
		"elements of a list stay":   {`{"a":[null,1]}`, `{"a":[null,1]}`},
		"numbers stay as they were": {`{"a":1.5000}`, `{"a":1.5000}`},
	} {
		t.Run(name, func(t *testing.T) { answers(t, `root = this.without_nulls()`, c.document, c.expected) })
	}
	t.Run("also of what the mapping has made so far", func(t *testing.T) {
		answers(t, "root.a = this.x\nroot.b = this.y\nroot = root.without_nulls()", `{"x":1}`, `{"a":1}`)
	})
	t.Run("an error before it is not swallowed", func(t *testing.T) {
		refuses(t, `root.a = this.x.decimal_normal()
root = root.without_nulls()`, `{"x":"ten"}`, `expected a number, found "ten"`)
	})
	t.Run("anything but an object is an error", func(t *testing.T) {
		refuses(t, `root = this.v.without_nulls()`, `{"v":"a"}`, "expected object value")
	})
}

func FuzzCut(f *testing.F) {
	for _, seed := range []string{"", "Blue mug", "cafe\u0301", "👨\u200d👩\u200d👧 🇬🇧", "a\r\nb", "\u0301\u0301", " \u00a0x"} {
		for _, length := range []int{0, 1, 3, 50} {
			f.Add(seed, length)
		}
	}
	f.Fuzz(func(t *testing.T, text string, length int) {
		if length < 0 || !utf8.ValidString(text) {
			t.Skip("lengths are at least 0 and messages are UTF-8")
		}
		short := cut(text, length)
		assert.LessOrEqual(t, units(short), length)
		assert.True(t, strings.HasPrefix(text, short))
		assert.True(t, utf8.ValidString(short))
		assert.Equal(t, short, cut(short, length), "a text that was cut fits")
		if units(text) <= length {
			assert.Equal(t, text, short)
		}
	})
}
