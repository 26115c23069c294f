package unleashedsim

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// Text is a string that is null on the wire when it is empty.
type Text string

// MarshalJSON implements json.Marshaler.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// UnmarshalJSON implements json.Unmarshaler; null is the empty text.
func (t *Text) UnmarshalJSON(raw []byte) error {
	*t = ""
	if string(raw) == "null" {
		return nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("expected a text, found %s", raw)
	}
	*t = Text(text)
	return nil
}

type scale interface{ places() int32 }

type (
	three    struct{}
	four     struct{}
	six      struct{}
	eight    struct{}
	fourteen struct{}
)

func (three) places() int32    { return 3 }
func (four) places() int32     { return 4 }
func (six) places() int32      { return 6 }
func (eight) places() int32    { return 8 }
func (fourteen) places() int32 { return 14 }

// The numbers of the service, each with the number of decimal places that was
// seen for it. One that is not Valid is null on the wire.
type (
	Quantity   = Fixed[four]     // quantities, prices, sizes and discounts
	Amount     = Fixed[three]    // totals of documents and taxes
	LineAmount = Fixed[eight]    // totals of order lines
	Rate       = Fixed[six]      // tax rates, as fractions
	Cost       = Fixed[fourteen] // average landed cost
)

// Fixed is a decimal number with a fixed scale on the wire.
type Fixed[S scale] struct{ decimal.NullDecimal }

// MarshalJSON implements json.Marshaler.
func (f Fixed[S]) MarshalJSON() ([]byte, error) {
	if !f.Valid {
		return []byte("null"), nil
	}
	var s S
	return []byte(f.Decimal.StringFixed(s.places())), nil
}

// UnmarshalJSON implements json.Unmarshaler. Numbers may come as strings, as the
// service itself writes them now and then.
func (f *Fixed[S]) UnmarshalJSON(raw []byte) error {
	*f = Fixed[S]{}
	text := strings.Trim(string(raw), `"`)
	if text == "null" || text == "" {
		return nil
	}
	d, err := parseDecimal(text)
	if err != nil {
		return err
	}
	f.put(d)
	return nil
}

// Set takes a number from its text and panics when it is none.
func (f *Fixed[S]) Set(text string) { f.put(decimal.RequireFromString(text)) }

// put takes a number, cut to the scale as the service stores it.
func (f *Fixed[S]) put(d decimal.Decimal) {
	var s S
	f.Decimal, f.Valid = d.Round(s.places()), true
}

// fill puts a number where there is none.
func (f *Fixed[S]) fill(d decimal.Decimal) {
	if !f.Valid {
		f.put(d)
	}
}

func fixed[S scale](d decimal.Decimal) Fixed[S] {
	var f Fixed[S]
	f.put(d)
	return f
}

// parseDecimal refuses what would be gigantic once written out.
func parseDecimal(text string) (decimal.Decimal, error) {
	d, err := decimal.NewFromString(text)
	if err != nil || len(text) > 60 || d.Exponent() > 20 || d.Exponent() < -40 {
		return decimal.Decimal{}, fmt.Errorf("expected a number, found %q", text)
	}
	return d, nil
}

// TierValue is a price that the service writes as a string.
type TierValue struct{ Quantity }

// MarshalJSON implements json.Marshaler.
func (v TierValue) MarshalJSON() ([]byte, error) {
	if !v.Valid {
		return []byte("null"), nil
	}
	return []byte(`"` + v.Decimal.StringFixed(4) + `"`), nil
}
