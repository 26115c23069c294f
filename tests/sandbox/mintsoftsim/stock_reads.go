package mintsoftsim

import (
	"cmp"
	"slices"
	"strings"
)

func (inv *inventory) view() InventoryItem {
	return InventoryItem{
		ProductID: inv.product.ID, StockLevel: inv.stockLevel, Allocated: inv.allocated, OnHand: inv.onHand(), OnOrder: inv.onOrder,
		RequiredByBackOrder: inv.required, InQuarantine: inv.quarantined(), InTransition: inv.transition, Scrapped: inv.scrapped,
		SKU: inv.product.SKU, WarehouseID: inv.warehouse, entity: inv.entity,
	}
}

// rows are the inventory as an answer shows it: one row, or one for each location
// with the counters that lie nowhere on the first.
func (t *Twin) rows(inv *inventory, breakdown bool) []InventoryItem {
	row := inv.view()
	if breakdown {
		row.Breakdown = inv.breakdown()
	}
	if !t.knobs.InventoryByLocation {
		return []InventoryItem{row}
	}
	var rows []InventoryItem
	for _, l := range inv.lots {
		i := slices.IndexFunc(rows, func(r InventoryItem) bool { return r.LocationID == l.LocationID })
		if i < 0 {
			i = len(rows)
			rows = append(rows, InventoryItem{ProductID: row.ProductID, SKU: row.SKU, WarehouseID: row.WarehouseID, LocationID: l.LocationID, Breakdown: row.Breakdown, entity: row.entity})
		}
		if l.quarantined {
			rows[i].InQuarantine += l.quantity
			continue
		}
		rows[i].StockLevel += l.quantity
		rows[i].Allocated += l.allocated
		rows[i].OnHand += l.free()
	}
	if len(rows) == 0 {
		return []InventoryItem{row}
	}
	if t.knobs.InventoryRowsAlone {
		for i, now := range rows {
			key := [3]int{inv.product.ID, row.WarehouseID, now.LocationID}
			if was, known := t.stockRows[key]; known && was.StockLevel == now.StockLevel && was.Allocated == now.Allocated {
				rows[i].LastUpdated = was.LastUpdated
				continue
			}
			t.stockRows[key] = now
		}
	}
	rows[0].OnOrder, rows[0].RequiredByBackOrder, rows[0].InTransition, rows[0].Scrapped = row.OnOrder, row.RequiredByBackOrder, row.InTransition, row.Scrapped
	return rows
}

// breakdown lists the lots. Its type names the kind of record, not whether the
// goods are reserved.
func (inv *inventory) breakdown() []StockLevelBreakdown {
	lines := []StockLevelBreakdown{}
	for _, l := range inv.lots {
		line := StockLevelBreakdown{Quantity: l.quantity, BatchNo: optional(l.BatchNo), SerialNo: optional(l.SerialNo), BestBefore: bestBefore(l.BestBefore), Type: "Allocation"}
		if l.quarantined {
			line.Type = "Quarantine"
		}
		lines = append(lines, line)
	}
	return lines
}

// bestBefore is a date as people read it: 01-June-2028.
func bestBefore(at Date) *string {
	if at.IsZero() {
		return nil
	}
	return optional(at.Format("02-January-2006"))
}

func (t *Twin) level(inv *inventory, breakdown bool) StockLevel {
	level := StockLevel{
		ProductID: inv.product.ID, WarehouseID: inv.warehouse, ClientID: inv.product.ClientID, SKU: inv.product.SKU, Level: inv.onHand(),
		TotalStockLevel: inv.stockLevel, LowStockLevel: inv.product.LowStockAlertLevel, LastUpdated: inv.LastUpdated, Breakdown: []StockLevelBreakdown{},
	}
	if breakdown {
		level.Breakdown = inv.breakdown()
	}
	return level
}

