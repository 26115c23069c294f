package scenarios

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/mintleash/mintleash/tests/sandbox"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

var (
	daySeeds   = flag.Int("day.seeds", 1, "how many days in the warehouse are tried")
	daySeed    = flag.Uint64("day.seed", 1, "the seed of the first of them")
	dayHours   = flag.Int("day.hours", 1, "how long a day is")
	dayActions = flag.Int("day.actions", 150, "how much is done in a day")
)

// stocked are the products of a day. Those of the first list are counted wrong now
// and then, so that only they may ever be adjusted.
var (
	miscounted = []string{"SOAP-BAR", "TOWEL-50"}
	exact      = []string{"MUG-BLUE", "MUG-RED", "BOWL-S", "PLATE-26", "BOX-S", "BOARD-OAK"}
)

// day is a day in the warehouse: people work on both sides, both services have bad
// moments, mintleash is killed, and everything goes on.
type day struct {
	t       *testing.T
	w       *world.World
	chance  *rand.Rand
	running *world.Running
	diary   []string
	// rested are orders that nobody touches before a moment, since an edit has to
	// reach Unleashed before the order leaves.
	rested  map[int]time.Time
	numbers int
	done    int               // things that were done
	house   int               // the warehouse in Mintsoft
	ships   bool              // what is imported are shipments
	lost    int               // ledgers
	copied  map[string]string // the ledger before it was lost first
	forgets bool              // the ledger is lost now and then, and the warehouse edits no order
}

// TestADayInTheWarehouse lets a day of random work end in agreement. Sales orders are
// imported on every other day, and shipments of them in between; on every fifth day ledgers
// are lost.
func TestADayInTheWarehouse(t *testing.T) {
	t.Parallel()
	for seed := *daySeed; seed < *daySeed+uint64(*daySeeds); seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			settings := maps.Clone(daySettings)
			ships := seed%2 == 0
			settings["general.import_orders"], settings["shipment_import.enabled"] = !ships, ships
			world.Bubble(t, world.Options{Seed: sandbox.Options{Products: small.Products - 1}, Settings: settings}, func(t *testing.T, w *world.World) {
				d := &day{t: t, w: w, chance: rand.New(rand.NewPCG(seed, seed)), rested: map[int]time.Time{}, ships: ships, forgets: seed%5 == 4} //nolint:gosec // a day is to be repeatable
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("repeat it with -run TestADayInTheWarehouse -day.seed %d -day.seeds 1 -day.hours %d -day.actions %d\n%s", seed, *dayHours, *dayActions, strings.Join(d.diary, "\n"))
					}
				})
				d.open()
				d.work(time.Duration(*dayHours)*time.Hour, *dayActions)
				d.goHome()
				t.Logf("%d things were done", d.done)
				d.agree()
			})
		})
	}
}

var daySettings = map[string]any{
	"general.in_flight_order_update": true, "general.allow_negative_adjustments": true, "general.stock_sync_guard": 100,
	"purchase_order_import.enabled": true, "purchase_order_import.update_purchase_order": true, "purchase_order_import.over_receipt": "increase_order",
	"assembly_import.create_order_to_pick": true, "assembly_import.create_asn_to_receive": true,
	"warehouse_transfer.import_as_orders_to_pick": true, "warehouse_transfer.import_as_asns_to_receive": true, "warehouse_transfer.on_difference": "adjust",
	"order_export.enabled": true,
}

// open makes both sides agree on the stock and starts the syncs.
func (d *day) open() {
	if d.forgets { // so that a refusal saves nobody from making an order twice
		d.w.Mintsoft.Turn(func(k *mintsoftsim.Knobs) { k.CancelledFreesNumber, k.DeletedFreesNumber = true, true })
	}
	d.w.Once(d.t, "main_product_sync")
	<-time.After(time.Minute)
	d.house = mainWarehouse(d.t, d.w)
	for _, sku := range slices.Concat(miscounted, exact) {
		d.w.Unleashed.SetStock(sku, "MAIN", "2000", "3")
		d.w.Unleashed.SetStock(sku, "SHOP", "500", "3")
		d.w.Mintsoft.SetStock(sku, d.house, 2000)
	}
	d.w.Once(d.t)
	d.w.Forget()
	d.running = d.w.Forever(d.t)
}

