package ledger

import (
	"context"
	"fmt"
	"time"
)

// Kinds of links that more than the operation that leaves them asks for: what they lead
// to in Mintsoft.
const (
	LinkOrder   = "order"
	LinkASN     = "asn"
	LinkProduct = "product"
)

// Link says which record of one service became which record of the other.
type Link struct {
	Connection   string    `json:"connection,omitempty"` // that made it
	Pair         string    `json:"pair"`                 // the accounts on both sides
	Kind         string    `json:"kind"`                 // what was made: order, product, …
	SourceSystem string    `json:"source_system"`
	SourceID     string    `json:"source_id"`
	SourceRef    string    `json:"source_ref"`
	TargetSystem string    `json:"target_system"`
	TargetID     string    `json:"target_id"`
	TargetRef    string    `json:"target_ref"`
	Modified     string    `json:"modified,omitempty"` // version of the source that was written last
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

const linkColumns = "connection, pair, kind, source_system, source_id, source_ref, target_system, target_id, target_ref, modified, created_at, updated_at"

func scanLink(r row) (k Link, err error) {
	err = r.Scan(&k.Connection, &k.Pair, &k.Kind, &k.SourceSystem, &k.SourceID, &k.SourceRef, &k.TargetSystem, &k.TargetID, &k.TargetRef,
		&k.Modified, instant{&k.CreatedAt}, instant{&k.UpdatedAt})
	return k, err
}

// LinkBySource finds what became of a record; false when nothing did.
func (l *Ledger) LinkBySource(ctx context.Context, pair, kind, sourceID string) (Link, bool, error) {
	k, exists, err := one(ctx, l, scanLink, "SELECT "+linkColumns+" FROM links WHERE pair = ? AND kind = ? AND source_id = ?", pair, kind, sourceID)
	if err != nil {
		return k, false, fmt.Errorf("reading the link of %s: %w", sourceID, err)
	}
	return k, exists, nil
}

// LinkByTarget finds where a record came from; false when it was not made here.
// Of several the one written last is answered.
func (l *Ledger) LinkByTarget(ctx context.Context, pair, kind, targetID string) (Link, bool, error) {
	k, exists, err := one(ctx, l, scanLink, "SELECT "+linkColumns+" FROM links WHERE target_id = ? AND kind = ? AND pair = ? "+
		"ORDER BY updated_at DESC, source_id LIMIT 1", targetID, kind, pair)
	if err != nil {
		return k, false, fmt.Errorf("reading the link to %s: %w", targetID, err)
	}
	return k, exists, nil
}

// LinksOfKind reads all links of one kind between two accounts, the oldest first.
func (l *Ledger) LinksOfKind(ctx context.Context, pair, kind string) ([]Link, error) {
	links, err := list(ctx, l, scanLink, "SELECT "+linkColumns+" FROM links WHERE pair = ? AND kind = ? ORDER BY created_at, source_id", pair, kind)
	if err != nil {
		return nil, fmt.Errorf("reading the links of %ss: %w", kind, err)
	}
	return links, nil
}

// LinkCount is how many links of a kind a connection has made.
type LinkCount struct {
	Connection string    `json:"connection"`
	Kind       string    `json:"kind"`
	Count      int64     `json:"count"`
	UpdatedAt  time.Time `json:"updated_at"` // of the last one
}

// LinkCounts counts all links by connection and kind.
func (l *Ledger) LinkCounts(ctx context.Context) ([]LinkCount, error) {
	counts, err := list(ctx, l, func(r row) (c LinkCount, err error) {
		err = r.Scan(&c.Connection, &c.Kind, &c.Count, instant{&c.UpdatedAt})
		return c, err
	}, "SELECT connection, kind, count(*), max(updated_at) FROM links GROUP BY connection, kind ORDER BY connection, kind")
	if err != nil {
		return nil, fmt.Errorf("counting the links: %w", err)
	}
	return counts, nil
}

// LinksByRef finds the links that name something as their source or target, by
// its id or by the number that a person knows it by.
func (l *Ledger) LinksByRef(ctx context.Context, ref string) ([]Link, error) {
	if ref == "" {
		return nil, nil
	}
	links, err := list(ctx, l, scanLink, "SELECT "+linkColumns+" FROM links WHERE source_id = ? OR source_ref = ? OR target_id = ? OR target_ref = ? "+
		"ORDER BY created_at, kind, source_id", ref, ref, ref, ref)
	if err != nil {
		return nil, fmt.Errorf("reading the links of %s: %w", ref, err)
	}
	return links, nil
}

// PutLink writes a link over the one with the same pair, kind and source; its
// CreatedAt is kept.
func (tx *Tx) PutLink(k Link) error {
	if err := tx.guard(k.Connection); err != nil {
		return err
	}
	if k.UpdatedAt.IsZero() {
		k.UpdatedAt = tx.ledger.now()
	}
	if k.CreatedAt.IsZero() {
		k.CreatedAt = k.UpdatedAt
	}
	_, err := tx.exec("INSERT INTO links ("+linkColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "+
		"ON CONFLICT (pair, kind, source_id) DO UPDATE SET connection = excluded.connection, source_system = excluded.source_system, source_ref = excluded.source_ref, "+
		"target_system = excluded.target_system, target_id = excluded.target_id, target_ref = excluded.target_ref, "+
		"modified = excluded.modified, updated_at = excluded.updated_at",
		k.Connection, k.Pair, k.Kind, k.SourceSystem, k.SourceID, k.SourceRef, k.TargetSystem, k.TargetID, k.TargetRef, k.Modified, k.CreatedAt, k.UpdatedAt)
	return err
}

// DeleteLink forgets what became of a record; false when nothing was known.
func (tx *Tx) DeleteLink(pair, kind, sourceID string) (bool, error) {
	n, err := tx.exec("DELETE FROM links WHERE pair = ? AND kind = ? AND source_id = ?", pair, kind, sourceID)
	return n > 0, err
}
