package scenarios

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var pagedOrders = flag.Int("paged.orders", 800, "how long the list is whose orders move while it is paged")

// TestOrdersThatMoveWhileTheyArePaged imports a long list in which orders are
// added, changed, deleted and leave the wanted status between two pages.
func TestOrdersThatMoveWhileTheyArePaged(t *testing.T) {
	t.Parallel()
	count := *pagedOrders
	pages := count / 200
	options := orderImport.options()
	options.Settings = map[string]any{"general.order_status_to_import": []string{"Placed"}, "mintsoft.max_in_flight": 64}
	world.Bubble(t, options, func(t *testing.T, w *world.World) {
		for n := range count {
			addOrder(w, bulk(n), nil)
		}
		<-time.After(time.Hour) // so that the second run reads only what moved
		w.Unleashed.Journal.KeepCounts()
		w.Mintsoft.Journal.KeepCounts()
		// Each of these happens just before a page is read, in the middle of the list.
		added, gone := count, map[string]bool{}
		before := func(page int, do func()) { w.Unleashed.Faults.Before("GET", "/SalesOrders/*", page-1, do) }
		for _, page := range []int{2, pages / 3, pages - 1} {
			before(page, func() {
				for range 7 {
					addOrder(w, bulk(added), nil)
					added++
				}
			})
		}
		before(pages/4+1, func() { // some of these were read already, others are still to come
			for n := 5; n < count; n += count / 40 {
				w.Unleashed.EditOrder(bulk(n), func(o *unleashedsim.SalesOrder) { o.CustomerRef = "changed" })
			}
		})
		before(pages/2, func() {
			for n := 11; n < count; n += count / 30 {
				w.Unleashed.SetStatus(bulk(n), unleashedsim.Parked)
				gone[bulk(n)] = true
			}
		})
		before(pages/2+1, func() {
			for n := 17; n < count; n += count / 25 {
				w.Unleashed.DeleteOrder(bulk(n))
				gone[bulk(n)] = true
			}
		})

		row := w.Once(t, "main_order_import").Of("order_import")
		require.True(t, row.Clean(), "%+v", row)
		row = w.Once(t, "main_order_import").Of("order_import")
		require.True(t, row.Clean(), "%+v", row)

		stands := map[string]int{}
		for _, o := range w.Mintsoft.Orders() {
			stands[o.OrderNumber]++
			if u, _ := w.Unleashed.OrderByNumber(o.OrderNumber); u.OrderStatus == unleashedsim.Deleted {
				assert.Equal(t, mintsoftsim.StatusCancelled, o.OrderStatusID, "%s was deleted", o.OrderNumber)
			}
		}
		require.Equal(t, count+21, added, "everything happened")
		require.Greater(t, len(gone), 50)
		for n := range added {
			if most := stands[bulk(n)]; gone[bulk(n)] {
				assert.LessOrEqual(t, most, 1, bulk(n))
			} else {
				assert.Equal(t, 1, most, bulk(n))
			}
		}
	})
}

// TestCostOfAnImport counts the requests of a first import, and of one in the night after.
func TestCostOfAnImport(t *testing.T) {
	t.Parallel()
	world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
		imports := func(from, count int) {
			t.Helper()
			for n := range count {
				addOrder(w, bulk(from+n), nil)
			}
			<-time.After(10 * time.Hour)
			w.Once(t, "main_customer_sync")
			w.Forget()
			row := w.Once(t, "main_order_import").Of("order_import")
			require.True(t, row.Clean(), "%+v", row)
			require.EqualValues(t, count, row.Created)

			lists := w.Unleashed.Journal.Count("GET", "/SalesOrders") + w.Unleashed.Journal.Count("GET", "/SalesOrders/*")
			assert.Equal(t, count/200, lists, "one list call for each page of 200")
			assert.Equal(t, count, w.Mintsoft.Journal.Count("PUT", "/api/Order"), "one write for each order")
			all := len(w.Calls("unleashed")) + len(w.Calls("mintsoft"))
			assert.LessOrEqual(t, all-lists-count, count/20, "look-ups: %s", strings.Join(lookUps(w), ", "))
			assert.EqualValues(t, row.Calls, all, "the summary counts them all")
		}
		imports(0, 800)
		<-time.After(time.Hour)
		w.Once(t, "main_order_import")
		imports(800, 400)
	})
}

// lookUps are the requests that neither list nor create orders, each once.
func lookUps(w *world.World) []string {
	var found []string
	seen := map[string]bool{}
	for _, c := range append(w.Calls("unleashed"), w.Calls("mintsoft")...) {
		if !seen[c] && !strings.Contains(c, "/SalesOrders") && c != "PUT /api/Order" {
			seen[c] = true
			found = append(found, c)
		}
	}
	return found
}

func bulk(n int) string { return fmt.Sprintf("SO-%06d", n) }

// TestAnOrderThatMovesUpWhileTheListIsPaged: Mintsoft does not say how many orders there
// are, and one that is deleted moves those behind it over the border of a page.
func TestAnOrderThatMovesUpWhileTheListIsPaged(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"main_order_despatch", stockSync} {
		t.Run(stream, func(t *testing.T) {
			world.Bubble(t, openDocument{}.options(), func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InvoiceAfter = -1 })
				for range 2 {
					w.Once(t, "main_order_despatch", stockSync)
					<-time.After(time.Hour)
				}
				var others []int
				for i := range 100 {
					others = append(others, w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{
						Client: demo(w), Warehouse: mainWarehouse(t, w), Number: numbered("M", i), Items: []mintsoftsim.ItemSpec{{SKU: "MUG-RED", Quantity: 1}},
					}).ID)
				}
				ref := addOrder(w, "SO-1", nil)
				w.Once(t, "main_order_import")
				<-time.After(time.Minute)
				despatchOrder(t, w, ref)
				<-time.After(time.Hour) // the sync was stopped
				w.Mintsoft.Faults.Before("GET", "/api/Order/List", 2, func() { w.Mintsoft.DeleteOrder(others[3]) })
				w.Once(t, stream)
				assert.Empty(t, adjusted(w))
				if stream != stockSync {
					assert.Equal(t, "238", onHand(w, "MUG-BLUE"))
				}
			})
		})
	}
}
