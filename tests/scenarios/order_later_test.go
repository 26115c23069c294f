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

// everything are the streams that an order may depend on, and its own.
var everything = []string{"main_product_sync", "main_customer_sync", "main_order_import"}

// forNew adds an order for a product.
func forNew(w *world.World, number, sku string) string {
	return addOrder(w, number, func(o *unleashedsim.OrderSpec) {
		o.Lines = []unleashedsim.LineSpec{{SKU: sku, Quantity: "1", Price: "6"}}
	})
}

func TestOrderForAProductThatComesLater(t *testing.T) {
	t.Parallel()
	t.Run("is parked, and delivered once the product has arrived", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			late := forNew(w, "SO-LATE", addProduct(w, "LATE-1", nil))
			next := orderImport.add(w, 1)
			row := w.Once(t, "main_order_import").Of("order_import")
			assert.EqualValues(t, 1, row.Parked)
			assert.Zero(t, row.DeadLettered)
			orderImport.requireDelivered(t, w, next)
			parked := w.Parked(t, "order_import")
			require.Len(t, parked, 1)
			assert.Equal(t, "product_sync", parked[0].WaitFor)
			assert.Contains(t, parked[0].Reason, "LATE-1")

			rows := w.Once(t, everything...)
			assert.Zero(t, rows.Of("order_import").Parked)
			assert.Len(t, orderImport.stands(t, w, late), 1)
			assert.Empty(t, w.Parked(t, "order_import"))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("goes through in one run when both are new: Mintsoft needs seconds to show a product", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			late := forNew(w, "SO-LATE", addProduct(w, "LATE-1", nil))
			rows := w.Once(t, everything...)
			assert.True(t, rows.Of("order_import").Clean(), "%+v", rows.Of("order_import"))
			assert.Len(t, orderImport.stands(t, w, late), 1)
		})
	})
	t.Run("a running sync delivers it by itself", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			running := w.Forever(t, everything...)
			<-time.After(14 * time.Minute)
			late := forNew(w, "SO-LATE", addProduct(w, "LATE-1", nil))
			<-time.After(18 * time.Minute)
			assert.Len(t, orderImport.stands(t, w, late), 1)
			running.Stop(t)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("is a dead letter when the product never comes", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			addProduct(w, "BAD-1", func(p *unleashedsim.Product) { p.ICCCountryCode = "QQ" })
			late := forNew(w, "SO-LATE", "BAD-1")
			w.Once(t, everything...)
			require.Len(t, w.Parked(t, "order_import"), 1)
			<-time.After(25 * time.Hour)
			w.Once(t, everything...)
			assert.Empty(t, w.Parked(t, "order_import"))
			assert.Contains(t, letterOf(t, w, late).Reason, "BAD-1")

			w.Unleashed.EditProduct("BAD-1", func(p *unleashedsim.Product) { p.ICCCountryCode = "GB" })
			w.Once(t, everything...)
			<-time.After(time.Minute)
			w.Replay(t)
			assert.Len(t, orderImport.stands(t, w, late), 1)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("is delivered although nothing ran while its time passed", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			late := forNew(w, "SO-LATE", addProduct(w, "LATE-1", nil))
			w.Once(t, "main_order_import")
			require.Len(t, w.Parked(t, "order_import"), 1)
			<-time.After(30 * time.Hour)
			running := w.Forever(t)
			<-time.After(10 * time.Minute)
			running.Stop(t)
			assert.Len(t, orderImport.stands(t, w, late), 1)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("is a dead letter at once when nobody syncs products", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			w.Set("general.sync_new_products", false)
			late := forNew(w, "SO-LATE", addProduct(w, "LATE-1", nil))
			w.Once(t, everything...)
			assert.Contains(t, letterOf(t, w, late).Reason, "LATE-1")
		})
	})
}

