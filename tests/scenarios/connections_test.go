package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
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

// clientKey is the key of a user of the client whose goods these are.
const clientKey = "5f0c1b9e-1111-4222-8333-00000000000c"

// What was written is remembered, or found again where the ledger is lost, although the
// accounts do not look as they did.
func TestAccountsThatLookOtherwiseAreTheSame(t *testing.T) {
	t.Parallel()
	addWarehouse := func(_ *testing.T, w *world.World) { w.Mintsoft.AddWarehouse(mintsoftsim.Warehouse{Name: "North"}) }
	names := func(client, key string) func(*testing.T, *world.World) {
		return func(_ *testing.T, w *world.World) {
			w.Set("mintsoft.client", client)
			w.Set("mintsoft.api_key", key)
		}
	}
	for name, c := range map[string]struct {
		client, key string
		lost        bool
		then        []func(t *testing.T, w *world.World)
	}{
		"a warehouse was added, and the connection is called otherwise": {"DEMO", mintsoftsim.AdminKey, false, []func(*testing.T, *world.World){
			addWarehouse, func(t *testing.T, w *world.World) { w.Rename(t, world.Main, "acme") },
		}},
		"an admin's key names the client, after the client's own": {"", clientKey, false, []func(*testing.T, *world.World){names("DEMO", mintsoftsim.AdminKey)}},
		"the client's own key, after an admin's":                  {"DEMO", mintsoftsim.AdminKey, false, []func(*testing.T, *world.World){names("", clientKey)}},
		"an admin's key that sees one client, after the client's": {"", clientKey, false, []func(*testing.T, *world.World){names("", mintsoftsim.AdminKey)}},
		"a warehouse was added, and the ledger is lost":           {"DEMO", mintsoftsim.AdminKey, true, []func(*testing.T, *world.World){addWarehouse}},
		"another key names the client, and the ledger is lost":    {"", clientKey, true, []func(*testing.T, *world.World){names("DEMO", mintsoftsim.AdminKey)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := with(with(exportSettings, "mintsoft.client", c.client), "mintsoft.api_key", c.key)
			world.Bubble(t, world.Options{Seed: small, Settings: settings}, func(t *testing.T, w *world.World) {
				w.Mintsoft.AddUser(mintsoftsim.User{Username: "demo", Password: "p", APIKey: clientKey, ClientID: demo(w)})
				left, withdrawn := pickable(t, w, "SO-1"), pickable(t, w, "SO-2")
				sentElsewhere(w, "WEB-1", nil)
				w.Once(t)
				require.Len(t, allExported(w), 1)
				<-time.After(25 * time.Hour)
				w.Mintsoft.Despatch(left, "T-1")
				if c.lost {
					w.LoseLedger(t)
				} else {
					w.Mintsoft.DeleteOrder(withdrawn) // a person did, whom the next run must not overrule
				}
				for _, then := range c.then {
					then(t, w)
				}
				w.Once(t)
				w.Once(t)
				assert.Empty(t, w.DeadLetters(t))
				assert.Len(t, allExported(w), 1)
				assert.Len(t, w.Unleashed.Invoices(), 2)
				if !c.lost {
					assert.Empty(t, w.Mintsoft.OrdersByNumber("SO-2"), "it is made again")
				}
				requireUpstream(t, w, "SO-1", "Completed", "Dispatched: 2 x MUG-BLUE T-1")
			})
		})
	}
}

// The key of a new client sees no products, which would tell whose it is, until the first
// connection has made them.
func TestTheSecondWarehouseOfANewClient(t *testing.T) {
	t.Parallel()
	o := shared()
	o.Settings = with(with(with(exportSettings, "mintsoft.client", ""), "mintsoft.api_key", clientKey), "general.stock_sync", false)
	o.Connections[1].Settings["active"] = false
	world.Bubble(t, o, func(t *testing.T, w *world.World) {
		acme := w.Mintsoft.AddClient(mintsoftsim.Client{ShortName: "ACME", Name: "Acme"}).ID
		w.Mintsoft.AddUser(mintsoftsim.User{Username: "acme", Password: "p", APIKey: clientKey, ClientID: acme})
		w.Mintsoft.AddChannel(acme, "Unleashed")
		w.Unleashed.SetStock("MUG-BLUE", "SHOP", "100", "1.00")
		w.Once(t)
		<-time.After(time.Hour)
		w.SetOf(t, "shop", "active", true)
		addOrder(w, "SO-SHOP", func(o *unleashedsim.OrderSpec) { o.Warehouse = "SHOP" })
		w.Once(t)
		made, exists := w.Mintsoft.OrderByNumber("SO-SHOP")
		require.True(t, exists)
		in := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: acme, Warehouse: made.WarehouseID, Reference: "A", Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 50}}})
		w.Mintsoft.ConfirmASN(in.ID)
		w.Mintsoft.BookIn(in.ID)
		sold := soldElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) { o.Client, o.Warehouse, o.Channel = acme, made.WarehouseID, "Unleashed" })
		w.Mintsoft.Despatch(sold.ID, "T-1")
		w.Once(t)
		require.Len(t, exportedAs(w, "WEB-1"), 1)
		w.Mintsoft.DeleteOrder(made.ID) // a person did, whom no run must overrule
		for range 2 {
			<-time.After(25 * time.Hour) // what the keys see is asked for again
			w.Once(t)
			assert.Empty(t, w.Mintsoft.OrdersByNumber("SO-SHOP"), "it is made again")
			assert.Empty(t, w.DeadLetters(t))
		}
	})
}

