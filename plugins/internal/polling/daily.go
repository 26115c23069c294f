package polling

import (
	"context"
	"regexp"
	"strconv"
	"time"
)

// daily is a time of the day in a zone. It happens once on every day: a minute
// that the change of clocks leaves out is the next one that exists, and one that
// comes twice is the first.
type daily struct {
	hour, minute int
	zone         *time.Location
}

var dailyForm = regexp.MustCompile(`^(?:(?:CRON_)?TZ=(\S+)\s+)?(?:0 +)?([0-5]?\d) +([01]?\d|2[0-3]) +\* +\* +\*$`)

// parseDaily understands the cron expressions that name one time of every day.
func parseDaily(text string) (daily, bool) {
	match := dailyForm.FindStringSubmatch(text)
	if match == nil {
		return daily{}, false
	}
	zone := time.Local
	if match[1] != "" {
		var err error
		if zone, err = time.LoadLocation(match[1]); err != nil {
			return daily{}, false // the parser of cron expressions says what is wrong
		}
	}
	minute, _ := strconv.Atoi(match[2])
	hour, _ := strconv.Atoi(match[3])
	return daily{hour: hour, minute: minute, zone: zone}, true
}

// Next is the first time after a moment.
func (d daily) Next(after time.Time) time.Time {
	local := after.In(d.zone)
	for days := 0; ; days++ {
		if at := d.on(local.Year(), local.Month(), local.Day()+days); at.After(after) {
			return at
		}
	}
}

// on is the time on one day. Of the two readings that a change of clocks leaves,
// time.Date does not say which it gives.
func (d daily) on(year int, month time.Month, day int) time.Time {
	at := time.Date(year, month, day, d.hour, d.minute, 0, 0, d.zone)
	if at.Hour() != d.hour || at.Minute() != d.minute {
		start, end := at.ZoneBounds()
		if at.Hour()*60+at.Minute() > d.hour*60+d.minute {
			return start
		}
		return end
	}
	start, _ := at.ZoneBounds()
	if start.IsZero() {
		return at
	}
	_, now := at.Zone()
	_, before := start.Add(-time.Nanosecond).Zone()
	if back := time.Duration(before-now) * time.Second; back > 0 && at.Sub(start) < back {
		return at.Add(-back)
	}
	return at
}

// AtTimeOfDay says whether a schedule names one time of every day. Such a flow
// waits for its time when it starts, and so does what is asked of its next run.
func AtTimeOfDay(s Schedule) bool {
	_, is := s.(daily)
	return is
}

// begin finds the time of the first run. A flow with a time of the day had its run
// when that has not come since the last one; one that never ran waits for its
// time, unless it runs only once.
func (p *Poller) begin(ctx context.Context) error {
	if p.begun || !AtTimeOfDay(p.o.Schedule) {
		p.begun = true
		return nil
	}
	last, known, err := p.o.Store.Load(ctx)
	if err != nil {
		return err
	}
	switch {
	case known:
		p.nextAt = p.o.Schedule.Next(last.Saved)
	case !p.o.Once:
		p.nextAt = p.o.Schedule.Next(p.o.Now())
	}
	p.begun = true
	return nil
}