// TestParkedOrderThatUnleashedDoesNotShow is answered 404 when it is read again.
func TestParkedOrderThatUnleashedDoesNotShow(t *testing.T) {
	t.Parallel()
	hide := func(w *world.World, ref string, times int) {
		order, _ := w.Unleashed.OrderByNumber(ref)
		w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: "/SalesOrders/" + order.Guid.String(), Times: times, Status: 404})
	}
	t.Run("for a moment is looked for, and delivered", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			late := forNew(w, "SO-LATE", addProduct(w, "LATE-1", nil))
			hide(w, late, 2)
			rows := w.Once(t, everything...)
			assert.True(t, rows.Of("order_import").Clean(), "%+v", rows.Of("order_import"))
			assert.Len(t, orderImport.stands(t, w, late), 1)
		})
	})
	t.Run("for minutes is a dead letter, also in a single run", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			late := forNew(w, "SO-LATE", addProduct(w, "LATE-1", nil))
			hide(w, late, 0)
			row := w.Once(t, everything...).Of("order_import")
			assert.EqualValues(t, 1, row.DeadLettered, "%+v", row)
			assert.Empty(t, w.Parked(t, "order_import"))
			assert.Contains(t, letterOf(t, w, late).Reason, "unleashed does not show it")
			assert.NotEmpty(t, w.Logged("dead-lettered", late))

			w.Replay(t)
			assert.Equal(t, ledger.StateOpen, letterOf(t, w, late).State)
			w.Unleashed.Faults.Clear()
			w.Replay(t)
			assert.Len(t, orderImport.stands(t, w, late), 1)
			assert.Empty(t, w.DeadLetters(t))
		})
	})
	t.Run("a running sync says so too", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			running := w.Forever(t, everything...)
			<-time.After(time.Minute)
			late := forNew(w, "SO-LATE", addProduct(w, "LATE-1", nil))
			hide(w, late, 0)
			<-time.After(16 * time.Minute)
			assert.Empty(t, w.DeadLetters(t), "not yet")
			<-time.After(2 * time.Minute)
			assert.Equal(t, "rejected", letterOf(t, w, late).Class)
			running.Stop(t)
		})
	})
}

func TestOrderDeletedAfterItsImport(t *testing.T) {
	t.Parallel()
	// statuses are what somebody in the warehouse did meanwhile.
	for name, c := range map[string]struct {
		do        func(w *world.World, id int)
		cancelled bool
	}{
		"nobody touched it":       {func(*world.World, int) {}, true},
		"it is held":              {func(w *world.World, id int) { w.Mintsoft.Hold(id, mintsoftsim.StatusAwaitingConfirmation) }, true},
		"it is printed":           {func(w *world.World, id int) { w.Mintsoft.Print(id) }, false},
		"it is picked":            {func(w *world.World, id int) { w.Mintsoft.Pick(id) }, false},
		"it has left":             {func(w *world.World, id int) { w.Mintsoft.Despatch(id, "TRACK-1") }, false},
		"it has an odd status":    {func(w *world.World, id int) { w.Mintsoft.SetOrderStatus(id, 77) }, false},
		"it is cancelled by hand": {func(w *world.World, id int) { w.Mintsoft.Cancel(id) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				ref := orderImport.add(w, 1)
				orderImport.run(t, w)
				made, exists := w.Mintsoft.OrderByNumber(ref)
				require.True(t, exists)
				c.do(w, made.ID)
				touched, _ := w.Mintsoft.Order(made.ID)
				w.Unleashed.DeleteOrder(ref)
				w.Forget()
				row := orderImport.run(t, w).Of("order_import")
				assert.True(t, row.Clean(), "%+v", row)

				now, _ := w.Mintsoft.Order(made.ID)
				if c.cancelled {
					assert.Equal(t, mintsoftsim.StatusCancelled, now.OrderStatusID)
					return
				}
				assert.Equal(t, touched.OrderStatusID, now.OrderStatusID)
				assert.Empty(t, w.Writes("mintsoft"))
				assert.NotEmpty(t, w.Logged("needs a look", ref, "decide there"), "somebody has to decide")
				events := w.Events(t, ref)
				assert.Contains(t, events[len(events)-1].Summary, "decide there")
			})
		})
	}
	t.Run("before it was imported nothing happens", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			ref := orderImport.add(w, 1)
			w.Unleashed.DeleteOrder(ref)
			row := orderImport.run(t, w).Of("order_import")
			assert.EqualValues(t, 1, row.Skipped)
			assert.Empty(t, w.Writes("mintsoft"))
		})
	})
	t.Run("with a lost ledger it is found by number and reference", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			ref, foreign := orderImport.add(w, 1), orderImport.add(w, 2)
			orderImport.usurp(t, w, foreign)
			orderImport.run(t, w)
			w.LoseLedger(t)
			w.Unleashed.DeleteOrder(ref)
			w.Unleashed.DeleteOrder(foreign)
			orderImport.run(t, w)
			assert.Equal(t, []string{orderImport.removed(ref)}, orderImport.stands(t, w, ref))
			o, _ := w.Mintsoft.OrderByNumber(foreign)
			assert.NotEqual(t, mintsoftsim.StatusCancelled, o.OrderStatusID, "an equal number alone is no reason")
		})
	})
	t.Run("the answer to the cancellation is lost", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			ref := orderImport.add(w, 1)
			orderImport.run(t, w)
			w.Unleashed.DeleteOrder(ref)
			w.Mintsoft.Faults.Add(closeAfter("GET", "/api/Order/*/Cancel"))
			w.Forget()
			row := orderImport.run(t, w).Of("order_import")
			assert.True(t, row.Clean(), "%+v", row)
			assert.Equal(t, []string{orderImport.removed(ref)}, orderImport.stands(t, w, ref))
			assert.Len(t, w.Writes("mintsoft"), 1, "it is not cancelled twice")
		})
	})
}

