package mintsoft

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
)

// After a ledger was lost an absorbed order is found again as the one that absorbed it,
// and linked to it: that is not what the survivor was made from.
func TestAnAbsorbedOrderIsNotWhatTheSurvivorWasMadeFrom(t *testing.T) {
	for name, c := range map[string]struct {
		links    map[string]string // number to source
		absorbed []string
		source   any
	}{
		"its own link":                   {map[string]string{"A": "of-a"}, []string{"B"}, "of-a"},
		"its own beside another":         {map[string]string{"A": "of-a", "B": "of-b"}, []string{"B"}, "of-a"},
		"only another's":                 {map[string]string{"B": "of-b"}, []string{"B"}, "reference"},
		"a link under an earlier number": {map[string]string{"OLD": "of-a"}, []string{"B"}, "of-a"},
		"it stands alone":                {map[string]string{"A": "of-a"}, nil, "of-a"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := ledger.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
			require.NoError(t, err)
			t.Cleanup(func() { _ = l.Close() })
			for number, source := range c.links {
				require.NoError(t, l.Commit(t.Context(), func(tx *ledger.Tx) error {
					return tx.PutLink(ledger.Link{Pair: "pair", Kind: ledger.LinkOrder, SourceID: source, SourceRef: number, TargetID: "17", TargetRef: number})
				}))
			}
			origin := map[string]any{"Number": "A", "Kind": "shipment"}
			_, err = sourceOfPart(t.Context(), l, "pair", "17", "reference", origin, c.absorbed)
			require.NoError(t, err)
			assert.Equal(t, c.source, origin["Source"])
		})
	}
}