// Who leads what runs once for all is told by what is written, so one client is written
// in one way.
func TestOneClientWrittenInTwoWays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ client, key string }{
		"the client's own key":   {"", clientKey},
		"the only client":        {"", mintsoftsim.AdminKey},
		"the client's full name": {"Demo Homeware", mintsoftsim.AdminKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := shared()
			o.Connections[1].Settings = with(with(with(o.Connections[1].Settings, "mintsoft.client", c.client), "mintsoft.api_key", c.key), "general.sync_new_products", false)
			world.Bubble(t, o, func(t *testing.T, w *world.World) {
				w.Mintsoft.AddUser(mintsoftsim.User{Username: "demo", Password: "p", APIKey: clientKey, ClientID: demo(w)})
				product := productSync.add(w, 1)
				for range 2 { // whichever is started first
					rows := w.Once(t, "shop_*", "main_*")
					assert.Equal(t, "delivered", rows.Of("main_product_sync").State)
					assert.Equal(t, "failed", rows.Of("shop_product_sync").State)
					assert.Contains(t, rows.Of("shop_order_import").Error, `expected "DEMO" with the same credentials, as connection main has, since it is the same client`)
				}
				productSync.requireDelivered(t, w, product)

				w.SetOf(t, "shop", "mintsoft.client", "DEMO")
				w.SetOf(t, "shop", "mintsoft.api_key", mintsoftsim.AdminKey)
				there := addOrder(w, "SO-SHOP", func(o *unleashedsim.OrderSpec) { o.Warehouse = "SHOP" })
				assert.Equal(t, "runs as main_product_sync", w.Once(t).Of("shop_product_sync").State)
				assert.Len(t, orderImport.stands(t, w, there), 1)
			})
		})
	}
}

func TestAKeyThatSeesSeveralClients(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"mintsoft.client": ""}}, func(t *testing.T, w *world.World) {
		w.Once(t, stockSync)
		<-time.After(time.Hour)
		before := onHand(w, "MUG-BLUE")
		acme := w.Mintsoft.AddClient(mintsoftsim.Client{ShortName: "ACME", Name: "Acme"})
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: acme.ID, SKU: "MUG-BLUE", Name: "Mug of another client"})
		in := w.Mintsoft.AddASN(mintsoftsim.ASNSpec{Client: acme.ID, Reference: "ACME-1", Items: []mintsoftsim.ASNItemSpec{{SKU: "MUG-BLUE", Quantity: 500}}})
		w.Mintsoft.ConfirmASN(in.ID)
		w.Mintsoft.BookIn(in.ID)
		// What the key saw is known for a day, and so is whose rows these are.
		<-time.After(time.Hour)
		assert.Equal(t, "delivered", w.Once(t, stockSync).Of("stock_sync").State)
		assert.Equal(t, before, onHand(w, "MUG-BLUE"), "goods of another client")

		<-time.After(24 * time.Hour)
		row := w.Once(t, stockSync).Of("stock_sync")
		assert.Equal(t, "failed", row.State)
		assert.Contains(t, row.Error, `mintsoft.client: found "", expected the client whose goods these are, since the key sees those of DEMO (`)
		assert.Contains(t, row.Error, ", ACME (")

		w.Set("mintsoft.client", "DEMO")
		assert.Equal(t, "delivered", w.Once(t, stockSync).Of("stock_sync").State)
		assert.Equal(t, before, onHand(w, "MUG-BLUE"))
	})
}

