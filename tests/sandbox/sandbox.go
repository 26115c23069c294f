// Package sandbox is both simulated services with believable data in them, as
// tests and `mintleash sync --sandbox` use them.
package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/twin"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
)

// Options of a Sandbox.
type Options struct {
	Orders, Products int // how many there are
	// Account is the number of this pair of accounts where there are several.
	Account int
	// Faults are scripted misbehaviours such as "mintsoft PUT /api/Order 503 3".
	Faults []string
	// Now is both services' clock; default time.Now.
	Now func() time.Time
	// Latency is added to every answer.
	Latency time.Duration
}

// Sandbox is a pair of twins.
type Sandbox struct {
	Unleashed *unleashedsim.Twin
	Mintsoft  *mintsoftsim.Twin

	client    int // in Mintsoft
	warehouse int // in Mintsoft
	orders    int // seeded so far
}

// Zone is where both accounts are at home.
const Zone = "Europe/London"

// New makes both twins and fills them. Nothing listens yet.
func New(o Options) (*Sandbox, error) {
	london, err := time.LoadLocation(Zone)
	if err != nil {
		return nil, fmt.Errorf("loading the time zone of the sandbox: %w", err)
	}
	s := &Sandbox{
		Unleashed: unleashedsim.New(unleashedsim.Options{Now: o.Now, Zone: london, Account: o.Account}),
		Mintsoft:  mintsoftsim.New(mintsoftsim.Options{Now: o.Now, Zone: london}),
	}
	s.Unleashed.Latency, s.Mintsoft.Latency = o.Latency, o.Latency
	for _, text := range o.Faults {
		service, fault, err := twin.ParseFault(text)
		if err != nil {
			return nil, err
		}
		if service == "unleashed" {
			s.Unleashed.Faults.Add(fault)
		} else {
			s.Mintsoft.Faults.Add(fault)
		}
	}
	s.seedAccounts()
	s.seedProducts(o.Products)
	s.seedCustomers()
	s.AddOrders(o.Orders)
	if o.Products >= len(articles) {
		s.seedInbound()
	}
	return s, nil
}

// Start listens on both addresses; "127.0.0.1:0" picks a free port.
func (s *Sandbox) Start(unleashed, mintsoft string) error {
	if _, err := s.Unleashed.Start(unleashed); err != nil {
		return err
	}
	if _, err := s.Mintsoft.Start(mintsoft); err != nil {
		_ = s.Unleashed.Close()
		return err
	}
	return nil
}

// Close ends both servers.
func (s *Sandbox) Close() error {
	err := s.Unleashed.Close()
	if merr := s.Mintsoft.Close(); err == nil {
		err = merr
	}
	return err
}

// Environment is what a connection file has to know to reach the twins, as
// variables.
func (s *Sandbox) Environment() [][2]string {
	return [][2]string{
		{"UNLEASHED_BASE_URL", s.Unleashed.URL()},
		{"UNLEASHED_API_ID", unleashedsim.DefaultAPIID},
		{"UNLEASHED_API_KEY", unleashedsim.DefaultAPIKey},
		{"MINTSOFT_BASE_URL", s.Mintsoft.URL()},
		{"MINTSOFT_API_KEY", mintsoftsim.AdminKey},
		{"MINTSOFT_CLIENT", clientName},
	}
}

// Connections is a connection file for the twins with a ledger at an address. More
// are lines of YAML that are added to the connection.
func (s *Sandbox) Connections(ledger string, more ...string) []byte {
	file := fmt.Appendf(nil, `# Written by the sandbox for its simulated services; the credentials open nothing else.
ledger: %q
connections:
  - name: main
    unleashed:
      base_url: %q
      api_id: %q
      api_key: %q
      warehouse_code: MAIN
      requests_per_second: 50
      max_in_flight: 4
    mintsoft:
      base_url: %q
      api_key: %q
      client: %s
      warehouse: MAIN
      requests_per_second: 50
    general:
      frequency: 1m
`, ledger, s.Unleashed.URL(), unleashedsim.DefaultAPIID, unleashedsim.DefaultAPIKey, s.Mintsoft.URL(), mintsoftsim.AdminKey, clientName)
	for _, line := range more {
		file = fmt.Appendf(file, "    %s\n", line)
	}
	return file
}

// Inbound turns on everything that flows into the warehouse, for Connections.
var Inbound = []string{
	"purchase_order_import: {enabled: true, update_purchase_order: true}",
	"assembly_import: {create_order_to_pick: true, create_asn_to_receive: true}",
	"warehouse_transfer: {import_as_orders_to_pick: true, import_as_asns_to_receive: true, frequency: 1m}",
}

// Live lets a customer order something now and then, and somebody in the warehouse
// send the oldest order that is ready or book in what has arrived, until the context
// ends.
func (s *Sandbox) Live(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.AddOrders(1)
			s.workInWarehouse()
		}
	}
}

// workInWarehouse sends an order, or books in what is expected when none is ready.
func (s *Sandbox) workInWarehouse() {
	for _, o := range s.Mintsoft.Orders() {
		if o.OrderStatusID == mintsoftsim.StatusNew && o.WarehouseID == s.warehouse {
			s.Mintsoft.Despatch(o.ID, fmt.Sprintf("TRK%07d", o.ID))
			return
		}
	}
	for _, a := range s.Mintsoft.ASNs() {
		if a.BookedInDate.IsZero() && a.WarehouseID == s.warehouse {
			s.Mintsoft.BookIn(a.ID)
			return
		}
	}
}
