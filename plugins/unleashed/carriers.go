package unleashed

import (
	"context"
	"fmt"
	"time"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/component"
)

// lookShippingCompany finds a carrier by name, whatever its case. The list is
// short and hardly ever changes, so an unknown name is no reason to read it again.
func lookShippingCompany(ctx context.Context, c *connection.Connection, _ component.Source, args map[string]any) (any, error) {
	list := c.Local("unleashed shipping companies", func() any {
		companies := component.NewCatalogue(c.Book().Options.Now, time.Hour, func(ctx context.Context, _ time.Time, put func(string, map[string]any)) (time.Time, error) {
			return eachRecord(ctx, c, "ShippingCompanies", time.Time{}, nil, func(company map[string]any) {
				if company["Obsolete"] != true {
					put(fold(fmt.Sprint(company["Name"])), fieldsOf(company, []string{"Guid", "Name"}))
				}
			})
		})
		companies.Quiet = true
		return companies
	}).(*component.Catalogue[map[string]any])
	name := fold(fmt.Sprint(args["Name"]))
	found, err := list.Find(ctx, name)
	if company, exists := found[name]; err == nil && exists {
		return company, nil
	}
	return nil, err
}
