package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// rename changes the code of a product in Unleashed.
func rename(w *world.World, code, to string) {
	w.Unleashed.EditProduct(code, func(p *unleashedsim.Product) { p.ProductCode = to })
	<-time.After(time.Minute)
}

// newMug is another product with the code of the seed's.
func newMug(w *world.World, quantity string) {
	w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "MUG-BLUE", ProductDescription: "Mug, new", DefaultPurchasePrice: unleashedsim.Number("4")})
	w.Unleashed.SetStock("MUG-BLUE", "MAIN", quantity, "4.10")
	<-time.After(time.Hour)
}

// TestTheCodeOfARenamedProductIsGivenToAnother, which is counted from then on, whether
// product_sync saw the first, both or none of them.
func TestTheCodeOfARenamedProductIsGivenToAnother(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ first, both, full bool }{
		"unseen":              {},
		"unseen, all of it":   {full: true},
		"unlinked since":      {first: true},
		"unlinked, all of it": {first: true, full: true},
		"linked":              {first: true, both: true},
		"linked, all of it":   {first: true, both: true, full: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
				if c.first {
					w.Once(t, "main_product_sync")
				}
				rename(w, "MUG-BLUE", "MUG-BLUE-OLD")
				w.Unleashed.SetStock("MUG-BLUE-OLD", "MAIN", "0", "4.10")
				newMug(w, "240")
				if c.both {
					w.Once(t, "main_product_sync")
				}
				fiveLess(t, w)
				if c.full {
					(flow{pipeline: "stock_sync"}).full(t, w)
				}
				counted(t, w)
				assert.Equal(t, []string{"MUG-BLUE 235 (963.5)"}, adjusted(w))
			})
		})
	}
}

func TestTheCodeOfARenamedProductIsGivenToAnotherOfAMaster(t *testing.T) {
	t.Parallel()
	for name, synced := range map[string]bool{"linked": true, "unlinked": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mastered(t, nil, func(t *testing.T, w *world.World) {
				w.Once(t, "main_product_sync")
				rename(w, "MUG-BLUE", "MUG-BLUE-OLD")
				newMug(w, "200")
				if synced {
					w.Once(t, "main_product_sync")
				}
				for range 2 {
					w.Unleashed.SetStock("MUG-BLUE-OLD", "MAIN", "3", "4.10")
					<-time.After(time.Minute)
					w.Once(t, stockMaster)
					assert.Equal(t, "200 of 200", free(t, w, "MUG-BLUE"))
					<-time.After(24 * time.Hour)
				}
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

// TestAProductThatWasDeleted is counted under its code once it was made again, and reported
// as gone before, not for its price; linked or not.
func TestAProductThatWasDeleted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ linked, again bool }{
		"made again, linked": {true, true}, "made again, unlinked": {false, true}, "gone, linked": {true, false}, "gone, unlinked": {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
				if test.linked {
					w.Once(t, "main_product_sync")
				}
				w.Unleashed.DeleteProduct("MUG-BLUE")
				if test.again {
					newMug(w, "77")
				}
				fiveLess(t, w)
				skips := counted(t, w).Of("stock_sync").Skips
				if test.again {
					assert.Equal(t, "235", onHand(w, "MUG-BLUE"))
				} else {
					assert.Contains(t, skips, "Unleashed has no product with this code")
				}
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

// TestTheSKUOfARenamedProductIsChangedInMintsoftToo, as its report says.
func TestTheSKUOfARenamedProductIsChangedInMintsoftToo(t *testing.T) {
	t.Parallel()
	for name, full := range map[string]bool{"changes": false, "all of it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
				warehouse := mainWarehouse(t, w)
				w.Once(t, "main_product_sync")
				rename(w, "MUG-BLUE", "MUG-NAVY")
				w.Once(t, "main_product_sync")
				<-time.After(time.Hour)
				w.Mintsoft.EditProduct("MUG-BLUE", func(p *mintsoftsim.Product) { p.SKU = "MUG-NAVY" })
				<-time.After(time.Hour)
				w.Mintsoft.AdjustStock("MUG-NAVY", warehouse, -5)
				if full {
					(flow{pipeline: "stock_sync"}).full(t, w)
				}
				counted(t, w)
				assert.Equal(t, "235", onHand(w, "MUG-NAVY"))
				<-time.After(time.Hour)
				w.Mintsoft.AdjustStock("MUG-NAVY", warehouse, -5)
				counted(t, w)
				assert.Equal(t, "230", onHand(w, "MUG-NAVY"))
			})
		})
	}
}

// TestASavedProductIsLinkedToItsNewSKU, so that what asks by the link finds it.
func TestASavedProductIsLinkedToItsNewSKU(t *testing.T) {
	t.Parallel()
	mastered(t, nil, func(t *testing.T, w *world.World) {
		w.Set("general.frequency", "30m")
		running := w.Forever(t, "main_product_sync", stockMaster)
		<-time.After(time.Hour)
		rename(w, "MUG-BLUE", "MUG-NAVY")
		<-time.After(time.Hour)
		w.Mintsoft.EditProduct("MUG-BLUE", func(p *mintsoftsim.Product) { p.SKU = "MUG-NAVY" })
		<-time.After(time.Hour)
		w.Unleashed.EditProduct("MUG-NAVY", func(p *unleashedsim.Product) { p.Barcode = "5021" })
		<-time.After(time.Hour)
		w.Unleashed.SetStock("MUG-NAVY", "MAIN", "70", "4.10")
		<-time.After(2 * time.Hour)
		running.Stop(t)
		assert.Equal(t, []string{"MUG-NAVY 70"}, set(w))
	})
}

// TestAProductThatUnleashedGetsLater is counted then, once, though nothing moves.
func TestAProductThatUnleashedGetsLater(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "LATE", Name: "Late"})
		<-time.After(5 * time.Second)
		move(t, w, "LATE", 100)
		for range 2 {
			counted(t, w)
			<-time.After(24 * time.Hour)
		}
		w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "LATE", ProductDescription: "Late", DefaultPurchasePrice: unleashedsim.Number("2")})
		for range 3 {
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, []string{"LATE 100 (200)"}, adjusted(w))
		}
		w.Forget()
		counted(t, w)
		assert.Zero(t, w.Unleashed.Journal.Count("GET", "/Products"), "it is not looked for any more")
	})
}

