package unleashedsim

import (
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"
)

func listOrders(c *call) (answer, error) {
	numbers, err := c.query.flag("serialBatch", false)
	if err != nil {
		return answer{}, err
	}
	rows, s := c.orderSieve()
	return pageOf(c, rows, s, func(o *SalesOrder) json.RawMessage { return c.twin.renderOrder(o, numbers) })
}

// orderSieve is the filters of the list. An order number or a source id overrides
// all others, a custom status overrides the status.
func (c *call) orderSieve() (iter.Seq[*SalesOrder], *sieve[*SalesOrder]) {
	s := newSieve[*SalesOrder](c)
	if number := c.query.text("orderNumber"); number != "" {
		return only(c.twin.orders.find(number)), s
	}
	if c.query.text("sourceId") != "" {
		s.exact("sourceId", func(o *SalesOrder) string { return string(o.SourceId) })
		return c.twin.orders.all(), s
	}
	s.prefix("customerCode", func(o *SalesOrder) string { return o.Customer.CustomerCode })
	s.guids("customerId", func(o *SalesOrder) uuid.UUID { return o.Customer.Guid })
	s.exact("warehouseCode", func(o *SalesOrder) string { return o.Warehouse.WarehouseCode })
	s.from("startDate", func(o *SalesOrder) time.Time { return o.OrderDate.Time })
	s.to("endDate", func(o *SalesOrder) time.Time { return o.OrderDate.Time })
	s.from("completedAfter", func(o *SalesOrder) time.Time { return o.CompletedDate.Time })
	s.to("completedBefore", func(o *SalesOrder) time.Time { return o.CompletedDate.Time })
	s.modifiedSince(modified[*SalesOrder])
	if !s.oneOf("customOrderStatus", func(o *SalesOrder) string { return string(o.CustomOrderStatus) }) &&
		!s.oneOf("orderStatus", func(o *SalesOrder) string { return o.OrderStatus }) {
		s.add(func(o *SalesOrder) bool { return o.OrderStatus != Deleted })
	}
	return c.twin.orders.all(), s
}

// only is the list of a document that may be missing.
func only[D comparable](d D) iter.Seq[D] {
	var none D
	if d == none {
		return slices.Values([]D(nil))
	}
	return slices.Values([]D{d})
}

func getOrder(c *call) (answer, error) {
	numbers, err := c.query.flag("serialBatch", false)
	if err != nil {
		return answer{}, err
	}
	order, err := existing(c.twin.orders, "sales order", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if err := c.twin.visible(order.Guid); err != nil {
		return answer{}, err
	}
	return ok(c.twin.renderOrder(order, numbers))
}

// renderOrder writes an order, with batches and serial numbers where they are
// asked for.
func (t *Twin) renderOrder(o *SalesOrder, numbers bool) json.RawMessage {
	return render(t, o, numbersVariant(numbers), func(o *SalesOrder) any {
		view := *o
		view.Customer = t.currentCustomer(o.Customer)
		view.SalesOrderLines = slices.Clone(o.SalesOrderLines)
		for i := range view.SalesOrderLines {
			line := &view.SalesOrderLines[i]
			line.Product = t.current(line.Product)
			if !numbers {
				line.BatchNumbers, line.SerialNumbers = nil, nil
			}
		}
		return view
	})
}

func numbersVariant(numbers bool) string {
	if numbers {
		return "batches and serials"
	}
	return ""
}
