package component

import (
	"context"
	"time"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
)

// Catalogue is a list that is read once and then kept fresh by what changed, so
// that a look-up costs no call. It is safe for concurrent use.
type Catalogue[V any] struct {
	// Fresh is how long the list is trusted before what changed is asked for.
	Fresh time.Duration
	// Read reads what changed since a moment (zero: everything), hands each entry
	// to put and answers the service's time at its start.
	Read func(ctx context.Context, since time.Time, put func(key string, value V)) (asOf time.Time, err error)
	Now  func() time.Time
	// Quiet says that a missing entry is normal and no reason to ask again.
	Quiet bool

	turn    Turn
	entries map[string]V
	asOf    time.Time // by the service's clock; zero until the list was read
	read    time.Time // by our clock
	stale   bool
}

const (
	// missFresh is how old the list may be when an entry is missing from it: what
	// is asked for may just have been made.
	missFresh = 2 * time.Second
	// catalogueOverlap is read again with each refresh.
	catalogueOverlap = 15 * time.Minute
)

// NewCatalogue makes an empty catalogue.
func NewCatalogue[V any](now func() time.Time, fresh time.Duration, read func(ctx context.Context, since time.Time, put func(string, V)) (time.Time, error)) *Catalogue[V] {
	return &Catalogue[V]{Fresh: fresh, Read: read, Now: now, turn: NewTurn(), entries: map[string]V{}}
}

// Find answers the entries of these keys; those that the list lacks are left out.
func (k *Catalogue[V]) Find(ctx context.Context, keys ...string) (map[string]V, error) {
	found := make(map[string]V, len(keys))
	return found, k.fresh(ctx, keys, func() {
		for _, key := range keys {
			if value, exists := k.entries[key]; exists {
				found[key] = value
			}
		}
	})
}

// Each hands out all entries, in no order.
func (k *Catalogue[V]) Each(ctx context.Context, take func(key string, value V)) error {
	return k.fresh(ctx, nil, func() {
		for key, value := range k.entries {
			take(key, value)
		}
	})
}

// fresh brings the list up to date before it is looked at.
func (k *Catalogue[V]) fresh(ctx context.Context, keys []string, look func()) error {
	if err := k.turn.Take(ctx); err != nil {
		return err
	}
	defer k.turn.Give()
	age := k.Now().Sub(k.read)
	if k.asOf.IsZero() || k.stale || age > k.Fresh || (!k.Quiet && age > missFresh && k.lacks(keys)) {
		if err := k.refresh(ctx); err != nil {
			return apihttp.Shared(err)
		}
	}
	look()
	return nil
}

func (k *Catalogue[V]) lacks(keys []string) bool {
	for _, key := range keys {
		if _, exists := k.entries[key]; !exists {
			return true
		}
	}
	return false
}

func (k *Catalogue[V]) refresh(ctx context.Context) error {
	started, since := k.Now(), time.Time{}
	if !k.asOf.IsZero() {
		since = k.asOf.Add(-catalogueOverlap)
	}
	asOf, err := k.Read(ctx, since, func(key string, value V) { k.entries[key] = value })
	if err != nil {
		return err
	}
	if asOf.IsZero() {
		asOf = started
	}
	k.asOf, k.read, k.stale = asOf, started, false
	return nil
}

// hold takes the turn for what is done at once and cannot be broken off.
func (k *Catalogue[V]) hold() { _ = k.turn.Take(context.Background()) }

// AsOf is the service's time as of which the list is known, zero before it was
// read.
func (k *Catalogue[V]) AsOf() time.Time {
	k.hold()
	defer k.turn.Give()
	return k.asOf
}

// Stale makes the next Find ask what changed, however fresh the list is.
func (k *Catalogue[V]) Stale() {
	k.hold()
	defer k.turn.Give()
	k.stale = true
}

// Update changes an entry after a write of ours. Nothing happens before the list
// was read for the first time.
func (k *Catalogue[V]) Update(key string, change func(value V, exists bool) V) {
	k.hold()
	defer k.turn.Give()
	if k.asOf.IsZero() {
		return
	}
	value, exists := k.entries[key]
	k.entries[key] = change(value, exists)
}
