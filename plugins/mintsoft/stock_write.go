package mintsoft

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// noCoincidence is how many rows, all of a call and all for the same reason, are
// refused because of the warehouse or the account, such as bin locations, and not
// because of their products. That is one failure of the run and no dead letter each.
const noCoincidence = 5

// stockSet sets what is free of up to a hundred products. It writes over whatever
// moves at that moment, so its numbers are right then and never again.
var stockSet = component.Operation{
	Name: "stock.set", Summary: "Sets what is free of up to 100 products: `Rows` of `SKU`, `WarehouseId` and `Quantity`. `Was` is an object from SKU to what was free before, which is kept and not sent. It is sent now or never, and each row is answered for by itself. Needs an admin's key and a warehouse without bin locations.",
	Method: "POST", Path: "/api/Product/BulkOnHandStockUpdate", Query: []string{"ClientId"}, Whole: "Rows", Aside: []string{"Was", "Notes"}, Required: []string{"Rows"},
	Write: true, Kind: delivery.Now, Success: "`Success: true` in each row of the answer",
	Target: func(args map[string]any) string { return fmt.Sprintf("stock of client %v", args["ClientId"]) },
	Parts:  stockParts, Halve: halveRows, Do: setStock,
}

func stockParts(source ledger.Record, args map[string]any) []delivery.Part {
	was, _ := args["Was"].(map[string]any)
	notes, _ := args["Notes"].(map[string]any)
	var parts []delivery.Part
	for _, row := range rowsOf(args) {
		sku := fmt.Sprint(row["SKU"])
		part := delivery.Part{Record: source, Before: was[sku], After: row["Quantity"]}
		part.Record.ID, part.Record.Ref = sku, sku
		part.Note, _ = notes[sku].(string)
		parts = append(parts, part)
	}
	return parts
}

func rowsOf(args map[string]any) []map[string]any {
	list, _ := args["Rows"].([]any)
	rows := make([]map[string]any, 0, len(list))
	for _, entry := range list {
		if row, isObject := entry.(map[string]any); isObject {
			rows = append(rows, row)
		}
	}
	return rows
}

func halveRows(args map[string]any) (first, second map[string]any) {
	list, _ := args["Rows"].([]any)
	first, second = maps.Clone(args), maps.Clone(args)
	first["Rows"], second["Rows"] = list[:len(list)/2], list[len(list)/2:]
	return first, second
}

// setStock makes the call and judges each row: a refused one says nothing about the
// others.
func setStock(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	body, err := json.Marshal(args["Rows"])
	if err != nil {
		return delivery.Answer{}, fmt.Errorf("stock.set: encoding the rows: %w", err)
	}
	query := url.Values{}
	if client := idOf(args, "ClientId"); client != "" {
		query.Set("ClientId", client)
	}
	response, err := c.Mintsoft.Call(ctx, mintsoftapi.Call{
		Operation: "stock.set", Method: "POST", Path: "/api/Product/BulkOnHandStockUpdate", Query: query, Body: body, Write: true,
	})
	if response == nil || response.Status != 200 {
		return delivery.Answer{}, err
	}
	var results []struct {
		Success bool
		Message string
		SKU     string
	}
	if json.Unmarshal(response.Body, &results) != nil {
		if err == nil {
			err = lost("stock.set", fmt.Errorf("the answer is no list of results"))
		}
		return delivery.Answer{}, err
	}
	answer := delivery.Answer{ID: "stock", Body: response.Body, Refused: map[string]string{}}
	told, reasons := map[string]bool{}, map[string]bool{}
	for _, result := range results {
		told[result.SKU] = true
		if !result.Success {
			reasons[result.Message] = true
			answer.Refused[result.SKU] = "mintsoft stock.set: refused: " + result.Message
		}
	}
	for _, row := range rowsOf(args) {
		if sku := fmt.Sprint(row["SKU"]); !told[sku] {
			answer.Refused[sku] = "mintsoft stock.set: the answer does not say what became of it"
		}
	}
	if rows := len(answer.Refused); rows >= noCoincidence && rows == len(results) && len(reasons) == 1 {
		return delivery.Answer{}, &apihttp.Error{System: "mintsoft", Operation: "stock.set", Outcome: apihttp.Transient,
			Message: fmt.Sprintf("all %d rows were refused: %s", rows, results[0].Message)}
	}
	return answer, nil
}
