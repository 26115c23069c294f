package runner

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
)

func TestUnready(t *testing.T) {
	every15 := polls(", interval: 15m")
	for name, test := range map[string]struct {
		pipeline string
		run      *ledger.Run // its FinishedAt is now
		after    time.Duration
		blocked  error
		reason   string // empty when it is ready
	}{
		"it has not run yet":                     {every15, nil, 0, nil, "main_a: has not run yet"},
		"it has not run yet, and cannot":         {every15, nil, 0, errors.New("the key is refused"), "main_a: has not run yet: the key is refused"},
		"it is off":                              {polls(unwanted), nil, 0, nil, ""},
		"its last run ended well":                {every15, &ledger.Run{Outcome: "delivered"}, 0, nil, ""},
		"its last run did not":                   {every15, &ledger.Run{Outcome: "failed", Error: "a page is missing"}, 0, nil, "main_a: a page is missing"},
		"it has missed one run":                  {every15, &ledger.Run{}, 30 * time.Minute, nil, ""},
		"it has missed two, but for a moment":    {every15, &ledger.Run{}, 35 * time.Minute, nil, ""},
		"it has missed two runs":                 {every15, &ledger.Run{}, 35*time.Minute + time.Second, nil, "main_a: has not ended a run since 2000-01-01T00:00:00Z"},
		"it runs once a day and has missed none": {polls(", interval: '0 2 * * *'"), &ledger.Run{}, 25 * time.Hour, nil, ""},
		"it runs once a day and has missed two":  {polls(", interval: '0 2 * * *'"), &ledger.Run{}, 26*time.Hour + 6*time.Minute, nil, "main_a: has not ended a run since 2000-01-01T00:00:00Z"},
		"it runs when a setting says":            {polls(", interval: '${! @settings.customer_sync.interval }'"), &ledger.Run{}, 47 * time.Hour, nil, ""},
		"a setting says so, and it missed two":   {polls(", interval: '${! @settings.customer_sync.interval }'"), &ledger.Run{}, 49 * time.Hour, nil, "main_a: has not ended a run since 2000-01-01T00:00:00Z"},
		"it only runs when somebody asks":        {polls(", interval: ''"), &ledger.Run{}, 1000 * time.Hour, nil, ""},
		"nobody knows when it runs":              {polls(""), &ledger.Run{}, 1000 * time.Hour, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				y := newYard(t, mainConnection, map[string]string{"a": test.pipeline})
				if test.run != nil {
					require.NoError(t, y.Book.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error {
						run := *test.run
						run.Connection, run.Stream, run.StartedAt, run.FinishedAt = "main", "main_a", time.Now(), time.Now()
						_, err := tx.SaveRun(run)
						return err
					}))
				}
				y.Book.Flow("main", "a").Failed(test.blocked)
				<-time.After(test.after)
				waiting := Unready(t.Context(), y.Book, y.streams(t))
				if test.reason == "" {
					assert.Empty(t, waiting)
				} else {
					assert.Equal(t, []string{test.reason}, waiting)
				}
			})
		})
	}
}

func TestALedgerThatCannotBeReadIsNotReady(t *testing.T) {
	y := newYard(t, mainConnection, map[string]string{"a": polls("")})
	streams := y.streams(t)
	require.NoError(t, y.Book.Ledger.Close())
	waiting := Unready(t.Context(), y.Book, streams)
	require.Len(t, waiting, 1)
	assert.Contains(t, waiting[0], "main_a: reading the ledger:")
}
