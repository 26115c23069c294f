package unleashedapi

import "github.com/shopspring/decimal"

// centPlaces is what the service rounds a line's amounts to.
const centPlaces = 2

// LineAmounts are the total and the tax of an order line as the service demands them:
// quantity times unit price less the discount rate, and that times the tax rate, each
// rounded to the cent. Rates are fractions. A document's sums are those of its lines
// (documented but for the discount, which is inferred).
func LineAmounts(quantity, unitPrice, discountRate, taxRate decimal.Decimal) (total, tax decimal.Decimal) {
	total = quantity.Mul(unitPrice).Mul(decimal.NewFromInt(1).Sub(discountRate)).Round(centPlaces)
	return total, total.Mul(taxRate).Round(centPlaces)
}
