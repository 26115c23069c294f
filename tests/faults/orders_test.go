package faults

import (
	"fmt"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
)

// neverImported are the orders of the seed that are not for the warehouse: two
// that are completed, two deleted, two with nothing to pick, one of the other
// warehouse. refused are the two that cannot be sent.
var (
	neverImported = []int{14, 17, 20, 29, 54, 57, 60}
	refused       = []int{26, 32}
)

func orderNumber(i int) string { return fmt.Sprintf("SO-%08d", i) }

// everyOrderOnce checks that the first orders of the seed are in the warehouse as
// they should, that nothing else is, and that no request was out of order.
func (h *house) everyOrderOnce(seeded int) {
	wanted := 0
	for i := 1; i <= seeded; i++ {
		number := orderNumber(i)
		source, known := h.Unleashed.OrderByNumber(number)
		require.True(h.t, known, number)
		made := h.Mintsoft.OrdersByNumber(number)
		if slices.Contains(neverImported, i) || slices.Contains(refused, i) {
			assert.Empty(h.t, made, number)
			continue
		}
		wanted++
		if assert.Len(h.t, made, 1, number) && assert.NotNil(h.t, made[0].ExternalOrderReference, number) {
			assert.Equal(h.t, source.Guid.String(), *made[0].ExternalOrderReference, number)
		}
	}
	assert.Len(h.t, h.Mintsoft.Orders(), wanted)
	assert.Empty(h.t, h.Mintsoft.Violations())
}

// deadLetters reads the open dead letters from the ledger, by the number of their
// record.
func (h *house) deadLetters() map[string]ledger.DeadLetter {
	store, err := ledger.Open(h.t.Context(), h.ledger, ledger.Options{})
	require.NoError(h.t, err)
	defer store.Close()
	letters, err := store.DeadLetters(h.t.Context(), ledger.DeadLetterFilter{State: []string{"open", "replaying"}})
	require.NoError(h.t, err)
	found := map[string]ledger.DeadLetter{}
	for _, letter := range letters {
		assert.NotContains(h.t, found, letter.Record.Ref)
		found[letter.Record.Ref] = letter
	}
	return found
}

// onlyTheRefused checks that nothing is dead-lettered but what cannot be sent.
func (h *house) onlyTheRefused() {
	letters := h.deadLetters()
	assert.Len(h.t, letters, len(refused), letters)
	for _, i := range refused {
		assert.Contains(h.t, letters, orderNumber(i))
	}
}
