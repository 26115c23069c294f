package scenarios

import (
	"encoding/json"
	"fmt"
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// customerSync has no refusals: the store takes every customer, and one without
// a Guid is not a record at all.
var customerSync = flow{
	pipeline: "customer_sync",
	settings: map[string]any{"customer_sync.interval": "15m"},
	source:   "unleashed", list: "/Customers",

	add: func(w *world.World, n int) string {
		w.Unleashed.AddCustomer(unleashedsim.Customer{CustomerCode: numbered("CUST", n), CustomerName: "A customer", Email: "a@customer.example"})
		return numbered("CUST", n)
	},
	stands: func(t *testing.T, w *world.World, ref string) []string {
		customer, _ := w.Unleashed.Customer(ref)
		raw := w.Stored(t, "customers", customer.Guid.String())
		if raw == nil {
			return nil
		}
		var c struct{ CustomerCode, CustomerName, Email string }
		require.NoError(t, json.Unmarshal(raw, &c))
		return []string{fmt.Sprintf("%s: %s, %s", c.CustomerCode, c.CustomerName, c.Email)}
	},
	delivered: func(ref string) string { return ref + ": A customer, a@customer.example" },

	change: func(w *world.World, ref string) {
		w.Unleashed.EditCustomer(ref, func(c *unleashedsim.Customer) { c.Email = "b@customer.example" })
	},
	changed: func(ref string) string { return ref + ": A customer, b@customer.example" },
	// An order may still be for a customer that was retired.
	remove: func(w *world.World, ref string) {
		w.Unleashed.EditCustomer(ref, func(c *unleashedsim.Customer) { c.Obsolete = true })
	},
	removed: func(ref string) string { return ref + ": A customer, a@customer.example" },
}

// TestCustomersAreKeptByTheirCodesToo: two accounts may use a code for different
// customers.
func TestCustomersAreKeptByTheirCodesToo(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small, Connections: []world.Connection{{Name: world.Main}, {Name: "other", Accounts: 1}}}, func(t *testing.T, w *world.World) {
		for i, account := range w.Accounts {
			account.Unleashed.AddCustomer(unleashedsim.Customer{CustomerCode: "SAME", CustomerName: fmt.Sprintf("Customer of account %d", i)})
		}
		running := w.Forever(t, "*_customer_sync")
		<-time.After(time.Minute)
		accounts := map[string]string{}
		for _, name := range []string{world.Main, "other"} {
			conn, err := running.Book.Connection(name)
			require.NoError(t, err)
			identity, err := conn.Identity(t.Context())
			require.NoError(t, err)
			accounts[name] = identity.Accounts
		}
		running.Stop(t)
		for i, name := range []string{world.Main, "other"} {
			assert.Contains(t, string(w.Stored(t, "customers", "code/"+accounts[name]+"/SAME")), fmt.Sprintf("Customer of account %d", i))
		}
	})
}

// TestACustomerThatAnOrderAsksForIsKeptAsTheListKeepsOne, whichever pipeline asks.
func TestACustomerThatAnOrderAsksForIsKeptAsTheListKeepsOne(t *testing.T) {
	t.Parallel()
	for _, f := range []flow{orderImport, shipmentImport} {
		t.Run(f.pipeline, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, f.options(), func(t *testing.T, w *world.World) {
				f.add(w, 1)
				f.add(w, 2)
				w.Once(t, "*_customer_sync")
				listed := map[string]string{}
				for _, c := range w.Unleashed.Customers() {
					listed[c.Guid.String()] = string(w.Stored(t, "customers", c.Guid.String()))
				}
				w.LoseLedger(t)
				w.Forget()
				w.Once(t, "*_"+f.pipeline)
				asked := w.Unleashed.Journal.Find("GET", "/Customers/*")
				require.Len(t, asked, 1, "both orders are for one customer")
				guid := path.Base(asked[0].Path)
				assert.JSONEq(t, listed[guid], string(w.Stored(t, "customers", guid)))
			})
		})
	}
}
