package mintsoftapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mintleash/mintleash/plugins/internal/apihttp"
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
	rows, _, err := c.List(ctx, "/api/Warehouse", nil, 1, 0)
	if err != nil {
		return nil, err
	}
	return decode[Warehouse](c, "/api/Warehouse", rows)
}

// Clients are the merchants of the tenant. Only an admin's key may ask; for
// others errors.Is(err, apihttp.ErrCredentials) holds.
func (c *Client) Clients(ctx context.Context) ([]ClientAccount, error) {
	const path = "/api/Client"
	var all []json.RawMessage
	seen := ""
	for page := 1; ; page++ {
		rows, _, err := c.List(ctx, path, url.Values{}, page, maxLimit)
		if err != nil {
			return nil, err
		}
		// A list that ignores the page number would never end.
		if len(rows) > 0 && page > 1 && string(rows[0]) == seen {
			break
		}
		all = append(all, rows...)
		if len(rows) < maxLimit {
			break
		}
		seen = string(rows[0])
	}
	return decode[ClientAccount](c, path, all)
}

// Owners are the clients whose products the key sees, as far as a page of them tells.
func (c *Client) Owners(ctx context.Context) ([]int, error) {
	const path = "/api/Product/List"
	rows, _, err := c.List(ctx, path, url.Values{}, 1, maxLimit)
	if err != nil {
		return nil, err
	}
	products, err := decode[struct{ ClientID int }](c, path, rows)
	var owners []int
	for _, p := range products {
		if p.ClientID != 0 && !slices.Contains(owners, p.ClientID) {
			owners = append(owners, p.ClientID)
		}
	}
	slices.Sort(owners)
	return owners, err
}

func decode[T any](c *Client, path string, rows []json.RawMessage) ([]T, error) {
	out := make([]T, len(rows))
	for i, row := range rows {
		if err := json.Unmarshal(row, &out[i]); err != nil {
			request := apihttp.Request{Operation: listName(path), Method: http.MethodGet, Path: path}
			return nil, c.http.Unreadable(request, &apihttp.Response{Status: http.StatusOK}, fmt.Errorf("decoding row %d of %s: %w", i+1, strings.TrimPrefix(path, "/api/"), err))
		}
	}
	return out, nil
}
