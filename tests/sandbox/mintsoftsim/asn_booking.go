package mintsoftsim

import (
	"fmt"
	"slices"
)

// expect puts what is outstanding of an ASN on order (1), or takes it off (0).
func (t *Twin) expect(a *asnRecord, on int, now Date, user string) {
	for _, it := range a.items {
		t.setOnOrder(a, it, on*max(0, it.QuantityExpected-it.QuantityBooked), change{now: now, user: user})
	}
}

func (t *Twin) setOnOrder(a *asnRecord, it *asnItem, quantity int, why change) {
	if quantity == it.OnOrder {
		return
	}
	inv := t.inventoryOf(it.product, a.WarehouseID)
	inv.onOrder += quantity - it.OnOrder
	it.OnOrder = quantity
	it.touch(why.now, why.user)
	t.touchStock(inv, why)
}

// asnStep is an operation that moves an ASN from one status to another.
func asnStep(admin bool, message string, do func(*Twin, *asnRecord, *call) error) handler {
	return func(t *Twin, c *call) (any, error) {
		if admin {
			if err := c.adminOnly(); err != nil {
				return nil, err
			}
		}
		a, err := t.asnOf(c)
		if err != nil {
			return nil, err
		}
		return result(a.ID, message, do(t, a, c))
	}
}

func (t *Twin) confirmASN(a *asnRecord, now Date, user string) error {
	if a.ASNStatusID != ASNNew && a.ASNStatusID != ASNAwaitingApproval {
		return wrongASNStatus("confirmed", a)
	}
	t.setASNStatus(a, ASNAwaitingDelivery)
	t.expect(a, 1, now, user)
	a.touch(now, user)
	return nil
}

// Received is goods that have arrived for one line of an ASN.
type Received struct {
	ItemID   int // 0 finds the line by SKU
	SKU      string
	Quantity int
	Lot
}

// receive notes what has arrived. It is no stock yet.
func (t *Twin) receive(a *asnRecord, goods []Received, now Date, user string) error {
	if !slices.Contains(asnExpected, a.ASNStatusID) {
		return wrongASNStatus("received", a)
	}
	for _, g := range goods {
		if err := t.receivable(a, g); err != nil {
			return err
		}
	}
	for _, g := range goods {
		it := a.lineOf(g)
		it.QuantityReceived += g.Quantity
		lot := &ASNItemAllocation{
			ASNItemID: it.ID, Quantity: g.Quantity, LocationID: g.LocationID, ExpiryDate: g.BestBefore, BatchNo: optional(g.BatchNo), SerialNo: optional(g.SerialNo),
			ProductID: it.ProductID, SKU: it.product.SKU, entity: entity{ID: next(&t.ids.asnAllocation)},
		}
		lot.touch(now, user)
		it.ASNItemAllocations = append(it.ASNItemAllocations, lot)
		it.touch(now, user)
	}
	a.touch(now, user)
	return nil
}

func (a *asnRecord) lineOf(g Received) *asnItem {
	if g.ItemID != 0 {
		return a.item(g.ItemID)
	}
	i := slices.IndexFunc(a.items, func(it *asnItem) bool { return it.product.SKU == g.SKU })
	if i < 0 {
		return nil
	}
	return a.items[i]
}

// receivable checks what must be logged when goods come in.
func (t *Twin) receivable(a *asnRecord, g Received) error {
	it := a.lineOf(g)
	switch {
	case it == nil:
		return refusal("The ASN has no such item")
	case g.Quantity < 1:
		return refusal("Quantity must be at least 1")
	case it.product.LogBatchInbound && g.BatchNo == "":
		return refusal(fmt.Sprintf("BatchNo is required for %s", it.product.SKU))
	case it.product.LogExpiryDateInbound && g.BestBefore.IsZero():
		return refusal(fmt.Sprintf("ExpiryDate is required for %s", it.product.SKU))
	case it.product.LogSerialInbound && (g.SerialNo == "" || g.Quantity != 1):
		return refusal(fmt.Sprintf("A SerialNo for each unit is required for %s", it.product.SKU))
	}
	return nil
}

func (t *Twin) receiveItems(c *call) (any, error) {
	a, err := t.asnOf(c)
	if err != nil {
		return nil, err
	}
	var goods []Received
	for _, d := range c.documents() {
		goods = append(goods, Received{ItemID: d.int("ASNItemId"), SKU: d.str("SKU"), Quantity: d.int("Quantity"), Lot: Lot{
			LocationID: d.int("LocationId"), BatchNo: d.str("BatchNo"), SerialNo: d.str("SerialNo"), BestBefore: d.date("ExpiryDate", t.options.Zone),
		}})
	}
	return result(a.ID, "Items received", t.receive(a, goods, c.now, c.user.Username))
}

