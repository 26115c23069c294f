package scenarios

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// fullRun asks for a run of everything.
func fullRun(stream string) func(*ledger.Tx) error {
	return func(tx *ledger.Tx) error { return tx.AddTrigger(ledger.Trigger{Stream: stream, Full: true, Now: true}) }
}

// number names the next document of a kind.
func (d *day) number(prefix string) string {
	d.numbers++
	return fmt.Sprintf("%s-%04d", prefix, d.numbers)
}

// goods are some products with quantities.
func (d *day) goods(most int) map[string]int {
	all := slices.Concat(miscounted, exact)
	goods := map[string]int{}
	for range 1 + d.chance.IntN(3) {
		goods[all[d.chance.IntN(len(all))]] = 1 + d.chance.IntN(most)
	}
	return goods
}

// sorted are the keys of goods, so that a day repeats itself.
func sorted(goods map[string]int) []string {
	var skus []string
	for sku := range goods {
		skus = append(skus, sku)
	}
	slices.Sort(skus)
	return skus
}

// attempt does what the other side may refuse at that moment: then nothing happens.
func (d *day) attempt(did string, do func()) (done string) {
	defer func() {
		if reason := recover(); reason != nil {
			d.diary = append(d.diary, fmt.Sprintf("%s refused: %s: %v", time.Now().Format(time.TimeOnly), did, reason))
			done = ""
		}
	}()
	do()
	return did
}

func (d *day) newOrder() string {
	goods := d.goods(4)
	number := addOrder(d.w, d.number("SO"), func(o *unleashedsim.OrderSpec) {
		o.Lines = nil
		for _, sku := range sorted(goods) {
			o.Lines = append(o.Lines, line(sku, fmt.Sprint(goods[sku])))
		}
	})
	if d.ships {
		if len(goods) > 1 && d.chance.IntN(3) == 0 {
			ship(d.w, number, parts(map[int]string{1: fmt.Sprint(goods[sorted(goods)[0]])})...)
		}
		shipAll(d.w, number)
	}
	return fmt.Sprint(number, " ", goods)
}

// salesOrder is the number of the sales order that an order of Mintsoft came from, as far
// as it did.
func (d *day) salesOrder(number string) string {
	if strings.HasPrefix(number, "SS-") {
		return orderOf(d.w, number)
	}
	return number
}

// some picks an order of Mintsoft that is ready to be picked and that nobody lets
// rest.
func (d *day) some(fits func(mintsoftsim.Order) bool) (mintsoftsim.Order, bool) {
	var fitting []mintsoftsim.Order
	for _, o := range d.w.Mintsoft.Orders(mintsoftsim.StatusNew) {
		if o.WarehouseID == d.house && !d.rested[o.ID].After(time.Now()) && (fits == nil || fits(o)) {
			fitting = append(fitting, o)
		}
	}
	if len(fitting) == 0 {
		return mintsoftsim.Order{}, false
	}
	slices.SortFunc(fitting, func(a, b mintsoftsim.Order) int { return a.ID - b.ID })
	return fitting[d.chance.IntN(len(fitting))], true
}

func (d *day) ship() string {
	o, exists := d.some(nil)
	if !exists {
		return ""
	}
	tracking := []string{fmt.Sprint("TRK-", o.ID)}
	switch d.chance.IntN(4) {
	case 0:
		tracking = append(tracking, fmt.Sprint("TRK-", o.ID, "-B"))
	case 1:
		tracking = nil
	}
	return d.attempt(fmt.Sprint(o.OrderNumber, " part ", o.Part), func() { d.w.Mintsoft.Despatch(o.ID, tracking...) })
}

// standsAlone says whether an order came from a sales order and stands alone.
func standsAlone(o mintsoftsim.Order) bool {
	return (strings.HasPrefix(o.OrderNumber, "SO-") || strings.HasPrefix(o.OrderNumber, "SS-")) && o.NumberOfParts <= 1 && !strings.Contains(o.OrderNumber, "+")
}

