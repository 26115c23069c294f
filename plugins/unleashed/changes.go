package unleashed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/Jeffail/gabs/v2"
	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// managed are the members that the service itself keeps; sending them back says
// nothing.
var managed = []string{"CreatedOn", "CreatedBy", "LastModifiedOn", "LastModifiedBy", "ShipmentStatusEnum"}

// replace changes a record by a PUT. The service knows no partial update: what is
// left out is blanked, so the record is read, edited and sent whole, unknown
// members included, with its dates as the service reads them.
func replace(ctx context.Context, c *connection.Connection, operation, resource, guid string, edit func(record *gabs.Container) error) (delivery.Answer, error) {
	document, err := readForWrite(ctx, c, resource, guid)
	if err != nil {
		return delivery.Answer{}, err
	}
	record := gabs.Wrap(document)
	for _, name := range managed {
		_ = record.Delete(name) // it need not be there
	}
	if err := edit(record); err != nil {
		return delivery.Answer{}, err
	}
	response, err := c.Unleashed.Call(ctx, unleashedapi.Call{
		Operation: operation, Method: "PUT", Path: "/" + resource + "/" + url.PathEscape(guid), Body: record.Bytes(), Write: true,
	})
	if err != nil {
		return delivery.Answer{}, err
	}
	return delivery.Answer{ID: guid, Body: response.Body}, nil
}

// readTracked reads a record with its batches and serial numbers, which a write
// without them would take away.
func readTracked(ctx context.Context, c *connection.Connection, resource, guid string) (json.RawMessage, error) {
	return c.Unleashed.Get(ctx, resource, guid, unleashedapi.NewQuery("serialBatch", "true"))
}

// currentOf reads the target of a write for dry runs; nothing where a step before
// would make it.
func currentOf(resource string) func(context.Context, *connection.Connection, map[string]any) (json.RawMessage, error) {
	return func(ctx context.Context, c *connection.Connection, args map[string]any) (json.RawMessage, error) {
		raw, err := readTracked(ctx, c, resource, fmt.Sprint(args["Guid"]))
		if errors.Is(err, apihttp.ErrNotFound) {
			return nil, nil
		}
		return raw, err
	}
}

// refuse says that a write cannot be made as it is asked for.
func refuse(operation, format string, args ...any) error {
	return &apihttp.Error{System: systemName, Operation: operation, Outcome: apihttp.Rejected, Message: fmt.Sprintf(format, args...)}
}

// complete describes POST /{resource}/{Guid}/Complete, which takes no body, cannot
// be undone and is refused the second time. status is the member that says so, ref
// the number that a person knows the document by, which is an argument too: all
// writes to one document wait for one another by it. Such a write may have waited for
// long, so the document is read right before it.
func complete(name, resource, status, ref, summary string, done ...string) component.Operation {
	return component.Operation{
		Name: name, Summary: summary, Method: "POST", Path: "/" + resource + "/{Guid}/Complete", Aside: []string{argDecided, argWarehouse, argLots},
		Write: true, Kind: delivery.Step, Deduplicates: true,
		Required: []string{ref}, Target: func(args map[string]any) string { return resource + "/" + fmt.Sprint(args[ref]) },
		Do: func(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
			record, err := readRecord(ctx, c, resource, fmt.Sprint(args["Guid"]))
			switch {
			case err != nil:
				return delivery.Answer{}, err
			case record == nil:
				return delivery.Answer{}, &apihttp.Error{System: systemName, Operation: name, Outcome: apihttp.Rejected, Err: apihttp.ErrNotFound, Message: fmt.Sprintf("%s has no record %v", resource, args["Guid"])}
			case slices.Contains(done, member(record, status)):
				return delivery.Answer{}, &apihttp.Error{System: systemName, Operation: name, Outcome: apihttp.AlreadyThere, Message: "it is " + member(record, status) + " already"}
			}
			if changes := changedSince(record, args); changes != "" {
				return delivery.Answer{}, stale(name, "%v holds %s", args[ref], changes)
			}
			if err := nameLots(ctx, c, name, resource, record, args); err != nil {
				return delivery.Answer{}, err
			}
			response, err := c.Unleashed.Call(ctx, unleashedapi.Call{
				Operation: name, Method: "POST", Path: "/" + resource + "/" + url.PathEscape(fmt.Sprint(args["Guid"])) + "/Complete", Write: true,
			})
			if err != nil {
				return delivery.Answer{}, err
			}
			if len(bytes.TrimSpace(response.Body)) == 0 {
				return delivery.Answer{ID: fmt.Sprint(args["Guid"]), Ref: fmt.Sprint(args[ref])}, nil
			}
			return answerOf(response.Body, ref)
		},
		Success: "HTTP 200, and its " + status + " says so", Found: "its " + status + " says so",
		Answer:  func(body []byte) (delivery.Answer, error) { return answerOf(body, ref) },
		Find:    findStatus(resource, status, ref, done...),
		Effect:  reached(resource, status, done...),
		Current: currentOf(resource), Waits: isStale,
	}
}

