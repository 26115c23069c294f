package connection

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// pair names what a connection pairs. A client is the same whether its own key is
// used or an admin's that names it. One whose pair was connected before its key's
// client was known goes on under 0, and no other client does.
func (c *Connection) pair(ctx context.Context, unleashed, mintsoft string, seen facts) (Identity, error) {
	of := func(client int) Identity {
		accounts := deterministic(unleashed, mintsoft, strconv.Itoa(client))
		return Identity{
			Unleashed: unleashed, Mintsoft: mintsoft, Accounts: accounts,
			Pair: deterministic(accounts, c.Config.Unleashed.WarehouseCode, strconv.Itoa(seen.Warehouse)),
		}
	}
	nameless := of(0)
	client := cmp.Or(seen.Client, seen.Own)
	if client == 0 {
		return nameless, nil
	}
	named, id := of(client), strconv.Itoa(client)
	holder, held, err := c.book.Ledger.Get(ctx, clientsStore, nameless.Accounts)
	if err != nil {
		return named, fmt.Errorf("reading the clients of the ledger: %w", err)
	}
	if !held {
		_, before, err := c.book.Ledger.Get(ctx, connected, nameless.Pair)
		if err != nil || !before {
			return named, err
		}
		if _, known, err := c.book.Ledger.Get(ctx, connected, named.Pair); err != nil || known {
			return named, err
		}
		holder = []byte(id)
		if err := c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error { return tx.Set(clientsStore, nameless.Accounts, holder, 0) }); err != nil {
			return named, err
		}
	}
	if string(holder) == id {
		return nameless, nil
	}
	return named, nil
}

// sameAccount compares an account with the one that this ledger knows for the
// connection. A Mintsoft key says nothing about its tenant, so a tenant counts as
// the same while the key or at least one of its warehouses is. One that is new is
// named by what changes least of it, so that a lost ledger comes to the same.
func (c *Connection) sameAccount(ctx context.Context, seen ledger.Account, by ...string) (string, error) {
	accounts, err := c.book.Ledger.Accounts(ctx, seen.System)
	if err != nil {
		return "", err
	}
	seen.Slot = c.Name
	i := slices.IndexFunc(accounts, func(a ledger.Account) bool { return a.Slot == c.Name })
	switch {
	case i < 0:
		seen.Identity = c.knownElsewhere(accounts, seen)
		if seen.Identity == "" {
			seen.Identity = deterministic(append([]string{seen.System, seen.Fingerprint}, by...)...)
		}
	case accounts[i].Fingerprint != seen.Fingerprint, len(seen.Facts) > 0 && !slices.ContainsFunc(accounts[i].Facts, sees(seen)):
		return "", &apihttp.Error{System: seen.System, Operation: "bind", Outcome: apihttp.Rejected, Err: unfit{}, Message: fmt.Sprintf(
			"the key belongs to another %s account than the one this ledger was made with: its ids would be mixed up. Use another `ledger`, another connection name, or `mintleash state reset %s`", seen.System, c.Name)}
	default:
		seen.Identity = accounts[i].Identity
		if slices.Equal(accounts[i].Facts, seen.Facts) {
			return seen.Identity, nil
		}
	}
	return seen.Identity, c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error { return tx.PutAccount(seen) })
}

// knownElsewhere is the identity of an account that another connection has, which may
// be this one under the name that it had before: of the same key, else one of which
// all that is known is seen. First warehouses are often called alike, so one alike is
// too little here.
func (c *Connection) knownElsewhere(accounts []ledger.Account, seen ledger.Account) string {
	var alike string
	for _, a := range accounts {
		facts := slices.DeleteFunc(slices.Clone(a.Facts), isKey)
		switch {
		case a.Fingerprint != seen.Fingerprint:
		case slices.Contains(a.Facts, c.MintsoftAccount.ID()):
			return a.Identity
		case alike == "" && !slices.ContainsFunc(facts, func(fact string) bool { return !sees(seen)(fact) }):
			alike = a.Identity
		}
	}
	return alike
}

// sees says whether a fact of an account is among those that are seen.
func sees(seen ledger.Account) func(fact string) bool {
	return func(fact string) bool { return slices.Contains(seen.Facts, fact) }
}

// isKey tells the key among the facts of a tenant; the others are its warehouses.
func isKey(fact string) bool { return strings.HasPrefix(fact, "mintsoft/") }
