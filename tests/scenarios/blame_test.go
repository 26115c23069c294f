package scenarios

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/world"
)

// TestAGapInAnOutageBlamesNoOrder lets a few calls through in the middle of an outage.
func TestAGapInAnOutageBlamesNoOrder(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		running := w.Forever(t, orderImport.stream())
		<-time.After(time.Minute)
		refs := orderImport.several(t, w, 1, 12)
		down := twin.Fault{Path: "*", Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"5"}}}
		w.Mintsoft.Faults.Add(down)
		w.Ask(t, func(tx *ledger.Tx) error { return tx.AddTrigger(ledger.Trigger{Stream: orderImport.stream()}) })
		<-time.After(5 * time.Minute)
		w.Mintsoft.Faults.Clear()
		<-time.After(3 * time.Second)
		w.Mintsoft.Faults.Add(down)
		<-time.After(35 * time.Minute)
		assert.Empty(t, w.DeadLetters(t))

		w.Mintsoft.Faults.Clear()
		<-time.After(recovery)
		orderImport.requireDelivered(t, w, refs...)
		running.Stop(t)
	})
}

// TestAListThatFailsBlamesNoOrder has the list of products down, which every order needs.
func TestAListThatFailsBlamesNoOrder(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: "/Products", Status: http.StatusServiceUnavailable})
		refs := orderImport.several(t, w, 1, 12)
		running := w.Forever(t, orderImport.stream())
		<-time.After(40 * time.Minute)
		assert.Empty(t, w.DeadLetters(t))

		w.Unleashed.Faults.Clear()
		<-time.After(recovery)
		orderImport.requireDelivered(t, w, refs...)
		running.Stop(t)
	})
}

// TestWhatIsForbiddenForOneRecordIsPoison has a key whose user may do everything but
// this, and a firewall that does not like one order.
func TestWhatIsForbiddenForOneRecordIsPoison(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		operation string
		forbid    func(t *testing.T, w *world.World) (ref string)
	}{
		"to cancel an order": {"order.cancel", func(t *testing.T, w *world.World) string {
			ref := orderImport.put(t, w, 1)
			orderImport.run(t, w)
			w.Unleashed.DeleteOrder(ref)
			w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Order/*/Cancel", Status: http.StatusUnauthorized})
			return ref
		}},
		"to create an order": {"order.create", func(t *testing.T, w *world.World) string {
			refs := orderImport.several(t, w, 1, 3)
			w.Break(refs[1], http.StatusForbidden)
			return refs[1]
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				ref := c.forbid(t, w)
				running := w.Forever(t, orderImport.stream())
				<-time.After(time.Minute)
				next := orderImport.put(t, w, 4)
				<-time.After(40 * time.Minute)
				orderImport.requireDelivered(t, w, next)
				letter := letterOf(t, w, ref)
				assert.Equal(t, []string{"poison", "mintsoft", c.operation}, []string{letter.Class, letter.System, letter.Operation})
				running.Stop(t)
			})
		})
	}
}

// TestARecordThatCannotBeReadAgainHoldsUpNothing asks for the replay of an order that
// Unleashed cannot show.
func TestARecordThatCannotBeReadAgainHoldsUpNothing(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"fails": http.StatusInternalServerError, "is refused": http.StatusBadRequest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				odd := orderImport.refusals[0].add(w, 1)
				orderImport.run(t, w)
				letter := letterOf(t, w, odd)
				path := "/SalesOrders/" + letter.Record.ID
				w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: path, Status: status})
				w.Ask(t, func(tx *ledger.Tx) error { return tx.SetDeadLetterState(letter.ID, ledger.StateReplaying) })

				next := orderImport.put(t, w, 2)
				row := orderImport.run(t, w).Of("order_import")
				assert.Equal(t, "failed", row.State)
				assert.Contains(t, row.Error, "reading "+odd+" again")
				orderImport.requireDelivered(t, w, next)

				w.Forget()
				later := orderImport.put(t, w, 3)
				running := w.Forever(t, orderImport.stream())
				<-time.After(time.Hour)
				orderImport.requireDelivered(t, w, later)
				assert.Less(t, w.Unleashed.Journal.Count("GET", path), 60)
				assert.NotEmpty(t, w.Logged("cannot be read again", odd))

				w.Unleashed.Faults.Clear()
				orderImport.refusals[0].mend(w, odd)
				<-time.After(2 * time.Hour)
				require.Len(t, orderImport.stands(t, w, odd), 1)
				running.Stop(t)
				assert.Empty(t, w.DeadLetters(t, ledger.StateOpen, ledger.StateReplaying))
			})
		})
	}
}

// TestASingleRunThatGoesInCirclesIsGivenUp reads the first page of a list again and again,
// of which the second fails.
func TestASingleRunThatGoesInCirclesIsGivenUp(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		w.Edit(t, "order_import", "    resource: SalesOrders\n", "    resource: SalesOrders\n    page_size: 2\n")
		orderImport.several(t, w, 1, 5)
		w.Unleashed.Faults.Add(twin.Fault{Method: "GET", Path: "/SalesOrders/2", Status: http.StatusInternalServerError})
		began := time.Now()
		row := orderImport.run(t, w).Of("order_import")
		assert.Equal(t, "gave up", row.State)
		assert.Contains(t, row.Error, "HTTP 500")
		assert.Less(t, time.Since(began), 20*time.Minute)
	})
}

// TestADryRunAnnouncesEachWriteOnce cannot look at one of the records for a while.
func TestADryRunAnnouncesEachWriteOnce(t *testing.T) {
	t.Parallel()
	world.Bubble(t, productSync.options(), func(t *testing.T, w *world.World) {
		ref := productSync.put(t, w, 1)
		productSync.run(t, w)
		<-time.After(time.Minute)
		productSync.change(w, ref)
		productSync.several(t, w, 5, 2)
		made, _ := w.Mintsoft.Product(ref)
		w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: fmt.Sprintf("/api/Product/%d", made.ID), Status: http.StatusInternalServerError, Times: 20})
		rows, planned := w.DryRun(t, productSync.stream())
		assert.Equal(t, "delivered", rows.Of("product_sync").State, "%+v", rows)
		assert.Len(t, planned, 3)
	})
}

// TestASKUForWhichTheServiceFailsIsIsolated has Unleashed fail for every adjustment that
// holds one of five products.
func TestASKUForWhichTheServiceFailsIsIsolated(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
		moved := []string{"MUG-BLUE", "MUG-RED", "BOWL-S", "PLATE-26", "SOAP-BAR"}
		for _, sku := range moved {
			move(t, w, sku, -1)
		}
		odd := "MUG-RED"
		w.Break(fmt.Sprintf("%q", odd), http.StatusInternalServerError)
		running := w.Forever(t, stockSync)
		<-time.After(2 * time.Hour)
		letter := letterOf(t, w, odd)
		assert.Equal(t, []string{"poison", "unleashed"}, []string{letter.Class, letter.System})
		assert.Contains(t, letter.Reason, "HTTP 500")
		assert.Len(t, w.DeadLetters(t), 1)
		assert.Len(t, adjusted(w), len(moved)-1, "the others are adjusted: %v", adjusted(w))

		w.Mend(fmt.Sprintf("%q", odd))
		<-time.After(2 * time.Hour)
		running.Stop(t)
		assert.Empty(t, w.DeadLetters(t))
		assert.Len(t, adjusted(w), len(moved))
	})
}
