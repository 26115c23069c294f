package mintsoft

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
)

// asnIndex is Mintsoft's list of ASNs by POReference. The service checks no
// duplicates and cannot be asked for a reference, so every create looks here
// first; the list is read once and kept up to date by what changed.
type asnIndex = component.Catalogue[map[int64]asn]

func asnIndexOf(c *connection.Connection) *asnIndex {
	return c.Local("mintsoft asns", func() any {
		known := map[string]map[int64]asn{}
		index := component.NewCatalogue(c.Book().Options.Now, time.Minute, func(ctx context.Context, since time.Time, put func(string, map[int64]asn)) (time.Time, error) {
			return readASNs(ctx, c, since, func(a asn) {
				// A copy, since an answer may still be reading the one before.
				same := map[int64]asn{a.ID: a}
				for id, other := range known[a.POReference] {
					if id != a.ID {
						same[id] = other
					}
				}
				known[a.POReference] = same
				put(a.POReference, same)
			})
		})
		index.Quiet = true
		return index
	}).(*asnIndex)
}

// A list of several pages is read until every row of it was seen in this many
// passes, and in at most mostASNPasses.
const (
	asnSightings  = 2
	mostASNPasses = 20
)

// readASNs reads the list of the client's ASNs that changed. Its order is not
// stable (seen in practice), and nothing tells how many there are, so that a row
// may slip over a page border unseen: a list of several pages is read until every
// row was seen twice. The fewer rows turn up only once, the fewer can be missing.
func readASNs(ctx context.Context, c *connection.Connection, since time.Time, take func(asn)) (time.Time, error) {
	query, err := ofClient(ctx, c)
	if err != nil {
		return time.Time{}, err
	}
	client := query.Get("ClientId")
	query.Set("IncludeASNItems", "true")
	if !since.IsZero() {
		query.Set("SinceLastUpdated", changedSince(since, c))
	}
	var asOf time.Time
	sightings := map[int64]int{}
	for range mostASNPasses {
		pages, date, err := asnPass(ctx, c, query, func(a asn) {
			if client == "" || fmt.Sprint(a.ClientID) == client {
				sightings[a.ID]++
				take(a)
			}
		})
		if err != nil {
			return time.Time{}, err
		}
		if asOf.IsZero() {
			asOf = date
		}
		if pages == 1 || !seenLess(sightings, asnSightings) {
			return asOf, nil
		}
	}
	return time.Time{}, fmt.Errorf("reading the ASNs of Mintsoft: the list showed other rows in each of %d passes", mostASNPasses)
}

func seenLess[K comparable](sightings map[K]int, times int) bool {
	for _, n := range sightings {
		if n < times {
			return true
		}
	}
	return false
}

// asnPass reads the list once, each row of it once, and answers how many pages it
// had.
func asnPass(ctx context.Context, c *connection.Connection, query url.Values, take func(asn)) (pages int, asOf time.Time, err error) {
	seen := map[int64]bool{}
	for pages = 1; ; pages++ {
		rows, date, err := c.Mintsoft.List(ctx, "/api/ASN/List", query, pages, defaultPageSize)
		if err != nil {
			return pages, asOf, fmt.Errorf("reading the ASNs of Mintsoft: %w", err)
		}
		if asOf.IsZero() {
			asOf = date
		}
		for _, raw := range rows {
			var a asn
			if err := json.Unmarshal(raw, &a); err != nil {
				return pages, asOf, fmt.Errorf("decoding ASN %d (%s) of Mintsoft: %w", a.ID, a.POReference, err)
			}
			if !seen[a.ID] {
				seen[a.ID] = true
				take(a)
			}
		}
		if len(rows) < defaultPageSize {
			return pages, asOf, nil
		}
	}
}

// rememberASN keeps the index true to what we made ourselves.
func rememberASN(c *connection.Connection, args map[string]any, answer delivery.Answer) {
	raw, err := json.Marshal(map[string]any{"ID": json.Number(answer.ID), "POReference": args["POReference"], "ASNStatusId": asnNew, "Items": args["Items"]})
	var made asn
	if err != nil || json.Unmarshal(raw, &made) != nil {
		asnIndexOf(c).Stale()
		return
	}
	asnIndexOf(c).Update(made.POReference, func(same map[int64]asn, _ bool) map[int64]asn {
		next := map[int64]asn{made.ID: made}
		for id, other := range same {
			next[id] = other
		}
		return next
	})
}

// refreshASNs makes the next look-up read what changed: an answer was lost.
func refreshASNs(c *connection.Connection) { asnIndexOf(c).Stale() }
