package mintsoftsim

import (
	"fmt"
	"slices"
	"strings"
)

// The statuses of a warehouse transfer. Their names are not known; these are
// assumed.
const (
	TransferNew       = "NEW"
	TransferConfirmed = "CONFIRMED"
	TransferCancelled = "CANCELLED"
)

// WarehouseTransfer is goods that go from one warehouse to another, by an order
// there and an ASN here.
type WarehouseTransfer struct {
	SourceWarehouseID       int `json:"SourceWarehouseId"`
	DestinationWarehouseID  int `json:"DestinationWarehouseId"`
	Reference               *string
	ExpectedDeliveryDate    Date
	Comments                *string
	WarehouseTransferStatus string
	Items                   []WarehouseTransferItem
	OrderID                 *int `json:"OrderId"`
	ASNID                   *int `json:"ASNId"`
	GoodsInType             *string
	Quantity                int
	CourierServiceID        *int `json:"CourierServiceId"`
	CourierService          *CourierService
	ChannelID               *int `json:"ChannelId"`
	ClientID                int  `json:"ClientId"`
	entity
}

// WarehouseTransferItem is a line of a transfer.
type WarehouseTransferItem struct {
	WarehouseTransferID int `json:"WarehouseTransferId"`
	ProductID           int `json:"ProductId"`
	Quantity            int
	Complete            bool
	entity
}

// ToReturnWarehouseTransfer is a transfer as the list shows it.
type ToReturnWarehouseTransfer struct {
	entity
	OrderID                 *int `json:"OrderId"`
	ASNID                   *int `json:"ASNId"`
	SourceWarehouse         string
	DestinationWarehouse    string
	SourceWarehouseID       int `json:"SourceWarehouseId"`
	DestinationWarehouseID  int `json:"DestinationWarehouseId"`
	Reference               *string
	ExpectedDeliveryDate    Date
	Comments                *string
	WarehouseTransferStatus string
	Items                   []TransferLine
	GoodsInType             *string
	Quantity                int
	CourierServiceID        *int `json:"CourierServiceId"`
	CourierService          *string
	ChannelID               *int `json:"ChannelId"`
	ClientID                int  `json:"ClientId"`
}

// TransferLine is a line as the list shows it.
type TransferLine struct {
	WarehouseTransferID int `json:"WarehouseTransferId"`
	WarehouseTransfer   unset
	ProductID           int `json:"ProductId"`
	SKU                 string
	Quantity            int
	Complete            bool
}

type transferFile struct{ all []*WarehouseTransfer }

func (t *Twin) transferOf(c *call) (*WarehouseTransfer, error) {
	tr := byID(t.transfers.all, c.ids["id"])
	if tr == nil || !c.sees(tr.ClientID) {
		return nil, notFound("Warehouse transfer not found")
	}
	return tr, nil
}

func (t *Twin) getTransfer(c *call) (any, error) {
	tr, err := t.transferOf(c)
	if err != nil {
		return nil, err
	}
	return tr, nil
}

func (t *Twin) listTransfers(c *call) (any, error) {
	from, limit, err := t.page(c, 100)
	if err != nil {
		return nil, err
	}
	client, recent, items := c.clientFilter("ClientId"), t.since(c, "SinceLastUpdated"), c.flag("IncludeWarehouseTransferItems")
	statuses := strings.FieldsFunc(strings.ToUpper(c.text("WarehouseTransferStatuses")), func(r rune) bool { return r == ';' || r == ',' })
	source, destination := c.int("SourceWarehouseId"), c.int("DestinationWarehouseId")
	page := window(from, limit, func(yield func(*WarehouseTransfer) bool) {
		for _, tr := range t.transfers.all {
			if client != 0 && tr.ClientID != client || source != 0 && tr.SourceWarehouseID != source || destination != 0 && tr.DestinationWarehouseID != destination ||
				!recent(tr.LastUpdated) || len(statuses) > 0 && !slices.Contains(statuses, tr.WarehouseTransferStatus) {
				continue
			}
			if !yield(tr) {
				return
			}
		}
	})
	return views(page, func(tr *WarehouseTransfer) ToReturnWarehouseTransfer { return t.transferRow(tr, items) }), nil
}

