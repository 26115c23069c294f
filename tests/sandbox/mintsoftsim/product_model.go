package mintsoftsim

// Product of a client. Of its nested records only the commodity code and the
// country of manufacture are kept.
type Product struct {
	SKU                                string
	Name                               string
	PalletSizes                        *string
	PackingInstructions                *string
	Description                        *string
	CustomsDescription                 *string
	MIDCode                            *string
	CountryOfManufactureID             *int `json:"CountryOfManufactureId"`
	CountryOfManufacture               *Country
	EAN                                *string
	UPC                                *string
	LowStockAlertLevel                 int
	Weight                             Number // kg
	Height                             *Number
	Width                              *Number
	Depth                              *Number
	Volume                             *Number
	BackOrder                          bool
	Bundle                             bool
	Discontinued                       bool `json:"DisCont"`
	Price                              *Number
	CostPrice                          *Number
	VatExempt                          bool
	AdditionalParcelsRequired          int
	UnitsPerParcel                     *Number
	HasBatchNumber                     bool
	LogBatchInbound                    bool
	LogBatchOutbound                   bool
	HasSerialNumber                    bool
	LogSerialInbound                   bool
	LogSerialOutbound                  bool
	HasExpiryDate                      bool
	LogExpiryDateInbound               bool
	LogExpiryDateOutbound              bool
	BestBeforeDateWarningPeriodDays    int
	CommodityCode                      *CommodityCode
	HandlingTime                       int
	ToteCapacity                       int
	UnNumber                           *string
	ImageURL                           *string
	SyncStockFrom                      Date
	ProductHazardousGoods              unset
	ProductPurchasingSettings          unset
	ProductGrowthRates                 unset
	ExternalFulFilmentProduct          unset
	ExternalFulFilmentProductInventory unset
	OrderItems                         unset
	Subscription                       bool
	SubscriptionLength                 int
	SubscriptionFrequency              *string
	ProductInCategories                unset
	ProductPrices                      unset
	ProductSuppliers                   unset
	ProductCustomFields                unset
	ClientID                           int `json:"ClientId"`
	entity
}

// CommodityCode classifies goods for customs.
type CommodityCode struct {
	Code string
	entity
}

// unset is a member that is always null here.
type unset struct{}

// MarshalJSON implements json.Marshaler.
func (unset) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// fields are the members that a request may set as they are.
func (p *Product) fields() map[string]any {
	return map[string]any{
		"Name": &p.Name, "PackingInstructions": &p.PackingInstructions, "Description": &p.Description, "PalletSizes": &p.PalletSizes,
		"CustomsDescription": &p.CustomsDescription, "MIDCode": &p.MIDCode, "EAN": &p.EAN, "UPC": &p.UPC,
		"LowStockAlertLevel": &p.LowStockAlertLevel, "Weight": &p.Weight, "Height": &p.Height, "Width": &p.Width, "Depth": &p.Depth,
		"Volume": &p.Volume, "BackOrder": &p.BackOrder, "DisCont": &p.Discontinued, "Price": &p.Price, "CostPrice": &p.CostPrice,
		"VatExempt": &p.VatExempt, "AdditionalParcelsRequired": &p.AdditionalParcelsRequired, "UnitsPerParcel": &p.UnitsPerParcel,
		"HasBatchNumber": &p.HasBatchNumber, "LogBatchInbound": &p.LogBatchInbound, "LogBatchOutbound": &p.LogBatchOutbound,
		"HasSerialNumber": &p.HasSerialNumber, "LogSerialInbound": &p.LogSerialInbound, "LogSerialOutbound": &p.LogSerialOutbound,
		"HasExpiryDate": &p.HasExpiryDate, "LogExpiryDateInbound": &p.LogExpiryDateInbound, "LogExpiryDateOutbound": &p.LogExpiryDateOutbound,
		"BestBeforeDateWarningPeriodDays": &p.BestBeforeDateWarningPeriodDays, "HandlingTime": &p.HandlingTime, "ToteCapacity": &p.ToteCapacity,
		"UnNumber": &p.UnNumber, "ImageURL": &p.ImageURL, "SyncStockFrom": &p.SyncStockFrom, "Subscription": &p.Subscription,
		"SubscriptionLength": &p.SubscriptionLength, "SubscriptionFrequency": &p.SubscriptionFrequency,
	}
}
