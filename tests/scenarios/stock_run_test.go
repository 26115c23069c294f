package scenarios

import (
	"fmt"
	"strings"
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

// manySKUs is a world with many SKUs that both services have a hundred of.
func manySKUs(products int) world.Options {
	o := world.Options{Seed: small}
	o.Seed.Products = 25 + products
	return o
}

// fill gives Mintsoft the products that only Unleashed has.
func fill(t *testing.T, w *world.World) (skus []string) {
	t.Helper()
	for _, p := range w.Unleashed.Products() {
		if !strings.HasPrefix(p.ProductCode, "SKU-") {
			continue
		}
		w.Mintsoft.AddProduct(mintsoftsim.Product{ClientID: demo(w), SKU: p.ProductCode, Name: p.ProductCode})
		skus = append(skus, p.ProductCode)
	}
	<-time.After(5 * time.Second)
	for _, sku := range skus {
		move(t, w, sku, 100)
	}
	return skus
}

func TestTheGuard(t *testing.T) {
	t.Parallel()
	const trigger = "mintleash trigger main_stock_sync --accept"
	many := func(t *testing.T, change int, test func(t *testing.T, w *world.World, skus []string)) {
		world.Bubble(t, manySKUs(100), func(t *testing.T, w *world.World) {
			skus := fill(t, w)
			for range 2 {
				require.True(t, counted(t, w).Of("stock_sync").Clean())
				<-time.After(time.Hour)
			}
			require.Empty(t, adjusted(w))
			for _, sku := range skus[:change] {
				move(t, w, sku, -1)
			}
			test(t, w, skus)
		})
	}
	t.Run("holds a run back that would change too much, until a person has looked", func(t *testing.T) {
		many(t, 60, func(t *testing.T, w *world.World, skus []string) {
			rows := counted(t, w)
			assert.False(t, rows.Of("stock_sync").Clean())
			assert.Empty(t, adjusted(w), "nothing is written, not even what others would call harmless")
			letter := letterOf(t, w, "stock")
			assert.Equal(t, "rejected", letter.Class)
			assert.Contains(t, letter.Reason, "60 of 108 SKUs would change, more than the 20 percent")
			assert.Contains(t, letter.Reason, trigger+"`")

			<-time.After(time.Hour)
			move(t, w, skus[99], -1)
			counted(t, w)
			assert.Empty(t, adjusted(w), "what it was about is not forgotten by the next run")
			assert.Contains(t, letterOf(t, w, "stock").Reason, "61 of 108")

			<-time.After(time.Hour)
			w.Ask(t, func(tx *ledger.Tx) error { return tx.AddTrigger(ledger.Trigger{Stream: stockSync, Accept: true}) })
			assert.True(t, counted(t, w).Of("stock_sync").Clean())
			assert.Len(t, adjusted(w), 61)
			assert.Empty(t, w.DeadLetters(t))
			<-time.After(time.Hour)
			w.Forget()
			counted(t, w)
			assert.Zero(t, w.Unleashed.Journal.Count("GET", "/StockOnHand"), "an ordinary run again")
		})
	})
	t.Run("lets up to fifty through, however few SKUs there are", func(t *testing.T) {
		many(t, 50, func(t *testing.T, w *world.World, _ []string) {
			assert.True(t, counted(t, w).Of("stock_sync").Clean())
			assert.Len(t, adjusted(w), 50)
		})
	})
	for percent, want := range map[int]int{100: 60, 60: 60, 50: 0} {
		t.Run(fmt.Sprintf("of %d percent", percent), func(t *testing.T) {
			many(t, 60, func(t *testing.T, w *world.World, _ []string) {
				w.Set("general.stock_sync_guard", percent)
				counted(t, w)
				assert.Len(t, adjusted(w), want)
			})
		})
	}
	t.Run("what mends itself mends the dead letter", func(t *testing.T) {
		many(t, 60, func(t *testing.T, w *world.World, skus []string) {
			counted(t, w)
			require.Len(t, w.DeadLetters(t), 1)
			for _, sku := range skus[:60] {
				move(t, w, sku, 1)
			}
			<-time.After(time.Hour)
			assert.True(t, counted(t, w).Of("stock_sync").Clean())
			assert.Empty(t, w.DeadLetters(t))
			assert.Empty(t, adjusted(w))
		})
	})
}

func TestARefusedLineIsIsolated(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
		for _, sku := range []string{"MUG-BLUE", "MUG-RED", "BOWL-S", "PLATE-26", "SOAP-BAR", "TOWEL-50", "BOARD-OAK", "BOX-S"} {
			move(t, w, sku, -1)
		}
		w.Unleashed.EditProduct("PLATE-26", func(p *unleashedsim.Product) { p.NeverDiminishing = true })
		rows := counted(t, w)
		assert.Len(t, adjusted(w), 7)
		assert.EqualValues(t, 1, rows.Of("stock_sync").DeadLettered)
		letter := letterOf(t, w, "PLATE-26")
		assert.Contains(t, letter.Reason, "PLATE-26 has no stock")
		assert.Equal(t, "400", onHand(w, "PLATE-26"))

		<-time.After(time.Hour)
		w.Forget()
		move(t, w, "MUG-BLUE", -1)
		counted(t, w)
		assert.Len(t, w.Writes("unleashed"), 1, "what is known of it is not tried again")
		assert.Empty(t, w.DeadLetters(t), "Unleashed keeps no stock of it: there is nothing to do")
	})
}

