package mintsoft

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// inventoryPage is how many products a page of Inventory/Bulk holds at most
// (https://api.mintsoft.co.uk/swagger/ui/index); it may hold more rows.
const inventoryPage = 500

// stockQuery says whose stock is read, and how.
type stockQuery struct {
	client, warehouse string // client is empty for a key that is bound to one
	breakdown         bool   // by batch and serial number
	bundles           bool   // with bundles, which hold no stock of their own
}

func stockQueryOf(args map[string]any) stockQuery {
	q := stockQuery{client: idOf(args, "ClientId"), warehouse: idOf(args, "WarehouseId")}
	q.breakdown, _ = args["Breakdown"].(bool)
	q.bundles, _ = args["Bundles"].(bool)
	return q
}

func (q stockQuery) values() url.Values {
	values := url.Values{}
	if q.client != "" {
		values.Set("ClientId", q.client)
	}
	values.Set("WarehouseId", q.warehouse)
	return values
}

// ours checks a row, since a filter alone is not trusted. A key that is bound to a
// client sees no other.
func (q stockQuery) ours(client, warehouse int64) bool {
	return (q.client == "" || fmt.Sprint(client) == q.client) && fmt.Sprint(warehouse) == q.warehouse
}

// stock is the counters of some SKUs at one moment.
type stock struct {
	takenAt time.Time // by the service's clock, zero when it does not tell
	rows    []stockRow
	at      map[string]int // index by SKU
}

// stockRow is what Mintsoft counts of an SKU: its total with what is allocated, what
// is free, and the allocated.
type stockRow struct {
	sku                    string
	product                int64
	level, free, allocated count
	first, all             []stockLot
	modified               time.Time // of the row that changed last
	bundle                 bool
	located                bool // it has a row for each location, or several
}

// stockLot is some of it with a batch or a serial number.
type stockLot struct {
	batch, serial, expiry string
	quantity              int64
}

// inventoryRow is what we need of the vendor's BulkInventoryItem.
type inventoryRow struct {
	ID                            int64
	SKU                           string
	ProductID                     int64 `json:"ProductId"`
	ClientID                      int64 `json:"ClientId"`
	WarehouseID                   int64 `json:"WarehouseId"`
	LocationID                    int64 `json:"LocationId"`
	StockLevel, OnHand, Allocated count
	LastUpdated                   string
	Breakdown                     []lotRow
}

type lotRow struct {
	Quantity                            count
	BatchNo, SerialNo, BestBefore, Type string
}

// readStock reads the counters of what changed since a moment, of everything when
// that is zero, or of one SKU. A product may have several rows, as for each location: they
// are summed up.
func readStock(ctx context.Context, c *connection.Connection, q stockQuery, since time.Time, sku string) (*stock, error) {
	query := q.values()
	if q.breakdown {
		query.Set("Breakdown", "true")
	}
	if !since.IsZero() {
		query.Set("LastUpdatedSince", mintsoftapi.FormatTime(since, c.MintsoftZone()))
	}
	if sku != "" {
		query.Set("SKU", sku)
	}
	s := &stock{at: map[string]int{}}
	type place struct{ row, product, warehouse, location int64 }
	read := map[place]bool{}
	for page := 1; ; page++ {
		rows, date, err := c.Mintsoft.List(ctx, "/api/Product/Inventory/Bulk", query, page, inventoryPage)
		if err != nil {
			return nil, fmt.Errorf("reading the stock of Mintsoft: %w", err)
		}
		if s.takenAt.IsZero() {
			s.takenAt = date
		}
		before := len(read)
		for _, raw := range rows {
			var row inventoryRow
			if err := json.Unmarshal(raw, &row); err != nil {
				return nil, fmt.Errorf("decoding the stock of Mintsoft, SKU %s: %w", row.SKU, err)
			}
			at := place{row.ID, row.ProductID, row.WarehouseID, row.LocationID}
			if read[at] {
				continue // a row that moved to the next page, or a page that is repeated
			}
			read[at] = true
			if q.ours(row.ClientID, row.WarehouseID) && row.SKU != "" && (sku == "" || row.SKU == sku) {
				s.add(row, moment(row.LastUpdated, c))
			}
		}
		// A page is one of products, and whether those without a row count is not known:
		// only one that shows nothing new is surely the end.
		if len(read) == before || sku != "" {
			break
		}
	}
	if s.takenAt.IsZero() {
		s.takenAt = c.Book().Options.Now()
	}
	if since.IsZero() {
		return s, nil
	}
	return s, s.complete(ctx, c, q)
}

