package ledger

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leave makes a ledger as the mintleash of an older schema version left it.
func leave(t *testing.T, address string, version int) *database {
	d, err := connect(t.Context(), address, false)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.close()) })
	require.NoError(t, d.migrate(t.Context(), version))
	if version > 0 {
		_, err = d.writer.ExecContext(t.Context(), "INSERT INTO calls (account, month, calls) VALUES ('account', '2026-01', 7)")
		require.NoError(t, err)
	}
	return d
}

// withMigrations adds versions to come, for the time of a test.
func withMigrations(t *testing.T, more ...string) {
	before := migrations
	migrations = append(slices.Clone(before), more...)
	t.Cleanup(func() { migrations = before })
}

func (d *database) mustVersion(t *testing.T) int {
	version, err := d.version(t.Context(), d.readers)
	require.NoError(t, err)
	return version
}

func TestMigrate(t *testing.T) {
	released := len(migrations)
	withMigrations(t, "ALTER TABLE intents ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'", "CREATE TABLE extras (id {serial}, body {bytes})")
	for name, address := range databases {
		for version := range len(migrations) {
			t.Run(fmt.Sprintf("%s: version %d is brought up to date, with what is in it", name, version), func(t *testing.T) {
				address := address(t)
				leave(t, address, version)
				l, _ := opened(t, address)
				assert.Equal(t, len(migrations), l.db.mustVersion(t))
				if version > 0 {
					calls, err := l.Calls(t.Context(), "account", "2026-01")
					require.NoError(t, err)
					assert.EqualValues(t, 7, calls)
				}
			})
		}
	}
	t.Run("a schema that is newer is refused and left alone", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			newer := leave(t, address, len(migrations))
			known := migrations
			migrations = migrations[:released]
			defer func() { migrations = known }()
			for what, open := range map[string]func() (*Ledger, error){
				"open":    func() (*Ledger, error) { return Open(t.Context(), address, Options{}) },
				"overlay": func() (*Ledger, error) { return OpenOverlay(t.Context(), address, Options{}) },
			} {
				_, err := open()
				require.Error(t, err, what)
				assert.Contains(t, err.Error(), fmt.Sprintf("the ledger has schema version %d, and this mintleash knows versions up to %d", len(known), released), what)
			}
			assert.Equal(t, len(known), newer.mustVersion(t))
		})
	})
	t.Run("a migration that fails leaves the version before it", func(t *testing.T) {
		each(t, func(t *testing.T, address string) {
			leave(t, address, len(migrations))
			withMigrations(t, "CREATE TABLE half (a BIGINT); CREATE TABLE half (a BIGINT)")
			_, err := Open(t.Context(), address, Options{})
			require.ErrorContains(t, err, fmt.Sprintf("migrating the ledger from schema version %d", len(migrations)-1))

			migrations[len(migrations)-1] = "CREATE TABLE half (a BIGINT)"
			l, _ := opened(t, address)
			assert.Equal(t, len(migrations), l.db.mustVersion(t))
		})
	})
}
