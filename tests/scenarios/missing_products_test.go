package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestARefusalThatNamesNoProduct: Mintsoft's words are not stable, so that the products of
// what it refuses are looked for.
func TestARefusalThatNamesNoProduct(t *testing.T) {
	t.Parallel()
	order := func(w *world.World, sku string) string {
		return addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].SKU = sku })
	}
	purchase := func(w *world.World, sku string) string {
		return addPurchase(w, "PO-1", func(o *unleashedsim.PurchaseSpec) { o.Lines[0].SKU = sku })
	}
	const vague, says = "Object reference not set to an instance of an object.", "(Mintsoft has no product with the SKU LATE-1)"
	for name, c := range map[string]struct {
		flow flow
		path string
		body string
		add  func(*world.World, string) string
	}{
		"an order": {orderImport, "/api/Order", `[{"OrderId":0,"Success":false,"Message":"` + vague + `"}]`, order},
		"an ASN":   {purchaseOrderImport, "/api/ASN", `{"ID":0,"Success":false,"Message":"` + vague + `"}`, purchase},
	} {
		refuses := func(w *world.World, times int) {
			w.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: c.path, Status: 200, Body: c.body, Times: times})
		}
		t.Run(name+" waits for one that Mintsoft lacks", func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, c.flow.options(), func(t *testing.T, w *world.World) {
				refuses(w, 2) // it is tried again within seconds
				ref := c.add(w, addProduct(w, "LATE-1", nil))
				c.flow.run(t, w)
				parked := w.Parked(t, c.flow.pipeline)
				require.Len(t, parked, 1)
				assert.Contains(t, parked[0].Reason, says)
				w.Once(t, "main_product_sync", c.flow.stream())
				assert.Len(t, c.flow.stands(t, w, ref), 1)
				assert.Empty(t, w.DeadLetters(t))
			})
		})
		t.Run(name+" names it where nobody makes products", func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, c.flow.options(), func(t *testing.T, w *world.World) {
				w.Set("general.sync_new_products", false)
				refuses(w, 1)
				ref := c.add(w, addProduct(w, "LATE-1", nil))
				c.flow.run(t, w)
				assert.Contains(t, letterOf(t, w, ref).Reason, vague+" "+says)
			})
		})
		t.Run(name+" of known products is refused as it was", func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, c.flow.options(), func(t *testing.T, w *world.World) {
				refuses(w, 1)
				ref := c.add(w, "MUG-BLUE")
				c.flow.run(t, w)
				assert.Regexp(t, vague+"$", letterOf(t, w, ref).Reason)
			})
		})
	}
}

// TestALostAnswerIsLookedUpThoughAProductSeemsToLack: the order that was made shows
// itself only after it was refused as one that is there already, in words that say nothing.
func TestALostAnswerIsLookedUpThoughAProductSeemsToLack(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"in words that say nothing":      "Object reference not set to an instance of an object.",
		"in words that name the product": "Product MUG-BLUE not found",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
				addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].SKU = "MUG-BLUE" })
				w.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", CloseAfter: true, Times: 1})
				w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Order/Search", Status: 200, Body: "[]", Times: 2})
				w.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Status: 200, Body: `[{"OrderId":0,"Success":false,"Message":"` + says + `"}]`, Times: 99})
				w.Once(t, "main_order_import")
				require.Len(t, w.Mintsoft.Orders(), 1)
				assert.Empty(t, w.Parked(t, "order_import"))
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
	t.Run("one that Mintsoft spells otherwise does not lack", func(t *testing.T) {
		t.Parallel()
		world.Bubble(t, orderImport.options(), func(t *testing.T, w *world.World) {
			addProduct(w, "CASE-1", nil)
			w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "case-1", Name: "A thing"})
			ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].SKU = "CASE-1" })
			w.Mintsoft.Faults.Add(twin.Fault{Method: "PUT", Path: "/api/Order", Status: 200, Body: `[{"OrderId":0,"Success":false,"Message":"Object reference not set to an instance of an object."}]`, Times: 1})
			w.Once(t, "main_order_import")
			assert.NotContains(t, letterOf(t, w, ref).Reason, "has no product")
		})
	})
}