// TestOrderDeletedAfterItWasMerged has its order in Mintsoft gone into another one.
func TestOrderDeletedAfterItWasMerged(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		refs := orderImport.several(t, w, 1, 2)
		orderImport.run(t, w)
		survivor, _ := w.Mintsoft.OrderByNumber(refs[0])
		absorbed, _ := w.Mintsoft.OrderByNumber(refs[1])
		w.Mintsoft.Merge(survivor.ID, absorbed.ID)
		w.Unleashed.DeleteOrder(refs[1])
		w.Forget()
		orderImport.run(t, w)
		assert.Empty(t, w.Writes("mintsoft"))
		assert.NotEmpty(t, w.Logged("needs a look", refs[1], "merged it into order"), "its goods are about to leave")
	})
}

// TestWhatHasLeftSinceTheLastRunIsNotSentAgain has a part of an order dispatched in
// Unleashed minutes after the last look at what was.
func TestWhatHasLeftSinceTheLastRunIsNotSentAgain(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		orderImport.put(t, w, 1)
		w.Set("general.frequency", "5m")
		running := w.Forever(t, orderImport.stream())
		<-time.After(2 * time.Minute)
		ref := addOrder(w, "SO-2", func(o *unleashedsim.OrderSpec) { o.Lines = []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "5"}} })
		w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: ref, Status: unleashedsim.Dispatched, Lines: []unleashedsim.ShipmentLineSpec{{Line: 1, Quantity: "2"}}})
		<-time.After(5 * time.Minute)
		running.Stop(t)
		stands := orderImport.stands(t, w, ref)
		require.Len(t, stands, 1)
		assert.Contains(t, stands[0], "3 x MUG-BLUE")
	})
}

