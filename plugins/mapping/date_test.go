package mapping

import "testing"

func TestUnleashedDate(t *testing.T) {
	for name, c := range map[string]struct{ zone, date, expected string }{
		"an instant east of Greenwich":                {"Pacific/Auckland", `"/Date(1413025200000)/"`, `"2014-10-12"`},
		"the same instant in ISO 8601":                {"Pacific/Auckland", `"2014-10-11T11:00:00Z"`, `"2014-10-12"`},
		"the same instant in London is still the day": {"Europe/London", `"2014-10-11T11:00:00Z"`, `"2014-10-11"`},
		"the start of a summer day in London":         {"Europe/London", `"2026-06-30T23:00:00Z"`, `"2026-07-01"`},
		"the start of a winter day in London":         {"Europe/London", `"2026-01-31T00:00:00Z"`, `"2026-01-31"`},
		"the start of a day in New York":              {"America/New_York", `"2026-03-05T05:00:00Z"`, `"2026-03-05"`},
		"an offset says where it was written":         {"Europe/London", `"/Date(1413025200000+0000)/"`, `"2014-10-11"`},
		"an instant with an offset":                   {"Europe/London", `"2026-07-01T00:00:00+12:00"`, `"2026-06-30"`},
		"a day":                                       {"America/New_York", `"2026-03-05"`, `"2026-03-05"`},
		"a date without a zone is that day":           {"America/New_York", `"2026-03-05T00:00:00"`, `"2026-03-05"`},
		"a date without a zone, with a fraction":      {"America/New_York", `"2026-03-05T00:00:00.000"`, `"2026-03-05"`},
		"null":                                        {"Europe/London", `null`, `null`},
		"blank":                                       {"Europe/London", `" "`, `null`},
	} {
		t.Run(name, func(t *testing.T) {
			answers(t, `root.day = this.date.unleashed_date(this.zone)`, `{"date":`+c.date+`,"zone":"`+c.zone+`"}`, `{"day":`+c.expected+`}`)
		})
	}
}

func TestUnleashedDateRefuses(t *testing.T) {
	for name, c := range map[string]struct{ zone, date, reason string }{
		"a localized text":                {"Europe/London", "12/10/2014 8:08:10 p.m.", `parsing the date "12/10/2014 8:08:10 p.m."`},
		"a day that does not exist":       {"Europe/London", "2026-02-30", "parsing the date"},
		"a zone that does not exist":      {"Europe/Atlantis", "2026-02-03", "parameter time_zone"},
		"no zone":                         {"", "2026-02-03", "expected a name such as Europe/London"},
		"the zone of the machine":         {"Local", "2026-02-03", "expected a name such as Europe/London"},
		"an instant beyond what is known": {"Europe/London", "/Date(999999999999999999)/", "out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, `root.day = this.date.unleashed_date(this.zone)`, `{"date":"`+c.date+`","zone":"`+c.zone+`"}`, c.reason)
		})
	}
}
