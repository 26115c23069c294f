package faults

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// leaving are orders of the seed that go to the warehouse and leave it; those of
// several lines in two parts, each second from a shipment that was open, of all of
// it.
var leaving = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18, 19, 21, 22, 23, 24}

// allLeft imports the orders and sends them.
func allLeft(t *testing.T) *house {
	h := newHouse(t, leaving[len(leaving)-1])
	raw, err := os.ReadFile("../../pipelines/order_despatch.yaml")
	require.NoError(t, err)
	h.write("pipelines/order_despatch.yaml", string(raw))
	finished := h.run("sync", "--once")
	require.Contains(t, []int{0, 1}, finished.code(), "%s", finished)
	for _, i := range leaving {
		number := orderNumber(i)
		made := h.Mintsoft.OrdersByNumber(number)
		require.Len(t, made, 1, number)
		h.supply(number)
		if i%2 == 0 {
			h.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: number, Status: unleashedsim.Placed})
		}
		if items := made[0].OrderItems; len(items) > 1 {
			h.Mintsoft.Despatch(h.Mintsoft.Split(made[0].ID, map[string]int{items[0].SKU: items[0].Quantity}), "TRK-B-"+number)
		}
		h.Mintsoft.Despatch(made[0].ID, "TRK-A-"+number)
	}
	return h
}

// supply puts into the warehouse what an order waits for.
func (h *house) supply(number string) {
	for _, o := range h.Mintsoft.OrdersByNumber(number) {
		for _, it := range o.OrderItems {
			h.Mintsoft.AdjustStock(it.SKU, o.WarehouseID, 50)
		}
	}
}

// everythingPostedOnce checks that all that left is dispatched in Unleashed, once,
// and that each order is completed and invoiced once.
func (h *house) everythingPostedOnce() {
	for _, i := range leaving {
		number := orderNumber(i)
		o, known := h.Unleashed.OrderByNumber(number)
		require.True(h.t, known, number)
		assert.Equal(h.t, unleashedsim.Completed, o.OrderStatus, number)
		left, parts := map[int]decimal.Decimal{}, 0
		for _, s := range h.Unleashed.ShipmentsOf(number) {
			if s.ShipmentStatus != unleashedsim.Dispatched {
				continue
			}
			if s.TrackingNumber != "" { // the completion ships what has no stock
				parts++
			}
			for _, l := range s.SalesShipmentLines {
				left[l.SalesOrderLineNumber] = left[l.SalesOrderLineNumber].Add(l.ShipmentQty.Decimal)
			}
		}
		for line, quantity := range left {
			j := slices.IndexFunc(o.SalesOrderLines, func(l unleashedsim.SalesOrderLine) bool { return l.LineNumber == line })
			assert.True(h.t, quantity.Equal(o.SalesOrderLines[j].OrderQuantity.Decimal), "%s line %d: %s left", number, line, quantity)
		}
		assert.Len(h.t, h.Mintsoft.OrdersByNumber(number), parts, number)
		invoices := 0
		for _, invoice := range h.Unleashed.Invoices() {
			if invoice.OrderNumber == number {
				invoices++
			}
		}
		assert.Equal(h.t, 1, invoices, number)
	}
	assert.Empty(h.t, h.deadLetters())
}

func TestKillDuringADespatch(t *testing.T) {
	t.Parallel()
	writes := []blow{
		{method: "DELETE", path: "/SalesShipments/Lines/*", nth: 1}, {method: "PUT", path: "/SalesShipments/*", nth: 1},
		{method: "POST", path: "/SalesOrders/*/Complete", nth: 1}, {method: "POST", path: "/SalesShipments", nth: 1},
		{method: "POST", path: "/SalesOrders/*/Complete", nth: 1}, {method: "POST", path: "/SalesShipments", nth: 2},
	}
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("the request is lost ", lost), func(t *testing.T) {
			t.Parallel()
			h := allLeft(t)
			struck := 0
			for _, b := range writes {
				b.service, b.lost = "unleashed", lost
				if h.strike(b) {
					struck++
				}
			}
			assert.GreaterOrEqual(t, struck, 4, "the moments did not come")
			finished := h.run("sync", "--once")
			assert.Equal(t, 0, finished.code(), "%s", finished)
			h.everythingPostedOnce()

			h.Unleashed.Journal.Reset()
			h.must(0, "sync", "--once")
			assert.Empty(t, h.Unleashed.Journal.Writes(), "nothing is left to do")
		})
	}
}
