package scenarios

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// tracked is a world in which Mintsoft has the tea by batch, as Unleashed has it, and
// scales by serial number.
func tracked(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World)) {
	t.Helper()
	world.Bubble(t, world.Options{Seed: small, Settings: settings}, func(t *testing.T, w *world.World) {
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "TEA-ASSAM", Name: "Tea", HasBatchNumber: true})
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: "SCALE", Name: "Scale", HasSerialNumber: true})
		w.Unleashed.AddProduct(unleashedsim.Product{ProductCode: "SCALE", ProductDescription: "Scale", IsSerialized: true, DefaultPurchasePrice: unleashedsim.Number("30")})
		<-time.After(5 * time.Second)
		move(t, w, "TEA-ASSAM", 50, teaLot("A2409"))
		move(t, w, "TEA-ASSAM", 70, teaLot("A2411"))
		w.Unleashed.SetSerials("SCALE", "MAIN", "30", "S-1", "S-2")
		for _, serial := range []string{"S-1", "S-2"} {
			move(t, w, "SCALE", 1, mintsoftsim.Lot{SerialNo: serial})
		}
		test(t, w)
	})
}

// teaLot is a batch that is best before a day.
func teaLot(batch string) mintsoftsim.Lot {
	return mintsoftsim.Lot{BatchNo: batch, BestBefore: mintsoftsim.Date{Time: time.Date(2028, 3, 31, 0, 0, 0, 0, time.UTC)}}
}

// batches are those of an SKU in Unleashed.
func batches(w *world.World, sku string) string {
	var all []string
	for number, quantity := range w.Unleashed.Batches(sku, "MAIN") {
		all = append(all, fmt.Sprintf("%s %s", number, quantity))
	}
	slices.Sort(all)
	return fmt.Sprint(all)
}

const byLot = "general.enable_serial_batch_tracking"

func TestTrackedProductsAreAdjustedByLot(t *testing.T) {
	t.Parallel()
	for _, k := range []knob[unleashedsim.Knobs]{
		{"as it is assumed", func(*unleashedsim.Knobs) {}},
		{"used-up lots are listed", func(k *unleashedsim.Knobs) { k.AllLotsListed = true }},
		{"lines want a name", func(k *unleashedsim.Knobs) { k.AdjustmentLinesNamed = true }},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			tracked(t, map[string]any{byLot: true}, func(t *testing.T, w *world.World) {
				w.Unleashed.Turn(k.turn)
				adjustByLot(t, w)
			})
		})
	}
}

// adjustByLot has lots come, go and be used up.
func adjustByLot(t *testing.T, w *world.World) {
	t.Helper()
	require.True(t, counted(t, w).Of("stock_sync").Clean())
	require.Empty(t, adjusted(w), "lot by lot they agree")
	<-time.After(time.Hour)

	// As many as before, of other batches; and other units.
	move(t, w, "TEA-ASSAM", -10, teaLot("A2411"))
	move(t, w, "TEA-ASSAM", 10, teaLot("A2501"))
	move(t, w, "SCALE", -1, mintsoftsim.Lot{SerialNo: "S-1"})
	move(t, w, "SCALE", 1, mintsoftsim.Lot{SerialNo: "S-3"})
	move(t, w, "SCALE", 1, mintsoftsim.Lot{SerialNo: "S-4"})
	require.True(t, counted(t, w).Of("stock_sync").Clean())
	assert.Equal(t, "[A2409 50 A2411 60 A2501 10]", batches(w, "TEA-ASSAM"))
	assert.Equal(t, "120", onHand(w, "TEA-ASSAM"))
	assert.ElementsMatch(t, []string{"S-2", "S-3", "S-4"}, w.Unleashed.Serials("SCALE", "MAIN"))
	assert.ElementsMatch(t, []string{"TEA-ASSAM 120 (432)", "SCALE 3 (90)"}, adjusted(w))
	for _, line := range w.Unleashed.StockAdjustments()[0].StockAdjustmentLines {
		for _, batch := range line.BatchNumbers {
			assert.Equal(t, w.Unleashed.Day("2028-03-31"), batch.ExpiryDate, batch.Number)
		}
	}

	<-time.After(time.Hour)
	move(t, w, "TEA-ASSAM", -50, teaLot("A2409"))
	require.True(t, counted(t, w).Of("stock_sync").Clean())
	assert.Equal(t, "70", onHand(w, "TEA-ASSAM"))
	<-time.After(time.Hour)
	w.Forget()
	(flow{pipeline: "stock_sync"}).full(t, w)
	counted(t, w)
	assert.Empty(t, w.Writes("unleashed"), "a lot that is used up is no difference")
}

