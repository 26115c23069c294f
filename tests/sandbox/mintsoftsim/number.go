package mintsoftsim

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Number is an amount of money or a weight. In JSON it is a number that always
// shows a fraction, as the service writes its doubles: 4.0, 12.5.
type Number struct{ decimal.Decimal }

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	text := n.String()
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return []byte(text), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(data []byte) error { return n.Decimal.UnmarshalJSON(data) }

func number(d decimal.Decimal) *Number { return &Number{d} }

// orZero reads an amount that may be absent.
func orZero(n *Number) decimal.Decimal {
	if n == nil {
		return decimal.Zero
	}
	return n.Decimal
}

func isInt32(text string) bool {
	_, err := strconv.ParseInt(text, 10, 32)
	return err == nil
}
