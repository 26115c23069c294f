package mintsoft

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPartsThatHoldTheSameGoods(t *testing.T) {
	a, b := shippedItem{SKU: "MUG", Line: "l-1", Quantity: 2}, shippedItem{SKU: "MUG", Line: "l-2", Quantity: 2}
	unnamed, one := shippedItem{SKU: "MUG", Quantity: 2}, shippedItem{SKU: "MUG", Line: "l-1", Quantity: 1}
	for name, c := range map[string]struct {
		one, other []shippedItem
		same       bool
	}{
		"the same":                       {[]shippedItem{a}, []shippedItem{a}, true},
		"the same on two items":          {[]shippedItem{a}, []shippedItem{one, one}, true},
		"another line":                   {[]shippedItem{a}, []shippedItem{b}, false},
		"one does not say its line":      {[]shippedItem{a}, []shippedItem{unnamed}, true},
		"less":                           {[]shippedItem{a}, []shippedItem{one}, false},
		"something beside it":            {[]shippedItem{a}, []shippedItem{a, {SKU: "LID", Quantity: 1}}, false},
		"nothing":                        {[]shippedItem{a}, nil, false},
		"the same lines, but other SKUs": {[]shippedItem{a}, []shippedItem{{SKU: "CUP", Line: "l-1", Quantity: 2}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.same, sameGoods(c.one, c.other))
			assert.Equal(t, c.same, sameGoods(c.other, c.one))
		})
	}
}

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
		"nobody ordered it":                           {shippedItem{SKU: "BOX"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.own, len(ownItems([]shippedItem{c.item}, ordered)) == 1)
			assert.Len(t, ownItems([]shippedItem{c.item}, nil), 1, "one order")
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
