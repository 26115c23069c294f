package connection

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// Identity says which accounts a connection pairs, whatever the connection is
// called. Keys of writes and cursors derive from it.
type Identity struct {
	Unleashed string // the Unleashed account
	Mintsoft  string // the Mintsoft tenant
	Accounts  string // both, and the Mintsoft client
	Pair      string // both, and their warehouses
}

// namespace is the root of all deterministic UUIDs of mintleash.
var namespace = uuid.MustParse("6f0d7b1c-9f0a-5b0e-8c53-3a1f1d5d2b77")

// binding is what a connection learned from the services.
type binding struct {
	identity Identity
	settings map[string]any
	known    Knowledge // guarded by the connection's mutex once it is bound
}

// facts is what the Mintsoft key sees; it is kept in the ledger for a day, so
// that a restart costs no call.
type facts struct {
	Warehouse  int      `json:"warehouse"`
	Client     int      `json:"client"` // 0: the key is bound to its client
	Own        int      `json:"own"`    // the client that it is bound to, 0 as long as there is nothing to tell it by
	Warehouses []string `json:"warehouses"`
	First      string   `json:"first"` // the oldest warehouse, with its post code
}

const (
	factsStore   = "reference"
	factsFor     = 24 * time.Hour
	clientsStore = "clients"
	connected    = "connected"
)

// Bind finds the warehouses and the Mintsoft client that the connection names,
// checks that both accounts are the ones this ledger was made with, and answers
// the settings that mappings see, with `mintsoft.warehouse_id`,
// `mintsoft.client_id` (null when the key is bound to its client), `accounts` (a
// fingerprint of both accounts, for GUIDs that mappings make) and `connected_at`
// (when this ledger first saw the connection) added.
func (c *Connection) Bind(ctx context.Context) (map[string]any, error) {
	if b, err := c.bind(ctx); err != nil {
		return nil, err
	} else {
		return b.settings, nil
	}
}

// Bound is Bind without a call: false as long as nobody has bound the connection.
func (c *Connection) Bound() (settings map[string]any, bound bool) {
	c.mut.Lock()
	defer c.mut.Unlock()
	if c.bound == nil {
		return nil, false
	}
	return c.bound.settings, true
}

// Identity answers which accounts the connection pairs, binding it if needed.
func (c *Connection) Identity(ctx context.Context) (Identity, error) {
	b, err := c.bind(ctx)
	if err != nil {
		return Identity{}, err
	}
	return b.identity, nil
}

