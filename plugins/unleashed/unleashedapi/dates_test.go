package unleashedapi

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseDate(t *testing.T) {
	at := time.Date(2014, 10, 19, 23, 52, 54, 683e6, time.UTC)
	for text, want := range map[string]time.Time{
		"/Date(1413762774683)/":         at,
		`\/Date(1413762774683)\/`:       at,
		"/Date(1413762774683+0000)/":    at,
		"/Date(1413762774683+1300)/":    at,
		" /Date(1413762774683)/ ":       at,
		"/Date(-1000)/":                 time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC),
		"/Date(-62135596800000)/":       {},
		"2014-10-19T23:52:54.683":       at,
		"2014-10-19T23:52:54.683Z":      at,
		"2014-10-20T12:52:54.683+13:00": at,
		"2026-03-01T08:30:00":           time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC),
		"2026-03-01":                    time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	} {
		got, err := ParseDate(text)
		require.NoError(t, err, text)
		assert.True(t, want.Equal(got), "%s: %s", text, got)
		assert.Equal(t, time.UTC, got.Location(), text)
	}
	for _, text := range []string{"", "null", "/Date()/", "/Date(x)/", "/Date(-)/", "/Date(0)", "/Date(0+13)/", "/Date(0+13x0)/", "Date(0)/", "/Date(1-2)/", "/Date(999999999999999999)/", "/Date(9999999999999999999999)/", "12/10/2014 8:08:10 p.m.", "2026-13-01", "2026-02-30"} {
		_, err := ParseDate(text)
		assert.Error(t, err, text)
	}
}

func TestFormatDateTime(t *testing.T) {
	nz := zone(t, "Pacific/Auckland")
	assert.Equal(t, "2026-03-01T08:30:59", FormatDateTime(time.Date(2026, 3, 1, 8, 30, 59, 999e6, time.UTC)))
	assert.Equal(t, "2026-02-28T11:00:00", FormatDateTime(time.Date(2026, 3, 1, 0, 0, 0, 0, nz)))
}

func TestBusinessDay(t *testing.T) {
	shipped := time.UnixMilli(1413025200000)
	assert.Equal(t, "2014-10-12", BusinessDay(shipped, zone(t, "Pacific/Auckland")))
	assert.Equal(t, "2014-10-11", BusinessDay(shipped, zone(t, "Europe/London")))
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func TestPlain(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"dates in depth":        {`{"A":"\/Date(1413762774683)\/","B":[{"C":"/Date(0)/"}],"D":null}`, `{"A":"2014-10-19T23:52:54.683Z","B":[{"C":"1970-01-01T00:00:00Z"}],"D":null}`},
		"with an offset":        {`["\/Date(0+1300)\/"]`, `["1970-01-01T00:00:00Z"]`},
		"numbers keep scale":    {`{"Total":19.9000,"Big":12345678901234567890.10}`, `{"Total":19.9000,"Big":12345678901234567890.10}`},
		"inside a text":         {`{"A":"see \/Date(0)\/","B":"\"\/Date(0)\/\""}`, `{"A":"see \/Date(0)\/","B":"\"\/Date(0)\/\""}`},
		"out of range":          {`{"A":"\/Date(999999999999999999)\/"}`, `{"A":"\/Date(999999999999999999)\/"}`},
		"a localised text":      {`{"A":"12/10/2014 8:08:10 p.m."}`, `{"A":"12/10/2014 8:08:10 p.m."}`},
		"nothing":               {``, ``},
		"two beside each other": {`["\/Date(0)\/","\/Date(1000)\/"]`, `["1970-01-01T00:00:00Z","1970-01-01T00:00:01Z"]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Plain([]byte(test.in))
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
			if test.in == "" {
				return
			}
			decoded, err := Decode([]byte(test.in))
			require.NoError(t, err)
			want := json.NewDecoder(strings.NewReader(test.want))
			want.UseNumber()
			var plain any
			require.NoError(t, want.Decode(&plain))
			assert.Equal(t, plain, decoded, "Decode reads what Plain writes")
		})
	}
	for _, read := range []func([]byte) error{
		func(b []byte) error { _, err := Plain(b); return err },
		func(b []byte) error { _, err := Decode(b); return err },
	} {
		assert.Error(t, read([]byte("<html>")))
	}
}

func TestForWrite(t *testing.T) {
	tests := map[string]struct{ zone, in, want string }{
		"an instant":               {"Europe/London", `{"A":"2026-03-01T08:30:00Z"}`, `{"A":"2026-03-01T08:30:00"}`},
		"with milliseconds":        {"Europe/London", `{"A":"2026-03-01T08:30:00.25Z"}`, `{"A":"2026-03-01T08:30:00.250"}`},
		"another zone":             {"Europe/London", `{"A":"2026-03-01T08:30:00+02:00"}`, `{"A":"2026-03-01T06:30:00"}`},
		"an untouched one":         {"Europe/London", `{"A":"\/Date(1772353800000)\/"}`, `{"A":"2026-03-01T08:30:00"}`},
		"a business day":           {"Pacific/Auckland", `{"A":"2014-10-11T11:00:00Z"}`, `{"A":"2014-10-12T00:00:00"}`},
		"a business day in summer": {"Europe/London", `{"A":"2026-05-31T23:00:00Z"}`, `{"A":"2026-06-01T00:00:00"}`},
		"a day stays":              {"Europe/London", `{"A":"2026-03-01"}`, `{"A":"2026-03-01"}`},
		"inside a text":            {"Europe/London", `{"A":"at 2026-03-01T08:30:00Z","B":"\"2026-03-01T08:30:00Z\""}`, `{"A":"at 2026-03-01T08:30:00Z","B":"\"2026-03-01T08:30:00Z\""}`},
		"no such date":             {"Europe/London", `{"A":"2026-13-01T08:30:00Z"}`, `{"A":"2026-13-01T08:30:00Z"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ForWrite([]byte(test.in), zone(t, test.zone))
			require.NoError(t, err)
			assert.Equal(t, test.want, string(got))
		})
	}
	_, err := ForWrite([]byte("{"), time.UTC)
	assert.Error(t, err)
}

func FuzzPlain(f *testing.F) {
	f.Add(`{"A":"\/Date(1413762774683)\/","B":1.50}`)
	f.Add(`["\"/Date(0)/", "2026-03-01T08:30:00Z"]`)
	f.Fuzz(func(t *testing.T, document string) {
		plain, err := Plain([]byte(document))
		if err != nil {
			return
		}
		if len(plain) > 0 && json.Valid([]byte(document)) && !json.Valid(plain) {
			t.Fatalf("%q became %q, which is no JSON", document, plain)
		}
		again, err := Plain(plain)
		require.NoError(t, err)
		assert.Equal(t, string(plain), string(again), "nothing is left to rewrite")
		_, err = ForWrite([]byte(document), time.UTC)
		require.NoError(t, err)
	})
}

func FuzzParseDate(f *testing.F) {
	f.Add("/Date(1413762774683)/")
	f.Add("2026-03-01T08:30:00.123456789Z")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := ParseDate(text)
		if err != nil {
			return
		}
		back, err := ParseDate(at.Format(time.RFC3339Nano))
		if at.Year() > 0 && at.Year() <= maxYear {
			require.NoError(t, err)
			assert.True(t, at.Equal(back))
		}
	})
}
