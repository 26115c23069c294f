package unleashedsim

import (
	"github.com/shopspring/decimal"
)

// money is what one line of an order costs.
type money struct {
	name                            string
	quantity, price, discount, rate decimal.Decimal
	total                           *LineAmount
	tax                             *Amount
}

// grand is the totals of a document.
type grand struct{ sub, tax, total *Amount }

var cent = decimal.New(1, -2)

// settle holds totals against what they must be: a line's is quantity times price
// less discount, its tax that times the rate, both rounded to two places; the
// document's are their sums. Each may be off by 0.01, sums by that for each line.
// A document's totals that are not given are filled in when optional is set.
func (g grand) settle(rule TotalsRule, lines []money, optional bool) error {
	sub, tax := decimal.Zero, decimal.Zero
	for _, line := range lines {
		total := line.quantity.Mul(line.price).Mul(decimal.NewFromInt(1).Sub(line.discount)).Round(2)
		lineTax := total.Mul(line.rate).Round(2)
		if rule == TotalsRecomputed {
			line.total.put(total)
			line.tax.put(lineTax)
		}
		if !agree(line.total.Valid, line.total.Decimal, total, cent) {
			return invalid(line.name+".LineTotal", "The line total is %s, expected %s.", line.total.Decimal, total)
		}
		// The tax follows from the total as given, so that one cent is not told twice.
		if lineTax = line.total.Decimal.Mul(line.rate).Round(2); !agree(line.tax.Valid, line.tax.Decimal, lineTax, cent) {
			return invalid(line.name+".LineTax", "The line tax is %s, expected %s.", line.tax.Decimal, lineTax)
		}
		sub, tax = sub.Add(line.total.Decimal), tax.Add(line.tax.Decimal)
	}
	if rule == TotalsRecomputed {
		g.sub.put(sub)
		g.tax.put(tax)
		g.total.put(sub.Add(tax))
	}
	if optional {
		g.sub.fill(sub)
		g.tax.fill(tax)
		g.total.fill(sub.Add(tax))
	}
	slack := cent.Mul(decimal.NewFromInt(int64(max(len(lines), 1))))
	switch {
	case !agree(g.sub.Valid, g.sub.Decimal, sub, slack):
		return invalid("SubTotal", "The sub-total is %s, the lines come to %s.", g.sub.Decimal, sub)
	case !agree(g.tax.Valid, g.tax.Decimal, tax, slack):
		return invalid("TaxTotal", "The tax total is %s, the lines come to %s.", g.tax.Decimal, tax)
	case !agree(g.total.Valid, g.total.Decimal, g.sub.Decimal.Add(g.tax.Decimal), cent):
		return invalid("Total", "The total is %s, expected %s.", g.total.Decimal, g.sub.Decimal.Add(g.tax.Decimal))
	}
	return nil
}

func agree(given bool, found, expected, slack decimal.Decimal) bool {
	return given && found.Sub(expected).Abs().LessThanOrEqual(slack)
}

// inBase converts to the base currency; a rate is how much of the document's
// currency one unit of the base currency buys.
func inBase(amount, rate decimal.Decimal) decimal.Decimal {
	if rate.IsZero() {
		return amount
	}
	return amount.DivRound(rate, 6)
}