func TestWhatWaitsFollowsItsAccounts(t *testing.T) {
	t.Parallel()
	// parked is an order that waits for its product.
	parked := func(t *testing.T, w *world.World) string {
		t.Helper()
		w.Once(t)
		addProduct(w, "LATE-1", nil)
		late := addOrder(w, "SO-LATE", func(o *unleashedsim.OrderSpec) {
			o.Lines = []unleashedsim.LineSpec{{SKU: "LATE-1", Price: "6"}}
		})
		require.EqualValues(t, 1, w.Once(t, "*_order_import").Of("main_order_import").Parked)
		return late
	}
	t.Run("a parked order, when its connection is called otherwise", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			late := parked(t, w)
			w.Rename(t, world.Main, "renamed")
			w.Once(t)
			assert.Len(t, orderImport.stands(t, w, late), 1)
			assert.NotEmpty(t, w.Logged("goes on where another one was", "stream=renamed_order_import", "before=main_order_import", "records=1"))
		})
	})
	t.Run("and of a sync that runs for ever", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			late := parked(t, w)
			w.Rename(t, world.Main, "renamed")
			r := w.Forever(t)
			<-time.After(time.Hour)
			r.Stop(t)
			assert.Len(t, orderImport.stands(t, w, late), 1)
		})
	})
	t.Run("those of two connections that change their names", func(t *testing.T) {
		world.Bubble(t, shared(), func(t *testing.T, w *world.World) {
			late := parked(t, w)
			w.Rename(t, world.Main, "was")
			w.Rename(t, "shop", world.Main)
			w.Rename(t, "was", "shop")
			w.Once(t)
			assert.Len(t, orderImport.stands(t, w, late), 1)
		})
	})
	t.Run("a dead letter, when another connection runs the flow that it was filed by", func(t *testing.T) {
		world.Bubble(t, shared(), func(t *testing.T, w *world.World) {
			w.Once(t)
			addProduct(w, "BAD-1", func(p *unleashedsim.Product) { p.ICCCountryCode = "QQ" })
			w.Once(t)
			require.Len(t, w.DeadLetters(t), 1)
			w.SetOf(t, world.Main, "active", false)
			w.Unleashed.EditProduct("BAD-1", func(p *unleashedsim.Product) { p.ICCCountryCode = "GB" })
			<-time.After(time.Hour)
			w.Once(t)
			assert.Empty(t, w.DeadLetters(t), "a later success closes it")
		})
	})
	t.Run("a dead letter that is replayed under the new name", func(t *testing.T) {
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			w.Once(t)
			addOrder(w, "SO-BAD", nil)
			w.Unleashed.EditOrder("SO-BAD", func(o *unleashedsim.SalesOrder) { o.DeliveryCountry = "Nowhere" })
			w.Once(t)
			require.Len(t, w.DeadLetters(t), 1)
			w.Rename(t, world.Main, "renamed")
			w.Once(t)
			w.Unleashed.EditOrder("SO-BAD", func(o *unleashedsim.SalesOrder) { o.DeliveryCountry = "United Kingdom" })
			w.Replay(t)
			assert.Empty(t, w.DeadLetters(t))
			assert.Len(t, orderImport.stands(t, w, "SO-BAD"), 1)
		})
	})
	t.Run("a dead letter of an event", func(t *testing.T) {
		told(t, func(t *testing.T, w *world.World, _ string) {
			r := w.Forever(t, eager...)
			<-time.After(time.Minute)
			w.Mintsoft.Faults.Add(twin.Fault{Method: "POST", Path: "/api/Product*", Status: 400})
			w.Unleashed.DeleteProduct("MUG-RED")
			require.Equal(t, 1, deliver(t, w))
			r.Stop(t)
			w.Mintsoft.Faults.Clear()
			w.Rename(t, world.Main, "renamed")
			w.Once(t)
			require.Len(t, w.DeadLetters(t), 1)
			w.Replay(t)
			assert.Empty(t, w.DeadLetters(t))
			p, _ := w.Mintsoft.Product("MUG-RED")
			assert.True(t, p.Discontinued)
		})
	})
	t.Run("that an order is rightly not exported", func(t *testing.T) {
		o := world.Options{Seed: small, Settings: with(with(exportSettings, "general.orders_prefix", "UNL-"), "general.import_orders", true)}
		world.Bubble(t, o, func(t *testing.T, w *world.World) {
			w.Once(t)
			addOrder(w, "77", func(o *unleashedsim.OrderSpec) { o.Status, o.Warehouse = unleashedsim.Placed, "SHOP" })
			w.Unleashed.SetStock("MUG-BLUE", "SHOP", "10", "1.00")
			w.Unleashed.CompleteOrder("77")
			sentElsewhere(w, "UNL-77", nil)
			w.Once(t)
			w.Once(t)
			before := onHand(w, "MUG-BLUE")
			<-time.After(time.Hour)
			w.Rename(t, world.Main, "renamed")
			w.Ask(t, fullRun("renamed_stock_sync"))
			w.Once(t)
			assert.Equal(t, before, onHand(w, "MUG-BLUE"))
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
