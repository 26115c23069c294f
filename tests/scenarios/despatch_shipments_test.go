package scenarios

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// shipping is a world in which shipments are imported and can leave. SO-1 orders
// five, four and two.
func shipping(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World)) {
	t.Helper()
	with := map[string]any{"general.import_orders": false, "shipment_import.enabled": true}
	for key, value := range settings {
		with[key] = value
	}
	world.Bubble(t, world.Options{Seed: small, Settings: with}, func(t *testing.T, w *world.World) {
		w.Once(t, "main_shipment_import", "main_order_despatch")
		three(w, "SO-1")
		test(t, w)
	})
}

// shippable adds a shipment of SO-1, imports it and answers its number, and its id in
// Mintsoft.
func shippable(t *testing.T, w *world.World, quantities map[int]string) (number string, id int) {
	t.Helper()
	number = ship(w, "SO-1", parts(quantities)...)
	w.Once(t, "main_shipment_import")
	made, exists := w.Mintsoft.OrderByNumber(number)
	require.True(t, exists, number)
	return number, made.ID
}

func TestShipmentIsDispatchedByItsOrder(t *testing.T) {
	t.Parallel()
	shipping(t, map[string]any{"general.orders_prefix": ""}, func(t *testing.T, w *world.World) {
		_, a := shippable(t, w, map[int]string{1: "2", 2: "4"})
		_, b := shippable(t, w, map[int]string{1: "3", 3: "2"})
		w.Mintsoft.Despatch(b, "TRK-B")
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 3 x MUG-BLUE + 2 x PLATE-26 TRK-B", "Placed: 2 x MUG-BLUE + 4 x MUG-RED")
		assert.Contains(t, fmt.Sprint(w.Events(t, fmt.Sprint(b))), "5 of 11 shipped")
		w.Mintsoft.Despatch(a, "TRK-A")
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE + 4 x MUG-RED TRK-A", "Dispatched: 3 x MUG-BLUE + 2 x PLATE-26 TRK-B")
		assert.Empty(t, w.DeadLetters(t))
	})
}

// The parts of one shipment never take another one that is open, however well it
// would fit: it is another order's in Mintsoft.
func TestShipmentThatMintsoftSplits(t *testing.T) {
	t.Parallel()
	for name, knobs := range map[string]func(*mintsoftsim.Knobs){
		"parts as assumed":          func(*mintsoftsim.Knobs) {},
		"parts without a reference": func(k *mintsoftsim.Knobs) { k.PartsCopyReference = false },
		"parts without name-values": func(k *mintsoftsim.Knobs) { k.PartsLoseNameValues = true },
	} {
		for _, lose := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, ledger lost %v", name, lose), func(t *testing.T) {
				t.Parallel()
				shipping(t, nil, func(t *testing.T, w *world.World) {
					w.Mintsoft.Turn(knobs)
					_, id := shippable(t, w, map[int]string{1: "3", 2: "4"})
					_, other := shippable(t, w, map[int]string{1: "2", 3: "2"})
					part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})
					if lose {
						w.LoseLedger(t)
						w.Once(t, "main_order_despatch")
					}
					w.Mintsoft.Despatch(part, "TRK-2")
					w.Mintsoft.Despatch(id, "TRK-1")
					row := despatch(t, w).Of("order_despatch")
					assert.True(t, row.Clean(), "%+v", row)
					assert.Empty(t, w.DeadLetters(t))
					requireUpstream(t, w, "SO-1", "Placed",
						"Dispatched: 1 x MUG-BLUE + 4 x MUG-RED TRK-1", "Dispatched: 2 x MUG-BLUE TRK-2", "Placed: 2 x MUG-BLUE + 2 x PLATE-26")
					w.Mintsoft.Despatch(other, "TRK-3")
					despatch(t, w)
					requireUpstream(t, w, "SO-1", "Completed",
						"Dispatched: 1 x MUG-BLUE + 4 x MUG-RED TRK-1", "Dispatched: 2 x MUG-BLUE + 2 x PLATE-26 TRK-3", "Dispatched: 2 x MUG-BLUE TRK-2")
				})
			})
		}
	}
}

