package connection

import (
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones must load where the system has no zone database
	"unicode"
	"unicode/utf8"

	"github.com/biter777/countries"
)

// kind is what a key takes: in words, for editors, and how its text is read.
type kind struct {
	expected string         // completes "expected …"
	schema   map[string]any // the part of a JSON schema that describes it
	tags     []string       // the YAML tags of a value that holds no variable
	words    []string       // the only values it takes, if there is such a list
	read     func(text string) (value any, ok bool)
}

var (
	textTags   = []string{"!!str", "!!timestamp"}
	anyTags    = []string{"!!str", "!!timestamp", "!!int", "!!float", "!!bool"}
	wholeTags  = []string{"!!int"}
	numberTags = []string{"!!int", "!!float"}
)

// texts makes a kind of text that must satisfy a condition.
func texts(expected string, schema map[string]any, holds func(string) bool) kind {
	schema["type"] = "string"
	return kind{expected: expected, schema: schema, tags: textTags, read: func(text string) (any, bool) { return text, holds(text) }}
}

// matching makes a kind of text that matches a pattern.
func matching(expected, pattern string) kind {
	return texts(expected, map[string]any{"pattern": pattern}, regexp.MustCompile(pattern).MatchString)
}

// oneOf makes a kind that takes some words.
func oneOf(words ...string) kind {
	k := texts("one of "+strings.Join(words, ", "), map[string]any{"enum": words}, func(text string) bool { return slices.Contains(words, text) })
	k.words = words
	return k
}

// upTo makes a kind of text with a length, counted in characters.
func upTo(length int) kind {
	return texts("a text of 1 to "+strconv.Itoa(length)+" characters", map[string]any{"minLength": 1, "maxLength": length}, func(text string) bool {
		return text != "" && utf8.RuneCountInString(text) <= length
	})
}

// atLeast makes a kind of duration.
func atLeast(least time.Duration, expected string) kind {
	return kind{
		expected: expected, schema: map[string]any{"type": "string", "minLength": 2, "pattern": durationForm}, tags: textTags,
		read: func(text string) (any, bool) {
			d, err := parseDuration(text)
			return d, err == nil && d >= Duration(least)
		},
	}
}

// whole makes a kind of whole number; a range without an end ends at MaxInt64.
func whole(least, most int64) kind {
	k := kind{
		expected: "a whole number of at least " + strconv.FormatInt(least, 10), schema: map[string]any{"type": "integer", "minimum": least}, tags: wholeTags,
		read: func(text string) (any, bool) {
			n, err := strconv.ParseInt(text, 10, 64)
			return n, err == nil && n >= least && n <= most
		},
	}
	if most < math.MaxInt64 {
		k.expected = "a whole number from " + strconv.FormatInt(least, 10) + " to " + strconv.FormatInt(most, 10)
		k.schema["maximum"] = most
	}
	return k
}

var (
	anyText  = texts("a text", map[string]any{}, func(string) bool { return true })
	someText = texts("a text that is not empty", map[string]any{"minLength": 1}, func(text string) bool { return strings.TrimSpace(text) != "" })
	every    = atLeast(time.Minute, "a duration of at least 1m")
	lifetime = atLeast(1, "a duration above zero, such as 90d")
	yesNo    = kind{
		expected: "true or false", schema: map[string]any{"type": "boolean"}, tags: []string{"!!bool"},
		read: func(text string) (any, bool) {
			return strings.EqualFold(text, "true"), strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
		},
	}
	positive = kind{
		expected: "a number above 0", schema: map[string]any{"type": "number", "exclusiveMinimum": 0}, tags: numberTags,
		read: func(text string) (any, bool) {
			n, err := strconv.ParseFloat(text, 64)
			return n, err == nil && n > 0 && !math.IsInf(n, 0)
		},
	}
	connectionName = matching("a name of lower-case letters and digits that begins with a letter", `^[a-z][a-z0-9]*$`)
	clientType     = matching("company/app in lower case, without spaces", `^[a-z0-9._-]+/[a-z0-9._-]+$`)
	clock          = matching("a time of day HH:MM", `^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	isoDate        = texts("a date YYYY-MM-DD, or nothing", map[string]any{"pattern": `^([0-9]{4}-[0-9]{2}-[0-9]{2})?$`}, func(text string) bool {
		_, err := time.Parse(time.DateOnly, text)
		return text == "" || err == nil
	})
	countryCode = texts("a country code of ISO 3166 with two capital letters, or nothing", map[string]any{"pattern": `^([A-Z]{2})?$`}, func(text string) bool {
		return text == "" || len(text) == 2 && countries.ByName(text).Alpha2() == text
	})
	zoneName = texts("a time zone of the IANA database, such as Europe/London", map[string]any{"minLength": 1}, func(text string) bool {
		_, err := time.LoadLocation(text)
		return err == nil && text != "" && text != "Local"
	})
	baseAddress = texts("an address https://host without user, query or fragment (http only for a loopback host)", map[string]any{"pattern": "^https?://[^@?#]+$"}, isBaseAddress)
	listener    = texts("an address host:port", map[string]any{"pattern": ":[0-9]+$"}, func(text string) bool {
		host, port, err := net.SplitHostPort(text)
		if err != nil || strings.ContainsAny(host, " /@") {
			return false
		}
		n, err := strconv.ParseUint(port, 10, 16)
		return err == nil && strconv.FormatUint(n, 10) == port
	})
	// reference names a thing of the other system by code, name or id.
	reference = kind{
		expected: "a code, name or id", schema: map[string]any{"type": []string{"string", "integer"}}, tags: []string{"!!str", "!!int", "!!timestamp"},
		read: func(text string) (any, bool) { return text, strings.TrimSpace(text) != "" },
	}
	optionalReference = kind{
		expected: "a short name, an id, or nothing", schema: reference.schema, tags: reference.tags,
		read: func(text string) (any, bool) { return text, true },
	}
	// credential takes whatever a key generator makes; a line break would end a
	// header.
	credential = kind{
		expected: "a credential on one line", schema: map[string]any{"type": "string"}, tags: anyTags,
		read: func(text string) (any, bool) { return NewSecret(text), strings.IndexFunc(text, unicode.IsControl) < 0 },
	}
	ledgerAddress = kind{
		expected: "sqlite:<file> or postgres://<user>:<password>@<host>/<database>", schema: map[string]any{"type": "string", "pattern": "^(sqlite:.|postgres(ql)?://)"}, tags: textTags,
		read: func(text string) (any, bool) { return NewSecret(text), isLedgerAddress(text) },
	}
)

func isBaseAddress(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || parsed.User != nil || strings.ContainsAny(text, "?#") {
		return false
	}
	switch parsed.Scheme {
	case "https":
		return true
	case "http":
		ip := net.ParseIP(parsed.Hostname())
		return parsed.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	default:
		return false
	}
}

func isLedgerAddress(text string) bool {
	if file, isFile := strings.CutPrefix(text, "sqlite:"); isFile {
		return strings.TrimSpace(file) != ""
	}
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "postgres" || parsed.Scheme == "postgresql")
}
