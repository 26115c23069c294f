package connection

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// pairing is one connection of a file; what is said of it is added to its sides.
func pairing(name, unleashed, mintsoft, rest string) string {
	return "  - name: " + name + "\n" + rest +
		"    unleashed: {warehouse_code: " + strings.ToUpper(name) + ", " + unleashed + "}\n" +
		"    mintsoft: {warehouse: " + strings.ToUpper(name) + ", " + mintsoft + "}\n"
}

const (
	oneID, otherID   = "api_id: one, api_key: key", "api_id: other, api_key: key"
	oneKey, otherKey = "api_key: one", "api_key: other"
)

func openFile(t *testing.T, o OpenOptions, connections ...string) *Book {
	t.Helper()
	file := parse(t, "ledger: sqlite:"+filepath.Join(t.TempDir(), "ledger.db")+"\nconnections:\n"+strings.Join(connections, ""))
	book, err := Open(t.Context(), file, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, book.Close()) })
	return book
}

func live(t *testing.T, b *Book, name string) *Connection {
	t.Helper()
	c, err := b.Connection(name)
	require.NoError(t, err)
	return c
}

func TestConnectionsOfOneAccountShareIt(t *testing.T) {
	for name, test := range map[string]struct {
		first, second       [2]string
		unleashed, mintsoft bool // shared
		together            bool
	}{
		"both accounts":        {[2]string{oneID, oneKey}, [2]string{oneID, oneKey}, true, true, true},
		"only Unleashed's":     {[2]string{oneID, oneKey}, [2]string{oneID, otherKey}, true, false, false},
		"only Mintsoft's":      {[2]string{oneID, oneKey}, [2]string{otherID, oneKey}, false, true, false},
		"none":                 {[2]string{oneID, oneKey}, [2]string{otherID, otherKey}, false, false, false},
		"another client":       {[2]string{oneID, oneKey}, [2]string{oneID, oneKey + ", client: '9'"}, true, true, false},
		"another address":      {[2]string{oneID, oneKey}, [2]string{oneID + ", base_url: https://eu.example", oneKey + ", base_url: https://eu.example"}, false, false, false},
		"a user, and its twin": {[2]string{oneID, "username: u, password: p"}, [2]string{oneID, "username: u, password: q"}, true, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := openFile(t, OpenOptions{}, pairing("a", test.first[0], test.first[1], ""), pairing("b", test.second[0], test.second[1], ""))
			first, second := live(t, b, "a"), live(t, b, "b")
			assert.Equal(t, test.unleashed, first.UnleashedAccount == second.UnleashedAccount)
			assert.Equal(t, test.mintsoft, first.MintsoftAccount == second.MintsoftAccount)
			assert.Equal(t, test.mintsoft && name != "a user, and its twin", first.Mintsoft.Keys() == second.Mintsoft.Keys(), "a login makes the key of the one before invalid")
			if test.together {
				assert.Equal(t, []*Connection{first, second}, b.Sharing(second))
			} else {
				assert.Equal(t, []*Connection{second}, b.Sharing(second))
			}
			for _, id := range []string{first.UnleashedAccount.ID(), first.MintsoftAccount.ID()} {
				assert.NotContains(t, id, "one", "an account's name reveals no credential")
			}
		})
	}
}

func TestTheLowestLimitsOfAnAccountWin(t *testing.T) {
	const slow, fast = ", requests_per_second: 1, max_in_flight: 1", ", requests_per_second: 50, max_in_flight: 20"
	for name, order := range map[string][2]string{"the slow one comes first": {slow, fast}, "the slow one comes last": {fast, slow}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				calls := &tally{}
				b := openFile(t, OpenOptions{Transport: calls}, pairing("a", oneID, oneKey+order[0], ""), pairing("b", oneID, oneKey+order[1], ""))
				began := time.Now()
				done := make(chan error, 6)
				for range 3 {
					for _, name := range []string{"a", "b"} {
						go func() {
							_, err := live(t, b, name).Mintsoft.Warehouses(t.Context())
							done <- err
						}()
					}
				}
				for range 6 {
					require.NoError(t, <-done)
				}
				assert.GreaterOrEqual(t, time.Since(began), 5*time.Second, "one a second, for both together")
				assert.Equal(t, 1, calls.most)
			})
		})
	}
}

