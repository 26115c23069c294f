package mintsoftapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func TestParseTime(t *testing.T) {
	utc := func(y int, m time.Month, d, h, min, s, ns int) time.Time {
		return time.Date(y, m, d, h, min, s, ns, time.UTC)
	}
	tests := map[string]struct {
		zone, text string
		want       time.Time
	}{
		"winter":                {"Europe/London", "2026-02-09T14:41:08.996542", utc(2026, 2, 9, 14, 41, 8, 996542000)},
		"seven digits":          {"Europe/London", "2026-02-09T14:41:29.0904148", utc(2026, 2, 9, 14, 41, 29, 90414800)},
		"nine digits":           {"Europe/London", "2026-02-09T14:41:29.123456789", utc(2026, 2, 9, 14, 41, 29, 123456789)},
		"summer":                {"Europe/London", "2026-06-09T14:41:08", utc(2026, 6, 9, 13, 41, 8, 0)},
		"a day":                 {"Europe/London", "2026-06-09", utc(2026, 6, 8, 23, 0, 0, 0)},
		"minutes":               {"Europe/London", "2026-02-09T14:41", utc(2026, 2, 9, 14, 41, 0, 0)},
		"a blank between":       {"Europe/London", "2026-02-09 14:41:08", utc(2026, 2, 9, 14, 41, 8, 0)},
		"with an offset":        {"Europe/London", "2011-10-05T22:26:12-04:00", utc(2011, 10, 6, 2, 26, 12, 0)},
		"with Z":                {"Europe/London", "2026-06-09T14:41:08Z", utc(2026, 6, 9, 14, 41, 8, 0)},
		"another zone":          {"America/New_York", "2026-02-09T14:41:08", utc(2026, 2, 9, 19, 41, 8, 0)},
		"no date":               {"Europe/London", "0001-01-01T00:00:00", time.Time{}},
		"nothing":               {"Europe/London", "", time.Time{}},
		"the repeated hour":     {"Europe/London", "2026-10-25T01:30:00", utc(2026, 10, 25, 0, 30, 0, 0)},
		"before it":             {"Europe/London", "2026-10-25T00:59:59", utc(2026, 10, 24, 23, 59, 59, 0)},
		"after it":              {"Europe/London", "2026-10-25T02:00:00", utc(2026, 10, 25, 2, 0, 0, 0)},
		"repeated in New York":  {"America/New_York", "2026-11-01T01:30:00", utc(2026, 11, 1, 5, 30, 0, 0)},
		"half an hour repeated": {"Australia/Lord_Howe", "2026-04-05T01:45:00", utc(2026, 4, 4, 14, 45, 0, 0)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseTime(test.text, zone(t, test.zone))
			require.NoError(t, err)
			assert.True(t, test.want.Equal(got), "%s, expected %s", got, test.want)
		})
	}
	for _, text := range []string{"x", "05-May-2019", "2026-13-01T00:00:00", "/Date(0)/"} {
		_, err := ParseTime(text, time.UTC)
		assert.Error(t, err, text)
	}
}

func TestFormatTime(t *testing.T) {
	london := zone(t, "Europe/London")
	assert.Equal(t, "2026-06-09T15:41:08", FormatTime(time.Date(2026, 6, 9, 14, 41, 8, 999, time.UTC), london))
	assert.Equal(t, "2026-02-09T14:41:08", FormatTime(time.Date(2026, 2, 9, 14, 41, 8, 0, time.UTC), london))
	assert.Empty(t, FormatTime(time.Time{}, london))
}

func TestNearClockChange(t *testing.T) {
	london := zone(t, "Europe/London")
	spring, autumn := time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)
	for _, change := range []time.Time{spring, autumn} {
		for offset, want := range map[time.Duration]bool{
			-2*time.Hour - time.Second: false, -2 * time.Hour: true, -time.Second: true, 0: true, 2 * time.Hour: true, 2*time.Hour + time.Second: false,
		} {
			assert.Equal(t, want, NearClockChange(change.Add(offset), london), "%s %s", change, offset)
		}
	}
	assert.False(t, NearClockChange(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), london))
	assert.False(t, NearClockChange(spring, time.UTC))
	assert.False(t, NearClockChange(spring, zone(t, "Asia/Tokyo")))
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-10-25T01:30:00.1234567", int64(0))
	f.Add("0001-01-01T00:00:00", int64(1772353800))
	london, err := time.LoadLocation("Europe/London")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		_, _ = ParseTime(text, london)
		at := time.Unix(seconds%4e9, 0)
		if at.Year() < 1900 {
			return
		}
		back, err := ParseTime(FormatTime(at, london), london)
		require.NoError(t, err)
		if back.After(at) {
			t.Fatalf("%s came back as %s: a cursor would run ahead", at.UTC(), back)
		}
		if at.Sub(back) > time.Hour {
			t.Fatalf("%s came back as %s", at.UTC(), back)
		}
	})
}
