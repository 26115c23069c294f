package mapping

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestArithmeticIsExact(t *testing.T) {
	for name, c := range map[string]struct{ expression, document, expected string }{
		"a tenth and two tenths":               {`this.a.decimal_add(this.b)`, `{"a":0.1,"b":0.2}`, `0.3`},
		"three times 19.90":                    {`this.a.decimal_mul(this.b)`, `{"a":19.90,"b":3}`, `59.7`},
		"tiny numbers are written plainly":     {`this.a.decimal_add(0)`, `{"a":1e-9}`, `0.000000001`},
		"fourteen decimals survive":            {`this.a.decimal_mul(3)`, `{"a":4.10000000000001}`, `12.30000000000003`},
		"more than an integer of 64 bits":      {`this.a.decimal_add(1)`, `{"a":92233720368547758079}`, `92233720368547758080`},
		"a large number with a small one":      {`this.a.decimal_add(this.b)`, `{"a":12345678901234567890,"b":0.0001}`, `12345678901234567890.0001`},
		"negative numbers":                     {`this.a.decimal_sub(this.b)`, `{"a":-1.5,"b":2.25}`, `-3.75`},
		"texts that hold numbers":              {`this.a.decimal_sub(this.b)`, `{"a":"15.0000","b":" 0.5 "}`, `14.5`},
		"a literal with a fraction":            {`this.a.decimal_mul(0.1)`, `{"a":3}`, `0.3`},
		"zero has no sign and no scale":        {`this.a.decimal_sub(this.b)`, `{"a":-2.50,"b":-2.5}`, `0`},
		"a sum of many":                        {`[ 0.1, this.a, "0.3", this.b ].decimal_sum()`, `{"a":0.2,"b":-0.6}`, `0`},
		"a sum of none":                        {`[].decimal_sum()`, `{}`, `0`},
		"a quotient is rounded to its places":  {`this.a.decimal_div(this.b, 4)`, `{"a":2,"b":3}`, `0.6667`},
		"half goes away from zero":             {`this.a.decimal_div(this.b, 0)`, `{"a":5,"b":2}`, `3`},
		"half goes away from zero below it":    {`this.a.decimal_div(this.b, 0)`, `{"a":-5,"b":2}`, `-3`},
		"a quotient that ends is exact":        {`this.a.decimal_div(this.b, 20)`, `{"a":1,"b":8}`, `0.125`},
		"rounding that floats get wrong":       {`this.a.decimal_round(2)`, `{"a":1.005}`, `1.01`},
		"rounding that floats get wrong below": {`this.a.decimal_round(2)`, `{"a":-1.005}`, `-1.01`},
		"rounding down":                        {`this.a.decimal_round(2)`, `{"a":1.0049999}`, `1`},
		"exponents are written out":            {`this.a.decimal_normal()`, `{"a":1.5e3}`, `1500`},
		"zeros at the end go":                  {`this.a.decimal_normal()`, `{"a":5.00000000}`, `5`},
		"zeros before the point stay":          {`this.a.decimal_normal()`, `{"a":1500.0}`, `1500`},
		"below":                                {`this.a.decimal_compare(this.b)`, `{"a":0.3499,"b":0.35}`, `-1`},
		"equal though written differently":     {`this.a.decimal_compare(this.b)`, `{"a":"0.3500","b":3.5e-1}`, `0`},
		"above by what a float cannot hold":    {`this.a.decimal_compare(this.b)`, `{"a":10000000000000000.1,"b":10000000000000000}`, `1`},
		"3.0000 is whole":                      {`this.a.decimal_is_whole()`, `{"a":3.0000}`, `true`},
		"-3 is whole":                          {`this.a.decimal_is_whole()`, `{"a":-3}`, `true`},
		"a tiny fraction is none":              {`this.a.decimal_is_whole()`, `{"a":3.00000000000000000001}`, `false`},
	} {
		t.Run(name, func(t *testing.T) { answers(t, `root.v = `+c.expression, c.document, `{"v":`+c.expected+`}`) })
	}
}

func TestNullStaysNullWhereAValueMayBeMissing(t *testing.T) {
	for _, expression := range []string{
		"this.none.decimal_add(1)", "1.decimal_add(this.none)", "this.none.decimal_sub(1)", "1.decimal_sub(this.none)", "this.none.decimal_mul(1)",
		"1.decimal_mul(this.none)", "this.none.decimal_div(1, 2)", "1.decimal_div(this.none, 2)", "this.none.decimal_round(2)", "this.none.decimal_normal()",
	} {
		t.Run(expression, func(t *testing.T) { answers(t, `root.v = `+expression, `{}`, `{"v":null}`) })
	}
}

