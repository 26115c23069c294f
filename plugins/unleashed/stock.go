package unleashed

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

const (
	// idsACall is how many products a list takes by id, so that its address stays
	// within the usual limit of 2,000 characters.
	idsACall = 50
	// stockByID is how many SKUs are read by id; of more all pages are.
	stockByID = 2000
	// wholePage is a page of whole lists: sources disagree whether the greatest is 500
	// or 1000, and what becomes of a greater one.
	wholePage = 500
)

// stockOperations read the stock and set it.
var stockOperations = []component.Operation{
	{
		Name: "stock.on_hand", Summary: "Answers an object from SKU to its stock in `WarehouseCode` (`Guid`, `QtyOnHand`, `AvailableQty`, `AvgCost`) for the list `SKUs`, or for everything there with `All`. `Guids` is an object from SKU to the product that it is, where that was just read. What never moved is 0 and `unmoved`; what is no product is left out, and remembered with `Await`.",
		Required: []string{"WarehouseCode"}, Look: lookOnHand, Success: "HTTP 200",
	},
	{
		Name: "stock.awaited", Summary: "Answers the SKUs that earlier runs asked `stock.on_hand` for with `Await` and that have become products. `Since` is the moment of the run before.",
		Look: lookAwaited, Success: "HTTP 200",
	},
	{
		Name: "stock.lots", Summary: "Answers an object from SKU to its `batches` (`number`, `quantity`, `expiry`) and `serials` in `WarehouseCode`, for the list `SKUs`.",
		Required: []string{"WarehouseCode"}, Look: lookLots, Success: "HTTP 200",
	},
	{
		Name: "product.details", Summary: "Answers an object from GUID, in lower case, to what decides how a product's stock can be adjusted: its costs, and whether it is tracked or has none, for the list `Guids`.",
		Look: lookDetails, Success: "HTTP 200",
	},
	{
		Name: "stock.posted", Summary: "Answers an object from the keys of `Documents` (`direction`, `kind` or `resource`, `sources`, `records`, `parts`, `expected`, `before`, `taken_back`, `given_up`) to what is posted of each: `quantities` by SKU, `settled`, the reason when nothing more will be, and to be kept for the next look `before`, what had been received before, and `taken_back`, what is posted of that; `unallocated` says that `AvailableQty` is with all of it. Of what was sold elsewhere it says whether it is `exported`, and stands there open, `given_up` by a person, or why neither is sure: `unsure`. Our own steps are in the ledger; the rest is asked for: what is missing under its id once more, for 14 seconds.",
		Look: lookPosted, Success: "HTTP 200", Await: shown,
	},
	adjustment(),
}

// stockRow is what we need of the vendor's row of StockOnHand.
type stockRow struct {
	ProductCode, ProductGUID string
	WarehouseCode            string
	QtyOnHand, AvailableQty  json.Number
	AvgCost                  json.Number
	LastModifiedOn           string
}

// UnmarshalJSON reads the vendor's name of the product's id.
func (r *stockRow) UnmarshalJSON(raw []byte) error {
	type plain stockRow
	var row struct {
		plain
		ProductGuid string //nolint:revive // the vendor's name
	}
	if err := json.Unmarshal(raw, &row); err != nil {
		return err
	}
	*r = stockRow(row.plain)
	r.ProductGUID = row.ProductGuid
	return nil
}

// message is a row as mappings see it. A quantity that is null says nothing, and is
// never 0.
func (r stockRow) message() map[string]any {
	m := map[string]any{"Guid": r.ProductGUID, "ProductCode": r.ProductCode, "QtyOnHand": nil, "AvailableQty": nil}
	for name, number := range map[string]json.Number{"QtyOnHand": r.QtyOnHand, "AvailableQty": r.AvailableQty, "AvgCost": r.AvgCost} {
		if number != "" {
			m[name] = number
		}
	}
	return m
}

