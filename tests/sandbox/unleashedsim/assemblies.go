package unleashedsim

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// The kinds of assemblies; the literals are assumptions.
const (
	Assemble    = "Assembly"
	Disassemble = "Disassembly"
)

// Assembly turns components of the source warehouse into a product in the
// destination, or a product into its components. It knows no batches or serial
// numbers.
type Assembly struct {
	AssemblyLines         []AssemblyLine
	AssemblyNumber        string `max:"15"`
	AssemblyStatus        string `max:"15"`
	CustomAssemblyStatus  Text
	AssemblyType          string
	AutoAssembly          bool
	AssemblyDate          Day
	AssembleBy            Day
	Quantity              Quantity
	CanAssembleQuantity   Quantity
	Product               *ProductBrief
	SourceWarehouse       *Warehouse
	DestinationWarehouse  *Warehouse
	SalesOrderNumber      Text
	Comments              Text
	TotalCost             Quantity
	Total                 Quantity
	DisassembleCostTotal  Quantity
	SupplierCostsSubTotal Quantity
	SupplierCostsTax      Quantity
	SupplierCosts         []json.RawMessage
	ActualDuration        Text
	DurationComments      Text
	ExpectedDuration      Text
	EstimatedStartDate    Day
	ProductionPerson      *Salesperson
	SerialNumbers         []SerialNumber
	BatchNumbers          []BatchNumber
	Stamp
}

// AssemblyLine is a component with its wastage, a quantity.
type AssemblyLine struct {
	LineNumber      int
	Product         *ProductBrief
	Quantity        Quantity
	WastageQuantity Quantity
	UnitCost        Quantity
	ExpenseAccount  Text
	DisassembleCost Quantity
	BatchNumbers    []BatchNumber
	Guid            uuid.UUID
	LastModifiedOn  Instant
}

func (a *Assembly) parked() error {
	if a.AssemblyStatus != Parked {
		return refused("Assembly %s is already %s and cannot be changed.", a.AssemblyNumber, a.AssemblyStatus)
	}
	return nil
}

// settleAssembly checks an assembly and finds what it refers to.
func (t *Twin) settleAssembly(a *Assembly) error {
	product, err := t.product("Product", a.Product)
	if err != nil {
		return err
	}
	a.Product = product.brief()
	if a.SourceWarehouse, err = t.warehouse("SourceWarehouse", a.SourceWarehouse); err != nil {
		return err
	}
	if a.DestinationWarehouse, err = t.warehouse("DestinationWarehouse", a.DestinationWarehouse); err != nil {
		return err
	}
	if !a.Quantity.Decimal.IsPositive() {
		return invalid("Quantity", "A quantity above 0 is needed.")
	}
	if a.CustomAssemblyStatus != "" && !t.statuses[string(a.CustomAssemblyStatus)] {
		return invalid("CustomAssemblyStatus", "There is no custom status %q.", a.CustomAssemblyStatus)
	}
	if a.AssemblyNumber == "" {
		a.AssemblyNumber = t.nextNumber("ASM", func(number string) bool { return t.assemblies.taken(number, a.Guid) })
	}
	if t.assemblies.taken(a.AssemblyNumber, a.Guid) {
		return invalid("AssemblyNumber", "Assembly %s already exists.", a.AssemblyNumber)
	}
	if a.AssemblyType == "" {
		a.AssemblyType = Assemble
	}
	if a.AssemblyDate.IsZero() {
		a.AssemblyDate = t.today()
	}
	if len(a.AssemblyLines) == 0 && t.knobs.AssemblyExplodesBill {
		if err := t.explode(a); err != nil {
			return err
		}
	}
	a.SupplierCosts, a.SerialNumbers, a.BatchNumbers = []json.RawMessage{}, nil, nil
	return t.settleComponents(a)
}

func (t *Twin) settleComponents(a *Assembly) error {
	if a.AssemblyLines == nil {
		a.AssemblyLines = []AssemblyLine{}
	}
	total := decimal.Zero
	for i := range a.AssemblyLines {
		line := &a.AssemblyLines[i]
		name := fmt.Sprintf("AssemblyLines[%d]", i)
		product, err := t.product(name+".Product", line.Product)
		if err != nil {
			return err
		}
		line.Product, line.BatchNumbers = product.brief(), nil
		if line.WastageQuantity.fill(decimal.Zero); !line.Quantity.Decimal.IsPositive() || line.WastageQuantity.Decimal.IsNegative() {
			return invalid(name+".Quantity", "A quantity above 0 is needed.")
		}
		if line.LineNumber == 0 {
			line.LineNumber = i + 1
		}
		t.mint(&line.Guid, &line.LastModifiedOn)
		line.UnitCost.put(t.book.average(product.Guid))
		total = total.Add(line.UnitCost.Decimal.Mul(line.needed()))
	}
	a.TotalCost.put(total)
	a.Total.put(total)
	return nil
}

