package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// shared are two connections of one pair of accounts, for a warehouse each.
func shared() world.Options {
	return world.Options{Seed: small, Connections: []world.Connection{
		{Name: world.Main},
		{Name: "shop", Settings: map[string]any{"unleashed.warehouse_code": "SHOP", "mintsoft.warehouse": "SHOP"}},
	}}
}

func TestConnectionsThatShareAccounts(t *testing.T) {
	t.Parallel()
	t.Run("what is not bound to a warehouse runs once, each takes the orders of its own", func(t *testing.T) {
		world.Bubble(t, shared(), func(t *testing.T, w *world.World) {
			product, customer := productSync.add(w, 1), customerSync.add(w, 1)
			here := addOrder(w, "SO-MAIN", nil)
			there := addOrder(w, "SO-SHOP", func(o *unleashedsim.OrderSpec) { o.Warehouse = "SHOP" })
			rows := w.Once(t)

			assert.Equal(t, "delivered", rows.Of("main_product_sync").State)
			assert.Equal(t, "runs as main_product_sync", rows.Of("shop_product_sync").State)
			assert.Equal(t, "runs as main_customer_sync", rows.Of("shop_customer_sync").State)
			assert.Equal(t, 1, w.Unleashed.Journal.Count("GET", "/Customers"))
			productSync.requireDelivered(t, w, product)
			customerSync.requireDelivered(t, w, customer)

			assert.EqualValues(t, 1, rows.Of("main_order_import").Created)
			assert.EqualValues(t, 1, rows.Of("shop_order_import").Created)
			a, _ := w.Mintsoft.OrderByNumber(here)
			b, _ := w.Mintsoft.OrderByNumber(there)
			assert.NotEqual(t, a.WarehouseID, b.WarehouseID)

			w.Forget()
			w.Once(t)
			assert.Empty(t, w.Writes("mintsoft"))
		})
	})
	t.Run("what one has parked is released by the run that both share", func(t *testing.T) {
		world.Bubble(t, shared(), func(t *testing.T, w *world.World) {
			addProduct(w, "LATE-1", nil)
			late := addOrder(w, "SO-LATE", func(o *unleashedsim.OrderSpec) {
				o.Warehouse, o.Lines = "SHOP", []unleashedsim.LineSpec{{SKU: "LATE-1", Price: "6"}}
			})
			rows := w.Once(t, "*_order_import")
			assert.EqualValues(t, 1, rows.Of("shop_order_import").Parked)
			w.Once(t)
			assert.Len(t, orderImport.stands(t, w, late), 1)
		})
	})
	t.Run("an order that moves to the other warehouse is not sent twice", func(t *testing.T) {
		world.Bubble(t, shared(), func(t *testing.T, w *world.World) {
			ref := orderImport.add(w, 1)
			w.Once(t)
			w.Unleashed.EditOrder(ref, func(o *unleashedsim.SalesOrder) { o.Warehouse = &unleashedsim.Warehouse{WarehouseCode: "SHOP"} })
			w.Once(t)
			assert.Len(t, orderImport.stands(t, w, ref), 1)
		})
	})
	t.Run("a connection that is called otherwise is the same one", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			ref := orderImport.add(w, 1)
			orderImport.run(t, w)
			w.Rename(t, world.Main, "renamed")
			w.Forget()
			w.Once(t, "renamed_order_import")
			assert.Empty(t, w.Writes("mintsoft"))
			orderImport.requireDelivered(t, w, ref)
		})
	})
}

func TestLedgerOfOtherAccountsIsRefused(t *testing.T) {
	t.Parallel()
	both := func() world.Options {
		return world.Options{Seed: small, Connections: []world.Connection{
			{Name: world.Main},
			{Name: "other", Accounts: 1, Settings: map[string]any{"unleashed.warehouse_code": "SHOP", "mintsoft.warehouse": "SHOP"}},
		}}
	}
	for name, address := range map[string]string{"unleashed": "unleashed.base_url", "mintsoft": "mintsoft.base_url"} {
		t.Run("another account of "+name, func(t *testing.T) {
			world.Bubble(t, both(), func(t *testing.T, w *world.World) {
				productSync.run(t, w)
				orderImport.add(w, 1)
				w.SetOf(t, world.Main, address, w.Address(name, 1))
				w.Forget()
				for _, stream := range []string{"main_product_sync", "main_order_import"} {
					row := w.Once(t, stream).Of(stream)
					assert.Equal(t, "failed", row.State)
					for _, words := range []string{"another " + name + " account", "Use another `ledger`", "mintleash state reset main"} {
						assert.Contains(t, row.Error, words)
					}
				}
				for _, twins := range w.Accounts {
					assert.Empty(t, twins.Mintsoft.Journal.Writes())
				}
				assert.Empty(t, w.DeadLetters(t))

				// The account that it was made with is taken as before.
				w.SetOf(t, world.Main, address, w.Address(name, 0))
				row := orderImport.run(t, w).Of("order_import")
				require.True(t, row.Clean(), "%+v", row)
				assert.Len(t, w.Mintsoft.Orders(), 1)
			})
		})
	}
}
