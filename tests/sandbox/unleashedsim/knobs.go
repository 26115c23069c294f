package unleashedsim

import (
	"net/http"
	"slices"
	"time"
)

// The values of knobs that are names.
type (
	// SignatureMode says which text of the query a signature is checked against.
	SignatureMode string
	// BeyondEnd says what a page after the last one is.
	BeyondEnd string
	// ErrorShape says how a refusal is written.
	ErrorShape string
	// DateReading says what a business date without an offset means.
	DateReading string
	// TotalsRule says what happens to totals that do not reconcile.
	TotalsRule string
	// ReceiptBody says what a receipt may carry.
	ReceiptBody string
	// CompanyForm says how a body may give a shipping company.
	CompanyForm string
	// DataShape says how a webhook carries its data.
	DataShape string
	// Step is a change that may be answered as done and not be done.
	Step string
)

// The values of each.
const (
	SignDecoded SignatureMode = "decoded"
	SignRaw     SignatureMode = "raw"
	SignEither  SignatureMode = "either"

	RepeatLast BeyondEnd = "repeat last"
	EmptyPage  BeyondEnd = "empty"
	NoSuchPage BeyondEnd = "404"

	DescriptionShape ErrorShape = "Description"
	ItemsShape       ErrorShape = "Items"
	MessageShape     ErrorShape = "Message"

	DatesAreDays     DateReading = "day"
	DatesAreInstants DateReading = "instant"

	TotalsValidated  TotalsRule = "validate"
	TotalsRecomputed TotalsRule = "recompute"

	ReceiptAnyBody     ReceiptBody = "none, order or lines"
	ReceiptNoBody      ReceiptBody = "none"
	ReceiptBodyIgnored ReceiptBody = "ignored"

	CompanyEither CompanyForm = ""
	CompanyName   CompanyForm = "name"
	CompanyObject CompanyForm = "object"

	StepDispatch   Step = "dispatch"   // of a shipment, which stays as open as it was
	StepComplete   Step = "complete"   // of a sales order or transfer
	StepReceipt    Step = "receipt"    // of a purchase order
	StepAdjustment Step = "adjustment" // which is parked

	DataAsString DataShape = "string"
	DataAsObject DataShape = "object"
)

