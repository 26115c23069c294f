package connection

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDurations(t *testing.T) {
	for text, test := range map[string]struct {
		want  time.Duration
		shown string
	}{
		"15m": {15 * time.Minute, "15m"}, "24h": {24 * time.Hour, "24h"}, "90s": {90 * time.Second, "1m30s"}, "1h0m0s": {time.Hour, "1h"},
		"90d": {90 * 24 * time.Hour, "2160h"}, "1d12h": {36 * time.Hour, "36h"}, "1.5h": {90 * time.Minute, "1h30m"}, "10m": {10 * time.Minute, "10m"},
		"250ms": {250 * time.Millisecond, "250ms"}, "0d": {0, "0s"},
	} {
		d, err := parseDuration(text)
		require.NoError(t, err, text)
		assert.Equal(t, Duration(test.want), d, text)
		assert.Equal(t, test.shown, d.String(), text)
		again, err := time.ParseDuration(d.String())
		require.NoError(t, err, "the engine reads it")
		assert.Equal(t, test.want, again, text)
	}
}

func TestWhatIsNoDuration(t *testing.T) {
	for _, text := range []string{"", "d", "15", "-15m", "+15m", "15 m", "1h2d", "1.5d", "m", "1w", "106752d", "106751d24h", "9999999999999999999d", "9999999999999h"} {
		_, err := parseDuration(text)
		assert.ErrorIs(t, err, errDuration, text)
	}
}
