package mapping

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestALineAddsUpAsUnleashedCounts(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	cents := func(most int64) decimal.Decimal { return decimal.New(random.Int64N(most), -2) }
	for range 2000 {
		price, quantity := cents(100_00), decimal.NewFromInt(1+random.Int64N(99))
		discounted := price.Sub(decimal.Min(price, cents(20_00)))
		rate := []decimal.Decimal{decimal.Zero, decimal.New(5, -2), decimal.New(175, -3), decimal.New(2, -1)}[random.IntN(4)]
		line := unleashedLine(price, quantity, discounted, rate)
		number := func(name string) decimal.Decimal { return decimal.RequireFromString(fmt.Sprint(line[name])) }
		shown := fmt.Sprintf("%s x %s, %s after discount, taxed %s: %v", quantity, price, discounted, rate, line)

		require.True(t, number("UnitPrice").Equal(number("UnitPrice").Round(4)) && number("DiscountRate").Equal(number("DiscountRate").Round(4)), shown)
		total := quantity.Mul(number("UnitPrice")).Mul(decimal.NewFromInt(1).Sub(number("DiscountRate"))).Round(2)
		require.Equal(t, total.String(), number("LineTotal").String(), shown)
		require.Equal(t, quantity.Mul(discounted).Round(2).String(), number("LineTotal").String(), shown)
		require.Equal(t, total.Mul(rate).Round(2).String(), number("LineTax").String(), shown)
	}
}

func TestALineOfOddPrices(t *testing.T) {
	for name, c := range map[string]struct{ document, expected string }{
		"a price of many places is rounded":             {`{"p":8.333333,"d":8.333333,"q":3,"r":0.2}`, `{"DiscountRate":0,"LineTax":5,"LineTotal":25,"UnitPrice":8.3333}`},
		"a discount of many places goes into the price": {`{"p":10,"d":6.666666,"q":3,"r":0}`, `{"DiscountRate":0,"LineTax":0,"LineTotal":20,"UnitPrice":6.6667}`},
		"all of it is taken off":                        {`{"p":10,"d":0,"q":3,"r":0.2}`, `{"DiscountRate":1,"LineTax":0,"LineTotal":0,"UnitPrice":10}`},
		"a gift":                                        {`{"p":0,"d":0,"q":3,"r":0.2}`, `{"DiscountRate":0,"LineTax":0,"LineTotal":0,"UnitPrice":0}`},
		"money back":                                    {`{"p":-5,"d":-5,"q":1,"r":"0.2"}`, `{"DiscountRate":0,"LineTax":-1,"LineTotal":-5,"UnitPrice":-5}`},
	} {
		t.Run(name, func(t *testing.T) {
			answers(t, `root = this.p.unleashed_line(this.q, this.d, this.r)`, c.document, c.expected)
		})
	}
	for _, document := range []string{`{"p":null,"d":1,"q":1,"r":0}`, `{"p":1,"d":null,"q":1,"r":0}`, `{"p":1,"d":1,"q":"two","r":0}`} {
		_, err := run(t, `root = this.p.unleashed_line(this.q, this.d, this.r)`, document)
		assert.ErrorContains(t, err, "expected a number", document)
	}
}