// TestADocumentOfARenamedProductIsPostedInPart, of which Unleashed shows the new code.
func TestADocumentOfARenamedProductIsPostedInPart(t *testing.T) {
	t.Parallel()
	t.Run("an order", func(t *testing.T) {
		t.Parallel()
		settledStock(t, openDocument{}.options(), func(t *testing.T, w *world.World) {
			w.Once(t, "main_product_sync")
			ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) { o.Lines[0].Quantity = "10" })
			w.Once(t, "main_order_import")
			first := w.Mintsoft.OrdersByNumber(ref)[0].ID
			second := w.Mintsoft.Split(first, map[string]int{"MUG-BLUE": 4})
			<-time.After(time.Minute)
			w.Mintsoft.Despatch(first, "T-1")
			w.Once(t, "main_order_despatch")
			require.Equal(t, "234", onHand(w, "MUG-BLUE"))
			counted(t, w)
			rename(w, "MUG-BLUE", "MUG-NAVY")
			<-time.After(time.Hour)
			w.Mintsoft.Despatch(second, "T-2")
			counted(t, w)
			assert.Equal(t, "234", onHand(w, "MUG-NAVY"), "four left and are not posted")
		})
	})
	t.Run("a purchase order", func(t *testing.T) {
		t.Parallel()
		settledStock(t, receipts(nil), func(t *testing.T, w *world.World) {
			w.Once(t, "main_product_sync")
			asn := expecting(t, w, "PO-1", nil)
			<-time.After(time.Minute)
			rename(w, "MUG-BLUE", "MUG-NAVY")
			<-time.After(time.Hour)
			booksInPart(w, asn, 4)
			counted(t, w)
			require.Equal(t, "240", onHand(w, "MUG-NAVY"))
			w.Unleashed.ReceiptPurchase("PO-1", map[string]string{"MUG-BLUE": "4"})
			require.Equal(t, "244", onHand(w, "MUG-NAVY"))
			<-time.After(time.Hour)
			move(t, w, "MUG-BLUE", -1)
			counted(t, w)
			assert.Equal(t, "243", onHand(w, "MUG-NAVY"))
		})
	})
}
