package runner

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBefore(t *testing.T) {
	streams := []Stream{
		{Name: "main_product_sync", Connection: "main"},
		{Name: "main_customer_sync", Connection: "main", Off: "off"},
		{Name: "shop_product_sync", Connection: "shop", Off: "runs as main_product_sync", runsAs: "main_product_sync"},
		{Name: "other_product_sync", Connection: "other"},
		{Name: "main_order_import", Connection: "main", Stage: 1},
		{Name: "shop_order_import", Connection: "shop", Stage: 1},
		{Name: "other_order_import", Connection: "other", Stage: 1},
		{Name: "shop_order_despatch", Connection: "shop", Stage: 2},
	}
	for _, test := range []struct {
		name, stream string
		wanted       []string
	}{
		{"the first stage waits for nothing", "main_product_sync", nil},
		{"what is off is not waited for, nor what other connections do", "main_order_import", []string{"main_product_sync"}},
		{"what another connection does for it is", "shop_order_import", []string{"main_product_sync"}},
		{"a connection that shares nothing waits for its own", "other_order_import", []string{"other_product_sync"}},
		{"all earlier stages count", "shop_order_despatch", []string{"main_product_sync", "shop_order_import"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var found []string
			for _, s := range streams {
				if s.Name == test.stream {
					for _, earlier := range before(s, streams) {
						found = append(found, earlier.Name)
					}
				}
			}
			assert.Equal(t, test.wanted, found)
		})
	}
}
