package unleashedsim

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// StockAdjustment sets quantities of a warehouse. It moves stock only once it is
// Completed.
type StockAdjustment struct {
	StockAdjustmentLines []AdjustmentLine
	AdjustmentNumber     string `max:"20"`
	Warehouse            *Warehouse
	AdjustmentDate       Instant
	AdjustmentReason     string `max:"20"`
	AccountCode          Text   `max:"50"`
	Status               string `max:"20"`
	ConfirmedOn          Instant
	ConfirmedBy          Text
	Stamp
}

// AdjustmentLine is what a product shall have: the absolute quantity and the value
// of all of it.
type AdjustmentLine struct {
	LineNumber     int
	Product        *ProductBrief
	NewQuantity    Quantity
	NewActualValue Amount
	Comments       Text `max:"200"`
	SerialNumbers  []SerialNumber
	BatchNumbers   []BatchNumber
	Guid           uuid.UUID
	LastModifiedOn Instant
}

func listAdjustments(c *call) (answer, error) {
	s := newSieve[*StockAdjustment](c)
	s.from("adjustmentDate", func(a *StockAdjustment) time.Time { return a.AdjustmentDate.Time })
	s.modifiedSince(modified[*StockAdjustment])
	s.exact("warehouseCode", func(a *StockAdjustment) string { return a.Warehouse.WarehouseCode })
	if code := c.query.text("productCode"); code != "" {
		s.add(func(a *StockAdjustment) bool {
			for _, line := range a.StockAdjustmentLines {
				if line.Product.ProductCode == code {
					return true
				}
			}
			return false
		})
	}
	return pageOf(c, c.twin.adjustments.all(), s, whole[*StockAdjustment](c.twin))
}

// postAdjustment creates an adjustment, Parked when the body names no status.
func postAdjustment(c *call) (answer, error) {
	t := c.twin
	var next StockAdjustment
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if err := c.identify(&next.Guid); err != nil {
		return answer{}, err
	}
	next.AdjustmentNumber = ""
	if old := t.adjustments.get(next.Guid); old != nil {
		if old.Status != Parked || !t.knobs.AdjustmentRepostReplaces {
			return answer{}, refused("Stock adjustment %s already exists and is %s.", old.AdjustmentNumber, old.Status)
		}
		keepOmitted(c, &next, old)
		next.Stamp, next.AdjustmentNumber = old.Stamp, old.AdjustmentNumber
	}
	if err := t.storeAdjustment(&next); err != nil {
		return answer{}, err
	}
	return created(whole[*StockAdjustment](t)(&next))
}

// storeAdjustment checks an adjustment, applies it when it is Completed, and saves
// it.
func (t *Twin) storeAdjustment(a *StockAdjustment) (err error) {
	if a.Status == "" || a.Status == Completed && t.inert(StepAdjustment) {
		a.Status = Parked
	}
	if a.Status != Parked && a.Status != Completed {
		return invalid("Status", "A stock adjustment cannot be created as %q.", a.Status)
	}
	if !t.reasons[a.AdjustmentReason] {
		return invalid("AdjustmentReason", "There is no adjustment reason %q.", a.AdjustmentReason)
	}
	if a.Warehouse, err = t.warehouse("Warehouse", a.Warehouse); err != nil {
		return err
	}
	if a.AdjustmentDate.IsZero() {
		a.AdjustmentDate = Instant{t.now()}
	}
	if len(a.StockAdjustmentLines) == 0 {
		return invalid("StockAdjustmentLines", "At least one line is needed.")
	}
	products := make([]*Product, len(a.StockAdjustmentLines))
	seen := map[uuid.UUID]bool{}
	for i := range a.StockAdjustmentLines {
		if products[i], err = t.settleAdjustmentLine(a, i); err != nil {
			return err
		}
		if seen[products[i].Guid] {
			return invalid(fmt.Sprintf("StockAdjustmentLines[%d]", i), "Product %s is there twice.", products[i].ProductCode)
		}
		seen[products[i].Guid] = true
	}
	if a.AdjustmentNumber == "" {
		a.AdjustmentNumber = t.nextNumber("SA", func(number string) bool { return t.adjustments.taken(number, a.Guid) })
	}
	a.ConfirmedOn, a.ConfirmedBy = Instant{}, ""
	if a.Status == Completed {
		a.ConfirmedOn, a.ConfirmedBy = Instant{t.now()}, Text(t.actor)
		for i, line := range a.StockAdjustmentLines {
			t.setStock(products[i], a.Warehouse, line)
		}
	}
	save(t, t.adjustments, a)
	return nil
}

func (t *Twin) settleAdjustmentLine(a *StockAdjustment, i int) (*Product, error) {
	line := &a.StockAdjustmentLines[i]
	name := fmt.Sprintf("StockAdjustmentLines[%d]", i)
	product, err := t.product(name+".Product", line.Product)
	if err != nil {
		return nil, err
	}
	if product.NeverDiminishing {
		return nil, invalid(name+".Product", "Product %s has no stock.", product.ProductCode)
	}
	line.Product = product.brief()
	if t.knobs.AdjustmentLinesNamed && (line.Guid == uuid.Nil || line.LineNumber == 0) {
		return nil, invalid(name, "A Guid and a LineNumber are needed.")
	}
	t.mint(&line.Guid, &line.LastModifiedOn)
	if line.LineNumber == 0 {
		line.LineNumber = i + 1
	}
	if !line.NewQuantity.Valid || line.NewQuantity.Decimal.IsNegative() {
		return nil, invalid(name+".NewQuantity", "A quantity of at least 0 is needed.")
	}
	if !line.NewActualValue.Valid || line.NewActualValue.Decimal.IsNegative() {
		return nil, invalid(name+".NewActualValue", "A value of at least 0 is needed.")
	}
	return product, t.settleNumbers(product, name, line.NewQuantity.Decimal, &line.BatchNumbers, &line.SerialNumbers)
}

// setStock makes a place hold what a line says. Batches and serial numbers that
// the line leaves out are gone.
func (t *Twin) setStock(product *Product, warehouse *Warehouse, line AdjustmentLine) {
	p := t.book.at(place{product.Guid, warehouse.Guid})
	p.onHand = line.NewQuantity.Decimal
	if p.onHand.IsPositive() {
		p.cost = line.NewActualValue.Decimal.DivRound(p.onHand, 14)
	}
	kept := map[string]bool{}
	for _, batch := range line.BatchNumbers {
		kept[batch.Number] = true
		t.lot(p, product, warehouse, batch.Number, batch.ExpiryDate).setQuantity(t, batch.Quantity.Decimal)
	}
	for number, lot := range p.lots {
		if !kept[number] && !lot.Quantity.Decimal.IsZero() {
			lot.setQuantity(t, decimal.Zero)
		}
	}
	for _, serial := range line.SerialNumbers {
		kept[serial.Identifier] = true
		t.placeSerial(p, product, warehouse, serial.Identifier, true)
	}
	for identifier, serial := range p.serials {
		if !kept[identifier] && serial.Status == available {
			t.placeSerial(p, product, warehouse, identifier, false)
		}
	}
	p.moved, p.modified = true, later(t.now(), p.modified)
	t.recost(product.Guid)
}