func (c *Connection) bind(ctx context.Context) (*binding, error) {
	c.mut.Lock()
	bound := c.bound
	c.mut.Unlock()
	if bound != nil {
		return bound, nil
	}
	seen, err := c.facts(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.findWarehouse(ctx); err != nil {
		return nil, err
	}
	unleashed, err := c.sameAccount(ctx, ledger.Account{System: "unleashed", Fingerprint: fingerprint(host(c.Config.Unleashed.BaseURL), c.Config.Unleashed.APIID.Reveal())},
		func(string) (bool, error) { return true, nil })
	if err != nil {
		return nil, err
	}
	facts := append([]string{c.MintsoftAccount.ID(), seen.First}, seen.Warehouses...)
	mintsoft, err := c.sameAccount(ctx, ledger.Account{System: "mintsoft", Fingerprint: host(c.Config.Mintsoft.BaseURL), Facts: facts}, func(mintsoft string) (bool, error) {
		if ran, err := c.ran(ctx, c.identity(unleashed, mintsoft, cmp.Or(seen.Client, seen.Own), seen.Warehouse)); err != nil || ran {
			return ran, err
		}
		return c.ran(ctx, c.identity(unleashed, mintsoft, 0, seen.Warehouse))
	}, seen.First)
	if err != nil {
		return nil, err
	}
	identity, err := c.pair(ctx, unleashed, mintsoft, seen)
	if err != nil {
		return nil, err
	}
	if err := c.oneSpelling(ctx, identity); err != nil {
		return nil, err
	}
	bound = &binding{identity: identity, settings: c.Config.Settings()}
	if bound.settings["connected_at"], err = c.connectedAt(ctx, identity.Pair); err != nil {
		return nil, err
	}
	if bound.known, err = c.findKnown(ctx, identity.Pair); err != nil {
		return nil, err
	}
	bound.settings["accounts"] = identity.Accounts
	section := bound.settings["mintsoft"].(map[string]any)
	section["warehouse_id"] = int64(seen.Warehouse)
	section["client_id"] = nil
	if seen.Client != 0 {
		section["client_id"] = int64(seen.Client)
	}
	c.mut.Lock()
	c.bound = bound
	c.mut.Unlock()
	return bound, nil
}

func deterministic(parts ...string) string {
	return uuid.NewSHA1(namespace, []byte(strings.Join(parts, "\x00"))).String()
}

// facts reads the reference data of the Mintsoft tenant, from the ledger when it
// is fresh.
func (c *Connection) facts(ctx context.Context) (facts, error) {
	var f facts
	key := "mintsoft/" + c.MintsoftAccount.ID() + "/" + fingerprint(c.Config.Mintsoft.Warehouse, c.Config.Mintsoft.Client)
	if raw, exists, err := c.book.Ledger.Get(ctx, factsStore, key); err != nil {
		return f, fmt.Errorf("reading the reference data of the ledger: %w", err)
	} else if exists && json.Unmarshal(raw, &f) == nil && f.First != "" {
		if f.Client == 0 && f.Own == 0 { // another connection may have learned it since
			f.Own, err = c.ownClient(ctx)
		}
		return f, err
	}
	f, err := c.askMintsoft(ctx)
	if err != nil {
		return f, err
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return f, err
	}
	return f, c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error { return tx.Set(factsStore, key, raw, factsFor) })
}

func (c *Connection) askMintsoft(ctx context.Context) (facts, error) {
	var f facts
	warehouses, err := c.Mintsoft.Warehouses(ctx)
	if err != nil {
		return f, fmt.Errorf("reading the warehouses of Mintsoft: %w", err)
	}
	var names []string
	for _, w := range warehouses {
		f.Warehouses = append(f.Warehouses, fmt.Sprintf("%d:%s", w.ID, w.Name))
		names = append(names, fmt.Sprintf("%s (%s)", w.Name, w.Code))
		if wanted := c.Config.Mintsoft.Warehouse; f.Warehouse == 0 && (w.Code == wanted || w.Name == wanted || strconv.Itoa(w.ID) == wanted) {
			f.Warehouse = w.ID
		}
	}
	slices.Sort(f.Warehouses)
	if f.Warehouse == 0 {
		return f, mismatch("mintsoft", "mintsoft.warehouse", c.Config.Mintsoft.Warehouse, "the code, name or id of one of "+strings.Join(names, ", "))
	}
	first := slices.MinFunc(warehouses, func(a, b mintsoftapi.Warehouse) int { return cmp.Compare(a.ID, b.ID) })
	f.First = fmt.Sprintf("%d:%s, %s", first.ID, first.Name, first.PostCode)
	if wanted := c.Config.Mintsoft.Client; wanted != "" {
		f.Client, err = c.findClient(ctx, wanted)
	} else {
		f.Client, f.Own, err = c.onlyClient(ctx)
	}
	return f, err
}

// findWarehouse checks that Unleashed has the warehouse that the connection
// names: with another code every list would be empty and nothing would say why.
// That it exists is remembered for a day, like the facts.
func (c *Connection) findWarehouse(ctx context.Context) error {
	wanted := c.Config.Unleashed.WarehouseCode
	key := "unleashed/" + c.UnleashedAccount.ID() + "/warehouse/" + wanted
	if _, exists, err := c.book.Ledger.Get(ctx, factsStore, key); err != nil {
		return fmt.Errorf("reading the reference data of the ledger: %w", err)
	} else if exists {
		return nil
	}
	var codes []string
	for number, pages := 1, 1; number <= pages; number++ {
		page, err := c.Unleashed.List(ctx, "Warehouses", unleashedapi.NewQuery("includeObsolete", "true"), number, 200)
		if err != nil {
			return fmt.Errorf("reading the warehouses of Unleashed: %w", err)
		}
		pages = page.Pages
		for _, raw := range page.Items {
			var w struct{ WarehouseCode string }
			if err := json.Unmarshal(raw, &w); err != nil {
				return fmt.Errorf("reading a warehouse of Unleashed: %w", err)
			}
			codes = append(codes, w.WarehouseCode)
		}
	}
	if !slices.Contains(codes, wanted) {
		return mismatch("unleashed", "unleashed.warehouse_code", wanted, "exactly one of "+strings.Join(codes, ", "))
	}
	return c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error { return tx.Set(factsStore, key, []byte("true"), factsFor) })
}