func (l AssemblyLine) needed() decimal.Decimal {
	return l.Quantity.Decimal.Add(l.WastageQuantity.Decimal)
}

// explode gives an assembly the components of its product's bill.
func (t *Twin) explode(a *Assembly) error {
	product, err := t.product("Product", a.Product)
	if err != nil {
		return err
	}
	bill := t.billOf(product.Guid)
	if bill == nil {
		return nil
	}
	a.AssemblyLines = nil
	for _, component := range bill.BillOfMaterialsLines {
		line := AssemblyLine{Product: component.Product}
		line.Quantity.put(component.Quantity.Decimal.Mul(a.Quantity.Decimal))
		line.WastageQuantity.put(component.WastageQuantity.Decimal.Mul(a.Quantity.Decimal))
		a.AssemblyLines = append(a.AssemblyLines, line)
	}
	return nil
}

// bookAssembly moves what the completion of an assembly moves. Components must be
// on hand, and nothing of it tracked or on an order that is receipted and not
// completed.
func (t *Twin) bookAssembly(b *booking, a *Assembly) error {
	out, in := decimal.NewFromInt(-1), decimal.NewFromInt(1)
	if a.AssemblyType == Disassemble {
		out, in = in, out
	}
	cost := decimal.Zero
	// What leaves is booked before what comes, so that nothing is built of itself.
	var moves []movement
	for i, line := range a.AssemblyLines {
		product, err := t.product(fmt.Sprintf("AssemblyLines[%d].Product", i), line.Product)
		if err != nil {
			return err
		}
		cost = cost.Add(t.book.average(product.Guid).Mul(line.needed()))
		moves = append(moves, movement{product: product, warehouse: a.side(out), quantity: line.needed().Mul(out), cost: t.book.average(product.Guid)})
	}
	product, err := t.product("Product", a.Product)
	if err != nil {
		return err
	}
	moves = append(moves, movement{product: product, warehouse: a.side(in), quantity: a.Quantity.Decimal.Mul(in), cost: cost.DivRound(a.Quantity.Decimal, 14)})
	slices.SortStableFunc(moves, func(x, y movement) int { return x.quantity.Sign() - y.quantity.Sign() })
	for _, m := range moves {
		if m.product.tracked() {
			return refused("Product %s is tracked: its assemblies are completed in the web application.", m.product.ProductCode)
		}
		if t.onReceipt(m.product.Guid) {
			return refused("Product %s is on a purchase order that is receipted and not completed.", m.product.ProductCode)
		}
		if err := b.add("AssemblyLines", m, true); err != nil {
			return err
		}
	}
	return nil
}

// side is the warehouse that goods leave, or the one that they come to.
func (a *Assembly) side(sign decimal.Decimal) *Warehouse {
	if sign.IsNegative() {
		return a.SourceWarehouse
	}
	return a.DestinationWarehouse
}

func (t *Twin) saveAssembly(a *Assembly) { save(t, t.assemblies, a) }

// finishAssembly completes an assembly that was checked.
func (t *Twin) finishAssembly(a *Assembly) error {
	b := t.newBooking()
	if err := t.bookAssembly(b, a); err != nil {
		return err
	}
	b.commit()
	next := *a
	next.AssemblyStatus, next.CustomAssemblyStatus = Completed, ""
	t.saveAssembly(&next)
	return nil
}

// renderAssembly counts what the component stock allows as it is now.
func (t *Twin) renderAssembly(a *Assembly) json.RawMessage {
	view := *a
	view.Product = t.current(a.Product)
	view.AssemblyLines = slices.Clone(a.AssemblyLines)
	most := decimal.Zero
	for i := range view.AssemblyLines {
		line := &view.AssemblyLines[i]
		line.Product = t.current(line.Product)
		free := decimal.Zero
		if p := t.products.get(line.Product.Guid); p != nil {
			row, _ := t.stockRow(p, a.SourceWarehouse, false)
			free = decimal.Max(decimal.Zero, row.AvailableQty.Decimal)
		}
		units := free.Mul(a.Quantity.Decimal).Div(line.needed()).Floor()
		if i == 0 || units.LessThan(most) {
			most = units
		}
	}
	view.CanAssembleQuantity.put(most)
	return encode(view)
}
