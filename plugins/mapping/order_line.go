package mapping

import (
	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// pricePlaces is what Unleashed keeps unit prices and discount rates to, against
// which it holds a line's total and tax (its API reference, sales orders).
const pricePlaces = 4

func init() {
	bloblang.MustRegisterMethodV2("unleashed_line",
		spec("What a line of an Unleashed order says for a price: `UnitPrice` and `DiscountRate` to four places, `LineTotal` and `LineTax` as Unleashed computes them from these, each rounded to the cent. A discount that no rate of four places gives is taken off the price. Null is an error.").
			Param(bloblang.NewAnyParam("quantity").Description("How many there are.")).
			Param(bloblang.NewAnyParam("discounted").Description("The price after its discount; the price itself when there is none.")).
			Param(bloblang.NewAnyParam("tax_rate").Description("The rate of the line's tax as a fraction.")).
			Example("", `root = this.price.unleashed_line(3, this.discounted, 0.2)`,
				[2]string{`{"price":8.33,"discounted":8.33}`, `{"DiscountRate":0,"LineTax":5,"LineTotal":24.99,"UnitPrice":8.33}`},
				[2]string{`{"price":10,"discounted":9}`, `{"DiscountRate":0.1,"LineTax":5.4,"LineTotal":27,"UnitPrice":10}`},
				[2]string{`{"price":9,"discounted":8}`, `{"DiscountRate":0,"LineTax":4.8,"LineTotal":24,"UnitPrice":8}`}),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) {
			var given [3]decimal.Decimal
			for i, name := range []string{"quantity", "discounted", "tax_rate"} {
				d, err := required(args.Get(name))
				if err != nil {
					return nil, err
				}
				given[i] = d
			}
			return func(v any) (any, error) {
				price, err := required(v, nil)
				if err != nil {
					return nil, err
				}
				return unleashedLine(price, given[0], given[1], given[2]), nil
			}, nil
		})
}

func unleashedLine(price, quantity, discounted, taxRate decimal.Decimal) map[string]any {
	unit, off, whole := discounted.Round(pricePlaces), decimal.Zero, decimal.NewFromInt(1)
	if !price.IsZero() {
		rate := whole.Sub(discounted.DivRound(price, pricePlaces))
		if price.Equal(price.Round(pricePlaces)) && price.Mul(whole.Sub(rate)).Equal(discounted) {
			unit, off = price, rate
		}
	}
	total, tax := unleashedapi.LineAmounts(quantity, unit, off, taxRate)
	return map[string]any{"UnitPrice": written(unit), "DiscountRate": written(off), "LineTotal": written(total), "LineTax": written(tax)}
}
