package mintsoftsim

// ASN is an advance shipping notice: goods that are expected. Quantity counts
// packages. Items is nil where they were not asked for.
type ASN struct {
	ClientShortName     string `json:"CLIENTSHORTNAME"`
	POReference         *string
	Supplier            *string
	ProductSupplierID   *int `json:"ProductSupplierId"`
	ProductSupplier     *string
	EstimatedDelivery   Date
	EstimatedTimeToDock Date
	WarehouseBookedDate Date
	BookedInDate        Date
	Comments            *string
	GoodsInType         *string
	Quantity            int
	ASNStatus           *ASNStatus
	ASNStatusID         int `json:"ASNStatusId"`
	Shipped             bool
	HoursLogged         Number
	Items               []ASNItem
	WarehouseID         int `json:"WarehouseId"`
	ClientID            int `json:"ClientId"`
	entity
}

// ASNItem is a line of an ASN: what is expected, what has arrived, and what was
// booked into the stock.
type ASNItem struct {
	ASNID              int `json:"ASNId"`
	ProductID          int `json:"ProductId"`
	QuantityExpected   int
	QuantityReceived   int `json:"QuantityReceieved"`
	QuantityBooked     int
	OnOrder            int
	SSCCNumber         *string
	Complete           bool
	Comments           *string
	SourceLineID       *string `json:"SourceLineId"`
	ASNItemNameValues  unset
	SKU                string
	EAN                *string
	UPC                *string
	ProductName        string `json:"NAME"`
	HasSerialNumber    bool
	HasExpiryDate      bool
	HasBatchNumber     bool
	ProductImageURL    *string
	ASNItemAllocations []*ASNItemAllocation
	entity
}

// ASNItemAllocation is a lot that has arrived; Complete says that it was booked.
type ASNItemAllocation struct {
	ASNItemID     int `json:"ASNItemId"`
	Quantity      int
	LocationID    int `json:"LocationId"`
	ExpiryDate    Date
	BatchNo       *string
	SerialNo      *string
	Complete      bool
	RobotPutaway  bool
	StorageItemID *int `json:"StorageItemId"`
	ProductID     int  `json:"ProductId"`
	SKU           string
	entity
}

// asnFile holds the ASNs of all clients, by ascending id.
type asnFile struct {
	all     []*asnRecord
	byID    map[int]*asnRecord
	listing int // how often the list was read
}

type asnRecord struct {
	ASN
	items   []*asnItem
	actions []document // registered callbacks, kept and never called
}

type asnItem struct {
	ASNItem
	product *productRecord
}

func (a *asnRecord) view(items, lots bool) ASN {
	shown := a.ASN
	if !items {
		return shown
	}
	shown.Items = make([]ASNItem, len(a.items))
	for i, it := range a.items {
		line := it.ASNItem
		p := it.product
		line.SKU, line.EAN, line.UPC, line.ProductName, line.ProductImageURL = p.SKU, p.EAN, p.UPC, p.Name, p.ImageURL
		line.HasSerialNumber, line.HasExpiryDate, line.HasBatchNumber = p.HasSerialNumber, p.HasExpiryDate, p.HasBatchNumber
		if !lots {
			line.ASNItemAllocations = nil
		}
		shown.Items[i] = line
	}
	return shown
}

func (a *asnRecord) booked() bool {
	for _, it := range a.items {
		if it.QuantityBooked > 0 {
			return true
		}
	}
	return false
}

func (a *asnRecord) received() int {
	n := 0
	for _, it := range a.items {
		n += it.QuantityReceived
	}
	return n
}

func (a *asnRecord) item(id int) *asnItem {
	for _, it := range a.items {
		if it.ID == id {
			return it
		}
	}
	return nil
}