func TestATrackedProductThatCannotBeAdjustedIsReported(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]any
		arrange  func(t *testing.T, w *world.World)
		reason   string
	}{
		"tracking is off": {
			nil, func(t *testing.T, w *world.World) { move(t, w, "TEA-ASSAM", -10, teaLot("A2411")) }, "turn on general.enable_serial_batch_tracking",
		},
		"the free of a lot cannot be told": {
			map[string]any{byLot: true, "general.stock_sync_value_type": "OnHand"}, func(t *testing.T, w *world.World) {
				w.Mintsoft.AddOrder(mintsoftsim.OrderSpec{Client: demo(w), Warehouse: mainWarehouse(t, w), Number: "M-1", Items: []mintsoftsim.ItemSpec{{SKU: "TEA-ASSAM", Quantity: 4}}})
			}, "Mintsoft does not tell which lots are free",
		},
		"some of it has no batch": {
			map[string]any{byLot: true}, func(t *testing.T, w *world.World) { move(t, w, "TEA-ASSAM", 10) }, "has some without one",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracked(t, c.settings, func(t *testing.T, w *world.World) {
				counted(t, w)
				<-time.After(time.Hour)
				require.Empty(t, adjusted(w))
				fiveLess(t, w)
				c.arrange(t, w)
				for range 2 { // the first time Unleashed may have to say so
					counted(t, w)
					<-time.After(time.Hour)
				}
				assert.Contains(t, letterOf(t, w, "TEA-ASSAM").Reason, c.reason)
				assert.Equal(t, "120", onHand(w, "TEA-ASSAM"))
				assert.Equal(t, "235", onHand(w, "MUG-BLUE"), "others are adjusted")
				w.Forget()
				counted(t, w)
				assert.Empty(t, w.Writes("unleashed"), "what is known is not tried again")
			})
		})
	}
	t.Run("what is not posted waits", func(t *testing.T) {
		tracked(t, map[string]any{byLot: true}, func(t *testing.T, w *world.World) {
			counted(t, w)
			ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
				o.Lines = []unleashedsim.LineSpec{{SKU: "TEA-ASSAM", Quantity: "2"}}
			})
			w.Once(t, "main_order_import")
			<-time.After(time.Hour)
			despatchOrder(t, w, ref)
			move(t, w, "TEA-ASSAM", -1, teaLot("A2409"))
			rows := counted(t, w)
			assert.Equal(t, "120", onHand(w, "TEA-ASSAM"))
			assert.Len(t, rows.Of("stock_sync").Skips, 2)
			w.Once(t, "main_order_despatch")
			<-time.After(time.Hour)
			counted(t, w)
			assert.Equal(t, "117", onHand(w, "TEA-ASSAM"))
			assert.Empty(t, w.DeadLetters(t))
		})
	})
}