func (d *day) split() string {
	o, exists := d.some(func(o mintsoftsim.Order) bool { return standsAlone(o) && o.TotalItems > 1 })
	if !exists {
		return ""
	}
	return d.attempt(o.OrderNumber, func() { d.w.Mintsoft.Split(o.ID, map[string]int{o.OrderItems[0].SKU: 1}) })
}

func (d *day) merge() string {
	a, one := d.some(standsAlone)
	b, two := d.some(func(o mintsoftsim.Order) bool { return standsAlone(o) && o.ID != a.ID })
	if !one || !two {
		return ""
	}
	return d.attempt(a.OrderNumber+" takes "+b.OrderNumber, func() { d.w.Mintsoft.Merge(a.ID, b.ID) })
}

// editItems raises or lowers an item; what is lowered in a shipment is open in its order
// still. The order rests until Unleashed knows it, as long as an outage may last.
func (d *day) editItems() string {
	o, exists := d.some(standsAlone)
	if !exists {
		return ""
	}
	item := o.OrderItems[d.chance.IntN(len(o.OrderItems))]
	quantity := item.Quantity + 1
	if item.Quantity > 1 && d.chance.IntN(2) == 0 && !d.ships {
		quantity = item.Quantity - 1
	}
	return d.attempt(fmt.Sprintf("%s: %s from %d to %d", o.OrderNumber, item.SKU, item.Quantity, quantity), func() {
		d.w.Mintsoft.EditItems(o.ID, map[string]int{item.SKU: quantity})
		d.rested[o.ID] = time.Now().Add(90 * time.Minute)
	})
}

// upstreamOpen is an open order of Unleashed whose order in Mintsoft nobody has begun.
func (d *day) upstreamOpen() (unleashedsim.SalesOrder, mintsoftsim.Order, bool) {
	o, exists := d.some(standsAlone)
	if !exists {
		return unleashedsim.SalesOrder{}, o, false
	}
	up, known := d.w.Unleashed.OrderByNumber(d.salesOrder(o.OrderNumber))
	return up, o, known && up.OrderStatus == unleashedsim.Placed
}

func (d *day) editAddress() string {
	up, _, exists := d.upstreamOpen()
	if !exists {
		return ""
	}
	return d.attempt(up.OrderNumber, func() {
		d.w.Unleashed.EditOrder(up.OrderNumber, func(o *unleashedsim.SalesOrder) { o.DeliveryCity = "York" })
	})
}

// deleteOrder deletes an order whose order in Mintsoft is left alone from then on:
// the sync cancels it. Of one with shipments these would have to be deleted first.
func (d *day) deleteOrder() string {
	up, o, exists := d.upstreamOpen()
	if !exists || d.ships {
		return ""
	}
	return d.attempt(up.OrderNumber, func() {
		d.w.Unleashed.DeleteOrder(up.OrderNumber)
		d.rested[o.ID] = time.Now().Add(24 * time.Hour)
	})
}

// dispatchByHand enters a shipment in Unleashed for what has just left, where that is all
// of the order.
func (d *day) dispatchByHand() string {
	up, o, exists := d.upstreamOpen()
	if !exists || d.ships {
		return ""
	}
	return d.attempt(up.OrderNumber, func() {
		d.w.Mintsoft.Despatch(o.ID, "HAND-"+up.OrderNumber)
		d.w.Unleashed.CompleteOrder(up.OrderNumber)
	})
}

func (d *day) purchase() string {
	goods := d.goods(40)
	spec := unleashedsim.PurchaseSpec{Supplier: "CLAYCO", Warehouse: "MAIN"}
	for _, sku := range sorted(goods) {
		spec.Lines = append(spec.Lines, unleashedsim.LineSpec{SKU: sku, Quantity: fmt.Sprint(goods[sku]), Price: "3"})
	}
	return fmt.Sprint(d.w.Unleashed.AddPurchase(spec).OrderNumber, " ", goods)
}

