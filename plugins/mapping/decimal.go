package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/redpanda-data/benthos/v4/public/bloblang"
	"github.com/shopspring/decimal"
)

// maxDigits bounds what a number may spell out to: an exponent of a few
// characters could otherwise fill the memory.
const maxDigits = 100

// accepts is the part of each description that says what counts as a number.
const accepts = " Numbers and texts that hold one are accepted; the result is exact."

func init() {
	binary("decimal_add", "The sum of two numbers."+accepts+" Null when either is null.", `root.total = this.net.decimal_add(this.tax)`,
		func(a, b decimal.Decimal) (decimal.Decimal, error) { return a.Add(b), nil },
		[2]string{`{"net":0.1,"tax":0.2}`, `{"total":0.3}`}, [2]string{`{"net":"10.00","tax":null}`, `{"total":null}`})

	binary("decimal_sub", "The difference of two numbers."+accepts+" Null when either is null.", `root.open = this.ordered.decimal_sub(this.gone)`,
		func(a, b decimal.Decimal) (decimal.Decimal, error) { return a.Sub(b), nil },
		[2]string{`{"ordered":3.0000,"gone":"1"}`, `{"open":2}`})

	binary("decimal_mul", "The product of two numbers."+accepts+" Null when either is null.", `root.total = this.price.decimal_mul(this.quantity)`,
		func(a, b decimal.Decimal) (decimal.Decimal, error) { return a.Mul(b), nil },
		[2]string{`{"price":19.90,"quantity":3}`, `{"total":59.7}`})

	binary("decimal_min", "The lesser of two numbers."+accepts+" Null when either is null.", `root.given = this.wanted.decimal_min(this.left)`,
		func(a, b decimal.Decimal) (decimal.Decimal, error) { return decimal.Min(a, b), nil },
		[2]string{`{"wanted":5,"left":"3.50"}`, `{"given":3.5}`})

	binary("decimal_max", "The greater of two numbers."+accepts+" Null when either is null.", `root.open = this.ordered.decimal_sub(this.gone).decimal_max(0)`,
		func(a, b decimal.Decimal) (decimal.Decimal, error) { return decimal.Max(a, b), nil },
		[2]string{`{"ordered":3,"gone":5}`, `{"open":0}`})

	bloblang.MustRegisterMethodV2("decimal_div",
		spec("The quotient of two numbers, rounded half away from zero to a number of decimal places. Numbers and texts that hold one are accepted. Null when either is null; a divisor of zero is an error.").
			Param(bloblang.NewAnyParam("by").Description("The divisor.")).
			Param(placesParam()).
			Example("", `root.each = this.tax.decimal_div(this.quantity, 4)`, [2]string{`{"tax":2,"quantity":3}`, `{"each":0.6667}`}),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) {
			places, err := placesOf(args)
			if err != nil {
				return nil, err
			}
			return withOther(args, "by", func(a, b decimal.Decimal) (decimal.Decimal, error) {
				if b.IsZero() {
					return decimal.Decimal{}, fmt.Errorf("dividing %s by zero", a)
				}
				return a.DivRound(b, places), nil
			})
		})

	bloblang.MustRegisterMethodV2("decimal_round",
		spec("A number rounded half away from zero to a number of decimal places. Null stays null.").
			Param(placesParam()).
			Example("", `root.total = this.total.decimal_round(2)`,
				[2]string{`{"total":2.675}`, `{"total":2.68}`}, [2]string{`{"total":-2.675}`, `{"total":-2.68}`}),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) {
			places, err := placesOf(args)
			return unary(func(d decimal.Decimal) any { return written(d.Round(places)) }), err
		})

	bloblang.MustRegisterMethodV2("decimal_normal",
		spec("A number written plainly: without exponent and without zeros at its end. Texts that hold a number become one. Null stays null.").
			Example("", `root.weight = this.weight.decimal_normal()`,
				[2]string{`{"weight":0.3500}`, `{"weight":0.35}`}, [2]string{`{"weight":"15.0000"}`, `{"weight":15}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) {
			return unary(func(d decimal.Decimal) any { return written(d) }), nil
		})

	bloblang.MustRegisterMethodV2("decimal_sum",
		spec("The sum of a list of numbers, 0 for an empty one. Numbers and texts that hold one are accepted; null is an error, as its worth is not known.").
			Example("", `root.total = this.lines.map_each(l -> l.total).decimal_sum()`,
				[2]string{`{"lines":[{"total":0.1},{"total":0.2},{"total":"0.3"}]}`, `{"total":0.6}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) { return bloblang.ArrayMethod(decimalSum), nil })

	bloblang.MustRegisterMethodV2("decimal_compare",
		spec("-1, 0 or 1 as a number is below, equal to or above another. Null is an error.").
			Param(otherParam()).
			Example("", `root.differs = this.weight.decimal_compare(this.known) != 0`, [2]string{`{"weight":0.3500,"known":"0.35"}`, `{"differs":false}`}),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) {
			other, err := required(args.Get("other"))
			if err != nil {
				return nil, err
			}
			return func(v any) (any, error) {
				d, err := required(v, nil)
				return int64(d.Cmp(other)), err
			}, nil
		})

	bloblang.MustRegisterMethodV2("decimal_is_whole",
		spec("Whether a number has no fraction. Null is an error.").
			Example("", `root.whole = this.quantity.decimal_is_whole()`,
				[2]string{`{"quantity":3.0000}`, `{"whole":true}`}, [2]string{`{"quantity":2.5}`, `{"whole":false}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) {
			return func(v any) (any, error) {
				d, err := required(v, nil)
				return d.IsInteger(), err
			}, nil
		})

	bloblang.MustRegisterMethodV2("decimal_is_count",
		spec("Whether something is a whole number of at least 0, as goods are counted. Null and what is no number are not.").
			Example("", `root.wrong = !this.quantity.decimal_is_count()`,
				[2]string{`{"quantity":3.0000}`, `{"wrong":false}`}, [2]string{`{"quantity":-1}`, `{"wrong":true}`}, [2]string{`{"quantity":null}`, `{"wrong":true}`}),
		func(*bloblang.ParsedParams) (bloblang.Method, error) {
			return func(v any) (any, error) {
				d, err := numberOf(v)
				return err == nil && d != nil && d.IsInteger() && !d.IsNegative(), nil
			}, nil
		})
}

func otherParam() bloblang.ParamDefinition {
	return bloblang.NewAnyParam("other").Description("The other number.")
}

func placesParam() bloblang.ParamDefinition {
	return bloblang.NewInt64Param("places").Description("Decimal places, 0 to 20.")
}

func placesOf(args *bloblang.ParsedParams) (int32, error) {
	places, err := args.GetInt64("places")
	if err == nil && (places < 0 || places > 20) {
		err = fmt.Errorf("parameter places: found %d, expected 0 to 20", places)
	}
	return int32(places), err
}

// binary registers a method that makes one number of two.
func binary(name, description, mapping string, do func(a, b decimal.Decimal) (decimal.Decimal, error), examples ...[2]string) {
	bloblang.MustRegisterMethodV2(name, spec(description).Param(otherParam()).Example("", mapping, examples...),
		func(args *bloblang.ParsedParams) (bloblang.Method, error) { return withOther(args, "other", do) })
}

func withOther(args *bloblang.ParsedParams, name string, do func(a, b decimal.Decimal) (decimal.Decimal, error)) (bloblang.Method, error) {
	raw, err := args.Get(name)
	if err != nil {
		return nil, err
	}
	b, err := numberOf(raw)
	if err != nil {
		return nil, err
	}
	return func(v any) (any, error) {
		a, err := numberOf(v)
		if a == nil || b == nil || err != nil {
			return nil, err
		}
		result, err := do(*a, *b)
		if err != nil {
			return nil, err
		}
		return written(result), nil
	}, nil
}

// unary makes a method of a number that leaves null alone.
func unary(do func(decimal.Decimal) any) bloblang.Method {
	return func(v any) (any, error) {
		d, err := numberOf(v)
		if d == nil || err != nil {
			return nil, err
		}
		return do(*d), nil
	}
}

func decimalSum(values []any) (any, error) {
	sum := decimal.Zero
	for i, v := range values {
		d, err := required(v, nil)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		sum = sum.Add(d)
	}
	return written(sum), nil
}

// required reads a number that must be there; it takes an error to go with what
// produced the value.
func required(v any, err error) (decimal.Decimal, error) {
	if err != nil {
		return decimal.Decimal{}, err
	}
	d, err := numberOf(v)
	if err != nil {
		return decimal.Decimal{}, err
	}
	if d == nil {
		return decimal.Decimal{}, mismatch("a number", nil)
	}
	return *d, nil
}

// numberOf reads a number as it is written; nil for null.
func numberOf(v any) (*decimal.Decimal, error) {
	var text string
	switch t := v.(type) {
	case nil:
		return nil, nil
	case json.Number:
		text = t.String()
	case string:
		text = strings.TrimSpace(t)
	case []byte:
		text = strings.TrimSpace(string(t))
	case int, int64, uint64:
		text = fmt.Sprint(t)
	case float64:
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return nil, fmt.Errorf("expected a number, found %v", t)
		}
		d := decimal.NewFromFloat(t) // the shortest decimal that stands for it
		return &d, bounded(d)
	default:
		return nil, mismatch("a number", v)
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return nil, mismatch("a number", v)
	}
	return &d, bounded(d)
}

var errTooLong = errors.New("the number has too many digits")

func bounded(d decimal.Decimal) error {
	if exponent := d.Exponent(); exponent > maxDigits || exponent < -maxDigits || d.NumDigits() > maxDigits {
		return fmt.Errorf("%w: expected at most %d before and after the point", errTooLong, maxDigits)
	}
	return nil
}

// written is a number as messages carry it. The engine passes json.Number on as
// it is; only its own arithmetic would turn it into a float.
func written(d decimal.Decimal) json.Number { return json.Number(d.String()) }
