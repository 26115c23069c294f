package scenarios

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// inLots is a world with a product in batches, which Mintsoft has too, and one
// with serial numbers.
func inLots(t *testing.T, on bool, test func(t *testing.T, w *world.World)) {
	t.Helper()
	despatching(t, map[string]any{"general.enable_serial_batch_tracking": on}, func(t *testing.T, w *world.World) {
		for _, batch := range []string{"A2409", "A2411"} {
			stock(w, "TEA-ASSAM", mintsoftsim.Lot{BatchNo: batch}, 20)
		}
		w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "SCALE", ProductDescription: "Scale", IsSerialized: true, IsSellable: true})
		w.Unleashed.SetSerials("SCALE", "MAIN", "12", "SN-1", "SN-2", "SN-3")
		for _, serial := range []string{"SN-1", "SN-2", "SN-3"} {
			stock(w, "SCALE", mintsoftsim.Lot{SerialNo: serial}, 1)
		}
		test(t, w)
	})
}

func TestBatchesAndSerialNumbersThatLeft(t *testing.T) {
	t.Parallel()
	tea, scales := line("TEA-ASSAM", "5"), line("SCALE", "2")
	batch := func(number string, quantity int) mintsoftsim.Scan {
		return mintsoftsim.Scan{SKU: "TEA-ASSAM", Quantity: quantity, Lot: mintsoftsim.Lot{BatchNo: number}}
	}
	serial := func(number string) mintsoftsim.Scan {
		return mintsoftsim.Scan{SKU: "SCALE", Quantity: 1, Lot: mintsoftsim.Lot{SerialNo: number}}
	}
	for name, c := range map[string]struct {
		lines    []unleashedsim.LineSpec
		pick     func(w *world.World, id int)
		expected []string
		words    []string
	}{
		"scanned as reserved": {
			lines:    []unleashedsim.LineSpec{tea, scales, line("MUG-BLUE", "1")},
			pick:     func(w *world.World, id int) { w.Mintsoft.ScanAll(id) },
			expected: []string{"Completed", "Dispatched: 5 x TEA-ASSAM [5 x A2409] + 2 x SCALE [SN-1] [SN-2] + 1 x MUG-BLUE TRK-1"},
		},
		"scanned otherwise": {
			lines: []unleashedsim.LineSpec{tea, scales},
			pick: func(w *world.World, id int) {
				w.Mintsoft.Pick(id, batch("A2411", 3), batch("A2409", 2), serial("SN-3"), serial("SN-2"))
			},
			expected: []string{"Completed", "Dispatched: 5 x TEA-ASSAM [3 x A2411] [2 x A2409] + 2 x SCALE [SN-3] [SN-2] TRK-1"},
		},
		"a batch scanned in several boxes": {
			lines:    []unleashedsim.LineSpec{tea},
			pick:     func(w *world.World, id int) { w.Mintsoft.Pick(id, batch("A2409", 2), batch("A2409", 3)) },
			expected: []string{"Completed", "Dispatched: 5 x TEA-ASSAM [5 x A2409] TRK-1"},
		},
		"reserved only": {
			lines:    []unleashedsim.LineSpec{tea, scales},
			pick:     func(w *world.World, id int) { w.Mintsoft.Pick(id) },
			expected: []string{"Completed", "Dispatched: 5 x TEA-ASSAM [5 x A2409] + 2 x SCALE [SN-1] [SN-2] TRK-1"},
		},
		"fewer scanned than left": {
			lines:    []unleashedsim.LineSpec{tea},
			pick:     func(w *world.World, id int) { w.Mintsoft.Pick(id, batch("A2409", 4)) },
			expected: []string{"Placed"},
			words:    []string{"order SO-1, SKU TEA-ASSAM: 5 left", "knows the batches of these: 4 x A2409", "correct the scans"},
		},
		"a serial number scanned twice": {
			lines:    []unleashedsim.LineSpec{scales},
			pick:     func(w *world.World, id int) { w.Mintsoft.Pick(id, serial("SN-1"), serial("SN-1")) },
			expected: []string{"Placed"},
			words:    []string{"order SO-1, SKU SCALE: 2 left", "knows the serial numbers of these: SN-1;"},
		},
		"a batch that Unleashed does not know": {
			lines: []unleashedsim.LineSpec{tea},
			pick: func(w *world.World, id int) {
				stock(w, "TEA-ASSAM", mintsoftsim.Lot{BatchNo: "B-NEW"}, 9)
				w.Mintsoft.Pick(id, batch("B-NEW", 5))
			},
			expected: []string{"Placed"},
			words:    []string{"sales order SO-1 with B-NEW", "make them known in Unleashed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inLots(t, true, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1", c.lines...)
				c.pick(w, id)
				w.Mintsoft.Despatch(id, "TRK-1")
				despatch(t, w)
				requireUpstream(t, w, "SO-1", c.expected...)
				if c.words == nil {
					assert.Empty(t, w.DeadLetters(t))
					return
				}
				for _, word := range c.words {
					assert.Contains(t, letterOf(t, w, "SO-1").Reason, word)
				}
			})
		})
	}
}

func TestTrackedProductWhileTrackingIsOff(t *testing.T) {
	t.Parallel()
	inLots(t, false, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1", line("TEA-ASSAM", "5"))
		w.Mintsoft.ScanAll(id)
		w.Mintsoft.Despatch(id, "TRK-1")
		w.Forget()
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Placed")
		letter := letterOf(t, w, "SO-1")
		assert.Equal(t, "rejected", letter.Class)
		for _, word := range []string{"TEA-ASSAM", "sales order SO-1", "general.enable_serial_batch_tracking"} {
			assert.Contains(t, letter.Reason, word)
		}
		assert.Zero(t, w.Mintsoft.Journal.Count("GET", fmt.Sprintf("/api/Order/%d/BarcodeVerifiedOrderItems", id)), "nobody asked for the batches")

		w.Set("general.enable_serial_batch_tracking", true)
		w.Replay(t)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 5 x TEA-ASSAM [5 x A2409] TRK-1")
	})
}

// What a person put on the shipment stays there while tracking is off.
func TestBatchesOfTheShipmentStay(t *testing.T) {
	t.Parallel()
	inLots(t, false, func(t *testing.T, w *world.World) {
		id := pickable(t, w, "SO-1", line("TEA-ASSAM", "5"))
		w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Lines: []unleashedsim.ShipmentLineSpec{
			{Line: 1, Quantity: "3", Batches: map[string]string{"A2411": "3"}}, {Line: 1, Quantity: "2", Batches: map[string]string{"A2409": "2"}},
		}})
		w.Mintsoft.Despatch(id, "TRK-1")
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 3 x TEA-ASSAM [3 x A2411] + 2 x TEA-ASSAM [2 x A2409] TRK-1")
	})
}
