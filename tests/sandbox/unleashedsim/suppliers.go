package unleashedsim

// Supplier of products; the API cannot create one.
type Supplier struct {
	SupplierCode                        string
	SupplierName                        string
	Addresses                           []Address
	BankName                            Text
	BankBranch                          Text
	BankAccount                         Text
	Currency                            *Currency
	Email                               Text
	PhoneNumber                         Text
	FaxNumber                           Text
	MobileNumber                        Text
	DDINumber                           Text
	TollFreeNumber                      Text
	Website                             Text
	GSTVATNumber                        Text
	Notes                               Text
	Taxable                             bool
	TaxCode                             Text
	TaxRate                             Rate
	PaymentTerm                         string
	Obsolete                            bool
	XeroContactId                       Text
	DefaultWarehouse                    *Warehouse
	LeadTimeDays                        *int
	MinimumOrderQuantity                Quantity
	MinimumOrderValue                   Quantity
	PurchaseOrderCostDistributionMethod Text
	PurchaseOrderPrintTemplate          Text
	SupplierReturnPrintTemplate         Text
	Reminder                            Text
	Stamp
}

func listSuppliers(c *call) (answer, error) {
	s := newSieve[*Supplier](c)
	s.prefix("supplierCode", func(supplier *Supplier) string { return supplier.SupplierCode })
	s.prefix("contactEmail", func(supplier *Supplier) string { return string(supplier.Email) })
	s.modifiedSince(modified[*Supplier])
	return pageOf(c, c.twin.suppliers.all(), s, whole[*Supplier](c.twin))
}

// AddSupplier adds a supplier in the base currency.
func (t *Twin) AddSupplier(code, name string) Supplier {
	supplier := Supplier{SupplierCode: code, SupplierName: name, Addresses: []Address{}, Taxable: true}
	return made(t, supplier, func(supplier *Supplier) error {
		supplier.Mark, supplier.Currency = t.newMark(), t.base
		return added(t, t.suppliers, supplier)
	})
}
