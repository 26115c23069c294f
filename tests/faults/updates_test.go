package faults

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// TestKillDuringAnUpdate kills the process while lines that the warehouse raised and
// added go to Unleashed.
func TestKillDuringAnUpdate(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("the request is lost ", lost), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 0)
			h.edit("connections.yaml", "    general:\n", "    general:\n      in_flight_order_update: true\n")
			h.edit("connections.yaml", "max_in_flight: 4", "max_in_flight: 1") // so that there is a second one to strike at after the first
			raw, err := os.ReadFile("../../pipelines/order_update.yaml")
			require.NoError(t, err)
			h.write("pipelines/order_update.yaml", string(raw))
			var numbers []string
			for i := range 4 {
				numbers = append(numbers, fmt.Sprintf("SO-EDIT-%d", i))
				h.Unleashed.AddOrder(unleashedsim.OrderSpec{
					Number: numbers[i], Status: unleashedsim.Placed, Customer: "HARBOUR01",
					Delivery: unleashedsim.Delivered{Name: "Harbour Cafe", Street: "4 Quay Row", City: "Whitby", Country: "United Kingdom", PostCode: "YO22 4DD"},
					Lines:    []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "2", Price: "10"}},
				})
			}
			h.must(0, "sync", "--once")
			for _, number := range numbers {
				made := h.Mintsoft.OrdersByNumber(number)
				require.Len(t, made, 1, number)
				h.Mintsoft.EditItems(made[0].ID, map[string]int{"MUG-BLUE": 5, "BOWL-S": 1})
			}
			for _, b := range at("unleashed", "PUT", "/SalesOrders/*", lost, 1, 2) {
				require.True(t, h.strike(b), "the moment never came: %+v", b)
			}
			h.must(0, "sync", "--once")
			for _, number := range numbers {
				o, _ := h.Unleashed.OrderByNumber(number)
				require.Len(t, o.SalesOrderLines, 2, number)
				assert.Equal(t, "5", o.SalesOrderLines[0].OrderQuantity.Decimal.String(), number)
				assert.Equal(t, "1", o.SalesOrderLines[1].OrderQuantity.Decimal.String(), number)
				assert.Len(t, h.Mintsoft.OrdersByNumber(number), 1, number)
			}
			assert.Empty(t, h.deadLetters())

			h.Unleashed.Journal.Reset()
			h.Mintsoft.Journal.Reset()
			h.must(0, "sync", "--once")
			assert.Empty(t, h.Unleashed.Journal.Writes(), "nothing is left to do")
			assert.Empty(t, h.Mintsoft.Journal.Writes(), "our own write is no change")
		})
	}
}
