package mintsoftsim

import "strings"

// Order as the service shows it. OrderItems is nil where items were not asked for.
type Order struct {
	ClientID               int     `json:"ClientId"`
	ClientCode             *string `json:"CLIENT_CODE"`
	OrderNumber            string
	ExternalOrderReference *string
	OrderDate              Date
	DespatchDate           Date
	AtNewDate              Date
	SLAWarningDate         Date
	SLADespatchDate        Date
	RequiredDespatchDate   Date
	RequiredDeliveryDate   Date
	Title                  *string
	FirstName              string
	LastName               *string
	CompanyName            *string
	Address1               string
	Address2               *string
	Address3               *string
	Town                   *string
	County                 *string
	PostCode               string
	Phone                  *string
	Mobile                 *string
	Email                  *string
	CountryID              int `json:"CountryId"`
	Country                *Country
	Source                 *string
	Comments               *string
	GiftMessages           *string
	DeliveryNotes          *string
	VATNumber              *string
	EORINumber             *string
	UKIMSNumber            *string
	RFCNumber              *string
	PIDNumber              *string
	OrderStatusID          int `json:"OrderStatusId"`
	NumberOfParcels        int
	TotalItems             int
	TotalWeight            Number
	OrderValue             Number
	Part                   int
	NumberOfParts          int
	CourierServiceTypeID   int `json:"CourierServiceTypeId"`
	CourierServiceID       int `json:"CourierServiceId"`
	CourierServiceName     string
	TrackingNumber         *string
	TrackingURL            *string
	ShippingTotalExVat     *Number
	ShippingTotalVat       *Number
	DiscountTotalExVat     *Number
	DiscountTotalVat       *Number
	TotalVat               Number
	PIIRemoved             bool
	ShippingNet            *Number
	ShippingTax            *Number
	ShippingGross          *Number
	DiscountNet            *Number
	DiscountTax            *Number
	TotalOrderNet          *Number
	TotalOrderTax          *Number
	TotalOrderGross        *Number
	DiscountGross          *Number
	WarehouseID            int     `json:"WarehouseId"`
	WarehouseCode          *string `json:"WAREHOUSE_CODE"`
	ChannelID              int     `json:"ChannelId"`
	Channel                *Channel
	CurrencyID             int `json:"CurrencyId"`
	Currency               *Currency
	DespatchedByUser       *string
	OrderItems             []OrderItem
	OrderNameValues        []OrderNameValue
	OrderLock              bool
	RecipientType          *RecipientType
	Tags                   *string
	SourceOrderDate        Date
	entity
}

// OrderItem is a line of an order. Allocated and OnBackOrder are what is reserved
// and what waits; both are 0 after the despatch.
type OrderItem struct {
	OrderID                 int `json:"OrderId"`
	ProductID               int `json:"ProductId"`
	Quantity                int
	Allocated               int
	Committed               int `json:"Commited"` //nolint:misspell // the vendor's spelling
	OnBackOrder             int
	SourceLineSubTotal      *Number
	SourceLineTotalTax      *Number
	SourceLineTotalDiscount *Number
	SourceLineTotal         *Number
	Price                   Number
	Vat                     Number
	Discount                Number
	PriceNet                *Number
	Tax                     *Number
	DiscountGross           *Number
	TaxRate                 *Number
	DiscountNet             *Number
	DiscountTax             *Number
	NetPaid                 *Number
	TaxPaid                 *Number
	TotalTax                *Number
	Details                 *string
	SKU                     string
	OrderItemNameValues     []OrderItemNameValue
	entity
}

// OrderNameValue is a custom field of an order.
type OrderNameValue struct {
	OrderID int `json:"OrderId"`
	Name    string
	Value   *string
	entity
}

// OrderItemNameValue is a custom field of a line.
type OrderItemNameValue struct {
	Name     string
	Value    *string
	Internal bool
	entity
}

// RecipientType is a business or a consumer.
type RecipientType struct {
	Name string
	entity
}

// orderRecord is an order with what its document does not show.
type orderRecord struct {
	Order
	items     []*itemRecord
	rules     RuleOutcome
	before    int // the status before it was held
	scans     []*BarcodeVerifiedOrderItem
	comments  []*OrderComment
	shipments []*OrderShipment
	splits    []*OrderSplit
	actions   []*OrderAwaitingAction
	// Lower case, for searches.
	number, reference, tracking string
}

// itemRecord is a line with what its document does not show.
type itemRecord struct {
	OrderItem
	product     *productRecord
	needs       []need
	wish        wish
	warehouse   int
	allocations []*ProductInLocation
}

// fold keeps the searchable texts true to the document.
func (o *orderRecord) fold() {
	o.number, o.reference, o.tracking = strings.ToLower(o.OrderNumber), strings.ToLower(read(o.ExternalOrderReference)), strings.ToLower(read(o.TrackingNumber))
}

// headerFields are the members that an update of the header may set as they are.
func (o *Order) headerFields() map[string]any {
	return map[string]any{
		"OrderValue": &o.OrderValue, "VATNumber": &o.VATNumber, "RequiredDeliveryDate": &o.RequiredDeliveryDate,
		"RequiredDespatchDate": &o.RequiredDespatchDate, "Title": &o.Title, "FirstName": &o.FirstName, "LastName": &o.LastName,
		"CompanyName": &o.CompanyName, "Email": &o.Email, "Phone": &o.Phone, "Mobile": &o.Mobile, "Address1": &o.Address1,
		"Address2": &o.Address2, "Address3": &o.Address3, "Town": &o.Town, "County": &o.County, "PostCode": &o.PostCode,
		"DeliveryNotes": &o.DeliveryNotes, "GiftMessages": &o.GiftMessages,
	}
}

// createFields are those, and what can be said once only.
func (o *Order) createFields() map[string]any {
	fields := o.headerFields()
	fields["Comments"], fields["EORINumber"], fields["UKIMSNumber"] = &o.Comments, &o.EORINumber, &o.UKIMSNumber
	fields["RFCNumber"], fields["PIDNumber"], fields["NumberOfParcels"] = &o.RFCNumber, &o.PIDNumber, &o.NumberOfParcels
	fields["ShippingTotalExVat"], fields["ShippingTotalVat"] = &o.ShippingTotalExVat, &o.ShippingTotalVat
	fields["DiscountTotalExVat"], fields["DiscountTotalVat"] = &o.DiscountTotalExVat, &o.DiscountTotalVat
	fields["TotalVat"] = &o.TotalVat
	return fields
}