func TestBundles(t *testing.T) {
	t.Parallel()
	bundled := func(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World)) {
		world.Bubble(t, world.Options{Seed: small, Settings: settings}, func(t *testing.T, w *world.World) {
			w.Mintsoft.AddBundle(mintsoftsim.Product{ClientID: demo(w), SKU: "GIFTSET", Name: "Gift set"}, map[string]int{"MUG-BLUE": 2, "BOX-S": 1})
			<-time.After(5 * time.Second)
			test(t, w)
		})
	}
	t.Run("have as many as their components allow", func(t *testing.T) {
		bundled(t, nil, func(t *testing.T, w *world.World) {
			counted(t, w)
			assert.Equal(t, "120", onHand(w, "GIFTSET"))
			<-time.After(time.Hour)
			fiveLess(t, w)
			counted(t, w)
			assert.Equal(t, "117", onHand(w, "GIFTSET"), "when a component moved")
			assert.Equal(t, "235", onHand(w, "MUG-BLUE"))
		})
	})
	for name, inInventory := range map[string]bool{"are left alone when they are excluded": false, "are, also when the inventory shows them": true} {
		t.Run(name, func(t *testing.T) {
			bundled(t, map[string]any{"general.exclude_bundles_from_stock_sync": true}, func(t *testing.T, w *world.World) {
				w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundlesInInventory = inInventory })
				counted(t, w)
				<-time.After(time.Hour)
				fiveLess(t, w)
				counted(t, w)
				assert.Equal(t, "20", onHand(w, "GIFTSET"))
				assert.Equal(t, "235", onHand(w, "MUG-BLUE"))
				ref := addOrder(w, "SO-1", func(o *unleashedsim.OrderSpec) {
					o.Lines = []unleashedsim.LineSpec{{SKU: "GIFTSET", Quantity: "3"}}
				})
				w.Once(t, "main_order_import")
				<-time.After(time.Minute)
				despatchOrder(t, w, ref)
				<-time.After(time.Minute)
				counted(t, w)
				assert.Equal(t, "20", onHand(w, "GIFTSET"), "three have left and are not posted")
				w.Once(t, "main_order_despatch")
				<-time.After(time.Hour)
				counted(t, w)
				assert.Equal(t, "17", onHand(w, "GIFTSET"))
			})
		})
	}
	t.Run("are asked for one by one where the list of all is too long", func(t *testing.T) {
		bundled(t, nil, func(t *testing.T, w *world.World) {
			w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Product/StockLevels", Delay: 2 * time.Minute, Times: 1})
			require.True(t, counted(t, w).Of("stock_sync").Clean())
			assert.Equal(t, "120", onHand(w, "GIFTSET"))
			<-time.After(time.Hour)
			w.Forget()
			fiveLess(t, w)
			require.True(t, counted(t, w).Of("stock_sync").Clean())
			assert.Equal(t, "117", onHand(w, "GIFTSET"))
			for _, e := range w.Mintsoft.Journal.Find("GET", "/api/Product/StockLevels") {
				assert.Contains(t, e.RawQuery, "SKU=GIFTSET", "it is remembered for a day")
			}
		})
	})
	t.Run("are asked for together as soon as a throttle allows", func(t *testing.T) {
		bundled(t, nil, func(t *testing.T, w *world.World) {
			w.Mintsoft.Faults.Add(twin.Fault{Method: "GET", Path: "/api/Product/StockLevels", Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"120"}}, Times: 1})
			require.True(t, counted(t, w).Of("stock_sync").Clean())
			assert.Equal(t, "120", onHand(w, "GIFTSET"))
			var answers []int
			for _, e := range w.Mintsoft.Journal.Find("GET", "/api/Product/StockLevels") {
				if !strings.Contains(e.RawQuery, "SKU=") { // a bundle that differs is looked at again
					answers = append(answers, e.Status)
				}
			}
			assert.Equal(t, []int{http.StatusTooManyRequests, http.StatusOK}, answers)
		})
	})
	t.Run("cost a call only where there are any", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			fiveLess(t, w)
			counted(t, w)
			assert.Zero(t, w.Mintsoft.Journal.Count("GET", "/api/Product/StockLevels"))
		})
	})
}

