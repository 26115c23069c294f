package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

func TestOrdersThatWereMerged(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]bool{"known by links": false, "with an empty ledger": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			despatching(t, map[string]any{"general.orders_prefix": ""}, func(t *testing.T, w *world.World) {
				a := pickable(t, w, "SO-1")
				b := pickable(t, w, "SO-2", line("MUG-BLUE", "1"), line("MUG-RED", "2"))
				w.Mintsoft.Merge(a, b)
				if lose {
					w.LoseLedger(t)
					w.Once(t, "main_order_despatch")
				}
				w.Mintsoft.Despatch(a, "TRK-1")
				row := despatch(t, w).Of("order_despatch")
				assert.True(t, row.Clean(), "%+v", row)
				requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
				requireUpstream(t, w, "SO-2", "Completed", "Dispatched: 1 x MUG-BLUE + 2 x MUG-RED TRK-1")
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

// mergedOf is an order of two sales orders that has left, of which one can be posted
// and the other is as break left it.
func mergedOf(t *testing.T, w *world.World, spoil func()) int {
	t.Helper()
	a := pickable(t, w, "SO-1")
	w.Mintsoft.Merge(a, pickable(t, w, "SO-2", line("MUG-BLUE", "1"), line("MUG-RED", "2")))
	spoil()
	w.Mintsoft.Despatch(a, "TRK-1")
	return a
}

func TestMergedOrderOfWhichOneIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil, mend func(w *world.World)
		refused     string
		words       []string
		expected    []string // of the refused one, after the mend
	}{
		"the first, by a mapping": {
			spoil:   func(w *world.World) { w.Unleashed.EditOrder("SO-1", edit(0, "1")) },
			mend:    func(w *world.World) { w.Unleashed.EditOrder("SO-1", edit(0, "2")) },
			refused: "SO-1", words: []string{"SO-1, SKU MUG-BLUE: 2 left"},
			expected: []string{"Completed", "Dispatched: 2 x MUG-BLUE TRK-1"},
		},
		"the second, by a mapping": {
			spoil:   func(w *world.World) { w.Unleashed.EditOrder("SO-2", edit(1, "1")) },
			mend:    func(w *world.World) { w.Unleashed.EditOrder("SO-2", edit(1, "2")) },
			refused: "SO-2", words: []string{"SO-2, SKU MUG-RED: 2 left"},
			expected: []string{"Completed", "Dispatched: 1 x MUG-BLUE + 2 x MUG-RED TRK-1"},
		},
		"the second, by Unleashed": {
			spoil: func(w *world.World) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ShortSalesRefused = true })
				w.Unleashed.SetStock("MUG-RED", "MAIN", "1", "4")
			},
			mend:    func(w *world.World) { w.Unleashed.SetStock("MUG-RED", "MAIN", "9", "4") },
			refused: "SO-2", words: []string{"sales order SO-2", "MUG-RED"},
			expected: []string{"Completed", "Dispatched: 1 x MUG-BLUE + 2 x MUG-RED TRK-1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := mergedOf(t, w, func() { c.spoil(w) })
				fine := map[string][]string{
					"SO-1": {"Completed", "Dispatched: 2 x MUG-BLUE TRK-1"}, "SO-2": {"Completed", "Dispatched: 1 x MUG-BLUE + 2 x MUG-RED TRK-1"},
				}
				delete(fine, c.refused)
				check := func() ledger.DeadLetter {
					for number, expected := range fine {
						requireUpstream(t, w, number, expected...)
					}
					requireUpstream(t, w, c.refused, "Placed")
					letter := letterOf(t, w, "SO-1+SO-2")
					for _, word := range c.words {
						assert.Contains(t, letter.Reason, word)
					}
					return letter
				}
				despatch(t, w)
				letter := check()
				// What reads the order again, and finds the other one posted, closes nothing.
				w.Mintsoft.EditOrder(id, func(o *mintsoftsim.Order) { o.Comments = nil })
				despatch(t, w)
				again := check()
				assert.Equal(t, letter.ID, again.ID)
				w.Replay(t)
				check()

				c.mend(w)
				w.Replay(t)
				requireUpstream(t, w, c.refused, c.expected...)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

// edit changes the ordered quantity of a line.
func edit(at int, quantity string) func(*unleashedsim.SalesOrder) {
	return func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[at].OrderQuantity.Set(quantity) }
}

func TestMergedOrderOfWhichBothAreRefused(t *testing.T) {
	t.Parallel()
	despatching(t, nil, func(t *testing.T, w *world.World) {
		mergedOf(t, w, func() {
			w.Unleashed.EditOrder("SO-1", edit(0, "1"))
			w.Unleashed.EditOrder("SO-2", edit(1, "1"))
		})
		despatch(t, w)
		assert.Len(t, w.DeadLetters(t), 2, "each has its own")
		w.Unleashed.EditOrder("SO-1", edit(0, "2"))
		w.Replay(t)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
		assert.Contains(t, letterOf(t, w, "SO-1+SO-2").Reason, "SO-2, SKU MUG-RED")
	})
}

// An order that was absorbed is looked for by its number, which says nothing any more
// with another prefix.
func TestMergedOrderOfWhichOneIsForgotten(t *testing.T) {
	t.Parallel()
	despatching(t, map[string]any{"general.orders_prefix": "UNL-"}, func(t *testing.T, w *world.World) {
		addOrder(w, "SO-1", nil)
		addOrder(w, "SO-2", nil)
		w.Once(t, "main_order_import")
		a, _ := w.Mintsoft.OrderByNumber("UNL-SO-1")
		b, _ := w.Mintsoft.OrderByNumber("UNL-SO-2")
		w.Mintsoft.Merge(a.ID, b.ID)
		w.LoseLedger(t)
		w.Set("general.orders_prefix", "NEW-")
		w.Once(t, "main_order_despatch")
		w.Mintsoft.Despatch(a.ID, "TRK-1")
		despatch(t, w)
		requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
		requireUpstream(t, w, "SO-2", "Placed")
		assert.Contains(t, letterOf(t, w, "UNL-SO-1+UNL-SO-2").Reason, "SKU MUG-BLUE left and was sent for a line that none of its orders in Unleashed has")

		w.Set("general.orders_prefix", "UNL-")
		w.Replay(t)
		requireUpstream(t, w, "SO-2", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1")
		assert.Empty(t, w.DeadLetters(t))
	})
}

// A web shop's order that is merged with one of ours is nobody's business here,
// whatever its number.
func TestOrderThatIsMergedWithAForeignOne(t *testing.T) {
	t.Parallel()
	foreign := func(w *world.World, number, sku string) int {
		return w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Number: number, Reference: "shop " + number, Items: []mintsoftsim.ItemSpec{{SKU: sku, Quantity: 1}}}).ID
	}
	for name, c := range map[string]struct {
		merge    func(w *world.World, ours int) int
		expected []string
		words    []string
	}{
		"it is absorbed": {
			merge:    func(w *world.World, ours int) int { w.Mintsoft.Merge(ours, foreign(w, "WEB-1", "BOWL-S")); return ours },
			expected: []string{"Completed", "Dispatched: 2 x MUG-BLUE TRK-1"},
		},
		"it absorbs ours": {
			merge: func(w *world.World, ours int) int {
				id := foreign(w, "WEB-1", "BOWL-S")
				w.Mintsoft.Merge(id, ours)
				return id
			},
			expected: []string{"Completed", "Dispatched: 2 x MUG-BLUE TRK-1"},
		},
		"it has goods that ours has too": {
			merge: func(w *world.World, ours int) int {
				w.Mintsoft.Merge(ours, foreign(w, "WEB-1", "MUG-BLUE"))
				return ours
			},
			expected: []string{"Placed"},
			words:    []string{"SKU MUG-BLUE left and is no line of it in Unleashed, or of more than one that it was merged from"},
		},
		"it has the number of another sales order": {
			merge: func(w *world.World, ours int) int {
				addOrder(w, "SO-OTHER", func(o *unleashedsim.OrderSpec) { o.Lines = []unleashedsim.LineSpec{line("BOWL-S", "1")} })
				w.Mintsoft.Merge(ours, foreign(w, "SO-OTHER", "PLATE-26"))
				return ours
			},
			expected: []string{"Completed", "Dispatched: 2 x MUG-BLUE TRK-1"},
			words:    []string{"nothing but the number says that it is sales order SO-OTHER"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := c.merge(w, pickable(t, w, "SO-1"))
				w.Mintsoft.Despatch(id, "TRK-1")
				despatch(t, w)
				requireUpstream(t, w, "SO-1", c.expected...)
				letters := w.DeadLetters(t)
				require.Len(t, letters, min(len(c.words), 1), fmt.Sprint(letters))
				for _, word := range c.words {
					assert.Contains(t, letters[0].Reason, word)
				}
				if name == "it has the number of another sales order" {
					requireUpstream(t, w, "SO-OTHER", "Placed")
				}
			})
		})
	}
}

