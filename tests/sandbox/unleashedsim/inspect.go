package unleashedsim

import (
	"github.com/shopspring/decimal"
)

// Stock is what a warehouse has of a product.
type Stock struct {
	OnHand, Allocated, OnPurchase decimal.Decimal
	AverageCost                   decimal.Decimal // of one unit
}

// Stock answers what a warehouse has of a product, zero when there is neither.
func (t *Twin) Stock(sku, warehouse string) Stock {
	t.mut.Lock()
	defer t.mut.Unlock()
	product, w := t.products.find(sku), t.warehouses.find(warehouse)
	if product == nil || w == nil {
		return Stock{}
	}
	p := t.book.positions[place{product.Guid, w.Guid}]
	if p == nil {
		return Stock{}
	}
	return Stock{OnHand: p.onHand, Allocated: p.allocated, OnPurchase: p.onPurchase, AverageCost: p.cost}
}

// Orders copies all sales orders, newest first, deleted ones too.
func (t *Twin) Orders() []SalesOrder { return locked(t, t.orders) }

// Shipments copies all shipments, newest first, deleted ones too.
func (t *Twin) Shipments() []SalesShipment { return locked(t, t.shipments) }

// Invoices copies all invoices, newest first.
func (t *Twin) Invoices() []Invoice { return locked(t, t.invoices) }

// PurchaseOrders copies all purchase orders, newest first, deleted ones too.
func (t *Twin) PurchaseOrders() []PurchaseOrder { return locked(t, t.purchases) }

// Transfers copies all transfers, newest first, deleted ones too.
func (t *Twin) Transfers() []Transfer { return locked(t, t.transfers) }

// Assemblies copies all assemblies, newest first, deleted ones too.
func (t *Twin) Assemblies() []Assembly { return locked(t, t.assemblies) }

// StockAdjustments copies all adjustments, newest first.
func (t *Twin) StockAdjustments() []StockAdjustment { return locked(t, t.adjustments) }

// Products copies all products by code, obsolete ones too.
func (t *Twin) Products() []Product { return locked(t, t.products) }

// Customers copies all customers by code, obsolete ones too.
func (t *Twin) Customers() []Customer { return locked(t, t.customers) }

// OrderByNumber copies a sales order; known is false when there is none.
func (t *Twin) OrderByNumber(number string) (o SalesOrder, known bool) {
	return found(t, t.orders, number)
}

// PurchaseByNumber copies a purchase order; known is false when there is none.
func (t *Twin) PurchaseByNumber(number string) (o PurchaseOrder, known bool) {
	return found(t, t.purchases, number)
}

// TransferByNumber copies a transfer; known is false when there is none.
func (t *Twin) TransferByNumber(number string) (r Transfer, known bool) {
	return found(t, t.transfers, number)
}

// AssemblyByNumber copies an assembly; known is false when there is none.
func (t *Twin) AssemblyByNumber(number string) (a Assembly, known bool) {
	return found(t, t.assemblies, number)
}

// Product copies a product by its code; known is false when there is none.
func (t *Twin) Product(sku string) (p Product, known bool) { return found(t, t.products, sku) }

// Customer copies a customer by its code; known is false when there is none.
func (t *Twin) Customer(code string) (c Customer, known bool) { return found(t, t.customers, code) }

// ShipmentsOf copies the shipments of an order in the order of their making,
// deleted ones too.
func (t *Twin) ShipmentsOf(order string) (shipments []SalesShipment) {
	t.mut.Lock()
	defer t.mut.Unlock()
	if o := t.orders.find(order); o != nil {
		for s := range t.shipmentsOfOrder(o.Guid) {
			shipments = append(shipments, *s)
		}
	}
	return shipments
}

func locked[T any, D interface {
	*T
	document
}](t *Twin, rows *table[D]) []T {
	t.mut.Lock()
	defer t.mut.Unlock()
	copies := make([]T, 0, len(rows.rows))
	for d := range rows.all() {
		copies = append(copies, *d)
	}
	return copies
}

func found[T any, D interface {
	*T
	document
}](t *Twin, rows *table[D], key string) (d T, known bool) {
	t.mut.Lock()
	defer t.mut.Unlock()
	if kept := rows.find(key); kept != nil {
		return *kept, true
	}
	return d, false
}