func (c *Connection) findClient(ctx context.Context, wanted string) (int, error) {
	if id, err := strconv.Atoi(wanted); err == nil {
		return id, nil
	}
	clients, err := c.Mintsoft.Clients(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the clients of Mintsoft (only an admin key may; with another key give the client's id): %w", err)
	}
	i := slices.IndexFunc(clients, func(m mintsoftapi.ClientAccount) bool {
		return m.ShortName == wanted || m.Name == wanted || m.Code == wanted
	})
	if i < 0 {
		return 0, mismatch("mintsoft", "mintsoft.client", wanted, "the short name or id of a client that this key sees")
	}
	return clients[i].ID, nil
}

// onlyClient answers the client of a connection that names none: the only one that an
// admin's key sees, so that the rows of a second one are not taken for its own, or
// else the one that the key is bound to. No service says which that is; its products
// do, and a key never changes its client.
func (c *Connection) onlyClient(ctx context.Context) (client, own int, err error) {
	clients, err := c.Mintsoft.Clients(ctx)
	switch {
	case err == nil && len(clients) > 1:
		names := make([]string, len(clients))
		for i, m := range clients {
			names[i] = fmt.Sprintf("%s (%d)", cmp.Or(m.ShortName, m.Name), m.ID)
		}
		return 0, 0, severalClients(names)
	case err == nil && len(clients) == 1:
		return clients[0].ID, 0, nil
	case err != nil && !errors.Is(err, apihttp.ErrCredentials):
		return 0, 0, fmt.Errorf("reading the clients of Mintsoft: %w", err)
	}
	if own, err = c.ownClient(ctx); err != nil || own != 0 {
		return 0, own, err
	}
	owners, err := c.Mintsoft.Owners(ctx)
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("reading whose products the key sees in Mintsoft: %w", err)
	case len(owners) == 0:
		return 0, 0, nil
	case len(owners) > 1:
		names := make([]string, len(owners))
		for i, id := range owners {
			names[i] = strconv.Itoa(id)
		}
		return 0, 0, severalClients(names)
	}
	return 0, owners[0], c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error {
		return tx.Set(clientsStore, c.MintsoftAccount.ID(), []byte(strconv.Itoa(owners[0])), 0)
	})
}

// ownClient is the client that the key is known to be bound to, 0 while none is.
func (c *Connection) ownClient(ctx context.Context) (int, error) {
	known, exists, err := c.book.Ledger.Get(ctx, clientsStore, c.MintsoftAccount.ID())
	if err != nil {
		return 0, fmt.Errorf("reading the client of the key: %w", err)
	}
	if !exists {
		return 0, nil
	}
	return strconv.Atoi(string(known))
}

// severalClients refuses a connection that would take the goods of all clients for
// those of one.
func severalClients(names []string) error {
	return mismatch("mintsoft", "mintsoft.client", "", "the client whose goods these are, since the key sees those of "+strings.Join(names, ", "))
}

// unfit says that a setting does not fit the account. Like a refused key it
// concerns the account, and waiting does not mend it.
type unfit struct{}

// Error implements error.
func (unfit) Error() string { return "the connection does not fit the account" }

// Is makes it count as refused credentials.
func (unfit) Is(target error) bool { return target == apihttp.ErrCredentials }

func mismatch(system, key, found, expected string) error {
	return &apihttp.Error{System: system, Operation: "bind", Outcome: apihttp.Rejected, Err: unfit{},
		Message: fmt.Sprintf("%s: found %q, expected %s", key, found, expected)}
}
