package connection

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span in the connection file: Go's syntax, with days in front
// ("90d", "1d12h").
type Duration time.Duration

const day = 24 * time.Hour

const durationForm = `^([0-9]+d)?([0-9]+(\.[0-9]+)?(h|m|s|ms))*$`

var (
	durationText = regexp.MustCompile(durationForm)
	leadingDays  = regexp.MustCompile(`^([0-9]+)d`)
	errDuration  = errors.New("expected a duration such as 15m, 24h or 90d")
)

func parseDuration(text string) (Duration, error) {
	if text == "" || !durationText.MatchString(text) {
		return 0, errDuration
	}
	var total time.Duration
	rest := text
	if match := leadingDays.FindStringSubmatch(text); match != nil {
		days, err := strconv.ParseInt(match[1], 10, 64)
		if err != nil || days > math.MaxInt64/int64(day) {
			return 0, errDuration
		}
		total, rest = time.Duration(days)*day, text[len(match[0]):]
		if rest == "" {
			return Duration(total), nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d > math.MaxInt64-total {
		return 0, errDuration
	}
	return Duration(total + d), nil
}

// String writes the duration in Go's syntax without empty parts: "15m", "24h".
// Days become hours, because the engine's intervals know none.
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText writes the duration as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
