package mintsoft

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestItemsOfOneSalesOrder(t *testing.T) {
	ordered := []map[string]any{
		{"SKU": "MUG", "Lines": []any{"l-1"}, "Own": true}, {"SKU": "LID", "Lines": []any{"l-2"}, "Own": true},
		{"SKU": "MUG", "Lines": []any{"m-1"}, "Own": false}, {"SKU": "CUP", "Lines": []any{"m-2"}, "Own": false},
	}
	for name, c := range map[string]struct {
		item shippedItem
		own  bool
	}{
		"by its line":                                 {shippedItem{SKU: "MUG", Line: "l-1"}, true},
		"by its line, whatever its SKU":               {shippedItem{SKU: "CUP", Line: "l-1"}, true},
		"of the other, by its line":                   {shippedItem{SKU: "MUG", Line: "m-1"}, false},
		"by its SKU":                                  {shippedItem{SKU: "LID"}, true},
		"by its SKU, of a line that is not there now": {shippedItem{SKU: "LID", Line: "l-9"}, true},
		"of the other, by its SKU":                    {shippedItem{SKU: "CUP"}, false},
		"of the other, its line is not there now":     {shippedItem{SKU: "CUP", Line: "l-9"}, false},
		"of either":                                   {shippedItem{SKU: "MUG"}, true},
		"of a bundle":                                 {shippedItem{SKU: "BOX"}, true},
		"nobody ordered it":                           {shippedItem{SKU: "TOY"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.own, len(ownItems([]shippedItem{c.item}, ordered, []string{"BOX", "CUP"})) == 1)
		})
	}
}

func TestWhichPartLeftFirst(t *testing.T) {
	part := func(id, at any) map[string]any { return map[string]any{"ID": id, "DespatchDate": at} }
	for name, c := range map[string][2]map[string]any{
		"by its date":                 {part(9, "2026-06-30T15:41:07"), part(8, "2026-06-30T15:41:07.22")},
		"at once: by its id":          {part(8, "2026-06-30T15:41:07.22"), part(10, "2026-06-30T15:41:07.22")},
		"nobody knows when: the same": {part(8, nil), part(10, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			assert.True(t, leftBefore(c[0], c[1]))
			assert.False(t, leftBefore(c[1], c[0]))
		})
	}
}
