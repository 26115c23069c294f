package unleashedapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	isoSeconds = "2006-01-02T15:04:05"
	isoMillis  = "2006-01-02T15:04:05.000"
	isoDay     = "2006-01-02"
	maxYear    = 9999 // the last that RFC 3339 can write
)

var (
	// epochJSON is a "/Date(1413762774683)/" as a JSON string; the service escapes the slashes.
	epochJSON = regexp.MustCompile(`"(?:\\?/)Date\((-?\d{1,18})(?:[+-]\d{4})?\)\\?/"`)
	// instantJSON is an RFC 3339 instant as a JSON string.
	instantJSON = regexp.MustCompile(`"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))"`)
)

// ParseDate reads any form in which the service writes a date: "/Date(ms)/" with
// or without an offset, ISO 8601 with or without a zone (UTC then), and a day.
func ParseDate(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if milliseconds, isEpoch := epochOf(text); isEpoch {
		return fromEpoch(milliseconds)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", isoDay} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("parsing the date %q: expected /Date(…)/ or ISO 8601", text)
}

// epochOf are the milliseconds of a "/Date(1413762774683)/"; an offset, where there is
// one, says where it was written and does not move the instant. It is no pattern, since
// each record of a list has a dozen.
func epochOf(text string) (milliseconds string, isEpoch bool) {
	const digits = "0123456789"
	inside, begins := strings.CutPrefix(strings.TrimPrefix(text, `\`), "/Date(")
	if !begins {
		return "", false
	}
	inside, slashed := strings.CutSuffix(inside, "/")
	inside, ends := strings.CutSuffix(strings.TrimSuffix(inside, `\`), ")")
	offset := strings.TrimLeft(strings.TrimPrefix(inside, "-"), digits)
	milliseconds = strings.TrimSuffix(inside, offset)
	count := len(strings.TrimPrefix(milliseconds, "-"))
	placed := offset == "" || len(offset) == len("+1300") && strings.ContainsAny(offset[:1], "+-") && strings.Trim(offset[1:], digits) == ""
	return milliseconds, slashed && ends && placed && count > 0 && count <= 18
}

func fromEpoch(milliseconds string) (time.Time, error) {
	ms, err := strconv.ParseInt(milliseconds, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("parsing the date: %w", err)
	}
	t := time.UnixMilli(ms).UTC()
	if t.Year() < 1 || t.Year() > maxYear {
		return time.Time{}, fmt.Errorf("parsing the date /Date(%s)/: out of range", milliseconds)
	}
	return t, nil
}

// FormatDateTime writes an instant for a filter such as modifiedSince: UTC
// without a zone, cut to the second, which reads a little more and never less.
func FormatDateTime(t time.Time) string { return t.UTC().Format(isoSeconds) }

// BusinessDay is the calendar day of a business date (order date, dispatch date)
// in the company's zone: the service shows it as the instant at which that day
// began there (seen in practice).
func BusinessDay(t time.Time, loc *time.Location) string { return t.In(loc).Format(isoDay) }

// Plain rewrites a document for people and mappings: "/Date(ms)/" becomes an RFC
// 3339 instant in UTC. Everything else stays byte for byte, numbers above all. An
// empty document stays empty; one that is not JSON is an error.
func Plain(document []byte) ([]byte, error) {
	return rewrite(document, epochJSON, func(match []byte) (string, bool) {
		t, err := fromEpoch(string(match))
		return t.Format(time.RFC3339Nano), err == nil
	})
}

// Decode reads a document as Plain would write it: objects, lists, texts, and
// numbers as they are written. It is the way for many records, since it reads each
// once.
func Decode(document []byte) (any, error) {
	var value any
	if err := decode(document, &value); err != nil {
		return nil, fmt.Errorf("decoding a document: %w", err)
	}
	if text, isDate := instant(value); isDate {
		return text, nil
	}
	rewriteDates(value)
	return value, nil
}

// decode keeps numbers as they are written.
func decode(document []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// rewriteDates rewrites the dates inside a decoded document.
func rewriteDates(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if text, isDate := instant(member); isDate {
				v[name] = text
			} else {
				rewriteDates(member)
			}
		}
	case []any:
		for i, element := range v {
			if text, isDate := instant(element); isDate {
				v[i] = text
			} else {
				rewriteDates(element)
			}
		}
	}
}

// instant is a "/Date(ms)/" as RFC 3339 in UTC; false for everything else.
func instant(value any) (string, bool) {
	text, isText := value.(string)
	if !isText {
		return "", false
	}
	milliseconds, isEpoch := epochOf(text)
	if !isEpoch {
		return "", false
	}
	t, err := fromEpoch(milliseconds)
	return t.Format(time.RFC3339Nano), err == nil
}

// ForWrite rewrites a document for the service: instants become ISO 8601 without
// a zone. The start of a day in the company's zone loc is written as that day, and
// every other instant in UTC; this keeps business dates whether the service reads
// them as days or, from Greenwich eastwards, as instants.
func ForWrite(document []byte, loc *time.Location) ([]byte, error) {
	plain, err := Plain(document)
	if err != nil {
		return nil, err
	}
	return rewrite(plain, instantJSON, func(match []byte) (string, bool) {
		t, err := time.Parse(time.RFC3339Nano, string(match))
		if err != nil {
			return "", false
		}
		if local := t.In(loc); startsDay(local) {
			return local.Format(isoSeconds), true
		}
		if t = t.UTC(); t.Nanosecond() != 0 {
			return t.Format(isoMillis), true
		}
		return t.Format(isoSeconds), true
	})
}

func startsDay(t time.Time) bool {
	return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() == 0
}

// rewrite replaces the JSON strings that a pattern matches whole. Working on the
// text keeps what decoding would lose: the scale of numbers and the order of
// members. A quote after a backslash is inside a string and starts nothing.
func rewrite(document []byte, pattern *regexp.Regexp, replace func(match []byte) (string, bool)) ([]byte, error) {
	if len(bytes.TrimSpace(document)) == 0 {
		return document, nil
	}
	if !json.Valid(document) {
		return nil, errors.New("reading a document: it is not JSON")
	}
	matches := pattern.FindAllSubmatchIndex(document, -1)
	if matches == nil {
		return document, nil
	}
	out := make([]byte, 0, len(document)+8*len(matches))
	from := 0
	for _, m := range matches {
		if m[0] > 0 && document[m[0]-1] == '\\' {
			continue
		}
		text, ok := replace(document[m[2]:m[3]])
		if !ok {
			continue
		}
		out = append(out, document[from:m[0]]...)
		out = append(append(append(out, '"'), text...), '"')
		from = m[1]
	}
	return append(out, document[from:]...), nil
}