// work is what people do in some hours, now one thing soon after the other and now a
// while later.
func (d *day) work(hours time.Duration, actions int) {
	pause := int64(hours) / int64(actions)
	for range actions {
		<-time.After(time.Duration(pause/4 + d.chance.Int64N(pause*3/2)))
		d.act()
	}
}

// act does one of the things that happen, as often as each does.
func (d *day) act() {
	edits, loses := 3, 0
	if d.forgets { // whose edit a difference is, is not known any more then
		edits, loses = 0, 1
	}
	things := []struct {
		often int
		name  string
		do    func() string
	}{
		{20, "order", d.newOrder}, {18, "ship", d.ship}, {3, "split", d.split}, {2, "merge", d.merge}, {edits, "edit in Mintsoft", d.editItems},
		{2, "edit in Unleashed", d.editAddress}, {2, "delete", d.deleteOrder}, {1, "complete by hand", d.dispatchByHand},
		{4, "purchase", d.purchase}, {6, "book in", d.bookIn}, {2, "transfer out", d.transferOut}, {2, "transfer in", d.transferIn},
		{2, "assemble", d.assemble}, {3, "finish by hand", d.finishByHand}, {3, "web order", d.webOrder}, {3, "count", d.count},
		{2, "trouble", d.trouble}, {1, "kill", d.kill}, {loses, "lose the ledger", d.lose},
	}
	sum := 0
	for _, thing := range things {
		sum += thing.often
	}
	at := d.chance.IntN(sum)
	for _, thing := range things {
		if at -= thing.often; at < 0 {
			if did := thing.do(); did != "" {
				d.done++
				d.diary = append(d.diary, fmt.Sprintf("%s %s: %s", time.Now().Format(time.TimeOnly), thing.name, did))
			}
			return
		}
	}
}

// goHome finishes what is under way: everything that can leave leaves, everything
// that is expected arrives, and the syncs have time to tell.
func (d *day) goHome() {
	for range 3 {
		<-time.After(32 * time.Minute)
		for _, do := range []func() string{d.ship, d.bookIn, d.finishByHand} {
			for do() != "" {
				d.done++
			}
		}
	}
	<-time.After(30 * time.Minute)
	d.running.Stop(d.t)
	d.w.Ask(d.t, fullRun("main_stock_sync"))
	d.w.Once(d.t)
	<-time.After(time.Minute)
	d.w.Once(d.t)
}

// agree wants both sides to say the same of everything.
func (d *day) agree() {
	for _, letter := range d.w.DeadLetters(d.t) {
		assert.Failf(d.t, "a dead letter", "%s %s %s: %s", letter.Stream, letter.Record.Ref, letter.Class, letter.Reason)
	}
	d.agreeOnOrders()
	d.agreeOnPurchases()
	d.agreeOnTransfers()
	d.agreeOnStock()
}

// agreeOnOrders wants what left with each sales order to be despatched in Unleashed. What
// left with orders that were merged is of all of them together.
func (d *day) agreeOnOrders() {
	salesOrders := map[string]string{} // by the number of a shipment
	for _, s := range d.w.Unleashed.Shipments() {
		salesOrders[s.ShipmentNumber] = s.OrderNumber
	}
	made := map[string]int{}
	merged := map[string]string{} // into the sales order with this number
	var whole func(string) string
	whole = func(number string) string {
		if into, is := merged[number]; is {
			return whole(into)
		}
		return number
	}
	orders := d.w.Mintsoft.Orders()
	for _, o := range orders {
		numbers := strings.Split(o.OrderNumber, "+")
		for _, number := range numbers {
			if o.Part <= 1 {
				made[number]++
			}
			first, other := whole(cmp.Or(salesOrders[numbers[0]], numbers[0])), whole(cmp.Or(salesOrders[number], number))
			if first != other {
				merged[other] = first
			}
		}
	}
	for number, n := range made {
		assert.Equal(d.t, 1, n, "orders in Mintsoft with number %s", number)
	}
	shipped := map[string]map[string]int{} // by sales order and SKU
	for _, o := range orders {
		number, _, _ := strings.Cut(o.OrderNumber, "+")
		number = whole(cmp.Or(salesOrders[number], number))
		if !slices.Contains(statusesLeft, o.OrderStatusID) {
			continue
		}
		if shipped[number] == nil {
			shipped[number] = map[string]int{}
		}
		for _, it := range o.OrderItems {
			shipped[number][it.SKU] += it.Quantity
		}
	}
	posted := map[string]map[string]int{}
	for _, o := range d.w.Unleashed.Orders() {
		number := whole(o.OrderNumber)
		if shipped[number] == nil {
			continue // nothing has left
		}
		assert.Equal(d.t, unleashedsim.Completed, o.OrderStatus, "sales order %s, which has left", o.OrderNumber)
		if posted[number] == nil {
			posted[number] = map[string]int{}
		}
		for sku, n := range dispatchedOf(d.w, o.OrderNumber) {
			posted[number][sku] += n
		}
	}
	for number, items := range posted {
		if !assert.Equal(d.t, shipped[number], items, "what left with %s", number) {
			for _, e := range d.w.Events(d.t, number) {
				d.t.Log(e.At.Format(time.TimeOnly), e.Stream, e.Kind, e.Summary)
			}
		}
	}
}

