package unleashed

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// productFields are the fields of a product that documents lack and mappings
// need: a line names only the product's code.
var productFields = []string{"Guid", "ProductCode", "NeverDiminishing", "IsBatchTracked", "IsSerialized", "DefaultSellPrice"}

// lookProducts answers an object from GUID to product for the products of a
// document, out of a list that is read once and kept fresh.
func lookProducts(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	asked, _ := args["Guids"].([]any)
	var guids []string
	for _, guid := range asked {
		if guid != nil {
			guids = append(guids, fmt.Sprint(guid))
		}
	}
	found, err := productsOf(c).Find(ctx, guids...)
	if err != nil {
		return nil, err
	}
	answer := make(map[string]any, len(found))
	for guid, product := range found {
		answer[guid] = product
	}
	return answer, nil
}

// lookProductsByCode answers an object from code to product for the codes of a
// document, out of the same list. Only exact codes count.
func lookProductsByCode(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	var keys []string
	for _, code := range listOf(args["Codes"]) {
		keys = append(keys, codeKey(fmt.Sprint(code)))
	}
	found, err := productsOf(c).Find(ctx, keys...)
	if err != nil {
		return nil, err
	}
	answer := make(map[string]any, len(found))
	for _, product := range found {
		// A code that a product had before stays in the list; the product tells.
		now, err := productsOf(c).Find(ctx, fmt.Sprint(product["Guid"]))
		if err != nil {
			return nil, err
		}
		if code := product["ProductCode"]; now[fmt.Sprint(product["Guid"])]["ProductCode"] == code {
			answer[fmt.Sprint(code)] = product
		}
	}
	return answer, nil
}

// codeKey tells codes from GUIDs in the list of products, which holds each product
// under both.
func codeKey(code string) string { return "code/" + code }

func productsOf(c *connection.Connection) *component.Catalogue[map[string]any] {
	return c.Local("unleashed products", func() any {
		return component.NewCatalogue(c.Book().Options.Now, 10*time.Minute, func(ctx context.Context, since time.Time, put func(string, map[string]any)) (time.Time, error) {
			return eachRecord(ctx, c, "Products", since, []string{"includeObsolete", "true"}, func(record map[string]any) {
				slim := make(map[string]any, len(productFields))
				for _, field := range productFields {
					slim[field] = record[field]
				}
				put(fmt.Sprint(record["Guid"]), slim)
				put(codeKey(fmt.Sprint(record["ProductCode"])), slim)
			})
		})
	}).(*component.Catalogue[map[string]any])
}

// eachRecord reads a whole list and answers the service's time at its start.
func eachRecord(ctx context.Context, c *connection.Connection, resource string, since time.Time, filters []string, take func(map[string]any)) (time.Time, error) {
	list := &source{client: c.Unleashed, resource: resource, filters: filters, pageSize: defaultPageSize}
	var asOf time.Time
	for number := 1; ; number++ {
		page, err := list.Page(ctx, since, number)
		if err != nil {
			return time.Time{}, fmt.Errorf("reading the %s of Unleashed: %w", resource, err)
		}
		if asOf.IsZero() {
			asOf = page.Date
		}
		for _, item := range page.Items {
			take(item.Body.(map[string]any))
		}
		if page.Last {
			return asOf, nil
		}
	}
}
