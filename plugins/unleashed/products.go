package unleashed

import (
	"context"
	"fmt"
	"strings"
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
	return findProducts(ctx, c, "", args["Guids"])
}

// lookProductCodes does the same from code to product.
func lookProductCodes(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	return findProducts(ctx, c, codePrefix, args["Codes"])
}

// codePrefix stands before a code in the list of products, which holds each under
// its GUID and under its code.
const codePrefix = "code/"

func findProducts(ctx context.Context, c *connection.Connection, prefix string, asked any) (any, error) {
	names, _ := asked.([]any)
	var keys []string
	for _, name := range names {
		if name != nil {
			keys = append(keys, prefix+fmt.Sprint(name))
		}
	}
	found, err := productsOf(c).Find(ctx, keys...)
	if err != nil {
		return nil, err
	}
	answer := make(map[string]any, len(found))
	for key, product := range found {
		if product != nil {
			answer[strings.TrimPrefix(key, prefix)] = product
		}
	}
	return answer, nil
}

func productsOf(c *connection.Connection) *component.Catalogue[map[string]any] {
	return c.Local("unleashed products", func() any {
		codes, owners := map[string]string{}, map[string]string{} // by GUID, and back
		return component.NewCatalogue(c.Book().Options.Now, 10*time.Minute, func(ctx context.Context, since time.Time, put func(string, map[string]any)) (time.Time, error) {
			return eachRecord(ctx, c, "Products", since, []string{"includeObsolete", "true"}, func(record map[string]any) {
				guid, code := fmt.Sprint(record["Guid"]), fmt.Sprint(record["ProductCode"])
				slim := map[string]any{"Guid": guid}
				for _, field := range productFields {
					slim[field] = record[field]
				}
				if before := codes[guid]; before != "" && before != code && owners[before] == guid {
					put(codePrefix+before, nil) // it is called otherwise by now
				}
				codes[guid], owners[code] = code, guid
				put(guid, slim)
				put(codePrefix+code, slim)
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
			if item.Err != nil {
				continue // the input that reads this list files it
			}
			take(item.Body.(map[string]any))
		}
		if page.Last {
			return asOf, nil
		}
	}
}
