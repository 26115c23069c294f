package mintsoftsim

import (
	"slices"
	"strconv"
	"strings"
)

// StockFlow is one row of the stock's history: what moved, and what there was
// afterwards.
type StockFlow struct {
	ProductID           int `json:"ProductId"`
	WarehouseID         int `json:"WarehouseId"`
	StockLevel          int
	Allocated           int
	OnHand              int
	OffHand             int
	Quantity            int
	Flow                string // IN, OUT, ALLOCATE, UNALLOCATE, TRANSFER or SCRAP
	Reason              string
	BestBefore          Date
	BatchNo             *string
	SerialNo            *string
	Tags                *string
	StorageItemID       *int `json:"StorageItemId"`
	ParentStorageItemID *int `json:"ParentStorageItemId"`
	OrderID             *int `json:"OrderId"`
	StockFlowDetails    []StockFlowDetail
	SKU                 string
	WarehouseName       string
	entity

	location int
}

// StockFlowDetail says where the goods of a row lay.
type StockFlowDetail struct {
	LocationID int `json:"LocationId"`
	Quantity   int
	BestBefore Date
	BatchNo    *string
	SerialNo   *string
	Location   string
	entity
}

// StockFlowTableRow is a row of the history as the report shows it.
type StockFlowTableRow struct {
	ID                     int
	Client                 string
	SKU                    string
	Warehouse              string
	Quantity               int
	NewStockLevel          int
	NewAllocatedLevel      int
	NewOnHandLevel         int
	NewOffHandLevel        int
	Flow                   string
	Reason                 string
	User                   string
	Date                   string
	ExtraInfo              *string
	CartonCode             *string
	PalletCode             *string
	ExternalOrderReference *string
	StockFlowDetailRows    []StockFlowDetailRow
}

// StockFlowDetailRow is where the goods of a report's row lay.
type StockFlowDetailRow struct {
	StockFlowID int `json:"StockFlowId"`
	Quantity    int
	BestBefore  *string
	BatchNo     *string
	SerialNo    *string
	Location    string
}

func (t *Twin) listFlow(c *call) (any, error) {
	p, err := t.productOf(c)
	if err != nil {
		return nil, err
	}
	return t.flowRows(c, p, func(*StockFlow) bool { return true }), nil
}

// listFilteredFlow takes a SKU instead of an id when the id is 0.
func (t *Twin) listFilteredFlow(c *call) (any, error) {
	p := t.products.byID[c.ids["id"]]
	if c.ids["id"] == 0 {
		for _, other := range t.products.all {
			if p == nil && c.sees(other.ClientID) && t.equal(other.SKU, c.text("SKU")) {
				p = other
			}
		}
	}
	if p == nil || !c.sees(p.ClientID) {
		return nil, notFound("Product not found")
	}
	types := strings.Split(strings.ToUpper(c.text("Types")), ";")
	all := c.text("Types") == "" || slices.Contains(types, "ALL")
	return t.flowRows(c, p, func(row *StockFlow) bool {
		return (all || slices.Contains(types, row.Flow)) && (c.int("WarehouseId") == 0 || row.WarehouseID == c.int("WarehouseId")) &&
			(c.flag("IncludeOrders") || row.OrderID == nil)
	}), nil
}

func (t *Twin) flowRows(c *call, p *productRecord, wanted func(*StockFlow) bool) []StockFlow {
	from, to := c.date("FromDate", t.options.Zone), c.date("ToDate", t.options.Zone)
	rows := []StockFlow{}
	for _, flow := range t.stock.byProduct[p.ID] {
		if flow.LastUpdated.Before(from.Time) || flow.LastUpdated.After(to.Time) || !wanted(flow) {
			continue
		}
		row := *flow
		row.WarehouseName = byID(t.reference.warehouses, flow.WarehouseID).Name
		if c.flag("IncludeDetails") {
			row.StockFlowDetails = []StockFlowDetail{{
				LocationID: flow.location, Quantity: flow.Quantity, BestBefore: flow.BestBefore, BatchNo: flow.BatchNo, SerialNo: flow.SerialNo,
				Location: t.locationName(flow.location), entity: flow.entity,
			}}
		}
		rows = append(rows, row)
	}
	return rows
}

func (t *Twin) locationName(id int) string {
	if l := byID(t.reference.locations, id); l != nil {
		return l.Name
	}
	return "UNASSIGNED"
}

// reportUsage is the history of all products, paged.
func (t *Twin) reportUsage(c *call) (any, error) {
	from, limit, err := t.page(c, 1000)
	if err != nil {
		return nil, err
	}
	begin, end, search := c.date("fromDate", t.options.Zone), c.date("toDate", t.options.Zone), strings.ToLower(c.text("search"))
	client, flow := c.clientFilter("clientId"), c.text("flow")
	return window(from, limit, func(yield func(StockFlowTableRow) bool) {
		for _, row := range t.stock.flows {
			p := t.products.byID[row.ProductID]
			switch {
			case p == nil || !c.sees(p.ClientID), client != 0 && p.ClientID != client, flow != "" && !strings.EqualFold(flow, row.Flow),
				c.int("warehouseId") != 0 && row.WarehouseID != c.int("warehouseId"), c.int("productId") != 0 && row.ProductID != c.int("productId"),
				!begin.IsZero() && row.LastUpdated.Before(begin.Time), !end.IsZero() && row.LastUpdated.After(end.Time),
				!strings.Contains(strings.ToLower(row.SKU), search):
				continue
			}
			if !yield(t.reportRow(row, p, c.flag("includeDetails"))) {
				return
			}
		}
	}), nil
}

