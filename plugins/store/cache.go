// Package store holds the components that keep data in the ledger: the cache
// `ledger`, for the engine's own cache and cached components, and the output
// `ledger`, which keeps a local copy of records and writes only what changed.
package store

import (
	"context"
	"time"

	"github.com/redpanda-data/benthos/v4/public/service"

	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	fieldStore = "store"
	fieldTTL   = "ttl"
)

func init() {
	service.MustRegisterCache("ledger", cacheSpec(), newCache)
}

func storeField() *service.ConfigField {
	return service.NewStringField(fieldStore).
		Description("Name of the store. Components that name the same store share it.").Example("customers")
}

func cacheSpec() *service.ConfigSpec {
	return service.NewConfigSpec().
		Categories("Services").
		Summary("Keeps items in the ledger, where they survive a restart and are shared by all streams and replicas.").
		Fields(
			storeField(),
			service.NewDurationField(fieldTTL).Description("How long items are kept when the writer doesn't say; 0s keeps them for good.").Default("0s"),
		).
		Example("Look-ups that survive a restart", "Keeps answers for a day.", `
cache_resources:
  - label: lookups
    ledger:
      store: lookups
      ttl: 24h
`)
}

type cache struct {
	res   *service.Resources
	store string
	ttl   time.Duration
}

func newCache(conf *service.ParsedConfig, res *service.Resources) (service.Cache, error) {
	c := &cache{res: res}
	var err error
	if c.store, err = conf.FieldString(fieldStore); err != nil {
		return nil, err
	}
	c.ttl, err = conf.FieldDuration(fieldTTL)
	return c, err
}

// Get reads an item; service.ErrKeyNotFound when there is none.
func (c *cache) Get(ctx context.Context, key string) ([]byte, error) {
	book, err := component.Book(c.res)
	if err != nil {
		return nil, err
	}
	value, exists, err := book.Ledger.Get(ctx, c.store, key)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, service.ErrKeyNotFound
	}
	return value, nil
}

// Set writes an item.
func (c *cache) Set(ctx context.Context, key string, value []byte, ttl *time.Duration) error {
	return c.commit(ctx, func(tx *ledger.Tx) error { return tx.Set(c.store, key, value, c.lifetime(ttl)) })
}

// Add writes an item unless there is one; service.ErrKeyAlreadyExists then.
func (c *cache) Add(ctx context.Context, key string, value []byte, ttl *time.Duration) error {
	added := false
	err := c.commit(ctx, func(tx *ledger.Tx) (err error) {
		added, err = tx.AddIfAbsent(c.store, key, value, c.lifetime(ttl))
		return err
	})
	if err == nil && !added {
		return service.ErrKeyAlreadyExists
	}
	return err
}

// Delete removes an item.
func (c *cache) Delete(ctx context.Context, key string) error {
	return c.commit(ctx, func(tx *ledger.Tx) error { return tx.Delete(c.store, key) })
}

func (c *cache) commit(ctx context.Context, do func(*ledger.Tx) error) error {
	book, err := component.Book(c.res)
	if err != nil {
		return err
	}
	return book.Ledger.Commit(ctx, do)
}

func (c *cache) lifetime(ttl *time.Duration) time.Duration {
	if ttl != nil {
		return *ttl
	}
	return c.ttl
}

// Close has nothing to close.
func (c *cache) Close(context.Context) error { return nil }
