package mintsoftsim

import (
	"fmt"
	"slices"
)

// warehouseUser is who works in the warehouse and at the web pages.
const warehouseUser = "picker1"

// onOrder runs what a person does to an order.
func (t *Twin) onOrder(id int, do func(o *orderRecord, now Date) error) {
	t.act(func(now Date) error {
		o := t.orders.byID[id]
		if o == nil {
			return fmt.Errorf("order %d does not exist", id)
		}
		return do(o, now)
	})
}

// Scan is goods whose barcode was read while an order was picked.
type Scan struct {
	SKU      string
	Quantity int
	Lot
	Box int // 0 is none
}

// Pick takes an order's goods off the shelves. With scans, each is noted; one that
// names a batch or serial number other than the reserved one takes its place.
func (t *Twin) Pick(order int, scans ...Scan) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		if !slices.Contains(t.knobs.DespatchFrom, o.OrderStatusID) || o.short() {
			return wrongStatus("picked", o.OrderStatusID)
		}
		for _, scan := range scans {
			if err := t.scan(o, scan, now); err != nil {
				return err
			}
		}
		o.putNameValue(&t.ids, "PickingStartTime", now.Format(naive), now, warehouseUser)
		o.putNameValue(&t.ids, "PickingUser", warehouseUser, now, warehouseUser)
		t.setStatus(o, StatusPicked, now)
		o.touch(now, warehouseUser)
		return nil
	})
}

// ScanAll notes a scan for everything that is reserved, lot by lot, in one box.
func (t *Twin) ScanAll(order int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		for _, it := range o.items {
			for _, a := range it.allocations {
				t.putScan(o, it, a, Scan{Quantity: a.Quantity, Lot: a.from.Lot, Box: 1}, now)
			}
		}
		return nil
	})
}

func (t *Twin) scan(o *orderRecord, s Scan, now Date) error {
	for _, it := range o.items {
		if !slices.ContainsFunc(it.needs, func(n need) bool { return t.equal(n.product.SKU, s.SKU) }) {
			continue
		}
		if err := t.swap(o, it, s, now); err != nil {
			return err
		}
		for _, a := range it.allocations {
			if t.equal(a.inv.product.SKU, s.SKU) && s.wish().fits(a.from) {
				t.putScan(o, it, a, s, now)
				return nil
			}
		}
	}
	return fmt.Errorf("order %d has no %s of this lot to scan", o.ID, s.SKU)
}

// swap reserves the scanned lot instead of another one.
func (t *Twin) swap(o *orderRecord, it *itemRecord, s Scan, now Date) error {
	here := 0
	for _, a := range it.allocations {
		if s.wish().fits(a.from) {
			here += a.Quantity
		}
	}
	missing := s.Quantity - here
	if !s.wish().any() || missing <= 0 || len(it.needs) != 1 {
		return nil
	}
	if free := t.available(it.product, it.warehouse, s.wish()); free < missing {
		return fmt.Errorf("there are %d free of the scanned lot of %s, %d are needed", free, s.SKU, missing)
	}
	why := change{now: now, user: warehouseUser, reason: "Other stock picked", order: o.ID, item: it.ID}
	slices.SortStableFunc(it.allocations, func(a, b *ProductInLocation) int {
		// Release takes from the end: what fits the scan stays.
		if s.wish().fits(a.from) == s.wish().fits(b.from) {
			return 0
		}
		if s.wish().fits(a.from) {
			return -1
		}
		return 1
	})
	t.release(it, missing, why)
	t.reserve(o, it, missing, s.wish(), why)
	return nil
}

func (t *Twin) putScan(o *orderRecord, it *itemRecord, a *ProductInLocation, s Scan, now Date) {
	row := &BarcodeVerifiedOrderItem{
		OrderItemID: it.ID, ProductInLocationID: a.ID, OrderID: o.ID, Quantity: s.Quantity, Barcode: a.inv.product.EAN, BatchNo: optional(s.BatchNo),
		SerialNo: optional(s.SerialNo), ExpiryDate: s.BestBefore, MobileApp: true, entity: entity{ID: next(&t.ids.scan)},
	}
	if s.Box != 0 {
		row.BoxNumber = &s.Box
	}
	row.touch(now, warehouseUser)
	o.scans = append(o.scans, row)
}

