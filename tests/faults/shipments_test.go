package faults

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// shipping imports shipments instead of orders.
func shipping(t *testing.T) *house {
	h := newHouse(t, 0)
	h.edit("connections.yaml", "    general:\n", "    shipment_import: {enabled: true}\n    general:\n      import_orders: false\n")
	// One call at a time: all orders come as far as one does, and no further.
	h.edit("connections.yaml", "      warehouse: MAIN\n", "      warehouse: MAIN\n      max_in_flight: 1\n")
	raw, err := os.ReadFile("../../pipelines/shipment_import.yaml")
	require.NoError(t, err)
	h.write("pipelines/shipment_import.yaml", string(raw))
	return h
}

// shipment is one of an order of three lines; two of them are on it.
func (h *house) shipment(order string) string {
	h.Unleashed.AddOrder(unleashedsim.OrderSpec{
		Number: order, Status: unleashedsim.Placed, Customer: "HARBOUR01",
		Delivery: unleashedsim.Delivered{Name: "Harbour Cafe", Street: "4 Quay Row", City: "Whitby", Country: "United Kingdom", PostCode: "YO22 4DD"},
		Lines:    []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "5", Price: "10"}, {SKU: "MUG-RED", Quantity: "4", Price: "8"}, {SKU: "PLATE-26", Quantity: "2", Price: "15"}},
	})
	return h.Unleashed.AddShipment(unleashedsim.ShipmentSpec{
		Order: order, Status: unleashedsim.Placed, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}, {Line: 2, Quantity: "3"}},
	}).ShipmentNumber
}

// inTheWarehouse checks that each shipment is one order, of its items.
func (h *house) inTheWarehouse(shipments []string) {
	for _, number := range shipments {
		made := h.Mintsoft.OrdersByNumber(number)
		require.Len(h.t, made, 1, number)
		var stand []string
		for _, it := range made[0].OrderItems {
			stand = append(stand, fmt.Sprintf("%d x %s", it.Quantity, it.SKU))
		}
		assert.Equal(h.t, "2 x MUG-BLUE + 3 x MUG-RED", strings.Join(stand, " + "), number)
	}
	assert.Len(h.t, h.Mintsoft.Orders(), len(shipments))
	assert.Empty(h.t, h.deadLetters())
}

// TestKillDuringAShipmentImport kills the process while shipments become orders.
func TestKillDuringAShipmentImport(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("the request is lost ", lost), func(t *testing.T) {
			t.Parallel()
			h := shipping(t)
			var shipments []string
			for i := range 6 {
				shipments = append(shipments, h.shipment(fmt.Sprintf("SO-KILL-%d", i)))
			}
			for _, b := range at("mintsoft", "PUT", "/api/Order", lost, 1, 2, 1) {
				require.True(t, h.strike(b), "the moment never came: %+v", b)
			}
			h.must(0, "sync", "--once")
			h.inTheWarehouse(shipments)

			h.Mintsoft.Journal.Reset()
			h.must(0, "sync", "--once")
			assert.Empty(t, h.Mintsoft.Journal.Writes(), "nothing is left to do")
			assert.Empty(t, h.Mintsoft.Violations())
		})
	}
}
