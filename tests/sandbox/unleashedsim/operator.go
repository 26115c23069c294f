package unleashedsim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// EditOrder changes an open order as a person would; totals are counted anew.
func (t *Twin) EditOrder(number string, change func(*SalesOrder)) SalesOrder {
	return t.onOrder(number, func(o *SalesOrder) (*SalesOrder, error) {
		if !o.open() {
			return nil, refused("Sales order %s is %s.", number, o.OrderStatus)
		}
		next := *o
		next.SalesOrderLines = slices.Clone(o.SalesOrderLines)
		change(&next)
		if err := t.settleOrder(&next, TotalsRecomputed, true); err != nil {
			return nil, err
		}
		if err := t.fitsShipments(&next); err != nil {
			return nil, err
		}
		t.storeOrder(&next)
		return &next, nil
	})
}

// SetStatus moves an open order to a status that is not final, or to a custom
// status.
func (t *Twin) SetStatus(number, status string) SalesOrder {
	return t.EditOrder(number, func(o *SalesOrder) {
		if t.statuses[status] {
			o.OrderStatus, o.CustomOrderStatus = Parked, Text(status)
			return
		}
		o.OrderStatus, o.CustomOrderStatus = status, ""
	})
}

// DeleteOrder deletes an open order.
func (t *Twin) DeleteOrder(number string) SalesOrder {
	return t.onOrder(number, func(o *SalesOrder) (*SalesOrder, error) {
		if err := t.deleteOrder(o); err != nil {
			return nil, err
		}
		return t.orders.get(o.Guid), nil
	})
}

// CompleteOrder ships and invoices what is left of an order.
func (t *Twin) CompleteOrder(number string) SalesOrder {
	return t.onOrder(number, func(o *SalesOrder) (*SalesOrder, error) {
		plan, err := t.planCompletion(o)
		if err != nil {
			return nil, err
		}
		return plan.carryOut(), nil
	})
}

func (t *Twin) onOrder(number string, do func(*SalesOrder) (*SalesOrder, error)) (done SalesOrder) {
	t.act(func() error {
		order := t.orders.find(number)
		if order == nil {
			return missing("sales order", number)
		}
		next, err := do(order)
		if err == nil {
			done = *next
		}
		return err
	})
	return done
}

// ShipmentSpec describes a shipment that is to be added. Without lines it holds
// all that no other shipment holds.
type ShipmentSpec struct {
	Order    string
	Status   string // Parked when empty
	Tracking string
	Lines    []ShipmentLineSpec
}

// ShipmentLineSpec is a line of a ShipmentSpec.
type ShipmentLineSpec struct {
	Line     int // of the order
	Quantity string
	Batches  map[string]string // number to quantity
	Serials  []string
}

// AddShipment adds a shipment of an order; one that is Dispatched takes its stock.
func (t *Twin) AddShipment(spec ShipmentSpec) (added SalesShipment) {
	t.act(func() error {
		order := t.orders.find(spec.Order)
		if order == nil {
			return missing("sales order", spec.Order)
		}
		s := SalesShipment{OrderNumber: spec.Order, ShipmentStatus: spec.Status, TrackingNumber: Text(spec.Tracking), Stamp: Stamp{Mark: t.newMark()}}
		if s.ShipmentStatus == "" {
			s.ShipmentStatus = Parked
		}
		if len(spec.Lines) == 0 {
			s.SalesShipmentLines = (&completion{twin: t, order: order}).rest().SalesShipmentLines
		}
		for _, given := range spec.Lines {
			ordered := order.line(given.Line)
			if ordered == nil {
				return missing("order line", given.Line)
			}
			line := SalesShipmentLine{SalesOrderLineNumber: given.Line, Product: ordered.Product, BatchNumbers: batchesOf(given.Batches), SerialNumbers: serialsOf(given.Serials)}
			line.ShipmentQty.Set(given.Quantity)
			s.SalesShipmentLines = append(s.SalesShipmentLines, line)
		}
		stored, err := t.storeShipment(&s)
		if err == nil {
			added = *stored
		}
		return err
	})
	return added
}

// SetShipmentStatus moves a shipment; Deleted deletes it, Dispatched takes its
// stock.
func (t *Twin) SetShipmentStatus(number, status string) {
	t.act(func() error {
		old := t.shipments.find(number)
		if old == nil {
			return missing("shipment", number)
		}
		if err := old.changeable(); err != nil {
			return err
		}
		if status == Deleted {
			t.changeShipment(old, func(s *SalesShipment) { s.setStatus(Deleted) })
			return nil
		}
		next := *old
		next.ShipmentStatus = status
		next.SalesShipmentLines = slices.Clone(old.SalesShipmentLines)
		_, err := t.storeShipment(&next)
		return err
	})
}

