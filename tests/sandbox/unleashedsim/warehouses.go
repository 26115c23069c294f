package unleashedsim

// Warehouse is a place with its own stock; documents hold it whole.
type Warehouse struct {
	WarehouseCode string `max:"15"`
	WarehouseName string `max:"100"`
	IsDefault     bool
	StreetNo      Text
	AddressLine1  Text
	AddressLine2  Text
	Suburb        Text
	City          Text
	Region        Text
	Country       Text
	PostCode      Text
	PhoneNumber   Text
	FaxNumber     Text
	MobileNumber  Text
	DDINumber     Text
	ContactName   Text
	Obsolete      bool
	Mark
}

func listWarehouses(c *call) (answer, error) {
	s := newSieve[*Warehouse](c)
	s.prefix("warehouseCode", func(w *Warehouse) string { return w.WarehouseCode })
	s.prefix("warehouseName", func(w *Warehouse) string { return w.WarehouseName })
	s.modifiedSince(modified[*Warehouse])
	s.hides("includeObsolete", false, func(w *Warehouse) bool { return w.Obsolete })
	return pageOf(c, c.twin.warehouses.all(), s, whole[*Warehouse](c.twin))
}

// warehouse finds the one that a body refers to, or the default one when the body
// names none.
func (t *Twin) warehouse(field string, given *Warehouse) (*Warehouse, error) {
	if given != nil {
		return resolve(t.warehouses, field, given.Guid, given.WarehouseCode)
	}
	for w := range t.warehouses.all() {
		if w.IsDefault {
			return w, nil
		}
	}
	return nil, invalid(field, "The account has no warehouse.")
}

// AddWarehouse adds a warehouse; the first one is the default.
func (t *Twin) AddWarehouse(w Warehouse) Warehouse {
	return made(t, w, func(w *Warehouse) error {
		w.Mark = t.newMark()
		w.IsDefault = len(t.warehouses.rows) == 0
		return added(t, t.warehouses, w)
	})
}
