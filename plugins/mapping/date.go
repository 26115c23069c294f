package mapping

import (
	"fmt"
	"sync"
	"time"

	"github.com/redpanda-data/benthos/v4/public/bloblang"

	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// naive are the forms of a date that name a day without saying where.
var naive = []string{time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04"}

func init() {
	bloblang.MustRegisterMethodV2("unleashed_date",
		spec("The calendar day (2026-03-05) of an Unleashed business date. `/Date(…)/` and ISO 8601 with a zone are instants, whose day is taken in the account's time zone; a date without a zone is that day. Null and blank give null.").
			Param(bloblang.NewStringParam("time_zone").Description("The account's time zone, such as Europe/London.")).
			Example("", `root.day = this.due.unleashed_date("Pacific/Auckland")`,
				[2]string{`{"due":"/Date(1413025200000)/"}`, `{"day":"2014-10-12"}`},
				[2]string{`{"due":"2014-10-11T11:00:00Z"}`, `{"day":"2014-10-12"}`},
				[2]string{`{"due":"2014-10-12T00:00:00"}`, `{"day":"2014-10-12"}`}),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) {
			name, err := args.GetString("time_zone")
			if err != nil {
				return nil, err
			}
			zone, err := zoneOf(name)
			if err != nil {
				return nil, err
			}
			return func(v any) (any, error) { return unleashedDate(v, zone) }, nil
		})
	bloblang.MustRegisterMethodV2("mintsoft_time",
		spec("The instant (RFC 3339 in UTC) of a Mintsoft timestamp, which is local time without an offset. Mintsoft's empty date (0001-01-01), null and blank give null.").
			Param(bloblang.NewStringParam("time_zone").Description("Where Mintsoft's timestamps are at home, such as Europe/London.")).
			Example("", `root.at = this.DespatchDate.mintsoft_time("Europe/London")`,
				[2]string{`{"DespatchDate":"2026-06-30T15:41:07.22"}`, `{"at":"2026-06-30T14:41:07.22Z"}`},
				[2]string{`{"DespatchDate":"0001-01-01T00:00:00"}`, `{"at":null}`}),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) {
			name, err := args.GetString("time_zone")
			if err != nil {
				return nil, err
			}
			zone, err := zoneOf(name)
			if err != nil {
				return nil, err
			}
			return func(v any) (any, error) { return mintsoftTime(v, zone) }, nil
		})
}

func mintsoftTime(v any, zone *time.Location) (any, error) {
	present, err := blankToNull(v)
	text, isText := present.(string)
	if err != nil || !isText {
		return nil, err
	}
	instant, err := mintsoftapi.ParseTime(text, zone)
	if err != nil || instant.IsZero() {
		return nil, err
	}
	return instant.UTC().Format(time.RFC3339Nano), nil
}

func unleashedDate(v any, zone *time.Location) (any, error) {
	present, err := blankToNull(v)
	text, isText := present.(string)
	if err != nil || !isText {
		return nil, err
	}
	for _, layout := range naive {
		if day, err := time.Parse(layout, text); err == nil {
			return day.Format(time.DateOnly), nil
		}
	}
	instant, err := unleashedapi.ParseDate(text)
	if err != nil {
		return nil, err
	}
	return unleashedapi.BusinessDay(instant, zone), nil
}

// zones keeps the zones that were asked for: loading one reads a file, and a
// dynamic argument is evaluated for each message.
var zones sync.Map

func zoneOf(name string) (*time.Location, error) {
	if zone, exists := zones.Load(name); exists {
		return zone.(*time.Location), nil
	}
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("parameter time_zone: found %q, expected a name such as Europe/London", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("parameter time_zone: %w", err)
	}
	zones.Store(name, zone)
	return zone, nil
}
