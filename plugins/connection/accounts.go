package connection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// pair names what a connection pairs. A client is the same whether its own key is
// used or an admin's that names it. One that ran before its key's client was known
// goes on under 0, and no other client does. A pair never changes its name once it
// ran, whatever another does; one that is new takes that of its client's other pairs,
// so that flows which run once for all of them serve it too.
func (c *Connection) pair(ctx context.Context, unleashed, mintsoft string, seen facts) (Identity, error) {
	nameless := c.identity(unleashed, mintsoft, 0, seen.Warehouse)
	client := cmp.Or(seen.Client, seen.Own)
	if client == 0 {
		return nameless, nil
	}
	named, id := c.identity(unleashed, mintsoft, client, seen.Warehouse), strconv.Itoa(client)
	holder, held, err := c.book.Ledger.Get(ctx, clientsStore, nameless.Accounts)
	if err != nil {
		return named, fmt.Errorf("reading the clients of the ledger: %w", err)
	}
	others := slices.DeleteFunc(c.book.Sharing(c), func(other *Connection) bool { return other == c })
	for _, one := range slices.Insert(others, 0, c) {
		warehouse := seen.Warehouse
		if one != c {
			theirs, err := one.facts(ctx)
			if errors.Is(err, apihttp.ErrCredentials) {
				continue
			} else if err != nil {
				return named, err
			}
			warehouse = theirs.Warehouse
		}
		if ran, err := c.ran(ctx, one.identity(unleashed, mintsoft, client, warehouse)); err != nil || ran {
			return named, err
		}
		ran, err := c.ran(ctx, one.identity(unleashed, mintsoft, 0, warehouse))
		if err != nil {
			return named, err
		}
		if !ran {
			continue
		}
		if !held {
			holder = []byte(id)
			err = c.book.Ledger.Commit(ctx, func(tx *ledger.Tx) error { return tx.Set(clientsStore, nameless.Accounts, holder, 0) })
		}
		if err != nil {
			return named, err
		}
		break
	}
	if string(holder) == id {
		return nameless, nil
	}
	return named, nil
}

// identity is that of the connection's warehouses for a client, 0 for one unknown.
func (c *Connection) identity(unleashed, mintsoft string, client, warehouse int) Identity {
	accounts := deterministic(unleashed, mintsoft, strconv.Itoa(client))
	return Identity{
		Unleashed: unleashed, Mintsoft: mintsoft, Accounts: accounts,
		Pair: deterministic(accounts, c.Config.Unleashed.WarehouseCode, strconv.Itoa(warehouse)),
	}
}

// ran says whether this ledger has seen the pair of an identity.
func (c *Connection) ran(ctx context.Context, i Identity) (bool, error) {
	_, known, err := c.book.Ledger.Get(ctx, connected, i.Pair)
	return known, err
}

// oneSpelling refuses a connection whose accounts and client an earlier one of the file
// has by another key or another name of the client. Who leads the flows that run once
// for all is told by what is written, before any service is asked: both would, on one
// cursor, and each by its own settings.
func (c *Connection) oneSpelling(ctx context.Context, own Identity) error {
	sharing := c.book.Sharing(c)
	for _, name := range c.book.Names() {
		other := c.book.connections[name]
		if other == c {
			break
		}
		if other.UnleashedAccount != c.UnleashedAccount || host(other.Config.Mintsoft.BaseURL) != host(c.Config.Mintsoft.BaseURL) || slices.Contains(sharing, other) {
			continue
		}
		theirs, err := other.Identity(ctx)
		switch {
		case errors.Is(err, apihttp.ErrCredentials): // it does not run
		case err != nil:
			return err
		case theirs.Accounts == own.Accounts:
			return mismatch("mintsoft", "mintsoft.client", c.Config.Mintsoft.Client, fmt.Sprintf("%q with the same credentials, as connection %s has, since it is the same client", other.Config.Mintsoft.Client, name))
		}
	}
	return nil
}

// sameAccount compares an account with the one that this ledger knows for the
// connection. A Mintsoft key says nothing about its tenant, so a tenant counts as
// the same while the key or at least one of its warehouses is. One that is new is
// named by what changes least of it, so that a lost ledger comes to the same.
func (c *Connection) sameAccount(ctx context.Context, seen ledger.Account, ran func(identity string) (bool, error), by ...string) (string, error) {
	accounts, err := c.book.Ledger.Accounts(ctx, seen.System)
	if err != nil {
		return "", err
	}
	seen.Slot = c.Name
	i := slices.IndexFunc(accounts, func(a ledger.Account) bool { return a.Slot == c.Name })
	switch {
	case i < 0:
		if seen.Identity, err = c.knownElsewhere(accounts, seen, ran); err != nil {
			return "", err
		}
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
// be this one under the name that it had before: one under which its pair ran, as `ran`
// tells, else of the same key, else one of which all that is known is seen. First
// warehouses are often called alike, so one alike is too little here.
func (c *Connection) knownElsewhere(accounts []ledger.Account, seen ledger.Account, ran func(identity string) (bool, error)) (string, error) {
	var ofKey, alike []string
	for _, a := range accounts {
		facts := slices.DeleteFunc(slices.Clone(a.Facts), isKey)
		switch {
		case a.Fingerprint != seen.Fingerprint:
		case slices.Contains(a.Facts, c.MintsoftAccount.ID()):
			ofKey = append(ofKey, a.Identity)
		case !slices.ContainsFunc(facts, func(fact string) bool { return !sees(seen)(fact) }):
			alike = append(alike, a.Identity)
		}
	}
	candidates := append(ofKey, alike...)
	if len(candidates) == 0 {
		return "", nil
	}
	for _, candidate := range candidates {
		if its, err := ran(candidate); err != nil || its {
			return candidate, err
		}
	}
	return candidates[0], nil
}

// sees says whether a fact of an account is among those that are seen.
func sees(seen ledger.Account) func(fact string) bool {
	return func(fact string) bool { return slices.Contains(seen.Facts, fact) }
}

// isKey tells the key among the facts of a tenant; the others are its warehouses.
func isKey(fact string) bool { return strings.HasPrefix(fact, "mintsoft/") }
