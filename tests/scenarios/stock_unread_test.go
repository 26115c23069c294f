package scenarios

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mintleash/mintleash/plugins/ledger"
	"github.com/mintleash/mintleash/tests/sandbox/mintsoftsim"
	"github.com/mintleash/mintleash/tests/world"
)

// TestWhatNoFlowReadsIsReported: what moved shortly before the ledger was lost is waited
// for, and somebody is told how it gets posted.
func TestWhatNoFlowReadsIsReported(t *testing.T) {
	t.Parallel()
	rewinds := regexp.MustCompile(`mintleash state rewind (\S+) --to (\S+?)["` + "`" + `]`)
	for name, c := range map[string]struct {
		document string // of openDocuments
		settings map[string]any
		flow     string
		want     string
	}{
		"an order":                           {"an order", nil, "order_despatch", "238"},
		"a shipment":                         {"a shipment", nil, "order_despatch", "238"},
		"a transfer that arrives":            {"a transfer that arrives", nil, "warehouse_transfer_completion", "246"},
		"a purchase order":                   {"a purchase order", map[string]any{"purchase_order_import.update_purchase_order": true}, "purchase_order_receipt", "250"},
		"one that a person receipts":         {"a purchase order", nil, "", ""},
		"a part of one":                      {"a part of a purchase order", map[string]any{"purchase_order_import.update_purchase_order": true}, "", ""},
		"a transfer that a person completes": {"a transfer that leaves", nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, d := range openDocuments {
				if d.name != c.document {
					continue
				}
				o := d.options()
				for key, value := range c.settings {
					o.Settings = with(o.Settings, key, value)
				}
				settledStock(t, o, func(t *testing.T, w *world.World) {
					ref := d.begin(t, w)
					for _, o := range w.Mintsoft.OrdersByNumber(ref) {
						w.Mintsoft.Invoice(o.ID, false) // which changes it
					}
					<-time.After(3 * time.Hour)
					w.LoseLedger(t)
					w.Once(t)
					assert.Equal(t, d.before, onHand(w, d.sku))
					told := w.Logged("needs a look", "first read, and is not posted")
					if c.flow == "" {
						assert.Empty(t, told)
						return
					}
					require.Len(t, told, 1)
					assert.Contains(t, told[0], "record="+ref)
					found := rewinds.FindStringSubmatch(told[0])
					require.Equal(t, "main_"+c.flow, found[1])
					to, err := time.Parse(time.RFC3339, found[2])
					require.NoError(t, err)
					cursor := w.Cursors(t)[found[1]]
					cursor.Position, cursor.Seen = to, map[string]string{}
					w.Ask(t, func(tx *ledger.Tx) error { return tx.SaveCursor(cursor) })
					<-time.After(time.Hour)
					w.Once(t)
					assert.Equal(t, c.want, onHand(w, d.sku))
					assert.Empty(t, adjusted(w))
					assert.Len(t, w.Logged("needs a look", "first read, and is not posted"), 1)
				})
			}
		})
	}
	t.Run("an order that was exported before it left", func(t *testing.T) {
		t.Parallel()
		settings := map[string]any{"order_export.enabled": true, "order_export.statuses": []string{"NEW", "DESPATCHED"}}
		settledStock(t, world.Options{Seed: small, Settings: settings}, func(t *testing.T, w *world.World) {
			sale := soldElsewhere(w, "WEB-1", func(o *mintsoftsim.OrderSpec) { o.Client, o.Warehouse = demo(w), mainWarehouse(t, w) })
			w.Once(t, "main_order_export")
			<-time.After(time.Hour)
			w.Mintsoft.Despatch(sale.ID, "T-1")
			w.Mintsoft.Invoice(sale.ID, false)
			<-time.After(time.Hour)
			w.LoseLedger(t)
			w.Once(t)
			assert.Equal(t, "240", onHand(w, "MUG-BLUE"))
			told := w.Logged("needs a look", "first read, and is not posted: complete its sales order in Unleashed")
			require.Len(t, told, 1, fmt.Sprint(told))
			w.Unleashed.CompleteOrder("WEB-1")
			<-time.After(time.Hour)
			w.Once(t)
			assert.Equal(t, "238", onHand(w, "MUG-BLUE"))
			assert.Empty(t, adjusted(w))
		})
	})
}

// TestAPartThatNoFlowReadsIsReported, whichever of the parts it is and though another was
// read since.
func TestAPartThatNoFlowReadsIsReported(t *testing.T) {
	t.Parallel()
	for first := range 2 {
		t.Run(fmt.Sprint("part ", first), func(t *testing.T) {
			settledStock(t, world.Options{Seed: small}, func(t *testing.T, w *world.World) {
				a := pickable(t, w, "SO-7", line("MUG-BLUE", "4"))
				parts := []int{a, w.Mintsoft.Split(a, map[string]int{"MUG-BLUE": 2})}
				w.Mintsoft.Despatch(parts[first], "TRK-1")
				w.Mintsoft.Invoice(parts[first], false)
				<-time.After(3 * time.Hour)
				w.LoseLedger(t)
				w.Once(t, "main_order_despatch")
				<-time.After(time.Hour)
				w.Mintsoft.Despatch(parts[1-first], "TRK-2")
				w.Mintsoft.Invoice(parts[1-first], false)
				for range 2 {
					<-time.After(time.Hour)
					w.Once(t)
				}
				require.Len(t, w.Unleashed.ShipmentsOf("SO-7"), 1, "the first is not posted")
				assert.Len(t, w.Logged("needs a look", "first read, and is not posted"), 1)
			})
		})
	}
}
