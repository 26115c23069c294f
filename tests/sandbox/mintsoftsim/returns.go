package mintsoftsim

// Return is goods that came back.
type Return struct {
	OrderID                *int `json:"OrderId"`
	AdvancedExternalReturn bool
	Confirmed              bool
	Exchanged              bool
	Refunded               bool
	ExchangedOrderID       *int `json:"ExchangedOrderId"`
	Invoiced               bool
	Reference              *string
	CreatedAt              Date
	ReturnItems            []ReturnItem
	ReturnNameValues       unset
	OrderNumber            *string
	ClientID               int `json:"ClientId"`
	entity
}

// ReturnItem is a line of a return.
type ReturnItem struct {
	OrderItemID      *int `json:"OrderItemId"`
	ProductID        int  `json:"ProductId"`
	Quantity         int
	ReturnReasonID   int `json:"ReturnReasonId"`
	Action           *string
	Comments         *string
	ExpiryDate       Date
	BatchNo          *string
	SerialNo         *string
	ReturnedToStock  bool
	StockAction      *string
	ReturnID         int `json:"ReturnId"`
	SKU              string
	ReturnReasonName *string
	ProductName      string `json:"NAME"`
	LeftToPutAway    int
	entity
}

// ReturnReason is why goods come back, and what is done with them.
type ReturnReason struct {
	Name        string
	StockAction string
	Active      bool
	entity
}

type returnFile struct{ all []*returnRecord }

type returnRecord struct {
	Return
	items     []ReturnItem
	warehouse int
}

func returnReasons() []ReturnReason {
	reasons := []ReturnReason{
		{Name: "Unwanted", StockAction: "DoNothing", Active: true}, {Name: "Damaged", StockAction: "Quarantine", Active: true}, {Name: "Broken", StockAction: "Scrap", Active: true},
	}
	for i := range reasons {
		reasons[i].entity = systemEntity(i + 1)
	}
	return reasons
}

func (r *returnRecord) view(items bool) Return {
	shown := r.Return
	if items {
		shown.ReturnItems = r.items
	}
	return shown
}

func (t *Twin) returnOf(c *call) (*returnRecord, error) {
	r := byID(t.returns.all, c.ids["id"])
	if r == nil || !c.sees(r.ClientID) {
		return nil, notFound("Return not found")
	}
	return r, nil
}

func (t *Twin) getReturn(c *call) (any, error) {
	r, err := t.returnOf(c)
	if err != nil {
		return nil, err
	}
	return r.view(true), nil
}

func (t *Twin) listReturnItems(c *call) (any, error) {
	r, err := t.returnOf(c)
	if err != nil {
		return nil, err
	}
	return r.items, nil
}

func (t *Twin) listReturns(c *call) (any, error) {
	from, limit, err := t.page(c, 100)
	if err != nil {
		return nil, err
	}
	client, warehouse, recent := c.clientFilter("ClientId"), c.int("WarehouseId"), t.since(c, "SinceLastUpdated")
	items := c.flag("IncludeReturnItems")
	page := window(from, limit, func(yield func(*returnRecord) bool) {
		for _, r := range t.returns.all {
			switch {
			case client != 0 && r.ClientID != client, warehouse != 0 && r.warehouse != warehouse, !recent(r.LastUpdated),
				c.text("Confirmed") != "" && c.flag("Confirmed") != r.Confirmed, c.text("ExternalOnly") != "" && c.flag("ExternalOnly") != (r.OrderID == nil):
				continue
			}
			if !yield(r) {
				return
			}
		}
	})
	return views(page, func(r *returnRecord) Return { return r.view(items) }), nil
}
