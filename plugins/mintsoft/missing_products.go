package mintsoft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/internal/apihttp"
	"github.com/mintleash/mintleash/plugins/internal/component"
	"github.com/mintleash/mintleash/plugins/mintsoft/mintsoftapi"
)

// namingMissing names the products of a document that Mintsoft lacks where it was refused in
// words that are about neither product nor courier: these are not stable enough to tell why.
func namingMissing(ctx context.Context, c *connection.Connection, args map[string]any, err error) error {
	var refusal *apihttp.Error
	if !errors.As(err, &refusal) || apihttp.OutcomeOf(err) != apihttp.Rejected || errors.Is(err, apihttp.ErrCredentials) || errors.Is(err, apihttp.ErrQuota) ||
		waitsForProduct(refusal, args) || mintsoftapi.MentionsCourier(refusal.Message) {
		return err
	}
	skus := skusOf(args)
	known, failed := catalogueOf(c).Find(ctx, skus...)
	if failed != nil {
		return err // what it was refused for is known all the same
	}
	var missing []string
	for _, sku := range skus {
		if _, exists := known[sku]; exists || slices.Contains(missing, sku) {
			continue
		}
		// One that is spelled otherwise is there, and waiting does not mend it.
		other, failed := otherSpelling(ctx, c, sku)
		if failed != nil {
			return err
		}
		if !other.Exists {
			missing = append(missing, sku)
		}
	}
	if len(missing) == 0 {
		return err
	}
	named := *refusal
	named.Message = fmt.Sprintf("%s (Mintsoft has no product with the SKU %s)", refusal.Message, strings.Join(missing, ", "))
	return &named
}

// waitsForProduct says whether a refusal may mend itself once a product has
// arrived: Mintsoft needs seconds to show a new one, and names it when it
// refuses an order.
func waitsForProduct(refusal *apihttp.Error, args map[string]any) bool {
	return mintsoftapi.MentionsProduct(refusal.Message, skusOf(args))
}

// skusOf are the products of an order or an ASN.
func skusOf(args map[string]any) []string {
	var skus []string
	for _, list := range []string{"OrderItems", "Items"} {
		for _, item := range component.Objects(args[list]) {
			if item["SKU"] != nil {
				skus = append(skus, fmt.Sprint(item["SKU"]))
			}
		}
	}
	return skus
}