func (t *Twin) transferRow(tr *WarehouseTransfer, items bool) ToReturnWarehouseTransfer {
	row := ToReturnWarehouseTransfer{
		entity: tr.entity, OrderID: tr.OrderID, ASNID: tr.ASNID, SourceWarehouse: t.warehouse(tr.SourceWarehouseID, "").Name,
		DestinationWarehouse: t.warehouse(tr.DestinationWarehouseID, "").Name, SourceWarehouseID: tr.SourceWarehouseID,
		DestinationWarehouseID: tr.DestinationWarehouseID, Reference: tr.Reference, ExpectedDeliveryDate: tr.ExpectedDeliveryDate, Comments: tr.Comments,
		WarehouseTransferStatus: tr.WarehouseTransferStatus, GoodsInType: tr.GoodsInType, Quantity: tr.Quantity, CourierServiceID: tr.CourierServiceID,
		ChannelID: tr.ChannelID, ClientID: tr.ClientID,
	}
	if tr.CourierService != nil {
		row.CourierService = &tr.CourierService.Name
	}
	if items {
		row.Items = []TransferLine{}
		for _, it := range tr.Items {
			row.Items = append(row.Items, TransferLine{WarehouseTransferID: tr.ID, ProductID: it.ProductID, SKU: t.products.byID[it.ProductID].SKU, Quantity: it.Quantity, Complete: it.Complete})
		}
	}
	return row
}

func (t *Twin) createTransfer(c *call) (any, error) {
	d := c.document()
	client, err := t.client(c, d.int("ClientId"))
	if err != nil {
		return result(0, "", err)
	}
	tr := &WarehouseTransfer{ClientID: client.ID, WarehouseTransferStatus: TransferNew}
	if err := t.describeTransfer(tr, d); err != nil {
		return result(0, "", err)
	}
	for _, line := range d.list("Items") {
		p := t.product(c.now, client.ID, line.int("ProductId"), line.str("SKU"))
		if p == nil || line.int("Quantity") < 1 {
			return refused(fmt.Sprintf("Product with SKU '%s' could not be found, or its Quantity is not at least 1", line.str("SKU"))), nil
		}
		it := WarehouseTransferItem{ProductID: p.ID, Quantity: line.int("Quantity"), entity: entity{ID: next(&t.ids.transferItem)}}
		it.touch(c.now, c.user.Username)
		tr.Items = append(tr.Items, it)
	}
	if len(tr.Items) == 0 {
		return refused("A transfer needs Items"), nil
	}
	tr.ID = next(&t.ids.transfer)
	for i := range tr.Items {
		tr.Items[i].WarehouseTransferID = tr.ID
	}
	tr.touch(c.now, c.user.Username)
	t.transfers.all = append(t.transfers.all, tr)
	return done(tr.ID, "Warehouse Transfer created"), nil
}

// describeTransfer sets everything but the lines.
func (t *Twin) describeTransfer(tr *WarehouseTransfer, d document) error {
	changed := *tr
	t.assign(map[string]any{
		"SourceWarehouseId": &changed.SourceWarehouseID, "DestinationWarehouseId": &changed.DestinationWarehouseID, "Reference": &changed.Reference,
		"ExpectedDeliveryDate": &changed.ExpectedDeliveryDate, "Comments": &changed.Comments, "GoodsInType": &changed.GoodsInType,
		"Quantity": &changed.Quantity, "ChannelId": &changed.ChannelID,
	}, d)
	if d.int("CourierServiceId") != 0 || d.str("CourierService") != "" {
		if changed.CourierService = t.courier(d.int("CourierServiceId"), d.str("CourierService"), tr.ClientID); changed.CourierService == nil {
			return refusal("CourierService could not be found")
		}
		changed.CourierServiceID = &changed.CourierService.ID
	}
	switch {
	case byID(t.reference.warehouses, changed.SourceWarehouseID) == nil, byID(t.reference.warehouses, changed.DestinationWarehouseID) == nil:
		return refusal("Warehouse not found")
	case changed.SourceWarehouseID == changed.DestinationWarehouseID:
		return refusal("Source and destination are the same warehouse")
	case changed.GoodsInType != nil && !slices.Contains(goodsInTypes, *changed.GoodsInType):
		return refusal(fmt.Sprintf("Invalid GoodsInType: '%s'", *changed.GoodsInType))
	}
	*tr = changed
	return nil
}