// argDecided is what a sales order held when its completion was decided, a list of SKU
// and Quantity, and argWarehouse is the code of the warehouse that it was of.
const (
	argDecided   = "Decided"
	argWarehouse = "Warehouse"
)

// changedSince says in words which warehouse a sales order is of and which SKUs it holds
// otherwise than when something was decided; empty where it does not, or nothing is said
// of that.
func changedSince(order, args map[string]any) string {
	var changes []string
	place, _ := order["Warehouse"].(map[string]any)
	if then := member(args, argWarehouse); then != "" && member(place, "WarehouseCode") != then {
		changes = append(changes, fmt.Sprintf("the goods of warehouse %s now, and held those of %s", member(place, "WarehouseCode"), then))
	}
	decided := args[argDecided]
	if decided == nil {
		return strings.Join(changes, ", ")
	}
	now, then := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for _, line := range component.Objects(order["SalesOrderLines"]) {
		if product, _ := line["Product"].(map[string]any); line["LineType"] != "Charge" && member(product, "ProductCode") != "" {
			now[skuOf(line)] = now[skuOf(line)].Add(quantityOf(line["OrderQuantity"]))
		}
	}
	for _, line := range component.Objects(decided) {
		sku := member(line, "SKU")
		if sku == "" {
			continue
		}
		now[sku], then[sku] = now[sku].Add(decimal.Zero), then[sku].Add(quantityOf(line["Quantity"]))
	}
	for _, sku := range slices.Sorted(maps.Keys(now)) {
		if !now[sku].Equal(then[sku]) {
			changes = append(changes, fmt.Sprintf("%s x %s now, and held %s", now[sku], sku, then[sku]))
		}
	}
	return strings.Join(changes, ", ")
}

// reached says which status a document has although the step that leads to another was
// answered as done: that a status of 2xx means that it was taken is not documented.
func reached(resource, status string, done ...string) func(context.Context, *connection.Connection, component.Source, map[string]any, delivery.Answer) (string, error) {
	return func(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any, answer delivery.Answer) (string, error) {
		var told map[string]any
		if component.DecodeJSON(answer.Body, &told) == nil && slices.Contains(done, member(told, status)) {
			return "", nil
		}
		record, err := readRecord(ctx, c, resource, fmt.Sprint(args["Guid"]))
		switch {
		case err != nil:
			return "", err
		case record == nil:
			return fmt.Sprintf("%s has no record %v", resource, args["Guid"]), nil
		case slices.Contains(done, member(record, status)):
			return "", nil
		}
		return fmt.Sprintf("its %s is %q", status, member(record, status)), nil
	}
}

// findStatus says whether a document has reached one of some statuses: then the
// step that leads there is done, whoever did it.
func findStatus(resource, status, ref string, done ...string) func(context.Context, *connection.Connection, component.Source, map[string]any) (delivery.Found, error) {
	return func(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
		raw, err := readTracked(ctx, c, resource, fmt.Sprint(args["Guid"]))
		if errors.Is(err, apihttp.ErrNotFound) {
			return delivery.Found{}, nil
		}
		if err != nil {
			return delivery.Found{}, err
		}
		record, err := gabs.ParseJSON(raw)
		if err != nil {
			return delivery.Found{}, fmt.Errorf("decoding %s: %w", resource, err)
		}
		now, _ := record.Search(status).Data().(string)
		number, _ := record.Search(ref).Data().(string)
		for _, wanted := range done {
			if now == wanted {
				return delivery.Found{Exists: true, Ours: true, ID: fmt.Sprint(args["Guid"]), Ref: number, Detail: "it is " + now + " already", Body: raw}, nil
			}
		}
		return delivery.Found{}, nil
	}
}
