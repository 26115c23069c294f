package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// webSale is an order that is sold elsewhere and sent, and what it becomes in
// Unleashed; nothing when it is refused with some words.
type webSale struct {
	arrange func(w *world.World)
	items   []mintsoftsim.ItemSpec // two mugs when there are none
	more    map[string]string
	// edit changes the money after the order was made.
	edit func(w *world.World, o mintsoftsim.Order)
	with map[string]any

	want  string
	words []string
}

func (s webSale) happens(t *testing.T) {
	settings := exportSettings
	for key, value := range s.with {
		settings = with(settings, key, value)
	}
	exporting(t, settings, func(t *testing.T, w *world.World) {
		if s.arrange != nil {
			s.arrange(w)
		}
		o := sentElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) {
			if s.items != nil {
				o.Items = s.items
			}
			for name, value := range s.more {
				o.More[name] = value
			}
		})
		if s.edit != nil {
			s.edit(w, o)
		}
		row := w.Once(t, exportSent.stream()).Of("order_export")
		if s.words != nil {
			assert.EqualValues(t, 1, row.DeadLettered, "%+v", row)
			reason := letterOf(t, w, "WEB-1").Reason
			for _, words := range s.words {
				assert.Contains(t, reason, words)
			}
			assert.Empty(t, allExported(w))
			assert.Len(t, w.Unleashed.Customers(), 8, "nothing is left behind")
			return
		}
		require.True(t, row.Clean(), "%+v", row)
		assert.Equal(t, []string{s.want}, allExported(w))
	})
}

// each runs named sales.
func each(t *testing.T, sales map[string]webSale) {
	for name, s := range sales {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.happens(t)
		})
	}
}

func items(list ...mintsoftsim.ItemSpec) []mintsoftsim.ItemSpec { return list }

func TestExportedTaxes(t *testing.T) {
	t.Parallel()
	untaxedCustomer := func(w *world.World) {
		w.Unleashed.EditCustomer("HARBOUR01", func(c *unleashedsim.Customer) { c.TaxCode = "" })
	}
	each(t, map[string]webSale{
		"the customer's code": {
			arrange: func(w *world.World) {
				w.Unleashed.AddTax("AAA20", "0.2")
				w.Unleashed.AddTax("VIP20", "0.2")
				w.Unleashed.EditCustomer("HARBOUR01", func(c *unleashedsim.Customer) { c.TaxCode = "VIP20" })
			},
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed VIP20, 24 for Harbour Cafe",
		},
		"the rate, for a customer without a code": {
			arrange: untaxedCustomer,
			want:    "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe",
		},
		"the rate, for a line that the customer's code does not fit": {
			items: items(priced("MUG-BLUE", 1, "10", "2"), priced("BOWL-S", 1, "7", "0")),
			want:  "WEB-1: Completed, 1 x MUG-BLUE at 10 taxed UK20 + 1 x BOWL-S at 7 taxed None, 19 for Harbour Cafe",
		},
		"the nearest rate, where rounding leaves several": {
			arrange: func(w *world.World) { w.Unleashed.AddTax("MID15", "0.15"); untaxedCustomer(w) },
			items:   items(priced("BOX-S", 10, "0.05", "0.0100")),
			want:    "WEB-1: Completed, 10 x BOX-S at 0.05 taxed UK20, 0.6 for Harbour Cafe",
		},
		"a rate of three decimals": {
			arrange: func(w *world.World) { w.Unleashed.AddTax("OLD175", "0.175"); untaxedCustomer(w) },
			items:   items(priced("MUG-BLUE", 2, "10", "1.75")),
			want:    "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed OLD175, 23.5 for Harbour Cafe",
		},
		// 0.004 a piece came to nothing, or no tax was charged.
		"none, for what is so cheap that the customer's code fits": {
			items: items(priced("MUG-BLUE", 1, "10", "2"), priced("BOX-S", 100, "0.02", "0")),
			want:  "WEB-1: Completed, 1 x MUG-BLUE at 10 taxed UK20 + 100 x BOX-S at 0.02 taxed None, 14 for Harbour Cafe",
		},
		"the customer's code, for what is so cheap that its tax came to nothing": {
			items: items(priced("MUG-BLUE", 1, "10", "2"), priced("BOX-S", 100, "0.02", "0")),
			edit:  func(w *world.World, o mintsoftsim.Order) { bill(w, o, "12", "2.4", nil) },
			want:  "WEB-1: Completed, 1 x MUG-BLUE at 10 taxed UK20 + 100 x BOX-S at 0.02 taxed UK20, 14.4 for Harbour Cafe",
		},
		"none, where only a gross total is said": {
			items: items(priced("MUG-BLUE", 1, "10", "2"), priced("BOX-S", 100, "0.02", "0")),
			edit: func(w *world.World, o mintsoftsim.Order) {
				w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) { o.TotalOrderNet, o.TotalOrderTax = nil, nil })
			},
			want: "WEB-1: Completed, 1 x MUG-BLUE at 10 taxed UK20 + 100 x BOX-S at 0.02 taxed None, 14 for Harbour Cafe",
		},
		"no tax": {
			items: items(priced("MUG-BLUE", 2, "10", "0")),
			want:  "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed None, 20 for Harbour Cafe",
		},
		"a gift has the customer's code": {
			items: items(priced("MUG-BLUE", 2, "10", "2"), priced("BOWL-S", 1, "0", "0")),
			want:  "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 1 x BOWL-S at 0 taxed UK20, 24 for Harbour Cafe",
		},
		"a rate that Unleashed does not have": {
			items: items(priced("MUG-BLUE", 2, "10", "1.9")),
			words: []string{"order WEB-1, SKU MUG-BLUE", "charged 1.9 tax on 10"},
		},
		"carriage at a rate that Unleashed does not have": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				bill(w, o, "25", "4.2", func(o *mintsoftsim.Order) { o.ShippingNet, o.ShippingTax = money("5"), money("0.2") })
			},
			words: []string{"order WEB-1, the carriage", "charged 0.2 tax on 5"},
		},
	})
}

