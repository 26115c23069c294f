package mintsoft

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEditsOfTheWarehouseAreSpared(t *testing.T) {
	for name, test := range map[string]struct {
		given  map[string]any
		has    []orderItem
		wanted []any
		says   []string
		reason string
	}{
		"only the source changed":       {map[string]any{"a": "2"}, []orderItem{itemOf(t, 1, "a", "MUG", 2)}, []any{wantItem("a", "MUG", 3)}, []string{"changing MUG from 2 to 3"}, ""},
		"only the warehouse changed":    {map[string]any{"a": "2.0"}, []orderItem{itemOf(t, 1, "a", "MUG", 1)}, []any{wantItem("a", "MUG", 2)}, nil, ""},
		"both did, alike":               {map[string]any{"a": "2"}, []orderItem{itemOf(t, 1, "a", "MUG", 3)}, []any{wantItem("a", "MUG", 3)}, nil, ""},
		"both did":                      {map[string]any{"a": "2"}, []orderItem{itemOf(t, 1, "a", "MUG", 1)}, []any{wantItem("a", "MUG", 3)}, []string{"changing MUG from 1 to 3"}, "given 2 and has 1, Unleashed has 3"},
		"the warehouse took it away":    {map[string]any{"a": "2", "b": "1"}, []orderItem{itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("a", "MUG", 2), wantItem("b", "CUP", 1)}, nil, ""},
		"the source added it":           {map[string]any{"b": "1"}, []orderItem{itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("a", "MUG", 2), wantItem("b", "CUP", 1)}, []string{"adding 2 x MUG"}, ""},
		"the source took it away":       {map[string]any{"a": "2", "b": "1"}, []orderItem{itemOf(t, 1, "a", "MUG", 2), itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("b", "CUP", 1)}, []string{"removing 2 x MUG"}, ""},
		"taken away and edited":         {map[string]any{"a": "2", "b": "1"}, []orderItem{itemOf(t, 1, "a", "MUG", 5), itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("b", "CUP", 1)}, []string{"removing 5 x MUG"}, "given 2 and has 5, Unleashed has 0"},
		"other lots of the same line":   {map[string]any{"a": "3"}, []orderItem{itemOf(t, 1, "a", "TEA", 3, "L1")}, []any{wantItem("a", "TEA", 3, "L2")}, []string{"adding 3 x TEA (L2)", "removing 3 x TEA (L1)"}, ""},
		"what it added is a line now":   {map[string]any{"a": "2"}, []orderItem{itemOf(t, 9, "", "MUG", 2)}, []any{wantItem("a", "MUG", 2)}, nil, ""},
		"nobody knows what it was then": {nil, []orderItem{itemOf(t, 1, "a", "MUG", 1)}, []any{wantItem("a", "MUG", 2)}, []string{"changing MUG from 1 to 2"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			steps, err := itemSteps("7", test.has, map[string]any{"OrderItems": test.wanted, "Source": "s"}, test.given)
			require.NoError(t, err)
			var says []string
			for _, s := range steps {
				says = append(says, s.says)
				if test.reason == "" {
					assert.Empty(t, s.reason)
				} else {
					assert.Contains(t, s.reason, test.reason)
				}
			}
			assert.Equal(t, test.says, says)
		})
	}
}
