package unleashed

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// Bodies of a receipt. The documentation names the call and says nothing of its
// body, so which one it is can be chosen.
const (
	bodyNone  = "none"           // all that is outstanding
	bodyLines = "lines"          // an object with the lines that came
	bodyOrder = "purchase_order" // the order whole
)

const receiptName = "purchase_order.receipt"

var receiptOperation = component.Operation{
	Name: receiptName, Method: "POST", Path: "/PurchaseOrders/{Guid}/Receipt",
	Summary: "Receipts the `ReceiptQuantity` of each of `PurchaseOrderLines`, which also say how much was receipted `Before`, in whatever order of the family of `OrderNumber`, how much of it the line itself `Had`, and how much of the line was `Left`. One whose lines are not as they were then waits to be counted again, where it may be parked. " +
		"`Body` is what is sent: `lines`, `purchase_order`, or `none`, by which only all that is outstanding can be receipted.",
	Required: []string{"OrderNumber", "PurchaseOrderLines", "Body"},
	Write:    true, Kind: delivery.Step,
	// A replay may find that the rest stands on another order of the family by then.
	Target: func(args map[string]any) string {
		return "PurchaseOrders/" + baseNumber(fmt.Sprint(args["OrderNumber"]))
	},
	Success: "HTTP 200, and each line has as much receipted as was asked for", Found: "the orders of the family have as much receipted as they would have after it",
	Do: sendReceipt, Find: findReceipt, Effect: receipted, Current: currentReceipt, Waits: isStale, Hint: mendReceipt,
}

// sendReceipt is the one place that knows what a receipt looks like.
func sendReceipt(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
	guid := fmt.Sprint(args["Guid"])
	order, err := readForWrite(ctx, c, "PurchaseOrders", guid)
	if err != nil {
		return delivery.Answer{}, err
	}
	if err := asCounted(order, args); err != nil {
		return delivery.Answer{}, err
	}
	call := unleashedapi.Call{Operation: receiptName, Method: "POST", Path: "/PurchaseOrders/" + url.PathEscape(guid) + "/Receipt", Write: true}
	switch args["Body"] {
	case bodyLines:
		call.Body, err = json.Marshal(map[string]any{"PurchaseOrderLines": cameLines(args)})
	case bodyOrder:
		call.Body, err = orderWithReceipts(order, args)
	case bodyNone:
		err = onlyWhole(order, args)
	default:
		err = refuse(call.Operation, "the argument Body: found %v, expected %s, %s or %s", args["Body"], bodyNone, bodyLines, bodyOrder)
	}
	if err != nil {
		return delivery.Answer{}, err
	}
	response, err := c.Unleashed.Call(ctx, call)
	if err != nil {
		return delivery.Answer{}, err
	}
	if err := notTooMuch(args, response.Body); err != nil {
		return delivery.Answer{}, err
	}
	return delivery.Answer{ID: guid, Ref: fmt.Sprint(args["OrderNumber"]), Body: response.Body}, nil
}

// asCounted refuses to receipt on lines that are not as they were when it was counted
// what is due: another ASN of the order, or a person, was there first.
func asCounted(order, args map[string]any) error {
	lines := purchaseLines(order)
	for _, given := range purchaseLines(args) {
		line := lineWith(lines, given["Guid"])
		switch {
		case line == nil:
			return stale(receiptName, "line %v of purchase order %v is gone since it was counted what is due", given["LineNumber"], args["OrderNumber"])
		case given["Left"] != nil && !asItWas(order, line, given):
			return stale(receiptName, "purchase order %v, SKU %s changed since it was counted what is due", args["OrderNumber"], skuOf(line))
		}
	}
	return nil
}

// cameLines are the lines that came, without what is only ours to know.
func cameLines(args map[string]any) []any {
	var came []any
	for _, line := range purchaseLines(args) {
		one := map[string]any{"Guid": line["Guid"], "LineNumber": line["LineNumber"], "ReceiptQuantity": line["ReceiptQuantity"]}
		for _, lots := range []string{"BatchNumbers", "SerialNumbers"} {
			if line[lots] != nil {
				one[lots] = line[lots]
			}
		}
		came = append(came, one)
	}
	return came
}

// orderWithReceipts is the order with what came on its lines, and nothing on the
// others.
func orderWithReceipts(order, args map[string]any) ([]byte, error) {
	for _, name := range managed {
		delete(order, name)
	}
	came := purchaseLines(args)
	for _, line := range purchaseLines(order) {
		line["ReceiptQuantity"], line["BatchNumbers"], line["SerialNumbers"] = json.Number("0"), nil, nil
		if given := lineWith(came, line["Guid"]); given != nil {
			line["ReceiptQuantity"], line["BatchNumbers"], line["SerialNumbers"] = given["ReceiptQuantity"], given["BatchNumbers"], given["SerialNumbers"]
		}
	}
	body, err := json.Marshal(order)
	if err != nil {
		return nil, fmt.Errorf("%s: encoding the order: %w", receiptName, err)
	}
	return body, nil
}

// onlyWhole refuses a receipt of a part, which cannot be said without a body.
func onlyWhole(order, args map[string]any) error {
	came, parts := purchaseLines(args), []string{}
	for _, line := range purchaseLines(order) {
		open, given := quantityOf(line["OrderQuantity"]).Sub(receiptedOf(order, line)), decimal.Zero
		if one := lineWith(came, line["Guid"]); one != nil {
			given = quantityOf(one["ReceiptQuantity"])
		}
		if !open.Equal(given) {
			parts = append(parts, fmt.Sprintf("SKU %s: %s of %s", skuOf(line), given, open))
		}
	}
	if len(parts) > 0 {
		return refuse(receiptName, "purchase order %v: a receipt without a body (Body: none) is one of all that is outstanding, and only a part came: %s; receipt it in Unleashed, then replay",
			args["OrderNumber"], strings.Join(parts, ", "))
	}
	return nil
}