// EditShipment changes an open shipment as a person would; it shows its order as
// that is now.
func (t *Twin) EditShipment(number string, change func(*SalesShipment)) {
	t.act(func() error {
		old := t.shipments.find(number)
		if old == nil {
			return missing("shipment", number)
		}
		if err := old.changeable(); err != nil {
			return err
		}
		next := *old
		next.SalesShipmentLines = slices.Clone(old.SalesShipmentLines)
		change(&next)
		_, err := t.storeShipment(&next)
		return err
	})
}

// SetStock sets what a warehouse has of a product, and what a unit of it costs, by
// a completed adjustment. Batches are named with their quantities.
func (t *Twin) SetStock(sku, warehouse, quantity, unitCost string, batches ...BatchNumber) {
	t.adjust(sku, warehouse, quantity, unitCost, batches, nil)
}

// SetSerials sets which units a warehouse has of a product with serial numbers.
func (t *Twin) SetSerials(sku, warehouse, unitCost string, serials ...string) {
	t.adjust(sku, warehouse, fmt.Sprint(len(serials)), unitCost, nil, serialsOf(serials))
}

func (t *Twin) adjust(sku, warehouse, quantity, unitCost string, batches []BatchNumber, serials []SerialNumber) {
	t.act(func() error {
		line := AdjustmentLine{Product: &ProductBrief{ProductCode: sku}, BatchNumbers: batches, SerialNumbers: serials}
		line.NewQuantity.Set(quantity)
		line.NewActualValue.put(line.NewQuantity.Decimal.Mul(decimal.RequireFromString(unitCost)))
		return t.storeAdjustment(&StockAdjustment{
			Warehouse: &Warehouse{WarehouseCode: warehouse}, AdjustmentReason: openingReason, Status: Completed,
			StockAdjustmentLines: []AdjustmentLine{line}, Stamp: Stamp{Mark: t.newMark()},
		})
	})
}

// Batch is a batch with its quantity and, when expiry is a day such as 2027-01-31,
// its expiry.
func (t *Twin) Batch(number, quantity, expiry string) BatchNumber {
	batch := BatchNumber{Number: number}
	batch.Quantity.Set(quantity)
	if expiry != "" {
		batch.ExpiryDate = t.Day(expiry)
	}
	return batch
}

// batchesOf and serialsOf write down numbers in a steady order.
func batchesOf(quantities map[string]string) []BatchNumber {
	var batches []BatchNumber
	for number, quantity := range quantities {
		batch := BatchNumber{Number: number}
		batch.Quantity.Set(quantity)
		batches = append(batches, batch)
	}
	slices.SortFunc(batches, func(a, b BatchNumber) int { return strings.Compare(a.Number, b.Number) })
	return batches
}

func serialsOf(identifiers []string) []SerialNumber {
	var serials []SerialNumber
	for _, identifier := range identifiers {
		serials = append(serials, SerialNumber{Identifier: identifier})
	}
	return serials
}

// EditProduct changes a product as a person would.
func (t *Twin) EditProduct(sku string, change func(*Product)) (done Product) {
	t.act(func() error {
		product := t.products.find(sku)
		if product == nil {
			return missing("product", sku)
		}
		next := *product
		change(&next)
		err := t.storeProduct(&next)
		done = next
		return err
	})
	return done
}

// DeleteProduct deletes a product: it answers 404 then and is on no list, while
// documents go on naming it.
func (t *Twin) DeleteProduct(sku string) {
	t.act(func() error {
		product := t.products.find(sku)
		if product == nil {
			return missing("product", sku)
		}
		t.products.remove(product.Guid)
		t.generation++
		t.emit("product.deleted", product.Guid)
		return nil
	})
}

// EditCustomer changes a customer as a person would.
func (t *Twin) EditCustomer(code string, change func(*Customer)) (done Customer) {
	t.act(func() error {
		customer := t.customers.find(code)
		if customer == nil {
			return missing("customer", code)
		}
		next := *customer
		change(&next)
		err := t.storeCustomer(&next)
		done = next
		return err
	})
	return done
}

// DeleteCustomer deletes a customer.
func (t *Twin) DeleteCustomer(code string) {
	t.act(func() error {
		customer := t.customers.find(code)
		if customer == nil {
			return missing("customer", code)
		}
		t.customers.remove(customer.Guid)
		t.generation++
		t.emit("customer.deleted", customer.Guid)
		return nil
	})
}
