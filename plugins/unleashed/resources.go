package unleashed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// defaultPageSize is the vendor's own default, which its documentation states.
const defaultPageSize = 200

// resources are the lists with a `modifiedSince` filter.
var resources = []component.Resource{
	list("SalesOrders", "OrderNumber", "Sales orders with their lines."),
	list("SalesShipments", "ShipmentNumber", "Shipments of sales orders."),
	list("PurchaseOrders", "OrderNumber", "Purchase orders with their lines."),
	list("Products", "ProductCode", "Products; ask for `includeObsolete: true`, or retired ones vanish."),
	list("Customers", "CustomerCode", "Customers with their contacts."),
	list("Assemblies", "AssemblyNumber", "Assemblies and disassemblies."),
	list("WarehouseStockTransfers", "TransferOrderNumber", "Transfers between warehouses, deleted ones included."),
	stockResource,
}

func list(name, ref, summary string) component.Resource {
	return component.Resource{Name: name, Summary: summary, Open: func(c *connection.Connection, query map[string]any, pageSize int) (polling.Source, error) {
		if pageSize == 0 {
			pageSize = defaultPageSize
		}
		return &source{client: c.Unleashed, resource: name, ref: ref, filters: filters(query), pageSize: pageSize}, nil
	}}
}

// filters are sent in alphabetical order, so that a query reads the same each
// time.
func filters(query map[string]any) []string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch value := query[name].(type) {
		case nil:
		case []any:
			pairs = append(pairs, name, strings.Join(component.Texts(value), ","))
		default:
			pairs = append(pairs, name, component.Text(value))
		}
	}
	return pairs
}

// source reads one list of Unleashed.
type source struct {
	client        *unleashedapi.Client
	resource, ref string
	filters       []string
	pageSize      int
}

// Page reads one page of what changed since a moment.
func (s *source) Page(ctx context.Context, since time.Time, number int) (polling.Page, error) {
	pairs := slices.Clone(s.filters)
	if !since.IsZero() {
		pairs = append(pairs, "modifiedSince", unleashedapi.FormatDateTime(since))
	}
	answer, err := s.client.Records(ctx, s.resource, unleashedapi.NewQuery(pairs...), number, s.pageSize)
	if err != nil {
		return polling.Page{}, err
	}
	page := polling.Page{Count: answer.Count, Last: number >= answer.Pages, Date: answer.Date, Items: make([]polling.Item, 0, len(answer.Items))}
	for _, row := range answer.Items {
		page.Items = append(page.Items, s.item(row))
	}
	return page, nil
}

// Fetch reads one record again, with its batches and serial numbers where the list
// is asked for them.
func (s *source) Fetch(ctx context.Context, id string) (polling.Item, error) {
	if polling.IsNameless(id) {
		return polling.Item{}, polling.ErrNameless
	}
	var query unleashedapi.Query
	if i := slices.Index(s.filters, "serialBatch"); i >= 0 {
		query = unleashedapi.NewQuery(s.filters[i : i+2]...)
	}
	raw, err := s.client.Get(ctx, s.resource, id, query)
	if errors.Is(err, apihttp.ErrNotFound) {
		return polling.Item{}, polling.ErrMissing // it may be new: 404 is no proof
	}
	if err != nil {
		return polling.Item{}, err
	}
	document, err := unleashedapi.Decode(raw)
	return s.item(document), err
}

// item is a row of the list. When it was changed is not known where the service tells
// it in a form of its own: such a record is taken for new whenever it is listed.
func (s *source) item(row any) polling.Item {
	record, isObject := row.(map[string]any)
	if !isObject {
		return polling.Nameless("", row, fmt.Errorf("reading a row of %s: found %T, expected an object", s.resource, row))
	}
	item := polling.Item{Body: record}
	item.ID, _ = record["Guid"].(string)
	item.Ref, _ = record[s.ref].(string)
	if item.ID == "" {
		return polling.Nameless(item.Ref, record, fmt.Errorf("reading a row of %s: it has no Guid", s.resource))
	}
	item.Modified, _ = unleashedapi.ParseDate(member(record, "LastModifiedOn"))
	item.Created, _ = unleashedapi.ParseDate(member(record, "CreatedOn"))
	return item
}