// transferStep is an operation on a transfer that was not begun.
func transferStep(message string, do func(*Twin, *WarehouseTransfer, *call) error) handler {
	return func(t *Twin, c *call) (any, error) {
		tr, err := t.transferOf(c)
		if err != nil {
			return nil, err
		}
		if tr.WarehouseTransferStatus != TransferNew {
			return refused("The transfer is " + tr.WarehouseTransferStatus), nil
		}
		if err = do(t, tr, c); err == nil {
			tr.touch(c.now, c.user.Username)
		}
		return result(tr.ID, message, err)
	}
}

func (t *Twin) updateTransfer(tr *WarehouseTransfer, c *call) error {
	return t.describeTransfer(tr, c.document())
}

func (t *Twin) cancelTransfer(tr *WarehouseTransfer, _ *call) error {
	tr.WarehouseTransferStatus = TransferCancelled
	return nil
}

func (t *Twin) deleteTransfer(tr *WarehouseTransfer, _ *call) error {
	t.transfers.all = slices.DeleteFunc(t.transfers.all, func(other *WarehouseTransfer) bool { return other == tr })
	return nil
}

// confirmTransfer makes the order at the source and the ASN, expected already, at
// the destination.
func (t *Twin) confirmTransfer(tr *WarehouseTransfer, c *call) error {
	to := t.warehouse(tr.DestinationWarehouseID, "")
	admin := &call{now: c.now, user: &User{Username: c.user.Username}}
	order := document{
		"ClientId": integer(tr.ClientID), "WarehouseId": integer(tr.SourceWarehouseID), "OrderNumber": fmt.Sprintf("WT-%d", tr.ID), "FirstName": to.ContactName,
		"CompanyName": to.CompanyName, "Address1": to.AddressLine1, "Town": to.City, "PostCode": to.PostCode, "CountryId": integer(to.CountryID), "CourierService": "AUTO",
	}
	if tr.CourierServiceID != nil {
		order["CourierServiceId"] = integer(*tr.CourierServiceID)
	}
	goodsIn := goodsInTypes[2]
	if tr.GoodsInType != nil {
		goodsIn = *tr.GoodsInType
	}
	notice := document{
		"ClientId": integer(tr.ClientID), "WarehouseId": integer(tr.DestinationWarehouseID), "POReference": fmt.Sprintf("WT-%d", tr.ID),
		"Supplier": t.warehouse(tr.SourceWarehouseID, "").Name, "GoodsInType": goodsIn, "Quantity": integer(max(1, tr.Quantity)),
	}
	var lines []any
	for _, it := range tr.Items {
		lines = append(lines, document{"ProductId": integer(it.ProductID), "Quantity": integer(it.Quantity)})
	}
	order["OrderItems"], notice["Items"] = lines, lines
	o, _, err := t.newOrder(admin, order)
	if err != nil {
		return err
	}
	a, err := t.newASN(admin, notice)
	if err != nil {
		return err
	}
	a.EstimatedDelivery = tr.ExpectedDeliveryDate
	tr.OrderID, tr.ASNID, tr.WarehouseTransferStatus = &o.ID, &a.ID, TransferConfirmed
	return t.confirmASN(a, c.now, c.user.Username)
}
