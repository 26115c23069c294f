package scenarios

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/sandbox/unleashedsim"
	"github.com/mintleash/mintleash/tests/world"
)

const (
	moving     = "main_warehouse_transfer_import"
	completing = "main_warehouse_transfer_completion"
	difference = "warehouse_transfer.on_difference"
)

// completions are a world in which transfers to MAIN become ASNs and are
// completed. The shop has something to send.
func completions(t *testing.T, settings map[string]any, test func(t *testing.T, w *world.World)) {
	t.Helper()
	o := purchaseOrderImport.options()
	o.Settings = map[string]any{asASNs: true}
	for key, value := range settings {
		o.Settings[key] = value
	}
	world.Bubble(t, o, func(t *testing.T, w *world.World) {
		w.Unleashed.SetStock("MUG-BLUE", "SHOP", "50", "4.10")
		w.Unleashed.SetStock("MUG-RED", "SHOP", "50", "4.10")
		test(t, w)
	})
}

// moved imports a transfer of six blue and four red mugs from the shop, and
// answers its number and the id of its ASN.
func moved(t *testing.T, w *world.World, change func(*unleashedsim.TransferSpec)) (ref string, asn int) {
	t.Helper()
	ref = addTransfer(w, "SHOP", "MAIN", func(s *unleashedsim.TransferSpec) {
		s.Lines = append(s.Lines, unleashedsim.TransferLineSpec{SKU: "MUG-RED", Quantity: "4"})
		if change != nil {
			change(s)
		}
	})
	w.Once(t, moving, completing)
	return ref, asnOf(t, w, ref).ID
}

// transfer describes a transfer as it stands.
func transfer(t *testing.T, w *world.World, ref string) string {
	t.Helper()
	r, known := w.Unleashed.TransferByNumber(ref)
	require.True(t, known, ref)
	var lines []string
	for _, l := range r.TransferDetails {
		lines = append(lines, fmt.Sprintf("%s x %s", l.TransferQuantity.Decimal, l.Product.ProductCode))
	}
	return r.TransferStatus + ": " + strings.Join(lines, " + ")
}

func TestTransferCompletion(t *testing.T) {
	for name, c := range map[string]struct {
		adjust   bool
		came     []mintsoftsim.Received
		want     string
		reported string
	}{
		"all of it":                     {want: "Completed: 6 x MUG-BLUE + 4 x MUG-RED"},
		"less, which is held":           {came: []mintsoftsim.Received{came("MUG-BLUE", 5), came("MUG-RED", 4)}, want: "Parked: 6 x MUG-BLUE + 4 x MUG-RED", reported: "SKU MUG-BLUE: expected 6, booked in 5"},
		"more, which is held":           {came: []mintsoftsim.Received{came("MUG-BLUE", 6), came("MUG-RED", 7)}, want: "Parked: 6 x MUG-BLUE + 4 x MUG-RED", reported: "SKU MUG-RED: expected 4, booked in 7"},
		"less, which is adjusted":       {adjust: true, came: []mintsoftsim.Received{came("MUG-BLUE", 5), came("MUG-RED", 4)}, want: "Completed: 5 x MUG-BLUE + 4 x MUG-RED"},
		"more, which is adjusted":       {adjust: true, came: []mintsoftsim.Received{came("MUG-BLUE", 6), came("MUG-RED", 7)}, want: "Completed: 6 x MUG-BLUE + 7 x MUG-RED"},
		"nothing of one, adjusted":      {adjust: true, came: []mintsoftsim.Received{came("MUG-BLUE", 6)}, want: "Completed: 6 x MUG-BLUE"},
		"more of one, nothing of other": {adjust: true, came: []mintsoftsim.Received{came("MUG-RED", 6)}, want: "Completed: 6 x MUG-RED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]any{}
			if c.adjust {
				settings[difference] = "adjust"
			}
			completions(t, settings, func(t *testing.T, w *world.World) {
				ref, asn := moved(t, w, nil)
				w.Mintsoft.BookIn(asn, c.came...)
				row := w.Once(t, completing).Of(completing)
				assert.Equal(t, c.want, transfer(t, w, ref))
				assert.True(t, row.Clean(), "%+v", row)
				if c.reported != "" {
					assert.NotEmpty(t, w.Logged("needs a look", ref, c.reported))
					return
				}
				requireSameStock(t, w, "MUG-BLUE", "MUG-RED")
			})
		})
	}
}
