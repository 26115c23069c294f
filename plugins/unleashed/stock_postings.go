package unleashed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/ledger"
)

const (
	// postingsEach is how many orders and shipments are asked for one by one; of more
	// the lists are read, as after a ledger was lost.
	postingsEach = 40
	// postingsBack is how far before it stands in the warehouse an order may have
	// changed last.
	postingsBack = 7 * 24 * time.Hour
)

// postings reads the sales orders and shipments that documents were made from. Those
// that a list showed are not asked for again.
type postings struct {
	conn      *connection.Connection
	products  *productIndex
	orders    map[string]map[string]any // by GUID in lower case, and by number
	shipments map[string]map[string]any // by GUID in lower case
	left      map[string][]any          // shipments by order number
	letters   map[string]ledger.DeadLetter
}

// newPostings reads the lists when there are many documents to ask for.
func newPostings(ctx context.Context, c *connection.Connection, documents []map[string]any) (*postings, error) {
	p := &postings{conn: c}
	if len(documents) == 0 {
		return p, nil
	}
	var err error
	if p.products, err = productIDs(ctx, c); err != nil {
		return nil, err
	}
	var oldest time.Time
	many := 0
	for _, document := range documents {
		kind := kindOf(document)
		if document["direction"] == "in" || kind == kindTransfer || kind == kindAssembly || kind == kindExport {
			continue
		}
		many++
		if created, err := time.Parse(time.RFC3339, fmt.Sprint(document["created"])); err == nil && (oldest.IsZero() || created.Before(oldest)) {
			oldest = created
		}
	}
	if many <= postingsEach || oldest.IsZero() {
		return p, nil
	}
	p.orders, p.shipments, p.left = map[string]map[string]any{}, map[string]map[string]any{}, map[string][]any{}
	since := oldest.Add(-postingsBack)
	if _, err := eachRecord(ctx, c, "SalesOrders", since, []string{"warehouseCode", c.Config.Unleashed.WarehouseCode}, func(record map[string]any) {
		slim := slimLines(record, "SalesOrderLines", "OrderQuantity", "Guid", "OrderNumber", "OrderStatus")
		p.orders[strings.ToLower(fmt.Sprint(record["Guid"]))] = slim
		p.orders[fmt.Sprint(record["OrderNumber"])] = slim
	}); err != nil {
		return nil, err
	}
	_, err = eachRecord(ctx, c, "SalesShipments", since, nil, func(record map[string]any) {
		slim := slimLines(record, "SalesShipmentLines", "ShipmentQty", "Guid", "OrderNumber", "ShipmentStatus", "Comments", "LastModifiedOn")
		p.shipments[strings.ToLower(fmt.Sprint(record["Guid"]))] = slim
		number := fmt.Sprint(record["OrderNumber"])
		p.left[number] = append(p.left[number], slim)
	})
	return p, err
}

// slimLines keeps of a document what its quantities by SKU are summed up from.
func slimLines(record map[string]any, lines, quantity string, fields ...string) map[string]any {
	slim := fieldsOf(record, fields)
	all := []any{}
	for _, line := range component.Objects(record[lines]) {
		product, _ := line["Product"].(map[string]any)
		all = append(all, map[string]any{"LineNumber": line["LineNumber"], "Product": fieldsOf(product, []string{"Guid", "ProductCode"}), quantity: line[quantity]})
	}
	slim[lines] = all
	return slim
}

func (a *postings) order(ctx context.Context, source map[string]any) (map[string]any, error) {
	id, _ := source["id"].(string)
	if known := a.orders[strings.ToLower(id)]; id != "" && known != nil {
		return known, nil
	}
	if known := a.orders[fmt.Sprint(source["number"])]; id == "" && known != nil {
		return known, nil
	}
	return readOrder(ctx, a.conn, map[string]any{"Source": source["id"], "Kind": kindOrder, "OrderNumber": source["number"]})
}

// shipment reads the shipment of a source, by its number where a merge has absorbed the
// order that carried its id.
func (a *postings) shipment(ctx context.Context, source map[string]any) (map[string]any, error) {
	id, _ := source["id"].(string)
	if id == "" {
		var err error
		if id, err = shipmentNumbered(ctx, a.conn, fmt.Sprint(source["number"])); err != nil || id == "" {
			return nil, err
		}
	}
	if known := a.shipments[strings.ToLower(id)]; known != nil {
		return known, nil
	}
	return readRecord(ctx, a.conn, "SalesShipments", id)
}

// shipmentsOf are the shipments of an order. The list has all of them that changed
// since the order stands in the warehouse, which are the ones that count.
func (a *postings) shipmentsOf(ctx context.Context, number string) ([]any, error) {
	if a.left != nil {
		return a.left[number], nil
	}
	return shipmentsOf(ctx, a.conn, number)
}
