package unleashedapi

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
)

func TestLineAmounts(t *testing.T) {
	for name, c := range map[string]struct{ quantity, price, discount, rate, total, tax string }{
		"plain":                          {"3", "10", "0", "0.2", "30", "6"},
		"less a discount":                {"3", "10", "0.1", "0.2", "27", "5.4"},
		"half a cent goes up":            {"1", "0.125", "0", "0.2", "0.13", "0.03"},
		"tax is that of the round total": {"1", "0.125", "0", "0.5", "0.13", "0.07"},
		"of a credit":                    {"1", "-0.125", "0", "0.2", "-0.13", "-0.03"},
	} {
		t.Run(name, func(t *testing.T) {
			d := decimal.RequireFromString
			total, tax := LineAmounts(d(c.quantity), d(c.price), d(c.discount), d(c.rate))
			assert.Equal(t, []string{c.total, c.tax}, []string{total.String(), tax.String()})
		})
	}
}
