package mintsoftsim

import "fmt"

// StockMovementDTO is goods that went from one place to another.
type StockMovementDTO struct {
	StockMovementID          int `json:"StockMovementId"`
	LastUpdatedByUser        string
	LastUpdated              Date
	ProductID                int `json:"ProductId"`
	ProductName              string
	ProductSKU               string
	SourceWarehouseID        int `json:"SourceWarehouseId"`
	SourceWarehouseName      string
	SourceLocationID         int `json:"SourceLocationId"`
	SourceLocationName       string
	DestinationWarehouseID   int `json:"DestinationWarehouseId"`
	DestinationWarehouseName string
	DestinationLocationID    int `json:"DestinationLocationId"`
	DestinationLocationName  string
	Quantity                 int
	OrderID                  *int `json:"OrderId"`
	OrderItemID              *int `json:"OrderItemId"`
	BestBefore               Date
	BatchNo                  *string
	SerialNo                 *string
	Comment                  *string
}

// BulkStockUpdateResult answers one row of a bulk update.
type BulkStockUpdateResult struct {
	Success   bool
	Message   string
	ProductID int `json:"ProductId"`
	SKU       string
}

// maxBulkRows is how many rows BulkOnHandStockUpdate takes.
const maxBulkRows = 100

// setOnHand sets the free stock of products, as an absolute number.
func (t *Twin) setOnHand(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	rows := c.documents()
	if len(rows) > maxBulkRows {
		return nil, &failure{status: 400, message: fmt.Sprintf("At most %d records can be updated in one call.", maxBulkRows)}
	}
	client, err := t.client(c, c.int("ClientId"))
	if err != nil {
		return nil, &failure{status: 400, message: err.Error()}
	}
	results := make([]BulkStockUpdateResult, len(rows))
	for i, d := range rows {
		results[i] = BulkStockUpdateResult{SKU: d.str("SKU")}
		p := t.product(c.now, client.ID, d.int("ProductId"), d.str("SKU"))
		if p == nil {
			results[i].Message = "Product not found"
			continue
		}
		results[i].ProductID, results[i].SKU = p.ID, p.SKU
		why := change{now: c.now, user: c.user.Username, reason: "Bulk on hand stock update"}
		if err := t.setFree(p, d.int("WarehouseId"), d.int("Quantity"), why); err != nil {
			results[i].Message = err.Error()
			continue
		}
		results[i].Success, results[i].Message = true, "Stock updated"
	}
	return results, nil
}

func (t *Twin) setFree(p *productRecord, warehouse, quantity int, why change) error {
	w := t.warehouse(warehouse, "")
	switch {
	case w == nil:
		return refusal("Warehouse not found")
	case w.BinLocations:
		return refusal("Bulk on hand updates are not supported in warehouses with bin locations")
	case p.Bundle:
		return refusal("The stock of a bundle cannot be set")
	case quantity < 0:
		return refusal("Quantity must be at least 0")
	}
	return t.setUnits(p, warehouse, quantity, why)
}

// setUnits books the difference to what is free in or out.
func (t *Twin) setUnits(p *productRecord, warehouse, quantity int, why change) error {
	switch more := quantity - t.available(p, warehouse, wish{}); {
	case more > 0:
		t.stockIn(p, warehouse, more, Lot{}, why)
		t.fillBackOrders(p, warehouse, why.now)
	case more < 0:
		return t.stockOut(p, warehouse, -more, flowOut, wish{}, why)
	}
	return nil
}

func (t *Twin) moveStock(c *call) (any, error) {
	p, err := t.move(c, c.document())
	if err != nil {
		return result(0, "", err)
	}
	return done(p.ID, "Stock Movement Successful"), nil
}

// moveStocks runs one action over many rows; in each result ID is the product's.
func (t *Twin) moveStocks(c *call) (any, error) {
	results := []Result{}
	for _, d := range c.documents() {
		row := done(d.int("ProductId"), "Stock Movement Successful")
		if _, err := t.move(c, d); err != nil {
			row = refused(err.Error())
			row.ID = d.int("ProductId")
		}
		results = append(results, row)
	}
	return results, nil
}

// The actions of a stock movement that stand by themselves. The others belong to
// orders and ASNs, and are refused here.
const (
	actionStockIn          = 0
	actionStockOut         = 1
	actionQuarantine       = 7
	actionUnquarantine     = 8
	actionInTransition     = 12
	actionUnInTransition   = 13
	actionTransfer         = 15
	actionScrap            = 16
	actionTransferLocation = 17
)

