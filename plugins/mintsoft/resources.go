package mintsoft

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// defaultPageSize is the most that these lists answer at once.
const defaultPageSize = 100

// resources are the lists with a `SinceLastUpdated` filter.
var resources = []component.Resource{
	list(feed{name: "Orders", path: "/api/Order/List", one: "/api/Order/%s", ref: "OrderNumber",
		fixed: map[string]string{"IncludeOrderItems": "true", "SortOldestFirst": "true"}}, "Orders with their items, each part of a split one by itself."),
	asns(feed{name: "ASNs", path: "/api/ASN/List", one: "/api/ASN/%s", ref: "POReference",
		fixed: map[string]string{"IncludeASNItems": "true"}}, "Advance shipping notices with their items, also those that were booked in without counting as changed."),
	list(feed{name: "Products", path: "/api/Product/List", one: "/api/Product/%s", ref: "SKU"}, "Products of the client."),
	stockResource,
}

// feed describes one list.
type feed struct {
	name, path, one, ref string
	fixed                map[string]string
}

func list(f feed, summary string) component.Resource {
	return component.Resource{Name: f.name, Summary: summary, Open: func(c *connection.Connection, query map[string]any, pageSize int) (polling.Source, error) {
		if pageSize == 0 {
			pageSize = defaultPageSize
		}
		if pageSize > defaultPageSize {
			return nil, fmt.Errorf("field page_size: found %d, expected at most %d for %s", pageSize, defaultPageSize, f.name)
		}
		fixed := url.Values{}
		for name, value := range f.fixed {
			fixed.Set(name, value)
		}
		for _, name := range slices.Sorted(maps.Keys(query)) {
			if query[name] != nil {
				fixed.Set(name, text(query[name]))
			}
		}
		return &source{conn: c, feed: f, query: fixed, limit: pageSize}, nil
	}}
}

func text(value any) string {
	items, isList := value.([]any)
	if !isList {
		return fmt.Sprint(value)
	}
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = fmt.Sprint(item)
	}
	return strings.Join(parts, ";")
}

// source reads one list of Mintsoft.
type source struct {
	conn  *connection.Connection
	feed  feed
	query url.Values
	limit int
}

// Page reads one page of what changed since a moment. The answer is a bare
// array without a total: a page shorter than the limit is the last.
func (s *source) Page(ctx context.Context, since time.Time, number int) (polling.Page, error) {
	query := url.Values(maps.Clone(map[string][]string(s.query)))
	if !since.IsZero() {
		query.Set("SinceLastUpdated", mintsoftapi.FormatTime(since, s.conn.MintsoftZone()))
	}
	rows, date, err := s.conn.Mintsoft.List(ctx, s.feed.path, query, number, s.limit)
	if err != nil {
		return polling.Page{}, err
	}
	page := polling.Page{Count: -1, Last: len(rows) < s.limit, Date: date, Items: make([]polling.Item, 0, len(rows))}
	for _, raw := range rows {
		item, err := s.item(raw)
		if err != nil {
			return polling.Page{}, fmt.Errorf("page %d of %s: %w", number, s.feed.name, err)
		}
		page.Items = append(page.Items, item)
	}
	return page, nil
}

// Fetch reads one record again.
func (s *source) Fetch(ctx context.Context, id string) (polling.Item, error) {
	response, err := s.conn.Mintsoft.Call(ctx, mintsoftapi.Call{
		Operation: s.feed.name + ".get", Method: "GET", Path: fmt.Sprintf(s.feed.one, url.PathEscape(id)),
	})
	if errors.Is(err, apihttp.ErrNotFound) {
		return polling.Item{}, polling.ErrGone
	}
	if err != nil {
		return polling.Item{}, err
	}
	return s.item(response.Body)
}

func (s *source) item(raw []byte) (polling.Item, error) {
	var record map[string]any
	if err := component.DecodeJSON(raw, &record); err != nil {
		return polling.Item{}, fmt.Errorf("decoding a record: %w", err)
	}
	item := polling.Item{Body: record, ID: idOf(record, "ID")}
	if item.ID == "" {
		return polling.Item{}, errors.New("a record has no ID")
	}
	item.Ref, _ = record[s.feed.ref].(string)
	if updated, isText := record["LastUpdated"].(string); isText {
		modified, err := mintsoftapi.ParseTime(updated, s.conn.MintsoftZone())
		if err != nil {
			return polling.Item{}, fmt.Errorf("%s %s: LastUpdated: %w", s.feed.name, item.Ref, err)
		}
		item.Modified = modified
	}
	return item, nil
}

// idOf reads a numeric id; 0 and null are none.
func idOf(record map[string]any, field string) string {
	if record[field] == nil {
		return ""
	}
	id := fmt.Sprint(record[field])
	if id == "0" {
		return ""
	}
	return id
}
