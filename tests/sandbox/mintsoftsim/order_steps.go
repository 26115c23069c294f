package mintsoftsim

import (
	"fmt"
	"slices"
	"strings"
)

// step is an operation that moves an order from one status to another. Repeating
// it is refused.
func step(message string, do func(*Twin, *orderRecord, *call) error) handler {
	return func(t *Twin, c *call) (any, error) {
		o, err := t.orderOf(c)
		if err != nil {
			return nil, err
		}
		return result(o.ID, message, do(t, o, c))
	}
}

func wrongStatus(what string, status int) error {
	return refusal(fmt.Sprintf("The order cannot be %s in status %s", what, orderStatusName(status)))
}

func (t *Twin) cancel(o *orderRecord, now Date, user string) error {
	if !slices.Contains(t.knobs.CancelFrom, o.OrderStatusID) {
		return wrongStatus("cancelled", o.OrderStatusID)
	}
	t.unallocate(o, change{now: now, user: user, reason: "Order cancelled", order: o.ID})
	t.setStatus(o, StatusCancelled, now)
	o.touch(now, user)
	return nil
}

// cancelNoStock cancels an order whose goods could not be found. With the knob
// what was reserved is written off.
func (t *Twin) cancelNoStock(o *orderRecord, now Date, user string) error {
	if !t.knobs.CancelNoStockRemovesStock || !slices.Contains(t.knobs.CancelFrom, o.OrderStatusID) {
		return t.cancel(o, now, user)
	}
	why := change{now: now, user: user, reason: "Order cancelled, no stock", order: o.ID}
	for _, it := range o.items {
		lost := slices.Clone(it.allocations)
		quantities := make([]int, len(lost))
		for i, a := range lost {
			quantities[i] = a.Quantity
		}
		t.release(it, it.Allocated, why)
		for i, a := range lost {
			if err := t.stockOut(a.inv.product, a.inv.warehouse, quantities[i], flowScrap, a.from.wish(), why); err != nil {
				return err
			}
			a.inv.scrapped += quantities[i]
		}
	}
	return t.cancel(o, now, user)
}

// despatch sends an order. Everything on it must be reserved.
func (t *Twin) despatch(o *orderRecord, tracking string, now Date, user string) error {
	if !slices.Contains(t.knobs.DespatchFrom, o.OrderStatusID) {
		return wrongStatus("despatched", o.OrderStatusID)
	}
	if o.short() {
		return refusal("There is not enough stock available to despatch the order")
	}
	why := change{now: now, user: user, reason: "Order despatched", order: o.ID}
	for _, it := range o.items {
		t.ship(it, why)
		it.touch(now, user)
	}
	o.DespatchDate, o.DespatchedByUser = now, &user
	o.putNameValue(&t.ids, "DespatchByUser", user, now, user)
	if tracking != "" {
		t.track(o, tracking)
	}
	t.setStatus(o, StatusDespatched, now)
	t.orders.uninvoiced = append(t.orders.uninvoiced, o)
	o.touch(now, user)
	return nil
}

// track sets the tracking number and, from the courier's template, its address.
func (t *Twin) track(o *orderRecord, number string) {
	t.orders.unindex(o)
	o.TrackingNumber, o.TrackingURL = &number, nil
	if s := byID(t.reference.couriers, o.CourierServiceID); s != nil && s.TrackingURL != nil {
		url := *s.TrackingURL + number
		o.TrackingURL = &url
	}
	t.orders.index(o)
}

// invoiceDue moves despatched orders on: charges are computed some time after.
func (t *Twin) invoiceDue(now Date) {
	if t.knobs.InvoiceAfter < 0 {
		return
	}
	t.orders.uninvoiced = slices.DeleteFunc(t.orders.uninvoiced, func(o *orderRecord) bool {
		if o.OrderStatusID != StatusDespatched {
			return true
		}
		if now.Before(o.DespatchDate.Add(t.knobs.InvoiceAfter)) {
			return false
		}
		t.orders.invoiced++
		share := t.knobs.InvoiceFailsEvery
		t.invoice(o, share > 0 && t.orders.invoiced%share == 0, now)
		return true
	})
}

func (t *Twin) invoice(o *orderRecord, failed bool, now Date) {
	status := StatusInvoiced
	if failed {
		status = StatusInvoiceFailed
	}
	t.setStatus(o, status, now)
	o.touch(now, systemUser)
}

func (t *Twin) print(o *orderRecord, comment string, now Date, user string) error {
	if o.OrderStatusID != StatusNew {
		return wrongStatus("printed", o.OrderStatusID)
	}
	if strings.TrimSpace(comment) != "" {
		t.comment(o, comment, now, user)
	}
	t.setStatus(o, StatusPrinted, now)
	o.touch(now, user)
	return nil
}

// hold keeps an order that was not begun from being picked.
func (t *Twin) hold(o *orderRecord, status int, from []int, now Date, user string) error {
	if !slices.Contains(from, o.OrderStatusID) || o.OrderStatusID == status {
		return wrongStatus("moved to "+orderStatusName(status), o.OrderStatusID)
	}
	if !isHold(o.OrderStatusID) {
		o.before = o.OrderStatusID
	}
	t.setStatus(o, status, now)
	o.touch(now, user)
	return nil
}

func isHold(status int) bool {
	return slices.Contains([]int{StatusAwaitingConfirmation, StatusAwaitingDocumentation, StatusAwaitingPayment, StatusQueryRaised, StatusFraudRisk, StatusPackAndHold}, status)
}

// unhold returns an order to where it was before; the stock may have changed since.
func (t *Twin) unhold(o *orderRecord, status int, now Date, user string) error {
	if o.OrderStatusID != status {
		return wrongStatus("released from "+orderStatusName(status), o.OrderStatusID)
	}
	back := o.before
	if back == 0 || slices.Contains([]int{StatusNew, StatusHolding, StatusOnBackOrder}, back) {
		back = t.stockStatus(o, byID(t.reference.clients, o.ClientID))
	}
	o.before = 0
	t.setStatus(o, back, now)
	o.touch(now, user)
	return nil
}

func (t *Twin) setParcels(o *orderRecord, parcels int, now Date, user string) error {
	if parcels < 1 || parcels > 1000 {
		return refusal("The field NumberOfParcels must be between 1 and 1000.")
	}
	o.NumberOfParcels = parcels
	o.touch(now, user)
	return nil
}