func TestExportedDiscounts(t *testing.T) {
	t.Parallel()
	// off takes something off the mugs, which come to a total then.
	off := func(discount, net, tax string) func(*world.World, mintsoftsim.Order) {
		return func(w *world.World, o mintsoftsim.Order) {
			w.Mintsoft.EditItem(o.ID, "MUG-BLUE", func(it *mintsoftsim.OrderItem) { it.Discount = *money(discount) })
			bill(w, o, net, tax, nil)
		}
	}
	each(t, map[string]webSale{
		"of each": {
			edit: off("1", "18", "3.60"),
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 less 0.1 taxed UK20, 21.6 for Harbour Cafe",
		},
		"of the line": {
			edit: off("1", "19", "3.80"),
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 less 0.05 taxed UK20, 22.8 for Harbour Cafe",
		},
		"that was taken off already": {
			edit: off("1", "20", "4"),
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe",
		},
		"that no rate gives": {
			items: items(priced("MUG-BLUE", 2, "9", "1.8")),
			edit:  off("1", "16", "3.20"),
			want:  "WEB-1: Completed, 2 x MUG-BLUE at 8 taxed UK20, 19.2 for Harbour Cafe",
		},
		"that explains nothing": {
			edit:  off("1", "17", "3.40"),
			words: []string{"order WEB-1 comes to 21.6", "Mintsoft says 20.4, which differs by -1.2"},
		},
		"that no total explains": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				w.Mintsoft.EditItem(o.ID, "MUG-BLUE", func(it *mintsoftsim.OrderItem) { it.Discount = *money("1") })
				w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) {
					o.TotalOrderGross, o.TotalOrderNet, o.TotalOrderTax, o.OrderValue = nil, nil, nil, mintsoftsim.Number{}
				})
			},
			words: []string{"order WEB-1 comes to 21.6 or 22.8 or 24 in Unleashed", "Mintsoft states no total that tells which is right"},
		},
		"of the order": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				bill(w, o, "17.50", "3.50", func(o *mintsoftsim.Order) { o.DiscountTotalExVat, o.DiscountTotalVat = money("2.5"), money("0.5") })
			},
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 1 x Discount at -2.5 taxed UK20, 21 for Harbour Cafe",
		},
	})
}

