package unleashedsim

import (
	"encoding/json"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Bill is a bill of materials: what one unit of a product is made of.
type Bill struct {
	BillOfMaterialsLines  []BillLine
	BillNumber            string
	Product               *ProductBrief
	CanAutoAssemble       bool
	CanAutoDisassemble    bool
	Obsolete              bool
	AverageDuration       Text
	DurationType          Text
	ExpectedDuration      Text
	ProductionDaysPerWeek Text
	ProductionHoursPerDay Quantity
	TotalCost             Quantity
	Stamp
}

// BillLine is a component; the wastage is a quantity, no percentage.
type BillLine struct {
	Guid            uuid.UUID
	LineNumber      int
	Product         *ProductBrief
	Quantity        Quantity
	WastageQuantity Quantity
	UnitOfMeasure   *Named
	UnitCost        Quantity
	LineTotalCost   Quantity
	ExpenseAccount  Text
}

func listBills(c *call) (answer, error) {
	s := newSieve[*Bill](c)
	s.guids("productGuid", func(b *Bill) uuid.UUID { return b.Product.Guid })
	s.hides("includeObsolete", false, func(b *Bill) bool { return b.Obsolete })
	return pageOf(c, c.twin.bills.all(), s, c.twin.renderBill)
}

func getBill(c *call) (answer, error) {
	bill, err := existing(c.twin.bills, "bill of materials", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	return ok(c.twin.renderBill(bill))
}

// renderBill counts the costs as they are now.
func (t *Twin) renderBill(b *Bill) json.RawMessage {
	view := *b
	view.Product = t.current(b.Product)
	view.BillOfMaterialsLines = append([]BillLine{}, b.BillOfMaterialsLines...)
	total := decimal.Zero
	for i := range view.BillOfMaterialsLines {
		line := &view.BillOfMaterialsLines[i]
		line.Product = t.current(line.Product)
		cost := t.book.average(line.Product.Guid)
		sum := cost.Mul(line.Quantity.Decimal.Add(line.WastageQuantity.Decimal))
		line.UnitCost.put(cost)
		line.LineTotalCost.put(sum)
		total = total.Add(sum)
	}
	view.TotalCost.put(total)
	return encode(view)
}

// billOf is the bill of a product that is in use.
func (t *Twin) billOf(product uuid.UUID) *Bill {
	if b := t.bills.get(t.billByProduct[product]); b != nil && !b.Obsolete {
		return b
	}
	return nil
}

// assembles says whether a product is built by itself when orders need it.
func (t *Twin) assembles(product uuid.UUID) bool {
	b := t.billOf(product)
	return b != nil && b.CanAutoAssemble
}

// assemblable is how many units of a product could be built by themselves out of
// what is free of its components.
func (t *Twin) assemblable(product *Product, warehouse *Warehouse) decimal.Decimal {
	if !t.assembles(product.Guid) {
		return decimal.Zero
	}
	return t.buildable(t.billOf(product.Guid), warehouse)
}

// buildable is how many units a bill makes of what is free in a warehouse, or
// anywhere.
func (t *Twin) buildable(b *Bill, warehouse *Warehouse) decimal.Decimal {
	var most decimal.Decimal
	for i, line := range b.BillOfMaterialsLines {
		free := decimal.Zero
		if component := t.products.get(line.Product.Guid); component != nil {
			row, _ := t.stockRow(component, warehouse, false)
			free = row.AvailableQty.Decimal
		}
		each := line.Quantity.Decimal.Add(line.WastageQuantity.Decimal)
		units := decimal.Max(decimal.Zero, free.Div(each).Floor())
		if i == 0 || units.LessThan(most) {
			most = units
		}
	}
	return most
}

// Component is a product and how much of it one unit takes.
type Component struct{ SKU, Quantity, Wastage string }

// AddBill adds a bill of materials; with auto, orders build what they lack.
func (t *Twin) AddBill(sku string, auto bool, components ...Component) Bill {
	return made(t, Bill{}, func(bill *Bill) error {
		product, err := t.product("Product", &ProductBrief{ProductCode: sku})
		if err != nil {
			return err
		}
		if auto && product.tracked() {
			return refused("Product %s is tracked and cannot be assembled by itself.", sku)
		}
		*bill = Bill{Product: product.brief(), CanAutoAssemble: auto, DurationType: "Unit", Stamp: Stamp{Mark: t.newMark()}}
		bill.BillNumber = t.nextNumber("BOM", func(number string) bool { return t.bills.find(number) != nil })
		for i, given := range components {
			component, err := t.product("Product", &ProductBrief{ProductCode: given.SKU})
			if err != nil {
				return err
			}
			line := BillLine{Guid: t.newGUID(), LineNumber: i + 1, Product: component.brief(), UnitOfMeasure: component.UnitOfMeasure}
			line.Quantity.Set(given.Quantity)
			if !line.Quantity.Decimal.IsPositive() {
				return invalid("Quantity", "A quantity above 0 is needed.")
			}
			line.WastageQuantity.put(decimal.Zero)
			if given.Wastage != "" {
				line.WastageQuantity.Set(given.Wastage)
			}
			bill.BillOfMaterialsLines = append(bill.BillOfMaterialsLines, line)
		}
		save(t, t.bills, bill)
		t.billByProduct[product.Guid] = bill.Guid
		next := *product
		next.IsAssembledProduct = true
		return t.storeProduct(&next)
	})
}
