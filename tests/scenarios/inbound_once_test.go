package scenarios

import (
	"fmt"
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

// TestKilledAfterTheRequest takes the ledger as it is while the service acts: the
// intent is there, its outcome is not.
func TestKilledAfterTheRequest(t *testing.T) {
	t.Parallel()
	eachFlow(t, writesToService, func(t *testing.T, f flow) {
		world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
			f.settle(t, w)
			refs := f.several(t, w, 1, 2)
			var left map[string]string
			w.Twin(f.target).Faults.Before(f.create.method, f.create.path, 1, func() { left = w.LedgerFiles(t) })
			f.run(t, w)
			sent := f.created(w)
			require.NotEmpty(t, left)

			w.Killed(t, left)
			row := f.run(t, w).Of(f.pipeline)
			assert.True(t, row.Clean(), "%+v", row)
			f.requireDelivered(t, w, refs...)
			if !f.repeats {
				assert.LessOrEqual(t, f.created(w)-sent, 1, "only what the ledger knows nothing of is asked for again")
			}
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

// crowd adds ASNs of other people, so that the list has several pages.
func crowd(w *world.World, n int) {
	for i := range n {
		w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: fmt.Sprintf("BY-HAND-%03d", i), Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-RED", Quantity: 1}}})
	}
}

// TestAnOddQuantityOfAnASNStopsNoOther: the whole list is read before one is made.
func TestAnOddQuantityOfAnASNStopsNoOther(t *testing.T) {
	t.Parallel()
	for _, quantity := range []string{"3.0", "2.5", `"3"`, "null"} {
		t.Run(quantity, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
				w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/ASN/List", Status: 200, Body: fmt.Sprintf(
					`[{"ID":999,"ClientId":%d,"WarehouseId":%d,"POReference":"BY-HAND","ASNStatusId":2,"Items":[{"ID":1,"SKU":"MUG-RED","QuantityExpected":%s,"QuantityBooked":%[3]s}]}]`,
					demo(w), mainWarehouse(t, w), quantity)})
				ref := purchaseOrderImport.put(t, w, 1)
				purchaseOrderImport.run(t, w)
				purchaseOrderImport.requireDelivered(t, w, ref)
			})
		})
	}
}

