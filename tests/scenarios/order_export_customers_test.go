package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

// boughtBy sends an order of a buyer with an e-mail address, a company and a
// person's name; what is empty is not there.
func boughtBy(w *world.World, number, email, company, first, last, postCode string) {
	sentElsewhere(w, number, func(o *mintsoftsim.OrderSpec) {
		o.More = map[string]string{"Email": email, "CompanyName": company, "FirstName": first, "LastName": last, "PostCode": postCode}
	})
}

// bought says whose each exported order is.
func bought(w *world.World) []string {
	var found []string
	for _, o := range w.Unleashed.Orders() {
		if strings.HasPrefix(string(o.SourceId), "mintsoft:") {
			found = append(found, o.OrderNumber+" "+o.Customer.CustomerName)
		}
	}
	slices.Sort(found)
	return found
}

func TestCustomersOfExports(t *testing.T) {
	t.Parallel()
	const there = 8 // customers of the seed
	for name, c := range map[string]struct {
		arrange func(w *world.World)
		buy     func(w *world.World)
		want    []string
		made    int
	}{
		"by e-mail, whatever its case": {
			buy:  func(w *world.World) { boughtBy(w, "W-1", "BUYING@mill.EXAMPLE", "Another name", "Bo", "", "M1 1AA") },
			want: []string{"W-1 Mill House Gifts Ltd"},
		},
		"by the e-mail of any contact": {
			arrange: func(w *world.World) {
				w.Unleashed.EditCustomer("MILL", func(c *unleashedsim.Customer) {
					c.Contacts = append(c.Contacts, unleashedsim.Contact{FirstName: "Cy", EmailAddress: "cy@mill.example"})
				})
			},
			buy:  func(w *world.World) { boughtBy(w, "W-1", "cy@mill.example", "", "Cy", "", "M1 1AA") },
			want: []string{"W-1 Mill House Gifts Ltd"},
		},
		"not by the beginning of an e-mail": {
			buy:  func(w *world.World) { boughtBy(w, "W-1", "buying@mill.exam", "", "Bo", "Short", "M1 1AA") },
			want: []string{"W-1 Bo Short"}, made: 1,
		},
		"by name and post code": {
			arrange: func(w *world.World) {
				w.Unleashed.EditCustomer("WALKIN", func(c *unleashedsim.Customer) {
					c.CustomerName = "Sam Shopper"
					c.Addresses = append(c.Addresses, unleashedsim.Address{AddressType: "Physical", PostalCode: "HG12AA"})
				})
			},
			buy: func(w *world.World) {
				boughtBy(w, "W-1", "", "", "Sam", "SHOPPER", "hg1 2aa")
				boughtBy(w, "W-2", "sam@new.example", "", "Sam", "Shopper", "HG1 2AA")
				boughtBy(w, "W-3", "", "", "Sam", "Shopper", "HG1 2AB")
			},
			want: []string{"W-1 Sam Shopper", "W-2 Sam Shopper", "W-3 Sam Shopper"}, made: 1,
		},
		"two orders of a new customer make one": {
			buy: func(w *world.World) {
				boughtBy(w, "W-1", "new@buyer.example", "", "Nell", "New", "M1 1AA")
				boughtBy(w, "W-2", "NEW@buyer.example", "", "Nell", "New", "M2 2AA")
				boughtBy(w, "W-3", "", "Noname Ltd", "Al", "", "M3 3AA")
				boughtBy(w, "W-4", "", "Noname Ltd", "Bo", "", "M33AA")
			},
			want: []string{"W-1 Nell New", "W-2 Nell New", "W-3 Noname Ltd", "W-4 Noname Ltd"}, made: 2,
		},
		"orders of one new buyer with several addresses make one": {
			buy: func(w *world.World) {
				boughtBy(w, "W-1", "nell@buyer.example", "", "Nell", "New", "M1 1AA")
				boughtBy(w, "W-2", "nell@work.example", "", "Nell", "New", "M1 1AA")
				boughtBy(w, "W-3", "", "", "Nell", "New", "m11aa")
			},
			want: []string{"W-1 Nell New", "W-2 Nell New", "W-3 Nell New"}, made: 1,
		},
		"a retired customer is not taken": {
			arrange: func(w *world.World) {
				w.Unleashed.EditCustomer("MILL", func(c *unleashedsim.Customer) { c.Obsolete = true })
			},
			buy:  func(w *world.World) { boughtBy(w, "W-1", "buying@mill.example", "", "Bo", "Miller", "M4 6AP") },
			want: []string{"W-1 Bo Miller"}, made: 1,
		},
		"the first by code of several": {
			arrange: func(w *world.World) {
				for _, code := range []string{"Z-MILL", "A-MILL"} {
					w.Unleashed.AddCustomer(unleashedsim.Customer{CustomerCode: code, CustomerName: "Copy " + code, Email: "buying@mill.example"})
				}
			},
			buy:  func(w *world.World) { boughtBy(w, "W-1", "buying@mill.example", "", "Bo", "", "M4 6AP") },
			want: []string{"W-1 Copy A-MILL"}, made: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exporting(t, exportSettings, func(t *testing.T, w *world.World) {
				if c.arrange != nil {
					c.arrange(w)
				}
				c.buy(w)
				export(t, w)
				assert.Equal(t, c.want, bought(w))
				assert.Len(t, w.Unleashed.Customers(), there+c.made)
			})
		})
	}
}