// lookOnHand answers an object from SKU to its stock in a warehouse. A product that
// never moved there has no row in the service and counts as 0 here; an SKU that is
// no product is left out. With All there is an entry for everything in the
// warehouse.
func lookOnHand(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	asked := component.Texts(args["SKUs"])
	warehouse := fmt.Sprint(args["WarehouseCode"])
	all, _ := args["All"].(bool)
	if err := component.WaitOut(ctx, c, "stock_adjustment.create"); err != nil {
		return nil, err
	}
	known, err := productIDs(ctx, c)
	if err != nil {
		return nil, err
	}
	if ids, given := args["Guids"].(map[string]any); given {
		known.read(ids)
	}
	wanted := make(map[string]bool, len(asked))
	for _, sku := range asked {
		wanted[sku] = true
	}
	answer := map[string]any{}
	take := func(rows []stockRow) error {
		named, err := known.name(ctx, c, rows, wanted)
		for sku, row := range named {
			if all || wanted[sku] {
				answer[sku] = row.message()
			}
		}
		return err
	}
	missing := func() []string {
		return slices.DeleteFunc(slices.Clone(asked), func(sku string) bool { return answer[sku] != nil })
	}
	whole := all || len(asked) > stockByID
	rows, err := []stockRow(nil), error(nil)
	if whole {
		_, err = eachStock(ctx, c, warehouse, unleashedapi.NewQuery(), wholePage, func(row stockRow) { rows = append(rows, row) })
	} else if err = known.resolve(ctx, c, asked); err == nil {
		rows, err = onHandByID(ctx, c, warehouse, known, asked)
	}
	if err != nil {
		return nil, err
	}
	if err := take(rows); err != nil {
		return nil, err
	}
	// What has no row never moved, or is another product than it was: one that was made
	// since, under its code.
	before := maps.Clone(known.id)
	if err := known.look(ctx, c, missing()); err != nil {
		return nil, err
	}
	if !whole {
		others := slices.DeleteFunc(missing(), func(sku string) bool { return known.id[sku] == before[sku] })
		if rows, err = onHandByID(ctx, c, warehouse, known, others); err != nil {
			return nil, err
		}
		if err := take(rows); err != nil {
			return nil, err
		}
	}
	for _, sku := range missing() {
		if id, exists := known.id[sku]; exists {
			answer[sku] = map[string]any{"Guid": id, "ProductCode": sku, "QtyOnHand": json.Number("0"), "AvailableQty": json.Number("0"), "unmoved": true}
		}
	}
	if args["Await"] == true {
		if err := await(ctx, c, missing()); err != nil {
			return nil, err
		}
	}
	return answer, known.keep(ctx, c)
}