func (t *Twin) move(c *call, d document) (*productRecord, error) {
	p := t.products.byID[d.int("ProductId")]
	quantity, warehouse := d.int("Quantity"), d.int("WarehouseId")
	what := Lot{LocationID: d.int("LocationId"), BatchNo: d.str("BatchNo"), SerialNo: d.str("SerialNo"), BestBefore: d.date("ExpiryDate", t.options.Zone)}
	why := change{now: c.now, user: c.user.Username, reason: d.str("Comment")}
	switch {
	case p == nil || !c.sees(p.ClientID) || c.now.Before(p.visible):
		return nil, refusal("Product not found")
	case t.warehouse(warehouse, "") == nil:
		return nil, refusal("Warehouse not found")
	case quantity < 1:
		return nil, refusal("Quantity must be at least 1")
	case p.Bundle:
		return nil, refusal("A bundle has no stock of its own")
	}
	inv := t.inventoryOf(p, warehouse)
	switch c.int("Action") {
	case actionStockIn:
		t.stockIn(p, warehouse, quantity, what, why)
		t.fillBackOrders(p, warehouse, c.now)
		return p, nil
	case actionStockOut:
		return p, t.stockOut(p, warehouse, quantity, flowOut, what.wish(), why)
	case actionScrap:
		if err := t.stockOut(p, warehouse, quantity, flowScrap, what.wish(), why); err != nil {
			return nil, err
		}
		inv.scrapped += quantity
		return p, nil
	case actionQuarantine:
		return p, t.quarantine(p, warehouse, quantity, what.wish(), true, why)
	case actionUnquarantine:
		return p, t.quarantine(p, warehouse, quantity, what.wish(), false, why)
	case actionInTransition, actionUnInTransition:
		return p, t.transition(inv, c.int("Action") == actionInTransition, quantity, why)
	case actionTransfer, actionTransferLocation:
		return p, t.transferStock(p, d, what, why)
	}
	return nil, refusal("This stock movement is made through orders and ASNs")
}

func (t *Twin) transition(inv *inventory, into bool, quantity int, why change) error {
	if !into {
		quantity = -quantity
	}
	if inv.transition+quantity < 0 {
		return refusal("There is not enough stock in transition")
	}
	inv.transition += quantity
	t.touchStock(inv, why)
	return nil
}

// transferStock moves free goods to another location, or another warehouse.
func (t *Twin) transferStock(p *productRecord, d document, what Lot, why change) error {
	from, to, quantity := d.int("WarehouseId"), d.int("DestinationWarehouseId"), d.int("Quantity")
	if to == 0 {
		to = from
	}
	if t.warehouse(to, "") == nil {
		return refusal("Destination warehouse not found")
	}
	if err := t.stockOut(p, from, quantity, flowTransfer, what.wish(), why); err != nil {
		return err
	}
	source := what.LocationID
	what.LocationID = d.int("DestinationLocationId")
	inv := t.inventoryOf(p, to)
	inv.lotOf(&t.ids, what, false).quantity += quantity
	inv.stockLevel += quantity
	t.flow(inv, flowTransfer, quantity, what, why)
	t.stock.movements = append(t.stock.movements, &StockMovementDTO{
		StockMovementID: next(&t.ids.movement), LastUpdated: inv.LastUpdated, LastUpdatedByUser: why.user, ProductID: p.ID, ProductName: p.Name, ProductSKU: p.SKU,
		SourceWarehouseID: from, SourceWarehouseName: t.warehouse(from, "").Name, SourceLocationID: source, SourceLocationName: t.locationName(source),
		DestinationWarehouseID: to, DestinationWarehouseName: t.warehouse(to, "").Name, DestinationLocationID: what.LocationID,
		DestinationLocationName: t.locationName(what.LocationID), Quantity: quantity, BestBefore: what.BestBefore, BatchNo: optional(what.BatchNo),
		SerialNo: optional(what.SerialNo), Comment: optional(why.reason),
	})
	t.fillBackOrders(p, to, why.now)
	return nil
}

func (t *Twin) listMovements(c *call) (any, error) {
	from, limit, err := t.page(c, 100)
	if err != nil {
		return nil, err
	}
	recent, warehouse := t.since(c, "sinceDate"), c.ids["warehouseid"]
	return window(from, limit, func(yield func(*StockMovementDTO) bool) {
		for _, m := range t.stock.movements {
			p := t.products.byID[m.ProductID]
			if p == nil || !c.sees(p.ClientID) || m.SourceWarehouseID != warehouse && m.DestinationWarehouseID != warehouse || !recent(m.LastUpdated) {
				continue
			}
			if (c.int("productId") == 0 || m.ProductID == c.int("productId")) && !yield(m) {
				return
			}
		}
	}), nil
}
