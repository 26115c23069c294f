package mintsoftapi

import (
	"fmt"
	"strings"
	"time"
)

// clockChangeWindow is how far from a change of clocks naive local time is not to
// be trusted to order events.
const clockChangeWindow = 2 * time.Hour

const naiveSeconds = "2006-01-02T15:04:05"

// ParseTime reads a timestamp: ISO 8601 with up to nine fractional digits, naive
// in loc or, exceptionally, with an offset. An empty text and the year 1, which
// .NET writes for "no date", give the zero time. In the hour that autumn repeats
// the earlier instant is taken, so that a cursor never runs ahead.
func ParseTime(text string, loc *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "0001-01-01") {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return earlier(t).UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("parsing the time %q: expected ISO 8601", text)
}

// earlier is the first instant with the wall clock of t.
func earlier(t time.Time) time.Time {
	change, _ := t.ZoneBounds()
	if change.IsZero() {
		return t
	}
	_, now := t.Zone()
	_, before := change.Add(-time.Nanosecond).Zone()
	back := time.Duration(before-now) * time.Second
	if back > 0 && t.Sub(change) < back {
		return t.Add(-back)
	}
	return t
}

// FormatTime writes an instant as the service's filters expect it: naive local
// time in loc, cut to the second. The zero time gives an empty text: the service
// ignores a date that it cannot read and answers the whole list.
func FormatTime(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(loc).Format(naiveSeconds)
}

// NearClockChange says whether the clocks of loc change within two hours of t:
// there naive timestamps repeat or jump an hour.
func NearClockChange(t time.Time, loc *time.Location) bool {
	start, end := t.In(loc).ZoneBounds()
	return changes(start) && t.Sub(start) <= clockChangeWindow || changes(end) && end.Sub(t) <= clockChangeWindow
}

// changes says whether a bound of a zone's period moves the clock; some only
// rename the zone.
func changes(bound time.Time) bool {
	if bound.IsZero() {
		return false
	}
	_, after := bound.Zone()
	_, before := bound.Add(-time.Nanosecond).Zone()
	return before != after
}
