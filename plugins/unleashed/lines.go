package unleashed

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/internal/delivery"
	"github.com/mintleash/mintleash/plugins/unleashed/unleashedapi"
)

// changeLine describes an update of one line of a document, which converges: the
// line is read, and sent whole only where it differs.
func changeLine(name, resource, list, summary, required string, change func(document, line, args map[string]any) (changed bool, err error)) component.Operation {
	path := "/" + resource + "/{Guid}/Lines/{LineGuid}"
	return component.Operation{
		Name: name, Summary: summary, Method: "PUT", Path: path, Required: []string{required},
		Write: true, Kind: delivery.Update, Success: "HTTP 200",
		Target: func(args map[string]any) string { return resource + "/" + fmt.Sprint(args["Guid"]) },
		Do: func(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
			document, line, err := readLine(ctx, c, resource, list, args)
			if err != nil {
				return delivery.Answer{}, err
			}
			if line == nil {
				return delivery.Answer{}, refuse(name, "%s %v has no line %v any more", resource, args["Guid"], args["LineGuid"])
			}
			answer := delivery.Answer{ID: fmt.Sprint(args["Guid"])}
			changed, err := change(document, line, args)
			if err != nil || !changed {
				return answer, err
			}
			delete(line, "LastModifiedOn")
			body, err := json.Marshal(line)
			if err != nil {
				return answer, fmt.Errorf("%s: encoding the line: %w", name, err)
			}
			response, err := c.Unleashed.Call(ctx, unleashedapi.Call{Operation: name, Method: "PUT", Path: linePath(resource, args), Body: body, Write: true})
			if err != nil {
				return answer, err
			}
			answer.Body = response.Body
			return answer, nil
		},
		Current: func(ctx context.Context, c *connection.Connection, args map[string]any) (json.RawMessage, error) {
			_, line, err := readLine(ctx, c, resource, list, args)
			if err != nil {
				return nil, err
			}
			return json.Marshal(line)
		},
	}
}

// removeLine describes the deletion of one line of a document; one that is gone is
// done.
func removeLine(name, resource, list, summary string) component.Operation {
	return component.Operation{
		Name: name, Summary: summary, Method: "DELETE", Path: "/" + resource + "/{Guid}/Lines/{LineGuid}",
		Write: true, Kind: delivery.Update, Success: "HTTP 200",
		Target: func(args map[string]any) string { return resource + "/" + fmt.Sprint(args["Guid"]) },
		Do: func(ctx context.Context, c *connection.Connection, args map[string]any) (delivery.Answer, error) {
			answer := delivery.Answer{ID: fmt.Sprint(args["Guid"])}
			_, line, err := readLine(ctx, c, resource, list, args)
			if err != nil || line == nil {
				return answer, err
			}
			_, err = c.Unleashed.Call(ctx, unleashedapi.Call{Operation: name, Method: "DELETE", Path: linePath(resource, args), Write: true})
			return answer, err
		},
	}
}

func linePath(resource string, args map[string]any) string {
	return "/" + resource + "/" + url.PathEscape(fmt.Sprint(args["Guid"])) + "/Lines/" + url.PathEscape(fmt.Sprint(args["LineGuid"]))
}

// readLine reads a document and one of its lines, with dates as the service takes
// them; a nil line when it has no such one.
func readLine(ctx context.Context, c *connection.Connection, resource, list string, args map[string]any) (document, line map[string]any, err error) {
	if document, err = readForWrite(ctx, c, resource, fmt.Sprint(args["Guid"])); err != nil {
		return nil, nil, err
	}
	return document, lineWith(component.Objects(document[list]), args["LineGuid"]), nil
}

// readForWrite reads a document with its lots, and its dates as the service takes
// them.
func readForWrite(ctx context.Context, c *connection.Connection, resource, guid string) (map[string]any, error) {
	raw, err := readTracked(ctx, c, resource, guid)
	if err != nil {
		return nil, err
	}
	writable, err := unleashedapi.ForWrite(raw, c.UnleashedZone())
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", resource, guid, err)
	}
	var document map[string]any
	if err := component.DecodeJSON(writable, &document); err != nil {
		return nil, fmt.Errorf("decoding %s %s: %w", resource, guid, err)
	}
	return document, nil
}

// lineWith finds a line by its GUID; nil when there is none.
func lineWith(lines []map[string]any, guid any) map[string]any {
	i := slices.IndexFunc(lines, func(line map[string]any) bool { return line["Guid"] == guid })
	if i < 0 {
		return nil
	}
	return lines[i]
}

// raise gives a line of a purchase order a higher quantity, and the amounts that the
// service demands, with discount and tax as the line has them.
func raise(order, line, args map[string]any) (bool, error) {
	wanted := quantityOf(args["OrderQuantity"])
	if quantityOf(line["OrderQuantity"]).GreaterThanOrEqual(wanted) {
		return false, nil
	}
	rate := line["LineTaxRate"]
	if rate == nil {
		rate = order["TaxRate"]
	}
	total, tax := unleashedapi.LineAmounts(wanted, quantityOf(line["UnitPrice"]), quantityOf(line["DiscountRate"]), quantityOf(rate))
	line["OrderQuantity"] = json.Number(wanted.String())
	line["LineTotal"] = json.Number(total.String())
	line["LineTax"] = json.Number(tax.String())
	return true, nil
}
