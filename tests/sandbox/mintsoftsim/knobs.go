package mintsoftsim

import "time"

// Bundle lines of an order: what reading it shows of a bundle that was ordered.
const (
	BundleLine       = "bundle"     // the line as it was ordered
	BundleComponents = "components" // its components instead
	BundleBoth       = "both"       // the line, and its components after it
)

// What becomes of a wish for a batch, serial number or date that is not in stock.
const (
	LotBackOrder = "backorder" // waits for it
	LotRefuse    = "refuse"    // the order is refused
	LotIgnore    = "ignore"    // any stock is taken
)

// What the Items of an ASN update do.
const (
	ItemsIgnored  = "ignored"
	ItemsReplaced = "replaced" // by SourceLineId, else by SKU; others are removed
	ItemsAdded    = "added"
)

// Knobs are what the vendor leaves open. DefaultKnobs is what the reference
// recommends to assume.
type Knobs struct {
	// QueryKeys lets `APIKey` in the query stand for the header, as before May
	// 2024. Default false.
	QueryKeys bool
	// Multichannel is an account of one merchant: order numbers are unique in the
	// whole account, and an admin need not name the client. Default false: a 3PL.
	Multichannel bool

	// ProductVisibleAfter is how long other operations do not see a new product.
	// Default 3 s.
	ProductVisibleAfter time.Duration
	// UnknownProduct is how GET Product/{id} answers for an id that is none: 404, 400,
	// or 200 with null. Default 404.
	UnknownProduct int
	// StockTouchesProduct: a stock movement changes Product.LastUpdated too. Default
	// false.
	StockTouchesProduct bool

	// LimitClamps: a Limit over the maximum is cut, instead of answered 400, by every
	// list but ASN/List, which is known to refuse. Default true.
	LimitClamps bool
	// BadDatesRefused: a date filter that cannot be read is answered 400, instead of
	// ignored, by every list but ASN/List, which is known to ignore. Default false.
	BadDatesRefused bool
	// SinceExclusive: "since" filters leave the moment itself out. Default false.
	SinceExclusive bool
	// DayGranularDates: Order/List compares days only. Default false.
	DayGranularDates bool

	// CaseSensitive: order numbers, references and SKUs that differ in case only are
	// different. Default false.
	CaseSensitive bool
	// CancelledFreesNumber: the number and reference of a cancelled order may be used
	// again. Default false.
	CancelledFreesNumber bool
	// DeletedFreesNumber: those of an order that was deleted, or absorbed by a merge,
	// may be used again. Default true.
	DeletedFreesNumber bool
	// DuplicateNamesOrder: the refusal of a duplicate carries the id of the order that
	// is there. Default false.
	DuplicateNamesOrder bool
	// CreateAnswersObject: PUT Order answers one object, as older tenants do. Default
	// false.
	CreateAnswersObject bool
	// AddressRequired: an order without FirstName, Address1 or PostCode is refused.
	// Default true.
	AddressRequired bool
	// UnknownChannelRefused: an order for a channel that is none is refused, instead
	// of put on the client's first channel. Default true.
	UnknownChannelRefused bool
	// RequestedLot says what becomes of a requested batch, serial number or date that
	// is not in stock: LotBackOrder (default), LotRefuse or LotIgnore.
	RequestedLot string
	// BundleLines says how an order shows a bundle: BundleLine (default),
	// BundleComponents or BundleBoth.
	BundleLines string
	// NullClears and EmptyClears: null, or an empty string, in a partial update clears
	// the field. Defaults false and true.
	NullClears, EmptyClears bool

	// ListHidesItems: Order/List shows no items, whatever it is asked. Default false.
	ListHidesItems bool
	// SearchLimit is the most rows of Order/Search. Default 10.
	SearchLimit int
	// SearchPrefix: a search that is not exact matches beginnings, instead of any
	// part. Default false.
	SearchPrefix bool
	// SearchNumberOnly: Order/Search does not match the external reference and the
	// tracking number. Default false.
	SearchNumberOnly bool
	// SearchNotFound: a search without a hit is answered 404 instead of []. Default
	// false.
	SearchNotFound bool
	// SearchNullStatus: rows of a search have no status and no courier. Default false.
	SearchNullStatus bool

	// EditableFrom, CancelFrom and DespatchFrom are the statuses from which the API
	// lets an order be edited, cancelled and despatched. Defaults: not begun to pick;
	// not shipped; not held and not shipped.
	EditableFrom, CancelFrom, DespatchFrom []int
	// CancelNoStockRemovesStock: cancelling as "no stock" scraps what was allocated,
	// instead of releasing it. Default false.
	CancelNoStockRemovesStock bool
	// SplitNamedStays: SplitOrderItems keeps the named quantities and moves the rest.
	// Default false: the named quantities move to the new order.
	SplitNamedStays bool
	// SplitAnswersOldID: the result of a split carries the id of the order that was
	// split, instead of the new one's. Default false.
	SplitAnswersOldID bool
	// PartsCopyReference: the parts of a split share the ExternalOrderReference.
	// Default true.
	PartsCopyReference bool
	// PartsLoseNameValues: the part that is split off lacks the order's name-values.
	// Default false.
	PartsLoseNameValues bool
	// SplitsNestOrders: Order/{id}/Splits shows the orders themselves. Default false:
	// null.
	SplitsNestOrders bool
	// InvoiceAfter is how long after its despatch an order becomes INVOICED; 0 is at
	// the next request, below 0 is never by itself. Default 0.
	InvoiceAfter time.Duration
	// InvoiceFailsEvery: each order of so many becomes INVOICEFAILED instead; 0 is
	// none. Default 20.
	InvoiceFailsEvery int

	// FlowOutNegative: the quantity of what leaves is negative in the stock flow.
	// Default false.
	FlowOutNegative bool
	// InventoryByLocation: inventory has a row for each location, instead of one for
	// each warehouse. Default false.
	InventoryByLocation bool
	// InventoryRowsAlone: LastUpdatedSince answers the rows of a product that changed, and
	// not all of them. Default false.
	InventoryRowsAlone bool
	// InventoryCountsAll: the pages of Inventory/Bulk count products that have no row too,
	// so that a page may show less than it holds. Default false.
	InventoryCountsAll bool
	// InventoryRepeats: a page of Inventory/Bulk past the end shows the last rows again.
	// Default false: it is empty.
	InventoryRepeats bool
	// BundlesInInventory: Inventory/Bulk shows bundles. Default false.
	BundlesInInventory bool

	// GoodsInTypeOptional: an ASN without a GoodsInType is accepted. Default false.
	GoodsInTypeOptional bool
	// ASNHeaderRequired: an ASN without WarehouseId, Supplier, EstimatedDelivery, Comments
	// or Quantity is refused, as the help centre says. Default false.
	ASNHeaderRequired bool
	// ASNItems says what Items in an ASN update do: ItemsIgnored (default),
	// ItemsReplaced or ItemsAdded.
	ASNItems string
	// ASNListReshuffles: every request for ASN/List sees another order. Default false: a
	// record moves in the list when it changes.
	ASNListReshuffles bool
	// ASNBookingQuiet: booking in does not change the ASN's own LastUpdated. Default
	// false.
	ASNBookingQuiet bool
	// ASNAllocationsOnList: the items of ASN/List show the received lots. Default
	// false: null.
	ASNAllocationsOnList bool
	// ASNDeleteForbidden: deleting an ASN that was booked is answered 403, instead of
	// 200 with Success:false. Default false.
	ASNDeleteForbidden bool
	// DifferencesHidden: an ASN booked with differences becomes BOOKEDIN, instead of
	// DISCREPANCY. Default false.
	DifferencesHidden bool
	// BookInCompletes: BookIn ends in COMPLETE, instead of BOOKEDIN. Default false.
	BookInCompletes bool
	// PutAwayWaits: MarkAwaitingPutAway does not book yet; MarkPutAwayComplete does.
	// Default false: stock is there from AWAITINGPUTAWAY on.
	PutAwayWaits bool
}

