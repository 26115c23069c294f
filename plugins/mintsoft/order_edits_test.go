package mintsoft

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEditsOfTheWarehouseAreSpared(t *testing.T) {
	for name, test := range map[string]struct {
		given  []orderItem
		has    []orderItem
		wanted []any
		says   []string
		reason string
	}{
		"only the source changed":         {[]orderItem{itemOf(t, 0, "a", "MUG", 2)}, []orderItem{itemOf(t, 1, "a", "MUG", 2)}, []any{wantItem("a", "MUG", 3)}, []string{"changing MUG from 2 to 3"}, ""},
		"only the warehouse changed":      {[]orderItem{itemOf(t, 0, "a", "MUG", 2)}, []orderItem{itemOf(t, 1, "a", "MUG", 1)}, []any{wantItem("a", "MUG", 2)}, nil, ""},
		"both did, alike":                 {[]orderItem{itemOf(t, 0, "a", "MUG", 2)}, []orderItem{itemOf(t, 1, "a", "MUG", 3)}, []any{wantItem("a", "MUG", 3)}, nil, ""},
		"both did":                        {[]orderItem{itemOf(t, 0, "a", "MUG", 2)}, []orderItem{itemOf(t, 1, "a", "MUG", 1)}, []any{wantItem("a", "MUG", 3)}, []string{"changing MUG from 1 to 3"}, "given 2 and has 1, Unleashed has 3"},
		"the warehouse took it away":      {[]orderItem{itemOf(t, 0, "a", "MUG", 2), itemOf(t, 0, "b", "CUP", 1)}, []orderItem{itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("a", "MUG", 2), wantItem("b", "CUP", 1)}, nil, ""},
		"the source added it":             {[]orderItem{itemOf(t, 0, "b", "CUP", 1)}, []orderItem{itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("a", "MUG", 2), wantItem("b", "CUP", 1)}, []string{"adding 2 x MUG"}, ""},
		"the source took it away":         {[]orderItem{itemOf(t, 0, "a", "MUG", 2), itemOf(t, 0, "b", "CUP", 1)}, []orderItem{itemOf(t, 1, "a", "MUG", 2), itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("b", "CUP", 1)}, []string{"removing 2 x MUG"}, ""},
		"taken away and edited":           {[]orderItem{itemOf(t, 0, "a", "MUG", 2), itemOf(t, 0, "b", "CUP", 1)}, []orderItem{itemOf(t, 1, "a", "MUG", 5), itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("b", "CUP", 1)}, []string{"removing 5 x MUG"}, "given 2 and has 5, Unleashed has 0"},
		"other lots of the same line":     {[]orderItem{itemOf(t, 0, "a", "TEA", 3, "L1")}, []orderItem{itemOf(t, 1, "a", "TEA", 3, "L1")}, []any{wantItem("a", "TEA", 3, "L2")}, []string{"adding 3 x TEA (L2)", "removing 3 x TEA (L1)"}, ""},
		"other lots, which broke off":     {[]orderItem{itemOf(t, 0, "a", "TEA", 3, "L1")}, []orderItem{itemOf(t, 1, "a", "TEA", 3, "L1"), itemOf(t, 2, "a", "TEA", 3, "L2")}, []any{wantItem("a", "TEA", 3, "L2")}, []string{"removing 3 x TEA (L1)"}, ""},
		"fewer of a lot, which broke off": {[]orderItem{itemOf(t, 0, "a", "TEA", 3, "L1")}, []orderItem{itemOf(t, 1, "a", "TEA", 1, "L1")}, []any{wantItem("a", "TEA", 1, "L1"), wantItem("a", "TEA", 2, "L2")}, []string{"adding 2 x TEA (L2)"}, ""},
		"other lots of what it edited":    {[]orderItem{itemOf(t, 0, "a", "TEA", 3, "L1")}, []orderItem{itemOf(t, 1, "a", "TEA", 2, "L1")}, []any{wantItem("a", "TEA", 3, "L2")}, []string{"adding 3 x TEA (L2)", "removing 2 x TEA (L1)"}, "its line was changed on both sides"},
		"what it added is a line now":     {[]orderItem{itemOf(t, 0, "a", "MUG", 2)}, []orderItem{itemOf(t, 9, "", "MUG", 2)}, []any{wantItem("a", "MUG", 2)}, nil, ""},
		"nobody knows what it was then":   {nil, []orderItem{itemOf(t, 1, "a", "MUG", 1)}, []any{wantItem("a", "MUG", 2)}, []string{"changing MUG from 1 to 2"}, "not known any more what Mintsoft was given: it has 1, Unleashed has 2"},
		"nor what was not there":          {nil, []orderItem{itemOf(t, 2, "b", "CUP", 1)}, []any{wantItem("a", "MUG", 2), wantItem("b", "CUP", 1)}, []string{"adding 2 x MUG"}, "it has 0, Unleashed has 2"},
		"but it stands there as wanted":   {nil, []orderItem{itemOf(t, 1, "a", "MUG", 2)}, []any{wantItem("a", "MUG", 2)}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var was *given
			if test.given != nil {
				was = &given{items: test.given}
			}
			steps, err := itemSteps("7", test.has, map[string]any{"OrderItems": test.wanted, "Source": "s"}, was)
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
