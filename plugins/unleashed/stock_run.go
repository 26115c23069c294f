package unleashed

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/polling"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// wholeStock is the id of a run's message, and of what becomes of it as a whole;
// each SKU is a record with its own.
const wholeStock = "*"

// stockResource sums a run up in one message: numbers of different moments must not
// be compared with each other.
var stockResource = component.Resource{
	Name:    "StockOnHand",
	Summary: "One message for each run: its id `run`, `taken_at`, `since` (null: everything), and `rows` with the stock of each SKU that changed. The first run of each day reads everything. The query names the `warehouseCode`.",
	Open: func(c *connection.Connection, query map[string]any, pageSize int) (polling.Source, error) {
		warehouse, _ := query["warehouseCode"].(string)
		if warehouse == "" {
			return nil, errors.New("field query: found no warehouseCode, expected one for StockOnHand")
		}
		if pageSize == 0 {
			pageSize = wholePage
		}
		return &stockSource{conn: c, warehouse: warehouse, pageSize: pageSize}, nil
	},
}

type stockSource struct {
	conn      *connection.Connection
	warehouse string
	pageSize  int
	seen      map[string]string
}

// Recall is told what earlier runs looked at, as it stood then.
func (s *stockSource) Recall(seen map[string]string) { s.seen = seen }

// Page reads all of it, so there is only one. What the service says changed is
// inferred to be all that did (the vendor does not promise it), so that the first run
// of a day does not ask.
func (s *stockSource) Page(ctx context.Context, since time.Time, _ int) (polling.Page, error) {
	known, err := productIDs(ctx, s.conn)
	if err != nil {
		return polling.Page{}, err
	}
	zone := s.conn.UnleashedZone()
	position := since.Add(System.Overlap).In(zone)
	if now := s.conn.Book().Options.Now().In(zone); position.YearDay() != now.YearDay() || position.Year() != now.Year() {
		since, s.seen = time.Time{}, nil
	}
	query := unleashedapi.NewQuery()
	if !since.IsZero() {
		query = query.With("modifiedSince", unleashedapi.FormatDateTime(since))
	}
	var read []stockRow
	takenAt, err := eachStock(ctx, s.conn, s.warehouse, query, s.pageSize, func(row stockRow) { read = append(read, row) })
	if err != nil {
		return polling.Page{}, err
	}
	named, err := known.name(ctx, s.conn, read, nil)
	if err != nil {
		return polling.Page{}, err
	}
	rows, versions := []any{}, map[string]time.Time{}
	for _, sku := range slices.Sorted(maps.Keys(named)) {
		row := named[sku]
		if modified, err := unleashedapi.ParseDate(row.LastModifiedOn); err == nil && !modified.IsZero() {
			versions[sku] = modified
			if s.seen[sku] == polling.Version(modified) {
				continue
			}
		}
		message := row.message()
		message["SKU"] = sku
		rows = append(rows, message)
	}
	if takenAt.IsZero() {
		takenAt = s.conn.Book().Options.Now()
	}
	item := stockRun(rows, takenAt, since, wholeStock, "stock")
	item.Versions = versions
	return polling.Page{Count: -1, Last: true, Date: takenAt, Items: []polling.Item{item}}, nil
}

// Fetch reads one SKU again for a replay; for one of the whole it reads nothing, and
// the flow looks at what was left undone.
func (s *stockSource) Fetch(ctx context.Context, id string) (polling.Item, error) {
	now := s.conn.Book().Options.Now()
	if id == wholeStock {
		return stockRun([]any{}, now, now, id, "stock"), nil
	}
	answer, err := lookOnHand(ctx, s.conn, component.Source{}, map[string]any{"WarehouseCode": s.warehouse, "SKUs": []any{id}})
	if err != nil {
		return polling.Item{}, err
	}
	found, exists := answer.(map[string]any)[id].(map[string]any)
	if !exists {
		return polling.Item{}, polling.ErrGone
	}
	found["SKU"] = id
	return stockRun([]any{found}, now, now, id, id), nil
}

func stockRun(rows []any, takenAt, since time.Time, id, ref string) polling.Item {
	body := map[string]any{"run": uuid.NewString(), "taken_at": takenAt.UTC().Format(time.RFC3339Nano), "since": nil, "rows": rows}
	if !since.IsZero() {
		body["since"] = since.UTC().Format(time.RFC3339Nano)
	}
	return polling.Item{ID: id, Ref: ref, Body: body, Holds: len(rows)}
}