// bookSome books what was received so far and leaves the ASN open.
func (t *Twin) bookSome(a *asnRecord, status int, now Date, user string) error {
	if !slices.Contains(asnExpected, a.ASNStatusID) {
		return wrongASNStatus("booked", a)
	}
	t.bookReceived(a, now, user)
	t.setASNStatus(a, status)
	t.bookedAt(a, now, user)
	return nil
}

// bookIn books the ASN and closes it: what was received, or everything that is
// expected when nobody counted.
func (t *Twin) bookIn(a *asnRecord, now Date, user string) error {
	if !slices.Contains(append(asnExpected, ASNAwaitingPutAway, ASNRobotPutAway), a.ASNStatusID) {
		return wrongASNStatus("booked", a)
	}
	if err := t.receiveUncounted(a, now, user); err != nil {
		return err
	}
	t.bookReceived(a, now, user)
	final := ASNBookedIn
	if t.knobs.BookInCompletes {
		final = ASNComplete
	}
	t.close(a, final, now, user)
	return nil
}

// receiveUncounted takes for granted that everything came, when nothing was
// counted.
func (t *Twin) receiveUncounted(a *asnRecord, now Date, user string) error {
	if a.received() > 0 || !slices.Contains(asnExpected, a.ASNStatusID) {
		return nil
	}
	var goods []Received
	for _, it := range a.items {
		goods = append(goods, Received{ItemID: it.ID, Quantity: it.QuantityExpected})
	}
	return t.receive(a, goods, now, user)
}

// bookReceived puts what has arrived into the stock.
func (t *Twin) bookReceived(a *asnRecord, now Date, user string) {
	why := change{now: now, user: user, reason: fmt.Sprintf("ASN %d booked in", a.ID)}
	for _, it := range a.items {
		booked := 0
		for _, lot := range it.ASNItemAllocations {
			if lot.Complete {
				continue
			}
			lot.Complete = true
			lot.touch(now, user)
			booked += lot.Quantity
			t.stockIn(it.product, a.WarehouseID, lot.Quantity, Lot{lot.LocationID, read(lot.BatchNo), read(lot.SerialNo), lot.ExpiryDate}, why)
		}
		if booked == 0 {
			continue
		}
		it.QuantityBooked += booked
		it.Complete = it.QuantityBooked >= it.QuantityExpected
		t.setOnOrder(a, it, max(0, it.OnOrder-booked), why)
		it.touch(now, user)
		t.fillBackOrders(it.product, a.WarehouseID, now)
	}
}

// close ends an ASN. Differences between what was expected and what was booked
// show in its status.
func (t *Twin) close(a *asnRecord, status int, now Date, user string) {
	why := change{now: now, user: user}
	for _, it := range a.items {
		if it.QuantityBooked != it.QuantityExpected && !t.knobs.DifferencesHidden {
			status = ASNDiscrepancy
		}
		it.Complete = true
		it.touch(now, user)
		t.setOnOrder(a, it, 0, why)
	}
	t.setASNStatus(a, status)
	t.bookedAt(a, now, user)
}

func (t *Twin) bookedAt(a *asnRecord, now Date, user string) {
	a.BookedInDate, a.WarehouseBookedDate = now, now
	if !t.knobs.ASNBookingQuiet {
		a.touch(now, user)
	}
}

// awaitPutAway takes the goods in; they lie where they came in.
func (t *Twin) awaitPutAway(a *asnRecord, now Date, user string) error {
	if !slices.Contains(asnExpected, a.ASNStatusID) {
		return wrongASNStatus("put away", a)
	}
	if err := t.receiveUncounted(a, now, user); err != nil {
		return err
	}
	if !t.knobs.PutAwayWaits {
		t.bookReceived(a, now, user)
	}
	t.setASNStatus(a, ASNAwaitingPutAway)
	a.touch(now, user)
	return nil
}

func (t *Twin) completePutAway(a *asnRecord, now Date, user string) error {
	if a.ASNStatusID != ASNAwaitingPutAway && a.ASNStatusID != ASNRobotPutAway {
		return wrongASNStatus("completed", a)
	}
	t.bookReceived(a, now, user)
	t.close(a, ASNComplete, now, user)
	return nil
}