// onHandByID reads the rows of some products.
func onHandByID(ctx context.Context, c *connection.Connection, warehouse string, known *productIndex, skus []string) (rows []stockRow, err error) {
	var ids []string
	for _, sku := range skus {
		if id, exists := known.id[sku]; exists && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for some := range slices.Chunk(ids, idsACall) {
		if _, err := eachStock(ctx, c, warehouse, unleashedapi.NewQuery("productId", strings.Join(some, ",")), 0, func(row stockRow) {
			rows = append(rows, row)
		}); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// eachStock reads every page of the rows of a warehouse, and answers the service's time
// at its start. A service that overlooks a filter has more pages, and the right rows
// among them.
func eachStock(ctx context.Context, c *connection.Connection, warehouse string, query unleashedapi.Query, pageSize int, take func(row stockRow)) (asOf time.Time, err error) {
	query = query.With("warehouseCode", warehouse)
	for page := 1; ; page++ {
		answer, err := c.Unleashed.List(ctx, "StockOnHand", query, page, pageSize)
		if err != nil {
			return asOf, fmt.Errorf("reading the stock of Unleashed: %w", err)
		}
		if asOf.IsZero() {
			asOf = answer.Date
		}
		for _, raw := range answer.Items {
			row, err := stockOf(raw, warehouse)
			if err != nil {
				return asOf, err
			}
			if row != nil {
				take(*row)
			}
		}
		if page >= answer.Pages {
			return asOf, nil
		}
	}
}

// stockOf reads a row; nil for one of another warehouse. A row that names none is the
// sum of all of them: acting on it would be worse than not acting.
func stockOf(raw []byte, warehouse string) (*stockRow, error) {
	var row stockRow
	if err := json.Unmarshal(raw, &row); err != nil {
		return nil, fmt.Errorf("decoding the stock of Unleashed: %w", err)
	}
	switch row.WarehouseCode {
	case warehouse:
		return &row, nil
	case "":
		return nil, &apihttp.Error{System: systemName, Operation: "stock.on_hand", Outcome: apihttp.Rejected,
			Message: fmt.Sprintf("the stock of %s names no warehouse, expected %s", row.ProductCode, warehouse)}
	}
	return nil, nil
}

// detailFields are what decides how a product's stock can be adjusted.
var detailFields = []string{"Guid", "ProductCode", "AverageLandPrice", "LastCost", "DefaultPurchasePrice", "IsBatchTracked", "IsSerialized", "NeverDiminishing", "Obsolete"}

// lookDetails answers an object from GUID to product for the list Guids, read at this
// moment: costs change with every receipt.
func lookDetails(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	answer := map[string]any{}
	for some := range slices.Chunk(component.Texts(args["Guids"]), idsACall) {
		list, err := c.Unleashed.List(ctx, "Products", unleashedapi.NewQuery("productId", strings.Join(some, ","), "includeObsolete", "true"), 1, 0)
		if err != nil {
			return nil, fmt.Errorf("reading the products of Unleashed: %w", err)
		}
		for _, raw := range list.Items {
			var product map[string]any
			if err := component.DecodeJSON(raw, &product); err != nil {
				return nil, fmt.Errorf("decoding a product of Unleashed: %w", err)
			}
			answer[strings.ToLower(fmt.Sprint(product["Guid"]))] = fieldsOf(product, detailFields)
		}
	}
	return answer, nil
}

// lotsEach is how many SKUs are asked for their lots one by one; of more all of the
// warehouse are read.
const lotsEach = 40

// lookLots answers an object from SKU to what a warehouse has of it by batch and
// serial number.
func lookLots(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	asked := component.Texts(args["SKUs"])
	warehouse := fmt.Sprint(args["WarehouseCode"])
	answer := map[string]any{}
	for _, sku := range asked {
		answer[sku] = map[string]any{"batches": []any{}, "serials": []any{}}
	}
	filters := [][]string{nil}
	if len(asked) <= lotsEach {
		filters = nil
		for _, sku := range asked {
			filters = append(filters, []string{sku})
		}
	}
	for _, one := range filters {
		if err := addLots(ctx, c, "BatchNumbers", "ProductCode", "WarehouseCode", warehouse, one, func(sku string, lot map[string]any) {
			if entry, wanted := answer[sku].(map[string]any); wanted {
				number := lot["Number"]
				if number == nil {
					number = lot["BatchNumber"] // both names were seen
				}
				entry["batches"] = append(entry["batches"].([]any), map[string]any{"number": number, "quantity": lot["Quantity"], "expiry": lot["ExpiryDate"]})
			}
		}); err != nil {
			return nil, err
		}
		if err := addLots(ctx, c, "SerialNumbers", "productCode", "warehouseCode", warehouse, one, func(sku string, unit map[string]any) {
			if entry, wanted := answer[sku].(map[string]any); wanted {
				entry["serials"] = append(entry["serials"].([]any), unit["Identifier"])
			}
		}); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

func addLots(ctx context.Context, c *connection.Connection, resource, code, place, warehouse string, sku []string, take func(sku string, lot map[string]any)) error {
	// The documentation and its users disagree on what is listed without "available".
	pairs := []string{place, warehouse, "available", "true"}
	if len(sku) > 0 {
		pairs = append([]string{code, sku[0]}, pairs...)
	}
	query := unleashedapi.NewQuery(pairs...)
	for page := 1; ; page++ {
		list, err := c.Unleashed.List(ctx, resource, query, page, wholePage)
		if err != nil {
			return fmt.Errorf("reading the %s of Unleashed: %w", resource, err)
		}
		for _, raw := range list.Items {
			plain, err := unleashedapi.Plain(raw)
			if err != nil {
				return err
			}
			var lot map[string]any
			if err := component.DecodeJSON(plain, &lot); err != nil {
				return fmt.Errorf("decoding the %s of Unleashed: %w", resource, err)
			}
			if lot["WarehouseCode"] == warehouse {
				take(fmt.Sprint(lot["ProductCode"]), lot)
			}
		}
		if page >= list.Pages {
			return nil
		}
	}
}
