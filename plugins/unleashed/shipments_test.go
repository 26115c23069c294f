package unleashed

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
)

func TestWhatIsKeptOfAShipment(t *testing.T) {
	record := func(status, quantity string) map[string]any {
		return map[string]any{
			"Guid": "g-1", "ShipmentNumber": "SS-1", "OrderNumber": "SO-1", "CreatedOn": "2026-03-02T09:00:00Z", "ShipmentStatus": status, "DeliveryCity": "York",
			"SalesShipmentLines": []any{map[string]any{"SalesOrderLineNumber": json.Number("1"), "ShipmentQty": json.Number(quantity)}},
		}
	}
	open := map[string]any{"Guid": "g-1", "ShipmentNumber": "SS-1", "CreatedOn": "2026-03-02T09:00:00Z"}
	for name, c := range map[string]struct {
		number string
		told   []map[string]any
		left   string
		open   map[string]any
	}{
		"one that may leave yet":             {number: "SO-1", told: []map[string]any{record("Placed", "2")}, open: open},
		"one in a status that nobody knows":  {number: "SO-1", told: []map[string]any{record("Waiting", "2")}, open: open},
		"one that has left":                  {number: "SO-1", told: []map[string]any{record("Placed", "2"), record("Dispatched", "3")}, left: "3"},
		"one that has left is final":         {number: "SO-1", told: []map[string]any{record("Dispatched", "3"), record("Placed", "2"), record("Deleted", "2")}, left: "3"},
		"one that was deleted":               {number: "SO-1", told: []map[string]any{record("Placed", "2"), record("Deleted", "2")}},
		"one whose order's number is longer": {number: "SO", told: []map[string]any{record("Placed", "2"), record("Dispatched", "2")}},
	} {
		t.Run(name, func(t *testing.T) {
			into := map[string]keptShipment{}
			for _, told := range c.told {
				addShipment(into, told, c.number)
			}
			if c.left == "" && c.open == nil {
				assert.Empty(t, into)
				return
			}
			assert.Equal(t, []string{"g-1"}, slices.Collect(maps.Keys(into)))
			assert.Equal(t, c.open, into["g-1"].open)
			if c.left != "" {
				assert.True(t, decimal.RequireFromString(c.left).Equal(into["g-1"].left["1"]))
			} else {
				assert.Nil(t, into["g-1"].left)
			}
		})
	}
}