// listStockLevels answers levels with bundles. WarehouseId names a warehouse, 0 is
// the sum over all, and without it each warehouse has a row.
func (t *Twin) listStockLevels(c *call) (any, error) {
	levels := []StockLevel{}
	for _, p := range t.products.all {
		switch {
		case !c.sees(p.ClientID) || c.now.Before(p.visible), c.int("ProductId") != 0 && p.ID != c.int("ProductId"):
			continue
		case c.text("SKU") != "" && !t.equal(p.SKU, c.text("SKU")):
			continue
		}
		levels = append(levels, t.levelsOf(c, p)...)
	}
	return levels, nil
}

func (t *Twin) levelsOf(c *call, p *productRecord) []StockLevel {
	var levels []StockLevel
	for _, w := range t.reference.warehouses {
		if only := c.int("WarehouseId"); only != 0 && only != w.ID {
			continue
		}
		if level, exists := t.levelIn(p, w.ID, c.flag("Breakdown")); exists {
			levels = append(levels, level)
		}
	}
	if c.text("WarehouseId") == "" || c.int("WarehouseId") != 0 || len(levels) < 2 {
		if c.text("WarehouseId") == "0" && len(levels) == 1 {
			levels[0].WarehouseID = 0
		}
		return levels
	}
	total := levels[0]
	total.WarehouseID = 0
	for _, level := range levels[1:] {
		total.Level, total.TotalStockLevel = total.Level+level.Level, total.TotalStockLevel+level.TotalStockLevel
		total.Breakdown = append(total.Breakdown, level.Breakdown...)
		total.LastUpdated = slices.MaxFunc([]Date{total.LastUpdated, level.LastUpdated}, func(a, b Date) int { return a.Compare(b.Time) })
	}
	return []StockLevel{total}
}

// levelIn is the level in one warehouse; a bundle has as many as its scarcest
// component allows.
func (t *Twin) levelIn(p *productRecord, warehouse int, breakdown bool) (StockLevel, bool) {
	if !p.Bundle {
		inv := t.stock.inventories[stockKey{p.ID, warehouse}]
		if inv == nil {
			return StockLevel{}, false
		}
		return t.level(inv, breakdown), true
	}
	level := StockLevel{ProductID: p.ID, WarehouseID: warehouse, ClientID: p.ClientID, SKU: p.SKU, Bundle: true, LastUpdated: p.LastUpdated, Breakdown: []StockLevelBreakdown{}}
	for i, part := range p.components {
		inv := t.stock.inventories[stockKey{part.product.ID, warehouse}]
		if inv == nil {
			return StockLevel{}, false
		}
		free, total := inv.onHand()/part.quantity, inv.stockLevel/part.quantity
		if i == 0 {
			level.Level, level.TotalStockLevel = free, total
		}
		level.Level, level.TotalStockLevel = min(level.Level, free), min(level.TotalStockLevel, total)
	}
	return level, true
}

// listStockLevelsByWarehouse answers raw levels of one warehouse that changed;
// bundles have none.
func (t *Twin) listStockLevelsByWarehouse(c *call) (any, error) {
	recent := t.since(c, "LastUpdatedSince")
	levels := []StockLevel{}
	for _, inv := range t.inventories(c, 0, c.int("WarehouseId")) {
		if recent(inv.LastUpdated) {
			levels = append(levels, t.level(inv, false))
		}
	}
	return levels, nil
}

// inventories are the visible ones of a client and a warehouse, by product and
// warehouse; 0 is any.
func (t *Twin) inventories(c *call, client, warehouse int) []*inventory {
	found := filter(t.stock.all, func(inv *inventory) bool {
		return c.sees(inv.product.ClientID) && !c.now.Before(inv.product.visible) && (client == 0 || inv.product.ClientID == client) &&
			(warehouse == 0 || inv.warehouse == warehouse)
	})
	slices.SortFunc(found, func(a, b *inventory) int {
		return cmp.Or(a.product.ID-b.product.ID, a.warehouse-b.warehouse)
	})
	return found
}

