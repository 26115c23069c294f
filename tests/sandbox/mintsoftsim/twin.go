package mintsoftsim

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/mintleash/mintleash/tests/sandbox/twin"
)

// Options of a Twin. The zero Options give a 3PL tenant with the two users of
// [DefaultUsers], on the real clock.
type Options struct {
	// Now is the service's clock. Default time.Now.
	Now func() time.Time
	// Zone is where the tenant's timestamps are at home. Default Europe/London.
	Zone *time.Location
	// Users of the tenant. Default DefaultUsers.
	Users []User
	// Knobs default to DefaultKnobs.
	Knobs *Knobs
}

// Twin is one Mintsoft tenant. It is safe for concurrent use. Reach it with
// RoundTripper, or over the network after Start.
type Twin struct {
	*twin.Server

	options Options
	schema  *schema
	routes  router

	// mut guards everything below.
	mut        sync.Mutex
	knobs      Knobs
	violations []string
	access     access
	ids        ids
	reference  reference
	products   productShelf
	suppliers  []*ProductSupplier
	stock      stockBook
	stockRows  map[[3]int]InventoryItem // as they were shown last, by product, warehouse and location
	orders     orderFile
	asns       asnFile
	transfers  transferFile
	returns    returnFile
	orderRule  func(Order) RuleOutcome
}

// ids are the last ones that were given out. They start where those of the
// reference's examples are, so that no two kinds are easily mistaken.
type ids struct {
	client, warehouse, location, channel, courier, product, supplier, inventory, lot, flow, movement,
	order, item, nameValue, allocation, scan, comment, shipment, split, action,
	asn, asnItem, asnAllocation, transfer, transferItem, returned, returnItem, commodity int
}

func next(id *int) int {
	*id++
	return *id
}

// New makes an empty tenant: reference data and users, nothing else.
func New(options Options) *Twin {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Zone == nil {
		zone, err := time.LoadLocation("Europe/London")
		if err != nil {
			panic(fmt.Errorf("loading the tenant's time zone: %w", err))
		}
		options.Zone = zone
	}
	if options.Users == nil {
		options.Users = DefaultUsers()
	}
	t := &Twin{
		options: options, schema: readSchema(), knobs: DefaultKnobs(), stockRows: map[[3]int]InventoryItem{},
		ids: ids{
			client: 2, warehouse: 2, location: 40, channel: 8, courier: 11, product: 500, inventory: 9000, lot: 7000,
			order: 20450, item: 80111, asn: 6200, asnItem: 57449, returned: 309, transfer: 900,
		},
	}
	if options.Knobs != nil {
		t.knobs = *options.Knobs
	}
	t.routes = newRouter(t.schema)
	t.reference = newReference()
	t.products = newProductShelf()
	t.stock = newStockBook()
	t.orders = newOrderFile()
	t.access = access{keys: map[string]*session{}}
	for _, user := range options.Users {
		t.addUser(user)
	}
	t.Server = &twin.Server{Now: options.Now, Service: http.HandlerFunc(t.serve), Writes: t.writes}
	return t
}

// Knobs are those that hold now.
func (t *Twin) Knobs() Knobs {
	t.mut.Lock()
	defer t.mut.Unlock()
	return t.knobs
}

// Turn changes the knobs.
func (t *Twin) Turn(change func(*Knobs)) {
	t.mut.Lock()
	defer t.mut.Unlock()
	change(&t.knobs)
}

// Violations are the requests that no client should have sent, in the order of
// their arrival: what the vendor's document does not know, and what the service
// lets pass though it is spelt otherwise there.
func (t *Twin) Violations() []string {
	t.mut.Lock()
	defer t.mut.Unlock()
	return slices.Clone(t.violations)
}

// act runs what a person does, and panics when the service would refuse it.
func (t *Twin) act(do func(now Date) error) {
	t.mut.Lock()
	defer t.mut.Unlock()
	now := t.now()
	t.settle(now)
	if err := do(now); err != nil {
		panic(fmt.Sprintf("mintsoftsim: %v", err))
	}
}

// made runs what a person does to make a record, and returns a copy: the one that
// is stored is the twin's alone.
func made[R any](t *Twin, r R, store func(r *R, now Date) error) R {
	t.act(func(now Date) error {
		stored := r
		err := store(&stored, now)
		r = stored
		return err
	})
	return r
}

// settle does what the service does by itself as time passes.
func (t *Twin) settle(now Date) { t.invoiceDue(now) }
