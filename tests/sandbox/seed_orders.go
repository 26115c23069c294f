package sandbox

import (
	"fmt"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

const (
	clientName    = "DEMO"
	warehouseCode = "MAIN"
	customStatus  = "Ready to ship"
)

// seedAccounts adds what both accounts have besides documents.
func (s *Sandbox) seedAccounts() {
	u := s.Unleashed
	u.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: warehouseCode, WarehouseName: "Main Warehouse", IsDefault: true, StreetNo: "12", AddressLine1: "Dock Lane", City: "Leeds", Country: "United Kingdom", PostCode: "LS9 8AA", ContactName: "Goods in"})
	u.AddWarehouse(unleashedsim.Warehouse{WarehouseCode: "SHOP", WarehouseName: "Shop", AddressLine1: "3 High Street", City: "York", Country: "United Kingdom", PostCode: "YO1 7HH"})
	u.AddTax("UK20", "0.2")
	u.AddCurrency("EUR")
	for _, method := range []string{"Courier", "Next day"} {
		u.AddDeliveryMethod(method)
	}
	u.AddShippingCompany("Swift Couriers")
	u.AddSalesOrderGroup("Wholesale")
	u.AddAdjustmentReason("Mintsoft")
	u.AddCustomStatus(customStatus)
	u.AddSupplier("CLAYCO", "Clay Company")

	m := s.Mintsoft
	s.client = m.AddClient(mintsoftsim.Client{ShortName: clientName, Name: "Demo Homeware", HoldingPolicy: mintsoftsim.PlaceOnBackOrder}).ID
	code, shop := warehouseCode, "SHOP"
	s.warehouse = m.AddWarehouse(mintsoftsim.Warehouse{Name: "Main Warehouse", Code: &code}).ID
	m.AddWarehouse(mintsoftsim.Warehouse{Name: "Shop", Code: &shop})
	for _, channel := range []string{"Unleashed", "Wholesale", "Amazon"} {
		m.AddChannel(s.client, channel)
	}
	standard := m.AddCourier("SWIFT 48", "https://track.example.test/")
	m.AddCourier("Next day", "https://track.example.test/")
	m.MapCourier(standard.ID, "Courier", 0)
}

// buyer is a customer of the seed and where its goods go.
type buyer struct {
	code, name, first, last, email, phone, vat string
	to                                         unleashedsim.Delivered
	currency                                   string
}

var buyers = []buyer{
	{code: "HARBOUR01", name: "Harbour Cafe", first: "Ada", last: "Quay", email: "orders@harbour.example", phone: "01947 000001", vat: "GB123456789", to: unleashedsim.Delivered{Name: "Harbour Cafe", Street: "4 Quay Row", City: "Whitby", Region: "North Yorkshire", Country: "United Kingdom", PostCode: "YO22 4DD"}},
	{code: "MILL", name: "Mill House Gifts Ltd", first: "Bo", last: "Miller", email: "buying@mill.example", phone: "0161 000002", to: unleashedsim.Delivered{Name: "Mill House Gifts", Street: "Unit 7", Street2: "Weir Yard", Suburb: "Ancoats", City: "Manchester", Country: "England", PostCode: "M4 6AP"}},
	{code: "GLEN", name: "Glen & Daughters", first: "Isla", email: "isla@glen.example", to: unleashedsim.Delivered{Name: "Glen & Daughters", Street: "18 Bridge Street", City: "Inverness", Country: "Scotland", PostCode: "IV1 1HG"}},
	{code: "LIFFEY", name: "Liffey Stores", email: "hello@liffey.example", phone: "+353 1 000 003", to: unleashedsim.Delivered{Name: "Liffey Stores", Street: "2 Ormond Quay", City: "Dublin", Country: "Ireland", PostCode: "D07 ER2Y"}, currency: "EUR"},
	{code: "SEINE", name: "Épicerie de la Seine", first: "Chloé", last: "Durand", email: "chloe@seine.example", to: unleashedsim.Delivered{Name: "Épicerie de la Seine", Street: "11 quai de Valmy", City: "Paris", Country: "FRANCE", PostCode: "75010"}, currency: "EUR"},
	{code: "SPREE", name: "Spree Küchenladen GmbH", first: "Jörg", last: "Weiß", email: "einkauf@spree.example", to: unleashedsim.Delivered{Name: "Spree Küchenladen", Street: "Schillerstraße 5", City: "Berlin", Country: "Deutschland", PostCode: "10625"}, currency: "EUR"},
	{code: "HUDSON", name: "Hudson Home Inc.", first: "Dee", last: "Rivers", email: "dee@hudson.example", phone: "+1 212 000 0004", to: unleashedsim.Delivered{Name: "Hudson Home", Street: "90 Water Street", City: "New York", Region: "NY", Country: "USA", PostCode: "10005"}},
	{code: "WALKIN", name: "Counter sales", to: unleashedsim.Delivered{Name: "Sam Shopper", Street: "9 Elm Grove", City: "Harrogate", Country: "UK", PostCode: "HG1 2AA"}},
}

