package connection

// Config is one entry of the connection file: an Unleashed warehouse and a
// Mintsoft warehouse that are kept in step. What each key means, its default and
// its range stand in the table of keys.
type Config struct {
	Name                string              `mapstructure:"name"`
	Active              bool                `mapstructure:"active"`
	Unleashed           Unleashed           `mapstructure:"unleashed"`
	Mintsoft            Mintsoft            `mapstructure:"mintsoft"`
	General             General             `mapstructure:"general"`
	PurchaseOrderImport PurchaseOrderImport `mapstructure:"purchase_order_import"`
	OrderExport         OrderExport         `mapstructure:"order_export"`
	AssemblyImport      AssemblyImport      `mapstructure:"assembly_import"`
	ShipmentImport      ShipmentImport      `mapstructure:"shipment_import"`
	CustomerSync        CustomerSync        `mapstructure:"customer_sync"`
	WarehouseTransfer   WarehouseTransfer   `mapstructure:"warehouse_transfer"`
}

// Unleashed is the Unleashed side of a connection.
type Unleashed struct {
	BaseURL             string  `mapstructure:"base_url"`
	APIID               Secret  `mapstructure:"api_id"`
	APIKey              Secret  `mapstructure:"api_key"`
	ClientType          string  `mapstructure:"client_type"`
	WebhookSignatureKey Secret  `mapstructure:"webhook_signature_key"`
	WarehouseCode       string  `mapstructure:"warehouse_code"`
	RequestsPerSecond   float64 `mapstructure:"requests_per_second"`
	MaxInFlight         int     `mapstructure:"max_in_flight"`
	MonthlyQuota        int64   `mapstructure:"monthly_quota"` // calls a month; 0: no limit known
	TimeZone            string  `mapstructure:"time_zone"`
}

// Mintsoft is the Mintsoft side of a connection. Its credentials are APIKey, or
// Username with Password.
type Mintsoft struct {
	BaseURL           string  `mapstructure:"base_url"`
	APIKey            Secret  `mapstructure:"api_key"`
	Username          Secret  `mapstructure:"username"`
	Password          Secret  `mapstructure:"password"`
	Client            string  `mapstructure:"client"`
	Warehouse         string  `mapstructure:"warehouse"`
	Channel           string  `mapstructure:"channel"`
	CourierService    string  `mapstructure:"courier_service"`
	RequestsPerSecond float64 `mapstructure:"requests_per_second"`
	MaxInFlight       int     `mapstructure:"max_in_flight"`
	TimeZone          string  `mapstructure:"time_zone"`
}

// General holds what products, orders and stock have in common.
type General struct {
	Frequency                                Duration `mapstructure:"frequency"`
	ImportOrders                             bool     `mapstructure:"import_orders"`
	OrderStatusToImport                      []string `mapstructure:"order_status_to_import"`
	CustomOrderStatusToImport                []string `mapstructure:"custom_order_status_to_import"`
	OrdersPrefix                             string   `mapstructure:"orders_prefix"`
	ImportOrdersSince                        string   `mapstructure:"import_orders_since"` // an ISO date, or empty
	UseWebhooks                              bool     `mapstructure:"use_webhooks"`
	DisableSalesOrderCompletionAfterDespatch bool     `mapstructure:"disable_sales_order_completion_after_despatch"`
	MapSourceIDToChannel                     bool     `mapstructure:"map_source_id_to_channel"`
	DefaultCountry                           string   `mapstructure:"default_country"` // ISO 3166 alpha-2, or empty
	ConnectionIOSS                           string   `mapstructure:"connection_ioss"`
	SyncNewProducts                          bool     `mapstructure:"sync_new_products"`
	SyncProductUpdates                       bool     `mapstructure:"sync_product_updates"`
	WeightUpdate                             string   `mapstructure:"weight_update"`
	EnableSerialBatchTracking                bool     `mapstructure:"enable_serial_batch_tracking"`
	StockSync                                bool     `mapstructure:"stock_sync"`
	StockSyncOncePerDay                      bool     `mapstructure:"stock_sync_once_per_day"`
	StockSyncTime                            string   `mapstructure:"stock_sync_time"`  // HH:MM in TimeZone
	StockSyncGuard                           int      `mapstructure:"stock_sync_guard"` // percent of the SKUs
	StockSyncValueType                       string   `mapstructure:"stock_sync_value_type"`
	StockAdjustmentReason                    string   `mapstructure:"stock_adjustment_reason"`
	ExcludeBundlesFromStockSync              bool     `mapstructure:"exclude_bundles_from_stock_sync"`
	UseUnleashedAsStockMaster                bool     `mapstructure:"use_unleashed_as_stock_master"`
	ASNsImportAsAwaitingDelivery             bool     `mapstructure:"asns_import_as_awaiting_delivery"`
	InFlightOrderUpdate                      bool     `mapstructure:"in_flight_order_update"`
	AllowNegativeAdjustments                 bool     `mapstructure:"allow_negative_adjustments"`
	TimeZone                                 string   `mapstructure:"time_zone"`
}