// TestARefusedLineOfARenamedProductIsTriedAgain under the SKU that Mintsoft knows.
func TestARefusedLineOfARenamedProductIsTriedAgain(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
		w.Once(t, "main_product_sync")
		w.Unleashed.EditProduct("MUG-BLUE", func(p *unleashedsim.Product) { p.ProductCode = "MUG-NAVY" })
		<-time.After(time.Hour)
		fiveLess(t, w)
		w.Break("MUG-NAVY", 400)
		counted(t, w)
		letterOf(t, w, "MUG-BLUE")
		<-time.After(time.Hour)
		w.Mend("MUG-NAVY")
		counted(t, w)
		assert.Empty(t, w.DeadLetters(t))
		assert.Equal(t, "235", onHand(w, "MUG-NAVY"))
	})
}

func TestALostAnswerIsLookedFor(t *testing.T) {
	t.Parallel()
	const path = "/StockAdjustments/*"
	t.Run("and adopted", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			fiveLess(t, w)
			w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: path, CloseAfter: true, Times: 1})
			assert.True(t, counted(t, w).Of("stock_sync").Clean())
			assert.Equal(t, []string{"MUG-BLUE 235 (963.5)"}, adjusted(w))
			assert.Equal(t, 1, w.Unleashed.Journal.Count("POST", path))
		})
	})
	t.Run("or dropped, and computed afresh", func(t *testing.T) {
		settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
			fiveLess(t, w)
			w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: path, CloseBefore: true, Times: 1})
			row := counted(t, w).Of("stock_sync")
			assert.Equal(t, "failed", row.State)
			assert.Contains(t, row.Error, "dropped")
			assert.Empty(t, adjusted(w))
			assert.Empty(t, w.DeadLetters(t))
			move(t, w, "MUG-BLUE", -1)
			<-time.After(time.Hour)
			assert.True(t, counted(t, w).Of("stock_sync").Clean())
			assert.Equal(t, []string{"MUG-BLUE 234 (959.4)"}, adjusted(w), "never the number of then")
		})
	})
}

func TestAnOutageDropsAnAdjustment(t *testing.T) {
	t.Parallel()
	settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
		running := w.Forever(t, stockSync)
		<-time.After(time.Minute)
		w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: "/StockAdjustments/*", Status: 503})
		fiveLess(t, w)
		<-time.After(20 * time.Minute)
		assert.Empty(t, adjusted(w))
		move(t, w, "MUG-BLUE", -3)
		w.Unleashed.Faults.Clear()
		<-time.After(5 * time.Minute)
		running.Stop(t)
		assert.Equal(t, []string{"MUG-BLUE 232 (951.2)"}, adjusted(w), "what is true when it can be written")
		assert.Empty(t, w.DeadLetters(t))
		guids := map[string]bool{}
		for _, e := range w.Unleashed.Journal.Find("POST", "/StockAdjustments/*") {
			assert.False(t, guids[e.Path], "%s was sent twice", e.Path)
			guids[e.Path] = true
		}
	})
}