// bookIn books an ASN: what is expected, a little less, or a little more.
func (d *day) bookIn() string {
	open := openASNs(d.w)
	if len(open) == 0 {
		return ""
	}
	a := open[d.chance.IntN(len(open))]
	mode := d.chance.IntN(6)
	if strings.HasPrefix(text(a.POReference), "ASM") {
		mode = 0 // what is assembled is what was ordered
	}
	item := a.Items[0]
	return d.attempt(fmt.Sprintf("%s, mode %d", text(a.POReference), mode), func() {
		switch {
		case mode == 1 && item.QuantityExpected > 1:
			d.w.Mintsoft.BookIn(a.ID, d.counted(a, item.QuantityExpected-1)...)
		case mode == 2:
			d.w.Mintsoft.BookIn(a.ID, d.counted(a, item.QuantityExpected+1)...)
		default:
			d.w.Mintsoft.BookIn(a.ID)
		}
	})
}

// counted is what came of an ASN: as expected but for its first item.
func (d *day) counted(a mintsoftsim.ASN, first int) []mintsoftsim.Received {
	var goods []mintsoftsim.Received
	for i, it := range a.Items {
		quantity := it.QuantityExpected
		if i == 0 {
			quantity = first
		}
		goods = append(goods, mintsoftsim.Received{SKU: it.SKU, Quantity: quantity})
	}
	return goods
}

func (d *day) transferOut() string { return d.transfer("MAIN", "SHOP") }
func (d *day) transferIn() string  { return d.transfer("SHOP", "MAIN") }

func (d *day) transfer(from, to string) string {
	goods := d.goods(6)
	spec := unleashedsim.TransferSpec{Source: from, Destination: to}
	for _, sku := range sorted(goods) {
		spec.Lines = append(spec.Lines, unleashedsim.TransferLineSpec{SKU: sku, Quantity: fmt.Sprint(goods[sku])})
	}
	return fmt.Sprint(d.w.Unleashed.AddTransfer(spec).TransferOrderNumber, " ", goods)
}

func (d *day) assemble() string {
	own := func() *unleashedsim.Warehouse { return &unleashedsim.Warehouse{WarehouseCode: "MAIN"} }
	a := d.w.Unleashed.AddAssembly(unleashedsim.Assembly{
		Product: &unleashedsim.ProductBrief{ProductCode: "BOARD-OAK"}, Quantity: unleashedsim.Number("2"), SourceWarehouse: own(), DestinationWarehouse: own(),
		AssemblyLines: []unleashedsim.AssemblyLine{{Product: &unleashedsim.ProductBrief{ProductCode: "BOX-S"}, Quantity: unleashedsim.Number("4")}},
	})
	return a.AssemblyNumber
}

// finishByHand completes what nobody but a person completes: purchase orders that
// are receipted, assemblies of which both halves are done, and transfers out of the
// warehouse.
func (d *day) finishByHand() string {
	gone, booked := map[string]bool{}, map[string]bool{}
	for _, o := range d.w.Mintsoft.Orders(statusesLeft...) {
		gone[o.OrderNumber] = true
	}
	for _, a := range d.w.Mintsoft.ASNs() {
		booked[text(a.POReference)] = slices.Contains([]int{mintsoftsim.ASNBookedIn, mintsoftsim.ASNDiscrepancy, mintsoftsim.ASNComplete}, a.ASNStatusID)
	}
	did := ""
	for _, p := range d.w.Unleashed.PurchaseOrders() {
		if p.OrderStatus == unleashedsim.Receipted {
			did += d.attempt(p.OrderNumber+" ", func() { d.w.Unleashed.CompletePurchase(p.OrderNumber) })
		}
	}
	for _, a := range d.w.Unleashed.Assemblies() {
		if a.AssemblyStatus == unleashedsim.Parked && gone[a.AssemblyNumber] && booked[a.AssemblyNumber] {
			did += d.attempt(a.AssemblyNumber+" ", func() { d.w.Unleashed.CompleteAssembly(a.AssemblyNumber) })
		}
	}
	for _, r := range d.w.Unleashed.Transfers() {
		if r.TransferStatus == unleashedsim.Parked && r.SourceWarehouse.WarehouseCode == "MAIN" && gone[r.TransferOrderNumber] {
			did += d.attempt(r.TransferOrderNumber+" ", func() { d.w.Unleashed.CompleteTransfer(r.TransferOrderNumber) })
		}
	}
	return did
}

