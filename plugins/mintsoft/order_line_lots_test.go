package mintsoft

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLotsOfComponents deals lots out to two sets of tea and biscuits (item 1, and item
// 4 with no more than tea), and to tea that was sold for itself (item 2); item 3 is tea
// that stands beside its bundle.
func TestLotsOfComponents(t *testing.T) {
	item := func(id, sku string) map[string]any { return map[string]any{"ID": json.Number(id), "SKU": sku} }
	order := map[string]any{"OrderItems": []any{item("1", "SET"), item("2", "TEA"), item("3", "TEA"), item("4", "TEABOX")}}
	tracked := func(id string) map[string]any { return map[string]any{"ID": json.Number(id), "HasBatchNumber": true} }
	a := newApart(order, []orderLine{
		{sku: "TEA", quantity: 4, item: item("1", "SET"), bundle: "SET"}, {sku: "BISCUIT", quantity: 2, item: item("1", "SET"), bundle: "SET"},
		{sku: "MUG", quantity: 2, item: item("1", "SET"), bundle: "SET"}, {sku: "TEA", quantity: 5, item: item("2", "TEA")},
		{sku: "TEA", quantity: 2, item: item("4", "TEABOX"), bundle: "TEABOX"}, {sku: "MUG", quantity: 1, item: item("4", "TEABOX"), bundle: "TEABOX"},
	}, map[string]map[string]any{"TEA": tracked("11"), "BISCUIT": tracked("12"), "MUG": {"ID": json.Number("13")}})
	a.placed[70] = 12
	row := func(item, quantity int64, batch string) placedLot {
		return placedLot{lot: lot{OrderItemID: item, Quantity: quantity, BatchNo: &batch}}
	}
	for name, test := range map[string]struct {
		row  placedLot
		want []string
	}{
		"reserved":                                {placedLot{lot: lot{OrderItemID: 1}, ProductID: 11}, []string{"TEA"}},
		"scanned":                                 {placedLot{lot: lot{OrderItemID: 1}, ProductInLocationID: 70}, []string{"BISCUIT"}},
		"scanned, and it is not known where":      {placedLot{lot: lot{OrderItemID: 1}, ProductInLocationID: 71}, []string{"TEA", "BISCUIT"}},
		"of the only component that is tracked":   {placedLot{lot: lot{OrderItemID: 4}, ProductInLocationID: 71}, []string{"TEA"}},
		"of a product that is in no bundle":       {placedLot{lot: lot{OrderItemID: 4}, ProductID: 99}, []string{"TEA"}},
		"of an item that stands for itself":       {placedLot{lot: lot{OrderItemID: 2}}, []string{"TEA"}},
		"of a component that stands beside a set": {placedLot{lot: lot{OrderItemID: 3}}, []string{"TEA"}},
	} {
		assert.Equal(t, test.want, a.skusOf(test.row), name)
	}

	a.add("TEA", row(1, 3, "A"))
	a.add("TEA", row(3, 2, "B"))
	a.add("TEA", row(2, 5, "C"))
	a.add("TEA", row(4, 2, "D"))
	a.add("BISCUIT", row(1, 2, "E"))
	var dealt []string
	for i := range a.lines {
		text := a.lines[i].sku
		for _, l := range a.take(i) {
			text += fmt.Sprintf(" %dx%s", l.Quantity, *l.BatchNo)
		}
		dealt = append(dealt, text)
	}
	assert.Equal(t, []string{"TEA 3xA 1xB", "BISCUIT 2xE", "MUG", "TEA 5xC", "TEA 1xB 2xD", "MUG"}, dealt, "the last line has all that is left")
}