func TestASNIsMadeOnce(t *testing.T) {
	t.Parallel()
	for name, turn := range map[string]func(*mintsoftsim.Knobs){
		"in a list that stands still":       func(*mintsoftsim.Knobs) {},
		"in a list that is never the same":  func(k *mintsoftsim.Knobs) { k.ASNListReshuffles = true },
		"in a list with an exclusive since": func(k *mintsoftsim.Knobs) { k.SinceExclusive = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(turn)
				crowd(w, 150)
				refs := purchaseOrderImport.several(t, w, 1, 25)
				purchaseOrderImport.run(t, w)
				require.Equal(t, 25, purchaseOrderImport.created(w))

				for range 3 {
					w.LoseLedger(t)
					<-time.After(time.Minute)
					row := purchaseOrderImport.run(t, w).Of("purchase_order_import")
					require.True(t, row.Clean(), "%+v", row)
				}
				assert.Equal(t, 25, purchaseOrderImport.created(w))
				purchaseOrderImport.requireDelivered(t, w, refs...)

				// Also when the answer is lost and the list has moved.
				w.Mintsoft.Faults.Add(closeAfter("PUT", "/api/ASN"))
				late := purchaseOrderImport.add(w, 99)
				purchaseOrderImport.run(t, w)
				purchaseOrderImport.requireDelivered(t, w, late)
				assert.Equal(t, 26, purchaseOrderImport.created(w))
			})
		})
	}
	t.Run("also when the service acts after we hung up", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := purchaseOrderImport.add(w, 1)
			o, exists := w.Unleashed.PurchaseByNumber(ref)
			require.True(t, exists)
			w.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/ASN", CloseBefore: true, Times: 1})
			acts := time.AfterFunc(20*time.Second, func() {
				w.Mintsoft.AddASN(mintsoftsim.ASNSpec{
					Client: demo(w), Reference: ref, Supplier: "Clay Company",
					Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 10, SourceLineID: o.PurchaseOrderLines[0].Guid.String()}},
				})
			})
			defer acts.Stop()
			purchaseOrderImport.run(t, w)
			purchaseOrderImport.requireDelivered(t, w, ref)
			assert.Equal(t, 1, purchaseOrderImport.created(w))
		})
	})
	t.Run("and not taken for one that only has its reference", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := purchaseOrderImport.add(w, 1)
			w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: ref, Supplier: "by hand", Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-RED", Quantity: 3}}})
			purchaseOrderImport.run(t, w)
			assert.Equal(t, []string{ref + ": NEW, 3 x MUG-RED, from by hand", purchaseOrderImport.delivered(ref)}, asnsOf(t, w, ref))
		})
	})
	t.Run("and not beside one of the same goods that somebody else made, while that is open", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref, booked := purchaseOrderImport.add(w, 1), purchaseOrderImport.add(w, 2)
			add := func(ref, line string) mintsoftsim.ASN {
				return w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: ref, Supplier: "another connector", Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 10, SourceLineID: line}}})
			}
			other := add(ref, "1")
			w.Mintsoft.ConfirmASN(other.ID)
			done := add(booked, "")
			w.Mintsoft.ConfirmASN(done.ID)
			w.Mintsoft.BookIn(done.ID)
			for range 2 {
				purchaseOrderImport.run(t, w)
				assert.Len(t, asnsOf(t, w, ref), 1)
				assert.Len(t, asnsOf(t, w, booked), 2)
				assert.Equal(t, fmt.Sprintf("%s is held by ASN %d (status 3) in Mintsoft, which is not ours and expects the same goods; delete it there or give it another reference, then replay", ref, other.ID),
					letterOf(t, w, ref).Reason)
			}
			w.Mintsoft.DeleteASN(other.ID)
			w.Replay(t)
			purchaseOrderImport.requireDelivered(t, w, ref)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("nor adopted in another warehouse", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			north := w.Mintsoft.AddWarehouse(mintsoftsim.Warehouse{Name: "North"}).ID
			ref := purchaseOrderImport.add(w, 1)
			o, _ := w.Unleashed.PurchaseByNumber(ref)
			astray := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Warehouse: north, Reference: ref, Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 10, SourceLineID: o.PurchaseOrderLines[0].Guid.String()}}})
			purchaseOrderImport.run(t, w)
			assert.Equal(t, fmt.Sprintf("ASN %d carries lines of %s, but is in warehouse %d of Mintsoft; delete it there, then replay", astray.ID, ref, north), letterOf(t, w, ref).Reason)
			assert.Zero(t, purchaseOrderImport.created(w))
		})
	})
	t.Run("two that carry its lines are a person's to sort out", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := purchaseOrderImport.add(w, 1)
			purchaseOrderImport.run(t, w)
			line := *asnOf(t, w, ref).Items[0].SourceLineID
			second := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: demo(w), Reference: ref, Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 10, SourceLineID: line}}})
			w.LoseLedger(t)
			purchaseOrderImport.run(t, w)
			assert.Contains(t, letterOf(t, w, ref).Reason, fmt.Sprintf(", %d all carry lines of %s", second.ID, ref))
			assert.Equal(t, 1, purchaseOrderImport.created(w))
			w.Mintsoft.DeleteASN(second.ID)
			w.Replay(t)
			purchaseOrderImport.requireDelivered(t, w, ref)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("one that was deleted in Mintsoft is made again when somebody asks for it", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := purchaseOrderImport.add(w, 1)
			running := w.Forever(t, purchaseOrderImport.stream())
			<-time.After(time.Minute)
			first := asnOf(t, w, ref)
			w.Mintsoft.DeleteASN(first.ID)
			running.Stop(t)
			w.LoseLedger(t)
			purchaseOrderImport.run(t, w)
			assert.NotEqual(t, first.ID, asnOf(t, w, ref).ID)
		})
	})
}

// TestASNsAreListedOnceForAll is the cost of looking before each create.
func TestASNsAreListedOnceForAll(t *testing.T) {
	t.Parallel()
	world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
		crowd(w, 50)
		purchaseOrderImport.several(t, w, 1, 40)
		row := purchaseOrderImport.run(t, w).Of("purchase_order_import")
		assert.EqualValues(t, 40, row.Created)
		assert.Equal(t, 1, w.Mintsoft.Journal.Count("GET", "/api/ASN/List"))
		assert.Equal(t, 1, w.Mintsoft.Journal.Count("GET", "/api/ASN/*"), "none is asked for by itself")
		assert.Equal(t, 1, w.Unleashed.Journal.Count("GET", "/Products"))
	})
}