func TestOncePerDay(t *testing.T) {
	t.Parallel()
	daily := map[string]any{"general.stock_sync_once_per_day": true, "general.stock_sync_time": "01:30", "general.time_zone": "Europe/London"}
	for name, c := range map[string]struct {
		evening time.Time
		run     string // in UTC
	}{
		"in winter":          {time.Date(2027, 1, 11, 23, 45, 0, 0, time.UTC), "01:30"},
		"in summer":          {time.Date(2026, 7, 11, 22, 45, 0, 0, time.UTC), "00:30"},
		"into summer time":   {time.Date(2026, 3, 28, 23, 45, 0, 0, time.UTC), "01:00"},  // half past one does not exist
		"out of summer time": {time.Date(2026, 10, 24, 22, 45, 0, 0, time.UTC), "00:30"}, // and comes twice
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world.Bubble(t, world.Options{Seed: small, Settings: daily}, func(t *testing.T, w *world.World) {
				<-time.After(time.Until(c.evening))
				running := w.Forever(t, stockSync)
				<-time.After(3 * time.Hour)
				running.Stop(t)
				assert.Equal(t, []string{c.run}, readings(w))
			})
		})
	}
	t.Run("what is asked for waits for its time, unless it is for now", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small, Settings: daily}, func(t *testing.T, w *world.World) {
			ask := func(trigger ledger.Trigger) {
				trigger.Stream = stockSync
				w.Unleashed.SetStock("MUG-BLUE", "MAIN", "77", "4.10")
				w.Ask(t, func(tx *ledger.Tx) error { return tx.AddTrigger(trigger) })
			}
			for range 2 {
				counted(t, w)
				<-time.After(24 * time.Hour)
			}
			counted(t, w)
			ask(ledger.Trigger{Full: true})
			running := w.Forever(t, stockSync)
			<-time.After(time.Hour)
			assert.Equal(t, "77", onHand(w, "MUG-BLUE"))
			running.Stop(t)
			counted(t, w)
			assert.Equal(t, "77", onHand(w, "MUG-BLUE"), "in a single run too")
			<-time.After(16 * time.Hour)
			counted(t, w)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"), "a full run at its time")
			ask(ledger.Trigger{Full: true, Now: true})
			running = w.Forever(t, stockSync)
			<-time.After(time.Minute)
			running.Stop(t)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
		})
	})
	t.Run("a single run is one when its time has passed", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small, Settings: daily}, func(t *testing.T, w *world.World) {
			assert.EqualValues(t, 8, counted(t, w).Of("stock_sync").Read, "it never ran")
			<-time.After(8 * time.Hour)
			fiveLess(t, w)
			assert.Zero(t, counted(t, w).Of("stock_sync").Read)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
			<-time.After(12 * time.Hour)
			counted(t, w)
			assert.Equal(t, "235", onHand(w, "MUG-BLUE"), "what changed since the last run")
		})
	})
	t.Run("every few minutes otherwise", func(t *testing.T) {
		world.Bubble(t, world.Options{Seed: small, Settings: map[string]any{"general.frequency": "5m"}}, func(t *testing.T, w *world.World) {
			running := w.Forever(t, stockSync)
			<-time.After(11 * time.Minute)
			running.Stop(t)
			assert.Equal(t, []string{"09:30", "09:35", "09:40"}, readings(w))
		})
	})
}

// readings are when the stock of Mintsoft was read, in UTC.
func readings(w *world.World) (at []string) {
	for _, e := range w.Mintsoft.Journal.Find("GET", "/api/Product/Inventory/Bulk") {
		if strings.Contains(e.RawQuery, "PageNo=1&") {
			at = append(at, e.At.UTC().Format("15:04"))
		}
	}
	return at
}

func TestPostingsFinishBeforeStockIsCompared(t *testing.T) {
	t.Parallel()
	world.Bubble(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
		running := w.Forever(t, stockSync, "main_order_import", "main_order_despatch")
		<-time.After(3 * time.Minute)
		ref := addOrder(w, "SO-1", nil)
		<-time.After(15 * time.Minute)
		for range 4 {
			// What leaves right after the despatches were read would wait for their next run.
			w.Mintsoft.Faults.Before("GET", "/api/Product/Inventory/Bulk", 1, func() {
				if o, exists := w.Mintsoft.OrderByNumber(ref); exists && o.OrderStatusID == mintsoftsim.StatusNew {
					w.Mintsoft.Despatch(o.ID, "T-1")
				}
			})
			<-time.After(15 * time.Minute)
		}
		took := running.Stop(t)
		assert.Less(t, took, 2*time.Second)
		assert.Equal(t, "238", onHand(w, "MUG-BLUE"))
		assert.Empty(t, adjusted(w))
	})
}

func TestARunThatWasKilledIsComputedAfresh(t *testing.T) {
	t.Parallel()
	const path = "/StockAdjustments/*"
	for name, arrives := range map[string]bool{"before its adjustment was made": false, "after its adjustment was made": true} {
		t.Run(name, func(t *testing.T) {
			settledStock(t, world.Options{}, func(t *testing.T, w *world.World) {
				fiveLess(t, w)
				var files map[string]string
				w.Unleashed.Faults.Before("POST", path, 1, func() { files = w.LedgerFiles(t) })
				if !arrives {
					w.Unleashed.Faults.Add(twin.Fault{Method: "POST", Path: path, Status: 503, Times: 1})
				}
				counted(t, w)
				w.Killed(t, files)
				move(t, w, "MUG-RED", -1)
				began := time.Now()
				require.True(t, counted(t, w).Of("stock_sync").Clean())
				assert.LessOrEqual(t, time.Since(began), 2*time.Minute)
				assert.ElementsMatch(t, []string{"MUG-BLUE 235 (963.5)", "MUG-RED 179 (733.9)"}, adjusted(w))
			})
		})
	}
}
