package mintsoftsim

import "fmt"

// onASN runs what a person does to an ASN.
func (t *Twin) onASN(id int, do func(a *asnRecord, now Date) error) {
	t.act(func(now Date) error {
		a := t.asns.byID[id]
		if a == nil {
			return fmt.Errorf("ASN %d does not exist", id)
		}
		return do(a, now)
	})
}

// ConfirmASN makes an ASN expected.
func (t *Twin) ConfirmASN(id int) {
	t.onASN(id, func(a *asnRecord, now Date) error { return t.confirmASN(a, now, warehouseUser) })
}

// MoveASN moves an ASN that is expected to where it is on its way: ASNShipped,
// ASNDelivered or ASNAwaitingDeliveryLate.
func (t *Twin) MoveASN(id, status int) {
	t.onASN(id, func(a *asnRecord, now Date) error {
		if status != ASNShipped && status != ASNDelivered && status != ASNAwaitingDeliveryLate || a.ASNStatusID == ASNNew || a.booked() {
			return wrongASNStatus("moved to "+asnStatusNames[status-1], a)
		}
		t.setASNStatus(a, status)
		a.touch(now, warehouseUser)
		return nil
	})
}

// Receive counts goods at the dock; they are no stock yet.
func (t *Twin) Receive(id int, goods ...Received) {
	t.onASN(id, func(a *asnRecord, now Date) error { return t.receive(a, goods, now, warehouseUser) })
}

// PartBook books what was counted so far; the rest is awaited.
func (t *Twin) PartBook(id int) {
	t.onASN(id, func(a *asnRecord, now Date) error { return t.bookSome(a, ASNPartiallyBooked, now, warehouseUser) })
}

// BookInPartial books what was counted, and ends the partial booking.
func (t *Twin) BookInPartial(id int) {
	t.onASN(id, func(a *asnRecord, now Date) error { return t.bookSome(a, ASNBookedInPartial, now, warehouseUser) })
}

// BookIn books an ASN and closes it: what was counted, or, when nobody counted,
// what is expected. An ASN that is still new is confirmed first. With goods these
// are counted before: less, more, or lots.
func (t *Twin) BookIn(id int, goods ...Received) {
	t.onASN(id, func(a *asnRecord, now Date) error {
		if a.ASNStatusID == ASNNew {
			if err := t.confirmASN(a, now, warehouseUser); err != nil {
				return err
			}
		}
		if len(goods) > 0 {
			if err := t.receive(a, goods, now, warehouseUser); err != nil {
				return err
			}
		}
		return t.bookIn(a, now, warehouseUser)
	})
}

// CorrectASN sets what is booked of an SKU, as a correction of a booking would.
func (t *Twin) CorrectASN(id int, sku string, booked int) {
	t.onASN(id, func(a *asnRecord, now Date) error {
		it := a.lineOf(Received{SKU: sku})
		if it == nil {
			return fmt.Errorf("ASN %d has no %s", id, sku)
		}
		delta := booked - it.QuantityBooked
		why := change{now: now, user: warehouseUser, reason: "booking corrected"}
		it.QuantityBooked, it.QuantityReceived = booked, booked
		if delta > 0 {
			t.stockIn(it.product, a.WarehouseID, delta, Lot{}, why)
		} else if delta < 0 {
			if err := t.stockOut(it.product, a.WarehouseID, -delta, flowOut, Lot{}.wish(), why); err != nil {
				return err
			}
		}
		it.touch(now, warehouseUser)
		a.touch(now, warehouseUser)
		return nil
	})
}

// CompleteASN ends an ASN that was booked in.
func (t *Twin) CompleteASN(id int) {
	t.onASN(id, func(a *asnRecord, now Date) error {
		if a.ASNStatusID != ASNBookedIn && a.ASNStatusID != ASNDiscrepancy {
			return wrongASNStatus("completed", a)
		}
		t.setASNStatus(a, ASNComplete)
		a.touch(now, warehouseUser)
		return nil
	})
}

// AwaitPutAway takes goods in that are still to be put on their shelves;
// CompletePutAway says that they are.
func (t *Twin) AwaitPutAway(id int) {
	t.onASN(id, func(a *asnRecord, now Date) error { return t.awaitPutAway(a, now, warehouseUser) })
}

// CompletePutAway says that goods are on their shelves.
func (t *Twin) CompletePutAway(id int) {
	t.onASN(id, func(a *asnRecord, now Date) error { return t.completePutAway(a, now, warehouseUser) })
}

// RenameASN changes the reference of an ASN.
func (t *Twin) RenameASN(id int, reference string) {
	t.onASN(id, func(a *asnRecord, now Date) error {
		a.POReference = &reference
		a.touch(now, warehouseUser)
		return nil
	})
}

// EditASN changes the expected quantities of an ASN by SKU while nothing was
// booked.
func (t *Twin) EditASN(id int, quantities map[string]int) {
	t.onASN(id, func(a *asnRecord, now Date) error {
		if a.booked() {
			return wrongASNStatus("edited", a)
		}
		for sku, quantity := range quantities {
			it := a.lineOf(Received{SKU: sku})
			if it == nil || quantity < 1 {
				return fmt.Errorf("ASN %d cannot expect %d of %s", id, quantity, sku)
			}
			it.QuantityExpected = quantity
			it.touch(now, warehouseUser)
		}
		if a.ASNStatusID != ASNNew && a.ASNStatusID != ASNAwaitingApproval {
			t.expect(a, 1, now, warehouseUser)
		}
		a.touch(now, warehouseUser)
		return nil
	})
}

// DeleteASN deletes an ASN of which nothing was booked.
func (t *Twin) DeleteASN(id int) {
	t.onASN(id, func(a *asnRecord, now Date) error {
		if a.booked() {
			return wrongASNStatus("deleted", a)
		}
		t.removeASN(a, now, warehouseUser)
		return nil
	})
}
