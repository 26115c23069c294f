package unleashedsim

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// place is a product in a warehouse.
type place struct{ product, warehouse uuid.UUID }

// position is the stock at a place. A place that never saw a movement is not
// listed, though something may be allocated or on purchase there.
type position struct {
	moved                         bool
	onHand, allocated, onPurchase decimal.Decimal
	cost                          decimal.Decimal // average of one unit
	lots                          map[string]*Lot
	serials                       map[string]*Serial
	modified, lastSale            time.Time
}

// stockBook keeps what is where. What documents allocate or have on order is kept
// by document, so that a change of one takes back what it held before.
type stockBook struct {
	positions            map[place]*position
	places               map[uuid.UUID][]uuid.UUID // a product's warehouses, in order of appearance
	allocated, purchased map[uuid.UUID]map[place]decimal.Decimal
}

func newStockBook() stockBook {
	return stockBook{
		positions: map[place]*position{}, places: map[uuid.UUID][]uuid.UUID{},
		allocated: map[uuid.UUID]map[place]decimal.Decimal{}, purchased: map[uuid.UUID]map[place]decimal.Decimal{},
	}
}

func (b *stockBook) at(where place) *position {
	p := b.positions[where]
	if p == nil {
		p = &position{lots: map[string]*Lot{}, serials: map[string]*Serial{}}
		b.positions[where] = p
		b.places[where.product] = append(b.places[where.product], where.warehouse)
	}
	return p
}

// moved says whether a product has any stock history.
func (b *stockBook) moved(product uuid.UUID) bool {
	for _, warehouse := range b.places[product] {
		if b.positions[place{product, warehouse}].moved {
			return true
		}
	}
	return false
}

// average is what a unit of a product costs over all warehouses, or cost last
// when none is left.
func (b *stockBook) average(product uuid.UUID) decimal.Decimal {
	quantity, value, last := decimal.Zero, decimal.Zero, decimal.Zero
	for _, warehouse := range b.places[product] {
		p := b.positions[place{product, warehouse}]
		if p.moved && !p.cost.IsZero() {
			last = p.cost
		}
		if p.onHand.IsPositive() {
			quantity, value = quantity.Add(p.onHand), value.Add(p.onHand.Mul(p.cost))
		}
	}
	if quantity.IsZero() {
		return last
	}
	return value.DivRound(quantity, 14)
}

// hold replaces what a document holds of a kind: allocated or on purchase.
func (t *Twin) hold(held map[uuid.UUID]map[place]decimal.Decimal, of func(*position) *decimal.Decimal, document uuid.UUID, next map[place]decimal.Decimal) {
	before := held[document]
	for where, quantity := range before {
		if !next[where].Equal(quantity) {
			t.shift(where, of, quantity.Neg().Add(next[where]))
		}
	}
	for where, quantity := range next {
		if _, known := before[where]; !known {
			t.shift(where, of, quantity)
		}
	}
	if len(next) == 0 {
		delete(held, document)
		return
	}
	held[document] = next
}

func (t *Twin) shift(where place, of func(*position) *decimal.Decimal, by decimal.Decimal) {
	if by.IsZero() {
		return
	}
	p := t.book.at(where)
	sum := of(p)
	*sum = sum.Add(by)
	if !t.knobs.AllocationKeepsStock {
		p.modified = later(t.now(), p.modified)
	}
}

// allocate counts what an order allocates: while it is Placed all that has not
// left; while it is open otherwise, what its shipments hold beyond Parked.
func (t *Twin) allocate(o *SalesOrder) {
	next := map[place]decimal.Decimal{}
	if o.open() {
		whole := o.AllocateProduct && (o.OrderStatus == Placed || o.OrderStatus == Parked && t.knobs.ParkedAllocates)
		dispatched := t.sumByLine(o.Guid, func(s *SalesShipment) bool { return s.ShipmentStatus == Dispatched })
		picking := t.sumByLine(o.Guid, func(s *SalesShipment) bool {
			return s.ShipmentStatus != Dispatched && s.ShipmentStatus != Deleted && s.ShipmentStatus != Parked
		})
		for _, line := range o.SalesOrderLines {
			quantity := picking[line.LineNumber]
			if whole {
				quantity = line.OrderQuantity.Decimal.Sub(dispatched[line.LineNumber])
			}
			if line.Product == nil || !quantity.IsPositive() || !t.stocked(line.Product.Guid) {
				continue
			}
			where := place{line.Product.Guid, o.Warehouse.Guid}
			next[where] = next[where].Add(quantity)
		}
	}
	t.hold(t.book.allocated, func(p *position) *decimal.Decimal { return &p.allocated }, o.Guid, next)
}

func (t *Twin) stocked(product uuid.UUID) bool {
	p := t.products.get(product)
	return p != nil && !p.NeverDiminishing
}

// recost gives a product its new average cost, after a movement.
func (t *Twin) recost(product uuid.UUID) {
	old := t.products.get(product)
	if old == nil {
		return
	}
	next := *old
	next.AverageLandPrice.put(t.book.average(product))
	if next.AverageLandPrice.Decimal.Equal(old.AverageLandPrice.Decimal) {
		return
	}
	if t.knobs.CostKeepsProduct {
		next.rendered = nil
		t.products.put(&next)
		return
	}
	t.saveProduct(&next)
}
