package unleashed

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhatAnOrderHoldsOtherwiseThanDecided(t *testing.T) {
	line := func(sku, quantity string) any {
		return map[string]any{"Product": map[string]any{"ProductCode": sku}, "OrderQuantity": quantity}
	}
	order := map[string]any{
		"Warehouse":       map[string]any{"WarehouseCode": "SHOP"},
		"SalesOrderLines": []any{line("MUG", "2"), line("MUG", "1"), map[string]any{"LineType": "Charge", "OrderQuantity": "1"}},
	}
	decided := func(sku, quantity string) []any { return []any{map[string]any{"SKU": sku, "Quantity": quantity}} }
	for name, test := range map[string]struct {
		args map[string]any
		want string
	}{
		"nothing is said": {map[string]any{}, ""},
		"it is the same":  {map[string]any{"Decided": decided("MUG", "3.0"), "Warehouse": "SHOP"}, ""},
		"goods":           {map[string]any{"Decided": decided("CUP", "1")}, "0 x CUP now, and held 1, 3 x MUG now, and held 0"},
		"the warehouse":   {map[string]any{"Warehouse": "MAIN"}, "the goods of warehouse SHOP now, and held those of MAIN"},
		"goods and the warehouse": {
			map[string]any{"Decided": decided("MUG", "2"), "Warehouse": "MAIN"}, "the goods of warehouse SHOP now, and held those of MAIN, 3 x MUG now, and held 2",
		},
	} {
		assert.Equal(t, test.want, changedSince(order, test.args), name)
	}
}