// As TestOneShipmentByHandIsOnePart, of two orders that were merged: a person posted what
// one of two parts holds of the first, and the parts need not hold the same of the second.
func TestOneShipmentByHandIsOnePartOfMergedOrders(t *testing.T) {
	t.Parallel()
	type turn struct{ alike, foreign, reversed, together, backdated, lost bool }
	var turns []turn
	for _, alike := range []bool{false, true} {
		for _, reversed := range []bool{false, true} {
			turns = append(turns, turn{alike: alike, reversed: reversed}, turn{alike: alike, reversed: reversed, together: true},
				turn{alike: alike, reversed: reversed, backdated: true}, turn{alike: alike, reversed: reversed, lost: true},
				turn{alike: alike, reversed: reversed, foreign: true}, turn{alike: alike, reversed: reversed, foreign: true, together: true},
				turn{alike: alike, reversed: reversed, foreign: true, lost: true})
		}
	}
	for _, c := range turns {
		t.Run(strings.Trim(fmt.Sprintf("%+v", c), "{}"), func(t *testing.T) {
			t.Parallel()
			despatching(t, nil, func(t *testing.T, w *world.World) {
				id := pickable(t, w, "SO-1", line("MUG-BLUE", "4"))
				if c.foreign {
					w.Mintsoft.Merge(id, w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Number: "WEB-1", Reference: "shop WEB-1", Items: []mintsoftsim.ItemSpec{{SKU: "MUG-RED", Quantity: 2}}}).ID)
				} else {
					w.Mintsoft.Merge(id, pickable(t, w, "SO-2", line("MUG-RED", "2")))
				}
				split, second := map[string]int{"MUG-BLUE": 2}, []string{"Completed", "Dispatched: 2 x MUG-RED TRK-1"}
				if c.alike {
					split["MUG-RED"], second = 1, []string{"Completed", "Dispatched: 1 x MUG-RED TRK-1", "Dispatched: 1 x MUG-RED TRK-1"}
				}
				left := []int{id, w.Mintsoft.Split(id, split)}
				if c.reversed {
					slices.Reverse(left)
				}
				w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Dispatched, Tracking: "TRK-1", Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})

				w.Mintsoft.Despatch(left[0], "TRK-1")
				if !c.together {
					despatch(t, w)
					requireUpstream(t, w, "SO-1", "Placed", "Dispatched: 2 x MUG-BLUE TRK-1")
				}
				if c.lost { // and what left before is not read again
					<-time.After(24 * time.Hour)
					w.LoseLedger(t)
					w.Once(t, "main_order_despatch")
				}
				<-time.After(time.Hour)
				w.Mintsoft.Despatch(left[1], "TRK-1")
				if c.together { // each is judged while the other one is
					w.Mintsoft.Server.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Order/*", Delay: time.Second, Times: 20})
				}
				if c.backdated {
					w.Mintsoft.EditOrder(left[1], func(o *mintsoftsim.Order) { o.DespatchDate = mintsoftsim.Date{} })
				}
				for range 3 {
					despatch(t, w)
					requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE TRK-1", "Dispatched: 2 x MUG-BLUE TRK-1")
					if !c.foreign {
						requireUpstream(t, w, "SO-2", second...)
					}
					for _, part := range left {
						w.Mintsoft.EditOrder(part, func(o *mintsoftsim.Order) { o.Comments = nil })
					}
				}
				if !c.lost { // then nothing says that a part without goods of the second was merged of it
					assert.Empty(t, w.DeadLetters(t))
				}
			})
		})
	}
}
