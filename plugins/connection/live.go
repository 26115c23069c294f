package connection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// Connection is an active connection with its clients.
type Connection struct {
	Config
	Unleashed *unleashedapi.Client
	Mintsoft  *mintsoftapi.Client
	// UnleashedAccount and MintsoftAccount keep the limits that all connections
	// to the same account share.
	UnleashedAccount, MintsoftAccount *apihttp.Account

	book  *Book
	mut   sync.Mutex
	bound *binding
	local map[string]any
}

// Book is the connection file that this connection is of.
func (c *Connection) Book() *Book { return c.book }

// MintsoftZone is where Mintsoft's naive timestamps are at home.
func (c *Connection) MintsoftZone() *time.Location { return zone(c.Config.Mintsoft.TimeZone) }

// UnleashedZone is where Unleashed's business dates are at home.
func (c *Connection) UnleashedZone() *time.Location { return zone(c.Config.Unleashed.TimeZone) }

// zones are the time zones by name: reading one anew for each row takes longer than
// anything else that is done with the row.
var zones sync.Map

// zone is for names that the connection file's checks have accepted.
func zone(name string) *time.Location {
	if known, exists := zones.Load(name); exists {
		return known.(*time.Location)
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		location = time.UTC
	}
	zones.Store(name, location)
	return location
}

// Local keeps a value with the connection for as long as the process lives: the
// plugins' look-up tables. It is made once.
func (c *Connection) Local(key string, build func() any) any {
	c.mut.Lock()
	defer c.mut.Unlock()
	if value, exists := c.local[key]; exists {
		return value
	}
	value := build()
	c.local[key] = value
	return value
}

func (b *Book) connect(config Config) (*Connection, error) {
	c := &Connection{Config: config, book: b, local: map[string]any{}}
	u, m := config.Unleashed, config.Mintsoft
	c.UnleashedAccount = b.account("unleashed", u.BaseURL, u.APIID.Reveal(), u.RequestsPerSecond, u.MaxInFlight, u.MonthlyQuota)
	c.MintsoftAccount = b.account("mintsoft", m.BaseURL, m.user(), m.RequestsPerSecond, m.MaxInFlight, 0)

	var err error
	if c.Unleashed, err = unleashedapi.New(unleashedapi.Config{
		BaseURL: u.BaseURL, APIID: u.APIID.Reveal(), APIKey: u.APIKey.Reveal(), ClientType: u.ClientType,
		Account: c.UnleashedAccount, Transport: b.Options.Transport, Timeout: delivery.Deadline, Observe: b.Options.Observe, DryRun: b.dryRun(),
	}); err != nil {
		return nil, fmt.Errorf("preparing the Unleashed client: %w", err)
	}
	user := fingerprint(c.MintsoftAccount.ID(), m.Password.Reveal())
	if c.Mintsoft, err = mintsoftapi.New(mintsoftapi.Config{
		Keys:    b.keys[user],
		BaseURL: m.BaseURL, APIKey: m.APIKey.Reveal(), Username: m.Username.Reveal(), Password: m.Password.Reveal(),
		Account: c.MintsoftAccount, Transport: b.Options.Transport, Timeout: delivery.Deadline, Observe: b.Options.Observe, DryRun: b.dryRun(),
	}); err != nil {
		return nil, fmt.Errorf("preparing the Mintsoft client: %w", err)
	}
	b.keys[user] = c.Mintsoft.Keys()
	return c, nil
}

// dryRun is the last guard of a dry run: writes are planned before they reach a
// client, and one that does reach it is refused.
func (b *Book) dryRun() func(context.Context, apihttp.Request) (*apihttp.Response, error) {
	if !b.Options.DryRun {
		return nil
	}
	return func(_ context.Context, r apihttp.Request) (*apihttp.Response, error) {
		return nil, &apihttp.Error{Operation: r.Operation, Method: r.Method, Path: r.Path, Outcome: apihttp.Rejected, Message: "a dry run writes nothing"}
	}
}

// account finds or makes the account behind credentials. Connections that share
// one share its limits; where their settings differ, the lowest wins.
func (b *Book) account(system, baseURL, credential string, rps float64, inFlight int, quota int64) *apihttp.Account {
	id := accountID(system, baseURL, credential)
	if account, exists := b.accounts[id]; exists {
		account.Tighten(rps, inFlight)
		return account
	}
	account := apihttp.NewAccount(system, id, apihttp.AccountOptions{
		RequestsPerSecond: rps, MaxInFlight: inFlight, MonthlyQuota: quota, Now: b.Options.Now,
		Ahead: func(by time.Duration) {
			b.Options.Log.Warn("a service's clock is ahead of this machine's, which counts: set it by NTP", "system", system, "ahead", by.Round(time.Second).String())
		},
	})
	if quota > 0 && !b.Options.DryRun {
		account.Spend = b.spend(id)
	}
	b.accounts[id] = account
	return account
}

// spend counts calls against the month in the ledger.
func (b *Book) spend(account string) func(context.Context, int64) (int64, error) {
	return func(ctx context.Context, n int64) (int64, error) {
		month := b.Options.Now().UTC().Format("2006-01")
		if err := b.Ledger.Commit(ctx, func(tx *ledger.Tx) error { return tx.AddCalls(account, month, n) }); err != nil {
			return 0, err
		}
		return b.Ledger.Calls(ctx, account, month)
	}
}

// fingerprint identifies something without revealing it.
func fingerprint(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func host(baseURL string) string {
	parsed, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	return parsed.Host
}
