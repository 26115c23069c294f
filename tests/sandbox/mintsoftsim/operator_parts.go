package mintsoftsim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Split moves quantities, by SKU, to a new part and answers its id.
func (t *Twin) Split(order int, quantities map[string]int) int {
	var id int
	t.onOrder(order, func(o *orderRecord, now Date) error {
		moves := map[*itemRecord]int{}
		for sku, quantity := range quantities {
			it := o.bySKU(sku)
			if it == nil || quantity > it.Quantity {
				return fmt.Errorf("order %d has no %d of %s to split off", o.ID, quantity, sku)
			}
			moves[it] = quantity
		}
		part, err := t.split(o, moves, now, warehouseUser)
		if err == nil {
			id = part.ID
		}
		return err
	})
	return id
}

func (o *orderRecord) bySKU(sku string) *itemRecord {
	for _, it := range o.items {
		if strings.EqualFold(it.SKU, sku) {
			return it
		}
	}
	return nil
}

// Merge makes one order of two: the survivor is numbered "A+B" from then on, the
// other is not found any more.
func (t *Twin) Merge(survivor, absorbed int) {
	t.onOrder(survivor, func(o *orderRecord, now Date) error {
		other := t.orders.byID[absorbed]
		if other == nil || other == o || other.ClientID != o.ClientID {
			return fmt.Errorf("order %d cannot be merged into order %d", absorbed, survivor)
		}
		for _, one := range []*orderRecord{o, other} {
			if !slices.Contains(t.knobs.EditableFrom, one.OrderStatusID) {
				return wrongStatus("merged", one.OrderStatusID)
			}
		}
		t.remove(other)
		for _, it := range other.items {
			it.OrderID = o.ID
			for _, a := range it.allocations {
				a.OrderID = o.ID
			}
		}
		o.items = append(o.items, other.items...)
		t.orders.unindex(o)
		o.OrderNumber += "+" + other.OrderNumber
		t.orders.index(o)
		o.putNameValue(&t.ids, "MergedOrder", "True", now, warehouseUser)
		o.OrderValue = Number{o.OrderValue.Add(other.OrderValue.Decimal)}
		o.TotalVat = Number{o.TotalVat.Add(other.TotalVat.Decimal)}
		t.value(o)
		t.setStatus(o, t.stockStatus(o, byID(t.reference.clients, o.ClientID)), now)
		o.touch(now, warehouseUser)
		return nil
	})
}

// AddTransfer moves goods, by SKU, from one warehouse to another. It is confirmed
// at once: the order that sends them and the ASN that expects them are there.
func (t *Twin) AddTransfer(source, destination int, quantities map[string]int) WarehouseTransfer {
	tr := WarehouseTransfer{SourceWarehouseID: source, DestinationWarehouseID: destination, WarehouseTransferStatus: TransferNew, Quantity: 1}
	return made(t, tr, func(tr *WarehouseTransfer, now Date) error {
		tr.ID, tr.ClientID = next(&t.ids.transfer), t.reference.clients[0].ID
		for _, sku := range slices.Sorted(maps.Keys(quantities)) {
			p := t.sku(tr.ClientID, sku)
			if p == nil {
				return fmt.Errorf("there is no product %s to transfer", sku)
			}
			it := WarehouseTransferItem{WarehouseTransferID: tr.ID, ProductID: p.ID, Quantity: quantities[sku], entity: entity{ID: next(&t.ids.transferItem)}}
			it.touch(now, warehouseUser)
			tr.Items = append(tr.Items, it)
		}
		kept := new(WarehouseTransfer)
		*kept = *tr
		if err := t.confirmTransfer(kept, &call{now: now, user: &User{Username: warehouseUser}}); err != nil {
			return err
		}
		kept.touch(now, warehouseUser)
		t.transfers.all = append(t.transfers.all, kept)
		*tr = *kept
		return nil
	})
}