// complete reads again what has several rows: of those only the ones that changed may
// have been answered, and their sum would be taken for all of it.
func (s *stock) complete(ctx context.Context, c *connection.Connection, q stockQuery) error {
	var partly []string
	for _, row := range s.rows {
		if row.located {
			partly = append(partly, row.sku)
		}
	}
	if len(partly) > askEach {
		all, err := readStock(ctx, c, q, time.Time{}, "")
		if err != nil {
			return err
		}
		s.replace(all, partly...)
		return nil
	}
	for _, sku := range partly {
		whole, err := readStock(ctx, c, q, time.Time{}, sku)
		if err != nil {
			return err
		}
		s.replace(whole, sku)
	}
	return nil
}

// replace takes the rows of SKUs from what was read later.
func (s *stock) replace(later *stock, skus ...string) {
	for _, sku := range skus {
		if i, exists := later.at[sku]; exists {
			s.rows[s.at[sku]] = later.rows[i]
		}
	}
}

func (s *stock) add(row inventoryRow, modified time.Time) {
	i, exists := s.at[row.SKU]
	if !exists {
		i = len(s.rows)
		s.at[row.SKU] = i
		s.rows = append(s.rows, stockRow{sku: row.SKU, product: row.ProductID, level: counted(0), free: counted(0), allocated: counted(0)})
	}
	r := &s.rows[i]
	r.located = r.located || row.LocationID != 0 || exists
	r.level, r.free, r.allocated = r.level.plus(row.StockLevel), r.free.plus(row.OnHand), r.allocated.plus(row.Allocated)
	if modified.After(r.modified) {
		r.modified = modified
	}
	lots := lotsOf(row.Breakdown)
	if !exists {
		r.first = lots
	}
	r.all = append(r.all, lots...)
}

// versions are when each SKU changed last.
func (s *stock) versions() map[string]time.Time {
	versions := make(map[string]time.Time, len(s.rows))
	for _, row := range s.rows {
		if !row.modified.IsZero() {
			versions[row.sku] = row.modified
		}
	}
	return versions
}

// drop leaves SKUs out.
func (s *stock) drop(unwanted func(sku string) bool) {
	s.rows = slices.DeleteFunc(s.rows, func(r stockRow) bool { return unwanted(r.sku) })
	s.at = map[string]int{}
	for i, r := range s.rows {
		s.at[r.sku] = i
	}
}

// lotsOf reads a breakdown. What is in quarantine, or held outside the stock, is in
// none of the counters.
func lotsOf(rows []lotRow) (lots []stockLot) {
	for _, row := range rows {
		if row.Type == "Quarantine" || strings.Contains(row.Type, "OffHand") {
			continue
		}
		lots = append(lots, stockLot{batch: row.BatchNo, serial: row.SerialNo, expiry: day(row.BestBefore), quantity: row.Quantity.n})
	}
	return lots
}

// day reads a date as the breakdown shows it to people, "31-January-2028"; what it
// cannot read is no date, nor is the first day of all, which stands for none.
func day(shown string) string {
	for _, layout := range []string{"02-January-2006", "2-January-2006", "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, strings.TrimSpace(shown)); err == nil && !at.IsZero() {
			return at.Format(time.DateOnly)
		}
	}
	return ""
}

// lots are those of an SKU. Where it has several rows, each may show its own or all
// of them: those that add up to what is counted are right.
func (r stockRow) lots() []stockLot {
	lots := r.all
	if sumOf(r.all) != r.level.n && sumOf(r.first) == r.level.n {
		lots = r.first
	}
	var joined []stockLot
	for _, lot := range lots {
		i := slices.IndexFunc(joined, func(j stockLot) bool { return j.batch == lot.batch && j.serial == lot.serial })
		if i < 0 {
			joined = append(joined, lot)
			continue
		}
		joined[i].quantity += lot.quantity
		if joined[i].expiry == "" {
			joined[i].expiry = lot.expiry
		}
	}
	return joined
}

func sumOf(lots []stockLot) (sum int64) {
	for _, lot := range lots {
		sum += lot.quantity
	}
	return sum
}

// message is a row as mappings see it, with null for a counter that is not known. Lots
// are there when any of them has a batch or serial number.
func (r stockRow) message() map[string]any {
	m := map[string]any{"SKU": r.sku, "ProductId": r.product, "StockLevel": r.level.value(), "OnHand": r.free.value(), "Allocated": r.allocated.value()}
	if r.bundle {
		m["Bundle"] = true
	}
	lots := r.lots()
	if slices.ContainsFunc(lots, func(l stockLot) bool { return l.batch != "" || l.serial != "" }) {
		list := make([]any, len(lots))
		for i, lot := range lots {
			entry := map[string]any{"quantity": lot.quantity}
			for name, value := range map[string]string{"batch": lot.batch, "serial": lot.serial, "expiry": lot.expiry} {
				if value != "" {
					entry[name] = value
				}
			}
			list[i] = entry
		}
		m["Lots"] = list
	}
	return m
}

func (s *stock) messages() []any {
	list := make([]any, len(s.rows))
	for i, row := range s.rows {
		list[i] = row.message()
	}
	return list
}
