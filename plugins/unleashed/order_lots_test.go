package unleashed

import (
	"fmt"
	"testing"

	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/stretchr/testify/assert"
)

func TestLotsOfAnOrder(t *testing.T) {
	line := func(guid, sku, quantity string, batches ...any) map[string]any {
		return map[string]any{"Guid": guid, "Product": map[string]any{"ProductCode": sku}, "OrderQuantity": quantity, "BatchNumbers": batches}
	}
	for name, test := range map[string]struct {
		there, lots []any
		given       bool
		want        string
	}{
		"each line gets its own":          {[]any{line("a", "TEA", "2"), line("b", "TEA", "2")}, []any{line("b", "TEA", "2.0", "B"), line("a", "TEA", "2", "A")}, true, "[A][B]"},
		"the service gave GUIDs anew":     {[]any{line("x", "TEA", "2"), line("y", "TEA", "3")}, []any{line("a", "TEA", "3", "A"), line("b", "TEA", "2", "B")}, true, "[B][A]"},
		"what a person gave stays":        {[]any{line("a", "TEA", "2", "P")}, []any{line("a", "TEA", "2", "A")}, false, "[P]"},
		"two lines do not share":          {[]any{line("a", "TEA", "2")}, []any{line("x", "TEA", "2", "A"), line("y", "TEA", "2", "B")}, true, "[A]"},
		"other goods have other batches":  {[]any{line("a", "MUG", "2"), line("b", "TEA", "3")}, []any{line("a", "TEA", "2", "A")}, false, "[][]"},
		"nothing is known of what leaves": {[]any{line("a", "TEA", "2")}, nil, false, "[]"},
	} {
		order := map[string]any{"SalesOrderLines": test.there}
		assert.Equal(t, test.given, giveLots(order, component.Objects(test.lots)), name)
		var stands string
		for _, l := range component.Objects(order["SalesOrderLines"]) {
			stands += fmt.Sprint(component.List(l["BatchNumbers"]))
		}
		assert.Equal(t, test.want, stands, name)
	}
}
