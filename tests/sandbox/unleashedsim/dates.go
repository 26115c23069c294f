package unleashedsim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Instant is a moment, written as "\/Date(ms)\/" and read as ISO 8601 in UTC. The
// zero Instant is null.
type Instant struct{ time.Time }

// Day is a business date: a calendar day of the account's time zone, kept and
// written as the instant at which it begins there. The zero Day is null.
type Day struct {
	time.Time
	// zoned says that a Day that was just read named an offset.
	zoned bool
}

// MarshalJSON implements json.Marshaler.
func (i Instant) MarshalJSON() ([]byte, error) { return epoch(i.Time), nil }

// MarshalJSON implements json.Marshaler.
func (d Day) MarshalJSON() ([]byte, error) { return epoch(d.Time), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (i *Instant) UnmarshalJSON(raw []byte) (err error) {
	i.Time, _, err = readDate(raw)
	return err
}

// UnmarshalJSON implements json.Unmarshaler. The day is not that of the account's
// zone before localise has seen it.
func (d *Day) UnmarshalJSON(raw []byte) (err error) {
	d.Time, d.zoned, err = readDate(raw)
	return err
}

func epoch(t time.Time) []byte {
	if t.IsZero() {
		return []byte("null")
	}
	return []byte(`"\/Date(` + strconv.FormatInt(t.UnixMilli(), 10) + `)\/"`)
}

// epochForm is a date as the service writes it, as a member of a body.
var epochForm = regexp.MustCompile(`"\\?/Date\((-?\d{1,15})([+-]\d{4})?\)\\?/"`)

func readDate(raw []byte) (t time.Time, zoned bool, err error) {
	if string(raw) == "null" || string(raw) == `""` {
		return time.Time{}, false, nil
	}
	if match := epochForm.FindSubmatch(raw); match != nil {
		ms, err := strconv.ParseInt(string(match[1]), 10, 64)
		return time.UnixMilli(ms).UTC(), true, err
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return time.Time{}, false, fmt.Errorf("expected a date, found %s", raw)
	}
	return parseDate(text)
}

// parseDate reads ISO 8601, with or without a time and an offset.
func parseDate(text string) (t time.Time, zoned bool, err error) {
	if t, err = time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), true, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err = time.Parse(layout, text); err == nil {
			return t, false, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("expected a date such as 2026-03-01T08:30:00, found %q", text)
}

// localise makes a Day that was read one of the account's zone.
func (d *Day) localise(zone *time.Location, reading DateReading) {
	if d.IsZero() {
		return
	}
	t := d.Time
	if d.zoned || reading == DatesAreInstants {
		t = t.In(zone)
	}
	*d = startOf(t.Year(), t.Month(), t.Day(), zone)
}

func startOf(year int, month time.Month, day int, zone *time.Location) Day {
	return Day{Time: time.Date(year, month, day, 0, 0, 0, 0, zone).UTC()}
}

// Day is a calendar day such as 2026-03-01 in the account's time zone. It panics
// when there is no such day.
func (t *Twin) Day(text string) Day {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(fmt.Sprintf("unleashedsim: %v", err))
	}
	return startOf(day.Year(), day.Month(), day.Day(), t.zone)
}

// today is the calendar day that it is in the account's zone.
func (t *Twin) today() Day {
	now := t.now().In(t.zone)
	return startOf(now.Year(), now.Month(), now.Day(), t.zone)
}