func TestConfirmingAnASN(t *testing.T) {
	t.Parallel()
	awaiting := purchaseOrderImport
	awaiting.settings = map[string]any{"purchase_order_import.enabled": true, "general.asns_import_as_awaiting_delivery": true}
	awaiting.delivered = func(ref string) string { return ref + ": AWAITINGDELIVERY, 10 x MUG-BLUE, from Clay Company" }
	confirms := func(w *world.World) int { return w.Mintsoft.Journal.Count("GET", "/api/ASN/*/Confirm") }
	// arrives wants the goods to be expected exactly once.
	arrives := func(t *testing.T, w *world.World, ref string) {
		t.Helper()
		awaiting.requireDelivered(t, w, ref)
		a := asnOf(t, w, ref)
		assert.Equal(t, 10, a.Items[0].OnOrder)
		assert.Equal(t, 10, w.Mintsoft.Stock("MUG-BLUE", a.WarehouseID).OnOrder)
		assert.Empty(t, w.DeadLetters(t))
	}
	t.Run("follows its creation", func(t *testing.T) {
		world.Bubble(t, awaiting.options(), func(t *testing.T, w *world.World) {
			ref := awaiting.add(w, 1)
			row := awaiting.run(t, w).Of(awaiting.pipeline)
			assert.EqualValues(t, 1, row.Created)
			assert.EqualValues(t, 1, row.Updated)
			arrives(t, w, ref)
		})
	})
	for name, hook := range map[string]struct {
		call
		nth int
	}{
		"killed while it is created":   {call{"PUT", "/api/ASN"}, 1},
		"killed between the two":       {call{"GET", "/api/ASN/*"}, 2}, // the look before the step, after the list
		"killed while it is confirmed": {call{"GET", "/api/ASN/*/Confirm"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			world.Bubble(t, awaiting.options(), func(t *testing.T, w *world.World) {
				ref := awaiting.add(w, 1)
				var left map[string]string
				w.Mintsoft.Faults.Before(hook.method, hook.path, hook.nth, func() { left = w.LedgerFiles(t) })
				awaiting.run(t, w)
				require.NotEmpty(t, left)
				w.Killed(t, left)
				awaiting.run(t, w)
				arrives(t, w, ref)
				assert.Equal(t, 1, awaiting.created(w))
				assert.Equal(t, 1, confirms(w))
			})
		})
	}
	t.Run("the service is down between the two", func(t *testing.T) {
		world.Bubble(t, awaiting.options(), func(t *testing.T, w *world.World) {
			ref := awaiting.add(w, 1)
			w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/ASN/*/Confirm", Status: 503})
			running := w.Forever(t, awaiting.stream())
			<-time.After(10 * time.Minute)
			running.Stop(t)
			assert.Equal(t, []string{purchaseOrderImport.delivered(ref)}, asnsOf(t, w, ref))
			w.Mintsoft.Faults.Clear()
			awaiting.run(t, w)
			arrives(t, w, ref)
			assert.Equal(t, 1, awaiting.created(w))
		})
	})
	t.Run("its answer is lost", func(t *testing.T) {
		world.Bubble(t, awaiting.options(), func(t *testing.T, w *world.World) {
			ref := awaiting.add(w, 1)
			w.Mintsoft.Faults.Add(closeAfter("GET", "/api/ASN/*/Confirm"))
			awaiting.run(t, w)
			arrives(t, w, ref)
			assert.Equal(t, 1, confirms(w))
		})
	})
	t.Run("the ledger is lost", func(t *testing.T) {
		world.Bubble(t, awaiting.options(), func(t *testing.T, w *world.World) {
			ref := awaiting.add(w, 1)
			awaiting.run(t, w)
			w.LoseLedger(t)
			awaiting.run(t, w)
			arrives(t, w, ref)
			assert.Equal(t, 1, confirms(w), "what left NEW is not confirmed again")
		})
	})
	t.Run("somebody booked it in meanwhile", func(t *testing.T) {
		world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
			ref := purchaseOrderImport.add(w, 1)
			purchaseOrderImport.run(t, w)
			w.Mintsoft.BookIn(asnOf(t, w, ref).ID)
			w.Set("general.asns_import_as_awaiting_delivery", true)
			w.Unleashed.EditPurchase(ref, func(o *unleashedsim.PurchaseOrder) { o.Comments = "Thursday" })
			purchaseOrderImport.run(t, w)
			assert.Zero(t, confirms(w))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

// TestAnASNIsMadeOnceInTheHourThatComesTwice loses the answer to a create while local
// time tells nobody which of the two hours it is.
func TestAnASNIsMadeOnceInTheHourThatComesTwice(t *testing.T) {
	t.Parallel()
	world.Bubble(t, purchaseOrderImport.options(), func(t *testing.T, w *world.World) {
		at := time.Date(2026, 10, 25, 1, 4, 0, 0, time.UTC)
		<-time.After(time.Until(at.Add(-15 * time.Minute)))
		running := w.Forever(t, purchaseOrderImport.stream())
		purchaseOrderImport.put(t, w, 1)
		<-time.After(time.Until(at))
		w.Mintsoft.Faults.Add(closeAfter("PUT", "/api/ASN"))
		ref := purchaseOrderImport.put(t, w, 2)
		w.Ask(t, func(tx *ledger.Tx) error {
			return tx.AddTrigger(ledger.Trigger{Stream: purchaseOrderImport.stream()})
		})
		<-time.After(5 * time.Minute)
		assert.Len(t, w.Mintsoft.ASNsByReference(ref), 1)
		running.Stop(t)
	})
}
