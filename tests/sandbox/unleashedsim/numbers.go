package unleashedsim

import (
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// BatchNumber is how much of a batch a line of a document takes or brings.
type BatchNumber struct {
	Guid           uuid.UUID
	Number         string `max:"50"`
	Quantity       Quantity
	ExpiryDate     Day
	LastModifiedOn Instant
}

// SerialNumber is one unit that a line of a document takes or brings.
type SerialNumber struct {
	Guid           uuid.UUID
	Identifier     string `max:"50"`
	LastModifiedOn Instant
}

// Lot is a batch in a warehouse.
type Lot struct {
	BatchNumber   string
	ExpiryDate    Day
	Quantity      Quantity
	OriginalQty   Quantity
	ProductCode   string
	WarehouseCode string
	Status        string
	Stamp
}

// Serial is a unit in a warehouse, or one that left it.
type Serial struct {
	Identifier    string
	ProductCode   string
	WarehouseCode string
	Status        string
	Stamp
}

// Statuses of lots and serial numbers; the literals are assumptions.
const (
	available   = "Available"
	unavailable = "Unavailable"
)

// settleNumbers checks the batches or serial numbers of a line against its
// product and quantity, and gives them GUIDs, in lists of the line's own.
func (t *Twin) settleNumbers(p *Product, name string, quantity decimal.Decimal, givenBatches *[]BatchNumber, givenSerials *[]SerialNumber) error {
	batches, serials := slices.Clone(*givenBatches), slices.Clone(*givenSerials)
	*givenBatches, *givenSerials = batches, serials
	if len(batches) > 0 && !p.IsBatchTracked {
		return invalid(name+".BatchNumbers", "Product %s is not batch tracked.", p.ProductCode)
	}
	if len(serials) > 0 && !p.IsSerialized {
		return invalid(name+".SerialNumbers", "Product %s has no serial numbers.", p.ProductCode)
	}
	if p.IsBatchTracked {
		sum := decimal.Zero
		for i := range batches {
			batch := &batches[i]
			if batch.Number == "" || !batch.Quantity.Valid || batch.Quantity.Decimal.IsNegative() {
				return invalid(name+".BatchNumbers", "A batch of product %s needs a number and a quantity.", p.ProductCode)
			}
			t.mint(&batch.Guid, &batch.LastModifiedOn)
			sum = sum.Add(batch.Quantity.Decimal)
		}
		if !sum.Equal(quantity) {
			return refused("Batch quantities of product %s are %s, the line has %s.", p.ProductCode, sum, quantity)
		}
	}
	if p.IsSerialized {
		for i := range serials {
			if serials[i].Identifier == "" || slices.ContainsFunc(serials[:i], func(s SerialNumber) bool { return s.Identifier == serials[i].Identifier }) {
				return invalid(name+".SerialNumbers", "A serial number of product %s is missing or there twice.", p.ProductCode)
			}
			t.mint(&serials[i].Guid, &serials[i].LastModifiedOn)
		}
		if !decimal.NewFromInt(int64(len(serials))).Equal(quantity) {
			return refused("Product %s has %d serial numbers, the line has %s.", p.ProductCode, len(serials), quantity)
		}
	}
	return nil
}

// mint gives what a line holds a GUID and the time.
func (t *Twin) mint(guid *uuid.UUID, modified *Instant) {
	if *guid == uuid.Nil {
		*guid = t.newGUID()
	}
	*modified = Instant{t.now()}
}

// lot is a batch at a place, made when it is not there.
func (t *Twin) lot(p *position, product *Product, warehouse *Warehouse, number string, expiry Day) *Lot {
	lot := p.lots[number]
	if lot == nil {
		lot = &Lot{BatchNumber: number, ProductCode: product.ProductCode, WarehouseCode: warehouse.WarehouseCode, Stamp: Stamp{Mark: t.newMark()}}
		lot.sign(t, t.now(), false)
		lot.Quantity.put(decimal.Zero)
		lot.OriginalQty.put(decimal.Zero)
		p.lots[number] = lot
	}
	if !expiry.IsZero() {
		lot.ExpiryDate = expiry
	}
	return lot
}

// setQuantity changes how much is left of a lot.
func (l *Lot) setQuantity(t *Twin, quantity decimal.Decimal) {
	if more := quantity.Sub(l.Quantity.Decimal); more.IsPositive() {
		l.OriginalQty.put(l.OriginalQty.Decimal.Add(more))
	}
	l.Quantity.put(quantity)
	l.Status = available
	if !quantity.IsPositive() {
		l.Status = unavailable
	}
	l.touch(t)
}

// touch stamps a change of a record that is no document of a table.
func (s *Stamp) touch(t *Twin) {
	s.sign(t, t.now(), true)
	s.LastModifiedOn = Instant{later(t.now(), s.LastModifiedOn.Time)}
}
