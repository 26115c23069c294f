package unleashed

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/internal/component"
)

// shipment answers every request with one shipment.
type shipment map[string]any

// RoundTrip implements http.RoundTripper.
func (s shipment) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := json.Marshal(map[string]any(s))
	return answered(r, raw), err
}

func held(quantity string) []any {
	return []any{map[string]any{"SalesOrderLineNumber": json.Number("1"), "ShipmentQty": json.Number(quantity)}}
}

// What stands there after a lost answer is ours, nobody's that could be told, or
// another part's, and then nothing of ours was done.
func TestWhoseDespatchAShipmentIs(t *testing.T) {
	const mark, others = "Mintsoft order 7", "Mintsoft order 77"
	for name, c := range map[string]struct {
		status, comments, tracking, quantity string
		exists, ours                         bool
	}{
		"it is open":                                {"Placed", "", "", "2", false, false},
		"it carries our mark":                       {"Dispatched", mark, "TRK", "2", true, true},
		"and what was tracked changed since":        {"Dispatched", mark, "OLD", "3", true, true},
		"it carries another's":                      {"Dispatched", others, "TRK-77", "2", false, false},
		"and looks the same otherwise":              {"Dispatched", others, "TRK", "2", false, false},
		"it carries none, and is the same":          {"Dispatched", "", "TRK", "2", true, true},
		"it carries none, with another number":      {"Dispatched", "", "BY-HAND", "2", false, false},
		"it carries none, and holds something else": {"Dispatched", "Fragile", "TRK", "3", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				there := shipment{
					"Guid": "g-1", "ShipmentNumber": "SS-1", "ShipmentStatus": c.status, "Comments": c.comments, "TrackingNumber": c.tracking, "SalesShipmentLines": held(c.quantity),
				}
				found, err := findDispatched(t.Context(), connected(t, there), component.Source{}, map[string]any{
					"Guid": "g-1", "OrderNumber": "SO-1", "Comments": mark, "TrackingNumber": "TRK", "SalesShipmentLines": held("2"),
				})
				require.NoError(t, err)
				assert.Equal(t, []bool{c.exists, c.ours}, []bool{found.Exists, found.Ours})
			})
		})
	}
}
