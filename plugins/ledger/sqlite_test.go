package ledger

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestALinkLeadsToTheSameLedger(t *testing.T) {
	for name, link := range map[string]func(t *testing.T, folder string) (path, linked string){
		"of the file": func(t *testing.T, folder string) (string, string) {
			require.NoError(t, os.Symlink("ledger.db", filepath.Join(folder, "link.db")))
			return filepath.Join(folder, "ledger.db"), filepath.Join(folder, "link.db")
		},
		"of its folder": func(t *testing.T, folder string) (string, string) {
			require.NoError(t, os.Mkdir(filepath.Join(folder, "state"), 0o750))
			require.NoError(t, os.Symlink("state", filepath.Join(folder, "link")))
			return filepath.Join(folder, "state", "deep", "ledger.db"), filepath.Join(folder, "link", "deep", "ledger.db")
		},
	} {
		for order, first := range map[string]int{"the file is made by its name": 0, "the file is made by the link": 1} {
			t.Run(name+", "+order, func(t *testing.T) {
				path, linked := link(t, t.TempDir())
				paths := []string{path, linked}
				one, _ := opened(t, "sqlite:"+paths[first])
				other, _ := opened(t, "sqlite:"+paths[1-first])
				hold, err := one.Hold(t.Context(), "sync")
				require.NoError(t, err)
				assert.True(t, other.held(t))
				_, err = other.Hold(t.Context(), "sync")
				require.ErrorIs(t, err, ErrHeld)
				require.NoError(t, hold.Release())
				write(t, one, put("shared"))
				assert.True(t, other.has(t, "shared"))

				// One that is only read is read with its log.
				reader, err := OpenOverlay(t.Context(), "sqlite:"+linked, Options{})
				require.NoError(t, err)
				assert.True(t, reader.has(t, "shared"))
				require.NoError(t, reader.Close())
			})
		}
	}
	t.Run("a link that leads to itself is no ledger", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "ledger.db")
		require.NoError(t, os.Symlink("ledger.db", path))
		_, err := Open(t.Context(), "sqlite:"+path, Options{})
		require.ErrorContains(t, err, path)
	})
}

func TestWhatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	folder := t.TempDir()
	_, err := Open(t.Context(), "sqlite:"+folder, Options{})
	require.ErrorContains(t, err, folder)
	assert.ErrorContains(t, err, "expected a file that this user may write to, in a folder that this user may write to")
}
