package unleashed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/Jeffail/gabs/v2"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// operations is what the plugins can do in Unleashed. Answers are bare objects;
// any status of 2xx is success.
var operations = slices.Concat(documentOperations, despatchOperations, lineOperations, salesOrderOperations, customerOperations, stockOperations)

// documentOperations read documents and create them.
var documentOperations = []component.Operation{
	get("sales_order.get", "SalesOrders", "Reads a sales order."),
	get("product.get", "Products", "Reads a product, obsolete or not."),
	get("customer.get", "Customers", "Reads a customer with all contacts."),
	get("sales_shipment.get", "SalesShipments", "Reads a shipment."),
	get("purchase_order.get", "PurchaseOrders", "Reads a purchase order."),
	{
		Name: "product.find_all", Summary: "Answers an object from GUID to product (`NeverDiminishing`, tracking, sell price) for the list `Guids`, out of a list that is read once and kept fresh.",
		Look: lookProducts, Success: "HTTP 200",
	},
	{
		Name: "product.find_codes", Summary: "Answers an object from code to product (`Guid` too) for the list `Codes`, compared exactly, out of the same list; a code that is missing there is left out.",
		Required: []string{"Codes"}, Look: lookProductCodes, Success: "HTTP 200",
	},
	{
		Name: "sales_order.find", Summary: "Answers the sales order with this `OrderNumber`, compared exactly, with the fields that a shipment takes from it, out of a list that is read once and kept fresh; one that lacks a line of the list `LineNumbers` is read again.",
		Required: []string{"OrderNumber"}, Look: lookOrder, Success: "HTTP 200; null when there is none",
	},
	{
		Name: "sales_shipment.dispatched", Summary: "Answers an object from order line number to the quantity on dispatched shipments of `OrderNumber`; `CreatedOn` and `OrderDate` tell whether the list that is kept reaches back far enough.",
		Required: []string{"OrderNumber"}, Look: lookDispatched, Success: "HTTP 200",
	},
	{
		Name: "sales_shipment.open", Summary: "Answers the shipments of `OrderNumber` that are neither dispatched nor deleted, as a list of objects with `Guid`, `ShipmentNumber` and `CreatedOn`, out of the list that `sales_shipment.dispatched` keeps and with its arguments.",
		Required: []string{"OrderNumber"}, Look: lookOpenShipments, Success: "HTTP 200",
	},
	{
		Name: "purchase_order.family", Summary: "Answers the purchase order with this `OrderNumber` and the ones that it was split off or that were split off it, as a list. An order says its `State` (open, received, deleted; null for an unknown status) and whether it `Follows` the asked one, a line how much of it was `Receipted`. With a `Guid` that none of them has the family is that of the order with it.",
		Required: []string{"OrderNumber"}, Look: lookFamily, Success: "HTTP 200; an empty list when there is none",
	},
	receiptOperation,
	changeLine("purchase_order.raise_line", "PurchaseOrders", "PurchaseOrderLines",
		"Raises a line of a purchase order to `OrderQuantity`, with its total and tax; one that has as much stays.", "OrderQuantity", raise),
	{
		Name: "transfer.find", Summary: "Answers the transfer with this `Guid`, else the one with this `Number`, compared exactly.",
		Look: lookTransfer, Success: "HTTP 200; null when there is none",
	},
	changeLine("transfer.set_line", "WarehouseStockTransfers", "TransferDetails",
		"Gives a line of a transfer the `TransferQuantity`, and the `BatchNumbers` and `SerialNumbers` where they are given.", "TransferQuantity", move),
	removeLine("transfer.remove_line", "WarehouseStockTransfers", "TransferDetails", "Deletes a line of a transfer."),
	complete("transfer.complete", "WarehouseStockTransfers", "TransferStatus", "TransferOrderNumber", "Completes a transfer, which moves its stock.", "Completed"),
	{
		Name: "record.which", Summary: "Answers the first of the list `Resources` that has a record with this `Guid`, where one is given.",
		Required: []string{"Resources"}, Look: whichResource, Success: "HTTP 200; null when none has",
	},
}

// shown is when a record that is known by its id is asked for again, where it is answered
// as missing: so it may be for a moment after an event about it.
var shown = []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second}

// get reads a record, which may not be shown for a moment although an event or another
// record names it (unleashed-api: orders right after their webhook).
func get(name, resource, summary string) component.Operation {
	return component.Operation{
		Name: name, Summary: summary, Method: "GET", Path: "/" + resource + "/{Guid}", One: true, Query: []string{"serialBatch", "includeAttributes", "includeAllContacts"},
		Success: "HTTP 200; null when there is none, 14 seconds later either", Await: shown,
	}
}

// create describes a POST under a GUID that we choose. A second POST would
// replace what a user edited since, so the GUID is always looked up first. Some
// resources want it behind their path, and all of them in the body.
func create(name, resource, behind, summary, ref string) component.Operation {
	return component.Operation{
		Name: name, Summary: summary, Method: "POST", Path: "/" + resource + behind, InBody: []string{"Guid"}, Required: []string{"Guid"},
		Write: true, Kind: delivery.Create, LinkKind: name, LookFirst: true, Deduplicates: true,
		Success: "HTTP 201", Found: "by its GUID",
		Answer: func(body []byte) (delivery.Answer, error) { return answerOf(body, ref) },
		Find: func(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
			raw, err := c.Unleashed.Get(ctx, resource, fmt.Sprint(args["Guid"]), unleashedapi.Query{})
			if errors.Is(err, apihttp.ErrNotFound) {
				return delivery.Found{}, nil
			}
			if err != nil {
				return delivery.Found{}, err
			}
			answer, err := answerOf(raw, ref)
			return delivery.Found{Exists: true, Ours: true, ID: answer.ID, Ref: answer.Ref, Body: answer.Body}, err
		},
	}
}

func answerOf(body []byte, ref string) (delivery.Answer, error) {
	record, err := gabs.ParseJSON(body)
	if err != nil {
		return delivery.Answer{}, fmt.Errorf("decoding the answer: %w", err)
	}
	answer := delivery.Answer{Body: body}
	answer.ID, _ = record.Search("Guid").Data().(string)
	answer.Ref, _ = record.Search(ref).Data().(string)
	return answer, nil
}