func (t *Twin) reportRow(row *StockFlow, p *productRecord, details bool) StockFlowTableRow {
	shown := StockFlowTableRow{
		ID: row.ID, Client: byID(t.reference.clients, p.ClientID).Name, SKU: row.SKU, Warehouse: byID(t.reference.warehouses, row.WarehouseID).Name,
		Quantity: row.Quantity, NewStockLevel: row.StockLevel, NewAllocatedLevel: row.Allocated, NewOnHandLevel: row.OnHand, NewOffHandLevel: row.OffHand,
		Flow: row.Flow, Reason: row.Reason, User: row.LastUpdatedByUser, Date: row.LastUpdated.Format(naive),
	}
	if row.OrderID != nil {
		if o := t.orders.byID[*row.OrderID]; o != nil {
			shown.ExternalOrderReference = o.ExternalOrderReference
		}
	}
	if details {
		shown.StockFlowDetailRows = []StockFlowDetailRow{{
			StockFlowID: row.ID, Quantity: row.Quantity, BestBefore: bestBefore(row.BestBefore), BatchNo: row.BatchNo, SerialNo: row.SerialNo, Location: t.locationName(row.location),
		}}
	}
	return shown
}

// ProductInLocationExportModel is a lot as the report of locations shows it.
type ProductInLocationExportModel struct {
	Client              string
	Warehouse           string
	Location            string
	Type                string
	LocationType        string
	AllocatedOrder      *string
	ProductSKU          string
	ProductName         string
	Quantity            string
	SerialNo            *string
	BatchNo             *string
	BestBefore          *string
	CartonCode          *string
	PalletCode          *string
	ImageURL            *string
	ProductInLocationID int `json:"ProductInLocationId"`
	LastUpdated         Date
}

// reportLocations shows every lot; with showOrderAllocations what is reserved
// stands apart, with its order.
func (t *Twin) reportLocations(c *call) (any, error) {
	from, limit, err := t.page(c, 1000)
	if err != nil {
		return nil, err
	}
	recent := t.since(c, "sinceUpdated")
	return window(from, limit, func(yield func(ProductInLocationExportModel) bool) {
		for _, inv := range t.inventories(c, c.clientFilter("clientId"), c.int("warehouseId")) {
			if !recent(inv.LastUpdated) {
				continue
			}
			for _, row := range t.locationRows(c, inv) {
				if !yield(row) {
					return
				}
			}
		}
	}), nil
}

func (t *Twin) locationRows(c *call, inv *inventory) []ProductInLocationExportModel {
	var rows []ProductInLocationExportModel
	for _, l := range inv.lots {
		kind := t.locationType(l.LocationID)
		if l.quarantined && c.flag("excludeQuarantine") || c.int("locationTypeId") != 0 && kind.ID != c.int("locationTypeId") {
			continue
		}
		row := ProductInLocationExportModel{
			Client: byID(t.reference.clients, inv.product.ClientID).Name, Warehouse: byID(t.reference.warehouses, inv.warehouse).Name,
			Location: t.locationName(l.LocationID), Type: "Allocation", LocationType: kind.Name, ProductSKU: inv.product.SKU, ProductName: inv.product.Name,
			SerialNo: optional(l.SerialNo), BatchNo: optional(l.BatchNo), BestBefore: bestBefore(l.BestBefore), ImageURL: inv.product.ImageURL,
			ProductInLocationID: l.id, LastUpdated: inv.LastUpdated,
		}
		if l.quarantined {
			row.Type = "Quarantine"
		}
		if c.flag("showOrderAllocations") && l.allocated > 0 {
			rows = append(rows, t.reservedRows(row, l)...)
			if l.quantity == l.allocated {
				continue
			}
			row.Quantity = strconv.Itoa(l.quantity - l.allocated)
		} else {
			row.Quantity = strconv.Itoa(l.quantity)
		}
		rows = append(rows, row)
	}
	return rows
}

func (t *Twin) reservedRows(row ProductInLocationExportModel, l *lot) []ProductInLocationExportModel {
	var rows []ProductInLocationExportModel
	for _, o := range t.orders.all {
		for _, it := range o.items {
			for _, a := range it.allocations {
				if a.from == l && !a.Despatched {
					row.AllocatedOrder, row.Quantity = &o.OrderNumber, strconv.Itoa(a.Quantity)
					rows = append(rows, row)
				}
			}
		}
	}
	return rows
}

func (t *Twin) locationType(location int) *LocationType {
	if l := byID(t.reference.locations, location); l != nil {
		return byID(t.reference.locationTypes, l.LocationTypeID)
	}
	return t.reference.locationTypes[3]
}
