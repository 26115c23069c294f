package connection

// adjustmentReasonLength is what Unleashed keeps of an adjustment's reason.
const adjustmentReasonLength = 20

var generalKeys = section("general", "products, orders and stock",
	set("frequency", every, "15m", "how often orders, products, shipments … are polled; 15m spares the monthly quota"),
	set("import_orders", yesNo, "true", "sales orders become orders to pick"),
	list("order_status_to_import", oneOf("Open", "Placed", "Parked", "Backordered", "Completed"), []string{"Open"}, "which sales orders; Open = Parked, Placed, Backordered"),
	list("custom_order_status_to_import", someText, nil, "overrides order_status_to_import when not empty"),
	set("orders_prefix", anyText, "", "12345 with prefix UNL- becomes UNL-12345"),
	set("import_orders_since", isoDate, "", "where the first run starts, in unleashed.time_zone; empty = modified in the last 30 days"),
	set("use_webhooks", yesNo, "false", "act at once when an order is deleted, a product created, updated or deleted"),
	set("disable_sales_order_completion_after_despatch", yesNo, "false", "leave the sales order open when all of it has shipped"),
	set("map_source_id_to_channel", yesNo, "false", "use the channel that the order's SourceId names, when there is one"),
	set("default_country", countryCode, "", "for orders without a country; empty = such an order is rejected"),
	set("connection_ioss", anyText, "", "the IOSS number that orders carry"),
	set("sync_new_products", yesNo, "true", "create products that Mintsoft doesn't have"),
	set("sync_product_updates", yesNo, "true", "keep barcode, image URL, weight and default purchase price current, and discontinue"),
	set("weight_update", oneOf("fill_if_empty", "always"), "fill_if_empty", "whether a weight that Mintsoft has is replaced"),
	set("enable_serial_batch_tracking", yesNo, "false", "carry batch and serial numbers"),
	set("stock_sync", yesNo, "true", "adjust Unleashed's stock to Mintsoft's"),
	set("stock_sync_once_per_day", yesNo, "false", "at stock_sync_time, instead of with general.frequency"),
	set("stock_sync_time", clock, "02:00", "in general.time_zone; a minute that doesn't exist that day: the next one"),
	set("stock_sync_guard", whole(1, 100), "20", "percent of the SKUs (and at least 50) that one run may change unasked; 100 = no guard"),
	set("stock_sync_value_type", oneOf("StockLevel", "OnHand"), "StockLevel", "StockLevel = total with what is allocated, OnHand = what is available"),
	set("stock_adjustment_reason", upTo(adjustmentReasonLength), "Mintsoft", "a reason that exists in Unleashed"),
	set("exclude_bundles_from_stock_sync", yesNo, "false", "leave bundles alone"),
	set("use_unleashed_as_stock_master", yesNo, "false", "the other way round: set Mintsoft's stock to Unleashed's; replaces stock_sync"),
	set("asns_import_as_awaiting_delivery", yesNo, "false", "confirm ASNs when they are created"),
	set("in_flight_order_update", yesNo, "false", "carry line changes in Mintsoft back to the open Unleashed order"),
	set("allow_negative_adjustments", yesNo, "false", "with in_flight_order_update: lowered and removed lines too"),
	set("time_zone", zoneName, "Europe/London", "for stock_sync_time"),
)