func TestCallsAreCountedAgainstTheMonthForBothConnections(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := openFile(t, OpenOptions{Transport: &tally{}}, pairing("a", oneID+", monthly_quota: 3", oneKey, ""), pairing("b", oneID+", monthly_quota: 3", oneKey, ""))
		for _, name := range []string{"a", "b", "a"} {
			_, err := live(t, b, name).Unleashed.List(t.Context(), "Warehouses", noQuery, 1, 0)
			require.NoError(t, err)
		}
		_, err := live(t, b, "b").Unleashed.List(t.Context(), "Warehouses", noQuery, 1, 0)
		require.ErrorIs(t, err, apihttp.ErrQuota)
		used, err := b.Ledger.Calls(t.Context(), live(t, b, "a").UnleashedAccount.ID(), time.Now().UTC().Format("2006-01"))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, used, int64(3))
	})
}

func TestHolds(t *testing.T) {
	connections := []string{
		pairing("a", oneID, oneKey, ""), pairing("b", otherID, oneKey, ""), pairing("c", oneID, otherKey, ""), pairing("d", "api_id: d, api_key: d", otherKey, "    active: false\n"),
	}
	for name, test := range map[string]struct {
		ledger string
		groups [][]string
	}{
		"a file is held whole":                          {"sqlite:state/ledger.db", [][]string{{"a", "b", "c"}}},
		"a server is held for each account of Mintsoft": {"postgres://user:pass@host/db", [][]string{{"a", "b"}, {"c"}}},
	} {
		t.Run(name, func(t *testing.T) {
			file := parse(t, "ledger: "+test.ledger+"\nconnections:\n"+strings.Join(connections, ""))
			var groups [][]string
			for name, group := range file.Holds() {
				groups = append(groups, group)
				assert.True(t, strings.HasPrefix(name, "sync"), name)
				for _, c := range file.Connections {
					if c.Name == group[0] {
						assert.Equal(t, name, file.Hold(c))
					}
				}
			}
			assert.ElementsMatch(t, test.groups, groups)
		})
	}
}

func TestABookKnowsActiveConnectionsOnly(t *testing.T) {
	b := openFile(t, OpenOptions{}, pairing("a", oneID, oneKey, ""), pairing("asleep", otherID, otherKey, "    active: false\n"), pairing("b", otherID, otherKey, ""))
	assert.Equal(t, []string{"a", "b"}, b.Names())
	_, err := b.Connection("asleep")
	assert.EqualError(t, err, `connection "asleep": expected one of the active connections of c.yaml: [a b]`)
}

func TestADryRunSendsNoWriteAndCountsNoCall(t *testing.T) {
	calls := &tally{}
	b := openFile(t, OpenOptions{DryRun: true, Transport: calls}, pairing("a", oneID+", monthly_quota: 3", oneKey, ""))
	_, err := live(t, b, "a").Mintsoft.Call(t.Context(), aWrite)
	require.ErrorContains(t, err, "a dry run writes nothing")
	assert.Equal(t, apihttp.Rejected, apihttp.OutcomeOf(err))
	assert.Zero(t, calls.made)
	assert.Nil(t, live(t, b, "a").UnleashedAccount.Spend)
	require.NoError(t, b.Ledger.Commit(t.Context(), func(tx *ledger.Tx) error { return tx.Set("store", "key", nil, 0) }))
	assert.NoFileExists(t, strings.TrimPrefix(b.File.Ledger.Reveal(), "sqlite:"), "the ledger is an overlay that is thrown away")
}

func TestDrainingIsToldOnceAndToEverybody(t *testing.T) {
	b := openFile(t, OpenOptions{}, pairing("a", oneID, oneKey, ""))
	assert.False(t, b.IsDraining())
	b.Drain()
	b.Drain()
	assert.True(t, b.IsDraining())
	<-b.Draining()
}

// TestARecordThatWaitsIsToldOfOnce, and again when it waits for something else or for long:
// an outage must not fill the log.
func TestARecordThatWaitsIsToldOfOnce(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	b := openFile(t, OpenOptions{Log: slog.New(slog.NewTextHandler(&log, nil)), Now: func() time.Time { return now }}, pairing("a", oneID, oneKey, ""))
	b.Flow("a", "order_import")
	for range 3 {
		b.Waiting("a_order_import", "SO-1", errors.New("no answer"), time.Second)
		b.Waiting("a_order_import", "SO-2", errors.New("no answer"), time.Second)
		now = now.Add(time.Minute)
	}
	b.Waiting("a_order_import", "SO-1", errors.New("refused key"), time.Second)
	assert.Equal(t, 3, strings.Count(log.String(), "waiting for the service"), log.String())
	now = now.Add(5 * time.Minute)
	b.Waiting("a_order_import", "SO-1", errors.New("no answer"), time.Second)
	assert.Equal(t, 4, strings.Count(log.String(), "waiting for the service"))
}