func (t *Twin) stockUpdatedSince(c *call) (any, error) {
	recent := t.since(c, "FromDate")
	ids := []int{}
	for _, inv := range t.inventories(c, 0, 0) {
		if recent(inv.LastUpdated) {
			ids = append(ids, inv.product.ID)
		}
	}
	return slices.Compact(ids), nil
}

func (t *Twin) getInventory(c *call) (any, error) {
	p, err := t.productOf(c)
	if err != nil {
		return nil, err
	}
	rows := []InventoryItem{}
	for _, inv := range t.inventories(c, p.ClientID, 0) {
		if inv.product == p {
			rows = append(rows, t.rows(inv, c.flag("breakdown"))...)
		}
	}
	return rows, nil
}

// listInventory pages by products: a page may hold more rows than its limit.
func (t *Twin) listInventory(c *call) (any, error) {
	from, limit, err := t.page(c, 500)
	if err != nil {
		return nil, err
	}
	recent, sku := t.since(c, "LastUpdatedSince"), c.text("SKU")
	byProduct := map[int][]BulkInventoryItem{}
	var order []int
	for _, inv := range t.inventories(c, c.clientFilter("ClientId"), c.int("WarehouseId")) {
		if !recent(inv.LastUpdated) || sku != "" && !t.equal(inv.product.SKU, sku) {
			continue
		}
		if _, seen := byProduct[inv.product.ID]; !seen {
			order = append(order, inv.product.ID)
		}
		for _, row := range t.rows(inv, c.flag("Breakdown")) {
			if t.knobs.InventoryRowsAlone && !recent(row.LastUpdated) {
				continue
			}
			byProduct[inv.product.ID] = append(byProduct[inv.product.ID], t.bulk(row, inv.product.ClientID))
		}
	}
	if t.knobs.BundlesInInventory {
		order = append(order, t.bundleRows(c, byProduct)...)
	}
	if t.knobs.InventoryCountsAll && sku == "" && c.text("LastUpdatedSince") == "" {
		order = t.ofClient(c, order)
	}
	if t.knobs.InventoryRepeats && from >= len(order) {
		from = max(0, len(order)-1) / limit * limit
	}
	rows := []BulkInventoryItem{}
	for _, id := range order[min(from, len(order)):min(from+limit, len(order))] {
		rows = append(rows, byProduct[id]...)
	}
	return rows, nil
}

// ofClient are the products of a client and some more, oldest first, whether they have
// an inventory or not.
func (t *Twin) ofClient(c *call, more []int) []int {
	all := slices.Clone(more)
	client := c.clientFilter("ClientId")
	for _, p := range t.products.all {
		if (client == 0 || p.ClientID == client) && !p.Bundle {
			all = append(all, p.ID)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (t *Twin) bulk(row InventoryItem, client int) BulkInventoryItem {
	return BulkInventoryItem{
		InventoryItem: row, ClientID: client, ClientName: byID(t.reference.clients, client).Name, WarehouseName: byID(t.reference.warehouses, row.WarehouseID).Name,
	}
}

func (t *Twin) bundleRows(c *call, byProduct map[int][]BulkInventoryItem) (order []int) {
	client := c.clientFilter("ClientId")
	for _, p := range t.products.all {
		if !p.Bundle || client != 0 && p.ClientID != client || c.text("SKU") != "" && !strings.EqualFold(p.SKU, c.text("SKU")) {
			continue
		}
		for _, w := range t.reference.warehouses {
			level, exists := t.levelIn(p, w.ID, false)
			if !exists || c.int("WarehouseId") != 0 && w.ID != c.int("WarehouseId") {
				continue
			}
			row := InventoryItem{ProductID: p.ID, SKU: p.SKU, WarehouseID: w.ID, OnHand: level.Level, StockLevel: level.TotalStockLevel, Allocated: level.TotalStockLevel - level.Level, entity: p.entity}
			byProduct[p.ID] = append(byProduct[p.ID], t.bulk(row, p.ClientID))
		}
		if len(byProduct[p.ID]) > 0 {
			order = append(order, p.ID)
		}
	}
	return order
}
