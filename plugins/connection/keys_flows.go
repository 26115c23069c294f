package connection

var purchaseOrderKeys = section("purchase_order_import", "purchase orders become ASNs",
	set("enabled", yesNo, "false", "import purchase orders"),
	list("status_to_import", oneOf("Parked", "Unapproved", "Placed", "Costed", "Receipted", "Complete", "Completed"), []string{"Placed"}, "which purchase orders"),
	list("custom_status_to_import", someText, nil, "overrides status_to_import when not empty"),
	set("create_products", yesNo, "false", "create products that Mintsoft doesn't have first"),
	set("update_purchase_order", yesNo, "false", "receipt the purchase order with what the ASN booked in"),
	set("over_receipt", oneOf("error", "increase_order", "cap"), "error", "more came than was ordered: refuse, raise the order's line first, or receipt what was ordered"),
)

var orderExportKeys = section("order_export", "Mintsoft's own orders become sales orders",
	set("enabled", yesNo, "false", "export orders"),
	set("frequency", every, "15m", "how often"),
	set("since", isoDate, "", "where the first run starts, in mintsoft.time_zone; empty = when the connection first ran"),
	list("channels", someText, nil, "only orders of these channels; empty = all"),
	list("statuses", oneOf(
		"NEW", "PRINTED", "CANCELLED", "DESPATCHED", "INVOICED", "INVOICEFAILED", "HOLDING", "FAILED", "ONBACKORDER", "AWAITINGCONFIRMATION",
		"AWAITINGDOCUMENTATION", "AWAITINGPAYMENT", "QUERYRAISED", "PACKANDHOLD", "AWAITINGPICKING", "PICKINGSTARTED", "PICKED", "FRAUDRISK",
		"PICKINGSKIPPED", "PACKED", "AWAITINGREPLEN", "PROCESSING", "REBINNED",
	), []string{"DESPATCHED"}, "which orders; DESPATCHED includes INVOICED and INVOICEFAILED"),
	set("group_sales_by_bundle", yesNo, "false", "the bundle's line goes, its components don't"),
	set("group_by_channel", yesNo, "false", "the channel's name is the customer"),
	set("carriage_description", someText, "Carriage", "title of the shipping charge line"),
	set("send_accounting_journal_only", yesNo, "false", "set the order's flag of that name"),
)

var assemblyKeys = section("assembly_import", "assemblies become orders to pick and ASNs to receive",
	set("create_order_to_pick", yesNo, "false", "the components, when this warehouse is the source"),
	set("create_asn_to_receive", yesNo, "false", "the finished product, when this warehouse is the destination"),
	list("status_to_import", oneOf("Parked", "Completed"), []string{"Parked"}, "which assemblies"),
	list("custom_status_to_import", someText, nil, "overrides status_to_import when not empty"),
	set("courier_service", anyText, "", "of the orders to pick"),
)

var shipmentKeys = section("shipment_import", "shipments, in place of sales orders, become orders to pick",
	set("enabled", yesNo, "false", "needs import_orders: false, or each order would arrive twice"),
	list("status_to_import", oneOf("Parked", "Placed", "Picking", "Picked", "Packed", "Sent", "Dispatched"), []string{"Placed"}, "which shipments"),
	set("enable_splitting_post_import", yesNo, "false", "follow changes of the shipment while Mintsoft has not begun"),
)

var customerKeys = section("customer_sync", "the local copy of Unleashed's customers: contact, e-mail, phone for orders",
	set("interval", every, "24h", "how often it is refreshed"),
)

var transferKeys = section("warehouse_transfer", "transfers become orders at the source and ASNs at the destination",
	set("import_as_orders_to_pick", yesNo, "false", "when this connection's warehouse is the source"),
	set("import_as_asns_to_receive", yesNo, "false", "when it is the destination; booking in completes the transfer"),
	set("frequency", every, "15m", "how often"),
	list("status_to_import", oneOf("Parked", "Placed", "Completed"), []string{"Parked"}, "which transfers"),
	set("courier_service", anyText, "", "of the orders to pick"),
	set("on_difference", oneOf("hold", "adjust"), "hold", "another quantity was booked in than the transfer's: report it, or set the transfer's lines"),
)