// Print prints the despatch note of an order.
func (t *Twin) Print(order int) {
	t.onOrder(order, func(o *orderRecord, now Date) error { return t.print(o, "", now, warehouseUser) })
}

// Pack packs an order.
func (t *Twin) Pack(order int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		if !slices.Contains(t.knobs.DespatchFrom, o.OrderStatusID) || o.short() {
			return wrongStatus("packed", o.OrderStatusID)
		}
		t.setStatus(o, StatusPacked, now)
		o.touch(now, warehouseUser)
		return nil
	})
}

// Despatch sends an order, with a consignment for each tracking number; the
// order's own is the first.
func (t *Twin) Despatch(order int, tracking ...string) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		first := ""
		if len(tracking) > 0 {
			first = tracking[0]
		}
		if err := t.despatch(o, first, now, warehouseUser); err != nil {
			return err
		}
		for _, number := range tracking {
			t.putShipment(o, number, now, warehouseUser)
		}
		return nil
	})
}

// Invoice computes the charges of an order that has left, or fails to.
func (t *Twin) Invoice(order int, failed bool) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		if !shipped(o.OrderStatusID) {
			return wrongStatus("invoiced", o.OrderStatusID)
		}
		t.invoice(o, failed, now)
		return nil
	})
}

// Cancel cancels an order, as any that has not left can be.
func (t *Twin) Cancel(order int) {
	t.onOrder(order, func(o *orderRecord, now Date) error { return t.cancel(o, now, warehouseUser) })
}

// Uncancel brings a cancelled order back.
func (t *Twin) Uncancel(order int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		if o.OrderStatusID != StatusCancelled {
			return wrongStatus("brought back", o.OrderStatusID)
		}
		client := byID(t.reference.clients, o.ClientID)
		t.allocate(o, client, now, warehouseUser)
		t.setStatus(o, t.stockStatus(o, client), now)
		o.touch(now, warehouseUser)
		return nil
	})
}

// DeleteOrder cancels an order and deletes it: its id is not found any more.
func (t *Twin) DeleteOrder(order int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		if o.OrderStatusID != StatusCancelled {
			if err := t.cancel(o, now, warehouseUser); err != nil {
				return err
			}
		}
		t.remove(o)
		return nil
	})
}

// Hold puts an order that was not begun into one of the held statuses; Release
// lets it go.
func (t *Twin) Hold(order, status int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		return t.hold(o, status, t.knobs.EditableFrom, now, warehouseUser)
	})
}

// Release lets a held order go. One that is HOLDING takes what is in stock now.
func (t *Twin) Release(order int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		client := byID(t.reference.clients, o.ClientID)
		if isHold(o.OrderStatusID) {
			return t.unhold(o, o.OrderStatusID, now, warehouseUser)
		}
		if o.OrderStatusID != StatusHolding {
			return wrongStatus("released", o.OrderStatusID)
		}
		t.allocate(o, client, now, warehouseUser)
		t.setStatus(o, t.stockStatus(o, client), now)
		o.touch(now, warehouseUser)
		return nil
	})
}

// SetOrderStatus forces a status, as a person can for a batch of picking; one that
// is not among the 23 too. It moves no stock; sent and cancelled orders have their
// own methods.
func (t *Twin) SetOrderStatus(order, status int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		if shipped(status) || status == StatusCancelled || shipped(o.OrderStatusID) || o.OrderStatusID == StatusCancelled {
			return wrongStatus("moved to "+orderStatusName(status), o.OrderStatusID)
		}
		t.setStatus(o, status, now)
		o.touch(now, warehouseUser)
		return nil
	})
}

// TakeBack gives an order that has left a status that says otherwise, as a correction
// in the warehouse may. It moves no stock.
func (t *Twin) TakeBack(order, status int) {
	t.onOrder(order, func(o *orderRecord, now Date) error {
		if !shipped(o.OrderStatusID) || shipped(status) {
			return wrongStatus("taken back to "+orderStatusName(status), o.OrderStatusID)
		}
		t.setStatus(o, status, now)
		o.touch(now, warehouseUser)
		return nil
	})
}