// DefaultKnobs are the assumptions that the reference recommends.
func DefaultKnobs() Knobs {
	return Knobs{
		ProductVisibleAfter: 3 * time.Second, UnknownProduct: 404, LimitClamps: true,
		DeletedFreesNumber: true, AddressRequired: true, UnknownChannelRefused: true,
		RequestedLot: LotBackOrder, BundleLines: BundleLine, EmptyClears: true, SearchLimit: 10,
		EditableFrom: []int{StatusNew, StatusHolding, StatusOnBackOrder, StatusAwaitingConfirmation, StatusAwaitingDocumentation, StatusAwaitingPayment, StatusQueryRaised, StatusFraudRisk},
		CancelFrom: []int{
			StatusNew, StatusPrinted, StatusHolding, StatusFailed, StatusOnBackOrder, StatusAwaitingConfirmation, StatusAwaitingDocumentation, StatusAwaitingPayment, StatusQueryRaised, StatusPackAndHold,
			StatusAwaitingPicking, StatusPickingStarted, StatusPicked, StatusFraudRisk, StatusPickingSkipped, StatusPacked, StatusAwaitingReplen, StatusProcessing, StatusRebinned,
		},
		DespatchFrom:       []int{StatusNew, StatusPrinted, StatusAwaitingPicking, StatusPickingStarted, StatusPicked, StatusPickingSkipped, StatusPacked, StatusAwaitingReplen, StatusProcessing, StatusRebinned},
		PartsCopyReference: true, InvoiceFailsEvery: 20, ASNItems: ItemsIgnored,
	}
}