func TestStockAtOtherKnobs(t *testing.T) {
	t.Parallel()
	for name, turn := range map[string]func(w *world.World){
		"booking in changes no ASN":   func(w *world.World) { w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.ASNBookingQuiet = true }) },
		"a row for each location":     func(w *world.World) { w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InventoryByLocation = true }) },
		"a page past the end repeats": func(w *world.World) { w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.InventoryRepeats = true }) },
		"bundles in the inventory":    func(w *world.World) { w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.BundlesInInventory = true }) },
		"since leaves the moment out": func(w *world.World) { w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.SinceExclusive = true }) },
		"stock touches the product":   func(w *world.World) { w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.StockTouchesProduct = true }) },
		"pages past the end are empty": func(w *world.World) {
			w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.PageBeyondEnd = unleashedsim.EmptyPage })
		},
		"a smaller greatest page":          func(w *world.World) { w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.PageMax = 5 }) },
		"members that nobody knows refuse": func(w *world.World) { w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.UnknownMembersRefused = true }) },
		"receipts keep the order":          func(w *world.World) { w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ReceiptKeepsOrder = true }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracked(t, map[string]any{byLot: true, "purchase_order_import.enabled": true}, func(t *testing.T, w *world.World) {
				turn(w)
				first, second := mainWarehouse(t, w), 0
				second = w.Mintsoft.AddLocation(first, "B-1", 1).ID
				counted(t, w)
				require.Empty(t, adjusted(w))
				ref := addPurchase(w, "PO-9", nil)
				w.Once(t, "main_purchase_order_import")
				<-time.After(time.Hour)
				asn := w.Mintsoft.ASNsByReference(ref)[0].ID
				w.Mintsoft.ConfirmASN(asn)
				w.Mintsoft.Receive(asn, mintsoftsim.Received{SKU: "MUG-BLUE", Quantity: 4})
				w.Mintsoft.PartBook(asn)
				w.Unleashed.ReceiptPurchase(ref, map[string]string{"MUG-BLUE": "3"})
				move(t, w, "MUG-BLUE", -2)
				move(t, w, "MUG-RED", 3, mintsoftsim.Lot{LocationID: second})
				move(t, w, "TEA-ASSAM", 5, mintsoftsim.Lot{LocationID: second, BatchNo: "A2501"})
				counted(t, w)
				assert.Equal(t, "241", onHand(w, "MUG-BLUE"))
				assert.Equal(t, "183", onHand(w, "MUG-RED"))
				assert.Equal(t, "[A2409 50 A2411 70 A2501 5]", batches(w, "TEA-ASSAM"))
				assert.Empty(t, w.DeadLetters(t))
			})
		})
	}
}

// TestATrackedProductThatIsSoldOut has none of it in Mintsoft, and a dead letter of
// before.
func TestATrackedProductThatIsSoldOut(t *testing.T) {
	t.Parallel()
	tracked(t, map[string]any{byLot: true}, func(t *testing.T, w *world.World) {
		counted(t, w)
		<-time.After(time.Hour)
		move(t, w, "TEA-ASSAM", 10) // without a batch
		counted(t, w)
		<-time.After(time.Hour)
		require.Contains(t, letterOf(t, w, "TEA-ASSAM").Reason, "without one")
		move(t, w, "TEA-ASSAM", -50, teaLot("A2409"))
		move(t, w, "TEA-ASSAM", -70, teaLot("A2411"))
		move(t, w, "TEA-ASSAM", -10)
		fiveLess(t, w)
		row := counted(t, w).Of("stock_sync")
		assert.True(t, row.Clean(), "%+v", row)
		assert.Equal(t, "235", onHand(w, "MUG-BLUE"))
		assert.Equal(t, "0", onHand(w, "TEA-ASSAM"))
		assert.Empty(t, w.DeadLetters(t))
	})
}