func TestExportedTotals(t *testing.T) {
	t.Parallel()
	each(t, map[string]webSale{
		"prices that were rounded from gross": {
			items: items(priced("MUG-BLUE", 3, "8.33", "1.67")),
			want:  "WEB-1: Completed, 3 x MUG-BLUE at 8.3333 taxed UK20, 30 for Harbour Cafe",
		},
		"prices of four decimals": {
			items: items(priced("MUG-BLUE", 7, "8.3333", "1.6667")),
			want:  "WEB-1: Completed, 7 x MUG-BLUE at 8.3333 taxed UK20, 70 for Harbour Cafe",
		},
		"a cent too much": {
			edit:  func(w *world.World, o mintsoftsim.Order) { bill(w, o, "20", "4.01", nil) },
			words: []string{"comes to 24 in Unleashed (2 x SKU MUG-BLUE 20 + 4 tax)", "Mintsoft says 24.01, which differs by 0.01"},
		},
		"a cent too little": {
			edit:  func(w *world.World, o mintsoftsim.Order) { bill(w, o, "19.99", "4", nil) },
			words: []string{"Mintsoft says 23.99, which differs by -0.01"},
		},
		"net and tax without their sum": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				bill(w, o, "20", "4.05", func(*mintsoftsim.Order) {})
				w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) { o.TotalOrderGross = nil })
			},
			words: []string{"Mintsoft says 24.05"},
		},
		"an older account, which says the value of the goods": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) {
					o.TotalOrderGross, o.TotalOrderNet, o.TotalOrderTax, o.OrderValue = nil, nil, nil, *money("20")
					o.ShippingTotalExVat, o.ShippingTotalVat, o.ShippingNet, o.ShippingTax = money("5"), money("1"), nil, nil
				})
			},
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 1 x Carriage at 5 taxed UK20, 30 for Harbour Cafe",
		},
		"an older account whose value differs": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) {
					o.TotalOrderGross, o.TotalOrderNet, o.TotalOrderTax, o.OrderValue = nil, nil, nil, *money("21")
				})
			},
			words: []string{"comes to 20 in Unleashed", "Mintsoft says 21"},
		},
		"an account that says nothing": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) {
					o.TotalOrderGross, o.TotalOrderNet, o.TotalOrderTax, o.OrderValue = nil, nil, nil, mintsoftsim.Number{}
				})
			},
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe",
		},
		"the newer fields of a line": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				w.Mintsoft.EditItem(o.ID, "MUG-BLUE", func(it *mintsoftsim.OrderItem) {
					it.Price, it.Vat, it.PriceNet, it.Tax, it.DiscountNet = mintsoftsim.Number{}, mintsoftsim.Number{}, money("12.5"), money("2.5"), money("2.5")
				})
				bill(w, o, "20", "4", nil)
			},
			want: "WEB-1: Completed, 2 x MUG-BLUE at 12.5 less 0.2 taxed UK20, 24 for Harbour Cafe",
		},
		"a tax rate in percent": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				w.Mintsoft.EditItem(o.ID, "MUG-BLUE", func(it *mintsoftsim.OrderItem) { it.PriceNet, it.TaxRate = money("10"), money("20") })
			},
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe",
		},
		"carriage by the newer fields": {
			edit: func(w *world.World, o mintsoftsim.Order) {
				bill(w, o, "24", "4.80", func(o *mintsoftsim.Order) {
					o.ShippingNet, o.ShippingTax, o.ShippingTotalExVat, o.ShippingTotalVat = money("4"), money("0.8"), money("9"), money("9")
				})
			},
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 1 x Carriage at 4 taxed UK20, 28.8 for Harbour Cafe",
		},
	})
}

func TestExportedCharges(t *testing.T) {
	t.Parallel()
	carriage := func(w *world.World, o mintsoftsim.Order) {
		bill(w, o, "25", "5", func(o *mintsoftsim.Order) { o.ShippingNet, o.ShippingTax = money("5"), money("1") })
	}
	each(t, map[string]webSale{
		"an account that takes no charges refuses the order in its own words": {
			arrange: func(w *world.World) { w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ChargesRefused = true }) },
			edit:    carriage,
			words:   []string{"Charges cannot be given."},
		},
		"and takes one without": {
			arrange: func(w *world.World) { w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.ChargesRefused = true }) },
			want:    "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20, 24 for Harbour Cafe",
		},
		"totals that the account counts itself": {
			arrange: func(w *world.World) {
				w.Unleashed.Turn(func(k *unleashedsim.Knobs) { k.Totals = unleashedsim.TotalsRecomputed })
			},
			edit: carriage,
			want: "WEB-1: Completed, 2 x MUG-BLUE at 10 taxed UK20 + 1 x Carriage at 5 taxed UK20, 30 for Harbour Cafe",
		},
	})
}

func TestExportedCurrencies(t *testing.T) {
	t.Parallel()
	exporting(t, exportSettings, func(t *testing.T, w *world.World) {
		for number, currency := range map[string]string{"IN-EUR": "EUR", "IN-USD": "USD"} {
			sentElsewhere(w, number, func(o *mintsoftsim.OrderSpec) { o.More["Currency"] = currency })
		}
		w.Once(t, exportSent.stream())
		o, _ := w.Unleashed.OrderByNumber("IN-EUR")
		assert.Equal(t, "EUR", o.Currency.CurrencyCode)
		assert.Contains(t, letterOf(t, w, "IN-USD").Reason, "currency USD is not known in Unleashed; add it there")

		// A replay looks at the lists afresh.
		w.Unleashed.AddCurrency("USD")
		w.Replay(t)
		o, _ = w.Unleashed.OrderByNumber("IN-USD")
		assert.Equal(t, "USD", o.Currency.CurrencyCode)
		assert.Equal(t, unleashedsim.Completed, o.OrderStatus)
		assert.Empty(t, w.DeadLetters(t))
	})
}
