package unleashedsim

import (
	"encoding/json"
	"fmt"
	"time"
)

func listPurchases(c *call) (answer, error) {
	view, err := c.purchaseView()
	if err != nil {
		return answer{}, err
	}
	s := newSieve[*PurchaseOrder](c)
	if number := c.query.text("orderNumber"); number != "" {
		return pageOf(c, only(c.twin.purchases.find(number)), s, view)
	}
	if !s.oneOf("customOrderStatus", func(o *PurchaseOrder) string { return string(o.CustomOrderStatus) }) {
		s.oneOf("orderStatus", func(o *PurchaseOrder) string { return o.OrderStatus })
	}
	s.prefix("supplierCode", func(o *PurchaseOrder) string { return o.Supplier.SupplierCode })
	s.exact("warehouseCode", func(o *PurchaseOrder) string { return o.Warehouse.WarehouseCode })
	s.from("startDate", func(o *PurchaseOrder) time.Time { return o.OrderDate.Time })
	s.to("endDate", func(o *PurchaseOrder) time.Time { return o.OrderDate.Time })
	s.from("completedAfter", func(o *PurchaseOrder) time.Time { return o.CompletedDate.Time })
	s.to("completedBefore", func(o *PurchaseOrder) time.Time { return o.CompletedDate.Time })
	s.modifiedSince(modified[*PurchaseOrder])
	return pageOf(c, c.twin.purchases.all(), s, view)
}

func getPurchase(c *call) (answer, error) {
	view, err := c.purchaseView()
	if err != nil {
		return answer{}, err
	}
	order, err := existing(c.twin.purchases, "purchase order", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	return ok(view(order))
}

// purchaseView writes orders as a request asks for: in brief, or with what the
// supplier calls its products, and with or without batches and serial numbers.
func (c *call) purchaseView() (func(*PurchaseOrder) json.RawMessage, error) {
	brief, err := c.query.flag("brief", true)
	if err != nil {
		return nil, err
	}
	numbers, err := c.query.flag("serialBatch", false)
	if err != nil {
		return nil, err
	}
	return func(o *PurchaseOrder) json.RawMessage { return c.twin.renderPurchase(o, brief, numbers) }, nil
}

func (t *Twin) renderPurchase(o *PurchaseOrder, brief, numbers bool) json.RawMessage {
	type line struct {
		PurchaseOrderLine
		Product any
	}
	type order struct {
		PurchaseOrderLines []line
		PurchaseOrder
	}
	return render(t, o, fmt.Sprint(brief, numbers), func(o *PurchaseOrder) any {
		view := order{PurchaseOrder: *o, PurchaseOrderLines: []line{}}
		for _, l := range o.PurchaseOrderLines {
			if !numbers {
				l.BatchNumbers, l.SerialNumbers = nil, nil
			}
			shown := line{l, t.current(l.Product)}
			if product := t.products.get(l.Product.Guid); product != nil && !brief {
				shown.Product = product.forPurchase()
			}
			view.PurchaseOrderLines = append(view.PurchaseOrderLines, shown)
		}
		return view
	})
}

// forPurchase is a product with what its supplier calls it.
func (p *Product) forPurchase() any {
	own := ProductSupplier{}
	if p.Supplier != nil {
		own = *p.Supplier
	}
	return struct {
		ProductBrief
		SupplierProductCode        Text
		SupplierProductDescription Text
		ProductGroup               *ProductGroup
	}{*p.brief(), own.SupplierProductCode, own.SupplierProductDescription, p.ProductGroup}
}
