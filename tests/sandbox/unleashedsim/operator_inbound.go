package unleashedsim

import (
	"slices"

	"github.com/shopspring/decimal"
)

// EditPurchase changes a purchase order that is not receipted as a person would;
// totals are counted anew.
func (t *Twin) EditPurchase(number string, change func(*PurchaseOrder)) {
	t.onPurchase(number, func(o *PurchaseOrder) error {
		change(o)
		o.SubTotal, o.TaxTotal, o.Total = Amount{}, Amount{}, Amount{}
		if err := t.settlePurchase(o, TotalsRecomputed, true); err != nil {
			return err
		}
		t.storePurchase(o)
		return nil
	})
}

// DeletePurchase deletes a purchase order that is not receipted.
func (t *Twin) DeletePurchase(number string) {
	t.onPurchase(number, func(o *PurchaseOrder) error {
		o.OrderStatus, o.CustomOrderStatus = Deleted, ""
		t.storePurchase(o)
		return nil
	})
}

// ReceiptPurchase books in what came of a purchase order, by SKU; what is still
// outstanding is split off.
func (t *Twin) ReceiptPurchase(number string, quantities map[string]string) {
	t.onPurchase(number, func(o *PurchaseOrder) error {
		var came []received
		for i := range o.PurchaseOrderLines {
			line := &o.PurchaseOrderLines[i]
			if quantity, named := quantities[line.Product.ProductCode]; named {
				came = append(came, received{line: line, quantity: decimal.RequireFromString(quantity)})
			}
		}
		return t.receipt(o, came)
	})
}

// ReceiptPurchaseLots books in what came of one product, with its batches.
func (t *Twin) ReceiptPurchaseLots(number, sku, quantity string, batches ...BatchNumber) {
	t.onPurchase(number, func(o *PurchaseOrder) error {
		for i := range o.PurchaseOrderLines {
			if line := &o.PurchaseOrderLines[i]; line.Product.ProductCode == sku {
				return t.receipt(o, []received{{line: line, quantity: decimal.RequireFromString(quantity), batches: batches}})
			}
		}
		return missing("line of product", sku)
	})
}

// CompletePurchase ends a purchase order; what is not receipted yet is, all of it.
func (t *Twin) CompletePurchase(number string) {
	t.act(func() error {
		old := t.purchases.find(number)
		if old == nil {
			return missing("purchase order", number)
		}
		return t.completePurchase(old)
	})
}

// onPurchase hands out a copy of a purchase order that may still be changed.
func (t *Twin) onPurchase(number string, do func(*PurchaseOrder) error) {
	t.act(func() error {
		old := t.purchases.find(number)
		if old == nil {
			return missing("purchase order", number)
		}
		if err := old.changeable(); err != nil {
			return err
		}
		next := *old
		next.PurchaseOrderLines = slices.Clone(old.PurchaseOrderLines)
		return do(&next)
	})
}

// EditTransfer changes a transfer that is not completed as a person would.
func (t *Twin) EditTransfer(number string, change func(*Transfer)) {
	t.changeTransfer(number, func(r *Transfer) error {
		r.TransferDetails = slices.Clone(r.TransferDetails)
		change(r)
		if err := t.settleTransfer(r); err != nil {
			return err
		}
		save(t, t.transfers, r)
		return nil
	})
}

// EditAssembly changes a parked assembly as a person would.
func (t *Twin) EditAssembly(number string, change func(*Assembly)) {
	t.onAssembly(number, func(a *Assembly) error {
		change(a)
		if err := t.settleAssembly(a); err != nil {
			return err
		}
		t.saveAssembly(a)
		return nil
	})
}

// DeleteAssembly deletes a parked assembly.
func (t *Twin) DeleteAssembly(number string) {
	t.onAssembly(number, func(a *Assembly) error {
		a.AssemblyStatus, a.CustomAssemblyStatus = Deleted, ""
		t.saveAssembly(a)
		return nil
	})
}

// onAssembly hands out a copy of a parked assembly.
func (t *Twin) onAssembly(number string, do func(*Assembly) error) {
	t.act(func() error {
		old := t.assemblies.find(number)
		if old == nil {
			return missing("assembly", number)
		}
		if err := old.parked(); err != nil {
			return err
		}
		next := *old
		next.AssemblyLines = slices.Clone(old.AssemblyLines)
		return do(&next)
	})
}