// PurchaseOrderImport says how purchase orders become ASNs and are receipted.
type PurchaseOrderImport struct {
	Enabled              bool     `mapstructure:"enabled"`
	StatusToImport       []string `mapstructure:"status_to_import"`
	CustomStatusToImport []string `mapstructure:"custom_status_to_import"`
	CreateProducts       bool     `mapstructure:"create_products"`
	UpdatePurchaseOrder  bool     `mapstructure:"update_purchase_order"`
	OverReceipt          string   `mapstructure:"over_receipt"`
}

// OrderExport says how Mintsoft orders become Unleashed sales orders.
type OrderExport struct {
	Enabled                   bool     `mapstructure:"enabled"`
	Frequency                 Duration `mapstructure:"frequency"`
	Since                     string   `mapstructure:"since"` // an ISO date, or empty
	Channels                  []string `mapstructure:"channels"`
	Statuses                  []string `mapstructure:"statuses"`
	GroupSalesByBundle        bool     `mapstructure:"group_sales_by_bundle"`
	GroupByChannel            bool     `mapstructure:"group_by_channel"`
	CarriageDescription       string   `mapstructure:"carriage_description"`
	SendAccountingJournalOnly bool     `mapstructure:"send_accounting_journal_only"`
}

// AssemblyImport says what Unleashed assemblies become in Mintsoft.
type AssemblyImport struct {
	CreateOrderToPick    bool     `mapstructure:"create_order_to_pick"`
	CreateASNToReceive   bool     `mapstructure:"create_asn_to_receive"`
	StatusToImport       []string `mapstructure:"status_to_import"`
	CustomStatusToImport []string `mapstructure:"custom_status_to_import"`
	CourierService       string   `mapstructure:"courier_service"`
}

// ShipmentImport says how Unleashed shipments become Mintsoft orders.
type ShipmentImport struct {
	Enabled                   bool     `mapstructure:"enabled"`
	StatusToImport            []string `mapstructure:"status_to_import"`
	EnableSplittingPostImport bool     `mapstructure:"enable_splitting_post_import"`
}

// CustomerSync says how often the local copy of the customers is refreshed.
type CustomerSync struct {
	Interval Duration `mapstructure:"interval"`
}

// WarehouseTransfer says what Unleashed transfers become in Mintsoft.
type WarehouseTransfer struct {
	ImportAsOrdersToPick  bool     `mapstructure:"import_as_orders_to_pick"`
	ImportAsASNsToReceive bool     `mapstructure:"import_as_asns_to_receive"`
	Frequency             Duration `mapstructure:"frequency"`
	StatusToImport        []string `mapstructure:"status_to_import"`
	CourierService        string   `mapstructure:"courier_service"`
	OnDifference          string   `mapstructure:"on_difference"`
}
