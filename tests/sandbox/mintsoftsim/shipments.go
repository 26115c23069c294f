package mintsoftsim

// OrderShipment is a consignment of an order.
type OrderShipment struct {
	OrderID                int  `json:"OrderId"`
	OrderDocumentID        *int `json:"OrderDocumentId"`
	DangerousDocumentID    *int `json:"DangerousDocumentId"`
	CourierType            *string
	AccountID              *int `json:"AccountId"`
	Number                 *string
	ExtraBool1             bool
	ExtraBool2             bool
	ExtraInt1              *int
	ExtraInt2              *int
	ExtraString1           *string
	ExtraString2           *string
	CommercialInvoiceID    *int `json:"CommercialInvoiceId"`
	ReturnLabelID          *int `json:"ReturnLabelId"`
	ReturnLabelBarcode     *string
	DownloadTrackingEvents bool
	RequiresManifesting    bool
	Manifested             bool
	ShipmentDate           Date
	LabelURL               *string
	ParcelNumbers          []string
	entity
}

// BarcodeVerifiedOrderItem is what was scanned while an order was picked or packed.
type BarcodeVerifiedOrderItem struct {
	OrderItemID         int `json:"OrderItemId"`
	ProductInLocationID int `json:"ProductInLocationId"`
	OrderID             int `json:"OrderId"`
	Quantity            int
	ManuallyConfirmed   bool
	Barcode             *string
	BatchNo             *string
	SerialNo            *string
	ExpiryDate          Date
	MobileApp           bool
	BoxNumber           *int
	BoxIdentifier       *string
	SSCCNumber          *string
	entity
}

// BoxPackingListResponse is what is in the boxes of an order.
type BoxPackingListResponse struct {
	OrderID                int `json:"OrderId"`
	OrderNumber            string
	ExternalOrderReference *string
	Boxes                  []*BoxPackingListBox
}

// BoxPackingListBox is one box.
type BoxPackingListBox struct {
	BoxNumber     int
	BoxIdentifier *string
	Height        *Number
	Length        *Number
	Depth         *Number
	Weight        *Number
	Items         []BoxPackingListItem
}

// BoxPackingListItem is what a box holds of one kind.
type BoxPackingListItem struct {
	SKU          string
	Name         string
	Quantity     int
	BatchNumber  *string
	SerialNumber *string
	SSCCNumber   *string
}

func (t *Twin) listShipments(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	return every(o.shipments), nil
}

// addShipment attaches a consignment that was made elsewhere. Labels are not kept.
func (t *Twin) addShipment(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	if c.document().str("Number") == "" {
		return refused("Number is required"), nil
	}
	s := t.putShipment(o, c.document().str("Number"), c.now, c.user.Username)
	o.touch(c.now, c.user.Username)
	return done(s.ID, "Shipment added"), nil
}

// putShipment adds a consignment; the order's tracking number is its first one.
func (t *Twin) putShipment(o *orderRecord, number string, now Date, user string) *OrderShipment {
	s := &OrderShipment{OrderID: o.ID, Number: &number, ShipmentDate: now, ParcelNumbers: []string{number}, entity: entity{ID: next(&t.ids.shipment)}}
	s.touch(now, user)
	o.shipments = append(o.shipments, s)
	if o.TrackingNumber == nil {
		t.track(o, number)
	}
	return s
}

func (t *Twin) listAllocations(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	rows := []*ProductInLocation{}
	for _, it := range o.items {
		rows = append(rows, it.allocations...)
	}
	return rows, nil
}

func (t *Twin) listScans(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	return every(o.scans), nil
}

// listBoxes shows what was scanned into each box.
func (t *Twin) listBoxes(c *call) (any, error) {
	o, err := t.orderOf(c)
	if err != nil {
		return nil, err
	}
	list := BoxPackingListResponse{OrderID: o.ID, OrderNumber: o.OrderNumber, ExternalOrderReference: o.ExternalOrderReference, Boxes: []*BoxPackingListBox{}}
	boxes := map[int]*BoxPackingListBox{}
	for _, scan := range o.scans {
		if scan.BoxNumber == nil {
			continue
		}
		box := boxes[*scan.BoxNumber]
		if box == nil {
			box = &BoxPackingListBox{BoxNumber: *scan.BoxNumber, BoxIdentifier: scan.BoxIdentifier}
			boxes[*scan.BoxNumber] = box
			list.Boxes = append(list.Boxes, box)
		}
		it := o.item(scan.OrderItemID)
		if it == nil {
			continue
		}
		box.Items = append(box.Items, BoxPackingListItem{
			SKU: it.SKU, Name: it.product.Name, Quantity: scan.Quantity, BatchNumber: scan.BatchNo, SerialNumber: scan.SerialNo, SSCCNumber: scan.SSCCNumber,
		})
	}
	return list, nil
}
