package mintsoftsim

import (
	"time"
)

// tick is the resolution of the service's timestamps.
const tick = 100 * time.Nanosecond

// Date is a moment as the service writes it: naive local time of the tenant, with
// up to seven digits of fraction. The zero Date is null.
type Date struct{ time.Time }

const naive = "2006-01-02T15:04:05.9999999"

// MarshalJSON implements json.Marshaler.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + d.Format(naive) + `"`), nil
}

// entity is what every stored record ends with.
type entity struct {
	ID                int
	LastUpdated       Date
	LastUpdatedByUser string
}

// touch notes a change. Two changes of one record never carry the same moment.
func (e *entity) touch(now Date, user string) {
	if !now.After(e.LastUpdated.Time) {
		now = Date{e.LastUpdated.Add(tick)}
	}
	e.LastUpdated, e.LastUpdatedByUser = now, user
}

// now is the tenant's local time.
func (t *Twin) now() Date {
	return Date{t.options.Now().In(t.options.Zone).Truncate(tick)}
}

// dateLayouts are the forms in which a request may carry a date. Those without an
// offset are local time.
var dateLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05", time.DateOnly}

func isDate(text string) bool {
	_, ok := parseDate(text, time.UTC)
	return ok
}

func parseDate(text string, zone *time.Location) (Date, bool) {
	for _, layout := range dateLayouts {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return Date{at.In(zone)}, true
		}
	}
	return Date{}, false
}
