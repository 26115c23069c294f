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
				fixed.Set(name, filter(query[name]))
			}
		}
		return &source{conn: c, feed: f, query: fixed, limit: pageSize}, nil
	}}
}

// filter is the value of a filter as a query carries it.
func filter(value any) string {
	if list, isList := value.([]any); isList {
		return strings.Join(component.Texts(list), ";")
	}
	return component.Text(value)
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
		page.Items = append(page.Items, s.item(raw))
	}
	return page, nil
}

// Fetch reads one record again.
func (s *source) Fetch(ctx context.Context, id string) (polling.Item, error) {
	if polling.IsNameless(id) {
		return polling.Item{}, polling.ErrNameless
	}
	response, err := s.conn.Mintsoft.Call(ctx, mintsoftapi.Call{
		Operation: s.feed.name + ".get", Method: "GET", Path: fmt.Sprintf(s.feed.one, url.PathEscape(id)),
	})
	if errors.Is(err, apihttp.ErrNotFound) {
		return polling.Item{}, polling.ErrGone
	}
	if err != nil {
		return polling.Item{}, err
	}
	return s.item(response.Body), nil
}

// item is a row of the list. When it was changed is not known where the service tells
// it in a form of its own: such a record is taken for new whenever it is listed.
func (s *source) item(raw []byte) polling.Item {
	var row any
	if err := component.DecodeJSON(raw, &row); err != nil {
		return polling.Nameless("", string(raw), fmt.Errorf("reading a row of %s: %w", s.feed.name, err))
	}
	record, isObject := row.(map[string]any)
	if !isObject {
		return polling.Nameless("", row, fmt.Errorf("reading a row of %s: found %T, expected an object", s.feed.name, row))
	}
	item := polling.Item{Body: record, ID: idOf(record, "ID")}
	item.Ref, _ = record[s.feed.ref].(string)
	if item.ID == "" {
		return polling.Nameless(item.Ref, record, fmt.Errorf("reading a row of %s: it has no ID", s.feed.name))
	}
	if updated, isText := record["LastUpdated"].(string); isText {
		if modified, err := mintsoftapi.ParseTime(updated, s.conn.MintsoftZone()); err == nil {
			item.Modified = modified
		}
	}
	if made, isText := record["OrderDate"].(string); isText {
		item.Created, _ = mintsoftapi.ParseTime(made, s.conn.MintsoftZone())
	}
	return item
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
