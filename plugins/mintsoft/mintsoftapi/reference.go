package mintsoftapi

import (
	"context"
	"slices"
)

const maxLimit = 100 // of most lists (https://api.mintsoft.co.uk/swagger/ui/index)

// Warehouse is a warehouse that the key sees.
type Warehouse struct {
	ID                   int
	Name, Code, PostCode string
}

// ClientAccount is a merchant in a 3PL's tenant.
type ClientAccount struct {
	ID                    int
	ShortName, Name, Code string
}

// Warehouses are all warehouses that the key sees. Any user may ask, so this is
// also the cheapest proof of a key.
func (c *Client) Warehouses(ctx context.Context) ([]Warehouse, error) {
	warehouses, _, err := listed[Warehouse](ctx, c, "/api/Warehouse", nil, 1, 0)
	return warehouses, err
}

// Clients are the merchants of the tenant. Only an admin's key may ask; for
// others errors.Is(err, apihttp.ErrCredentials) holds.
func (c *Client) Clients(ctx context.Context) ([]ClientAccount, error) {
	var all []ClientAccount
	var first ClientAccount // of the page before
	for page := 1; ; page++ {
		rows, _, err := listed[ClientAccount](ctx, c, "/api/Client", nil, page, maxLimit)
		if err != nil {
			return nil, err
		}
		// A list that ignores the page number would never end.
		if len(rows) > 0 && page > 1 && rows[0] == first {
			return all, nil
		}
		all = append(all, rows...)
		if len(rows) < maxLimit {
			return all, nil
		}
		first = rows[0]
	}
}

// Owners are the clients whose products the key sees, as far as a page of them tells.
func (c *Client) Owners(ctx context.Context) ([]int, error) {
	products, _, err := listed[struct{ ClientID int }](ctx, c, "/api/Product/List", nil, 1, maxLimit)
	var owners []int
	for _, p := range products {
		if p.ClientID != 0 && !slices.Contains(owners, p.ClientID) {
			owners = append(owners, p.ClientID)
		}
	}
	slices.Sort(owners)
	return owners, err
}