func (s *Sandbox) seedCustomers() {
	for _, b := range buyers {
		c := unleashedsim.Customer{
			CustomerCode: b.code, CustomerName: b.name, ContactFirstName: unleashedsim.Text(b.first), ContactLastName: unleashedsim.Text(b.last),
			Email: unleashedsim.Text(b.email), PhoneNumber: unleashedsim.Text(b.phone), GSTVATNumber: unleashedsim.Text(b.vat), Taxable: true, TaxCode: "UK20",
		}
		if b.currency != "" {
			c.Currency = &unleashedsim.Currency{CurrencyCode: b.currency}
		}
		s.Unleashed.AddCustomer(c)
	}
}

// goods are the articles that orders are made of: stocked, current, not tracked.
var goods = []string{
	"MUG-BLUE", "MUG-RED", "BOWL-S", "PLATE-26", "SOAP-BAR", "TOWEL-50", "BOARD-OAK", "BOX-S", "MUG-CAFÉ", "TEAPOT", "CANDLE-M", "JAR & LID 1L", "KNIFE-20", "APRON", "BOWL-L", "GIFTSET",
}

// AddOrders adds sales orders of many kinds, each like the one with the same
// number in any other sandbox.
func (s *Sandbox) AddOrders(n int) {
	for range n {
		s.orders++
		s.Unleashed.AddOrder(s.order(s.orders))
	}
}

// order describes the order with a number. Most are plain; a few are drafts,
// completed, deleted, of the other warehouse, or such that they cannot be sent.
func (s *Sandbox) order(i int) unleashedsim.OrderSpec {
	b := buyers[i%len(buyers)]
	spec := unleashedsim.OrderSpec{
		Status: unleashedsim.Placed, Customer: b.code, Warehouse: warehouseCode, Delivery: b.to, Currency: b.currency,
		CustomerRef: fmt.Sprintf("PO-%d", 5500+i), Group: "Wholesale",
	}
	for k := range 1 + i%3 {
		spec.Lines = append(spec.Lines, unleashedsim.LineSpec{SKU: goods[(i+k*5)%len(goods)], Quantity: fmt.Sprint(1 + (i+k)%4)})
	}
	switch i % 40 {
	case 2:
		spec.Status = unleashedsim.Parked
	case 5:
		spec.Status = unleashedsim.Backordered
	case 8, 9:
		spec.Lines = append(spec.Lines, unleashedsim.LineSpec{Charge: "Carriage", Price: "5.00"})
		spec.Method = "Courier"
	case 11:
		spec.CustomStatus, spec.Status = customStatus, unleashedsim.Parked
	case 14:
		spec.Status = unleashedsim.Completed
	case 17:
		spec.Status = unleashedsim.Deleted
	case 20:
		spec.Lines = []unleashedsim.LineSpec{{SKU: "GIFTWRAP"}}
	case 23:
		spec.Lines = append(spec.Lines, unleashedsim.LineSpec{SKU: "ENGRAVING", Comments: "For Ada"})
		spec.Comments, spec.Instruction = "Leave with reception", "Ring twice"
	case 26:
		spec.Delivery.Country = "Untied Kingdom"
	case 29:
		spec.Warehouse = "SHOP"
	case 32:
		spec.Lines = []unleashedsim.LineSpec{{SKU: "RIBBON-M", Quantity: "2.5"}}
	case 35:
		spec.SourceID = fmt.Sprintf("Amazon:%d", 90000+i)
	case 38:
		spec.Contact = &unleashedsim.DeliveryContact{FirstName: "Kim", LastName: "Doorstep", EmailAddress: "kim@doorstep.example", PhoneNumber: "07700 900123"}
	}
	return spec
}
