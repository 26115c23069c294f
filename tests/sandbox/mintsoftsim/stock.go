package mintsoftsim

import (
	"cmp"
	"fmt"
	"slices"
)

// The directions of the stock flow.
const (
	flowIn         = "IN"
	flowOut        = "OUT"
	flowAllocate   = "ALLOCATE"
	flowUnallocate = "UNALLOCATE"
	flowTransfer   = "TRANSFER"
	flowScrap      = "SCRAP"
)

type stockKey struct{ product, warehouse int }

// stockBook is what lies in the warehouses. StockLevel and Allocated of an
// inventory are the sums over its lots; what is free is their difference.
type stockBook struct {
	inventories map[stockKey]*inventory
	all         []*inventory // by the order of their first stock
	flows       []*StockFlow
	byProduct   map[int][]*StockFlow
	movements   []*StockMovementDTO
}

func newStockBook() stockBook {
	return stockBook{inventories: map[stockKey]*inventory{}, byProduct: map[int][]*StockFlow{}}
}

// inventory is one product in one warehouse.
type inventory struct {
	product    *productRecord
	warehouse  int
	stockLevel int
	allocated  int
	onOrder    int // on ASNs that are expected
	required   int // by orders that wait
	transition int
	scrapped   int
	lots       []*lot
	entity
}

func (inv *inventory) onHand() int { return inv.stockLevel - inv.allocated }

func (inv *inventory) quarantined() int {
	n := 0
	for _, l := range inv.lots {
		if l.quarantined {
			n += l.quantity
		}
	}
	return n
}

// Lot says which goods: where they lie, and their batch, serial number and date.
// The zero Lot is untracked stock that lies nowhere in particular.
type Lot struct {
	LocationID int
	BatchNo    string
	SerialNo   string
	BestBefore Date
}

type lot struct {
	id int
	Lot
	quantity    int
	allocated   int
	quarantined bool
}

func (l *lot) free() int {
	if l.quarantined {
		return 0
	}
	return l.quantity - l.allocated
}

// wish is which goods are wanted in particular; zero members are any.
type wish struct {
	location      int
	batch, serial string
	bestBefore    Date
}

func (w wish) any() bool { return w != wish{} }

func (w wish) fits(l *lot) bool {
	return (w.location == 0 || w.location == l.LocationID) && (w.batch == "" || w.batch == l.BatchNo) && (w.serial == "" || w.serial == l.SerialNo) &&
		(w.bestBefore.IsZero() || w.bestBefore.Format("2006-01-02") == l.BestBefore.Format("2006-01-02"))
}

func (l Lot) wish() wish { return wish{l.LocationID, l.BatchNo, l.SerialNo, l.BestBefore} }

// inventoryOf is the row of a product in a warehouse; it is made when there is
// none.
func (t *Twin) inventoryOf(p *productRecord, warehouse int) *inventory {
	key := stockKey{p.ID, warehouse}
	inv := t.stock.inventories[key]
	if inv == nil {
		inv = &inventory{product: p, warehouse: warehouse, entity: entity{ID: next(&t.ids.inventory)}}
		t.stock.inventories[key] = inv
		t.stock.all = append(t.stock.all, inv)
	}
	return inv
}

// available is how much of a product is free, of the wanted lots.
func (t *Twin) available(p *productRecord, warehouse int, w wish) int {
	inv := t.stock.inventories[stockKey{p.ID, warehouse}]
	if inv == nil {
		return 0
	}
	if !w.any() {
		return inv.onHand()
	}
	n := 0
	for _, l := range inv.lots {
		if w.fits(l) {
			n += l.free()
		}
	}
	return n
}

// change is why stock moves: what the flow says of it.
type change struct {
	now         Date
	user        string
	reason      string
	order, item int
}

func (t *Twin) touchStock(inv *inventory, why change) {
	inv.touch(why.now, why.user)
	if t.knobs.StockTouchesProduct {
		inv.product.touch(why.now, why.user)
	}
}

