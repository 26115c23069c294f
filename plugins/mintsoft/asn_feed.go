package mintsoft

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// bookedBefore is how far before the start of a run the book-in dates are looked
// through: whether they hold a time of day is not known.
const bookedBefore = 24 * time.Hour

// asns is the list of ASNs. Its order is not stable, so that a row may slip over a
// page border, and booking in may not count as a change of the ASN (neither is
// documented): what changed is read until every row was seen twice, and then what
// was booked in lately.
func asns(f feed, summary string) component.Resource {
	resource := list(f, summary)
	open := resource.Open
	resource.Open = func(c *connection.Connection, query map[string]any, pageSize int) (polling.Source, error) {
		plain, err := open(c, query, pageSize)
		if err != nil {
			return nil, err
		}
		return &asnSource{source: plain.(*source)}, nil
	}
	return resource
}

// asnSource reads the list of ASNs.
type asnSource struct {
	*source
	reading asnReading
}

// asnReading is how far a run has come with one query of the list.
type asnReading struct {
	booked       bool // the query is for what was booked in lately
	page, passes int
	sightings    map[string]int      // ASNs by the passes that showed them
	shown        map[string]struct{} // by this pass
}

func newASNReading(booked bool) asnReading {
	return asnReading{booked: booked, page: 1, sightings: map[string]int{}, shown: map[string]struct{}{}}
}

// Page reads the next page that a run needs, whatever the list itself calls it.
func (s *asnSource) Page(ctx context.Context, since time.Time, number int) (polling.Page, error) {
	if number == 1 {
		s.reading = newASNReading(false)
	}
	r := &s.reading
	query := url.Values(maps.Clone(map[string][]string(s.query)))
	switch zone := s.conn.MintsoftZone(); {
	case r.booked:
		query.Set("BookedInStartInterval", mintsoftapi.FormatTime(since.Add(-bookedBefore), zone))
	case !since.IsZero():
		query.Set("SinceLastUpdated", mintsoftapi.FormatTime(since, zone))
	}
	rows, date, err := s.conn.Mintsoft.List(ctx, s.feed.path, query, r.page, s.limit)
	if err != nil {
		return polling.Page{}, err
	}
	page := polling.Page{Count: -1, Date: date, Whole: true}
	for _, raw := range rows {
		item := s.item(raw)
		if _, again := r.shown[item.ID]; !again {
			r.shown[item.ID] = struct{}{}
			r.sightings[item.ID]++
		}
		// What was booked in before was read by an earlier run.
		if !r.booked || item.Modified.IsZero() || !item.Modified.Before(since) {
			page.Items = append(page.Items, item)
		}
	}
	if len(rows) == s.limit {
		r.page++
		return page, nil
	}
	switch whole := r.page == 1 || !seenLess(r.sightings, asnSightings); {
	case !whole && r.passes+1 == mostASNPasses:
		return polling.Page{}, fmt.Errorf("reading the ASNs of Mintsoft: the list showed other rows in each of %d passes", mostASNPasses)
	case !whole:
		r.page, r.passes, r.shown = 1, r.passes+1, map[string]struct{}{}
	case r.booked || since.IsZero():
		page.Last = true
	default:
		s.reading = newASNReading(true)
	}
	return page, nil
}

// Fetch reads one ASN again.
func (s *asnSource) Fetch(ctx context.Context, id string) (polling.Item, error) {
	item, err := s.source.Fetch(ctx, id)
	if err != nil {
		return item, err
	}
	return s.dated(item), nil
}

func (s *asnSource) item(raw []byte) polling.Item { return s.dated(s.source.item(raw)) }

// dated lets an ASN change when it is booked in and when one of its items
// changes, whether or not the ASN itself says so.
func (s *asnSource) dated(item polling.Item) polling.Item {
	if item.Err != nil {
		return item
	}
	record := item.Body.(map[string]any)
	moments := []any{record["BookedInDate"]}
	lines, _ := record["Items"].([]any)
	for _, entry := range lines {
		if line, isObject := entry.(map[string]any); isObject {
			moments = append(moments, line["LastUpdated"])
		}
	}
	for _, moment := range moments {
		text, isText := moment.(string)
		if !isText {
			continue
		}
		at, err := mintsoftapi.ParseTime(text, s.conn.MintsoftZone())
		if err != nil {
			item.Modified = time.Time{} // it is taken for new
			return item
		}
		if at.After(item.Modified) {
			item.Modified = at
		}
	}
	return item
}
