package polling

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule says when the run after a given moment starts.
type Schedule interface {
	Next(after time.Time) time.Time
}

// ParseSchedule understands a duration ("15m"), "@every 15m" and a cron
// expression with five fields or, with seconds, six, optionally behind
// "TZ=Europe/London". An empty text means: only when asked.
func ParseSchedule(text string) (Schedule, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return never{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		if d <= 0 {
			return nil, fmt.Errorf("parsing interval %q: expected more than zero", text)
		}
		return every(d), nil
	}
	if d, is := parseDaily(text); is {
		return d, nil
	}
	parser := cron.NewParser(cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	schedule, err := parser.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parsing interval %q: expected a duration such as 15m or a cron expression: %w", text, err)
	}
	return schedule, nil
}

type every time.Duration

func (e every) Next(after time.Time) time.Time { return after.Add(time.Duration(e)) }

type never struct{}

func (never) Next(time.Time) time.Time { return time.Time{} }
