package unleashedsim

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// settleOrderLines checks and completes the lines, and holds the totals against
// them.
func (t *Twin) settleOrderLines(o *SalesOrder, rule TotalsRule, optional bool) error {
	guids, numbers := map[uuid.UUID]bool{}, map[int]bool{}
	amounts := make([]money, 0, len(o.SalesOrderLines))
	if o.SalesOrderLines == nil {
		o.SalesOrderLines = []SalesOrderLine{}
	}
	volume, weight := decimal.Zero, decimal.Zero
	for i := range o.SalesOrderLines {
		line := &o.SalesOrderLines[i]
		name := fmt.Sprintf("SalesOrderLines[%d]", i)
		if line.Guid == uuid.Nil {
			line.Guid = t.newGUID()
		}
		if line.LineNumber == 0 {
			line.LineNumber = nextLine(numbers, i)
		}
		if guids[line.Guid] || numbers[line.LineNumber] {
			return invalid(name, "Line %d (%s) is there twice.", line.LineNumber, line.Guid)
		}
		guids[line.Guid], numbers[line.LineNumber] = true, true
		if err := t.settleOrderLine(o, line, name); err != nil {
			return err
		}
		volume, weight = volume.Add(line.Volume.Decimal), weight.Add(line.Weight.Decimal)
		amounts = append(amounts, money{
			name: name, quantity: line.OrderQuantity.Decimal, price: line.UnitPrice.Decimal, discount: line.DiscountRate.Decimal,
			rate: line.TaxRate.Decimal, total: &line.LineTotal, tax: &line.LineTax,
		})
	}
	if err := (grand{&o.SubTotal, &o.TaxTotal, &o.Total}).settle(rule, amounts, optional); err != nil {
		return err
	}
	rate := o.ExchangeRate.Decimal
	for i := range o.SalesOrderLines {
		line := &o.SalesOrderLines[i]
		line.BCUnitPrice.put(inBase(line.UnitPrice.Decimal, rate))
		line.BCLineTotal.put(inBase(line.LineTotal.Decimal, rate))
		line.BCLineTax.put(inBase(line.LineTax.Decimal, rate))
	}
	o.BCSubTotal.put(inBase(o.SubTotal.Decimal, rate))
	o.BCTaxTotal.put(inBase(o.TaxTotal.Decimal, rate))
	o.BCTotal.put(inBase(o.Total.Decimal, rate))
	o.TotalVolume.put(volume)
	o.TotalWeight.put(weight)
	return nil
}

// nextLine is the place of a line, or the next number that no line before has.
func nextLine(numbers map[int]bool, i int) int {
	for n := i + 1; ; n++ {
		if !numbers[n] {
			return n
		}
	}
}

func (t *Twin) settleOrderLine(o *SalesOrder, line *SalesOrderLine, name string) error {
	if !line.OrderQuantity.Valid {
		return invalid(name+".OrderQuantity", "A quantity is needed.")
	}
	rate, err := t.lineRate(line.LineTaxCode, name+".LineTaxCode", o.TaxRate)
	if err != nil {
		return err
	}
	line.TaxRate = rate
	if line.LineTaxCode == "" {
		line.LineTaxCode = Text(o.Tax.TaxCode)
	}
	line.XeroTaxCode = line.LineTaxCode
	line.DiscountRate.fill(decimal.Zero)
	if line.DueDate.IsZero() {
		line.DueDate = o.RequiredDate
	}
	if line.DueDate.IsZero() {
		line.DueDate = o.OrderDate
	}
	line.LastModifiedOn = Instant{t.now()}
	line.Assembly = nil // made when the order is completed
	if line.LineType != "" {
		// A charge has no product; where one is named it is left out.
		line.Product = nil
		line.UnitPrice.fill(decimal.Zero)
		return nil
	}
	product, err := t.product(name+".Product", line.Product)
	if err != nil {
		return err
	}
	line.Product = product.brief()
	line.UnitPrice.fill(product.DefaultSellPrice.Decimal)
	line.UnitCost.put(t.book.average(product.Guid))
	line.AverageLandedPriceAtTimeOfSale = line.UnitCost
	if product.Weight.Valid {
		line.Weight.put(product.Weight.Decimal.Mul(line.OrderQuantity.Decimal))
	}
	if product.Width.Valid && product.Height.Valid && product.Depth.Valid {
		line.Volume.put(product.Width.Decimal.Mul(product.Height.Decimal).Mul(product.Depth.Decimal).Mul(line.OrderQuantity.Decimal))
	}
	if len(line.BatchNumbers)+len(line.SerialNumbers) > 0 {
		return t.settleNumbers(product, name, line.OrderQuantity.Decimal, &line.BatchNumbers, &line.SerialNumbers)
	}
	return nil
}

// lineRate is the rate of a line's own tax code, or else the document's.
func (t *Twin) lineRate(code Text, field string, otherwise Rate) (Rate, error) {
	if code == "" {
		return otherwise, nil
	}
	tax, err := resolve(t.taxes, field, uuid.Nil, string(code))
	if err != nil {
		return Rate{}, err
	}
	return tax.TaxRate, nil
}
