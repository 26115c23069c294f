package ledger

import (
	"context"
	"fmt"
)

// Account is an account of a service as this ledger has come to know it. Keys
// and cursors derive from its identity, so another account must not take its
// place unnoticed.
type Account struct {
	System      string   `json:"system"`
	Slot        string   `json:"slot"`        // whose account it is: a connection
	Fingerprint string   `json:"fingerprint"` // tells accounts apart without revealing a key
	Identity    string   `json:"identity"`
	Facts       []string `json:"facts"` // what else tells it apart
}

func scanAccount(r row) (a Account, err error) {
	err = r.Scan(&a.System, &a.Slot, &a.Fingerprint, &a.Identity, encoded{&a.Facts})
	return a, err
}

// Accounts reads the accounts of a system, by slot.
func (l *Ledger) Accounts(ctx context.Context, system string) ([]Account, error) {
	accounts, err := list(ctx, l, scanAccount, "SELECT system, slot, fingerprint, identity, facts FROM accounts WHERE system = ? ORDER BY slot", system)
	if err != nil {
		return nil, fmt.Errorf("reading the %s accounts: %w", system, err)
	}
	return accounts, nil
}

// PutAccount writes the account of a slot.
func (tx *Tx) PutAccount(a Account) error {
	_, err := tx.exec("INSERT INTO accounts (system, slot, fingerprint, identity, facts) VALUES (?, ?, ?, ?, ?) "+
		"ON CONFLICT (system, slot) DO UPDATE SET fingerprint = excluded.fingerprint, identity = excluded.identity, facts = excluded.facts",
		a.System, a.Slot, a.Fingerprint, a.Identity, encoded{a.Facts})
	return err
}

// AddCalls counts calls to an account in a month such as 2026-01.
func (tx *Tx) AddCalls(account, month string, n int64) error {
	_, err := tx.exec("INSERT INTO calls (account, month, calls) VALUES (?, ?, ?) ON CONFLICT (account, month) DO UPDATE SET calls = calls.calls + excluded.calls",
		account, month, n)
	return err
}

// Calls answers how many calls to an account were counted in a month.
func (l *Ledger) Calls(ctx context.Context, account, month string) (int64, error) {
	n, _, err := one(ctx, l, func(r row) (n int64, err error) { return n, r.Scan(&n) }, "SELECT calls FROM calls WHERE account = ? AND month = ?", account, month)
	if err != nil {
		return 0, fmt.Errorf("reading the calls of %s: %w", month, err)
	}
	return n, nil
}
