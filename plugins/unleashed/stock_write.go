package unleashed

import (
	"context"
	"fmt"
	"maps"

	"github.com/google/uuid"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/ledger"
)

// adjustment describes the write of a stock adjustment: its quantities are absolute,
// so it is right at its moment and never again. `Was` says what stood there before,
// by code, for those who ask later, and `SKUs` what a product whose code was changed is
// called everywhere else.
func adjustment() component.Operation {
	op := create("stock_adjustment.create", "StockAdjustments", "/{Guid}",
		"Sets absolute quantities and values; give `Status: Completed` or stock does not move. `Was` is an object from ProductCode to what stood there before, and `SKUs` to the SKU that a line is told under where that is another; both are kept and not sent. It is sent now or never; one that is refused is halved until the bad line stands alone.",
		"AdjustmentNumber")
	op.Kind, op.LinkKind, op.LookFirst, op.Deduplicates = delivery.Now, "", false, false
	op.Aside = []string{"Was", "SKUs"}
	op.Required = append(op.Required, "StockAdjustmentLines")
	op.Target = func(args map[string]any) string {
		warehouse, _ := args["Warehouse"].(map[string]any)
		return fmt.Sprintf("StockAdjustments/%v", warehouse["WarehouseCode"])
	}
	op.Parts, op.Halve = adjustedLines, halveAdjustment
	completed := reached("StockAdjustments", "Status", "Completed")
	op.Effect = func(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any, answer delivery.Answer) (string, error) {
		if args["Status"] != "Completed" {
			return "", nil
		}
		lacking, err := completed(ctx, c, s, args, answer)
		if lacking != "" {
			lacking += fmt.Sprintf(" (%s, which must not be completed later: delete it)", answer.Ref)
		}
		return lacking, err
	}
	op.Success = "HTTP 201, and its Status says so"
	return op
}

func lines(args map[string]any) []any {
	list, _ := args["StockAdjustmentLines"].([]any)
	return list
}

func adjustedLines(source ledger.Record, args map[string]any) []delivery.Part {
	was, _ := args["Was"].(map[string]any)
	skus, _ := args["SKUs"].(map[string]any)
	var parts []delivery.Part
	for _, entry := range lines(args) {
		line, _ := entry.(map[string]any)
		product, _ := line["Product"].(map[string]any)
		code := fmt.Sprint(product["ProductCode"])
		part := delivery.Part{Record: source, Before: was[code], After: line["NewQuantity"]}
		part.Record.ID, part.Record.Ref = code, code
		if sku, renamed := skus[code].(string); renamed {
			part.Record.ID, part.Record.Ref = sku, sku
		}
		part.Note, _ = line["Comments"].(string)
		parts = append(parts, part)
	}
	return parts
}

// halveAdjustment makes two of one, each with a GUID that derives from the whole's.
func halveAdjustment(args map[string]any) (first, second map[string]any) {
	all := lines(args)
	half := func(name string, some []any) map[string]any {
		piece := maps.Clone(args)
		piece["Guid"] = uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "%v/%s", args["Guid"], name)).String()
		numbered := make([]any, len(some))
		for i, entry := range some {
			line, _ := entry.(map[string]any)
			line = maps.Clone(line)
			line["LineNumber"] = i + 1
			numbered[i] = line
		}
		piece["StockAdjustmentLines"] = numbered
		return piece
	}
	return half("1", all[:len(all)/2]), half("2", all[len(all)/2:])
}