// webOrder comes from elsewhere and is exported.
func (d *day) webOrder() string {
	goods := d.goods(3)
	spec := mintsoftsim.OrderSpec{Number: d.number("WEB"), Reference: d.number("SHOP")}
	for _, sku := range sorted(goods) {
		spec.Items = append(spec.Items, mintsoftsim.ItemSpec{SKU: sku, Quantity: goods[sku]})
	}
	return d.attempt(fmt.Sprint(spec.Number, " ", goods), func() { d.w.Mintsoft.AddOrder(spec) })
}

// count finds more or less on a shelf than there should be.
func (d *day) count() string {
	sku, by := miscounted[d.chance.IntN(len(miscounted))], d.chance.IntN(9)-4
	return d.attempt(fmt.Sprintf("%s by %d", sku, by), func() { d.w.Mintsoft.AdjustStock(sku, d.house, by) })
}

// trouble is a bad moment of a service.
func (d *day) trouble() string {
	system := []string{"unleashed", "mintsoft"}[d.chance.IntN(2)]
	kind, fault := "", twin.Fault{Path: "*"}
	switch d.chance.IntN(5) {
	case 0:
		kind, fault.Status, fault.Times = "an outage", http.StatusServiceUnavailable, 5+d.chance.IntN(40)
	case 1:
		kind, fault.CloseAfter, fault.Times = "answers lost", true, 1+d.chance.IntN(4)
	case 2:
		kind, fault.CloseBefore, fault.Times = "requests lost", true, 1+d.chance.IntN(4)
	case 3:
		kind, fault.Status, fault.Header, fault.Times = "throttling", http.StatusTooManyRequests, http.Header{"Retry-After": {"20"}}, 3
	default:
		kind, fault.Garble, fault.Times = "garbled answers", true, 1+d.chance.IntN(3)
	}
	fault.Skip = d.chance.IntN(20)
	d.w.Twin(system).Faults.Add(fault)
	return system + ": " + kind
}

// kill ends the process: what it had asked for at that moment comes to its end, and
// nobody hears of it.
func (d *day) kill() string {
	// What is under way then has arrived and is not answered, or never arrives.
	d.w.Cut()
	synctest.Wait()
	files := d.w.LedgerFiles(d.t)
	d.running.Stop(d.t)
	d.w.Splice()
	d.w.Killed(d.t, files)
	d.running = d.w.Forever(d.t)
	require.NotNil(d.t, d.running)
	return "and started again"
}

// lose is a ledger that is gone, after what was under way with it came to its end: at first
// nothing is left of it, then the copy is put back that was made before that.
func (d *day) lose() string {
	if d.lost == 2 { // each costs look-ups of all that was made before
		return ""
	}
	d.lost++
	d.running.Stop(d.t)
	d.w.Once(d.t)
	how := "an empty one"
	if d.lost == 1 {
		d.copied = d.w.LedgerFiles(d.t)
		d.w.LoseLedger(d.t)
	} else {
		<-time.After(3 * time.Hour) // so long nothing runs
		d.w.Killed(d.t, d.copied)
		how = "an old copy"
	}
	d.running = d.w.Forever(d.t)
	return "and started with " + how
}
