package unleashedsim

import (
	"bytes"
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// StockRow is the stock of a product, in one warehouse or in all of them.
type StockRow struct {
	ProductCode        string
	ProductDescription string
	ProductGuid        uuid.UUID
	ProductSourceId    Text
	ProductGroupName   Text
	WarehouseId        *uuid.UUID
	Warehouse          Text
	WarehouseCode      Text
	DaysSinceLastSale  *int
	OnPurchase         Quantity
	AllocatedQty       Quantity
	AvailableQty       Quantity
	QtyOnHand          Quantity
	AvgCost            Quantity
	TotalCost          Quantity
	// Guid is the product's, not one of the row.
	Guid           uuid.UUID
	LastModifiedOn Instant
}

// listStock answers totals over all warehouses, or the rows of one.
func listStock(c *call) (answer, error) {
	t := c.twin
	if c.query.text("asAtDate") != "" {
		return answer{}, &problem{status: http.StatusNotImplemented, field: "asAtDate", text: "Stock at an earlier date is not simulated."}
	}
	assembled, err := c.query.flag("isAssembled", false)
	if err != nil {
		return answer{}, err
	}
	s := newSieve[StockRow](c)
	s.guids("productId", func(r StockRow) uuid.UUID { return r.ProductGuid })
	s.modifiedSince(func(r StockRow) time.Time { return r.LastModifiedOn.Time })
	warehouse, only := t.stockWarehouse(c.query)
	rows := func(yield func(StockRow) bool) {
		for product := range t.products.all() {
			if only && warehouse == nil {
				return
			}
			if row, moved := t.stockRow(product, warehouse, assembled); moved && !yield(row) {
				return
			}
		}
	}
	ordered := ordered(c, iter.Seq[StockRow](rows), map[string]func(a, b StockRow) int{
		"":               byText(func(r StockRow) string { return r.ProductCode }),
		"lastmodifiedon": byTime(func(r StockRow) time.Time { return r.LastModifiedOn.Time }),
		"qtyonhand":      func(a, b StockRow) int { return a.QtyOnHand.Decimal.Cmp(b.QtyOnHand.Decimal) },
		"availableqty":   func(a, b StockRow) int { return a.AvailableQty.Decimal.Cmp(b.AvailableQty.Decimal) },
	})
	return pageOf(c, ordered, s, func(r StockRow) json.RawMessage { return encode(r) })
}

// stockWarehouse is the warehouse that a filter names, if one does.
func (t *Twin) stockWarehouse(q query) (found *Warehouse, asked bool) {
	code, name := q.text("warehouseCode"), q.text("warehouseName")
	if code == "" && name == "" {
		return nil, false
	}
	for w := range t.warehouses.all() {
		if (code == "" || w.WarehouseCode == code) && (name == "" || w.WarehouseName == name) {
			return w, true
		}
	}
	return nil, true
}

// getStock answers the total of one product; one that never moved has none.
func getStock(c *call) (answer, error) {
	assembled, err := c.query.flag("isAssembled", false)
	if err != nil {
		return answer{}, err
	}
	product, err := existing(c.twin.products, "product", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	row, moved := c.twin.stockRow(product, nil, assembled)
	if !moved {
		return answer{}, missing("stock of product", product.ProductCode)
	}
	return ok(encode(row))
}

// getStockByWarehouse answers the rows of one product.
func getStockByWarehouse(c *call) (answer, error) {
	t := c.twin
	product, err := existing(t.products, "product", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	var rows []StockRow
	for w := range t.warehouses.all() {
		if row, moved := t.stockRow(product, w, false); moved {
			rows = append(rows, row)
		}
	}
	write := func(r StockRow) json.RawMessage { return encode(r) }
	if t.knobs.AllWarehousesBare {
		body := bytes.NewBufferString("[")
		join(body, rows, write)
		body.WriteByte(']')
		return ok(body.Bytes())
	}
	return pageOf(c, slices.Values(rows), newSieve[StockRow](c), write)
}

// stockRow sums up a product, over all warehouses when none is given, and says
// whether it ever moved there.
func (t *Twin) stockRow(product *Product, warehouse *Warehouse, assembled bool) (row StockRow, moved bool) {
	sum := position{cost: t.book.average(product.Guid)}
	value := decimal.Zero
	for _, guid := range t.book.places[product.Guid] {
		if warehouse != nil && guid != warehouse.Guid {
			continue
		}
		p := t.book.positions[place{product.Guid, guid}]
		moved = moved || p.moved
		sum.onHand = sum.onHand.Add(p.onHand)
		sum.allocated = sum.allocated.Add(p.allocated)
		sum.onPurchase = sum.onPurchase.Add(p.onPurchase)
		value = value.Add(p.onHand.Mul(p.cost))
		if p.modified.After(sum.modified) {
			sum.modified = p.modified
		}
		if p.lastSale.After(sum.lastSale) {
			sum.lastSale = p.lastSale
		}
		if warehouse != nil {
			sum.cost = p.cost
		}
	}
	if !moved {
		return StockRow{}, false
	}
	free := sum.onHand.Sub(sum.allocated)
	if assembled {
		free = free.Add(t.assemblable(product, warehouse))
	}
	row = StockRow{
		ProductCode: product.ProductCode, ProductDescription: product.ProductDescription, ProductGuid: product.Guid, ProductSourceId: product.SourceId,
		OnPurchase: fixed[four](sum.onPurchase), AllocatedQty: fixed[four](sum.allocated), AvailableQty: fixed[four](free), QtyOnHand: fixed[four](sum.onHand),
		AvgCost: fixed[four](sum.cost), TotalCost: fixed[four](value), Guid: product.Guid, LastModifiedOn: Instant{sum.modified},
	}
	if product.ProductGroup != nil {
		row.ProductGroupName = Text(product.ProductGroup.GroupName)
	}
	if warehouse != nil {
		row.WarehouseId, row.Warehouse, row.WarehouseCode = &warehouse.Guid, Text(warehouse.WarehouseName), Text(warehouse.WarehouseCode)
	}
	if !sum.lastSale.IsZero() {
		days := int(t.now().Sub(sum.lastSale) / (24 * time.Hour))
		row.DaysSinceLastSale = &days
	}
	return row, true
}