// TestWhatLeftLongAgoIsNotSentAgain: an order is dated anew when somebody takes it up.
func TestWhatLeftLongAgoIsNotSentAgain(t *testing.T) {
	t.Parallel()
	o := orderImport.options()
	o.Settings = map[string]any{"general.order_status_to_import": []string{"Placed"}}
	world.Bubble(t, o, func(t *testing.T, w *world.World) {
		addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
			o.Lines = []unleashedsim.LineSpec{{SKU: "MUG-BLUE", Quantity: "5", Price: "6"}}
		})
		w.Unleashed.AddShipment(unleashedsim.ShipmentSpec{Order: "SO-1", Status: unleashedsim.Dispatched, Lines: parts(map[int]string{1: "2"})})
		w.Unleashed.SetStatus("SO-1", unleashedsim.Parked)
		<-time.After(100 * 24 * time.Hour)
		w.Unleashed.EditOrder("SO-1", func(o *unleashedsim.SalesOrder) { o.OrderDate = w.Unleashed.Day(time.Now().Format("2006-01-02")) })
		w.Unleashed.SetStatus("SO-1", unleashedsim.Placed)
		w.Once(t, "main_order_import")
		require.Len(t, w.Mintsoft.Orders(), 1)
		assert.Equal(t, "3 x MUG-BLUE", itemsOf(w, w.Mintsoft.Orders()[0].ID))
	})
}

// TestOrderThatIsTouchedWhileItIsWithdrawn has somebody begin with an order after it
// was decided to cancel it, while Mintsoft is away.
func TestOrderThatIsTouchedWhileItIsWithdrawn(t *testing.T) {
	t.Parallel()
	for name, touch := range map[string]func(w *world.World, id int){
		"it is picked": func(w *world.World, id int) { w.Mintsoft.Pick(id) },
		"it is split":  func(w *world.World, id int) { w.Mintsoft.Split(id, map[string]int{"MUG-BLUE": 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				ref := orderImport.put(t, w, 1)
				orderImport.run(t, w)
				made, _ := w.Mintsoft.OrderByNumber(ref)
				w.Unleashed.DeleteOrder(ref)
				path := fmt.Sprintf("/api/Order/%d", made.ID)
				w.Mintsoft.Faults.Before("GET", path, 2, func() {
					touch(w, made.ID)
					w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: path, Status: 503, Times: 1})
				})
				w.Forget()
				row := orderImport.run(t, w).Of("order_import")
				assert.EqualValues(t, 1, row.DeadLettered, "%+v", row)
				letter := letterOf(t, w, ref)
				assert.Equal(t, []string{"rejected", "mintsoft", "order.cancel"}, []string{letter.Class, letter.System, letter.Operation})
				assert.Contains(t, letter.Reason, "decide there")
				assert.Empty(t, w.Writes("mintsoft"))

				// Looked at once more it is reported as any order that was begun.
				w.Replay(t)
				assert.Empty(t, w.DeadLetters(t))
				events := w.Events(t, ref)
				assert.Contains(t, events[len(events)-1].Summary, "decide there")
				now, _ := w.Mintsoft.Order(made.ID)
				assert.NotEqual(t, mintsoftsim.StatusCancelled, now.OrderStatusID)
			})
		})
	}
}

func TestOrderThatChangesAfterItsImport(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		ref := orderImport.add(w, 1)
		orderImport.run(t, w)
		w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.SalesOrderLines[0].OrderQuantity.Set("5") })
		w.Forget()
		row := orderImport.run(t, w).Of("order_import")
		assert.EqualValues(t, 1, row.Skipped)
		assert.Empty(t, w.Writes("mintsoft"))
		orderImport.requireDelivered(t, w, ref)
		var changed []ledger.Event
		for _, e := range w.Events(t, ref) {
			if e.Kind == "changed" {
				changed = append(changed, e)
			}
		}
		require.Len(t, changed, 1)
		assert.Contains(t, changed[0].Summary, "OrderItems[0].Quantity 2 → 5")
	})
}

// TestACustomerThatIsNotShownAtOnce: Unleashed may answer 404 for a moment.
func TestACustomerThatIsNotShownAtOnce(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		c, _ := w.Unleashed.Customer("HARBOUR01")
		w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: "/Customers/" + c.Guid.String(), Times: 2, Status: 404})
		addOrder(w, "SO-1", nil)
		w.Once(t, "main_order_import")
		require.Len(t, w.Mintsoft.Orders(), 1)
		assert.NotNil(t, w.Mintsoft.Orders()[0].Email)
	})
}
