package ledger

import (
	"context"
	"fmt"
	"time"
)

// Get reads an item of a store; false when there is none, or its time is over.
func (l *Ledger) Get(ctx context.Context, store, key string) ([]byte, bool, error) {
	value, exists, err := one(ctx, l, func(r row) (value []byte, err error) { err = r.Scan(&value); return value, err },
		"SELECT value FROM items WHERE store = ? AND key = ? AND (expires_at = 0 OR expires_at > ?)", store, key, l.now())
	if err != nil {
		return nil, false, fmt.Errorf("reading %s of the store %s: %w", key, store, err)
	}
	return value, exists, nil
}

const putItem = "INSERT INTO items (store, key, value, expires_at) VALUES (?, ?, ?, ?) " +
	"ON CONFLICT (store, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at"

// Set writes an item, for a time or, with zero, for good.
func (tx *Tx) Set(store, key string, value []byte, ttl time.Duration) error {
	_, err := tx.exec(putItem, store, key, value, tx.expiry(ttl))
	return err
}

// AddIfAbsent writes an item unless there is one whose time is not over; false
// then.
func (tx *Tx) AddIfAbsent(store, key string, value []byte, ttl time.Duration) (bool, error) {
	n, err := tx.exec(putItem+" WHERE items.expires_at > 0 AND items.expires_at <= ?", store, key, value, tx.expiry(ttl), tx.ledger.now())
	return n > 0, err
}

// Delete removes an item if there is one.
func (tx *Tx) Delete(store, key string) error {
	_, err := tx.exec("DELETE FROM items WHERE store = ? AND key = ?", store, key)
	return err
}

func (tx *Tx) expiry(ttl time.Duration) time.Time {
	if ttl <= 0 {
		return time.Time{}
	}
	return tx.ledger.now().Add(ttl)
}
