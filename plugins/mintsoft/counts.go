package mintsoft

import "github.com/shopspring/decimal"

// count is how many units the service tells of. A whole number is read in any form of it
// (3, 3.0, "3"); of anything else, null above all, nobody knows how many are meant, and
// it is never 0.
type count struct {
	n     int64
	known bool
}

func counted(n int64) count { return count{n: n, known: true} }

// mostDigits keeps an absurd exponent from being written out.
const mostDigits = 18

// UnmarshalJSON never fails: one odd number must not hide the rest of a list.
func (c *count) UnmarshalJSON(raw []byte) error {
	*c = count{}
	var number decimal.Decimal
	if string(raw) == "null" || number.UnmarshalJSON(raw) != nil {
		return nil
	}
	if e := number.Exponent(); e < -mostDigits || e > mostDigits || !number.IsInteger() || !number.BigInt().IsInt64() {
		return nil
	}
	*c = counted(number.IntPart())
	return nil
}

// value is the number as messages carry it, nil where it is not known.
func (c count) value() any {
	if !c.known {
		return nil
	}
	return c.n
}

// plus is not known where either is not.
func (c count) plus(other count) count {
	return count{n: c.n + other.n, known: c.known && other.known}
}

// less is not known where either is not.
func (c count) less(other count) count { return c.plus(count{n: -other.n, known: other.known}) }