// The first part that leaves takes the lines of the others off the shipment.
func TestShipmentThatIsSplitLineByLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines    []unleashedsim.LineSpec
		expected []string
	}{
		"one SKU on two lines": {
			[]unleashedsim.LineSpec{line("MUG-BLUE", "2"), line("MUG-BLUE", "2"), line("PLATE-26", "1")},
			[]string{"Completed", "Dispatched: 1 x PLATE-26 TRK-1", "Dispatched: 2 x MUG-BLUE + 2 x MUG-BLUE TRK-2"},
		},
		"a bundle that shows as its parts": {
			[]unleashedsim.LineSpec{line("GIFTSET", "1"), line("PLATE-26", "1")},
			[]string{"Completed", "Dispatched: 1 x GIFTSET TRK-2", "Dispatched: 1 x PLATE-26 TRK-1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shipping(t, nil, func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundleLines = mintsoftsim.BundleComponents })
				w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "GIFTSET", Name: "GIFTSET"}, map[string]int{"MUG-BLUE": 2, "BOX-S": 1})
				addOrder(w, "SO-2", func(o *unleashedsim.OrderSpec) { o.Lines = c.lines })
				number := ship(w, "SO-2")
				<-time.After(time.Minute)
				w.Once(t, "main_shipment_import")
				made, exists := w.Mintsoft.OrderByNumber(number)
				require.True(t, exists, number)
				part := w.Mintsoft.Split(made.ID, map[string]int{"PLATE-26": 1})
				for i, id := range []int{part, made.ID} {
					w.Mintsoft.Despatch(id, fmt.Sprint("TRK-", i+1))
					row := despatch(t, w).Of("order_despatch")
					assert.True(t, row.Clean(), "%+v", row)
				}
				requireUpstream(t, w, "SO-2", c.expected...)
				w.Forget()
				w.Mintsoft.EditOrder(made.ID, func(o *mintsoftsim.Order) { o.Comments = nil })
				despatch(t, w)
				assert.Empty(t, w.Writes("unleashed"))
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

func TestShipmentsOfOneOrderThatAreMerged(t *testing.T) {
	t.Parallel()
	for _, lose := range []bool{false, true} {
		t.Run(fmt.Sprintf("ledger lost %v", lose), func(t *testing.T) {
			t.Parallel()
			shipping(t, nil, func(t *testing.T, w *world.World) {
				_, a := shippable(t, w, map[int]string{1: "2", 2: "4"})
				_, b := shippable(t, w, map[int]string{1: "3", 3: "2"})
				w.Mintsoft.Merge(a, b)
				if lose {
					w.LoseLedger(t)
					w.Once(t, "main_order_despatch")
				}
				w.Mintsoft.Despatch(a, "TRK-1")
				_, planned := w.DryRun(t, "main_order_despatch")
				var steps []string
				for _, write := range planned {
					steps = append(steps, write.Operation)
				}
				assert.Equal(t, []string{"sales_shipment.dispatch", "sales_shipment.dispatch", "sales_order.complete"}, steps)

				row := despatch(t, w).Of("order_despatch")
				assert.True(t, row.Clean(), "%+v", row)
				requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE + 4 x MUG-RED TRK-1", "Dispatched: 3 x MUG-BLUE + 2 x PLATE-26 TRK-1")
				w.Forget()
				w.Mintsoft.EditOrder(a, func(o *mintsoftsim.Order) { o.Comments = nil })
				despatch(t, w)
				assert.Empty(t, w.Writes("unleashed"))
			})
		})
	}
}

func TestMergedShipmentsOfWhichOneIsRefused(t *testing.T) {
	t.Parallel()
	shipping(t, nil, func(t *testing.T, w *world.World) {
		first, a := shippable(t, w, map[int]string{1: "2", 2: "4"})
		_, b := shippable(t, w, map[int]string{1: "3", 3: "2"})
		w.Mintsoft.Merge(a, b)
		w.Unleashed.EditShipment(first, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[1].ShipmentQty.Set("1") })
		w.Mintsoft.Despatch(a, "TRK-1")
		for range 2 {
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 3 x MUG-BLUE + 2 x PLATE-26 TRK-1", "Placed: 2 x MUG-BLUE + 1 x MUG-RED")
			require.Len(t, w.DeadLetters(t), 1)
			assert.Contains(t, w.DeadLetters(t)[0].Reason, "open in Unleashed is shipment "+first+", and")
			w.Mintsoft.EditOrder(a, func(o *mintsoftsim.Order) { o.Comments = nil })
		}
		w.Unleashed.EditShipment(first, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[1].ShipmentQty.Set("4") })
		w.Replay(t)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE + 4 x MUG-RED TRK-1", "Dispatched: 3 x MUG-BLUE + 2 x PLATE-26 TRK-1")
		assert.Empty(t, w.DeadLetters(t))
	})
}

