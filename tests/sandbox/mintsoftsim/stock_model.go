package mintsoftsim

// StockLevel is how much there is of a product: Level is free, TotalStockLevel
// includes what is allocated.
type StockLevel struct {
	ProductID       int `json:"ProductId"`
	WarehouseID     int `json:"WarehouseId"`
	ClientID        int `json:"ClientId"`
	SKU             string
	Level           int
	TotalStockLevel int
	PreOrderable    bool
	Bundle          bool
	LowStockLevel   int
	LastUpdated     Date
	Breakdown       []StockLevelBreakdown
}

// StockLevelBreakdown is one lot of a level.
type StockLevelBreakdown struct {
	Quantity   int
	BatchNo    *string
	SerialNo   *string
	BestBefore *string
	Type       string
}

// InventoryItem is the counters of a product in a warehouse.
type InventoryItem struct {
	ProductID           int `json:"ProductId"`
	StockLevel          int
	Allocated           int
	OnHand              int
	OffHand             int
	AwaitingReplen      int
	OnOrder             int
	RequiredByBackOrder int
	InQuarantine        int
	InTransit           int
	InTransition        int
	Scrapped            int
	SKU                 string
	WarehouseID         int `json:"WarehouseId"`
	LocationID          int `json:"LocationId"`
	Breakdown           []StockLevelBreakdown
	entity
}

// BulkInventoryItem is an InventoryItem with the names of client and warehouse.
type BulkInventoryItem struct {
	InventoryItem
	ClientID      int `json:"ClientId"`
	ClientName    string
	WarehouseName string
}