func TestNullIsRefusedWhereItWouldDecide(t *testing.T) {
	for _, expression := range []string{
		"this.none.decimal_compare(1)", "1.decimal_compare(this.none)", "this.none.decimal_is_whole()", "[ 1, this.none ].decimal_sum()",
	} {
		t.Run(expression, func(t *testing.T) { refuses(t, `root.v = `+expression, `{}`, "expected a number, found null") })
	}
}

func TestWhatIsNoNumberIsRefusedByName(t *testing.T) {
	for document, reason := range map[string]string{
		`{"v":"ten"}`:      `expected a number, found "ten"`,
		`{"v":""}`:         `expected a number, found ""`,
		`{"v":"NaN"}`:      `expected a number, found "NaN"`,
		`{"v":"Infinity"}`: `expected a number, found "Infinity"`,
		`{"v":"1,5"}`:      `expected a number, found "1,5"`,
		`{"v":"1_000"}`:    `expected a number, found "1_000"`,
		`{"v":"0x10"}`:     `expected a number, found "0x10"`,
		`{"v":true}`:       `expected a number, found true`,
		`{"v":[1]}`:        `expected a number, found [1]`,
		`{"v":1e400}`:      `too many digits`,
		`{"v":"1e-400"}`:   `too many digits`,
		`{"v":"` + strings.Repeat("9", 101) + `"}`: `too many digits`,
	} {
		for _, expression := range []string{
			"this.v.decimal_add(1)", "1.decimal_add(this.v)", "this.v.decimal_sub(1)", "this.v.decimal_mul(1)", "this.v.decimal_div(1, 2)", "1.decimal_div(this.v, 2)",
			"this.v.decimal_round(2)", "this.v.decimal_normal()", "this.v.decimal_compare(1)", "1.decimal_compare(this.v)", "this.v.decimal_is_whole()", "[ this.v ].decimal_sum()",
		} {
			t.Run(expression+" of "+document[:min(len(document), 20)], func(t *testing.T) { refuses(t, `root.v = `+expression, document, reason) })
		}
	}
}

func TestFloatsThatAreNoNumbersAreRefused(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := numberOf(v)
		assert.ErrorContains(t, err, "expected a number, found "+fmt.Sprint(v))
	}
}

func TestDividingByZeroIsRefused(t *testing.T) {
	refuses(t, `root.v = this.a.decimal_div(this.b, 2)`, `{"a":5,"b":0.00}`, "dividing 5 by zero")
}

func TestPlacesHaveBounds(t *testing.T) {
	for _, expression := range []string{"this.a.decimal_round(-1)", "this.a.decimal_round(21)", "this.a.decimal_div(2, 21)"} {
		refuses(t, `root.v = `+expression, `{"a":5}`, "expected 0 to 20")
	}
}

// The engine passes a json.Number on untouched, through variables, lists, objects
// and metadata.
func TestResultsSurviveTheEngine(t *testing.T) {
	answers(t, `let total = this.a.decimal_add(0)
meta total = $total
root.list = [ { "v": $total } ].map_each(e -> e.merge({ "w": e.v })).filter(e -> e.v != null)
root.again = root.list.index(0).w.or(0)`,
		`{"a":12345678901234567890.123456789}`,
		`{"again":12345678901234567890.123456789,"list":[{"v":12345678901234567890.123456789,"w":12345678901234567890.123456789}]}`)
}

func TestSumDoesNotDependOnTheOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	for range 50 {
		values := make([]any, 40)
		for i := range values {
			values[i] = json.Number(fmt.Sprintf("%d.%0*d", random.Int64N(2_000_000)-1_000_000, 1+random.IntN(14), random.Int64N(10)))
		}
		first, err := decimalSum(values)
		require.NoError(t, err)
		random.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		second, err := decimalSum(values)
		require.NoError(t, err)
		assert.Equal(t, first, second)
	}
}

func FuzzNumberOf(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "1e-9", "1e999999999", "19.90", "NaN", "", "٣", "1e", "--1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := numberOf(text)
		if err != nil {
			return
		}
		require.NotNil(t, d)
		plain := written(*d)
		assert.True(t, json.Valid([]byte(plain)), "%q became %q", text, plain)
		again, err := numberOf(plain)
		require.NoError(t, err)
		assert.Zero(t, d.Cmp(*again), "%q became %q", text, plain)
	})
}