// Knobs is what is not known about the service, or varies. DefaultKnobs says what
// the project assumes.
type Knobs struct {
	// SignatureMode: decoded; raw, either.
	SignatureMode SignatureMode
	// ClientTypeMissing is the answer when client-type is missing or malformed:
	// 400; 403, or 0 to accept it.
	ClientTypeMissing int

	// MonthlyQuota is the number of calls a calendar month (UTC); 0: no limit.
	MonthlyQuota int
	// QuotaStatus answers when it is used up: 403; 429 with Retry-After.
	QuotaStatus int
	// ThrottlePerSecond answers 429 to more calls in a second; 0: never.
	ThrottlePerSecond int

	// PageMax is the greatest page size: 1000; 500.
	PageMax int
	// PageOverMaxRefused answers 400 to a greater one, which is cut otherwise.
	PageOverMaxRefused bool
	// PageBeyondEnd: repeat last; empty, 404.
	PageBeyondEnd BeyondEnd

	// ErrorShape: Description; Items, Message.
	ErrorShape ErrorShape
	// UnknownMembersRefused answers 400 to a member that the resource lacks. The
	// service ignores them; refusing finds misspelt ones.
	UnknownMembersRefused bool
	// EpochDatesAccepted lets a body carry dates as "/Date(ms)/". Refused by
	// default, since nobody promises it.
	EpochDatesAccepted bool
	// DateReading: day, a business date without an offset is that calendar day of
	// the account; instant, it is an instant in UTC.
	DateReading DateReading
	// ModifiedSinceExclusive leaves out what was modified in that very instant.
	ModifiedSinceExclusive bool
	// OmittedKept keeps members that an update leaves out instead of blanking them.
	OmittedKept bool
	// OmittedLinesDeleted deletes the lines that an update of a document with lines
	// leaves out, when it has any.
	OmittedLinesDeleted bool
	// UnknownNamesCreated creates a group, unit, delivery method or shipping
	// company that a body names and that does not exist; refused otherwise.
	UnknownNamesCreated bool

	// CreateStatuses are the statuses that a new sales order may have: Parked,
	// Placed, Backordered, Completed; Parked, Completed.
	CreateStatuses []string
	// Totals: validate, within 0.01 a line; recompute.
	Totals TotalsRule
	// RepostRefused answers 400 to a POST of an open order that exists, which
	// replaces it otherwise.
	RepostRefused bool
	// ChargesRefused answers 400 to a charge line in a POST or PUT.
	ChargesRefused bool
	// DispatchAllCompletes completes an order when all of it is dispatched.
	DispatchAllCompletes bool
	// CompleteWithoutInvoice and CompleteWithoutShipment leave those out; stock
	// moves all the same.
	CompleteWithoutInvoice, CompleteWithoutShipment bool
	// CompleteTwiceAccepted answers 200 to the completion of a completed document.
	CompleteTwiceAccepted bool
	// ShortSalesRefused answers 400 when more is dispatched than is on hand.
	ShortSalesRefused bool
	// ParkedAllocates lets Parked orders allocate stock too.
	ParkedAllocates bool

	// ShippingCompanyAsObject shows a shipment's company as {Guid, Name}.
	ShippingCompanyAsObject bool
	// ShippingCompanyWritten is the form in which a body may give it: either; name,
	// object, where the other is answered 400.
	ShippingCompanyWritten CompanyForm
	// ShipmentCommentsDropped keeps no Comments that a body gives a shipment.
	ShipmentCommentsDropped bool
	// TrackingAfterDispatch lets the tracking number of a dispatched shipment be
	// changed, and nothing else of it.
	TrackingAfterDispatch bool

	// PurchaseFinalStatus: Complete; Completed.
	PurchaseFinalStatus string
	// ReceiptBody: none, order or lines; none; ignored, by which all that is
	// outstanding is receipted whatever it says.
	ReceiptBody ReceiptBody
	// ReceiptKeepsOrder leaves what is outstanding on the same purchase order,
	// which goes to a new one with "/1" behind its number otherwise.
	ReceiptKeepsOrder bool

	// TransferAllowNegative lets a transfer take more than the source has.
	TransferAllowNegative bool
	// AssemblyExplodesBill gives an assembly without lines those of its bill of
	// materials.
	AssemblyExplodesBill bool
	// AdjustmentRepostReplaces lets a parked adjustment be sent again, as it is or
	// changed; refused otherwise.
	AdjustmentRepostReplaces bool
	// CostKeepsProduct leaves a product's LastModifiedOn alone when its average
	// cost changes.
	CostKeepsProduct bool
	// AllWarehousesBare answers a bare list instead of an envelope.
	AllWarehousesBare bool
	// AllLotsListed lists batches and serial numbers that are used up too, unless
	// "available" says otherwise.
	AllLotsListed bool
	// AdjustmentLinesNamed answers 400 to a line of an adjustment without a Guid or a
	// LineNumber, which get one otherwise.
	AdjustmentLinesNamed bool
	// AllocationKeepsStock leaves the LastModifiedOn of stock alone when only its
	// allocation changes.
	AllocationKeepsStock bool

	// Inert are steps that are answered 2xx and change nothing: none; any of them.
	Inert []Step

	// WebhookData: string; object.
	WebhookData DataShape
	// WebhookRetries are the waits between attempts; after the last one the event
	// is lost.
	WebhookRetries []time.Duration
	// WebhookPlainAllowed lets a subscription name an http address, for tests on
	// loopback.
	WebhookPlainAllowed bool
	// HiddenAfterEvent is how long a record answers 404 after an event about it
	// was delivered.
	HiddenAfterEvent time.Duration
}

// DefaultKnobs is what the project assumes about the service.
func DefaultKnobs() Knobs {
	return Knobs{
		SignatureMode:       SignDecoded,
		ClientTypeMissing:   http.StatusBadRequest,
		QuotaStatus:         http.StatusForbidden,
		PageMax:             1000,
		PageBeyondEnd:       RepeatLast,
		ErrorShape:          DescriptionShape,
		DateReading:         DatesAreDays,
		CreateStatuses:      []string{Parked, Placed, Backordered, Completed},
		Totals:              TotalsValidated,
		PurchaseFinalStatus: Complete,
		ReceiptBody:         ReceiptAnyBody,
		WebhookData:         DataAsString,
		WebhookRetries:      []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour, 24 * time.Hour, 33 * time.Hour},
		HiddenAfterEvent:    2 * time.Second,
	}
}

// Knobs is a copy of the knobs as they are.
func (t *Twin) Knobs() Knobs {
	t.mut.Lock()
	defer t.mut.Unlock()
	knobs := t.knobs
	knobs.CreateStatuses = slices.Clone(knobs.CreateStatuses)
	knobs.Inert = slices.Clone(knobs.Inert)
	knobs.WebhookRetries = slices.Clone(knobs.WebhookRetries)
	return knobs
}

// Turn changes knobs; the next request sees them.
func (t *Twin) Turn(change func(*Knobs)) {
	t.mut.Lock()
	defer t.mut.Unlock()
	change(&t.knobs)
	t.generation++
}

// inert says whether a step is answered and not taken.
func (t *Twin) inert(step Step) bool { return slices.Contains(t.knobs.Inert, step) }