// dispatchedOf is what left of an order in Unleashed, by SKU.
func dispatchedOf(w *world.World, number string) map[string]int {
	sums := map[string]int{}
	for _, s := range w.Unleashed.ShipmentsOf(number) {
		if s.ShipmentStatus != unleashedsim.Dispatched {
			continue
		}
		for _, l := range s.SalesShipmentLines {
			sums[l.Product.ProductCode] += int(l.ShipmentQty.Decimal.IntPart())
		}
	}
	return sums
}

func (d *day) agreeOnPurchases() {
	booked, receipted := map[string]int{}, map[string]int{}
	for _, a := range d.w.Mintsoft.ASNs() {
		for _, it := range a.Items {
			booked[strings.SplitN(text(a.POReference), "/", 2)[0]+" "+it.SKU] += it.QuantityBooked
		}
	}
	for _, p := range d.w.Unleashed.PurchaseOrders() {
		for _, l := range p.PurchaseOrderLines {
			key := strings.SplitN(p.OrderNumber, "/", 2)[0] + " " + l.Product.ProductCode
			switch {
			case l.ReceiptQuantity.Valid:
				receipted[key] += int(l.ReceiptQuantity.Decimal.IntPart())
			case p.OrderStatus == unleashedsim.Receipted || p.OrderStatus == unleashedsim.Complete:
				receipted[key] += int(l.OrderQuantity.Decimal.IntPart())
			}
		}
	}
	for key, n := range booked {
		if strings.HasPrefix(key, "PO") {
			assert.Equal(d.t, n, receipted[key], "booked and receipted of %s", key)
		}
	}
}

func (d *day) agreeOnTransfers() {
	for _, r := range d.w.Unleashed.Transfers() {
		if r.TransferStatus != unleashedsim.Deleted {
			assert.Equal(d.t, unleashedsim.Completed, r.TransferStatus, "transfer %s", r.TransferOrderNumber)
		}
	}
}

// agreeOnStock wants the same number on both sides, and no adjustment of a product
// that was never counted wrong.
func (d *day) agreeOnStock() {
	for _, sku := range slices.Concat(miscounted, exact) {
		u, m := d.w.Unleashed.Stock(sku, "MAIN").OnHand.IntPart(), d.w.Mintsoft.Stock(sku, d.house).StockLevel
		assert.EqualValues(d.t, m, u, "stock of %s, Mintsoft's is expected", sku)
	}
	for _, a := range d.w.Unleashed.StockAdjustments() {
		for _, l := range a.StockAdjustmentLines {
			if slices.Contains(exact, l.Product.ProductCode) && strings.EqualFold(a.AdjustmentReason, "Mintsoft") {
				assert.Failf(d.t, "an adjustment that nothing explains", "%s at %s: %s to %s", a.AdjustmentNumber, a.AdjustmentDate.Format(time.TimeOnly), l.Product.ProductCode, l.NewQuantity.Decimal)
			}
		}
	}
}

// statusesLeft are those of an order that has left.
var statusesLeft = []int{mintsoftsim.StatusDespatched, mintsoftsim.StatusInvoiced, mintsoftsim.StatusInvoiceFailed}
