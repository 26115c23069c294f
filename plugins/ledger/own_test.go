package ledger

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatWasAgreedOnLaterIsAddedToWhatWasBefore(t *testing.T) {
	each(t, func(t *testing.T, address string) {
		l, _ := opened(t, address)
		agree := func(lines map[string]AgreedLine) {
			write(t, l, func(tx *Tx) error { return tx.Agree("order", lines) })
		}
		agree(map[string]AgreedLine{"a": {SKU: "MUG", Quantity: "2"}, "b": {SKU: "CUP", Quantity: "1"}})
		agree(map[string]AgreedLine{"b": {SKU: "CUP", Quantity: "4"}})
		lines, err := l.AgreedLines(t.Context(), "order")
		require.NoError(t, err)
		assert.Len(t, lines, 2)
		assert.Equal(t, []string{"2", "4"}, []string{lines["a"].Quantity, lines["b"].Quantity})
		assert.Equal(t, "MUG", lines["a"].SKU)
		assert.False(t, lines["b"].At.IsZero())
		none, err := l.AgreedLines(t.Context(), "another")
		require.NoError(t, err)
		assert.Empty(t, none)
	})
}