func TestNewCustomerIsWholeAndFoundAgain(t *testing.T) {
	t.Parallel()
	exporting(t, exportSettings, func(t *testing.T, w *world.World) {
		boughtBy(w, "W-1", "new@buyer.example", "", "Nell", "New", "M1 1AA")
		export(t, w)
		o, _ := w.Unleashed.OrderByNumber("W-1")
		made, exists := w.Unleashed.Customer(o.Customer.CustomerCode)
		require.True(t, exists)
		assert.Regexp(t, `^M-[0-9A-F]{12}$`, made.CustomerCode)
		assert.Equal(t, []string{"Nell New", "new@buyer.example", "Nell", "New", "GBP", "UK20", "M1 1AA"}, []string{
			made.CustomerName, string(made.Email), string(made.ContactFirstName), string(made.ContactLastName), made.Currency.CurrencyCode, string(made.TaxCode), string(made.Addresses[0].PostalCode),
		})

		// By name and post code, with nothing else that is known.
		w.LoseLedger(t)
		boughtBy(w, "W-2", "", "", "Nell", "New", "m11aa")
		export(t, w)
		assert.Equal(t, []string{"W-1 Nell New", "W-2 Nell New"}, bought(w))
		assert.Len(t, w.Unleashed.Customers(), 9)
	})
}

// TestRetiredCustomerOfOurs has the GUID that an order of its buyer is sold to again.
func TestRetiredCustomerOfOurs(t *testing.T) {
	t.Parallel()
	exporting(t, exportSettings, func(t *testing.T, w *world.World) {
		boughtBy(w, "W-1", "new@buyer.example", "", "Nell", "New", "M1 1AA")
		export(t, w)
		o, _ := w.Unleashed.OrderByNumber("W-1")
		w.Unleashed.EditCustomer(o.Customer.CustomerCode, func(c *unleashedsim.Customer) { c.Obsolete = true })
		<-time.After(time.Hour)
		boughtBy(w, "W-2", "new@buyer.example", "", "Nell", "New", "M1 1AA")
		export(t, w)
		assert.Len(t, w.Logged("needs a look", "it is of customer "+o.Customer.CustomerCode+", which is retired in Unleashed"), 1)
	})
}

func TestChannelsAsCustomers(t *testing.T) {
	t.Parallel()
	exporting(t, with(exportSettings, "order_export.group_by_channel", true), func(t *testing.T, w *world.World) {
		w.Unleashed.AddCustomer(unleashedsim.Customer{CustomerCode: "WS", CustomerName: "Wholesale"})
		w.Unleashed.AddCustomer(unleashedsim.Customer{CustomerCode: "AZ", CustomerName: "AMAZON"})
		for i, channel := range []string{"Wholesale", "Amazon", "Amazon"} {
			sentElsewhere(w, fmt.Sprintf("W-%d", i+1), func(o *mintsoftsim.OrderSpec) { o.Channel = channel })
		}
		export(t, w)
		assert.Equal(t, []string{"W-1 Wholesale", "W-2 Amazon", "W-3 Amazon"}, bought(w))
		assert.Len(t, w.Unleashed.Customers(), 11, "one that is named otherwise by its case is another")
	})
}

func TestOrderOfNobody(t *testing.T) {
	t.Parallel()
	exporting(t, exportSettings, func(t *testing.T, w *world.World) {
		o := sentElsewhere(w, "W-1", nil)
		w.Mintsoft.EditOrder(o.ID, func(o *mintsoftsim.Order) {
			o.PIIRemoved, o.Email, o.CompanyName, o.LastName, o.FirstName, o.PostCode = true, nil, nil, nil, "", ""
		})
		w.Once(t, exportSent.stream())
		assert.Contains(t, letterOf(t, w, "W-1").Reason, "order W-1: neither its Email nor a name with its PostCode says whose it is")

		w.Set("order_export.group_by_channel", true)
		w.Replay(t)
		assert.Equal(t, []string{"W-1 Amazon"}, bought(w))
		assert.Empty(t, w.DeadLetters(t))
	})
}

// TestCostOfAnExport counts the requests of many exports.
func TestCostOfAnExport(t *testing.T) {
	t.Parallel()
	const count = 100
	exporting(t, exportSettings, func(t *testing.T, w *world.World) {
		w.Mintsoft.AdjustStock("MUG-BLUE", webWarehouse(w), 10*count)
		for n := range count {
			sentElsewhere(w, fmt.Sprintf("W-%d", n), nil)
		}
		<-time.After(time.Hour) // a list of transfers is younger than the orders then
		w.Forget()
		export(t, w)
		require.Len(t, bought(w), count)
		unleashed, mintsoft := len(w.Calls("unleashed")), len(w.Calls("mintsoft"))
		assert.LessOrEqual(t, unleashed, 5*count+20, "by GUID, by number, the order, its status, its completion")
		assert.LessOrEqual(t, mintsoft, count/100+20, "pages, and lists that are read once")
		for _, list := range []string{"/Customers", "/Products", "/Taxes", "/Currencies", "/DeliveryMethods"} {
			assert.LessOrEqual(t, w.Unleashed.Journal.Count("GET", list), 2, list)
		}
	})
}