// flow writes one row of the stock's history, after the change.
func (t *Twin) flow(inv *inventory, direction string, quantity int, what Lot, why change) {
	if t.knobs.FlowOutNegative && (direction == flowOut || direction == flowScrap) {
		quantity = -quantity
	}
	t.touchStock(inv, why)
	row := &StockFlow{
		ProductID: inv.product.ID, WarehouseID: inv.warehouse, StockLevel: inv.stockLevel, Allocated: inv.allocated, OnHand: inv.onHand(),
		Quantity: quantity, Flow: direction, Reason: why.reason, BestBefore: what.BestBefore, BatchNo: optional(what.BatchNo), SerialNo: optional(what.SerialNo),
		SKU: inv.product.SKU, location: what.LocationID,
		entity: entity{ID: next(&t.ids.flow), LastUpdated: inv.LastUpdated, LastUpdatedByUser: why.user},
	}
	if why.order != 0 {
		row.OrderID = &why.order
	}
	t.stock.flows = append(t.stock.flows, row)
	t.stock.byProduct[row.ProductID] = append(t.stock.byProduct[row.ProductID], row)
}

// stockIn puts goods on the shelf.
func (t *Twin) stockIn(p *productRecord, warehouse, quantity int, what Lot, why change) {
	inv := t.inventoryOf(p, warehouse)
	inv.lotOf(&t.ids, what, false).quantity += quantity
	inv.stockLevel += quantity
	t.flow(inv, flowIn, quantity, what, why)
}

func (inv *inventory) lotOf(ids *ids, what Lot, quarantined bool) *lot {
	for _, l := range inv.lots {
		if l.LocationID == what.LocationID && l.quarantined == quarantined && what.wish().same(l.wish()) {
			return l
		}
	}
	l := &lot{id: next(&ids.lot), Lot: what, quarantined: quarantined}
	inv.lots = append(inv.lots, l)
	return l
}

// same compares what tells goods apart; dates by the moment.
func (w wish) same(other wish) bool {
	return w.batch == other.batch && w.serial == other.serial && w.bestBefore.Equal(other.bestBefore.Time)
}

// stockOut takes free goods off the shelf. It fails when there is not enough of
// what is wanted.
func (t *Twin) stockOut(p *productRecord, warehouse, quantity int, direction string, w wish, why change) error {
	if free := t.available(p, warehouse, w); free < quantity {
		return refusal(fmt.Sprintf("There is not enough stock available for %s. Available: %d", p.SKU, free))
	}
	inv := t.inventoryOf(p, warehouse)
	for _, l := range inv.oldestFirst() {
		if n := min(l.free(), quantity); w.fits(l) && n > 0 {
			l.quantity -= n
			inv.stockLevel -= n
			quantity -= n
			t.flow(inv, direction, n, l.Lot, why)
		}
	}
	inv.sweep()
	return nil
}

// oldestFirst is the order in which goods are taken: what expires first, then what
// came first.
func (inv *inventory) oldestFirst() []*lot {
	if len(inv.lots) < 2 {
		return inv.lots
	}
	return slices.SortedStableFunc(slices.Values(inv.lots), func(a, b *lot) int {
		if a.BestBefore.IsZero() != b.BestBefore.IsZero() {
			return cmp.Compare(b.BestBefore.Unix(), a.BestBefore.Unix())
		}
		return a.BestBefore.Compare(b.BestBefore.Time)
	})
}

// sweep forgets lots that are used up.
func (inv *inventory) sweep() {
	inv.lots = slices.DeleteFunc(inv.lots, func(l *lot) bool { return l.quantity == 0 })
}

// quarantine moves goods out of, or back into, the stock.
func (t *Twin) quarantine(p *productRecord, warehouse, quantity int, w wish, into bool, why change) error {
	inv := t.inventoryOf(p, warehouse)
	movable := func(l *lot) int {
		if into {
			return l.free()
		}
		return l.quantity
	}
	total := 0
	for _, l := range inv.lots {
		if l.quarantined != into && w.fits(l) {
			total += movable(l)
		}
	}
	if total < quantity {
		return refusal("Unable to Quarantine: there is not enough stock in the source")
	}
	for _, l := range inv.oldestFirst() {
		n := min(movable(l), quantity)
		if l.quarantined == into || !w.fits(l) || n == 0 {
			continue
		}
		l.quantity -= n
		inv.lotOf(&t.ids, l.Lot, into).quantity += n
		quantity -= n
		if into {
			inv.stockLevel -= n
			t.flow(inv, flowOut, n, l.Lot, why)
		} else {
			inv.stockLevel += n
			t.flow(inv, flowIn, n, l.Lot, why)
		}
	}
	inv.sweep()
	return nil
}
