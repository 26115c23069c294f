package unleashedsim

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
)

// Credentials that a Twin expects when Options names none.
const (
	DefaultAPIID  = "6f1d2c3b-4a59-4e68-8777-9a8b7c6d5e4f"
	DefaultAPIKey = "SimOnlyKey0123456789abcdefGHIJKLmnopQRSTuvwxyz+/NotARealKey=="
)

// apiUser is who made a change that came through the API, operator who made one
// in the web application.
const (
	apiUser  = "api@unleashedsoftware.com"
	operator = "clerk@example.test"
)

// Options of a Twin.
type Options struct {
	Now           func() time.Time // the service's clock; default time.Now
	APIID, APIKey string           // default DefaultAPIID and DefaultAPIKey
	// Account tells twins of the same credentials apart: no two accounts share a GUID.
	Account int
	// Zone is the account's time zone, for business dates; default Europe/London.
	Zone *time.Location
	// Knobs default to DefaultKnobs.
	Knobs *Knobs
	// WebhookClient sends webhooks; default http.DefaultClient.
	WebhookClient *http.Client
}

// Twin is one simulated account. It is safe for concurrent use; one lock guards
// everything in it.
type Twin struct {
	*twin.Server

	id, key string
	account int
	zone    *time.Location
	clock   func() time.Time
	sender  *http.Client

	mut   sync.Mutex
	knobs Knobs
	// generation changes with all that a stored rendering may depend on besides
	// its own document.
	generation int
	guids      int
	numbers    map[string]int
	actor      string
	usage      usage

	lists
	customers *table[*Customer]
	products  *table[*Product]
	orders    *table[*SalesOrder]
	shipments *table[*SalesShipment]
	// shipmentsOf lists the shipments of an order by its GUID.
	shipmentsOf map[uuid.UUID][]uuid.UUID
	invoices    *table[*Invoice]
	adjustments *table[*StockAdjustment]
	purchases   *table[*PurchaseOrder]
	transfers   *table[*Transfer]
	assemblies  *table[*Assembly]
	bills       *table[*Bill]
	// billByProduct is the bill of a product.
	billByProduct map[uuid.UUID]uuid.UUID
	book          stockBook
	hooks         webhooks
}

// New makes an account with a base currency (GBP), the tax code None, a company,
// the unit EA and an adjustment reason, and nothing else.
func New(o Options) *Twin {
	t := &Twin{
		id: o.APIID, key: o.APIKey, account: o.Account, zone: o.Zone, clock: o.Now, sender: o.WebhookClient,
		knobs: DefaultKnobs(), numbers: map[string]int{}, actor: operator,
		lists:         newLists(),
		customers:     newTable(func(c *Customer) string { return c.CustomerCode }, byKey),
		products:      newTable(func(p *Product) string { return p.ProductCode }, byKey),
		orders:        newTable(func(o *SalesOrder) string { return o.OrderNumber }, newestFirst),
		shipments:     newTable(func(s *SalesShipment) string { return s.ShipmentNumber }, newestFirst),
		shipmentsOf:   map[uuid.UUID][]uuid.UUID{},
		invoices:      newTable(func(i *Invoice) string { return i.InvoiceNumber }, newestFirst),
		adjustments:   newTable(func(a *StockAdjustment) string { return a.AdjustmentNumber }, newestFirst),
		purchases:     newTable(func(o *PurchaseOrder) string { return o.OrderNumber }, newestFirst),
		transfers:     newTable(func(r *Transfer) string { return r.TransferOrderNumber }, newestFirst),
		assemblies:    newTable(func(a *Assembly) string { return a.AssemblyNumber }, newestFirst),
		bills:         newTable(func(b *Bill) string { return b.BillNumber }, byKey),
		billByProduct: map[uuid.UUID]uuid.UUID{},
		book:          newStockBook(),
		hooks:         webhooks{hidden: map[uuid.UUID]time.Time{}},
	}
	if t.id == "" {
		t.id, t.key = DefaultAPIID, DefaultAPIKey
	}
	if t.zone == nil {
		zone, err := time.LoadLocation("Europe/London")
		if err != nil {
			panic(fmt.Errorf("loading the account's time zone: %w", err))
		}
		t.zone = zone
	}
	if t.clock == nil {
		t.clock = time.Now
	}
	if t.sender == nil {
		t.sender = http.DefaultClient
	}
	if o.Knobs != nil {
		t.knobs = *o.Knobs
	}
	t.addBuiltIns()
	t.Server = &twin.Server{
		Now: t.clock, Service: http.HandlerFunc(t.serve),
		Writes: func(r *http.Request) bool { return r.Method != http.MethodGet },
	}
	return t
}

// now is the service's time, in the milliseconds that it can write.
func (t *Twin) now() time.Time { return t.clock().UTC().Truncate(time.Millisecond) }

// newGUID is the next of a row that is the same for each account on each run.
func (t *Twin) newGUID() uuid.UUID {
	t.guids++
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "unleashedsim/%s/%d/%d", t.id, t.account, t.guids))
}

// nextNumber is the next of a numbering such as SO-00000001 that is still free.
func (t *Twin) nextNumber(prefix string, taken func(string) bool) string {
	for {
		t.numbers[prefix]++
		if number := fmt.Sprintf("%s-%08d", prefix, t.numbers[prefix]); !taken(number) {
			return number
		}
	}
}

// act runs what a person does in the web application.
func (t *Twin) act(do func() error) {
	t.mut.Lock()
	defer t.mut.Unlock()
	t.actor = operator
	if err := do(); err != nil {
		panic("unleashedsim: the service refuses this: " + err.Error())
	}
}

// made runs what a person does to make a document, and returns a copy: the one
// that is stored is the twin's alone.
func made[D any](t *Twin, d D, store func(*D) error) D {
	t.act(func() error {
		stored := d
		err := store(&stored)
		d = stored
		return err
	})
	return d
}
