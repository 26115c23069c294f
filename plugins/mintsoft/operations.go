package mintsoft

import (
	"slices"

	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	resultEnvelope = "`Success: true` in the answer; HTTP 200 alone says nothing"
	bareAnswer     = "HTTP 200; null when there is none"
)

// operations is what the plugins can do in Mintsoft. PUT creates, POST updates,
// and some GETs write: the column that counts is whether it writes.
var operations = slices.Concat(documentOperations, shippedOperations, exportOperations, stockOperations)

// documentOperations read, make and change documents.
var documentOperations = []component.Operation{
	{
		Name: "order.get", Summary: "Reads an order with its items.", Method: "GET", Path: "/api/Order/{ID}", Success: bareAnswer,
	},
	{
		Name: "order.find", Summary: "Finds the order that was made from this record, or from the one with the id `Source`: by its link, else by `OrderNumber` and `ExternalOrderReference`. `Merged` says whether it has more than the number that it was made with. With `Own: true` what another connection of the file has made is left out, and without a link it is looked for only, by what was sent, where nobody knows whether it was made.",
		Required: []string{"ExternalOrderReference"}, Look: lookOrder, Success: bareAnswer,
	},
	{
		Name: "order.standing", Summary: "Answers the orders, but for cancelled ones, that were made from the `Records`, a list of objects with `Guid`, `OrderNumber` and `CreatedOn`: by the link, else, for a record that is older than the ledger, by number and reference. Each has its `Source`, `ID`, `OrderNumber` and `OrderStatusId`.",
		Required: []string{"Records"}, Look: lookStanding, Success: bareAnswer,
	},
	{
		Name: "order.create", Summary: "Creates an order with its items.", Method: "PUT", Path: "/api/Order", Required: []string{"OrderNumber"},
		Write: true, Kind: delivery.Create, LinkKind: ledger.LinkOrder, Deduplicates: true,
		Success: "every element of the array says `Success: true`", Found: "by OrderNumber, ExternalOrderReference and client",
		Answer: createdOrder, Explain: namingMissing, Find: findOrder, Former: formerOrder, Gone: orderGone, Waits: waitsForProduct, Hint: mapCourier,
	},
	{
		Name: "order.update", Summary: "Changes the header fields that are given.", Method: "POST", Path: "/api/Order/{ID}",
		Write: true, Kind: delivery.Update, Success: resultEnvelope, Answer: updated("order.update"), Current: currentOrder,
	},
	{
		Name: "order.set_items", Summary: "Makes the items of an order those in `OrderItems`, compared by their name-value `unleashed_line`: adds, changes and removes. An order that was split or merged is refused: a `+` in its number says that it was, unless it is `OrderNumber`. With `Source`, the id of a record whose order the warehouse may edit, an item without one stands for a line of its product that has no item, lines that only the warehouse has changed are left alone, and those that both sides have are refused, as is every difference where it is not known any more what was given.",
		Method: "PUT", Path: "/api/Order/{ID}/Items", Required: []string{"OrderItems"}, Aside: []string{"Source", "OrderNumber"},
		Write: true, Kind: delivery.Update, Success: resultEnvelope + ", for each item", Do: setItems, Current: currentItems, Waits: itemsWaitForProduct,
	},
	{
		Name: "order.item_changes", Summary: "Answers in words, item by item, what `order.set_items` would do with these `OrderItems` (and `Source`) to an `Order` that was read before; an empty list when they stand there.",
		Required: []string{"Order", "OrderItems"}, Look: lookItemChanges, Success: "no call is made",
	},
	{
		Name: "order.cancel", Summary: "Cancels an order and releases its stock, if at that moment its status is one of the ids `Statuses` and it is neither split nor merged: a `+` in its number says so, unless it is `OrderNumber`.",
		Method: "GET", Path: "/api/Order/{ID}/Cancel", Required: []string{"Statuses"}, Aside: []string{"Statuses", "OrderNumber"},
		Write: true, Kind: delivery.Step, Deduplicates: true, Ends: true, Success: resultEnvelope, Found: "the order's status is CANCELLED",
		Do: cancelOrder, Find: cancelled, Current: currentOrder,
	},
	{
		Name: "order.origins", Summary: "Answers what the order `Order` was made from: a list with `Number`, `Kind` and `Source` for each of its numbers, of which a merged order has several. `Source` is the id of the record, by its link, else by the reference that was put into the order; null where neither tells it.",
		Required: []string{"Order"}, Look: lookOrigins, Success: bareAnswer,
	},
	{
		Name: "product.get", Summary: "Reads a product.", Method: "GET", Path: "/api/Product/{ID}", Success: bareAnswer,
	},
	{
		Name: "product.find", Summary: "Finds a product of the client by its exact `SKU`, in a list that is read once and kept fresh; else by the link of this record, or of the one with the id `Source`.",
		Look: lookProduct, Success: bareAnswer,
	},
	{
		Name: "product.create", Summary: "Creates a product.", Method: "PUT", Path: "/api/Product", Required: []string{"SKU", "Name"},
		Write: true, Kind: delivery.Create, LinkKind: ledger.LinkProduct, Deduplicates: true,
		Success: "`Success: true` and a `ProductId`", Found: "by its exact SKU and client",
		Answer: createdProduct, Find: findProduct, Done: rememberProduct,
	},
	{
		Name: "product.update", Summary: "Changes the fields that are given.", Method: "POST", Path: "/api/Product", Required: []string{"ID"},
		Write: true, Kind: delivery.Update, Success: resultEnvelope, Answer: updated("product.update"), Current: currentProduct, Done: rememberProduct,
	},
	{
		Name: "product.find_all", Summary: "Answers an object from SKU to product for the list `SKUs`, out of the same list; a SKU that is missing there is left out.",
		Required: []string{"SKUs"}, Look: lookProducts, Success: bareAnswer,
	},
	{
		Name: "asn.get", Summary: "Reads an ASN with its items.", Method: "GET", Path: "/api/ASN/{ID}", Success: bareAnswer,
	},
	{
		Name: "asn.find", Summary: "Finds the ASN that was made from this record: by its link, else by `POReference` and the `SourceLineId` of `Items`. With `Own: true` what another connection of the file has made is left out, and without a link it is looked for only, by what was sent, where nobody knows whether it was made; with `Unlinked: true` besides only such a one is answered.",
		Required: []string{"POReference"}, Look: lookASN, Success: bareAnswer,
	},
	{
		Name: "asn.open", Summary: "Answers an object from reference to the ids of its ASNs that are not booked in for good, for the list `POReferences`; a reference without any ASN is left out.",
		Required: []string{"POReferences"}, Look: lookOpenASNs, Success: bareAnswer,
	},
	{
		Name: "asn.origin", Summary: "Answers the id of the record of the `Resource` that the ASN `ID` was made from, by its link; null when there is none.",
		Required: []string{"ID", "Resource"}, Look: lookASNOrigin, Success: bareAnswer,
	},
	{
		Name: "asn.others", Summary: "Answers the ASNs of the list `POReferences` with their items, each saying whether it is `Final`, that is booked in for good, but for the one with the id `Except`.",
		Required: []string{"POReferences"}, Look: lookOtherASNs, Success: bareAnswer,
	},
	{
		Name: "asn.create", Summary: "Creates an ASN with its items.", Method: "PUT", Path: "/api/ASN", Required: []string{"POReference", "Items"},
		Write: true, Kind: delivery.Create, LinkKind: ledger.LinkASN, LookFirst: true,
		Success: resultEnvelope, Found: "by POReference, SourceLineIds and warehouse, in a list that is read once and kept fresh; an open one of the same goods without these lines is not ours",
		Answer: createdASN, Explain: namingMissing, Find: findASN, Gone: asnGone, Waits: waitsForProduct, Done: rememberASN, Refresh: refreshASNs,
	},
	{
		Name: "asn.confirm", Summary: "Confirms a new ASN: it awaits delivery.", Method: "GET", Path: "/api/ASN/{ID}/Confirm",
		Write: true, Kind: delivery.Step, LookFirst: true, Deduplicates: true, Success: resultEnvelope, Found: "the ASN's status is not NEW any more",
		Answer: envelope("asn.confirm"), Find: confirmed, Current: currentASN,
	},
	{
		Name: "warehouse.list", Summary: "Reads the warehouses.", Method: "GET", Path: "/api/Warehouse", Success: bareAnswer,
	},
	{
		Name: "channel.list", Summary: "Reads the channels.", Method: "GET", Path: "/api/Order/Channels", Success: bareAnswer,
	},
}