func TestShipmentThatSomebodyWasFasterWith(t *testing.T) {
	t.Parallel()
	all := map[int]string{1: "3", 2: "4"}
	for name, c := range map[string]struct {
		do       func(w *world.World, number string)
		expected []string
		words    []string
	}{
		"dispatched by hand": {
			do: func(w *world.World, number string) {
				w.Unleashed.SetShipmentStatus(number, unleashedsim.Dispatched)
			},
			expected: []string{"Placed", "Dispatched: 3 x MUG-BLUE + 4 x MUG-RED"},
		},
		"dispatched by hand, less of it": {
			do: func(w *world.World, number string) {
				w.Unleashed.EditShipment(number, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[1].ShipmentQty.Set("1") })
				w.Unleashed.SetShipmentStatus(number, unleashedsim.Dispatched)
			},
			expected: []string{"Placed", "Dispatched: 3 x MUG-BLUE + 1 x MUG-RED"},
		},
		"the order was completed": {
			do:       func(w *world.World, _ string) { w.Unleashed.CompleteOrder("SO-1") },
			expected: []string{"Completed", "Dispatched: 2 x MUG-BLUE + 2 x PLATE-26", "Dispatched: 3 x MUG-BLUE + 4 x MUG-RED"},
		},
		"deleted": {
			do:       func(w *world.World, number string) { w.Unleashed.SetShipmentStatus(number, unleashedsim.Deleted) },
			expected: []string{"Placed", "Deleted: 3 x MUG-BLUE + 4 x MUG-RED", "Dispatched: 3 x MUG-BLUE + 4 x MUG-RED TRK-1"},
		},
		"it holds less now": {
			do: func(w *world.World, number string) {
				w.Unleashed.EditShipment(number, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines[1].ShipmentQty.Set("1") })
			},
			expected: []string{"Placed", "Placed: 3 x MUG-BLUE + 1 x MUG-RED"},
			words:    []string{"open in Unleashed is shipment SS-", "and not just what left", "make one hold it"},
		},
		"deleted, and another one has taken its place": {
			do: func(w *world.World, number string) {
				w.Unleashed.SetShipmentStatus(number, unleashedsim.Deleted)
				w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1"})
			},
			expected: []string{"Placed", "Deleted: 3 x MUG-BLUE + 4 x MUG-RED", "Parked: 5 x MUG-BLUE + 4 x MUG-RED + 2 x PLATE-26"},
			words:    []string{"open in Unleashed is shipment SS-"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shipping(t, nil, func(t *testing.T, w *world.World) {
				number, id := shippable(t, w, all)
				w.Mintsoft.Despatch(id, "TRK-1")
				c.do(w, number)
				despatch(t, w)
				requireUpstream(t, w, "SO-1", c.expected...)
				if c.words == nil {
					assert.Empty(t, w.DeadLetters(t))
					return
				}
				for _, word := range c.words {
					assert.Contains(t, letterOf(t, w, number).Reason, word)
				}
			})
		})
	}
}

// Two shipments that look the same and go in one parcel are two orders in Mintsoft.
func TestShipmentByHandIsNotTheOtherOne(t *testing.T) {
	t.Parallel()
	shipping(t, nil, func(t *testing.T, w *world.World) {
		a, first := shippable(t, w, map[int]string{1: "2"})
		_, second := shippable(t, w, map[int]string{1: "2"})
		w.Unleashed.EditShipment(a, func(s *unleashedsim.SalesShipment) { s.TrackingNumber = "TRK-1" })
		w.Unleashed.SetShipmentStatus(a, unleashedsim.Dispatched)
		for _, id := range []int{second, first} {
			w.Mintsoft.Despatch(id, "TRK-1")
			despatch(t, w)
			requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 2 x MUG-BLUE TRK-1", "Dispatched: 2 x MUG-BLUE TRK-1")
		}
		assert.Empty(t, w.DeadLetters(t))
	})
}

// Where the goods went by hand and in parts, nobody but a person can tell which
// part that was.
func TestSplitShipmentThatWasDispatchedByHand(t *testing.T) {
	t.Parallel()
	shipping(t, nil, func(t *testing.T, w *world.World) {
		number, id := shippable(t, w, map[int]string{1: "3", 2: "4"})
		part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 2})
		w.Unleashed.EditShipment(number, func(s *unleashedsim.SalesShipment) { s.SalesShipmentLines = s.SalesShipmentLines[:1] })
		w.Unleashed.SetShipmentStatus(number, unleashedsim.Dispatched)
		w.Mintsoft.Despatch(part, "TRK-2")
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 3 x MUG-BLUE")
		assert.Contains(t, letterOf(t, w, number).Reason, "was dispatched by hand, and the order left in 2 parts")
	})
}

// TestAPartThatIsLeavingIsWaitedFor: the open shipment is made to hold one part, line by
// line, while another part is judged.
func TestAPartThatIsLeavingIsWaitedFor(t *testing.T) {
	t.Parallel()
	shipping(t, nil, func(t *testing.T, w *world.World) {
		_, id := shippable(t, w, map[int]string{1: "3", 2: "1", 3: "1"})
		part := w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1, "MUG-RED": 1})
		w.Unleashed.Server.Faults.Add(twin.Fault{Method: "PUT", Path: "/SalesShipments/*", Delay: 3 * time.Second, Times: 1})
		w.Unleashed.Server.Faults.Add(twin.Fault{Method: "GET", Path: "/SalesOrders/*", Skip: 1, Delay: time.Second, Times: 1})
		w.Mintsoft.Despatch(part, "TRK-1")
		w.Mintsoft.Despatch(id, "TRK-2")
		despatch(t, w)
		<-time.After(10 * time.Minute)
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 1 x MUG-BLUE + 1 x MUG-RED TRK-1", "Dispatched: 2 x MUG-BLUE + 1 x PLATE-26 TRK-2")
		assert.Empty(t, w.DeadLetters(t))
	})
}