// notTooMuch looks at the answer of a receipt: a service that reads another body
// than the one that was sent would take all for received.
func notTooMuch(args map[string]any, answer []byte) error {
	var order map[string]any
	if component.DecodeJSON(answer, &order) != nil {
		return nil // it was done; the answer just does not show it
	}
	lines := purchaseLines(order)
	var wrong []string
	for _, given := range purchaseLines(args) {
		line := lineWith(lines, given["Guid"])
		if line == nil || line["ReceiptQuantity"] == nil {
			continue
		}
		asked := quantityOf(given["Had"]).Add(quantityOf(given["ReceiptQuantity"]))
		if now := quantityOf(line["ReceiptQuantity"]); now.GreaterThan(asked) {
			wrong = append(wrong, fmt.Sprintf("SKU %s: %s, expected %s", skuOf(line), now, asked))
		}
	}
	if len(wrong) > 0 {
		return refuse(receiptName, "Unleashed receipted more of purchase order %v than it was asked to: %s; adjust its stock, and %s",
			args["OrderNumber"], strings.Join(wrong, ", "), anotherBody)
	}
	return nil
}

// receipted says what of a receipt did not happen: the answer shows it, or else the
// family does, since the rest may stand on another order by then.
func receipted(ctx context.Context, c *connection.Connection, s component.Source, args map[string]any, answer delivery.Answer) (string, error) {
	var order map[string]any
	if component.DecodeJSON(answer.Body, &order) == nil {
		lines := purchaseLines(order)
		lacks := slices.ContainsFunc(purchaseLines(args), func(given map[string]any) bool {
			line := lineWith(lines, given["Guid"])
			return line == nil || quantityOf(line["ReceiptQuantity"]).LessThan(quantityOf(given["Had"]).Add(quantityOf(given["ReceiptQuantity"])))
		})
		if !lacks {
			return "", nil
		}
	}
	found, err := findReceipt(ctx, c, s, args)
	if err != nil || found.Exists {
		return "", err
	}
	return "nothing of it is receipted", nil
}

// findReceipt says whether a receipt happened: it has no identity, but its lines are
// not as they were then, and the family has as much receipted as before and what was
// asked for.
func findReceipt(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (delivery.Found, error) {
	family, err := readFamily(ctx, c, fmt.Sprint(args["OrderNumber"]))
	if err != nil {
		return delivery.Found{}, err
	}
	sums, codes, untouched := map[string]decimal.Decimal{}, map[string]string{}, map[any]bool{}
	asked := purchaseLines(args)
	for _, order := range family {
		for _, line := range purchaseLines(order) {
			place := placeOf(line)
			sums[place], codes[place] = sums[place].Add(receiptedOf(order, line)), skuOf(line)
			if given := lineWith(asked, line["Guid"]); given != nil {
				untouched[line["Guid"]] = asItWas(order, line, given)
			}
		}
	}
	done, begun := 0, []string{}
	for _, line := range asked {
		before, now := quantityOf(line["Before"]), sums[placeOf(line)]
		switch {
		case untouched[line["Guid"]]: // what the family has more came on another order
		case now.GreaterThanOrEqual(before.Add(quantityOf(line["ReceiptQuantity"]))):
			done++
		case now.GreaterThan(before):
			begun = append(begun, fmt.Sprintf("SKU %s: %s, before %s", codes[placeOf(line)], now, before))
		}
	}
	switch {
	case done == len(asked):
		return delivery.Found{Exists: true, Ours: true, ID: fmt.Sprint(args["Guid"]), Ref: fmt.Sprint(args["OrderNumber"]), Detail: "it is receipted already"}, nil
	case done > 0 || len(begun) > 0:
		return delivery.Found{}, refuse(receiptName, "purchase order %v was receipted in part meanwhile (%d of %d lines are%s); a replay receipts what is still missing",
			args["OrderNumber"], done, len(asked), strings.Join(append([]string{""}, begun...), "; "))
	}
	return delivery.Found{}, nil
}

// asItWas says whether a line has as much receipted and as much left as before a
// receipt, on an order that is still open.
func asItWas(order, line, given map[string]any) bool {
	had := receiptedOf(order, line)
	return purchaseStates[fmt.Sprint(order["OrderStatus"])] == purchaseOpen && given["Left"] != nil &&
		had.Equal(quantityOf(given["Had"])) && quantityOf(line["OrderQuantity"]).Sub(had).Equal(quantityOf(given["Left"]))
}

// currentReceipt are the lines before anything of them is receipted, for dry runs.
func currentReceipt(_ context.Context, _ *connection.Connection, args map[string]any) (json.RawMessage, error) {
	var lines []any
	for _, line := range purchaseLines(args) {
		lines = append(lines, map[string]any{
			"Guid": line["Guid"], "LineNumber": line["LineNumber"], "Product": line["Product"], "Before": line["Before"],
		})
	}
	return json.Marshal(map[string]any{"OrderNumber": args["OrderNumber"], "Body": args["Body"], "PurchaseOrderLines": lines})
}

const anotherBody = "choose another Body in the pipeline"

// mendReceipt says what may be done about a refused receipt.
func mendReceipt(refusal *apihttp.Error, _ map[string]any) string {
	words := strings.ToLower(refusal.Message)
	switch {
	case strings.Contains(words, "batch") || strings.Contains(words, "serial"):
		return "turn general.enable_serial_batch_tracking on, or receipt it in Unleashed"
	case strings.Contains(words, "body") && !strings.Contains(refusal.Message, anotherBody):
		return anotherBody
	}
	return ""
}
