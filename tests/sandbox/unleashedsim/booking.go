package unleashedsim

import (
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// booking is the movements of stock that a document makes, all of them or none.
// They are checked against each other as they are added.
type booking struct {
	twin  *Twin
	moves []movement
	// taken is what the movements so far take from each place, less what they
	// bring there; lots what they take of each batch; serials those that they take
	// or bring.
	taken   map[place]decimal.Decimal
	lots    map[lotKey]decimal.Decimal
	serials map[lotKey]bool
}

type movement struct {
	product   *Product
	warehouse *Warehouse
	quantity  decimal.Decimal // negative when it leaves
	cost      decimal.Decimal // of one unit that comes in
	batches   []BatchNumber
	serials   []SerialNumber
	sale      bool
}

func (m movement) where() place { return place{m.product.Guid, m.warehouse.Guid} }

type lotKey struct {
	place
	number string
}

func (t *Twin) newBooking() *booking {
	return &booking{twin: t, taken: map[place]decimal.Decimal{}, lots: map[lotKey]decimal.Decimal{}, serials: map[lotKey]bool{}}
}

// add checks a movement and keeps it. What leaves must be there, lot by lot; the
// quantity as a whole only when short is refused.
func (b *booking) add(name string, m movement, shortRefused bool) error {
	if m.product.NeverDiminishing {
		return nil
	}
	if err := b.twin.settleNumbers(m.product, name, m.quantity.Abs(), &m.batches, &m.serials); err != nil {
		return err
	}
	where := m.where()
	p := b.twin.book.at(where)
	for _, serial := range m.serials {
		key := lotKey{where, serial.Identifier}
		known := p.serials[serial.Identifier]
		inStock := known != nil && known.Status == available
		if b.serials[key] || inStock == m.quantity.IsPositive() {
			return refused("Serial number %s of product %s is not available in warehouse %s, or is there already.", serial.Identifier, m.product.ProductCode, m.warehouse.WarehouseCode)
		}
		b.serials[key] = true
	}
	if m.quantity.IsNegative() {
		for _, batch := range m.batches {
			key := lotKey{where, batch.Number}
			b.lots[key] = b.lots[key].Add(batch.Quantity.Decimal)
			if lot := p.lots[batch.Number]; lot == nil || lot.Quantity.Decimal.LessThan(b.lots[key]) {
				return refused("Batch %s of product %s is not available in warehouse %s in that quantity.", batch.Number, m.product.ProductCode, m.warehouse.WarehouseCode)
			}
		}
	}
	b.taken[where] = b.taken[where].Sub(m.quantity)
	if m.quantity.IsNegative() && shortRefused && p.onHand.LessThan(b.taken[where]) {
		return refused("Product %s: %s on hand in warehouse %s, %s needed.", m.product.ProductCode, p.onHand, m.warehouse.WarehouseCode, b.taken[where])
	}
	b.moves = append(b.moves, m)
	return nil
}

// short is how much more than what is there is taken of a product so far.
func (b *booking) short(product *Product, warehouse *Warehouse, quantity decimal.Decimal) decimal.Decimal {
	where := place{product.Guid, warehouse.Guid}
	return decimal.Max(decimal.Zero, b.taken[where].Add(quantity).Sub(decimal.Max(decimal.Zero, b.twin.book.at(where).onHand)))
}

// commit carries the movements out.
func (b *booking) commit() {
	t := b.twin
	touched := map[uuid.UUID]bool{}
	for _, m := range b.moves {
		p := t.book.at(m.where())
		before := decimal.Max(decimal.Zero, p.onHand)
		p.onHand = p.onHand.Add(m.quantity)
		if m.quantity.IsPositive() {
			// Weighted with what was there; stock below zero weighs nothing.
			p.cost = before.Mul(p.cost).Add(m.quantity.Mul(m.cost)).DivRound(before.Add(m.quantity), 14)
		}
		for _, batch := range m.batches {
			change := batch.Quantity.Decimal
			if m.quantity.IsNegative() {
				change = change.Neg()
			}
			lot := t.lot(p, m.product, m.warehouse, batch.Number, batch.ExpiryDate)
			lot.setQuantity(t, lot.Quantity.Decimal.Add(change))
		}
		for _, serial := range m.serials {
			t.placeSerial(p, m.product, m.warehouse, serial.Identifier, m.quantity.IsPositive())
		}
		p.moved, p.modified = true, later(t.now(), p.modified)
		if m.sale {
			p.lastSale = t.now()
		}
		touched[m.product.Guid] = true
	}
	for product := range touched {
		t.recost(product)
	}
}

// placeSerial puts a unit into a warehouse or takes it out.
func (t *Twin) placeSerial(p *position, product *Product, warehouse *Warehouse, identifier string, in bool) {
	serial := p.serials[identifier]
	if serial == nil {
		serial = &Serial{Identifier: identifier, ProductCode: product.ProductCode, WarehouseCode: warehouse.WarehouseCode, Stamp: Stamp{Mark: t.newMark()}}
		serial.sign(t, t.now(), false)
		p.serials[identifier] = serial
	}
	serial.Status = unavailable
	if in {
		serial.Status = available
	}
	serial.touch(t)
}
